"""D5: destinations that share plan and timing move together."""

from mock_amp.core.cohorts import form
from mock_amp.core.model import Channel, Content, ImContent, MessagePlan, Plan, Runs, SmsContent, Status
from mock_amp.core.routing import offers
from mock_amp.core.scenario import Prices, Rule, Scenario
from tests.unit.builders import a_destination, a_token

CONTENT = Content(sms=SmsContent(message="Ready."), ims=(ImContent(channel=Channel.VIBER, text="Ready."),))
PRICES = Prices(zones={"": {Channel.SMS: 60, Channel.VIBER: 20}, "1": {Channel.SMS: 8, Channel.VIBER: 25}})
NO_VIBER = Rule(name="no viber", prefix="999", unreachable=frozenset({Channel.VIBER}))
NO_SMS = Rule(name="no SMS", prefix="888", unreachable=frozenset({Channel.SMS}))


def formed(scenario: Scenario, *numbers: str, plan: MessagePlan = MessagePlan.FEATURE_RICH) -> list[tuple[Plan, Runs]]:
    content = Content(sms=CONTENT.sms, ims=CONTENT.ims, plan=plan)
    return form([a_destination(number) for number in numbers], offers(content, a_token()), content, scenario)


def fates(plan: Plan) -> list[tuple[Channel, Status]]:
    """How each channel of a plan ends."""
    return [(leg.channel, leg.steps[-1].status) for leg in plan]


def test_good_numbers_are_one_cohort() -> None:
    """D5: one agenda row, however many they are."""
    scenario = Scenario(name="test", rules=(NO_VIBER,), prices=PRICES)

    [(plan, members)] = formed(scenario, *(f"356990{number:05}" for number in range(1_000)))

    assert members == ((0, 999),)
    assert fates(plan) == [(Channel.VIBER, Status.SEEN), (Channel.SMS, Status.DELIVRD)]


def test_numbers_that_a_rule_singles_out_are_a_cohort_of_their_own() -> None:
    """D5: in the order in which the plans appear."""
    scenario = Scenario(name="test", rules=(NO_VIBER,), prices=PRICES)

    good, bad = formed(scenario, "35699000001", "99900000001", "35699000002", "99900000002")

    assert (good[1], bad[1]) == (((0, 0), (2, 2)), ((1, 1), (3, 3)))
    assert fates(bad[0]) == [(Channel.VIBER, Status.UNDELIV), (Channel.SMS, Status.DELIVRD)]


def test_countries_do_not_matter_to_feature_rich() -> None:
    """L-3: prices are looked at for LOW_COST only."""
    assert len(formed(Scenario(name="test", prices=PRICES), "35699000001", "12025550100")) == 1


def test_countries_whose_order_differs_are_apart_in_low_cost() -> None:
    """L-3: cheapest first per destination."""
    scenario = Scenario(name="test", prices=PRICES)

    rest, america = formed(scenario, "35699000001", "12025550100", plan=MessagePlan.LOW_COST)

    assert [leg.channel for leg in rest[0]] == [Channel.VIBER, Channel.SMS]
    assert [leg.channel for leg in america[0]] == [Channel.SMS, Channel.VIBER]


def test_countries_whose_order_is_the_same_are_together_in_low_cost() -> None:
    """D5: it is the plan that counts, not how it was found."""
    prices = Prices(zones={**PRICES.zones, "356": {Channel.SMS: 30, Channel.VIBER: 18}})
    scenario = Scenario(name="test", prices=prices)

    [(_, members)] = formed(scenario, "35699000001", "49150000001", plan=MessagePlan.LOW_COST)

    assert members == ((0, 1),)


def test_rules_that_come_to_the_same_are_one_cohort_in_ascending_order() -> None:
    """D5: the positions of merged groups are sorted."""
    again = Rule(name="no viber here either", prefix="777", unreachable=NO_VIBER.unreachable)
    scenario = Scenario(name="test", rules=(NO_VIBER, again))

    [(_, members)] = formed(scenario, "99900000001", "77700000001", "99900000002")

    assert members == ((0, 2),)


def test_rules_of_one_name_keep_their_own_outcomes() -> None:
    """L-4: a name is for people; two rules may share it."""
    namesake = Rule(name=NO_VIBER.name, prefix=NO_SMS.prefix, unreachable=NO_SMS.unreachable)
    scenario = Scenario(name="test", rules=(NO_VIBER, namesake))

    found = formed(scenario, "99900000001", "88800000001")

    assert [fates(plan) for plan, _ in found] == [
        [(Channel.VIBER, Status.UNDELIV), (Channel.SMS, Status.DELIVRD)],
        [(Channel.VIBER, Status.SEEN), (Channel.SMS, Status.UNDELIV)],
    ]


def test_every_destination_is_in_one_cohort() -> None:
    """D5: nobody is left out, nobody is twice."""
    scenario = Scenario(name="test", rules=(NO_VIBER, NO_SMS), prices=PRICES)
    numbers = [f"{prefix}0000{tail:04}" for tail in range(50) for prefix in ("356", "999", "888", "1")]

    found = formed(scenario, *numbers, plan=MessagePlan.LOW_COST)

    positions = [at for _, runs in found for first, last in runs for at in range(first, last + 1)]
    assert sorted(positions) == list(range(len(numbers)))

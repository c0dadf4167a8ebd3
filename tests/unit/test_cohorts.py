"""D5: destinations that share plan and timing move together; which rule each of them gets."""

from typing import Any

import pytest

from mock_amp.core.bundles import positions_of
from mock_amp.core.cohorts import Formed, Sent, form, form_evenly
from mock_amp.core.model import (
    Channel,
    Content,
    Destination,
    ImContent,
    MessagePlan,
    Plan,
    Product,
    SmsContent,
    UbiquityContent,
)
from mock_amp.core.routing import offers
from mock_amp.core.scenario import Moment, Scenario
from tests.unit.builders import NUMBER, T0, a_destination, a_scenario, a_token, later

CONTENT = Content(sms=SmsContent(message="Ready."), ims=(ImContent(channel=Channel.VIBER, text="Ready."),))
LOW_COST = CONTENT._replace(plan=MessagePlan.LOW_COST)
PRICES = {"": {"SMS": 0.06, "VIBER": 0.02}, "1": {"SMS": 0.008, "VIBER": 0.025}}
NO_VIBER = {"match": {"number": {"prefix": "999"}}, "channels": {"VIBER": "unreachable"}}
NO_SMS = {"match": {"number": {"prefix": "888"}}, "channels": {"SMS": "unreachable"}}
GOOD = ["VIBER SEEN", "SMS DELIVRD"]
NOW = Moment(seed=7, job=1, now=T0, since=T0)


def numbers(size: int) -> list[str]:
    return [f"356990{number:05}" for number in range(size)]


def a_sent(*to: str | Destination, content: Content = CONTENT, **more: Any) -> Sent:
    destinations = [a_destination(each) if isinstance(each, str) else each for each in to or (NUMBER,)]
    return Sent(destinations=destinations, offers=offers(content, a_token()), content=content, **more)


def fates(plan: Plan) -> list[str]:
    """How each channel of a plan ends."""
    return [f"{leg.channel} {leg.steps[-1].status}" for leg in plan]


def told(formed: Formed) -> list[tuple[list[str], list[int]]]:
    return [(fates(plan), [*positions_of(runs)]) for plan, runs in formed.groups]


def ending(scenario: Scenario, sent: Sent, moment: Moment = NOW) -> list[str]:
    """How the first channel of each destination ends."""
    found: dict[int, str] = {}
    for plan, runs in form(sent, scenario, moment).groups:
        found |= dict.fromkeys(positions_of(runs), plan[0].steps[-1].status.value)
    return [found[at] for at in sorted(found)]


def taken(rule: dict[str, Any], sent: Sent, moment: Moment = NOW) -> list[int]:
    """Which destinations a rule takes."""
    found = ending(a_scenario({"outcome": "rejected", **rule}), sent, moment)
    return [at for at, status in enumerate(found) if status == "REJECTD"]


def test_good_numbers_are_one_cohort() -> None:
    """D5: one agenda row, however many they are."""
    assert told(form(a_sent(*numbers(1_000)), a_scenario(NO_VIBER), NOW)) == [(GOOD, [*range(1_000)])]


def test_numbers_that_a_rule_singles_out_are_a_cohort_of_their_own() -> None:
    """D5: in the order in which the plans appear."""
    formed = form(a_sent("35699000001", "99900000001", "35699000002", "99900000002"), a_scenario(NO_VIBER), NOW)

    assert told(formed) == [(GOOD, [0, 2]), (["VIBER UNDELIV", "SMS DELIVRD"], [1, 3])]


def test_countries_do_not_matter_to_feature_rich() -> None:
    """L-3: prices are looked at for LOW_COST only."""
    assert len(form(a_sent("35699000001", "12025550100"), a_scenario(prices=PRICES), NOW).groups) == 1


def test_countries_whose_order_differs_are_apart_in_low_cost() -> None:
    """L-3: cheapest first per destination."""
    sent = a_sent("35699000001", "12025550100", content=LOW_COST)

    assert told(form(sent, a_scenario(prices=PRICES), NOW)) == [(GOOD, [0]), (GOOD[::-1], [1])]


def test_countries_whose_prices_are_the_same_are_together_in_low_cost() -> None:
    """D5: it is the plan that counts, not how it was found."""
    scenario = a_scenario(prices={**PRICES, "356": PRICES[""]})

    assert told(form(a_sent("35699000001", "49150000001", content=LOW_COST), scenario, NOW)) == [(GOOD, [0, 1])]


def test_a_ubiquity_message_goes_to_the_cheapest_channel_first() -> None:
    """U-2: whatever the plan."""
    content = Content(ubiquity=UbiquityContent(text="Ready."))
    sent = Sent(
        destinations=[a_destination("12025550100")],
        offers=offers(content, a_token(channels=(Channel.VIBER,))),
        content=content,
    )

    assert told(form(sent, a_scenario(prices=PRICES), NOW)) == [(GOOD[::-1], [0])]


def test_rules_that_come_to_the_same_are_one_cohort_in_ascending_order() -> None:
    """D5: the positions of merged groups are sorted."""
    again = {**NO_VIBER, "match": {"number": {"prefix": "777"}}}
    scenario = a_scenario({"name": "one", **NO_VIBER}, {"name": "one", **again})

    formed = form(a_sent("99900000001", "77700000001", "99900000002"), scenario, NOW)

    assert [positions for _, positions in told(formed)] == [[0, 1, 2]]


def test_rules_of_one_name_keep_their_own_outcomes() -> None:
    """L-4: a name is for people; two rules may share it."""
    scenario = a_scenario({"name": "one", **NO_VIBER}, {"name": "one", **NO_SMS})

    assert told(form(a_sent("99900000001", "88800000001"), scenario, NOW)) == [
        (["VIBER UNDELIV", "SMS DELIVRD"], [0]),
        (["VIBER SEEN", "SMS UNDELIV"], [1]),
    ]


def test_every_destination_is_in_one_cohort() -> None:
    """D5: nobody is left out, nobody is twice."""
    to = [f"{prefix}0000{tail:04}" for tail in range(50) for prefix in ("356", "999", "888", "1")]

    formed = form(a_sent(*to, content=LOW_COST), a_scenario(NO_VIBER, NO_SMS, prices=PRICES), NOW)

    assert sorted(at for _, runs in formed.groups for at in positions_of(runs)) == [*range(len(to))]


def test_the_first_rule_that_matches_wins() -> None:
    scenario = a_scenario(
        {"match": {"number": {"prefix": "356"}}, "outcome": "rejected"},
        {"match": {"number": NUMBER}, "outcome": "expired"},
        {"outcome": "deleted"},
    )

    assert ending(scenario, a_sent(NUMBER, "44700900001")) == ["REJECTD", "DELETED"]


def test_the_first_rule_wins_for_each_channel_of_a_message() -> None:
    """A rule that asks for one channel leaves the others to the rules after it."""
    scenario = a_scenario(
        {"match": {"channel": "SMS"}, "outcome": "expired"},
        {"match": {"number": NUMBER}, "outcome": "rejected"},
    )

    assert told(form(a_sent(NUMBER, "44700900001"), scenario, NOW)) == [
        (["VIBER REJECTD", "SMS EXPIRED"], [0]),
        (["VIBER SEEN", "SMS EXPIRED"], [1]),
    ]


def test_a_rule_for_everybody_comes_after_those_that_single_out() -> None:
    scenario = a_scenario({"match": {"number": NUMBER}, "outcome": "seen"}, {"outcome": "rejected"})

    assert ending(scenario, a_sent("44700900001", NUMBER, "44700900002")) == ["REJECTD", "SEEN", "REJECTD"]


TO = (
    a_destination("35699000001", "vip-1", NAME="Ann"),
    a_destination("44700900001", "guest", NAME="Bob"),
    a_destination("12025550100", None),
)
FILLED = Content(ims=(ImContent(channel=Channel.VIBER, text="Dear {#NAME}, 10% off"),))
BOTH: dict[str, Any] = {
    "content": CONTENT._replace(ims=(ImContent(channel=Channel.VIBER, sender_id="Quay", text="Dear {#NAME}"),))
}


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({}, [0, 1, 2]),
        ({"number": "44700900001"}, [1]),
        ({"number": ["44700900001", "12025550100"]}, [1, 2]),
        ({"number": {"glob": "*1"}}, [0, 1]),
        ({"number": {"regex": "0+1$"}}, [0, 1]),
        ({"country": "44"}, [1]),
        ({"country": ["356", "1"]}, [0, 2]),
        ({"country": "356", "number": {"glob": "*100"}}, []),
        ({"custom_id": "guest"}, [1]),
        ({"custom_id": {"prefix": "vip"}}, [0]),
        ({"custom_id": {"glob": "*"}}, [0, 1]),
        ({"channel": "VIBER"}, [0, 1, 2]),
        ({"channel": ["RCS", "SMS"]}, []),
        ({"sender": "Quay"}, [0, 1, 2]),
        ({"sender": {"prefix": "q"}}, []),
        ({"text": "Dear Ann"}, [0]),
        ({"text": {"contains": "{#NAME}"}}, [2]),
        ({"text": {"regex": "^Dear (Ann|Bob)$"}, "country": "44"}, [1]),
        ({"text": {"contains": "Ready"}}, []),
        ({"text": {"glob": "Dear *"}, "custom_id": "guest"}, [1]),
        ({"job_id": {"prefix": "evening"}}, [0, 1, 2]),
        ({"job_id": "morning"}, []),
        ({"promotional": True}, [0, 1, 2]),
        ({"promotional": False}, []),
        ({"product": "im"}, [0, 1, 2]),
        ({"product": ["sms", "2fa"]}, []),
    ],
    ids=str,
)
def test_a_rule_takes_what_matches_in_all_that_it_asks(match: dict[str, Any], expected: list[int]) -> None:
    """D-5: texts with their placeholders filled for each destination."""
    sent = a_sent(*TO, promotional=True, job_id="evening-42", **BOTH)

    assert taken({"match": match}, sent) == expected


def test_a_request_without_job_id_has_none_that_matches() -> None:
    assert taken({"match": {"job_id": {"glob": "*"}}}, a_sent()) == []


@pytest.mark.parametrize("product", Product)
def test_a_rule_may_be_for_one_product(product: Product) -> None:
    assert taken({"match": {"product": product.value}}, a_sent(product=product)) == [0]


def test_a_rule_looks_at_the_text_of_its_own_channel() -> None:
    """I-1: what an SMS says is no reason for VIBER."""
    scenario = a_scenario({"match": {"text": "By SMS."}, "outcome": "rejected"})
    content = CONTENT._replace(sms=SmsContent(message="By SMS."))

    assert told(form(a_sent(content=content), scenario, NOW)) == [(["VIBER SEEN", "SMS REJECTD"], [0])]


@pytest.mark.parametrize(
    ("nth", "expected"),
    [(2, [1]), ([1, 4], [0, 3]), ({"first": 2}, [0, 1]), ({"every": 3}, [2, 5]), ({"after": 4}, [4, 5])],
    ids=str,
)
def test_a_rule_may_take_some_of_those_that_fit_by_number(nth: Any, expected: list[int]) -> None:
    to = [number for pair in zip(numbers(6), ["44700900001"] * 6, strict=True) for number in pair]

    found = taken({"match": {"nth": nth, "country": "356"}}, a_sent(*to))

    assert found == [2 * each for each in expected]


def test_counting_goes_on_from_request_to_request() -> None:
    """By the place of the rule; only those that fit are counted."""
    rule = {"match": {"nth": {"every": 3}, "country": "356"}}
    scenario, found = a_scenario({"outcome": "seen", "match": {"country": "1"}}, rule), []
    counts: dict[int, int] = {}
    for _ in range(4):
        formed = form(a_sent(*numbers(2), "44700900001"), scenario, replace_counts(counts))
        counts = {**counts, **formed.counts}
        found.append(counts[1])

    assert found == [2, 4, 6, 8]
    again = {"outcome": "rejected", **rule}
    assert [taken_after(again, before) for before in (0, 1, 2, 3)] == [[2], [1], [0, 3], [2]]


def replace_counts(counts: dict[int, int]) -> Moment:
    return NOW._replace(counts=counts)


def taken_after(rule: dict[str, Any], before: int) -> list[int]:
    return taken(rule, a_sent(*numbers(4)), replace_counts({0: before}))


def test_whoever_a_rule_does_not_take_goes_on_to_the_next() -> None:
    scenario = a_scenario(
        {"match": {"nth": {"first": 1}}, "outcome": "rejected"},
        {"match": {"nth": {"first": 1}}, "outcome": "expired"},
        {"match": {"nth": {"first": 1}}, "outcome": "deleted"},
    )
    sent = a_sent(*numbers(5))

    assert ending(scenario, sent) == ["REJECTD", "EXPIRED", "DELETED", "SEEN", "SEEN"]
    assert form(sent, scenario, NOW).counts == {0: 5, 1: 4, 2: 3}


def test_a_rule_that_counts_nothing_is_not_counted() -> None:
    assert form(a_sent(), a_scenario(NO_VIBER, {"outcome": "seen"}), NOW).counts == {}


def test_those_whom_another_rule_has_are_not_counted() -> None:
    scenario = a_scenario(
        {"match": {"number": numbers(1)[0]}, "outcome": "expired"},
        {"match": {"nth": 1}, "outcome": "rejected"},
    )

    assert ending(scenario, a_sent(*numbers(3))) == ["EXPIRED", "REJECTD", "SEEN"]


def test_a_share_is_taken_and_the_rest_goes_on_to_the_next_rule() -> None:
    """Shares of shares: 30 % of all, half of the others, and the rest."""
    scenario = a_scenario(
        {"match": {"share": 0.3}, "outcome": "rejected"},
        {"match": {"share": 0.5}, "outcome": "expired"},
        {"outcome": "deleted"},
    )

    found = ending(scenario, a_sent(*numbers(1_000)))

    assert [found.count(status) for status in ("REJECTD", "EXPIRED", "DELETED")] == [300, 350, 350]


def test_a_share_depends_on_seed_and_job_and_on_nothing_else() -> None:
    """D11."""
    rule, sent = {"match": {"share": 0.5}}, a_sent(*numbers(100))
    usual = taken(rule, sent)

    assert taken(rule, sent, NOW._replace(now=later(60))) == usual
    assert taken(rule, sent, NOW._replace(seed=8)) != usual
    assert taken(rule, sent, NOW._replace(job=2)) != usual


def test_a_share_of_every_second_is_both() -> None:
    found = taken({"match": {"nth": {"every": 2}, "share": 0.5}}, a_sent(*numbers(100)))

    assert len(found) == 25
    assert {each % 2 for each in found} == {1}


@pytest.mark.parametrize(("at", "expected"), [(0, []), (10, [0]), (19.9, [0]), (20, [])])
def test_a_rule_may_hold_for_a_time(at: float, expected: list[int]) -> None:
    """On the account's clock, since the scenario is in force."""
    rule = {"during": {"from": "10s", "to": "20s"}}

    assert taken(rule, a_sent(), NOW._replace(now=later(at))) == expected


def test_a_rule_that_does_not_hold_counts_nobody() -> None:
    scenario = a_scenario({"during": {"from": "10s"}, "match": {"nth": 1}})

    assert form(a_sent(), scenario, NOW).counts == {}


def test_the_first_handset_that_matches_is_the_recipient() -> None:
    recipients = [
        {"number": NUMBER, "apps": ["RCS"]},
        {"country": "356", "read_after": "never"},
        {"number": {"glob": "*9"}, "apps": []},
    ]
    to = [NUMBER, "35699000002", "35699000009", "44700900009", "44700900001"]

    found = ending(a_scenario(recipients=recipients), a_sent(*to))

    assert found == ["UNDELIV", "DELIVRD", "DELIVRD", "UNDELIV", "SEEN"]


def test_an_earlier_handset_wins_however_little_it_asks() -> None:
    recipients = [{"country": "356", "number": {"glob": "*1"}, "apps": []}, {"number": NUMBER}, {"read_after": "never"}]

    assert ending(a_scenario(recipients=recipients), a_sent(NUMBER, "35699000002", "441")) == [
        "UNDELIV",
        "DELIVRD",
        "DELIVRD",
    ]


def test_thousands_of_handsets_are_found_by_their_numbers() -> None:
    """Nobody looks through all of them for each of many destinations."""
    to = numbers(4_000)
    scenario = a_scenario(recipients=[{"number": each, "apps": []} for each in to[::2]])

    assert ending(scenario, a_sent(*to)) == ["UNDELIV", "SEEN"] * 2_000


def test_a_rule_with_thousands_of_numbers_takes_them() -> None:
    to = numbers(4_000)

    assert taken({"match": {"number": to[1::2]}}, a_sent(*to)) == [*range(1, 4_000, 2)]
    assert taken({"match": {"number": to[1::2]}}, a_sent(*to[:3])) == [1]


def test_a_handset_that_says_no_number_is_everybodys() -> None:
    assert ending(a_scenario(recipients=[{"apps": []}]), a_sent(*numbers(2))) == ["UNDELIV", "UNDELIV"]


def test_a_channel_reaches_a_fraction_of_the_numbers_in_every_request() -> None:
    """The same ones, whichever request they are in."""
    scenario, sent = a_scenario(defaults={"reach": {"VIBER": 0.4}}), a_sent(*numbers(1_000))

    first, second = (ending(scenario, sent, NOW._replace(job=job)) for job in (1, 2))

    assert first == second
    assert first.count("SEEN") == pytest.approx(400, rel=0.15)


def test_jitter_parts_a_request_into_a_bounded_number_of_cohorts() -> None:
    """D5: 5,000 destinations are not 5,000 agenda rows."""
    scenario, sent = a_scenario(defaults={"jitter": "10s"}), a_sent(*numbers(5_000))

    formed = form(sent, scenario, NOW)

    assert len(formed.groups) == 32
    assert formed == form(sent, scenario, NOW)
    assert formed != form(sent, scenario, NOW._replace(seed=8))


def test_a_number_that_is_not_known_is_turned_away() -> None:
    """O-9: where the account says so, for promotional messages."""
    formed = form(a_sent(NUMBER, "44700900001"), a_scenario(), NOW, known=frozenset({NUMBER}))

    assert told(formed) == [(GOOD, [0]), (["INTERNAL REJECTD", *GOOD], [1])]


def test_a_thousand_rules_over_many_destinations_take_their_own() -> None:
    """Each rule looks at those only whose number can be meant."""
    rules = [{"match": {"number": number}, "outcome": "rejected"} for number in numbers(2_000)[::2]]

    assert taken_of(rules, a_sent(*numbers(2_000))) == [*range(0, 2_000, 2)]


def taken_of(rules: list[dict[str, Any]], sent: Sent) -> list[int]:
    found = ending(a_scenario(*rules), sent)
    return [at for at, status in enumerate(found) if status == "REJECTD"]


def test_many_counting_rules_over_the_same_destinations_share_them_out() -> None:
    """Each takes its hundredth of the rest; nobody is taken twice."""
    rules = [{"match": {"nth": {"first": 10}}, "outcome": {"status": "REJECTD", "error_code": at}} for at in (1, 2, 3)]

    formed = form(a_sent(*numbers(100)), a_scenario(*rules), NOW)

    assert [len([*positions_of(runs)]) for _, runs in formed.groups] == [10, 10, 10, 70]
    assert formed.counts == {0: 100, 1: 90, 2: 80}


def test_a_rule_that_names_channels_leaves_the_others_to_the_rules_below() -> None:
    """First match wins, for each channel that a rule speaks of."""
    viber = {"name": "no viber", "channels": {"VIBER": "unreachable"}}
    late = {"name": "late", "channels": {"VIBER": "seen", "SMS": "expired"}}

    [(plan, _)] = form(a_sent(NUMBER), a_scenario(viber, late), NOW).groups

    assert fates(plan) == ["VIBER UNDELIV", "SMS EXPIRED"]


def test_a_rule_that_says_what_the_handset_does_takes_every_channel() -> None:
    """Its habits hold wherever the message is delivered."""
    replies = {"name": "replies", "channels": {"VIBER": "unreachable"}, "replies": [{"text": "Yes"}]}
    late = {"name": "late", "channels": {"SMS": "expired"}}

    [(plan, _)] = form(a_sent(NUMBER), a_scenario(replies, late), NOW).groups

    assert fates(plan) == ["VIBER UNDELIV", "SMS DELIVRD"]
    assert [len(leg.acts) for leg in plan] == [1, 1]


@pytest.mark.parametrize("sections", [{}, {"defaults": {"throughput": {"SMS": 5}}}, {"defaults": {"seen_after": "9s"}}])
def test_who_fares_alike_has_the_plan_that_a_closer_look_finds(sections: dict[str, Any]) -> None:
    """D5: a request whose numbers are all known is looked at one by one, and nothing comes of it."""
    sent, scenario = a_sent(*numbers(50)), a_scenario(**sections)

    assert form(sent, scenario, NOW) == form(sent, scenario, NOW, known=frozenset(numbers(50)))
    assert scenario.singled_out == ()


def test_numbers_that_no_rule_singles_out_fare_alike() -> None:
    """D5: rules for a few numbers cost the others nothing, and the few are still found."""
    few = {"name": "few", "match": {"number": {"prefix": "999"}}, "channels": {"SMS": "rejected"}}
    sent, scenario = a_sent(*numbers(50)), a_scenario(few)
    among = a_sent(*numbers(50), "99912345601")

    assert scenario.singled_out == ("999",)
    assert form(sent, scenario, NOW) == form(sent, a_scenario(), NOW)
    assert form_evenly(sent.offers, sent.content, sent.destinations, scenario) is not None
    assert form_evenly(among.offers, among.content, among.destinations, scenario) is None
    assert len(form(among, scenario, NOW).groups) == 2


@pytest.mark.parametrize(
    ("rules", "sections"),
    [
        ([{"match": {"number": {"contains": "99"}}, "channels": {"VIBER": "unreachable"}}], {}),
        ([{"match": {"custom_id": "a"}, "channels": {"VIBER": "unreachable"}}], {}),
        ([], {"recipients": [{"apps": []}]}),
        ([], {"defaults": {"reach": {"VIBER": 0.4}}}),
        ([], {"defaults": {"jitter": "10s"}}),
    ],
)
def test_a_scenario_that_tells_one_from_another_takes_a_closer_look(rules: Any, sections: Any) -> None:
    """D5: by rule, handset, reach or dice."""
    sent, scenario = a_sent(), a_scenario(*rules, **sections)

    assert form_evenly(sent.offers, sent.content, sent.destinations, scenario) is None
    assert form_evenly(sent.offers, LOW_COST, sent.destinations, a_scenario()) is None


def test_plans_of_one_scenario_are_not_those_of_another() -> None:
    """D5: what is remembered is remembered of a scenario and an offer."""
    sent, good = a_sent(NUMBER), a_scenario()
    [(slow, _)] = form(sent, a_scenario(defaults={"seen_after": "9s"}), NOW).groups
    [(usual, _)] = form(sent, good, NOW).groups
    [(other, _)] = form(sent, a_scenario(defaults={"seen_after": "9s"}), NOW).groups

    assert slow == other != usual
    assert form(sent, good, NOW).groups[0][0] is usual

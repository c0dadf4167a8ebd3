"""What will happen to one destination: the order of its channels, the outcome on each, and why (L-2 to L-4, O-9)."""

from typing import Any

import pytest

from mock_amp.core.instants import SECOND
from mock_amp.core.model import Act, Channel, Leg, Plan, Status, Step
from mock_amp.core.plans import Fate, plan
from mock_amp.core.scenario import Rule
from mock_amp.core.windows import Span
from tests.unit.builders import a_scenario, an_offer, later

VIBER, RCS, SMS = (an_offer(channel) for channel in (Channel.VIBER, Channel.RCS, Channel.SMS))
OFFERS = (VIBER, RCS, SMS)
PRICES = {
    "": {"SMS": 0.06, "VIBER": 0.02, "RCS": 0.02},
    "1": {"SMS": 0.008, "VIBER": 0.025, "RCS": 0.012},
}


def planned(*rules: dict[str, Any], handset: bool = False, fate: dict[str, Any] | None = None, **more: Any) -> Plan:
    """The plan of a destination that the first rule takes on every offer, with the first recipient for a handset."""
    scenario = a_scenario(*rules, **more)
    rule: Rule | None = scenario.rules[0] if rules else None
    recipient = scenario.recipients[0] if handset else None
    return plan(OFFERS, Fate(rules=(rule,) * 3, recipient=recipient, **(fate or {})), scenario, later(60))


def ends(found: Plan) -> list[str]:
    return [leg.steps[-1].status.value for leg in found]


def test_a_destination_that_nobody_singles_out_is_good_on_every_channel() -> None:
    """L-2, L-3: in the order of the offers; nothing special decided."""
    found = planned()

    assert [leg.channel for leg in found] == [Channel.VIBER, Channel.RCS, Channel.SMS]
    assert ends(found) == ["SEEN", "SEEN", "DELIVRD"]
    assert {(leg.why, leg.price, leg.per_second, leg.replaced_on_expiry) for leg in found} == {("", None, None, False)}


def test_a_leg_knows_its_ttl_and_what_its_expiry_reports() -> None:
    """L-4, L-7: in case the handset is off until then."""
    leg = planned(defaults={"error_codes": {"EXPIRED": 28}})[0]

    assert (leg.ttl, leg.expired_code) == (86_400 * SECOND, 28)


def test_a_rule_decides_before_the_handset_and_that_before_reach() -> None:
    """Each says why."""
    found = planned(
        {"name": "good viber", "channels": {"VIBER": "seen"}},
        handset=True,
        fate={"unreached": frozenset({Channel.VIBER, Channel.RCS, Channel.SMS})},
        recipients=[{"name": "Ana", "number": "356", "apps": []}],
        defaults={"reach": {"VIBER": 0.5, "RCS": 0.5, "SMS": 0.25}},
    )

    assert [(leg.steps[-1].status.value, leg.why) for leg in found] == [
        ("SEEN", "rule 'good viber'"),
        ("UNDELIV", "the handset of 'Ana' has no RCS"),
        ("UNDELIV", "SMS reaches 0.25 of the numbers, and not this one"),
    ]


def test_a_handset_has_sms_whatever_its_apps() -> None:
    """L-4: an app that is not there is UNDELIV."""
    found = planned(handset=True, recipients=[{"name": "Ana", "number": "356", "apps": ["RCS"]}])

    assert ends(found) == ["UNDELIV", "SEEN", "DELIVRD"]


def test_a_rule_that_says_nothing_of_a_channel_leaves_it_good() -> None:
    """Its habits hold all the same."""
    viber = planned({"name": "slow reader", "channels": {"SMS": "rejected"}, "read_after": "1m"})[0]

    assert (viber.why, viber.steps[-1]) == ("rule 'slow reader'", Step(after=61 * SECOND, status=Status.SEEN))


def test_a_rule_s_habits_go_over_the_handset_s_and_those_over_the_defaults() -> None:
    found = planned(
        {"name": "rule", "handset": "android"},
        handset=True,
        recipients=[{"number": "356", "handset": "ios", "read_after": "5s"}],
        defaults={"read_after": "9s", "clicks": [{"after": 7}]},
    )

    assert (found[0].replaced_on_expiry, found[0].steps[-1].after) == (False, 6 * SECOND)
    assert found[0].acts == (Act("click", 7 * SECOND, (), "", "en_US"),)


def test_only_an_instant_message_is_replaced_when_it_expires() -> None:
    """I-8, Y-2: an SMS is not; that nobody hears of a reply to it is said when it is made."""
    viber, _, sms = planned(defaults={"handset": "ios", "replies": [{"text": "Yes"}]})

    assert (viber.replaced_on_expiry, len(viber.acts)) == (True, 1)
    assert (sms.replaced_on_expiry, len(sms.acts)) == (False, 1)


def test_when_a_handset_is_off_counts_from_when_the_scenario_came_into_force() -> None:
    found = planned(handset=True, recipients=[{"number": "356", "off_between": [{"from": "10s", "to": "20s"}]}])

    assert {leg.off for leg in found} == {(Span(later(70), later(80)),)}


def test_a_channel_has_its_throughput() -> None:
    found = planned(defaults={"throughput": {"SMS": 100}})

    assert [leg.per_second for leg in found] == [None, None, 100]


def priced(zone: str | None) -> list[tuple[str, int | None]]:
    return [(leg.channel.value, leg.price) for leg in planned(fate={"zone": zone}, prices=PRICES)]


def test_the_cheapest_channel_of_the_zone_is_tried_first() -> None:
    """L-3, U-2: LOW_COST: cheapest first per destination."""
    assert priced("1") == [("SMS", 8_000), ("RCS", 12_000), ("VIBER", 25_000)]


def test_channels_of_one_price_stay_in_the_order_of_the_request() -> None:
    """L-3: ties by request order."""
    assert priced("") == [("VIBER", 20_000), ("RCS", 20_000), ("SMS", 60_000)]


def test_without_a_zone_nobody_looks_at_prices() -> None:
    """L-3: FEATURE_RICH: the IM items in their order, then SMS."""
    assert priced(None) == [("VIBER", None), ("RCS", None), ("SMS", None)]


def test_a_rule_stays_with_its_channel_whatever_the_order() -> None:
    """L-3: one rule for each offer."""
    scenario = a_scenario({"outcome": "expired"}, {"outcome": "rejected"}, prices=PRICES)
    one, other = scenario.rules

    found = plan(OFFERS, Fate(rules=(one, other, None), zone="1"), scenario)

    assert ends(found) == ["DELIVRD", "REJECTD", "EXPIRED"]


def test_a_destination_that_the_platform_turns_away_gets_to_no_channel() -> None:
    """O-9: INTERNAL REJECTD, with a code that is not 0."""
    rejected, *following = planned(fate={"first": True}, defaults={"error_codes": {"REJECTD": 41}})

    assert (rejected.channel, rejected.sender) == (Channel.INTERNAL, "Harbour")
    assert [(step.status, step.error_code) for step in rejected.steps] == [(Status.REJECTD, 41)]
    assert "O-9" in rejected.why
    assert following == [*planned(defaults={"error_codes": {"REJECTD": 41}})]


@pytest.mark.parametrize(("luck", "expected"), [(0, 1), (31, 11)])
def test_luck_is_the_part_of_the_jitter(luck: int, expected: int) -> None:
    """L-8."""
    leg: Leg = planned(fate={"luck": luck}, defaults={"jitter": "10s"})[2]

    assert leg.steps[-1].after == expected * SECOND

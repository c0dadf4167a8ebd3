"""What the network does with each number: rules, prices, and the document that says both."""

import pytest

from mock_amp.core.model import Channel
from mock_amp.core.scenario import Delays, Prices, Rule, Scenario, read_scenario
from tests.unit.builders import NUMBER

PRICES = Prices(
    zones={
        "": {Channel.SMS: 60_000, Channel.VIBER: 20_000},
        "1": {Channel.SMS: 8_000},
        "1242": {Channel.SMS: 90_000},
    }
)


def a_rule(name: str, prefix: str, *unreachable: Channel) -> Rule:
    return Rule(name=name, prefix=prefix, unreachable=frozenset(unreachable or {Channel.VIBER}))


def test_a_number_that_no_rule_matches_is_good() -> None:
    scenario = Scenario(name="test", rules=(a_rule("no viber", "999"),))

    assert scenario.rule_for(NUMBER) is None


def test_the_first_rule_that_matches_wins() -> None:
    first, second = a_rule("first", "356"), a_rule("second", "35699")
    scenario = Scenario(name="test", rules=(first, second))

    assert scenario.rule_for("35699000001") is first


def test_a_rule_matches_from_the_beginning_of_a_number() -> None:
    scenario = Scenario(name="test", rules=(a_rule("no viber", "999"),))

    assert scenario.rule_for("35699900001") is None


@pytest.mark.parametrize(
    ("number", "zone"),
    [("12025550100", "1"), ("12425550100", "1242"), ("35699000001", ""), ("1240000000", "1")],
)
def test_the_longest_calling_code_is_the_zone(number: str, zone: str) -> None:
    """L-3: price by country."""
    assert PRICES.zone(number) == zone


def test_a_zone_has_its_own_price_of_a_channel() -> None:
    """L-3: price by country and channel."""
    assert PRICES.of("1", Channel.SMS) == 8_000


def test_a_zone_that_does_not_say_has_the_price_of_the_rest_of_the_world() -> None:
    """L-3: every channel has a price."""
    assert PRICES.of("1", Channel.VIBER) == 20_000


def test_what_nobody_priced_costs_nothing() -> None:
    assert Prices(zones={}).of("", Channel.SMS) == 0


def test_a_scenario_is_read_from_its_document() -> None:
    document = {
        "name": "no-viber",
        "description": "Malta has no Viber.",
        "rules": [{"name": "malta", "match": {"number": {"prefix": "356"}}, "unreachable": ["VIBER", "RCS"]}],
        "prices": {"": {"SMS": 0.06}, "356": {"SMS": 0.03}},
    }
    delays = Delays(accepted=1, delivered=2, seen=3)

    scenario = read_scenario(document, delays)

    assert (scenario.name, scenario.description, scenario.delays) == ("no-viber", "Malta has no Viber.", delays)
    assert scenario.rules == (a_rule("malta", "356", Channel.VIBER, Channel.RCS),)
    assert scenario.prices.of(scenario.prices.zone(NUMBER), Channel.SMS) == 30_000


def test_a_calling_code_that_yaml_reads_as_a_number_is_still_a_code() -> None:
    scenario = read_scenario({"name": "test", "prices": {356: {"SMS": 0.03}}}, Delays())

    assert scenario.prices.zone(NUMBER) == "356"

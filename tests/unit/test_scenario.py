"""What a scenario says: prices, codes, habits, who is taken by a rule."""

from typing import Any

import pytest

from mock_amp.core.model import Act, Channel, Status
from mock_amp.core.scenario import ERROR_CODES, Habits, Nth, Prices, Scenario
from tests.unit.builders import a_scenario

PRICES = Prices(
    zones={
        "": {Channel.SMS: 60_000, Channel.VIBER: 20_000},
        "1": {Channel.SMS: 8_000},
        "1242": {Channel.SMS: 90_000},
    }
)


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


@pytest.mark.parametrize("status", Status)
def test_failures_have_codes_and_nothing_else_has(status: Status) -> None:
    """L-7: 0 where it is no failure."""
    good = status in (Status.ACCEPTD, Status.DELIVRD, Status.SEEN)

    assert (Scenario(name="test").error_code(status) == 0) is good
    assert (status not in ERROR_CODES) is good


@pytest.mark.parametrize(
    ("nth", "taken"),
    [
        (Nth(these=frozenset({1, 4})), [1, 4]),
        (Nth(first=2), [1, 2]),
        (Nth(every=3), [3, 6, 9]),
        (Nth(every=1), [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (Nth(after=7), [8, 9]),
        (Nth(after=0), [1, 2, 3, 4, 5, 6, 7, 8, 9]),
    ],
    ids=str,
)
def test_nth_takes_by_number(nth: Nth, taken: list[int]) -> None:
    assert [number for number in range(1, 10) if nth.takes(number)] == taken


ACTS = (Act("click", 5),)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (Habits(), Habits(ios=True, read_after=5, acts=ACTS)),
        (Habits(ios=False), Habits(ios=False, read_after=5, acts=ACTS)),
        (Habits(read_after=0), Habits(ios=True, read_after=0, acts=ACTS)),
        (Habits(never_reads=True), Habits(ios=True, never_reads=True, acts=ACTS)),
        (Habits(acts=()), Habits(ios=True, read_after=5, acts=())),
    ],
    ids=str,
)
def test_habits_hold_where_others_say_nothing(said: Habits, expected: Habits) -> None:
    assert said.over(Habits(ios=True, read_after=5, acts=ACTS)) == expected


def test_who_reads_reads_again_what_others_never_read() -> None:
    assert Habits(read_after=5).over(Habits(never_reads=True)) == Habits(read_after=5)


@pytest.mark.parametrize(
    "sections",
    [
        {"defaults": {"jitter": 1}},
        {"defaults": {"throughput": {"SMS": 5}}},
        {"rules": [{"name": "a", "match": {"nth": 1}}]},
        {"rules": [{"name": "a", "match": {"share": 0.5}}]},
        {"rules": [{"name": "a", "during": {"to": 5}}]},
        {"rules": [{"name": "a", "outcome": {"jitter": 5}}]},
        {"recipients": [{"off_between": [{"to": 5}]}]},
    ],
    ids=str,
)
def test_a_scenario_is_not_steady_when_time_or_order_count(sections: dict[str, Any]) -> None:
    """D18: what comes of a request can only be known inside its transaction."""
    assert not a_scenario(**sections).steady


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"defaults": {"reach": {"SMS": 0.5}, "read_after": "never"}},
        {"rules": [{"name": "a", "match": {"share": 1, "text": {"contains": "a"}}, "outcome": "expired"}]},
        {"recipients": [{"apps": []}]},
    ],
    ids=str,
)
def test_a_scenario_is_steady_when_the_request_and_the_seed_decide(sections: dict[str, Any]) -> None:
    assert a_scenario(**sections).steady

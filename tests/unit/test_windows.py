"""Spans of time on an account's clock."""

from typing import Any

import pytest

from mock_amp.core.instants import LAST_INSTANT, Instant
from mock_amp.core.windows import DAY, Span, awake, read_window
from tests.unit.builders import T0, later, minutes

HOUR = minutes(60)
SINCE = later(1_000)


def span(**window: Any) -> Span:
    """The span of a window, in force since SINCE."""
    return read_window({key.strip("_"): moment for key, moment in window.items()}).span(SINCE)


@pytest.mark.parametrize(
    ("at", "covered"), [(0, False), (1_009.999_999, False), (1_010, True), (1_059.9, True), (1_060, False)]
)
def test_a_duration_counts_from_when_the_scenario_came_into_force(at: float, *, covered: bool) -> None:
    """From the first moment up to the second, without it."""
    assert span(from_="10s", to="1m").covers(later(at)) is covered


def test_a_number_is_seconds_since_then() -> None:
    assert span(from_=10, to=60) == span(from_="10s", to="1m") == span(from_="10", to="60")


def test_an_instant_is_the_same_whenever_the_scenario_came_into_force() -> None:
    found = span(from_="2026-01-01T01:00:00+01:00", to="2026-01-01T00:00:10Z")

    assert found == Span(T0, later(10))


def test_a_window_without_a_beginning_has_always_been_open() -> None:
    found = span(to="10s")

    assert (found.covers(Instant(0)), found.covers(later(1_009)), found.covers(later(1_010))) == (True, True, False)


def test_a_window_without_an_end_stays_open() -> None:
    found = span(from_="10s")

    assert (found.covers(later(1_009)), found.covers(later(1e9))) == (False, True)
    assert found.ends(later(2_000)) == LAST_INSTANT


@pytest.mark.parametrize(("hour", "covered"), [(0, True), (6.99, True), (7, False), (21.99, False), (22, True)])
def test_a_window_of_every_day_goes_over_midnight(hour: float, *, covered: bool) -> None:
    found = span(from_="22:00", to="07:00")

    for day in (0, 1, 365):
        assert found.covers(Instant(T0 + day * DAY + round(hour * HOUR))) is covered


def test_a_window_of_every_day_lies_within_the_day() -> None:
    found = span(from_="12:00:30", to="13:00")

    assert not found.covers(Instant(T0 + 12 * HOUR))
    assert found.covers(Instant(T0 + 12 * HOUR + minutes(30)))
    assert found.ends(Instant(T0 + 12 * HOUR + minutes(30))) == T0 + 13 * HOUR


@pytest.mark.parametrize("hour", [22, 23.5, 24, 30.9])
def test_a_window_over_midnight_ends_in_the_morning(hour: float) -> None:
    assert span(from_="22:00", to="07:00").ends(Instant(T0 + round(hour * HOUR))) == T0 + 31 * HOUR


@pytest.mark.parametrize(
    ("window", "fault"),
    [
        ({"from": "22:00"}, "another one at its side"),
        ({"from": "22:00", "to": "10s"}, "another one at its side"),
        ({"from": "2026-01-01T00:00:00Z", "to": "07:00"}, "another one at its side"),
        ({"from": "10s", "to": "10s"}, "the same moment"),
        ({"from": "60s", "to": "1m"}, "the same moment"),
        ({"from": "07:00", "to": "07:00:00"}, "the same moment"),
        ({"from": "20s", "to": "10s"}, "later than"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "later than"),
        ({"from": "2026-01-02 00:00"}, "is not an instant"),
        ({"to": "2026-02-30T00:00:00Z"}, "is not an instant"),
        ({"to": "1 minute"}, "is not a duration"),
        ({"to": "200000d"}, "is not a duration"),
    ],
    ids=str,
)
def test_a_window_that_cannot_be_is_refused(window: dict[str, Any], fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        read_window(window)


def test_a_handset_that_is_never_off_is_awake_at_once() -> None:
    assert awake(T0, ()) == T0


def test_a_handset_is_awake_when_its_window_is_over() -> None:
    off = (span(from_="10s", to="20s"),)

    assert [awake(later(at), off) for at in (1_009, 1_010, 1_019, 1_020)] == [
        later(1_009),
        later(1_020),
        later(1_020),
        later(1_020),
    ]


def test_windows_that_adjoin_are_one() -> None:
    """Whatever their order and kind."""
    off = (span(from_="30s", to="40s"), span(from_="10s", to="20s"), span(from_="15s", to="30s"))

    assert awake(later(1_012), off) == later(1_040)


def test_a_night_and_a_morning_are_one() -> None:
    off = (span(from_="07:00", to="09:00"), span(from_="22:00", to="07:00"))

    assert awake(T0, off) == T0 + 9 * HOUR


def test_days_that_other_windows_fill_up_come_to_an_end() -> None:
    """Two windows of every day, and others that lie between them for ten days."""
    nights = (span(from_="00:00", to="06:00"), span(from_="06:00", to="12:00"))
    days = tuple(Span(T0 + day * DAY + 12 * HOUR, T0 + (day + 1) * DAY) for day in range(10))

    assert awake(T0, nights + days) == T0 + 10 * DAY + 12 * HOUR


@pytest.mark.parametrize(
    "off",
    [
        (span(from_="10s"),),
        (span(from_="00:00", to="12:00"), span(from_="12:00", to="00:00")),
        tuple(span(from_=f"{hour:02}:00", to=f"{(hour + 2) % 24:02}:00") for hour in range(24)),
    ],
    ids=["without end", "day and night", "every hour twice"],
)
def test_a_handset_that_is_off_for_ever_is_never_awake(off: tuple[Span, ...]) -> None:
    assert awake(later(2_000), off) is None

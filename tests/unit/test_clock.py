"""D10: three clocks, and the real moment at which each shows something."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mock_amp.core.clock import AccountClock, ClockChange, ClockMode
from mock_amp.core.identity import first_ordinal, message_id
from mock_amp.core.instants import LAST_INSTANT, SECOND, Instant
from tests.unit.builders import T0, later

_REAL = Instant(T0 - 500 * SECOND)


def a_clock(mode: ClockMode, **changes: Any) -> AccountClock:
    """It showed T0 when real time was `_REAL`; a scaled one makes a minute of a second."""
    return replace(AccountClock(mode=mode, rate=60.0, shown=T0, since=_REAL), **changes)


def real_after(seconds: float) -> Instant:
    return Instant(_REAL + round(seconds * SECOND))


def test_a_real_clock_goes_as_real_time_goes() -> None:
    assert a_clock(ClockMode.REAL).at(real_after(2)) == later(2)


def test_a_scaled_clock_goes_by_its_rate() -> None:
    assert a_clock(ClockMode.SCALED).at(real_after(2)) == later(120)


def test_a_frozen_clock_stands() -> None:
    assert a_clock(ClockMode.FROZEN).at(real_after(1_000)) == T0


def test_a_clock_does_not_go_back_when_real_time_does() -> None:
    assert a_clock(ClockMode.REAL).at(real_after(-10)) == T0


def test_a_pinned_clock_shows_the_moment_that_is_lived_through() -> None:
    pinned = a_clock(ClockMode.REAL).pin(later(60), real_after(5))

    assert pinned.at(real_after(5)) == later(60)
    assert pinned.real_for(later(61)) is None


def test_a_clock_that_nobody_released_goes_on_from_when_it_was_pinned() -> None:
    """D10: its advance has died with its process; what ran before the advance does not count twice."""
    left = replace(a_clock(ClockMode.REAL).pin(later(60), real_after(5)), pinned=False)

    assert left.at(real_after(7)) == later(62)


def test_a_released_clock_goes_on_from_what_it_shows() -> None:
    released = a_clock(ClockMode.REAL).pin(later(60), real_after(5)).release(real_after(5))

    assert released.at(real_after(5)) == later(60)
    assert released.at(real_after(7)) == later(62)


@pytest.mark.parametrize(
    ("change", "mode", "rate"),
    [
        (ClockChange(mode=ClockMode.FROZEN), ClockMode.FROZEN, 60.0),
        (ClockChange(rate=2.0), ClockMode.SCALED, 2.0),
        (ClockChange(), ClockMode.SCALED, 60.0),
    ],
    ids=str,
)
def test_a_change_of_a_clock_leaves_what_it_does_not_name(change: ClockChange, mode: ClockMode, rate: float) -> None:
    changed = a_clock(ClockMode.SCALED).pin(later(60), real_after(5)).release(real_after(5), change)

    assert (changed.mode, changed.rate, changed.at(real_after(5))) == (mode, rate, later(60))


def test_a_clock_stops_where_message_ids_end() -> None:
    """R-5: thirteen digits of milliseconds; a scaled clock that nobody stops gets there."""
    fast = a_clock(ClockMode.SCALED, rate=1_000_000.0)

    assert fast.at(real_after(366 * 86_400)) == LAST_INSTANT
    assert message_id(first_ordinal(LAST_INSTANT, -1), 4003) == "9999999999999" + "001" + "4003"


def test_a_frozen_clock_does_not_get_anywhere_by_itself() -> None:
    assert a_clock(ClockMode.FROZEN).real_for(later(1)) is None


def test_what_is_due_now_is_due_now_in_every_mode() -> None:
    assert [a_clock(mode).real_for(T0) for mode in ClockMode] == [_REAL, _REAL, _REAL]


def test_a_real_clock_shows_a_moment_as_far_ahead_as_it_is() -> None:
    assert a_clock(ClockMode.REAL).real_for(later(2)) == real_after(2)


def test_a_scaled_clock_shows_a_moment_sooner() -> None:
    assert a_clock(ClockMode.SCALED).real_for(later(120)) == real_after(2)


_MODES = st.sampled_from([ClockMode.REAL, ClockMode.SCALED])
_YEAR = 366 * 86_400 * SECOND


@given(_MODES, st.floats(0.000001, 1_000_000), st.integers(1, _YEAR))
@example(ClockMode.SCALED, 0.000001, 20_981_519_606_032)
def test_a_clock_shows_a_moment_at_the_real_time_it_promised(mode: ClockMode, rate: float, ahead: int) -> None:
    """What falls due is found when the alarm rings, not a microsecond later."""
    clock = a_clock(mode, rate=rate)
    real = clock.real_for(Instant(T0 + ahead))

    assert real is not None
    assert clock.at(real) >= T0 + ahead


@given(_MODES, st.floats(0.000001, 1_000_000), st.integers(0, _YEAR), st.integers(0, _YEAR))
def test_a_clock_never_goes_back(mode: ClockMode, rate: float, some: int, more: int) -> None:
    clock = a_clock(mode, rate=rate)

    assert clock.at(Instant(_REAL + some)) <= clock.at(Instant(_REAL + some + more))

"""The Clock port, over the system's clock and the one that a test turns by hand."""

import asyncio
import contextlib

from mock_amp.adapters.clocks import HandClock
from mock_amp.core.instants import MILLISECOND, SECOND, Instant
from mock_amp.ports import Clock
from tests.contract.samples import T0, later


async def _rung_by(clock: Clock, at: Instant) -> Instant:
    """Lets time come to `at`, by waiting or by turning; says what the clock shows when an alarm for it rings."""
    rung: asyncio.Future[Instant] = asyncio.get_running_loop().create_future()
    clock.call_at(at, lambda: rung.set_result(clock.now()))
    if isinstance(clock, HandClock):
        clock.turn(at)
    return await asyncio.wait_for(rung, 5)


async def test_a_clock_never_goes_back(clock: Clock) -> None:
    """Port: never earlier than the last time it was asked."""
    shown = [clock.now() for _ in range(1_000)]
    shown.append(await _rung_by(clock, Instant(shown[-1] + MILLISECOND)))

    assert shown == sorted(shown)


def test_a_hand_clock_cannot_be_turned_back() -> None:
    """Port: it may refuse or stay where it is, but not go back."""
    clock = HandClock(T0)
    clock.turn(later(10))

    with contextlib.suppress(ValueError):
        clock.turn(later(5))

    assert clock.now() == later(10)


async def test_an_alarm_rings_once_its_moment_has_come(clock: Clock) -> None:
    """Port: at its time or later, not before."""
    at = Instant(clock.now() + 20 * MILLISECOND)

    assert await _rung_by(clock, at) >= at


async def test_an_alarm_in_the_past_rings_at_once(clock: Clock) -> None:
    """Port: the present is later than that; it rings in another turn of the event loop, not inside the call."""
    rung = asyncio.Event()
    clock.call_at(Instant(clock.now() - SECOND), rung.set)
    inside = rung.is_set()

    await asyncio.wait_for(rung.wait(), 5)

    assert not inside


async def test_alarms_ring_in_the_order_of_their_moments(clock: Clock) -> None:
    """Port: whichever was set first."""
    rung: list[str] = []
    start = clock.now()
    clock.call_at(Instant(start + 10 * MILLISECOND), lambda: rung.append("second"))
    clock.call_at(Instant(start + 5 * MILLISECOND), lambda: rung.append("first"))

    await _rung_by(clock, Instant(start + 20 * MILLISECOND))

    assert rung == ["first", "second"]


async def test_a_cancelled_alarm_does_not_ring(clock: Clock) -> None:
    """Port: neither one that lies ahead, nor one whose moment has come and that has not rung."""
    rung: list[str] = []
    start = clock.now()
    ahead = clock.call_at(Instant(start + 5 * MILLISECOND), lambda: rung.append("ahead"))
    present = clock.call_at(start, lambda: rung.append("present"))

    ahead.cancel()
    present.cancel()
    await _rung_by(clock, Instant(start + 20 * MILLISECOND))

    assert rung == []


async def test_an_alarm_further_away_than_a_century_does_no_harm(clock: Clock) -> None:
    """Port: event loops dislike centuries; a clock takes any instant."""
    rung: list[str] = []

    alarm = clock.call_at(Instant(clock.now() + 200 * 366 * 86_400 * SECOND), lambda: rung.append("far"))
    await _rung_by(clock, Instant(clock.now() + MILLISECOND))
    alarm.cancel()

    assert rung == []


def test_a_turned_clock_shows_each_alarm_its_own_moment() -> None:
    """Smell 3, the jump: an alarm on the way does not see the end of it."""
    clock, shown = HandClock(T0), list[Instant]()
    for seconds in (3, 1, 2):
        clock.call_at(later(seconds), lambda: shown.append(clock.now()))

    clock.turn(later(10))

    assert (shown, clock.now()) == ([later(1), later(2), later(3)], later(10))


def test_work_adds_up(clock: Clock) -> None:
    """Port: it never becomes less."""
    before = clock.worked()
    total = sum(range(100_000))

    assert total > 0
    assert clock.worked() >= before >= 0

"""While requests come in, the walk through the agenda makes room for them."""

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest

from mock_amp.adapters.clocks import HandClock
from mock_amp.core.instants import Duration, Instant
from mock_amp.engine.pace import FEW, Pace
from mock_amp.engine.world import Traffic, World
from tests.api.holding import T0, hand_clock


@pytest.fixture
def clock() -> HandClock:
    return hand_clock()


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
def pace(clock: HandClock, traffic: Traffic) -> Pace:
    return Pace(cast("World", SimpleNamespace(clock=clock, traffic=traffic)))


async def test_who_has_the_server_to_itself_takes_more_at_a_time_while_it_is_behind(pace: Pace) -> None:
    """Up to a bound, and fewer again once it is not."""
    sizes = []
    for late in (*[Duration(0)] * 5, None):
        await pace.end(late)
        sizes.append(pace.rows)

    assert sizes == [256, 512, 1_024, 1_024, 1_024, 128]


async def test_while_requests_take_all_there_is_it_rests(pace: Pace, clock: HandClock, traffic: Traffic) -> None:
    """Six times as long as its portion took."""
    pace.begin()
    clock.turn(Instant(clock.now() + 3_000))
    traffic.requests += 1
    resting = asyncio.ensure_future(pace.end(Duration(0)))
    await clock.give_way()
    clock.turn(Instant(clock.now() + 17_999))
    await clock.give_way()
    before = resting.done()
    clock.turn(Instant(clock.now() + 1))
    await resting

    assert (before, pace.rows) == (False, FEW)


async def test_a_rest_has_an_end_however_long_the_portion_took(pace: Pace, clock: HandClock, traffic: Traffic) -> None:
    pace.begin()
    clock.turn(Instant(clock.now() + 10_000_000))
    traffic.requests += 1
    resting = asyncio.ensure_future(pace.end(None))
    await clock.give_way()
    clock.turn(Instant(clock.now() + 50_000))
    await resting

    assert resting.done()


async def test_requests_that_are_over_make_nobody_rest(pace: Pace, traffic: Traffic) -> None:
    """Each counts for the portion in which it came."""
    traffic.requests += 1
    await pace.end(None)
    await pace.end(Duration(0))

    assert pace.rows == 2 * FEW


class _Idle(HandClock):
    """Of whose time hardly any is work."""

    def worked(self) -> Duration:
        return Duration(super().worked() // 2)


async def test_while_there_is_time_enough_for_all_it_takes_few_and_goes_on(traffic: Traffic) -> None:
    clock = _Idle(T0)
    pace = Pace(cast("World", SimpleNamespace(clock=clock, traffic=traffic)))
    pace.begin()
    clock.turn(Instant(clock.now() + 3_000))
    traffic.requests += 1

    await pace.end(Duration(0))

    assert pace.rows == FEW


@pytest.mark.parametrize(("late", "rest", "rows"), [(0, 18_000, FEW), (1_500_000, 9_000, FEW), (3_000_000, 0, 192)])
async def test_the_later_it_is_the_less_it_rests(
    pace: Pace, clock: HandClock, traffic: Traffic, late: int, rest: int, rows: int
) -> None:
    """Who waits for a status gives up some time."""
    pace.begin()
    clock.turn(Instant(clock.now() + 3_000))
    traffic.requests += 1
    resting = asyncio.ensure_future(pace.end(Duration(late)))
    await clock.give_way()
    before = resting.done()
    clock.turn(Instant(clock.now() + rest))
    await resting

    assert (before, pace.rows) == (rest == 0, rows)

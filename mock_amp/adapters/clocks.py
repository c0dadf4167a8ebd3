"""Real time, and a clock that a test turns by hand. The one module that reads the machine's clock."""

import asyncio
import heapq
import time
from collections.abc import Callable
from itertools import count
from typing import Final

from mock_amp.core.instants import SECOND, Duration, Instant
from mock_amp.ports import Alarm

_LONGEST_WAIT: Final = 3_600.0
"""An alarm further away than this looks again at the clock on the way; event loops dislike centuries."""


class SystemClock:
    """Wall-clock time at start, monotonic from there: a machine whose time is set back does not take us back."""

    def __init__(self) -> None:
        self._offset = time.time_ns() - time.monotonic_ns()

    def now(self) -> Instant:
        return Instant((time.monotonic_ns() + self._offset) // 1_000)

    def call_at(self, at: Instant, then: Callable[[], None]) -> Alarm:
        return _SystemAlarm(self, at, then)

    def worked(self) -> Duration:
        return Duration(time.thread_time_ns() // 1_000)

    async def give_way(self) -> None:
        await asyncio.sleep(0)


class _SystemAlarm:
    def __init__(self, clock: SystemClock, at: Instant, then: Callable[[], None]) -> None:
        self._clock, self._at, self._then = clock, at, then
        self._wait()

    def cancel(self) -> None:
        self._handle.cancel()

    def _wait(self) -> None:
        left = max(0, self._at - self._clock.now()) / SECOND
        loop = asyncio.get_running_loop()
        self._handle = loop.call_later(min(left, _LONGEST_WAIT), self._ring)

    def _ring(self) -> None:
        if self._clock.now() >= self._at:
            self._then()
        else:
            self._wait()


class HandClock:
    """A clock that stands still until it is turned; for tests of what real time does."""

    def __init__(self, now: Instant) -> None:
        self._now = now
        self._alarms: list[tuple[Instant, int, _HandAlarm]] = []
        self._number = count()

    def now(self) -> Instant:
        return self._now

    def call_at(self, at: Instant, then: Callable[[], None]) -> Alarm:
        alarm = _HandAlarm(then)
        if at <= self._now:
            asyncio.get_running_loop().call_soon(alarm.ring)
        else:
            heapq.heappush(self._alarms, (at, next(self._number), alarm))
        return alarm

    def worked(self) -> Duration:
        """All the time that it shows: whoever turns it says how long things take."""
        return Duration(self._now)

    async def give_way(self) -> None:
        await asyncio.sleep(0)

    def turn(self, to: Instant) -> None:
        """Moves to `to` and rings every alarm on the way, in order, each at its own moment. It does not go back."""
        if to < self._now:
            raise ValueError(f"the clock shows {self._now} and cannot be turned back to {to}")
        while self._alarms and self._alarms[0][0] <= to:
            self._now, _, alarm = heapq.heappop(self._alarms)
            alarm.ring()
        self._now = to


class _HandAlarm:
    def __init__(self, then: Callable[[], None]) -> None:
        self._then: Callable[[], None] | None = then

    def cancel(self) -> None:
        self._then = None

    def ring(self) -> None:
        if self._then:
            self._then()

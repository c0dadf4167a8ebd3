"""Which account has something due when, in real time: one alarm is for all of them."""

import asyncio
import heapq

from mock_amp.core.instants import Instant
from mock_amp.ports import Alarm, Clock


class Rota:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._next: dict[int, Instant] = {}
        self._queue: list[tuple[Instant, int]] = []
        self._wake = asyncio.Event()
        self._alarm: Alarm | None = None
        self._alarm_at: Instant | None = None

    def __contains__(self, key: int) -> bool:
        return key in self._next

    def put(self, key: int, real: Instant) -> None:
        """An account has something due at `real`: what was said of it earlier holds if it comes before."""
        if key not in self._next or real < self._next[key]:
            self._next[key] = real
            heapq.heappush(self._queue, (real, key))
            self._set_alarm()

    def drop(self, key: int) -> None:
        """Forgets what was said of an account."""
        self._next.pop(key, None)

    async def ripe(self) -> list[int]:
        """Waits until there are accounts with something due; these, the longest overdue first, are off the list."""
        while not (found := self._ripe()):
            self._set_alarm()
            await self._wake.wait()
            self._wake.clear()
        return found

    def _ripe(self) -> list[int]:
        now, found = self._clock.now(), []
        while self._queue and self._queue[0][0] <= now:
            real, key = heapq.heappop(self._queue)
            if self._next.get(key) == real:
                del self._next[key]
                found.append(key)
        return found

    def _set_alarm(self) -> None:
        while self._queue and self._next.get(self._queue[0][1]) != self._queue[0][0]:
            heapq.heappop(self._queue)  # a later word about the account made this one void
        if not self._queue:
            return
        at = self._queue[0][0]
        if self._alarm_at is not None and self._alarm_at <= at:
            return
        if self._alarm:
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = self._clock.call_at(at, self._ring)

    def _ring(self) -> None:
        self._alarm = self._alarm_at = None
        self._wake.set()

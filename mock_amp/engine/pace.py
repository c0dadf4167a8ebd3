"""How the walk through the agenda makes room for requests: what only keeps time can wait a little, a client cannot."""

import asyncio
from typing import Final

from mock_amp.core.instants import Duration, Instant
from mock_amp.engine.world import World

_ROOM: Final = 6
"""While requests take all that there is, the walk rests this many times as long as its last portion took."""

_LONGEST: Final = 50_000
"""Microseconds of a rest."""

_LATE: Final = 3_000_000
"""Microseconds. The later what is due already, the shorter the rests; past this there are none: who waits for a status
gives up after five seconds."""

_ALL: Final = 0.8
"""More work than this in a time is as much as one thread can do: some of it goes by in the system."""

FEW: Final = 64
"""Rows of a portion while requests come in: a millisecond or two, which the slowest of them notice."""

_PRESSED: Final = 192
"""Rows of a portion when there is no time to rest."""

_QUIET: Final = 128
_BEHIND: Final = 1_024
"""Rows of a portion at most, while nobody asks for anything."""


class Pace:
    """How many rows the next portion is to have, and the rest before it."""

    def __init__(self, world: World) -> None:
        self._world, self._clock = world, world.clock
        self._seen = world.traffic.requests
        self._began = self._ended = self._clock.now()
        self._worked = self._clock.worked()
        self.rows = _QUIET

    def begin(self) -> None:
        """A portion begins."""
        self._began = self._clock.now()

    async def end(self, late: Duration | None) -> None:
        """A portion is done; `late` is how late more of it is already. Rests while requests take all that there is."""
        requests = self._world.traffic.requests
        asked, self._seen = requests != self._seen, requests
        if not asked:
            self.rows = _QUIET if late is None else min(2 * self.rows, _BEHIND)
            return
        now, patient = self._clock.now(), max(0.0, 1 - (late or 0) / _LATE)
        self.rows = FEW if patient else _PRESSED
        if self._is_all(now):
            await self._rest(min(round(patient * _ROOM * (now - self._began)), _LONGEST))

    def _is_all(self, now: Instant) -> bool:
        """Whether this thread has been at work nearly all the time since it was last asked."""
        worked = self._clock.worked()
        passed, done = now - self._ended, worked - self._worked
        self._ended, self._worked = now, worked
        return done > _ALL * passed

    async def _rest(self, duration: int) -> None:
        if not duration:
            return
        over = asyncio.Event()
        alarm = self._clock.call_at(Instant(self._clock.now() + duration), over.set)
        try:
            await over.wait()
        finally:
            alarm.cancel()

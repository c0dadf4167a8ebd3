"""Waiting for a store that could not do its work: until another transaction has passed, or a second of real time."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from mock_amp.core.instants import SECOND, Duration, Instant
from mock_amp.core.records import News
from mock_amp.ports import Clock

PAUSE: Final = Duration(SECOND)
"""Real time after which what could not be stored is tried again."""


class Comeback:
    """Hears what is committed, for those who wait for anything to be."""

    def __init__(self) -> None:
        self._then: list[Callable[[], None]] = []

    def hear(self, _news: Sequence[News]) -> None:
        if self._then:
            then, self._then = self._then, []
            for each in then:
                each()

    def then(self, call: Callable[[], None]) -> None:
        """Calls it once the next transaction has passed."""
        self._then.append(call)

    async def wait(self, clock: Clock, passed: asyncio.Event) -> None:
        """Returns when a transaction has passed or `passed` is set, and after a second of real time at the latest."""
        passed.clear()
        self._then.append(passed.set)
        try:
            await _pass(clock, passed)
        finally:
            if passed.set in self._then:
                self._then.remove(passed.set)

    async def pause(self, clock: Clock) -> None:
        """Lets a second of real time pass: for what is not in a hurry, and may fail where others pass."""
        await _pass(clock, asyncio.Event())


async def _pass(clock: Clock, over: asyncio.Event) -> None:
    alarm = clock.call_at(Instant(clock.now() + PAUSE), over.set)
    try:
        await over.wait()
    finally:
        alarm.cancel()

"""Seeing that a file has changed: looked at every half second, which works where no notice of changes gets through."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from mock_amp.core.instants import SECOND, Instant
from mock_amp.ports import Clock

INTERVAL: Final = SECOND // 2

_State = tuple[int, int, int] | None


async def watch(clock: Clock, path: Path, changed: Callable[[], Awaitable[None]]) -> None:
    """Calls `changed` whenever the file is another than before, until cancelled."""
    known = _state(path)
    while True:
        await _pause(clock)
        found = _state(path)
        if found != known:
            known = found
            await changed()


async def _pause(clock: Clock) -> None:
    rung = asyncio.Event()
    alarm = clock.call_at(Instant(clock.now() + INTERVAL), rung.set)
    try:
        await rung.wait()
    finally:
        alarm.cancel()


def _state(path: Path) -> _State:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino

"""Hearing that the server is to end: by the loop where it hears signals, by Python where it does not (Windows)."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any, Final

_NAMES: Final = ("SIGTERM", "SIGINT", "SIGBREAK")
"""The last is Ctrl-Break of Windows, which also comes when its window is closed; Unix has none."""

ENDINGS: Final = tuple(found for name in _NAMES if (found := getattr(signal, name, None)))
"""What asks a process of this system to end."""


@contextlib.contextmanager
def heard(loop: asyncio.AbstractEventLoop, end: Callable[[], Any]) -> Iterator[None]:
    """Within the block each of ENDINGS calls `end` on the loop. For the main thread: no other may hear of signals."""
    before = {}
    for sign in ENDINGS:
        try:
            loop.add_signal_handler(sign, end)
        except NotImplementedError:
            before[sign] = signal.signal(sign, lambda *_: loop.call_soon_threadsafe(end))
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler or signal.SIG_DFL)

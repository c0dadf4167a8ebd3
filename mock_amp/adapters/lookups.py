"""Looking up host names in threads of its own: few, and ones that nobody has to wait for when the server stops.

The loop's own way would take its threads from others while a name server is silent, and have the process wait for them
at its end.
"""

import asyncio
import errno
import socket
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

LookUp = Callable[..., list[tuple[Any, ...]]]
"""What `socket.getaddrinfo` is."""

_Answer = asyncio.Future[list[tuple[Any, ...]]]

THREAD: Final = "mock-amp look-ups"
"""What the threads are called."""

_THREADS: Final = 16
_AT_A_TIME: Final = 4_096
_FLAGS: Final = getattr(socket, "AI_ADDRCONFIG", 0)
_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Lookups(AbstractResolver):
    """Answers with an OSError when a name leads nowhere or that is not known within so many seconds."""

    def __init__(self, seconds: float, look_up: LookUp = socket.getaddrinfo) -> None:
        self._seconds, self._look_up = seconds, look_up
        self._asked: SimpleQueue[tuple[_Answer, str, int, int] | None] = SimpleQueue()
        self._asking = 0
        self._threads = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All that a name leads to."""
        try:
            async with asyncio.timeout(self._seconds):
                found = await self._ask(host, port, family)
        except TimeoutError:
            raise OSError(errno.ETIMEDOUT, f"{host} was not looked up within {self._seconds:g} s") from None
        results = [_result(host, each) for each in found if each[0] in (socket.AF_INET, socket.AF_INET6)]
        if not results:
            raise OSError(errno.EADDRNOTAVAIL, "the name leads to no address")
        return results

    async def close(self) -> None:
        """Lets the threads go; one that hangs in a look-up ends with it, or with the process."""
        for _ in range(self._threads):
            self._asked.put(None)
        self._threads = 0

    def _ask(self, host: str, port: int, family: int) -> _Answer:
        if self._asking >= _AT_A_TIME:
            raise OSError(errno.EAGAIN, "too many names are being looked up")
        answer: _Answer = asyncio.get_running_loop().create_future()
        self._asking += 1
        self._asked.put((answer, host, port, family))
        if self._threads < min(self._asking, _THREADS):
            self._threads += 1
            Thread(target=self._work, name=THREAD, daemon=True).start()
        return answer

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            answer, host, port, family = asked
            found: list[tuple[Any, ...]] = []
            error: OSError | None = None
            if not answer.cancelled():
                try:
                    found = self._look_up(host, port, type=socket.SOCK_STREAM, family=family, flags=_FLAGS)
                except OSError as why:
                    error = why
                except ValueError:  # a label that is too long, or empty
                    error = OSError(errno.EINVAL, "it is not a host name")
            with suppress(RuntimeError):  # the loop has ended meanwhile
                answer.get_loop().call_soon_threadsafe(self._tell, answer, found, error)

    def _tell(self, answer: _Answer, found: list[tuple[Any, ...]], error: OSError | None) -> None:
        self._asking -= 1
        if answer.cancelled():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(found)


def _result(name: str, found: tuple[Any, ...]) -> ResolveResult:
    family, _, proto, _, (address, port, *more) = found
    zone = f"%{more[1]}" if len(more) == 2 and more[1] else ""  # without it a link-local address leads nowhere
    return ResolveResult(hostname=name, host=address + zone, port=port, family=family, proto=proto, flags=_NUMERIC)

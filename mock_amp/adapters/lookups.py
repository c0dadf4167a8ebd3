"""Looking up host names in threads of its own, which nobody has to wait for when the server stops.

The loop's own way would take its threads from others while a name server is silent, and have the process wait for them
at its end.
"""

import asyncio
import errno
import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

LookUp = Callable[..., list[tuple[Any, ...]]]
"""What `socket.getaddrinfo` is."""

_Found = list[tuple[Any, ...]]
_Key = tuple[str, int]

THREAD: Final = "mock-amp look-ups"
"""What the threads are called."""

THREADS: Final = 512
"""At most. They are there while they are needed: one that waits for a silent name server costs little."""

_IDLE: Final = 5.0
"""Seconds after which a thread without work ends."""

_AT_A_TIME: Final = 4_096
_FLAGS: Final = getattr(socket, "AI_ADDRCONFIG", 0)
_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


@dataclass(slots=True, eq=False)
class _Asked:
    """A name that is being looked up, once for all who want to know."""

    host: str
    family: int
    loop: asyncio.AbstractEventLoop
    waiting: set[asyncio.Future[_Found]] = field(default_factory=set)
    begun: bool = False
    """Whether a thread has it. Until then it waits for those of others."""


class Lookups(AbstractResolver):
    """Answers with an OSError when a name leads nowhere or that is not known within so many seconds."""

    def __init__(self, seconds: float, look_up: LookUp = socket.getaddrinfo, *, idle: float = _IDLE) -> None:
        self._seconds, self._look_up, self._idle_for = seconds, look_up, idle
        self._asked: dict[_Key, _Asked] = {}
        self._turn = Condition()
        """Held for what the threads share: the next four."""
        self._queue: deque[_Asked] = deque()
        self._threads = 0
        self._idle = 0
        self._closed = False

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """All that a name leads to."""
        answer: asyncio.Future[_Found] = asyncio.get_running_loop().create_future()
        asked = self._ask(host, family)
        asked.waiting.add(answer)
        try:
            async with asyncio.timeout(self._seconds):
                found = await answer
        except TimeoutError:
            raise OSError(errno.ETIMEDOUT, self._late(asked)) from None
        finally:
            asked.waiting.discard(answer)
            self._forget(asked)
        results = [_result(host, port, each) for each in found if each[0] in (socket.AF_INET, socket.AF_INET6)]
        if not results:
            raise OSError(errno.EADDRNOTAVAIL, "the name leads to no address")
        return results

    def why_late(self, host: str) -> str:
        """Why nothing is known of a name yet; empty when it is not being looked up."""
        asked = self._asked.get((host, socket.AF_UNSPEC))
        return self._late(asked) if asked else ""

    async def close(self) -> None:
        """Lets the threads go; one that hangs in a look-up ends with it, or with the process."""
        with self._turn:
            self._closed = True
            self._turn.notify_all()

    def _late(self, asked: _Asked) -> str:
        if asked.begun:
            return f"{asked.host} was not looked up within {self._seconds:g} s"
        return f"the look-up of {asked.host} had to wait for those of other names, for more than {self._seconds:g} s"

    def _ask(self, host: str, family: int) -> _Asked:
        known = self._asked.get((host, family))
        if known is not None:
            return known
        if len(self._asked) >= _AT_A_TIME:
            raise OSError(errno.EAGAIN, "too many names are being looked up")
        asked = _Asked(host, family, asyncio.get_running_loop())
        at_once = host.lower().rstrip(".") == "localhost"  # no name server is asked, so it waits for nobody
        with self._turn:
            if self._idle > len(self._queue):
                self._queue.append(asked)
                self._turn.notify()
            elif self._threads < THREADS or at_once:
                self._start(asked)
            else:
                self._queue.append(asked)
        self._asked[host, family] = asked
        return asked

    def _start(self, asked: _Asked) -> None:
        asked.begun = True
        try:
            Thread(target=self._work, args=(asked,), name=THREAD, daemon=True).start()
        except RuntimeError as error:  # the system has no more of them
            if not self._threads:
                raise OSError(errno.EAGAIN, "there is no thread to look the name up in") from error
            asked.begun = False
            self._queue.append(asked)
        else:
            self._threads += 1

    def _forget(self, asked: _Asked) -> None:
        """Nobody looks up what nobody waits for."""
        if asked.waiting or asked.begun:
            return
        with self._turn:
            if not asked.begun:
                self._queue.remove(asked)
                del self._asked[asked.host, asked.family]

    def _work(self, first: _Asked) -> None:
        asked: _Asked | None = first
        while asked is not None:
            found: _Found = []
            error: OSError | None = None
            try:
                found = self._look_up(asked.host, 0, type=socket.SOCK_STREAM, family=asked.family, flags=_FLAGS)
            except OSError as why:
                error = why
            except ValueError:  # a label that is too long, or empty
                error = OSError(errno.EINVAL, "it is not a host name")
            with suppress(RuntimeError):  # the loop has ended meanwhile
                asked.loop.call_soon_threadsafe(self._tell, asked, found, error)
            asked = self._next()

    def _next(self) -> _Asked | None:
        """What a thread does next; None when it may end."""
        with self._turn:
            self._idle += 1
            self._turn.wait_for(lambda: self._queue or self._closed, self._idle_for)
            self._idle -= 1
            if not self._queue or self._closed or self._threads > THREADS:
                self._threads -= 1
                return None
            asked = self._queue.popleft()
            asked.begun = True
            return asked

    def _tell(self, asked: _Asked, found: _Found, error: OSError | None) -> None:
        del self._asked[asked.host, asked.family]
        for each in asked.waiting:
            if each.done():
                continue
            if error is not None:
                each.set_exception(error)
            else:
                each.set_result(found)


def _result(name: str, port: int, found: tuple[Any, ...]) -> ResolveResult:
    family, _, proto, _, (address, _, *more) = found
    zone = f"%{more[1]}" if len(more) == 2 and more[1] else ""  # without it a link-local address leads nowhere
    return ResolveResult(hostname=name, host=address + zone, port=port, family=family, proto=proto, flags=_NUMERIC)

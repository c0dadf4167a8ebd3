"""A client that costs next to nothing: requests are bytes, answers are looked at for their length and their status.

A client library would be slower than the server that it is to measure.
"""

import asyncio
import select
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any, Final, cast

_LENGTH: Final = b"content-length:"
_PATIENCE: Final = 30.0
_PIECE: Final = 65_536


class WrongAnswer(Exception):
    """An answer that no harness may count."""


@dataclass(slots=True)
class Taken:
    """What a round of load came to: seconds in all, and for each request."""

    seconds: float
    waits: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        return len(self.waits) / self.seconds


class Connection(asyncio.Protocol):
    """One connection on which requests follow each other, each after the answer to the one before."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._parts: list[bytes] = []
        self._missing = -1
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self._transport.set_write_buffer_limits(high=2**26)

    def data_received(self, data: bytes) -> None:
        self._parts.append(data)
        if self._missing < 0:
            whole = b"".join(self._parts)
            self._parts = [whole]
            end = whole.find(b"\r\n\r\n")
            if end < 0:
                return
            self._missing = end + 4 + length(whole[:end]) - len(whole)
        else:
            self._missing -= len(data)
        if self._missing == 0:
            self._missing = -1
            whole, self._parts = b"".join(self._parts), []
            if self._answer is not None and not self._answer.done():
                self._answer.set_result(whole)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or WrongAnswer("the connection has ended"))

    async def ask(self, request: bytes) -> bytes:
        """The whole answer to a request, head and body."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def connect(port: int) -> Connection:
    _, connection = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return connection


async def ask(port: int, request: bytes, status: int = 200) -> bytes:
    """The body of one answer, on a connection of its own."""
    connection = await connect(port)
    try:
        return body_of(await connection.ask(request), status)
    finally:
        connection.close()


def bombard(port: int, requests: Sequence[bytes], connections: int, seconds: float, first: int = 0) -> Taken:
    """Closed load: each connection sends the next of the requests when it has its answer. Raises WrongAnswer.

    It takes the whole thread and no event loop: the load has to be cheaper than what it measures. Requests are taken
    in turn from the one at `first` on, and begin anew at their end.
    """
    sockets = [open_to(port) for _ in range(connections)]
    by_number = {each.fileno(): each for each in sockets}
    since: dict[int, float] = {}
    taken, order, now = Taken(0), cycle([*requests[first:], *requests[:first]]), time.perf_counter
    waits = taken.waits
    with select.epoll() as poll:
        for number, each in by_number.items():
            poll.register(number, select.EPOLLIN)
            since[number] = now()
            each.sendall(next(order))
        began = now()
        until = began + seconds
        waited = connections
        while waited:
            for number, _ in poll.poll(_PATIENCE) or _silence():
                each = by_number[number]
                take_answer(each)
                after = now()
                waits.append(after - since[number])
                if after < until:
                    since[number] = after
                    each.sendall(next(order))
                else:
                    waited -= 1
        taken.seconds = now() - began
    for each in sockets:
        each.close()
    return taken


def open_to(port: int) -> socket.socket:
    """A blocking connection, which sends at once and gives up when nothing comes."""
    opened = socket.create_connection(("127.0.0.1", port), _PATIENCE)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def take_answer(source: socket.socket) -> None:
    """Reads one answer to its end; nearly always that is one piece. Raises WrongAnswer unless it is a 200."""
    answer = source.recv(_PIECE)
    end = answer.find(b"\r\n\r\n")
    while end < 0:
        answer += source.recv(_PIECE) or _silence()
        end = answer.find(b"\r\n\r\n")
    missing = end + 4 + length(answer[:end]) - len(answer)
    if not answer.startswith(b"HTTP/1.1 200"):
        raise WrongAnswer(answer[:500].decode(errors="replace"))
    while missing > 0:
        missing -= len(source.recv(min(_PIECE, missing)) or _silence())


def _silence() -> Any:
    raise WrongAnswer(f"the server has ended a connection, or said nothing for {_PATIENCE:g} s")


def body_of(answer: bytes, status: int = 200) -> bytes:
    """Raises WrongAnswer for another status."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 %d" % status):
        raise WrongAnswer(answer[:500].decode(errors="replace"))
    return body


def length(head: bytes) -> int:
    """How many bytes follow a head. Raises WrongAnswer when it does not say."""
    at = head.lower().find(_LENGTH)
    if at < 0:
        raise WrongAnswer("a head without a length: " + head.decode(errors="replace"))
    return int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0])

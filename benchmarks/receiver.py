"""Who gets the callbacks: a receiver that keeps each body and answers 200, and does nothing else while time is taken.

What came is looked at when the clock has stopped.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, cast

import orjson

from benchmarks.load import WrongAnswer, length

_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_END: Final = b"\r\n\r\n"

Status = tuple[str, str]
"""A channel and what became of a message on it."""


@dataclass(slots=True)
class Received:
    """What has come since it was emptied."""

    port: int = 0
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    first: float = 0.0
    last: float = 0.0
    times: list[float] = field(default_factory=list)
    """When each of the bodies had come, by the clock on the wall."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/reports"

    @property
    def per_second(self) -> float:
        """Posts a second, from the arrival of the first to that of the last."""
        return (len(self.bodies) - 1) / (self.last - self.first)

    def take(self, body: bytes) -> None:
        self.last = time.perf_counter()
        if not self.bodies:
            self.first = self.last
        self.bodies.append(body)
        self.times.append(time.time())

    def empty(self) -> None:
        self.bodies, self.times = [], []

    def statuses(self) -> Counter[Status]:
        """How many messages were reported in each status. Raises WrongAnswer if one was told twice."""
        told = Counter(
            (item["message_id"], item["type"], item["status"])
            for body in self.bodies
            for item in orjson.loads(body)["data"]
        )
        if twice := [each for each, times in told.items() if times > 1]:
            raise WrongAnswer(f"{len(twice)} reports came twice, such as {twice[0]}")
        return Counter((channel, status) for _, channel, status in told)


@asynccontextmanager
async def receiving(received: Received | None = None) -> AsyncIterator[Received]:
    """A receiver on the running loop, as long as the block lasts; `received` keeps what comes, in a way of its own."""
    received = Received() if received is None else received
    server = await asyncio.get_running_loop().create_server(lambda: _Receiver(received), "127.0.0.1", 0)
    received.port = server.sockets[0].getsockname()[1]
    try:
        yield received
    finally:
        server.close()


def expect(found: Counter[Status], wanted: dict[Status, int]) -> None:
    """Raises WrongAnswer unless just these reports came."""
    if found != wanted:
        raise WrongAnswer(f"reports came as {dict(found)}, not as {wanted}")


class _Receiver(asyncio.Protocol):
    def __init__(self, received: Received) -> None:
        self._received = received
        self._transport: asyncio.Transport | None = None
        self._got = bytearray()
        self._body = self._end = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self._received.connections += 1

    def data_received(self, data: bytes) -> None:
        self._got += data
        if not self._end:
            head = self._got.find(_END)
            if head < 0:
                return
            self._body = head + len(_END)
            self._end = self._body + length(bytes(self._got[:head]))
        if len(self._got) < self._end:
            return
        assert self._transport is not None
        self._received.take(bytes(self._got[self._body : self._end]))
        del self._got[: self._end]
        self._end = 0
        self._transport.write(_ANSWER)

"""The connections that callbacks go out on: only where they may go, and never one that has said something unasked."""

import asyncio
import functools
import socket
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

from mock_amp.core.reach import Reach

_LAST_WAIT: Final = 0.5
"""Seconds that a connection which has ended has for what is still to be sent."""


@dataclass(slots=True)
class Trip:
    """What has become of the connection of a post."""

    host: str
    begun: bool = False
    """Whether there is a connection."""
    reused: bool = False
    """Whether it had carried a post before."""
    refused: str = ""
    """Why it may not be made to an address that the host has led to."""


TRIP: Final[ContextVar[Trip]] = ContextVar("TRIP")
"""That of the post which this task makes; a trace would cost each of them a tenth more."""


class Pool(aiohttp.TCPConnector):
    """Asks at each socket whether it may be: by then a name has become the address that is connected to, for good."""

    def __init__(self, reach: Reach, most: int, **options: Any) -> None:
        super().__init__(socket_factory=self._socket, **options)
        self._reach = reach
        self._factory = cast("functools.partial[ResponseHandler]", functools.partial(Line, self._loop, most))

    async def connect(self, req: aiohttp.ClientRequest, *of: Any, **named: Any) -> Connection:
        trip = Trip(req.url.raw_host or "")
        TRIP.set(trip)
        while True:
            found = await super().connect(req, *of, **named)
            line = cast("Line", found.protocol)
            trip.begun, trip.reused = True, line.carried
            if not (line.carried and line.should_close):
                line.begin()
                return found
            found.close()  # what came unasked would be taken for the answer

    def _socket(self, of: tuple[Any, ...]) -> socket.socket:
        """A socket for an address. Raises PermissionError when callbacks may not go there."""
        family, kind, proto, _, (address, port, *_) = of
        trip = TRIP.get()
        why_not = self._reach.why_not(trip.host, address, port)
        if why_not:
            trip.refused = why_not
            raise PermissionError(why_not)
        return socket.socket(family=family, type=kind, proto=proto)


class Line(ResponseHandler):
    """A connection. It ends when more comes for a post than an answer may have, and soon when it has to."""

    def __init__(self, loop: asyncio.AbstractEventLoop, most: int) -> None:
        super().__init__(loop)
        self.carried = False
        """Whether a post went out on it."""
        self._most, self._came = most, 0

    def begin(self) -> None:
        """Another post goes out on it."""
        self.carried, self._came = True, 0

    def data_received(self, data: bytes) -> None:
        self._came += len(data)
        if self._came <= self._most:
            super().data_received(data)
            return
        error, payload = aiohttp.ClientPayloadError(f"more than {self._most} bytes came in answer"), self._payload
        self.set_exception(error)
        if payload is not None and not payload.is_eof():
            payload.set_exception(error)
        if self.transport is not None:
            self.transport.abort()

    def close(self) -> None:
        """What the other side does not take, and a farewell of TLS that it does not answer, have their time too."""
        transport = self.transport
        super().close()
        if transport is not None and (transport.get_write_buffer_size() or transport.get_extra_info("sslcontext")):
            self._loop.call_later(_LAST_WAIT, transport.abort)

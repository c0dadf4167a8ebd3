"""What runs an application whose every answer is ours: its connections are those of mock_amp/web/connection.py."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from mock_amp.engine.journal import Journal
from mock_amp.web.connection import Connection
from mock_amp.web.express import EXPRESS
from mock_amp.web.rim import Rim
from mock_amp.web.room import Room
from mock_amp.web.services import SERVICES

_LINGER: Final = 10.0
"""Seconds in which the rest of a body is thrown away after the answer, so that the client comes to read that."""

_AHEAD: Final = 8_192
"""Of this size aiohttp makes two limits for what it keeps of a body that nobody has read: bytes, and sixteen times less
chunks, each of which costs a hundred bytes, however small it is. The bytes may be more (mock_amp/web/connection.py)."""


class Runner(web.AppRunner):
    """Runs an application whose every answer, even to what is no HTTP, is ours."""

    __slots__ = ("_rim",)

    def __init__(self, app: web.Application, journal: Journal, *, shutdown_timeout: float) -> None:
        services = app[SERVICES]
        patience = services.crowd.bounds.patience
        super().__init__(
            app,
            access_log=None,
            shutdown_timeout=shutdown_timeout,
            auto_decompress=False,
            max_line_size=services.header_limit,
            max_field_size=services.header_limit,
            keepalive_timeout=0,  # the crowd sees to that
            lingering_time=min(_LINGER, patience or _LINGER),
            read_bufsize=_AHEAD,
        )
        self._rim = Rim(services, journal, app.get(EXPRESS))

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        handler = _leaving(self._rim.services.room, made.request_handler)
        return _Server(self._rim, handler, request_factory=made.request_factory, **self._kwargs)


class _Server(web.Server):
    def __init__(self, rim: Rim, handler: Any, **kwargs: Any) -> None:
        super().__init__(handler, **kwargs)
        self._rim, self._options = rim, kwargs
        self.answering = rim.answering

    def __call__(self) -> RequestHandler:
        options = {key: value for key, value in self._options.items() if key != "request_factory"}
        return Connection(self, self._rim, loop=self._loop, **options)

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's own signature
        if self.answering:
            await asyncio.wait(self.answering, timeout=timeout)
        await super().shutdown(timeout)
        for turned in list(self._rim.turned):
            turned.cut_off()


_Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


def _leaving(room: Room, handler: _Handler) -> _Handler:
    """The handler, after which the room of a request's body is free again."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        try:
            return await handler(request)
        finally:
            room.leave(request.protocol)

    return handle

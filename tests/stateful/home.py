"""A server on a file, receivers, and a client of both, each call of which returns when it is answered."""

import asyncio
import shutil
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import orjson
from aiohttp import web

from mock_amp.bootstrap import Server
from tests.harness import settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    raw: bytes

    @property
    def body(self) -> Any:
        return orjson.loads(self.raw)


class Home:
    """One server at a time; it can be stopped or lost, and another one goes on with its file."""

    def __init__(self, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._folder, self._lives = folder, 0
        self._file = folder / "state-0.db"
        self.answers: dict[str, int | None] = {}
        """What the receiver behind a URL answers; None: it ends the connection."""
        self.received: list[tuple[str, bytes]] = []
        self._run(self._open())

    def call(self, method: str, path: str, body: Any = None, token: str | None = None, **headers: str) -> Answer:
        """A request with a JSON body, or with bytes as they are."""
        said = {"Content-Type": "application/json"} | ({"Authorization": f"Token {token}"} if token else {}) | headers
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self._run(self._call(method, path, data or None, said))

    def receiver(self, name: str) -> str:
        """The URL of a receiver."""
        return f"{self._receivers}/{name}"

    def restart(self) -> None:
        """Stops the server and starts another one on its file."""
        self._run(self._server.stop())
        self._start()

    def lose(self) -> None:
        """Starts another server on what the file was when the first was still at work, as after SIGKILL."""
        self._lives += 1
        lost, self._file = self._file, self._folder / f"state-{self._lives}.db"
        for ending in ("", "-wal"):
            source = lost.with_name(lost.name + ending)
            if source.exists():
                shutil.copy(source, self._file.with_name(self._file.name + ending))
        self._run(self._server.stop())
        self._start()

    def close(self) -> None:
        self._run(self._close())
        self._loop.close()

    def _start(self) -> None:
        self._server = self._run(self._serve())

    async def _open(self) -> None:
        app = web.Application()
        app.router.add_post("/{name}", self._receive)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._receivers = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = aiohttp.ClientSession()
        self._server = await self._serve()

    async def _serve(self) -> Server:
        server = Server(settings(store=f"sqlite:///{self._file}", log_level="error"))
        await server.start()
        return server

    async def _close(self) -> None:
        await self._server.stop()
        await self._session.close()
        await self._runner.cleanup()

    async def _call(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        url = self._server.url + path
        async with self._session.request(method, url, data=body, headers=headers) as answer:
            return Answer(answer.status, await answer.read())

    async def _receive(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.received.append((self.receiver(name), await request.read()))
        status = self.answers[self.receiver(name)]
        if status is None and request.transport:
            request.transport.abort()
        return web.Response(status=status or 500)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return self._loop.run_until_complete(work)

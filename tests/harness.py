"""What tests need around a server: a client of it, and a receiver of its callbacks. No sleeping, no patching."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from mock_amp.bootstrap import Server, serving
from mock_amp.ports import Clock, Transport
from mock_amp.settings import DEFAULT_TOKEN, Settings, read_settings

START = "2026-01-01T00:00:00.000000Z"
NUMBER = "35699000001"
NO_IM_NUMBER = "99900000003"


def settings(**changes: Any) -> Settings:
    """Settings of a server for tests: any free port, a seed, a frozen clock; `changes` by field name."""
    flags = {"port": 0, "random-seed": 42, "clock": "frozen", "log-level": "warning"}
    return read_settings(flags | {name.replace("_", "-"): value for name, value in changes.items()}, {}, {})


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, its JSON read."""

    status: int
    body: Any
    headers: Mapping[str, str]
    raw: bytes


class Amp:
    """A client of one account of a server: the emulated service and the control plane."""

    def __init__(self, url: str, session: aiohttp.ClientSession, token: str, account: str) -> None:
        self.url, self.session, self.token, self.account = url, session, token, account

    async def send(self, body: Any = None, *, token: str | None = None, **sections: Any) -> Answer:
        """`POST /1/im`: a whole body (a value, or bytes as they are), or sections of one with a good destination."""
        document = {"destinations": [{"number": NUMBER}], **sections} if body is None else body
        headers = {"Authorization": f"Token {token or self.token}", "Content-Type": "application/json"}
        data = document if isinstance(document, bytes) else None
        json = None if isinstance(document, bytes) else document
        return await self.call("POST", "/1/im", data=data, json=json, headers=headers)

    async def status(self, message_id: str) -> Answer:
        headers = {"Authorization": f"Token {self.token}"}
        return await self.call("GET", f"/1/im/status/{message_id}", headers=headers)

    async def admin(self, method: str, path: str, json: Any = None) -> Answer:
        """A call of the control plane about this account."""
        return await self.call(method, f"/__admin/accounts/{self.account}{path}", json=json)

    async def play(self, text: str) -> Answer:
        """Puts a scenario in force: YAML, of which JSON is a part."""
        path, headers = f"/__admin/accounts/{self.account}/scenario", {"Content-Type": "application/yaml"}
        return await self.call("PUT", path, data=text.encode(), headers=headers)

    async def advance(self, **target: Any) -> Any:
        answer = await self.admin("POST", "/clock/advance", target)
        assert answer.status == 200, answer.body
        return answer.body

    async def messages(self, **query: str) -> list[Any]:
        answer = await self.admin("GET", "/messages" + _query(query))
        assert answer.status == 200, answer.body
        return list(answer.body["items"])

    async def callbacks(self) -> list[Any]:
        answer = await self.admin("GET", "/callbacks?limit=10000")
        return list(answer.body["items"])

    async def requests(self) -> list[Any]:
        answer = await self.admin("GET", "/requests?limit=10000")
        return list(answer.body["items"])

    async def last_request(self) -> Any:
        return (await self.requests())[-1]

    async def open_account(self, **wish: Any) -> "Amp":
        """Another account of the same server; frozen at START with a seed unless wished otherwise."""
        body = {"clock": {"mode": "frozen", "now": START}, "seed": 7} | wish
        answer = await self.call("POST", "/__admin/accounts", json=body)
        assert answer.status == 201, answer.body
        return Amp(self.url, self.session, answer.body["token"], answer.body["id"])

    async def call(self, method: str, path: str, **more: Any) -> Answer:
        async with self.session.request(method, self.url + path, **more) as answer:
            raw = await answer.read()
            body = await answer.json(content_type=None) if raw and "json" in answer.content_type else raw.decode()
            return Answer(answer.status, body, dict(answer.headers), raw)


@asynccontextmanager
async def running(
    *, clock: Clock | None = None, transport: Transport | None = None, **changes: Any
) -> AsyncIterator[Amp]:
    """A client of the default account of a server in this process."""
    server = Server(settings(**changes), clock=clock, transport=transport)
    async with serving(server), aiohttp.ClientSession() as session:
        yield Amp(server.url, session, DEFAULT_TOKEN, "default")


@dataclass(frozen=True, slots=True)
class Received:
    """One POST as the receiver got it."""

    body: Any
    raw: bytes
    headers: Mapping[str, str]
    remote: str = ""

    @property
    def statuses(self) -> list[tuple[str, str]]:
        return [(item["type"], item["status"]) for item in self.body["data"]]


@dataclass(slots=True)
class Receiver:
    """A receiver of callbacks: answers by `answers` in turn (the last for ever), and keeps what it got."""

    url: str = ""
    answers: Sequence[int] = (200,)
    received: list[Received] = field(default_factory=list)
    on_post: Callable[[Received], Awaitable[None]] | None = None
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def wait_for(self, count: int) -> list[Received]:
        """The first `count` posts, once they are there; fails after ten seconds."""
        async with asyncio.timeout(10), self._arrived:
            await self._arrived.wait_for(lambda: len(self.received) >= count)
        return self.received[:count]

    async def handle(self, request: web.Request) -> web.Response:
        got = Received(await request.json(), await request.read(), dict(request.headers), request.remote or "")
        status = self.answers[min(len(self.received), len(self.answers) - 1)]
        self.received.append(got)
        if self.on_post:
            await self.on_post(got)
        async with self._arrived:
            self._arrived.notify_all()
        return web.Response(status=status)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{tail:.*}", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/reports"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def _query(values: Mapping[str, str]) -> str:
    return "?" + "&".join(f"{key}={value}" for key, value in values.items()) if values else ""

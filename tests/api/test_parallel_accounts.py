"""Fifty accounts at once, each with a scenario, clock jumps and waits of its own: each lives as if it were alone."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.harness import Amp, running

ACCOUNTS = 50
REAL = {"real_at", "real_ended_at", "token"}
"""What is not of the account's own making."""


@asynccontextmanager
async def moody() -> AsyncIterator[tuple[str, set[tuple[str, bytes]]]]:
    """A receiver that fails some bodies the first time, as the body alone decides. Its URL, and what it has seen."""
    seen: set[tuple[str, bytes]] = set()

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        first = (request.path, body) not in seen
        seen.add((request.path, body))
        return web.Response(status=500 if first and zlib.crc32(body) % 3 == 0 else 200)

    app = web.Application()
    app.router.add_post("/{tail:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", seen
    finally:
        await runner.cleanup()


def scenario(number: int) -> dict[str, Any]:
    """The scenario of an account: how long things take, what fails, and what handsets answer."""
    return {
        "name": f"scenario-{number}",
        "description": "One of fifty.",
        "defaults": {
            "accepted_after": "100ms",
            "delivered_after": f"{1 + number % 7}s",
            "seen_after": f"{9 + number % 5}s",
        },
        "rules": [
            {"name": "some", "match": {"share": 0.1 + number % 5 / 10}, "channels": {"VIBER": "unreachable"}},
        ],
    }


async def live(server: Amp, number: int, receiver: str) -> dict[str, Any]:
    """A life of an account, and all that it then shows."""
    clock = {"mode": "frozen", "now": f"2026-01-{1 + number % 28:02d}T00:00:00Z"}
    amp = await server.open_account(clock=clock, seed=number, scenario=scenario(number))
    for turn in range(4):
        to = [{"number": str(35_699_000_000 + 100 * number + 10 * turn + each)} for each in range(1 + number % 4)]
        content = {"im_content": [{"channel": "VIBER", "content": "Hi"}], "sms_content": {"message": "Hello"}}
        url = f"{receiver}/{number}"
        sent = await amp.send({"destinations": to, **content, "callback_url": url, "reply_url": url})
        assert sent.status == 200, sent.body
        await amp.send({"destinations": []})
        waiting = asyncio.create_task(wait(amp, "messages", 1, to=to[0]["number"]))
        await amp.advance(by=f"{3 + (number + turn) % 4}s")
        assert (await waiting).status == 200
        await amp.status(sent.body["results"][to[0]["number"]]["message_id"])
        waiting = asyncio.create_task(wait(amp, "requests", 3 * (turn + 1)))
        await amp.advance(by=f"{1 + number % 3}h")
        assert (await waiting).status == 200
    events = await amp.advance(until="idle")
    return {
        "journal": shown(await amp.requests()),
        "callbacks": shown(await amp.callbacks()),
        "messages": shown(await amp.messages()),
        "now": events["now"],
    }


async def wait(amp: Amp, what: str, count: int, **match: str) -> Any:
    return await amp.admin("POST", "/wait", {"what": what, "match": match, "count": count, "timeout_ms": 60_000})


def shown(it: Any) -> Any:
    """What is shown of something, without what the world adds to it."""
    if isinstance(it, dict):
        return {key: shown(value) for key, value in it.items() if key not in REAL}
    return [shown(each) for each in it] if isinstance(it, list) else it


async def test_each_of_fifty_accounts_lives_as_if_it_were_alone() -> None:
    """Sentence 4 of the design: two tests with two tokens never see each other."""
    async with moody() as (receiver, seen):
        async with running() as server:
            together = await asyncio.gather(*(live(server, number, receiver) for number in range(ACCOUNTS)))
        seen.clear()
        async with running() as server:
            alone = [await live(server, number, receiver) for number in range(ACCOUNTS)]

    for lived, expected in zip(together, alone, strict=True):
        assert lived == expected
    assert any(len(callback["attempts"]) > 1 for lived in alone for callback in lived["callbacks"])
    assert len({str(lived["callbacks"]) for lived in alone}) == ACCOUNTS

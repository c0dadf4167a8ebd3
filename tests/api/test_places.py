"""Places for callbacks, of all accounts together (the setting max-callbacks)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from tests.api.holding import Gate, send_sms
from tests.api.inside import Inside, inside
from tests.harness import Amp, Received


@dataclass(slots=True)
class Gates:
    """A receiver with a gate for each account; `began` is whose posts have come, in their order."""

    url: str = ""
    began: list[int] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=lambda: [Gate() for _ in range(3)])

    async def handle(self, request: web.Request) -> web.Response:
        which = int(request.path.strip("/"))
        self.began.append(which)
        await self.gates[which](Received(None, await request.read(), {}))
        return web.Response()


async def test_accounts_take_turns_when_places_are_scarce() -> None:
    """Who waits longest is next, and an account that hangs has no more than its share."""
    async with (
        _gates() as receiver,
        inside(max_callbacks=2, max_callbacks_per_account=1) as server,
    ):
        accounts = [await server.amp.open_account() for _ in range(3)]
        for which, times in ((0, 2), (1, 2), (2, 1)):
            for _ in range(times):
                await send_sms(accounts[which], callback_url=f"{receiver.url}/{which}")
            await _carried(server, accounts[which], times)
            if which < 2:
                await receiver.gates[which].until_reached()
        scarce = list(receiver.began)
        receiver.gates[0].opened.set()
        await receiver.gates[2].until_reached()
        receiver.gates[2].opened.set()
        await _carried(server, accounts[0], 0)
        hanging = list(receiver.began)
        receiver.gates[1].opened.set()
        await _carried(server, accounts[1], 0)

    assert scarce == [0, 1]
    assert hanging == [0, 1, 2, 0]
    assert receiver.began == [0, 1, 2, 0, 1]


async def test_the_places_of_an_account_that_is_gone_are_free() -> None:
    """A reset ends what hangs, whether it had begun or not, and others go on."""
    async with _gates() as receiver, inside(max_callbacks=1) as server:
        accounts = [await server.amp.open_account() for _ in range(2)]
        for which, account in enumerate(accounts):
            await send_sms(account, callback_url=f"{receiver.url}/{which}")
            await _carried(server, account, 1)
        await receiver.gates[0].until_reached()

        await accounts[0].admin("POST", "/reset")
        await asyncio.wait_for(receiver.gates[1].reached.wait(), 10)
        receiver.gates[1].opened.set()
        await _carried(server, accounts[1], 0)
        await send_sms(accounts[0], callback_url=f"{receiver.url}/2")
        await receiver.gates[2].until_reached()
        receiver.gates[2].opened.set()

    assert receiver.began == [0, 1, 2]


async def test_the_place_of_a_post_that_never_began_is_free_too() -> None:
    """An account may end in the turn of the loop in which it got its place."""
    async with _gates() as receiver, inside(max_callbacks=1, callback_attempts=1) as server:
        one, two = await server.amp.open_account(), await server.amp.open_account()
        receiver.gates[0].opened.set()
        await send_sms(one, callback_url=f"{receiver.url}/0")
        await one.advance(by=0)
        world, courier = server.server.services.world, server.server.services.timeline.courier
        key = server.key_of(one)
        callback = world.store.read(lambda books: books.callbacks.get(key, 1))
        assert callback is not None

        courier.begin(world.account(one.account), [callback])
        await courier.end(key)
        await send_sms(two, callback_url=f"{receiver.url}/1")
        await receiver.gates[1].until_reached()
        receiver.gates[1].opened.set()

    assert receiver.began == [0, 1]


@asynccontextmanager
async def _gates() -> AsyncIterator[Gates]:
    gates, app = Gates(), web.Application()
    app.router.add_post("/{which}", gates.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    gates.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield gates
    finally:
        for gate in gates.gates:
            gate.opened.set()
        await runner.cleanup()


async def _carried(server: Inside, amp: Amp, count: int) -> None:
    """Talks to the server until an account has so many callbacks in the air, with a place or without."""
    courier, key = server.server.services.timeline.courier, server.key_of(amp)
    async with asyncio.timeout(10):
        while courier.carried(key) != count:
            await server.amp.admin("GET", "/clock")

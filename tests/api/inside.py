"""A server of which the test sees the inside too: to wait until it has tidied up, and to see what it still holds."""
# ruff: noqa: SLF001 - what is left behind is behind the doors that everybody else has to use

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import aiohttp

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.bootstrap import Server, serving
from mock_amp.ports import Clock, Transport
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.holding import posts_in_the_air
from tests.harness import Amp, settings


@dataclass(frozen=True, slots=True)
class Inside:
    server: Server
    amp: Amp

    async def tidied(self) -> None:
        """Waits until the server has evicted what it had to."""
        await asyncio.wait_for(self.server.services.retention.idle(), 10)

    def key_of(self, amp: Amp) -> int:
        return self.server.services.world.account(amp.account).key

    def traces(self, key: int, account: str) -> list[str]:
        """Where the server still holds anything of an account that is gone."""
        services = self.server.services
        places: dict[str, Any] = {
            "turns": services.timeline._turns,
            "next": services.timeline._rota,
            "flights": services.timeline.courier._flights,
            "watched": services.timeline.courier._watched,
            "boards": services.world.bulletin._boards,
            "retention": services.retention._watches,
            "retention due": services.retention._due,
            "unswept": services.retention._unswept,
            "leases": services.expiry._leases,
        }
        held = [name for name, place in places.items() if key in place or account in place]
        held += ["desks" for desk in services.waiting._desks if desk[0] == key]
        return held + ["a task"] * posts_in_the_air()

    def rows(self, amp: Amp) -> dict[str, int]:
        """How many rows the store has of what is evicted."""
        key, store = self.key_of(amp), cast("SqliteStore", self.server.services.world.store)
        tables = ("attempt", "callback", "click", "evicting", "job", "message", "reply")
        query = "SELECT count(*) FROM {} WHERE account = ?"
        return {name: store._connection.execute(query.format(name), (key,)).get for name in tables}

    def scenarios(self, name: str) -> tuple[int, int]:
        """How many scenarios of accounts the store has, and how many of this name are read."""
        world = self.server.services.world
        store = cast("SqliteStore", world.store)
        stored = store._connection.execute("SELECT count(*) FROM script").get
        return stored, sum(scenario.name == name for scenario in world.scripts._known.values())

    async def waiters_come_to(self, count: int, key: int) -> None:
        """Talks to the server until so many wait for news of an account."""
        boards = self.server.services.world.bulletin._boards
        async with asyncio.timeout(10):
            while key not in boards or len(boards[key].waiters) < count:
                await self.amp.admin("GET", "/clock")


@asynccontextmanager
async def inside(
    *, clock: Clock | None = None, transport: Transport | None = None, **changes: Any
) -> AsyncIterator[Inside]:
    """A server in this process, with a client of its default account."""
    server = Server(settings(**changes), clock=clock, transport=transport)
    async with serving(server), aiohttp.ClientSession() as session:
        yield Inside(server, Amp(server.url, session, DEFAULT_TOKEN, "default"))

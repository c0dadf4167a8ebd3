"""Faults of the scenario on requests to the API: which one a request suffers, and the real time that it takes."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from mock_amp.core.account import Account
from mock_amp.core.breaking import Struck, choose
from mock_amp.core.chance import fraction
from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.scenario import RequestFault
from mock_amp.engine.scripts import REQUESTS, moment
from mock_amp.engine.world import World
from mock_amp.ports import Books

_DELAYED: Final = "requests/latency"
"""The count of requests that each fault with jitter has delayed."""

_LOOK: Final = SECOND
"""After so much real time at most, a pause looks whether anybody still waits for its end."""


class Faults:
    def __init__(self, world: World) -> None:
        self._world = world

    def threaten(self, account: Account) -> bool:
        """Whether any request of an account may suffer something."""
        usual = account.script == 0  # nearly always, and it is at hand
        return bool((self._world.scripts.usual if usual else self._world.scenario(account)).requests)

    async def strike(self, account: Account, facts: Mapping[str, Any]) -> Struck | None:
        """What a request with these facts suffers, by method, path and product. It counts, whatever becomes of it."""
        return await self._world.store.transact(lambda books: self._strike(books, account.id, facts))

    async def pause(self, duration: int, anybody: Callable[[], bool]) -> bool:
        """Lets real time pass as long as anybody waits for its end, and says whether they still do."""
        until = self._world.clock.now() + duration
        while anybody() and (now := self._world.clock.now()) < until:
            await self._reach(Instant(min(until, now + _LOOK)))
        return anybody()

    def _strike(self, books: Books, account_id: str, facts: Mapping[str, Any]) -> Struck | None:
        account = books.accounts.get(account_id)
        if account is None:
            return None
        faults, now = self._world.scripts.of(books, account).requests, self._world.shown(account)
        at = moment(books, account, REQUESTS, account.requests + 1, now)
        fault, counts = choose(faults, facts, at, "request")
        books.scripts.count(account.key, REQUESTS, counts)
        if fault is None:
            return None
        extra = _jitter(books, account, faults.index(fault), fault) if fault.jitter else 0
        return Struck(fault=fault, latency=fault.latency + extra)

    async def _reach(self, at: Instant) -> None:
        reached = asyncio.Event()
        alarm = self._world.clock.call_at(at, reached.set)
        try:
            await reached.wait()
        finally:
            alarm.cancel()


def _jitter(books: Books, account: Account, place: int, fault: RequestFault) -> int:
    """How much more than its latency a fault takes this time."""
    number = books.scripts.counts(account.key, _DELAYED).get(place, 0) + 1
    books.scripts.count(account.key, _DELAYED, {place: number})
    return int(fraction(account.seed, f"request/{place}/jitter", number) * (fault.jitter + 1))

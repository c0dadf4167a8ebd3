"""Accounts that nobody uses any more: each has so much real time from its last use, and one alarm is for all of them.

What is in use does not expire, however long that takes. A server that starts again takes that for a use.
"""

import asyncio
import heapq
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mock_amp.core.account import Account
from mock_amp.core.instants import Duration, Instant
from mock_amp.engine.comeback import PAUSE
from mock_amp.engine.errors import out_of_order
from mock_amp.engine.world import World
from mock_amp.ports import Alarm

log = logging.getLogger(__name__)


@dataclass(slots=True, kw_only=True)
class _Lease:
    """How long an account may be unused, since when it is, and how many are using it."""

    term: Duration
    since: Instant
    users: int = 0


class Expiry:
    def __init__(self, world: World) -> None:
        self._world = world
        self._leases: dict[str, _Lease] = {}
        self._queue: list[tuple[Instant, str]] = []
        self._wake = asyncio.Event()
        self._alarm: Alarm | None = None

    def begin(self, account: Account) -> None:
        """Lets the time of an account run that was not to live for ever."""
        if account.spec.expires_after:
            now = self._world.clock.now()
            self._leases[account.id] = _Lease(term=account.spec.expires_after, since=now)
            heapq.heappush(self._queue, (Instant(now + account.spec.expires_after), account.id))
            self._set_alarm()

    def at(self, account_id: str) -> Instant | None:
        """When an account will be forgotten unless it is used before; None: never."""
        lease = self._leases.get(account_id)
        return self._ends(lease) if lease else None

    def take(self, account_id: str) -> None:
        """Somebody begins to use an account."""
        if lease := self._leases.get(account_id):
            lease.users += 1

    def leave(self, account_id: str) -> None:
        """Somebody does not use it any more."""
        if lease := self._leases.get(account_id):
            lease.users = max(0, lease.users - 1)
            lease.since = self._world.clock.now()

    @contextmanager
    def using(self, account_id: str) -> Iterator[None]:
        """Somebody who uses an account as long as the block lasts."""
        self.take(account_id)
        try:
            yield
        finally:
            self.leave(account_id)

    def forget(self, account_id: str) -> None:
        """Ends the lease of an account that is gone."""
        self._leases.pop(account_id, None)

    async def run(self, end: Callable[[str], Awaitable[None]]) -> None:
        """Ends the accounts whose time is over, until cancelled."""
        for account in await self._world.look(lambda books: books.accounts.all()):
            if account.id not in self._leases:
                self.begin(account)
        while True:
            await self._wake.wait()
            self._wake.clear()
            for account_id in self._ripe():
                try:
                    await end(account_id)
                except Exception as error:
                    self._try_later(account_id, error)
            self._set_alarm()

    def _try_later(self, account_id: str, error: Exception) -> None:
        """What the store could not do is tried again soon; an account that fails by itself has as long again."""
        if out_of_order(error):
            log.debug("account %s is unused, and could not be forgotten: %s", account_id, error)
            heapq.heappush(self._queue, (Instant(self._world.clock.now() + PAUSE), account_id))
            return
        told = "account %s is unused, and could not be forgotten; it has as long again"
        log.error(told, account_id, exc_info=error)
        self.leave(account_id)
        if lease := self._leases.get(account_id):
            heapq.heappush(self._queue, (self._ends(lease), account_id))

    def _ripe(self) -> list[str]:
        """The accounts whose time is over; those that were used meanwhile get a new place in the queue."""
        now, ripe = self._world.clock.now(), []
        while self._queue and self._queue[0][0] <= now:
            _, account_id = heapq.heappop(self._queue)
            lease = self._leases.get(account_id)
            if lease is None:
                continue
            if (ends := self._ends(lease)) > now:
                heapq.heappush(self._queue, (ends, account_id))
            else:
                ripe.append(account_id)
        return ripe

    def _ends(self, lease: _Lease) -> Instant:
        return Instant((self._world.clock.now() if lease.users else lease.since) + lease.term)

    def _set_alarm(self) -> None:
        if self._alarm:
            self._alarm.cancel()
        self._alarm = self._world.clock.call_at(self._queue[0][0], self._wake.set) if self._queue else None

"""Clocks that an advance holds at the moment it lives through, and how they go on: none stays held for ever."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

from mock_amp.core.account import Account
from mock_amp.core.clock import ClockChange
from mock_amp.core.instants import Instant
from mock_amp.core.records import News
from mock_amp.engine.errors import out_of_order
from mock_amp.engine.moments import pinned
from mock_amp.engine.world import World, same_life
from mock_amp.ports import Books, StoreFailed


class Holds:
    """`turns` are whose turn it is to advance an account; `then` hears of each clock that goes on."""

    def __init__(self, world: World, turns: Mapping[int, asyncio.Lock], then: Callable[[int], None]) -> None:
        self._world, self._turns, self._then = world, turns, then
        self._late: set[asyncio.Task[None]] = set()
        """Those who let a clock go once the store can write that down."""
        self._stopping = False

    async def stop(self) -> None:
        """Leaves it to the next start to let go what is still held."""
        self._stopping = True
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)

    def pin(self, books: Books, account: Account, shown: Instant | None) -> Account:
        """Holds a clock where it is, or at `shown`, within a transaction. Raises AccountGone."""
        current, real = same_life(books, account), self._world.clock.now()
        held = pinned(current, current.clock.at(real) if shown is None else shown, real)
        books.accounts.save(held)
        return held

    async def release(self, account: Account, change: ClockChange | None) -> None:
        """Lets a clock go on, differently with `change`.

        Raises StoreFailed when that cannot be stored; it goes on as before, then, as soon as it can.
        """
        try:
            await self._let_go(account, change)
        except StoreFailed as error:
            if out_of_order(error) and not self._stopping:
                task = asyncio.create_task(self._release_late(account))
                self._late.add(task)
                task.add_done_callback(self._late.discard)
            raise
        self._then(account.key)

    async def _release_late(self, account: Account) -> None:
        released = False
        while not released:
            await self._world.comeback.wait(self._world.clock, asyncio.Event())
            async with self._turns[account.key]:  # an advance that has begun meanwhile holds it again, and lets go
                with suppress(StoreFailed):
                    await self._let_go(account, None)
                    released = True
        self._then(account.key)

    async def _let_go(self, account: Account, change: ClockChange | None) -> None:
        def release(books: Books) -> None:
            current = books.accounts.by_key(account.key)
            if current is not None and current.clock.pinned:
                real = self._world.clock.now()
                clock = current.clock.release(real, change)
                books.accounts.save(replace(current, clock=clock))
                books.tell([News(current.key, "clock", clock.at(real))])

        await self._world.store.transact(release)

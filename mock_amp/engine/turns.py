"""Taking turns at long work, so that it keeps nobody else waiting, and leaving it when nobody waits for it any more."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")

Hangup = Callable[[Callable[[], None]], AbstractContextManager[None]]
"""Calls something once the client has hung up, as long as the block lasts."""


class Turns:
    """One has the turn at a time: of each account in the order in which they came, and of the accounts in turn."""

    def __init__(self) -> None:
        self._taken = False
        self._lines: dict[int, deque[asyncio.Future[None]]] = {}

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return sum(not each.done() for line in self._lines.values() for each in line)

    @asynccontextmanager
    async def taken(self, account: int) -> AsyncIterator[None]:
        """Has the turn as long as the block lasts."""
        if self._taken:
            await self._wait(account)
        self._taken = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, account: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._lines.setdefault(account, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was given to one who went away at the same time
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._lines:
            account = next(iter(self._lines))
            line = self._lines.pop(account)
            turn = line.popleft()
            if line:
                self._lines[account] = line  # behind the others
            if not turn.done():
                turn.set_result(None)
                return
        self._taken = False


async def unless_hung_up(hangup: Hangup, work: Coroutine[Any, Any, T]) -> T | None:
    """What work comes to; it ends, and there is None, once the client has hung up."""
    task = asyncio.ensure_future(work)

    def leave() -> None:
        task.cancel()

    try:
        with hangup(leave):
            await asyncio.wait([task])
    finally:
        leave()
    return None if task.cancelled() else task.result()

"""What has come about in each account, in order, as far back as somebody may still ask: who waits is woken by it.

It is in memory, on top of what the store has committed; how far back it goes is told, so that nobody takes a gap for
silence.
"""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from mock_amp.core.records import News

KEPT: Final = 4_096
"""News of an account that are kept for those who come back."""

QUIET: Final = "quiet"
"""What is rung when an account has come to the end of something; whether it is idle has to be looked up."""


class Item(NamedTuple):
    """One piece of news with its number in the account, counted from 1 without gaps."""

    number: int
    news: News


@dataclass(eq=False, slots=True)
class Waiter:
    """Somebody who waits for news of some kinds; `gone` once there will be none any more."""

    kinds: Collection[str] | None
    rung: asyncio.Event = field(default_factory=asyncio.Event)
    gone: bool = False


@dataclass(eq=False, slots=True)
class _Board:
    last: int = 0
    news: deque[News] = field(default_factory=lambda: deque(maxlen=KEPT))
    """The latest; `last` is the number of the last of them."""
    waiters: set[Waiter] = field(default_factory=set)


class Bulletin:
    def __init__(self) -> None:
        self._boards: dict[int, _Board] = {}

    def hear(self, news: Sequence[News]) -> None:
        """Takes down what was committed, and wakes those who wait for it."""
        boards = self._boards
        for each in news:
            board = boards.get(each.account) or self._board(each.account)
            board.last += 1
            if each.kind == "reset":
                board.news.clear()  # of the life that is over nothing can be looked up, and its numbers come again
            board.news.append(each)
            if board.waiters:
                _wake(board.waiters, each.kind)

    def ring(self, account: int, kind: str) -> None:
        """Wakes those who wait for something that is no news, and is not taken down."""
        for waiter in self._boards[account].waiters if account in self._boards else ():
            if waiter.kinds is not None and kind in waiter.kinds:
                waiter.rung.set()

    def last(self, account: int) -> int:
        """The number of the latest news of an account; 0 when there is none."""
        return self._boards[account].last if account in self._boards else 0

    def since(self, account: int, number: int) -> tuple[list[Item], int]:
        """The news after a number, and how many of those are not kept any more."""
        board = self._boards.get(account)
        if board is None:
            return [], 0
        first = board.last - len(board.news) + 1
        begin = max(first, number + 1)
        fresh = list(islice(reversed(board.news), max(0, board.last - begin + 1)))
        return [Item(at, each) for at, each in enumerate(reversed(fresh), begin)], max(0, first - number - 1)

    @contextmanager
    def waiting(self, account: int, kinds: Collection[str] | None = None) -> Iterator[Waiter]:
        """Somebody who waits, as long as the block lasts; no kinds are all kinds."""
        board, waiter = self._board(account), Waiter(kinds)
        board.waiters.add(waiter)
        try:
            yield waiter
        finally:
            board.waiters.discard(waiter)

    def forget(self, account: int) -> None:
        """Ends the news of an account that is gone."""
        board = self._boards.pop(account, None)
        for waiter in board.waiters if board else ():
            waiter.gone = True
            waiter.rung.set()

    def _board(self, account: int) -> _Board:
        return self._boards.setdefault(account, _Board())


def _wake(waiters: Iterable[Waiter], kind: str) -> None:
    for waiter in waiters:
        if waiter.kinds is None or kind in waiter.kinds:
            waiter.rung.set()

"""Waiting until something has come about, or for a time in which it must not: woken by news, never by polling."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from mock_amp.core.account import Account
from mock_amp.core.instants import Instant
from mock_amp.core.listed import What
from mock_amp.core.records import Page
from mock_amp.core.shapes import Shape
from mock_amp.core.wanting import Miss, Wanted
from mock_amp.engine.bulletin import QUIET
from mock_amp.engine.desks import Desk, Watch
from mock_amp.engine.errors import NoSuch
from mock_amp.engine.listing import Gone, Listing
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.turns import Hangup, unless_hung_up
from mock_amp.engine.world import World

_NEAR: Final = 5
_PEEKED: Final = 1_000
_OF_IDLE: Final = frozenset({QUIET, "reset", "status", "clock"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is waited for: at least `count` items, of which `limit` are told unless the count is larger.

    `key` is the same for the same wish; `until` in real time.
    """

    wanted: Wanted
    count: int
    limit: int
    key: bytes
    until: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """There are enough: these."""

    items: tuple[Shape, ...]
    gone: Gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """The time was up; so far there were these, and these came near.

    `doubtful`: what was evicted may have been meant too.
    """

    items: tuple[Shape, ...]
    near: Sequence[Miss]
    gone: Gone
    doubtful: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rested:
    """Nothing is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restless:
    """The time was up, and something was still under way."""

    due: int
    posting: bool


class _End(Enum):
    TIME = auto()
    HUNG_UP = auto()


_Word = tuple[Shape, ...] | _End | None
"""Why a wait is over: enough items, an end, or None when the account is gone."""


class Waiting:
    def __init__(self, world: World, timeline: Timeline, listing: Listing) -> None:
        self._world, self._timeline, self._listing = world, timeline, listing
        self._desks: dict[tuple[int, What], tuple[Desk, asyncio.Task[None]]] = {}
        self._idlers = 0

    @property
    def waiters(self) -> int:
        """How many wait, in all accounts."""
        return self._idlers + sum(desk.waiters for desk, _ in self._desks.values())

    async def items(self, account_id: str, wish: Wish, hangup: Hangup) -> Came | Late | None:
        """Waits until there is enough, or the time is up; None when nobody listens any more. Raises NoSuch."""
        account = self._world.account(account_id)
        answer: asyncio.Future[_Word] = asyncio.get_running_loop().create_future()
        with (
            self._at_desk(account.key, wish, answer),
            self._until(wish.until, lambda: _settle(answer, _End.TIME)),
            hangup(lambda: _settle(answer, _End.HUNG_UP)),
        ):
            came = await answer
        match came:
            case None:
                raise NoSuch(f"account {account_id} was deleted")
            case _End.HUNG_UP:
                return None
            case _End.TIME:
                return await unless_hung_up(hangup, self._last_look(account, wish))
            case items:
                return Came(items=items, gone=self._listing.gone(account.key, wish.wanted.what))

    async def idle(self, account_id: str, until: Instant, hangup: Hangup) -> Rested | Restless | None:
        """Waits until an account has nothing due now, and nothing in the air. Raises NoSuch."""
        account = self._world.account(account_id)
        ended: list[_End] = []

        def end(why: _End) -> None:
            ended.append(why)
            waiter.rung.set()

        with (
            self._world.bulletin.waiting(account.key, _OF_IDLE) as waiter,
            self._until(until, lambda: end(_End.TIME)),
            hangup(lambda: end(_End.HUNG_UP)),
        ):
            while not waiter.gone:
                waiter.rung.clear()
                due, busy = self._due(account_id), self._timeline.busy(account.key)
                if not due and not busy:
                    return Rested()
                if ended:
                    return None if _End.HUNG_UP in ended else Restless(due=due, posting=busy)
                self._idlers += 1
                try:
                    await waiter.rung.wait()
                finally:
                    self._idlers -= 1
        raise NoSuch(f"account {account_id} was deleted")

    async def _last_look(self, account: Account, wish: Wish) -> Came | Late:
        """What there is when the time is up, as it stands now."""
        found = await self._listing.scan(account.key, wish.wanted, Page(limit=max(wish.limit, wish.count)))
        items = tuple(item for _, item in found)
        gone = self._listing.gone(account.key, wish.wanted.what)  # after the look: what went during it counts
        if len(items) >= wish.count:
            return Came(items=items, gone=gone)
        near = self._listing.nearest(account.key, wish.wanted, _NEAR)
        return Late(items=items, near=near, gone=gone, doubtful=gone.lost.after(wish.wanted.since))

    def _due(self, account_id: str) -> int:
        """How many rows of the agenda are due by now."""
        account = self._world.account(account_id)
        now = self._world.shown(account)
        found = self._world.store.read(lambda books: books.agenda.peek(account.key, Page(limit=_PEEKED)))
        return sum(each.at <= now for each in found)

    @contextmanager
    def _at_desk(self, account: int, wish: Wish, answer: "asyncio.Future[_Word]") -> Iterator[None]:
        place = account, wish.wanted.what
        desk, task = self._desks.get(place, (None, None))
        if desk is None or task is None or task.done():
            desk = Desk(self._world, self._listing, *place)
            task = asyncio.create_task(desk.run())
            self._desks[place] = desk, task
        watch = desk.join(wish.key, Watch(wanted=wish.wanted, enough=wish.count, most=max(wish.limit, wish.count)))
        watch.answers.add(answer)
        watch.look()
        try:
            yield
        finally:
            watch.answers.discard(answer)
            if desk.leave(wish.key):
                desk.close()
                task.cancel()
                if self._desks.get(place) == (desk, task):
                    del self._desks[place]

    @contextmanager
    def _until(self, at: Instant, then: Callable[[], None]) -> Iterator[None]:
        alarm = self._world.clock.call_at(at, then)
        try:
            yield
        finally:
            alarm.cancel()


def _settle(answer: "asyncio.Future[_Word]", end: _End) -> None:
    if not answer.done():
        answer.set_result(end)

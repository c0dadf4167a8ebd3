"""The news of an account as a stream that can be taken up again; a gap in it is told, never passed over.

Of a reader nothing is kept but its place: the bulletin is the buffer, and what it tells is looked up when it is read.
"""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mock_amp.core import live, shapes
from mock_amp.core.account import Account
from mock_amp.core.instants import SECOND, Instant, format_instant
from mock_amp.core.model import Job
from mock_amp.core.records import News, Turn
from mock_amp.core.shapes import Shape
from mock_amp.engine.bulletin import Item, Waiter
from mock_amp.engine.world import World
from mock_amp.ports import Books

SILENCE: Final = 15 * SECOND
"""Real time after which a reader that has heard nothing is told that all is well."""

_AT_ONCE: Final = 256
"""Events that are looked up in one go; others get their turn in between."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(eq=False, slots=True)
class Event:
    """One event; `id` is where a reader goes on after it, None when it cannot."""

    id: str | None
    kind: str
    data: Shape
    _told: bytes | None = None

    def told(self, tell: Callable[["Event"], bytes]) -> bytes:
        """As readers are told it: in words that are made once for all of them."""
        if self._told is None:
            self._told = tell(self)
        return self._told


class _Shared:
    """The events that were looked up in this turn of the loop: those whom one piece of news wakes share them."""

    def __init__(self) -> None:
        self._events: dict[tuple[int, int], Event] = {}

    def get(self, account: int, number: int) -> Event | None:
        return self._events.get((account, number))

    def add(self, account: int, number: int, event: Event) -> None:
        """Keeps an event until the loop turns."""
        if not self._events:
            asyncio.get_running_loop().call_soon(self._events.clear)
        self._events[account, number] = event


class Events:
    def __init__(self, world: World) -> None:
        self._world = world
        self._epoch = _base36(world.clock.now())
        self._readers: set[Reader] = set()
        self._shared = _Shared()
        self._stopping = False

    @property
    def readers(self) -> int:
        """How many streams are open."""
        return len(self._readers)

    @contextmanager
    def follow(self, account_id: str, after: str | None, kinds: Collection[str] = live.KINDS) -> Iterator["Reader"]:
        """A reader of an account's events of these kinds, as long as the block lasts. Raises NoSuch.

        It begins after the event with the id `after`; None is now, `0` as far back as is known.
        """
        account = self._world.account(account_id)
        with self._world.bulletin.waiting(account.key) as waiter:
            reader = Reader(self._world, account, waiter, self._epoch, after, kinds, self._shared)
            self._readers.add(reader)
            if self._stopping:
                reader.end()
            try:
                yield reader
            finally:
                self._readers.discard(reader)

    def stop(self) -> None:
        """Ends every stream, and those that are still to be opened."""
        self._stopping = True
        for reader in self._readers:
            reader.end()


class Reader:
    """One who follows an account: its place, and what it wants to hear."""

    def __init__(
        self,
        world: World,
        account: Account,
        waiter: Waiter,
        epoch: str,
        after: str | None,
        kinds: Collection[str],
        shared: _Shared,
    ) -> None:
        self._world, self._account, self._waiter = world, account, waiter
        self._epoch, self._kinds, self._shared = epoch, kinds, shared
        place = _place(epoch, after, world.bulletin.last(account.key))
        self._place, self._lost, self._ended = place or 0, place is None, False

    @property
    def id(self) -> str | None:
        """After what it goes on; None while it has to be told first that something is lost."""
        return None if self._lost else self._id(self._place)

    def end(self) -> None:
        self._ended = True
        self._waiter.rung.set()

    async def next(self) -> Sequence[Event] | None:
        """What has come about since; empty after a silence, None when nothing comes any more. Raises StoreFailed."""
        await self._world.clock.give_way()
        until = Instant(self._world.clock.now() + SILENCE)
        while not self._ended:
            self._waiter.rung.clear()
            if self._waiter.gone:
                self._ended = True
                return [Event(None, live.GONE, {})]
            if events := self._read():
                return events
            if not await self._rings(until):
                return []
        return None

    def _read(self) -> list[Event]:
        found, missed = self._world.bulletin.since(self._account.key, self._place)
        wanted = [item for item in found if item.news.kind in self._kinds]
        read, more = wanted[:_AT_ONCE], len(wanted) > _AT_ONCE
        events = self._gap(found, missed)
        if read:
            events += self._look_up(read)
        if found:
            self._place = read[-1].number if more else found[-1].number
        return events

    def _gap(self, found: Sequence[Item], missed: int) -> list[Event]:
        if not missed and not self._lost:
            return []
        last_missed = found[0].number - 1 if found else self._place + missed
        told = live.gap(None if self._lost else missed)
        self._lost, self._place = False, last_missed
        return [Event(self._id(last_missed), live.GAP, told)]

    def _look_up(self, items: Sequence[Item]) -> list[Event]:
        account = self._account.key
        found = {each.number: self._shared.get(account, each.number) for each in items}
        if missing := [each for each in items if found[each.number] is None]:
            fresh = self._world.store.read(lambda books: [self._event(books, each) for each in missing])
            for item, event in zip(missing, fresh, strict=True):
                found[item.number] = event
                self._shared.add(account, item.number, event)
        return [event for event in found.values() if event is not None]

    def _event(self, books: Books, item: Item) -> Event:
        shape = _SHAPES[item.news.kind](self._world, books, item.news)
        if shape is None:
            shape = {"at": format_instant(item.news.at), "evicted": True}
        return Event(self._id(item.number), item.news.kind, shape)

    def _id(self, number: int) -> str:
        return f"{self._epoch}-{number}"

    async def _rings(self, until: Instant) -> bool:
        """Waits for news or the end; False when there was neither up to `until`, in real time."""
        silence: list[bool] = []

        def ring() -> None:
            silence.append(True)
            self._waiter.rung.set()

        alarm = self._world.clock.call_at(until, ring)
        try:
            await self._waiter.rung.wait()
        finally:
            alarm.cancel()
        return not silence


def _place(epoch: str, after: str | None, last: int) -> int | None:
    """The number of the event after which a reader begins; None for one of another run."""
    if after is None:
        return last
    if after == "0":
        return 0
    run, _, number = after.rpartition("-")
    if run != epoch or not (number.isascii() and number.isdigit() and len(number) <= len(str(last))):
        return None
    return int(number) if int(number) <= last else None


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits or "0"


def _request(_world: World, books: Books, news: News) -> Shape | None:
    found = books.journal.get(news.account, news.subject)
    return live.request(found) if found else None


def _status(world: World, books: Books, news: News) -> Shape | None:
    if not isinstance(news.detail, Turn):
        return None
    return live.status(news.detail, _job(books, news.account, news.detail.job), world.terms.node)


def _callback(_world: World, books: Books, news: News) -> Shape | None:
    found = books.callbacks.get(news.account, news.subject)
    return live.callback(found, news.at) if found else None


def _attempt(_world: World, books: Books, news: News) -> Shape | None:
    attempts = books.callbacks.attempts(news.account, news.subject)
    return next((live.attempt(each) for each in attempts if each.number == news.part), None)


def _reply(world: World, books: Books, news: News) -> Shape | None:
    replies = books.handsets.replies(news.account, news.subject)
    return next((live.reply(each, world.terms.node) for each in replies if each.number == news.part), None)


def _click(world: World, books: Books, news: News) -> Shape | None:
    message = books.sending.message(news.account, news.subject)
    channel = message.cohort.latest.channel if message else None
    clicks = books.handsets.clicks(news.account, news.subject)
    return next((live.click(each, channel, world.terms.node) for each in clicks if each.number == news.part), None)


def _clock(_world: World, books: Books, news: News) -> Shape | None:
    account = books.accounts.by_key(news.account)
    return {"at": format_instant(news.at), **shapes.clock(account, news.at)} if account else None


def _scenario(_world: World, _books: Books, news: News) -> Shape:
    return {"at": format_instant(news.at), "name": news.detail}


def _reset(_world: World, _books: Books, news: News) -> Shape:
    return {"at": format_instant(news.at)}


def _job(books: Books, account: int, key: int) -> Job | None:
    try:
        return books.sending.job(account, key)
    except LookupError:
        return None


_SHAPES: Final[Mapping[str, Callable[[World, Books, News], Shape | None]]] = MappingProxyType(
    {
        "request": _request,
        "status": _status,
        "callback": _callback,
        "attempt": _attempt,
        "reply": _reply,
        "click": _click,
        "clock": _clock,
        "scenario": _scenario,
        "reset": _reset,
    }
)

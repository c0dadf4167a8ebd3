"""Those who wait for items of one list of one account: what the news touched is read once, for all of them.

A desk lives as long as somebody waits at it. It knows every item that fits, so a piece of news costs what it touches.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from mock_amp.core.listed import What
from mock_amp.core.records import News, Page, Sought
from mock_amp.core.shapes import Shape
from mock_amp.core.wanting import Values, Wanted
from mock_amp.engine.bulletin import Waiter
from mock_amp.engine.columns import fields_of
from mock_amp.engine.errors import out_of_order
from mock_amp.engine.gathering import Gathering, Placed
from mock_amp.engine.listing import Listing
from mock_amp.engine.world import World

log = logging.getLogger(__name__)

_MANY: Final = 500
"""Touched items from which it is quicker to search for each wish anew."""

_NEW_LIFE: Final = "reset"
TOUCHING: Final[Mapping[What, Mapping[str, str]]] = MappingProxyType(
    {
        What.MESSAGES: {"status": "cohort", "parted": "cohort"},
        What.REPORTS: {"callback": "id", "bundle": "id", "attempt": "id"},
        What.CALLBACKS: {"callback": "id", "bundle": "id", "attempt": "id"},
        What.ATTEMPTS: {"attempt": "callback_id"},
        What.REQUESTS: {"request": "id"},
        What.REPLIES: {"reply": "ordinal"},
    }
)
"""By list: the kinds of news that touch it, and as what of the store the subject of the news finds the items."""


@dataclass(eq=False, slots=True)
class Watch:
    """One wish, of all who have the same. `items` are all that fit by their places, unless it is `stale`."""

    wanted: Wanted
    enough: int
    most: int
    items: dict[int, Shape] = field(default_factory=dict)
    stale: bool = True
    answers: set["asyncio.Future[Any]"] = field(default_factory=set)

    @property
    def found(self) -> tuple[Shape, ...]:
        return tuple(item for _, item in sorted(self.items.items(), key=lambda each: each[0]))

    def look(self) -> None:
        """Tells those who wait, once there is enough."""
        if not self.stale and len(self.items) >= self.enough:
            self.tell(self.found[: self.most])

    def tell(self, answer: tuple[Shape, ...] | None) -> None:
        """The items that were waited for; None when the account is gone."""
        for each in self.answers:
            if not each.done():
                each.set_result(answer)

    def see(self, place: int, item: Shape) -> None:
        """Takes note of an item as it has become."""
        if self.wanted.fits(item):
            self.items[place] = item
        else:
            self.items.pop(place, None)

    @property
    def handles(self) -> list[tuple[str, Any]]:
        """By which values of which field an item that fits can be told; none when there is no such field."""
        for name, values in self.wanted.lasting.items():
            if "." not in name and name != "job_id":
                return [(name, value) for value in values]
        return []


class _Circle:
    """The watches that begin after the same request: an item of theirs is read once for all of them."""

    def __init__(self) -> None:
        self._lasting: dict[Watch, Mapping[str, Values]] = {}
        self._by_value: defaultdict[tuple[str, Any], set[Watch]] = defaultdict(set)
        self._others: set[Watch] = set()
        self._common: dict[str, Values] | None = None

    def __bool__(self) -> bool:
        return bool(self._lasting)

    def add(self, watch: Watch) -> None:
        self._lasting[watch], self._common = watch.wanted.lasting, None
        for group in self._groups(watch):
            group.add(watch)

    def remove(self, watch: Watch) -> None:
        del self._lasting[watch]
        self._common = None
        for group in self._groups(watch):
            group.discard(watch)
        for handle in watch.handles:
            if not self._by_value[handle]:
                del self._by_value[handle]

    @property
    def common(self) -> dict[str, Values]:
        """What every wish asks of fields that never change, taken together."""
        if self._common is None:
            asked = list(self._lasting.values())
            names = set.intersection(*(set(each) for each in asked)) if asked else set()
            self._common = {name: tuple({value for each in asked for value in each[name]}) for name in names}
        return self._common

    def show(self, items: Iterable[Placed]) -> None:
        """Shows each item to those who may want it, and tells those who have enough."""
        names = {name for name, _ in self._by_value}
        changed: set[Watch] = set()
        for place, item in items:
            values = [self._by_value.get((name, item.get(name)), ()) for name in names]
            for watch in self._others.union(*values):
                watch.see(place, item)
                changed.add(watch)
        for watch in changed:
            watch.look()

    def forget(self) -> None:
        """Takes nothing for known any more."""
        for watch in self._lasting:
            watch.items.clear()
            watch.stale = True

    def _groups(self, watch: Watch) -> list[set[Watch]]:
        return [self._by_value[handle] for handle in watch.handles] or [self._others]


class Desk:
    """The watches of one list of one account; `run` is its life."""

    def __init__(self, world: World, listing: Listing, account: int, what: What) -> None:
        self._world, self._listing, self._account, self._what = world, listing, account, what
        self._place = ExitStack()
        self._waiter: Waiter = self._place.enter_context(
            world.bulletin.waiting(account, frozenset({*TOUCHING[what], _NEW_LIFE}))
        )
        self._seen = world.bulletin.last(account)
        self._watches: dict[bytes, Watch] = {}
        self._circles: defaultdict[int | None, _Circle] = defaultdict(_Circle)

    def join(self, key: bytes, watch: Watch) -> Watch:
        """Waits for the same as those who have the same wish, or for this."""
        if key in self._watches:
            return self._watches[key]
        self._watches[key] = watch
        self._circles[watch.wanted.since].add(watch)
        self._waiter.rung.set()
        return watch

    def leave(self, key: bytes) -> bool:
        """Forgets a wish that nobody has any more; says whether the desk is empty."""
        watch = self._watches.get(key)
        if watch is not None and not watch.answers:
            del self._watches[key]
            circle = self._circles[watch.wanted.since]
            circle.remove(watch)
            if not circle:
                del self._circles[watch.wanted.since]
        return not self._watches

    @property
    def waiters(self) -> int:
        return sum(len(watch.answers) for watch in self._watches.values())

    def close(self) -> None:
        """Hears no more news."""
        self._place.close()

    async def run(self) -> None:
        """Looks at what the news touches, until cancelled or until the account is gone."""
        try:
            while not self._waiter.gone:
                self._waiter.rung.clear()
                await self._catch_up()
                await self._waiter.rung.wait()
            for watch in self._watches.values():
                watch.tell(None)
        except Exception as error:
            level = logging.DEBUG if out_of_order(error) else logging.ERROR
            log.log(level, "those who wait for %s could not be served", self._what, exc_info=error)
            for answer in [each for watch in self._watches.values() for each in watch.answers if not each.done()]:
                answer.set_exception(error)

    async def _catch_up(self) -> None:
        found, missed = self._world.bulletin.since(self._account, self._seen)
        self._seen = self._world.bulletin.last(self._account)
        if missed or any(item.news.kind == _NEW_LIFE for item in found):
            self._forget()
        elif news := [item.news for item in found if item.news.kind in TOUCHING[self._what]]:
            self._touch(news)
        for watch in [each for each in self._watches.values() if each.stale]:
            await self._search(watch)

    def _forget(self) -> None:
        for circle in self._circles.values():
            circle.forget()

    def _touch(self, news: Iterable[News]) -> None:
        touched: defaultdict[str, set[int]] = defaultdict(set)
        for each in news:
            touched[TOUCHING[self._what][each.kind]].add(each.subject)
        for since, circle in self._circles.items():
            for name, subjects in touched.items():
                items = self._read(circle, since, name, subjects)
                if len(items) > _MANY:
                    circle.forget()
                    break
                circle.show(items)

    def _read(self, circle: _Circle, since: int | None, name: str, subjects: set[int]) -> list[Placed]:
        """The items that the news is about, as far as anybody of a circle may want them."""
        node = self._world.terms.node
        fields = fields_of(self._what, circle.common, node)
        about = subjects.intersection(fields.get(name, subjects))
        sought = Sought(fields={**fields, name: tuple(sorted(about))}, since=since)
        page = Page(limit=_MANY + 1)
        return self._world.store.read(
            lambda books: Gathering(books, self._account, node).page(self._what, sought, page)
        )

    async def _search(self, watch: Watch) -> None:
        """Finds all that fits anew. What comes about meanwhile is news, and looked at afterwards."""
        found = await self._listing.scan(self._account, watch.wanted, Page(limit=watch.most))
        watch.items, watch.stale = dict(found), False
        watch.look()

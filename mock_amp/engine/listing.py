"""The lists of an account, chosen by any field: what the store cannot choose by is looked through here, in turns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from mock_amp.core import shapes
from mock_amp.core.listed import What
from mock_amp.core.records import Lost, Page, Sort, Sought
from mock_amp.core.shapes import Shape
from mock_amp.core.wanting import Miss, Wanted, misses
from mock_amp.engine.gathering import Gathering, Placed, fields_of, sought_of
from mock_amp.engine.world import World
from mock_amp.ports import Books

_AT_ONCE: Final = 200
"""Items that are looked through in one go; others get their turn in between."""

_MOST_AT_ONCE: Final = 1_000
_LATEST: Final = 100
"""How many of the latest items are looked through for misses: of all, and of those that fit in one field."""

_LOST: Final[Mapping[What, Sort]] = MappingProxyType(
    {
        What.MESSAGES: Sort.MESSAGE,
        What.REPLIES: Sort.MESSAGE,
        What.CALLBACKS: Sort.CALLBACK,
        What.REPORTS: Sort.CALLBACK,
        What.ATTEMPTS: Sort.CALLBACK,
        What.REQUESTS: Sort.REQUEST,
    }
)
"""With what the items of a list are evicted; that is what its `evicted` counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """What an account has evicted of a list: `told` as lists tell it, in things of a sort; `lost` of its own items."""

    told: Shape
    sort: Sort
    lost: Lost


class Listing:
    def __init__(self, world: World) -> None:
        self._world = world

    async def page(self, account_id: str, wanted: Wanted, page: Page, *, total: bool = False) -> Shape:
        """A page of what is wanted, oldest first, and the cursor of the next one; with `total` how many there are.

        Raises NoSuch.
        """
        account = self._world.account(account_id).key
        found = await self.scan(account, wanted, Page(after=page.after, limit=page.limit + 1))
        kept = found[: page.limit]
        following = kept[-1][0] if len(found) > page.limit else None
        told = shapes.page([item for _, item in kept], following, self.gone(account, wanted.what).told)
        return {**told, "total": await self._total(account, wanted)} if total else told

    def gone(self, account: int, what: What) -> Gone:
        """What was evicted of a list until now."""
        sort = _LOST[what]
        own = Sort.REPLY if what is What.REPLIES else sort
        lost, own_lost = self._world.store.read(
            lambda books: (books.retention.lost(account, sort), books.retention.lost(account, own))
        )
        node = self._world.terms.node if sort is Sort.MESSAGE else None
        return Gone(told=shapes.evicted(lost, node), sort=sort, lost=own_lost)

    async def scan(self, account: int, wanted: Wanted, page: Page) -> list[Placed]:
        """The first items after a place that are wanted, at most `limit`."""
        sought = sought_of(wanted, self._world.terms.node)
        size = max(_AT_ONCE, min(page.limit, _MOST_AT_ONCE)) if wanted.covered else _AT_ONCE
        found: list[Placed] = []
        after = page.after
        while True:
            some = self._read(account, wanted, sought, Page(after=after, limit=size))
            found += [each for each in some if wanted.fits(each[1])]
            if len(found) >= page.limit or len(some) < size:
                return found[: page.limit]
            after = some[-1][0]
            await self._world.clock.give_way()

    def nearest(self, account: int, wanted: Wanted, most: int) -> list[Miss]:
        """The items that are not wanted and come nearest, among the latest of all and of those that fit somewhere."""
        node = self._world.terms.node
        found: dict[int, Shape] = {}
        fields = fields_of(wanted.what, wanted.indexed, node)
        for some in ({}, *({name: values} for name, values in fields.items())):
            sought = Sought(fields=some, since=wanted.since, latest=True)
            found |= dict(self._read(account, wanted, sought, Page(limit=_LATEST)))
        return misses(wanted, found.items(), most)

    async def _total(self, account: int, wanted: Wanted) -> int:
        if wanted.covered:
            sought = sought_of(wanted, self._world.terms.node)
            counted = self._world.store.read(lambda books: self._gathering(books, account).count(wanted.what, sought))
            if counted is not None:
                return counted
        total, after = 0, None
        while True:
            some = await self.scan(account, wanted, Page(after=after, limit=_AT_ONCE))
            total += len(some)
            if len(some) < _AT_ONCE:
                return total
            after = some[-1][0]

    def _read(self, account: int, wanted: Wanted, sought: Sought, page: Page) -> Sequence[Placed]:
        return self._world.store.read(lambda books: self._gathering(books, account).page(wanted.what, sought, page))

    def _gathering(self, books: Books, account: int) -> Gathering:
        return Gathering(books, account, self._world.terms.node)

"""The lists of an account, chosen by any field: what the store cannot choose by is looked through here, in turns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from mock_amp.core import shapes
from mock_amp.core.instants import MILLISECOND, Duration
from mock_amp.core.listed import What
from mock_amp.core.records import Lost, Page, Sort, Sought
from mock_amp.core.shapes import Shape
from mock_amp.core.wanting import Miss, Wanted, misses
from mock_amp.engine.columns import fields_of, sought_of
from mock_amp.engine.gathering import Gathering, Placed, Some
from mock_amp.engine.turns import Turns
from mock_amp.engine.world import World
from mock_amp.ports import Books

_AT_ONCE: Final = 200
"""Items that are looked through in one go, at most; others get their turn in between."""

_LARGE: Final = frozenset({What.CALLBACKS, What.REPORTS})
"""Lists whose items may be large, or hard to come by: of these there are few in the first go."""

_FEW: Final = 25
_GO: Final = 8 * MILLISECOND
"""How long one go is to take: after one that took longer there are fewer items in the next one."""

_SHORT: Final = 4
"""With as many goes as this a list has not to wait for long ones."""

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


@dataclass(slots=True, kw_only=True)
class _Look:
    """What is looked through for one list, and how far it came."""

    read: Callable[[Page], Some]
    fits: Callable[[Shape], bool]
    enough: Callable[[Sequence[Placed]], bool]
    worked: Callable[[], Duration]
    page: Page
    most: int
    size: int

    def ends(self) -> bool:
        """Looks through some more in one go; says whether that was all, or enough."""
        began, size = self.worked(), min(self.size, self.most)
        some, rest = self.read(replace(self.page, limit=size))
        if self.enough([each for each in some if self.fits(each[1])]) or rest is None:
            return True
        self.page = replace(self.page, after=rest)
        took = self.worked() - began
        self.size = max(1, size * _GO // took) if took > _GO else min(_AT_ONCE, 2 * size)
        return False


class Listing:
    """All lists of a server: one of them is begun at a time, and one that turns out to be long goes on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.beginning, self.going_on = Turns(), Turns()
        self.goes = 0
        """How often something was looked through so far, in one go."""

    async def page(self, account_id: str, wanted: Wanted, page: Page, *, total: bool = False) -> Shape:
        """A page of what is wanted, and the cursor of the next one; with `total` how many there are.

        Raises NoSuch.
        """
        account = self._world.account(account_id).key
        found = await self.scan(account, wanted, replace(page, limit=page.limit + 1))
        kept = found[: page.limit]
        following = kept[-1][0] if len(found) > page.limit else None
        items = [item if wanted.bodies else shapes.without_body(item) for _, item in kept]
        told = shapes.page(items, following, self.gone(account, wanted.what).told)
        if not total:
            return told
        all_seen = page.after is None and following is None
        return {**told, "total": len(found) if all_seen else await self._total(account, wanted)}

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
        """The first items of a page that are wanted, at most `limit`."""
        found: list[Placed] = []

        def enough(some: Sequence[Placed]) -> bool:
            found.extend(some)
            return len(found) >= page.limit

        await self._look_through(account, wanted, page, enough)
        return found[: page.limit]

    def nearest(self, account: int, wanted: Wanted, most: int) -> list[Miss]:
        """The items that are not wanted and come nearest, among the latest of all and of those that fit somewhere."""
        node = self._world.terms.node
        found: dict[int, Shape] = {}
        fields = fields_of(wanted.what, wanted.indexed, node)
        for some in ({}, *({name: values} for name, values in fields.items())):
            sought = Sought(fields=some, since=wanted.since)
            found |= dict(self._read(account, wanted, sought, Page(limit=_LATEST, descending=True)).items)
        return misses(wanted, found.items(), most)

    async def _total(self, account: int, wanted: Wanted) -> int:
        if wanted.covered:
            sought = sought_of(wanted, self._world.terms.node)
            counted = self._world.store.read(lambda books: self._gathering(books, account).count(wanted.what, sought))
            if counted is not None:
                return counted
        total = 0

        def enough(some: Sequence[Placed]) -> bool:
            nonlocal total
            total += len(some)
            return False

        await self._look_through(account, replace(wanted, bodies=False), Page(limit=_AT_ONCE), enough)
        return total

    async def _look_through(
        self, account: int, wanted: Wanted, page: Page, enough: Callable[[Sequence[Placed]], bool]
    ) -> None:
        """Tells what is wanted, some at a time, until there is enough; others get their turn in between.

        A short list does not wait for those that are long.
        """
        sought = sought_of(wanted, self._world.terms.node)
        look = _Look(
            read=lambda some: self._read(account, wanted, sought, some),
            fits=wanted.fits,
            enough=enough,
            worked=self._world.clock.worked,
            page=page,
            most=_AT_ONCE if page.limit > _AT_ONCE or not wanted.covered else page.limit,
            size=_FEW if wanted.what in _LARGE else _AT_ONCE,
        )
        for _ in range(_SHORT):
            async with self.beginning.taken(account):
                if self._go(look):
                    return
                await self._world.clock.give_way()
        async with self.going_on.taken(account):
            while not self._go(look):
                await self._world.clock.give_way()

    def _go(self, look: _Look) -> bool:
        self.goes += 1
        return look.ends()

    def _read(self, account: int, wanted: Wanted, sought: Sought, page: Page) -> Some:
        return self._world.store.read(
            lambda books: self._gathering(books, account, bodies=wanted.reads_bodies).some(
                wanted.what, sought, page, wanted.words
            )
        )

    def _gathering(self, books: Books, account: int, *, bodies: bool = True) -> Gathering:
        return Gathering(books, account, self._world.terms.node, bodies=bodies)

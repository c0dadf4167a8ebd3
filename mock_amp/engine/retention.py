"""Keeping no more than an account's limits say, and telling what was evicted (D13).

The newest messages and requests stay, as many as the limits say. Of the others whole jobs are evicted that have come to
rest, and lines of the journal. It happens behind the account's own activity, some rows a transaction, and nobody waits.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from mock_amp.core.account import Account
from mock_amp.core.codes import LIFETIME
from mock_amp.core.instants import LAST_INSTANT, Instant
from mock_amp.core.records import News, Sort, Standing
from mock_amp.engine.errors import out_of_order
from mock_amp.engine.watches import Look, Passed, Room, Watch
from mock_amp.engine.world import World
from mock_amp.ports import Books

log = logging.getLogger(__name__)

_ROWS: Final = 1_000
"""Rows that are deleted in one transaction, about."""

_JOBS: Final = 200
"""Jobs that are looked at in one go."""

_SLACK: Final = 100
"""An account may keep one more for so many that it may keep, so that there is something to evict at once."""

_FEW: Final = 16
"""Jobs that are looked at for their age beyond those that are too many."""

_SEEN_AGAIN: Final = 4
"""While jobs are passed over, news of one in so many of them has to come before they are all looked at again."""

_AFTER_ALL: Final = 4
"""That many times as many sends as jobs were passed over bring these another look too: not every ending is told."""

_ENDLESS: Final = 2**62


class Retention:
    """Hears what comes about in all accounts. What it knows of them is how soon a look is worth its while, no more.

    `carried` says of which jobs of an account there is something in the air.
    """

    def __init__(self, world: World, carried: Callable[[int], frozenset[int]]) -> None:
        self._world, self._carried = world, carried
        self._watches: dict[int, Watch] = {}
        self._due: dict[int, None] = {}
        self._unswept: set[int] = set()
        self._looked: Watch | None = None
        """The watch over the account that is looked at just now: what comes meanwhile is weighed at the end."""
        self._wake, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()

    def hear(self, news: Sequence[News]) -> None:
        """Takes down what was committed; costs next to nothing as long as there is room."""
        heard: dict[int, Watch] = {}
        for each in news:
            if each.kind == "reset":
                self.forget(each.account)
                heard.pop(each.account, None)
                self._unswept.add(each.account)  # a snapshot may bring something along that was being evicted
            watch = heard.get(each.account)
            if watch is None:
                watch = heard[each.account] = self._watches.setdefault(each.account, Watch())
            watch.hear(each)
        for account, watch in heard.items():
            if watch is not self._looked and watch.full:
                self._look_at(account)

    def forget(self, account: int) -> None:
        """Ends the watch over an account that is gone."""
        self._watches.pop(account, None)
        self._due.pop(account, None)
        self._unswept.discard(account)

    async def idle(self) -> None:
        """Waits until all that was worth a look has been looked at."""
        await self._idle.wait()

    async def run(self) -> None:
        """Looks at the accounts in which enough has come about, until cancelled."""
        self._unswept.update(await self._world.look(lambda books: books.retention.sweeping()))
        for key in self._unswept:
            self._look_at(key)
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._due:
                key = next(iter(self._due))
                del self._due[key]
                try:
                    await self._look(key)
                except Exception as error:
                    self._looked = None
                    await self._try_later(key, error)
                finally:
                    self._looked = None
            self._idle.set()

    async def _try_later(self, key: int, error: Exception) -> None:
        if not out_of_order(error):
            told = "what had to be evicted could not be; it is tried again when more has come about"
            log.error(told, exc_info=error)
            return
        log.debug("what had to be evicted could not be: %s", error)
        await self._world.comeback.pause(self._world.clock)
        self._due[key] = None

    async def _look(self, key: int) -> None:
        watch = self._looked = self._watches[key] = self._watches.get(key, Watch()).next()
        if key in self._unswept:
            await self._sweep(key)
        look = self._world.store.read(lambda books: self._begin(books, key, watch.passed))
        if look is None:
            self.forget(key)
            return
        await self._drop_requests(look)
        while not look.done:
            await self._evict(look, self._world.store.read(lambda books: _find(books, look)))
        if self._watches.get(key) is watch:
            watch.room = self._world.store.read(lambda books: _room(books, look, self._world.terms.bodies))
            if watch.full and watch.heard:  # it came meanwhile, and nothing may come after it
                self._look_at(key)

    def _begin(self, books: Books, key: int, passed: Passed) -> Look | None:
        account = books.accounts.by_key(key)
        if account is None:
            return None
        limits, now = account.spec.limits.over(self._world.terms.limits), self._world.shown(account)
        messages, requests = _held(books, account, passed)
        bodies = self._world.terms.bodies
        excess = messages - limits.messages if messages > _most(limits.messages) else 0
        return Look(
            account=account,
            limits=limits,
            now=now,
            excess=excess,
            newest=account.requests - limits.requests if requests > _most(limits.requests) else 0,
            bodies=bodies if books.journal.weight(key) > _most(bodies) else None,
            until=Instant(now + limits.age) if limits.age else LAST_INSTANT,
            passed=passed,
            done=excess == 0 and not limits.age,
        )

    async def _drop_requests(self, look: Look) -> None:
        """Evicts the oldest lines of the journal, as far as they are too many or too old."""
        while gone := self._world.store.read(lambda books: _old_requests(books, look)):
            await self._world.store.transact(lambda books, gone=gone: _drop(books, look, *gone))  # type: ignore[misc]
            await self._world.clock.give_way()

    async def _evict(self, look: Look, found: Sequence[Standing]) -> None:
        """Makes away with jobs, some in each transaction.

        They are looked at before it, and again in it, so that none is evicted in the very turn in which its last moment
        comes: whoever lives through that has still to tell of it, or to post.
        """
        for number, part in enumerate(_parts(found)):
            resting = part  # the first were found in this very turn
            if number > 0:
                resting = self._world.store.read(lambda books, part=part: _at_rest(books, look, part))  # type: ignore[misc]
            gone, swept = await self._world.store.transact(
                lambda books, resting=resting: self._hide(books, look, resting)  # type: ignore[misc]
            )
            look.passed.add(set(part) - set(gone))
            if not swept:
                await self._sweep(look.account.key)
        await self._world.clock.give_way()

    def _hide(self, books: Books, look: Look, part: Sequence[Standing]) -> tuple[Sequence[Standing], bool]:
        """Makes jobs disappear; says which, and whether nothing is left of them."""
        carried = self._carried(look.account.key)
        gone = [job for job in _at_rest(books, look, part) if job.key not in carried]
        swept = books.retention.hide(look.account.key, gone, _ROWS)
        books.retention.drop_codes(look.account.key, Instant(look.now - LIFETIME))
        return gone, swept

    async def _sweep(self, key: int) -> None:
        self._unswept.add(key)
        while not await self._world.store.transact(lambda books: books.retention.sweep(key, _ROWS)):
            await self._world.clock.give_way()
        self._unswept.discard(key)

    def _look_at(self, key: int) -> None:
        self._due[key] = None
        self._idle.clear()
        self._wake.set()


def _find(books: Books, look: Look) -> list[Standing]:
    """The jobs that have to go, among the next few."""
    limit = min(_JOBS, max(look.excess, 0) + (_FEW if look.limits.age else 0))  # a job has one message at least
    some = books.retention.standing(look.account.key, look.passed.last, limit)
    found = []
    look.done = len(some) < limit
    for job in some:
        look.expires(job.accepted_at)
        if look.excess <= 0 and job.accepted_at > look.horizon:
            look.done = True
            break
        look.excess -= job.size
        look.passed.last = job.key
        if job.open:
            look.passed.add((job,))
        else:
            found.append(job)
    look.done = look.done or (look.excess <= 0 and not look.limits.age)
    return found


def _parts(found: Sequence[Standing]) -> Iterator[list[Standing]]:
    """Jobs in portions of a bearable size."""
    part: list[Standing] = []
    size = 0
    for job in found:
        part.append(job)
        size += job.size
        if size >= _ROWS:
            yield part
            part, size = [], 0
    if part:
        yield part


def _at_rest(books: Books, look: Look, part: Sequence[Standing]) -> list[Standing]:
    """Those of these jobs that are as they were found."""
    if not _lives(books, look.account):
        return []
    still = set(books.retention.still(look.account.key, [job.key for job in part]))
    return [job for job in part if job in still]


def _old_requests(books: Books, look: Look) -> tuple[int, int] | None:
    """The first and the last of the next lines that have to go."""
    retention, key = books.retention, look.account.key
    if not _lives(books, look.account) or not (oldest := retention.oldest_requests(key, 1)):
        return None
    first = oldest[0][0]
    end = first + _ROWS - 1
    last = min(look.newest, end)
    if look.bodies is not None:
        last = max(last, _heavy(books, key, books.journal.weight(key) - look.bodies))
    if look.limits.age:
        last = max(last, retention.last_request(key, first, end, look.horizon))
    return (first, last) if last >= first else None


def _heavy(books: Books, key: int, surplus: int) -> int:
    """The last of the oldest lines, some of them at a time, that have to go so that so many bytes are gone."""
    last = 0
    for number, size in books.retention.oldest_bodies(key, _ROWS):
        if surplus <= 0:
            break
        last, surplus = number, surplus - size
    return last


def _drop(books: Books, look: Look, first: int, last: int) -> None:
    if _lives(books, look.account):
        books.retention.drop_requests(look.account.key, first, last)


def _room(books: Books, look: Look, bodies: int) -> Room:
    """How much may come about before the next look, now that this one has evicted what it could."""
    key, limits, passed = look.account.key, look.limits, look.passed
    if limits.age:
        for _, at in books.retention.oldest_requests(key, 1):
            look.expires(at)
    messages, requests = _held(books, books.accounts.by_key(key) or look.account, passed)
    if passed.again is None:
        passed.again = max(passed.jobs * _AFTER_ALL, limits.messages // _SLACK)
    return Room(
        requests=_most(limits.requests) - requests,
        bodies=_most(bodies) - books.journal.weight(key),
        messages=_most(limits.messages) - messages,
        endings=passed.jobs // _SEEN_AGAIN if passed.jobs else _ENDLESS,
        until=look.until,
    )


def _held(books: Books, account: Account, passed: Passed) -> tuple[int, int]:
    """How many messages and requests an account keeps, without the messages that were passed over."""
    messages = account.messages - books.retention.lost(account.key, Sort.MESSAGE).count - passed.messages
    return messages, account.requests - books.retention.lost(account.key, Sort.REQUEST).count


def _most(limit: int) -> int:
    return limit + limit // _SLACK


def _lives(books: Books, account: Account) -> bool:
    current = books.accounts.by_key(account.key)
    return current is not None and current.generation == account.generation

"""Jobs: every accepted send as one row, with where its messages stand, read in turns so that nobody is held up (D5)."""

from collections import deque
from dataclasses import replace
from typing import Final

from mock_amp.core import job_shapes, shapes
from mock_amp.core.account import Account
from mock_amp.core.job_shapes import Tally
from mock_amp.core.model import Message
from mock_amp.core.records import Page, Sort, Sought
from mock_amp.core.shapes import Shape
from mock_amp.engine.contents import content_of
from mock_amp.engine.errors import AccountGone, Evicted, NoSuch
from mock_amp.engine.turns import Turns
from mock_amp.engine.world import World, same_life
from mock_amp.ports import Books

_JOBS: Final = 100
"""Jobs that are read in one go, at most."""

_ROOM: Final = 8_000
"""Runs of positions that are counted in one go, about: a job may have as many as it has messages."""

_COHORT: Final = 8
"""As many of them take as long as a cohort does, which has one at least."""


class Jobs:
    """The jobs of all accounts. One go is made at a time, and others get their turn in between."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.turns = Turns()
        self.goes = 0
        """How often something was read so far, in one go."""

    async def page(self, account_id: str, sought: Sought, page: Page, *, total: bool = False) -> Shape:
        """A page of jobs and the cursor of the next one; with `total` how many there are. Raises NoSuch.

        What was evicted is told in messages: nobody counts jobs.
        """
        look = await self._look(account_id, sought, page)
        key = look.account.key
        lost, count = self._world.store.read(
            lambda books: (books.retention.lost(key, Sort.MESSAGE), books.jobs.count(key, sought) if total else 0)
        )
        gone = shapes.evicted(lost, self._world.terms.node)
        told = shapes.page(look.found, look.page.after if look.more else None, gone)
        return {**told, "total": count} if total else told

    async def job(self, account_id: str, api_job_id: str) -> Shape:
        """One job. Raises NoSuch, and Evicted as far as there is anything left that tells."""
        look = await self._look(account_id, Sought(fields={"api_job_id": (api_job_id,)}), Page(limit=1))
        if not look.found:
            raise self._world.store.read(lambda books: _missing(books, look.account, api_job_id))
        return look.found[0]

    async def _look(self, account_id: str, sought: Sought, page: Page) -> "_Look":
        """Reads a page to its end; from its beginning again when the account begins a new life meanwhile."""
        while True:
            look = _Look(self._world.account(account_id), self._world.terms.node, sought, page)
            try:
                await self._read(look)
            except AccountGone:
                continue
            return look

    async def _read(self, look: "_Look") -> None:
        while True:
            async with self.turns.taken(look.account.key):
                self.goes += 1
                if self._world.store.read(look.ends):
                    return
                await self._world.clock.give_way()


class _Look:
    """A page that is being read: what was found, which jobs are still to be counted, and how far it came.

    `more` says whether there are jobs after those.
    """

    def __init__(self, account: Account, node: int, sought: Sought, page: Page) -> None:
        self.account, self.page = account, page
        self.found: list[Shape] = []
        self.more = True
        self._node, self._sought = node, sought
        self._uncounted: deque[Tally] = deque()
        self._room = _ROOM

    def ends(self, books: Books) -> bool:
        """Reads some more; says whether that was all. Raises AccountGone."""
        same_life(books, self.account)
        if not self._uncounted:
            self._read_jobs(books)
        self._room = _ROOM
        while self._uncounted and self._counts(books, self._uncounted[0]):
            self._tell(books, self._uncounted.popleft())
        return not self._uncounted and (len(self.found) >= self.page.limit or not self.more)

    def _read_jobs(self, books: Books) -> None:
        limit = min(_JOBS, self.page.limit - len(self.found))
        jobs = books.jobs.page(self.account.key, replace(self.page, limit=limit + 1), self._sought)
        self.more = len(jobs) > limit
        self._uncounted.extend(map(Tally, jobs[:limit]))
        if self._uncounted:
            self.page = replace(self.page, after=self._uncounted[-1].job.key)

    def _counts(self, books: Books, tally: Tally) -> bool:
        """Counts some more of a job, as far as there is room in this go; says whether that was all."""
        most = _ROOM // _COHORT
        for each in books.jobs.cohorts(self.account.key, tally.job.key, tally.after, most):
            tally.add(each)
            self._room -= _COHORT + len(each.members)
            if self._room <= 0:
                return False
        return True

    def _tell(self, books: Books, tally: Tally) -> None:
        """Takes a job down that has been counted, unless it was evicted meanwhile."""
        job, cohort = tally.job, tally.first
        first = books.jobs.first(self.account.key, job)
        if first is None or cohort is None:
            return
        message = Message(
            ordinal=job.first,
            number=first.number,
            custom_id=first.custom_id,
            params=first.params,
            job=job,
            cohort=cohort,
        )
        self.found.append(job_shapes.job(tally, shapes.message(message, self._node, content_of(job))))


def _missing(books: Books, account: Account, api_job_id: str) -> NoSuch:
    """What to raise for a job that an account has not: ids of jobs have no order that says which have been."""
    evicted = books.retention.lost(account.key, Sort.MESSAGE).count > 0
    if evicted and books.jobs.was(account.key, api_job_id):
        return Evicted(
            f"job {api_job_id} was evicted: account {account.id} keeps only so much, and says how much in its limits"
        )
    hint = "; it has evicted some, and of those whose request is evicted too nobody can tell" if evicted else ""
    return NoSuch(f"account {account.id} has no job {api_job_id}{hint}")

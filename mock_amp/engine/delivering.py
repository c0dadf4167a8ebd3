"""Posting what is owed: each callback in a task that somebody owns, no lock and no transaction held (C-3 to C-5, D8).

First attempts about one message never overtake each other: they wait in the lane of their job and kind.
Retries may overtake.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace

from mock_amp.core.account import Account
from mock_amp.core.bundles import Spans, overlap, spans
from mock_amp.core.instants import Instant
from mock_amp.core.records import Callback, Due, Happening, Kind
from mock_amp.core.retry import Outcome, RetryAt, Unreachable
from mock_amp.core.sabotage import CUT, FAIL_FIRST, held, suffered
from mock_amp.engine.attempts import asked_again, attempt_of, injected, is_over, say, state_after
from mock_amp.engine.bulletin import QUIET
from mock_amp.engine.errors import AccountGone
from mock_amp.engine.outbox import body_of
from mock_amp.engine.world import Numbers, Terms, World, same_life
from mock_amp.ports import Books, StoreFailed, Transport

log = logging.getLogger(__name__)


_Lane = tuple[int, str]
"""A job's callbacks of one kind: replies do not wait for the receiver of the reports."""


class _Slots:
    """How many posts of one account may be out at once, to one host and in all: nobody waits for others."""

    def __init__(self, terms: Terms) -> None:
        self._most_per_host = terms.posts_per_host
        self._in_all = asyncio.Semaphore(terms.posts_in_all)
        self._per_host: dict[str, asyncio.Semaphore] = {}

    @asynccontextmanager
    async def of(self, url: str) -> AsyncIterator[None]:
        host = url.partition("://")[2].partition("/")[0]
        if host not in self._per_host:
            self._per_host[host] = asyncio.Semaphore(self._most_per_host)
        async with self._per_host[host], self._in_all:
            yield


@dataclass(eq=False, slots=True)
class _Wave:
    """First attempts of one job that may be made side by side, once the wave before has been."""

    before: "_Wave | None"
    spans: list[tuple[int, int]] = field(default_factory=list)
    """Which destinations its attempts are about, ascending; no two of them are about the same one."""
    open: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def enter(self, spans: Spans) -> None:
        ascending = not self.spans or spans[0] > self.spans[-1]
        self.spans.extend(spans)
        if not ascending:
            self.spans.sort()
        self.open += 1

    def leave(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.done.set()
            self.before = None
            self.spans.clear()


@dataclass(eq=False, slots=True)
class _Flight:
    """What one account has in the air."""

    slots: _Slots
    tasks: dict[asyncio.Task[None], int] = field(default_factory=dict)
    """Who carries a callback, and of which job."""
    lanes: dict[_Lane, _Wave] = field(default_factory=dict)
    posting: dict[int, Instant] = field(default_factory=dict)
    """Since when (real time) each callback waits for its receiver."""
    again: defaultdict[int, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))
    """Attempts that were asked for of one callback are made one after the other."""
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def leave(self, lane: _Lane, wave: _Wave) -> None:
        """An attempt of a wave has been made; a lane in which nobody is left is forgotten."""
        wave.leave()
        if wave.open == 0 and self.lanes.get(lane) is wave:
            del self.lanes[lane]


class Courier:
    def __init__(self, world: World, transport: Transport, on_due: Callable[[Account, Instant], None]) -> None:
        self._world, self._transport, self._on_due = world, transport, on_due
        self._flights: dict[int, _Flight] = {}
        self._watched: dict[int, list[Happening]] = {}
        self._desk = asyncio.Lock()
        self._stopping = False

    @property
    def posting(self) -> int:
        """How many posts wait for their receivers, in all accounts."""
        return sum(len(flight.posting) for flight in self._flights.values())

    def begin(self, account: Account, callbacks: Sequence[Callback]) -> None:
        """Starts an attempt of each callback and returns at once."""
        if not callbacks or self._stopping:
            return
        flight = self._flights.get(account.key)
        if flight is None:
            flight = self._flights[account.key] = _Flight(_Slots(self._world.terms))
        flight.idle.clear()
        for callback in callbacks:
            first = callback.tried == 0 and not is_over(callback)
            wave = _join(flight.lanes, callback) if first else None
            carry = self._carry_again if is_over(callback) else self._carry
            task = asyncio.create_task(carry(account, callback, wave, flight))
            flight.tasks[task] = callback.job
            task.add_done_callback(lambda done, flight=flight, key=account.key: self._landed(key, flight, done))  # type: ignore[misc]

    def flying(self, account: int) -> bool:
        """Whether the account has anything in the air."""
        return account in self._flights

    @contextmanager
    def watch(self, account: int) -> Iterator[None]:
        """While it lasts, `settled` tells of the attempts that land."""
        self._watched[account] = []
        try:
            yield
        finally:
            del self._watched[account]

    async def idle(self, account: int, within: float) -> bool:
        """Whether the account has nothing in the air, now or within so many seconds of real time."""
        flight = self._flights.get(account)
        if flight is None:
            return True
        try:
            async with asyncio.timeout(within):
                return await flight.idle.wait()
        except TimeoutError:
            return False

    async def settled(self, account: int) -> list[Happening]:
        """Waits until the account has nothing in the air; tells of the attempts that have landed meanwhile."""
        flight = self._flights.get(account)
        if flight is not None:
            await flight.idle.wait()
        landed = sorted(self._watched[account], key=lambda each: (each.at, each.callback or 0, each.attempt or 0))
        self._watched[account].clear()
        return landed

    def waiting_since(self, account: int) -> Instant | None:
        """Since when the account's longest unanswered post has waited for its receiver, in real time."""
        flight = self._flights.get(account)
        return min(flight.posting.values(), default=None) if flight else None

    def carrying(self, account: int) -> frozenset[int]:
        """The jobs of which the account has something in the air."""
        flight = self._flights.get(account)
        return frozenset(flight.tasks.values()) if flight else frozenset()

    async def end(self, account: int) -> None:
        """Ends what the account has in the air, and returns once it has ended. What was owed stays in the store."""
        flight = self._flights.pop(account, None)
        tasks = list(flight.tasks) if flight else []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def stop(self, grace: float) -> None:
        """Begins nothing more, and ends posts in flight after `grace` seconds of real time. They are owed still."""
        self._stopping = True
        tasks = {task for flight in self._flights.values() for task in flight.tasks}
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._transport.close()

    def _landed(self, account: int, flight: _Flight, task: "asyncio.Task[None]") -> None:
        flight.tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()):
            log.error("a callback could not be carried", exc_info=error)
        if not flight.tasks:
            flight.idle.set()
            if self._flights.get(account) is flight:
                del self._flights[account]
            self._world.bulletin.ring(account, QUIET)

    async def _carry_again(self, account: Account, callback: Callback, wave: _Wave | None, flight: _Flight) -> None:
        """A further attempt, once those that were asked for before it are done."""
        async with flight.again[callback.key]:
            found = self._world.store.read(lambda books: books.callbacks.get(account.key, callback.key))
            if found is not None:
                await self._carry(account, replace(found, due_at=callback.due_at), wave, flight)

    async def _carry(self, account: Account, callback: Callback, wave: _Wave | None, flight: _Flight) -> None:
        try:
            try:
                if wave and wave.before:
                    await wave.before.done.wait()
                async with flight.slots.of(callback.url):
                    flight.posting[callback.key] = began = self._world.clock.now()
                    outcome = await self._try(account, callback)
                    ended = self._world.clock.now()
            finally:
                flight.posting.pop(callback.key, None)
                if wave:
                    flight.leave(_lane(callback), wave)
            await self._record(account, callback, outcome, began, ended)
        except AccountGone:
            log.debug("callback %s of %s belongs to a life that is over", callback.key, account.id)
        except StoreFailed as error:
            log.error("callback %s of %s was tried, and that could not be stored: %s", callback.key, account.id, error)

    async def _try(self, account: Account, callback: Callback) -> Outcome:
        """An attempt and its outcome, whatever happens: what was taken off the agenda must not be lost to a bug.

        Raises AccountGone when the life in which it was owed is over.
        """
        try:
            return await self._post(account, callback)
        except AccountGone:
            raise
        except Exception:
            log.exception("callback %s to %s could not be posted", callback.key, callback.url)
            return Unreachable("mock-amp could not post it; its log says why")

    async def _post(self, account: Account, callback: Callback) -> Outcome:
        attempt = callback.tried + 1
        fault = suffered(callback, attempt)
        if fault == FAIL_FIRST:
            return injected(callback, fault, "it never left")
        async with self._desk:  # bodies of a thousand reports, one a turn of the loop, so that others come in between
            await self._world.clock.give_way()
            body = self._world.store.read(lambda books: self._body(books, account, callback, attempt))
        if fault == CUT:
            outcome = await self._transport.post(callback.url, body, cut=True)
            return injected(callback, fault, outcome.error if isinstance(outcome, Unreachable) else "answered early")
        return await self._transport.post(callback.url, body)

    def _body(self, books: Books, account: Account, callback: Callback, attempt: int) -> bytes:
        """Raises AccountGone: in another life the rows are not there any more, or are others under the same keys."""
        same_life(books, account)
        return body_of(books, account.key, callback, self._world.terms.node, attempt)

    async def _record(
        self, account: Account, callback: Callback, outcome: Outcome, began: Instant, ended: Instant
    ) -> None:
        number = callback.tried + 1
        verdict = self._world.terms.retry.after(number, outcome, callback.due_at)
        state = state_after(verdict)
        if is_over(callback):
            verdict, state = asked_again(callback, verdict)
        due_at = verdict.at if isinstance(verdict, RetryAt) else callback.due_at
        tried = replace(callback, state=state, due_at=due_at, tried=number)
        attempt = attempt_of(callback, outcome, began, ended)

        def record(books: Books) -> Account:
            numbers = Numbers(same_life(books, account))
            books.callbacks.save(account.key, tried)
            books.callbacks.add_attempt(account.key, attempt)
            numbers.tell("attempt", attempt.at, attempt.callback, attempt.number, attempt.outcome)
            if isinstance(verdict, RetryAt):
                books.agenda.add(
                    account.key, Due(at=verdict.at, seq=numbers.serial(), kind=Kind.POST, subject=callback.key)
                )
            numbers.save(books)
            return numbers.account

        current = await self._world.store.transact(record)
        if account.key in self._watched:
            self._watched[account.key].append(
                Happening(
                    at=callback.due_at,
                    kind="attempt",
                    callback=callback.key,
                    attempt=number,
                    outcome=attempt.outcome,
                )
            )
        say(callback, number, outcome, state)
        if isinstance(verdict, RetryAt):
            self._on_due(current, verdict.at)


def _lane(callback: Callback) -> _Lane:
    return callback.job, callback.kind


def _join(lanes: dict[_Lane, _Wave], callback: Callback) -> _Wave:
    """The wave of its job in which a first attempt is made: the last, unless that has a message in common.

    One that was held back follows all others, whatever they are about.
    """
    lane, mine = _lane(callback), spans(callback.bundle)
    last = lanes.get(lane)
    if last is None or held(callback) or overlap(mine, last.spans):
        last = lanes[lane] = _Wave(before=last)
    last.enter(mine)
    return last

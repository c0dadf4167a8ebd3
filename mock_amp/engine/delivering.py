"""Posting what is owed: each post in a task that somebody owns, no lock and no transaction held (C-3 to C-5, D8).

As many tasks as there are places carry whatever waits, one callback after the other; in which order is the flight's to
say. What comes of them is written down by mock_amp/engine/noting.py.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Final

from mock_amp.core.account import Account
from mock_amp.core.authority import without_password
from mock_amp.core.instants import Instant
from mock_amp.core.records import Attempt, Callback, Happening
from mock_amp.core.retry import Outcome, Unreachable
from mock_amp.core.sabotage import CUT, FAIL_FIRST, suffered
from mock_amp.engine.attempts import happening, injected, is_over
from mock_amp.engine.bulletin import QUIET
from mock_amp.engine.errors import AccountGone
from mock_amp.engine.flights import Flight, Made, Places, Trip
from mock_amp.engine.noting import Notes
from mock_amp.engine.outbox import bodies_of
from mock_amp.engine.world import World, same_life
from mock_amp.ports import Books, StoreFailed, Transport

log = logging.getLogger(__name__)

_SMALL: Final = 16
"""A body of up to so many reports is made along with those that stand behind it."""

_TOGETHER: Final = 32
"""Bodies that are made in one go."""


class Courier:
    def __init__(self, world: World, transport: Transport, on_due: Callable[[Account, Instant], None]) -> None:
        self._world, self._transport = world, transport
        self._flights: dict[int, Flight] = {}
        self._places = Places(world.terms.posts_in_all)
        self._watched: dict[int, list[Happening]] = {}
        self._notes = Notes(world, on_due, self._note, self._land)
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
            terms = self._world.terms
            flight = Flight(terms.posts_per_host, terms.posts_per_account, self._places)
            self._flights[account.key] = flight
        for callback in callbacks:
            flight.enter(account, callback, again=is_over(callback))
        self._man(flight)

    def carried(self, account: int) -> int:
        """How many callbacks of the account are under way, whether they are out or wait."""
        flight = self._flights.get(account)
        return flight.carried if flight else 0

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
        """Whether the account has nothing in the air, now or within so many seconds of real time.

        Raises StoreFailed when something has landed there and cannot be written down.
        """
        flight = self._flights.get(account)
        if flight is None:
            return True
        try:
            async with asyncio.timeout(within):
                await _come_to_rest(flight)
        except TimeoutError:
            return False
        return True

    async def settled(self, account: int) -> list[Happening]:
        """Waits until the account has nothing in the air; tells of the attempts that have landed meanwhile.

        Raises StoreFailed when that cannot be written down.
        """
        flight = self._flights.get(account)
        if flight is not None:
            await _come_to_rest(flight)
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
        return frozenset(flight.jobs) if flight else frozenset()

    async def end(self, account: int) -> None:
        """Ends what the account has in the air, and returns once it has ended. What was owed stays in the store."""
        flight = self._flights.pop(account, None)
        if flight is not None:
            await self._end(flight)
            self._world.bulletin.ring(account, QUIET)

    async def stop(self, grace: float) -> None:
        """Begins nothing more, and ends posts in flight after `grace` seconds of real time. They are owed still."""
        self._stopping = True
        flights = list(self._flights.values())
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                for flight in flights:
                    with suppress(StoreFailed):
                        await _come_to_rest(flight)
        left = [flight for flight in flights if not flight.idle.is_set()]
        for flight in left:  # all at once, or the place of one would be another's
            flight.abandon()
        for flight in left:
            await self._end(flight)
        self._flights.clear()
        await self._transport.close()

    async def _end(self, flight: Flight) -> None:
        flight.abandon()
        tasks = list(flight.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        flight.clear()
        self._man_others()
        if flight.writer is not None:  # what has an outcome is written down
            await asyncio.gather(flight.writer, return_exceptions=True)
        flight.idle.set()
        flight.rest.set()

    def _man(self, flight: Flight) -> None:
        """Sends somebody for each attempt that has a place and nobody who carries it."""
        while trip := flight.take():
            task = asyncio.create_task(self._work(flight, trip))
            flight.tasks.add(task)
            task.add_done_callback(flight.tasks.discard)

    def _man_others(self) -> None:
        """The same for the accounts that wait for a place: now that there is one, each gets one in its turn."""
        while flight := self._places.next:
            self._man(flight)
            if self._places.next is flight:  # nobody of it can go any more
                self._places.forget(flight)

    async def _work(self, flight: Flight, first: Trip) -> None:
        """Carries an attempt, and then others as long as there are any."""
        trip: Trip | None = first
        while trip:
            await self._carry(flight, trip)
            trip = flight.take()
            self._man(flight)

    async def _carry(self, flight: Flight, trip: Trip) -> None:
        flight.posting[trip] = began = self._world.clock.now()
        try:
            outcome = await self._try(flight, trip)
        finally:
            del flight.posting[trip]
            flight.leave(trip)
            self._man_others()
        if outcome is None:
            self._land(flight, [trip])
            return
        flight.made.append(Made(trip, outcome, began, self._world.clock.now()))
        if flight.writer is None:
            flight.writer = asyncio.create_task(self._notes.write_down(flight))

    async def _try(self, flight: Flight, trip: Trip) -> Outcome | None:
        """An attempt and its outcome, whatever happens: what was taken off the agenda must not be lost to a bug.

        None when the life in which it was owed is over.
        """
        callback = trip.callback
        try:
            return await self._post(flight, trip)
        except AccountGone:
            log.debug("callback %s of %s belongs to a life that is over", callback.key, trip.account.id)
            return None
        except StoreFailed as error:
            return Unreachable(f"mock-amp could not read what it was to post: {error}")
        except Exception:
            log.exception("callback %s to %s could not be posted", callback.key, without_password(callback.url))
            return Unreachable("mock-amp could not post it; its log says why")

    async def _post(self, flight: Flight, trip: Trip) -> Outcome:
        if trip.again:
            self._look_up(trip)
        callback = trip.callback
        fault = suffered(callback, trip.number)
        if fault == FAIL_FIRST:
            return injected(callback, fault, "it never left")
        body, trip.body = trip.body or await self._body(flight, trip), None
        if fault == CUT:
            outcome = await self._transport.post(callback.url, body, cut=True)
            return injected(callback, fault, outcome.error if isinstance(outcome, Unreachable) else "answered early")
        return await self._transport.post(callback.url, body)

    def _look_up(self, trip: Trip) -> None:
        """Takes a callback as the attempts before have left it. Raises AccountGone when it is not there any more."""
        account, callback = trip.account, trip.callback
        found = self._world.store.read(lambda books: books.callbacks.get(account.key, callback.key))
        if found is None:
            raise AccountGone(account.id)
        trip.callback = replace(found, due_at=callback.due_at)

    async def _body(self, flight: Flight, trip: Trip) -> bytes:
        """The body of a callback; small ones are made along with those that come next."""
        if trip.reports > _SMALL:
            async with self._desk:  # bodies of a thousand reports, one a turn of the loop: others come in between
                await self._world.clock.give_way()
                return self._make([trip])[0]
        near = [trip, *(each for each in flight.behind(trip, _TOGETHER - 1) if _may_go_along(each, trip))]
        try:
            bodies = self._make(near)
        except LookupError:  # which of them it is comes out when each has its turn
            return self._make([trip])[0]
        for each, body in zip(near, bodies, strict=True):
            each.body = body
        return bodies[0]

    def _make(self, trips: Sequence[Trip]) -> list[bytes]:
        """Raises AccountGone: in another life the rows are not there any more, or are others under the same keys."""
        account, wanted = trips[0].account, [(each.callback, each.number) for each in trips]

        def make(books: Books) -> list[bytes]:
            same_life(books, account)
            return bodies_of(books, account.key, wanted, self._world.terms.node)

        return self._world.store.read(make)

    def _note(self, account: int, landed: Iterable[Attempt]) -> None:
        if account in self._watched:
            self._watched[account] += map(happening, landed)

    def _land(self, flight: Flight, trips: Sequence[Trip]) -> None:
        for trip in trips:
            flight.land(trip)
        self._man(flight)
        if not flight.jobs:
            self._finish(flight, trips[0].account.key)

    def _finish(self, flight: Flight, account: int) -> None:
        flight.idle.set()
        flight.rest.set()
        if self._flights.get(account) is flight:
            del self._flights[account]
        self._world.bulletin.ring(account, QUIET)


def _may_go_along(trip: Trip, other: Trip) -> bool:
    """Whether a body that waits for its turn may be made now, along with another."""
    same = trip.account.generation == other.account.generation
    return same and trip.body is None and not trip.again and trip.reports <= _SMALL


async def _come_to_rest(flight: Flight) -> None:
    """Waits until nothing is carried. Raises StoreFailed when what was made cannot be written down, even now."""
    while not flight.idle.is_set():
        flight.rest.clear()
        flight.woken.set()
        await flight.rest.wait()
        if flight.stuck is not None:
            raise StoreFailed(flight.stuck)

"""The one function that walks the agenda in order: as the clocks run, or because a test moves one (D9, D10)."""

import asyncio
import heapq
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from mock_amp.core.account import Account
from mock_amp.core.bundles import count, positions_of
from mock_amp.core.clock import ClockChange
from mock_amp.core.identity import message_id
from mock_amp.core.instants import LAST_INSTANT, SECOND, Duration, Instant, format_instant
from mock_amp.core.records import REPLY, Happening, News
from mock_amp.engine.bulletin import QUIET
from mock_amp.engine.delivering import Courier
from mock_amp.engine.errors import AccountGone, Conflict
from mock_amp.engine.moments import Moved, Taken, live, pinned
from mock_amp.engine.world import World, same_life
from mock_amp.ports import Alarm, Books, Transport

log = logging.getLogger(__name__)

_PATIENCE: Final = Duration(SECOND)
"""Real time that a second advance waits for a receiver that does not answer, before it supposes to be inside it."""

_GLANCE: Final = 0.1
"""Seconds of real time between two looks at what is in the air."""

_ROUNDS: Final = 200
"""How often one moment is gone through while new things keep falling due in it."""

_ENOUGH: Final = 1_000_000
"""Moments after which an advance until idle is taken to have no end: a receiver that answers each report by a send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Move on by so much."""

    duration: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    instant: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilNext:
    """Move to the next moment at which anything happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilIdle:
    """Move until nothing is left to happen."""


Target = By | To | UntilNext | UntilIdle


@dataclass(slots=True, kw_only=True)
class Advanced:
    """From when to when, and what happened after `start` up to `end`: the first `most` of `total` happenings."""

    start: Instant
    end: Instant
    most: int
    total: int = 0
    happenings: list[Happening] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.happenings) >= self.most

    def tell(self, happening: Happening) -> None:
        """What was due at the start already belongs to before: whether it lands a little later is no news (D11)."""
        if happening.at <= self.start:
            return
        self.total += 1
        if not self.full:
            self.happenings.append(happening)


class Timeline:
    def __init__(self, world: World, transport: Transport) -> None:
        self._world = world
        self.courier = Courier(world, transport, self.poke)
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._next: dict[int, Instant] = {}
        self._queue: list[tuple[Instant, int]] = []
        self._wake = asyncio.Event()
        self._stopping = False
        self.walking = False
        """Whether somebody lives through what falls due."""
        self._alarm: Alarm | None = None
        self._alarm_at: Instant | None = None

    def poke(self, account: Account, at: Instant) -> None:
        """Says that the account has something due at `at` by its clock."""
        real = account.clock.real_for(at)
        if real is not None and real < self._next.get(account.key, real + 1):
            self._look_again_at(account.key, real)

    async def run(self) -> None:
        """Lives through everything as the accounts' clocks come to it, until cancelled."""
        self.walking = True
        try:
            await self._walk()
        finally:
            self.walking = False

    async def stop(self, grace: float) -> None:
        """Ends advances, then posts in flight after `grace` seconds of real time."""
        self._stopping = True
        await self.courier.stop(grace)

    async def advance(
        self, account_id: str, target: Target, most: int = 10_000, change: ClockChange | None = None
    ) -> Advanced:
        """Moves an account's clock, living through every moment on the way; returns when all is settled (D9).

        With `change`, the clock runs differently from the moment that was reached.

        Raises NoSuch, and Conflict when the target is in the past, when the account is reset meanwhile, or from
        inside a receiver that an advance of the same account is posting to.
        """
        account = self._world.account(account_id)
        async with self._turn(account.key):
            reached = False
            try:
                with self.courier.watch(account.key):
                    told = await self._advance(account, target, most)
                reached = True
            except AccountGone:
                raise Conflict(f"account {account_id} was reset or deleted during the advance") from None
            finally:
                await self._release(account, change if reached else None)
            return told

    async def catch_up(self, key: int) -> None:
        """Lives through what is due by now, unless an advance is at it; does not wait for what is posted."""
        await self._live_now(key)

    def busy(self, key: int) -> bool:
        """Whether an account lives through something at this moment, or has callbacks in the air."""
        return (key in self._turns and self._turns[key].locked()) or self.courier.flying(key)

    def look_again(self, key: int) -> None:
        """Finds out anew what an account has due: its clock was changed, or it is gone."""
        self._next.pop(key, None)
        account, at = self._world.store.read(lambda books: (books.accounts.by_key(key), books.agenda.next_at(key)))
        if account is None:
            self._turns.pop(key, None)
        elif at is not None:
            self.poke(account, at)

    async def _walk(self) -> None:
        for key, at in self._world.store.read(lambda books: books.agenda.heads()):
            account = self._world.store.read(lambda books, key=key: books.accounts.by_key(key))  # type: ignore[misc]
            if account:
                self.poke(account, at)
        while True:
            await self._wake.wait()
            self._wake.clear()
            for key in self._ripe():
                try:
                    await self._live_now(key)
                except Exception:
                    log.exception("what was due could not be lived through; it is tried again in a second")
                    self._look_again_at(key, Instant(self._world.clock.now() + _PATIENCE))
            self._set_alarm()

    async def _advance(self, account: Account, target: Target, most: int) -> Advanced:
        await self._land(account.key)
        held = await self._world.store.transact(lambda books: self._pin(books, account, None))
        start = held.clock.shown
        end = _end(target, start)
        told = Advanced(start=start, end=start, most=most)
        left = not await self._settle(account, start, told)
        for _ in range(_ENOUGH):
            at = self._world.store.read(lambda books: books.agenda.next_at(account.key, told.end))
            if at is None or (end is not None and at > end):
                if not left or end is not None:
                    break
                at = told.end  # until idle, what keeps coming in at one moment is waited out
            told.end = at
            left = not await self._settle(account, told.end, told)
            if isinstance(target, UntilNext):
                break
        else:
            raise Conflict(f"after {_ENOUGH} moments there is still something due: it would never end")
        if end is not None and end > told.end:
            told.end = end
            await self._settle(account, told.end, told)
        await self._world.store.transact(lambda books: self._pin(books, account, told.end))
        return told

    async def _land(self, key: int) -> None:
        """Waits for what was in the air before. Raises Conflict when it seems to be called from inside a receiver."""
        patience = self._world.terms.patience
        while not await self.courier.idle(key, _GLANCE):
            since = self.courier.waiting_since(key)
            if since is not None and self._world.clock.now() - since >= patience:
                raise Conflict(
                    f"a callback has waited for its receiver since {format_instant(since)}; if this call comes from "
                    "inside that receiver, answer first; if the receiver hangs, call again once the attempt has failed"
                )

    async def _settle(self, account: Account, at: Instant, told: Advanced) -> bool:
        """Lives through the moment `at` until nothing more falls due in it and every post has its outcome.

        False when there is no end to it, since somebody keeps sending: what is left is lived through with the next
        moment, so that time goes on.
        """
        for _ in range(_ROUNDS):
            if self._stopping:
                raise Conflict("the server is stopping; what the advance would have posted is owed still")
            taken = await self._world.store.transact(lambda books: live(self._world, books, account, at, pin=at))
            _note(account, taken)
            self._tell(account, taken, told)
            self.courier.begin(account, taken.posts)
            if taken.more:
                continue
            for attempt in await self.courier.settled(account.key):
                told.tell(attempt)
            due = self._world.store.read(lambda books: books.agenda.next_at(account.key))
            if due is None or due > at:
                return True
        return False

    async def _live_now(self, key: int) -> None:
        """Lives through what is due by the account's clock, without waiting for what it posts."""
        turn = self._turns[key]
        if turn.locked():  # an advance is at it, and looks again when it is done
            return
        async with turn:
            while True:
                account = self._world.store.read(lambda books: books.accounts.by_key(key))
                if account is None:
                    break
                now = self._world.shown(account)
                try:
                    taken = await self._world.store.transact(lambda books: live(self._world, books, account, now))  # noqa: B023 - awaited before the next turn
                except AccountGone:
                    continue
                _note(account, taken)
                self.courier.begin(account, taken.posts)
                if not taken.more:
                    break
        self.look_again(key)
        self._world.bulletin.ring(key, QUIET)

    def _tell(self, account: Account, taken: Taken, told: Advanced) -> None:
        for each in taken.happened:
            if isinstance(each, Moved):
                self._tell_move(account, each, told)
            else:
                told.tell(each)

    def _tell_move(self, account: Account, moved: Moved, told: Advanced) -> None:
        cohort = moved.cohort
        entry, size = cohort.timeline[moved.line], count(cohort.members)
        if entry.at <= told.start or told.full:
            told.total += size if entry.at > told.start else 0
            return
        job = self._world.store.read(lambda books: books.sending.job(account.key, cohort.job))
        for position in positions_of(cohort.members):
            told.tell(
                Happening(
                    at=entry.at,
                    kind="status",
                    message_id=message_id(job.first + position, self._world.terms.node),
                    type=entry.channel,
                    status=entry.status,
                )
            )

    @asynccontextmanager
    async def _turn(self, key: int) -> AsyncIterator[None]:
        """Waits for the end of another advance of the account. Raises Conflict when it would wait for itself."""
        turn = self._turns[key]
        while True:
            try:
                async with asyncio.timeout(_PATIENCE / SECOND):
                    await turn.acquire()
                break
            except TimeoutError:
                since = self.courier.waiting_since(key)
                if since is not None and self._world.clock.now() - since >= _PATIENCE:
                    raise Conflict(
                        "an advance of this account waits for a receiver that has not answered since "
                        f"{format_instant(since)}; if this call comes from inside that receiver, answer first"
                    ) from None
        try:
            yield
        finally:
            turn.release()
            self._world.bulletin.ring(key, QUIET)

    def _pin(self, books: Books, account: Account, shown: Instant | None) -> Account:
        current = same_life(books, account)
        held = pinned(current, self._world.shown(current) if shown is None else shown)
        books.accounts.save(held)
        return held

    async def _release(self, account: Account, change: ClockChange | None) -> None:
        def release(books: Books) -> None:
            current = books.accounts.by_key(account.key)
            if current is not None and current.clock.pinned:
                real = self._world.clock.now()
                clock = current.clock.release(real, change)
                books.accounts.save(replace(current, clock=clock))
                books.tell([News(current.key, "clock", clock.at(real))])

        await self._world.store.transact(release)
        self.look_again(account.key)

    def _look_again_at(self, key: int, real: Instant) -> None:
        self._next[key] = real
        heapq.heappush(self._queue, (real, key))
        self._set_alarm()

    def _ripe(self) -> list[int]:
        now, ripe = self._world.clock.now(), []
        while self._queue and self._queue[0][0] <= now:
            real, key = heapq.heappop(self._queue)
            if self._next.get(key) == real:
                del self._next[key]
                ripe.append(key)
        return ripe

    def _set_alarm(self) -> None:
        while self._queue and self._next.get(self._queue[0][1]) != self._queue[0][0]:
            heapq.heappop(self._queue)  # a later word about the account made this one void
        if not self._queue:
            return
        at = self._queue[0][0]
        if self._alarm_at is not None and self._alarm_at <= at:
            return
        if self._alarm:
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = self._world.clock.call_at(at, self._ring)

    def _ring(self) -> None:
        self._alarm = self._alarm_at = None
        self._wake.set()


def _note(account: Account, taken: Taken) -> None:
    """Says what scripts wanted done to no effect."""
    for (kind, why), times in taken.silent.items():
        level = logging.INFO if kind == REPLY else logging.DEBUG
        log.log(level, "account %s: a %s by script came to nothing, %d times: %s", account.id, kind, times, why)


def _end(target: Target, start: Instant) -> Instant | None:
    match target:
        case By(duration=duration) if start + duration > LAST_INSTANT:
            raise Conflict(f"the clock shows {format_instant(start)} and ends with the year 2286")
        case By(duration=duration):
            return Instant(start + duration)
        case To(instant=instant) if instant < start:
            raise Conflict(f"the clock shows {format_instant(start)} and does not go back to {format_instant(instant)}")
        case To(instant=instant):
            return instant
        case _:
            return None

"""The one function that walks the agenda in order: as the clocks run, or because a test moves one (D9, D10)."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from mock_amp.core.account import Account
from mock_amp.core.bundles import count, positions_of
from mock_amp.core.clock import ClockChange
from mock_amp.core.identity import message_id
from mock_amp.core.instants import LAST_INSTANT, SECOND, Duration, Instant, format_instant
from mock_amp.core.records import REPLY, Happening, News
from mock_amp.engine.bulletin import QUIET
from mock_amp.engine.delivering import Courier
from mock_amp.engine.errors import AccountGone, Conflict
from mock_amp.engine.moments import ROWS, Taken, live, live_moment, pinned
from mock_amp.engine.moving import Moved
from mock_amp.engine.pace import Pace
from mock_amp.engine.rota import Rota
from mock_amp.engine.world import World, same_life
from mock_amp.ports import Books, Transport

log = logging.getLogger(__name__)

_PATIENCE: Final = Duration(SECOND)
"""Real time that a second advance waits for a receiver that does not answer, before it supposes to be inside it."""

_GLANCE: Final = 0.1
"""Seconds of real time between two looks at what is in the air."""

_ACCOUNTS: Final = 128
"""Accounts that share a transaction at most while the clocks run."""

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


class _Lived(NamedTuple):
    """An account, None when it is gone, and what it has just lived through."""

    key: int
    account: Account | None
    taken: Taken


class Timeline:
    def __init__(self, world: World, transport: Transport) -> None:
        self._world = world
        self.courier = Courier(world, transport, self.poke)
        self._turns: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._rota = Rota(world.clock)
        self._stopping = False
        self.walking = False
        """Whether somebody lives through what falls due."""

    def poke(self, account: Account, at: Instant) -> None:
        """Says that the account has something due at `at` by its clock."""
        real = account.clock.real_for(at)
        if real is not None:
            self._rota.put(account.key, real)

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
        while await self._live_now((key,), ROWS):
            pass

    def busy(self, key: int) -> bool:
        """Whether an account lives through something at this moment, or has callbacks in the air."""
        return (key in self._turns and self._turns[key].locked()) or self.courier.flying(key)

    def look_again(self, key: int) -> None:
        """Finds out anew what an account has due: its clock was changed, or it is gone."""
        self._rota.drop(key)
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
        pace = Pace(self._world)
        while True:
            keys: Sequence[int] = await self._rota.ripe()
            while keys:
                some, keys = keys[:_ACCOUNTS], keys[_ACCOUNTS:]
                pace.begin()
                await pace.end(behind=await self._live_safely(some, pace.rows))

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
            taken = await self._world.store.transact(lambda books: live_moment(self._world, books, account, at))
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

    async def _live_safely(self, keys: Sequence[int], rows: int) -> bool:
        """The same as `_live_now`, whatever happens: should one account fail, the others live on."""
        try:
            return await self._live_now(keys, rows)
        except Exception:
            if len(keys) > 1:
                return any([await self._live_safely((key,), rows) for key in keys])
            log.exception("what was due could not be lived through; it is tried again in a second")
            self._rota.put(keys[0], Instant(self._world.clock.now() + _PATIENCE))
            return False

    async def _live_now(self, keys: Sequence[int], rows: int) -> bool:
        """Lives through what is due by the clocks of accounts, in one transaction; says whether more of it is left.

        It does about so many rows, and does not wait for what it posts. Accounts that an advance is at are left to
        it: it looks again when it is done.
        """
        turns = {key: turn for key in keys if not (turn := self._turns[key]).locked()}
        for turn in turns.values():
            await turn.acquire()  # at once: nobody has it
        try:
            lived = await self._world.store.transact(lambda books: self._live_some(books, tuple(turns), rows))
            for _, account, taken in lived:
                if account:
                    _note(account, taken)
                    self.courier.begin(account, taken.posts)
        finally:
            for turn in turns.values():
                turn.release()
        for each in lived:
            self._go_on(*each)
        for key in tuple(turns)[len(lived) :]:
            self._rota.put(key, self._world.clock.now())
        return len(lived) < len(turns) or any(taken.more for _, _, taken in lived)

    def _live_some(self, books: Books, keys: Sequence[int], rows: int) -> list[_Lived]:
        """The first of the accounts, as far as there is room."""
        lived: list[_Lived] = []
        for key in keys:
            account = books.accounts.by_key(key)
            taken = live(self._world, books, account, self._world.shown(account), rows) if account else Taken()
            lived.append(_Lived(key, account, taken))
            rows -= taken.rows
            if rows <= 0:
                break
        return lived

    def _go_on(self, key: int, account: Account | None, taken: Taken) -> None:
        if account is None:
            self._turns.pop(key, None)
        elif taken.next_at is not None:
            self.poke(account, taken.next_at)
        if not taken.more:
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

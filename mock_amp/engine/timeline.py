"""The one function that walks the agenda in order: as the clocks run, or because a test moves one (D9, D10)."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from mock_amp.core.account import Account
from mock_amp.core.bundles import count, positions_of
from mock_amp.core.clock import ClockChange, ClockMode
from mock_amp.core.identity import message_id
from mock_amp.core.instants import SECOND, Duration, Instant, format_instant
from mock_amp.core.records import REPLY, Happening
from mock_amp.engine.bulletin import QUIET
from mock_amp.engine.comeback import PAUSE
from mock_amp.engine.delivering import Courier
from mock_amp.engine.errors import AccountGone, Conflict, out_of_order
from mock_amp.engine.holds import Holds
from mock_amp.engine.moments import ROWS, Taken, live, live_moment
from mock_amp.engine.moving import Moved
from mock_amp.engine.pace import Pace
from mock_amp.engine.rota import Rota
from mock_amp.engine.targets import Advanced, Target, UntilNext, end_of
from mock_amp.engine.world import World
from mock_amp.ports import Books, StoreFailed, Transport

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
        self._catching: dict[int, bool] = {}
        """Accounts whose clock stands still and that live through what is due, and whether more has come meanwhile."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._holds = Holds(world, self._turns, self.look_again)
        self._faults: dict[int, str] = {}
        """What has kept accounts from being lived through, so that it is told once."""
        self._stopping = False
        self.walking = False
        """Whether somebody lives through what falls due."""

    def poke(self, account: Account, at: Instant) -> None:
        """Says that the account has something due at `at` by its clock."""
        real = account.clock.real_for(at)
        if real is None:
            return
        if self.walking and account.clock.mode is ClockMode.FROZEN and not account.clock.pinned:
            self._catch_up_soon(account.key)
        else:
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
        await self._holds.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.courier.stop(grace)

    async def advance(
        self, account_id: str, target: Target, most: int = 10_000, change: ClockChange | None = None
    ) -> Advanced:
        """Moves an account's clock, living through every moment on the way; returns when all is settled (D9).

        With `change`, the clock runs differently from the moment that was reached.

        Raises NoSuch, and Conflict when the target is in the past, when the account is reset meanwhile, or from
        inside a receiver that an advance of the same account is posting to. Raises StoreFailed when a step could not be
        stored: those before it are lived through, and the clock runs on from there.
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
                await self._holds.release(account, change if reached else None)
            return told

    async def catch_up(self, key: int) -> None:
        """Lives through what is due by now, unless an advance is at it; does not wait for what is posted."""
        while await self._live_now((key,), ROWS) is not None:
            pass

    def busy(self, key: int) -> bool:
        """Whether an account lives through something at this moment, or has callbacks in the air."""
        return (key in self._turns and self._turns[key].locked()) or self.courier.flying(key)

    def look_again(self, key: int) -> None:
        """Finds out anew what an account has due: its clock was changed, or it is gone."""
        self._rota.drop(key)
        try:
            account, at = self._world.store.read(lambda books: (books.accounts.by_key(key), books.agenda.next_at(key)))
        except StoreFailed as error:
            self._look_later(key, error)
            return
        if account is None:
            self._turns.pop(key, None)
        elif at is not None:
            self.poke(account, at)

    async def _walk(self) -> None:
        for key, _ in await self._world.look(lambda books: books.agenda.heads()):
            self.look_again(key)  # each by itself: one that cannot be read does not hold up the others
        pace = Pace(self._world)
        while True:
            keys: Sequence[int] = await self._rota.ripe()
            while keys:
                some, keys = keys[:_ACCOUNTS], keys[_ACCOUNTS:]
                pace.begin()
                await pace.end(await self._live_safely(some, pace.rows))

    def _catch_up_soon(self, key: int) -> None:
        """Has a clock that stands still live through what is due now before a client's next request can come (D11)."""
        if key not in self._catching:
            task = asyncio.create_task(self._catch_up(key))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._catching[key] = True

    async def _catch_up(self, key: int) -> None:
        try:
            while self._catching[key]:
                self._catching[key] = False
                while await self._live_safely((key,), ROWS) is not None:
                    pass
        finally:
            del self._catching[key]

    async def _advance(self, account: Account, target: Target, most: int) -> Advanced:
        await self._land(account.key)
        held = await self._world.store.transact(lambda books: self._holds.pin(books, account, None))
        start = held.clock.shown
        end = end_of(target, start)
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
        await self._world.store.transact(lambda books: self._holds.pin(books, account, told.end))
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
            self.courier.begin(account, taken.posts)  # before anything that may fail: they are off the agenda
            self._tell(account, taken, told)
            if taken.more:
                continue
            for attempt in await self.courier.settled(account.key):
                told.tell(attempt)
            due = self._world.store.read(lambda books: books.agenda.next_at(account.key))
            if due is None or due > at:
                return True
        return False

    async def _live_safely(self, keys: Sequence[int], rows: int) -> Duration | None:
        """The same as `_live_now`, whatever happens: should one account fail, the others live on."""
        try:
            return await self._live_now(keys, rows)
        except Exception as error:
            if len(keys) > 1:
                left = [await self._live_safely((key,), rows) for key in keys]
                return max((each for each in left if each is not None), default=None)
            self._look_later(keys[0], error)
            return None

    def _look_later(self, key: int, error: Exception) -> None:
        """Has an account looked at in a second that could not be. Of its own trouble the store tells the log.

        Of a fault of ours it is told once, until another comes.
        """
        if out_of_order(error) or self._faults.get(key) == repr(error):
            log.debug("what was due could not be lived through: %s", error)
        else:
            self._faults[key] = repr(error)
            log.error("what was due could not be lived through; it is tried again each second", exc_info=error)
        self._rota.put(key, Instant(self._world.clock.now() + PAUSE))

    async def _live_now(self, keys: Sequence[int], rows: int) -> Duration | None:
        """Lives through what is due by the clocks of accounts, in one transaction; says how late is what is left of it.

        None when nothing is. It does about so many rows, and does not wait for what it posts. Accounts that an advance
        is at are left to it: it looks again when it is done.
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
        now = self._world.clock.now()
        left = [late for each in lived if (late := self._go_on(*each, now)) is not None]
        for key in tuple(turns)[len(lived) :]:  # before those who have had their turn
            self._rota.put(key, Instant(now - 1))
            left.append(Duration(0))
        return max(left, default=None)

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

    def _go_on(self, key: int, account: Account | None, taken: Taken, now: Instant) -> Duration | None:
        """Sees to what an account has due next; says how late it is when it is due already."""
        if not taken.more:
            self._world.bulletin.ring(key, QUIET)
        if self._faults:
            self._faults.pop(key, None)
        if account is None:
            self._turns.pop(key, None)
            return None
        if taken.next_at is None:
            return None
        if not taken.more or account.clock.mode is ClockMode.FROZEN:
            self.poke(account, taken.next_at)
            return None
        self._rota.put(key, now)  # behind all who wait already: nobody lives at the cost of another
        due = account.clock.real_for(taken.next_at)
        return None if due is None else Duration(max(0, now - due))

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


def _note(account: Account, taken: Taken) -> None:
    """Says what scripts wanted done to no effect."""
    for (kind, why), times in taken.silent.items():
        level = logging.INFO if kind == REPLY else logging.DEBUG
        log.log(level, "account %s: a %s by script came to nothing, %d times: %s", account.id, kind, times, why)

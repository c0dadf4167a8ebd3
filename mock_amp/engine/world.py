"""What every use case has at hand: the ports, the terms of the service, and the numbers of an account."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

from mock_amp.core.account import Account, Limits
from mock_amp.core.bundles import count, positions_of
from mock_amp.core.identity import first_ordinal
from mock_amp.core.instants import Duration, Instant
from mock_amp.core.model import Cohort
from mock_amp.core.records import News, Turn
from mock_amp.core.retry import RetryPolicy
from mock_amp.core.scenario import Scenario
from mock_amp.engine.bulletin import Bulletin
from mock_amp.engine.comeback import Comeback
from mock_amp.engine.errors import AccountGone, NoSuch, out_of_order
from mock_amp.engine.scripts import Scripts
from mock_amp.ports import Books, Clock, Ids, Store, StoreFailed, Words

log = logging.getLogger(__name__)

T = TypeVar("T")

_SOME: Final = 10
"""Messages of a turn that are told by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the operator of the server chose. `bundle_most` reports fit a POST, `window` after which it leaves."""

    node: int
    bundle_most: int
    bundle_window: Duration
    retry: RetryPolicy
    intermediary: bool = True
    """Whether the failure of a channel is reported when another one follows (L-5)."""
    patience: Duration
    """Real time after which an advance that waits for a receiver supposes that it was called from inside that one."""
    limits: Limits = field(default_factory=lambda: Limits(messages=100_000, requests=100_000, age=Duration(0)))
    """What accounts keep that were given no limits of their own."""
    bodies: int = 67_108_864
    """Most bytes of bodies that the journal of an account keeps."""
    posts_per_host: int = 64
    posts_per_account: int = 256
    posts_in_all: int = 2_048
    agenda: int = 1_000_000
    """Most that an account may have ahead of it before it takes no more."""


class Traffic:
    """How many requests of the emulated service have come to an answer so far."""

    __slots__ = ("requests",)

    def __init__(self) -> None:
        self.requests = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    clock: Clock
    store: Store
    ids: Ids
    terms: Terms
    scripts: Scripts
    bulletin: Bulletin = field(default_factory=Bulletin)
    comeback: Comeback = field(default_factory=Comeback)
    traffic: Traffic = field(default_factory=Traffic)
    words: Words

    async def look(self, work: Callable[[Books], T]) -> T:
        """What the store says, as soon as it can say anything."""
        while True:
            try:
                return self.store.read(work)
            except StoreFailed as error:
                log.debug("what has to be looked up cannot be: %s", error)
            await self.comeback.pause(self.clock)

    async def insist(self, deed: Callable[[], Awaitable[None]]) -> None:
        """Does something that the store has to take, again and again until it does."""
        while True:
            try:
                return await deed()
            except StoreFailed as error:
                if not out_of_order(error):
                    raise
                log.debug("what has to be stored cannot be: %s", error)
            await self.comeback.pause(self.clock)

    def shown(self, account: Account) -> Instant:
        """What the account's clock shows now."""
        return account.clock.at(self.clock.now())

    def scenario(self, account: Account) -> Scenario:
        """The scenario in force for the account."""
        return self.store.read(lambda books: self.scripts.of(books, account))

    def account(self, account_id: str) -> Account:
        """The account as committed. Raises NoSuch."""
        found = self.store.read(lambda books: books.accounts.get(account_id))
        if found is None:
            raise NoSuch(f"there is no account {account_id}")
        return found


class Numbers:
    """Gives out the numbers of an account within one transaction; `save` keeps how far it came.

    `owner` is the account as the transaction found it: right in all but its counters.
    """

    __slots__ = (
        "_callbacks",
        "_jobs",
        "_last_message",
        "_messages",
        "_news",
        "_requests",
        "_serial",
        "_shared",
        "key",
        "owner",
        "since",
    )

    def __init__(self, account: Account, *, shared: bool = False) -> None:
        self.owner, self.key = account, account.key
        self.since, self._shared = account.requests, shared
        """The last line of the journal before this: what it brings about came after that."""
        self._serial, self._jobs, self._requests = account.serial, account.jobs, account.requests
        self._callbacks, self._messages, self._last_message = account.callbacks, account.messages, account.last_message
        self._news: list[News] = []

    @staticmethod
    def of(books: Books, account_id: str) -> "Numbers | None":
        """The numbers of an account, shared by those who count on in one transaction; it is saved at its end.

        None when there is no such account.
        """
        found = books.accounts.counting(account_id)
        if isinstance(found, Numbers):
            return found.begin()
        account = books.accounts.get(account_id)
        if account is None:
            return None
        numbers = Numbers(account, shared=True)
        books.accounts.count_by(numbers)
        return numbers

    def begin(self) -> "Numbers":
        """The same for the next one who counts on."""
        self.since = self._requests
        return self

    @property
    def account(self) -> Account:
        """The account after all that was given out."""
        return self.owner.counted(
            self._serial, self._jobs, self._requests, self._callbacks, self._messages, self._last_message
        )

    def tell(self, kind: str, at: Instant, subject: int = 0, part: int = 0, detail: Turn | str | None = None) -> None:
        """Notes what has come about, for those who wait; they hear of it once it is committed."""
        self._news.append(News(self.key, kind, at, subject, part, detail))

    def tell_turn(self, cohort: Cohort) -> None:
        """Notes the status that a cohort has just got."""
        members, timeline = cohort.members, cohort.timeline
        if len(members) == 1 and members[0][0] == members[0][1]:
            turn = Turn(cohort.job, timeline[-1], 1, (members[0][0],))
        else:
            turn = Turn(cohort.job, timeline[-1], count(members), tuple(islice(positions_of(members), _SOME)))
        self._news.append(News(self.key, "status", timeline[-1].at, cohort.key, len(timeline) - 1, turn))

    def serial(self) -> int:
        """The next key of a cohort, or place in the agenda."""
        self._serial += 1
        return self._serial

    def serials(self, size: int) -> int:
        """The first of so many in a row."""
        first = self._serial + 1
        self._serial += size
        return first

    def job(self) -> int:
        self._jobs += 1
        return self._jobs

    def request(self) -> int:
        self._requests += 1
        return self._requests

    def callback(self) -> int:
        self._callbacks += 1
        return self._callbacks

    def accepted(self, size: int) -> None:
        """So many messages more have been accepted."""
        self._messages += size

    def ordinals(self, at: Instant, size: int = 1) -> int:
        """The first of so many ordinals in a row, of messages or replies that come about at `at` (R-5)."""
        first = first_ordinal(at, self._last_message)
        self._last_message = first + size - 1
        return first

    def take_news(self) -> Sequence[News]:
        """What was told since it was last taken."""
        news, self._news = self._news, []
        return news

    def save(self, books: Books) -> None:
        """Keeps how far it came; those that are shared are kept at the end of the transaction."""
        if not self._shared:
            books.accounts.save(self.account)
            books.tell(self.take_news())


def same_life(books: Books, account: Account) -> Account:
    """The account as it stands in this transaction. Raises AccountGone when it is in another life, or none."""
    found = books.accounts.get(account.id)
    if found is None or found.key != account.key or found.generation != account.generation:
        raise AccountGone(account.id)
    return found

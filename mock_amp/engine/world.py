"""What every use case has at hand: the ports, the terms of the service, and the numbers of an account."""

from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from mock_amp.core.account import Account, Limits
from mock_amp.core.bundles import count, positions_of
from mock_amp.core.instants import Duration, Instant
from mock_amp.core.model import Cohort
from mock_amp.core.records import News, Turn
from mock_amp.core.retry import RetryPolicy
from mock_amp.core.scenario import Scenario
from mock_amp.engine.bulletin import Bulletin
from mock_amp.engine.errors import AccountGone, NoSuch
from mock_amp.engine.scripts import Scripts
from mock_amp.ports import Books, Clock, Ids, Store, Words

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
    posts_per_host: int = 64
    posts_in_all: int = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    clock: Clock
    store: Store
    ids: Ids
    terms: Terms
    scripts: Scripts
    bulletin: Bulletin = field(default_factory=Bulletin)
    words: Words

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
    """Gives out the numbers of an account within one transaction; `save` keeps how far it came."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.since = account.requests
        """The last line of the journal before the transaction: what it brings about came after that."""
        self._news: list[News] = []

    def tell(self, kind: str, at: Instant, subject: int = 0, part: int = 0, detail: Turn | str | None = None) -> None:
        """Notes what has come about, for those who wait; they hear of it once it is committed."""
        self._news.append(News(self.account.key, kind, at, subject, part, detail))

    def tell_turn(self, cohort: Cohort) -> None:
        """Notes the status that a cohort has just got."""
        some = tuple(islice(positions_of(cohort.members), _SOME))
        turn = Turn(cohort.job, cohort.latest, count(cohort.members), some)
        self.tell("status", cohort.latest.at, cohort.key, len(cohort.timeline) - 1, turn)

    def serial(self) -> int:
        """The next key of a cohort, or place in the agenda."""
        self.account = self.account.numbered(serial=1)
        return self.account.serial

    def job(self) -> int:
        self.account = self.account.numbered(jobs=1)
        return self.account.jobs

    def request(self) -> int:
        self.account = self.account.numbered(requests=1)
        return self.account.requests

    def callback(self) -> int:
        self.account = self.account.numbered(callbacks=1)
        return self.account.callbacks

    def save(self, books: Books) -> None:
        books.accounts.save(self.account)
        books.tell(self._news)
        self._news = []


def same_life(books: Books, account: Account) -> Account:
    """The account as it stands in this transaction. Raises AccountGone when it is in another life, or none."""
    found = books.accounts.get(account.id)
    if found is None or found.key != account.key or found.generation != account.generation:
        raise AccountGone(account.id)
    return found

"""The books of the store: what the engine keeps, each in the words of what it holds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from mock_amp.core.account import Account
from mock_amp.core.codes import Code
from mock_amp.core.instants import BEFORE_ALL, Instant
from mock_amp.core.model import Channel, Cohort, Destination, Entry, Job, Message, Runs, Token
from mock_amp.core.records import (
    ALL,
    Attempt,
    Callback,
    CallbackState,
    Click,
    Due,
    Figures,
    HandsetReply,
    Kind,
    Lost,
    News,
    Page,
    RequestRecord,
    Sort,
    Sought,
    Span,
    Standing,
    Unfinished,
    Where,
)
from mock_amp.ports.job_book import JobBook


class Counting(Protocol):
    """Gives out the numbers of an account as long as a transaction lasts."""

    @property
    def owner(self) -> Account:
        """The account as the transaction found it."""

    @property
    def account(self) -> Account:
        """The account after all that was given out."""

    def take_news(self) -> Sequence[News]:
        """What was told and not taken yet."""


class AccountBook(Protocol):
    def counting(self, account_id: str) -> Counting | None:
        """Who gives out the numbers of an account in this transaction; None when nobody does yet."""

    def count_by(self, counting: Counting) -> None:
        """Lets somebody give out the numbers of an account until the end, or until somebody asks for the account."""

    def get(self, account_id: str) -> Account | None: ...

    def by_key(self, key: int) -> Account | None: ...

    def of_token(self, value: str) -> tuple[Account, Token] | None:
        """Whose token this is; None for unknown and for deleted ones."""

    def all(self) -> Sequence[Account]: ...

    def count(self) -> int: ...

    def add(self, account: Account) -> Account:
        """Keeps a new account and gives it its key."""

    def save(self, account: Account) -> None: ...

    def clear(self, key: int) -> None:
        """Forgets all that the account lived through; the account and its tokens stay."""

    def delete(self, key: int, *, bury: bool = True) -> None:
        """Forgets the account. Its tokens never come back; without `bury` they are as if they had never been."""

    def tokens(self, account_id: str) -> Sequence[Token]: ...

    def ending(self, account_id: str, end: str) -> Sequence[Span]:
        """The tokens of an account with these last four characters, deleted ones too."""

    def add_token(self, token: Token) -> bool:
        """Keeps a token; False when it exists or ever did (A-4)."""

    def save_token(self, token: Token) -> bool:
        """Changes what a token may do; False when the account has no such token."""

    def spend(self, token: str, until: Instant) -> None:
        """Remembers how much of its rate a token has used (H-7)."""

    def delete_token(self, account_id: str, value: str, at: Instant) -> bool: ...


class SendingBook(Protocol):
    """Jobs, their messages, and the cohorts that these move in. A message without its cohort does not exist."""

    def reserve(self, account: int, first: int, size: int) -> None:
        """Notes that messages will be written before their job; without the job they are swept at the next start."""

    def release(self, account: int, first: int) -> None: ...

    def forget_reserved(self, account: int, first: int, limit: int) -> bool:
        """Deletes about so many messages that were reserved and get no job; says whether nothing is left of them."""

    def add_messages(self, account: int, job: int, first: int, rows: Iterable[tuple[int, int, Destination]]) -> None:
        """Writes (position, cohort, destination) of a job whose first message is `first`."""

    def add_job(self, account: int, job: Job) -> None: ...

    def job(self, account: int, key: int) -> Job: ...

    def add_cohort(self, account: int, cohort: Cohort) -> None: ...

    def save_cohort(self, account: int, cohort: Cohort) -> None: ...

    def recast_cohort(self, account: int, cohort: Cohort) -> None:
        """Changes who belongs to a cohort and what its plan is; `save_cohort` changes where it stands."""

    def save_cohorts(self, account: int, cohorts: Sequence[Cohort]) -> None:
        """The same of many."""

    def cohort(self, account: int, key: int) -> Cohort: ...

    def some_cohorts(self, account: int, keys: Sequence[int]) -> Sequence[Cohort]:
        """Those of these cohorts that there are."""

    def reported_jobs(self, account: int, keys: Sequence[int]) -> Sequence[Job]:
        """Those of these jobs that want reports (C-1)."""

    def move_messages(self, account: int, job: Job, runs: Runs, cohort: int) -> None:
        """Puts the destinations at these positions into another cohort of their job."""

    def cohorts(self, account: int) -> Sequence[Cohort]:
        """Every cohort, oldest first."""

    def timeline(self, account: int, cohort: int) -> tuple[Entry, ...]: ...

    def message(self, account: int, ordinal: int) -> Message | None: ...

    def where(self, account: int, ordinal: int) -> Where | None:
        """Where a message stands; None when there is none, or it is being evicted."""

    def messages(self, account: int, sought: Sought, page: Page) -> Sequence[Message]:
        """By `ordinal`, `cohort` and the fields of a message that stand in rows of their own; `job_id` is either id."""

    def count(self, account: int, sought: Sought) -> int: ...

    def known(self, account: int, numbers: Sequence[str]) -> frozenset[str]:
        """Which of these numbers have been sent a message that was not promotional (O-9)."""

    def recipients(self, account: int, job: Job, runs: Runs) -> Sequence[tuple[int, str, str | None]]:
        """(ordinal, number, custom_id) of the destinations at these positions."""


class AgendaBook(Protocol):
    def size(self, account: int) -> int:
        """How many rows an account has on its agenda."""

    def add(self, account: int, due: Due) -> None: ...

    def move(self, account: int, kind: Kind, subject: int, at: Instant, to: Instant) -> None:
        """Puts off, or brings forward, what is due for a cohort or callback at `at`."""

    def due(self, account: int, until: Instant, limit: int) -> Sequence[Due]:
        """The first rows due at `until` or before, in order: `limit`, and the rest of their moment.

        Posts that were in the air when a server was killed come before all others of their moment, and may come alone.
        """

    def drop(self, account: int, dues: Sequence[Due]) -> None:
        """Takes these rows off."""

    def of(self, account: int, kind: Kind, subject: int) -> Sequence[Due]:
        """What is due of a kind for one cohort or callback, in order."""

    def remove(self, account: int, due: Due) -> None: ...

    def next_at(self, account: int, after: Instant = BEFORE_ALL) -> Instant | None:
        """When the account's next row is due, of those that are due later than `after`."""

    def peek(self, account: int, page: Page) -> Sequence[Due]: ...

    def heads(self) -> Sequence[tuple[int, Instant]]:
        """(account, when its next row is due) of every account that has one."""


class CallbackBook(Protocol):
    def add(self, account: int, callback: Callback) -> None: ...

    def save(self, account: int, callback: Callback) -> None: ...

    def tried(self, account: int, key: int, state: CallbackState, due_at: Instant, tried: int) -> None:
        """How a callback stands after an attempt; the rest of it never changes by one."""

    def ask(self, account: int, due: Due) -> None:
        """Notes an attempt of a callback that nothing is owed for; it stands on the agenda too, and outlives it."""

    def made(self, account: int, key: int) -> None:
        """The first such attempt of a callback has been made."""

    def get(self, account: int, key: int) -> Callback | None: ...

    def open_bundle(self, account: int, job: int, due_from: Instant) -> Callback | None:
        """The job's newest report that is on the agenda, untried, without faults, and not due before `due_from`."""

    def waiting(self, account: int, job: int, kind: str, due_from: Instant) -> Sequence[Callback]:
        """The job's callbacks of a kind, oldest first, on the agenda, untried, and not due before `due_from`."""

    def page(self, account: int, page: Page, sought: Sought = ALL) -> Sequence[Callback]:
        """By `id`, `kind`, `url`, `state`, their job's ids, and `ordinal`, `to` or `custom_id` of a message of it."""

    def count(self, account: int, sought: Sought) -> int: ...

    def of_job(self, account: int, job: int) -> Sequence[Callback]: ...

    def add_attempt(self, account: int, attempt: Attempt) -> None: ...

    def attempts(self, account: int, callback: int) -> Sequence[Attempt]: ...

    def attempts_page(self, account: int, page: Page, sought: Sought = ALL) -> Sequence[tuple[Attempt, str, str]]:
        """Attempts of all callbacks, each with the kind and URL of its own; a cursor is `callback * 10**6 + number`."""

    def attempts_count(self, account: int, sought: Sought) -> int: ...


class HandsetBook(Protocol):
    """What was done on the simulated handsets."""

    def add_reply(self, account: int, reply: HandsetReply) -> None: ...

    def reply(self, account: int, callback: int) -> HandsetReply:
        """The reply that a callback carries."""

    def replies(self, account: int, message: int) -> Sequence[HandsetReply]:
        """The replies to a message, by its ordinal, in their order."""

    def page(self, account: int, page: Page, sought: Sought = ALL) -> Sequence[HandsetReply]:
        """All replies, by `ordinal` of the message, `callback_id` and `channel`."""

    def count(self, account: int, sought: Sought) -> int: ...

    def add_click(self, account: int, click: Click) -> None: ...

    def clicks(self, account: int, message: int) -> Sequence[Click]:
        """The clicks on a message, by its ordinal, in their order."""


class JournalBook(Protocol):
    def weight(self, account: int) -> int:
        """How many bytes the bodies have that an account's journal keeps."""

    def add(self, account: int, record: RequestRecord) -> None: ...

    def get(self, account: int, number: int) -> RequestRecord | None: ...

    def page(self, account: int, page: Page, sought: Sought = ALL) -> Sequence[RequestRecord]: ...

    def count(self, account: int, sought: Sought) -> int: ...


class CodeBook(Protocol):
    """Two-factor codes."""

    def put(self, account: int, code: Code) -> None:
        """Keeps a code in the place of any other of the same token and client_ref (F-4)."""

    def get(self, account: int, token: str, client_ref: str) -> Code | None: ...

    def latest(self, account: int, number: str) -> Code | None:
        """The last code that was sent to a number and has not been replaced."""


class ScriptBook(Protocol):
    """Scenarios that accounts were given, what has been counted for them, and the queues before channels."""

    def add(self, document: str) -> int:
        """Keeps a scenario as JSON and says its key; the same text has the same key."""

    def get(self, key: int) -> str: ...

    def drop_unused(self, keys: Iterable[int]) -> Sequence[int]:
        """Forgets those of these scenarios that no account has, nor goes back to; says which these were."""

    def counts(self, account: int, section: str) -> Mapping[int, int]:
        """How many have fitted each counting rule of a section, by the rule's place, since the scenario is in force."""

    def count(self, account: int, section: str, fitted: Mapping[int, int]) -> None: ...

    def forget_counts(self, account: int) -> None: ...

    def free_at(self, account: int, channel: Channel) -> Instant:
        """When the queue before a channel is through; long ago when there is none."""

    def occupy(self, account: int, channel: Channel, until: Instant) -> None: ...


class RetentionBook(Protocol):
    """What an account keeps no longer: whole jobs with all that belongs to them, and lines of the journal (D13)."""

    def standing(self, account: int, after: int, limit: int) -> Sequence[Standing]:
        """Jobs with a later key than `after`, oldest first."""

    def still(self, account: int, jobs: Sequence[int]) -> Sequence[Standing]:
        """These jobs as they stand in this transaction, without those that are there no more."""

    def hide(self, account: int, jobs: Sequence[Standing], limit: int = 0) -> bool:
        """Evicts jobs: from here on they do not exist, and what belongs to them is counted as lost.

        Such as stand in a row and have no more than about `limit` rows are deleted at once; says whether all were, so
        that nothing of them is left to be swept.
        """

    def sweep(self, account: int, limit: int) -> bool:
        """Deletes about so many rows of what was hidden; says whether nothing is left of it."""

    def sweeping(self) -> Sequence[int]:
        """Accounts in which something of what was hidden is left."""

    def oldest_requests(self, account: int, limit: int) -> Sequence[tuple[int, Instant]]:
        """Number and time of the first lines of the journal."""

    def oldest_bodies(self, account: int, limit: int) -> Sequence[tuple[int, int]]:
        """Number and size of the body, in bytes, of the first lines of the journal."""

    def last_request(self, account: int, first: int, last: int, until: Instant) -> int:
        """The last line of the journal from `first` to `last` that is from `until` or before; 0 when there is none."""

    def drop_requests(self, account: int, first: int, last: int) -> None:
        """Evicts the lines of the journal up to `last`; `first` is the oldest that is there."""

    def drop_codes(self, account: int, until: Instant) -> None:
        """Forgets the codes whose message was evicted, if they are used or were made until then."""

    def lost(self, account: int, sort: Sort) -> Lost: ...


class SnapshotBook(Protocol):
    """All that an account lived through, table by table, as JSON has it."""

    def dump(self, account: int) -> Mapping[str, Any]:
        """`{"columns": […], "rows": [[…], …]}` by table, in an order of its own; no tokens."""

    def load(self, account: int, tables: Mapping[str, Any], token: str | None) -> None:
        """Writes what was dumped into an account that is empty; whatever a token sent, this one did. Raises BadTable.

        Callbacks that were in the air are on the agenda again.
        """


class Books(Protocol):
    """One view of the whole store, inside one transaction."""

    @property
    def accounts(self) -> AccountBook: ...

    @property
    def sending(self) -> SendingBook: ...

    @property
    def jobs(self) -> JobBook: ...

    @property
    def agenda(self) -> AgendaBook: ...

    @property
    def callbacks(self) -> CallbackBook: ...

    @property
    def handsets(self) -> HandsetBook: ...

    @property
    def journal(self) -> JournalBook: ...

    @property
    def codes(self) -> CodeBook: ...

    @property
    def scripts(self) -> ScriptBook: ...

    @property
    def snapshots(self) -> SnapshotBook: ...

    @property
    def retention(self) -> RetentionBook: ...

    def tell(self, news: Iterable[News]) -> None:
        """Says what has come about; whoever listens to the store hears of it once it is committed."""

    def figures(self) -> Figures: ...

    def unfinished(self) -> Unfinished:
        """What would be lost if the store went now."""

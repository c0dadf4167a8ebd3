"""What the engine needs of the world: a clock, a store, a way to post, ids that nobody can guess.

Adapters let no exception of their libraries through: a store fails with StoreFailed, a post never raises.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from mock_amp.core.account import Account
from mock_amp.core.codes import Code
from mock_amp.core.instants import Instant
from mock_amp.core.model import Channel, Cohort, Destination, Entry, Job, Message, Runs, Token
from mock_amp.core.records import (
    Attempt,
    Callback,
    Click,
    Due,
    HandsetReply,
    Kind,
    MessageFilter,
    Page,
    RequestRecord,
    Unfinished,
)
from mock_amp.core.retry import Outcome
from mock_amp.core.scenario import Scenario

T = TypeVar("T")


class StoreFailed(Exception):
    """The store could not do its work; nothing of the transaction was kept."""


class ScriptFault(NamedTuple):
    """One thing wrong with a scenario: the line, a JSON Pointer, what it is and what would be right."""

    line: int
    pointer: str
    text: str


class BadScript(Exception):
    """A scenario that cannot be played; the message is one line for a person."""

    def __init__(self, text: str, faults: tuple[ScriptFault, ...] = ()) -> None:
        super().__init__(text)
        self.faults = faults


class Library(Protocol):
    """Scenarios by name and from texts."""

    @property
    def names(self) -> tuple[str, ...]:
        """The shipped ones."""

    def shipped(self, name: str) -> Mapping[str, Any]:
        """The document of a shipped scenario. Raises BadScript."""

    def read_text(self, text: bytes, where: str) -> Mapping[str, Any]:
        """The document in a YAML or JSON text, checked, or that of the shipped scenario which it names.

        `where` is what faults call the text. Raises BadScript.
        """

    def scenario(self, document: Mapping[str, Any]) -> Scenario:
        """The scenario that a checked document describes."""


class Words(Protocol):
    """What people say when a scenario does not write it down."""

    def make(self, what: str, locale: str, seed: int) -> str:
        """A text of a kind that scenarios know, such as `sentence`; the same for the same seed."""


class Alarm(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    """Real time."""

    def now(self) -> Instant:
        """The present; never earlier than the last time it was asked."""

    def call_at(self, at: Instant, then: Callable[[], None]) -> Alarm:
        """Calls `then` once the present is `at` or later."""

    async def give_way(self) -> None:
        """Lets everybody else who can go on do so first; takes no time."""


class Ids(Protocol):
    """Secrets of the process; what comes from an account's seed is in `core.identity`."""

    def token(self) -> str: ...

    def account(self) -> str: ...

    def seed(self) -> int: ...


class Transport(Protocol):
    async def post(self, url: str, body: bytes, *, cut: bool = False) -> Outcome:
        """Posts a JSON body once, follows nothing, and says what came of it.

        With `cut` it ends the connection after half of the body, and the outcome is Unreachable.
        """

    async def close(self) -> None: ...


class AccountBook(Protocol):
    def get(self, account_id: str) -> Account | None: ...

    def by_key(self, key: int) -> Account | None: ...

    def of_token(self, value: str) -> tuple[Account, Token] | None:
        """Whose token this is; None for unknown and for deleted ones."""

    def all(self) -> Sequence[Account]: ...

    def add(self, account: Account) -> Account:
        """Keeps a new account and gives it its key."""

    def save(self, account: Account) -> None: ...

    def clear(self, key: int) -> None:
        """Forgets all that the account lived through; the account and its tokens stay."""

    def delete(self, key: int) -> None:
        """Forgets the account; its tokens never come back."""

    def tokens(self, account_id: str) -> Sequence[Token]: ...

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

    def add_messages(self, account: int, job: int, first: int, rows: Iterable[tuple[int, int, Destination]]) -> None:
        """Writes (position, cohort, destination) of a job whose first message is `first`."""

    def add_job(self, account: int, job: Job) -> None: ...

    def job(self, account: int, key: int) -> Job: ...

    def add_cohort(self, account: int, cohort: Cohort) -> None: ...

    def save_cohort(self, account: int, cohort: Cohort) -> None: ...

    def recast_cohort(self, account: int, cohort: Cohort) -> None:
        """Changes who belongs to a cohort and what its plan is; `save_cohort` changes where it stands."""

    def cohort(self, account: int, key: int) -> Cohort: ...

    def move_messages(self, account: int, job: Job, runs: Runs, cohort: int) -> None:
        """Puts the destinations at these positions into another cohort of their job."""

    def cohorts(self, account: int) -> Sequence[Cohort]:
        """Every cohort, oldest first."""

    def timeline(self, account: int, cohort: int) -> tuple[Entry, ...]: ...

    def message(self, account: int, ordinal: int) -> Message | None: ...

    def messages(self, account: int, wanted: MessageFilter, page: Page) -> Sequence[Message]: ...

    def known(self, account: int, numbers: Sequence[str]) -> frozenset[str]:
        """Which of these numbers have been sent a message that was not promotional (O-9)."""

    def recipients(self, account: int, job: Job, runs: Runs) -> Sequence[tuple[int, str, str | None]]:
        """(ordinal, number, custom_id) of the destinations at these positions."""


class AgendaBook(Protocol):
    def add(self, account: int, due: Due) -> None: ...

    def move(self, account: int, kind: Kind, subject: int, at: Instant, to: Instant) -> None:
        """Puts off, or brings forward, what is due for a cohort or callback at `at`."""

    def take(self, account: int, until: Instant, limit: int) -> Sequence[Due]:
        """Takes off the first rows due at `until` or before, in order: `limit`, and the rest of their moment."""

    def next_at(self, account: int) -> Instant | None: ...

    def peek(self, account: int, page: Page) -> Sequence[Due]: ...

    def heads(self) -> Sequence[tuple[int, Instant]]:
        """(account, when its next row is due) of every account that has one."""


class CallbackBook(Protocol):
    def add(self, account: int, callback: Callback) -> None: ...

    def save(self, account: int, callback: Callback) -> None: ...

    def get(self, account: int, key: int) -> Callback | None: ...

    def open_bundle(self, account: int, job: int, due_from: Instant) -> Callback | None:
        """The job's newest report that is on the agenda, untried, without faults, and not due before `due_from`."""

    def waiting(self, account: int, job: int, kind: str, due_from: Instant) -> Sequence[Callback]:
        """The job's callbacks of a kind, oldest first, on the agenda, untried, and not due before `due_from`."""

    def page(self, account: int, page: Page) -> Sequence[Callback]: ...

    def of_job(self, account: int, job: int) -> Sequence[Callback]: ...

    def add_attempt(self, account: int, attempt: Attempt) -> None: ...

    def attempts(self, account: int, callback: int) -> Sequence[Attempt]: ...


class HandsetBook(Protocol):
    """What was done on the simulated handsets."""

    def add_reply(self, account: int, reply: HandsetReply) -> None: ...

    def reply(self, account: int, callback: int) -> HandsetReply:
        """The reply that a callback carries."""

    def replies(self, account: int, message: int) -> Sequence[HandsetReply]:
        """The replies to a message, by its ordinal, in their order."""

    def add_click(self, account: int, click: Click) -> None: ...

    def clicks(self, account: int, message: int) -> Sequence[Click]:
        """The clicks on a message, by its ordinal, in their order."""


class JournalBook(Protocol):
    def add(self, account: int, record: RequestRecord) -> None: ...

    def get(self, account: int, number: int) -> RequestRecord | None: ...

    def page(self, account: int, page: Page) -> Sequence[RequestRecord]: ...


class CodeBook(Protocol):
    """Two-factor codes."""

    def put(self, account: int, code: Code) -> None:
        """Keeps a code in the place of any other of the same token and client_ref (F-4)."""

    def get(self, account: int, token: str, client_ref: str) -> Code | None: ...


class ScriptBook(Protocol):
    """Scenarios that accounts were given, what has been counted for them, and the queues before channels."""

    def add(self, document: str) -> int:
        """Keeps a scenario as JSON and says its key; the same text has the same key."""

    def get(self, key: int) -> str: ...

    def counts(self, account: int, section: str) -> Mapping[int, int]:
        """How many have fitted each counting rule of a section, by the rule's place, since the scenario is in force."""

    def count(self, account: int, section: str, fitted: Mapping[int, int]) -> None: ...

    def forget_counts(self, account: int) -> None: ...

    def free_at(self, account: int, channel: Channel) -> Instant:
        """When the queue before a channel is through; long ago when there is none."""

    def occupy(self, account: int, channel: Channel, until: Instant) -> None: ...


class Books(Protocol):
    """One view of the whole store, inside one transaction."""

    @property
    def accounts(self) -> AccountBook: ...

    @property
    def sending(self) -> SendingBook: ...

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

    def unfinished(self) -> Unfinished:
        """What would be lost if the store went now."""


class Store(Protocol):
    def transact(self, work: Callable[[Books], T]) -> Awaitable[T]:
        """Runs `work` in a transaction and answers once it has committed (D18).

        Transactions asked for in the same turn of the event loop share one. `work` does nothing but read and write
        books: should a neighbour fail, it is run again from the start. Its own exceptions come back as they are.
        """

    def read(self, work: Callable[[Books], T]) -> T:
        """Runs `work`, which only reads, on what has been committed."""

    def close(self) -> None: ...


__all__ = [
    "AccountBook",
    "AgendaBook",
    "Alarm",
    "BadScript",
    "Books",
    "CallbackBook",
    "Clock",
    "CodeBook",
    "HandsetBook",
    "Ids",
    "JournalBook",
    "Kind",
    "Library",
    "ScriptBook",
    "ScriptFault",
    "SendingBook",
    "Store",
    "StoreFailed",
    "Transport",
    "Words",
]

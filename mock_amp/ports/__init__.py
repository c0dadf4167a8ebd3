"""What the engine needs of the world: a clock, a store, a way to post, ids that nobody can guess.

Adapters let no exception of their libraries through: a store fails with StoreFailed, a post never raises.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from mock_amp.core.instants import Duration, Instant
from mock_amp.core.records import News
from mock_amp.core.retry import Outcome
from mock_amp.core.scenario import Scenario
from mock_amp.ports.books import (
    AccountBook,
    AgendaBook,
    Books,
    CallbackBook,
    CodeBook,
    Counting,
    HandsetBook,
    JournalBook,
    RetentionBook,
    ScriptBook,
    SendingBook,
    SnapshotBook,
)

T = TypeVar("T")


class StoreFailed(Exception):
    """The store could not do its work; nothing of the transaction was kept."""


class StoreDamaged(StoreFailed):
    """What was kept is there and cannot be read any more, which no waiting mends; a store hears of it from a work."""


class StoreRefused(StoreFailed):
    """The store is well, and does not take what this work wanted of it: a fault of ours."""


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


class BadTable(Exception):
    """Rows of a snapshot that cannot be kept; `pointer` says where in it."""

    def __init__(self, text: str, pointer: str) -> None:
        super().__init__(text)
        self.pointer = pointer


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

    def text(self, document: Mapping[str, Any]) -> str:
        """A checked document as YAML to edit: as its file is written, where it is that of a file of ours."""


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

    def worked(self) -> Duration:
        """For how long this thread has been at work so far; waiting is no work."""

    async def give_way(self) -> None:
        """Lets everybody else who can go on do so first; takes no time."""


class Ids(Protocol):
    """Secrets of the process; what comes from an account's seed is in `core.identity`."""

    def token(self) -> str: ...

    def account(self) -> str: ...

    def seed(self) -> int: ...


class Transport(Protocol):
    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:
        """Posts a JSON body once, follows nothing, and says what came of it.

        With `cut` it ends the connection after half of the body, and the outcome is Unreachable. With `drip` the body
        takes that many seconds of real time to leave, headers and its beginning at once.
        """

    async def close(self) -> None: ...


class Store(Protocol):
    def transact(self, work: Callable[[Books], T]) -> Awaitable[T]:
        """Runs `work` in a transaction and answers once it has committed (D18).

        Transactions asked for in the same turn of the event loop share one. `work` does nothing but read and write
        books: should a neighbour fail, it is run again from the start. Its own exceptions come back as they are.
        """

    def read(self, work: Callable[[Books], T]) -> T:
        """Runs `work`, which only reads, on what has been committed."""

    def listen(self, listener: Callable[[Sequence[News]], None]) -> None:
        """Calls the listener with what was told in each transaction, once that has committed."""

    def trouble(self) -> str | None:
        """What keeps the store from writing since a transaction failed of it, for a person; None when all is well.

        While there is trouble, asking tries a write of its own, unless works wait that will try anyway.
        """

    def keeps(self) -> bool:
        """Whether a next start finds what was answered: not in memory, nor in a file that somebody took away."""

    def close(self) -> None: ...


__all__ = [
    "AccountBook",
    "AgendaBook",
    "Alarm",
    "BadScript",
    "BadTable",
    "Books",
    "CallbackBook",
    "Clock",
    "CodeBook",
    "Counting",
    "HandsetBook",
    "Ids",
    "JournalBook",
    "Library",
    "RetentionBook",
    "ScriptBook",
    "ScriptFault",
    "SendingBook",
    "SnapshotBook",
    "Store",
    "StoreDamaged",
    "StoreFailed",
    "StoreRefused",
    "Transport",
    "Words",
]

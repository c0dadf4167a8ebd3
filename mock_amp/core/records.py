"""What is written down: callbacks with their attempts, requests with their refusals, what the agenda holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

from mock_amp.core.bundles import Bundle
from mock_amp.core.instants import Instant
from mock_amp.core.model import Channel, Entry, Plan


class Kind(StrEnum):
    """What an agenda row will do."""

    MOVE = "move"
    """A cohort takes its next step."""
    POST = "post"
    """A callback is tried."""
    ACT = "act"
    """A handset of a cohort replies or clicks, by script."""


class Due(NamedTuple):
    """One row of the agenda: at `at`, this happens to that cohort or callback.

    `part` of an act: which one of the channel's, and how many of the cohort's destinations have done it already.
    """

    at: Instant
    seq: int
    kind: Kind
    subject: int
    part: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """Faults that a rule of the scenario put in: `faults` by name, such as `{"status": 503}`, in the file's words."""

    rule: str
    faults: Mapping[str, Any]


REPORT: Final = "report"
REPLY: Final = "reply"


class CallbackState(StrEnum):
    DUE = "due"
    RETRYING = "retrying"
    DELIVERED = "delivered"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A POST that is owed to a URL; `tried` attempts have been made, the next or last was due at `due_at`."""

    key: int
    job: int
    kind: str
    url: str
    state: CallbackState
    due_at: Instant
    tried: int
    bundle: Bundle
    injected: Injected | None = None
    since: int = 0
    """The last line of the request journal when it came to be owed."""


class Attempt(NamedTuple):
    """One try of a callback: when by the account's clock, when really, and what came of it."""

    callback: int
    number: int
    at: Instant
    real_at: Instant
    ended_at: Instant
    outcome: str
    status: int | None
    error: str | None
    answer: str | None
    injected: str | None = None
    """The fault of the scenario that this attempt suffered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandsetReply:
    """What a handset answered to a message. `ordinal` gives the reply an id of its own; it is no message.

    A reply that the service would pass on to nobody has no callback, and says why in `silent` (Y-2).
    """

    message: int
    number: int
    channel: Channel
    text: str | None
    at: Instant
    ordinal: int
    callback: int | None = None
    silent: str | None = None
    key: int = 0
    """Its place among all replies of the account."""
    since: int = 0
    """The last line of the request journal when it was given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A click on the action of a message."""

    message: int
    number: int
    at: Instant
    title: str
    target_url: str


class Span(NamedTuple):
    """A token, and from when to when it was valid; one that is valid still has no end."""

    value: str
    created_at: Instant
    deleted_at: Instant | None


class Arrival(NamedTuple):
    """A request as it came in."""

    method: str
    path: str
    remote: str
    token: str | None
    body: bytes = b""
    injected: Injected | None = None
    """The fault of the scenario that it suffers; its line in the journal tells it."""


class RequestRecord(NamedTuple):
    """A line of the request journal."""

    number: int
    at: Instant
    real_at: Instant
    arrival: Arrival
    status: int
    rule: str | None = None
    reason: str | None = None
    violations: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[Mapping[str, Any], ...] = ()
    api_job_id: str | None = None
    injected: Injected | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Which part of a list is wanted: the items after a cursor, at most `limit`.

    `descending`: from the end of the list backwards, and so after a cursor come the items before it.
    """

    after: int | None = None
    limit: int = 100
    descending: bool = False


class Where(NamedTuple):
    """Where a message stands: all that its status says of it (G-1)."""

    number: str
    custom_id: str | None
    api_job_id: str
    client_job_id: str | None
    latest: Entry
    plan: Plan


class Sort(StrEnum):
    """What an account keeps in number, and so may have evicted some of."""

    MESSAGE = "message"
    CALLBACK = "callback"
    REPLY = "reply"
    REQUEST = "request"


@dataclass(frozen=True, slots=True)
class Lost:
    """How many of a sort were evicted, and the first and last of them; between these may be some that were kept.

    A `since` of `line` or more leaves out all of them.
    """

    count: int = 0
    first: int = 0
    last: int = 0
    line: int = 0

    def holds(self, key: int) -> bool:
        """Whether something that is not there may be one of them."""
        return self.count > 0 and self.first <= key <= self.last

    def after(self, since: int | None) -> bool:
        """Whether some of them came about after that line of the journal; without a line, whether there are any."""
        return self.count > 0 and (since is None or since < self.line)


class Standing(NamedTuple):
    """A job as eviction sees it. `open`: one of its messages has not come to rest, or a callback is still owed."""

    key: int
    first: int
    size: int
    accepted_at: Instant
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What of a list is wanted, as far as the store can choose: by field, any of these values.

    `since`: only what came about after that line of the request journal.
    """

    fields: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    since: int | None = None


ALL: Final = Sought()


class Happening(NamedTuple):
    """One thing that an advance lived through: a status, a reply or click by script, or an attempt of a callback.

    `outcome` is that of an attempt; of a reply `"silent"` when the service passes it on to nobody.
    """

    at: Instant
    kind: str
    message_id: str | None = None
    type: str | None = None
    status: str | None = None
    callback: int | None = None
    attempt: int | None = None
    outcome: str | None = None


class Turn(NamedTuple):
    """A cohort's new line as it came about: later the cohort may part, and be fewer. `some` are its first positions."""

    job: int
    entry: Entry
    size: int
    some: tuple[int, ...]


class News(NamedTuple):
    """Something that has come about in an account, by its clock. `subject` and `part` say what, by `kind`:

    `request` (its number), `status` (cohort, line of the timeline), `callback` (its key), `attempt` (callback, number),
    `reply` and `click` (message ordinal, number), `clock`, `scenario`, `reset`; and what only those who wait
    have to know: `bundle` (the key of a callback that has got more reports), `parted` (a cohort that has left another).

    `detail` is the turn of a status, the outcome of an attempt, the name of a scenario.
    """

    account: int
    kind: str
    at: Instant
    subject: int = 0
    part: int = 0
    detail: Turn | str | None = None


class Figures(NamedTuple):
    """How much a store holds, of all accounts; `size` in bytes."""

    accounts: int
    agenda: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What a store holds that has not come to its end."""

    messages: int
    callbacks: int

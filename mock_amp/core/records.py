"""What is written down: callbacks with their attempts, requests with their refusals, what the agenda holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from mock_amp.core.bundles import Bundle
from mock_amp.core.instants import Instant
from mock_amp.core.model import Channel


class Kind(StrEnum):
    """What an agenda row will do."""

    MOVE = "move"
    """A cohort takes its next step."""
    POST = "post"
    """A callback is tried."""
    ACT = "act"
    """A handset of a cohort replies or clicks, by script."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A click on the action of a message."""

    message: int
    number: int
    at: Instant
    title: str
    target_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request as it came in."""

    method: str
    path: str
    remote: str
    token: str | None
    body: bytes = b""
    injected: Injected | None = None
    """The fault of the scenario that it suffers; its line in the journal tells it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecord:
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
    """Which part of a list is wanted: the items after a cursor, at most `limit`."""

    after: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """Which messages are wanted. `job` is an api_job_id or a client_job_id."""

    to: str | None = None
    status: str | None = None
    channel: str | None = None
    job_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfinished:
    """What a store holds that has not come to its end."""

    messages: int
    callbacks: int

"""What the control plane answers, as values: frozen, typed, instants as aware datetimes in UTC.

Fields that a newer server adds are left out; the shapes themselves are described in docs/control-plane.md.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from mock_amp.client.pieces import Action as Action
from mock_amp.client.pieces import Click as Click
from mock_amp.client.pieces import Due as Due
from mock_amp.client.pieces import Entry as Entry
from mock_amp.client.pieces import Part as Part
from mock_amp.client.pieces import Reply as Reply
from mock_amp.client.pieces import Shape as Shape
from mock_amp.client.pieces import Stop as Stop


class Clock(Shape, frozen=True):
    """An account's clock; `rate` is null unless it is scaled."""

    mode: str
    rate: float | None
    now: datetime


class Limits(Shape, frozen=True):
    """What an account keeps of what has come to rest; `age` by its clock, null is for ever."""

    messages: int
    requests: int
    age: str | None


class AccountInfo(Shape, frozen=True):
    """An account as it stands; `token` is its first one, null when that was ended."""

    id: str
    token: str | None
    clock: Clock
    scenario: str
    seed: int | None
    created_at: datetime
    limits: Limits | None = None
    reject_first_promotional: bool = False
    expires_after: str | None = None
    expires_at: datetime | None = None


class Token(Shape, frozen=True):
    """A token and what it may do; an empty list of networks, senders or routes allows all."""

    token: str
    name: str | None
    networks: tuple[str, ...]
    senders: tuple[str, ...]
    two_way_senders: tuple[str, ...] | None
    sms_sender: str | None
    im_sender: str | None
    route: str | None
    routes: tuple[str, ...]
    channels: tuple[str, ...]
    dialect: str
    rate: Mapping[str, Any] | None
    created_at: datetime


class Attempt(Shape, frozen=True):
    """One try to post a callback: `at` by the account's clock, `real_at` by ours; `outcome` delivered or failed."""

    number: int
    at: datetime
    real_at: datetime
    real_ended_at: datetime
    outcome: str
    status: int | None
    error: str | None
    answer: str | None
    injected: Any = None
    req_uuid: str | None = None
    callback_id: str | None = None
    kind: str | None = None
    url: str | None = None


class Standing(Shape, frozen=True):
    """How many messages of a job have this status, or reports of a callback tell it."""

    type: str
    status: str
    error_code: int
    count: int


class Callback(Shape, frozen=True):
    """A post that is owed to a receiver: `kind` report or reply, `state` due, retrying, delivered or discarded.

    It has so many `reports` in it, which tell `statuses`; a `message_id`, and its number in `to`, where it is about one
    message alone.
    """

    id: str
    kind: str
    url: str
    state: str
    due_at: datetime | None
    body: Mapping[str, Any]
    attempts: tuple[Attempt, ...]
    injected: Any = None
    reports: int = 0
    api_job_id: str = ""
    client_job_id: str = ""
    message_id: str | None = None
    to: str | None = None
    statuses: tuple[Standing, ...] = ()


class Move(Shape, frozen=True):
    """A status that a channel may report of a message next, and that can be forced."""

    channel: str
    status: str


class Message(Shape, frozen=True):
    """A message to one number, as its handset would show it. `replies`, `clicks`, `callbacks` with their headers, the
    `parts` of an SMS, what is `ahead` of it, and which moves are `legal` are filled when it was asked for by itself.
    """

    id: str
    to: str
    sender: str | None = msgspec.field(name="from")
    type: str
    status: str
    error_code: int
    api_job_id: str
    client_job_id: str
    custom_id: str
    text: str | None
    accepted_at: datetime
    changed_at: datetime
    channels: tuple[str, ...]
    route: tuple[Stop, ...]
    timeline: tuple[Entry, ...]
    image: str | None = None
    action: Action | None = None
    encoding: str | None = None
    pages: int | None = None
    parts: tuple[Part, ...] | None = None
    callbacks: tuple[Callback, ...] = ()
    callback_headers: Mapping[str, str] | None = None
    replies: tuple[Reply, ...] = ()
    clicks: tuple[Click, ...] = ()
    ahead: tuple[Due, ...] = ()
    legal: tuple[Move, ...] = ()


class Job(Shape, frozen=True):
    """An accepted send: how many messages it has and where they stand, the most first. `finished` counts those for
    which nothing more is on the way; `message` is the first.
    """

    id: str
    api_job_id: str
    client_job_id: str
    product: str
    promotional: bool
    accepted_at: datetime
    changed_at: datetime
    request_id: str
    count: int
    finished: int
    statuses: tuple[Standing, ...]
    channels: tuple[str, ...]
    text: str | None
    sender: str | None = msgspec.field(name="from")
    callback_url: str | None
    reply_url: str | None
    message: Message


class Violation(Shape, frozen=True):
    """Where a request broke a rule: a JSON Pointer into its body, what stood there, what would be right."""

    rule: str
    pointer: str
    value: Any = None
    expected: str | None = None


class Warning(Shape, frozen=True):  # noqa: A001 - the journal's own word, in a namespace of its own
    """What the service lets pass, and a strict one would not."""

    rule: str
    pointer: str
    text: str


class Request(Shape, frozen=True):
    """A line of the journal: a request to the service and what it was answered; `rule` is null when it was accepted."""

    id: str
    at: datetime
    real_at: datetime
    method: str
    path: str
    status: int
    rule: str | None
    reason: str | None
    violations: tuple[Violation, ...]
    warnings: tuple[Warning, ...]
    token: str | None
    remote: str
    body: str
    api_job_id: str | None = None
    injected: Any = None


class Report(Shape, frozen=True):
    """A delivery report as it is posted, with the state of the callback that carries it."""

    type: str
    message_id: str
    status: str
    to: str
    error_code: int
    at: datetime
    api_job_id: str
    client_job_id: str
    callback_id: str
    state: str
    sender: str | None = msgspec.field(name="from", default=None)
    client_message_id: str | None = None
    timestamp: int | None = None
    micro_timestamp: int | None = None


class Happening(Shape, frozen=True):
    """What happened during an advance."""

    at: datetime
    kind: str
    message_id: str | None = None
    type: str | None = None
    status: str | None = None
    callback_id: str | None = None
    attempt: int | None = None
    outcome: str | None = None


class Advanced(Shape, frozen=True):
    """An advance of the clock: from when to when, and all that happened on the way, in order."""

    since: datetime = msgspec.field(name="from")
    now: datetime
    settled: bool
    events: tuple[Happening, ...]
    events_total: int


class Faults(Shape, frozen=True):
    """How many faults a scenario has for requests and for callbacks, and whether they are on."""

    requests: int
    callbacks: int
    on: bool


class Scenario(Shape, frozen=True):
    """A scenario; `usual` says whether it is the server's own, `since` when it came into force.

    Of one that comes with the server, `text` is its file as it is written.
    """

    name: str
    description: str
    faults: Faults
    document: Any
    usual: bool = False
    since: datetime | None = None
    text: str | None = None


class CheckedScenario(Shape, frozen=True):
    """A scenario that can be put in force: its sections by name, and how much is in them."""

    name: str
    description: str
    sections: tuple[str, ...]
    recipients: int
    rules: int
    faults: Faults


class SentCode(Shape, frozen=True):
    """The last one-time code to a number, and the groups of digits in the last text there (F-6)."""

    to: str
    client_ref: str | None
    code: str | None
    at: datetime | None
    message_id: str | None
    used: bool | None
    expired: bool | None
    text: str | None
    digits: tuple[str, ...]


class Check(Shape, frozen=True):
    """A check of a receiver: `verdict` passed, failed, warning or skipped."""

    name: str
    title: str
    rule: str
    verdict: str
    sent: tuple[Mapping[str, Any], ...]
    got: tuple[Mapping[str, Any], ...]
    expected: str
    advice: str


class Certificate(Shape, frozen=True):
    """The verdict on a receiver; `passed` when something was tried and nothing failed."""

    callback_url: str
    passed: bool
    checks: tuple[Check, ...]
    reply_url: str | None = None


class Difference(Shape, frozen=True):
    """Where an item is not as it was wanted."""

    field: str
    wanted: Any = None
    got: Any = None


class Miss(Shape, frozen=True):
    """An item that came near, and why it was not meant."""

    item: Mapping[str, Any]
    differences: tuple[Difference, ...]


class Event(Shape, frozen=True):
    """A live event; `id` is what to come back with after a break."""

    id: str
    kind: str
    data: Mapping[str, Any]


class Answered(Shape, frozen=True):
    """The service's answer as it came: `request` is its line of the journal, `rule` the one that it was refused by."""

    status: int
    request: str | None
    rule: str | None
    body: Any


class Sent(Shape, frozen=True):
    """The service's answer to a send that it took: the message id of each number, and the body as it came."""

    api_job_id: str
    message_ids: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def message_id(self) -> str:
        """The id of the first message, which is the only one when there was one number."""
        return next(iter(self.message_ids.values()), "")

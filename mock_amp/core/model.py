"""The nouns: what the platform knows of a message, its job, its channels and its account. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from mock_amp.core.instants import Instant
from mock_amp.core.throttle import Rate
from mock_amp.core.windows import Spans

NEVER: Final = Instant(0)


EXPIRY_TEXT: Final = "This message has expired."
"""What an expired instant message becomes unless the request says otherwise (I-8)."""


class Channel(StrEnum):
    """Where a report comes from. INTERNAL is the platform itself, before any network took the message (L-1)."""

    INTERNAL = "INTERNAL"
    SMS = "SMS"
    RCS = "RCS"
    MESSENGER = "MESSENGER"
    TELEGRAM = "TELEGRAM"
    VIBER = "VIBER"
    WHATSAPP = "WHATSAPP"


IM_CHANNELS: Final = (Channel.VIBER, Channel.WHATSAPP, Channel.TELEGRAM, Channel.RCS, Channel.MESSENGER)
"""The IM channels in the order of the default account."""


class Status(StrEnum):
    """The statuses of SMPP 3.4, and SEEN for the IM networks (L-1)."""

    ACCEPTD = "ACCEPTD"
    DELIVRD = "DELIVRD"
    SEEN = "SEEN"
    EXPIRED = "EXPIRED"
    DELETED = "DELETED"
    UNDELIV = "UNDELIV"
    REJECTD = "REJECTD"
    UNKNOWN = "UNKNOWN"


class Product(StrEnum):
    """Which of the products on the host a message was sent with."""

    IM = "im"
    SMS = "sms"
    TWO_FACTOR = "2fa"


class MessagePlan(StrEnum):
    """How the channels of a request are ordered (O-5)."""

    FEATURE_RICH = "FEATURE_RICH"
    LOW_COST = "LOW_COST"


class Destination(NamedTuple):
    """One recipient of a request; a tuple because a request has up to 50,000 of them."""

    number: str
    custom_id: str | None
    params: Mapping[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    title: str
    target_url: str
    track_clicks: bool = False
    """Whether a click is logged (I-9)."""


class SmsContent(NamedTuple):
    message: str
    encoding: str = "GSM7"
    sender_id: str | None = None
    ttl: int = 0
    udh: str = ""
    """The user data header in base64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImContent:
    """One item of `im_content`. Without a channel it stands for every IM channel of the token (I-1)."""

    channel: Channel | None = None
    sender_id: str | None = None
    text: str | None = None
    image: Image | None = None
    action: Action | None = None
    ttl: int = 0
    expiry_text: str = EXPIRY_TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class UbiquityContent:
    text: str | None = None
    image: Image | None = None
    action: Action | None = None


class Content(NamedTuple):
    """What a request wants said: SMS and IM sections, or a ubiquity message (O-3)."""

    sms: SmsContent | None = None
    ims: tuple[ImContent, ...] = ()
    ubiquity: UbiquityContent | None = None
    plan: MessagePlan = MessagePlan.FEATURE_RICH
    ttl: int = 0
    """Seconds; the default of every section's own (O-8). 0: the channel's own default."""


class Offer(NamedTuple):
    """What one channel would carry, unfilled: text, image, action; whom it comes from; its validity in seconds."""

    channel: Channel
    sender: str
    ttl: int
    text: str | None = None
    image: Image | None = None
    action: Action | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A status that a channel will report, `after` microseconds from the start of that channel (L-8)."""

    after: int
    status: Status
    error_code: int = 0


class Act(NamedTuple):
    """What a handset does `after` microseconds from the delivery: a reply, with one of `texts` or made, or a click.

    `made` is what Faker makes, in the language of `locale`.
    """

    kind: str
    after: int
    texts: tuple[str, ...] = ()
    made: str = ""
    locale: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """One channel's part of a plan: whom it comes from and what will happen there.

    `ttl` in microseconds, `expired_code` what is reported when nothing has come by then; `off` is when the handset is
    switched off; `per_second` how many messages the channel takes a second, the others queueing before it (None: all);
    `price` in millionths of a euro.
    """

    channel: Channel
    sender: str
    steps: tuple[Step, ...]
    replaced_on_expiry: bool = False
    """Whether the handset shows the expiry text once the message has expired here (I-8)."""
    ttl: int = 0
    expired_code: int = 0
    off: Spans = ()
    per_second: float | None = None
    acts: tuple[Act, ...] = ()
    price: int | None = None
    why: str = ""
    """What in the scenario decided about this channel, for a person; empty when nothing special did."""


Plan = tuple[Leg, ...]


class Entry(NamedTuple):
    """One line of a timeline: from `at` on, this is the status."""

    at: Instant
    channel: Channel
    status: Status
    error_code: int
    sender: str


Runs = tuple[tuple[int, int], ...]
"""Positions of a job's destinations as ascending closed ranges: ((0, 999), (1500, 1500))."""


class Cohort(NamedTuple):
    """The destinations of one job that share plan and timing, and so move together (D5)."""

    key: int
    job: int
    members: Runs
    plan: Plan
    leg: int
    step: int
    started_at: Instant
    timeline: tuple[Entry, ...]

    @property
    def latest(self) -> Entry:
        return self.timeline[-1]


class Job(NamedTuple):
    """One accepted request. `first` is the ordinal of its first message; the others follow it without a gap."""

    key: int
    api_job_id: str
    client_job_id: str | None
    accepted_at: Instant
    first: int
    size: int
    callback_url: str | None
    reply_url: str | None
    request: bytes
    """The accepted document without its destinations, as JSON."""
    product: Product = Product.IM
    promotional: bool = False
    token: str | None = None
    """The token that sent it: its policy says whether the messages can be replied to (Y-2)."""
    left_out: tuple[tuple[Channel, str], ...] = ()
    """Channels that no message of the job is tried on, and why (U-3, I-5)."""
    line: int = 0
    """Its line in the request journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One destination of a job as it stands now."""

    ordinal: int
    number: str
    custom_id: str | None
    params: Mapping[str, str] | None
    job: Job
    cohort: Cohort


class Dialect(StrEnum):
    """Which form of the API a token speaks: AMP, or the older IM Gateway, whose only IM channel is VIBER."""

    AMP = "amp"
    IM_GATEWAY = "im-gateway"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A token: what it may do, and what it brings to a request that does not say (A-3, A-4, H-7).

    Empty `networks` allow every address, empty `senders` every sender; `two_way` None means every sender.
    """

    value: str
    account: str
    created_at: Instant
    name: str = ""
    networks: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    two_way: tuple[str, ...] | None = None
    sms_sender: str = "MockAMP"
    im_sender: str = "MockAMP"
    route: str = "G1"
    routes: tuple[str, ...] = ("G1",)
    channels: tuple[Channel, ...] = IM_CHANNELS
    dialect: Dialect = Dialect.AMP
    rate: Rate | None = None
    spent_until: Instant = NEVER

    @property
    def im_channels(self) -> tuple[Channel, ...]:
        """The IM channels that it may use, in their order; in the older dialect VIBER alone."""
        if self.dialect is not Dialect.IM_GATEWAY:
            return self.channels
        return tuple(each for each in self.channels if each is Channel.VIBER)

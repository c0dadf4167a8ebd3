"""The network behind the API as a script, as values: what handsets and channels do, what breaks, what it costs.

Of each list the first that matches wins; what nothing matches is good. `core.script` reads the document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.matching import Criteria
from mock_amp.core.model import Act, Channel, Status, Step
from mock_amp.core.windows import Window

ERROR_CODES: Final[Mapping[Status, int]] = MappingProxyType(
    {
        Status.UNDELIV: 5,
        Status.REJECTD: 8,
        Status.EXPIRED: 12,
        Status.DELETED: 13,
        Status.UNKNOWN: 99,
    }
)
"""Our error codes of failures, where a scenario names none; the vendor's list is not public (L-7)."""


USUAL_CODE: Final = -1
"""Stands in a step for the error code that the scenario has for its status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delays:
    """How long a good channel takes, in microseconds from its start: to take the message, deliver it, see it read."""

    accepted: int = SECOND // 5
    delivered: int = SECOND
    seen: int = 3 * SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a channel does with a message: `steps` as they are, or how it ends; a status None is a good end (L-2, L-4).

    `after` is when it ends, from the start of the channel; None as usual, which for EXPIRED is the ttl.
    """

    status: Status | None = None
    error_code: int | None = None
    after: int | None = None
    steps: tuple[Step, ...] = ()
    never_read: bool = False
    jitter: int | None = None


GOOD: Final = Outcome()
UNREACHABLE: Final = Outcome(status=Status.UNDELIV)


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a handset is and does, as far as it is said. `read_after` counts from the delivery."""

    ios: bool | None = None
    read_after: int | None = None
    never_reads: bool = False
    acts: tuple[Act, ...] | None = None

    def over(self, other: "Habits") -> "Habits":
        """These habits, and the other ones where these say nothing."""
        reads = self if self.read_after is not None or self.never_reads else other
        return Habits(
            ios=other.ios if self.ios is None else self.ios,
            read_after=reads.read_after,
            never_reads=reads.never_reads,
            acts=other.acts if self.acts is None else self.acts,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recipient:
    """A handset, or many alike; `apps` None: every instant messenger."""

    name: str
    number: Criteria = ()
    apps: frozenset[Channel] | None = None
    off: tuple[Window, ...] = ()
    habits: Habits = Habits()


class Nth(NamedTuple):
    """Which of those that match, counted from 1: these, the first so many, every so many, all after so many."""

    these: frozenset[int] = frozenset()
    first: int = 0
    every: int = 0
    after: int | None = None

    def takes(self, number: int) -> bool:
        if self.every:
            return number % self.every == 0
        if self.after is not None:
            return number > self.after
        return number <= self.first or number in self.these


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which of those that fit a rule are taken by it: by number, by chance, for a time."""

    nth: Nth | None = None
    share: float = 1.0
    during: Window | None = None

    @property
    def counts(self) -> bool:
        return self.nth is not None or self.share < 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """What becomes of the messages that match: each channel's outcome, and what their handsets do.

    `number` and `other` are asked of a destination, `request` of a request, `offer` of what a channel would carry,
    `text` of that once its placeholders are filled.
    """

    name: str
    request: Criteria = ()
    offer: Criteria = ()
    text: Criteria = ()
    number: Criteria = ()
    other: Criteria = ()
    choice: Choice = Choice()
    outcomes: Mapping[Channel, Outcome] = field(default_factory=dict)
    habits: Habits = Habits()

    def speaks_of(self, channel: Channel) -> bool:
        """Whether the rule says anything about a channel: one that names outcomes alone leaves the others be."""
        return not self.outcomes or channel in self.outcomes or self.habits != Habits()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFault:
    """A fault of the API. A `status` is answered instead of doing anything; times are real ones, in microseconds."""

    name: str
    criteria: Criteria = ()
    choice: Choice = Choice()
    status: int | None = None
    retry_after: int | None = None
    latency: int = 0
    jitter: int = 0
    cut: str | None = None
    """`before`, in the `middle` of, or `after` the answer."""
    slow_body: int = 0
    malformed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackFault:
    """A fault of the callback leg; times on the account's clock."""

    name: str
    criteria: Criteria = ()
    choice: Choice = Choice()
    fail_first: int = 0
    cut: int = 0
    delay: int = 0
    drop: bool = False
    duplicate: int = 0
    reorder: bool = False
    split: int | None = None
    merge: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Price of a message in millionths of a euro, by country calling code (longest prefix wins) and channel."""

    zones: Mapping[str, Mapping[Channel, int]]

    def zone(self, number: str) -> str:
        """The longest calling code of the table that the number begins with; `""` is the rest of the world."""
        return _longest_prefix(tuple(self.zones), number[:_LONGEST_CODE])

    def of(self, zone: str, channel: Channel) -> int:
        """A zone's price of a channel; a zone that does not say has the price of the rest of the world."""
        return self.zones.get(zone, {}).get(channel, self.zones.get("", {}).get(channel, 0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Scenario:
    """`reach` is the fraction of numbers that a channel reaches, `throughput` the messages it takes a second."""

    name: str
    description: str = ""
    delays: Delays = field(default_factory=Delays)
    jitter: int = 0
    reach: Mapping[Channel, float] = field(default_factory=dict)
    throughput: Mapping[Channel, float] = field(default_factory=dict)
    error_codes: Mapping[Status, int] = field(default_factory=lambda: ERROR_CODES)
    habits: Habits = Habits()
    recipients: tuple[Recipient, ...] = ()
    rules: tuple[Rule, ...] = ()
    prices: Prices = field(default_factory=lambda: Prices(zones={}))
    requests: tuple[RequestFault, ...] = ()
    callbacks: tuple[CallbackFault, ...] = ()

    @cached_property
    def steady(self) -> bool:
        """Whether what becomes of a message depends on the request and the seed alone, not on when or which it is."""
        return not (
            self.jitter
            or self.throughput
            or (self.rules and any(_depends_on_the_moment(rule) for rule in self.rules))
            or (self.recipients and any(recipient.off for recipient in self.recipients))
        )

    @cached_property
    def singled_out(self) -> tuple[str, ...] | None:
        """What the numbers begin with that may fare otherwise than all others, prices aside; None: any may.

        With rules of their own for a few numbers and nothing else, as test numbers are, this tells the others at once.
        """
        asked = [*(rule.number for rule in self.rules), *(recipient.number for recipient in self.recipients)]
        if self.reach or self.jitter or not all(asked):
            return None
        found = {text for number in asked for text in number[0][1].beginnings}
        return None if "" in found else tuple(sorted(found))

    def error_code(self, status: Status) -> int:
        """The code in the report of a status: 0 for what is no failure (L-7)."""
        return self.error_codes.get(status, ERROR_CODES.get(status, 0))


class Moment(NamedTuple):
    """Where a decision falls: whose dice, which job, when, since when the scenario is in force, what came before.

    `counts` is how many have fitted each rule so far, by the rule's place.
    """

    seed: int = 0
    job: int = 0
    now: Instant = Instant(0)
    since: Instant = Instant(0)
    counts: Mapping[int, int] = MappingProxyType({})


_LONGEST_CODE: Final = 7


def _depends_on_the_moment(rule: Rule) -> bool:
    jitters = any(outcome.jitter for outcome in rule.outcomes.values())
    return bool(rule.choice.counts or rule.choice.during or jitters)


@lru_cache(maxsize=100_000)
def _longest_prefix(codes: tuple[str, ...], digits: str) -> str:
    return max((code for code in codes if digits.startswith(code)), key=len, default="")

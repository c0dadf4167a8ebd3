"""An account as it stands: its clock, its seed, and the counters that its ids and numbers come from."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from mock_amp.core.clock import AccountClock, ClockMode
from mock_amp.core.instants import Duration, Instant
from mock_amp.core.model import NEVER

DEFAULT_ACCOUNT: Final = "default"


class Limits(NamedTuple):
    """How much is kept of what has come to rest: the newest `messages` and `requests`, and for how long."""

    messages: int
    requests: int
    age: Duration
    """By the account's clock; 0 is for ever."""


class OwnLimits(NamedTuple):
    """What an account was given of limits; where it has none of its own, the server's hold."""

    messages: int | None = None
    requests: int | None = None
    age: Duration | None = None

    def over(self, usual: Limits) -> Limits:
        """The limits that hold."""
        return Limits(
            messages=usual.messages if self.messages is None else self.messages,
            requests=usual.requests if self.requests is None else self.requests,
            age=usual.age if self.age is None else self.age,
        )


NO_LIMITS: Final = OwnLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSpec:
    """How an account was created, so that a reset can go back to it. `now` None: real time."""

    mode: ClockMode = ClockMode.REAL
    rate: float = 1.0
    now: Instant | None = None
    seed: int = 0
    reject_first_promotional: bool = False
    """Whether a number that has had no other message turns a promotional one away (O-9)."""
    script: int = 0
    """The key of the scenario it was created with; 0 is the server's."""
    limits: OwnLimits = NO_LIMITS
    expires_after: Duration | None = None
    """Real time without any use after which it is forgotten; None: never."""

    def clock(self, real: Instant) -> AccountClock:
        return AccountClock(mode=self.mode, rate=self.rate, shown=real if self.now is None else self.now, since=real)


class Origin(NamedTuple):
    """What decides about the ids and the dice of an account that took over the state of another."""

    seed: int
    reject_first_promotional: bool


COUNTERS: Final = ("serial", "jobs", "requests", "callbacks", "messages", "last_message")
"""The fields of an account that say which number was given last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """`generation` counts its lives: a reset begins a new one. The counters say which number was given last."""

    key: int
    id: str
    created_at: Instant
    spec: AccountSpec
    clock: AccountClock
    generation: int = 0
    serial: int = 0
    jobs: int = 0
    requests: int = 0
    callbacks: int = 0
    messages: int = 0
    """How many messages it has accepted."""
    last_message: int = -1
    script: int = 0
    """The key of the scenario in force; 0 is the server's."""
    script_since: Instant = NEVER
    origin: Origin | None = None
    """Where it was restored from, until it is reset; None: it lives as it was created."""

    @property
    def seed(self) -> int:
        return self.origin.seed if self.origin else self.spec.seed

    @property
    def reject_first_promotional(self) -> bool:
        return self.origin.reject_first_promotional if self.origin else self.spec.reject_first_promotional

    def reborn(self, real: Instant) -> "Account":
        """The account back at how it was created, in its next life."""
        clock = self.spec.clock(real)
        return Account(
            key=self.key,
            id=self.id,
            created_at=self.created_at,
            spec=self.spec,
            clock=clock,
            generation=self.generation + 1,
            script=self.spec.script,
            script_since=clock.at(real),
        )

    def counted(
        self, serial: int, jobs: int, requests: int, callbacks: int, messages: int, last_message: int
    ) -> "Account":
        """The account with its counters at these numbers."""
        return Account(
            key=self.key,
            id=self.id,
            created_at=self.created_at,
            spec=self.spec,
            clock=self.clock,
            generation=self.generation,
            serial=serial,
            jobs=jobs,
            requests=requests,
            callbacks=callbacks,
            messages=messages,
            last_message=last_message,
            script=self.script,
            script_since=self.script_since,
            origin=self.origin,
        )

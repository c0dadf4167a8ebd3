"""An account as it stands: its clock, its seed, and the counters that its ids and numbers come from."""

from dataclasses import dataclass, replace

from mock_amp.core.clock import AccountClock, ClockMode
from mock_amp.core.instants import Instant
from mock_amp.core.model import NEVER

DEFAULT_ACCOUNT = "default"


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

    def clock(self, real: Instant) -> AccountClock:
        return AccountClock(mode=self.mode, rate=self.rate, shown=real if self.now is None else self.now, since=real)


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
    last_message: int = -1
    script: int = 0
    """The key of the scenario in force; 0 is the server's."""
    script_since: Instant = NEVER

    @property
    def seed(self) -> int:
        return self.spec.seed

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

    def numbered(
        self, *, serial: int = 0, jobs: int = 0, requests: int = 0, callbacks: int = 0, last_message: int | None = None
    ) -> "Account":
        """The account after so many more numbers were given."""
        return replace(
            self,
            serial=self.serial + serial,
            jobs=self.jobs + jobs,
            requests=self.requests + requests,
            callbacks=self.callbacks + callbacks,
            last_message=self.last_message if last_message is None else last_message,
        )

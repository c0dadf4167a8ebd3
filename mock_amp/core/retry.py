"""When a callback is delivered, tried again, or given up (C-4, C-5)."""

from dataclasses import dataclass
from typing import Final

from mock_amp.core.instants import Duration, Instant

BAD_CERTIFICATE: Final = "the certificate was not accepted"
"""How the error of a post begins that TLS refused (C-6)."""

NO_CONNECTION: Final = "no connection to"
"""How the error of a post begins that nobody was there for."""

FORBIDDEN: Final = "callbacks may not go to"
"""How the error of a post begins that was not to be made."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The receiver answered; only its status counts."""

    status: int
    body: str = ""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """No answer: no connection, bad TLS, or none in time. `error` says which, for a person."""

    error: str


Outcome = Answered | Unreachable


@dataclass(frozen=True, slots=True)
class Delivered:
    pass


@dataclass(frozen=True, slots=True)
class RetryAt:
    at: Instant


@dataclass(frozen=True, slots=True)
class Discarded:
    pass


Verdict = Delivered | RetryAt | Discarded


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often a callback is tried, and how far apart."""

    attempts: int
    interval: Duration

    def after(self, attempt: int, outcome: Outcome, due: Instant) -> Verdict:
        """What follows the `attempt`th attempt. Only 200 counts; the interval runs from when it was due."""
        match outcome:
            case Answered(status=200):
                return Delivered()
            case _ if attempt < self.attempts:
                return RetryAt(Instant(due + self.interval))
            case _:
                return Discarded()

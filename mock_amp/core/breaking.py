"""Which fault of a scenario a single event suffers, a request to the API or a callback: the first that takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from mock_amp.core.chance import fraction
from mock_amp.core.instants import format_duration
from mock_amp.core.matching import difference
from mock_amp.core.records import Injected
from mock_amp.core.refusals import Refused, refuse
from mock_amp.core.scenario import CallbackFault, Choice, Moment, RequestFault

F = TypeVar("F", RequestFault, CallbackFault)

_RETRY_AFTER_429: Final = 1


def choose(
    faults: Sequence[F], facts: Mapping[str, Any], moment: Moment, purpose: str
) -> tuple[F | None, Mapping[int, int]]:
    """The fault that an event with these facts suffers, and the counts that have changed, by the fault's place.

    An event counts for a fault when it fits its criteria and window and no fault before has taken it. The dice of a
    `share` are thrown for the `purpose`, the fault's place and how many have fitted it.
    """
    changed: dict[int, int] = {}
    for place, fault in enumerate(faults):
        if not _open(fault.choice, moment) or difference(fault.criteria, facts):
            continue
        number = moment.counts.get(place, 0) + 1
        if fault.choice.counts:
            changed[place] = number
        if _takes(fault.choice, number, moment.seed, f"{purpose}/{place}"):
            return fault, changed
    return None, changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A fault that a request suffers. Its answer waits for `latency` microseconds, what jitter adds included."""

    fault: RequestFault
    latency: int = 0

    @property
    def refusal(self) -> Refused | None:
        """What is answered instead of doing anything."""
        status = self.fault.status
        if status is None:
            return None
        return refuse(f"injected_{status}", self.fault.name, retry_after=self._retry_after)

    @property
    def injected(self) -> Injected:
        """What the journal tells of it."""
        told = {
            "status": self.fault.status,
            "retry_after": self._retry_after,
            "latency": format_duration(self.latency) if self.latency else None,
            "cut": self.fault.cut,
            "slow_body": format_duration(self.fault.slow_body) if self.fault.slow_body else None,
            "malformed": self.fault.malformed or None,
        }
        return Injected(rule=self.fault.name, faults={name: value for name, value in told.items() if value is not None})

    @property
    def _retry_after(self) -> int | None:
        """In seconds; a 429 always says when to come back (H-7)."""
        if self.fault.retry_after is None and self.fault.status == 429:
            return _RETRY_AFTER_429
        return self.fault.retry_after


def _open(choice: Choice, moment: Moment) -> bool:
    return choice.during is None or choice.during.span(moment.since).covers(moment.now)


def _takes(choice: Choice, number: int, seed: int, purpose: str) -> bool:
    if choice.nth is not None and not choice.nth.takes(number):
        return False
    return choice.share >= 1 or fraction(seed, purpose, number) < choice.share

"""An account's clock: real, scaled or frozen (D10). Refuses to go back."""

from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import ceil

from mock_amp.core.instants import LAST_INSTANT, Instant


class ClockMode(StrEnum):
    REAL = "real"
    SCALED = "scaled"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockChange:
    """How a clock is to run from now on; None leaves it as it is."""

    mode: ClockMode | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClock:
    """It showed `shown` when real time was `since`. While an advance walks it, it is pinned and does not run.

    A pinned clock of a process that has died goes on as if it had never been pinned.
    """

    mode: ClockMode
    rate: float
    shown: Instant
    since: Instant
    pinned: bool = False

    def at(self, real: Instant) -> Instant:
        """What the clock shows at the real instant `real`."""
        if self.pinned or self.mode is ClockMode.FROZEN:
            return self.shown
        elapsed = max(0, real - self.since)
        ran = elapsed if self.mode is ClockMode.REAL else int(elapsed * _exact(self.rate))
        return min(Instant(self.shown + ran), LAST_INSTANT)

    def real_for(self, shown: Instant) -> Instant | None:
        """The real instant at which the clock will show `shown`; None when it will not get there by itself."""
        if shown <= self.shown:
            return self.since
        if self.pinned or self.mode is ClockMode.FROZEN:
            return None
        ahead = shown - self.shown
        return Instant(self.since + (ahead if self.mode is ClockMode.REAL else ceil(ahead / _exact(self.rate))))

    def pin(self, shown: Instant, real: Instant) -> "AccountClock":
        """Held at `shown`, which it came to at the real instant `real`, while an advance lives through that moment."""
        return replace(self, shown=shown, since=real, pinned=True)

    def release(self, real: Instant, change: "ClockChange | None" = None) -> "AccountClock":
        """Running again from what it shows, as its mode says, or another from now on."""
        mode = change.mode if change and change.mode else self.mode
        rate = change.rate if change and change.rate else self.rate
        return AccountClock(mode=mode, rate=rate, shown=self.shown, since=real)


@lru_cache(maxsize=256)
def _exact(rate: float) -> Fraction:
    """A rate without rounding, so that an alarm never rings a microsecond before what it rings for."""
    return Fraction(rate)

"""An account's clock: real, scaled or frozen (D10). Refuses to go back."""

from dataclasses import dataclass, replace
from enum import StrEnum

from mock_amp.core.instants import Instant


class ClockMode(StrEnum):
    REAL = "real"
    SCALED = "scaled"
    FROZEN = "frozen"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountClock:
    """It showed `shown` when real time was `since`. While an advance walks it, it is pinned and does not run."""

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
        return Instant(self.shown + (elapsed if self.mode is ClockMode.REAL else int(elapsed * self.rate)))

    def real_for(self, shown: Instant) -> Instant | None:
        """The real instant at which the clock will show `shown`; None when it will not get there by itself."""
        if shown <= self.shown:
            return self.since
        if self.pinned or self.mode is ClockMode.FROZEN:
            return None
        ahead = shown - self.shown
        return Instant(self.since + (ahead if self.mode is ClockMode.REAL else -int(-ahead // self.rate)))

    def pin(self, shown: Instant) -> "AccountClock":
        """Held at `shown` while an advance lives through that moment."""
        return replace(self, shown=shown, pinned=True)

    def release(self, real: Instant) -> "AccountClock":
        """Running again from what it shows, as its mode says."""
        return replace(self, since=real, pinned=False)

    def set(self, mode: ClockMode, rate: float, real: Instant) -> "AccountClock":
        """The same moment under another mode."""
        return AccountClock(mode=mode, rate=rate, shown=self.at(real), since=real)

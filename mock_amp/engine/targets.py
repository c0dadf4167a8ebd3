"""How far an advance is to go, and what it tells when it is there (D9)."""

from dataclasses import dataclass, field

from mock_amp.core.instants import LAST_INSTANT, Duration, Instant, format_instant
from mock_amp.core.records import Happening
from mock_amp.engine.errors import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Move on by so much."""

    duration: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class To:
    instant: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilNext:
    """Move to the next moment at which anything happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UntilIdle:
    """Move until nothing is left to happen."""


Target = By | To | UntilNext | UntilIdle


@dataclass(slots=True, kw_only=True)
class Advanced:
    """From when to when, and what happened after `start` up to `end`: the first `most` of `total` happenings."""

    start: Instant
    end: Instant
    most: int
    total: int = 0
    happenings: list[Happening] = field(default_factory=list)

    @property
    def full(self) -> bool:
        return len(self.happenings) >= self.most

    def tell(self, happening: Happening) -> None:
        """What was due at the start already belongs to before: whether it lands a little later is no news (D11)."""
        if happening.at <= self.start:
            return
        self.total += 1
        if not self.full:
            self.happenings.append(happening)


def end_of(target: Target, start: Instant) -> Instant | None:
    """The moment that a target names; None when it depends on what happens. Raises Conflict for the past."""
    match target:
        case By(duration=duration) if start + duration > LAST_INSTANT:
            raise Conflict(f"the clock shows {format_instant(start)} and ends with the year 2286")
        case By(duration=duration):
            return Instant(start + duration)
        case To(instant=instant) if instant < start:
            raise Conflict(f"the clock shows {format_instant(start)} and does not go back to {format_instant(instant)}")
        case To(instant=instant):
            return instant
        case _:
            return None

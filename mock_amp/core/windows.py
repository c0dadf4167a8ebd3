"""Spans of time on an account's clock: since a scenario is in force, between two instants, or of every day."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from mock_amp.core.instants import LAST_INSTANT, SECOND, Instant, parse_duration, parse_instant

DAY: Final = 86_400 * SECOND

_TIME_OF_DAY: Final = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?")
_INSTANT: Final = re.compile(r"[0-9]{4}-")


class Span(NamedTuple):
    """From `start` up to `end`, without it: instants, or microseconds of every day."""

    start: int
    end: int
    daily: bool = False

    def covers(self, at: Instant) -> bool:
        if not self.daily:
            return self.start <= at < self.end
        now = at % DAY
        return self.start <= now < self.end if self.start < self.end else now >= self.start or now < self.end

    def ends(self, at: Instant) -> Instant:
        """When a span that covers `at` is over."""
        if not self.daily:
            return Instant(self.end)
        return Instant(at + (self.end - at % DAY) % DAY)


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """A span as a scenario writes it; what is `since` counts from when the scenario came into force."""

    start: int = 0
    end: int = LAST_INSTANT
    start_since: bool = False
    end_since: bool = False
    daily: bool = False

    def span(self, since: Instant) -> Span:
        """The span, once it is known since when the scenario is in force."""
        start = self.start + since if self.start_since else self.start
        return Span(start, min(self.end + since if self.end_since else self.end, LAST_INSTANT), self.daily)


def read_window(document: Mapping[str, Any]) -> Window:
    """A window from `{"from": moment, "to": moment}`. Raises ValueError with what would be right."""
    first, last = (None if (moment := document.get(key)) is None else _moment(moment) for key in ("from", "to"))
    daily = [each is not None and each[0] == "daily" for each in (first, last)]
    if any(daily) and not all(daily):
        raise ValueError("a time of day needs another one at its side: from and to, both as HH:MM")
    if first and last and first == last:
        raise ValueError("from and to are the same moment")
    if first and last and first[0] == last[0] != "daily" and first[1] > last[1]:
        raise ValueError("from is later than to")
    return Window(
        start=first[1] if first else 0,
        end=last[1] if last else LAST_INSTANT,
        start_since=first is not None and first[0] == "since",
        end_since=last is not None and last[0] == "since",
        daily=any(daily),
    )


def awake(at: Instant, off: Spans) -> Instant | None:
    """The first moment from `at` on that no span covers; None when there is none."""
    daily = sum(span.daily for span in off)
    for _ in range((len(off) - daily + 1) * (daily + 2)):  # so many in a row, and those of a day cover all of it
        asleep = [span.ends(at) for span in off if span.covers(at)]
        if not asleep:
            return at
        at = max(asleep)
        if at >= LAST_INSTANT:
            return None
    return None


def _moment(moment: str | float) -> tuple[str, int]:
    if isinstance(moment, str) and (found := _TIME_OF_DAY.fullmatch(moment)):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return "daily", ((hours * 60 + minutes) * 60 + seconds) * SECOND
    if isinstance(moment, str) and _INSTANT.match(moment):
        return "at", parse_instant(moment)
    return "since", parse_duration(moment)

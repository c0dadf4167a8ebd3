"""How many requests a token may make (H-7): so many in a span of its clock, then one whenever a share of it is up.

The generic cell rate algorithm: all that is remembered is one instant, and a clock that stands still refills nothing.
"""

from dataclasses import dataclass

from mock_amp.core.instants import Duration, Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`requests` in any `per` (microseconds)."""

    requests: int
    per: Duration

    def take(self, spent_until: Instant, now: Instant) -> tuple[Instant, Duration | None]:
        """What is remembered after a request at `now`, and, when it is one too many, how long to wait for the next."""
        share = max(1, self.per // self.requests)
        until, room = max(spent_until, now) + share, share * self.requests
        if until - now > room:
            return spent_until, Duration(until - now - room)
        return Instant(until), None

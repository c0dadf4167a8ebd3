"""Queues before channels that take so many messages a second: who begins when, in slices of a second (D5)."""

from collections.abc import Sequence
from typing import NamedTuple

from mock_amp.core.bundles import positions_of, runs_of
from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.model import Plan, Runs


class Slice(NamedTuple):
    """Destinations of one plan whose channel begins with them at `start`; None: at once."""

    plan: Plan
    runs: Runs
    start: Instant | None


def slices(groups: Sequence[Slice], per_second: float, free_at: Instant, now: Instant) -> tuple[list[Slice], Instant]:
    """The groups that come to one channel at `now`, in the order of their destinations, and when it is free again.

    All that begin within one second begin at its start, so that a large job moves in as few groups as seconds.
    """
    begin = max(free_at, now)
    waiting = sorted((position, at) for at, group in enumerate(groups) for position in positions_of(group.runs))
    seconds: dict[tuple[int, int], list[int]] = {}
    for place, (position, at) in enumerate(waiting):
        seconds.setdefault((int(place / per_second), at), []).append(position)
    found = [
        Slice(groups[at].plan, runs_of(positions), Instant(begin + second * SECOND))
        for (second, at), positions in seconds.items()
    ]
    return found, Instant(begin + round(len(waiting) / per_second * SECOND))

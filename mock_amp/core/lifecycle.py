"""The life of a message: which status may follow which, and what happens when a moment comes (L-1 to L-8).

The table is the truth. A move that it does not have is refused.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mock_amp.core.instants import Instant
from mock_amp.core.model import Channel, Cohort, Entry, Plan, Runs, Status
from mock_amp.core.outcomes import waking

FAILED: Final = frozenset({Status.UNDELIV, Status.REJECTD, Status.EXPIRED})
"""A channel that ends so hands the message to the next channel of the plan (L-4)."""

_OUTCOMES: Final = FAILED | {Status.DELIVRD, Status.DELETED, Status.UNKNOWN}

NEXT: Final[Mapping[Status, frozenset[Status]]] = MappingProxyType(
    {
        Status.ACCEPTD: frozenset(_OUTCOMES),
        Status.DELIVRD: frozenset({Status.SEEN}),
        Status.SEEN: frozenset(),
        Status.UNDELIV: frozenset(),
        Status.REJECTD: frozenset(),
        Status.EXPIRED: frozenset(),
        Status.DELETED: frozenset(),
        Status.UNKNOWN: frozenset(),
    }
)
"""What may follow on the same channel. Exceptions: `may_follow`."""


class IllegalMove(ValueError):
    """The table has no such move."""


def may_follow(before: Entry, after: Entry) -> bool:
    """Whether one timeline line may follow another.

    The first network takes over from INTERNAL ACCEPTD; after a failure only another network may take the message;
    an SMS is never SEEN (L-2).
    """
    if after.at < before.at:
        return False
    if after.channel is Channel.INTERNAL:
        return (before.channel, before.status, after.status) == (Channel.INTERNAL, Status.ACCEPTD, Status.REJECTD)
    if after.channel is before.channel:
        return after.status in NEXT[before.status] and (after.channel, after.status) != (Channel.SMS, Status.SEEN)
    taken_over = before.channel is Channel.INTERNAL and before.status is Status.ACCEPTD
    handed_on = before.channel is not Channel.INTERNAL and before.status in FAILED
    return (taken_over or handed_on) and after.status in FAILED | {Status.ACCEPTD}


def accept(key: int, job: int, members: Runs, plan: Plan, at: Instant, start: Instant | None = None) -> Cohort:
    """A cohort as it is born: taken by the platform, by no network yet (G-2); the first begins with it at `start`."""
    born, begun = Entry(at, Channel.INTERNAL, Status.ACCEPTD, 0, plan[0].sender), at if start is None else start
    cohort = Cohort(key, job, members, plan, 0, 0, begun, (born,))
    return enter(cohort, begun) if plan[0].off else cohort


def enter(cohort: Cohort, start: Instant) -> Cohort:
    """The cohort with its channel beginning at `start`, and what its handset sleeps through put off (L-8)."""
    begun = cohort._replace(started_at=start)
    if cohort.leg >= len(cohort.plan) or not cohort.plan[cohort.leg].off:
        return begun
    before, after = cohort.plan[: cohort.leg], cohort.plan[cohort.leg + 1 :]
    return begun._replace(plan=(*before, waking(cohort.plan[cohort.leg], start), *after))


def queued(cohort: Cohort) -> bool:
    """Whether the cohort has come to a channel that takes so many messages a second and no more: `enter` is owed."""
    if cohort.leg >= len(cohort.plan) or cohort.step > 0:
        return False
    return cohort.plan[cohort.leg].per_second is not None


def due_at(cohort: Cohort) -> Instant | None:
    """When the cohort moves next; None when it has come to rest."""
    if cohort.leg >= len(cohort.plan):
        return None
    steps = cohort.plan[cohort.leg].steps
    return Instant(cohort.started_at + steps[cohort.step].after) if cohort.step < len(steps) else None


def move(cohort: Cohort) -> Cohort:
    """The cohort after its next step, at the step's own moment. A failed channel hands over to the next (L-4)."""
    at = due_at(cohort)
    if at is None:
        raise IllegalMove(f"cohort {cohort.key} has come to rest and has no next step")
    leg = cohort.plan[cohort.leg]
    step, latest = leg.steps[cohort.step], cohort.timeline[-1]
    entry = Entry(at, leg.channel, step.status, step.error_code, leg.sender)
    if not may_follow(latest, entry):
        raise IllegalMove(f"{latest.channel} {latest.status} -> {entry.channel} {entry.status}")
    failed = step.status in FAILED and leg.channel is not Channel.INTERNAL
    following = (cohort.leg + 1, 0, at) if failed else (cohort.leg, cohort.step + 1, cohort.started_at)
    moved = Cohort(cohort.key, cohort.job, cohort.members, cohort.plan, *following, (*cohort.timeline, entry))
    return enter(moved, at) if failed and not queued(moved) else moved


def handed_over(cohort: Cohort) -> bool:
    """Whether the latest status is a channel's failure after which another channel is tried (L-5)."""
    return cohort.latest.status in FAILED and due_at(cohort) is not None

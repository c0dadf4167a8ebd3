"""Forcing a status: which moves a message can be made to take now, and the plan that takes one of them (L-1 to L-8)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from mock_amp.core.bundles import holds
from mock_amp.core.instants import Instant
from mock_amp.core.lifecycle import may_follow
from mock_amp.core.model import Channel, Cohort, Entry, Leg, Runs, Status, Step

WHY: Final = "forced by the control plane"

_SOUND: Final = frozenset({Status.ACCEPTD, Status.DELIVRD, Status.SEEN})


class Move(NamedTuple):
    """A status that a channel may report next."""

    channel: Channel
    status: Status


def legal_moves(cohort: Cohort) -> list[Move]:
    """What may happen next to the messages of a cohort: the moves of its channel, and the platform's own."""
    channels = [Channel.INTERNAL] if _untouched(cohort) else []
    if (leg := _network(cohort)) is not None:
        channels.insert(0, cohort.plan[leg].channel)
    return [
        Move(channel, status)
        for channel in channels
        for status in Status
        if may_follow(cohort.latest, _entry(cohort, channel, status))
    ]


def chosen(legal: Sequence[Move], status: Status, channel: Channel | None) -> list[Move]:
    """The legal moves that a wish stands for: one when it is clear, none when it is illegal."""
    return [move for move in legal if move.status is status and channel in (None, move.channel)]


def is_failure(status: Status) -> bool:
    """Whether a status has an error code other than 0 (L-7)."""
    return status not in _SOUND


def forced(cohort: Cohort, to: Move, error_code: int, at: Instant) -> Cohort:
    """The cohort with a plan whose next step is the move, due at `at`; what its channel had still to come is dropped.

    The move itself is left to `lifecycle.move`, like any other.
    """
    if to.channel is Channel.INTERNAL:
        return _turned_away(cohort, error_code, at)
    leg = _network(cohort)
    if leg is None:
        raise ValueError(f"cohort {cohort.key} has no channel left")
    step = cohort.step if leg == cohort.leg else 0
    begun = min(cohort.started_at, at)
    before = cohort.plan[leg]
    last = Step(after=at - begun, status=to.status, error_code=error_code)
    why = before.why if WHY in before.why else "; ".join(filter(None, (before.why, WHY)))
    now = replace(before, steps=(*before.steps[:step], last), off=(), why=why)
    plan = (*cohort.plan[:leg], now, *cohort.plan[leg + 1 :])
    return cohort._replace(plan=plan, leg=leg, step=step, started_at=begun)


def part_off(members: Runs, position: int) -> tuple[int, Runs]:
    """How many of the members come before a position, and the members without it."""
    if not holds(members, position):
        raise ValueError(f"{position} is not among the members")
    pieces: list[tuple[int, int]] = []
    for first, last in members:
        here = first <= position <= last
        pieces += [(first, position - 1), (position + 1, last)] if here else [(first, last)]
    before = sum(min(last, position - 1) - first + 1 for first, last in members if first < position)
    return before, tuple(piece for piece in pieces if piece[0] <= piece[1])


def _untouched(cohort: Cohort) -> bool:
    """Whether only the platform has the messages so far."""
    return (cohort.latest.channel, cohort.latest.status) == (Channel.INTERNAL, Status.ACCEPTD)


def _network(cohort: Cohort) -> int | None:
    """The place of the channel that has the messages or gets them next; that of a rejection by the platform is none."""
    legs = range(cohort.leg, len(cohort.plan))
    return next((leg for leg in legs if cohort.plan[leg].channel is not Channel.INTERNAL), None)


def _turned_away(cohort: Cohort, error_code: int, at: Instant) -> Cohort:
    """As by O-9: a leg of the platform's own comes first, and no channel gets to see the messages."""
    step = Step(after=0, status=Status.REJECTD, error_code=error_code)
    own = Leg(channel=Channel.INTERNAL, sender=cohort.latest.sender, steps=(step,), why=WHY)
    others = tuple(leg for leg in cohort.plan if leg.channel is not Channel.INTERNAL)
    return cohort._replace(plan=(own, *others), leg=0, step=0, started_at=at)


def _entry(cohort: Cohort, channel: Channel, status: Status) -> Entry:
    return Entry(at=cohort.latest.at, channel=channel, status=status, error_code=0, sender=cohort.latest.sender)

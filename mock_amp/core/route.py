"""Why a message went where it went: each channel, chosen or passed over, with the reason (L-3, L-4, U-2, U-3)."""

from typing import NamedTuple

from mock_amp.core.lifecycle import FAILED, due_at
from mock_amp.core.model import Channel, Cohort, Content, Entry, Leg, Message, Status
from mock_amp.core.routing import by_price

_REACHED = frozenset({Status.DELIVRD, Status.SEEN})


class Stop(NamedTuple):
    """One channel of a route. `verdict`: trying, delivered, failed, waiting, not needed, left out."""

    channel: Channel
    verdict: str
    why: str


def route(message: Message, content: Content) -> tuple[Stop, ...]:
    """The channels of a message in the order in which they are tried, then those that it is not tried on."""
    cohort = message.cohort
    legs = [leg for leg in cohort.plan if leg.channel is not Channel.INTERNAL]
    dear = by_price(content)
    tried = [_stop(leg, at, len(legs), cohort, dear=dear) for at, leg in enumerate(legs)]
    return (*tried, *(Stop(channel, "left out", why) for channel, why in message.job.left_out))


def _stop(leg: Leg, at: int, legs: int, cohort: Cohort, *, dear: bool) -> Stop:
    found = [entry for entry in cohort.timeline if entry.channel is leg.channel]
    why = [place(leg, at, legs, dear=dear)]
    if (failed := _failed_before(leg, found, cohort)) is not None:
        why.append(f"took over after {failed.channel} {_told(failed)}")
    if found:
        why.append(_told(found[-1]))
    if leg.why:
        why.append(leg.why)
    if not found and cohort.latest.channel is Channel.INTERNAL and cohort.latest.status is Status.REJECTD:
        why.append("the platform rejected the message (O-9)")
    return Stop(leg.channel, _verdict(found, leg, cohort), "; ".join(why))


def _failed_before(leg: Leg, found: list[Entry], cohort: Cohort) -> Entry | None:
    """The failure of another channel that a channel took over after (L-4)."""
    if not found:
        return None
    before = cohort.timeline[cohort.timeline.index(found[0]) - 1]
    return before if before.channel not in (leg.channel, Channel.INTERNAL) else None


def _told(entry: Entry) -> str:
    return f"{entry.status} (error {entry.error_code})" if entry.error_code else f"{entry.status}"


def _verdict(found: list[Entry], leg: Leg, cohort: Cohort) -> str:
    if any(entry.status in _REACHED for entry in found):
        return "delivered"
    if found:
        return "trying" if found[-1].status is Status.ACCEPTD else "failed"
    if due_at(cohort) is None:
        return "not needed"
    under_way = cohort.plan[cohort.leg].channel is leg.channel
    return "trying" if under_way and cohort.latest.status in FAILED | {Status.ACCEPTD} else "waiting"


def place(leg: Leg, at: int, legs: int, *, dear: bool) -> str:
    """Why the channel has its place in the order."""
    if dear:
        price = f" at {leg.price / 1_000_000:.4f} EUR" if leg.price is not None else ""
        return f"{_ordinal(at)} by price{price}"
    if leg.channel is Channel.SMS:
        return "SMS comes last" if legs > 1 else "the only channel"
    return f"{_ordinal(at)} of im_content"


def _ordinal(at: int) -> str:
    return ("first", "second", "third", "fourth", "fifth", "sixth")[at]

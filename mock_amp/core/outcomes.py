"""What happens on one channel: the outcome that was chosen, the handset's habits, the ttl, as steps in time (L-4)."""

from dataclasses import replace
from typing import Final

from mock_amp.core.chance import STEPS
from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.model import Channel, Leg, Offer, Status, Step
from mock_amp.core.scenario import USUAL_CODE, Habits, Outcome, Scenario
from mock_amp.core.windows import awake

_BY_THE_HANDSET: Final = frozenset({Status.DELIVRD, Status.SEEN})


def steps_of(offer: Offer, outcome: Outcome, habits: Habits, scenario: Scenario, luck: int = 0) -> tuple[Step, ...]:
    """The steps of a message on a channel; `luck`, from 0 up to STEPS, is how much of the jitter it has."""
    ttl = offer.ttl * SECOND
    jitter = scenario.jitter if outcome.jitter is None else outcome.jitter
    late = jitter * luck // (STEPS - 1)
    found = outcome.steps or _ending(offer.channel, outcome, habits, scenario, ttl)
    if offer.channel is Channel.SMS:
        found = tuple(step for step in found if step.status is not Status.SEEN)
    moved = (replace(step, after=_later(step, late, ttl), error_code=_code(step, scenario)) for step in found)
    return within(tuple(moved), ttl, scenario.error_code(Status.EXPIRED))


def within(steps: tuple[Step, ...], ttl: int, error_code: int) -> tuple[Step, ...]:
    """The steps, as far as they come before the ttl; what has not come to an end by then has expired (L-4)."""
    kept: list[Step] = []
    for step in steps:
        if step.after > ttl and not (kept and kept[-1].status is Status.DELIVRD):
            break
        kept.append(step)
    if not kept or kept[-1].status is Status.ACCEPTD:
        kept.append(Step(after=ttl, status=Status.EXPIRED, error_code=error_code))
    return tuple(kept)


def waking(leg: Leg, start: Instant) -> Leg:
    """The leg as it goes from `start` on a handset that is off at times: what would come then waits, up to the ttl."""
    moved: list[Step] = []
    late = 0
    for step in leg.steps:
        after = step.after + late
        if step.status in _BY_THE_HANDSET:
            at = awake(Instant(start + after), leg.off)
            if at is None:
                break
            late += at - start - after
            after = at - start
        moved.append(replace(step, after=after))
    return replace(leg, steps=within(tuple(moved), leg.ttl, leg.expired_code), off=())


def _ending(channel: Channel, outcome: Outcome, habits: Habits, scenario: Scenario, ttl: int) -> tuple[Step, ...]:
    """Taken, then delivered and perhaps seen, or the end that the outcome says."""
    delays = scenario.delays
    end = outcome.after
    if end is None:
        end = ttl if outcome.status is Status.EXPIRED else delays.delivered
    accepted = Step(after=min(delays.accepted, end), status=Status.ACCEPTD)
    if outcome.status not in (None, Status.DELIVRD, Status.SEEN):
        code = USUAL_CODE if outcome.error_code is None else outcome.error_code
        return (accepted, Step(after=end, status=outcome.status, error_code=code))
    delivered = Step(after=end, status=Status.DELIVRD)
    unread = outcome.never_read or outcome.status is Status.DELIVRD or (habits.never_reads and outcome.status is None)
    if unread or channel is Channel.SMS:
        return (accepted, delivered)
    read = delays.seen - delays.delivered if habits.read_after is None else habits.read_after
    return (accepted, delivered, Step(after=end + max(read, 0), status=Status.SEEN))


def _later(step: Step, late: int, ttl: int) -> int:
    """When a step comes with its jitter; expiry does not come later than the ttl."""
    after = step.after + late
    return min(after, ttl) if step.status is Status.EXPIRED else after


def _code(step: Step, scenario: Scenario) -> int:
    return scenario.error_code(step.status) if step.error_code == USUAL_CODE else step.error_code

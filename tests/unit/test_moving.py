"""L-2 to L-8: what a cohort lives through, step by step."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.lifecycle import IllegalMove, accept, due_at, enter, handed_over, may_follow, move, queued
from mock_amp.core.model import Channel, Leg, Status, Step
from mock_amp.core.windows import Span
from tests.unit.builders import T0, a_cohort, a_leg, later, lived, told

GOOD = (Status.ACCEPTD, Status.DELIVRD, Status.SEEN)
FAILURES = (Status.UNDELIV, Status.REJECTD, Status.EXPIRED)
NETWORKS = tuple(channel for channel in Channel if channel is not Channel.INTERNAL)


def test_a_cohort_is_born_with_the_platform() -> None:
    """G-2: before any channel took it: INTERNAL ACCEPTD, from the first channel's sender."""
    born = a_cohort(a_leg(Channel.VIBER, *GOOD, sender="Harbour"))

    assert told(born) == [("INTERNAL", "ACCEPTD")]
    assert (born.latest.at, born.latest.error_code, born.latest.sender) == (T0, 0, "Harbour")


def test_a_good_instant_message_is_accepted_delivered_and_seen() -> None:
    """L-2: in this order, each at its own moment."""
    end = lived(a_cohort(a_leg(Channel.VIBER, *GOOD)))

    assert told(end)[1:] == [("VIBER", "ACCEPTD"), ("VIBER", "DELIVRD"), ("VIBER", "SEEN")]
    assert [entry.at for entry in end.timeline] == [T0, later(1), later(2), later(3)]


def test_a_cohort_at_rest_has_nothing_due() -> None:
    """L-8: final states are final."""
    end = lived(a_cohort(a_leg(Channel.SMS, Status.ACCEPTD, Status.DELIVRD)))

    assert due_at(end) is None
    with pytest.raises(IllegalMove):
        move(end)


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_channel_hands_over_to_the_next(failure: Status) -> None:
    """L-4: one message, the next channel is tried."""
    end = lived(a_cohort(a_leg(Channel.VIBER, failure), a_leg(Channel.SMS, Status.ACCEPTD, Status.DELIVRD)))

    assert told(end)[1:] == [("VIBER", failure), ("SMS", "ACCEPTD"), ("SMS", "DELIVRD")]


def test_the_delays_of_a_fallback_count_from_its_start() -> None:
    """L-8: after a fallback from the start of that channel."""
    end = lived(a_cohort(a_leg(Channel.VIBER, Status.ACCEPTD, Status.UNDELIV), a_leg(Channel.SMS, Status.ACCEPTD)))

    assert end.latest.at == later(2 + 1)


@pytest.mark.parametrize("status", [Status.DELETED, Status.UNKNOWN])
def test_a_message_that_is_deleted_or_unknown_does_not_fall_back(status: Status) -> None:
    """L-4: they end the message without fallback."""
    end = lived(a_cohort(a_leg(Channel.VIBER, Status.ACCEPTD, status), a_leg(Channel.SMS, Status.ACCEPTD)))

    assert told(end)[-1] == ("VIBER", status)


@pytest.mark.parametrize("failure", FAILURES)
def test_the_failure_of_the_last_channel_is_final(failure: Status) -> None:
    """L-4: no channel left: that status is final."""
    end = lived(a_cohort(a_leg(Channel.SMS, Status.ACCEPTD, failure)))

    assert due_at(end) is None
    assert (end.latest.status, end.latest.error_code) == (failure, 5)
    assert not handed_over(end)


def test_a_failure_before_another_channel_is_handed_over() -> None:
    """L-5: the failed channel's report is an intermediary status at that moment."""
    failed = move(a_cohort(a_leg(Channel.VIBER, Status.UNDELIV), a_leg(Channel.SMS, Status.ACCEPTD)))

    assert handed_over(failed)
    assert not handed_over(move(failed))


def test_a_message_that_queues_is_accepted_at_once_and_begins_later() -> None:
    """G-2, L-8: the platform has it; the channel's delays count from when it begins."""
    plan = (a_leg(Channel.SMS, Status.ACCEPTD, Status.DELIVRD),)

    cohort = accept(1, 1, ((0, 0),), plan, T0, later(10))

    assert (cohort.timeline[0].at, due_at(cohort)) == (T0, later(11))
    assert [entry.at for entry in lived(cohort).timeline] == [T0, later(11), later(12)]


def off(leg: Leg, first: float, last: float) -> Leg:
    """The leg on a handset that is off for a while, with a ttl of a minute."""
    return replace(leg, off=(Span(later(first), later(last)),), ttl=60 * SECOND, expired_code=12)


def test_what_a_handset_sleeps_through_is_put_off_when_its_channel_begins() -> None:
    """L-8: reckoned from the queue's end, where there is one."""
    leg = off(a_leg(Channel.VIBER, *GOOD), 0, 30)

    at_once, queueing = (lived(accept(1, 1, ((0, 0),), (leg,), T0, start)) for start in (T0, later(40)))

    assert [entry.at for entry in at_once.timeline] == [T0, later(1), later(30), later(31)]
    assert [entry.at for entry in queueing.timeline] == [T0, later(41), later(42), later(43)]


def test_a_handset_that_is_off_when_a_fallback_begins_gets_it_later() -> None:
    """L-4, L-8: the fallback begins at the failure, and its delivery waits."""
    legs = a_leg(Channel.VIBER, Status.UNDELIV), off(a_leg(Channel.SMS, Status.ACCEPTD, Status.DELIVRD), 2, 30)

    end = lived(a_cohort(*legs))

    assert [(entry.channel.value, entry.at) for entry in end.timeline[1:]] == [
        ("VIBER", later(1)),
        ("SMS", later(2)),
        ("SMS", later(30)),
    ]


def test_an_sms_expires_on_a_handset_that_stays_off() -> None:
    """L-4, M-12: at the ttl from the start of its channel."""
    legs = a_leg(Channel.VIBER, Status.UNDELIV), off(a_leg(Channel.SMS, Status.ACCEPTD, Status.DELIVRD), 0, 600)

    end = lived(a_cohort(*legs))

    assert (end.latest.channel, end.latest.status) == (Channel.SMS, Status.EXPIRED)
    assert (end.latest.at, end.latest.error_code) == (later(61), 12)


def test_a_cohort_that_comes_to_a_busy_channel_queues_before_it() -> None:
    """D5: `enter` is owed; until then its handset's sleep is not reckoned."""
    busy = replace(off(a_leg(Channel.SMS, Status.ACCEPTD, Status.DELIVRD), 0, 30), per_second=5)
    first = a_cohort(a_leg(Channel.VIBER, Status.ACCEPTD, Status.UNDELIV), busy)
    failed = move(move(first))

    assert not queued(first)
    assert queued(failed)
    assert failed.plan[1].off
    assert [entry.at for entry in lived(enter(failed, later(8))).timeline[-2:]] == [later(9), later(30)]


def test_nobody_queues_in_the_middle_of_a_channel_or_after_the_last() -> None:
    leg = replace(a_leg(Channel.SMS, Status.ACCEPTD, Status.UNDELIV), per_second=5)
    begun = move(a_cohort(leg))

    assert not queued(begun)
    assert not queued(move(begun))


def test_a_plan_that_leaves_the_table_is_refused() -> None:
    """L-2: an SMS is never SEEN, whatever a plan says."""
    delivered = move(move(a_cohort(a_leg(Channel.SMS, *GOOD))))

    with pytest.raises(IllegalMove, match="SMS DELIVRD -> SMS SEEN"):
        move(delivered)


_STEP = st.builds(
    lambda after, status: Step(after=after * SECOND, status=status), st.integers(0, 5), st.sampled_from(Status)
)
_LEG = st.builds(
    lambda channel, steps: Leg(channel=channel, sender="Harbour", steps=tuple(steps)),
    st.sampled_from(NETWORKS),
    st.lists(_STEP, min_size=1, max_size=4),
)
_LEGAL = st.builds(
    lambda channel, outcome: a_leg(channel, *outcome),
    st.sampled_from([channel for channel in NETWORKS if channel is not Channel.SMS]),
    st.sampled_from([GOOD, GOOD[:2], *[(Status.ACCEPTD, each) for each in FAILURES], *[(each,) for each in FAILURES]]),
)


@given(st.lists(_LEG, min_size=1, max_size=4))
def test_no_plan_whatever_leads_out_of_the_table(legs: list[Leg]) -> None:
    """L-8: a step that the table does not have is refused; what was lived through is the table's."""
    cohort = a_cohort(*legs)
    try:
        while due_at(cohort) is not None:
            cohort = move(cohort)
    except IllegalMove:
        assume(len(cohort.timeline) > 1)

    for before, after in pairwise(cohort.timeline):
        assert may_follow(before, after)
        assert before.at <= after.at
        assert before.status not in (Status.SEEN, Status.DELETED, Status.UNKNOWN)
        assert (before.status in FAILURES) is (after.channel is not before.channel and before.channel in NETWORKS)
        assert (after.channel, after.status) != (Channel.SMS, Status.SEEN)


@given(st.lists(_LEGAL, min_size=1, max_size=4, unique_by=lambda leg: leg.channel))
def test_a_plan_of_channels_that_end_comes_to_rest(legs: list[Leg]) -> None:
    """L-4: at the first channel that delivers, or at the failure of the last."""
    end = lived(a_cohort(*legs))

    delivering = next((leg for leg in legs if Status.DELIVRD in [step.status for step in leg.steps]), legs[-1])
    assert due_at(end) is None
    assert (end.latest.channel, end.latest.status) == (delivering.channel, delivering.steps[-1].status)
    assert all(may_follow(before, after) for before, after in pairwise(end.timeline))
    assert end.latest.at <= Instant(T0 + sum(leg.steps[-1].after for leg in legs))

"""L-2 to L-8: what a cohort lives through, step by step."""

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.lifecycle import IllegalMove, due_at, handed_over, may_follow, move
from mock_amp.core.model import Channel, Leg, Status, Step
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

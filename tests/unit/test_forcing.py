"""Which statuses can be forced, and what a forced one makes of the plan (L-1 to L-8)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amp.core.bundles import positions_of, runs_of
from mock_amp.core.forcing import WHY, Move, chosen, forced, is_failure, legal_moves, part_off
from mock_amp.core.lifecycle import due_at, handed_over, may_follow, move
from mock_amp.core.model import Channel, Cohort, Status
from mock_amp.core.plans import rejected
from tests.unit.builders import T0, a_cohort, a_leg, a_scenario, later, lived, told

OF_VIBER = (Status.ACCEPTD, Status.DELIVRD, Status.SEEN)
TAKEN_OR_FAILED = {Status.ACCEPTD, Status.UNDELIV, Status.REJECTD, Status.EXPIRED}


def good() -> Cohort:
    return a_cohort(a_leg(Channel.VIBER, *OF_VIBER), a_leg(Channel.SMS, Status.ACCEPTD, Status.DELIVRD))


def after(cohort: Cohort, steps: int) -> Cohort:
    for _ in range(steps):
        cohort = move(cohort)
    return cohort


def force(cohort: Cohort, channel: Channel, status: Status, seconds: float = 0.5) -> Cohort:
    """The cohort once a status was forced on it."""
    return move(forced(cohort, Move(channel, status), 7 if is_failure(status) else 0, later(seconds)))


def test_before_any_channel_has_it_its_first_one_or_the_platform_decides() -> None:
    """L-2, L-4, O-9."""
    assert set(legal_moves(good())) == {
        *(Move(Channel.VIBER, status) for status in TAKEN_OR_FAILED),
        Move(Channel.INTERNAL, Status.REJECTD),
    }


def test_a_channel_that_has_the_message_may_come_to_any_outcome() -> None:
    """L-2, L-4."""
    outcomes = set(Status) - {Status.ACCEPTD, Status.SEEN}

    assert set(legal_moves(after(good(), 1))) == {Move(Channel.VIBER, status) for status in outcomes}


def test_what_was_delivered_can_be_seen_on_an_instant_messenger_alone() -> None:
    """L-2."""
    sms = lived(a_cohort(a_leg(Channel.SMS, Status.ACCEPTD, Status.DELIVRD)))

    assert legal_moves(after(good(), 2)) == [Move(Channel.VIBER, Status.SEEN)]
    assert legal_moves(sms) == []


def test_after_a_failure_the_next_channel_may_take_it_or_fail() -> None:
    """L-4."""
    failed = force(good(), Channel.VIBER, Status.UNDELIV)

    assert set(legal_moves(failed)) == {Move(Channel.SMS, status) for status in TAKEN_OR_FAILED}


@pytest.mark.parametrize("status", [Status.UNDELIV, Status.DELETED, Status.UNKNOWN])
def test_at_rest_nothing_can_be_forced(status: Status) -> None:
    """L-8."""
    assert legal_moves(lived(a_cohort(a_leg(Channel.SMS, Status.ACCEPTD, status)))) == []
    assert legal_moves(lived(good())) == []


def test_a_message_that_the_platform_would_turn_away_can_be_taken_by_a_channel() -> None:
    """O-9: nobody has decided yet."""
    doomed = a_cohort(*rejected(good().plan, a_scenario()))

    assert Move(Channel.VIBER, Status.ACCEPTD) in legal_moves(doomed)
    assert told(force(doomed, Channel.VIBER, Status.ACCEPTD))[-1] == ("VIBER", "ACCEPTD")
    assert legal_moves(lived(doomed)) == []


def test_a_status_that_two_may_report_is_not_clear_without_its_channel() -> None:
    legal = legal_moves(good())

    assert len(chosen(legal, Status.REJECTD, None)) == 2
    assert chosen(legal, Status.REJECTD, Channel.INTERNAL) == [Move(Channel.INTERNAL, Status.REJECTD)]
    assert chosen(legal, Status.ACCEPTD, None) == [Move(Channel.VIBER, Status.ACCEPTD)]
    assert chosen(legal, Status.SEEN, None) == []


def test_a_forced_status_takes_the_place_of_what_its_channel_had_still_to_come() -> None:
    """It comes now, and then nothing more by itself."""
    found = force(good(), Channel.VIBER, Status.ACCEPTD)

    assert (found.latest.at, found.latest.status, due_at(found)) == (later(0.5), Status.ACCEPTD, None)
    assert due_at(force(found, Channel.VIBER, Status.DELIVRD, 0.7)) is None


def test_a_forced_failure_hands_over_to_the_next_channel_at_once() -> None:
    """L-4: whose script begins there and then."""
    found = force(good(), Channel.VIBER, Status.EXPIRED)

    assert handed_over(found)
    assert (found.started_at, due_at(found)) == (later(0.5), later(1.5))
    assert told(lived(found))[-2:] == [("SMS", "ACCEPTD"), ("SMS", "DELIVRD")]


def test_a_message_that_the_platform_turns_away_is_tried_on_no_channel() -> None:
    """O-9: its leg comes first, and the others are never reached."""
    found = force(good(), Channel.INTERNAL, Status.REJECTD)

    assert told(found) == [("INTERNAL", "ACCEPTD"), ("INTERNAL", "REJECTD")]
    assert (due_at(found), found.latest.error_code) == (None, 7)
    assert [leg.channel for leg in found.plan] == [Channel.INTERNAL, Channel.VIBER, Channel.SMS]


def test_the_route_says_once_that_it_was_forced() -> None:
    found = force(force(good(), Channel.VIBER, Status.ACCEPTD), Channel.VIBER, Status.DELIVRD, 0.7)

    assert [leg.why for leg in found.plan] == [WHY, ""]


def test_what_waits_in_a_queue_can_be_forced_before_its_turn() -> None:
    """L-8: the line has the moment at which it came about."""
    waiting = a_cohort(a_leg(Channel.VIBER, *OF_VIBER))
    found = move(forced(waiting, Move(Channel.VIBER, Status.ACCEPTD), 0, T0))

    assert found.latest.at == T0


@given(st.lists(st.integers(0, 200), max_size=8))
def test_no_sequence_of_legal_forces_leaves_the_table(choices: list[int]) -> None:
    """L-1, L-2, L-4, L-8: and every one of them can be made."""
    cohort = good()
    for at, choice in enumerate(choices, 1):
        legal = legal_moves(cohort)
        if not legal:
            break
        to = legal[choice % len(legal)]
        cohort = force(cohort, *to, seconds=at)

        assert (cohort.latest.channel, cohort.latest.status) == to
    assert all(may_follow(before, entry) for before, entry in pairwise(cohort.timeline))


@given(st.sets(st.integers(0, 30), min_size=1), st.integers(0, 30))
def test_one_member_parts_and_the_others_stay(positions: set[int], which: int) -> None:
    """D5: with the number of those before it."""
    members = sorted(positions)
    one = members[which % len(members)]

    before, rest = part_off(runs_of(members), one)

    assert before == members.index(one)
    assert list(positions_of(rest)) == [each for each in members if each != one]


def test_whoever_is_no_member_cannot_part() -> None:
    with pytest.raises(ValueError, match="7"):
        part_off(((0, 5),), 7)

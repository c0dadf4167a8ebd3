"""A job as one row: its messages are counted by their cohorts, each once (D5)."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amp.core.bundles import runs_of
from mock_amp.core.job_shapes import Tally
from mock_amp.core.lifecycle import move
from mock_amp.core.model import Channel, Cohort, Job, Runs, Status
from tests.unit.builders import T0, a_cohort, a_leg, later

SIZE = 10
VIBER = a_leg(Channel.VIBER, Status.ACCEPTD, Status.UNDELIV)
SMS = a_leg(Channel.SMS, Status.ACCEPTD, Status.DELIVRD)


def a_job(size: int = SIZE) -> Job:
    return Job(
        key=1,
        api_job_id="b",
        client_job_id=None,
        accepted_at=T0,
        first=1_000,
        size=size,
        callback_url=None,
        reply_url=None,
        request=b"{}",
    )


def cohort(key: int, members: Runs, steps: int = 0) -> Cohort:
    """One on VIBER, then on SMS, after so many of its four steps."""
    found = a_cohort(VIBER, SMS, members=members)._replace(key=key)
    for _ in range(steps):
        found = move(found)
    return found


def tally(*cohorts: Cohort, size: int = SIZE) -> Tally:
    found = Tally(a_job(size))
    for each in cohorts:
        found.add(each)
    return found


def standing(of: Tally) -> list[tuple[str, str, int]]:
    return [(each["type"], each["status"], each["count"]) for each in of.statuses]


def test_messages_are_counted_where_they_stand_the_most_first() -> None:
    found = tally(cohort(1, ((0, 1),), 4), cohort(2, ((2, 7),), 1), cohort(3, ((8, 8),), 1), cohort(4, ((9, 9),), 3))

    assert standing(found) == [("VIBER", "ACCEPTD", 7), ("SMS", "DELIVRD", 2), ("SMS", "ACCEPTD", 1)]


def test_of_as_many_the_order_is_always_the_same() -> None:
    cohorts = cohort(1, ((0, 4),), 4), cohort(2, ((5, 9),), 1)
    mirrored = cohort(1, ((0, 4),), 1), cohort(2, ((5, 9),), 4)

    assert standing(tally(*cohorts)) == standing(tally(*mirrored))


def test_another_error_code_is_another_standing() -> None:
    failed = cohort(2, ((5, 9),), 2)
    (*before, last) = failed.timeline
    other = failed._replace(timeline=(*before, last._replace(error_code=99)))

    found = tally(cohort(1, ((0, 4),), 2), other)

    assert [(each["status"], each["error_code"]) for each in found.statuses] == [("UNDELIV", 5), ("UNDELIV", 99)]


@pytest.mark.parametrize(("steps", "finished"), [(0, 0), (1, 0), (2, 0), (3, 0), (4, SIZE)])
def test_messages_are_finished_when_nothing_more_is_on_the_way(steps: int, finished: int) -> None:
    """L-4: one that failed on its first channel goes on."""
    assert tally(cohort(1, ((0, 9),), steps)).finished == finished


def test_a_job_changed_when_one_of_its_messages_did_last() -> None:
    found = tally(cohort(1, ((0, 4),), 2), cohort(2, ((5, 9),), 1))

    assert found.changed_at == later(2)


def test_a_job_has_the_channels_of_all_its_plans_in_their_order() -> None:
    rejected = a_cohort(a_leg(Channel.INTERNAL, Status.REJECTD), VIBER, members=((0, 0),))
    other = a_cohort(a_leg(Channel.RCS, Status.ACCEPTD), SMS, members=((1, 9),))

    assert tally(rejected, other).channels == ["VIBER", "RCS", "SMS"]


def test_the_first_message_is_in_the_cohort_that_begins_with_it() -> None:
    found = tally(cohort(1, ((2, 9),)), cohort(2, ((0, 0),), 1), cohort(3, ((1, 1),)))

    assert found.first == cohort(2, ((0, 0),), 1)
    assert found.after == 3


@pytest.mark.parametrize("members", [((0, 10**12),), ((10**12, 10**12),), ()])
def test_members_that_a_job_cannot_have_are_not_counted(members: Runs) -> None:
    """Nor do they take room."""
    found = tally(cohort(1, members))

    assert sum(each["count"] for each in found.statuses) == (SIZE if members and members[0][0] == 0 else 0)


@given(st.lists(st.lists(st.integers(0, SIZE - 1), unique=True), max_size=8))
def test_whoever_was_counted_is_not_counted_again(parts: Sequence[Sequence[int]]) -> None:
    """Cohorts part while they are read: those that are new come last."""
    cohorts = [cohort(key, runs_of(sorted(part)), key % 4) for key, part in enumerate(parts, 1)]

    found = tally(*cohorts)

    assert sum(each["count"] for each in found.statuses) == len({at for part in parts for at in part})

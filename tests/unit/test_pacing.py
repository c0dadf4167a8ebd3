"""Queues before channels that take so many messages a second (D5)."""

import pytest

from mock_amp.core.bundles import count, positions_of
from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.model import NEVER, Channel, Runs, Status
from mock_amp.core.pacing import Slice, slices
from tests.unit.builders import T0, a_leg, later

ONE = (a_leg(Channel.SMS, Status.ACCEPTD, Status.DELIVRD),)
OTHER = (a_leg(Channel.SMS, Status.ACCEPTD, Status.UNDELIV),)


def told(found: list[Slice]) -> list[tuple[Runs, Instant | None]]:
    return [(each.runs, each.start) for each in found]


def test_a_campaign_begins_in_slices_of_a_second() -> None:
    """1,200 destinations at 500 a second: three groups."""
    found, until = slices([Slice(ONE, ((0, 1_199),), None)], 500, NEVER, T0)

    assert told(found) == [(((0, 499),), T0), (((500, 999),), later(1)), (((1_000, 1_199),), later(2))]
    assert until == later(2.4)


def test_a_channel_that_takes_more_than_come_takes_all_at_once() -> None:
    found, until = slices([Slice(ONE, ((0, 9),), None)], 1_000, NEVER, T0)

    assert told(found) == [(((0, 9),), T0)]
    assert until == later(0.01)


def test_a_channel_may_take_less_than_one_a_second() -> None:
    """One in four seconds."""
    found, until = slices([Slice(ONE, ((0, 2),), None)], 0.25, NEVER, T0)

    assert told(found) == [(((0, 0),), T0), (((1, 1),), later(4)), (((2, 2),), later(8))]
    assert until == later(12)


def test_a_channel_may_take_a_fraction_more_than_a_whole_number() -> None:
    found, until = slices([Slice(ONE, ((0, 4),), None)], 2.5, NEVER, T0)

    assert told(found) == [(((0, 2),), T0), (((3, 4),), later(1))]
    assert until == later(2)


def test_who_comes_to_a_busy_channel_waits_until_it_is_free() -> None:
    found, until = slices([Slice(ONE, ((0, 2),), None)], 2, later(10), T0)

    assert told(found) == [(((0, 1),), later(10)), (((2, 2),), later(11))]
    assert until == later(11.5)


def test_a_queue_that_is_through_delays_nobody() -> None:
    found, _ = slices([Slice(ONE, ((0, 0),), None)], 2, T0, later(60))

    assert told(found) == [(((0, 0),), later(60))]


def test_groups_take_turns_by_the_order_of_their_destinations() -> None:
    """Nobody waits for those who stand behind them in the request."""
    groups = [Slice(ONE, ((0, 0), (2, 2), (4, 4), (6, 6)), None), Slice(OTHER, ((1, 1), (3, 3), (5, 5)), None)]

    found, until = slices(groups, 4, NEVER, T0)

    assert [(each.plan is ONE, each.runs, each.start) for each in found] == [
        (True, ((0, 0), (2, 2)), T0),
        (False, ((1, 1), (3, 3)), T0),
        (True, ((4, 4), (6, 6)), later(1)),
        (False, ((5, 5),), later(1)),
    ]
    assert until == later(1.75)


@pytest.mark.parametrize("per_second", [0.001, 0.3, 0.7, 1, 3, 7.7, 333, 1e6])
def test_nobody_is_lost_and_no_second_takes_more_than_it_can(per_second: float) -> None:
    runs = ((0, 40), (50, 99))

    found, until = slices([Slice(ONE, runs, None)], per_second, NEVER, T0)

    assert sorted(at for each in found for at in positions_of(each.runs)) == [*positions_of(runs)]
    assert all(count(each.runs) <= max(1, per_second + 1) for each in found)
    assert until - T0 == pytest.approx(91 / per_second * SECOND, abs=1)
    assert all(T0 <= (each.start or 0) < until for each in found)

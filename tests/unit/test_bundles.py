"""C-3: reports that fall due together travel together, a bounded number a POST."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amp.core.bundles import Bundle, Item, count, holds, latest_report, overlap, pack, runs_of, size, spans, split
from mock_amp.core.lifecycle import move
from mock_amp.core.model import Channel, Runs, Status
from tests.unit.builders import a_cohort, a_leg

RUNS: Runs = ((0, 4), (7, 7), (10, 12))


def positions(runs: Runs) -> list[int]:
    return list(chain.from_iterable(range(first, last + 1) for first, last in runs))


def reports(bundles: list[Bundle]) -> list[tuple[int, int, int]]:
    """(cohort, timeline line, position) of every report, in order."""
    return [(item.cohort, item.entry, at) for bundle in bundles for item in bundle for at in positions(item.runs)]


def test_ascending_positions_become_closed_ranges() -> None:
    assert runs_of([0, 1, 2, 3, 4, 7, 10, 11, 12]) == RUNS


def test_no_positions_are_no_ranges() -> None:
    assert runs_of([]) == ()


def test_ranges_count_their_positions() -> None:
    assert count(RUNS) == 9


@pytest.mark.parametrize(("position", "held"), [(0, True), (4, True), (5, False), (7, True), (9, False), (13, False)])
def test_ranges_hold_their_positions_and_no_others(position: int, *, held: bool) -> None:
    assert holds(RUNS, position) is held


@pytest.mark.parametrize(
    ("most", "head", "rest"),
    [
        (0, (), RUNS),
        (3, ((0, 2),), ((3, 4), (7, 7), (10, 12))),
        (5, ((0, 4),), ((7, 7), (10, 12))),
        (7, ((0, 4), (7, 7), (10, 10)), ((11, 12),)),
        (9, RUNS, ()),
        (99, RUNS, ()),
    ],
)
def test_ranges_are_cut_where_the_head_is_full(most: int, head: Runs, rest: Runs) -> None:
    assert split(RUNS, most) == (head, rest)


def test_a_cohort_owes_the_report_of_its_latest_line() -> None:
    """C-3: for all its destinations at once."""
    moved = move(a_cohort(a_leg(Channel.SMS, Status.ACCEPTD), members=RUNS))

    assert latest_report(moved) == Item(cohort=1, entry=1, runs=RUNS)


def test_a_bundle_has_at_most_so_many_reports() -> None:
    """C-3: most per POST."""
    packed = pack([Item(1, 1, ((0, 4),)), Item(2, 1, ((5, 6),))], 3)

    assert packed == [
        (Item(1, 1, ((0, 2),)),),
        (Item(1, 1, ((3, 4),)), Item(2, 1, ((5, 5),))),
        (Item(2, 1, ((6, 6),)),),
    ]


def test_the_first_bundle_goes_on_from_the_one_begun() -> None:
    """C-3: what falls due within the window travels with what waits."""
    begun = (Item(1, 1, ((0, 1),)),)

    assert pack([Item(2, 1, ((5, 6),))], 3, begun) == [(*begun, Item(2, 1, ((5, 5),))), (Item(2, 1, ((6, 6),)),)]


def test_a_full_bundle_that_was_begun_is_left_as_it_is() -> None:
    """C-3: the others follow in a new one."""
    begun = (Item(1, 1, ((0, 2),)),)

    assert pack([Item(2, 1, ((5, 5),))], 3, begun) == [begun, (Item(2, 1, ((5, 5),)),)]


def test_nothing_is_packed_into_no_bundle() -> None:
    assert pack([], 3) == []


_POSITIONS = st.sets(st.integers(0, 60), max_size=25).map(sorted)
_ITEM = st.builds(
    lambda cohort, entry, at: Item(cohort, entry, runs_of(at)), st.integers(1, 3), st.integers(1, 4), _POSITIONS
)
_BUNDLE = st.lists(_ITEM, max_size=4).map(tuple)


@given(_POSITIONS, st.integers(0, 70))
def test_a_cut_loses_and_repeats_no_position(held: list[int], most: int) -> None:
    head, rest = split(runs_of(held), most)

    assert positions(head) + positions(rest) == held
    assert count(head) == min(most, len(held))


@given(st.lists(_ITEM, max_size=6), st.integers(1, 30), _BUNDLE)
def test_packing_keeps_every_report_in_order_and_no_bundle_too_large(
    items: list[Item], most: int, begun: Bundle
) -> None:
    """C-3: reports of one message keep their order; the limit holds."""
    most = max(most, size(begun))
    packed = pack(items, most, begun)

    assert reports(packed) == reports([begun, tuple(items)])
    assert all(size(bundle) <= most for bundle in packed)
    assert all(size(bundle) == most for bundle in packed[:-1])


@given(_BUNDLE, _BUNDLE)
def test_bundles_overlap_when_they_share_a_message(one: Bundle, other: Bundle) -> None:
    """C-3: first attempts about one message never overtake each other."""
    shared = {at for _, _, at in reports([one])} & {at for _, _, at in reports([other])}

    assert overlap(spans(one), spans(other)) is bool(shared)

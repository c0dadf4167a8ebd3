"""Reports of one job that fall due together travel together, a bounded number a POST (C-3)."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from mock_amp.core.model import Cohort, Runs


class Item(NamedTuple):
    """Reports of one timeline line of a cohort, for the destinations at `runs`."""

    cohort: int
    entry: int
    runs: Runs


Bundle = tuple[Item, ...]


def latest_report(cohort: Cohort) -> Item:
    """The reports that a cohort owes for the line its timeline has just got."""
    return Item(cohort.key, len(cohort.timeline) - 1, cohort.members)


def count(runs: Runs) -> int:
    """How many positions the runs hold."""
    if len(runs) == 1:
        return runs[0][1] - runs[0][0] + 1
    return sum([last - first + 1 for first, last in runs])


def size(bundle: Bundle) -> int:
    """How many reports a bundle holds."""
    return sum([count(item.runs) for item in bundle])


def split(runs: Runs, most: int) -> tuple[Runs, Runs]:
    """The first `most` positions, and the rest."""
    head: list[tuple[int, int]] = []
    for index, (first, last) in enumerate(runs):
        if last - first + 1 > most:
            cut = ((first, first + most - 1),) if most else ()
            return (*head, *cut), ((first + most, last), *runs[index + 1 :])
        head.append((first, last))
        most -= last - first + 1
    return tuple(head), ()


def pack(items: Iterable[Item], most: int, begun: Bundle = ()) -> list[Bundle]:
    """The items in their order, in bundles of at most `most` reports; the first goes on from `begun`."""
    packed: list[Bundle] = []
    bundle, room = list(begun), most - size(begun)
    for item in items:
        rest = item.runs
        while rest:
            if room <= 0:
                packed.append(tuple(bundle))
                bundle, room = [], most
            head, rest = split(rest, room)
            bundle.append(Item(item.cohort, item.entry, head))
            room -= count(head)
    return [*packed, tuple(bundle)] if bundle else packed


Spans = Sequence[tuple[int, int]]
"""The positions that a bundle reports about, as ascending closed ranges apart from each other."""


def spans(bundle: Bundle) -> Spans:
    """Which destinations of its job a bundle reports about."""
    if len(bundle) == 1:
        return bundle[0].runs
    merged: list[tuple[int, int]] = []
    for first, last in sorted(run for item in bundle for run in item.runs):
        if merged and first <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def overlap(mine: Spans, theirs: Spans) -> bool:
    """Whether two bundles of a job report about the same message, so that one has to wait for the other."""
    if (
        not mine or not theirs or mine[0][0] > theirs[-1][1] or theirs[0][0] > mine[-1][1]
    ):  # slices of one cohort, seen at once
        return False
    for first, last in mine:
        at = bisect_left(theirs, (first,))
        if (at and theirs[at - 1][1] >= first) or (at < len(theirs) and theirs[at][0] <= last):
            return True
    return False


def runs_of(positions: Sequence[int]) -> Runs:
    """Ascending positions as closed ranges."""
    runs: list[tuple[int, int]] = []
    for position in positions:
        if runs and runs[-1][1] == position - 1:
            runs[-1] = (runs[-1][0], position)
        else:
            runs.append((position, position))
    return tuple(runs)


def positions_of(runs: Runs) -> Iterator[int]:
    """Every position of the runs, ascending."""
    for first, last in runs:
        yield from range(first, last + 1)


def holds(runs: Runs, position: int) -> bool:
    """Whether a position is among the runs."""
    return any(first <= position <= last for first, last in runs)

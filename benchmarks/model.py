"""What is measured and how it is told: figures of both sides taken in the same run, their ratio, and what is wanted."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

Sense = Literal["at least", "at most"]

_FEW: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. `ratio` is ours against the floor's, round by round, where there is a floor."""

    name: str
    unit: str
    ours: float
    floor: float | None = None
    ratio: float | None = None
    spread: tuple[float, float] | None = None
    """The lowest and the highest ratio of a round; of ours where there is no floor."""
    sense: Sense
    target: float
    """What the ratio has to keep to; what ours has to, where there is no floor."""
    aim: float | None = None
    rounds: int = 1
    note: str = ""

    @property
    def judged(self) -> float:
        """The figure that the target is about."""
        return self.ours if self.ratio is None else self.ratio

    @property
    def met(self) -> bool:
        return self.judged >= self.target if self.sense == "at least" else self.judged <= self.target

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "met": self.met}


def against(
    name: str,
    unit: str,
    ours: Sequence[float],
    floor: Sequence[float],
    sense: Sense,
    target: float,
    aim: float | None = None,
    note: str = "",
) -> Row:
    """A row of rounds in pairs: each of ours was taken right beside the floor's of the same place."""
    ratios = [mine / theirs for mine, theirs in zip(ours, floor, strict=True)]
    return Row(
        name=name,
        unit=unit,
        ours=statistics.median(ours),
        floor=statistics.median(floor),
        ratio=statistics.median(ratios),
        spread=(min(ratios), max(ratios)),
        sense=sense,
        target=target,
        aim=aim,
        rounds=len(ratios),
        note=note,
    )


def alone(
    name: str, unit: str, ours: Sequence[float], sense: Sense, target: float, aim: float | None = None, note: str = ""
) -> Row:
    """A row without a floor."""
    return Row(
        name=name,
        unit=unit,
        ours=statistics.median(ours),
        spread=(min(ours), max(ours)) if len(ours) > 1 else None,
        sense=sense,
        target=target,
        aim=aim,
        rounds=len(ours),
        note=note,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of all do not pass."""
    ordered = sorted(values)
    if len(ordered) < _FEW:
        return ordered[0]
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

"""What a part of a soak came to: its samples, three of them to show, and what is to be said of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from benchmarks.soak.samples import Sample

Say = Callable[[Sample], None]
"""Who is told of each sample as it is taken."""


class Verdict(NamedTuple):
    """Something that has to be so, and whether it was; None when the run was too small to tell."""

    name: str
    met: bool | None
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One soak. `samples` are all that were taken, oldest first."""

    name: str
    title: str
    start: Sample
    middle: Sample
    end: Sample
    samples: Sequence[Sample]
    verdicts: Sequence[Verdict]
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def failed(self) -> list[Verdict]:
        return [each for each in self.verdicts if each.met is False]

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "verdicts": [each._asdict() for each in self.verdicts]}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Part":
        """What `as_json` gave, whatever stands beside it."""
        return cls(
            name=document["name"],
            title=document["title"],
            start=Sample.of(document["start"]),
            middle=Sample.of(document["middle"]),
            end=Sample.of(document["end"]),
            samples=[Sample.of(each) for each in document["samples"]],
            verdicts=[Verdict(**each) for each in document["verdicts"]],
            notes=document["notes"],
        )

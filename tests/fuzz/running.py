"""A long run over one target: inputs made of those that were of a new kind, findings made small, figures."""

import time
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random
from typing import Final

from tests.fuzz.spoiling import spoilt
from tests.fuzz.target import Target, Tried, try_out

_MOST_KNOWN: Final = 3_000
_SLOWEST: Final = 3
_LONG: Final = 0.02
_SHRINKING: Final = 20.0
"""Seconds that a finding may take to be made small."""


@dataclass(slots=True)
class Finding:
    """What broke, by its smallest input so far."""

    place: str
    words: str
    data: bytes
    times: int = 1


@dataclass(slots=True)
class Run:
    """What has come of a target."""

    target: str
    inputs: int = 0
    seconds: float = 0.0
    kinds: set[Hashable] = field(default_factory=set)
    findings: dict[str, Finding] = field(default_factory=dict)
    slowest: list[tuple[float, bytes]] = field(default_factory=list)

    def note(self, data: bytes, tried: Tried) -> bool:
        """Keeps what came of an input; whether it is of a new kind."""
        self.inputs += 1
        if len(self.slowest) < _SLOWEST or tried.took > self.slowest[-1][0]:
            self.slowest = sorted([*self.slowest, (tried.took, data)], reverse=True)[:_SLOWEST]
        if tried.broken is not None:
            self._find(data, tried)
            return False
        new = tried.kind not in self.kinds
        self.kinds.add(tried.kind)
        return new

    def _find(self, data: bytes, tried: Tried) -> None:
        known = self.findings.get(tried.place)
        if known is None:
            words = f"{type(tried.broken).__name__}: {tried.broken}".splitlines()[0][:300]
            self.findings[tried.place] = Finding(tried.place, words, data)
        else:
            known.times += 1
            known.data = min(known.data, data, key=len)


def fuzz(target: Target, seconds: float, dice: Random) -> Run:
    """Tries inputs out for so long."""
    run, known = Run(target.name), list(target.seeds)
    begun = time.monotonic()
    for data in (*target.seeds, *kept(target).values()):
        run.note(data, try_out(target, data))
    while time.monotonic() - begun < seconds:
        data = spoilt(dice, target, known)
        if run.note(data, tried(target, data)):
            known.append(data)
            if len(known) > _MOST_KNOWN:
                known.pop(dice.randrange(len(target.seeds), len(known)))
    run.seconds = time.monotonic() - begun
    for finding in run.findings.values():
        finding.data = smaller(target, finding.data, finding.place)
    return run


def tried(target: Target, data: bytes) -> Tried:
    """What comes of an input; what takes long does so again, unless it was the collector's fault, or an import's."""
    found = try_out(target, data)
    if found.broken is None and found.took > _LONG:
        again = try_out(target, data)
        return replace(again, took=min(again.took, found.took))
    return found


def smaller(target: Target, data: bytes, place: str) -> bytes:
    """The least of an input that still breaks in the same place, as far as there is time."""
    until, step = time.monotonic() + _SHRINKING, len(data) // 2
    while step and time.monotonic() < until:
        at = 0
        while at < len(data) and time.monotonic() < until:
            without = data[:at] + data[at + step :]
            if try_out(target, without).place == place:
                data = without
            else:
                at += step
        step //= 2
    return data


def kept(target: Target) -> dict[str, bytes]:
    """The inputs of the target's corpus by name: each was a finding once."""
    folder = target.corpus
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.is_dir() else {}


def keep(target: Target, data: bytes) -> str:
    """Puts an input into the corpus, and answers where."""
    target.corpus.mkdir(parents=True, exist_ok=True)
    path = target.corpus / sha256(data).hexdigest()[:12]
    path.write_bytes(data)
    return str(path.relative_to(target.corpus.parents[3]))

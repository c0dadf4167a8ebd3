"""What a fault of the callback leg makes of the callbacks that it takes, and what each of their attempts suffers.

The record of a callback says it in the words of the scenario file, and what the record says is acted on.
"""

from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from typing import Any, Final, NamedTuple

from mock_amp.core.bundles import Item
from mock_amp.core.instants import SECOND, Instant, format_duration
from mock_amp.core.model import Entry, Job
from mock_amp.core.records import REPLY, Callback, CallbackState, Injected
from mock_amp.core.scenario import CallbackFault

HELD: Final = 60 * SECOND
"""How long a callback is held back at most, until another one of its job overtakes it."""

FAIL_FIRST: Final = "fail_first"
CUT: Final = "cut"

Facts = Mapping[str, Any]
"""What a match asks of a callback, by the name of the criterion."""

_NONE: Final[Mapping[str, Any]] = {}


class Owed(NamedTuple):
    """Reports that are owed, and the line of a timeline that they tell of."""

    item: Item
    entry: Entry


def facts_of(job: Job, kind: str, url: str, channel: str, status: str | None) -> Facts:
    """What can be asked of a callback; a reply has no status."""
    said = {"kind": kind, "url": url, "channel": channel, "status": status}
    return {**said, "job_id": job.client_job_id, "product": job.product}


def asked(faults: Iterable[CallbackFault]) -> Set[str]:
    """The facts that the faults ask for; callbacks that differ in others only are alike to them."""
    return {name for fault in faults for name, _ in fault.criteria}


def apart(owed: Iterable[tuple[Facts, Item]], names: Set[str]) -> list[tuple[Facts, list[Item]]]:
    """The reports of one moment in groups that are alike; those about one message stay in their order (C-3)."""
    groups: list[tuple[Facts, list[Item]]] = []
    last: dict[int, int] = {}
    for facts, item in owed:
        for place in range(last.get(item.cohort, 0), len(groups)):
            if alike(groups[place][0], facts, names):
                break
        else:
            place = len(groups)
            groups.append((facts, []))
        groups[place][1].append(item)
        last[item.cohort] = place
    return groups


def alike(mine: Facts, theirs: Facts, names: Set[str]) -> bool:
    return all(mine[name] == theirs[name] for name in names)


def hit(callback: Callback, fault: CallbackFault, *, holds: bool) -> Callback:
    """A callback that has just come to be owed, as a fault wants it; it is held back only if `holds`."""
    said = _words(fault, callback.kind)
    if not holds:
        said.pop("reorder", None)
    if not said:
        return callback
    injected = Injected(rule=fault.name, faults=said)
    if "drop" in said:
        return replace(callback, state=CallbackState.DISCARDED, injected=injected)
    wait = fault.delay + (fault.merge or 0 if "merge" in said else 0) + (HELD if "reorder" in said else 0)
    return replace(callback, due_at=Instant(callback.due_at + wait), injected=injected)


def again(callback: Callback, key: int) -> Callback:
    """A duplicate: the same callback, with the same faults."""
    if callback.injected is None:
        raise ValueError(f"callback {callback.key} has no fault that would duplicate it")
    said = {name: value for name, value in callback.injected.faults.items() if name != "duplicate"}
    said["duplicate_of"] = str(callback.key)
    return replace(callback, key=key, injected=replace(callback.injected, faults=said))


def original(callback: Callback) -> int:
    """The key of the callback that this one repeats: its own, unless it is a duplicate."""
    return int(_faults(callback).get("duplicate_of", callback.key))


def duplicates(callback: Callback) -> int:
    """How often a callback is owed once more."""
    return int(_faults(callback).get("duplicate", 0))


def held(callback: Callback) -> bool:
    """Whether a callback is one that others overtake."""
    return "reorder" in _faults(callback)


def most_reports(callback: Callback, usual: int) -> int:
    """How many reports a callback may carry."""
    return min(usual, int(_faults(callback).get("split", usual)))


def collects_until(callback: Callback) -> Instant:
    """How long other reports may join a callback that waits for them."""
    return Instant(callback.due_at - (HELD if held(callback) else 0))


def merged_by(callback: Callback, faults: Iterable[CallbackFault]) -> CallbackFault | None:
    """The fault for which a callback waits for other reports, if it does."""
    if callback.injected is None or "merge" not in callback.injected.faults:
        return None
    return next((each for each in faults if each.name == callback.injected.rule and each.merge is not None), None)


def suffered(callback: Callback, attempt: int) -> str | None:
    """The fault that an attempt suffers: it fails at our end, or breaks off in the middle of the body."""
    faults = _faults(callback)
    failing = faults.get(FAIL_FIRST, 0)
    if attempt <= failing:
        return FAIL_FIRST
    return CUT if attempt <= failing + faults.get(CUT, 0) else None


def _words(fault: CallbackFault, kind: str) -> dict[str, Any]:
    """What a fault does to a callback of a kind, as the file says it; of a reply nothing is split or merged."""
    if fault.drop:
        return {"drop": True}
    said: dict[str, Any] = {
        FAIL_FIRST: fault.fail_first,
        CUT: fault.cut,
        "delay": fault.delay and format_duration(fault.delay),
        "duplicate": fault.duplicate,
        "reorder": fault.reorder,
    }
    if kind != REPLY:
        said |= {"split": fault.split, "merge": fault.merge if fault.merge is None else format_duration(fault.merge)}
    return {name: value for name, value in said.items() if value}


def _faults(callback: Callback) -> Mapping[str, Any]:
    return callback.injected.faults if callback.injected else _NONE

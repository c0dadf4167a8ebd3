"""What a run came to, with the conditions it was taken under: as JSON, and back from it."""

import json
import math
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from benchmarks.model import Row

ROOT: Final = Path(__file__).resolve().parent.parent

_PACKAGES: Final = ("aiohttp", "uvloop", "orjson")
_CPU: Final = Path("/proc/cpuinfo")


class Broken(Exception):
    """Rows that no harness may tell of: none at all, or a figure that is no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Where, when and with what the figures were taken."""

    command: str
    date: str
    commit: str
    cpu: str
    cores: int
    system: str
    python: str
    packages: Mapping[str, str]

    def as_text(self) -> str:
        packages = ", ".join(f"{name} {number}" for name, number in self.packages.items())
        return (
            f"`{self.command}` on {self.date}, commit {self.commit}: {self.cpu}, {self.cores} cores, "
            f"{self.system}, Python {self.python}, {packages}."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row, the measure it is of, and whether it is one of those that the README has."""

    measure: str
    main: bool
    row: Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All rows of a run; `failed` says of each measure that raised what it raised."""

    conditions: Conditions
    lines: Sequence[Line]
    failed: Mapping[str, str] = field(default_factory=dict)

    @property
    def missed(self) -> list[Line]:
        return [line for line in self.lines if not line.row.met]


def conditions(command: str) -> Conditions:
    """Those of this moment on this machine."""
    return Conditions(
        command=command,
        date=datetime.now(UTC).date().isoformat(),
        commit=_commit(),
        cpu=_cpu(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release().partition('-')[0]}",
        python=platform.python_version(),
        packages={name: version(name) for name in _PACKAGES},
    )


def lines_of(measure: str, main: int, rows: Sequence[Row]) -> list[Line]:
    """The rows of one measure, of which the first `main` are for the README. Raises Broken."""
    if not rows:
        raise Broken("it gave no rows")
    for row in rows:
        if not all(map(math.isfinite, _figures(row))):
            raise Broken(f"{row.name}: a figure is no number: {row}")
    return [Line(measure=measure, main=at < main, row=row) for at, row in enumerate(rows)]


def dumps(report: Report) -> str:
    document = {
        "conditions": asdict(report.conditions),
        "rows": [{"measure": line.measure, "main": line.main, **line.row.as_json()} for line in report.lines],
        "failed": dict(report.failed),
    }
    return json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def loads(text: str) -> Report:
    """What `dumps` wrote."""
    document = json.loads(text)
    return Report(
        conditions=Conditions(**document["conditions"]),
        lines=[Line(measure=each["measure"], main=each["main"], row=_row(each)) for each in document["rows"]],
        failed=document["failed"],
    )


def _row(document: Mapping[str, Any]) -> Row:
    known = {each.name: document[each.name] for each in fields(Row)}
    return Row(**known | {"spread": None if known["spread"] is None else tuple(known["spread"])})


def _figures(row: Row) -> list[float]:
    return [each for each in (row.ours, row.floor, row.ratio, row.target, *(row.spread or ())) if each is not None]


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty=, changed since"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _cpu() -> str:
    names = [line.partition(":")[2].strip() for line in _lines(_CPU) if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

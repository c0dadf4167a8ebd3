"""The result for a person, as a table, and for programs, as JSON."""

import datetime
import json
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.model import Row
from benchmarks.peers.measuring import OURS, Contender
from benchmarks.peers.scratch import version_of
from benchmarks.sends import CONNECTIONS

_DIGITS: Final = 3


def print_table(console: Console, contenders: Sequence[Contender], left_out: Mapping[str, str]) -> None:
    ours = next(each for each in contenders if each.key == OURS)
    table = Table(
        title=f"One-destination sends, {CONNECTIONS} connections, one core", title_justify="left", box=SIMPLE_HEAD
    )
    table.add_column("server", no_wrap=True)
    for heading in ("req/s", "range", "p99 ms", "ours/its", "cold", "warm"):
        table.add_column(heading, justify="right", no_wrap=True)
    for each in sorted(contenders, key=lambda one: -median(one.rates)):
        ratio = median(mine / theirs for mine, theirs in zip(ours.rates, each.rates, strict=True))
        table.add_row(
            f"{each.name} {each.version}",
            f"{median(each.rates):,.0f}",
            f"{min(each.rates):,.0f}..{max(each.rates):,.0f}",
            f"{median(each.slow):.1f}",
            "" if each is ours else f"{ratio:.2f}",
            f"{each.first:,.0f}",
            f"{each.warmed:.0f} s",
            style="bold" if each is ours else "",
        )
    table.caption = "cold: requests/s in the first 2 s; warm: load until it grew no faster"
    table.caption_justify = "left"
    console.print(table)
    for name, reason in left_out.items():
        console.print(f"[yellow]left out[/] {name}: {reason}", highlight=False)


def print_rows(console: Console, rows: Sequence[Row]) -> None:
    for row in rows:
        word = "[green]met[/]" if row.met else "[red]missed[/]"
        low, high = row.spread or (row.judged, row.judged)
        wanted = f"wanted {row.sense} {row.target:g}"
        console.print(f"{row.name}: {row.judged:.2f} ({low:.2f}..{high:.2f}), {wanted}: {word}", highlight=False)


def write_json(
    path: Path,
    contenders: Sequence[Contender],
    rows: Sequence[Row],
    left_out: Mapping[str, str],
    seconds: float,
) -> None:
    document = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": "make bench-peers",
        "machine": _machine(),
        "connections": CONNECTIONS,
        "seconds": seconds,
        "servers": [each.as_json() for each in contenders],
        "rows": [each.as_json() for each in rows],
        "left_out": dict(left_out),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_rounded(document), indent=2) + "\n")


def _rounded(value: Any) -> Any:
    match value:
        case float():
            return round(value, _DIGITS)
        case dict():
            return {name: _rounded(each) for name, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
        case _:
            return value


def _machine() -> dict[str, Any]:
    return {
        "cpu": _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "node": version_of("node"),
        "java": version_of("java"),
    }


def _cpu() -> str:
    listed = Path("/proc/cpuinfo")
    lines = listed.read_text().splitlines() if listed.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())

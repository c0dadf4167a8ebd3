"""Long runs: whether memory, tasks, sockets and files stay what they are while a server works.

    python -m benchmarks.soak --messages 5000000
    python -m benchmarks.soak --accounts 20000
    python -m benchmarks.soak --minutes 30 --faults

Each of them is a part, and several may be taken in one run, one after another.
"""

import json
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import click
import uvloop
from rich.console import Console

from benchmarks.report import ROOT, Conditions, conditions
from benchmarks.servers import pin_load
from benchmarks.soak import crowd, faults, level
from benchmarks.soak.faults import Plan
from benchmarks.soak.part import Part, Say
from benchmarks.soak.samples import Sample
from benchmarks.soak.telling import Teller, as_markdown, print_part, progress_on
from benchmarks.tables import between_marks

DOCS: Final = ROOT / "docs"
_WIDE: Final = 160
_SMOKE: Final = 4.0
"""Seconds of a look at the harness."""
_ENOUGH: Final = 60
"""Samples of a part that go into the docs."""


class Task(NamedTuple):
    """A part that is to be taken, and how far it is at a sample."""

    title: str
    take: Callable[[Say], Awaitable[Part]]
    share: Callable[[Sample], float]


@click.command(help=f"{(__doc__ or '').partition(chr(10))[0]}")
@click.option("--messages", type=click.IntRange(min=1_000), help="Send so many, which accounts do not keep.")
@click.option("--keep", type=click.IntRange(min=10), default=100_000, show_default=True, help="Most that they keep.")
@click.option("--accounts", type=click.IntRange(min=10), help="Open so many, which expire or are deleted.")
@click.option("--minutes", type=click.FloatRange(min=0.05), help="Keep a server busy for so long, on a file.")
@click.option("--faults", "with_faults", is_flag=True, help="With rude clients, in these minutes.")
@click.option("--rate", type=click.FloatRange(min=1), default=100, show_default=True, help="Actions a second, in them.")
@click.option("--smoke", is_flag=True, help="All of it for seconds, to see that the harness works.")
@click.option("--json", "out", type=click.Path(path_type=Path, dir_okay=False), help="Write what was found there.")
@click.option("--write-docs", is_flag=True, help="Write it into docs/; parts that were not taken stay there.")
def main(
    *,
    messages: int | None,
    keep: int,
    accounts: int | None,
    minutes: float | None,
    with_faults: bool,
    rate: float,
    smoke: bool,
    out: Path | None,
    write_docs: bool,
) -> None:
    if sys.platform != "linux":
        raise click.ClickException("Memory, descriptors and sockets are read as Linux tells them.")
    if with_faults and minutes is None:
        raise click.UsageError("--faults goes with --minutes.")
    if smoke and (messages or accounts or minutes or write_docs):
        raise click.UsageError("--smoke has sizes of its own, and tells the docs nothing.")
    tasks = _smoke() if smoke else _tasks(messages, keep, accounts, minutes, rate, with_faults=with_faults)
    if not tasks:
        raise click.UsageError("Say what to soak it in: --messages, --accounts, --minutes or --smoke.")
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it starts in the background ignore it
    told = asdict(conditions(" ".join(["python -m benchmarks.soak", *sys.argv[1:]])))
    pin_load()
    parts = _take(tasks)
    if out:
        out.write_text(_dumps({each.name: _entry(told, each) for each in parts}), encoding="utf-8")
    if write_docs:
        _write_docs(told, parts)
    if smoke:
        click.echo("This was the harness for some seconds: its figures mean nothing.")
    elif any(each.failed for each in parts):
        sys.exit(1)


def _tasks(
    messages: int | None, keep: int, accounts: int | None, minutes: float | None, rate: float, *, with_faults: bool
) -> list[Task]:
    tasks = []
    if messages:
        tasks.append(
            Task(f"{messages:,} messages", lambda say: level.soak(say, messages, keep), lambda it: it.done / messages)
        )
    if accounts:
        tasks.append(
            Task(f"{accounts:,} accounts", lambda say: crowd.soak(say, accounts), lambda it: it.done / accounts)
        )
    if minutes:
        seconds = minutes * 60
        plan = Plan(seconds=seconds, rate=rate, every=min(10.0, max(1.0, seconds / 60)), faults=with_faults)
        tasks.append(Task(f"{minutes:g} minutes", lambda say: faults.soak(say, plan), lambda it: it.at / seconds))
    return tasks


def _smoke() -> list[Task]:
    plan = Plan(seconds=_SMOKE, rate=50, every=0.5, settling=0)
    return [
        Task("messages", lambda say: level.soak(say, 4_000, 200, 0.5), lambda it: it.done / 4_000),
        Task("accounts", lambda say: crowd.soak(say, 40, 0.5, 1.0), lambda it: it.done / 40),
        Task("faults", lambda say: faults.soak(say, plan), lambda it: it.at / _SMOKE),
    ]


def _take(tasks: Sequence[Task]) -> list[Part]:
    """Each on an event loop of its own. An interrupt ends servers and clients, and is told by the exit status."""
    console, parts = Console(), []
    if not console.is_terminal:
        console.width = _WIDE
    with progress_on(console) as progress:
        for task in tasks:
            part = uvloop.run(_part(task, Teller(console, progress, task.title, task.share)))
            print_part(console, part)
            parts.append(part)
    return parts


async def _part(task: Task, say: Say) -> Part:
    return await task.take(say)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


def _entry(told: dict[str, Any], part: Part) -> dict[str, Any]:
    return {"conditions": told, **part.as_json()}


def _dumps(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _write_docs(told: dict[str, Any], parts: Sequence[Part]) -> None:
    """Beside what earlier runs found in other parts."""
    file, page = DOCS / "soak.json", DOCS / "benchmarks.md"
    known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    known |= {each.name: _entry(told, _shortened(each)) for each in parts}
    file.write_text(_dumps(known), encoding="utf-8")
    page.write_text(between_marks(page.read_text(encoding="utf-8"), "soak", markdown(known)), encoding="utf-8")


def markdown(known: Mapping[str, Any]) -> str:
    """The tables of what `soak.json` has, each with what it was taken under."""
    return "\n\n".join(f"{as_markdown(Part.of(each))}\n\n{_under(each)}" for each in known.values())


def _under(entry: Mapping[str, Any]) -> str:
    return Conditions(**entry["conditions"]).as_text()


def _shortened(part: Part) -> Part:
    """With samples evenly over its time, no more than the docs need."""
    return replace(part, samples=part.samples[:: max(1, len(part.samples) // _ENOUGH)])


if __name__ == "__main__":
    main()

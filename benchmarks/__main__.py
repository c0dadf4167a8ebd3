"""Measures everything and tells it, as `make bench` does.

A target that is missed is told and is no failure; a measure that raises is one, after all the others were taken.
"""

import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import click
import uvloop
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from benchmarks import chart, tables
from benchmarks import measures as all_of
from benchmarks.measures import Measure
from benchmarks.model import Row
from benchmarks.report import ROOT, Line, Report, conditions, dumps, lines_of
from benchmarks.servers import pin_load

DOCS: Final = ROOT / "docs"
PAGES: Final = ((ROOT / "README.md", True), (DOCS / "benchmarks.md", False))
"""Pages with a table of ours; whether they have the main rows only."""

_WIDE: Final = 160
"""Columns of the table where it goes into a file, or a log."""


@click.command(help="Measure mock-amp against a bare application on the same machine, and print the table.")
@click.option("--smoke", is_flag=True, help="Tiny sizes, to see that the harness works. The figures mean nothing.")
@click.option("--only", multiple=True, metavar="NAME", help="Take this measure only. Can be given more than once.")
@click.option("--rounds", type=click.IntRange(min=1), help="Rounds of each measure, instead of its own number.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write the report and its chart there.")
@click.option("--write-docs", is_flag=True, help="Write them into docs/, and the tables of README and docs.")
def main(*, smoke: bool, only: Sequence[str], rounds: int | None, out: Path | None, write_docs: bool) -> None:
    if write_docs and (smoke or only or rounds or out):
        raise click.UsageError("--write-docs tells of a whole run: it goes with no other option.")
    if sys.platform != "linux":
        raise click.ClickException("Servers and load are kept apart, and memory is read, as Linux does it.")
    command = "make bench" if write_docs else " ".join(["python -m benchmarks", *sys.argv[1:]])
    report = take(_chosen(only), smoke=smoke, rounds=rounds, command=command)
    _tell(report, smoke=smoke)
    if smoke and out is None:
        with tempfile.TemporaryDirectory() as scratch:
            write(report, Path(scratch))
    if out is not None:
        write(report, out)
    if report.failed:
        sys.exit(1)
    if write_docs:
        write(report, DOCS)
        write_pages(report)


def take(measures: Sequence[Measure], *, smoke: bool, rounds: int | None, command: str) -> Report:
    """Each measure on an event loop of its own. What one raises is printed and kept, and the next one is taken."""
    lines: list[Line] = []
    failed: dict[str, str] = {}
    told = conditions(command)
    pin_load()
    with _progress() as say:
        for at, measure in enumerate(measures, 1):
            say(f"{measure.name} ({at} of {len(measures)})")
            began = time.monotonic()
            try:
                rows = uvloop.run(_rows(measure, smoke=smoke, rounds=rounds))
                lines += lines_of(measure.name, measure.main, rows)
            except Exception as problem:
                traceback.print_exc()
                failed[measure.name] = f"{type(problem).__name__}: {problem}".splitlines()[0]
            click.echo(f"{measure.name}: {time.monotonic() - began:.1f} s", err=True)
    return Report(conditions=told, lines=lines, failed=failed)


def write(report: Report, folder: Path) -> None:
    """The report as JSON, and its chart unless it has nothing to draw."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "benchmarks.json").write_text(dumps(report), encoding="utf-8")
    if report.lines:
        (folder / "benchmarks.svg").write_text(chart.as_svg(report), encoding="utf-8")


def write_pages(report: Report) -> None:
    for page, main_only in PAGES:
        table = tables.as_markdown(report, main_only=main_only)
        text = tables.between_marks(page.read_text(encoding="utf-8"), "benchmarks", table)
        page.write_text(text, encoding="utf-8")


def _chosen(only: Sequence[str]) -> list[Measure]:
    names = [measure.name for measure in all_of.MEASURES]
    if unknown := sorted(set(only) - set(names)):
        raise click.UsageError(f"There is no measure {', '.join(unknown)}. There are: {', '.join(names)}.")
    return [measure for measure in all_of.MEASURES if measure.name in only or not only]


async def _rows(measure: Measure, *, smoke: bool, rounds: int | None) -> list[Row]:
    return await measure.run(**measure.parameters(smoke=smoke, rounds=rounds))


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Says on a terminal which measure runs, and for how long so far."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    # Once a second: what is drawn here takes turns with the load.
    with Progress(
        *columns, console=console, refresh_per_second=1, transient=True, disable=not console.is_terminal
    ) as progress:
        task = progress.add_task("")

        def say(words: str) -> None:
            progress.reset(task, description=words)
            progress.refresh()

        yield say


def _tell(report: Report, *, smoke: bool) -> None:
    console = Console()
    if not console.is_terminal:
        console.width = _WIDE
    console.print(tables.for_terminal(report))
    console.print(report.conditions.as_text().replace("`", ""), style="dim", markup=False)
    if smoke:
        console.print("This was the harness at tiny sizes: its figures mean nothing.", style="bold")
    elif report.missed:
        console.print(f"{len(report.missed)} of {len(report.lines)} targets are missed.", style="bold red")
    for name, problem in report.failed.items():
        console.print(f"The measure {name} is broken: {problem}", style="bold red", markup=False)


if __name__ == "__main__":
    main()

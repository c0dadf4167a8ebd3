"""How a soak is told: a line for each sample as it is taken, a table at the end, and the same as Markdown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.soak.part import Part, Verdict
from benchmarks.soak.samples import Sample


class Column(NamedTuple):
    """What is told of a sample."""

    name: str
    read: Callable[[Sample], float | None]
    mega: bool = False

    def cell(self, sample: Sample) -> str:
        value = self.read(sample)
        if value is None:
            return "-"
        return f"{value / 1e6:,.1f} MB" if self.mega else f"{value:,.0f}"


COLUMNS: Final = (
    Column("done", lambda it: it.done),
    Column("kept", lambda it: it.kept),
    Column("RSS", lambda it: it.rss, mega=True),
    Column("RSS at most", lambda it: it.peak, mega=True),
    Column("store", lambda it: it.store, mega=True),
    Column("file and log", lambda it: it.file, mega=True),
    Column("tasks", lambda it: it.tasks),
    Column("connections", lambda it: it.connections),
    Column("descriptors", lambda it: it.fds),
    Column("sockets", lambda it: it.sockets),
    Column("threads", lambda it: it.threads),
    Column("agenda", lambda it: it.agenda),
    Column("posts", lambda it: it.posts),
    Column("accounts", lambda it: it.accounts),
)
_SHOWN: Final = ("done", "kept", "RSS", "store", "file and log", "tasks", "sockets", "agenda", "posts", "accounts")


@dataclass(slots=True)
class Teller:
    """Tells of one part while it runs; `share` says how far it is, from 0 to 1."""

    console: Console
    progress: Progress
    title: str
    share: Callable[[Sample], float]
    _columns: Sequence[Column] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.progress.update(self.progress.task_ids[0], description=self.title, completed=0)
        self._columns = [each for each in COLUMNS if each.name in _SHOWN]
        self.console.print(f"\n{self.title}", style="bold", highlight=False)
        self._line("seconds", [each.name for each in self._columns])

    def __call__(self, sample: Sample) -> None:
        self._line(f"{sample.at:,.0f}", [each.cell(sample) for each in self._columns])
        self.progress.update(self.progress.task_ids[0], completed=self.share(sample))

    def _line(self, first: str, cells: Sequence[str]) -> None:
        text = f"{first:>7}" + "".join(f"{each:>14}" for each in cells)
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)


def progress_on(console: Console) -> Progress:
    """A bar below the lines, on a terminal alone."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
    )
    shown = Progress(*columns, console=console, refresh_per_second=1, transient=True, disable=not console.is_terminal)
    shown.add_task("", total=1)
    return shown


def print_part(console: Console, part: Part) -> None:
    table = Table("", *_HEADS)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, *cells in _rows(part):
        table.add_row(name, *cells)
    console.print(f"\n{part.title[0].upper()}{part.title[1:]}", style="bold", highlight=False)
    console.print(table)
    for verdict in part.verdicts:
        console.print(f"{_met(verdict):>8}  {verdict.name}: {verdict.words}", style=_style(verdict), highlight=False)
    for note in part.notes:
        console.print(f"          {note}", style="dim", highlight=False, markup=False)


_HEADS: Final = ("start", "middle", "end")


def _rows(part: Part) -> list[tuple[str, ...]]:
    shown = (part.start, part.middle, part.end)
    told = [column for column in COLUMNS if any(column.read(each) for each in shown)]
    seconds = ("seconds", *(f"{each.at:,.0f}" for each in shown))
    return [seconds, *((column.name, *(column.cell(each) for each in shown)) for column in told)]


def as_markdown(part: Part) -> str:
    """A table of its start, middle and end, with its verdicts and notes below."""
    head = [f"### {part.title[0].upper()}{part.title[1:]}", ""]
    table = [f"| | {' | '.join(_HEADS)} |", "| --- | ---: | ---: | ---: |"]
    table += ["| " + " | ".join(row) + " |" for row in _rows(part)]
    said = [f"- {each.name}, {_met(each)}: {each.words}." for each in part.verdicts]
    return "\n".join([*head, *table, "", *said, *(f"- {note}." for note in part.notes)])


def _met(verdict: Verdict) -> str:
    return {True: "yes", False: "**no**", None: "not judged"}[verdict.met]


def _style(verdict: Verdict) -> str:
    return {True: "green", False: "bold red", None: "yellow"}[verdict.met]

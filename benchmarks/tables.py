"""The table of a report: for the terminal, and as Markdown between the marks of a page."""

import re
from collections.abc import Sequence
from typing import Final

from rich.table import Table
from rich.text import Text

from benchmarks.model import Row
from benchmarks.report import Line, Report

_HEADS: Final = ("What", "Ours", "Floor", "Ratio", "Wanted", "Met")
_BIG: Final = 100


class NoMarks(Exception):
    """A page without the two marks between which the table belongs."""


def for_terminal(report: Report) -> Table:
    table = Table(
        *_HEADS, title="Medians of the rounds, and in brackets the lowest and the highest", title_justify="left"
    )
    for column in table.columns[1:4]:
        column.justify = "right"
    before = ""
    for line in report.lines:
        if before not in ("", line.measure):
            table.add_section()
        before = line.measure
        table.add_row(*_cells(line.row), Text("yes", "green") if line.row.met else Text("MISSED", "bold red"))
    return table


def as_markdown(report: Report, *, main_only: bool = False) -> str:
    """The table and what it was taken under: all rows with their spread and their notes, or the main ones, short."""
    lines = [line for line in report.lines if line.main or not main_only]
    parts = [_markdown(lines, spread=not main_only)]
    if not main_only and (notes := _notes(lines)):
        parts.append(notes)
    return "\n\n".join([*parts, report.conditions.as_text()])


def between_marks(page: str, name: str, text: str) -> str:
    """The page with `text` between `<!-- NAME:begin -->` and `<!-- NAME:end -->`. Raises NoMarks."""
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    marked = re.compile(f"(?<={re.escape(begin)}\n).*?(?={re.escape(end)})", re.DOTALL)
    if not marked.search(page):
        raise NoMarks(f"the page has no {begin} and {end}")
    return marked.sub(lambda _: f"\n{text}\n\n", page, count=1)


def figure(value: float) -> str:
    """As many digits as a reader needs: 12,345 and 123, but 12.3, 1.23 and 0.12."""
    if abs(value) >= _BIG:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= _BIG / 10 else f"{value:.2f}"


def wanted(row: Row) -> str:
    unit = "" if row.ratio is not None else f" {row.unit}"
    aim = "" if row.aim is None else f", aim {figure(row.aim)}"
    return f"{row.sense} {figure(row.target)}{unit}{aim}"


def _cells(row: Row, *, spread: bool = True) -> list[str]:
    """The spread of the rounds is beside what is judged: the ratio, or ours where there is no floor."""
    ours, floor = f"{figure(row.ours)} {row.unit}", "" if row.floor is None else f"{figure(row.floor)} {row.unit}"
    ratio = "" if row.ratio is None else figure(row.ratio)
    if spread and row.spread is not None and row.rounds > 1:
        between = f" ({' to '.join(map(figure, row.spread))})"
        ours, ratio = (ours, ratio + between) if ratio else (ours + between, ratio)
    return [row.name, ours, floor, ratio, wanted(row)]


def _markdown(lines: Sequence[Line], *, spread: bool) -> str:
    rows = [[*_cells(line.row, spread=spread), "yes" if line.row.met else "**missed**"] for line in lines]
    rule = ["---", "---:", "---:", "---:", "---", "---"]
    return "\n".join("| " + " | ".join(each) + " |" for each in (_HEADS, rule, *rows))


def _notes(lines: Sequence[Line]) -> str:
    return "\n".join(f"- {line.row.name}: {line.row.note}." for line in lines if line.row.note)

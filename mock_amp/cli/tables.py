"""Tables of the command line: as wide as they need to be in a file, in colours and wrapped on a terminal."""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click

Cell = str | tuple[str, str]
"""A text, or a text and its style."""


def colourful() -> bool:
    """Whether colours are wanted: on a terminal, unless NO_COLOR says no (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def painted(text: str, colour: str, *, bold: bool = False) -> str:
    """A text in a colour, where colours are wanted."""
    return click.style(text, fg=colour, bold=bold) if colourful() else text


def print_table(head: Sequence[str], rows: Sequence[Sequence[Cell]], justify: Mapping[int, Any] | None = None) -> None:
    """Prints a table; `justify` by the number of the column."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for at, name in enumerate(head):
        table.add_column(name, justify=(justify or {}).get(at, "left"), overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) if isinstance(cell, str) else Text(*cell) for cell in row))
    if sys.stdout.isatty():
        Console(markup=False, highlight=False, color_system="auto" if colourful() else None).print(table)
        return
    console = Console(markup=False, highlight=False, width=1_000, no_color=True)
    with console.capture() as captured:
        console.print(table)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))

"""The part of docs/cli.md that the commands themselves say: `python -m tests.acceptance.cli_page` writes it anew."""

import inspect
import re
from collections.abc import Iterator
from typing import Final

import click

from mock_amp.cli.asking import asks
from mock_amp.cli.main import SECTIONS, cli
from tests.acceptance.processes import ROOT

PAGE: Final = ROOT / "docs" / "cli.md"
FORMS: Final = re.compile(r"^\| `mock-amp ([a-z ]+) --json` \|", re.MULTILINE)
"""The rows that say what --json prints."""

_BETWEEN: Final = re.compile(r"(?<=<!-- commands:begin -->\n).*(?=<!-- commands:end -->)", re.DOTALL)
_KEPT: Final = re.compile(r"^\x08\n((?:.+\n)*.+)\n", re.MULTILINE)
_PIPE: Final = r"\|"
_COMMON: Final = "Options of all that talk to a server"
_THOSE: Final = f"[those of all that talk to a server](#{_COMMON.lower().replace(' ', '-')})"
_SETTINGS: Final = "\nEvery setting is a flag: [the table](operations.md#settings). Beside them:\n"


def commands(group: click.Group = cli, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every command by its path, in the order of the help; the whole comes first, by no path."""
    yield path.strip(), group
    for name in group.list_commands(click.Context(group)):
        command, below = group.commands[name], f"{path} {name}".strip()
        if isinstance(command, click.Group):
            yield from commands(command, below)
        else:
            yield below, command


def written(page: str) -> str:
    """The page with what the commands say now."""
    return _BETWEEN.sub(lambda _: "\n" + "\n".join(_sections()) + "\n", page)


def _sections() -> Iterator[str]:
    common = _common()
    yield f"### {_COMMON}\n"
    yield from _table(common)
    titles = {
        names[0]: title for title, all_names in SECTIONS if (names := [n for n in all_names if n in cli.commands])
    }
    for path, command in commands():
        if not path:
            continue
        if path in titles:
            yield f"### {titles[path]}\n"
        if isinstance(command, click.Group):
            continue
        usage = " ".join(command.collect_usage_pieces(click.Context(command)))
        yield f"#### mock-amp {path}\n\n```text\nmock-amp {path} {usage}\n```\n"
        yield _text(command)
        rows = [row for each in command.params if (row := _row(each, settings=path == "serve"))]
        own = [row for row in rows if row not in common]
        talks = len(rows) - len(own) == len(common)
        if path == "serve":
            yield _SETTINGS
        yield from _table(own if talks else rows)
        if talks:
            yield f"{'And' if own else 'Its options are'} {_THOSE}.\n"


def _common() -> list[str]:
    """The rows of the options that every command gets which asks a server."""
    command = click.command(asks(lambda **_: None))
    return [row for each in command.params if (row := _row(each, settings=False))]


def _table(rows: list[str]) -> Iterator[str]:
    if rows:
        yield "| option | what it does |\n|---|---|\n" + "\n".join(rows) + "\n"


def _text(command: click.Command) -> str:
    """What click is told to leave in its lines is a block of text here."""
    return _KEPT.sub(r"```text\n\1\n```\n", inspect.cleandoc(command.help or "") + "\n")


def _row(each: click.Parameter, *, settings: bool) -> str | None:
    if not isinstance(each, click.Option) or (settings and each.name != "settings_file"):
        return None
    names = "/".join([*each.opts, *each.secondary_opts])
    takes = "" if each.is_flag else f" {each.make_metavar(click.Context(cli))}"
    default = f" Default: {each.default}." if each.show_default and each.default is not None else ""
    variable = f" Or the variable `{each.envvar}`." if each.envvar else ""
    cells = (f"`{names}{takes}`", f"{each.help}{default}{variable}")
    return f"| {' | '.join(cell.replace('|', _PIPE) for cell in cells)} |"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

"""What may be said on stdout: every character, also where the terminal or the pipe has a code page that lacks some."""

import codecs
import io
import json
import re
import sys
from typing import Any, Final

import click

_ESCAPED: Final = "mock-amp-escaped"
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


def let_all_be_said() -> None:
    """Has stdout write what its encoding lacks as JSON writes it: an escape to a person, and JSON stays what it was.

    Without this a pipe on Windows ends the command at the first such character. stderr escapes by itself.
    """
    codecs.register_error(_ESCAPED, _escape)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_ESCAPED)


def print_json(value: Any, indent: int | None = None) -> None:
    """Prints a value as JSON."""
    print_json_text(json.dumps(value, ensure_ascii=False, indent=indent))


def print_json_text(text: str) -> None:
    """Prints JSON that every reader takes for what it is: where a pipe is not UTF-8, all but ASCII is escaped."""
    usual = codecs.lookup(sys.stdout.encoding or "ascii").name == "utf-8"
    click.echo(text if usual else _NOT_ASCII.sub(lambda found: _escaped(found[0]), text))


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _escaped(error.object[error.start : error.end]), error.end


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]

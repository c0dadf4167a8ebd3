"""What may be said on stdout: every character, also where the terminal or the pipe has a code page that lacks some."""

import codecs
import errno
import io
import json
import os
import re
import sys
from typing import Any, Final

import click

_ESCAPED: Final = "mock-amp-escaped"
_NOT_ASCII: Final = re.compile(r"[^\x00-\x7f]+")


class Closed(io.TextIOBase):
    """Stands for a stdout that was closed before we came: nothing can be written there, as where a disk is full."""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:  # noqa: ARG002 - there is nowhere to put it
        raise OSError(errno.EBADF, "stdout is closed")


def let_all_be_said() -> None:
    """Has stdout write what its encoding lacks as JSON writes it: an escape to a person, and JSON stays what it was.

    Without this a pipe on Windows ends the command at the first such character. stderr escapes by itself. Streams that
    a shell has closed are stood in for.
    """
    codecs.register_error(_ESCAPED, _escape)
    _keep_numbers()
    if sys.stdin is None:  # as Python has it after `<&-`, and stdout after `>&-`
        sys.stdin = io.TextIOWrapper(io.BytesIO())
    if sys.stdout is None:
        sys.stdout = Closed()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=_ESCAPED)


def print_json(value: Any, indent: int | None = None) -> None:
    """Prints a value as JSON."""
    print_json_text(json.dumps(value, ensure_ascii=False, indent=indent))


def print_json_text(text: str) -> None:
    """Prints JSON that every reader takes for what it is: where a pipe is not UTF-8, all but ASCII is escaped."""
    usual = codecs.lookup(sys.stdout.encoding or "ascii").name == "utf-8"
    click.echo(text if usual else _NOT_ASCII.sub(lambda found: _escaped(found[0]), text))


def _keep_numbers() -> None:
    """Has files stand at 0, 1 and 2 where a shell has closed them: else the first socket, which uvloop dies of."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _escaped(error.object[error.start : error.end]), error.end


def _escaped(text: str) -> str:
    return json.dumps(text)[1:-1]

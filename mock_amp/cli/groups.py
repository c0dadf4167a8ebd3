"""Groups of commands: shown in sections, helpful about names that there are not, quiet when nobody reads on."""

import errno
import os
import select
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from typing import Any, Final

import click

CLOSED: Final = 141
"""The exit status when whoever reads the output has gone, as a shell knows it from other commands."""

_UNWRITABLE: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""What writing fails with where there is no room, or nobody has opened it for that. A file that is read has a name."""

_ROOMY: Final = 1_000
"""Characters of a line of help: no first sentence is cut short."""


class Commands(click.Group):
    """A group whose help has `sections`: a title, and the names of its commands in their order.

    What is in none comes last.
    """

    def __init__(self, *arguments: Any, sections: Sequence[tuple[str, Sequence[str]]] = (), **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.sections = sections

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        known = [name for _, names in self.sections for name in names if name in self.commands]
        return [*known, *(name for name in self.commands if name not in known)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        titles = {name: title for title, names in self.sections for name in names}
        names = self.list_commands(ctx)
        widest = max(map(len, names))
        for title in dict.fromkeys(titles.get(name, "Commands") for name in names):
            rows = [
                (f"{name:{widest}}", self.commands[name].get_short_help_str(_ROOMY))
                for name in names
                if titles.get(name, "Commands") == title
            ]
            with formatter.section(title):
                formatter.write_dl(rows)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in self.commands and not args[0].startswith("-") and not ctx.resilient_parsing:
            near = get_close_matches(args[0], self.commands, n=1)
            hint = f"did you mean {near[0]}?" if near else f"they are {', '.join(self.list_commands(ctx))}"
            raise click.UsageError(f"There is no command {args[0]!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """A group alone is not enough, whatever the version of click says: its help is what is wrong with it."""
        if not args and not ctx.resilient_parsing:
            raise click.UsageError(ctx.get_help(), ctx)
        return super().parse_args(ctx, args)

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        with _read_on():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with _read_on():
            return super().invoke(ctx)


@contextmanager
def _read_on() -> Iterator[None]:
    """Ends without a word when the other side of a pipe is closed: `mock-amp rules | head -1`.

    In one line where nothing can be written: `mock-amp rules > /dev/full`.
    """
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        if _is_closed(error) and _nobody_reads():
            _leave_stdout()
            raise click.exceptions.Exit(CLOSED) from None
        if error.errno not in _UNWRITABLE or error.filename is not None:
            raise
        _leave_stdout()
        raise click.ClickException(f"cannot write: {error.strerror}") from error


def _is_closed(error: OSError) -> bool:
    """Windows has no EPIPE for a pipe that nobody reads: it says that the argument is wrong."""
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)


def _nobody_reads() -> bool:
    """Whether it is stdout that is closed, and not something else that a command talks to, as far as one can ask."""
    try:
        poll = select.poll()
        poll.register(sys.stdout.fileno(), 0)
    except (AttributeError, OSError, ValueError):  # Windows; or stdout is no file
        return True
    return bool(poll.poll(0))


def _leave_stdout() -> None:
    """What there is still to write at the end goes nowhere, as Python's note on SIGPIPE asks, and cannot fail again."""
    with suppress(OSError, ValueError):
        stdout = sys.stdout.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stdout)
        os.close(nowhere)

"""The command that moves an account's clock."""

import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

import click

from mock_amp.cli.asking import Server, asks, print_json
from mock_amp.cli.tables import Cell, print_table
from mock_amp.cli.words import about, colour_of, since
from mock_amp.core.veils import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mock_amp.client import Account, Advanced, Callback, Happening
    from mock_amp.client.matches import Until

T = TypeVar("T")

_SHOWN: Final = 50
_MOST: Final = 10_000
"""Things that the server tells at once."""

_FEW: Final = 5
"""Things alike that are printed one by one; more of them are counted on one line."""


@click.command()
@click.argument("duration", metavar="[DURATION]", required=False)
@click.option("--to", metavar="INSTANT", help="To an instant, such as 2026-01-01T12:00:00Z.")
@click.option(
    "--until", type=click.Choice(["idle", "next"]), help="Until nothing is left to happen, or the next thing has."
)
@click.option(
    "--limit", metavar="N", type=click.IntRange(0, _MOST), default=_SHOWN, show_default=True, help="Lines to print."
)
@asks
def advance(
    server: Server, duration: str | None, to: str | None, until: "Until | None", limit: int, *, as_json: bool
) -> None:
    """Move the clock, and print what happens on the way.

    By a DURATION (10m, 1h30m, 250ms), --to an instant, or --until. Without any of these it is until idle: nothing is
    left to happen. All that falls due on the way happens at its own moment, and callbacks are posted and answered
    before this ends. It is printed in its order; what happens to many messages at a moment is on one line.

    The exit status is 0 when the clock was moved; 1 when it cannot be, back say; 2 when the server could not be asked.
    """
    if duration == "idle" or duration == "next":
        duration, until = None, duration
    if sum(each is not None for each in (duration, to, until)) > 1:
        raise click.UsageError("the clock is moved by a DURATION, --to an instant or --until; say one of them")
    if duration is None and to is None and until is None:
        until = "idle"
    with server.account() as account:
        with _busy("living through it …"):
            told = limit if as_json or limit == 0 else _MOST
            moved = account.advance(duration, to=to, until=until, limit=told)
        if as_json:
            print_json(moved)
        else:
            _print(account, moved, limit)


@contextmanager
def _busy(what: str) -> "Iterator[None]":
    """Something moves on a terminal while it lasts."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(what, total=None)
        yield


def _print(account: "Account", moved: "Advanced", limit: int) -> None:
    lines = _counted(moved)[:limit]
    single = [each for each, count in lines if count == 1]
    numbers, callbacks = _numbers(account, single), _callbacks(account, single)
    rows = [
        _row(each, moved, numbers, callbacks) if count == 1 else _row_of_many(each, moved, count)
        for each, count in lines
    ]
    if rows:
        print_table(["after", "what", "to"], rows, {0: "right"})
    more = moved.events_total - sum(count for _, count in lines)
    if more:
        click.echo(f"… and {more:,} more" if rows else f"{more:,} things happened")
    if not moved.events_total:
        click.echo("nothing happened")
    click.echo(f"it is {moved.now:%Y-%m-%d %H:%M:%S.%f}"[:-3] + f" now, {since(moved.now, moved.since)}")


def _counted(moved: "Advanced") -> "list[tuple[Happening, int]]":
    """What happened, in its order, and how often at that moment: of many things alike only the first one."""
    counts = Counter(_kind(each, moved) for each in moved.events)
    found: dict[object, tuple[Happening, int]] = {}
    for at, each in enumerate(moved.events):
        kind = _kind(each, moved)
        if counts[kind] > _FEW:
            found.setdefault(kind, (each, counts[kind]))
        else:
            found[at] = each, 1
    return list(found.values())


def _kind(each: "Happening", moved: "Advanced") -> object:
    """What a line says, but for whom it is about."""
    return since(each.at, moved.since), each.kind, each.type, each.status, each.attempt, each.outcome


def _row_of_many(each: "Happening", moved: "Advanced", count: int) -> Sequence[Cell]:
    """What the server has not told may be more of the last of all."""
    cut = moved.events_total > len(moved.events) and each.at == moved.events[-1].at
    at, many = since(each.at, moved.since), f"{count:,}{' or more' if cut else ''}"
    if each.kind == "status":
        return [at, (f"{each.type} {each.status}", colour_of(each.status or "")), f"{many} messages"]
    if each.kind == "attempt":
        return [at, (f"attempt {each.attempt}: {each.outcome}", _outcome(each)), f"{many} callbacks"]
    return [at, _act(each), f"{many} messages"]


def _row(
    each: "Happening", moved: "Advanced", numbers: Mapping[str, str], callbacks: "Mapping[str, Callback]"
) -> Sequence[Cell]:
    at, whom = since(each.at, moved.since), numbers.get(each.message_id or "", each.message_id or "")
    if each.kind == "status":
        return [at, (f"{each.type} {each.status}", colour_of(each.status or "")), whom]
    if each.kind == "attempt":
        callback = callbacks.get(each.callback_id or "")
        what = about(callback) if callback else f"callback {each.callback_id}"
        url = visible(callback.url) if callback else ""
        return [at, (f"{what}, attempt {each.attempt}: {each.outcome}", _outcome(each)), url]
    return [at, _act(each), whom]


def _outcome(each: "Happening") -> str:
    return "green" if each.outcome == "delivered" else "red"


def _act(each: "Happening") -> str:
    return f"{each.type} {each.kind}{', and nothing is posted' if each.outcome == 'silent' else ''}"


def _numbers(account: "Account", events: "Sequence[Happening]") -> dict[str, str]:
    ids = {each.message_id for each in events if each.message_id}
    return {each.id: each.to for each in _some(ids, lambda some: account.messages(id=some))}


def _callbacks(account: "Account", events: "Sequence[Happening]") -> "dict[str, Callback]":
    ids = {each.callback_id for each in events if each.callback_id}
    return {each.id: each for each in _some(ids, lambda some: account.callbacks(id=some))}


def _some(ids: set[str], ask: Callable[[Sequence[str]], Sequence[T]]) -> list[T]:
    """By their ids, so many at a time as an address has room for."""
    wanted = sorted(ids)
    return [found for at in range(0, len(wanted), _SHOWN) for found in ask(wanted[at : at + _SHOWN])]

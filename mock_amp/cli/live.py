"""What becomes of a job, shown as it does: a live table on a terminal, lines elsewhere, JSON lines for machines."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import click

from mock_amp.cli.asking import print_json
from mock_amp.cli.tables import colourful, painted
from mock_amp.cli.watching import Look, looks
from mock_amp.cli.words import about, colour_of, since
from mock_amp.core.veils import visible

if TYPE_CHECKING:
    from datetime import datetime

    from rich.console import RenderableType

    from mock_amp.client import AsyncAccount, Attempt, Callback, Message, Reply


def watch(account: "AsyncAccount", job: str, limit: float, *, advance: bool, as_json: bool) -> bool:
    """Shows what becomes of a job until nothing more is to come of it; False when that takes more than `limit`
    real seconds. With `advance` the account's clock is moved until it is idle meanwhile.
    """
    return asyncio.run(_watch(account, job, limit, advance=advance, as_json=as_json))


async def _watch(account: "AsyncAccount", job: str, limit: float, *, advance: bool, as_json: bool) -> bool:
    await account.link.open()
    mover: asyncio.Task[Any] | None = None
    try:
        async with asyncio.timeout(limit):
            with _face(advance=advance, as_json=as_json) as face:
                async for look in looks(account, job):
                    face.show(look)
                    if advance and mover is None:
                        mover = asyncio.create_task(_advance(account))
                    elif mover is not None and mover.done():
                        mover.result()
        return True
    except TimeoutError:
        return False
    finally:
        if mover is not None:
            mover.cancel()
            with suppress(asyncio.CancelledError):
                await mover
        await account.link.close()


async def _advance(account: "AsyncAccount") -> None:
    await account.advance(until="idle", limit=0)


class Face(Protocol):
    """Shows one look after the other."""

    def show(self, look: Look) -> None: ...


def _face(*, advance: bool, as_json: bool) -> AbstractContextManager[Face]:
    if as_json:
        return nullcontext(Machine())
    hint = "" if advance else _FROZEN
    return OnTerminal(hint) if sys.stdout.isatty() else nullcontext(Lines(hint))


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One thing that has come about: `key` tells it from all others, `told` is for a machine."""

    key: tuple[object, ...]
    at: "datetime"
    begin: "datetime"
    line: str
    told: dict[str, Any]


class Machine:
    """A JSON object for each thing that has come about, on a line of its own."""

    def __init__(self) -> None:
        self._seen: set[tuple[object, ...]] = set()
        self._counts: object = None

    def show(self, look: Look) -> None:
        for each in _unseen(self._seen, look):
            print_json({"at": each.at, **each.told})
        counts = (look.statuses, look.states)
        if not look.messages and counts != self._counts:
            self._counts = counts
            told = {"at": look.clock.now, "kind": "counts", "total": look.total}
            print_json(told | {"messages": look.statuses, "callbacks": look.states})


class Lines:
    """A line for each thing that has come about; of many messages, one for each tenth that has."""

    def __init__(self, hint: str) -> None:
        self._seen: set[tuple[object, ...]] = set()
        self._tenths = -1
        self._hint = hint

    def show(self, look: Look) -> None:
        for each in _unseen(self._seen, look):
            click.echo(f"{since(each.at, each.begin):>12}  {each.line}")
        tenths = look.ended * 10 // (look.total or 1)
        if not look.messages and (tenths != self._tenths or look.rest):
            self._tenths = tenths
            click.echo(f"{_counts(look)}{_of_callbacks(look)}")
        if self._hint and not look.rest and look.clock.mode == "frozen":
            click.echo(self._hint, err=True)
            self._hint = ""


_FROZEN = "The clock is frozen: `mock-amp advance` moves it, and so does --advance."


class OnTerminal:
    """A table that changes in its place."""

    def __init__(self, hint: str) -> None:
        from rich.console import Console
        from rich.live import Live

        console = Console(markup=False, highlight=False, color_system="auto" if colourful() else None)
        self._live = Live(console=console, auto_refresh=False)
        self._hint = hint

    def __enter__(self) -> "OnTerminal":
        self._live.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._live.stop()

    def show(self, look: Look) -> None:
        self._live.update(picture(look, self._hint), refresh=True)


def picture(look: Look, hint: str) -> "RenderableType":
    """A look as rich draws it; the hint is for a clock that stands still."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    if not look.messages:
        bar = ProgressBar(total=look.total or 1, completed=look.ended, width=60)
        return Group(bar, Text(f"{_counts(look)}{_of_callbacks(look)}"), *_last_lines(look, hint))
    table = Table(box=None, pad_edge=False)
    for name in ("number", "message id", "what has become of it", *(["replies"] if look.replies else [])):
        table.add_column(name, overflow="fold")
    for each in look.messages:
        replies = [visible(it.text or "(no text)") for it in look.replies if it.message_id == each.id]
        table.add_row(each.to, each.id, _timeline(each), *([", ".join(replies)] if look.replies else []))
    return Group(table, *([Text(_of_callbacks(look).strip(" ;"))] if look.states else []), *_last_lines(look, hint))


def _last_lines(look: Look, hint: str) -> "list[RenderableType]":
    from rich.text import Text

    if look.rest:
        return []
    now = f"{look.clock.now:%Y-%m-%d %H:%M:%S} by the account's clock"
    return [Text(f"{now}. {hint}" if hint and look.clock.mode == "frozen" else now, "dim")]


def _timeline(message: "Message") -> "RenderableType":
    from rich.text import Text

    text = Text()
    for at, entry in enumerate(message.timeline):
        text.append(" → " if at else "").append(f"{entry.type} ", "dim")
        text.append(entry.status, colour_of(entry.status)).append(f" {since(entry.at, message.accepted_at)}", "dim")
    return text


def _counts(look: Look) -> str:
    return ", ".join(f"{count:,} {status}" for status, count in look.statuses.items()) or "no messages"


def _of_callbacks(look: Look) -> str:
    told = ", ".join(f"{count:,} {state}" for state, count in look.states.items())
    return f"; callbacks: {told}" if told else ""


def _unseen(seen: set[tuple[object, ...]], look: Look) -> list[News]:
    """What has come about since the last look, in its order."""
    found = [each for each in _news(look) if each.key not in seen]
    seen.update(each.key for each in found)
    return sorted(found, key=lambda each: each.at)


def _news(look: Look) -> Iterator[News]:
    begin = min((each.accepted_at for each in look.messages), default=look.clock.now)
    whom = {each.id: each.to for each in look.messages}
    for message in look.messages:
        yield from _statuses(message, begin)
    for callback in look.callbacks:
        for attempt in callback.attempts:
            yield _attempt(callback, attempt, begin)
    for reply in look.replies:
        yield _reply(reply, whom[reply.message_id], begin)


def _statuses(message: "Message", begin: "datetime") -> Iterator[News]:
    for number, entry in enumerate(message.timeline):
        code = f" (error {entry.error_code})" if entry.error_code else ""
        line = f"{message.to:<15}  {entry.type} {painted(entry.status, colour_of(entry.status))}{code}"
        told: dict[str, Any] = {"kind": "status", "message_id": message.id, "to": message.to, "type": entry.type}
        told |= {"status": entry.status, "error_code": entry.error_code}
        yield News(key=("status", message.id, number), at=entry.at, begin=begin, line=line, told=told)


def _attempt(callback: "Callback", attempt: "Attempt", begin: "datetime") -> News:
    came = attempt.status or visible(attempt.error or "")
    told: dict[str, Any] = {"kind": "attempt", "callback_id": callback.id, "callback_kind": callback.kind}
    told |= {"url": callback.url, "number": attempt.number, "outcome": attempt.outcome}
    told |= {"status": attempt.status, "error": attempt.error}
    line = f"{about(callback)} to {visible(callback.url)}, attempt {attempt.number}: {attempt.outcome}, {came}"
    return News(key=("attempt", callback.id, attempt.number), at=attempt.at, begin=begin, line=line, told=told)


def _reply(reply: "Reply", to: str, begin: "datetime") -> News:
    silent = f" ({reply.silent})" if reply.silent else ""
    told: dict[str, Any] = {"kind": "reply", "message_id": reply.message_id, "to": to, "channel": reply.channel}
    told |= {"text": reply.text, "silent": reply.silent}
    line = f"{to:<15}  replies by {reply.channel}: {visible(reply.text or '(no text)')}{silent}"
    return News(key=("reply", reply.message_id, reply.at, reply.text), at=reply.at, begin=begin, line=line, told=told)

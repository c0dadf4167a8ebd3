"""The command that waits until something has come about."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import click

from mock_amp.cli.asking import Server, asks, print_json, seconds_of
from mock_amp.cli.tables import Cell, print_table
from mock_amp.core.veils import visible

if TYPE_CHECKING:
    from mock_amp.client import Account

_LISTS: Final = ("messages", "requests", "reports", "callbacks", "attempts", "replies")
WHATS: Final = (*_LISTS, "idle")

_WAYS: Final = ("exact", "prefix", "glob", "contains", "regex")
_COLUMNS: Final = {
    "messages": ("id", "to", "type", "status", "error_code", "text"),
    "requests": ("id", "method", "path", "status", "rule", "reason"),
    "reports": ("message_id", "to", "type", "status", "error_code", "state"),
    "callbacks": ("id", "kind", "state", "url"),
    "attempts": ("callback_id", "number", "outcome", "status", "error", "url"),
    "replies": ("message_id", "channel", "text", "silent"),
}
_SHOWN: Final = 20
_LONGEST: Final = 600.0


@click.command()
@click.argument("what", metavar="[WHAT]", required=False)
@click.argument("fields", metavar="[FIELD=VALUE]...", nargs=-1)
@click.option("--count", metavar="N", type=click.IntRange(1), default=1, show_default=True, help="At least so many.")
@click.option("--timeout", metavar="DURATION", default="30s", show_default=True, help="Real time, at most 10m.")
@click.option("--absent", is_flag=True, help="Hold that nothing like this comes about in that time.")
@asks
def wait(
    server: Server, what: str | None, fields: tuple[str, ...], count: int, timeout: str, *, absent: bool, as_json: bool
) -> None:
    """Wait until something has come about.

    WHAT is messages (the usual), requests, reports, callbacks, attempts or replies; or idle, when there is nothing
    to do now.

    \b
    to=35699000001 status=SEEN    fields as docs/control-plane.md has them
    status=SEEN status=DELIVRD    any of the two
    timeline.status=SEEN          a nested field
    rule=                         that there is none
    text:contains=code            or :prefix, :glob, :regex

    What a message is now counts: one that was SEEN at once is not DELIVRD any more, but its timeline.status is.

    The exit status is 0 when it has come about; 1 when it has not in time, with what came nearest and why it was not
    meant (with --absent: when it has); 2 when the server could not be asked.
    """
    if what is not None and "=" in what:
        what, fields = "messages", (what, *fields)
    what = what or "messages"
    if what not in WHATS:
        near = get_close_matches(what, WHATS, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(WHATS)}, and FIELD=VALUE"
        raise click.UsageError(f"nobody waits for {what!r}; {hint}")
    limit = seconds_of("--timeout", timeout)
    if limit > _LONGEST:
        raise click.ClickException(f"--timeout: {visible(timeout)} is too long; wait at most 10m")
    if what == "idle" and (fields or absent or count > 1):
        raise click.UsageError("wait idle takes --timeout and nothing else")
    if absent and count > 1:
        raise click.UsageError("--absent holds that there is none: --count has no meaning there")
    match = _match(what, fields)
    with server.account() as account:
        found = _wait(account, what, match, count, limit, absent=absent)
    if as_json:
        print_json(found)
    elif found:
        _print(what, found)
    else:
        click.echo("idle" if what == "idle" else "nothing came, as it should be")


def _wait(
    account: "Account", what: Any, match: dict[str, Any], count: int, limit: float, *, absent: bool
) -> Sequence[object]:
    if what == "idle":
        account.wait_until_idle(timeout=limit)
        return ()
    if absent:
        account.expect_none(what=what, during=limit, **match)
        return ()
    waits: dict[str, Any] = {
        "messages": account.wait_for,
        "requests": account.wait_for_requests,
        "reports": account.wait_for_reports,
        "callbacks": account.wait_for_callbacks,
        "attempts": account.wait_for_attempts,
        "replies": account.wait_for_replies,
    }
    found: Sequence[object] = waits[what](count=count, timeout=limit, **match)
    return found


def _match(what: str, fields: Sequence[str]) -> dict[str, Any]:
    """Keyword arguments of the client: of a field several times, any value will do."""
    found: dict[str, list[Any]] = {}
    for each in fields:
        key, equals, value = each.partition("=")
        field, _, way = key.partition(":")
        if not equals or not field or (way and way not in _WAYS):
            raise click.UsageError(f"{each!r} is not FIELD=VALUE or FIELD:{'|'.join(_WAYS)}=VALUE")
        if way:
            found.setdefault(f"{field}__{way}", []).append(value)
        else:
            found.setdefault(field, []).extend(_values(what, field, value))
    for key, values in found.items():
        if len(values) > 1 and key.endswith(tuple(f"__{way}" for way in _WAYS)):
            raise click.UsageError(f"{key.replace('__', ':')} can be said once")
    return {key: values[0] if len(values) == 1 else values for key, values in found.items()}


def _values(what: str, field: str, text: str) -> list[Any]:
    """What a text stands for, by the kind of the field: `status=403` is a number; `rule=` means that there is none."""
    from mock_amp.core.listed import FIELDS, Field, Kind, What

    if what == "idle":
        return [text]
    known = FIELDS[What(what)].get(field.replace("__", "."), Field(may_lack=True))
    kind = Kind.TEXT if known.among else known.kind
    if text == "":
        empty = [""] if kind is Kind.TEXT and not known.among else []
        return [*empty, *([None] if known.may_lack or not empty else [])]
    number = text.removeprefix("-")
    numbers = [int(text)] if number.isascii() and number.isdecimal() else []
    match kind:
        case Kind.NUMBER:
            return numbers or [text]
        case Kind.ANY:
            return [text, *numbers, *([text == "true"] if text in ("true", "false") else [])]
    return [text]


def _print(what: str, found: Sequence[object]) -> None:
    from msgspec import to_builtins

    names = _COLUMNS[what]
    items = [to_builtins(each) for each in found[:_SHOWN]]
    rows: list[list[Cell]] = [[visible(str(_plain(item.get(name)))) for name in names] for item in items]
    print_table([name.replace("_", " ") for name in names], rows)
    if len(found) > _SHOWN:
        click.echo(f"… and {len(found) - _SHOWN:,} more")


def _plain(value: object) -> object:
    return "" if value is None else value

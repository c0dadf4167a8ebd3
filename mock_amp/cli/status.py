"""The command that shows a message, or an account at a glance."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from mock_amp.cli.asking import Server, asks, print_json
from mock_amp.cli.tables import Cell, painted, print_table
from mock_amp.cli.words import STATES, STATUSES, about, colour_of, since
from mock_amp.core.veils import visible

if TYPE_CHECKING:
    from datetime import datetime

    from mock_amp.client import Account, Callback, Clock, Due, Message, Request

_LATEST: Final = 5
"""Refused requests, and things to come, that the glance shows."""

_REFUSED: Final = (400, 401, 403, 404, 405, 413, 415, 429, 500, 502, 503, 504)


@click.command()
@click.argument("whom", metavar="[MESSAGE_ID|NUMBER]", required=False)
@asks
def status(server: Server, whom: str | None, *, as_json: bool) -> None:
    """Show a message, or the account at a glance.

    Of a message: its timeline, why it went which way, its callbacks, replies and clicks; of a NUMBER its last message.

    The exit status is 0; 1 when there is no such message; 2 when the server could not be asked.
    """
    with server.account() as account:
        if whom is not None:
            message = account.message(whom)
            if as_json:
                print_json(message)
            else:
                _print_message(message)
            return
        glance = _glance(account)
    if as_json:
        print_json(glance)
    else:
        _print_glance(glance)


def _print_message(message: "Message") -> None:
    begin = message.accepted_at
    head = f"message {message.id} to {message.to}, from {visible(message.sender or '-')}"
    click.echo(f"{head}: {message.type} {painted(message.status, colour_of(message.status))}")
    click.echo(f"  job {message.api_job_id}{_yours(message.client_job_id)}{_custom(message.custom_id)}")
    click.echo(f"  text {visible(message.text or '(none)')}")
    if message.image:
        click.echo(f"  image {visible(message.image)}")
    if message.action:
        click.echo(f"  button {visible(message.action.title)}: {visible(message.action.target_url)}")
    _table(
        ["after", "at", "status"],
        [
            [since(each.at, begin), _at(each.at), _entry(each.type, each.status, each.error_code)]
            for each in message.timeline
        ],
    )
    _table(
        ["channel", "verdict", "why"], [[each.channel, each.verdict, visible(each.why or "")] for each in message.route]
    )
    _table(["after", "callback", "what came back", "to"], _attempts(message.callbacks, begin))
    _table(
        ["after", "reply by", "text"],
        [
            [
                since(each.at, begin),
                each.channel,
                visible(each.text or "") + (f" ({each.silent})" if each.silent else ""),
            ]
            for each in message.replies
        ],
    )
    _table(
        ["after", "click on", "leads to"],
        [[since(each.at, begin), visible(each.title), visible(each.target_url)] for each in message.clicks],
    )


def _yours(job_id: str) -> str:
    return f", yours: {visible(job_id)}" if job_id else ""


def _custom(custom_id: str) -> str:
    return f", custom_id {visible(custom_id)}" if custom_id else ""


def _entry(type_: str, found: str, error_code: int) -> Cell:
    return f"{type_} {found}{f' (error {error_code})' if error_code else ''}", colour_of(found)


def _attempts(callbacks: "Sequence[Callback]", begin: "datetime") -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for each in callbacks:
        what, url = f"{each.id}: {about(each)}, {each.state}", visible(each.url)
        rows += [
            [
                since(tried.at, begin),
                f"{what}, attempt {tried.number}",
                (str(tried.status or visible(tried.error or "")), "green" if tried.outcome == "delivered" else "red"),
                url,
            ]
            for tried in each.attempts
        ]
        if each.due_at is not None and each.state in ("due", "retrying"):
            rows.append([since(each.due_at, begin), f"{what}, attempt {len(each.attempts) + 1}", "to come", url])
    return rows


def _glance(account: "Account") -> dict[str, Any]:
    info = account.info()
    statuses = {each: account.count(status=each) for each in STATUSES}
    states = {each: account.count("callbacks", state=each) for each in STATES}
    refused = account.count("requests", status=list(_REFUSED))
    return {
        "account": info.id,
        "token": info.token,
        "clock": info.clock,
        "scenario": info.scenario,
        "messages": {name: count for name, count in statuses.items() if count},
        "callbacks": {name: count for name, count in states.items() if count},
        "requests": account.count("requests"),
        "refused": refused,
        "last_refused": account.latest_requests(_LATEST, status=list(_REFUSED)) if refused else [],
        "agenda": account.agenda(limit=_LATEST),
    }


def _print_glance(glance: dict[str, Any]) -> None:
    clock: Clock = glance["clock"]
    runs = f"scaled by {clock.rate:g}" if clock.mode == "scaled" and clock.rate else clock.mode
    click.echo(f"account    {visible(glance['account'])}, token {glance['token'] or '(ended)'}")
    click.echo(f"clock      {_at(clock.now)}, {runs}")
    click.echo(f"scenario   {visible(glance['scenario'])}")
    click.echo(f"messages   {_counts(glance['messages'])}")
    click.echo(f"callbacks  {_counts(glance['callbacks'])}")
    click.echo(f"requests   {glance['requests']:,}, {glance['refused']:,} of them refused")
    refused: Sequence[Request] = glance["last_refused"]
    _table(
        ["refused", "at", "what", "status", "rule", "reason"],
        [
            [
                each.id,
                _at(each.at),
                f"{each.method} {visible(each.path)}",
                str(each.status),
                each.rule or "",
                _reason(each),
            ]
            for each in refused
        ],
    )
    agenda: Sequence[Due] = glance["agenda"]
    _table(["to come", "what", "why"], [[since(each.at, clock.now), _due(each), visible(each.why)] for each in agenda])
    if agenda and clock.mode == "frozen":
        click.echo("\nThe clock is frozen: `mock-amp advance` moves it.")


def _reason(request: "Request") -> str:
    text = visible(request.reason or "")
    return text if len(text) <= 120 else f"{text[:120]}…"


def _due(due: "Due") -> str:
    times = f" of {due.count:,} messages" if due.count and due.count > 1 else ""
    match due.kind:
        case "status":
            return f"{due.type} {due.status}{times or f' of {due.message_id}'}"
        case "attempt":
            return f"attempt {due.attempt} of callback {due.callback_id}"
        case _:
            return f"{due.act} by {due.type}{times or f' to {due.message_id}'}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items()) or "none"


def _at(at: "datetime") -> str:
    return f"{at:%Y-%m-%d %H:%M:%S.%f}"[:-3]


def _table(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """A table with a blank line before it; nothing when there is nothing to show."""
    if rows:
        click.echo()
        print_table(head, rows)

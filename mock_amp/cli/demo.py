"""The command that makes traffic up, for a look at everything with something in it."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import click

from mock_amp.cli.asking import Server, asks, on_service, print_json
from mock_amp.cli.bodies import encoded
from mock_amp.cli.tables import print_table

if TYPE_CHECKING:
    from mock_amp.cli.traffic import Made, Traffic
    from mock_amp.client import Account, Message

_FASTEST: Final = 1_000.0
_REACTING: Final = 40
"""Delivered instant messages to whose handsets something is done, at most."""

_MAGIC: Final = "999"


@dataclass(slots=True, kw_only=True)
class Tally:
    """What came of it."""

    accepted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    messages: int = 0
    replies: int = 0
    clicks: int = 0
    sent: list[str] = field(default_factory=list)
    """Message ids of those that will be delivered by an instant messenger, as far as one knows."""


@click.command()
@click.option(
    "--messages", metavar="N", type=click.IntRange(1, 100_000), default=200, show_default=True, help="To send."
)
@click.option("--seed", metavar="N", type=int, default=42, show_default=True, help="The same seed, the same requests.")
@click.option("--rate", metavar="N/s", default="20/s", show_default=True, help="Requests a second, at most 1000/s.")
@click.option("--callback-url", metavar="URL", help="Where reports and replies are posted; `mock-amp listen` is one.")
@click.option("--new-account", is_flag=True, help="In an account of its own, which stays.")
@click.option("--dry-run", is_flag=True, help="Print the requests, one a line, and send nothing.")
@on_service
@asks
def demo(
    server: Server,
    messages: int,
    seed: int,
    rate: str,
    callback_url: str | None,
    *,
    new_account: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send made-up messages, so that there is something to look at.

    Several channels, magic numbers, requests that are refused, replies and clicks. People's names are made by
    Faker. Replies need a --callback-url. A frozen clock is moved on by five seconds, so that messages are delivered
    and people can reply.

    The exit status is 0 when all was sent, 2 when the server could not be asked.
    """
    from mock_amp.cli.traffic import Traffic

    pause = 1 / _rate(rate)
    traffic = Traffic(seed, callback_url)
    if dry_run:
        for made in traffic.requests(messages):
            print_json({"path": made.path, "body": made.body})
        return
    if new_account and (server.account_id or server.token):
        raise click.UsageError("--new-account opens one; --account and --token name another")
    with server.client() as client:
        account = client.open_account(seed=abs(seed)) if new_account else server.account_of(client)
        tally = Tally()
        with _progress(messages) as on:
            for made in traffic.requests(messages):
                _send(server.service(account), made, tally)
                on(made.messages)
                Event().wait(pause)
        _react(account, traffic, tally, replies=callback_url is not None)
        if as_json:
            print_json(_told(account, tally))
        else:
            _print(account, tally, new=new_account)


def _rate(text: str) -> float:
    try:
        found = float(text.removesuffix("/s"))
    except ValueError:
        found = 0.0
    if not 0 < found <= _FASTEST:
        raise click.UsageError(f"--rate {text!r}: write so many a second, such as 20/s, up to {_FASTEST:g}/s")
    return found


@contextmanager
def _progress(messages: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("sending", total=messages)
        yield lambda more: progress.advance(task, more)


def _send(service: "Account", made: "Made", tally: Tally) -> None:
    answer = service.post(encoded(made.body), path=made.path, token=made.token)
    if answer.status >= 400:
        tally.refused[f"{answer.status} {answer.rule or ''}".strip()] += 1
        return
    tally.accepted[made.kind] += 1
    tally.messages += made.messages
    if "im_content" in made.body and "message_plan" not in made.body:
        tally.sent += [
            each["message_id"] for number, each in answer.body["results"].items() if not number.startswith(_MAGIC)
        ]


def _react(account: "Account", traffic: "Traffic", tally: Tally, *, replies: bool) -> None:
    """People who have got a message reply to it, or click, by turns."""
    from mock_amp.client import Conflict

    for number, message in enumerate(_delivered(account, tally.sent[:_REACTING])):
        try:
            if message.action is not None:
                account.click(message)
                tally.clicks += 1
            elif replies and number % 2 == 0:
                account.reply(message, traffic.reply())
                tally.replies += 1
        except Conflict:  # the scenario in force has other plans for it
            continue


def _delivered(account: "Account", ids: list[str]) -> "list[Message]":
    from mock_amp.client import NotSeen

    if not ids:
        return []
    if account.clock().mode == "frozen":
        account.advance("5s", limit=0)
    try:
        return account.wait_for(id=ids, timeline__status="DELIVRD", count=len(ids), timeout="5s")
    except NotSeen:
        return account.messages(id=ids, timeline__status="DELIVRD")


def _told(account: "Account", tally: Tally) -> dict[str, Any]:
    return {
        "account": account.id,
        "token": account.token,
        "messages": tally.messages,
        "accepted": dict(tally.accepted),
        "refused": dict(tally.refused),
        "replies": tally.replies,
        "clicks": tally.clicks,
    }


def _print(account: "Account", tally: Tally, *, new: bool) -> None:
    rows = [[kind, f"{count:,}"] for kind, count in tally.accepted.most_common()]
    rows += [[f"refused with {why}", f"{count:,}"] for why, count in tally.refused.most_common()]
    print_table(["requests", "how many"], rows, {1: "right"})
    click.echo(f"{tally.messages:,} messages, {tally.replies:,} replies, {tally.clicks:,} clicks")
    if new:
        click.echo(f"in the account {account.id}, whose token is {account.token}")
    named = f" --account {account.id}" if new else ""
    click.echo(
        f"\nto look at it:\n"
        f"  {account.url}/            the page\n"
        f"  mock-amp status{named}\n"
        f"  mock-amp wait requests status=403{named}\n"
        f"  mock-amp wait status=UNDELIV{named}"
    )

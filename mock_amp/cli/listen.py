"""The command that takes callbacks and prints them as they come."""

import json
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import urlsplit

import click

from mock_amp.cli.asking import seconds_of
from mock_amp.cli.streams import print_json
from mock_amp.cli.tables import painted
from mock_amp.core.instants import format_instant
from mock_amp.core.veils import visible

if TYPE_CHECKING:
    from mock_amp.cli.receiver import Post

_COLOURS: Final = {"DELIVRD": "green", "SEEN": "cyan", "UNDELIV": "red", "REJECTD": "red", "EXPIRED": "yellow"}
_OURS: Final = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - said by who wants to be reached from elsewhere
_MANY: Final = 20
"""Reports of one post that are printed; of more, so many."""

_MILLISECONDS: Final = 100_000_000_000
"""A `timestamp` over this is in milliseconds, as that of a two-factor code is (C-10)."""


_NO_DOCUMENT: Final = (ValueError, RecursionError)
"""What JSON is not, and what is nested too deep to be read or told."""


@click.command()
@click.option(
    "--port", metavar="PORT", type=click.IntRange(0, 65_535), default=9_000, show_default=True, help="0: any."
)
@click.option("--host", metavar="HOST", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--path", metavar="PATH", help="Answer 404 to all but this path. [default: every path is taken]")
@click.option("--forward-to", metavar="URL", help="Pass each post on to URL, and answer what that answers.")
@click.option(
    "--answer",
    "answers",
    metavar="STATUS",
    default="200",
    show_default=True,
    help="In turn: 500,500,200; the last stays.",
)
@click.option("--delay", metavar="DURATION", default="0s", show_default=True, help="Real time before each answer.")
@click.option("--count", metavar="N", type=click.IntRange(1), help="End after so many posts.")
@click.option("--json", "as_json", is_flag=True, help="For machines: a JSON object for each post, on a line.")
def listen(
    port: int,
    host: str,
    path: str | None,
    forward_to: str | None,
    answers: str,
    delay: str,
    count: int | None,
    *,
    as_json: bool,
) -> None:
    """Take reports and replies, and print them as they come.

    It goes on until Ctrl-C, and needs no server. What it prints first is the callback_url to send with. Times are
    those in the reports, by the clock of the account. Only 200 counts as delivered (C-4): any other answer makes
    the service try again.

    The exit status is 0 when it was ended, or had its --count; 2 when it could not begin, the port being taken, say.
    """
    import asyncio

    from mock_amp.cli.receiver import CannotListen, Manner, Receiver

    if path is not None and not path.startswith("/"):
        raise click.UsageError(f"--path {path!r} does not begin with /")
    manner = Manner(
        path=path,
        answers=_statuses(answers),
        delay=seconds_of("--delay", delay),
        forward_to=_target(forward_to),
        count=count,
    )

    async def run() -> int:
        if as_json:
            receiver = Receiver(manner, _print_for_machines)
        elif manner.at_once:
            receiver = Receiver(manner, _print)
        else:
            receiver = Receiver(manner, _print_answer, come=_print)
        return await receiver.run(host, port, lambda bound: _greet(host, bound, path, as_json=as_json))

    try:
        come = asyncio.run(run())
    except CannotListen as error:
        raise click.ClickException(f"cannot listen on {host}, port {port}: {_plain(error.error)}") from error
    click.echo(f"{come:,} {'post' if come == 1 else 'posts'} came", err=as_json)


def _statuses(text: str) -> tuple[int, ...]:
    found = [each.strip() for each in text.split(",")]
    if not all(each.isascii() and each.isdecimal() and 200 <= int(each) <= 599 for each in found):
        raise click.UsageError(f"--answer {text!r}: write statuses from 200 to 599, such as 500,500,200")
    return tuple(map(int, found))


def _target(url: str | None) -> str | None:
    if url is None:
        return None
    try:
        parts = urlsplit(url)
        right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and url.isprintable()
    except ValueError:
        right = False
    if not right:
        raise click.UsageError(f"--forward-to {url!r} is no URL: write http://127.0.0.1:8000/callbacks, say")
    return url


def _plain(error: OSError) -> str:
    import errno

    if error.errno == errno.EADDRINUSE:
        return "somebody listens there already; --port says another"
    return error.strerror or str(error)


def _greet(host: str, port: int, path: str | None, *, as_json: bool) -> None:
    shown = "127.0.0.1" if host in _OURS else host
    base = f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"
    reports, replies = f"{base}{path or '/reports'}", f"{base}{path or '/replies'}"
    click.echo(
        f"listening; to stop, Ctrl-C\n"
        f"  callback_url  {reports}\n"
        f"  reply_url     {replies}\n"
        f"  try it        mock-amp send --to 35699000001 --viber Hello --callback-url {reports} --reply-url {replies}",
        err=as_json,
    )


def _print_for_machines(post: "Post") -> None:
    try:
        print_json(_told(post, _document(post.body)))
    except _NO_DOCUMENT:
        print_json(_told(post, post.body.decode("utf-8", "replace")))


def _told(post: "Post", body: Any) -> dict[str, Any]:
    told = {"number": post.number, "path": post.path, "kind": _kind(body), "answered": post.status, "body": body}
    return told | {"headers": dict(post.headers)} | ({"wrong": post.wrong} if post.wrong else {})


def _print(post: "Post") -> None:
    """A post as it comes, with its answer when it has one."""
    try:
        lines = list(_lines(_document(post.body)))
    except _NO_DOCUMENT:
        lines = []
    lines = lines or [f"{'':<23}  {_excerpt(post)}"]
    for number, line in enumerate(lines):
        click.echo(f"{post.number:>5}  {line}{_answered(post) if number == 0 and post.status else ''}")


def _print_answer(post: "Post") -> None:
    """The answer to a post that had to wait for it."""
    why = f": {painted(visible(post.wrong), 'red')}" if post.wrong else ""
    click.echo(f"{post.number:>5}{_answered(post)}{why}")


def _answered(post: "Post") -> str:
    return f"  answered {post.status if post.status == 200 else painted(str(post.status), 'red')}"


def _document(body: bytes) -> Any:
    """The JSON of a body, and nothing that others could not read once it is printed. Raises ValueError."""
    return json.loads(body, parse_constant=_no_number, parse_float=_number)


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _number(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _no_number(text)


def _kind(body: Any) -> str:
    if isinstance(body, dict) and "reply_message_id" in body:
        return "reply"
    return "report" if isinstance(body, dict) and isinstance(body.get("data"), list) else "other"


def _lines(body: Any) -> Iterator[str]:
    match _kind(body):
        case "reply":
            message = body.get("message")
            text = message.get("text") if isinstance(message, dict) else None
            said = "(no text)" if text is None else visible(str(text))
            yield f"{_time(body):<23}  {'reply':<6}  {_field(body, 'from'):<15}  {_field(body, 'channel'):<9}  {said}"
        case "report":
            items = [each for each in body["data"] if isinstance(each, dict)]
            for each in items[:_MANY]:
                yield _report(each)
            if len(items) > _MANY:
                yield f"{'':<23}  … and {len(items) - _MANY:,} more reports in this post"


def _report(item: Mapping[str, Any]) -> str:
    status, code = _field(item, "status"), item.get("error_code")
    shown = painted(f"{status:<8}", _COLOURS.get(status, "white"))
    error = f"  error {visible(str(code))}" if code else ""
    head = f"{_time(item):<23}  {'report':<6}  {_field(item, 'to'):<15}"
    return f"{head}  {_field(item, 'type'):<9}  {shown}{error}"


def _field(item: Mapping[str, Any], name: str) -> str:
    return visible(str(item.get(name, "-")))


def _time(item: Mapping[str, Any]) -> str:
    """When it came about, in UTC, by the account's clock."""
    stamp, fine = item.get("timestamp"), item.get("micro_timestamp")
    if not isinstance(stamp, int) or not isinstance(fine, int):
        return "-"
    milliseconds = stamp if stamp > _MILLISECONDS else fine
    try:
        return format_instant(milliseconds * 1_000)[:-4].replace("T", " ")
    except OverflowError:
        return "-"


def _excerpt(post: "Post") -> str:
    text = visible(post.body.decode("utf-8", "replace"))
    shown = text if len(text) <= 200 else f"{text[:200]}…"
    return f"POST {visible(post.path)}, {len(post.body):,} bytes that are neither report nor reply: {shown}"

"""The command that sends, as an application would."""

import sys
from collections.abc import Callable, Mapping
from posixpath import normpath
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import unquote

import click

from mock_amp.cli.asking import Server, asks, on_service, pairs, print_json, seconds_of
from mock_amp.cli.bodies import ANY, UBIQUITY, Wish, changed, encoded, whole
from mock_amp.cli.completion import complete_file
from mock_amp.cli.tables import painted, print_table
from mock_amp.core.veils import visible

if TYPE_CHECKING:
    from mock_amp.client import Account, Answered, Request

F = TypeVar("F", bound=Callable[..., Any])

_SHOWN: Final = 20
"""Numbers that are printed with their message ids; of more, so many."""

_CONTROL_PLANE: Final = "/__admin"

_CHANNELS: Final = (
    ("viber", "VIBER", "An instant message by Viber, with this text."),
    ("whatsapp", "WHATSAPP", "One by WhatsApp."),
    ("telegram", "TELEGRAM", "One by Telegram."),
    ("rcs", "RCS", "One by RCS."),
    ("messenger", "MESSENGER", "One by Messenger."),
    ("im", ANY, "One by whatever network the token has."),
    ("message", UBIQUITY, "A text by whatever channel is cheapest; it goes alone."),
)


def _in_order(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    """Instant messages are tried in the order of the command line, in which click comes by here."""
    if value is not None:
        channels = {name: channel for name, channel, _ in _CHANNELS}
        ctx.meta.setdefault("texts", []).append((channels[str(param.name)], value))


def _channels(command: F) -> F:
    for name, _, help_ in reversed(_CHANNELS):
        option = click.option(f"--{name}", metavar="TEXT", help=help_, callback=_in_order, expose_value=False)
        command = option(command)
    return command


@click.command()
@click.argument("file", metavar="[FILE]", required=False, shell_complete=complete_file)
@click.option("--to", metavar="NUMBER", multiple=True, help="Whom to send to; may be given several times.")
@click.option("--count", metavar="N", type=click.IntRange(1), default=1, help="So many numbers in a row, from --to on.")
@click.option("--custom-id", "custom_ids", metavar="TEXT", multiple=True, help="Your reference of a --to, in order.")
@click.option("--param", "params", metavar="NAME=VALUE", multiple=True, help="What {#NAME} stands for in the texts.")
@click.option("--sms", metavar="TEXT", help="An SMS with this text; instant messages fall back to it.")
@click.option("--encoding", type=click.Choice(["GSM7", "UCS2"]), help="Alphabet of the SMS.")
@_channels
@click.option("--from", "sender", metavar="SENDER", help="Whom the messages come from.")
@click.option("--image", metavar="URL", help="An image for the instant messages. Of an empty text it is all there is.")
@click.option("--button", metavar="TITLE=URL", help="A button for the instant messages.")
@click.option("--track-clicks", is_flag=True, help="Log clicks on the button.")
@click.option("--plan", type=click.Choice(["FEATURE_RICH", "LOW_COST"]), help="The message_plan.")
@click.option("--ttl", metavar="DURATION", help="How long the messages are worth delivering.")
@click.option("--promotional", is_flag=True, help="The messages advertise something.")
@click.option("--job-id", metavar="TEXT", help="Your reference of the request.")
@click.option("--callback-url", metavar="URL", help="Where delivery reports are posted; `mock-amp listen` is one.")
@click.option("--reply-url", metavar="URL", help="Where replies are posted.")
@click.option("--path", metavar="PATH", default="/1/im", show_default=True, help="What of the service is called.")
@click.option("--dry-run", is_flag=True, help="Print the body and send nothing.")
@click.option("--watch", is_flag=True, help="Show what becomes of the messages, until all of them are at rest.")
@click.option("--advance", is_flag=True, help="With --watch: move the account's clock until then.")
@click.option("--timeout", metavar="DURATION", default="15m", show_default=True, help="Real time that --watch takes.")
@on_service
@asks
@click.pass_context
def send(
    ctx: click.Context,
    /,
    server: Server,
    file: str | None,
    path: str,
    timeout: str,
    *,
    dry_run: bool,
    watch: bool,
    advance: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Send messages, as an application does.

    Options make the request, or it is in FILE (- is stdin). The body of a FILE is posted as it is, so that the server
    refuses what is wrong with it; options besides replace those of its keys that they make. Instant messages are
    tried in the order of their options.

    The exit status is 0 when the request was accepted; 1 when it was refused, with the rule and each violation, or when
    not all of what is watched was at rest in time; 2 when it could not be sent.
    """
    limit = seconds_of("--timeout", timeout)
    if advance and not watch:
        raise click.UsageError("--advance goes with --watch; else there is `mock-amp advance`")
    _hold(path)
    wish = _wish(ctx.meta.get("texts", ()), **options)
    body = changed(_read(file), wish) if file else encoded(whole(wish))
    if dry_run:
        click.echo(body.decode("utf-8", "replace"))
        return
    with server.client() as client:
        account = server.account_of(client, stranger=True)
        answer = server.service(account).post(body, path=path, token=server.token)
        if server.token and answer.status < 400:
            account = client.account_of(server.token) or account  # it may have been opened by this very request
        journal = client.account() if answer.status == 401 else account  # nobody knows whose request that was
        line = journal.request(answer.request) if answer.request else None
        if as_json:
            _print_for_machines(answer, line)
        else:
            _print(answer, line)
        if answer.status >= 400:
            raise click.exceptions.Exit(1)
        if watch:
            _watch(account, answer, limit, advance=advance, as_json=as_json)
        elif not as_json:
            _hint(account)


def _wish(texts: Any, **options: Any) -> Wish:
    ttl = options["ttl"]
    seconds = None if ttl is None else seconds_of("--ttl", ttl)
    if seconds is not None and seconds != int(seconds):
        raise click.UsageError("--ttl: a ttl is in whole seconds")
    top = {
        "message_plan": options["plan"],
        "ttl": None if seconds is None else int(seconds),
        "promotional": options["promotional"] or None,
        **{key: options[key] for key in ("job_id", "callback_url", "reply_url")},
    }
    same = ("to", "count", "custom_ids", "sms", "encoding", "sender", "image", "button", "track_clicks")
    return Wish(
        texts=tuple(texts), params=pairs("--param", options["params"]), top=top, **{key: options[key] for key in same}
    )


def _hold(path: str) -> None:
    """Nothing but the service is called: the path is glued to its base, and the token goes along."""
    if not path.startswith("/") or path.startswith("//"):
        raise click.UsageError(f"--path {path!r} does not begin with one /; write /1/im, say")
    meant = normpath(unquote(path.partition("?")[0]))
    if meant == _CONTROL_PLANE or meant.startswith(f"{_CONTROL_PLANE}/"):
        raise click.UsageError(f"--path {path!r} is the control plane, to which nothing is sent; write /1/im, say")


def _read(file: str) -> bytes:
    try:
        with click.open_file(file, "rb") as source:
            return bytes(source.read())
    except OSError as error:
        raise click.ClickException(f"{visible(file)} cannot be read: {error.strerror or error}") from error


def _print_for_machines(answer: "Answered", line: "Request | None") -> None:
    told = {"status": answer.status, "request": answer.request, "rule": answer.rule, "answer": answer.body}
    found = {} if line is None else {"violations": line.violations, "warnings": line.warnings}
    print_json(told | found)


def _print(answer: "Answered", line: "Request | None") -> None:
    if answer.status >= 400:
        click.echo(_refusal(answer, line), err=True)
        return
    body = answer.body if isinstance(answer.body, Mapping) else {}
    ids = {number: each.get("message_id", "") for number, each in (body.get("results") or {}).items()}
    rows = [[number, message_id] for number, message_id in list(ids.items())[:_SHOWN]]
    if "result" in body:  # of a two-factor code there is one, without its number
        ids = {"": body["result"].get("message_id", "")}
        print_table(["message id"], [list(ids.values())])
    if rows:
        print_table(["number", "message id"], rows)
    if len(ids) > _SHOWN:
        click.echo(f"… and {len(ids) - _SHOWN:,} more")
    for each in () if line is None else line.warnings:
        click.echo(painted(f"warning {each.rule} at {each.pointer}: {visible(each.text)}", "yellow"))
    click.echo(f"job {body.get('api_job_id', '')} of {len(ids):,} {'message' if len(ids) == 1 else 'messages'}")


def _refusal(answer: "Answered", line: "Request | None") -> str:
    said = answer.body
    info = said.get("result_info") if isinstance(said, Mapping) else None
    reason = info.get("description") if isinstance(info, Mapping) else str(said)[:500]
    told = [f"mock-amp: refused with {answer.status}: {visible(str(reason))}{_named(answer.rule)}"]
    for each in () if line is None else line.violations:
        where = f" at {visible(each.pointer)}" if each.pointer else ""
        places = [_value(each.value)] if each.pointer or each.value is not None else []
        places += [f"right would be: {visible(each.expected)}"] if each.expected else []
        told.append(f"  {each.rule}{where}: {'; '.join(places)}")
    if line is not None and line.injected:
        told.append(f"  it was the scenario: {_value(line.injected)}")
    return "\n".join(told)


def _named(rule: str | None) -> str:
    return f" [rule {rule}]" if rule else ""


def _value(value: object) -> str:
    from msgspec.json import encode

    text = "nothing there" if value is None else visible(encode(value).decode())
    return text if len(text) <= 200 else f"{text[:200]}…"


def _watch(account: "Account", answer: "Answered", limit: float, *, advance: bool, as_json: bool) -> None:
    from mock_amp.cli import live

    job = answer.body.get("api_job_id", "")
    rest = live.watch(account.aio, job, limit, advance=advance, as_json=as_json)
    if not rest:
        click.echo(f"mock-amp: not all was at rest within {limit:g} s", err=True)
        raise click.exceptions.Exit(1)


def _hint(account: "Account") -> None:
    """For a person who would wait for something to happen."""
    if sys.stdout.isatty() and account.clock().mode == "frozen":
        click.echo("The clock is frozen: `mock-amp advance` moves it.")

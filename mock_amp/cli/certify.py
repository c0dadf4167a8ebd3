"""The command that tries a receiver out."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from mock_amp.cli.asking import Server, told
from mock_amp.cli.completion import complete_file
from mock_amp.cli.streams import print_json
from mock_amp.cli.tables import Cell, print_table

_STYLES: Final = {"passed": "green", "failed": "bold red", "warning": "yellow", "skipped": "dim"}


@click.command()
@click.argument("callback_url", metavar="URL")
@click.option("--reply-url", metavar="URL", help="Where replies are posted; without it they are not tried.")
@click.option("--timeout", metavar="DURATION", default="5s", show_default=True, help="For each answer.")
@click.option("--only", metavar="NAME", multiple=True, help="A check to make; may be given several times.")
@click.option(
    "--callback-ca",
    metavar="FILE",
    envvar="MOCK_AMP_CALLBACK_CA",
    shell_complete=complete_file,
    help="A CA to trust, in PEM; not with --url.",
)
@click.option("--url", metavar="BASE", envvar="MOCK_AMP_URL", help="Let the server that runs there do the posting.")
@click.option("--admin-key", metavar="TEXT", envvar="MOCK_AMP_ADMIN_KEY", help="The admin-key of that server.")
@click.option(
    "--ca",
    "ca_file",
    metavar="FILE",
    envvar="MOCK_AMP_CLIENT_CA",
    help="A CA to trust, in PEM, where BASE is https.",
    shell_complete=complete_file,
)
@click.option("--json", "as_json", is_flag=True, help="For machines: the whole certificate, with what was sent.")
def certify(
    callback_url: str,
    reply_url: str | None,
    timeout: str,
    only: tuple[str, ...],
    callback_ca: str | None,
    url: str | None,
    admin_key: str | None,
    ca_file: str | None,
    *,
    as_json: bool,
) -> None:
    """Try the receiver of callbacks at URL out: post what the service may post, and judge what it answers.

    Nothing else has to run. With --url, or MOCK_AMP_URL, a running server posts, with its settings for callbacks.
    The exit status is 0 when every check has passed (with warnings, perhaps), 1 when one has failed, 2 when nothing
    could be tried.
    """
    from mock_amp import certification

    for name in only:
        if name not in certification.NAMES:
            raise click.ClickException(f"there is no check {name}; they are {', '.join(certification.NAMES)}")
    wish = {"callback_url": callback_url, "timeout": timeout}
    wish |= {"reply_url": reply_url} if reply_url else {}
    wanted: dict[str, Any] = wish | ({"only": list(dict.fromkeys(only))} if only else {})
    try:
        if url:
            certification.timeout_of(timeout)
            found = _by_server(
                Server(
                    url=url.rstrip("/"),
                    service_url=None,
                    admin_key=admin_key,
                    account_id=None,
                    token=None,
                    ca_file=ca_file,
                ),
                wanted,
            )
        else:
            found = certification.certify(wanted, ca_file=callback_ca, told=_tell_check)
    except certification.FAILURES as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        print_json(found)
    else:
        _print(found)
    sys.exit(0 if found["passed"] else 1)


def _by_server(server: Server, wish: Mapping[str, Any]) -> dict[str, Any]:
    """The certificate that a running server gives, as it is in its answer. Raises click.ClickException."""
    from msgspec import to_builtins

    from mock_amp.client import Refused

    _tell(f"{server.url} posts …")
    with told():
        try:
            with server.account() as account:
                given = account.certify(**wish)
        except Refused as error:
            if error.status in (400, 401, 403):  # which told() has words for
                raise
            raise click.ClickException(str(error)) from error
    found: dict[str, Any] = to_builtins(given)
    reply_url = found.pop("reply_url")
    return {"callback_url": found.pop("callback_url"), **({"reply_url": reply_url} if reply_url else {}), **found}


def _tell_check(name: str, verdict: str) -> None:
    _tell(f"{name}: {verdict}")


def _tell(line: str) -> None:
    """Progress, for who looks on."""
    if sys.stderr.isatty():
        click.echo(line, err=True)


def _print(found: Mapping[str, Any]) -> None:
    rows: list[list[Cell]] = [
        [each["name"], each["rule"], (each["verdict"], _STYLES[each["verdict"]]), _came(each["got"]), each["expected"]]
        for each in found["checks"]
    ]
    print_table(["check", "rule", "verdict", "what came back", "what it should be"], rows)
    for each in found["checks"]:
        if each["advice"] and each["verdict"] != "skipped":
            click.echo(f"\n{each['name']} ({each['title']}): {each['advice']}")
    skipped = dict.fromkeys(each["advice"] for each in found["checks"] if each["verdict"] == "skipped")
    if skipped:
        click.echo(f"\nskipped: {'; '.join(skipped)}")
    counts = [each["verdict"] for each in found["checks"]]
    told = ", ".join(f"{counts.count(verdict)} {verdict}" for verdict in _STYLES if verdict in counts)
    click.echo(f"\n{found['callback_url']}: {told}")


def _came(got: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{each['status']} in {each['ms']} ms" if each["status"] else each["error"] for each in got)

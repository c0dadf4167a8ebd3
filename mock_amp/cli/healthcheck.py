"""The command that asks a server whether it is of use, for whoever must not begin before it is."""

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import Final

import click

from mock_amp.cli.completion import complete_file
from mock_amp.cli.streams import print_json
from mock_amp.core.instants import SECOND, parse_duration
from mock_amp.core.veils import visible
from mock_amp.variables import passed_over, without_links

_ANYWHERE: Final = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not listened on
"""Who listens there is found here."""


@click.command()
@click.option(
    "--url",
    metavar="BASE",
    envvar="MOCK_AMP_URL",
    help="The server to ask. [default: where MOCK_AMP_HOST and MOCK_AMP_PORT say, else http://127.0.0.1:8042]",
)
@click.option("--wait", is_flag=True, help="Keep asking until it is ready, or --timeout is over.")
@click.option("--timeout", metavar="DURATION", default="30s", show_default=True, help="Real time that --wait takes.")
@click.option(
    "--ca",
    "ca_file",
    metavar="FILE",
    envvar="MOCK_AMP_CLIENT_CA",
    shell_complete=complete_file,
    help="A CA to trust, in PEM, where BASE is https.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines: what was found, as an object.")
def healthcheck(url: str | None, timeout: str, ca_file: str | None, *, wait: bool, as_json: bool) -> None:
    """Ask a server whether it is ready, by GET /readyz.

    One question takes two seconds at most. Proxies of the environment are not used.

    The exit status is 0 when the server is ready; 1 when it is not, with one line that says why; 2 when an option is
    wrong.
    """
    from mock_amp.cli import readiness  # brings TLS in, which no other command needs to start

    limit = _seconds(timeout)
    try:
        asking = readiness.Asking(readiness.question(url or _own_address(os.environ), ca_file), again=wait)
    except readiness.CannotAsk as error:
        raise click.ClickException(str(error)) from error
    found = asking.result(limit if wait else readiness.PATIENCE)
    if as_json:
        print_json(asdict(found))
    elif found.ready:
        click.echo(f"{found.url} is ready")
    else:
        click.echo(f"mock-amp: {found.url} is not ready: {visible(found.wrong)}", err=True)
    sys.exit(0 if found.ready else 1)


def _own_address(env: Mapping[str, str]) -> str:
    """Where a server with this environment listens."""
    for doubt in passed_over(env):
        click.echo(f"mock-amp: {doubt}", err=True)
    host = env.get("MOCK_AMP_HOST", "")
    host = _ANYWHERE.get(host, host)
    port = without_links(env).get("MOCK_AMP_PORT") or "8042"
    if port == "0":
        raise click.ClickException("MOCK_AMP_PORT is 0, and nobody knows which port that became; say --url")
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _seconds(timeout: str) -> float:
    try:
        limit = parse_duration(timeout)
    except ValueError as error:
        raise click.ClickException(f"--timeout: {error}") from error
    if limit <= 0:
        raise click.ClickException(f"--timeout: {timeout!r} leaves no time to ask")
    return limit / SECOND

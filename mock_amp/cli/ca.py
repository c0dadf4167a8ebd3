"""The command that prints the CA by which a server's HTTPS is to be trusted."""

from typing import Any

import click

from mock_amp.cli.completion import complete_file


@click.command()
@click.option("--path", "only_path", is_flag=True, help="Print where its file lies on this machine, and nothing else.")
@click.option("--url", metavar="BASE", envvar="MOCK_AMP_URL", help="Ask the server that runs there for its CA.")
@click.option("--admin-key", metavar="TEXT", envvar="MOCK_AMP_ADMIN_KEY", help="The admin-key of that server.")
@click.option(
    "--tls-ca",
    metavar="FILE",
    envvar="MOCK_AMP_TLS_CA",
    shell_complete=complete_file,
    help="The CA that servers here are given, in PEM.",
)
@click.option(
    "--tls-dir",
    metavar="FOLDER",
    envvar="MOCK_AMP_TLS_DIR",
    help="Where the CA is kept. [default: with the user's data]",
)
def ca(url: str | None, admin_key: str | None, tls_ca: str | None, tls_dir: str | None, *, only_path: bool) -> None:
    """Print the CA to trust, in PEM, for the HTTPS of `serve --tls`.

    It is that of this machine, which is made when there is none yet; with --url, or MOCK_AMP_URL, that of a running
    server. Trust it in your application, by a variable of its runtime, rather than in your whole system: whoever can
    read its key can pass for any site before those who trust it.
    """
    if only_path or not url:
        pem, path = _of_this_machine(tls_ca, tls_dir)
        click.echo(path if only_path else pem.decode(), nl=only_path)
    else:
        click.echo(_of_server(url, admin_key), nl=False)


def _of_this_machine(tls_ca: str | None, tls_dir: str | None) -> tuple[bytes, str]:
    from mock_amp import bootstrap

    given: dict[str, Any] = {"tls-ca": tls_ca, "tls-dir": tls_dir}
    try:
        return bootstrap.ca_of(bootstrap.load_settings(given, {}, None))
    except bootstrap.StartFailed as error:
        raise click.ClickException(str(error)) from error


def _of_server(url: str, admin_key: str | None) -> str:
    from mock_amp.client import AmpError, Client

    try:
        with Client(url, admin_key=admin_key) as client:
            return client.ca_pem()
    except (AmpError, ValueError) as error:
        raise click.ClickException(str(error)) from error

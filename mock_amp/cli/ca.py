"""The command that prints the CA by which a server's HTTPS is to be trusted."""

from typing import Any, Final

import click

from mock_amp.cli.completion import complete_file, complete_folder

_NO_ENDPOINT: Final = "H-3"
"""The rule by which the service refuses paths that it does not have."""


@click.command()
@click.option("--path", "only_path", is_flag=True, help="Print where its file lies on this machine, and nothing else.")
@click.option("--url", metavar="BASE", envvar="MOCK_AMP_URL", help="Ask the server that runs there for its CA.")
@click.option("--admin-key", metavar="TEXT", envvar="MOCK_AMP_ADMIN_KEY", help="The admin-key of that server.")
@click.option(
    "--ca",
    "ca_file",
    metavar="FILE",
    envvar="MOCK_AMP_CLIENT_CA",
    shell_complete=complete_file,
    help="A CA to trust, in PEM, where BASE is https.",
)
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
    shell_complete=complete_folder,
    help="Where the CA is kept. [default: with the user's data]",
)
def ca(
    url: str | None,
    admin_key: str | None,
    ca_file: str | None,
    tls_ca: str | None,
    tls_dir: str | None,
    *,
    only_path: bool,
) -> None:
    """Print the CA to trust, in PEM, for the HTTPS of `serve --tls`.

    It is that of this machine, which is made when there is none yet; with --url, or where MOCK_AMP_URL is set, that of
    the server there: by http://, where no CA is needed yet. --path always means this machine. Trust it in your
    application, by a variable of its runtime, rather than in your whole system: whoever can read its key can pass for
    any site before those who trust it.
    """
    if only_path or not url:
        pem, path = _of_this_machine(tls_ca, tls_dir)
        if only_path and not path:
            raise click.ClickException("its file is not there and cannot be written; without --path the CA is printed")
        click.echo(path if only_path else pem.decode(), nl=only_path)
    else:
        click.echo(_of_server(url, admin_key, ca_file), nl=False)


def _of_this_machine(tls_ca: str | None, tls_dir: str | None) -> tuple[bytes, str | None]:
    from mock_amp import bootstrap

    given: dict[str, Any] = {"tls-ca": tls_ca, "tls-dir": tls_dir}
    try:
        return bootstrap.ca_of(bootstrap.load_settings(given, {}, None))
    except bootstrap.StartFailed as error:
        raise click.ClickException(str(error)) from error


def _of_server(url: str, admin_key: str | None, ca_file: str | None) -> str:
    from mock_amp.client import AmpError, Client, Refused

    try:
        with Client(url, admin_key=admin_key, ca=ca_file) as client:
            return client.ca_pem()
    except (AmpError, ValueError) as error:
        told = str(error)
        if _is_untrusted(error):
            told = f"the certificate of {url} is not trusted, for want of the CA that is asked for: ask by http://, "
            told += "at the port without TLS, or name the CA by --ca; --path tells where that of this machine lies"
        elif isinstance(error, Refused) and error.rule == _NO_ENDPOINT:
            told = f"the service is at {url} and the control plane is not: it has a port of its own (--admin-port); "
            told += "ask there"
        raise click.ClickException(told) from error


def _is_untrusted(error: BaseException) -> bool:
    """Whether at the bottom of it a certificate was not trusted."""
    from ssl import SSLCertVerificationError

    if isinstance(error, SSLCertVerificationError):
        return True
    inner = (each for each in (*error.args, error.__cause__, error.__context__) if isinstance(each, BaseException))
    return any(map(_is_untrusted, inner))

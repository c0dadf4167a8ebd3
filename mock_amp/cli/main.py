"""The command line. Refuses with one line on stderr and exit status 2."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from mock_amp import __version__
from mock_amp.cli.ca import ca
from mock_amp.cli.certify import certify
from mock_amp.cli.clock import advance
from mock_amp.cli.completion import SettingValue, complete_file, completion
from mock_amp.cli.demo import demo
from mock_amp.cli.groups import Commands
from mock_amp.cli.healthcheck import healthcheck
from mock_amp.cli.listen import listen
from mock_amp.cli.openapi import openapi
from mock_amp.cli.reply import reply
from mock_amp.cli.rules import rules
from mock_amp.cli.scenario import scenario
from mock_amp.cli.send import send
from mock_amp.cli.status import status
from mock_amp.cli.streams import Closed, let_all_be_said
from mock_amp.cli.validate import validate
from mock_amp.cli.wait import wait
from mock_amp.core.veils import visible
from mock_amp.settings import DEFAULT_TOKEN, TABLE, BadSetting, Setting

_METAVARS = {"list": "PATH", "hosts": "HOST", "names": "HOST", "mappings": "FROM=TO", "secret": "TEXT"}


SECTIONS: Final = (
    ("Run it", ("serve", "healthcheck", "ca")),
    ("Talk to a running server", ("send", "status", "listen", "advance", "wait", "reply", "demo")),
    ("Without a server", ("validate", "scenario", "certify", "rules", "openapi", "completion")),
)
"""The commands as `--help` shows them."""

_INTERRUPTED: Final = 130
"""The exit status after Ctrl-C, as a shell knows it from other commands."""


@click.group(cls=Commands, sections=SECTIONS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mock-amp", message="%(prog)s %(version)s")
def cli() -> None:
    """An account of the Advanced Messaging Platform in a box, with a clock that a test can move.

    The exit status is 0 when all is well; 1 when the answer is no: refused, failed, not there in time;
    2 when nothing could be done: an option, a file or a server is not as it should be. 130 after Ctrl-C.
    """


cli.add_command(scenario)
cli.add_command(certify)
cli.add_command(ca)
cli.add_command(rules)
cli.add_command(openapi)
cli.add_command(completion)
cli.add_command(validate)
cli.add_command(healthcheck)
cli.add_command(send)
cli.add_command(listen)
cli.add_command(advance)
cli.add_command(wait)
cli.add_command(reply)
cli.add_command(status)
cli.add_command(demo)


def _settings_options(command: Callable[..., None]) -> Callable[..., None]:
    for setting in reversed(TABLE):
        command = _option(setting)(command)
    return click.option(
        "--settings",
        "settings_file",
        metavar="FILE",
        envvar="MOCK_AMP_SETTINGS",
        help="YAML file of settings.",
        shell_complete=complete_file,
    )(command)


def _option(setting: Setting) -> Callable[[Callable[..., None]], Callable[..., None]]:
    shown = "" if setting.default in (None, ()) else f" [default: {_plain(setting.default)}]"
    help_ = f"{setting.help}{shown}"
    if setting.kind == "switch":
        return click.option(f"--{setting.name}/--no-{setting.name}", setting.field, default=None, help=help_)
    metavar = "|".join(setting.choices) or _METAVARS.get(setting.kind, setting.kind.upper())
    kind = SettingValue(setting)
    return click.option(
        f"--{setting.name}", setting.field, type=kind, metavar=metavar, help=help_, multiple=setting.many
    )


def _plain(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


@cli.command()
@_settings_options
def serve(settings_file: str | None, **flags: Any) -> None:
    """Run the server until Ctrl-C or SIGTERM.

    Every flag --x-y is also the variable MOCK_AMP_X_Y and the key x-y of the settings file; a flag wins over a
    variable, a variable over the file.
    """
    gc.disable()  # amid the imports it would find nothing, and take a tenth of the whole start
    from mock_amp import bootstrap  # brings the whole server in, which --help and --version need not

    gc.freeze()
    gc.enable()
    given = {setting.name: flags[setting.field] for setting in TABLE}
    try:
        bootstrap.run(bootstrap.load_settings(given, os.environ, settings_file), _announce)
    except (BadSetting, bootstrap.StartFailed) as error:
        raise click.ClickException(str(error)) from error


def _announce(server: Any) -> None:
    if isinstance(sys.stdout, Closed):
        return  # it serves all the same, with nobody to be told
    click.echo(
        f"mock-amp {__version__} is ready.\n"
        f"  service        {server.url}/1/im\n"
        f"  token          {DEFAULT_TOKEN}\n"
        f"  control plane  {server.admin_url}/__admin\n"
        f"  page           {server.admin_url}/\n"
        f"{_announced_tls(server)}"
        f"  to stop        {_how_to_stop()}"
    )


def _announced_tls(server: Any) -> str:
    if not server.tls_url:
        return ""
    told = f"  by HTTPS       {server.tls_url}/1/im\n"
    told += f"  CA to trust    {server.ca_path or f'{server.admin_url}/__admin/certs/ca.pem'}\n"
    return told + (f"  as a proxy     HTTPS_PROXY={server.proxy_url}\n" if server.proxy_url else "")


def _how_to_stop() -> str:
    if hasattr(signal, "SIGBREAK"):  # Windows, where what comes as SIGTERM has ended the process already
        return f"Ctrl-C or Ctrl-Break; this is process {os.getpid()}"
    return f"Ctrl-C, or SIGTERM to process {os.getpid()}"


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: says what is wrong in one line and exits with 2."""
    let_all_be_said()
    try:
        sys.exit(cli.main(args=arguments, prog_name="mock-amp", standalone_mode=False) or 0)
    except click.exceptions.Abort:
        sys.exit(_INTERRUPTED)
    except click.ClickException as error:
        click.echo(_told(error), err=True)
        sys.exit(2)


def _told(error: click.ClickException) -> str:
    """What went wrong, on one line; a command that wants another one after it shows its help instead."""
    text = error.format_message()
    if isinstance(error, click.UsageError) and error.ctx and text == error.ctx.get_help():
        return text
    if isinstance(error, click.UsageError):
        text = " ".join(text.split())
    return "mock-amp: " + "\n".join(visible(line) for line in text.split("\n"))

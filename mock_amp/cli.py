"""The command line. Refuses with one line on stderr and exit status 2."""

import gc
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import click

from mock_amp import __version__
from mock_amp.cli_certify import certify
from mock_amp.cli_scenario import scenario
from mock_amp.core.veils import visible
from mock_amp.settings import DEFAULT_TOKEN, TABLE, BadSetting, Setting

_METAVARS = {"list": "PATH", "hosts": "HOST", "mappings": "FROM=TO", "secret": "TEXT"}


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="mock-amp", message="%(prog)s %(version)s")
def cli() -> None:
    """An account of the Advanced Messaging Platform in a box, with a clock that a test can move."""


cli.add_command(scenario)
cli.add_command(certify)


def _settings_options(command: Callable[..., None]) -> Callable[..., None]:
    for setting in reversed(TABLE):
        command = _option(setting)(command)
    return click.option(
        "--settings", "settings_file", metavar="FILE", envvar="MOCK_AMP_SETTINGS", help="YAML file of settings."
    )(command)


def _option(setting: Setting) -> Callable[[Callable[..., None]], Callable[..., None]]:
    shown = "" if setting.default in (None, ()) else f" [default: {_plain(setting.default)}]"
    help_ = f"{setting.help}{shown}"
    if setting.kind == "switch":
        return click.option(f"--{setting.name}/--no-{setting.name}", setting.field, default=None, help=help_)
    metavar = "|".join(setting.choices) or _METAVARS.get(setting.kind, setting.kind.upper())
    return click.option(f"--{setting.name}", setting.field, metavar=metavar, help=help_, multiple=setting.many)


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


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="For machines: a JSON array.")
def rules(*, as_json: bool) -> None:
    """Print the rules of the wire contract: what holds, where that is from, and how many tests name it."""
    from mock_amp import bootstrap

    found = bootstrap.ledger()
    if as_json:
        click.echo(json.dumps([{**asdict(rule), "tests": tests} for rule, tests in found], ensure_ascii=False))
        return
    _print_rules(found)


def _print_rules(found: Sequence[tuple[Any, int | None]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("id", "rule", "source", "standing", "since", "tests", box=None, pad_edge=False)
    for rule, tests in found:
        table.add_row(
            rule.id, Text(rule.text), rule.source, rule.standing, rule.since, "-" if tests is None else str(tests)
        )
    Console(markup=False).print(table)
    covered = sum(1 for _, tests in found if tests)
    told = "" if found[0][1] is None else f", {covered} of them named by tests"
    click.echo(f"{len(found)} rules{told}")


def _announce(server: Any) -> None:
    click.echo(
        f"mock-amp {__version__} is ready.\n"
        f"  service        {server.url}/1/im\n"
        f"  token          {DEFAULT_TOKEN}\n"
        f"  control plane  {server.admin_url}/__admin\n"
        f"  to stop        Ctrl-C, or SIGTERM to process {os.getpid()}"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point: says what is wrong in one line and exits with 2."""
    try:
        sys.exit(cli.main(args=arguments, prog_name="mock-amp", standalone_mode=False) or 0)
    except click.exceptions.Abort:
        sys.exit(0)
    except click.ClickException as error:
        told = "\n".join(visible(line) for line in error.format_message().split("\n"))
        click.echo(f"mock-amp: {told}", err=True)
        sys.exit(2)

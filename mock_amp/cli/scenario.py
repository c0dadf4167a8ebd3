"""The commands about scenarios: list, show, check, run; and of a running server, use, current and faults."""

import sys
from pathlib import Path
from typing import Any

import click

from mock_amp.cli.asking import Server, asks, no
from mock_amp.cli.asking import print_json as print_shapes
from mock_amp.cli.completion import complete_file, complete_scenario
from mock_amp.cli.groups import Commands
from mock_amp.cli.streams import print_json
from mock_amp.cli.tables import print_table


class _Scenarios(Commands):
    """Tells what cannot be done in one line."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except click.ClickException:
            raise
        except Exception as error:
            from mock_amp.rehearsal import FAILURES

            if isinstance(error, FAILURES):
                raise click.ClickException(str(error)) from error
            raise


@click.group(cls=_Scenarios)
def scenario() -> None:
    """Look at scenarios, check them, try them out without a network, and put them in force."""


@scenario.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines: a JSON array.")
def list_(*, as_json: bool) -> None:
    """List the scenarios that come with mock-amp."""
    from mock_amp import rehearsal

    found = rehearsal.shipped()
    if as_json:
        print_json([{"name": name, "description": text} for name, text in found])
        return
    print_table(["scenario", "what it is for"], [[name, " ".join(text.split())] for name, text in found])


@scenario.command()
@click.argument("name", shell_complete=complete_scenario)
def show(name: str) -> None:
    """Print a scenario, by its NAME or a path, as it is written."""
    from mock_amp import rehearsal

    click.echo(rehearsal.text_of(name), nl=False)


@scenario.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=complete_file)
@click.option("--json", "as_json", is_flag=True, help="For machines: a JSON array.")
def check(files: tuple[str, ...], *, as_json: bool) -> None:
    """Check each scenario FILE: every fault with its line, its place and what would be right.

    The exit status is 0 when all of them can be played, else 1.
    """
    from mock_amp import rehearsal

    found = {file: rehearsal.check(file) for file in files}
    if as_json:
        told = [{"file": file, "good": not faults, "faults": faults} for file, faults in found.items()]
        print_json(told)
        sys.exit(1 if any(found.values()) else 0)
    for file, faults in found.items():
        click.echo("\n".join(faults) if faults else f"{file}: good")
    sys.exit(1 if any(found.values()) else 0)


@scenario.command()
@click.argument("file", metavar="FILE", shell_complete=complete_scenario)
@click.option("--send", "script", metavar="BODY.json", required=True, help="A request body, or a list of steps.")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="Seed of ids and dice.")
@click.option("--json", "as_json", is_flag=True, help="For machines: a JSON array.")
def run(file: str, script: str, seed: int, *, as_json: bool) -> None:
    """Print what comes of a send when the scenario FILE (or a shipped one by name) is in force.

    The clock is frozen and moved to the end of everything; callbacks are answered 200 and go nowhere. Steps are request
    bodies, {"send": body, "path": "/1/sms"} and {"advance": "30s"}; "destinations": {"first": "35699000001",
    "count": 1000} stands for so many numbers in a row.
    """
    from mock_amp import rehearsal

    lines = rehearsal.rehearse(file, script, seed)
    if as_json:
        told = [
            {"after": each.after / 1e6, "what": each.what, "to": each.to, "count": each.times, "why": each.why}
            for each in lines
        ]
        print_json(told)
        return
    rows = [[f"+{each.after / 1e6:,.3f} s", each.what, each.whom, each.why] for each in lines]
    print_table(["time", "what", "to", "why"], rows, {0: "right"})


@scenario.command()
@click.argument("name", metavar="NAME|FILE", required=False, shell_complete=complete_scenario)
@click.option("--own", is_flag=True, help="The server's own again, instead of a NAME or FILE.")
@asks
def use(server: Server, name: str | None, *, own: bool, as_json: bool) -> None:
    """Put a scenario in force in an account of a running server.

    One that ships with it, by its NAME, a FILE of yours, or the server's own again. It holds for requests to come.

    The exit status is 0 when it is in force; 1 when it cannot be played, with every fault; 2 when the server could not
    be asked.
    """
    from mock_amp.client import Refused

    if own == (name is not None):
        raise click.UsageError(
            "which one? Say a NAME, a FILE or --own" if name is None else f"{name} and --own: one of them"
        )
    wish = None if name is None else _read(name)
    with server.account() as account:
        try:
            found = account.drop_scenario() if wish is None else account.scenario(wish)
        except Refused as error:
            if error.status != 400:
                raise
            no(str(error).removeprefix("400: "))
    if as_json:
        print_shapes(found)
    else:
        click.echo(f"{found.name} is in force")


@scenario.command()
@click.option("--yaml", "as_yaml", is_flag=True, help="The whole of it, to edit and to use again.")
@asks
def current(server: Server, *, as_yaml: bool, as_json: bool) -> None:
    """Print the scenario that is in force in an account of a running server.

    The exit status is 0; 2 when the server could not be asked.
    """
    if as_yaml and as_json:
        raise click.UsageError("--yaml and --json: one of them")
    with server.account() as account:
        if as_yaml:
            click.echo(account.scenario_text(), nl=False)
            return
        found = account.scenario()
    if as_json:
        print_shapes(found)
        return
    since = "" if found.since is None else f", since {found.since:%Y-%m-%d %H:%M:%S} by the account's clock"
    click.echo(f"{found.name}: {' '.join(found.description.split())}")
    click.echo(f"({'the usual one' if found.usual else 'of this account'}{since})")
    if not found.faults.on:
        click.echo("(its faults are off)")


@scenario.command()
@click.argument("switch", metavar="on|off", type=click.Choice(("on", "off")))
@asks
def faults(server: Server, switch: str, *, as_json: bool) -> None:
    """Switch the faults of the scenario that is in force in an account of a running server.

    These are its faults of the API and of the callback leg; all else of it goes on as it does, counts and times
    included. A callback that was hit already keeps what was decided for it.

    The exit status is 0; 2 when the server could not be asked.
    """
    with server.account() as account:
        found = account.set_faults(on=switch == "on")
    if as_json:
        print_shapes(found)
        return
    has = found.faults
    click.echo(f"the faults of {found.name} are {switch}: {has.requests} for requests, {has.callbacks} for callbacks")


def _read(name: str) -> str:
    """The name of a shipped one as it is; the text of a file, which has a line break so that it is taken for one."""
    if Path(name).suffix not in (".yaml", ".yml", ".json") and not Path(name).is_file():
        return name
    try:
        return Path(name).read_text(encoding="utf-8") + "\n"
    except (OSError, UnicodeError) as error:
        raise click.ClickException(f"{name} cannot be read: {getattr(error, 'strerror', None) or error}") from error

"""The commands that look at scenarios: list, show, check, run."""

import json
import sys
from typing import Any

import click

from mock_amp.cli_tables import print_table


class _Scenarios(click.Group):
    """Tells what cannot be done in one line."""

    def invoke(self, ctx: click.Context) -> Any:
        from mock_amp.rehearsal import FAILURES

        try:
            return super().invoke(ctx)
        except FAILURES as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Scenarios)
def scenario() -> None:
    """Look at scenarios, check them, and try them out without a network."""


@scenario.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines: a JSON array.")
def list_(*, as_json: bool) -> None:
    """List the scenarios that come with mock-amp."""
    from mock_amp import rehearsal

    found = rehearsal.shipped()
    if as_json:
        click.echo(json.dumps([{"name": name, "description": text} for name, text in found], ensure_ascii=False))
        return
    print_table(["scenario", "what it is for"], [[name, " ".join(text.split())] for name, text in found])


@scenario.command()
@click.argument("name")
def show(name: str) -> None:
    """Print a scenario, by its NAME or a path, as it is written."""
    from mock_amp import rehearsal

    click.echo(rehearsal.text_of(name), nl=False)


@scenario.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
def check(files: tuple[str, ...]) -> None:
    """Check scenario files: every fault with its line, its place and what would be right.

    The exit status is 0 when all of them can be played, else 1.
    """
    from mock_amp import rehearsal

    found = {file: rehearsal.check(file) for file in files}
    for file, faults in found.items():
        click.echo("\n".join(faults) if faults else f"{file}: good")
    sys.exit(1 if any(found.values()) else 0)


@scenario.command()
@click.argument("file", metavar="FILE")
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
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    rows = [[f"+{each.after / 1e6:,.3f} s", each.what, each.whom, each.why] for each in lines]
    print_table(["time", "what", "to", "why"], rows, {0: "right"})

"""The command that prints the rules of the wire contract."""

import sys
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from difflib import get_close_matches
from typing import Any, Final

import click

from mock_amp.cli.streams import print_json
from mock_amp.cli.tables import Cell, painted, print_table

STANDINGS: Final = ("known", "partly", "chosen")
"""Known from outside, chosen by us, or partly: known, but partly chosen."""

_WIDTH: Final = 100


@click.command()
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option(
    "--standing",
    type=click.Choice(STANDINGS),
    multiple=True,
    help="Those that are known from outside, chosen by us, or partly so; may be given several times.",
)
@click.option("--search", metavar="TEXT", help="Those that have this text in them, in any case.")
@click.option("--json", "as_json", is_flag=True, help="For machines: a JSON array.")
def rules(ids: tuple[str, ...], standing: tuple[str, ...], search: str | None, *, as_json: bool) -> None:
    """Print the rules of the wire contract: what holds, where that is from, and how many tests name it.

    With ids, D-1 say, these rules alone, each in full.

    The exit status is 0 when there is a rule to print; 1 when none fits; 2 when there is no rule of an ID.
    """
    from mock_amp import bootstrap

    ledger = bootstrap.ledger()
    known = [rule.id for rule, _ in ledger]
    wanted = {each.upper() for each in ids}
    for each in sorted(wanted.difference(known)):
        raise click.UsageError(f"there is no rule {each}{_near(each, known)}")
    found = [
        (rule, tests)
        for rule, tests in ledger
        if (not wanted or rule.id in wanted)
        and (not standing or _standing(rule.standing) in standing)
        and (not search or search.casefold() in f"{rule.id} {rule.text} {rule.source}".casefold())
    ]
    if as_json:
        print_json([{**asdict(rule), "tests": tests} for rule, tests in found])
    elif not found:
        click.echo("mock-amp: no rule is like that", err=True)
    elif wanted:
        click.echo("\n\n".join(_in_full(rule, tests) for rule, tests in found))
    else:
        _print_table(found)
    sys.exit(0 if found else 1)


def _near(wanted: str, known: Sequence[str]) -> str:
    near = get_close_matches(wanted, known, n=1)
    return (
        f"; did you mean {near[0]}?"
        if near
        else f"; they are {known[0]} to {known[-1]}, and `mock-amp rules` prints all"
    )


def _standing(text: str) -> str:
    """The ledger says `known, partly chosen` of a mixture."""
    return "partly" if "partly" in text else text


def _print_table(found: Sequence[tuple[Any, int | None]]) -> None:
    rows: list[list[Cell]] = [
        [rule.id, rule.text, rule.source, rule.standing, rule.since, "-" if tests is None else str(tests)]
        for rule, tests in found
    ]
    print_table(["id", "rule", "source", "standing", "since", "tests"], rows)
    covered = sum(1 for _, tests in found if tests)
    told = "" if found[0][1] is None else f", {covered} of them named by tests"
    click.echo(f"{len(found)} rules{told}")


def _in_full(rule: Any, tests: int | None) -> str:
    told = "" if tests is None else f"\nnamed by {tests} tests"
    head = f"{painted(rule.id, 'cyan', bold=True)}  {rule.standing}; since {rule.since}; from {rule.source}"
    return f"{head}\n{textwrap.fill(rule.text, _WIDTH)}{told}"

"""The command that says what the service would say to a request, and why."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from mock_amp.cli.completion import complete_file, complete_scenario
from mock_amp.cli.streams import print_json
from mock_amp.cli.tables import painted
from mock_amp.core.veils import visible


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, shell_complete=complete_file)
@click.option("--path", metavar="PATH", default="/1/im", show_default=True, help="The endpoint that it is meant for.")
@click.option("--strict/--no-strict", default=None, help="Refuse with 400 what is otherwise only a warning.")
@click.option(
    "--scenario",
    metavar="NAME|FILE",
    shell_complete=complete_scenario,
    help="Scenario in force. [default: magic-numbers]",
)
@click.option(
    "--token",
    metavar="FILE",
    shell_complete=complete_file,
    help="What the token may do, in JSON or YAML, as POST /__admin/tokens takes it: senders, channels, routes.",
)
@click.option(
    "--settings",
    metavar="FILE",
    envvar="MOCK_AMP_SETTINGS",
    shell_complete=complete_file,
    help="YAML file of settings, as serve takes it.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines: an object for each FILE, one a line.")
def validate(
    files: tuple[str, ...],
    path: str,
    scenario: str | None,
    token: str | None,
    settings: str | None,
    *,
    strict: bool | None,
    as_json: bool,
) -> None:
    """Say what the service would say to the request body in FILE, and why; - is stdin.

    No server is needed and nothing is sent anywhere: the body goes, to the byte, through a server in this process. Of a
    refusal it says every fault with its rule, its line and column, and what would be right; of a request that is
    accepted, which channels it is tried on, how long it is as SMS, and which callbacks come of it.

    Settings hold as for serve: a flag here, else a variable such as MOCK_AMP_STRICT, else the file.

    The exit status is 0 when every FILE is accepted; 1 when one is refused; 2 when nothing could be tried.
    """
    from mock_amp import judgement

    bodies = [_read(file) for file in files]
    terms = judgement.Terms(path=path, scenario=scenario, strict=strict, settings=settings, token=token)
    try:
        found = judgement.judge(bodies, terms, os.environ)
    except judgement.FAILURES as error:
        raise click.ClickException(str(error)) from error
    for at, each in enumerate(found):
        if as_json:
            print_json(asdict(each))
        else:
            click.echo("\n" * bool(at) + "\n".join(_lines(each)))
    sys.exit(0 if all(each.accepted for each in found) else 1)


def _read(file: str) -> tuple[str, bytes]:
    if file == "-":
        return "<stdin>", sys.stdin.buffer.read()
    try:
        return file, Path(file).read_bytes()
    except OSError as error:
        raise click.ClickException(f"cannot read {file}: {error.strerror}") from error


def _lines(it: Any) -> Iterator[str]:
    """A Judged for a person."""
    file = visible(it.file)
    verdict = (
        painted(f"accepted with {it.status}", "green") if it.accepted else painted(f"refused with {it.status}", "red")
    )
    yield f"{file}: {verdict}, as POST {visible(it.path)}" + (f", by rule {it.rule}" if it.rule else "")
    if it.reason:
        yield f"  the service says: {visible(it.reason)}"
    for each in it.violations:
        value = "" if each.value is None else f" {visible(json.dumps(each.value, ensure_ascii=False))}"
        yield f"{_place(file, each)}: {painted(each.rule, 'red')}{_at(each)}{value}; right is: {visible(each.expected)}"
    if it.total > len(it.violations):
        yield f"  and more: {it.total:,} in all"
    for each in it.warnings:
        yield f"{_place(file, each)}: {painted(f'warning {each.rule}', 'yellow')}{_at(each)}: {visible(each.text)}"
    if it.injected:
        faults = ", ".join(f"{name} {value}" for name, value in it.injected["faults"].items())
        by = f"by {it.injected['rule']!r}: {faults}"
        yield f"  the scenario {visible(it.scenario)} has a fault for it, {visible(by)}"
    if it.messages:
        yield from _come_to(it)
    elif it.accepted:
        yield "  no message comes of it"
    if it.hint:
        yield f"  {painted('hint', 'cyan')}: {visible(it.hint)}; try --path"
    rules = {each.rule: each.holds for each in (*it.violations, *it.warnings) if each.holds}
    for rule, holds in rules.items():
        yield f"  {rule}: {holds}"


def _place(file: str, found: Any) -> str:
    return file if found.line is None else f"{file}:{found.line}:{found.column}"


def _at(found: Any) -> str:
    return f" at {visible(found.pointer)}" if found.pointer else ""


def _come_to(it: Any) -> Iterator[str]:
    """What an accepted request comes to."""
    messages = it.messages
    yield f"  {_count(messages.count, 'message')}, in the scenario {visible(it.scenario)}:"
    for route in messages.routes:
        stops = ", then ".join(_stop(each) for each in route.channels)
        yield f"    {route.count:,} by {stops}"
    for why in dict.fromkeys(each.why for each in messages.left_out):
        channels = ", ".join(each.channel for each in messages.left_out if each.why == why)
        yield f"    never by {channels}: {visible(why)}"
    if messages.encoding:
        pages = ", ".join(f"{count:,} of {_count(size, 'page')}" for size, count in messages.pages.items())
        yield f"  as SMS: {messages.encoding}{f', {pages}' if pages else ''}"
    for each in messages.callbacks:
        what = _count(each.items, "reply" if each.kind == "reply" else "report")
        yield f"  {_count(each.count, 'callback')} to {visible(each.url)}, with {what}"
    if not messages.callbacks:
        yield "  no callbacks"


def _stop(it: Any) -> str:
    told = [f"from {visible(it.sender)}{' (filled in)' if it.sender_filled_in else ''}"] if it.sender else []
    told += [visible(it.why)] if it.why else []
    return f"{it.channel}{f' {told[0]}' if told else ''}{f' ({told[1]})' if len(told) > 1 else ''}"


def _count(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"

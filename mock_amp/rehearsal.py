"""Trying scenarios out: a server in this process, its clock frozen, whose callbacks need no network.

A second place that chooses, beside `bootstrap`, for the commands that look at scenarios.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import aiohttp
import orjson

from mock_amp.adapters import documents
from mock_amp.adapters.files import BadFile
from mock_amp.adapters.library import ScenarioLibrary
from mock_amp.bootstrap import Server, StartFailed, serving
from mock_amp.core.instants import parse_duration
from mock_amp.core.retry import Answered, Outcome, Unreachable
from mock_amp.core.scenario import Delays
from mock_amp.engine.rehearsing import Line, Rehearsing
from mock_amp.ports import BadScript
from mock_amp.settings import read_settings

FAILURES: Final = (StartFailed, BadFile, BadScript)
"""What the functions below raise; each message is one line for a person."""

_ALL: Final = 2**40
"""Messages that a rehearsal keeps: its table tells of each."""

START: Final = "2026-01-01T00:00:00Z"
"""What the clock of a rehearsal shows first."""


class Audience:
    """Implements the Transport port: every whole post is answered 200, and goes nowhere."""

    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:  # noqa: ARG002 - as the port says
        return Unreachable("the connection was cut") if cut else Answered(200)

    async def close(self) -> None:
        pass


def shipped() -> list[tuple[str, str]]:
    """The shipped scenarios: name and description."""
    library = ScenarioLibrary(Delays())
    return [(name, str(library.shipped(name).get("description", "")).strip()) for name in library.names]


def names() -> tuple[str, ...]:
    """The names of the shipped scenarios, without a look into them."""
    return ScenarioLibrary(Delays()).names


def text_of(name_or_path: str) -> str:
    """A scenario as it is written. Raises BadFile."""
    return ScenarioLibrary(Delays()).path(name_or_path).read_text(encoding="utf-8")


def check(path: str) -> list[str]:
    """Every fault of a scenario file, each with file, line and place; none when it can be played."""
    try:
        ScenarioLibrary(Delays()).read_file(Path(path))
    except BadScript as error:
        return [f"{path}:{each.line}: at {each.pointer or 'the top level'}: {each.text}" for each in error.faults]
    except BadFile as error:
        return [str(error)]
    return []


def rehearse(scenario: str, script: str, seed: int) -> list[Line]:
    """What comes of the sends in a file when a scenario is in force, up to the end of everything.

    The file is one request body, or a list of steps: a body, `{"send": body, "path": "/1/sms"}`, a body whose
    destinations are `{"first": number, "count": n}`, or `{"advance": duration}`. Raises BadFile, BadScript,
    StartFailed.
    """
    steps = _steps(script)
    flags = {"port": 0, "scenario": scenario, "random-seed": seed, "log-level": "error", "keep-messages": _ALL}
    settings = read_settings(flags, {}, {})
    with silence():
        return asyncio.run(_rehearse(Server(settings, transport=Audience()), steps, script))


@contextmanager
def silence() -> Iterator[None]:
    """The table tells what the log would."""
    log = logging.getLogger("mock_amp")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        log.setLevel(level)


def _steps(script: str) -> Sequence[Mapping[str, Any]]:
    try:
        document = documents.load(Path(script).read_bytes(), script)
    except OSError as error:
        raise StartFailed(f"cannot read {script}: {error.strerror}") from error
    except documents.BadDocument as error:
        raise StartFailed(str(error)) from error
    steps = document.value if isinstance(document.value, list) else [document.value]
    for at, step in enumerate(steps):
        if not isinstance(step, dict) or not {"destinations", "send", "advance"} & step.keys():
            raise StartFailed(f"{script}: step {at + 1} is neither a request body, nor a send, nor an advance")
    return steps


async def _rehearse(server: Server, steps: Sequence[Mapping[str, Any]], script: str) -> list[Line]:
    async with serving(server), aiohttp.ClientSession(server.url) as session:
        opened = {"clock": {"mode": "frozen", "now": START}, "seed": server.settings.random_seed}
        async with session.post("/__admin/accounts", json=opened) as answer:
            account = await answer.json()
        headers = {"Authorization": f"Token {account['token']}", "Content-Type": "application/json"}
        for step in steps:
            if "advance" in step:
                await advance(session, account["id"], {"by": _duration(step["advance"])})
                continue
            body, path = step.get("send", step), step.get("path", "/1/im")
            try:
                async with session.post(path, data=BytesIO(orjson.dumps(_spread(body))), headers=headers) as sent:
                    if sent.status == 404:
                        raise StartFailed(f"{script}: there is no endpoint {path}")
            except aiohttp.ClientError:
                continue  # the scenario cut the connection; the journal says so
        await advance(session, account["id"], {"until": "idle"})
        return Rehearsing(server.services.world).table(account["id"])


async def advance(session: aiohttp.ClientSession, account: str, target: Mapping[str, Any]) -> None:
    """Moves the clock of an account. Raises StartFailed with what the server says against it."""
    path = f"/__admin/accounts/{account}/clock/advance"
    async with session.post(path, json={**target, "limit": 0}) as answer:
        if answer.status != 200:
            raise StartFailed((await answer.json(content_type=None))["detail"])


def _duration(wish: Any) -> str:
    try:
        parse_duration(wish)
    except ValueError as error:
        raise StartFailed(str(error)) from None
    return str(wish)


def _spread(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A body whose many destinations are written as the first of them and how many they are."""
    wanted = body.get("destinations")
    if not isinstance(wanted, dict):
        return body
    first, most = int(wanted["first"]), int(wanted["count"])
    return {**body, "destinations": [{"number": str(number)} for number in range(first, first + most)]}

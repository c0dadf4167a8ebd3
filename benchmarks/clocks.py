"""Clocks: how long an idle year takes, and how late a server is that keeps the real clocks of thousands of accounts.

How late an event is, is seen from outside: from the moment at which it is due, which its report tells, to the arrival
of that report. Only one message in so many has a callback, all over the accounts: to post one for each would be another
measure.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, NamedTuple

import orjson

from benchmarks import bodies
from benchmarks.load import Connection, WrongAnswer, ask, body_of, connect
from benchmarks.model import Row, alone, percentile
from benchmarks.receiver import Received, receiving
from benchmarks.servers import mock_amp, quiet, served

_CONNECTIONS: Final = 8
_TOLD: Final = 20
"""One message in so many has a callback."""
_SLACK: Final = 0.3
"""Seconds from the last send to the first event that is due, at the least."""
_YEARS: Final = 15


class Late(NamedTuple):
    """An event: when it was due by the clock on the wall, and how many seconds later its report had come."""

    due: float
    by: float


async def measure(rounds: int, accounts: int, after: float, within: float) -> list[Row]:
    """Idle years one after another; then, `rounds` times each, the lag of accounts with one event each.

    First each has it `after` so many seconds from its send. Then all have it at the same moment, and there are so many
    seconds `within` which all is sent. Nothing is asked of the server while events are due. Raises WrongAnswer.
    """
    idle = await _idle_years()
    spread = [await _lags(accounts, after, at_once=False) for _ in range(rounds)]
    at_once = [await _lags(accounts, within, at_once=True) for _ in range(rounds)]
    name = f"lag of {accounts:,} accounts with an event each"
    return [
        alone("an advance over an idle year", "ms", idle, "at most", 50, note="after 1,000 messages and their end"),
        _row(f"{name}, p99", spread),
        _row(f"{name}, all at once, p99", at_once),
    ]


def _row(name: str, rounds: Sequence[Sequence[Late]]) -> Row:
    due = [late.due for late in rounds[0]]
    middle = percentile([late.by for late in rounds[0]], 0.5) * 1_000
    note = f"{len(due)} reports, of events due over {max(due) - min(due):.3g} s; half of them in {middle:.3g} ms"
    found = [percentile([late.by for late in lags], 0.99) * 1_000 for lags in rounds]
    return alone(name, "ms", found, "at most", 100, note=note)


async def _idle_years() -> list[float]:
    """Milliseconds of each."""
    taken = []
    with served(mock_amp("--clock", "frozen")) as server:
        await ask(server.port, bodies.send(1_000))
        await ask(server.port, bodies.post("/__admin/clock/advance", b'{"until":"idle","limit":0}'))
        for _ in range(_YEARS):
            began = time.perf_counter()
            answer = orjson.loads(await ask(server.port, bodies.post("/__admin/clock/advance", b'{"by":"8760h"}')))
            taken.append((time.perf_counter() - began) * 1_000)
            if answer["events_total"]:
                raise WrongAnswer(f"a year with {answer['events_total']} events is not idle")
    return taken


async def _lags(accounts: int, ahead: float, *, at_once: bool) -> list[Late]:
    """Of one in so many accounts on a server of its own. Raises WrongAnswer unless all are told of, in time."""
    async with receiving() as receiver:
        with served(mock_amp("--max-accounts", str(accounts + 1))) as server:
            lines = [await connect(server.port) for _ in range(_CONNECTIONS)]
            send = _sent_at_once if at_once else _sent_evenly
            first = await send(lines, accounts, ahead, receiver.url)
            sent = time.monotonic()
            if first - sent < _SLACK:
                raise WrongAnswer(
                    f"events were due {first - sent:.1f} s after the last send; there has to be more time"
                )
            await asyncio.sleep(first - sent if at_once else ahead)
            await asyncio.to_thread(quiet, server)
    lags = list(_late(receiver))
    if len(lags) != -(-accounts // _TOLD):
        raise WrongAnswer(f"{len(lags)} deliveries were reported, not one in {_TOLD} of {accounts}")
    return lags


async def _sent_evenly(lines: Sequence[Connection], accounts: int, ahead: float, url: str) -> float:
    """Opens all accounts, then sends to each; the moment at which the first event is due."""
    tokens: dict[int, str] = {}

    async def open_one(line: Connection, at: int) -> None:
        tokens[at] = await _open(line, ahead)

    async def send_one(line: Connection, at: int) -> None:
        await _send(line, at, tokens[at], url)

    await _share(lines, accounts, open_one)
    began = time.monotonic()
    await _share(lines, accounts, send_one)
    return began + ahead


async def _sent_at_once(lines: Sequence[Connection], accounts: int, ahead: float, url: str) -> float:
    """Opens each account and sends to it, so that all events are due about the moment that it returns.

    One connection alone: with more of them an account would wait longer for its send, and be due as much later.
    """
    moment = time.monotonic() + ahead

    async def do_one(line: Connection, at: int) -> None:
        await _send(line, at, await _open(line, max(0.0, moment - time.monotonic())), url)

    await _share(lines[:1], accounts, do_one)
    return moment


async def _share(lines: Sequence[Connection], count: int, do: Callable[[Connection, int], Awaitable[None]]) -> None:
    """Each of the connections does the next one when it has done one."""
    numbers = iter(range(count))

    async def work(line: Connection) -> None:
        for at in numbers:
            await do(line, at)

    await asyncio.gather(*(work(line) for line in lines))


async def _open(line: Connection, ahead: float) -> str:
    """The token of an account in which a message is accepted at once, and delivered `ahead` seconds later."""
    steps = [{"status": "ACCEPTD", "after": 0}, {"status": "DELIVRD", "after": round(ahead, 6)}]
    scenario = {"name": "one-event", "rules": [{"name": "due", "outcome": {"steps": steps}}]}
    answer = await line.ask(bodies.post("/__admin/accounts", orjson.dumps({"clock": "real", "scenario": scenario})))
    return str(orjson.loads(body_of(answer, 201))["token"])


async def _send(line: Connection, at: int, token: str, url: str) -> None:
    body_of(await line.ask(bodies.one(url if at % _TOLD == 0 else "", token, at)))


def _late(receiver: Received) -> Iterator[Late]:
    for body, came in zip(receiver.bodies, receiver.times, strict=True):
        for report in orjson.loads(body)["data"]:
            if report["status"] == "DELIVRD":
                due = report["micro_timestamp"] / 1_000  # milliseconds, whatever it is called
                yield Late(due, came - due)

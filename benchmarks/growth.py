"""Whether cost grows in a straight line: what a unit of work costs with much, against what it costs with little.

A cost is the time on its core that a server takes for a block of requests, one after another, so that what it puts off
to later counts too. Sizes take turns, and a row has the cost at the largest over that at the smallest, round by round.
"""

import asyncio
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Final

import orjson

from benchmarks import bodies
from benchmarks.load import ask, open_to, take_answer
from benchmarks.model import Row, against
from benchmarks.servers import Served, mock_amp, quiet, served

_FLAGS: Final = ("--clock", "frozen", "--keep-messages", "100000000")
_IDLE: Final = b'{"until":"idle","limit":0}'
_MOST: Final = 10_000
_PAGE: Final = 100

Costs = dict[str, float]
"""Seconds for one unit, by what is done."""


@dataclass(slots=True)
class Account:
    """Whom requests are about, some of its messages, and where a page in the middle of them begins."""

    token: str = bodies.TOKEN
    path: str = "/__admin"
    known: list[str] = field(default_factory=list)
    middle: str = ""

    def advance(self) -> bytes:
        return bodies.post(f"{self.path}/clock/advance", _IDLE)

    def page(self, limit: int, cursor: str | None = "") -> bytes:
        return bodies.get(f"{self.path}/messages?limit={limit}" + (f"&cursor={cursor}" if cursor else ""))


async def measure(
    rounds: int, sizes: Sequence[int], accounts: Sequence[int], held: Sequence[int], work: int
) -> list[Row]:
    """By destinations of a send, by accounts, and by messages held, each from few to many; `work` requests a block.

    One round of each, not counted, comes before.
    """
    return [
        *_rows(sizes, "destinations a send", await _by_destinations(rounds + 1, sizes, work)),
        *_rows(accounts, "accounts", await _by_accounts(rounds + 1, accounts, work)),
        *_rows(held, "messages held", await _by_messages(rounds + 1, held, work)),
    ]


def _rows(sizes: Sequence[int], axis: str, found: Mapping[int, Sequence[Costs]]) -> Iterator[Row]:
    rounds = {size: costs[1:] for size, costs in found.items()}
    few, many = rounds[sizes[0]], rounds[sizes[-1]]
    for what in few[0]:
        middles = ((size, statistics.median(each[what] for each in rounds[size]) * 1e6) for size in sizes)
        note = ", ".join(f"{cost:,.4g} µs at {size:,}" for size, cost in middles)
        much, little = ([each[what] * 1e6 for each in costs] for costs in (many, few))
        name = f"{what}, {sizes[-1]:,} {axis} against {sizes[0]:,}"
        yield against(name, "µs", much, little, "at most", 1.5, note=note)


async def _by_destinations(rounds: int, sizes: Sequence[int], work: int) -> dict[int, list[Costs]]:
    """As many destinations in all, in many sends or in one; each time to a server that has nothing else."""
    found: dict[int, list[Costs]] = {size: [] for size in sizes}
    count = sizes[-1]
    for size in [size for _ in range(rounds) for size in sizes]:
        account = Account()
        sends = [bodies.send(size, first=35_600_000_000 + at) for at in range(0, count, size)]
        with served(mock_amp(*_FLAGS)) as server:
            await ask(server.port, bodies.one())
            costs = {"a destination of a send": _seconds(server, sends) / count}
            await _learn(server, account, count // 2)
            costs |= _reads(server, [account], work)
            costs["an advance, a message"] = _seconds(server, [account.advance()]) / count
        found[size].append(costs)
    return found


async def _by_accounts(rounds: int, sizes: Sequence[int], work: int) -> dict[int, list[Costs]]:
    """The same requests, spread over few accounts or over many, with a server for each."""
    found: dict[int, list[Costs]] = {size: [] for size in sizes}
    with ExitStack() as stack:
        servers = {size: stack.enter_context(served(mock_amp(*_FLAGS))) for size in sizes}
        accounts = {size: [await _open(server) for _ in range(size)] for size, server in servers.items()}
        for size, server in servers.items():
            for account in islice(cycle(accounts[size]), sizes[-1]):  # as many messages on each server
                await ask(server.port, bodies.send(2 * _PAGE, token=account.token))
            for account in accounts[size]:
                await _learn(server, account, _PAGE)
        for size in [size for _ in range(rounds) for size in sizes]:
            server, whom = servers[size], accounts[size]
            await asyncio.to_thread(quiet, server)
            found[size].append({"a send": _seconds(server, _ones(whom, work)) / work} | _reads(server, whom, work))
            _seconds(server, [account.advance() for account in whom])
            found[size][-1]["an advance"] = _advances(server, whom, work)
    return found


async def _by_messages(rounds: int, sizes: Sequence[int], work: int) -> dict[int, list[Costs]]:
    """The same requests to servers that hold few messages or many: first live ones, then the same when they ended."""
    found: dict[int, list[Costs]] = {size: [{} for _ in range(rounds)] for size in sizes}
    chunk, account = sizes[0] // 2, Account()
    with ExitStack() as stack:
        servers = {size: stack.enter_context(served(mock_amp(*_FLAGS))) for size in sizes}
        accounts = {size: Account() for size in sizes}
        for size, server in servers.items():
            for first in range(35_600_000_000, 35_600_000_000 + size, chunk):
                await ask(server.port, bodies.send(chunk, first=first))
            await _learn(server, accounts[size], size // 2)
        for at, size in [(at, size) for at in range(rounds) for size in sizes]:
            server, whom = servers[size], [accounts[size]]
            await asyncio.to_thread(quiet, server)
            costs = {"a send": _seconds(server, _ones(whom, work)) / work} | _reads(server, whom, work)
            found[size][at] |= {f"{what} beside live ones": cost for what, cost in costs.items()}
        for server in servers.values():
            await ask(server.port, account.advance())
        for at, size in [(at, size) for at in range(rounds) for size in sizes]:
            server, whom = servers[size], [accounts[size]]
            await asyncio.to_thread(quiet, server)
            costs = {"a send": _seconds(server, _ones(whom, work)) / work} | _reads(server, whom, work)
            _seconds(server, [account.advance()])
            costs["an advance"] = _advances(server, whom, work)
            found[size][at] |= {f"{what} beside ended ones": cost for what, cost in costs.items()}
    return found


async def _open(server: Served) -> Account:
    opened = orjson.loads(await ask(server.port, bodies.post("/__admin/accounts", b'{"clock":"frozen"}'), 201))
    return Account(token=opened["token"], path=f"/__admin/accounts/{opened['id']}")


async def _learn(server: Served, account: Account, count: int) -> None:
    """Reads so many messages of an account, and keeps some ids from all over them, and where it stopped."""
    cursor: str | None = ""
    while count > 0 and cursor is not None:
        page = orjson.loads(await ask(server.port, account.page(min(_MOST, count), cursor)))
        ids = [item["id"] for item in page["items"]]
        account.known += ids[:: max(1, len(ids) // _PAGE)]
        count, cursor = count - len(ids), page["next"]
    account.middle = cursor or ""


def _ones(accounts: Sequence[Account], work: int) -> list[bytes]:
    return [bodies.one(token=each.token, at=at) for at, each in enumerate(islice(cycle(accounts), work))]


def _reads(server: Served, accounts: Sequence[Account], work: int) -> Costs:
    """The status of some message, and a page of messages: by turns the first one and one in the middle."""
    every = list(islice(cycle(accounts), work))
    ids = [each.known[at * 7_919 % len(each.known)] for at, each in enumerate(every)]
    statuses = [bodies.get(f"/1/im/status/{one}", each.token) for one, each in zip(ids, every, strict=True)]
    pages = [each.page(_PAGE, each.middle if at % 2 else "") for at, each in enumerate(every)]
    return {"a status": _seconds(server, statuses) / work, "a page": _seconds(server, pages) / work}


def _advances(server: Served, accounts: Sequence[Account], work: int) -> float:
    """Seconds for an advance that lives one message from its send to its end."""
    taken = 0.0
    with open_to(server.port) as line:
        for request, account in zip(_ones(accounts, work), cycle(accounts), strict=False):
            line.sendall(request)
            take_answer(line)
            began = _used(server)
            line.sendall(account.advance())
            take_answer(line)
            taken += _used(server) - began
    return taken / work


def _seconds(server: Served, requests: Sequence[bytes]) -> float:
    """For all of them, each after the answer to the one before."""
    with open_to(server.port) as line:
        began = _used(server)
        for request in requests:
            line.sendall(request)
            take_answer(line)
        return _used(server) - began


def _used(server: Served) -> float:
    """Seconds on the core, finer than the ticks in which `Served` counts them."""
    threads = Path(f"/proc/{server.process.pid}/task").glob("*/schedstat")
    return sum(int(each.read_text().split()[0]) for each in threads) / 1e9

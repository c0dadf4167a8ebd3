"""Small sends and status reads: requests a second on 32 connections, and what the slowest of them wait."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from benchmarks import bodies
from benchmarks.load import Taken, ask, bombard
from benchmarks.model import Row, against, percentile
from benchmarks.servers import Served, floor, mock_amp, quiet, served

CONNECTIONS = 32


@contextmanager
def both(answers: Path, *flags: str) -> Iterator[tuple[Served, Served]]:
    """Ours and the floor."""
    with served(mock_amp(*flags)) as ours, served(floor(answers)) as bare:
        yield ours, bare


async def write_answers(folder: Path, bulk: int) -> None:
    """Real answers for the floor to give."""
    with served(mock_amp()) as ours:
        one = await ask(ours.port, bodies.one())
        message = next(iter(orjson.loads(one)["results"].values()))["message_id"]
        (folder / "one.json").write_bytes(one)
        (folder / "status.json").write_bytes(await ask(ours.port, bodies.get(f"/1/im/status/{message}")))
        (folder / "bulk.json").write_bytes(await ask(ours.port, bodies.send(bulk)))


async def measure(rounds: int, seconds: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        await write_answers(folder, 10)
        with both(folder) as (ours, bare), served(mock_amp("--store", f"sqlite:///{folder}/store.db")) as filed:
            return [*await _sends(ours, bare, filed, rounds, seconds), *await _reads(ours, bare, rounds, seconds)]


async def _sends(ours: Served, bare: Served, filed: Served, rounds: int, seconds: float) -> list[Row]:
    requests = bodies.ones(20000)
    taken: dict[str, list[Taken]] = {"ours": [], "floor": [], "file": []}
    for _ in range(rounds):
        for name, server in (("floor", bare), ("ours", ours), ("file", filed)):
            quiet(ours, filed)
            taken[name].append(bombard(server.port, requests, CONNECTIONS, seconds))
    rates = {name: [each.per_second for each in found] for name, found in taken.items()}
    slow = {name: [percentile(each.waits, 0.99) * 1_000 for each in found] for name, found in taken.items()}
    return [
        against("one-destination sends", "requests/s", rates["ours"], rates["floor"], "at least", 0.50, 0.65),
        against("one-destination sends, p99", "ms", slow["ours"], slow["floor"], "at most", 2.5),
        against("sends on a file store, against memory", "requests/s", rates["file"], rates["ours"], "at least", 0.80),
    ]


async def _reads(ours: Served, bare: Served, rounds: int, seconds: float) -> list[Row]:
    one = orjson.loads(await ask(ours.port, bodies.one()))
    message = next(iter(one["results"].values()))["message_id"]
    request = [bodies.get(f"/1/im/status/{message}")]
    mine, theirs = [], []
    for _ in range(rounds):
        quiet(ours)
        theirs.append(bombard(bare.port, request, CONNECTIONS, seconds).per_second)
        mine.append(bombard(ours.port, request, CONNECTIONS, seconds).per_second)
    return [against("status reads", "requests/s", mine, theirs, "at least", 0.65)]

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
    """On a clock that stands still, as tests have it, and on one that runs.

    On the latter the lives of the messages that were sent take place on the same core at the same time.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        await write_answers(folder, 10)
        frozen = ("--clock", "frozen")
        with (
            both(folder, *frozen) as (still, bare),
            served(mock_amp()) as running,
            served(mock_amp(*frozen, "--store", f"sqlite:///{folder}/store.db")) as filed,
        ):
            ours = {"still": still, "running": running, "file": filed}
            return [*_sends(ours, bare, rounds, seconds), *await _reads(running, bare, rounds, seconds)]


def _sends(ours: dict[str, Served], bare: Served, rounds: int, seconds: float) -> list[Row]:
    requests = bodies.ones(20_000)
    taken: dict[str, list[Taken]] = {name: [] for name in ("floor", *ours)}
    for _ in range(rounds):
        for name, server in {"floor": bare, **ours}.items():
            quiet(*ours.values())
            taken[name].append(bombard(server.port, requests, CONNECTIONS, seconds))
    rates = {name: [each.per_second for each in found] for name, found in taken.items()}
    slow = {name: [percentile(each.waits, 0.99) * 1_000 for each in found] for name, found in taken.items()}
    rows = []
    for name, clock in (("still", "clock frozen"), ("running", "clock running, lives included")):
        told = f"one-destination sends, {clock}"
        rows.append(against(told, "requests/s", rates[name], rates["floor"], "at least", 0.50, 0.65))
        rows.append(against(f"{told}, p99", "ms", slow[name], slow["floor"], "at most", 2.5))
    against_memory = "sends on a file store, against memory"
    return [*rows, against(against_memory, "requests/s", rates["file"], rates["still"], "at least", 0.80)]


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

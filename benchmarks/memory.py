"""Memory: what a server holds when it has just begun, and what it holds for each message that is not at its end."""

import asyncio

import orjson

from benchmarks import bodies
from benchmarks.load import WrongAnswer, ask, bombard
from benchmarks.model import Row, alone
from benchmarks.servers import Served, mock_amp, quiet, served

_MIB = 1 << 20


async def measure(rounds: int, sends: int = 20, size: int = 50_000) -> list[Row]:
    """Idle memory of `rounds` servers, and the growth of one by so many sends, of which nothing can be evicted.

    The clock is frozen, so that no message comes to its end. RSS is read when the server has come to rest: what a large
    request leaves behind is given back to the system by then or never.
    """
    idle = [await _idle() for _ in range(rounds)]
    with served(mock_amp("--clock", "frozen")) as ours:
        before = await _at_rest(ours)
        for at in range(sends):
            bombard(ours.port, [bodies.send(size, first=35_600_000_000 + at * size)], 1, 0)
        after = await _at_rest(ours)
        count = await _messages(ours)
    if count != sends * size:
        raise WrongAnswer(f"{count} messages are there, not {sends * size}")
    note = (
        f"{(after - before) / _MIB:.0f} MiB more for {count:,} messages on a frozen clock, with their jobs and numbers"
    )
    return [
        alone(
            "memory when idle, RSS", "MB", [each / 1e6 for each in idle], "at most", 70, note="after the first answer"
        ),
        alone("memory for each live message, RSS", "bytes", [(after - before) / count], "at most", 1_200, note=note),
    ]


async def _idle() -> int:
    with served(mock_amp()) as ours:
        return await _at_rest(ours)


async def _at_rest(ours: Served) -> int:
    await ask(ours.port, bodies.get("/livez"))
    await asyncio.to_thread(quiet, ours)
    return ours.resident()


async def _messages(ours: Served) -> int:
    answer = orjson.loads(await ask(ours.port, bodies.get("/__admin/messages?limit=1&total=true")))
    return int(answer["total"])

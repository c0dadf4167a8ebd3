"""One send of 50,000 destinations: how long from its first byte to the last byte of the answer."""

import asyncio
import tempfile
from pathlib import Path

import orjson

from benchmarks import bodies
from benchmarks.load import WrongAnswer, ask, bombard
from benchmarks.model import Row, against
from benchmarks.sends import both, write_answers
from benchmarks.servers import Served, quiet

IDLE = bodies.post("/__admin/clock/advance", orjson.dumps({"until": "idle", "limit": 0}))


async def measure(rounds: int, size: int = 50_000) -> list[Row]:
    """Ours and the floor in turn, each when the other has come to rest. One of each, not counted, comes before.

    What ours is left with after a send, its reports and the end of its messages, happens before the next round.
    """
    request = bodies.send(size)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        await write_answers(folder, size)
        with both(folder) as (ours, bare):
            lengths = [await _length_of_right_answer(server, request, size) for server in (ours, bare)]
            if max(lengths) > min(lengths) * 1.01:
                raise WrongAnswer(f"the floor answers {lengths[1]} bytes, and we {lengths[0]}")
            mine, theirs = [], []
            for _ in range(rounds):
                await at_rest(ours, bare)
                theirs.append(_once(bare, request))
                mine.append(_once(ours, request))
    note = f"{len(request) / 1e6:.1f} MB in, {lengths[0] / 1e6:.1f} MB out; from the first byte to the last"
    return [against(f"one send of {size:,} destinations", "ms", mine, theirs, "at most", 4.0, 3.0, note)]


async def at_rest(ours: Served, *others: Served) -> None:
    """Lives through all that our real clock still has ahead, and waits until nobody uses the core."""
    await ask(ours.port, IDLE)
    await asyncio.to_thread(quiet, ours, *others)


def _once(server: Served, request: bytes) -> float:
    return bombard(server.port, [request], 1, 0).waits[0] * 1_000


async def _length_of_right_answer(server: Served, request: bytes, size: int) -> int:
    answer = await ask(server.port, request)
    results = orjson.loads(answer)["results"]
    if len(results) != size or not all(each["message_id"] for each in results.values()):
        raise WrongAnswer(f"an answer about {len(results)} of {size} destinations")
    return len(answer)

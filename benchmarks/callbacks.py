"""Callbacks with a single report each: posts a second at a local receiver, against a bare client's at the same one."""

import asyncio
import sys
import tempfile
import time
from dataclasses import fields
from pathlib import Path

from benchmarks.life import all_came, live, sms
from benchmarks.load import WrongAnswer, connect
from benchmarks.model import Row, against
from benchmarks.receiver import Received, receiving
from benchmarks.servers import mock_amp, pin_server, quiet, served
from mock_amp.engine.world import Terms

CONCURRENCY = next(each.default for each in fields(Terms) if each.name == "posts_per_host")
"""Posts that are out at once: as many as we allow ourselves to one host."""

_CHECKOUT = Path(__file__).parent.parent
_PATIENCE = 300.0


async def measure(rounds: int, size: int = 10_000) -> list[Row]:
    """Three reports for each of `size` destinations of one send, and as many posts of the client's, in turn.

    Both are counted at the receiver, from the first post that arrives to the last: with ours, that has in it the two
    moves of the messages in between and all that is written down.
    """
    mine, theirs, busy = [], [], []
    with tempfile.TemporaryDirectory() as scratch:
        body = Path(scratch) / "body.json"
        async with receiving() as receiver:
            with served(mock_amp("--clock", "frozen", "--bundle-most", "1")) as ours:
                connection, request = await connect(ours.port), sms(size, receiver.url)
                for _ in range(rounds):
                    await asyncio.to_thread(quiet, ours)
                    async with asyncio.timeout(_PATIENCE):
                        await live(connection, request)
                    if len(receiver.bodies) != 3 * size:
                        raise WrongAnswer(f"{len(receiver.bodies)} posts came for {3 * size} reports")
                    mine.append(receiver.per_second)
                    body.write_bytes(receiver.bodies[size])
                    all_came(receiver, size)
                    await asyncio.to_thread(quiet, ours)
                    busy.append(await _bare(receiver, body, 3 * size))
                    theirs.append(receiver.per_second)
                    receiver.empty()
                connection.close()
    note = f"{3 * size:,} posts, {CONCURRENCY} at a time; beside the bare client the receiver is busy {max(busy):.0%}"
    return [against("callbacks with single reports", "posts/s", mine, theirs, "at least", 0.60, note=note)]


async def _bare(receiver: Received, body: Path, posts: int) -> float:
    """A client's round; says how much of its core the receiver, which is this process, used meanwhile."""
    arguments = ("--url", receiver.url, "--body", body, "--posts", posts, "--concurrency", CONCURRENCY)
    began, used = time.perf_counter(), time.process_time()
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.poster", *map(str, arguments), preexec_fn=pin_server, cwd=_CHECKOUT
    )
    async with asyncio.timeout(_PATIENCE):
        if await client.wait():
            raise WrongAnswer(f"the bare client ended with {client.returncode}")
    busy = (time.process_time() - used) / (time.perf_counter() - began)
    if len(receiver.bodies) != posts or any(each != receiver.bodies[0] for each in receiver.bodies):
        raise WrongAnswer(f"of {posts} posts of the bare client {len(receiver.bodies)} came")
    return busy

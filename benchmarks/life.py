"""The whole life of a send of 50,000 destinations on a frozen clock: the send, every status, every report."""

import asyncio
import time

import orjson

from benchmarks import bodies
from benchmarks.bulk import IDLE
from benchmarks.load import Connection, body_of, connect
from benchmarks.model import Row, alone
from benchmarks.receiver import Received, expect, receiving
from benchmarks.servers import mock_amp, quiet, served

_PATIENCE = 120.0


def sms(size: int, callback_url: str) -> bytes:
    """A send whose messages have three statuses each: INTERNAL ACCEPTD, SMS ACCEPTD and DELIVRD."""
    document = {
        "destinations": [
            {
                "number": str(35_600_000_000 + at),
                "custom_id": f"order-{at}",
                "params": {"NAME": f"guest {at}", "TABLE": str(at % 90)},
            }
            for at in range(size)
        ],
        "sms_content": {"message": "{#NAME}, your table {#TABLE} is ready."},
        "callback_url": callback_url,
    }
    return bodies.post("/1/im", orjson.dumps(document))


async def measure(rounds: int, size: int = 50_000) -> list[Row]:
    """One life after another on one server. Raises WrongAnswer unless all reports came."""
    sends, lives = [], []
    async with receiving() as receiver:
        with served(mock_amp("--clock", "frozen")) as ours:
            connection, request = await connect(ours.port), sms(size, receiver.url)
            for _ in range(rounds):
                await asyncio.to_thread(quiet, ours)
                async with asyncio.timeout(_PATIENCE):
                    sent, lived = await live(connection, request)
                sends.append(sent)
                lives.append(lived)
                posts = len(receiver.bodies)
                all_came(receiver, size)
            connection.close()
    share = sorted(sends)[len(sends) // 2] / sorted(lives)[len(lives) // 2]
    note = f"send to settled, of which the send is {share:.0%}; {3 * size:,} reports in {posts} posts, all there"
    return [alone(f"{size:,} destinations, their whole life", "s", lives, "at most", 6.0, note=note)]


async def live(connection: Connection, request: bytes) -> tuple[float, float]:
    """Seconds from the first byte of a send to its answer, and to that of the advance until idle after it."""
    began = time.perf_counter()
    body_of(await connection.ask(request))
    sent = time.perf_counter()
    body_of(await connection.ask(IDLE))
    return sent - began, time.perf_counter() - began


def all_came(receiver: Received, size: int) -> None:
    """Looks at what came, and forgets it. Raises WrongAnswer unless each message was told of three times."""
    expect(receiver.statuses(), {("INTERNAL", "ACCEPTD"): size, ("SMS", "ACCEPTD"): size, ("SMS", "DELIVRD"): size})
    receiver.empty()

"""What rude clients do, and polite ones whom a scenario gives faults: of it nothing may stay, and no more is asked."""

import asyncio
from typing import Final

import orjson

from benchmarks import bodies
from benchmarks.soak.ground import Action, Field, ask_whatever, leave

BAD_DAY: Final = {
    "name": "bad-day",
    "requests": [
        {"name": "throttled", "match": {"nth": {"every": 7}}, "status": 429, "retry_after": 1},
        {"name": "down", "match": {"nth": {"every": 5}}, "status": 503, "cut": "middle"},
        {"name": "cut before", "match": {"share": 0.05}, "cut": "before"},
        {"name": "cut in the middle", "match": {"share": 0.05}, "cut": "middle"},
        {"name": "cut after", "match": {"share": 0.05}, "cut": "after"},
        {"name": "slow", "match": {"share": 0.2}, "latency": "300ms", "jitter": "200ms"},
        {"name": "drips", "match": {"share": 0.1}, "slow_body": "1s"},
        {"name": "breaks off", "match": {"share": 0.1}, "malformed": True},
    ],
    "callbacks": [
        {"name": "cut", "match": {"nth": {"every": 5}}, "cut": 1},
        {"name": "fails", "match": {"nth": {"every": 3}}, "fail_first": 1},
        {"name": "twice", "match": {"share": 0.1}, "duplicate": 1},
        {"name": "lost", "match": {"share": 0.05}, "drop": True},
        {"name": "late", "match": {"share": 0.1}, "delay": "2s"},
        {"name": "swapped", "match": {"share": 0.1}, "reorder": True},
        {"name": "split", "match": {"share": 0.5}, "split": 10},
    ],
}
"""A scenario with faults on both legs."""


async def meet_faults(it: Field) -> None:
    account = it.dice.choice(it.faulty)
    await ask_whatever(it, bodies.send(it.dice.choice((1, 30)), it.told(), it.numbers(30), account.token))


async def hang_up_mid_head(it: Field) -> None:
    _, writer = await it.raw(bodies.one()[: it.dice.randrange(10, 100)])
    await leave(it, writer)


async def hang_up_mid_body(it: Field) -> None:
    body = bodies.send(500, "", it.numbers(500))
    _, writer = await it.raw(body[: it.dice.randrange(300, len(body) - 1)])
    await leave(it, writer)


async def hang_up_mid_answer(it: Field) -> None:
    """Asks for megabytes, reads a bit of it, and goes."""
    reader, writer = await it.raw(bodies.get("/__admin/messages?limit=2000"))
    await reader.read(1_000)
    await leave(it, writer)


async def hang_up_in_a_wait(it: Field) -> None:
    body = orjson.dumps({"what": "replies", "match": {"text": "never"}, "timeout_ms": 60_000})
    _, writer = await it.raw(bodies.post("/__admin/wait", body))
    await asyncio.sleep(0.2)
    await leave(it, writer)


async def hang_up_in_a_large_send(it: Field) -> None:
    """Once all of it is there: it is taken, and nobody hears of that."""
    _, writer = await it.raw(bodies.send(5_000, it.told(), it.numbers(5_000)))
    await writer.drain()
    await leave(it, writer)


async def drip_a_request(it: Field) -> None:
    """A byte at a time; some come to an end and get their answer, most give up."""
    reader, writer = await it.raw(b"")
    request = bodies.get("/1/im/status/1") if it.dice.random() < 0.3 else bodies.one()
    for at in range(min(len(request), 120)):
        writer.write(request[at : at + 1])
        await asyncio.sleep(0.03)
    if len(request) <= 120:
        await reader.readuntil(b"\r\n\r\n")
    await leave(it, writer)


async def read_slowly(it: Field) -> None:
    reader, writer = await it.raw(bodies.get("/__admin/messages?limit=1000"))
    for _ in range(20):
        if not await reader.read(2_000):
            break
        await asyncio.sleep(0.1)
    await leave(it, writer)


async def pipeline(it: Field) -> None:
    """Ten requests in one breath, and as many answers; some do not wait for these."""
    requests = b"".join(bodies.one("", at=it.numbers()) for _ in range(10))
    reader, writer = await it.raw(requests)
    await writer.drain()
    if it.dice.random() < 0.6:
        for _ in range(10):
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
    await leave(it, writer)


async def send_too_much(it: Field) -> None:
    """A body over the limit: by its length, or in pieces until somebody says stop."""
    head = (
        f"POST /1/im HTTP/1.1\r\nHost: x\r\nAuthorization: Token {bodies.TOKEN}\r\nContent-Type: application/json\r\n"
    )
    if it.dice.random() < 0.7:
        reader, writer = await it.raw(f"{head}Content-Length: 99999999999\r\n\r\n{{".encode())
        await reader.read(1_000)
    else:
        _, writer = await it.raw(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(600):
            writer.write(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
            await writer.drain()
    await leave(it, writer)


async def talk_rubbish(it: Field) -> None:
    rubbish = (
        it.dice.randbytes(200),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + it.dice.randbytes(500),
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000,
        b"POST /1/im HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"POST /1/im HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        bodies.post("/1/im", b"[" * 200_000),
        bodies.post("/1/im", b'{"destinations": ' + b'{"a":' * 5_000),
        bodies.post("/1/im", it.dice.randbytes(5_000)),
        bodies.get("/" + "../" * 500),
    )
    reader, writer = await it.raw(it.dice.choice(rubbish))
    try:
        async with asyncio.timeout(1):
            await reader.read(1_000)
    except TimeoutError:
        pass
    await leave(it, writer)


async def stay_and_say_nothing(it: Field) -> None:
    _, writer = await it.raw(b"")
    await asyncio.sleep(it.dice.uniform(1, 10))
    await leave(it, writer)


RUDE: Final = tuple(
    Action(weight, act, polite=False)
    for weight, act in (
        (8, meet_faults),
        (2, hang_up_mid_head),
        (2, hang_up_mid_body),
        (0.5, hang_up_mid_answer),
        (1, hang_up_in_a_wait),
        (0.1, hang_up_in_a_large_send),
        (1, drip_a_request),
        (0.5, read_slowly),
        (1, pipeline),
        (0.3, send_too_much),
        (2, talk_rubbish),
        (1, stay_and_say_nothing),
    )
)

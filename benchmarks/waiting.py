"""How soon those who wait hear of an event, with 200 of them on one account of a server in a process of its own.

    python benchmarks/waiting.py

From the moment at which a message is delivered, by its `changed_at` on a real clock, to the first byte of the answer of
each waiter, in milliseconds. Nothing here is a test.
"""

import asyncio
import json
import statistics
import time
from datetime import datetime
from typing import Any

from figures import HEADERS, start

WAITERS, ROUNDS = 200, 10
NUMBERS = [str(35_600_000_000 + at) for at in range(WAITERS)]


class Line(asyncio.Protocol):
    """A connection that notes when its answer begins: less work than any client, so that it adds little."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[tuple[float, bytes]] = asyncio.get_running_loop().create_future()
        self._began, self._got = 0.0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def post(self, path: str, body: Any, headers: dict[str, str]) -> None:
        self.answered, self._got = asyncio.get_running_loop().create_future(), b""
        data = json.dumps(body).encode()
        lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._transport.write("\r\n".join([*lines, "", ""]).encode() + data)

    def data_received(self, data: bytes) -> None:
        if not self._got:
            self._began = time.time()
        self._got += data
        head, found, body = self._got.partition(b"\r\n\r\n")
        if found and len(body) >= int(head.lower().partition(b"content-length:")[2].split()[0]):
            self.answered.set_result((self._began, body))

    def close(self) -> None:
        self._transport.close()


async def connect(port: int) -> Line:
    return (await asyncio.get_running_loop().create_connection(Line, "127.0.0.1", port))[1]


async def send(line: Line, numbers: list[str]) -> None:
    body = {"destinations": [{"number": each} for each in numbers], "sms_content": {"message": "Hello"}}
    line.post("/1/im", body, HEADERS)
    await line.answered


async def woken(port: int, lines: list[Line], numbers: list[str], sent: list[list[str]]) -> list[float]:
    """Each waiter waits for the delivery of its number; milliseconds of each until it hears of that."""
    clerk = await connect(port)
    mark = await last_request(clerk)
    for line, number in zip(lines, numbers, strict=True):
        match = {"to": number, "status": "DELIVRD"}
        wish = {"what": "messages", "match": match, "since": mark, "timeout_ms": 60_000}
        line.post("/__admin/wait", wish, {"Content-Type": "application/json"})
    await all_wait(clerk)
    for each in sent:
        await send(clerk, each)
    took = []
    for answered in asyncio.as_completed([line.answered for line in lines]):
        began, body = await answered
        [message, *_] = json.loads(body)["items"]
        took.append((began - datetime.fromisoformat(message["changed_at"]).timestamp()) * 1_000)
    clerk.close()
    return took


async def all_wait(clerk: Line) -> None:
    """One more wait, which ends at once, comes to the server after all the others: they were written before."""
    for _ in range(20):
        clerk.post("/__admin/wait", {"what": "replies", "timeout_ms": 10}, {"Content-Type": "application/json"})
        await clerk.answered


async def last_request(clerk: Line) -> int:
    """The number of the latest line of the journal: that of a request for nothing."""
    clerk.post("/1/im", {}, HEADERS)
    _, _ = await clerk.answered
    clerk.post("/__admin/wait", {"what": "requests", "limit": 10_000}, {"Content-Type": "application/json"})
    _, body = await clerk.answered
    return int(json.loads(body)["items"][-1]["id"])


def told(name: str, took: list[float]) -> None:
    p50, p99 = statistics.median(took), statistics.quantiles(took, n=100)[98]
    print(f"{name:58} p50 {p50:6.1f} ms   p99 {p99:6.1f} ms   most {max(took):6.1f} ms   of {len(took)}")


async def measure(port: int) -> None:
    lines = [await connect(port) for _ in NUMBERS]
    one_by_one, all_at_once, alike = [], [], []
    for _ in range(ROUNDS):
        one_by_one += await woken(port, lines, NUMBERS, [[each] for each in NUMBERS])
        all_at_once += await woken(port, lines, NUMBERS, [NUMBERS])
        alike += await woken(port, lines, [NUMBERS[0]] * WAITERS, [NUMBERS[:1]])
    told(f"{WAITERS} waiters, each its own message, sent one by one", one_by_one)
    told(f"{WAITERS} waiters, each its own message, of one request", all_at_once)
    told(f"{WAITERS} waiters, all the same message", alike)


def main() -> None:
    server, url, _ = start("--accepted-after", "20ms", "--delivered-after", "300ms", "--log-level", "warning")
    try:
        asyncio.run(measure(int(url.rpartition(":")[2])))
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    main()

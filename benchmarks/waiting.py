"""How soon those who wait hear of an event, with 200 of them on one account.

From the moment at which a message is delivered, by its `changed_at` on a real clock, to the first byte of the answer of
each waiter, in milliseconds.
"""

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from benchmarks.bodies import TOKEN
from benchmarks.load import WrongAnswer
from benchmarks.model import Row, alone, percentile
from benchmarks.servers import mock_amp, served

HEADERS: Final = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json"}
TARGET: Final = 20.0

_OK: Final = 200


async def measure(rounds: int, waiters: int) -> list[Row]:
    """The slowest of a hundred, for waiters who wait for the same, and for others."""
    numbers = [str(35_600_000_000 + at) for at in range(waiters)]
    one_by_one, at_once, alike = [], [], []
    with served(mock_amp("--accepted-after", "20ms", "--delivered-after", "300ms")) as server:
        lines = [await connect(server.port) for _ in numbers]
        for _ in range(rounds):
            one_by_one.append(await woken(server.port, lines, numbers, [[each] for each in numbers]))
            at_once.append(await woken(server.port, lines, numbers, [numbers]))
            alike.append(await woken(server.port, lines, [numbers[0]] * waiters, [numbers[:1]]))
        for line in lines:
            line.close()
    return [
        _row(f"{waiters} waiters, a send for each, p99", one_by_one),
        _row(f"{waiters} waiters, one send for all, p99", at_once),
        _row(f"{waiters} waiters, one message for all, p99", alike),
    ]


def _row(name: str, rounds: Sequence[Sequence[float]]) -> Row:
    return alone(name, "ms", [percentile(took, 0.99) for took in rounds], "at most", TARGET)


class Line(asyncio.Protocol):
    """A connection that notes when its answer begins: less work than any client, so that it adds little."""

    def __init__(self) -> None:
        self.answered: asyncio.Future[tuple[float, bytes]] = asyncio.get_running_loop().create_future()
        self._began, self._got = 0.0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

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
    _, answer = await line.answered
    if json.loads(answer)["result_info"]["status_code"] != _OK:
        raise WrongAnswer(answer.decode(errors="replace"))


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

"""HTTP by hand: requests that no client library would send, and their answers as the bytes say."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.harness import Amp

PATIENCE = 10
"""Seconds after which an answer has not come."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """One answer: its status, its headers by lower-case name, its body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def verdict(self) -> tuple[int, str | None]:
        return self.status, self.headers.get("x-mock-amp-rule")


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection to a server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def write(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> RawAnswer:
        """The next answer, or interim answer."""
        async with asyncio.timeout(PATIENCE):
            status = int((await self.reader.readline()).split()[1])
            headers = {}
            while line := (await self.reader.readline()).decode().strip():
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return RawAnswer(status, headers, body)


@asynccontextmanager
async def connected(amp: Amp) -> AsyncIterator[Connection]:
    """A connection to the server of this client."""
    at = urlsplit(amp.url)
    reader, writer = await asyncio.open_connection(at.hostname, at.port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()


async def ask(amp: Amp, data: bytes) -> RawAnswer:
    """What is answered to these bytes."""
    async with connected(amp) as connection:
        await connection.write(data)
        return await connection.answer()


def head(amp: Amp, *more: str, target: str = "/1/im", method: str = "POST", without: Sequence[str] = ()) -> bytes:
    """The head of a good send, with further header lines, without those named."""
    usual = {"Host": "localhost", "Authorization": f"Token {amp.token}", "Content-Type": "application/json"}
    lines = [f"{name}: {value}" for name, value in usual.items() if name not in without]
    text = "\r\n".join([f"{method} {target} HTTP/1.1", *lines, *more, "", ""])
    return text.encode("utf-8", "surrogateescape")


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"

"""Receivers as they are out there: one that is as it should be, and a dozen that are not, each on its own port."""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Final, TypeAlias

from benchmarks.soak.sockets import GONE, reset

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Manner = Callable[[Reader, Writer], Awaitable[None]]

_OK: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_PIECE: Final = b"x" * 65_536


@dataclass(slots=True)
class Receivers:
    """Where each of them is; `posts` counts what came to whom."""

    urls: dict[str, str] = field(default_factory=dict)
    posts: Counter[str] = field(default_factory=Counter)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receivers]:
    """All of them, as long as the block lasts, and one more that refuses every connection."""
    found, tasks, servers = Receivers(), set[asyncio.Task[None]](), list[asyncio.Server]()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: a connection to it is refused
        found.urls["refuses"] = f"http://127.0.0.1:{nobody.getsockname()[1]}/reports"
        try:
            for name, manner in MANNERS.items():
                server = await asyncio.start_server(partial(_serve, found.posts, tasks, name, manner), "127.0.0.1", 0)
                servers.append(server)
                found.urls[name] = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"
            yield found
        finally:
            for server in servers:
                server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _serve(
    posts: Counter[str], tasks: set[asyncio.Task[None]], name: str, manner: Manner, reader: Reader, writer: Writer
) -> None:
    task = asyncio.current_task()
    assert task is not None
    tasks.add(task)
    try:
        with suppress(*GONE, ValueError, asyncio.CancelledError):  # who posts comes and goes as it likes
            while await _post(reader):
                posts[name] += 1
                await manner(reader, writer)
    finally:
        tasks.discard(task)
        writer.close()


async def _post(reader: Reader) -> bool:
    """Reads a whole post; False when there is none."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]
    await reader.readexactly(int(length or 0))
    return bool(head)


async def _answers(answer: bytes, after: float, _reader: Reader, writer: Writer) -> None:
    await asyncio.sleep(after)
    writer.write(answer)
    await writer.drain()


async def _hangs(reader: Reader, _writer: Writer) -> None:
    """It says nothing until the other side has had enough."""
    await reader.read()
    raise EOFError


async def _drips(_reader: Reader, writer: Writer) -> None:
    for byte in _OK:
        writer.write(bytes((byte,)))
        await writer.drain()
        await asyncio.sleep(0.2)


async def _closes(_reader: Reader, _writer: Writer) -> None:
    raise EOFError


async def _breaks_off(_reader: Reader, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
    await writer.drain()
    raise EOFError


async def _resets(_reader: Reader, writer: Writer) -> None:
    reset(writer)
    raise EOFError


async def _floods(_reader: Reader, writer: Writer) -> None:
    """It answers 200, and then tens of megabytes."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 33554432\r\n\r\n")
    for _ in range(512):
        writer.write(_PIECE)
        await writer.drain()


async def _has_a_long_head(_reader: Reader, writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: %b\r\n" % (at, b"y" * 4_000) for at in range(50)) + b"\r\n")
    await writer.drain()
    raise EOFError


async def _redirects(_reader: Reader, writer: Writer) -> None:
    """In a circle."""
    name, port = writer.get_extra_info("sockname")
    writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://%b:%d/\r\nContent-Length: 0\r\n\r\n" % (name.encode(), port))
    await writer.drain()


def _answer(status: int) -> Manner:
    return partial(_answers, b"HTTP/1.1 %d Whatever\r\nContent-Length: 0\r\n\r\n" % status, 0.0)


MANNERS: Final[Mapping[str, Manner]] = MappingProxyType(
    {
        "good": partial(_answers, _OK, 0.0),
        "late": partial(_answers, _OK, 0.5),
        "fails": _answer(500),
        "no content": partial(_answers, b"HTTP/1.1 204 No Content\r\n\r\n", 0.0),
        "hangs": _hangs,
        "drips": _drips,
        "closes": _closes,
        "breaks off": _breaks_off,
        "resets": _resets,
        "floods": _floods,
        "long head": _has_a_long_head,
        "redirects": _redirects,
        "rubbish": partial(_answers, b"SSH-2.0-OpenSSH_9.7\r\n", 0.0),
    }
)

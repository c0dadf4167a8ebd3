"""Reading the body of a request: invited when the client waits for that, unpacked, never beyond the limit (H-6).

aiohttp is told not to unpack (mock_amp/web/server.py): it would fail outside our handlers, without an envelope.
"""

import re
import zlib
from collections.abc import AsyncIterator, Iterator
from typing import Final

from aiohttp import HttpVersion11, web
from aiohttp.client_exceptions import ClientPayloadError

from mock_amp.web.room import FREE, Room
from mock_amp.web.services import SERVICES

_WINDOWS: Final = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_PIECE: Final = 65_536
"""Bytes that are unpacked at a time."""

_MOST_MEMBERS: Final = 1_000
"""Files that one gzip body may be made of; without a limit, empty ones would keep us busy and never grow."""

_QUOTED: Final = re.compile(r""":\s+(?:bytearray\()?b?['"].*""")


class TooLarge(Exception):
    """The body passes the limit."""


class Unreadable(Exception):
    """The body cannot be had; the message is part of a line for a person."""


async def read_body(request: web.Request, limit: int, room: Room) -> bytes:
    """The body, unpacked, of at most `limit` bytes packed and unpacked. Raises TooLarge, Unreadable and NoRoom.

    A large one waits until there is room for it, before it is invited or more of it is read. Nobody else waits for a
    body that takes long to unpack, or comes in a great many chunks.
    """
    if not request.body_exists:
        return b""
    length = request.content_length
    if (length or 0) > limit:
        raise TooLarge
    unpack = _unpacker(request.headers.get("Content-Encoding", ""), limit)
    grows = length is None or unpack is not None
    waited = not grows and (length or 0) > FREE
    if waited:
        await room.take(request, length or 0)
    await _invite(request)
    parts, packed, size = [], 0, 0
    async for part in _parts(request):
        packed += len(part)
        if packed > limit:
            raise TooLarge
        pieces = unpack.pieces(part) if unpack else iter((part,))
        for piece in pieces:
            size += len(piece)
            parts.append(piece)
            if size > FREE and not waited:
                waited = True
                await room.take(request, limit)
            if size > FREE and unpack:
                async with room.unpacking:
                    for more in pieces:
                        size += len(more)
                        parts.append(more)
                        await _give_way(request)
    if unpack:
        unpack.end()
    if grows:
        room.keep(request, size)
    return b"".join(parts)


async def drop_body(request: web.Request, limit: int) -> None:
    """Reads what nobody wants of a body, and keeps none of it. One over the limit is left alone. Raises Unreadable."""
    if (request.content_length or 0) > limit:
        return
    left = limit
    async for part in _parts(request):
        left -= len(part)
        if left < 0:
            return


async def is_empty(request: web.Request) -> bool:
    """Whether nothing comes of a body whose length is not told. What waits to be asked counts as something.

    The first part is lost by this: only for a request that is refused when there is one.
    """
    if not request.body_exists:
        return True
    if request.content_length is not None or "Expect" in request.headers:
        return False
    try:
        async for _ in _parts(request):
            return False
    except Unreadable:
        return False
    return True


async def wait_with_continue(_request: web.Request) -> None:
    """Instead of aiohttp's handler of Expect: 100 Continue is sent when the body is wanted, and not before."""


async def _invite(request: web.Request) -> None:
    """100 Continue, when asked for. Another expectation is 400 (H-9): the vendor's list has no 417.

    A request whose body nobody reads is answered whatever it expects.
    """
    expected = request.headers.get("Expect")
    if not expected or request.version < HttpVersion11:
        return
    if expected.lower() != "100-continue":
        raise Unreadable("Expect is not 100-continue")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.writer.output_size = 0  # the answer itself has not begun


async def _parts(request: web.Request) -> AsyncIterator[bytes]:
    try:
        async for part in request.content.iter_any():
            yield part
            await _give_way(request)
    except (web.RequestPayloadError, ClientPayloadError) as error:
        raise Unreadable(one_line(str(error))) from error
    except ConnectionError as error:
        raise Unreadable("the connection has ended before it") from error


async def _give_way(request: web.Request) -> None:
    await request.app[SERVICES].world.clock.give_way()


def one_line(text: str) -> str:
    """The first line of a message of a library, as part of ours, without what it quotes: that may be a token."""
    return _QUOTED.sub("", next(iter(text.strip().splitlines()), "")).strip().rstrip(":.")


class _Unpacker:
    """Unpacks piece by piece and stops at the limit, so that a bomb costs no more than a body that fits."""

    def __init__(self, encoding: str, limit: int) -> None:
        self._encoding, self._left = encoding, limit
        self._members, self._begun = 0, False
        self._next()

    def pieces(self, part: bytes) -> Iterator[bytes]:
        """What a part unpacks to."""
        if not self._begun and part and self._encoding == "deflate" and part[0] & 0xF != zlib.DEFLATED:
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)  # without a header, as some clients send it
        self._begun = self._begun or bool(part)
        while part:
            piece, part = self._unpack(part)
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge
            yield piece

    def _unpack(self, part: bytes) -> tuple[bytes, bytes]:
        """A piece, and what is still packed."""
        try:
            if self._inflate.eof:
                self._next()
            piece = self._inflate.decompress(part, min(self._left + 1, _PIECE))
        except zlib.error as error:
            raise Unreadable(f"it is not {self._encoding}") from error
        return piece, self._inflate.unused_data or self._inflate.unconsumed_tail

    def end(self) -> None:
        if self._begun and not self._inflate.eof:
            raise Unreadable(f"its {self._encoding} ends early")

    def _next(self) -> None:
        self._members += 1
        if self._members > _MOST_MEMBERS or (self._members > 1 and self._encoding == "deflate"):
            raise Unreadable(f"its {self._encoding} does not end where it should")
        self._inflate = zlib.decompressobj(_WINDOWS[self._encoding])


def _unpacker(content_encoding: str, limit: int) -> _Unpacker | None:
    encoding = content_encoding.strip().lower()
    if encoding in ("", "identity"):
        return None
    if encoding not in _WINDOWS:
        raise Unreadable("its Content-Encoding is none of gzip, deflate, identity")
    return _Unpacker(encoding, limit)

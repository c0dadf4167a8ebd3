"""The heads of requests on the short way: what stands in the same bytes is read once, and by aiohttp's own parser.

A client says the same with every request but for the first line and the length of the body, which are read here. Only
the usual form of them is; whatever else there is in HTTP is for aiohttp.
"""

from functools import lru_cache
from typing import Any, Final, NamedTuple, cast

from aiohttp import hdrs
from aiohttp.http import HttpProcessingError, HttpRequestParser
from multidict import CIMultiDictProxy

LONGEST: Final = 4_096
"""Bytes of a head without its first line; the usual limit of a line is twice as long."""

_MOST: Final = 127
"""Lines that are read here: aiohttp takes one more, and the length of the body may be that."""

_END: Final = b"\r\n\r\n"

_DIGITS: Final = 15
"""More of them are no length."""

_ELSEWHERE: Final = (hdrs.CONTENT_LENGTH, hdrs.TRANSFER_ENCODING)
"""What says where a body ends, in another form than is read here."""


class Said(NamedTuple):
    """What the head of a request says besides its first line and the length of its body."""

    headers: CIMultiDictProxy[str]
    plain: bool
    """Whether it asks nothing of HTTP but an answer."""


class Begun(NamedTuple):
    """A request of which the head has come, and some of its body, or all of that, or more."""

    line: bytes
    length: int
    body: bytes
    said: Said


def begin(data: bytes, longest: int = LONGEST) -> Begun | None:
    """Reads the head that data begins with. None: not all of it is there, or not plain where its body ends.

    Nor when it has more than `longest` bytes without its first line: with fewer, no limit of aiohttp's but that on the
    number of lines is in reach, as long as a line may have so many.
    """
    head, ended, body = data.partition(b"\r\n\r\n")
    before, told, after = head.partition(b"\r\nContent-Length: ")
    if not told:
        before, told, after = head.partition(b"\r\ncontent-length: ")
    length = 0
    if told:
        digits, _, after = after.partition(b"\r\n")
        if not digits.isdigit() or len(digits) > _DIGITS:
            return None
        length = int(digits)
    line, _, before = before.partition(b"\r\n")
    said = _read(before, after) if ended and len(before) + len(after) <= longest else None
    return None if said is None else Begun(line, length, body, said)


def size_of_rest(last: bytes, data: bytes) -> int:
    """How many bytes of the data belong to the head that has begun before it, the last bytes of which are told."""
    ends = (last + data).find(_END)
    return len(data) if ends < 0 else ends + len(_END) - len(last)


@lru_cache(maxsize=1_024)
def _read(before: bytes, after: bytes) -> Said | None:
    """What the lines say that stand before and after the length of the body; None when a body may end elsewhere.

    The parser refuses what would make it matter that a line is missing: one that goes on in the next, and a line feed
    alone, which might end the head.
    """
    lines = [each for each in (before, after) if each]
    nobody = cast("Any", None)  # without a body there is nobody to tell of one
    parser = HttpRequestParser(
        nobody, nobody, 2**16, max_headers=_MOST, response_with_body=False, auto_decompress=False
    )
    try:
        messages, upgraded, _ = parser.feed_data(b"\r\n".join([b"POST / HTTP/1.1", *lines, b"", b""]))
    except HttpProcessingError:
        return None
    if len(messages) != 1 or upgraded:
        return None
    message = messages[0][0]
    headers = message.headers
    if message.chunked or message.upgrade or any(each in headers for each in _ELSEWHERE):
        return None
    rare = message.should_close or hdrs.CONTENT_ENCODING in headers or hdrs.EXPECT in headers
    return Said(headers, plain=not rare)

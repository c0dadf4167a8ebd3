"""H-6: how large a body may be, and that nobody reads on once it is too large."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from io import BytesIO
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.conformance.verdicts import ACCEPTED, SMS, Verdict, refused, verdict
from tests.harness import NUMBER, Amp, Answer, running

BODY: Final = json.dumps({"destinations": [{"number": NUMBER}], "sms_content": SMS}).encode()
_LIMIT: Final = 1_024
_DEFAULT_LIMIT: Final = 32 * 1_024 * 1_024


async def _post(amp: Amp, data: Any, headers: dict[str, str] | None = None) -> Answer:
    usual = {"Authorization": f"Token {amp.token}", "Content-Type": "application/json"}
    return await amp.call("POST", "/1/im", data=data, headers=usual | (headers or {}))


def _padded(size: int) -> bytes:
    return BODY.ljust(size)


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(body), 100):
        yield body[at : at + 100]


@pytest.mark.parametrize(
    ("size", "expected"), [(_LIMIT, ACCEPTED), (_LIMIT + 1, refused(413, "H-6"))], ids=["fits", "one too many"]
)
@pytest.mark.parametrize("way", ["whole", "chunked", "compressed"])
async def test_a_body_has_to_fit_the_limit(size: int, expected: Verdict, way: str) -> None:
    """H-6: with its length told, in chunks, and by what it unpacks to."""
    async with running(body_limit=_LIMIT) as amp:
        body = _padded(size)
        data: Any = {"whole": body, "chunked": _pieces(body), "compressed": gzip.compress(body)}[way]
        answer = await _post(amp, data, {"Content-Encoding": "gzip"} if way == "compressed" else None)

        assert await verdict(amp, answer) == expected


async def _status_of_unfinished(amp: Amp, head: str, body: bytes) -> int:
    """The status that a request gets whose body never ends."""
    reader, writer = await asyncio.open_connection(urlsplit(amp.url).hostname, urlsplit(amp.url).port)
    usual = f"POST /1/im HTTP/1.1\r\nHost: x\r\nAuthorization: Token {amp.token}\r\nContent-Type: application/json\r\n"
    writer.write(f"{usual}{head}\r\n\r\n".encode() + body)
    async with asyncio.timeout(5):
        status = int((await reader.readline()).split()[1])
    writer.close()
    return status


async def test_a_length_over_the_limit_is_refused_before_anything_is_read(server: Amp) -> None:
    """H-6: 32 MiB unless set otherwise; the body does not even begin."""
    status = await _status_of_unfinished(server, f"Content-Length: {_DEFAULT_LIMIT + 1}", b"")

    assert status == 413
    assert (await server.last_request())["rule"] == "H-6"


async def test_a_body_of_32_mib_is_taken(server: Amp) -> None:
    """H-6: the default limit."""
    answer = await _post(server, BytesIO(_padded(_DEFAULT_LIMIT)))

    assert await verdict(server, answer) == ACCEPTED


async def test_an_endless_body_is_refused_while_it_is_read() -> None:
    """H-6: chunks count as they come."""
    async with running(body_limit=_LIMIT) as amp:
        chunk = b"400\r\n" + b" " * 0x400 + b"\r\n"
        status = await _status_of_unfinished(amp, "Transfer-Encoding: chunked", chunk + chunk)

        assert status == 413
        assert (await amp.last_request())["rule"] == "H-6"

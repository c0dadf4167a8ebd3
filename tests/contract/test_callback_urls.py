"""What a callback URL makes of the bytes on the wire: one request line, the headers of the contract, and no more."""

import asyncio
import base64
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mock_amp.adapters.webhooks import WebhookTransport
from mock_amp.core.authority import read_mapping
from mock_amp.core.retry import Answered, Outcome, Unreachable
from tests.harness import Receiver, running

HEAD = re.compile(rb"POST (/[!-~]*) HTTP/1\.1\r\n((?:[A-Za-z-]+: [ -~]+\r\n)+)\r\n")
HEADERS = {b"Host", b"Content-Type", b"User-Agent", b"Accept", b"Accept-Encoding", b"Content-Length"}


@asynccontextmanager
async def keeping() -> AsyncIterator[tuple[str, list[bytes]]]:
    """A receiver that keeps the bytes that come; its host and port."""
    came: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(await reader.readuntil(b"\r\n\r\n{}"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", came


async def posted(url: str) -> tuple[Outcome, list[bytes], str]:
    """The outcome of a post to a URL in which AT stands for the receiver; every name leads to it too."""
    async with keeping() as (at, came):
        names = ("h", "hx", "app.example", "xn--bcher-kva.example")
        transport = WebhookTransport(5, mappings=[read_mapping(f"{name}={at}") for name in names])
        outcome = await transport.post(url.replace("AT", at), b"{}")
        await transport.close()
    return outcome, came, at


def read(raw: bytes) -> tuple[bytes, dict[bytes, bytes]]:
    """The target and the headers of what came, which has to be one well-formed head and the body."""
    head, _, body = raw.partition(b"\r\n\r\n")
    found = HEAD.fullmatch(head + b"\r\n\r\n")
    assert found, raw
    assert body == b"{}"
    rows = [row.split(b": ", 1) for row in found[2].decode().encode().splitlines()]
    assert len({name for name, _ in rows}) == len(rows)
    return found[1], {name: value for name, value in rows}  # noqa: C416 - mypy reads pairs in it


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("http://AT/a\r\nX-Evil: 1\r\n\r\nPOST /b", b"/aX-Evil:%201POST%20/b"),
        ("http://AT/a\nX: 1", b"/aX:%201"),
        ("http://AT/a\r", b"/a"),
        ("http://AT/?q=\r\n\r\n{}", b"/?q=%7B%7D"),
        ("http://AT/%0d%0aX:%201", b"/%0d%0aX:%201"),
        ("http://AT/a b?c d", b"/a%20b?c+d"),
        ("http://AT/a HTTP/1.1\tx", b"/a%20HTTP/1.1x"),
        ("http://AT/\x00\x01\x7f", b"/%00%01%7F"),
        ("http://AT/\u010d\u010a", b"/%C4%8D%C4%8A"),
        ("http://AT/ü?ö=\u2028", b"/%C3%BC?%C3%B6=%E2%80%A8"),
        ("http://AT/a#fragment\r\nX: 1", b"/a"),
        ("http://AT?q", b"/?q"),
        ("http://AT", b"/"),
        ("http://AT/a/../b", b"/a/../b"),
        ('http://AT/"<>\\^`{|}', b'/"<>\\^`{|}'),
        ("http://h\r\nX:81/", b"/"),
        ("http://bücher.example/", b"/"),
    ],
)
async def test_a_url_is_one_request_line_and_no_header(url: str, target: bytes) -> None:
    """C-1: whatever it holds; what a request line cannot carry is escaped, or left out as browsers do."""
    outcome, came, at = await posted(url)

    (raw,) = came
    got, headers = read(raw)
    assert (outcome, got) == (Answered(200), target)
    assert set(headers) == HEADERS
    assert re.fullmatch(rb"[a-z0-9.:-]+", headers[b"Host"])
    assert url.startswith(("http://h\r", "http://bücher")) or headers[b"Host"] == at.encode()


@pytest.mark.parametrize(
    "url",
    [
        *("http://h\x00/", "http://h x/", "http://h\x7f/", "http://h\u2028/", "http://h%0d%0aX:1/", "http://h%00/"),
        *("http://h\\@AT/", "http://[AT]/", "http://h:1:2/", "http://h:x/", "http://h:-1/", "http:///AT", "ftp://AT/"),
        *("http://u\u20ac:p@h/", "http://u%3a:secret@h/", "HTTP", "http://@/", "http://user:secret@/"),
    ],
)
async def test_what_is_no_url_goes_nowhere(url: str) -> None:
    """Port: nothing is sent, nothing is raised, and the words show no password."""
    outcome, came, _ = await posted(url)

    assert isinstance(outcome, Unreachable), came
    assert outcome.error
    assert "secret" not in outcome.error
    assert came == []


@pytest.mark.parametrize(
    ("user", "sent"),
    [
        ("user:pass", "user:pass"),
        ("user", "user:"),
        (":pass", ":pass"),
        ("user:p%40ss", "user:p@ss"),
        ("user:a%0d%0aX: 1", "user:a\r\nX: 1"),
        ("user:a\r\nX: 1", "user:aX: 1"),
    ],
)
@pytest.mark.parametrize("host", ["AT", "app.example"])
async def test_user_and_password_of_a_url_are_sent_as_basic_auth(user: str, sent: str, host: str) -> None:
    """C-1: a receiver behind a password is reached; the target and the Host do not show it."""
    _, came, at = await posted(f"http://{user}@{host}/reports")

    target, headers = read(came[0])
    assert target == b"/reports"
    assert set(headers) == HEADERS | {b"Authorization"}
    assert headers[b"Authorization"] == b"Basic " + base64.b64encode(sent.encode())
    assert headers[b"Host"] == (at if host == "AT" else host).encode()


async def test_no_log_line_shows_a_password(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    """The line of a callback that was delivered, of those that failed."""
    caplog.set_level(logging.DEBUG)
    receiver.answers = (500, 200)
    where = receiver.url.removeprefix("http://")
    async with running(callback_attempts=2) as amp:
        for url in (
            f"http://user:secret@{where}",
            "http://user:secret@169.254.169.254/",
            "http://user:secret@127.0.0.1:1/",
        ):
            answer: Any = await amp.send(sms_content={"message": "Hello"}, callback_url=url)
            assert answer.status == 200
        await amp.advance(by="1h")

    lines = [record.getMessage() for record in caplog.records]
    assert any("delivered to http://user:***@" in line for line in lines)
    assert any("failed" in line and "user:***@" in line for line in lines)
    assert [line for line in lines if "secret" in line] == []

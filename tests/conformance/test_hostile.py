"""What no honest client sends: each gets its refusal in the usual form, and the server lives on without a traceback."""

import asyncio
import gzip
import json
import logging
import zlib
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest

from tests.conformance.raw import RawAnswer, ask, chunk, connected, head
from tests.conformance.verdicts import SMS
from tests.harness import NUMBER, Amp, running

BODY: Final = json.dumps({"destinations": [{"number": NUMBER}], "sms_content": SMS}).encode()
MIB: Final = 1_024 * 1_024


@pytest.fixture
async def target(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Amp]:
    """A server that, after whatever a test has done to it, still takes a send and has logged no traceback."""
    caplog.set_level(logging.INFO)
    async with running(body_limit=MIB) as amp:
        yield amp
        again = await amp.send(sms_content=SMS)
        assert again.status == 200
    assert [line.getMessage() for line in caplog.records if line.exc_info or line.levelno >= logging.ERROR] == []


def assert_refused(answer: RawAnswer, status: int, rule: str) -> None:
    """H-3: the envelope, its type and the rule."""
    assert answer.verdict == (status, rule), answer.body
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert list(answer.document) == ["api_job_id", "result_info", "results"]
    assert "\n" not in answer.document["result_info"]["description"]


def sized(body: bytes) -> str:
    return f"Content-Length: {len(body)}"


NOT_HTTP: Final = {
    "no request line": b"hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "an unknown method": b"FETCH /1/im HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method in lower case": b"post /1/im HTTP/1.1\r\nHost: x\r\n\r\n",
    "a wrong version": b"POST /1/im HTTP/9.9\r\nHost: x\r\n\r\n",
    "no host": b"POST /1/im HTTP/1.1\r\n\r\n",
    "a header without a colon": b"POST /1/im HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n",
    "a header name with a space": b"POST /1/im HTTP/1.1\r\nHost: x\r\nA B: c\r\n\r\n",
    "NUL in a header": b"POST /1/im HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
    "NUL in the path": b"POST /1/i\0m HTTP/1.1\r\nHost: x\r\n\r\n",
    "a path of 9 KB": b"POST /1/" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "a header of 9 KB": b"POST /1/im HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 9_000 + b"\r\n\r\n",
    "a flood of headers": b"POST /1/im HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 1_000 + b"\r\n",
    "a path that is no path": b"POST 1/im HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("data", NOT_HTTP.values(), ids=NOT_HTTP)
async def test_what_is_no_http_is_not_understood(target: Amp, data: bytes) -> None:
    """H-9, H-3: answered before any handler, in the form of all answers, and written down in the default journal."""
    answer = await ask(target, data)

    assert_refused(answer, 400, "H-9")
    line = await target.last_request()
    assert (line["status"], line["rule"], line["id"]) == (400, "H-9", answer.headers["x-mock-amp-request"])


LENGTHS: Final = {
    "negative": ("Content-Length: -1",),
    "beyond 64 bits": ("Content-Length: 99999999999999999999999",),
    "no number": ("Content-Length: many",),
    "twice": ("Content-Length: 5", "Content-Length: 6"),
    "twice the same": ("Content-Length: 5", "Content-Length: 5"),
    "and chunked": ("Content-Length: 5", "Transfer-Encoding: chunked"),
    "chunked twice": ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    "an unknown transfer": ("Transfer-Encoding: brotli",),
    "two content types": ("Content-Type: text/plain",),
}


@pytest.mark.parametrize("lines", LENGTHS.values(), ids=LENGTHS)
async def test_a_head_that_contradicts_itself_is_not_understood(target: Amp, lines: tuple[str, ...]) -> None:
    """H-9: nobody could say where the body ends."""
    answer = await ask(target, head(target, *lines) + b"hello")

    assert_refused(answer, 400, "H-9")


async def test_a_length_beyond_reason_is_too_large(target: Amp) -> None:
    """H-6: decided by the number alone."""
    answer = await ask(target, head(target, f"Content-Length: {2**62}"))

    assert_refused(answer, 413, "H-6")


@pytest.mark.parametrize("size", [0, 10], ids=["at once", "after a part"])
async def test_a_body_shorter_than_its_length_is_not_understood(target: Amp, size: int) -> None:
    """H-9: the client ends its side and still reads."""
    async with connected(target) as connection:
        await connection.write(head(target, sized(BODY)) + BODY[:size])
        connection.writer.write_eof()
        answer = await connection.answer()

    assert_refused(answer, 400, "H-9")


async def test_a_client_that_goes_away_harms_nobody(target: Amp) -> None:
    """H-8: neither a 500 nor a traceback; the line in the journal is H-9."""
    async with connected(target) as connection:
        await connection.write(head(target, sized(BODY), "Expect: 100-continue"))
        await connection.answer()
        connection.writer.transport.abort()
    async with asyncio.timeout(10):
        while not (lines := await target.requests()):
            pass

    assert [(line["status"], line["rule"]) for line in lines] == [(400, "H-9")]


@pytest.mark.parametrize("broken", [b"zz\r\nhello\r\n", b"-5\r\nhello\r\n", b"5\r\nhello!!!\r\n"])
@pytest.mark.parametrize("apart", [True, False], ids=["apart", "at once"])
async def test_a_broken_chunk_is_not_understood(target: Amp, broken: bytes, *, apart: bool) -> None:
    """H-9: whether it comes with the head or later."""
    first = head(target, "Transfer-Encoding: chunked", *(("Expect: 100-continue",) if apart else ()))
    async with connected(target) as connection:
        if apart:
            await connection.write(first)
            assert (await connection.answer()).status == 100
            await connection.write(chunk(b"{") + broken)
        else:
            await connection.write(first + broken)
        answer = await connection.answer()
        rest = await connection.reader.read()

    assert_refused(answer, 400, "H-9")
    assert rest == b""


async def test_chunks_over_the_limit_are_too_large(target: Amp) -> None:
    """H-6: as they come."""
    answer = await ask(target, head(target, "Transfer-Encoding: chunked") + chunk(b" " * MIB) + chunk(b" "))

    assert_refused(answer, 413, "H-6")


@pytest.mark.parametrize("type_", ["Content-Type: text/plain", "X-None: x", "Content-Type: application/json"])
async def test_no_chunks_at_all_are_no_body(target: Amp, type_: str) -> None:
    """H-4, H-9: never 415; there is nothing, which is not understood."""
    data = head(target, type_, "Transfer-Encoding: chunked", without=["Content-Type"]) + b"0\r\n\r\n"
    answer = await ask(target, data)

    assert_refused(answer, 400, "H-9")
    assert "empty" in answer.document["result_info"]["description"]


@pytest.mark.parametrize(
    "type_", ["Content-Type: text/plain", "Content-Type: application/json; charset=latin-1", "A: b"]
)
async def test_chunks_of_another_type_are_refused(target: Amp, type_: str) -> None:
    """H-4: there is a body, and it is no JSON in UTF-8."""
    data = head(target, type_, "Transfer-Encoding: chunked", without=["Content-Type"]) + chunk(BODY) + b"0\r\n\r\n"
    answer = await ask(target, data)

    assert_refused(answer, 415, "H-4")


PACKED: Final = {
    "gzip of nothing": ("gzip", b"no gzip at all"),
    "gzip cut off": ("gzip", gzip.compress(BODY)[:-12]),
    "gzip with more behind": ("gzip", gzip.compress(BODY) + b"more"),
    "gzip of many empty files": ("gzip", gzip.compress(b"") * 5_000),
    "deflate of nothing": ("deflate", b"\x78\x9cno"),
    "deflate cut off": ("deflate", zlib.compress(BODY)[:-3]),
    "brotli": ("br", b"\x0b\x02\x80hello\x03"),
    "zstandard": ("zstd", b"\x28\xb5\x2f\xfd"),
    "unknown": ("rot13", BODY),
    "two": ("gzip, gzip", gzip.compress(gzip.compress(BODY))),
}


@pytest.mark.parametrize(("encoding", "body"), PACKED.values(), ids=PACKED)
async def test_what_cannot_be_unpacked_is_not_understood(target: Amp, encoding: str, body: bytes) -> None:
    """H-9: with a reason of one line."""
    answer = await ask(target, head(target, f"Content-Encoding: {encoding}", sized(body)) + body)

    assert_refused(answer, 400, "H-9")
    assert "message:" not in answer.document["result_info"]["description"]


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(BODY)),
        ("GZip", gzip.compress(BODY[:9]) + gzip.compress(BODY[9:])),
        ("deflate", zlib.compress(BODY)),
        ("deflate", zlib.compress(BODY)[2:-4]),
        ("identity", BODY),
    ],
    ids=["gzip", "two files", "zlib", "raw deflate", "identity"],
)
async def test_what_can_be_unpacked_is_taken(target: Amp, encoding: str, body: bytes) -> None:
    """H-2: in the encodings that we know."""
    answer = await ask(target, head(target, f"Content-Encoding: {encoding}", sized(body)) + body)

    assert answer.verdict == (200, None)


async def test_a_bomb_is_too_large(target: Amp) -> None:
    """H-6: 256 MiB in 256 KiB; it is unpacked no further than the limit."""
    bomb = gzip.compress(b" " * 256 * MIB, compresslevel=9)
    answer = await ask(target, head(target, "Content-Encoding: gzip", sized(bomb)) + bomb)

    assert len(bomb) < MIB
    assert_refused(answer, 413, "H-6")


UNINVITED: Final[dict[str, tuple[dict[str, Any], tuple[str, ...], int, str]]] = {
    "404": ({"target": "/1/mi"}, (sized(BODY),), 404, "H-3"),
    "405": ({"method": "PUT"}, (sized(BODY),), 405, "H-1"),
    "401": ({"without": ["Authorization"]}, (sized(BODY),), 401, "A-2"),
    "415": ({"without": ["Content-Type"]}, ("Content-Type: text/plain", sized(BODY)), 415, "H-4"),
    "415 in chunks": ({"without": ["Content-Type"]}, ("Transfer-Encoding: chunked",), 415, "H-4"),
    "413": ({}, (f"Content-Length: {MIB + 1}",), 413, "H-6"),
    "400": ({}, ("Content-Encoding: br", sized(BODY)), 400, "H-9"),
}


@pytest.mark.parametrize(("how", "lines", "status", "rule"), UNINVITED.values(), ids=UNINVITED)
async def test_a_body_that_is_not_wanted_is_not_invited(
    target: Amp, how: dict[str, Any], lines: tuple[str, ...], status: int, rule: str
) -> None:
    """H-1, H-6: the refusal is the first thing that is said, and the connection ends with it."""
    answer = await ask(target, head(target, "Expect: 100-continue", *lines, **how))

    assert_refused(answer, status, rule)
    assert answer.headers["connection"] == "close"


async def test_a_body_that_is_wanted_is_invited(target: Amp) -> None:
    """H-2: 100 Continue, then the answer."""
    async with connected(target) as connection:
        await connection.write(head(target, "Expect: 100-Continue", sized(BODY)))
        invited = await connection.answer()
        await connection.write(BODY)
        answer = await connection.answer()

    assert (invited.status, answer.verdict) == (100, (200, None))


async def test_another_expectation_is_not_understood(target: Amp) -> None:
    """H-9, H-3: the vendor's list has no 417."""
    answer = await ask(target, head(target, "Expect: the-unexpected", sized(BODY)) + BODY)

    assert_refused(answer, 400, "H-9")


async def test_the_control_plane_invites_as_well(target: Amp) -> None:
    """H-3: in its own form."""
    body = b'{"by":"1s"}'
    path = "/__admin/accounts/default/clock/advance"
    async with connected(target) as connection:
        await connection.write(head(target, "Expect: 100-continue", sized(body), target=path))
        invited = await connection.answer()
        await connection.write(body)
        answer = await connection.answer()

    assert (invited.status, answer.status) == (100, 200)


@pytest.mark.parametrize(
    ("path", "status", "rule"),
    [
        ("/1/%69m", 405, "H-1"),
        ("/1/im%00", 404, "H-3"),
        ("/1/im%FF", 404, "H-3"),
        ("/1/im\udcff", 400, "H-9"),
        ("/1/im%", 404, "H-3"),
        ("/1/im/status/a/b", 404, "H-3"),
        ("/1/im/status/a%2Fb", 404, "G-4"),
        ("/1/im/status/%00", 404, "G-4"),
        ("/1/im/status/%FF", 404, "G-4"),
        ("/1/im/status/\udcff", 400, "H-9"),
        ("/1/im/status/%ED%A0%80", 404, "G-4"),
        ("/1/im/status/" + "a" * 8_000, 404, "G-4"),
        ("//1/im", 404, "H-3"),
        ("/1/../1/im", 404, "H-3"),
        ("/1/im;a=b", 404, "H-3"),
    ],
)
async def test_an_odd_path_is_answered(target: Amp, path: str, status: int, rule: str) -> None:
    """H-3, G-4: escapes are read before the path is looked up, so that %69m is im; %2F is part of an id."""
    answer = await ask(target, head(target, target=path, method="GET"))

    assert_refused(answer, status, rule)


@pytest.mark.parametrize("path", ["/%FF", "/accounts/%FF", "/accounts/%00", "/accounts/%ED%A0%80", "/accounts?%FF=1"])
async def test_an_odd_path_of_the_control_plane_is_answered(target: Amp, path: str) -> None:
    """H-3: in its own form."""
    answer = await ask(target, head(target, target=f"/__admin{path}", method="GET"))

    assert answer.status in (400, 404)
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("method", ["PROPFIND", "CONNECT", "TRACE", "HEAD", "OPTIONS", "M-SEARCH"])
async def test_a_method_that_is_not_ours_is_refused(target: Amp, method: str) -> None:
    """H-1: 405 where HTTP knows the method; CONNECT has no path, so there is none."""
    async with connected(target) as connection:
        await connection.write(head(target, method=method, target="x:1" if method == "CONNECT" else "/1/im"))
        answered = (await connection.reader.readuntil(b"\r\n\r\n")).decode().lower()

    status, rule = (404, "h-3") if method == "CONNECT" else (405, "h-1")
    assert answered.split()[1] == str(status)
    assert f"x-mock-amp-rule: {rule}" in answered
    assert "content-type: application/json; charset=utf-8" in answered


async def test_two_tokens_that_differ_are_none(target: Amp) -> None:
    """A-2: nobody could say which one counts."""
    answer = await ask(target, head(target, "Authorization: Token other", sized(BODY)) + BODY)

    assert_refused(answer, 401, "A-2")


async def test_the_same_token_twice_is_one(target: Amp) -> None:
    """A-1: and the case of header names says nothing."""
    more = f"aUTHORIZATION: Token {target.token}", "coNTent-tYPE: application/json", sized(BODY)
    answer = await ask(target, head(target, *more, without=["Content-Type"]) + BODY)

    assert answer.verdict == (200, None)


@pytest.mark.parametrize(
    ("line", "replaced", "status", "rule"),
    [
        ("Authorization: Token \udcff", "Authorization", 401, "A-2"),
        ("Content-Type: \udcff", "Content-Type", 415, "H-4"),
        ("Content-Encoding: \udcff", "", 400, "H-9"),
        ("Expect: \udcff", "", 400, "H-9"),
    ],
)
async def test_headers_that_are_not_utf8_are_refused(
    target: Amp, line: str, replaced: str, status: int, rule: str
) -> None:
    """A-2, H-4, H-9: each as a wrong value of its header."""
    answer = await ask(target, head(target, line, sized(BODY), without=[replaced]) + BODY)

    assert_refused(answer, status, rule)


DOCUMENTS: Final = {
    "a byte order mark": (b"\xef\xbb\xbf" + BODY, 400),
    "UTF-16": (BODY.decode().encode("utf-16"), 400),
    "latin-1": ('{"job_id":"é"}'.encode("latin-1"), 400),
    "a lone surrogate": (BODY.replace(b"Hello", b"\\ud800"), 400),
    "a surrogate in bytes": (BODY.replace(b"Hello", b"\xed\xa0\x80"), 400),
    "truncated": (BODY[:-5], 400),
    "10,000 levels": (b'{"x":' * 10_000 + b"1" + b"}" * 10_000, 400),
    "10,000 arrays": (b"[" * 10_000, 400),
    "a huge number": (BODY[:-1] + b',"ttl":' + b"9" * 5_000 + b"}", 400),
    "a huge exponent": (BODY[:-1] + b',"ttl":1e999}', 400),
    "a huge number nobody knows": (BODY[:-1] + b',"x":' + b"9" * 300 + b"}", 200),
    "a huge number and a key twice": (BODY[:-1] + b',"x":' + b"9" * 300 + b',"x":1}', 200),
    "levels that a later key hides": (BODY[:-1] + b',"x":' + b"[" * 900 + b"]" * 900 + b',"x":1}', 200),
    "nothing": (b"", 400),
    "NUL": (b"\0", 400),
}


@pytest.mark.parametrize(("body", "status"), DOCUMENTS.values(), ids=DOCUMENTS)
async def test_an_odd_document_is_answered(target: Amp, body: bytes, status: int) -> None:
    """H-9, H-10, H-15: never 500."""
    answer = await ask(target, head(target, sized(body)) + body)

    assert answer.status == status
    if status == 400:
        assert_refused(answer, 400, str(answer.headers["x-mock-amp-rule"]))


async def test_a_key_that_stands_twice_is_warned_of(target: Amp) -> None:
    """H-15: the last wins."""
    body = BODY.replace(b'"message"', b'"message": "First", "message"')
    answer = await ask(target, head(target, sized(body)) + body)
    (message,) = await target.messages()
    line = await target.admin("GET", f"/requests/{answer.headers['x-mock-amp-request']}")

    assert (answer.verdict, message["text"]) == ((200, None), "Hello")
    assert [(each["rule"], each["pointer"]) for each in line.body["warnings"]] == [("H-15", "/sms_content/message")]

"""What requests to the service are made of: bodies, heads, types and tokens."""
# ruff: noqa: SLF001 - what a request was like before must not change what it is found to be

import gzip
import zlib
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Final

import orjson
from aiohttp.http import HttpProcessingError, HttpRequestParser
from multidict import CIMultiDict

from mock_amp.adapters.files import read_schema
from mock_amp.core.auth import allows, opens, token_of
from mock_amp.core.familiar import Familiar
from mock_amp.core.model import Channel, Token
from mock_amp.core.refusals import Refused
from mock_amp.core.two_factor import CodeRules
from mock_amp.core.validation import RequestRules, Understood
from mock_amp.web.bodies import TooLarge, Unreadable, _Unpacker
from mock_amp.web.heads import begin
from mock_amp.web.stages import _is_json
from tests.fuzz.target import Target
from tests.unit.builders import a_token

SAMPLES: Final = Path(__file__).resolve().parents[1] / "conformance" / "samples"
SENDS: Final = (
    b'{"destinations":[{"number":"35699000001"}],"sms_content":{"message":"Hello"}}',
    b'{"destinations":[{"number":"35699000001","custom_id":"a","params":{"NAME":"Ana","N":1.50}}],'
    b'"job_id":"j","callback_url":"http://a.test/x","reply_url":"https://a.test","message_plan":"LOW_COST",'
    b'"promotional":true,"ttl":"3600","sms_content":{"message":"Hi {#NAME} {#N}","encoding":"UCS2","sender_id":"Me",'
    b'"route":"G1","pid":4,"ttl":60},"im_content":[{"channel":"VIBER","content":"Hi {#NAME}","ttl":3600,'
    b'"images":[{"url":"https://a.test/{#N}.png"}],"actions":[{"title":"Go","target_url":"https://a.test"}],'
    b'"expiry_text":"gone","track_clicks":true},{"content":"Hi"}]}',
    b'{"destinations":[{"number":"35699000001"},{"number":"35699000002"}],"message":{"texts":[{"text":"Hello"}],'
    b'"images":[{"url":"https://a.test/a.png"}],"actions":[{"title":"Go","target_url":"https://a.test"}]}}',
    b'{"destinations":[{"number":"35699000001"}],"sms_content":{"message":"aGVsbG8=","udh":"BQABAgMB",'
    b'"encoding":"BINARY"},"job_id":null}',
)
CODES: Final = (
    b'{"client_ref":"login","phone_number":"35699000001"}',
    b'{"client_ref":"login","phone_number":"35699000001","code_length":"8","code_type":"alpha","case_sensitive":true,'
    b'"callback_url":"http://a.test","sender_id":"Me","message_template":"Code: {#TFA_CODE}"}',
)
_WORDS: Final = (
    b"{", b"}", b"[", b"]", b'"', b":", b",", b"null", b"true", b'{"a":', b"[[", b"{#A}", b"{#", b'"number"', b"NaN",
    b'"params"', b'"sms_content":{"message":"x"}', b'"im_content":[]', b'"ttl":', b'"35699000001"', b"\\u0000",
    b"\\u20ac",
)  # fmt: skip
_TOKENS: Final = (
    a_token(),
    a_token(senders=("Harbour",), routes=("G1",), channels=(Channel.VIBER,)),
    a_token(sms_sender="", im_sender="", channels=()),
)


def _samples() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(SAMPLES.glob("*.json")))


class _Judging:
    """Two judges: one that has seen many requests, and one that has seen none."""

    def __init__(self, schema: str, *, strict: bool) -> None:
        self._warm, self._cold = (RequestRules(read_schema(schema), strict=strict) for _ in range(2))

    def __call__(self, body: bytes) -> Hashable:
        return tuple(self._one(body, token) for token in _TOKENS)

    def _one(self, body: bytes, token: Token) -> Hashable:
        said = self._warm.judge(body, token)
        self._cold._familiar = Familiar()
        assert said == self._cold.judge(body, token), "it was found to be something else than at first"
        if isinstance(said, Refused):
            return _refusal(said)
        again = self._warm.judge(orjson.dumps(orjson.loads(body)), token)
        assert isinstance(again, Understood), f"what was understood is not, read back: {again.reason}"
        assert (again.content, [each.channel for each in again.offers]) == (
            said.content,
            [each.channel for each in said.offers],
        )
        return tuple(each.channel for each in said.offers), frozenset(each.rule for each in said.warnings)


def _refusal(said: Refused) -> Hashable:
    assert said.status in (400, 403), said.status
    assert said.violations
    assert len(said.reason) < 40_000, "a refusal says too much"
    orjson.dumps([said.reason, [(each.rule, each.pointer, each.expected) for each in said.violations]])
    return said.status, frozenset((each.name, each.rule) for each in said.violations)


def judging(name: str, schema: str, *, strict: bool = False) -> Target:
    seeds = (*SENDS, *_samples())
    return Target(name=name, seeds=seeds, words=_WORDS, attempt=_Judging(schema, strict=strict), json=True)


def two_factor() -> Target:
    rules = CodeRules(read_schema("2fa-request"))

    def attempt(body: bytes) -> Hashable:
        said = rules.judge(body, _TOKENS[0])
        if isinstance(said, Refused):
            return _refusal(said)
        assert 6 <= len(said.draw(7, 1)) <= 20
        return said.kind, said.length, said.said("123456", _TOKENS[0]).offers != ()

    return Target(name="2fa", seeds=CODES, words=(*_WORDS, b"{#TFA_CODE}"), attempt=attempt, json=True)


def authorization() -> Target:
    def attempt(data: bytes) -> Hashable:
        token = token_of(data.decode("utf-8", "surrogateescape"))
        if token is None:
            return None
        assert token == token.strip() != ""
        assert " " not in token
        assert token_of(f"tOKEN   {token} ") == token
        assert not opens(token) or (8 <= len(token) <= 128 and token.isascii() and token.isprintable())
        return opens(token), allows(("10.0.0.0/8", "::/0"), token)

    seeds = (b"Token 00000000-0000-4000-8000-000000000042", b"Bearer x", b"token\tx", b"Token a b", b"Token 10.1.1.1")
    return Target(
        name="authorization", seeds=seeds, words=(b"Token ", b" ", b"\t", b"::ffff:10.0.0.1%1"), attempt=attempt
    )


def content_type() -> Target:
    def attempt(data: bytes) -> Hashable:
        said = data.decode("utf-8", "surrogateescape")
        if "\r" in said or "\n" in said:  # no header has them
            return None
        _is_json.cache_clear()
        return _is_json(said)

    seeds = (
        b"application/json",
        b'application/json; charset="UTF-8"',
        b"application/json; charset*0*=utf-8''utf-8; a=b",
    )
    words = (b";", b"=", b"charset", b"*", b"'", b'"', b"\\", b"(", b")", b",", b"charset*" + b"1" * 4_400 + b"*=utf-8")
    return Target(name="content-type", seeds=seeds, words=words, attempt=attempt, largest=8_190)


def heads() -> Target:
    return Target(
        name="heads",
        seeds=(
            b"POST /1/im HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nX-One: 1\r\n\r\n12345",
            b"GET / HTTP/1.1\r\nhost: here\r\ncontent-length: 0\r\nAuthorization: Token x\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab",
        ),
        words=(
            b"\r\n", b"\r\n\r\n", b"\n", b"\r", b": ", b":", b" ", b"\t", b"Content-Length: 1", b"content-length: 2",
            b"Content-length: 2", b"Transfer-Encoding: chunked", b"Expect: 100-continue",
            b"Connection: keep-alive, close",
            b"Upgrade: h2c", b"Connection: Upgrade", b"Host: x\r\n", b"\r\nContent-Length: 1\r\n", b"\r\n folded",
            b"\x00",
        ),
        attempt=_read_head,
        largest=6_000,
    )  # fmt: skip


def _read_head(data: bytes) -> Hashable:
    begun = begin(data)
    if begun is None:
        return None
    whole = b"POST / HTTP/1.1\r\n" + data.partition(b"\r\n\r\n")[0].partition(b"\r\n")[2] + b"\r\n\r\n"
    theirs = _by_aiohttp(whole)
    assert theirs is not None, "aiohttp refuses the head"
    headers, chunked = theirs
    length = headers.getall("Content-Length", [])
    assert length in ([str(begun.length)], [] if begun.length == 0 else None) or [int(each) for each in length] == [
        begun.length
    ], "the length is another"
    assert not chunked
    mine = CIMultiDict(begun.said.headers)
    headers.popall("Content-Length", None)
    assert sorted(mine.items()) == sorted(headers.items()), "the headers are others"
    assert all(mine.getall(name) == headers.getall(name) for name in mine), "their order is another"
    return begun.said.plain, len(begun.body) - begun.length > 0


def _by_aiohttp(head: bytes) -> tuple[CIMultiDict[str], bool] | None:
    nobody: Any = _Nobody()
    parser = HttpRequestParser(nobody, nobody, 2**16, max_headers=128, response_with_body=False, auto_decompress=False)
    try:
        messages, _, _ = parser.feed_data(head)
    except HttpProcessingError:
        return None
    message = messages[0][0]
    return CIMultiDict(message.headers), message.chunked


class _Nobody:
    """Stands for the connection of a parser and its event loop; there is none."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def bodies() -> Target:
    """The first byte chooses how it is packed, the second how large its parts are."""
    packings, limit = ("gzip", "deflate", "x-gzip"), 4_096

    def attempt(data: bytes) -> Hashable:
        packing, size = packings[(data[:1] or b"\0")[0] % 3], 1 + (data[1:2] or b"\7")[0]
        unpack, out = _Unpacker(packing, limit), 0
        try:
            for at in range(2, len(data), size):
                out += sum(map(len, unpack.pieces(data[at : at + size])))
            unpack.end()
        except (TooLarge, Unreadable) as error:
            assert out <= limit
            return packing, type(error).__name__, str(error)
        assert out <= limit
        return packing, out > 0

    text = SENDS[0]
    seeds = (
        b"\x00\xff" + gzip.compress(text), b"\x01\x03" + zlib.compress(text), b"\x02\x01" + gzip.compress(text) * 3,
        b"\x00\xff" + gzip.compress(b"a" * 100_000), b"\x01\xff" + zlib.compress(text)[2:-4],
    )  # fmt: skip
    return Target(
        name="body", seeds=seeds, words=(gzip.compress(b""), b"\x1f\x8b", b"x\x9c"), attempt=attempt, largest=65_536
    )

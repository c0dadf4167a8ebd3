"""Nothing let in: what a page, a proxy or a client with bad intentions can write is refused, or stays mere text."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from mock_amp.adapters.files import data_folder
from mock_amp.logs import JsonLines, TextLines
from mock_amp.web.admin import ROUTES
from tests.api.inside import inside
from tests.conformance.raw import RawAnswer, connected
from tests.harness import NUMBER, Amp, running

ADVANCE: Final = b'{"by": 1}'
FORGED: Final = "a\r\nX-Evil: 1\r\n12:00:00 ERROR   forged \x1b[2J\x1b[31m\x9b1m \u202egnp\u2066 \u2028x"
CHANGING: Final = ("POST", "PUT", "PATCH", "DELETE")


async def said(amp: Amp, text: str) -> RawAnswer:
    """What is answered to these bytes."""
    async with connected(amp) as connection:
        await connection.write(text.encode("latin-1"))
        return await connection.answer()


def get(target: str, *lines: str) -> str:
    return "\r\n".join([f"GET {target} HTTP/1.1", *lines, "", ""])


async def state(amp: Amp) -> Any:
    """All that there is of the default account, and which accounts there are."""
    own = Amp(amp.url, amp.session, amp.token, "default")
    snapshot, accounts = await own.admin("GET", "/snapshot"), await amp.call("GET", "/__admin/accounts")
    return snapshot.body, accounts.body


# DNS rebinding: whoever's name leads here gets nothing.


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        ("http://evil.example/__admin/clock", ("Host: localhost",)),
        ("http://evil.example/__admin/clock", ("Host: evil.example",)),
        ("http://localhost/__admin/clock", ("Host: evil.example",)),
        ("http://localhost@evil.example/__admin/clock", ("Host: localhost",)),
        ("http://evil.example@localhost/__admin/clock", ("Host: localhost",)),
        ("http://localhost:80@evil.example/__admin/clock", ("Host: localhost",)),
        ("http://localhost:1/__admin/clock", ("Host: localhost:2",)),
        ("HTTP://EVIL.EXAMPLE/__admin/clock", ("Host: localhost",)),
        ("ws://evil.example/__admin/clock", ("Host: localhost",)),
        ("http://evil.example/__admin/clock", ()),
        ("/__admin/clock", ("Host: localhost", "Host: evil.example")),
        ("/__admin/clock", ("Host: evil.example", "Host: localhost")),
        ("/__admin/clock", ("Host: localhost", "host: localhost")),
        ("/__admin/clock", ("Host: evil.example", "X-Forwarded-Host: localhost", "Forwarded: host=localhost")),
        ("//localhost/__admin/clock", ("Host: evil.example",)),
        ("//evil.example/__admin/clock", ("Host: localhost",)),
    ],
)
async def test_a_target_and_a_host_that_do_not_name_us_alike_get_nothing(
    server: Amp, target: str, lines: tuple[str, ...]
) -> None:
    """D20, RFC 9112: whichever of them another server would believe."""
    answer = await said(server, get(target, *lines))

    assert answer.status in (400, 403, 404)
    assert b'"mode"' not in answer.body


async def test_a_target_may_name_the_host_that_the_header_names(server: Amp) -> None:
    """RFC 9112: a server takes the absolute form."""
    answer = await said(server, get("http://LocalHost:8042/__admin/clock?", "Host: localhost:8042"))

    assert answer.status == 200


NOT_OURS: Final = (
    "",
    "localhost.evil.com",
    "evil.com.",
    "localhost@evil.com",
    "evil.com@localhost",
    "localhost:80@evil.com",
    "localhost#.evil.com",
    "localhost/.evil.com",
    "localhost?.evil.com",
    "localhost\\.evil.com",
    "localhost%00.evil.com",
    "localhost,evil.com",
    "evil.com localhost",
    "localhost:8042:80",
    "localhost:99999",
    "localhost:0",
    "localhost:-1",
    "localhost..",
    ".localhost",
    "*",
    "*.localhost",
    "[::1",
    "::1]",
    "[::1]evil.com",
    "[::1].evil.com",
    "[evil.com]",
    "[fe80::1%25lo]",
    "127.0.0.1.evil.com",
    "127.1",
    "0x7f000001",
    "2130706433",
    "lo\u00e7alhost",
)


async def test_a_host_that_only_looks_like_ours_gets_nothing(server: Amp) -> None:
    """D20: 400 for what is no host, 403 for one that is not ours."""
    answers = {host: await said(server, get("/__admin/clock", f"Host: {host}")) for host in NOT_OURS}

    assert {host: each.status for host, each in answers.items() if each.status not in (400, 403)} == {}
    assert [host for host, each in answers.items() if b'"mode"' in each.body] == []


# Pages of other sites: forms, links, images, scripts.


@pytest.mark.parametrize(
    "sent", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", None]
)
@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("Origin: null",),
        ("Origin: http://evil.example",),
        ("Sec-Fetch-Site: cross-site",),
        ("Origin: null", "Sec-Fetch-Site: cross-site"),
    ],
)
async def test_a_form_of_another_site_changes_nothing(server: Amp, sent: str | None, lines: tuple[str, ...]) -> None:
    """D20: by what the browser says of the page, and where an old one says nothing, by the type of what it sends."""
    before = await state(server)
    types = [f"Content-Type: {sent}"] if sent else []
    for path in ("clock/advance", "reset", "accounts", "scenario", "tokens"):
        head = [f"POST /__admin/{path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(ADVANCE)}", *types, *lines]
        answer = await said(server, "\r\n".join([*head, "", ADVANCE.decode()]))

        assert answer.status in (403, 405, 415)
    assert await state(server) == before


@pytest.mark.parametrize(
    "lines", [("Origin: null",), ("Origin: http://evil.example",), ("Sec-Fetch-Site: cross-site",)]
)
async def test_no_call_of_the_table_is_open_to_a_page_of_another_site(server: Amp, lines: tuple[str, ...]) -> None:
    """D20: with or without a body, whatever the method; nothing is changed."""
    before = await state(server)
    for route in ROUTES:
        for path in route.paths:
            target = path.replace("{account}", "default").replace("{token}", server.token)
            answer = await said(
                server, "\r\n".join([f"{route.method} {target} HTTP/1.1", "Host: localhost", *lines, "", ""])
            )

            assert answer.status == 403
    assert await state(server) == before


async def test_nothing_that_a_link_can_ask_for_changes_anything(server: Amp) -> None:
    """D20: a GET of every path there is, twice, with what looks like an order."""
    await server.send(sms_content={"message": "Hi"})
    before = await state(server)
    for path in dict.fromkeys(path for route in ROUTES if not route.streams for path in route.paths):
        target = path.replace("{account}", "default").replace("{token}", server.token)
        for query in ("", "?_method=DELETE", "?by=1h"):
            await server.call("GET", target + query, headers={"X-HTTP-Method-Override": "DELETE"})

    assert await state(server) == before


async def test_no_call_gives_another_site_leave(server: Amp) -> None:
    """D20: neither a preflight nor any answer has a header of CORS."""
    asks = {"Origin": "http://evil.example", "Access-Control-Request-Method": "PUT"}
    for route in ROUTES:
        for headers in (asks, {"Access-Control-Request-Method": "PUT"}):
            answer = await server.call("OPTIONS", route.paths[-1], headers=headers)

            assert answer.status in (403, 405)
            assert [name for name in answer.headers if name.lower().startswith("access-control")] == []


# Files of the server: nobody names them.


UPWARDS: Final = (
    "../",
    "..%2f",
    "%2e%2e/",
    "%2e%2e%2f",
    "%252e%252e%252f",
    "..\\",
    "..%5c",
    ".%00./",
    "/",
    "%2f",
    "....//",
)
ELSEWHERE: Final = ("pyproject.toml", "etc/passwd", "schemas/settings.json")


@pytest.mark.parametrize("root", ["/__admin/schemas/", "/__admin/scenarios/", "/__admin/", "/"])
async def test_no_path_leads_out_of_what_there_is(server: Amp, root: str) -> None:
    """D14: the schemas are the only files, and are found by name, not by path."""
    for path in (f"{root}{up * 3}{file}" for up in UPWARDS for file in ELSEWHERE):
        answer = await said(server, get(path, "Host: localhost"))

        assert answer.status in (400, 404), path
        assert not any(each in answer.body for each in (b"[project]", b"root:", b"$schema")), path


@pytest.fixture
def hidden(tmp_path: Path) -> Path:
    """A scenario that could be played, if anybody could name it."""
    file = tmp_path / "hidden.yaml"
    file.write_text("name: hidden\n", encoding="utf-8")
    return file


def names_of(file: Path) -> list[str]:
    """Ways to name a file, and shipped ones by their path."""
    up = "../" * 40
    shipped = data_folder("scenarios") / "outage.yaml"
    return [
        str(file),
        str(file.with_suffix("")),
        f"{up}{str(file).lstrip('/')}",
        f"file://{file}",
        str(shipped),
        "outage.yaml",
        "./outage",
        "../scenarios/outage",
        "outage\x00",
        f"{up}etc/passwd",
        "/dev/zero",
    ]


async def test_a_scenario_is_named_and_never_found_by_a_path(amp: Amp, hidden: Path) -> None:
    """D7: by each of the calls that take one."""
    snapshot = (await amp.admin("GET", "/snapshot")).body
    for name in names_of(hidden):
        for document in (name, {"name": name}, {"name": name, "extends": name}, {"$ref": name}):
            own = {**snapshot, "scenario": {**snapshot["scenario"], "usual": False, "document": document}}
            answers = [
                await amp.admin("PUT", "/scenario", document),
                await amp.call("POST", "/__admin/accounts", json={"scenario": document}),
                await amp.admin("PUT", "/snapshot", own),
            ]

            if document == {"name": name}:  # an empty scenario of this name, which is what was sent
                assert [each.status for each in answers] in ([200, 201, 200], [400, 400, 400])
            else:
                assert [each.status for each in answers] == [400, 400, 400]
            assert not any(b"root:" in each.raw for each in answers)
        assert (await amp.admin("PUT", "/snapshot", snapshot)).status == 200
    assert (await amp.admin("GET", "/scenario")).body["name"] != "hidden"


# One request, one end: what two servers could read in two ways is refused, and the connection with it.

BODY: Final = "0\r\n\r\n"
CHUNKED: Final = "Transfer-Encoding: chunked"


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(("Content-Length: 5", CHUNKED), id="length and chunks"),
        pytest.param((CHUNKED, "Content-Length: 5"), id="chunks and length"),
        pytest.param(("Content-Length: 5", "Content-Length: 5"), id="length twice"),
        pytest.param(("Content-Length: 0", "Content-Length: 5"), id="two lengths"),
        pytest.param(("Content-Length: 5, 5",), id="a list of lengths"),
        pytest.param(("Content-Length: +5",), id="a sign"),
        pytest.param(("Content-Length: -5",), id="a negative length"),
        pytest.param(("Content-Length: 0x5",), id="a length in hex"),
        pytest.param(("Content-Length: 5 5",), id="a space in a length"),
        pytest.param(("Content-Length: \u00b2",), id="a digit that is none"),
        pytest.param(("Content-Length : 5",), id="a space before the colon"),
        pytest.param(("Content-Length:",), id="an empty length"),
        pytest.param(("X-A: b", " Content-Length: 5"), id="a folded line"),
        pytest.param(("X-A: b", "\tfolded", "Content-Length: 5"), id="a line folded by a tab"),
        pytest.param((" X-A: b", "Content-Length: 5"), id="a first line folded"),
        pytest.param(("Transfer-Encoding: xchunked",), id="another encoding"),
        pytest.param(("Transfer-Encoding: chunked, identity",), id="chunks inside"),
        pytest.param((CHUNKED, "Transfer-Encoding: identity"), id="two encodings"),
        pytest.param(("Transfer-Encoding: \x0bchunked",), id="a tab that is none"),
        pytest.param(("Transfer-Encoding : chunked",), id="a space before the colon of an encoding"),
        pytest.param(("X-A: b\rTransfer-Encoding: chunked",), id="a return alone"),
        pytest.param(("X-A: b\nTransfer-Encoding: chunked",), id="a line feed alone"),
        pytest.param(("X-A: b\x00", "Content-Length: 5"), id="a null"),
        pytest.param((": b", "Content-Length: 5"), id="no name"),
        pytest.param(("X-A", "Content-Length: 5"), id="no colon"),
    ],
)
async def test_a_request_whose_end_is_in_doubt_is_400_and_the_last(server: Amp, lines: tuple[str, ...]) -> None:
    """RFC 9112: of the service and of the control plane; what follows is answered by nobody."""
    before = (await server.call("GET", "/__admin/clock")).raw
    for path in ("/1/im", "/__admin/reset"):
        head = [f"POST {path} HTTP/1.1", "Host: localhost", f"Authorization: Token {server.token}", *lines, "", ""]
        async with connected(server) as connection:
            await connection.write(("\r\n".join(head) + BODY + get("/livez", "Host: localhost")).encode("latin-1"))
            answer = await connection.answer()
            async with asyncio.timeout(10):
                rest = await connection.reader.read()

        assert (answer.status, rest) == (400, b"")
    assert (await server.call("GET", "/__admin/clock")).raw == before


@pytest.mark.parametrize(
    "chunk", ["0x0\r\n\r\n", "-1\r\n\r\n", "+0\r\n\r\n", "2\n{}\r\n0\r\n\r\n", "2\r\n{}0\r\n\r\n", "g\r\n\r\n"]
)
async def test_a_chunk_that_is_none_is_400(server: Amp, chunk: str) -> None:
    """RFC 9112."""
    head = ["POST /1/im HTTP/1.1", "Host: localhost", f"Authorization: Token {server.token}", CHUNKED]
    answer = await said(server, "\r\n".join([*head, "Content-Type: application/json", "", chunk]))

    assert answer.status == 400


# Text of clients in our answers, posts and logs.


@dataclass(slots=True)
class Heard:
    """A receiver that keeps the heads of what it gets as they came."""

    url: str = ""
    heads: list[bytes] = field(default_factory=list)

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                while True:
                    head = await reader.readuntil(b"\r\n\r\n")
                    self.heads.append(head)
                    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
                    await reader.readexactly(int(length.partition(b":")[2]))
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        finally:
            writer.close()  # the test may end before the end of the connection is here


@asynccontextmanager
async def hearing() -> AsyncIterator[Heard]:
    heard = Heard()
    server = await asyncio.start_server(heard.take, "127.0.0.1", 0)
    heard.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"
    async with server:
        yield heard


@contextmanager
def logged() -> Iterator[Mapping[str, io.StringIO]]:
    """The log as a server has it at debug, in both styles: of libraries what they warn of."""
    root, ours = logging.getLogger(), logging.getLogger("mock_amp")
    level, found = ours.level, {"text": io.StringIO(), "json": io.StringIO()}
    handlers = [logging.StreamHandler(each) for each in found.values()]
    for handler, formatter in zip(handlers, (TextLines(), JsonLines()), strict=True):
        handler.setFormatter(formatter)
        root.addHandler(handler)
    ours.setLevel(logging.DEBUG)
    try:
        yield found
    finally:
        ours.setLevel(level)
        for handler in handlers:
            root.removeHandler(handler)


async def _send_forged(amp: Amp, url: str) -> None:
    """A text that would be more than text wherever a client can say one."""
    await amp.admin("POST", "/tokens", {"name": FORGED})
    scenario = {"name": FORGED, "rules": [{"name": FORGED, "match": {"number": NUMBER}, "outcome": "seen"}]}
    scenario["callbacks"] = [{"name": FORGED, "fail_first": 1}]
    await amp.admin("PUT", "/scenario", scenario)
    for more in ({}, {"callback_url": url + "/%0d%0aX-Evil:%201"}, {"callback_url": url + "/\u560a\u560dX-Evil:1"}):
        await amp.send(
            destinations=[{"number": NUMBER, "custom_id": FORGED, "params": {"A": FORGED}}],
            sms_content={"message": f"{{#A}} {FORGED}", "sender_id": "a\r\nX-Evil:1"},
            **{"job_id": FORGED[:60], "callback_url": url, **more},
        )
    await amp.send(destinations=[{"number": FORGED}], sms_content={"message": "x"}, callback_url=url)
    for bad in (f"{url}/{FORGED}", "http://127.0.0.1:9\r\nX-Evil: 1/", "http://evil.example\r\n@127.0.0.1/"):
        await amp.send(sms_content={"message": "x"}, callback_url=bad)
        await amp.call("POST", "/__admin/certify", json={"callback_url": bad})
    await amp.advance(by="1h")


async def _ask_forged(amp: Amp) -> list[RawAnswer]:
    quoted = "".join(f"%{each:02x}" for each in FORGED.encode())
    paths = (
        "/1/",
        "/1/im/status/",
        "/1/2fa/a/",
        "/__admin/messages/",
        "/__admin/accounts/",
        "/__admin/schemas/",
        "/__admin/",
    )
    answers = [
        await said(amp, get(f"{path}{quoted}", "Host: localhost", f"Authorization: Token {amp.token}"))
        for path in paths
    ]
    for line in ("Authorization: Token \xff\x9b", "Content-Type: \xff\x9b/x", "Origin: \xff\x9b", "Host: \xff"):
        answers.append(await said(amp, get("/__admin/clock", "Host: localhost", line)))
        answers.append(await said(amp, get("/1/im", line)))
    for raw in ("\x1b[2J\r\n\r\n", "GET \x1b[2J HTTP/1.1\r\n\r\n", "G\x9bT / HTTP/1.1\r\n\r\n", get("/1/\x9b31m")):
        answers += [await said(amp, raw)]
    return answers


async def test_text_of_a_client_is_a_header_of_nobody_and_a_line_of_no_log() -> None:
    """Header injection and log forging: in our answers, in our posts, and in both styles of our log."""
    with logged() as found:
        async with running() as server, hearing() as heard:
            amp = await server.open_account()
            await _send_forged(amp, heard.url)
            answers = await _ask_forged(amp)

    assert len(heard.heads) > 3
    assert not any(b"x-evil" in line.lower().split(b":")[0] for head in heard.heads for line in head.split(b"\r\n")[1:])
    assert all(head.count(b"HTTP/1.1") == 1 for head in heard.heads)
    assert not any("x-evil" in answer.headers for answer in answers)
    lines = found["text"].getvalue().splitlines()
    assert len(lines) > 20
    assert all(each.isprintable() for each in lines)
    assert not any(each.endswith("forged") or each.startswith("X-Evil") for each in lines)
    assert all(each[2] == each[5] == ":" or each.startswith("    ") for each in lines)
    assert all(
        json.loads(each)["level"] in ("debug", "info", "warning", "error")
        for each in found["json"].getvalue().splitlines()
    )
    assert found["json"].getvalue().isascii()


async def test_a_fault_of_a_client_makes_no_traceback_at_any_level() -> None:
    """What is no HTTP, TLS where none is spoken, hang-ups, wrong tokens, bodies that end early."""
    with logged() as found:
        async with running() as amp:
            head = f"POST /1/im HTTP/1.1\r\nHost: x\r\nAuthorization: Token {amp.token}\r\n"
            head += "Content-Type: application/json\r\n"
            for raw in (
                b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
                b"rubbish\r\n\r\n",
                f"{head}Content-Length: 100\r\n\r\n{{".encode(),
                f"{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{{".encode(),
                f"{head}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\n12345".encode(),
                head.encode(),
                b"",
            ):
                async with connected(amp) as connection:
                    await connection.write(raw)
            for token in ("wrong", "", "x" * 500):
                await amp.send(sms_content={"message": "x"}, token=token or " ")
            for body in (b"{", b"\xff", b"[" * 100_000):
                await amp.send(body)
                await amp.call("PUT", "/__admin/scenario", data=body, headers={"Content-Type": "application/yaml"})
                await amp.call("PUT", "/__admin/snapshot", data=body, headers={"Content-Type": "application/json"})
            await amp.send(sms_content={"message": "x"}, callback_url="http://127.0.0.1:9/")
            await amp.advance(by="1h")

    assert "Traceback" not in found["text"].getvalue()
    assert "attempt 3 failed" in found["text"].getvalue()


async def test_a_bug_of_ours_makes_one_line_with_method_path_and_traceback() -> None:
    """In the service and in the control plane: one event each, at the level of an error."""

    def fail(*_given: object, **_named: object) -> Any:
        raise RuntimeError("a bug")

    with logged() as found:
        async with inside() as within:
            amp = within.amp
            within.server.services.tokens.delete = fail  # type: ignore[method-assign]
            within.server.services.two_factor.send = fail  # type: ignore[method-assign]
            headers = {"Authorization": f"Token {amp.token}", "Content-Type": "application/json"}
            answers = [
                await amp.call("POST", "/1/2fa", data=b"{}", headers=headers),
                await amp.call("DELETE", "/__admin/tokens/12345678"),
            ]

    assert [each.status for each in answers] == [500, 500]
    lines = [json.loads(each) for each in found["json"].getvalue().splitlines()]
    failed = [each for each in lines if "error" in each]
    assert [each["message"] for each in failed] == ["POST /1/2fa failed", "DELETE /__admin/tokens/…5678 failed"]
    assert {each["level"] for each in failed} == {"error"}
    assert all(each["error"].endswith("RuntimeError: a bug") for each in failed)

"""`POST …/certify`: a battery of real posts against the user's own receiver, and what is said of it."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trustme
from aiohttp import web

from tests.api.holding import hand_clock
from tests.conformance.receivers import answering
from tests.harness import START, Amp, Receiver, running

QUICK = [
    *("single", "bundled", "large", "duplicate", "out-of-order", "non-ascii", "unknown-key", "unknown-status"),
    *("retry", "in-time"),
]
"""Every check of reports but the one that takes two seconds."""
REPLIES = ["reply", "reply-without-text", "reply-retried", "reply-non-ascii"]
KEYS = {"api_job_id", "client_job_id", "data"}

Answer = Callable[[Any, bytes], int]


async def certify(amp: Amp, url: str, **wish: Any) -> Any:
    """With time enough for a machine that stands still for a while: what is slow would be warned of."""
    answer = await amp.admin("POST", "/certify", {"callback_url": url, "only": QUICK, "timeout": "60s", **wish})
    assert answer.status == 200, answer.body
    return answer.body


def verdicts(found: Any) -> dict[str, str]:
    return {each["name"]: each["verdict"] for each in found["checks"]}


def failed(found: Any) -> set[str]:
    return {name for name, verdict in verdicts(found).items() if verdict == "failed"}


def check_of(found: Any, name: str) -> Any:
    (check,) = [each for each in found["checks"] if each["name"] == name]
    return check


@asynccontextmanager
async def judging(answer: Answer) -> AsyncIterator[str]:
    """A receiver that answers by what is in the body."""

    async def handle(request: web.Request) -> web.Response:
        raw = await request.read()
        return web.Response(status=answer(json.loads(raw), raw))

    async with answering(handle) as url:
        yield url


@asynccontextmanager
async def wired(serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[str]:
    """A receiver that does with a connection what it likes."""

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(keep, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"


async def test_a_good_receiver_passes_everything(amp: Amp, receiver: Receiver) -> None:
    """C-1, C-3, C-4, C-5, Y-1: the whole battery, the slow body among it."""
    urls = {"callback_url": receiver.url, "reply_url": receiver.url}
    answer = await amp.admin("POST", "/certify", {**urls, "timeout": "60s"})

    assert (answer.status, answer.body["passed"]) == (200, True)
    assert list(verdicts(answer.body)) == [*QUICK[:8], "slow-network", *QUICK[8:], *REPLIES]
    assert set(verdicts(answer.body).values()) == {"passed"}
    assert (answer.body["callback_url"], answer.body["reply_url"]) == (receiver.url, receiver.url)


async def test_what_is_told_is_what_the_receiver_got(amp: Amp, receiver: Receiver) -> None:
    """C-1, C-2."""
    found = await certify(amp, receiver.url, reply_url=receiver.url, only=["duplicate", "reply"])

    sent = [each for check in found["checks"] for each in check["sent"]]
    assert [each["body"] for each in sent] == [got.body for got in receiver.received]
    for told, got in zip(sent, receiver.received, strict=True):
        assert told["headers"].items() <= got.headers.items()
        assert got.headers["Content-Type"] == "application/json; charset=utf-8"


async def test_nothing_of_it_is_written_into_the_account(amp: Amp, receiver: Receiver) -> None:
    """Certify: messages, callbacks, requests and the ids to come are as if nothing had been."""
    await certify(amp, receiver.url, reply_url=receiver.url, only=["single", "reply"])

    assert (await amp.messages(), await amp.callbacks(), await amp.requests()) == ([], [], [])


async def test_ids_come_from_the_seed_and_times_from_the_clock_of_the_account(amp: Amp, receiver: Receiver) -> None:
    """D11: the same account posts the same bytes again."""
    for _ in range(2):
        await certify(amp, receiver.url, only=["single"])
    other = await amp.open_account(seed=8)
    await certify(other, receiver.url, only=["single"])

    first, again, another = receiver.received
    assert first.raw == again.raw
    assert first.body["api_job_id"] != another.body["api_job_id"]
    assert first.body["data"][0]["timestamp"] == 1_767_225_600 - 59
    assert START.startswith("2026-01-01")


@pytest.mark.parametrize("status", [201, 202, 204, 302, 307, 500])
async def test_a_receiver_that_never_answers_200_fails(amp: Amp, receiver: Receiver, status: int) -> None:
    """C-4: and it is said which status it was, and what the real service would do."""
    receiver.answers = (status,)

    found = await certify(amp, receiver.url)

    assert found["passed"] is False
    assert failed(found) == set(QUICK)
    single = check_of(found, "single")
    assert [each["status"] for each in single["got"]] == [status]
    assert (single["rule"], single["expected"]) == ("C-4", "exactly 200")
    assert f"answered {status}" in single["advice"]
    assert "discard" in single["advice"]


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (lambda body, _: 200 if body.keys() <= KEYS else 400, {"unknown-key"}),
        (lambda body, _: 500 if body["data"][0]["status"] == "BUFFERED" else 200, {"unknown-status"}),
        (lambda body, _: 422 if body["data"][0]["type"] == "SIGNAL" else 200, {"unknown-status"}),
        (lambda _, raw: 413 if len(raw) > 65_536 else 200, {"large"}),
        (lambda body, _: 400 if len(body["data"]) > 1 else 200, {"bundled", "large"}),
        (lambda _, raw: 200 if raw.isascii() else 500, {"non-ascii"}),
        (lambda body, _: 409 if body["data"][0]["status"] == "SEEN" else 200, {"out-of-order"}),
    ],
    ids=["no unknown keys", "no unknown status", "no unknown type", "64 KiB", "one at a time", "ASCII", "in order"],
)
async def test_a_receiver_with_one_weakness_fails_there_and_nowhere_else(
    amp: Amp, answer: Answer, wanted: set[str]
) -> None:
    """C-1, C-2, C-3, L-1."""
    async with judging(answer) as url:
        found = await certify(amp, url)

    assert failed(found) == wanted
    assert {verdict for name, verdict in verdicts(found).items() if name not in wanted} == {"passed"}


async def test_a_receiver_that_refuses_what_it_has_fails_where_bodies_repeat(amp: Amp) -> None:
    """C-5: delivered at least once."""
    seen: set[bytes] = set()

    def once(_body: Any, raw: bytes) -> int:
        known = raw in seen
        seen.add(raw)
        return 409 if known else 200

    async with judging(once) as url:
        found = await certify(amp, url)

    assert failed(found) == {"duplicate", "retry"}


async def test_a_receiver_that_fails_first_and_then_recovers_is_warned(amp: Amp, receiver: Receiver) -> None:
    """C-5: the report was delivered in the end."""
    receiver.answers = (500, 200)

    found = await certify(amp, receiver.url, only=["retry"])

    assert (found["passed"], verdicts(found)) == (True, {"retry": "warning"})
    assert [each["status"] for each in found["checks"][0]["got"]] == [500, 200]


@pytest.mark.parametrize("weakness", ["no text", "req_uuid as the id", "one URL for both"])
async def test_replies_have_checks_of_their_own(amp: Amp, receiver: Receiver, weakness: str) -> None:
    """Y-1, Y-3."""
    seen: dict[str, str] = {}

    def take(body: Any, _raw: bytes) -> int:
        if weakness == "no text":
            return 200 if body["message"].get("text") else 500
        if weakness == "one URL for both":
            return 400
        known = seen.setdefault(body["reply_message_id"], body["req_uuid"])
        return 200 if known == body["req_uuid"] else 409

    async with judging(take) as url:
        found = await certify(amp, receiver.url, reply_url=url, only=["single", *REPLIES])

    wanted = {"no text": {"reply-without-text"}, "req_uuid as the id": {"reply-retried"}}
    assert failed(found) == wanted.get(weakness, set(REPLIES))


async def test_replies_are_skipped_when_there_is_no_url_for_them(amp: Amp, receiver: Receiver) -> None:
    found = await certify(amp, receiver.url, only=["single", "reply", "certificate"])

    assert verdicts(found) == {"certificate": "skipped", "single": "passed", "reply": "skipped"}
    assert check_of(found, "reply")["advice"] == "no reply_url was given"
    assert check_of(found, "certificate")["advice"] == "the URL is not https"


async def test_the_report_of_a_two_factor_code_is_posted_when_asked_for(amp: Amp, receiver: Receiver) -> None:
    """C-10: the older shape."""
    found = await certify(amp, receiver.url, only=["two-factor"])

    (got,) = receiver.received
    assert (found["passed"], list(verdicts(found))) == (True, ["two-factor"])
    assert got.body["data"][0].keys() >= {"sms_from", "viber_from"}


async def test_nobody_there_fails_the_first_check_and_skips_the_rest(amp: Amp) -> None:
    async with answering(_never) as url:
        pass

    found = await certify(amp, url)

    first, *rest = found["checks"]
    assert (found["passed"], first["verdict"]) == (False, "failed")
    assert first["got"][0]["status"] is None
    assert "no connection" in first["got"][0]["error"]
    assert {(each["verdict"], each["advice"]) for each in rest} == {("skipped", "nobody answered to single")}
    assert all(each["sent"] == each["got"] == [] for each in rest)


async def test_nobody_at_the_reply_url_leaves_the_reports_alone(amp: Amp, receiver: Receiver) -> None:
    async with answering(_never) as url:
        pass

    found = await certify(amp, receiver.url, reply_url=url, only=["single", *REPLIES])

    assert list(verdicts(found).values()) == ["passed", "failed", "skipped", "skipped", "skipped"]


async def test_a_receiver_that_hangs_has_failed_after_the_time_out(amp: Amp) -> None:
    """C-4."""

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            pass

    async with wired(hang) as url:
        found = await certify(amp, url, timeout="200ms")

    assert check_of(found, "single")["got"][0]["error"] == "no answer within 200ms"
    assert list(verdicts(found).values()) == ["failed"] + ["skipped"] * 9


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (b"", "failed"),
        (b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "failed"),
        (b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno", "failed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "warning"),
    ],
    ids=["closes", "408", "400", "200 too early"],
)
async def test_a_receiver_that_does_not_wait_for_the_body_is_found_out(answer: bytes, wanted: str) -> None:
    """C-4: it looks at what the first packet brought."""

    async def hasty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    async with running(clock=hand_clock()) as amp, wired(hasty) as url:
        found = await certify(amp, url, only=["slow-network"])

    assert verdicts(found) == {"slow-network": wanted}


@pytest.mark.parametrize("only", [None, ["single"]])
async def test_a_certificate_that_nobody_trusts_is_told_as_that(amp: Amp, only: list[str] | None) -> None:
    """C-6: whatever check meets it first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    async with answering(_never, tls=context) as url:
        answer = await amp.admin("POST", "/certify", {"callback_url": url, **({"only": only} if only else {})})

    first, *rest = answer.body["checks"]
    assert (first["name"], first["verdict"], first["rule"]) == ("single" if only else "certificate", "failed", "C-6")
    assert "the certificate was not accepted" in first["advice"]
    assert {each["verdict"] for each in rest} <= {"skipped"}


async def test_a_certificate_of_a_ca_that_was_added_passes(tmp_path: Any) -> None:
    """C-6: the server's own settings for callbacks hold."""
    ca, context, receiver = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), Receiver()
    ca.issue_cert("127.0.0.1").configure_cert(context)
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    async with running(callback_ca=str(tmp_path / "ca.pem")) as amp, answering(receiver.handle, tls=context) as url:
        found = await certify(amp, url, only=["certificate", "single"])

    assert verdicts(found) == {"certificate": "passed", "single": "passed"}


async def test_several_receivers_are_certified_at_once(amp: Amp, receiver: Receiver) -> None:
    """Certify: one does not wait for another, nor is it mixed up with it."""
    met, both = 0, asyncio.Event()

    async def meet(_request: web.Request) -> web.Response:
        nonlocal met
        met += 1
        if met == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 10)
        return web.Response()

    async with answering(meet) as url:
        good, also, other = await asyncio.gather(
            certify(amp, url, only=["single"]),
            certify(amp, url, only=["single"]),
            certify(amp, receiver.url, only=["bundled"]),
        )

    assert (verdicts(good), verdicts(also), verdicts(other)) == (
        {"single": "passed"},
        {"single": "passed"},
        {"bundled": "passed"},
    )


async def test_a_client_that_hangs_up_ends_the_battery(amp: Amp) -> None:
    """Certify: the post in flight is ended, and no other is begun."""
    asked, ended, posts = asyncio.Event(), asyncio.Event(), 0

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal posts
        posts += 1
        asked.set()
        while await reader.read(65_536):
            pass
        ended.set()

    async with wired(hang) as url, asyncio.timeout(10):
        call = asyncio.create_task(certify(amp, url, timeout="60s"))
        await asked.wait()
        call.cancel()
        await ended.wait()
        await asyncio.gather(call, return_exceptions=True)

    assert posts == 1


async def test_a_server_that_stops_does_not_wait_for_the_battery() -> None:
    asked = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        asked.set()
        while await reader.read(65_536):
            pass

    async with wired(hang) as url, asyncio.timeout(10):
        async with running() as amp:
            call = asyncio.create_task(certify(amp, url, timeout="60s"))
            await asked.wait()
        await asyncio.gather(call, return_exceptions=True)

    assert call.exception() is not None


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({}, "/callback_url"),
        ({"callback_url": "reports"}, "/callback_url"),
        ({"callback_url": "ftp://a/"}, "/callback_url"),
        ({"callback_url": "http://a/", "reply_url": "b"}, "/reply_url"),
        ({"callback_url": "http://a/", "only": ["singel"]}, "/only/0"),
        ({"callback_url": "http://a/", "only": []}, "/only"),
        ({"callback_url": "http://a/", "timeout": "soon"}, "/timeout"),
        ({"callback_url": "http://a/", "timeout": 0}, "/timeout"),
        ({"callback_url": "http://a/", "timeout": "61s"}, "/timeout"),
        ({"callback_url": "http://a/", "url": "b"}, "/url"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_refused(amp: Amp, wish: dict[str, Any], pointer: str) -> None:
    answer = await amp.admin("POST", "/certify", wish)

    assert (answer.status, answer.body["pointer"]) == (400, pointer)


async def test_an_account_that_is_not_there_certifies_nobody(amp: Amp) -> None:
    body = {"callback_url": "http://127.0.0.1:9/"}
    answer = await amp.call("POST", "/__admin/accounts/nobody/certify", json=body)

    assert answer.status == 404


async def _never(_request: web.Request) -> web.StreamResponse:
    raise AssertionError("nobody posts here")

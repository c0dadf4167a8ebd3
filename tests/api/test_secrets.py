"""Tokens, keys and passwords are in no log, no metrics, no event, no journal and no error of the service."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import pytest
from yarl import URL

from mock_amp.bootstrap import Server, serving
from mock_amp.core.retry import Outcome
from mock_amp.logs import JsonLines, TextLines
from mock_amp.settings import DEFAULT_TOKEN
from tests.conformance.raw import ask
from tests.harness import NUMBER, Amp, receiving, settings

KEY: Final = "kEy!of-the-harbour-9Q"
TOKEN: Final = "tOk_5f0e1d2c-the-good-one-7Z"
WRONG: Final = "wRoNg_77aa-nobody-has-this-3X"
PASSWORD: Final = "pAsSwOrD-of-joe-5Y"
GONE: Final = "gOnE_1234-was-deleted-8W"
TOKENS: Final = (TOKEN, WRONG, GONE)
SECRETS: Final = (KEY, PASSWORD, *TOKENS)


@dataclass(slots=True)
class Seen:
    """All that could be seen of a server: by place, what it showed there."""

    log: str = ""
    lines: str = ""
    metrics: str = ""
    events: str = ""
    requests: str = ""
    snapshot: str = ""
    answers: list[str] = field(default_factory=list)
    """To whoever asked the service."""


class Broken:
    """A transport with a bug, which shows all that it knows."""

    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:
        raise RuntimeError(f"a bug with {url}")

    async def close(self) -> None:
        pass


@contextmanager
def heard() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    """The whole log, down to debug and of every library, in both styles."""
    root = logging.getLogger()
    level, text, lines = root.level, io.StringIO(), io.StringIO()
    handlers = logging.StreamHandler(text), logging.StreamHandler(lines)
    handlers[0].setFormatter(TextLines([KEY]))
    handlers[1].setFormatter(JsonLines([KEY]))
    for each in handlers:
        root.addHandler(each)
    root.setLevel(logging.DEBUG)
    try:
        yield text, lines
    finally:
        root.setLevel(level)
        for each in handlers:
            root.removeHandler(each)


@asynccontextmanager
async def locked(**more: Any) -> AsyncIterator[tuple[Server, Amp]]:
    """A server that wants a key, with a client who has it."""
    server = Server(settings(admin_key=KEY, log_level="debug"), **more)
    async with serving(server), aiohttp.ClientSession(headers={"X-Admin-Key": KEY}) as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        yield server, await amp.open_account()


@pytest.fixture(scope="module")
def seen() -> Seen:
    """What a server showed that was asked everything, with secrets wherever they can stand."""
    found = Seen()
    with heard() as (text, lines):
        asyncio.run(_live(found))
        asyncio.run(_break(found))
    found.log, found.lines = text.getvalue(), lines.getvalue()
    return found


async def _live(found: Seen) -> None:
    async with locked() as (_, amp), receiving() as receiver:
        await _make_tokens(amp)
        await _send(found, amp, receiver.url.replace("://", f"://joe:{PASSWORD}@"))
        await _send_to_nobody(found, amp)
        await _ask_for_tokens(amp)
        await _ask_in_raw(found, amp)
        await amp.call("POST", "/__admin/certify", json={"callback_url": f"http://joe:{PASSWORD}@127.0.0.1:9/r"})
        for account in ("default", amp.account):
            found.events += await _events(amp, account)
            found.requests += (await amp.call("GET", f"/__admin/accounts/{account}/requests?limit=1000")).raw.decode()
        found.snapshot = (await amp.admin("GET", "/snapshot")).raw.decode()
        found.metrics = (await amp.call("GET", "/metrics")).raw.decode()


async def _make_tokens(amp: Amp) -> None:
    for value in (TOKEN, GONE, TOKEN):  # the last one is a conflict
        await amp.admin("POST", "/tokens", {"token": value, "rate": {"requests": 1_000, "per": "1s"}})
    assert (await amp.admin("DELETE", f"/tokens/{GONE}")).status == 204


async def _send(found: Seen, amp: Amp, url: str) -> None:
    body = {"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hi"}, "callback_url": url}
    for value in (TOKEN, WRONG, GONE):
        for scheme in ("Token", "token", "Bearer", "Basic", ""):
            headers = {"Authorization": f"{scheme} {value}".strip()}
            for path in ("/1/im", "/1/sms", "/1/2fa", "/1/im/status/1", "/1/nowhere"):
                answer = await amp.call("POST", path, json=body, headers=headers)
                found.answers.append(answer.raw.decode())
        for path in (f"/1/im/status/a?token={value}", f"/1/im?tok%65n={value}", f"/1/nowhere?access_token={value}"):
            async with amp.session.get(
                URL(amp.url + path, encoded=True), headers={"Authorization": f"Token {amp.token}"}
            ) as told:
                found.answers.append(await told.text())
    for bad in (b"{", b"[]", b'{"destinations": 1}', b'{"callback_url": "x"}'):
        found.answers.append((await amp.send(bad, token=TOKEN)).raw.decode())
    await amp.advance(by="1h")


async def _send_to_nobody(found: Seen, amp: Amp) -> None:
    """Callbacks that fail in every way, to URLs with a password."""
    hosts = ("127.0.0.1:9", "[::1]:9", "nowhere.invalid", "127.0.0.1:0", "169.254.169.254")
    for host in hosts:
        url = f"http://joe:{PASSWORD}@{host}/reports"
        answer = await amp.send(sms_content={"message": "Hi"}, callback_url=url, token=TOKEN)
        found.answers.append(answer.raw.decode() if answer.status != 200 else "")
    await amp.advance(by="1h")


async def _ask_for_tokens(amp: Amp) -> None:
    """The control plane, with and without the key."""
    paths = [f"/__admin/accounts/{account}/tokens/{value}" for account in ("default", amp.account) for value in TOKENS]
    for headers in ({}, {"X-Admin-Key": "no"}, {"X-Admin-Key": KEY + "x"}, {"Authorization": f"Bearer {KEY}x"}):
        for path in paths:
            for method in ("GET", "PATCH", "DELETE", "POST"):
                if headers or method in ("GET", "POST"):
                    await amp.call(method, path, json={"name": "x"}, headers=headers)
        for value in TOKENS:
            await amp.call("GET", f"/__admin/accounts?token={value}", headers=headers)
    await amp.call("GET", "/__admin/clock", headers={"Authorization": f"Bearer {KEY}"})
    await amp.call("GET", "/__admin/clock", headers={"Origin": "http://evil.example"})


async def _ask_in_raw(found: Seen, amp: Amp) -> None:
    """What is no HTTP, in whose errors libraries quote."""
    for value in (TOKEN, KEY, WRONG):
        for line in (
            f"Authorization: Token {value}{'y' * 9_000}",
            f"Authorization: Token {value}\x00",
            f"Authorization: Token {value}\n folded",
            f"Authorization Token {value}",
            f"Authorization : Token {value}",
            f"X-Admin-Key: {value}\r\nContent-Length: x",
            f"X-{'x' * 9_000}: {value}",
            f"Sec-WebSocket-Key1: {value}",
        ):
            raw = f"POST /1/im HTTP/1.1\r\nHost: localhost\r\n{line}\r\n\r\n"
            found.answers.append((await ask(amp, raw.encode())).body.decode())
        for first in (f"{value}", f"GET / {value}", f"GET /__admin/tokens/{value}{'y' * 9_000} HTTP/1.1"):
            found.answers.append((await ask(amp, f"{first}\r\nHost: localhost\r\n\r\n".encode())).body.decode())


async def _events(amp: Amp, account: str) -> str:
    """All events of an account so far; the stream is left when the clock says something that is told last."""
    path = f"{amp.url}/__admin/accounts/{account}/events?last_event_id=0"
    text = ""
    async with amp.session.get(path) as answer, asyncio.timeout(10):
        await amp.call("PUT", f"/__admin/accounts/{account}/clock", json={"mode": "scaled", "rate": 3})
        async for line in answer.content:
            text += line.decode()
            if line.startswith(b"data: ") and json.loads(line[6:]).get("rate") == 3:
                return text
    raise AssertionError("the stream has ended")


async def _break(found: Seen) -> None:
    """The same with bugs of ours in the transport, in a use case and in the store."""
    async with locked(transport=Broken()) as (server, amp):
        await _make_tokens(amp)
        url = f"http://joe:{PASSWORD}@127.0.0.1:9/r"
        await amp.send(sms_content={"message": "Hi"}, callback_url=url, token=TOKEN)
        await amp.advance(by="1h")
        found.events += await _events(amp, amp.account)

        def fail(*_given: object, **_named: object) -> Any:
            raise RuntimeError(f"a bug: Authorization: Token {TOKEN}")

        server.services.tokens.delete = fail  # type: ignore[method-assign]
        answer = await amp.admin("DELETE", f"/tokens/{TOKEN}")
        assert answer.status == 500
        found.answers.append(answer.raw.decode())
        server.services.journal.write = fail  # type: ignore[method-assign]
        answer = await amp.send(sms_content={"message": "Hi"}, token=TOKEN)
        assert answer.status == 500
        found.answers.append(answer.raw.decode())


def found_in(text: str, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    """Secrets that stand in a text, whole or but for the tail that may be shown."""
    return [each for each in secrets if each[:-4] in text]


def test_the_log_has_secrets_by_their_tail_only(seen: Seen) -> None:
    """In both styles, at debug, with every library's own lines and with tracebacks."""
    assert found_in(seen.log) == []
    assert found_in(seen.lines) == []
    assert f"tokens/…{TOKEN[-4:]}" in seen.log
    assert "Traceback" in seen.log
    assert seen.log.count("\n") > 100


def test_every_line_as_json_is_an_object(seen: Seen) -> None:
    lines = [json.loads(each) for each in seen.lines.splitlines()]

    assert all({"at", "level", "logger", "message"} <= each.keys() for each in lines)


def test_metrics_and_events_have_no_secrets(seen: Seen) -> None:
    assert found_in(seen.metrics) == []
    assert found_in(seen.events) == []
    assert "event: callback" in seen.events
    assert "event: attempt" in seen.events
    assert f"/1/im/status/a?token=…{TOKEN[-4:]}" in seen.events


def test_the_journal_and_a_snapshot_have_no_tokens(seen: Seen) -> None:
    """D11. A URL that was sent stands there as it was sent: it is the account's own."""
    assert found_in(seen.requests, (KEY, *TOKENS)) == []
    assert found_in(seen.snapshot, (KEY, *TOKENS)) == []
    assert f"…{TOKEN[-4:]}" in seen.requests
    assert f"/1/im?tok%65n=…{TOKEN[-4:]}" in seen.requests


def test_no_error_of_the_service_says_a_token_again(seen: Seen) -> None:
    answers = "".join(seen.answers)

    assert found_in(answers, (KEY, *TOKENS)) == []
    assert '"status_code":401' in answers
    assert '"status_code":500' in answers


def test_settings_show_no_key() -> None:
    shown: Mapping[str, Any] = {"repr": repr(settings(admin_key=KEY)), "str": str(settings(admin_key=KEY))}

    assert found_in(json.dumps(shown)) == []

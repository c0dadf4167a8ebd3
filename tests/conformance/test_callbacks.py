"""What a status callback is (C-1, C-2)."""

import re
from typing import Final

import pytest
from aiohttp import web

from tests.conformance.receivers import answering
from tests.conformance.verdicts import SMS, UUID4, send
from tests.harness import NUMBER, Amp, Receiver

ACCEPTED: Final = ("INTERNAL", "ACCEPTD")
TAKEN: Final = ("SMS", "ACCEPTD")
DELIVERED: Final = ("SMS", "DELIVRD")


async def test_a_report_is_posted_as_json_to_the_callback_url(amp: Amp) -> None:
    """C-1: with that type, whatever the path."""
    seen: set[tuple[str, str, str | None]] = set()

    async def answer(request: web.Request) -> web.Response:
        seen.add((request.method, request.raw_path, request.headers.get("Content-Type")))
        return web.Response()

    async with answering(answer) as url:
        await send(amp, callback_url=f"{url}/a?b=c")
        await amp.advance(until="idle")

    assert seen == {("POST", "/reports/a?b=c", "application/json; charset=utf-8")}


@pytest.mark.parametrize("rest", ["/a%20b/%2F", "/%7Eana", "?a=%2F", "?a=b+c%20d", "?a=%41&a&=&b=", "?sig=%2B%2f"])
async def test_a_callback_url_is_called_as_it_was_written(amp: Amp, rest: str) -> None:
    """C-1: a receiver may have signed it, escapes and all."""
    seen: set[str] = set()

    async def answer(request: web.Request) -> web.Response:
        seen.add(request.raw_path)
        return web.Response()

    async with answering(answer) as url:
        await send(amp, callback_url=url + rest)
        await amp.advance(until="idle")

    assert seen == {f"/reports{rest}"}


async def test_without_a_callback_url_there_are_no_reports(amp: Amp) -> None:
    """C-1: not even owed."""
    await send(amp)
    await amp.advance(until="idle")

    assert await amp.callbacks() == []


@pytest.mark.parametrize("proxy", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_a_proxy_of_the_environment_is_ignored(
    amp: Amp, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    """C-1: the POST goes to the receiver itself."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(proxy, "http://127.0.0.1:1")
    await send(amp, callback_url=receiver.url)
    await amp.advance(until="idle")

    assert [each.statuses for each in receiver.received] == [[ACCEPTED], [TAKEN], [DELIVERED]]


@pytest.mark.parametrize(
    ("job", "told"), [({"job_id": "evening"}, '"client_job_id":"evening",'), ({}, "")], ids=["with", "without"]
)
async def test_a_report_has_these_keys_in_this_order(
    amp: Amp, receiver: Receiver, job: dict[str, str], told: str
) -> None:
    """C-2: the first is of the platform itself, the second of the channel."""
    destination = {"number": NUMBER} | ({"custom_id": "guest"} if job else {})
    sms = {**SMS, "sender_id": "Harbour"}
    sent = await send(amp, destinations=[destination], sms_content=sms, callback_url=receiver.url, **job)
    await amp.advance(by="200ms")

    template = (
        f'{{"api_job_id":"UUID",{told}"data":[{{"type":"%s","message_id":"17672256000000014003","status":"ACCEPTD",'
        '"timestamp":1767225600,"micro_timestamp":%s,"to":"35699000001","from":"Harbour",'
        f'"client_message_id":"{destination.get("custom_id", "")}","error_code":0}}]}}'
    )
    expected = [template % ("INTERNAL", 1767225600000), template % ("SMS", 1767225600200)]
    assert len(receiver.received) == 2
    for each, text in zip(receiver.received, expected, strict=True):
        assert re.fullmatch(re.escape(text).replace("UUID", UUID4), each.raw.decode())
        assert each.body["api_job_id"] == sent.body["api_job_id"]


async def test_the_times_are_those_of_the_status(amp: Amp, receiver: Receiver) -> None:
    """C-2: not those of the post, which may come five minutes later."""
    receiver.answers = (500, 200)
    await send(amp, callback_url=receiver.url)
    await amp.advance(until="idle")

    first, retry = receiver.received[0], receiver.received[-1]
    assert retry.raw == first.raw
    assert retry.body["data"][0]["micro_timestamp"] == 1767225600000

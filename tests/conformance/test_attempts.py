"""When a callback is delivered, tried again, or given up (C-4, C-5)."""

import asyncio
from collections import Counter
from typing import Any, Final

import pytest
from aiohttp import web

from mock_amp.core.instants import parse_instant
from tests.conformance.receivers import answering
from tests.conformance.verdicts import send
from tests.harness import START, Amp, Receiver, running


async def _first_callback(amp: Amp, url: str) -> Any:
    """The report of INTERNAL ACCEPTD about one SMS, after its first attempt."""
    await send(amp, callback_url=url)
    await amp.advance(by=0)
    (callback,) = await amp.callbacks()
    return callback


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "delivered"), *((status, "retrying") for status in (201, 202, 204, 206, 302, 400, 404, 410, 500, 503))],
)
async def test_only_200_counts(amp: Amp, receiver: Receiver, status: int, state: str) -> None:
    """C-4: every other answer is a failed attempt."""
    receiver.answers = (status,)
    callback = await _first_callback(amp, receiver.url)

    (attempt,) = callback["attempts"]
    assert (callback["state"], attempt["status"]) == (state, status)
    assert attempt["outcome"] == ("delivered" if status == 200 else "failed")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(amp: Amp, receiver: Receiver, status: int) -> None:
    """C-4: not even to a receiver that would answer 200."""

    async def redirect(_request: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": receiver.url})

    async with answering(redirect) as url:
        callback = await _first_callback(amp, url)

    assert (callback["state"], callback["attempts"][0]["status"]) == ("retrying", status)
    assert receiver.received == []


@pytest.mark.parametrize("body", [b"", b"ERROR: not delivered", b'{"status":500}', b"\xff" * 100_000], ids=len)
async def test_the_body_of_the_answer_does_not_matter(amp: Amp, body: bytes) -> None:
    """C-4: a 200 is a 200."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=body)

    async with answering(answer) as url:
        callback = await _first_callback(amp, url)

    assert callback["state"] == "delivered"


async def test_an_answer_that_comes_too_late_is_a_failure() -> None:
    """C-4: the time-out is a setting, and real time."""
    released = asyncio.Event()

    async def answer(_request: web.Request) -> web.Response:
        await released.wait()
        return web.Response()

    async with running(callback_timeout="50ms") as amp, answering(answer) as url:
        callback = await _first_callback(amp, url)
        released.set()

    (attempt,) = callback["attempts"]
    assert (callback["state"], attempt["status"]) == ("retrying", None)
    assert "no answer" in attempt["error"]


async def test_a_connection_that_cannot_be_made_is_a_failure(amp: Amp) -> None:
    """C-4: nobody listens there any more."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response()

    async with answering(answer) as url:
        pass
    callback = await _first_callback(amp, url)

    (attempt,) = callback["attempts"]
    assert (callback["state"], attempt["outcome"], attempt["status"]) == ("retrying", "failed", None)


_AFTER: Final = ["2026-01-01T00:00:00.000000Z", "2026-01-01T00:05:00.000000Z", "2026-01-01T00:10:00.000000Z"]


async def test_there_are_three_attempts_five_minutes_apart(amp: Amp, receiver: Receiver) -> None:
    """C-5: then the callback is discarded; every attempt posts the same bytes."""
    receiver.answers = (500,)
    await send(amp, callback_url=receiver.url)
    await amp.advance(until="idle")
    callbacks = await amp.callbacks()

    assert [each["at"] for each in callbacks[0]["attempts"]] == _AFTER
    assert [(each["state"], len(each["attempts"])) for each in callbacks] == [("discarded", 3)] * 3
    assert sorted(Counter(each.raw for each in receiver.received).values()) == [3, 3, 3]


async def test_nothing_is_posted_a_moment_too_early(amp: Amp, receiver: Receiver) -> None:
    """C-5: not before the five minutes are over."""
    receiver.answers = (500,)
    await _first_callback(amp, receiver.url)
    counts = []
    for to in ("2026-01-01T00:04:59.999999Z", "2026-01-01T00:05:00.000000Z"):
        await amp.advance(to=to)
        counts.append(sum(each.statuses == [("INTERNAL", "ACCEPTD")] for each in receiver.received))

    assert counts == [1, 2]


@pytest.mark.parametrize("good", [1, 2, 3])
async def test_an_attempt_that_succeeds_is_the_last(amp: Amp, good: int) -> None:
    """C-5: the first, the second or the third."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        item = (await request.json())["data"][0]
        seen.append(item["type"])
        return web.Response(status=200 if item["type"] == "SMS" or seen.count("INTERNAL") == good else 500)

    async with answering(answer) as url:
        await send(amp, callback_url=url)
        await amp.advance(until="idle")
    first, *_ = await amp.callbacks()

    assert first["state"] == "delivered"
    assert [each["at"] for each in first["attempts"]] == _AFTER[:good]


async def test_number_and_interval_of_attempts_are_settings(receiver: Receiver) -> None:
    """C-5: here two, an hour apart."""
    receiver.answers = (500,)
    async with running(callback_attempts=2, callback_interval="1h") as server:
        amp = await server.open_account()
        await send(amp, callback_url=receiver.url)
        await amp.advance(until="idle")
        first, *_ = await amp.callbacks()

    assert first["state"] == "discarded"
    assert [each["at"] for each in first["attempts"]] == [START, "2026-01-01T01:00:00.000000Z"]


async def test_the_interval_starts_when_the_attempt_was_due(receiver: Receiver) -> None:
    """C-5: not when the receiver answered, which on a real clock is later."""
    receiver.answers = (500,)
    async with running(callback_attempts=2, callback_interval="50ms") as server:
        amp = await server.open_account(clock="real")
        await send(amp, callback_url=receiver.url)
        await receiver.wait_for(2)
        await amp.advance(until="idle")
        callbacks = await amp.callbacks()

    for callback in callbacks:
        first, second = (parse_instant(each["at"]) for each in callback["attempts"])
        assert second - first == 50_000

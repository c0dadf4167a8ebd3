"""Every status is reported once, however reports are bundled, and nobody waits for another's receiver."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from mock_amp.adapters.clocks import HandClock
from mock_amp.core.instants import SECOND, Instant
from tests.api.holding import Gate, after, hand_clock
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Receiver, running

FALLBACK: dict[str, Any] = {
    "destinations": [{"number": NUMBER}, {"number": NO_IM_NUMBER}],
    "im_content": [{"channel": "VIBER", "content": "Hi"}],
    "sms_content": {"message": "Hello"},
}


def _reported(callbacks: list[Any]) -> Counter[tuple[str, str, str]]:
    items = [item for each in callbacks for item in each["body"]["data"]]
    return Counter((item["message_id"], item["type"], item["status"]) for item in items)


def _lived(messages: list[Any]) -> Counter[tuple[str, str, str]]:
    return Counter((each["id"], line["type"], line["status"]) for each in messages for line in each["timeline"])


@pytest.mark.parametrize("window", ["0s", "100ms", "200ms", "800ms", "1s", "2s", "1m"])
async def test_every_line_of_a_timeline_is_in_exactly_one_callback(window: str, receiver: Receiver) -> None:
    """C-3, L-5: also when a bundle leaves at the very moment at which another report comes about."""
    async with running(bundle_window=window) as server:
        amp = await server.open_account()
        await amp.send({**FALLBACK, "callback_url": receiver.url})

        await amp.advance(until="idle")

        assert _reported(await amp.callbacks()) == _lived(await amp.messages())
        posted = Counter(
            (item["message_id"], item["type"], item["status"]) for got in receiver.received for item in got.body["data"]
        )
        assert posted == _lived(await amp.messages())


async def test_a_clock_that_is_looked_at_late_loses_no_report(receiver: Receiver) -> None:
    """C-3, D8: everything falls due in one look."""
    hand = HandClock(Instant(1_767_225_600 * SECOND))
    async with running(clock=hand, bundle_window="300ms") as server:
        amp = await server.open_account(clock="real")
        await amp.send({**FALLBACK, "callback_url": receiver.url})

        hand.turn(after(60))
        await amp.advance(until="idle")

        assert _reported(await amp.callbacks()) == _lived(await amp.messages())


async def test_reports_of_a_job_travel_together_among_many_jobs(amp: Amp, receiver: Receiver) -> None:
    """C-3: whatever else falls due in the same moment, one job has one POST a moment."""
    for _ in range(300):
        await amp.send({**FALLBACK, "callback_url": receiver.url})

    await amp.advance(until="idle")

    posts = Counter((got.body["api_job_id"], got.body["data"][0]["micro_timestamp"]) for got in receiver.received)
    assert set(posts.values()) == {1}


async def test_a_hanging_receiver_holds_up_its_own_account_only(receiver: Receiver) -> None:
    """Accounts are independent: the posts that one has out take no place from the other."""
    gate = receiver.on_post = Gate()
    async with running() as server:
        stuck, free = await server.open_account(), await server.open_account()
        for _ in range(70):
            await stuck.send(sms_content={"message": "Hi"}, callback_url=receiver.url)
        await gate.until_reached()
        receiver.on_post = None

        await free.send(sms_content={"message": "Hi"}, callback_url=receiver.url)
        async with asyncio.timeout(10):
            await free.advance(until="idle")

        assert [each["state"] for each in await free.callbacks()] == ["delivered"] * 3
        gate.opened.set()


async def test_an_advance_that_is_refused_does_not_hold_the_clock_back(receiver: Receiver) -> None:
    """D10: a real clock goes on while an advance waits, and after it was refused."""
    hand, gate = hand_clock(), Gate()
    receiver.on_post = gate
    async with running(clock=hand, callback_timeout="30s") as server:
        amp = await server.open_account(clock="real")
        await amp.send(sms_content={"message": "Hi"}, callback_url=receiver.url)
        await gate.until_reached()
        advance = asyncio.create_task(amp.admin("POST", "/clock/advance", {"by": "5m"}))
        await amp.admin("GET", "/clock")

        hand.turn(after(20))
        refused = await advance
        shown = (await amp.admin("GET", "/clock")).body["now"]
        gate.opened.set()

    assert refused.status == 409
    assert shown == "2026-01-01T00:00:20.000000Z"

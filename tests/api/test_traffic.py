"""Time goes on under traffic: an advance ends although somebody keeps sending."""

import asyncio

import pytest

from tests.harness import NUMBER, Amp, Receiver


async def _keep_sending(amp: Amp, receiver: Receiver, enough: asyncio.Event) -> int:
    sent = 0
    while not enough.is_set():
        answer = await amp.send(
            {"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hi"}, "callback_url": receiver.url}
        )
        assert answer.status == 200
        sent += 1
    return sent


@pytest.mark.parametrize("target", [{"by": "1s"}, {"until": "next"}])
async def test_an_advance_ends_although_somebody_keeps_sending(
    amp: Amp, receiver: Receiver, target: dict[str, str]
) -> None:
    """D9: what is sent meanwhile happens at the moment of the current event, which does not go on for ever."""
    await amp.send({"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hi"}})
    enough = asyncio.Event()
    sending = asyncio.create_task(_keep_sending(amp, receiver, enough))

    async with asyncio.timeout(60):
        told = await amp.advance(**target)
    enough.set()
    sent = await sending
    await amp.advance(until="idle")

    assert told["now"] > told["from"]
    assert sum(len(each.body["data"]) for each in receiver.received) == 3 * sent
    assert {each["status"] for each in await amp.messages(limit="10000")} == {"DELIVRD"}

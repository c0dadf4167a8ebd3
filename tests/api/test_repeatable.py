"""The same seed, requests and clock give the same bytes, however fast the world outside is (D11)."""

import asyncio
from contextlib import AsyncExitStack

from tests.api.holding import Gate, hand_clock, send_sms, send_viber, told
from tests.harness import NO_IM_NUMBER, Amp, Receiver, receiving, running

OTHER = "35699000002"


async def test_the_same_seed_requests_and_clock_give_the_same_bytes(receiver: Receiver) -> None:
    """D11: answers, callbacks and lists of two servers, byte for byte."""
    lives = []
    for _ in range(2):
        receiver.received.clear()
        receiver.answers = (200, 500, 200)
        async with running(clock=hand_clock()) as amp:
            answers = [
                await amp.send(sms_content={"message": "Hello"}, job_id="mine", callback_url=receiver.url),
                await amp.send({"destinations": [{"number": "not a number"}], "sms_content": {"message": "Hello"}}),
            ]
            await amp.advance(by=0)
            await send_viber(amp, NO_IM_NUMBER, sms_content={"message": "Hi"}, callback_url=receiver.url)
            answers.append(await amp.admin("POST", "/clock/advance", {"until": "idle"}))
            answers += [await amp.admin("GET", f"/{what}") for what in ("", "messages", "callbacks", "requests")[1:]]
        lives.append(([answer.raw for answer in answers], [got.raw for got in receiver.received]))

    assert lives[0] == lives[1]
    assert len(lives[0][1]) > 6


async def test_another_seed_gives_other_ids(server: Amp) -> None:
    """D11: the ids come from the seed."""
    one, other = await server.open_account(seed=1), await server.open_account(seed=2)

    assert (await send_sms(one))["api_job_id"] != (await send_sms(other))["api_job_id"]


async def test_how_fast_a_receiver_fails_does_not_change_the_ids(server: Amp) -> None:
    """D11: the same seed, requests and clock give the same answers, whether a retry is noted before the next send."""
    jobs = []
    for slow in (False, True):
        async with receiving() as receiver:
            gate = receiver.on_post = Gate()
            receiver.answers = (500,)
            amp = await server.open_account()
            await send_sms(amp, callback_url=receiver.url)
            await gate.until_reached()
            async with AsyncExitStack() as stack:
                if slow:
                    stack.callback(gate.opened.set)
                else:
                    gate.opened.set()
                    await amp.advance(by=0)
                jobs.append((await send_sms(amp, OTHER))["api_job_id"])

    assert jobs[0] == jobs[1]


async def test_when_a_post_lands_does_not_change_what_an_advance_tells(server: Amp, receiver: Receiver) -> None:
    """D9, D11: a report that was due before an advance is told always or never, be the receiver quick or slow."""
    tales = []
    for slow in (False, True):
        gate = receiver.on_post = Gate()
        amp = await server.open_account()
        await send_sms(amp, callback_url=receiver.url)
        await gate.until_reached()
        if not slow:
            gate.opened.set()
            await amp.advance(by=0)
        advance = asyncio.create_task(amp.advance(until="idle"))
        await amp.admin("GET", "/clock")
        gate.opened.set()
        tales.append(told((await advance)["events"]))

    assert tales[0] == tales[1]

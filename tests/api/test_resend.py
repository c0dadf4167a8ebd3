"""`POST …/callbacks/{id}/resend`: once more, now, whatever became of it before (C-5)."""

from typing import Any

import orjson
import pytest

from tests.api.holding import Gate, at, hand_clock, once, send_sms, send_viber
from tests.harness import Amp, Answer, Receiver, running


async def resend(amp: Amp, callback: str = "1") -> Answer:
    return await amp.admin("POST", f"/callbacks/{callback}/resend")


async def resent(amp: Amp, callback: str = "1") -> Any:
    """The callback once its further attempt has landed."""
    answer = await resend(amp, callback)
    assert answer.status == 202, answer.body
    await amp.advance(by=0)
    return (await amp.admin("GET", f"/callbacks/{callback}")).body


def told(callback: Any) -> tuple[str, list[tuple[int, str]]]:
    return callback["state"], [(each["number"], each["outcome"]) for each in callback["attempts"]]


async def test_a_delivered_callback_is_posted_again_as_it_was(amp: Amp, receiver: Receiver) -> None:
    """C-5: the same body, at the account's now."""
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by="100ms")

    found = await resent(amp)

    assert told(found) == ("delivered", [(1, "delivered"), (2, "delivered")])
    assert found["attempts"][1]["at"] == at(0.1)
    assert receiver.received[0].raw == receiver.received[1].raw


async def test_one_that_fails_then_stays_as_it_was_and_is_not_retried(amp: Amp, receiver: Receiver) -> None:
    """A delivered one is delivered; nothing more is owed for it."""
    receiver.answers = (200, 500)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)

    found = await resent(amp)

    assert told(found) == ("delivered", [(1, "delivered"), (2, "failed")])
    assert {each["kind"] for each in (await amp.admin("GET", "/agenda")).body["items"]} == {"status"}


async def test_a_discarded_callback_can_still_be_delivered(amp: Amp, receiver: Receiver) -> None:
    """C-5: attempts are counted on after the third, and none of them is repeated by itself."""
    receiver.answers = (500,)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(until="idle")
    failed = await resent(amp)
    receiver.answers = (200,)

    found = await resent(amp)

    assert (failed["state"], len(failed["attempts"])) == ("discarded", 4)
    assert told(found)[0] == "delivered"
    assert told(found)[1][3:] == [(4, "failed"), (5, "delivered")]
    assert (await amp.admin("GET", "/agenda")).body["items"] == []


async def test_a_retry_is_brought_forward(amp: Amp, receiver: Receiver) -> None:
    """C-5: it is the second attempt, and there are no more than three in all."""
    receiver.answers = (500, 500, 500)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)

    found = await resent(amp)

    assert told(found) == ("retrying", [(1, "failed"), (2, "failed")])
    assert [each["at"] for each in found["attempts"]] == [at(0), at(0)]
    assert found["due_at"] == "2026-01-01T00:05:00.000000Z"
    retries = [each for each in (await amp.admin("GET", "/agenda")).body["items"] if each["kind"] == "attempt"]
    assert [(each["at"], each["attempt"]) for each in retries] == [("2026-01-01T00:05:00.000000Z", 3)]


async def test_what_the_scenario_dropped_can_be_posted_after_all(amp: Amp, receiver: Receiver) -> None:
    drop = {"name": "test", "callbacks": [{"name": "lost", "drop": True}]}
    assert (await amp.play(orjson.dumps(drop).decode())).status == 200
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)
    assert receiver.received == []

    found = await resent(amp)

    assert told(found) == ("delivered", [(1, "delivered")])


async def test_each_attempt_of_a_reply_has_an_id_of_its_own(amp: Amp, receiver: Receiver) -> None:
    """Y-3."""
    await send_viber(amp, reply_url=receiver.url)
    await amp.advance(until="idle")
    message = (await amp.messages())[0]["id"]
    reply = (await amp.admin("POST", f"/messages/{message}/reply", {"text": "Yes"})).body
    await amp.advance(by=0)

    found = await resent(amp, reply["callback_id"])

    assert [each["req_uuid"] for each in found["attempts"]] == [got.body["req_uuid"] for got in receiver.received]
    assert len({got.body["req_uuid"] for got in receiver.received}) == 2


async def test_whoever_asks_twice_gets_two_attempts_one_after_the_other(amp: Amp, receiver: Receiver) -> None:
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)
    gate = receiver.on_post = Gate()

    for _ in range(2):
        assert (await resend(amp)).status == 202
    await gate.until_reached()
    assert len(receiver.received) == 2
    gate.opened.set()
    await amp.advance(by=0)

    found = (await amp.admin("GET", "/callbacks/1")).body
    assert told(found) == ("delivered", [(1, "delivered"), (2, "delivered"), (3, "delivered")])


async def test_what_is_in_the_air_already_is_posted_once(amp: Amp, receiver: Receiver) -> None:
    """It is as early as can be."""
    gate = receiver.on_post = Gate()
    await send_sms(amp, callback_url=receiver.url)
    await gate.until_reached()

    answer = await resend(amp)
    gate.opened.set()
    await amp.advance(by=0)

    assert (answer.status, answer.body["state"]) == (202, "due")
    assert told((await amp.admin("GET", "/callbacks/1")).body) == ("delivered", [(1, "delivered")])


async def test_from_inside_a_receiver_it_is_settled_by_the_same_advance(amp: Amp, receiver: Receiver) -> None:
    """D9."""
    answers: list[Any] = []
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)
    receiver.on_post = once(lambda: resend(amp), answers)

    events = (await amp.advance(until="next"))["events"]

    attempts = [(each["callback_id"], each["attempt"]) for each in events if each["kind"] == "attempt"]
    assert attempts == [("2", 1), ("1", 2)]


async def test_on_a_real_clock_it_is_posted_now(receiver: Receiver) -> None:
    """D10: a retry that is five minutes away too."""
    receiver.answers = (500, 200)
    async with running(clock=hand_clock()) as server:
        amp = await server.open_account(clock={"mode": "real"})
        await send_sms(amp, callback_url=receiver.url)
        await receiver.wait_for(1)
        await amp.advance(by=0)

        await resend(amp)

        await receiver.wait_for(2)
        assert receiver.received[0].raw == receiver.received[1].raw


@pytest.mark.parametrize("callback", ["99", "nonsense"])
async def test_a_callback_that_is_not_there_is_404(amp: Amp, callback: str) -> None:
    assert (await resend(amp, callback)).status == 404

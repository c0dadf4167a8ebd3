"""Receivers that call back while an advance posts to them (D8): nothing is locked, nothing stalls."""

from collections.abc import Awaitable
from typing import Any

import pytest

from tests.api.holding import after, answered, at, hand_clock, once, posts_come_to, send_sms, told
from tests.harness import START, Amp, Answer, Received, Receiver, running

OTHER = "35699000002"


async def test_a_receiver_may_ask_for_the_status_of_the_message(amp: Amp, receiver: Receiver) -> None:
    """D8, G-1: it sees the status that it is being told of."""
    seen: list[tuple[str, str]] = []

    async def ask(got: Received) -> None:
        (item,) = got.body["data"]
        status = (await amp.status(item["message_id"])).body["data"][0]["status"]
        seen.append((item["status"], status))

    receiver.on_post = ask
    await send_sms(amp, callback_url=receiver.url)

    await amp.advance(until="idle")

    assert seen == [("ACCEPTD", "ACCEPTD"), ("ACCEPTD", "ACCEPTD"), ("DELIVRD", "DELIVRD")]


async def test_a_send_from_inside_a_receiver_is_made_at_the_moment_of_the_event(amp: Amp, receiver: Receiver) -> None:
    """DESIGN: a send during an advance happens at the moment of the current event, and is lived through with it."""
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by="200ms")

    async def send(_got: Received) -> None:
        receiver.on_post = None
        await send_sms(amp, OTHER, callback_url=receiver.url)

    receiver.on_post = send
    body = await amp.advance(by="1h")

    (second,) = await amp.messages(to=OTHER)
    assert [line["at"] for line in second["timeline"]] == [at(1), at(1.2), at(2)]
    assert told(body["events"]) == [
        (at(1), "status", "DELIVRD"),
        (at(1), "attempt", (1, "delivered")),
        (at(1), "attempt", (1, "delivered")),
        (at(1.2), "status", "ACCEPTD"),
        (at(1.2), "attempt", (1, "delivered")),
        (at(2), "status", "DELIVRD"),
        (at(2), "attempt", (1, "delivered")),
    ]


async def test_a_chain_of_sends_from_inside_receivers_is_lived_through(amp: Amp, receiver: Receiver) -> None:
    """D9: until idle means until the last of them is at rest."""

    async def answer_by_a_send(got: Received) -> None:
        if got.statuses == [("SMS", "DELIVRD")] and len(await amp.messages()) < 5:
            await send_sms(amp, callback_url=receiver.url)

    receiver.on_post = answer_by_a_send
    await send_sms(amp, callback_url=receiver.url)

    body = await amp.advance(until="idle")

    assert [message["timeline"][0]["at"] for message in await amp.messages()] == [START, *map(at, range(1, 5))]
    assert body["now"] == at(5)


async def test_a_receiver_may_advance_another_account(server: Amp, amp: Amp, receiver: Receiver) -> None:
    """D8: the accounts do not wait for each other, though one is in the middle of an advance."""
    other = await server.open_account()
    await send_sms(other, callback_url=receiver.url)
    await other.advance(by=0)
    answers: list[Any] = []
    receiver.on_post = once(lambda: other.admin("POST", "/clock/advance", {"by": "1h"}), answers)
    await send_sms(amp, callback_url=receiver.url)

    body = await amp.advance(by="1m")

    assert (answers[0].status, answers[0].body["now"]) == (200, "2026-01-01T01:00:00.000000Z")
    assert body["now"] == "2026-01-01T00:01:00.000000Z"
    assert [message["status"] for message in await other.messages()] == ["DELIVRD"]


async def test_an_advance_from_inside_its_own_receiver_is_409_and_the_outer_one_settles(
    amp: Amp, receiver: Receiver
) -> None:
    """DESIGN: it would wait for itself; the problem says so, and the outer advance goes on when it is answered."""
    answers: list[Answer] = []
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)
    receiver.on_post = once(lambda: amp.admin("POST", "/clock/advance", {"by": "1h"}), answers)

    body = await amp.advance(until="idle")

    assert answers[0].status == 409
    assert "receiver" in answers[0].body["detail"]
    assert body["now"] == at(1)
    assert [callback["state"] for callback in await amp.callbacks()] == ["delivered"] * 3


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "/clock/advance", {"until": "idle"}), ("PUT", "/clock", {"mode": "real"}), ("POST", "/reset", None)],
)
async def test_a_receiver_that_no_advance_posts_to_may_call_anything(
    receiver: Receiver, method: str, path: str, body: Any
) -> None:
    """D8: done or refused, but answered; what waits for this very receiver does not wait until its post fails."""
    answers: list[Answer] = []
    hand = hand_clock()
    async with running(clock=hand, callback_timeout="30s") as server:
        amp = await server.open_account()

        def call() -> Awaitable[Answer]:
            hand.turn(after(20))  # longer is not waited for a receiver
            return amp.admin(method, path, body)

        receiver.on_post = once(call, answers)
        await send_sms(amp, callback_url=receiver.url)
        await receiver.wait_for(1)
        await posts_come_to(0, amp)

        settled = await amp.admin("POST", "/clock/advance", {"by": 0})
        attempts = [(each["number"], each["error"]) for one in await amp.callbacks() for each in one["attempts"]]

    assert (answers[0].status in (200, 409), settled.status) == (True, 200)
    assert [error for _, error in attempts if error] == []


async def test_a_clock_cannot_be_changed_from_inside_an_advance(amp: Amp, receiver: Receiver) -> None:
    """DESIGN: 409; the clock is frozen still when the advance is done."""
    answers: list[Answer] = []
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)
    receiver.on_post = once(lambda: amp.admin("PUT", "/clock", {"mode": "real"}), answers)

    await amp.advance(by="1m")

    clock = (await amp.admin("GET", "/clock")).body
    assert answers[0].status == 409
    assert (clock["mode"], clock["now"]) == ("frozen", "2026-01-01T00:01:00.000000Z")


async def test_a_reset_from_inside_a_receiver_ends_the_advance_with_409(amp: Amp, receiver: Receiver) -> None:
    """D8: the life that was advanced is over; the new one begins where the account was opened, and can be advanced."""
    answers: list[Answer] = []
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)
    receiver.on_post = once(lambda: amp.admin("POST", "/reset"), answers)

    outer = await amp.admin("POST", "/clock/advance", {"by": "1h"})

    assert ((await answered(answers, amp)).status, outer.status) == (200, 409)
    assert (await amp.admin("GET", "/clock")).body["now"] == START
    assert (await amp.advance(by="1m"))["events"] == []


async def test_a_receiver_may_delete_its_account(server: Amp, amp: Amp, receiver: Receiver) -> None:
    """D8: the advance is answered 409, and the server goes on."""
    answers: list[Answer] = []
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)
    receiver.on_post = once(lambda: amp.admin("DELETE", ""), answers)

    outer = await amp.admin("POST", "/clock/advance", {"by": "1h"})

    assert ((await answered(answers, amp)).status, outer.status) == (204, 409)
    assert len(receiver.received) == 2
    assert (await server.advance(by="1m"))["settled"]

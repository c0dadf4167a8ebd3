"""Two accounts, two lives: none knows of the other (DESIGN: sentence 4; D8)."""

import asyncio

import pytest

from tests.api.holding import Gate, after, at, hand_clock, posts_come_to, posts_in_the_air, send_sms
from tests.harness import NUMBER, START, Amp, Receiver, receiving, running

OTHER = "35699000002"


async def test_an_accounts_messages_are_nobody_elses(server: Amp, amp: Amp, receiver: Receiver) -> None:
    """G-4: the same seed and moment give two accounts the same ids, and still each sees only its own."""
    other = await server.open_account()
    mine = await send_sms(amp, NUMBER, callback_url=receiver.url)
    theirs = await send_sms(other, OTHER)
    await amp.advance(until="idle")

    assert mine["results"][NUMBER] == theirs["results"][OTHER]
    assert [message["to"] for message in await other.messages()] == [OTHER]
    assert (await other.status(mine["results"][NUMBER]["message_id"])).body["data"][0]["to"] == OTHER
    assert (len(await amp.callbacks()), await other.callbacks()) == (3, [])
    assert (len(await amp.requests()), len(await other.requests())) == (1, 2)


async def test_an_hour_of_one_account_is_no_moment_of_another(receiver: Receiver) -> None:
    """Sentence 4: one jumps an hour ahead, the other lives in real time."""
    hand = hand_clock()
    async with running(clock=hand) as server, receiving() as theirs:
        frozen, real = await server.open_account(), await server.open_account(clock="real")
        await send_sms(frozen, callback_url=receiver.url)
        await send_sms(real, callback_url=theirs.url)
        await theirs.wait_for(1)
        await frozen.advance(by="1h")
        still = [(await real.admin("GET", "/clock")).body["now"], len(theirs.received)]
        hand.turn(after(0.2))
        got = await theirs.wait_for(2)
        clock = (await frozen.admin("GET", "/clock")).body["now"]

    assert still == [START, 1]
    assert got[-1].statuses == [("SMS", "ACCEPTD")]
    assert (clock, len(receiver.received)) == ("2026-01-01T01:00:00.000000Z", 3)


async def test_a_receiver_that_hangs_holds_up_nobody_else(server: Amp, amp: Amp, receiver: Receiver) -> None:
    """Smell 9: while one account waits for its receiver, another is advanced, to the same receiver even."""
    gate = receiver.on_post = Gate()
    other = await server.open_account()
    await send_sms(amp, callback_url=receiver.url)
    await gate.until_reached()
    waiting = asyncio.create_task(amp.advance(until="idle"))
    receiver.on_post = None

    await send_sms(other, callback_url=receiver.url)
    body = await other.advance(until="idle")
    held = not waiting.done()
    gate.opened.set()
    await waiting

    assert (held, body["now"]) == (True, at(1))
    assert len(receiver.received) == 6


async def test_an_advance_that_waits_does_not_stop_the_other_clocks(receiver: Receiver) -> None:
    """Smell 9: what falls due for the waiting account is its advance's affair; the others live on by themselves."""
    hand = hand_clock()
    async with running(clock=hand) as server, receiving() as theirs:
        gate = receiver.on_post = Gate()
        frozen, real = await server.open_account(), await server.open_account(clock="real")
        await send_sms(frozen, callback_url=receiver.url)
        await gate.until_reached()
        waiting = asyncio.create_task(frozen.advance(until="idle"))
        await frozen.admin("GET", "/clock")

        await send_sms(frozen, OTHER, callback_url=receiver.url)
        await send_sms(real, callback_url=theirs.url)
        await theirs.wait_for(1)
        hand.turn(after(0.2))
        got = await theirs.wait_for(2)
        held = not waiting.done()
        gate.opened.set()
        await waiting

    assert (held, got[-1].statuses) == (True, [("SMS", "ACCEPTD")])


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("POST", "/reset")])
async def test_a_life_that_is_over_posts_nothing_more(method: str, path: str, receiver: Receiver) -> None:
    """D8: neither what was in the air, nor what waited behind it, nor a retry; and no task is left."""
    hand, gate = hand_clock(), Gate()
    receiver.on_post, receiver.answers = gate, (500,)
    async with running(clock=hand) as server:
        amp = await server.open_account(clock="real")
        await send_sms(amp, callback_url=receiver.url)
        await gate.until_reached()
        hand.turn(after(0.5))
        await posts_come_to(2, amp)

        await amp.admin(method, path)

        left = posts_in_the_air()
        gate.opened.set()
        hand.turn(after(3_600))
        async with receiving() as another:
            await send_sms(server, callback_url=another.url)
            await server.advance(until="idle")
        listed = (await amp.admin("GET", "/callbacks")).body.get("items")

    assert (left, len(receiver.received)) == (0, 1)
    assert listed in ([], None)

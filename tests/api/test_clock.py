"""How an account's clock runs, and how that is changed (D10)."""

import asyncio
from typing import Any

from tests.api.holding import Gate, after, at, hand_clock, send_sms
from tests.harness import START, Amp, Receiver, running

REAL = {"clock": {"mode": "real"}}


async def _clock(amp: Amp) -> tuple[Any, ...]:
    body = (await amp.admin("GET", "/clock")).body
    return body["mode"], body["rate"], body["now"]


async def test_a_frozen_clock_stands_still() -> None:
    """D10: whatever real time does."""
    hand = hand_clock()
    async with running(clock=hand) as server:
        amp = await server.open_account()
        hand.turn(after(30))

        assert await _clock(amp) == ("frozen", 1.0, START)


async def test_a_real_clock_goes_with_real_time() -> None:
    """D10: second by second, from what it showed first."""
    hand = hand_clock()
    async with running(clock=hand) as server:
        amp = await server.open_account(clock={"mode": "real", "now": at(10)})
        hand.turn(after(1.5))

        assert await _clock(amp) == ("real", 1.0, at(11.5))


async def test_a_scaled_clock_makes_many_seconds_of_one() -> None:
    """D10: by its rate."""
    hand = hand_clock()
    async with running(clock=hand) as server:
        amp = await server.open_account(clock={"mode": "scaled", "rate": 20, "now": START})
        hand.turn(after(1.5))

        assert await _clock(amp) == ("scaled", 20.0, at(30))


async def test_a_real_clock_brings_a_message_to_its_end(receiver: Receiver) -> None:
    """D10: what is due later waits for the clock, and happens by itself when it comes."""
    hand = hand_clock()
    async with running(clock=hand) as server:
        amp = await server.open_account(**REAL)
        await send_sms(amp, callback_url=receiver.url)
        first = await receiver.wait_for(1)
        hand.turn(after(0.199999))
        early = [message["status"] for message in await amp.messages(channel="SMS")]
        hand.turn(after(0.2))
        second = await receiver.wait_for(2)
        hand.turn(after(5))
        third = await receiver.wait_for(3)

    assert early == []
    assert [got[-1].statuses for got in (first, second, third)] == [
        [("INTERNAL", "ACCEPTD")],
        [("SMS", "ACCEPTD")],
        [("SMS", "DELIVRD")],
    ]
    assert third[-1].body["data"][0]["micro_timestamp"] == (after(1)) // 1_000


async def test_a_scaled_clock_brings_a_message_to_its_end_sooner(receiver: Receiver) -> None:
    """D10: at rate 20, DELIVRD after 1 s comes after 50 ms, and carries the account's time."""
    hand = hand_clock()
    async with running(clock=hand) as server:
        amp = await server.open_account(clock={"mode": "scaled", "rate": 20, "now": START})
        await send_sms(amp, callback_url=receiver.url)
        await receiver.wait_for(1)
        hand.turn(after(0.01))
        await receiver.wait_for(2)
        hand.turn(after(0.05))
        got = await receiver.wait_for(3)
        (message,) = await amp.messages()

    assert got[-1].statuses == [("SMS", "DELIVRD")]
    assert [line["at"] for line in message["timeline"]] == [START, at(0.2), at(1)]


async def test_what_is_due_now_happens_now_on_a_frozen_clock_too(amp: Amp, receiver: Receiver) -> None:
    """D10: the one rule to remember."""
    await send_sms(amp, callback_url=receiver.url)

    (got,) = await receiver.wait_for(1)

    assert got.statuses == [("INTERNAL", "ACCEPTD")]


async def test_a_change_of_mode_keeps_the_moment() -> None:
    """D10: the clock goes on from what it shows, in the new way."""
    hand, shown = hand_clock(), []
    async with running(clock=hand) as server:
        amp = await server.open_account(clock={"mode": "scaled", "rate": 10, "now": START})
        for number, change in enumerate(({"mode": "frozen"}, {"mode": "real"}, {"mode": "scaled", "rate": 4}), 1):
            hand.turn(after(number))
            answer = await amp.admin("PUT", "/clock", change)
            shown.append((answer.status, answer.body["mode"], answer.body["rate"], answer.body["now"]))
        hand.turn(after(4))
        end = await _clock(amp)

    assert shown == [
        (200, "frozen", 10.0, at(10)),
        (200, "real", 10.0, at(10)),
        (200, "scaled", 4.0, at(11)),
    ]
    assert end == ("scaled", 4.0, at(15))


async def test_a_thawed_clock_goes_on_with_what_was_due(receiver: Receiver) -> None:
    """D10: what the frozen clock kept back happens when its moment comes."""
    hand = hand_clock()
    async with running(clock=hand) as server:
        amp = await server.open_account()
        await send_sms(amp, callback_url=receiver.url)
        await receiver.wait_for(1)
        hand.turn(after(100))
        await amp.admin("PUT", "/clock", {"mode": "real"})
        hand.turn(after(100.2))

        got = await receiver.wait_for(2)

    assert got[-1].statuses == [("SMS", "ACCEPTD")]


async def test_a_later_now_is_lived_through(amp: Amp, receiver: Receiver) -> None:
    """D9: setting a clock is an advance; every report is posted, each with its own moment."""
    await send_sms(amp, callback_url=receiver.url)

    answer = await amp.admin("PUT", "/clock", {"now": at(30)})

    assert (answer.status, answer.body) == (200, {"mode": "frozen", "rate": 1.0, "now": at(30)})
    (message,) = await amp.messages()
    assert [line["at"] for line in message["timeline"]] == [START, at(0.2), at(1)]
    assert len(receiver.received) == 3


async def test_a_running_clock_that_is_frozen_at_a_moment_shows_that_moment(server: Amp) -> None:
    """D10: not a few microseconds later, because real time went on meanwhile."""
    amp = await server.open_account(clock="real")
    moment = "2040-01-01T00:00:00.000000Z"

    answer = await amp.admin("PUT", "/clock", {"mode": "frozen", "now": moment})

    assert answer.body["now"] == moment
    assert await _clock(amp) == ("frozen", 1.0, moment)


async def test_an_earlier_now_is_409_and_changes_nothing(amp: Amp) -> None:
    """L-8: time only moves forward; a change of mode that comes with it is not made either."""
    answer = await amp.admin("PUT", "/clock", {"mode": "real", "now": "2025-12-31T23:59:59Z"})

    assert answer.status == 409
    assert START in answer.body["detail"]
    assert await _clock(amp) == ("frozen", 1.0, START)


async def test_a_running_clock_stands_still_while_an_advance_waits_for_a_receiver(receiver: Receiver) -> None:
    """D9, D10: each event has its own moment, however long a receiver takes; then the clock goes on."""
    hand, gate = hand_clock(), Gate()
    async with running(clock=hand) as server:
        amp = await server.open_account(**REAL)
        await send_sms(amp, callback_url=receiver.url)
        await receiver.wait_for(1)
        await amp.advance(by=0)
        receiver.on_post = gate
        waiting = asyncio.create_task(amp.advance(by="10s"))
        await gate.until_reached()
        hand.turn(after(0.5))
        held = await _clock(amp)
        gate.opened.set()
        body = await waiting
        hand.turn(after(2))
        end = await _clock(amp)

    assert (held[2], body["now"], end[2]) == (at(0.2), at(10), at(11.5))


async def test_no_wish_at_all_changes_nothing(amp: Amp) -> None:
    """D10: an empty body is a look."""
    answer = await amp.admin("PUT", "/clock", {})

    assert (answer.status, answer.body) == (200, (await amp.admin("GET", "/clock")).body)

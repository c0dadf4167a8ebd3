"""Advancing an account's clock: every event at its own moment, in order, and all of it settled (D9)."""

import asyncio
from typing import Any

import pytest

from tests.api.holding import Gate, at, hand_clock, send_sms, send_viber, told
from tests.harness import NO_IM_NUMBER, START, Amp, Receiver, running

FIVE = "2026-01-01T00:05:00.000000Z"


async def _settled(amp: Amp) -> None:
    """Everything that is due at the present moment has happened."""
    await amp.advance(by=0)


@pytest.mark.parametrize("target", [{"by": "5m"}, {"by": 300}, {"by": "300"}, {"by": "4m59.5s500ms"}, {"to": FIVE}])
async def test_a_clock_moves_as_far_as_it_was_told(amp: Amp, target: dict[str, Any]) -> None:
    """D9: durations in are "5m", a number of seconds, or the way to an instant."""
    body = await amp.advance(**target)

    assert body == {"from": START, "now": FIVE, "settled": True, "events": [], "events_total": 0}
    assert (await amp.admin("GET", "/clock")).body["now"] == FIVE


async def test_every_event_happens_at_its_own_moment(amp: Amp, receiver: Receiver) -> None:
    """D9: the ordered list of what happened; statuses before the attempts that report them."""
    await send_viber(amp, callback_url=receiver.url)
    await _settled(amp)

    body = await amp.advance(by="1h")

    assert told(body["events"]) == [
        (at(0.2), "status", "ACCEPTD"),
        (at(0.2), "attempt", (1, "delivered")),
        (at(1), "status", "DELIVRD"),
        (at(1), "attempt", (1, "delivered")),
        (at(3), "status", "SEEN"),
        (at(3), "attempt", (1, "delivered")),
    ]
    assert body["now"] == "2026-01-01T01:00:00.000000Z"
    assert [event["type"] for event in body["events"][::2]] == ["VIBER"] * 3
    assert [event["callback_id"] for event in body["events"][1::2]] == ["2", "3", "4"]


async def test_a_jump_over_everything_is_as_many_small_steps(server: Amp, receiver: Receiver) -> None:
    """Smell 3: one long jump equals many short ones, retries included."""
    receiver.answers = (200, 500, 200, 503, 500, 200, 200, 500, 200)
    jumper, walker = await server.open_account(), await server.open_account()
    lives = []
    for amp, steps in ((jumper, ["1h"]), (walker, ["100ms", "1s", "200ms", "298700ms", "1s", "54m59s"])):
        receiver.received.clear()
        await send_viber(amp, NO_IM_NUMBER, sms_content={"message": "Hello"}, callback_url=receiver.url)
        events = [event for step in ["0s", *steps] for event in (await amp.advance(by=step))["events"]]
        posted = [got.raw for got in receiver.received]
        attempts = [
            (each["id"], [(tried["at"], tried["outcome"]) for tried in each["attempts"]])
            for each in await amp.callbacks()
        ]
        lives.append((events[-8:], posted, attempts, (await amp.admin("GET", "/messages")).raw))

    assert lives[0] == lives[1]
    assert len(lives[0][1]) > 6


async def test_until_idle_ends_when_nothing_is_left_to_happen(amp: Amp, receiver: Receiver) -> None:
    """C-5, D9: three attempts of the last report, five minutes apart, and then nothing is owed any more."""
    receiver.answers = (500,)
    await send_sms(amp, callback_url=receiver.url)
    await _settled(amp)

    body = await amp.advance(until="idle")

    assert body["now"] == "2026-01-01T00:10:01.000000Z"
    assert told(body["events"])[-1] == (body["now"], "attempt", (3, "failed"))
    assert [callback["state"] for callback in await amp.callbacks()] == ["discarded"] * 3
    assert len(receiver.received) == 9


async def test_until_next_ends_with_the_next_moment(amp: Amp, receiver: Receiver) -> None:
    """D9: all of that moment, its posts too, and nothing of the one after."""
    await send_sms(amp, callback_url=receiver.url)
    await _settled(amp)

    bodies = [await amp.advance(until="next") for _ in range(3)]

    assert [body["now"] for body in bodies] == [at(0.2), at(1), at(1)]
    assert told(bodies[1]["events"]) == [(at(1), "status", "DELIVRD"), (at(1), "attempt", (1, "delivered"))]
    assert bodies[2]["events"] == []


async def test_a_moment_that_is_already_there_is_lived_through_once(amp: Amp, receiver: Receiver) -> None:
    """D9: `to` the present moment is no jump back, and does nothing twice."""
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(to=at(1))

    body = await amp.advance(to=at(1))

    assert (body["from"], body["now"], body["events"]) == (at(1), at(1), [])
    assert len(receiver.received) == 3


async def test_a_moment_in_the_past_is_409(amp: Amp) -> None:
    """L-8: time only moves forward; the clock stays where it is, and can be advanced still."""
    await amp.advance(by="1m")

    answer = await amp.admin("POST", "/clock/advance", {"to": START})

    assert answer.status == 409
    assert START in answer.body["detail"]
    assert (await amp.advance(by="1m"))["from"] == "2026-01-01T00:01:00.000000Z"


async def test_a_status_is_told_for_every_message_and_no_more_than_asked_for(amp: Amp) -> None:
    """D5, DESIGN: a cohort moves as one, its messages are told one by one; `limit` cuts the list, not the life."""
    sent = await send_sms(amp, "35699000001", "35699000002", "35699000003")

    body = await amp.advance(until="idle", limit=4)

    ids = [each["message_id"] for each in sent["results"].values()]
    assert [event["message_id"] for event in body["events"]] == [*ids, ids[0]]
    assert body["events_total"] == 6
    assert {message["status"] for message in await amp.messages()} == {"DELIVRD"}


async def test_an_advance_is_answered_when_the_last_receiver_has_answered(amp: Amp, receiver: Receiver) -> None:
    """D9: only when all is settled, so a test that goes on finds everything there."""
    gate = receiver.on_post = Gate()
    await send_sms(amp, callback_url=receiver.url)
    await gate.until_reached()

    advance = asyncio.create_task(amp.advance(until="idle"))
    shown = (await amp.admin("GET", "/clock")).body["now"]
    waits = not advance.done()
    gate.opened.set()
    await advance

    assert (shown, waits) == (START, True)
    assert [callback["state"] for callback in await amp.callbacks()] == ["delivered"] * 3


async def test_an_advance_works_on_a_running_clock_too(server: Amp, receiver: Receiver) -> None:
    """D10: a real clock jumps ahead and goes on from there."""
    amp = await server.open_account(clock={"mode": "real", "now": START})
    await send_sms(amp, callback_url=receiver.url)

    body = await amp.advance(by="1h")

    clock = (await amp.admin("GET", "/clock")).body
    assert body["now"] > "2026-01-01T01:00:00"
    assert (clock["mode"], clock["now"] > body["now"]) == ("real", True)
    assert [callback["state"] for callback in await amp.callbacks()] == ["delivered"] * 3


async def test_a_second_advance_waits_its_turn(receiver: Receiver) -> None:
    """DESIGN: it begins where the first one ended; both are answered, the receiver having taken no time."""
    gate = receiver.on_post = Gate()
    async with running(clock=hand_clock()) as amp:
        await send_sms(amp, callback_url=receiver.url)
        await gate.until_reached()

        first = asyncio.create_task(amp.advance(by="1m"))
        await amp.admin("GET", "/clock")
        second = asyncio.create_task(amp.advance(by="1m"))
        await amp.admin("GET", "/clock")
        gate.opened.set()
        one, other = sorted(await asyncio.gather(first, second), key=lambda each: str(each["from"]))

        assert (one["now"], other["from"]) == ("2026-01-01T00:01:00.000000Z",) * 2
        assert (await amp.admin("GET", "/clock")).body["now"] == "2026-01-01T00:02:00.000000Z"

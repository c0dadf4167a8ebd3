"""Accounts that end by themselves, because nobody uses them any more."""

import asyncio
from typing import Any

import pytest

from tests.api.holding import Gate, after, hand_clock, send_sms
from tests.api.inside import inside
from tests.harness import Amp, Receiver


async def is_there(amp: Amp) -> bool:
    """Whether an account is in the list, which is no use of it."""
    listed = (await amp.call("GET", "/__admin/accounts")).body["items"]
    return amp.account in [each["id"] for each in listed]


async def goes(amp: Amp) -> None:
    """Talks to the server until the account has gone."""
    async with asyncio.timeout(10):
        while await is_there(amp):
            pass


async def test_an_account_that_nobody_uses_is_forgotten() -> None:
    """With everything; its token opens nothing any more."""
    hand = hand_clock()
    async with inside(clock=hand) as it:
        amp = await it.amp.open_account(expires_after="10m")
        key = it.key_of(amp)
        await send_sms(amp)
        hand.turn(after(599.999999))
        before = await is_there(amp)
        hand.turn(after(600))
        await goes(amp)
        answers = [(await amp.admin("GET", "")).status, (await amp.send()).status]
        traces = it.traces(key, amp.account)

    assert (before, answers, traces) == (True, [404, 401], [])


async def test_its_shape_says_when_it_ends() -> None:
    """`expires_at` is real time; looking at it is a use."""
    hand = hand_clock()
    async with inside(clock=hand) as it:
        amp = await it.amp.open_account(expires_after="10m")
        hand.turn(after(60))
        shape = (await amp.admin("GET", "")).body
        default = (await it.amp.admin("GET", "")).body

    assert (shape["expires_after"], shape["expires_at"]) == ("10m", "2026-01-01T00:11:00.000000Z")
    assert (default["expires_after"], default["expires_at"]) == (None, None)


@pytest.mark.parametrize("wish", [None, "0s", 0])
async def test_an_account_may_live_for_ever(wish: Any) -> None:
    hand = hand_clock()
    async with inside(clock=hand) as it:
        amp = await it.amp.open_account(expires_after=wish)
        hand.turn(after(10**6))
        shape = (await amp.admin("GET", "")).body

    assert (shape["expires_after"], shape["expires_at"]) == (None, None)


@pytest.mark.parametrize("use", ["a request", "a refused request", "a call"])
async def test_every_use_begins_the_time_anew(use: str) -> None:
    hand = hand_clock()
    async with inside(clock=hand) as it:
        amp = await it.amp.open_account(expires_after="10m")
        for minute in range(9, 60, 9):
            hand.turn(after(60 * minute))
            await _use(amp, use)
        last = await is_there(amp)
        hand.turn(after(60 * 64 + 1))
        await goes(amp)

    assert last


async def _use(amp: Amp, use: str) -> None:
    if use == "a call":
        await amp.admin("GET", "/clock")
    else:
        await amp.send(None if use == "a request" else {"destinations": []})


async def test_an_account_in_use_does_not_end(receiver: Receiver) -> None:
    """An advance that waits for a receiver is a use for as long as it takes."""
    hand, gate = hand_clock(), Gate()
    receiver.on_post = gate
    async with inside(clock=hand) as it:
        amp = await it.amp.open_account(expires_after="10m")
        await send_sms(amp, callback_url=receiver.url)
        await gate.until_reached()
        receiver.on_post = None
        waiting = asyncio.create_task(amp.admin("POST", "/clock/advance", {"by": "1s"}))
        await amp.admin("GET", "/clock")
        hand.turn(after(19))  # not so far that the advance gives up on the receiver
        gate.opened.set()
        answer = await waiting

    assert answer.status == 200


async def test_a_token_of_an_ended_account_is_free_again() -> None:
    """A-4: it was not deleted; the same test may run again tomorrow."""
    hand = hand_clock()
    async with inside(clock=hand, open_accounts=True, accounts_expire_after="5m") as it:
        amp = Amp(it.amp.url, it.amp.session, "my-own-test-1", "")
        ids = []
        for minute in (0, 6):
            hand.turn(after(60 * minute))
            await send_sms(amp)
            items = (await it.amp.call("GET", f"/__admin/accounts?token={amp.token}")).body["items"]
            amp.account = items[0]["id"]
            ids.append(amp.account)
            hand.turn(after(60 * minute + 300))
            await goes(amp)

    assert len(set(ids)) == 2


@pytest.mark.parametrize("wish", ["soon", -1, True])
async def test_a_time_that_is_none_is_refused(server: Amp, wish: Any) -> None:
    answer = await server.call("POST", "/__admin/accounts", json={"expires_after": wish})

    assert (answer.status, answer.body["pointer"]) == (400, "/expires_after")

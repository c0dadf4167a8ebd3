"""Much falls due at once: it is lived through in portions, in order, and nobody's trouble is another's (D9, D10)."""
# ruff: noqa: SLF001 - a row that cannot be lived through is not to be had by the doors that everybody else uses

import asyncio
import json
import logging
from typing import cast

import pytest

from mock_amp.adapters.clocks import HandClock
from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.engine.rota import Rota
from tests.api.holding import after, hand_clock, send_sms
from tests.api.inside import inside
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, running

REAL = {"clock": {"mode": "real"}}


async def _rest(amp: Amp) -> None:
    """Waits until nothing is due by now."""
    answer = await amp.admin("POST", "/wait", {"what": "idle"})
    assert answer.status == 200, answer.body


async def _statuses(amp: Amp) -> list[str]:
    return [message["status"] for message in await amp.messages(limit="10000")]


async def test_more_accounts_than_fit_a_transaction_come_to_their_moment_together() -> None:
    """D10: each of them is lived through."""
    hand = hand_clock()
    async with running(clock=hand) as server:
        accounts = [await server.open_account(**REAL) for _ in range(300)]
        for amp in accounts:
            await send_sms(amp)
        hand.turn(after(0.5))
        for amp in accounts:
            await _rest(amp)
        taken = [await amp.messages(channel="SMS") for amp in accounts]
        hand.turn(after(1.5))
        for amp in accounts:
            await _rest(amp)

        assert [len(messages) for messages in taken] == [1] * 300
        assert [await _statuses(amp) for amp in accounts] == [["DELIVRD"]] * 300


async def test_more_moments_than_fit_a_transaction_are_lived_through_in_their_order() -> None:
    """D9: the moves of the first message come between those of the others, though all were overdue."""
    hand = hand_clock()
    async with inside(clock=hand) as it:
        amp = await it.amp.open_account(**REAL)
        for step in range(500):
            hand.turn(after(step / 1_000))
            await send_sms(amp)
        hand.turn(after(20))
        await _rest(amp)
        news = it.server.services.world.bulletin.since(it.key_of(amp), 0)[0]

    moved = [item.news.at for item in news if item.news.kind == "status" and item.news.part > 0]
    assert len(moved) == 1_000
    assert moved == sorted(moved)


async def test_what_comes_of_a_moment_comes_before_later_ones_that_were_known_before() -> None:
    """D9: the delivery of the first is put on the agenda while the second is waited for."""
    steps = [{"status": "ACCEPTD", "after": "5s"}, {"status": "DELIVRD", "after": "6s"}]
    slow = {"name": "slow", "match": {"number": NO_IM_NUMBER}, "outcome": {"steps": steps}}
    hand = hand_clock()
    async with inside(clock=hand) as it:
        amp = await it.amp.open_account(**REAL)
        await amp.play(json.dumps({"name": "slow", "rules": [slow]}))
        await send_sms(amp, NUMBER)
        await send_sms(amp, NO_IM_NUMBER)
        hand.turn(after(20))
        await _rest(amp)
        news = it.server.services.world.bulletin.since(it.key_of(amp), 0)[0]

    moved = [item.news.at for item in news if item.news.kind == "status" and item.news.part > 0]
    assert moved == [after(0.2), after(1), after(5), after(6)]


async def test_what_cannot_be_lived_through_holds_up_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    """Port: accounts share a transaction; the guilty one fails alone, is tried again each second, and told of once."""
    hand = hand_clock()
    with caplog.at_level(logging.DEBUG, "mock_amp.engine.timeline"):
        async with inside(clock=hand) as it:
            accounts = [await it.amp.open_account(**REAL) for _ in range(3)]
            for amp in accounts:
                await send_sms(amp)
            store, key = cast("SqliteStore", it.server.services.world.store), it.key_of(accounts[1])
            store._connection.execute("UPDATE cohort SET step = 9 WHERE account = ?", (key,))
            hand.turn(after(5))
            for amp in (accounts[0], accounts[2]):
                await _rest(amp)
            meanwhile = [await _statuses(amp) for amp in accounts]
            for again, seconds in enumerate((6.1, 7.2), 1):
                hand.turn(after(seconds))
                async with asyncio.timeout(10):
                    while caplog.text.count("lived through: ") < again:
                        await it.amp.admin("GET", "/clock")
            store._connection.execute("UPDATE cohort SET step = 0 WHERE account = ?", (key,))
            hand.turn(after(9))
            await _rest(accounts[1])
            in_the_end = await _statuses(accounts[1])

    assert meanwhile == [["DELIVRD"], ["ACCEPTD"], ["DELIVRD"]]
    assert in_the_end == ["DELIVRD"]
    assert caplog.text.count("tried again each second") == 1


async def _ripe(rota: Rota) -> list[int]:
    return await asyncio.wait_for(rota.ripe(), 10)


async def test_the_longest_overdue_come_first_and_once() -> None:
    """D10: of what was said of an account the earliest holds."""
    hand = hand_clock()
    rota = Rota(hand)
    for key, seconds in ((1, 3), (2, 2), (3, 9), (1, 1), (1, 4), (2, 2)):
        rota.put(key, after(seconds))
    hand.turn(after(5))

    assert await _ripe(rota) == [1, 2]
    assert [key in rota for key in (1, 2, 3)] == [False, False, True]


async def test_an_account_that_is_dropped_is_not_due() -> None:
    """D10: until something else is said of it."""
    hand = HandClock(after(0))
    rota = Rota(hand)
    rota.put(1, after(1))
    rota.put(2, after(2))
    rota.drop(1)
    waiting = asyncio.create_task(_ripe(rota))
    hand.turn(after(2))
    first = await waiting
    rota.put(1, after(3))
    hand.turn(after(3))

    assert (first, await _ripe(rota)) == ([2], [1])


async def test_nobody_lives_at_the_cost_of_another() -> None:
    """D10: an account that is far behind has its turn, and then whoever waits."""
    hand = hand_clock()
    async with inside(clock=hand) as server:
        busy, other = [await server.amp.open_account(**REAL) for _ in range(2)]
        keys = tuple(server.key_of(amp) for amp in (busy, other))
        for at in range(10):
            hand.turn(after(at / 1_000))
            await send_sms(busy)
        await send_sms(other)
        timeline = server.server.services.timeline
        async with timeline._turn(keys[0]), timeline._turn(keys[1]):  # the walk leaves them alone
            hand.turn(after(0.5))
            await hand.give_way()
        first = await timeline._live_now(keys, 4)
        waiting = timeline._rota._ripe()

    assert first is not None
    assert waiting == [keys[1], keys[0]]


async def test_what_is_due_on_a_frozen_clock_has_happened_before_the_next_request() -> None:
    """D10, D11: whatever the speed of a client, the same requests give the same."""
    async with running(accepted_after="0s", delivered_after="0s", seen_after="0s") as amp:
        seen = []
        for _ in range(20):
            sent = await send_sms(amp)
            [result] = sent["results"].values()
            seen.append((await amp.status(result["message_id"])).body["data"][0]["status"])

    assert seen == ["DELIVRD"] * 20

"""Callbacks that a scenario holds back, splits or merges, on a frozen clock: none is lost, none is there twice."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.bootstrap import Server, serving
from tests.api.faulty import (
    ACCEPTED,
    AT_HAND,
    DELIVERED,
    ON_VIBER,
    SEEN,
    TAKEN,
    attempts,
    live,
    posted,
    put_in_force,
    send_two,
    told,
)
from tests.api.holding import Gate, at, send_sms, send_viber
from tests.harness import NUMBER, START, Amp, Receiver, running, settings

TAKEN_LATER = {"match": {"channel": "SMS", "status": "ACCEPTD"}, "reorder": True}


async def test_a_callback_is_overtaken_by_the_next_of_its_job(amp: Amp, receiver: Receiver) -> None:
    """It is due right after that one, and its place in the agenda has moved along."""
    callbacks = await live(amp, receiver, TAKEN_LATER)

    assert posted(receiver) == [[ACCEPTED], [DELIVERED], [TAKEN]]
    assert attempts(callbacks[1]) == [("2026-01-01T00:00:01.000001Z", None, "delivered", 200)]
    assert told(callbacks) == [None, {"reorder": True}, None]


async def test_a_callback_that_nothing_overtakes_waits_for_a_minute(amp: Amp, receiver: Receiver) -> None:
    """Never lost, although its job has no further callbacks."""
    callbacks = await live(amp, receiver, {"match": {"status": "DELIVRD"}, "reorder": True})

    assert posted(receiver) == [[ACCEPTED], [TAKEN], [DELIVERED]]
    assert attempts(callbacks[2]) == [("2026-01-01T00:01:01.000000Z", None, "delivered", 200)]


async def test_those_that_are_all_to_be_held_back_change_places_by_twos(amp: Amp, receiver: Receiver) -> None:
    """What overtakes is not held back itself, or nothing would ever be overtaken."""
    callbacks = await live(amp, receiver, {"reorder": True})

    assert posted(receiver) == [[TAKEN], [ACCEPTED], [DELIVERED]]
    assert told(callbacks) == [{"reorder": True}, None, {"reorder": True}]


@pytest.mark.parametrize(
    ("next_one", "due"),
    [
        ({"delay": "10s"}, "2026-01-01T00:00:11.000001Z"),
        ({"delay": "5m"}, "2026-01-01T00:01:00.200000Z"),
        ({"drop": True}, "2026-01-01T00:01:00.200000Z"),
        ({"fail_first": 1}, "2026-01-01T00:00:01.000001Z"),
    ],
    ids=str,
)
async def test_it_waits_for_one_that_is_posted_and_a_minute_at_most(
    amp: Amp, receiver: Receiver, next_one: dict[str, Any], due: str
) -> None:
    """One that is late is waited for, one that is never posted is not; a failed attempt is one."""
    callbacks = await live(amp, receiver, TAKEN_LATER, {"match": {"status": "DELIVRD"}, **next_one})

    assert attempts(callbacks[1]) == [(due, None, "delivered", 200)]


async def test_the_callbacks_of_another_job_overtake_nothing(amp: Amp, receiver: Receiver) -> None:
    await put_in_force(amp, {"match": {"status": "DELIVRD", "job_id": "first"}, "reorder": True})
    await send_sms(amp, callback_url=receiver.url, job_id="first")
    await amp.advance(by="1s")
    await send_sms(amp, callback_url=receiver.url, job_id="second")
    await amp.advance(by="10s")

    assert posted(receiver) == [[ACCEPTED], [TAKEN], [ACCEPTED], [TAKEN], [DELIVERED]]


async def test_a_held_callback_follows_one_whose_receiver_is_slow(receiver: Receiver) -> None:
    """C-3: on a real clock, it waits until the one that overtakes it has been answered."""
    gate = Gate()
    async with running(accepted_after="1ms", delivered_after="2ms") as server:
        amp = await server.open_account(clock="real")
        await put_in_force(amp, TAKEN_LATER)
        await send_sms(amp, callback_url=receiver.url)
        await receiver.wait_for(1)
        receiver.on_post = gate
        await gate.until_reached()
        meanwhile = posted(receiver)
        gate.opened.set()
        await receiver.wait_for(3)

    assert meanwhile == [[ACCEPTED], [DELIVERED]]
    assert posted(receiver)[2:] == [[TAKEN]]


async def test_a_held_callback_still_comes_after_the_scenario_was_changed(amp: Amp, receiver: Receiver) -> None:
    """What was decided stays; a scenario without faults lets nothing go early."""
    await put_in_force(amp, TAKEN_LATER)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by="500ms")
    await put_in_force(amp)
    await amp.advance(until="idle")

    assert posted(receiver) == [[ACCEPTED], [DELIVERED], [TAKEN]]
    assert attempts((await amp.callbacks())[1])[0][0] == "2026-01-01T00:01:00.200000Z"


async def test_duplicates_of_a_held_callback_are_let_go_with_it(amp: Amp, receiver: Receiver) -> None:
    callbacks = await live(amp, receiver, {**TAKEN_LATER, "duplicate": 1})

    assert posted(receiver) == [[ACCEPTED], [DELIVERED], [TAKEN], [TAKEN]]
    assert told(callbacks)[2] == {"reorder": True, "duplicate_of": "2"}


async def test_a_callback_that_waits_has_one_place_in_the_agenda(amp: Amp, receiver: Receiver) -> None:
    """D9: from the start, at the end of the minute; then where it was moved to."""
    await put_in_force(amp, TAKEN_LATER, {"match": {"status": "DELIVRD"}, "delay": "10s"})
    await send_sms(amp, callback_url=receiver.url)
    places = []
    for moment in ("500ms", "500ms"):
        await amp.advance(by=moment)
        agenda = (await amp.admin("GET", "/agenda")).body["items"]
        places.append([(each["at"], each["callback_id"]) for each in agenda if each["kind"] == "attempt"])

    assert places == [
        [("2026-01-01T00:01:00.200000Z", "2")],
        [(at(11), "3"), ("2026-01-01T00:00:11.000001Z", "2")],
    ]


@pytest.mark.parametrize(
    ("fault", "due"),
    [
        ({"reorder": True}, "2026-01-01T00:00:01.000001Z"),
        ({"delay": "10s"}, at(10.2)),
        ({"fail_first": 1}, "2026-01-01T00:05:00.200000Z"),
        ({"duplicate": 1, "delay": "10s"}, at(10.2)),
    ],
    ids=str,
)
async def test_what_waits_outlives_a_restart(
    tmp_path: Path, receiver: Receiver, fault: dict[str, Any], due: str
) -> None:
    """D8: with a store in a file, it is posted once, when it is due."""
    bodies: list[Any] = []
    for life in range(2):
        server = Server(settings(), store=SqliteStore(str(tmp_path / "store.db")))
        async with serving(server), aiohttp.ClientSession() as session:
            here = Amp(server.url, session, "", "default")
            if life == 0:
                amp = await here.open_account()
                account, token = amp.account, amp.token
                await put_in_force(amp, {"match": TAKEN_LATER["match"], **fault})
                await send_sms(amp, callback_url=receiver.url)
                await amp.advance(by="500ms")
            else:
                amp = Amp(server.url, session, token, account)
                await amp.advance(until="idle")
            bodies.append(await amp.callbacks())

    assert len(bodies[0]) == 2 + fault.get("duplicate", 0)
    assert attempts(bodies[1][1])[-1] == (due, None, "delivered", 200)
    assert sorted(posted(receiver)) == sorted([[ACCEPTED], [DELIVERED], *[[TAKEN]] * (len(bodies[0]) - 1)])
    assert {each["state"] for each in bodies[1]} == {"delivered"}


async def test_a_bundle_is_split(amp: Amp, receiver: Receiver) -> None:
    """C-3: at most so many reports a POST; a split callback counts as one."""
    await put_in_force(amp, {"match": {"nth": {"first": 1}}, "split": 2})
    await send_sms(amp, *[str(int(NUMBER) + n) for n in range(5)], callback_url=receiver.url)
    await amp.advance(until="idle")

    sizes = [len(each) for each in posted(receiver)]
    assert (sorted(sizes[:3]), sizes[3:]) == ([1, 2, 2], [5, 5])  # those of one moment travel side by side
    assert told(await amp.callbacks()) == [{"split": 2}] * 3 + [None] * 2


async def test_every_callback_counts_be_the_bundles_ever_so_small(receiver: Receiver) -> None:
    """C-3: nth counts POSTs, not moments."""
    async with running(bundle_most=2) as server:
        amp = await server.open_account()
        await put_in_force(amp, {"match": {"nth": {"every": 3}}, "drop": True})
        await send_sms(amp, *[str(int(NUMBER) + n) for n in range(5)], callback_url=receiver.url)
        await amp.advance(until="idle")
        found = [number for number, each in enumerate(await amp.callbacks(), 1) if each["injected"]]

    assert found == [3, 6, 9]


async def test_reports_wait_for_others_of_their_job(amp: Amp, receiver: Receiver) -> None:
    """Statuses of one message in one POST, in their order; those after the wait begin another."""
    callbacks = await live(amp, receiver, {"merge": "500ms"})

    assert posted(receiver) == [[ACCEPTED, TAKEN], [DELIVERED]]
    assert [attempts(each)[0][0] for each in callbacks] == [at(0.5), at(1.5)]
    assert told(callbacks) == [{"merge": "500ms"}] * 2


async def test_reports_wait_for_those_only_that_the_rule_is_for(amp: Amp, receiver: Receiver) -> None:
    """What another rule takes first, or what does not match, is not drawn into it."""
    match = {"match": {"status": ["ACCEPTD", "SEEN"]}, "merge": "10s"}
    await put_in_force(amp, {"match": {"status": "UNDELIV"}, "drop": True}, match)
    await send_two(amp, receiver)
    await amp.advance(until="idle")

    assert posted(receiver) == [[AT_HAND], [ACCEPTED, ACCEPTED, ON_VIBER, ON_VIBER, SEEN]]
    assert told(await amp.callbacks()) == [{"merge": "10s"}, None, {"drop": True}]


async def test_a_rule_that_begins_once_collects_what_matches(amp: Amp, receiver: Receiver) -> None:
    """Reports that join a callback are no further callbacks, and are not counted."""
    await put_in_force(amp, {"match": {"nth": 2}, "merge": "10s"})
    await send_viber(amp, callback_url=receiver.url)
    await amp.advance(until="idle")

    assert posted(receiver) == [[ACCEPTED], [ON_VIBER, AT_HAND, SEEN]]


async def test_jobs_are_never_merged(amp: Amp, receiver: Receiver) -> None:
    await put_in_force(amp, {"merge": "1m"})
    for _ in range(2):
        await send_sms(amp, callback_url=receiver.url)
    await amp.advance(until="idle")

    assert posted(receiver) == [[ACCEPTED, TAKEN, DELIVERED]] * 2


async def test_a_merged_bundle_has_its_most_reports(amp: Amp, receiver: Receiver) -> None:
    """C-3: what does not fit any more begins another that waits."""
    callbacks = await live(amp, receiver, {"merge": "1m", "split": 2})

    assert posted(receiver) == [[ACCEPTED, TAKEN], [DELIVERED]]
    assert [attempts(each)[0][0] for each in callbacks] == [
        "2026-01-01T00:01:00.000000Z",
        "2026-01-01T00:01:01.000000Z",
    ]


async def test_the_duplicates_of_a_merged_bundle_have_what_it_has(amp: Amp, receiver: Receiver) -> None:
    """Byte for byte, whenever the reports came."""
    await live(amp, receiver, {"merge": "1m", "duplicate": 1})

    assert posted(receiver) == [[ACCEPTED, TAKEN, DELIVERED]] * 2
    assert receiver.received[0].raw == receiver.received[1].raw


async def test_a_merged_bundle_is_held_back_once_it_is_whole(amp: Amp, receiver: Receiver) -> None:
    """Nothing joins it while it waits to be overtaken."""
    match = {"channel": ["INTERNAL", "SMS"], "nth": 1}
    callbacks = await live(amp, receiver, {"match": match, "merge": "300ms", "reorder": True})

    assert posted(receiver) == [[DELIVERED], [ACCEPTED, TAKEN]]
    assert told(callbacks) == [{"merge": "300ms", "reorder": True}, None]


async def test_a_window_of_the_server_lets_those_travel_together_that_are_alike(receiver: Receiver) -> None:
    """C-3: reports of several moments share a POST, unless the rules tell them apart."""
    async with running(bundle_window="10s") as server:
        amp = await server.open_account()
        await put_in_force(amp, {"match": {"status": "DELIVRD"}, "fail_first": 1})
        await send_sms(amp, callback_url=receiver.url)
        await amp.advance(until="idle")
        callbacks = await amp.callbacks()

    assert posted(receiver) == [[ACCEPTED, TAKEN], [DELIVERED]]
    assert [(each["attempts"][0]["at"], each["attempts"][0]["outcome"]) for each in callbacks] == [
        (at(10), "delivered"),
        (at(11), "failed"),
    ]


async def test_a_window_of_the_server_does_not_fill_what_has_a_fault(receiver: Receiver) -> None:
    """C-3: not even once the scenario has no faults any more."""
    async with running(bundle_window="10s") as server:
        amp = await server.open_account()
        await put_in_force(amp, {"match": {"nth": 1}, "delay": "1m"})
        await send_sms(amp, callback_url=receiver.url)
        await amp.advance(by="500ms")
        await put_in_force(amp)
        await amp.advance(until="idle")

    assert posted(receiver) == [[TAKEN, DELIVERED], [ACCEPTED]]


async def test_two_messages_of_a_job_are_held_back_together(amp: Amp, receiver: Receiver) -> None:
    """All callbacks of one moment are overtaken by those of the next, not by each other."""
    await put_in_force(amp, {"match": {"status": "ACCEPTD", "channel": "INTERNAL"}, "reorder": True, "split": 1})
    await send_two(amp, receiver)
    await amp.advance(until="idle")

    assert posted(receiver)[:3] == [[ON_VIBER] * 2, [ACCEPTED], [ACCEPTED]]
    assert [each["due_at"] for each in (await amp.callbacks())[:2]] == ["2026-01-01T00:00:00.200001Z"] * 2


async def test_the_clock_is_at_the_last_of_them_when_all_is_settled(amp: Amp, receiver: Receiver) -> None:
    """D9: until idle lives through what is held, late, and tried again."""
    await put_in_force(amp, TAKEN_LATER, {"match": {"status": "DELIVRD"}, "delay": "30s", "fail_first": 2})
    await send_sms(amp, callback_url=receiver.url)

    body = await amp.advance(until="idle")

    assert (body["from"], body["now"]) == (START, "2026-01-01T00:10:31.000000Z")
    assert (await amp.admin("GET", "/agenda")).body["items"] == []

"""Faults of the scenario in force, off and on again: nothing else of it changes."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_amp.adapters.clocks import HandClock
from mock_amp.core.instants import Instant
from tests.api.faulty import ACCEPTED, DELIVERED, TAKEN, posted, told
from tests.api.holding import at, send_sms
from tests.api.test_events import listening
from tests.api.test_reload import the_next_look
from tests.harness import START, Amp, Answer, Receiver, running

THIRDS = {"name": "thirds", "requests": [{"name": "each third", "match": {"nth": {"every": 3}}, "status": 503}]}
FAILING = {"name": "failing", "callbacks": [{"name": "fails", "match": {"status": "DELIVRD"}, "fail_first": 2}]}


async def switch(amp: Amp, *, on: bool) -> Any:
    answer = await amp.admin("PUT", "/scenario/faults", {"on": on})
    assert answer.status == 200, answer.body
    return answer.body


async def in_force(amp: Amp) -> Any:
    return (await amp.admin("GET", "/scenario")).body


async def put(amp: Amp, document: dict[str, Any]) -> Any:
    answer = await amp.play(json.dumps(document))
    assert answer.status == 200, answer.body
    return answer.body


async def statuses(amp: Amp, count: int) -> list[int]:
    """What so many questions about a message that there is not are answered; 404 when nothing is injected."""
    return [(await amp.status("1")).status for _ in range(count)]


async def test_the_shape_says_how_many_faults_there_are_and_whether_they_are_on(amp: Amp) -> None:
    usual = await in_force(amp)
    own = await put(amp, {**THIRDS, "callbacks": [{"name": "a", "drop": True}, {"name": "b", "duplicate": 1}]})

    assert usual["faults"] == {"requests": 0, "callbacks": 0, "on": True}
    assert own["faults"] == {"requests": 1, "callbacks": 2, "on": True}


async def test_off_is_another_document_and_all_else_of_the_scenario_stays(amp: Amp) -> None:
    before = await put(amp, {**THIRDS, "description": "Busy."})
    await amp.advance(by="10s")

    off = await switch(amp, on=False)

    assert off == await in_force(amp)
    assert off == {
        **before,
        "faults": {"requests": 1, "callbacks": 0, "on": False},
        "document": {**before["document"], "faults": False},
    }
    assert list(off["document"]) == ["name", "faults", "requests", "description"]
    assert await switch(amp, on=True) == before


async def test_requests_suffer_nothing_while_the_faults_are_off_and_are_not_counted(amp: Amp) -> None:
    """Back on, the count of the rule goes on where it stood."""
    await put(amp, THIRDS)
    before = await statuses(amp, 2)
    await switch(amp, on=False)
    off = await statuses(amp, 7)
    await switch(amp, on=True)
    after = await statuses(amp, 4)

    assert (before, off, after) == ([404, 404], [404] * 7, [503, 404, 404, 503])
    assert [each["injected"] and each["injected"]["rule"] for each in await amp.requests()][9:] == [
        "each third",
        None,
        None,
        "each third",
    ]


async def test_a_span_of_time_still_begins_when_the_scenario_was_put_in_force(amp: Amp) -> None:
    await put(
        amp, {"name": "down", "requests": [{"name": "down", "during": {"from": "10s", "to": "20s"}, "status": 503}]}
    )
    await amp.advance(by="5s")
    await switch(amp, on=False)
    await switch(amp, on=True)
    first = await statuses(amp, 1)
    await amp.advance(by="5s")

    assert (first, await statuses(amp, 1)) == ([404], [503])


async def test_the_same_numbers_are_taken_by_a_share_as_without_the_switch(server: Amp) -> None:
    taken = []
    for pause in (False, True):
        amp = await server.open_account(seed=3)
        await put(amp, {"name": "share", "requests": [{"name": "some", "match": {"share": 0.5}, "status": 503}]})
        one = await statuses(amp, 10)
        if pause:
            await switch(amp, on=False)
            await switch(amp, on=True)
        taken.append([*one, *await statuses(amp, 10)])

    assert taken[0] == taken[1]
    assert {404, 503} == set(taken[0])


async def test_callbacks_owed_while_the_faults_are_off_go_as_they_should(amp: Amp, receiver: Receiver) -> None:
    await put(amp, FAILING)
    await switch(amp, on=False)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(until="idle")
    off = told(await amp.callbacks())
    await switch(amp, on=True)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(until="idle")

    assert off == [None] * 3
    assert told(await amp.callbacks())[3:] == [None, None, {"fail_first": 2}]


async def test_the_faults_go_off_in_the_middle_of_a_message(amp: Amp, receiver: Receiver) -> None:
    """It depends on when the callback is owed, not on when the message was sent."""
    await put(amp, {"name": "all", "callbacks": [{"name": "all", "drop": True}]})
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by="500ms")
    await switch(amp, on=False)
    await amp.advance(until="idle")

    assert told(await amp.callbacks()) == [{"drop": True}, {"drop": True}, None]
    assert posted(receiver) == [[DELIVERED]]


async def test_a_callback_that_was_hit_keeps_what_was_decided_for_it(amp: Amp, receiver: Receiver) -> None:
    await put(amp, FAILING)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by="1s")
    await switch(amp, on=False)
    await amp.advance(until="idle")

    failed = (await amp.callbacks())[2]
    assert [(each["injected"], each["outcome"]) for each in failed["attempts"]] == [
        ("fail_first", "failed"),
        ("fail_first", "failed"),
        (None, "delivered"),
    ]


@pytest.mark.parametrize("fault", [{"reorder": True}, {"merge": "30s"}, {"delay": "30s"}])
async def test_a_callback_that_is_held_up_arrives_all_the_same(
    amp: Amp, receiver: Receiver, fault: dict[str, Any]
) -> None:
    """The others do not join it, and go at once."""
    await put(amp, {"name": "held", "callbacks": [{"name": "held", "match": {"channel": "SMS"}, **fault}]})
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by="500ms")
    await switch(amp, on=False)
    await amp.advance(until="idle")

    callbacks = await amp.callbacks()
    assert [each["state"] for each in callbacks] == ["delivered"] * 3
    assert posted(receiver) == [[ACCEPTED], [DELIVERED], [TAKEN]]
    assert callbacks[2]["due_at"] == at(1)


async def test_messages_fare_by_the_rules_whether_the_faults_are_on_or_off(amp: Amp) -> None:
    """The counts of the rules go on too."""
    rules = [{"name": "each other", "match": {"nth": {"every": 2}}, "outcome": "rejected"}]
    await put(amp, {**THIRDS, "rules": rules})
    await send_sms(amp)
    await switch(amp, on=False)
    await send_sms(amp)
    await switch(amp, on=True)
    await amp.advance(until="idle")

    assert [each["status"] for each in await amp.messages()] == ["DELIVRD", "REJECTD"]


async def test_the_magic_numbers_have_no_faults_and_stay_what_they_are(amp: Amp) -> None:
    """What becomes of a message is no fault: 999…06 cannot be delivered with the faults off either."""
    off = await switch(amp, on=False)
    await send_sms(amp, "99900000006")
    await amp.advance(until="idle")

    assert (off["name"], off["faults"]) == ("magic-numbers", {"requests": 0, "callbacks": 0, "on": False})
    assert [each["status"] for each in await amp.messages()] == ["UNDELIV"]


async def test_an_account_on_the_server_s_scenario_gets_a_copy_and_comes_back_to_it() -> None:
    async with running(scenario="throttled") as server:
        other = await server.open_account()
        before = await in_force(server)

        off = await switch(server, on=False)
        quiet, struck = await statuses(server, 5), [(await other.send(b"")).status for _ in range(5)]
        back = await switch(server, on=True)

    assert (off["usual"], off["since"]) == (False, before["since"])
    assert back == before
    assert (quiet, struck) == ([404] * 5, [400] * 4 + [429])


async def test_the_copy_stays_when_the_file_of_the_server_changes(tmp_path: Path) -> None:
    """And is no more the server's once it is on again."""
    file, clock = tmp_path / "mine.yaml", HandClock(Instant(1_767_225_600_000_000))
    file.write_text(json.dumps(THIRDS), encoding="utf-8")
    async with running(clock=clock, scenario=str(file)) as amp:
        await switch(amp, on=False)
        file.write_text("name: second\n", encoding="utf-8")
        await the_next_look(clock)

        off, on = await in_force(amp), await switch(amp, on=True)

    assert (off["name"], off["faults"]["on"]) == ("thirds", False)
    assert (on["name"], on["usual"], on["document"]) == ("thirds", False, THIRDS)


@pytest.mark.parametrize("said", ["", "faults: true\n"])
async def test_a_file_that_says_that_its_faults_are_on_is_the_server_s_again_too(tmp_path: Path, said: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"name: mine\n{said}callbacks: [{{name: all, drop: true}}]\n", encoding="utf-8")
    async with running(scenario=str(file)) as amp:
        before = await in_force(amp)
        await switch(amp, on=False)

        assert await switch(amp, on=True) == before


async def test_a_file_may_have_its_faults_off(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nfaults: false\nrequests: [{name: all, status: 503}]\n", encoding="utf-8")
    async with running(scenario=str(file)) as amp:
        before, quiet = await in_force(amp), await statuses(amp, 2)
        on, struck = await switch(amp, on=True), await statuses(amp, 2)
        off = await switch(amp, on=False)

    assert (before["usual"], before["faults"]) == (True, {"requests": 1, "callbacks": 0, "on": False})
    assert (on["usual"], on["faults"]["on"]) == (False, True)
    assert (off["usual"], quiet, struck) == (True, [404, 404], [503, 503])


async def test_a_scenario_that_is_put_in_force_says_itself_whether_its_faults_are_on(amp: Amp) -> None:
    await put(amp, THIRDS)
    await switch(amp, on=False)

    assert (await put(amp, THIRDS))["faults"]["on"]
    assert not (await put(amp, {**THIRDS, "faults": False}))["faults"]["on"]


async def test_a_switch_is_a_live_event_and_one_that_changes_nothing_is_none(amp: Amp) -> None:
    await put(amp, THIRDS)
    async with listening(amp, "?kinds=scenario") as stream:
        await switch(amp, on=True)
        await amp.advance(by="1s")
        await switch(amp, on=False)
        await switch(amp, on=False)
        await put(amp, FAILING)
        events = await stream.take(2)

    assert [each.data for each in events] == [{"at": at(1), "name": "thirds"}, {"at": at(1), "name": "failing"}]


async def test_the_switch_is_kept_by_a_restart(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/store.db"
    async with running(store=store) as amp:
        await put(amp, THIRDS)
        await statuses(amp, 2)
        off = await switch(amp, on=False)
    async with running(store=store) as amp:
        kept, quiet = await in_force(amp), await statuses(amp, 4)
        await switch(amp, on=True)
    async with running(store=store) as amp:
        after = await statuses(amp, 1)

    assert (kept, quiet, after) == (off, [404] * 4, [503])


async def test_the_switch_is_in_a_snapshot(server: Amp) -> None:
    home, away = await server.open_account(scenario="throttled"), await server.open_account()
    off = await switch(home, on=False)

    answer = await away.admin("PUT", "/snapshot", (await home.admin("GET", "/snapshot")).body)

    assert answer.status == 200, answer.body
    assert await in_force(away) == off
    assert (await switch(away, on=True))["document"] == (await switch(home, on=True))["document"]


async def test_a_reset_takes_the_faults_back_to_how_the_account_was_created(server: Amp) -> None:
    usual, own = await server.open_account(), await server.open_account(scenario={**THIRDS, "faults": False})
    await switch(usual, on=False)
    await switch(own, on=True)

    for amp in (usual, own):
        await amp.admin("POST", "/reset")

    first, second = await in_force(usual), await in_force(own)
    assert (first["usual"], first["faults"]["on"], first["since"]) == (True, True, START)
    assert (second["usual"], second["faults"]["on"]) == (False, False)


async def test_other_accounts_with_the_same_scenario_keep_their_faults(server: Amp) -> None:
    one, other = await server.open_account(), await server.open_account()
    for amp in (one, other):
        await put(amp, {"name": "all", "requests": [{"name": "all", "status": 503}]})

    await switch(one, on=False)

    assert (await statuses(one, 1), await statuses(other, 1)) == ([404], [503])


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/on"), ({"on": "off"}, "/on"), ({"on": None}, "/on"), ({"on": True, "off": 1}, "/off"), ([], "")],
)
async def test_a_switch_says_on_or_off_and_nothing_else(amp: Amp, body: Any, pointer: str) -> None:
    answer = await amp.admin("PUT", "/scenario/faults", body)

    assert (answer.status, answer.body.get("pointer", "")) == (400, pointer)


async def test_an_account_that_there_is_not_has_no_switch(server: Amp) -> None:
    answer: Answer = await server.call("PUT", "/__admin/accounts/nobody/scenario/faults", json={"on": False})

    assert answer.status == 404

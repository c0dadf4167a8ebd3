"""`DELETE …/scenario`: an account that was given a scenario goes back to the server's own."""

import json
from pathlib import Path

from mock_amp.adapters.clocks import HandClock
from tests.api.holding import T0, at, send_sms
from tests.api.test_events import kinds, listening
from tests.api.test_reload import GOOD, OTHER, the_next_look
from tests.harness import START, Amp, Answer, running

FIRST = json.dumps({"name": "first", "rules": [{"name": "one", "match": {"nth": 1}, "outcome": "rejected"}]})


async def drop(amp: Amp) -> Answer:
    return await amp.admin("DELETE", "/scenario")


async def test_the_server_s_own_scenario_is_in_force_again_since_now(amp: Amp) -> None:
    usual = (await amp.admin("GET", "/scenario")).body
    await amp.play(FIRST)
    await amp.advance(by="5s")

    answer = await drop(amp)

    assert (answer.status, answer.body) == (200, {**usual, "since": at(5)})
    assert (await amp.admin("GET", "/scenario")).body == answer.body


async def test_it_is_the_server_s_own_also_for_an_account_that_was_opened_with_another(server: Amp) -> None:
    """A reset goes back to that one."""
    amp = await server.open_account(scenario={"name": "mine"})
    await drop(amp)
    dropped = (await amp.admin("GET", "/scenario")).body
    await amp.admin("POST", "/reset")

    reset = (await amp.admin("GET", "/scenario")).body
    assert [(each["name"], each["usual"]) for each in (dropped, reset)] == [("magic-numbers", True), ("mine", False)]


async def test_it_begins_anew_as_any_scenario_that_is_put_in_force(tmp_path: Path) -> None:
    """Also where it is in force already: its counts are forgotten."""
    file = tmp_path / "own.yaml"
    file.write_text(FIRST, encoding="utf-8")
    async with running(scenario=str(file)) as amp:
        await send_sms(amp)
        await send_sms(amp)
        answer = await drop(amp)
        await send_sms(amp)
        await amp.advance(until="idle")

        assert (answer.status, answer.body["usual"]) == (200, True)
        assert [each["status"] for each in await amp.messages()] == ["REJECTD", "DELIVRD", "REJECTD"]


async def test_it_is_told_as_an_event_each_time(amp: Amp) -> None:
    async with listening(amp) as stream:
        await amp.play(FIRST)
        await drop(amp)
        await drop(amp)
        await amp.admin("PUT", "/clock", {"mode": "frozen"})
        *told, _ = await stream.until("clock")

    assert kinds(told) == ["scenario"] * 3
    assert [each.data for each in told] == [
        {"at": START, "name": name} for name in ("first", "magic-numbers", "magic-numbers")
    ]


async def test_the_account_follows_the_server_s_file_again(tmp_path: Path) -> None:
    file, clock = tmp_path / "own.yaml", HandClock(T0)
    file.write_text(GOOD, encoding="utf-8")
    async with running(clock=clock, scenario=str(file)) as amp:
        await amp.play(FIRST)
        await drop(amp)
        file.write_text(OTHER, encoding="utf-8")
        await the_next_look(clock)

        assert (await amp.admin("GET", "/scenario")).body["name"] == "second"


async def test_no_account_that_there_is_not_goes_back(server: Amp) -> None:
    assert (await server.call("DELETE", "/__admin/accounts/nobody/scenario")).status == 404

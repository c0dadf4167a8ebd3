"""A scenario file in force is read again when it changes on disk."""

import asyncio
import logging
from pathlib import Path

import pytest

from mock_amp.adapters.clocks import HandClock
from mock_amp.adapters.watching import INTERVAL, watch
from mock_amp.core.instants import Instant
from tests.harness import Amp, running

GOOD = "name: first\n"
OTHER = "name: second\nrules:\n  - {name: nothing gets through, outcome: rejected}\n"
BAD = "name: third\nrulez: []\n"


async def the_next_look(clock: HandClock) -> None:
    """Turns the clock to the next look at the file, and lets what it leads to happen."""
    for _ in range(20):
        await clock.give_way()
    clock.turn(Instant(clock.now() + INTERVAL))
    for _ in range(50):
        await clock.give_way()


async def scenario_of(amp: Amp) -> str:
    answer = await amp.admin("GET", "/scenario")
    return str(answer.body["name"])


async def test_a_file_that_changes_is_in_force_from_then_on(tmp_path: Path) -> None:
    file, clock = tmp_path / "mine.yaml", HandClock(Instant(1_767_225_600_000_000))
    file.write_text(GOOD, encoding="utf-8")
    async with running(clock=clock, scenario=str(file)) as amp:
        await amp.send(sms_content={"message": "Before"})
        file.write_text(OTHER, encoding="utf-8")
        await the_next_look(clock)
        await amp.send(sms_content={"message": "After"})
        await amp.advance(until="idle")

        before, after = await amp.messages()
        assert (await scenario_of(amp), before["status"], after["status"]) == ("second", "DELIVRD", "REJECTD")


async def test_a_bad_file_changes_nothing_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file, clock = tmp_path / "mine.yaml", HandClock(Instant(1_767_225_600_000_000))
    file.write_text(GOOD, encoding="utf-8")
    async with running(clock=clock, scenario=str(file)) as amp:
        with caplog.at_level(logging.ERROR):
            file.write_text(BAD, encoding="utf-8")
            await the_next_look(clock)
            await the_next_look(clock)

        assert await scenario_of(amp) == "first"
        [told] = [record.getMessage() for record in caplog.records]
        assert "stays as it was" in told
        assert f"{file}:2: at /rulez: unknown key rulez; did you mean rules?" in told


async def test_a_file_that_is_gone_changes_nothing_until_it_is_back(tmp_path: Path) -> None:
    file, clock = tmp_path / "mine.yaml", HandClock(Instant(1_767_225_600_000_000))
    file.write_text(GOOD, encoding="utf-8")
    async with running(clock=clock, scenario=str(file)) as amp:
        file.unlink()
        await the_next_look(clock)
        gone = await scenario_of(amp)
        file.write_text(OTHER, encoding="utf-8")
        await the_next_look(clock)

        assert (gone, await scenario_of(amp)) == ("first", "second")


async def test_an_account_with_a_scenario_of_its_own_keeps_that(tmp_path: Path) -> None:
    file, clock = tmp_path / "mine.yaml", HandClock(Instant(1_767_225_600_000_000))
    file.write_text(GOOD, encoding="utf-8")
    async with running(clock=clock, scenario=str(file)) as amp:
        own = await amp.open_account(scenario="all-good")
        file.write_text(OTHER, encoding="utf-8")
        await the_next_look(clock)

        assert (await scenario_of(own), await scenario_of(amp)) == ("all-good", "second")


async def test_a_file_that_stays_as_it_is_is_not_read_again(tmp_path: Path) -> None:
    file, clock, told = tmp_path / "mine.yaml", HandClock(Instant(0)), []
    file.write_text(GOOD, encoding="utf-8")

    async def changed() -> None:
        told.append(clock.now())

    watching = asyncio.create_task(watch(clock, file, changed))
    for _ in range(3):
        await the_next_look(clock)
    watching.cancel()

    assert told == []

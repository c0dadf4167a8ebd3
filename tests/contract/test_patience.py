"""Waits that last too long are ended, and only those: one alarm is for all of them."""

import asyncio

import pytest

from mock_amp.adapters.patience import Patience


async def _waits(patience: Patience, done: asyncio.Event) -> str:
    task = patience.begin()
    try:
        await done.wait()
    except asyncio.CancelledError:
        if patience.ran_out(task):
            return "late"
        raise
    finally:
        patience.end(task)
    return "done"


async def test_whoever_waits_too_long_is_told_and_goes_on() -> None:
    """C-4: each of them, not only the first."""
    patience, never = Patience(0.01), asyncio.Event()

    waits = [asyncio.create_task(_waits(patience, never)) for _ in range(3)]

    assert await asyncio.wait_for(asyncio.gather(*waits), 10) == ["late"] * 3
    assert [wait.cancelling() for wait in waits] == [0] * 3


async def test_who_begins_when_another_is_late_is_ended_in_its_turn() -> None:
    """C-4: the alarm that was set for one is set anew for the next."""
    patience, never = Patience(0.01), asyncio.Event()

    came = [await asyncio.wait_for(_waits(patience, never), 10) for _ in range(3)]

    assert came == ["late"] * 3


async def test_a_wait_that_is_over_is_not_ended() -> None:
    """C-4: neither it nor what the task does after it, and nothing is kept of it."""
    patience, done = Patience(0.01), asyncio.Event()
    done.set()

    assert await _waits(patience, done) == "done"
    assert await asyncio.wait_for(_waits(patience, asyncio.Event()), 10) == "late"
    assert (patience._waits, patience._late) == ({}, {})  # noqa: SLF001 - what is left behind


async def test_a_task_that_is_cancelled_by_others_is_cancelled() -> None:
    """D8: an account that is deleted takes its posts along."""
    patience, begun = Patience(60), asyncio.Event()

    async def begin_and_wait() -> str:
        begun.set()
        return await _waits(patience, asyncio.Event())

    wait = asyncio.create_task(begin_and_wait())
    await begun.wait()

    wait.cancel()

    with pytest.raises(asyncio.CancelledError):
        await wait

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


async def test_a_wait_that_is_late_and_ends_in_another_way_leaves_no_mark() -> None:
    """C-4: what it waited for took the cancellation for something else; the task is as it was."""
    patience = Patience(0.01)

    async def mistake() -> int:
        task = patience.begin()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            pass
        finally:
            patience.end(task)
        return task.cancelling()

    assert await asyncio.wait_for(asyncio.create_task(mistake()), 10) == 0


async def test_nothing_is_left_of_a_patience_that_stops() -> None:
    """D8: not even an alarm; but who still waits is ended in time."""
    patience, never = Patience(0.01), asyncio.Event()
    task = patience.begin()
    patience.end(task)
    patience.stop()
    assert patience._alarm is None  # noqa: SLF001 - what is left behind

    wait = asyncio.create_task(_waits(patience, never))
    await asyncio.sleep(0)  # noqa: TID251 - a turn of the loop, in which it begins
    patience.stop()

    assert await asyncio.wait_for(wait, 10) == "late"

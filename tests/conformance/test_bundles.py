"""C-3: which reports travel together, and in which order they come."""

import asyncio
from typing import Any, Final

import pytest

from tests.conformance.verdicts import VIBER, send
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Received, Receiver, running

ACCEPTED: Final = ("INTERNAL", "ACCEPTD")
TAKEN: Final = ("SMS", "ACCEPTD")
DELIVERED: Final = ("SMS", "DELIVRD")


def _numbers(size: int) -> list[dict[str, str]]:
    return [{"number": str(35600000000 + each)} for each in range(size)]


@pytest.mark.parametrize(
    ("most", "size", "posts"), [(1000, 5, [5]), (2, 5, [2, 2, 1]), (1, 3, [1, 1, 1]), (None, 1_001, [1_000, 1])]
)
async def test_reports_of_one_moment_share_posts(
    receiver: Receiver, most: int | None, size: int, posts: list[int]
) -> None:
    """C-3: up to the most, which is 1,000 unless set otherwise."""
    changes: dict[str, Any] = {"bundle_most": most} if most else {}
    async with running(**changes) as amp:
        await send(amp, destinations=_numbers(size), callback_url=receiver.url)
        await amp.advance(by=0)

    told = [item["to"] for each in receiver.received for item in each.body["data"]]
    assert sorted((len(each.body["data"]) for each in receiver.received), reverse=True) == posts
    assert sorted(told) == [each["number"] for each in _numbers(size)]


async def test_reports_of_one_moment_share_a_post_whatever_they_say(amp: Amp, receiver: Receiver) -> None:
    """C-3: one is delivered where the other fails."""
    numbers = [{"number": NUMBER}, {"number": NO_IM_NUMBER}]
    await send(amp, destinations=numbers, im_content=[VIBER], callback_url=receiver.url)
    await amp.advance(by="1s")

    assert [each.statuses for each in receiver.received] == [
        [ACCEPTED, ACCEPTED],
        [("VIBER", "ACCEPTD"), ("VIBER", "ACCEPTD")],
        [("VIBER", "DELIVRD"), ("VIBER", "UNDELIV")],
    ]


async def test_jobs_do_not_share_posts(amp: Amp, receiver: Receiver) -> None:
    """C-3: reports of a job travel together, not those of a moment."""
    sent = [await send(amp, callback_url=receiver.url) for _ in range(2)]
    await amp.advance(by=0)

    jobs = sorted(each.body["api_job_id"] for each in receiver.received)
    assert jobs == sorted(answer.body["api_job_id"] for answer in sent)


async def test_a_window_lets_reports_wait_for_each_other(receiver: Receiver) -> None:
    """C-3: half a second takes in two statuses of a message, and the third travels alone."""
    async with running(bundle_window="500ms") as server:
        amp = await server.open_account()
        await send(amp, callback_url=receiver.url)
        await amp.advance(until="idle")
        callbacks = await amp.callbacks()

    assert [each.statuses for each in receiver.received] == [[ACCEPTED, TAKEN], [DELIVERED]]
    assert [each["due_at"] for each in callbacks] == ["2026-01-01T00:00:00.500000Z", "2026-01-01T00:00:01.500000Z"]


async def test_a_retry_may_arrive_after_a_later_status(amp: Amp, receiver: Receiver) -> None:
    """C-3: the first attempts do not wait for it."""
    receiver.answers = (500, 200)
    await send(amp, callback_url=receiver.url)
    await amp.advance(until="idle")

    assert [each.statuses for each in receiver.received] == [[ACCEPTED], [TAKEN], [DELIVERED], [ACCEPTED]]


async def test_first_attempts_about_a_message_never_overtake_each_other(receiver: Receiver) -> None:
    """C-3: on a real clock, with a receiver that is slow about the first of them and quick about another message."""
    first_came, answer_first = asyncio.Event(), asyncio.Event()

    async def hold_the_first(got: Received) -> None:
        if got is receiver.received[0]:
            first_came.set()
            await answer_first.wait()

    receiver.on_post = hold_the_first
    async with running(accepted_after="1ms", delivered_after="2ms", seen_after="3ms") as server:
        amp = await server.open_account(clock="real")
        slow = await send(amp, callback_url=receiver.url)
        async with asyncio.timeout(10):
            await first_came.wait()
        quick = await send(amp, callback_url=receiver.url)
        await receiver.wait_for(4)
        meanwhile = [each.statuses for each in _about(slow.body, receiver)]
        answer_first.set()
        await receiver.wait_for(6)

    assert meanwhile == [[ACCEPTED]]
    for job in (slow.body, quick.body):
        assert [each.statuses for each in _about(job, receiver)] == [[ACCEPTED], [TAKEN], [DELIVERED]]


def _about(job: Any, receiver: Receiver) -> list[Received]:
    return [each for each in receiver.received if each.body["api_job_id"] == job["api_job_id"]]

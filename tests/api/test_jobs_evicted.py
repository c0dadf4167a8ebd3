"""Jobs that an account does not keep any more (D13), and jobs that are read while they change."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mock_amp.core.records import ALL, Page
from mock_amp.core.shapes import Shape
from mock_amp.engine.errors import NoSuch
from tests.api.holding import send_sms
from tests.api.inside import Inside, inside
from tests.harness import NUMBER, START, Amp

MANY = 3_000
TWO_BY_TWO = "name: two-by-two\ndefaults: {throughput: {SMS: 2}}\n"
"""Every other message has a cohort of its own, with its neighbour."""


def numbers(count: int) -> list[str]:
    return [str(35_699_100_000 + each) for each in range(count)]


async def listed(amp: Amp, path: str = "/jobs") -> Any:
    answer = await amp.admin("GET", path)
    assert answer.status == 200, answer.body
    return answer.body


async def send_and_rest(amp: Amp, *to: str) -> str:
    sent = await send_sms(amp, *to)
    await amp.advance(until="idle", limit=0)
    return str(sent["api_job_id"])


async def test_jobs_that_were_evicted_are_not_listed_and_the_list_says_how_many_messages_went() -> None:
    """D13: nobody counts jobs."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 2})
        ids = [await send_and_rest(amp, *numbers(2)) for _ in range(3)]
        await it.tidied()

        found, messages = await listed(amp, "/jobs?total=true"), await listed(amp, "/messages")

    assert ([each["id"] for each in found["items"]], found["total"], found["evicted"]) == (ids[2:], 1, 4)
    assert found["evicted_range"] == messages["evicted_range"]


async def test_an_evicted_job_is_gone_as_long_as_its_request_tells() -> None:
    """D13: 410 and not 404; then nobody can tell, and the answer says that."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1, "requests": 3})
        first = await send_and_rest(amp, NUMBER)
        await send_and_rest(amp, NUMBER)
        await it.tidied()
        gone, never = [await amp.admin("GET", f"/jobs/{each}") for each in (first, "nobody")]
        for _ in range(3):
            await send_and_rest(amp, NUMBER)
        await it.tidied()
        forgotten = await amp.admin("GET", f"/jobs/{first}")

    assert (gone.status, never.status, forgotten.status) == (410, 404, 404)
    assert f"job {first} was evicted" in gone.body["detail"]
    assert "nobody can tell" in forgotten.body["detail"]


async def test_a_code_that_was_checked_is_no_job() -> None:
    """The answer to a check has an id too."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        for _ in range(2):
            await send_and_rest(amp, NUMBER)
        headers = {"Authorization": f"Token {amp.token}"}
        checked = await amp.call("POST", "/1/2fa/mine/1234", headers=headers)
        await it.tidied()
        answer = await amp.admin("GET", f"/jobs/{checked.body['api_job_id']}")

    assert (checked.status, answer.status) == (200, 404)


async def test_a_job_that_is_being_evicted_is_there_as_a_whole_or_not_at_all() -> None:
    """D13: its rows go some at a time."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        sent = await send_sms(amp, *numbers(5_000))
        await amp.advance(until="idle", limit=0)
        seen: set[tuple[int, int, int]] = set()
        while not seen or max(seen)[2] == 0:
            body = await listed(amp)
            one = await amp.admin("GET", f"/jobs/{sent['api_job_id']}")
            seen.add((sum(each["finished"] for each in body["items"]), body["evicted"], one.status == 410))
            await it.server.services.world.clock.give_way()
        await it.tidied()
        left = await listed(amp)

    assert seen <= {(5_000, 0, False), (5_000, 0, True), (0, 5_000, True)}
    assert (left["items"], left["evicted"]) == ([], 5_000)


async def scattered(it: Inside, **wish: Any) -> tuple[Amp, Any]:
    """An account with a job whose messages move in pairs."""
    amp = await it.amp.open_account(**wish)
    assert (await amp.play(TWO_BY_TWO)).status == 200
    return amp, await send_sms(amp, *numbers(MANY))


async def amid(it: Inside, amp: Amp, ask: Awaitable[Shape], deed: Callable[[], Awaitable[Any]]) -> Shape:
    """What is asked for, with something done after the first go."""
    services = it.server.services
    goes, asked = services.jobs.goes, asyncio.ensure_future(ask)
    while services.jobs.goes == goes:
        await services.world.clock.give_way()
    async with services.jobs.turns.taken(it.key_of(amp)):
        assert (services.jobs.goes, asked.done()) == (goes + 1, False)
        await deed()
    return await asked


async def test_a_job_that_fell_apart_is_counted_in_many_goes() -> None:
    """So that none of them holds up the others."""
    async with inside() as it:
        amp, sent = await scattered(it)
        before = it.server.services.jobs.goes
        found = await listed(amp, f"/jobs/{sent['api_job_id']}")
        goes = it.server.services.jobs.goes - before

    assert goes == 2
    assert (found["count"], [each["count"] for each in found["statuses"]]) == (MANY, [MANY])


async def test_messages_that_move_while_they_are_counted_are_counted_once() -> None:
    """Cohorts that part meanwhile: of those that were counted, and of those that were not."""
    async with inside() as it:
        amp, sent = await scattered(it)
        both = [sent["results"][number]["message_id"] for number in (numbers(MANY)[0], numbers(MANY)[-1])]

        async def force() -> None:
            for message in both:
                wish = {"status": "UNDELIV", "channel": "SMS"}
                assert (await amp.admin("POST", f"/messages/{message}/status", wish)).status == 200

        ask = it.server.services.jobs.job(amp.account, sent["api_job_id"])
        found = await amid(it, amp, ask, force)
        after = await listed(amp, f"/jobs/{sent['api_job_id']}")

    assert sum(each["count"] for each in found["statuses"]) == MANY
    assert (found["finished"], after["finished"]) == (1, 2)


async def test_a_list_that_is_read_while_its_account_begins_a_new_life_is_of_that_life() -> None:
    async with inside() as it:
        amp, _ = await scattered(it)

        async def reset() -> None:
            await amp.admin("POST", "/reset")
            await send_sms(amp, NUMBER)

        found = await amid(it, amp, it.server.services.jobs.page(amp.account, ALL, Page()), reset)

    assert [(each["count"], each["message"]["to"], each["accepted_at"]) for each in found["items"]] == [
        (1, NUMBER, START)
    ]


async def test_a_job_that_is_evicted_while_it_is_counted_is_not_told() -> None:
    """And the page has one that is there in its place."""
    async with inside() as it:
        amp, sent = await scattered(it, limits={"messages": MANY, "requests": 1})
        await amp.advance(until="idle", limit=0)
        second = await send_and_rest(amp, NUMBER)

        async def evict() -> None:
            await send_and_rest(amp, *numbers(40))
            await it.tidied()

        before = await listed(amp, "/jobs?limit=1")
        found = await amid(it, amp, it.server.services.jobs.page(amp.account, ALL, Page(limit=1)), evict)

    assert [each["id"] for each in before["items"]] == [sent["api_job_id"]]
    assert ([each["id"] for each in found["items"]], found["next"], found["evicted"]) == ([second], "2", MANY)


async def test_an_account_that_is_deleted_while_its_jobs_are_read_is_told_as_such() -> None:
    async with inside() as it:
        amp, _ = await scattered(it)
        key = it.key_of(amp)
        ask = it.server.services.jobs.page(amp.account, ALL, Page())

        async def delete() -> None:
            await it.amp.call("DELETE", f"/__admin/accounts/{amp.account}")

        with pytest.raises(NoSuch, match=f"no account {amp.account}"):
            await amid(it, amp, ask, delete)
        left = it.traces(key, amp.account)

    assert left == []

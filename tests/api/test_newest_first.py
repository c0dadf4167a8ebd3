"""Lists from their end: the newest first, and page by page to the oldest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.api.holding import send_sms, send_viber
from tests.api.inside import Inside, inside
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Receiver

OTHER = "35699000002"
LISTS = ("/messages", "/callbacks", "/reports", "/replies", "/requests")


async def listed(amp: Amp, path: str, query: str = "") -> Any:
    answer = await amp.admin("GET", f"{path}?limit=10000{query}")
    assert answer.status == 200, answer.body
    return answer.body


async def pages(amp: Amp, path: str, limit: int, query: str = "") -> list[list[Any]]:
    """Every page of a list from its end, by its cursors."""
    found, cursor = list[Any](), ""
    while True:
        answer = await amp.admin("GET", f"{path}?order=desc&limit={limit}{query}{cursor}")
        found.append(answer.body["items"])
        if answer.body["next"] is None:
            return found
        cursor = f"&cursor={answer.body['next']}"


async def live(amp: Amp, receiver: Receiver) -> None:
    """Something on every list: callbacks of several reports, one message that failed first, replies, a refusal."""
    await send_sms(amp, NUMBER, OTHER, "35699000003", job_id="first", callback_url=receiver.url)
    await send_viber(amp, NO_IM_NUMBER, callback_url=receiver.url)
    for _ in range(3):
        await send_viber(amp, callback_url=receiver.url, reply_url=receiver.url)
    await amp.send({"destinations": []})
    await amp.advance(until="idle")
    for each in (await amp.messages())[-3:]:
        replied = await amp.admin("POST", f"/messages/{each['id']}/reply", {"text": "Yes"})
        assert replied.status == 201, replied.body
    await amp.admin("POST", "/wait", {"what": "idle"})


@asynccontextmanager
async def much(count: int) -> AsyncIterator[Inside]:
    """A server whose default account has so many messages."""
    async with inside() as it:
        for first in range(0, count, 1_000):
            await send_sms(it.amp, *(f"35699{number:06}" for number in range(first, min(first + 1_000, count))))
        yield it


@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("path", LISTS)
async def test_the_cursors_visit_every_item_once_from_the_newest_on(
    amp: Amp, receiver: Receiver, path: str, limit: int
) -> None:
    """Whatever the list, it is what it is the other way round; no page is larger than asked for, none is empty."""
    await live(amp, receiver)
    whole = (await listed(amp, path))["items"]

    found = await pages(amp, path, limit)

    assert len(whole) >= 3
    assert [item for page in found for item in page] == whole[::-1]
    assert {len(page) for page in found[:-1]} <= {limit}
    assert 1 <= len(found[-1]) <= limit


CHOSEN = (
    ("/messages", "&status=DELIVRD"),
    ("/messages", f"&to={NUMBER}&to={OTHER}"),
    ("/messages", "&client_job_id=first"),
    ("/messages", "&timeline.status=UNDELIV"),
    ("/messages", "&text=Hello"),
    ("/messages", "&since=1"),
    ("/callbacks", "&state=delivered&since=1"),
    ("/reports", "&status=DELIVRD"),
    ("/reports", f"&to={NUMBER}"),
    ("/requests", "&status=200"),
    ("/replies", "&channel=VIBER"),
)


async def test_filters_choose_the_same_from_either_end(amp: Amp, receiver: Receiver) -> None:
    """What the store can choose by, and what is looked through."""
    await live(amp, receiver)

    for path, query in CHOSEN:
        whole = await listed(amp, path, f"{query}&total=true")
        backwards = await listed(amp, path, f"{query}&total=true&order=desc")
        found = [item for page in await pages(amp, path, 1, query) for item in page]

        assert whole["items"], query
        assert backwards == {**whole, "items": whole["items"][::-1]}, query
        assert found == backwards["items"], query


async def test_what_comes_meanwhile_moves_no_page_of_older_items(amp: Amp) -> None:
    await send_sms(amp, NUMBER, OTHER)
    first = (await amp.admin("GET", "/messages?limit=1&order=desc")).body

    await send_sms(amp, NO_IM_NUMBER)
    rest = (await amp.admin("GET", f"/messages?order=desc&cursor={first['next']}")).body

    assert [message["to"] for message in first["items"] + rest["items"]] == [OTHER, NUMBER]


async def test_a_cursor_of_what_was_evicted_since_leads_to_the_end() -> None:
    """D13: nothing older is left, and the page says how much there was."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 2})
        for number in (NUMBER, OTHER):
            await send_sms(amp, number)
        await amp.advance(until="idle")
        first = (await amp.admin("GET", "/messages?limit=1&order=desc")).body
        await send_sms(amp, "35699000003", "35699000004")
        await amp.advance(until="idle")
        await it.tidied()

        rest = (await amp.admin("GET", f"/messages?order=desc&cursor={first['next']}")).body

    assert [message["to"] for message in first["items"]] == [OTHER]
    assert (rest["items"], rest["next"], rest["evicted"]) == ([], None, 2)


async def test_asc_is_the_order_that_there_is_anyway(amp: Amp) -> None:
    await send_sms(amp, NUMBER, OTHER)

    assert await listed(amp, "/messages", "&order=asc") == await listed(amp, "/messages")


@pytest.mark.parametrize("order", ["DESC", "newest", ""])
async def test_an_order_that_there_is_not_is_400(amp: Amp, order: str) -> None:
    """RFC 9457: it says which there are."""
    answers = [await amp.admin("GET", f"{path}?order={order}") for path in LISTS]

    assert {(each.status, each.body["pointer"]) for each in answers} == {(400, "?order")}
    assert {each.body["expected"] for each in answers} == {"asc, the oldest first, or desc, the newest first"}


async def test_a_page_of_the_newest_is_read_in_one_go_however_many_there_are() -> None:
    """D13: as one of the oldest is."""
    async with much(3_000) as it:
        goes = it.server.services.listing.goes
        found = await listed(it.amp, "/messages", "&order=desc")
        whole = it.server.services.listing.goes - goes
        page = (await it.amp.admin("GET", "/messages?limit=50&order=desc")).body
        more = (await it.amp.admin("GET", f"/messages?limit=50&order=desc&cursor={page['next']}")).body
        few = it.server.services.listing.goes - goes - whole

    assert page["items"] + more["items"] == found["items"][:100]
    assert (whole >= 15, few) == (True, 2)


async def test_what_is_looked_through_from_the_end_takes_turns() -> None:
    """The oldest of many are found last; others are served meanwhile."""
    async with much(2_000) as it:
        changed = (await it.amp.messages(limit="1"))[0]["changed_at"]
        await it.amp.advance(by=3600)
        await send_sms(it.amp)
        goes = it.server.services.listing.goes
        found = await listed(it.amp, "/messages", f"&order=desc&accepted_at={changed}")
        took = it.server.services.listing.goes - goes

    assert [each["to"] for each in found["items"]] == [f"35699{number:06}" for number in reversed(range(2_000))]
    assert took >= 10


@pytest.mark.parametrize(("order", "rare"), [("asc", 49), ("desc", 0)])
async def test_reports_in_many_callbacks_are_found_in_several_goes(receiver: Receiver, order: str, rare: int) -> None:
    """The store cannot choose by the status of a report: no more than 50 callbacks are read at once for it."""
    async with inside() as it:
        amp = await it.amp.open_account()
        for number in range(50):
            if number == rare:
                await send_viber(amp, NO_IM_NUMBER, callback_url=receiver.url)
            else:
                await send_sms(amp, NUMBER, OTHER, callback_url=receiver.url)
        await amp.advance(until="idle")
        goes = it.server.services.listing.goes
        found = (await amp.admin("GET", f"/reports?status=UNDELIV&limit=1&order={order}")).body
        took = it.server.services.listing.goes - goes
        whole = await listed(amp, "/reports", f"&total=true&order={order}")

    assert ([each["to"] for each in found["items"]], found["next"]) == ([NO_IM_NUMBER], None)
    assert took >= 2
    known = {(each["callback_id"], each["message_id"], each["status"]) for each in whole["items"]}
    assert len(known) == len(whole["items"]) == whole["total"] > 2 * 3 * 49

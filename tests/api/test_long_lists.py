"""Long lists take turns, and one whose client has hung up is read no further."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mock_amp.core.listed import What
from mock_amp.core.records import Page
from mock_amp.core.wanting import Wanted
from mock_amp.engine.listing import Listing
from mock_amp.engine.turns import Turns
from tests.api.holding import hand_clock, send_sms
from tests.api.inside import Inside, inside

MANY = 3_000
LONG = "/__admin/messages?limit=10000"


@asynccontextmanager
async def much() -> AsyncIterator[tuple[Inside, Listing]]:
    """A server whose default account has so many messages that they are not listed in one go."""
    async with inside() as it:
        for first in range(0, MANY, 1_000):
            await send_sms(it.amp, *(f"35699{number:06}" for number in range(first, first + 1_000)))
        yield it, it.server.services.listing


async def ask(it: Inside, path: str) -> asyncio.StreamWriter:
    """A client that has asked, and reads nothing."""
    url = it.amp.url.removeprefix("http://")
    host, _, port = url.partition(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {url}\r\n\r\n".encode())
    return writer


async def until_waiting(it: Inside, count: int) -> None:
    async with asyncio.timeout(10):
        while it.server.services.listing.going_on.waiting != count:
            await it.server.services.world.clock.give_way()


async def test_a_list_whose_client_has_hung_up_is_read_no_further() -> None:
    """It goes on at most until the loop has heard of it."""
    async with much() as (it, listing), listing.going_on.taken(0):
        clients = [await ask(it, LONG) for _ in range(5)]
        await until_waiting(it, 5)
        goes = listing.goes
        for client in clients:
            client.transport.abort()
        await until_waiting(it, 0)

    assert listing.goes == goes


async def test_a_total_whose_client_has_hung_up_is_counted_no_further() -> None:
    """What the store cannot count is looked through as a list is."""
    async with much() as (it, listing), listing.going_on.taken(0):
        changed = (await it.amp.messages(limit="1"))[0]["changed_at"]
        client = await ask(it, f"/__admin/messages?limit=1&total=true&changed_at={changed}")
        await until_waiting(it, 1)
        goes = listing.goes
        client.transport.abort()
        await until_waiting(it, 0)

    assert listing.goes == goes


async def test_between_two_goes_of_many_long_lists_others_are_answered() -> None:
    """Each turn of the loop has one go of what has begun, and one of what goes on, however many lists there are."""
    async with much() as (it, listing):
        account = it.server.services.world.account("default").key
        wanted = Wanted(what=What.MESSAGES)
        lists = [asyncio.create_task(listing.scan(account, wanted, Page(limit=MANY))) for _ in range(12)]
        most, before = 0, listing.goes
        while not all(each.done() for each in lists):
            await it.server.services.world.clock.give_way()
            most, before = max(most, listing.goes - before), listing.goes
        found = [[place for place, _ in each.result()] for each in lists]

    assert most <= 2
    assert listing.goes >= 12 * MANY / 200
    assert all(len(each) == MANY and each == sorted(each) for each in found)


async def test_a_short_list_does_not_wait_for_long_ones() -> None:
    async with much() as (it, listing), listing.going_on.taken(0):
        client = await ask(it, LONG)
        await until_waiting(it, 1)
        messages = await asyncio.wait_for(it.amp.messages(limit="500"), 10)
        client.transport.abort()

    assert len(messages) == 500


async def test_a_list_of_many_goes_is_the_same_as_one_of_few() -> None:
    """Page by page, and all at once."""
    async with much() as (it, _):
        whole = (await it.amp.admin("GET", "/messages?limit=10000&total=true")).body
        pages, cursor = list[Any](), ""
        while cursor is not None:
            page = (await it.amp.admin("GET", f"/messages?limit=700{cursor and f'&cursor={cursor}'}")).body
            pages, cursor = [*pages, *page["items"]], page["next"]

    assert whole["items"] == pages
    assert whole["total"] == len(pages) == MANY


async def test_accounts_have_the_turn_one_after_the_other() -> None:
    """However many wait in one of them; those of one account come in their order."""
    turns, order = Turns(), list[str]()

    async def take(account: int, name: str) -> None:
        async with turns.taken(account):
            order.append(name)

    async with turns.taken(0):
        tasks = [asyncio.create_task(take(ord(name[0]), name)) for name in ("a1", "a2", "a3", "b1", "b2", "c1")]
        await hand_clock().give_way()
    await asyncio.gather(*tasks)

    assert order == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_a_turn_given_to_one_who_goes_away_at_the_same_time_is_passed_on() -> None:
    turns, order = Turns(), list[int]()

    async def take(name: int) -> None:
        async with turns.taken(0):
            order.append(name)

    async with turns.taken(0):
        first, second, third = (asyncio.create_task(take(name)) for name in range(3))
        await hand_clock().give_way()
        second.cancel()
    first.cancel()
    await asyncio.gather(first, second, third, return_exceptions=True)

    assert order == [2]
    assert turns.waiting == 0

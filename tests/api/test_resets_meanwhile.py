"""A reset or a restore while something else is asked of the account, or posted for it: each is of one life."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from mock_amp.bootstrap import Server, serving
from mock_amp.core.account import Account
from mock_amp.core.clock import ClockChange, ClockMode
from mock_amp.core.records import Callback
from mock_amp.engine.errors import NoSuch
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.holding import send_sms
from tests.harness import Amp, Answer, Receiver, settings


@pytest.fixture
async def inside() -> AsyncIterator[Server]:
    """A server of which a test has the engine at hand: calls made in one turn of the loop do race each other."""
    async with serving(Server(settings())) as server:
        yield server


@pytest.fixture
async def client(inside: Server) -> AsyncIterator[Amp]:
    async with aiohttp.ClientSession() as session:
        yield await Amp(inside.url, session, DEFAULT_TOKEN, "default").open_account()


async def test_a_clock_that_is_changed_during_a_reset_is_changed_in_the_new_life(inside: Server, client: Amp) -> None:
    steering, change = inside.services.steering, ClockChange(mode=ClockMode.SCALED, rate=2.0)

    await asyncio.gather(steering.reset(client.account), steering.set_clock(client.account, change, None))

    assert steering.clock(client.account)["rate"] == 2.0


async def test_a_scenario_that_is_set_during_a_reset_is_in_force_in_the_new_life(inside: Server, client: Amp) -> None:
    steering, document = inside.services.steering, {"name": "mine"}

    await asyncio.gather(steering.reset(client.account), steering.set_scenario(client.account, document))

    assert steering.scenario(client.account)["name"] == "mine"


async def test_what_is_changed_of_an_account_that_is_deleted_meanwhile_is_no_such(inside: Server, client: Amp) -> None:
    steering, change = inside.services.steering, ClockChange(mode=ClockMode.SCALED)

    deleted, *changed = await asyncio.gather(
        steering.delete(client.account),
        steering.set_clock(client.account, change, None),
        steering.set_scenario(client.account, {"name": "mine"}),
        return_exceptions=True,
    )

    assert deleted is None
    assert [type(each) for each in changed] == [NoSuch, NoSuch]


@pytest.mark.parametrize("path", ["/clock", "/scenario"])
async def test_neither_a_restore_nor_a_change_meanwhile_fails(client: Amp, path: str) -> None:
    document = (await client.admin("GET", "/snapshot")).body
    wish: Any = {"mode": "frozen"} if path == "/clock" else "two-way"

    answers: list[Answer] = await asyncio.gather(
        *[client.admin("PUT", *each) for _ in range(6) for each in (("/snapshot", document), (path, wish))]
    )

    assert {each.status for each in answers} == {200}


async def test_a_post_of_a_life_that_is_over_is_no_error_and_no_attempt(
    inside: Server, client: Amp, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """D8: what it was about is not there any more, and the next callback of that number is another one."""
    account, callback = await _owed(inside, client, receiver)
    before = len(receiver.received)
    await client.admin("POST", "/reset")
    caplog.clear()

    await _post(inside, account, callback)

    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING] == []
    assert (await client.callbacks(), len(receiver.received)) == ([], before)


async def test_a_post_whose_job_is_not_there_in_the_same_life_is_an_error(
    inside: Server, client: Amp, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug is told, and what was owed is not lost to it."""
    account, callback = await _owed(inside, client, receiver)

    await _post(inside, account, replace(callback, job=77))

    assert any("could not be posted" in each.getMessage() for each in caplog.records if each.exc_info)
    assert _tried(inside, account) == [(1, "answered 500"), (2, "mock-amp could not post it; its log says why")]


async def test_an_attempt_that_cannot_be_stored_takes_no_other_along(
    inside: Server, client: Amp, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """D8: what is written down together fails one by one, and the account comes to rest all the same."""
    account, callback = await _owed(inside, client, receiver)
    store, courier = inside.services.world.store, inside.services.timeline.courier
    again = replace(callback, tried=0)  # its first attempt is there already
    other = replace(callback, key=2)
    await store.transact(lambda books: books.callbacks.save(account.key, other))

    courier.begin(account, [other, again, callback])
    assert await courier.idle(account.key, 10)

    kept = store.read(lambda books: [books.callbacks.attempts(account.key, key) for key in (1, 2)])
    assert [[each.number for each in attempts] for attempts in kept] == [[1, 2], [2]]
    assert sum("could not be stored" in each.getMessage() for each in caplog.records) == 1


async def _owed(inside: Server, client: Amp, receiver: Receiver) -> tuple[Account, Callback]:
    """The account in its present life, and a callback of it that is to be tried for the second time."""
    receiver.answers = (500, 200)
    await send_sms(client, callback_url=receiver.url)
    await client.advance(by=0)
    account = inside.services.world.account(client.account)
    found = inside.services.world.store.read(lambda books: books.callbacks.get(account.key, 1))
    assert found is not None
    return account, found


def _tried(inside: Server, account: Account) -> list[tuple[int, str | None]]:
    found = inside.services.world.store.read(lambda books: books.callbacks.attempts(account.key, 1))
    return [(each.number, each.error or f"answered {each.status}") for each in found]


async def _post(inside: Server, account: Account, callback: Callback) -> None:
    courier = inside.services.timeline.courier
    courier.begin(account, [callback])
    assert await courier.idle(account.key, 10)

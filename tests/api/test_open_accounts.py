"""Accounts that unknown tokens open, and how many accounts there may be (A-2, A-4)."""

import asyncio
from typing import Any

import pytest

from tests.api.holding import send_sms
from tests.harness import NUMBER, Amp, running

TOKEN = "my-own-test-1"


async def found(server: Amp, token: str) -> list[Any]:
    answer = await server.call("GET", f"/__admin/accounts?token={token}")
    assert answer.status == 200
    return list(answer.body["items"])


async def test_an_unknown_token_is_401_unless_said_otherwise(server: Amp) -> None:
    """A-2."""
    answer = await server.send({}, token=TOKEN)

    assert (answer.status, await found(server, TOKEN)) == (401, [])


async def test_an_unknown_token_opens_an_account_of_its_own() -> None:
    """A-2: as it would be created, with the server's clock; the control plane finds it by the token."""
    async with running(open_accounts=True, random_seed=None) as server:
        mine = Amp(server.url, server.session, TOKEN, "")
        await send_sms(mine)
        account = (await found(server, TOKEN))[0]
        mine.account = account["id"]
        messages = await mine.messages()
        others = await server.messages()
        listed = (await server.call("GET", "/__admin/accounts")).body["items"]

    assert account["token"] == TOKEN
    assert (account["clock"]["mode"], account["expires_after"]) == ("frozen", "1h")
    assert ([message["to"] for message in messages], others) == ([NUMBER], [])
    assert [each["id"] for each in listed] == ["default", account["id"]]


async def test_two_first_requests_open_one_account() -> None:
    """A-2: whichever comes first."""
    async with running(open_accounts=True) as server:
        mine = Amp(server.url, server.session, TOKEN, "")
        await asyncio.gather(*(send_sms(mine) for _ in range(10)))
        accounts = (await server.call("GET", "/__admin/accounts")).body["items"]
        mine.account = accounts[-1]["id"]
        messages = await mine.messages()

    assert (len(accounts), len(messages)) == (2, 10)


async def test_the_same_token_gives_the_same_ids_whoever_comes_first() -> None:
    """D11: with a seed of the server."""
    ids = []
    for order in ([TOKEN, "another-1"], ["another-1", TOKEN]):
        async with running(open_accounts=True) as server:
            sent = {token: await send_sms(Amp(server.url, server.session, token, "")) for token in order}
            ids.append(sent[TOKEN]["api_job_id"])

    assert ids[0] == ids[1]


@pytest.mark.parametrize("token", ["short-1", "x" * 129, "ümlaute-ümlaute"])
async def test_a_token_of_another_form_opens_nothing(token: str) -> None:
    """A-2: 8 to 128 visible ASCII characters."""
    async with running(open_accounts=True) as server:
        headers = {"Authorization": f"Token {token}"}
        answer = await server.call("GET", "/1/im/status/1", headers=headers)
        accounts = (await server.call("GET", "/__admin/accounts")).body["items"]

    assert (answer.status, len(accounts)) == (401, 1)


@pytest.mark.parametrize("what", ["token", "account"])
async def test_a_deleted_token_does_not_come_back(what: str) -> None:
    """A-4."""
    async with running(open_accounts=True) as server:
        mine = Amp(server.url, server.session, TOKEN, "")
        await send_sms(mine)
        mine.account = (await found(server, TOKEN))[0]["id"]
        await mine.admin("DELETE", "" if what == "account" else f"/tokens/{TOKEN}")

        answer = await mine.send()

    assert answer.status == 401


async def test_there_are_no_more_accounts_than_allowed() -> None:
    """The setting max-accounts: 409 for those who ask, 401 for an unknown token."""
    async with running(open_accounts=True, max_accounts=2) as server:
        mine = Amp(server.url, server.session, TOKEN, "")
        await send_sms(mine)
        refused = await server.call("POST", "/__admin/accounts", json={})
        unknown = await server.send({}, token="another-1")
        again = await mine.send()
        mine.account = (await found(server, TOKEN))[0]["id"]
        await mine.admin("DELETE", "")
        opened = await server.call("POST", "/__admin/accounts", json={})

    assert (refused.status, unknown.status, again.status, opened.status) == (409, 401, 400, 201)
    assert "max-accounts" in refused.body["detail"]

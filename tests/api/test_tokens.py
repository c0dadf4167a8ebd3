"""Tokens of an account (A-4)."""

import re

import pytest

from tests.harness import Amp

UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


async def _values(amp: Amp) -> list[str]:
    return [item["token"] for item in (await amp.admin("GET", "/tokens")).body["items"]]


async def test_a_new_account_has_the_one_token_it_was_answered_with(amp: Amp) -> None:
    """DESIGN: a POST answers 201 with a fresh token."""
    assert await _values(amp) == [amp.token]
    assert UUID4.fullmatch(amp.token)


async def test_a_further_token_is_a_fresh_uuid_and_opens_the_account(amp: Amp) -> None:
    """A-1, A-4: several tokens an account, each as good as the other."""
    answer = await amp.admin("POST", "/tokens")

    assert answer.status == 201
    assert UUID4.fullmatch(answer.body["token"])
    assert sorted(await _values(amp)) == sorted([amp.token, answer.body["token"]])
    assert (await amp.send(sms_content={"message": "Hello"}, token=answer.body["token"])).status == 200


async def test_a_token_has_what_was_wished(amp: Amp) -> None:
    """A-4: name, senders, route and channels in their order; it is listed as it was answered."""
    wish = {
        "token": "team-blue-1",
        "name": "nightly run",
        "sms_sender": "Blue",
        "im_sender": "Blue team",
        "route": "G2",
        "channels": ["WHATSAPP", "VIBER"],
    }

    answer = await amp.admin("POST", "/tokens", wish)

    assert answer.status == 201
    assert {key: answer.body[key] for key in wish} == wish
    assert answer.body in (await amp.admin("GET", "/tokens")).body["items"]


async def test_a_tokens_channels_are_those_of_what_is_sent_with_it(amp: Amp) -> None:
    """I-1: an item without a channel stands for the token's, in their order."""
    token = (await amp.admin("POST", "/tokens", {"channels": ["TELEGRAM", "VIBER"]})).body["token"]

    await amp.send(im_content=[{"content": "Hi"}], token=token)

    (message,) = await amp.messages()
    assert message["channels"] == ["TELEGRAM", "VIBER"]


async def test_a_deleted_token_opens_nothing_and_never_comes_back(amp: Amp) -> None:
    """A-2, A-4: 401 from then on, and 409 for whoever wishes for it again."""
    await amp.admin("POST", "/tokens", {"token": "team-blue-1"})

    deleted = await amp.admin("DELETE", "/tokens/team-blue-1")

    refused = await amp.send(sms_content={"message": "Hello"}, token="team-blue-1")
    again = await amp.admin("POST", "/tokens", {"token": "team-blue-1"})
    assert (deleted.status, refused.status, again.status) == (204, 401, 409)
    assert await _values(amp) == [amp.token]


async def test_a_token_that_is_deleted_twice_is_404(amp: Amp) -> None:
    """A-4: it is there no more."""
    first = await amp.admin("DELETE", f"/tokens/{amp.token}")
    second = await amp.admin("DELETE", f"/tokens/{amp.token}")

    assert (first.status, second.status) == (204, 404)


async def test_a_token_in_use_is_nobody_elses(server: Amp, amp: Amp) -> None:
    """A token names one account: 409 for another, whose list stays as it is."""
    answer = await server.admin("POST", "/tokens", {"token": amp.token})

    assert answer.status == 409
    assert amp.token not in await _values(server)


async def test_another_accounts_token_cannot_be_deleted(server: Amp, amp: Amp) -> None:
    """Isolation: 404, and the token opens its account as before."""
    answer = await server.admin("DELETE", f"/tokens/{amp.token}")

    assert answer.status == 404
    assert (await amp.send(sms_content={"message": "Hello"})).status == 200


async def test_an_account_without_tokens_says_so(amp: Amp) -> None:
    """DESIGN, shapes: `token` is null; the account is there, and can be given one."""
    await amp.admin("DELETE", f"/tokens/{amp.token}")

    answer = await amp.admin("GET", "")

    assert (answer.status, answer.body["token"]) == (200, None)


async def test_the_tokens_of_a_deleted_account_never_come_back(server: Amp, amp: Amp) -> None:
    """A-4: not for another account either."""
    await amp.admin("DELETE", "")

    answer = await server.admin("POST", "/tokens", {"token": amp.token})

    assert answer.status == 409


@pytest.mark.parametrize("token", ["short", "with space in it", "tränen-reich", "x" * 129])
async def test_a_token_that_no_header_could_carry_is_400(amp: Amp, token: str) -> None:
    """A-1: visible ASCII, 8 to 128 of it."""
    answer = await amp.admin("POST", "/tokens", {"token": token})

    assert (answer.status, answer.body["pointer"]) == (400, "/token")

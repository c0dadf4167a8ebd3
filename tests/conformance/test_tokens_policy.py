"""What a token may do, and from where (A-3, A-4)."""

from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, SMS, refused, verdict
from tests.harness import Amp, running

ALLOWED: Final[dict[str, list[str]]] = {
    "none named": [],
    "the address": ["127.0.0.1"],
    "its network": ["127.0.0.0/8"],
    "a network of one": ["127.0.0.1/32"],
    "a network named by an address in it": ["127.1.2.3/8"],
    "every v4 address": ["0.0.0.0/0"],
    "one of several": ["192.0.2.1", "2001:db8::/32", "127.0.0.0/30"],
}
ELSEWHERE: Final[dict[str, list[str]]] = {
    "another address": ["127.0.0.2"],
    "another network": ["192.0.2.0/24"],
    "the network beside": ["127.0.0.2/31"],
    "every v6 address": ["::/0"],
    "the v6 loopback": ["::1"],
    "several others": ["192.0.2.1", "198.51.100.0/24", "2001:db8::/32"],
}


async def _token(amp: Amp, **wish: Any) -> str:
    answer = await amp.admin("POST", "/tokens", wish)
    assert answer.status == 201, answer.body
    return str(answer.body["token"])


@pytest.mark.parametrize("networks", ALLOWED.values(), ids=ALLOWED)
async def test_a_request_from_an_allowed_address_passes(amp: Amp, networks: list[str]) -> None:
    """A-3: an address, a network, or an empty list, which allows all."""
    answer = await amp.send(sms_content=SMS, token=await _token(amp, networks=networks))

    assert await verdict(amp, answer) == ACCEPTED


@pytest.mark.parametrize("networks", ELSEWHERE.values(), ids=ELSEWHERE)
async def test_a_request_from_elsewhere_is_refused(amp: Amp, networks: list[str]) -> None:
    """A-3: 401, in the journal of the token's account, and nothing is stored."""
    answer = await amp.send(sms_content=SMS, token=await _token(amp, networks=networks))

    assert await verdict(amp, answer) == refused(401, "A-3")
    assert "127.0.0.1" in answer.body["result_info"]["description"]
    assert await amp.messages() == []


@pytest.mark.parametrize(
    ("networks", "expected"),
    [
        (["::1"], ACCEPTED),
        (["::/64"], ACCEPTED),
        ([], ACCEPTED),
        (["::2"], refused(401, "A-3")),
        (["2001:db8::/32"], refused(401, "A-3")),
        (["0.0.0.0/0"], refused(401, "A-3")),
    ],
    ids=str,
)
async def test_v6_addresses_are_held_against_v6_networks(networks: list[str], expected: object) -> None:
    """A-3: v4 and v6 alike."""
    async with running(host="::1") as amp:
        answer = await amp.send(sms_content=SMS, token=await _token(amp, networks=networks))

        assert await verdict(amp, answer) == expected


async def test_an_allowed_address_can_be_taken_away_and_given_back(amp: Amp) -> None:
    """A-3, A-4: a change holds from the next request on."""
    seen = []
    for networks in (["127.0.0.1"], ["192.0.2.1"], []):
        await amp.admin("PATCH", f"/tokens/{amp.token}", {"networks": networks})
        seen.append(await verdict(amp, await amp.send(sms_content=SMS)))

    assert seen == [ACCEPTED, refused(401, "A-3"), ACCEPTED]


@pytest.mark.parametrize("network", ["localhost", "127.0.0.1/33", "::1/129", "1.2.3", ""])
async def test_what_is_no_network_is_no_wish(amp: Amp, network: str) -> None:
    """A-3: the control plane says where it stands."""
    answer = await amp.admin("POST", "/tokens", {"networks": ["::1", network]})

    assert (answer.status, answer.body["pointer"]) == (400, "/networks/1")


async def test_the_tokens_of_an_account_differ_and_share_its_messages(amp: Amp) -> None:
    """A-4: each has its own senders and routes; what they send stands in one account."""
    blue, green = await _token(amp, sms_sender="Blue"), await _token(amp, sms_sender="Green")

    for token in (blue, green, amp.token):
        assert (await amp.send(sms_content=SMS, token=token)).status == 200
    await amp.advance(until="idle")

    assert [message["from"] for message in await amp.messages()] == ["Blue", "Green", "MockAMP"]


async def test_a_change_leaves_what_it_does_not_name(amp: Amp) -> None:
    """A-4: name, route, senders, channels each for itself."""
    wish = {"name": "nightly", "senders": ["Blue"], "route": "G2", "channels": ["VIBER"], "rate": {"requests": 5}}
    token = await _token(amp, **wish)

    before = (await amp.admin("PATCH", f"/tokens/{token}", {})).body
    after = (await amp.admin("PATCH", f"/tokens/{token}", {"name": "daily"})).body

    assert after == {**before, "name": "daily"}
    assert (after["senders"], after["route"], after["channels"]) == (["Blue"], "G2", ["VIBER"])


async def test_a_token_never_expires(amp: Amp) -> None:
    """A-4: not in a hundred years of the account's clock."""
    await amp.advance(by=100 * 365 * 24 * 3600)

    assert await verdict(amp, await amp.send(sms_content=SMS)) == ACCEPTED


async def test_a_deleted_token_is_neither_changed_nor_made_again(amp: Amp) -> None:
    """A-4: once deleted it never comes back, in no account, and after no reset."""
    token = await _token(amp, token="team-blue-1")
    await amp.admin("DELETE", f"/tokens/{token}")

    changed = await amp.admin("PATCH", f"/tokens/{token}", {"name": "again"})
    await amp.admin("POST", "/reset")
    again = await amp.admin("POST", "/tokens", {"token": token})
    elsewhere = await (await amp.open_account()).admin("POST", "/tokens", {"token": token})
    answer = await amp.send(sms_content=SMS, token=token)

    assert (changed.status, again.status, elsewhere.status) == (404, 409, 409)
    assert (answer.status, answer.headers["X-Mock-Amp-Rule"]) == (401, "A-2")

"""Who may ask (A-1, A-2)."""

from collections.abc import Mapping
from typing import Final

import pytest

from tests.conformance.verdicts import ACCEPTED, SMS, refused, verdict
from tests.harness import NUMBER, Amp, Answer

_TOKEN: Final = "AbCd-1234-EfGh"


@pytest.fixture
async def own(server: Amp) -> Amp:
    """The default account, whose journal has what nobody owns; it has the token `_TOKEN`."""
    await server.admin("POST", "/tokens", {"token": _TOKEN})
    return server


async def _ask(amp: Amp, headers: Mapping[str, str]) -> Answer:
    body = {"destinations": [{"number": NUMBER}], "sms_content": SMS}
    return await amp.call("POST", "/1/im", json=body, headers=headers)


@pytest.mark.parametrize("scheme", ["Token", "token", "TOKEN", "tOkEn"])
@pytest.mark.parametrize("name", ["Authorization", "authorization"])
async def test_the_scheme_compares_without_case(own: Amp, name: str, scheme: str) -> None:
    """A-1: and so does the name of the header."""
    answer = await _ask(own, {name: f"{scheme} {_TOKEN}"})

    assert await verdict(own, answer) == ACCEPTED


@pytest.mark.parametrize("token", [_TOKEN.lower(), _TOKEN.upper(), _TOKEN[:-1], _TOKEN + "x", f'"{_TOKEN}"'])
async def test_the_token_has_to_match_exactly(own: Amp, token: str) -> None:
    """A-1: every letter counts."""
    answer = await _ask(own, {"Authorization": f"Token {token}"})

    assert await verdict(own, answer) == refused(401, "A-2")


MALFORMED: Final = {
    "missing": None,
    "empty": "",
    "scheme alone": "Token",
    "scheme and a space": "Token ",
    "another scheme": f"Bearer {_TOKEN}",
    "no scheme": _TOKEN,
    "a colon": f"Token: {_TOKEN}",
    "an equals sign": f"Token={_TOKEN}",
    "two tokens": f"Token {_TOKEN} {_TOKEN}",
    "unknown": "Token 11111111-1111-4111-8111-111111111111",
}


@pytest.mark.parametrize("header", MALFORMED.values(), ids=MALFORMED)
async def test_without_a_valid_token_nothing_is_done(own: Amp, header: str | None) -> None:
    """A-2: missing, malformed, unknown."""
    answer = await _ask(own, {} if header is None else {"Authorization": header})

    assert await verdict(own, answer) == refused(401, "A-2")
    assert await own.messages() == []


async def test_a_deleted_token_is_no_longer_valid(own: Amp) -> None:
    """A-2: from the moment on in which it is deleted."""
    before = await own.send(sms_content=SMS, token=_TOKEN)
    await own.admin("DELETE", f"/tokens/{_TOKEN}")
    after = await own.send(sms_content=SMS, token=_TOKEN)

    assert (await verdict(own, before), await verdict(own, after)) == (ACCEPTED, refused(401, "A-2"))


async def test_the_token_of_a_deleted_account_is_no_longer_valid(server: Amp) -> None:
    """A-2: it goes with its account."""
    other = await server.open_account()
    before = await other.send(sms_content=SMS)
    await server.call("DELETE", f"/__admin/accounts/{other.account}")
    after = await other.send(sms_content=SMS)

    assert before.status == 200
    assert await verdict(server, after) == refused(401, "A-2")


async def test_a_question_about_a_status_needs_a_token_too(server: Amp) -> None:
    """A-2: every endpoint does."""
    answer = await server.call("GET", "/1/im/status/17672256000000014003", headers={"Authorization": "Token x"})

    assert await verdict(server, answer) == refused(401, "A-2")

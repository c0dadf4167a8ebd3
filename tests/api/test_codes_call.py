"""`GET …/codes`: the last one-time code of a number, as a test reads it off the handset (F-6)."""

from typing import Any

import pytest

from tests.api.holding import send_sms
from tests.harness import NUMBER, Amp, Answer

OTHER = "35699000002"


async def _ask(amp: Amp, client_ref: str = "login", number: str = NUMBER, **more: Any) -> Answer:
    headers = {"Authorization": f"Token {amp.token}"}
    body = {"client_ref": client_ref, "phone_number": number, **more}
    answer = await amp.call("POST", "/1/2fa", json=body, headers=headers)
    assert answer.status == 200, answer.body
    return answer


async def _try(amp: Amp, client_ref: str, code: str) -> int:
    headers = {"Authorization": f"Token {amp.token}"}
    answer = await amp.call("POST", f"/1/2fa/{client_ref}/{code}", headers=headers)
    return int(answer.body["result_info"]["status_code"])


async def _codes(amp: Amp, number: str = NUMBER) -> Any:
    return (await amp.admin("GET", f"/codes?to={number}")).body


async def test_the_code_that_was_sent_is_told_and_is_the_one_that_counts(amp: Amp) -> None:
    """F-6: and it can be used."""
    sent = await _ask(amp)

    told = await _codes(amp)

    assert (told["to"], told["client_ref"], told["at"]) == (NUMBER, "login", "2026-01-01T00:00:00.000000Z")
    assert told["message_id"] == sent.body["result"]["message_id"]
    assert (told["used"], told["expired"], told["digits"]) == (False, False, [told["code"]])
    assert await _try(amp, "login", told["code"]) == 0
    assert (await _codes(amp))["used"] is True


async def test_a_code_is_told_to_have_expired_by_the_clock_of_the_account(amp: Amp) -> None:
    """F-3: five minutes."""
    await _ask(amp)
    before = (await _codes(amp))["expired"]

    await amp.advance(by="5m")

    assert (before, (await _codes(amp))["expired"]) == (False, True)


async def test_the_last_code_of_a_number_is_told(amp: Amp) -> None:
    """F-6: of several references; another number has its own."""
    for client_ref, number in (("a", NUMBER), ("b", NUMBER), ("c", OTHER)):
        await _ask(amp, client_ref, number)

    assert [(await _codes(amp, number))["client_ref"] for number in (NUMBER, OTHER)] == ["b", "c"]


async def test_digits_are_found_in_the_last_text_of_any_product(amp: Amp) -> None:
    """F-6: an application that makes its own codes sends them by SMS or messenger."""
    await _ask(amp)
    text = "Your PIN is 4711, not 123 or 12345678901; order 0123456789."
    await send_sms(amp, sms_content={"message": text})

    told = await _codes(amp)

    assert (told["text"], told["digits"]) == (text, ["4711", "0123456789"])
    assert told["code"] is not None


async def test_a_number_that_was_sent_no_code_has_the_digits_only(amp: Amp) -> None:
    await send_sms(amp, sms_content={"message": "Use 998877"})

    told = await _codes(amp)

    assert told == {
        **dict.fromkeys(("client_ref", "code", "at", "message_id", "used", "expired")),
        "to": NUMBER,
        "text": "Use 998877",
        "digits": ["998877"],
    }


async def test_a_number_that_was_sent_nothing_is_404(amp: Amp) -> None:
    await send_sms(amp)

    answer = await amp.admin("GET", f"/codes?to={OTHER}")

    assert answer.status == 404


@pytest.mark.parametrize("query", ["", "?to="])
async def test_a_number_has_to_be_named(amp: Amp, query: str) -> None:
    answer = await amp.admin("GET", f"/codes{query}")

    assert (answer.status, answer.body["pointer"]) == (400, "?to")

"""What an SMS may say, and whom it comes from (M-1 to M-12)."""

from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, SMS, Verdict, journalled, refused, send, verdict
from tests.harness import NUMBER, Amp

_UDH: Final = "BQABAgMB"  # six bytes

SECTIONS: Final[dict[str, tuple[dict[str, Any], Verdict]]] = {
    "M-1 without a message": ({}, refused(400, "M-1")),
    "M-1 an empty message": ({"message": ""}, refused(403, "M-1")),
    "M-1 one character": ({"message": "a"}, ACCEPTED),
    "M-2 an encoding of another name": ({**SMS, "encoding": "LATIN1"}, refused(403, "M-2")),
    "M-3 five pages": ({"message": "a" * 765}, ACCEPTED),
    "M-3 six pages": ({"message": "a" * 766}, refused(403, "M-3")),
    "M-3 five pages of pairs": ({"message": "€" * 380}, ACCEPTED),
    "M-3 six pages of pairs": ({"message": "€" * 381}, refused(403, "M-3")),
    "M-4 five pages": ({"message": "ж" * 335, "encoding": "UCS2"}, ACCEPTED),
    "M-4 six pages": ({"message": "ж" * 336, "encoding": "UCS2"}, refused(403, "M-4")),
    "M-4 five pages of emoji": ({"message": "🎉" * 165, "encoding": "UCS2"}, ACCEPTED),
    "M-4 six pages of emoji": ({"message": "🎉" * 166, "encoding": "UCS2"}, refused(403, "M-4")),
    "M-6 without udh": ({"message": "QQ==", "encoding": "BINARY"}, refused(400, "M-6")),
    "M-6 no base64": ({"message": "QQ", "encoding": "BINARY", "udh": _UDH}, refused(403, "M-6")),
    "M-6 140 bytes": ({"message": "QUFB" * 44, "encoding": "BINARY", "udh": "BwABAgMEBQY="}, ACCEPTED),
    "M-6 141 bytes": ({"message": "QUFB" * 44, "encoding": "BINARY", "udh": "CAABAgMEBQYH"}, refused(403, "M-6")),
    "M-7 udh that is no base64": ({**SMS, "udh": "?"}, refused(403, "M-7")),
    "M-7 five pages beside udh": ({"message": "a" * 735, "udh": _UDH}, ACCEPTED),
    "M-7 six pages beside udh": ({"message": "a" * 736, "udh": _UDH}, refused(403, "M-3")),
    "M-11 0": ({**SMS, "pid": 0}, ACCEPTED),
    "M-11 255": ({**SMS, "pid": 255}, ACCEPTED),
    "M-11 256": ({**SMS, "pid": 256}, refused(403, "M-11")),
    "M-11 below 0": ({**SMS, "pid": -1}, refused(403, "M-11")),
    "M-12 0": ({**SMS, "ttl": 0}, ACCEPTED),
    "M-12 two days": ({**SMS, "ttl": 172_800}, ACCEPTED),
    "M-12 a second more": ({**SMS, "ttl": 172_801}, refused(403, "M-12")),
    "M-12 below 0": ({**SMS, "ttl": -1}, refused(403, "M-12")),
}


@pytest.mark.parametrize(("section", "expected"), SECTIONS.values(), ids=SECTIONS)
async def test_each_rule_of_an_sms_has_two_sides(amp: Amp, section: dict[str, Any], expected: Verdict) -> None:
    """M-1, M-2, M-3, M-4, M-6, M-7, M-11, M-12: the last that passes, the first that does not."""
    answer = await send(amp, sms_content=section)

    assert await verdict(amp, answer) == expected


@pytest.mark.parametrize(("encoding", "most"), [("GSM7", 765), ("UCS2", 335)])
async def test_a_text_is_measured_as_each_destination_gets_it(amp: Amp, encoding: str, most: int) -> None:
    """M-3, M-4: one text that is too long refuses all, and the number is named."""
    values = [{"A": "a" * most}, {"A": "a" * (most + 1)}]
    both = [{"number": f"3569900000{at}", "params": each} for at, each in enumerate(values)]

    fits = await send(amp, destinations=both[:1], sms_content={"message": "{#A}", "encoding": encoding})
    answer = await send(amp, destinations=both, sms_content={"message": "{#A}", "encoding": encoding})

    assert await verdict(amp, fits) == ACCEPTED
    assert await verdict(amp, answer) == refused(403, "M-3" if encoding == "GSM7" else "M-4")
    assert "35699000001" in answer.body["result_info"]["description"]


async def test_a_character_that_gsm7_has_not_is_warned_of_by_name(amp: Amp) -> None:
    """M-5: accepted; one warning for each such character, in the order of the text."""
    answer = await send(amp, sms_content={"message": "Zażółć ż €"})

    warnings = (await journalled(amp, answer))["warnings"]
    assert await verdict(amp, answer) == ACCEPTED
    assert [(each["rule"], each["pointer"]) for each in warnings] == [("M-5", "/sms_content/message")] * 4
    assert [letter for each, letter in zip(warnings, "żółć", strict=True) if letter in each["text"]] == list("żółć")


async def test_a_character_that_gsm7_has_not_is_delivered_as_a_question_mark(amp: Amp) -> None:
    """M-5: one for each character, an emoji too; UCS2 has them all."""
    await send(amp, sms_content={"message": "Hi ж 🎉"})
    await send(amp, sms_content={"message": "Hi ж 🎉", "encoding": "UCS2"})
    await amp.advance(until="idle")

    gsm7, ucs2 = [message["text"] for message in await amp.messages()]
    assert (gsm7, ucs2) == ("Hi ? ?", "Hi ж 🎉")


async def test_placeholders_of_a_binary_message_are_not_looked_for(amp: Amp) -> None:
    """M-6: a value does not make base64 of what is none."""
    section = {"message": "{#A}", "encoding": "BINARY", "udh": _UDH}
    answer = await send(amp, destinations=[{"number": NUMBER, "params": {"A": "QUFB"}}], sms_content=section)

    assert await verdict(amp, answer) == refused(403, "M-6")


SENDERS: Final[dict[str, Verdict]] = {
    "1": ACCEPTED,
    "1" * 15: ACCEPTED,
    "1" * 16: refused(403, "M-8"),
    "A": ACCEPTED,
    "Harbour Bar": ACCEPTED,
    "A&B_c.d-e!/": ACCEPTED,
    "Harbour Bars": refused(403, "M-8"),
    "1" * 11 + "A": refused(403, "M-8"),
    "+35699000001": refused(403, "M-8"),
    "": refused(403, "M-8"),
}


@pytest.mark.parametrize(("sender", "expected"), SENDERS.items(), ids=repr)
async def test_a_sender_is_a_number_or_a_short_name(amp: Amp, sender: str, expected: Verdict) -> None:
    """M-8: up to 15 digits, or up to 11 characters; it is whom the SMS comes from."""
    answer = await send(amp, sms_content={**SMS, "sender_id": sender})
    await amp.advance(until="idle")

    assert await verdict(amp, answer) == expected
    assert [message["from"] for message in await amp.messages()] == ([sender] if expected == ACCEPTED else [])


async def test_an_sms_without_a_sender_comes_from_the_tokens(amp: Amp) -> None:
    """M-8: seen in the message and in its status."""
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"sms_sender": "35699000099"})
    answer = await send(amp)
    await amp.advance(until="idle")

    (message,) = await amp.messages()
    status = await amp.status(answer.body["results"][NUMBER]["message_id"])
    assert (message["from"], status.body["data"][0]["sms_from"]) == ("35699000099", "35699000099")


@pytest.mark.parametrize(
    ("senders", "sender", "expected"),
    [
        ([], "Port", ACCEPTED),
        (["Harbour", "Port"], "Port", ACCEPTED),
        (["Harbour"], "Port", refused(403, "M-9")),
        (["Harbour"], "HARBOUR", refused(403, "M-9")),
        (["Harbour"], None, ACCEPTED),
    ],
)
async def test_a_sender_is_one_of_the_accounts(
    amp: Amp, senders: list[str], sender: str | None, expected: Verdict
) -> None:
    """M-9: any, unless the token's are listed."""
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"senders": senders})
    answer = await send(amp, sms_content={**SMS, "sender_id": sender})

    assert await verdict(amp, answer) == expected
    if expected != ACCEPTED:
        assert f"[{sender}] is no sender of the account" in answer.body["result_info"]["description"]


@pytest.mark.parametrize(
    ("wish", "route", "expected"),
    [
        ({}, "G1", ACCEPTED),
        ({}, None, ACCEPTED),
        ({}, "G2", refused(403, "M-10")),
        ({"routes": ["G1", "G2"]}, "G2", ACCEPTED),
        ({"routes": ["G1", "G2"]}, "G3", refused(403, "M-10")),
        ({"routes": ["G2"], "route": "G2"}, "G1", refused(403, "M-10")),
        ({"route": "G2"}, "G2", ACCEPTED),
        ({"routes": ["G2"], "route": "G2"}, None, ACCEPTED),
    ],
)
async def test_a_route_is_one_of_the_tokens(
    amp: Amp, wish: dict[str, Any], route: str | None, expected: Verdict
) -> None:
    """M-10: G1 unless others are set; the route that is set is one of them."""
    assert (await amp.admin("PATCH", f"/tokens/{amp.token}", wish)).status == 200
    answer = await send(amp, sms_content={**SMS, "route": route})

    assert await verdict(amp, answer) == expected

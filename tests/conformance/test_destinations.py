"""Whom a request goes to (D-1 to D-4)."""

import json
from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, LEFT_OUT, filled, refused, send, verdict
from tests.harness import NUMBER, Amp


@pytest.mark.parametrize("number", ["1000000", "999999999999999"])
async def test_a_number_has_7_to_15_digits(amp: Amp, number: str) -> None:
    """D-1: the pattern of the real server."""
    answer = await send(amp, destinations=[{"number": number}])

    assert await verdict(amp, answer) == ACCEPTED


_BAD_NUMBERS: Final = ["avc", "100000", "1000000000000000", "0356990000", "+35699000001", "356 99000001"]


@pytest.mark.parametrize(
    "number", [*_BAD_NUMBERS, "35699000001\n", " 35699000001", "٣٥٦٩٩٠٠٠٠٠١", "3569900000\u0661"], ids=ascii
)
async def test_what_the_pattern_does_not_match_is_no_number(amp: Amp, number: str) -> None:
    """D-1: the whole of it, in ASCII digits."""
    answer = await send(amp, destinations=[{"number": number}])

    assert await verdict(amp, answer) == refused(403, "D-1")


async def test_a_number_stands_only_once(amp: Amp) -> None:
    """D-2: the answer names the number and both positions."""
    numbers = ["35699000001", "35699000002", "35699000003", "35699000002"]
    answer = await send(amp, destinations=[{"number": number} for number in numbers])

    told = answer.body["result_info"]["description"]
    assert await verdict(amp, answer) == refused(403, "D-2")
    assert "35699000002" in told
    assert "destinations[1]" in told
    assert "destinations[3]" in told
    assert await amp.messages() == []


async def test_a_number_may_be_used_again_in_another_request(amp: Amp) -> None:
    """D-2: unique within a request, not within the account."""
    answers = [await send(amp), await send(amp)]

    assert [answer.status for answer in answers] == [200, 200]


@pytest.mark.parametrize(("given", "shown"), [("guest-1", "guest-1"), ('ü/€ "', 'ü/€ "'), (LEFT_OUT, "")], ids=ascii)
async def test_a_custom_id_is_a_string_or_left_out(amp: Amp, given: Any, shown: str) -> None:
    """D-3: it comes back as it was."""
    destination = {"number": NUMBER} | ({} if given is LEFT_OUT else {"custom_id": given})
    answer = await send(amp, destinations=[destination])

    (message,) = await amp.messages()
    assert (answer.body["results"][NUMBER]["custom_id"], message["custom_id"]) == (shown, shown)


@pytest.mark.parametrize("value", [7, True, [], {}], ids=json.dumps)
async def test_a_custom_id_of_another_type_is_not_understood(amp: Amp, value: Any) -> None:
    """D-3: a number is not taken for its text here."""
    answer = await send(amp, destinations=[{"number": NUMBER, "custom_id": value}])

    assert await verdict(amp, answer) == refused(400, "D-3")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"Ana"', "Ana"),
        ('""', ""),
        ("7", "7"),
        ("-7", "-7"),
        ("1.5", "1.5"),
        ("10000000000000000", "10000000000000000"),
        ("123456789012345678901", "123456789012345678901"),
        ("0.00001", "0.00001"),
    ],
)
async def test_a_number_among_the_params_is_taken_as_its_decimal_text(amp: Amp, value: str, text: str) -> None:
    """D-4: strings stay as they are."""
    shown = await filled(amp, "[{#A}]", f'{{"A":{value}}}')

    assert shown == f"[{text}]"


@pytest.mark.parametrize("params", [[], "A", 1, {"A": True}, {"A": []}, {"A": {}}], ids=json.dumps)
async def test_params_are_an_object_of_strings_and_numbers(amp: Amp, params: Any) -> None:
    """D-4: anything else is not understood."""
    answer = await send(amp, destinations=[{"number": NUMBER, "params": params}])

    assert await verdict(amp, answer) == refused(400, "D-4")

"""Ubiquity: one message on whatever channel of the token is cheapest (U-1 to U-4)."""

from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, LEFT_OUT, Verdict, refused, send, verdict
from tests.harness import NO_IM_NUMBER, Amp, Answer

_IMS: Final = ("VIBER", "WHATSAPP", "TELEGRAM", "RCS", "MESSENGER")
_TEXT: Final = {"texts": [{"text": "Hello"}]}
_IMAGE: Final = {"images": [{"url": "https://x.test/a.png"}]}
_ACTION: Final = {"actions": [{"title": "Open", "target_url": "https://x.test/a"}]}


async def _say(amp: Amp, message: Any, **more: Any) -> Answer:
    return await send(amp, sms_content=LEFT_OUT, message=message, **more)


async def _wish(amp: Amp, **wish: Any) -> None:
    answer = await amp.admin("PATCH", f"/tokens/{amp.token}", wish)
    assert answer.status == 200, answer.body


MESSAGES: Final[dict[str, tuple[dict[str, Any], Verdict]]] = {
    "a text": (_TEXT, ACCEPTED),
    "an image": (_IMAGE, ACCEPTED),
    "an action": (_ACTION, ACCEPTED),
    "all three": ({**_TEXT, **_IMAGE, **_ACTION}, ACCEPTED),
    "none": ({}, refused(400, "U-1")),
    "empty arrays": ({"texts": [], "images": [], "actions": []}, refused(400, "U-1")),
    "two texts": ({"texts": [{"text": "a"}, {"text": "b"}]}, refused(403, "U-1")),
    "two images": ({"images": _IMAGE["images"] * 2}, refused(403, "U-1")),
    "two actions": ({"actions": _ACTION["actions"] * 2}, refused(403, "U-1")),
    "a text without text": ({"texts": [{}]}, refused(400, "U-1")),
    "a text of 1000": ({"texts": [{"text": "a" * 1_000}]}, ACCEPTED),
    "a text of 1001": ({"texts": [{"text": "a" * 1_001}]}, refused(403, "I-3")),
}


@pytest.mark.parametrize(("message", "expected"), MESSAGES.values(), ids=MESSAGES)
async def test_a_message_has_at_most_one_of_each_and_at_least_one(
    amp: Amp, message: dict[str, Any], expected: Verdict
) -> None:
    """U-1, I-3: none at all is not understood; a second is illegal."""
    answer = await _say(amp, message)

    assert await verdict(amp, answer) == expected


async def test_it_is_tried_on_all_channels_of_the_token_cheapest_first(amp: Amp) -> None:
    """U-2: in the order that LOW_COST gives to the same channels."""
    await _say(amp, _TEXT)
    await send(amp, im_content=[{"channel": each, "content": "Hello"} for each in _IMS], message_plan="LOW_COST")

    ubiquity, low_cost = [message["channels"] for message in await amp.messages()]
    assert ubiquity == low_cost
    assert set(ubiquity) == {*_IMS, "SMS"}


async def test_a_plan_has_no_say_in_it(amp: Amp) -> None:
    """U-2, O-5: cheapest first with FEATURE_RICH too."""
    for plan in (LEFT_OUT, "FEATURE_RICH", "LOW_COST"):
        await _say(amp, _TEXT, message_plan=plan)

    first, *others = [message["channels"] for message in await amp.messages()]
    assert others == [first, first]


async def test_whom_no_im_reaches_gets_it_by_sms(amp: Amp) -> None:
    """U-2: one message through all channels."""
    await _say(amp, _TEXT, destinations=[{"number": NO_IM_NUMBER}])
    await amp.advance(until="idle")

    (message,) = await amp.messages()
    assert (message["type"], message["status"], message["text"]) == ("SMS", "DELIVRD", "Hello")


LEFT: Final[dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]]] = {
    "a text": ({}, _TEXT, {*_IMS, "SMS"}),
    "an image": ({}, _IMAGE, set(_IMS)),
    "an action": ({}, _ACTION, set(_IMS) - {"VIBER"}),
    "text and image": ({}, _TEXT | _IMAGE, set(_IMS) - {"VIBER"}),
    "text and action": ({}, _TEXT | _ACTION, set(_IMS)),
    "text, image and action": ({}, _TEXT | _IMAGE | _ACTION, set(_IMS)),
    "five pages": ({}, {"texts": [{"text": "a" * 765}]}, {*_IMS, "SMS"}),
    "six pages": ({}, {"texts": [{"text": "a" * 766}]}, set(_IMS)),
    "five pages of pairs": ({}, {"texts": [{"text": "€" * 380}]}, {*_IMS, "SMS"}),
    "six pages of pairs": ({}, {"texts": [{"text": "€" * 381}]}, set(_IMS)),
    "no SMS sender": ({"sms_sender": ""}, _TEXT, set(_IMS)),
    "no IM sender": ({"im_sender": ""}, _TEXT, {"SMS"}),
    "two channels": ({"channels": ["RCS", "VIBER"]}, _TEXT, {"RCS", "VIBER", "SMS"}),
    "no IM channel": ({"channels": []}, _TEXT, {"SMS"}),
    "the older dialect": ({"dialect": "im-gateway"}, _TEXT, {"VIBER", "SMS"}),
}


@pytest.mark.parametrize(("wish", "message", "left"), LEFT.values(), ids=LEFT)
async def test_channels_that_cannot_carry_it_are_left_out(
    amp: Amp, wish: dict[str, Any], message: dict[str, Any], left: set[str]
) -> None:
    """U-3: by what it says, and by what the token has."""
    await _wish(amp, **wish)
    answer = await _say(amp, message)

    (told,) = await amp.messages()
    assert await verdict(amp, answer) == ACCEPTED
    assert set(told["channels"]) == left


NONE_LEFT: Final[dict[str, tuple[dict[str, Any], dict[str, Any]]]] = {
    "an image by SMS": ({"channels": []}, _IMAGE),
    "text and action by SMS": ({"channels": []}, _TEXT | _ACTION),
    "six pages by SMS": ({"channels": []}, {"texts": [{"text": "a" * 766}]}),
    "text and image by VIBER": ({"channels": ["VIBER"]}, _TEXT | _IMAGE),
    "text and image in the older dialect": ({"dialect": "im-gateway"}, _TEXT | _IMAGE),
    "an image without an IM sender": ({"im_sender": ""}, _IMAGE),
    "a text without any sender": ({"im_sender": "", "sms_sender": ""}, _TEXT),
}


@pytest.mark.parametrize(("wish", "message"), NONE_LEFT.values(), ids=NONE_LEFT)
async def test_without_a_channel_it_is_refused(amp: Amp, wish: dict[str, Any], message: dict[str, Any]) -> None:
    """U-4: and nothing is stored."""
    await _wish(amp, **wish)
    answer = await _say(amp, message)

    assert await verdict(amp, answer) == refused(403, "U-4")
    assert await amp.messages() == []

"""What an instant message may say, and on which channels (I-1 to I-7)."""

from itertools import product
from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, LEFT_OUT, VIBER, Verdict, refused, send, verdict
from tests.harness import Amp, Answer

CHANNELS: Final = ("VIBER", "WHATSAPP", "TELEGRAM", "RCS", "MESSENGER")
_PARTS: Final[dict[str, Any]] = {
    "content": "Hello",
    "images": [{"url": "https://x.test/a.png"}],
    "actions": [{"title": "Open", "target_url": "https://x.test/a"}],
}
COMBINATIONS: Final = {
    " and ".join(name for name, wanted in zip(_PARTS, chosen, strict=True) if wanted) or "nothing": {
        name: value for (name, value), wanted in zip(_PARTS.items(), chosen, strict=True) if wanted
    }
    for chosen in product((False, True), repeat=3)
}
_OF_VIBER: Final = ("content", "images", "content and images and actions", "content and actions")


async def _send(amp: Amp, *items: Any, **more: Any) -> Answer:
    return await send(amp, sms_content=LEFT_OUT, im_content=list(items), **more)


async def _wish(amp: Amp, **wish: Any) -> None:
    answer = await amp.admin("PATCH", f"/tokens/{amp.token}", wish)
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("combination", COMBINATIONS)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_each_channel_takes_its_combinations(amp: Amp, channel: str, combination: str) -> None:
    """I-5: VIBER takes four, the others any that is not empty."""
    answer = await _send(amp, {"channel": channel, **COMBINATIONS[combination]})

    good = combination in _OF_VIBER if channel == "VIBER" else combination != "nothing"
    assert await verdict(amp, answer) == (ACCEPTED if good else refused(403, "I-5"))


@pytest.mark.parametrize("dialect", ["amp", "im-gateway"])
@pytest.mark.parametrize("combination", COMBINATIONS)
async def test_an_item_without_channel_leaves_out_those_that_cannot_take_it(
    amp: Amp, combination: str, dialect: str
) -> None:
    """I-5, I-1: when none is left it is refused; the older dialect has VIBER alone."""
    await _wish(amp, dialect=dialect)
    answer = await _send(amp, COMBINATIONS[combination])

    others = [] if dialect == "im-gateway" or combination == "nothing" else list(CHANNELS[1:])
    left = [*(["VIBER"] if combination in _OF_VIBER else []), *others]
    assert await verdict(amp, answer) == (ACCEPTED if left else refused(403, "I-5"))
    assert [message["channels"] for message in await amp.messages()] == ([left] if left else [])


@pytest.mark.parametrize("channel", CHANNELS)
async def test_the_older_dialect_has_viber_alone(amp: Amp, channel: str) -> None:
    """I-1: another channel is an illegal value."""
    await _wish(amp, dialect="im-gateway")
    answer = await _send(amp, {"channel": channel, "content": "Hello"})

    assert await verdict(amp, answer) == (ACCEPTED if channel == "VIBER" else refused(403, "I-1"))


async def test_the_older_dialect_reports_no_other_channel(amp: Amp) -> None:
    """C-8: INTERNAL, SMS and VIBER, and it falls back as ever."""
    await _wish(amp, dialect="im-gateway")
    await send(amp, im_content=[{"content": "Hello"}], message_plan="LOW_COST")
    await amp.advance(until="idle")

    (message,) = await amp.messages()
    (detail,) = [(await amp.admin("GET", f"/messages/{message['id']}")).body]
    assert set(message["channels"]) == {"VIBER", "SMS"}
    assert {entry["type"] for entry in detail["timeline"]} <= {"INTERNAL", "SMS", "VIBER"}


@pytest.mark.parametrize(
    "items",
    [[VIBER, VIBER], [VIBER, {"content": "a"}, {**VIBER, "content": "b"}], [{"content": "a"}, {"content": "b"}]],
    ids=["a channel twice", "a channel twice with one between", "two without"],
)
async def test_each_channel_is_named_once(amp: Amp, items: list[Any]) -> None:
    """I-1: and at most one item has none."""
    answer = await _send(amp, *items)

    assert await verdict(amp, answer) == refused(403, "I-1")
    assert "is used by more than one item" in answer.body["result_info"]["description"]


async def test_an_item_without_channel_stands_for_those_that_no_other_names(amp: Amp) -> None:
    """I-1: the token's, in their order, at its place."""
    await _wish(amp, channels=["TELEGRAM", "VIBER", "WHATSAPP"])

    await _send(amp, {"channel": "WHATSAPP", "content": "a"}, {"content": "b"})
    await _send(amp, {"content": "b"}, {"channel": "WHATSAPP", "content": "a"})

    first, second = [message["channels"] for message in await amp.messages()]
    assert first == ["WHATSAPP", "TELEGRAM", "VIBER"]
    assert second == ["TELEGRAM", "VIBER", "WHATSAPP"]


@pytest.mark.parametrize(
    ("senders", "sender", "expected"),
    [
        ([], "H" * 20, ACCEPTED),
        ([], "H" * 21, refused(403, "I-2")),
        ([], "", refused(403, "I-2")),
        (["Harbour"], "Harbour", ACCEPTED),
        (["Harbour"], "Port", refused(403, "I-2")),
    ],
)
async def test_an_im_sender_is_short_and_one_of_the_tokens(
    amp: Amp, senders: list[str], sender: str, expected: Verdict
) -> None:
    """I-2: up to 20 characters; any, unless the token's are listed."""
    await _wish(amp, senders=senders)
    answer = await _send(amp, {**VIBER, "sender_id": sender})
    await amp.advance(until="idle")

    assert await verdict(amp, answer) == expected
    assert [message["from"] for message in await amp.messages()] == ([sender] if expected == ACCEPTED else [])


async def test_an_im_without_a_sender_comes_from_the_tokens(amp: Amp) -> None:
    """I-2: whatever its SMS sender is."""
    await _wish(amp, im_sender="Harbour Restaurant", sms_sender="Harbour")
    await _send(amp, VIBER)
    await amp.advance(until="idle")

    assert [message["from"] for message in await amp.messages()] == ["Harbour Restaurant"]


ITEMS: Final[dict[str, tuple[dict[str, Any], Verdict]]] = {
    "I-3 1000": ({"content": "🎉" * 1_000}, ACCEPTED),
    "I-3 1001": ({"content": "a" * 1_001}, refused(403, "I-3")),
    "I-3 none": ({"content": ""}, refused(403, "I-3")),
    "I-4 two images": ({"images": _PARTS["images"] * 2}, refused(403, "I-4")),
    "I-4 two actions": ({"actions": _PARTS["actions"] * 2}, refused(403, "I-4")),
    "I-6 an image without url": ({"images": [{}]}, refused(400, "I-6")),
    "I-6 an action without title": ({"actions": [{"target_url": "http://x.test"}]}, refused(400, "I-6")),
    "I-6 an action without target": ({"actions": [{"title": "Open"}]}, refused(400, "I-6")),
    "I-6 a target of another scheme": ({"actions": [{"title": "a", "target_url": "tel:1"}]}, refused(403, "I-6")),
    "I-7 0": ({"ttl": 0}, ACCEPTED),
    "I-7 14": ({"ttl": 14}, refused(403, "I-7")),
    "I-7 15": ({"ttl": 15}, ACCEPTED),
    "I-7 86400": ({"ttl": 86_400}, ACCEPTED),
    "I-7 86401": ({"ttl": 86_401}, refused(403, "I-7")),
    "I-7 432000": ({"ttl": 432_000}, ACCEPTED),
    "I-7 432001": ({"ttl": 432_001}, refused(403, "I-7")),
}


@pytest.mark.parametrize(("changes", "expected"), ITEMS.values(), ids=ITEMS)
async def test_each_rule_of_an_item_has_two_sides(amp: Amp, changes: dict[str, Any], expected: Verdict) -> None:
    """I-3, I-4, I-6, I-7: the last that passes, the first that does not."""
    answer = await _send(amp, {**VIBER, **changes})

    assert await verdict(amp, answer) == expected

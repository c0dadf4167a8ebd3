"""I-1 to I-9, U-1, U-4: what instant messages and ubiquity messages may say."""

from typing import Any

import pytest

from mock_amp.core.model import Channel
from tests.unit.builders import ACTION, IMAGE, NO_URLS, RULES, a_body, a_token, judged, refused, understood, verdict

TEXT, PICTURE, BUTTON = {"content": "Ready."}, {"images": [IMAGE]}, {"actions": [ACTION]}
UBIQUITY = {"texts": [{"text": "Ready."}]}


def im(**item: Any) -> dict[str, Any]:
    """The sections of a request with one IM item."""
    return {"im_content": [item]}


@pytest.mark.parametrize("url", NO_URLS)
def test_the_url_of_an_image_is_absolute_http_with_a_host(url: str) -> None:
    """I-6: http(s) URLs."""
    assert verdict(**im(images=[{"url": url}])) == (403, "I-6")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (TEXT, (200, "")),
        (PICTURE, (200, "")),
        (TEXT | PICTURE | BUTTON, (200, "")),
        (TEXT | BUTTON, (200, "")),
        (TEXT | PICTURE, (403, "I-5")),
        (BUTTON, (403, "I-5")),
        (PICTURE | BUTTON, (403, "I-5")),
        ({}, (403, "I-5")),
    ],
    ids=str,
)
def test_viber_takes_its_combinations_only(item: dict[str, Any], expected: tuple[int, str]) -> None:
    """I-5: text; image; text+image+action; text+action."""
    assert verdict(**im(channel="VIBER", **item)) == expected


@pytest.mark.parametrize("item", [TEXT | PICTURE, BUTTON, PICTURE | BUTTON], ids=str)
def test_an_item_without_channel_is_for_those_that_can_take_it(item: dict[str, Any]) -> None:
    """I-5: leaves out the channels that cannot take it; none left: 403."""
    refusal = refused(RULES.judge(a_body(**im(**item)), a_token(channels=(Channel.VIBER,))))

    assert "VIBER" not in [offer.channel for offer in understood(judged(**im(**item))).offers]
    assert (refusal.status, refusal.rule) == (403, "I-5")


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"channel": "SMS", **TEXT}, (403, "I-1")),
        ({"channel": "", **TEXT}, (403, "I-1")),
        ({"sender_id": "x" * 20, **TEXT}, (200, "")),
        ({"sender_id": "x" * 21, **TEXT}, (403, "I-2")),
        ({"content": ""}, (403, "I-3")),
        ({"content": "\U0001f37d" * 1_000}, (200, "")),
        ({"content": "x" * 1_001}, (403, "I-3")),
        ({"images": [IMAGE, IMAGE]}, (403, "I-4")),
        ({"actions": [ACTION, ACTION], **TEXT}, (403, "I-4")),
        ({}, (403, "I-5")),
        ({"images": [{}]}, (400, "I-6")),
        ({"actions": [{"title": "Book"}]}, (400, "I-6")),
        ({"track_clicks": "yes", **TEXT}, (400, "I-9")),
        *(({"ttl": ttl, **TEXT}, (200, "")) for ttl in (0, 15, 86_400, 432_000)),
        *(({"ttl": ttl, **TEXT}, (403, "I-7")) for ttl in (-1, 14, 86_401, 432_001)),
    ],
    ids=lambda value: ascii(value)[:60].replace("\\", ""),
)
def test_an_item_keeps_to_its_rules(item: dict[str, Any], expected: tuple[int, str]) -> None:
    """I-1 to I-9: a repeat of the table."""
    assert verdict(**im(**item)) == expected


@pytest.mark.parametrize("items", [[{"channel": "RCS"}, {"channel": "RCS"}], [{}, {}]], ids=str)
def test_a_channel_is_used_once(items: list[dict[str, Any]]) -> None:
    """I-1: each channel at most once, and at most one item without."""
    assert verdict(im_content=[item | TEXT for item in items]) == (403, "I-1")


def test_a_text_is_measured_as_each_destination_gets_it() -> None:
    """I-3: 1 to 1000 characters after params."""
    long, short = ({"number": f"3569900000{at}", "params": {"A": "x" * at * 500}} for at in (2, 1))
    found = refused(judged(destinations=[long, short], im_content=[{"content": "{#A}!"}]))

    assert (found.rule, found.total) == ("I-3", 1)
    assert found.reason.endswith("It has 1001 characters for [35699000002]")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({}, (400, "U-1")),
        ({"texts": [], "images": [], "actions": []}, (400, "U-1")),
        ({"texts": [{}]}, (400, "U-1")),
        ({"texts": [{"text": ""}]}, (403, "U-1")),
        ({"texts": [{"text": "a"}, {"text": "b"}]}, (403, "U-1")),
        (PICTURE, (200, "")),
        (UBIQUITY | PICTURE | BUTTON, (200, "")),
    ],
    ids=str,
)
def test_a_ubiquity_message_has_one_of_each_at_most_and_something(
    message: dict[str, Any], expected: tuple[int, str]
) -> None:
    """U-1: none: 400."""
    assert verdict(message=message) == expected


def test_a_ubiquity_text_too_long_for_instant_messages_does_not_go_with_an_image() -> None:
    """I-3, U-3: SMS is left out for the image, the IM channels for the length."""
    message = {"texts": [{"text": "x" * 1_001}], "images": [IMAGE]}

    assert refused(judged(message=message)).status == 403


def test_a_ubiquity_message_that_no_channel_of_the_token_carries_is_refused() -> None:
    """U-4: no channel left: 403."""
    found = refused(RULES.judge(a_body(message=PICTURE), a_token(channels=())))

    assert (found.status, found.rule) == (403, "U-4")

"""I-1, I-2, I-5, M-6, M-7, M-9, M-10, U-4: what is said of a section that breaks a rule, word for word."""

import base64
from typing import Any, Final

import pytest

from mock_amp.core.content_rules import check_offers, check_sections
from mock_amp.core.documents import Warnings
from mock_amp.core.faults import Faults
from mock_amp.core.model import Channel, Dialect, Token
from mock_amp.core.routing import offers
from mock_amp.core.wire import read_content
from tests.unit.builders import ACTION, IMAGE, a_token

SENDERS: Final = ("Harbour", "Quay")
ROUTES: Final = ("G1", "G2")
TEXT: Final = {"content": "Ready."}
VIBER_TAKES: Final = "text; image; text, image and action; text and action"


def test_a_sender_of_an_sms_that_the_account_does_not_have_is_told() -> None:
    """M-9: with those that it has."""
    assert of_sms(a_token(senders=SENDERS), message="x", sender_id="Pier") == [
        (
            *("sender", "/sms_content/sender_id", "Pier", "M-9", 403),
            "SmsContent has an invalid [sender_id] value. Value [Pier] is no sender of the account",
            "one of [Harbour, Quay]",
        )
    ]


def test_a_sender_of_an_item_that_the_account_does_not_have_is_told() -> None:
    """I-2: with the place of the item."""
    assert of_items(a_token(senders=SENDERS), TEXT, {"channel": "VIBER", "sender_id": "Pier", **TEXT}) == [
        (
            *("sender", "/im_content/1/sender_id", "Pier", "I-2", 403),
            "ImContent has an invalid [sender_id] value. Value [Pier] is no sender of the account",
            "one of [Harbour, Quay]",
        )
    ]


@pytest.mark.parametrize("section", [{}, {"sender_id": "Quay"}, {"sender_id": ""}], ids=str)
def test_a_sender_of_the_account_or_none_is_fine(section: dict[str, str]) -> None:
    """M-9, I-2: if there is none, the token's is used."""
    assert of_sms(a_token(senders=SENDERS), **section) == []
    assert of_items(a_token(senders=SENDERS), TEXT | section) == []


def test_a_route_that_the_account_does_not_have_is_told() -> None:
    """M-10: with those that it has."""
    assert of_sms(a_token(routes=ROUTES), message="x", route="G9") == [
        (
            *("route", "/sms_content/route", "G9", "M-10", 403),
            "SmsContent has an invalid [route] value. Value [G9] is no route of the account",
            "one of [G1, G2]",
        )
    ]


@pytest.mark.parametrize("section", [{}, {"route": "G2"}, {"route": ""}], ids=str)
def test_a_route_of_the_account_or_none_is_fine(section: dict[str, str]) -> None:
    """M-10: if there is none, the token's is used."""
    assert of_sms(a_token(routes=ROUTES), **section) == []


@pytest.mark.parametrize(
    ("section", "field", "rule"),
    [
        ({"message": "x", "udh": "?!"}, "udh", "M-7"),
        ({"message": "x", "udh": "?!", "encoding": "UCS2"}, "udh", "M-7"),
        ({"message": "eA==", "udh": "?!", "encoding": "BINARY"}, "udh", "M-6"),
        ({"message": "?!", "udh": "AA==", "encoding": "BINARY"}, "message", "M-6"),
    ],
    ids=str,
)
def test_what_is_no_base64_is_told_with_its_field(section: dict[str, str], field: str, rule: str) -> None:
    """M-6, M-7: the rule is that of the encoding."""
    expected = f"SmsContent has an invalid [{field}] value. It is not base64"

    assert of_sms(**section) == [("base64", f"/sms_content/{field}", "?!", rule, 403, expected, "base64")]


@pytest.mark.parametrize("section", [{"message": "?!"}, {"message": "?!", "encoding": "UCS2"}], ids=str)
def test_a_text_is_not_read_as_base64(section: dict[str, str]) -> None:
    """M-6: only BINARY asks for it."""
    assert of_sms(udh="AA==", **section) == []


def test_a_binary_sms_has_140_bytes_with_its_header() -> None:
    """M-6: added up; 140 go, 141 do not."""
    assert of_sms(message=in_base64(134), udh=in_base64(6), encoding="BINARY") == []
    assert of_sms(message=in_base64(135), udh=in_base64(6), encoding="BINARY") == [
        (
            *("binary_size", "/sms_content/message", None, "M-6", 403),
            "SmsContent has 141 bytes of udh and message",
            "at most 140 bytes together",
        )
    ]


def test_a_binary_sms_without_a_header_is_not_measured() -> None:
    """M-6: the missing udh is refused elsewhere."""
    assert of_sms(message=in_base64(141), encoding="BINARY") == []


@pytest.mark.parametrize(
    ("channel", "wanted"),
    [("VIBER", VIBER_TAKES), ("RCS", "text, image or action"), ("WHATSAPP", "text, image or action")],
)
def test_a_combination_that_a_channel_does_not_take_is_told_with_those_it_takes(channel: str, wanted: str) -> None:
    """I-5: an empty item goes nowhere."""
    reason = f"ImContent has no combination of text, image and action that [{channel}] carries"
    item = {"channel": channel}

    assert of_items(a_token(), TEXT, item) == [("combination", "/im_content/1", None, "I-5", 403, reason, wanted)]


@pytest.mark.parametrize(
    "item",
    [TEXT, {"images": [IMAGE]}, {"actions": [ACTION], **TEXT}, {"images": [IMAGE], "actions": [ACTION], **TEXT}],
    ids=str,
)
def test_what_viber_takes_is_fine(item: dict[str, Any]) -> None:
    """I-5: four combinations."""
    assert of_items(a_token(), {"channel": "VIBER", **item}) == []


def test_a_channel_that_comes_again_is_told_each_time() -> None:
    """I-1: with its place."""
    rcs = {"channel": "RCS", **TEXT}
    reason = "ImContent has an invalid [channel] value. Value [RCS] is used by more than one item"
    expected = "each channel at most once, one item without"

    assert of_items(a_token(), rcs, TEXT, rcs, rcs) == [
        ("channel_repeated", f"/im_content/{at}/channel", "RCS", "I-1", 403, reason, expected) for at in (2, 3)
    ]


def test_the_older_dialect_has_viber_alone() -> None:
    """I-1: another channel is told, and not held against its combinations; one that nobody knows is not looked at."""
    token = a_token(dialect=Dialect.IM_GATEWAY)

    assert of_items(token, {"channel": "MAIL"}, {"channel": "VIBER", **TEXT}, TEXT, {"channel": "RCS"}) == [
        (
            *("enum", "/im_content/3/channel", "RCS", "I-1", 403),
            "ImContent has an invalid [channel] value. Value [RCS] is not one of [VIBER]",
            "one of [VIBER]",
        )
    ]


def test_an_item_that_no_channel_of_the_token_takes_is_told() -> None:
    """I-5: with its place; an item that names its channel, or that one of them takes, is fine."""
    items: list[dict[str, Any]] = [{"channel": "RCS", **TEXT}, {"actions": [ACTION]}]

    assert of_items(a_token(channels=(Channel.VIBER, Channel.RCS)), *items) == []
    assert of_items(a_token(channels=(Channel.VIBER,)), *items) == [
        (
            *("combination", "/im_content/1", None, "I-5", 403),
            "ImContent has no combination of text, image and action that [a channel of the token] carries",
            "text, image or action",
        )
    ]


def test_a_ubiquity_message_that_no_channel_takes_is_told() -> None:
    """U-4: no channel left."""
    message = {"images": [IMAGE]}

    assert of_offers(a_token(channels=(Channel.RCS,)), message=message) == []
    assert of_offers(a_token(channels=()), message=message) == [
        (
            *("no_channel", "/message", None, "U-4", 403),
            "UbiquityContent cannot be carried by any channel of the token",
            "what a channel carries",
        )
    ]


def of_sms(token: Token | None = None, /, **sms: str) -> list[tuple[object, ...]]:
    return _of({"sms_content": sms}, token or a_token())


def of_items(token: Token, *items: dict[str, Any]) -> list[tuple[object, ...]]:
    return _of({"im_content": list(items)}, token)


def of_offers(token: Token, **sections: Any) -> list[tuple[object, ...]]:
    """What is said once it is known who would carry it."""
    faults, content = Faults(), read_content(sections)
    check_offers(content, offers(content, token), [], faults, Warnings())
    return _whole(faults)


def in_base64(size: int) -> str:
    return base64.b64encode(bytes(size)).decode()


def _of(document: dict[str, Any], token: Token) -> list[tuple[object, ...]]:
    faults = Faults()
    check_sections(document, token, faults)
    return _whole(faults)


def _whole(faults: Faults) -> list[tuple[object, ...]]:
    """Each violation with all that a client and the journal learn of it."""
    return [(at.name, at.pointer, at.value, at.rule, at.status, at.reason, at.expected) for at in faults.kept]

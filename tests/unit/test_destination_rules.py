"""D-2, D-5, M-1 to M-7, I-3, I-6: what is said of a text or URL as a destination gets it, word for word."""

import re
from typing import Any, Final

import pytest

from mock_amp.core.destination_rules import check_destinations, check_sms
from mock_amp.core.documents import Warnings
from mock_amp.core.faults import Faults
from mock_amp.core.refusals import Warned
from mock_amp.core.wire import read_destinations
from tests.unit.builders import ACTION, NUMBER

URL: Final = re.compile("https?://[a-z]+")
OTHER: Final = "35699000002"
MESSAGE: Final = "/sms_content/message"
PAGES: Final = "1 to 5 pages: 160 characters, then 153 a page (GSM7); 70, then 67 (UCS2)"


@pytest.mark.parametrize(
    ("encoding", "udh", "text", "rule", "count"),
    [
        ("GSM7", 0, "", "M-1", 1),
        ("UCS2", 0, "", "M-1", 1),
        ("GSM7", 0, "x" * 766, "M-3", 6),
        ("GSM7", 0, "x" * 919, "M-3", 7),
        ("GSM7", 6, "x" * 736, "M-3", 6),
        ("UCS2", 0, "x" * 336, "M-4", 6),
        ("UCS2", 0, "\U0001f37d" * 166, "M-4", 6),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_text_of_no_length_or_too_many_pages_is_told(
    encoding: str, udh: int, text: str, rule: str, count: int
) -> None:
    """M-1, M-3, M-4, M-7: with characters, number and pages."""
    length = len(text)
    reason = f"It has {length} characters for [{NUMBER}], {count} pages"

    assert of_sms(encoding, udh, text) == [
        (
            *("sms_length", MESSAGE, text, rule, 403),
            f"SmsContent has an invalid [message] value. {reason}",
            PAGES,
        )
    ]


@pytest.mark.parametrize(
    ("encoding", "udh", "text"),
    [
        ("GSM7", 0, "x"),
        ("GSM7", 0, "x" * 765),
        ("GSM7", 6, "x" * 735),
        ("UCS2", 0, "x" * 335),
        ("UCS2", 0, "ł"),
        ("GSM7", 138, "x"),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_text_of_one_to_five_pages_is_fine(encoding: str, udh: int, text: str) -> None:
    """M-3, M-4, M-7: both ends included; nothing is warned of."""
    warnings = Warnings()

    assert of_sms(encoding, udh, text, warnings) == []
    assert warnings.first == []


def test_a_header_that_leaves_no_room_is_told() -> None:
    """M-7: its bytes take up room on the page; the text is not looked at any more."""
    warnings = Warnings()

    assert of_sms("GSM7", 140, "ł", warnings) == [
        (
            *("udh_size", "/sms_content/udh", None, "M-7", 403),
            "SmsContent has an invalid [udh] value. Its 140 bytes leave no room",
            "a shorter udh",
        )
    ]
    assert warnings.first == []


def test_each_character_that_gsm7_has_not_is_warned_of_once() -> None:
    """M-5: in the order in which they come."""
    warnings = Warnings()

    assert of_sms("GSM7", 0, "łódź ł", warnings) == []
    assert warnings.first == [
        Warned("M-5", MESSAGE, f"GSM7 has no 'ł' (U+0142); delivered to {NUMBER} as ?"),
        Warned("M-5", MESSAGE, f"GSM7 has no 'ó' (U+00F3); delivered to {NUMBER} as ?"),
        Warned("M-5", MESSAGE, f"GSM7 has no 'ź' (U+017A); delivered to {NUMBER} as ?"),
    ]


def test_a_character_that_is_no_letter_is_warned_of_by_its_code() -> None:
    """M-5: an escape cannot be seen; an emoji has five digits."""
    warnings = Warnings()

    of_sms("GSM7", 0, "\x1b\U0001f37d", warnings)

    assert [each.text for each in warnings.first] == [
        f"GSM7 has no '\\x1b' (U+001B); delivered to {NUMBER} as ?",
        f"GSM7 has no '\U0001f37d' (U+1F37D); delivered to {NUMBER} as ?",
    ]


def test_a_text_that_is_empty_once_filled_is_told_for_its_destination() -> None:
    """M-1, D-5: after filling, of that destination and no other."""
    found, _ = of_document(a_text_for("", "x"), sms_content={"message": "{#A}"})

    assert found == [
        (
            *("sms_length", MESSAGE, "", "M-1", 403),
            f"SmsContent has an invalid [message] value. It has 0 characters for [{NUMBER}], 1 pages",
            PAGES,
        )
    ]


def test_a_header_of_a_text_takes_its_room() -> None:
    """M-7: in base64; a UCS2 text of 335 with it does not go."""
    sms = {"message": "x" * 335, "encoding": "UCS2"}
    without, _ = of_document(a_text_for("x"), sms_content=sms)
    found, _ = of_document(a_text_for("x"), sms_content=sms | {"udh": "BQADAQIB"})

    assert (without, [each[0] for each in found]) == ([], ["sms_length"])


@pytest.mark.parametrize(
    ("sections", "pointer", "told"),
    [
        ({"im_content": [{"content": "{#A}"}]}, "/im_content/0/content", "ImContent has an invalid [content] value."),
        ({"message": {"texts": [{"text": "{#A}"}]}}, "/message/texts/0/text", "Text has an invalid [text] value."),
    ],
    ids=str,
)
def test_an_instant_message_has_1_to_1000_characters_once_filled(
    sections: dict[str, Any], pointer: str, told: str
) -> None:
    """I-3: both ends included; each destination for itself."""
    expected = "1 to 1000 characters after params"

    assert of_document(a_text_for("x", "x" * 1_000), **sections)[0] == []
    assert of_document(a_text_for("", "x" * 1_001), **sections)[0] == [
        ("im_length", pointer, "", "I-3", 403, f"{told} It has 0 characters for [{NUMBER}]", expected),
        ("im_length", pointer, "x" * 1_001, "I-3", 403, f"{told} It has 1001 characters for [{OTHER}]", expected),
    ]


@pytest.mark.parametrize(
    ("section", "at", "owner", "field"),
    [
        ({"images": [{"url": "{#A}"}]}, "/images/0/url", "ImImage", "url"),
        ({"actions": [ACTION | {"target_url": "{#A}"}]}, "/actions/0/target_url", "ImAction", "target_url"),
    ],
    ids=str,
)
@pytest.mark.parametrize("of", ["im_content", "message"])
def test_a_url_is_told_as_each_destination_gets_it(
    of: str, section: dict[str, Any], at: str, owner: str, field: str
) -> None:
    """I-6, D-5: the filled one, with what it belongs to."""
    sections, pointer = ({of: [section]}, f"/{of}/0{at}") if of == "im_content" else ({of: section}, f"/{of}{at}")
    reason = f"{owner} has an invalid [{field}] value. Value [mailto:a] is not an absolute http or https URL"

    assert of_document(a_text_for("http://a", "mailto:a"), **sections)[0] == [
        ("url", pointer, "mailto:a", "I-6", 403, reason, "http://… or https://…")
    ]


def test_a_url_is_matched_as_a_whole() -> None:
    """I-6: what comes after it counts."""
    found, _ = of_document(a_text_for("x"), im_content=[{"images": [{"url": "http://a b"}]}])

    assert [each[2] for each in found] == ["http://a b"]


def test_a_number_that_repeats_and_a_missing_value_are_told_before_any_text() -> None:
    """D-2, D-5: what they fill is not looked at then."""
    twice: list[dict[str, Any]] = [{"number": NUMBER, "params": {"A": ""}}, {"number": NUMBER}]
    found, warnings = of_document(twice, sms_content={"message": "{#A}ł{#B}"})
    reason = "DestinationInfo has an invalid [params] value. There is no value for placeholder"

    assert warnings == []
    assert found == [
        (
            *("number_repeated", "/destinations/1/number", NUMBER, "D-2", 403),
            f"DestinationInfo has an invalid [number] value. Value [{NUMBER}] is not unique: "
            "it stands at destinations[0] and destinations[1]",
            "each number once",
        ),
        *(
            (
                *("placeholder", f"/destinations/{at}/params", None, "D-5", 403),
                f"{reason} [{key}] for destination [{NUMBER}]",
                f"a value for {key} in params",
            )
            for at, key in ((0, "B"), (1, "A"), (1, "B"))
        ),
    ]


def a_text_for(*values: str) -> list[dict[str, Any]]:
    """Destinations that fill A with these values."""
    return [{"number": str(int(NUMBER) + at), "params": {"A": value}} for at, value in enumerate(values)]


def of_document(destinations: list[dict[str, Any]], **sections: Any) -> tuple[list[tuple[object, ...]], list[Warned]]:
    faults, warnings = Faults(), Warnings()
    document = {"destinations": destinations, **sections}
    check_destinations(document, read_destinations(document), URL, faults, warnings)
    return _whole(faults), warnings.first


def of_sms(encoding: str, udh: int, text: str, warnings: Warnings | None = None) -> list[tuple[object, ...]]:
    faults = Faults()
    check_sms(MESSAGE, encoding, udh, faults, warnings or Warnings(), text, NUMBER)
    return _whole(faults)


def _whole(faults: Faults) -> list[tuple[object, ...]]:
    """Each violation with all that a client and the journal learn of it."""
    return [(at.name, at.pointer, at.value, at.rule, at.status, at.reason, at.expected) for at in faults.kept]

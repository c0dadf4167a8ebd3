"""R-7, R-8: the catalogue of refusals, and the words that clients get."""

import re
import string
from collections import Counter
from typing import Any, Final

import pytest

from mock_amp.core.refusals import CATALOGUE, MOST_REASONS, PHRASES, plain, refuse, refuse_all, violation

_FACTS: Final[dict[str, Any]] = {
    "allowed": "POST",
    "again": 4,
    "count": 6,
    "networks": "10.0.0.0/8",
    "rate": "10 requests in 1s",
    "seconds": 3,
    "text": "unknown key",
    "channel": "VIBER",
    "custom_id": None,
    "endpoints": "/1/im",
    "field": "ttl",
    "first": 2,
    "got": "a string",
    "key": "NAME",
    "length": 1_001,
    "limit": 64,
    "number": "35699000001",
    "object": "SmsContent",
    "params": None,
    "position": 7,
    "problem": "unexpected end",
    "setting": "max-requests",
    "wanted": "an integer",
}


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_refusal_names_its_rule_and_a_status_that_has_a_phrase(name: str) -> None:
    """R-7, R-8: status and rule are data."""
    found = CATALOGUE[name]

    assert found.rule == "by-field" or re.fullmatch(r"[A-Z]-[1-9][0-9]*", found.rule)
    assert found.status in PHRASES


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_texts_of_a_refusal_can_be_filled(name: str) -> None:
    """R-7, R-8: with the facts of a case, nothing stays open."""
    found = violation(name, "/there", "x", "M-12", **_FACTS)

    assert found.reason
    assert found.expected
    assert not [text for text in (found.reason, found.expected) if _open_fields(text)]


def test_only_a_refusal_by_field_takes_its_rule_from_the_field() -> None:
    """H-9: the rule named for a fault is the field's own."""
    assert violation("maximum", rule="M-12").rule == "M-12"
    assert violation("number_repeated").rule == "D-2"


def test_a_400_wins_over_a_403() -> None:
    """H-9: a document with 400 and 403 faults is 400, and tells of the 400 alone."""
    illegal, missing = violation("channel_repeated", **_FACTS), violation("required", "", None, "D-1", **_FACTS)

    found = refuse_all([illegal, missing], Counter({403: 1, 400: 1}), "evening-42")

    assert (found.status, found.rule, found.client_job_id) == (400, "D-1", "evening-42")
    assert found.reason == "Bad Request: SmsContent lacks the required [ttl]."
    assert [each.status for each in found.violations] == [400, 403]


def test_ten_reasons_are_told_and_then_how_many_more() -> None:
    """R-7: joined by `; `; at most 10, then how many more."""
    many = [violation("placeholder", number=str(number), key="A") for number in range(12)]

    found = refuse_all(many, Counter({403: 50_000}), None)

    *told, more = found.reason.removeprefix(PHRASES[403]).split("; ")
    assert (len(told), more) == (MOST_REASONS, "and 49990 more")
    assert told[9].endswith("for destination [9]")


def test_ten_reasons_have_no_more() -> None:
    """R-7: nothing is left to count."""
    many = [violation("placeholder", number=str(number), key="A") for number in range(10)]

    assert "more" not in refuse_all(many, Counter({403: 10}), None).reason


def test_a_refusal_for_one_reason_starts_with_its_phrase() -> None:
    """R-8: the texts of the others start with the reason phrase."""
    assert refuse("path_unknown", "/1/mms", endpoints="/1/im").reason == (
        "Not Found: There is no endpoint at [/1/mms]."
    )


def test_a_refusal_for_one_reason_has_what_the_headers_of_its_answer_say() -> None:
    """H-1, H-7: Allow and Retry-After beside the facts."""
    method = refuse("method", "PUT", allow="GET, POST", allowed="GET or POST")
    throttled = refuse("throttled", retry_after=3, rate="10 requests in 1s", seconds=3)

    assert (method.allow, method.retry_after, method.total) == ("GET, POST", None, 1)
    assert method.violations == (violation("method", "", "PUT", "H-1", allowed="GET or POST"),)
    assert (throttled.allow, throttled.retry_after, throttled.client_job_id) == (None, 3, None)
    assert throttled.violations[0].expected == "10 requests in 1s; try again in 3 s"


def test_a_violation_is_of_the_whole_document_unless_it_says_where() -> None:
    """R-7: the pointer of the document is empty, and so is the value."""
    found = violation("empty")

    assert (found.pointer, found.value, found.rule, found.facts) == ("", None, "H-9", {})


def test_a_value_with_braces_is_shown_as_it_is() -> None:
    """R-7: what a client sent is never read as a place to fill."""
    assert "[{limit}]" in violation("enum", "/x", "{limit}", "O-5", **_FACTS).reason


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "null"),
        (True, "true"),
        (4.5, "4.5"),
        ("avc", "avc"),
        ({"A": 1, "B": None}, "{A=1, B=null}"),
        (["a", {"b": False}], "[a, {b=false}]"),
    ],
)
def test_a_value_is_shown_as_the_vendor_shows_it(value: object, shown: str) -> None:
    """R-7: null, {KEY=value}."""
    assert plain(value) == shown


def test_a_long_value_is_cut() -> None:
    """R-7: a megabyte of text is no reason."""
    assert plain("x" * 200) == "x" * 200
    assert plain("x" * 201) == "x" * 199 + "…"


def _open_fields(text: str) -> list[str]:
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]

"""H-15: keys that stand more than once in an object are found, and only those."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amp.core.documents import Warnings, decode
from mock_amp.core.duplicates import warn_of_duplicates
from mock_amp.core.refusals import Warned
from tests.unit.builders import RULES, a_token, understood

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text('":\\ ab', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text('":\\ ab', max_size=3), inner, max_size=3),
    max_leaves=12,
)


def found(body: bytes) -> Warnings:
    warnings, document = Warnings(), decode(body)
    assert isinstance(document, dict)
    warn_of_duplicates(body, document, warnings)
    return warnings


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        pytest.param('{"a":1,"a":2}', ["/a"], id="outer"),
        pytest.param('{"a":1,"a":2,"a":3}', ["/a"], id="three times"),
        pytest.param('{"a" : 1, "b": 2, "b"\n:3, "a"\t:4}', ["/b", "/a"], id="two keys and white space"),
        pytest.param('{"o":{"x":1,"x":2}}', ["/o/x"], id="in an object"),
        pytest.param('{"l":[{},[{"x":1,"x":2}]]}', ["/l/1/0/x"], id="in arrays"),
        pytest.param('{"a/b":{"c~d":1,"c~d":2}}', ["/a~1b/c~0d"], id="escaped"),
        pytest.param('{"a":1,"\\u0061":2}', ["/a"], id="written in two ways"),
        pytest.param('{"":1,"":2}', ["/"], id="the empty key"),
        pytest.param('{"k":":","a":1,"a":2}', ["/a"], id="beside a colon in a text"),
        pytest.param('{"a":{"x":1,"x":2},"a":{}}', ["/a"], id="not in what is replaced"),
    ],
)
def test_a_key_that_stands_again_is_found(body: str, pointers: list[str]) -> None:
    """H-15: with a JSON Pointer (RFC 6901), from the outside in."""
    assert [(each.rule, each.pointer) for each in found(body.encode()).first] == [("H-15", at) for at in pointers]


@pytest.mark.parametrize(
    "body",
    [
        '{"a":1,"b":{"a":1},"l":[{"a":1},{"a":1}]}',
        '{"a":":-)","b":"x\\":y","c":"\\\\"}',
        '{"a":"https://x.test/?a=1&a=2","a:a":"\\"a\\":1,\\"a\\":2"}',
        '{"a":"{\\"a\\":1}"}',
        "{}",
    ],
)
def test_a_key_that_stands_once_is_not(body: str) -> None:
    """H-15: colons and quotes inside of texts are no keys."""
    assert found(body.encode()).total == 0


@given(st.dictionaries(st.text('":\\ ab', max_size=3), VALUES, max_size=4), st.booleans())
def test_no_document_without_duplicates_is_warned_of(document: dict[str, Any], ascii_only: bool) -> None:  # noqa: FBT001 - drawn
    """H-15: whatever stands in its texts."""
    assert found(json.dumps(document, ensure_ascii=ascii_only).encode()).total == 0


@given(st.dictionaries(st.text('":\\ ab', max_size=3), VALUES, min_size=1, max_size=4))
def test_every_key_written_twice_is_found(document: dict[str, Any]) -> None:
    """H-15: whatever it is made of."""
    text = json.dumps(document)

    assert found(f"{text[:-1]},{text[1:]}".encode()).total >= len(document)


def test_what_a_later_key_hides_may_be_deep() -> None:
    """H-15: it is told, without the place."""
    hidden = "[" * 900 + "]" * 900

    assert found(f'{{"a":{hidden},"a":1}}'.encode()).total == 1


def test_a_number_without_measure_is_no_obstacle() -> None:
    """H-15: Python would not make an integer of 5,000 digits; nobody asks it to."""
    assert found(b'{"a":0.' + b"1" * 5_000 + b',"a":1}').total == 1


def test_the_last_value_counts_and_the_request_is_understood() -> None:
    """H-15: reported with the other warnings."""
    body = b'{"destinations":[{"number":"35699000001"}],"sms_content":{"message":"One","message":"Two"},"job_id":"j"}'
    said = understood(RULES.judge(body, a_token()))

    assert said.document["sms_content"]["message"] == "Two"
    assert said.warnings == (
        Warned("H-15", "/sms_content/message", "key message stands more than once in its object, the last is taken"),
    )

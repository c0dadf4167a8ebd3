"""H-12, H-13, H-14, H-16: what is quietly put right in a document, and what is said about it."""

from typing import Any

import pytest

from mock_amp.core.documents import Shape, Warnings
from mock_amp.core.refusals import Warned

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "job_id": {"type": "string", "x-empty": "absent"},
        "im_content": {"type": "array", "x-empty": "absent", "items": {"$ref": "#/$defs/Item"}},
        "ttl": {"type": "integer"},
        "sms_content": {"$ref": "#/$defs/Item"},
        "sender_id": {"type": "string"},
        "params": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "$defs": {
        "Item": {"type": "object", "properties": {"content": {"type": "string"}, "ttl": {"type": "integer"}}},
    },
}
SHAPE = Shape(SCHEMA, SCHEMA)


def tidied(document: dict[str, Any]) -> tuple[dict[str, Any], list[Warned]]:
    warnings = Warnings()
    return SHAPE.tidy(document, warnings), warnings.first


def test_a_document_without_a_fault_stays_as_it_is() -> None:
    document = {"job_id": "evening-42", "ttl": 60, "sms_content": {"content": "Ready."}, "im_content": [{"ttl": 15}]}

    assert tidied(document) == (document, [])


def test_the_document_that_came_is_not_changed() -> None:
    """A refusal shows what came, not what was made of it."""
    document = {"job_id": None, "ttl": "60", "colour": 1, "sms_content": {"ttl": "60"}}
    tidied(document)

    assert document == {"job_id": None, "ttl": "60", "colour": 1, "sms_content": {"ttl": "60"}}


def test_an_unknown_key_is_ignored_and_told_with_the_nearest_known_one() -> None:
    """H-12: reported as a warning with the nearest known key."""
    document, warnings = tidied({"ttl": 60, "jobid": "evening-42"})

    assert document == {"ttl": 60}
    assert warnings == [Warned("H-12", "/jobid", "unknown key jobid, ignored; did you mean job_id?")]


def test_an_unknown_key_that_is_near_nothing_has_no_hint() -> None:
    """H-12: a far-fetched hint would be worse than none."""
    assert tidied({"xyz": 1})[1] == [Warned("H-12", "/xyz", "unknown key xyz, ignored")]


def test_unknown_keys_are_found_in_sections_and_items() -> None:
    """H-12: with the pointer to each."""
    document, warnings = tidied({"sms_content": {"a/b": 1}, "im_content": [{}, {"tfl": 60}]})

    assert document == {"sms_content": {}, "im_content": [{}, {}]}
    assert [each.pointer for each in warnings] == ["/sms_content/a~1b", "/im_content/1/tfl"]


def test_the_keys_of_params_are_the_client_s_own() -> None:
    """H-12, D-4: no key of params is unknown."""
    assert tidied({"params": {"NAME": "Ana"}}) == ({"params": {"NAME": "Ana"}}, [])


def test_an_explicit_null_is_absent() -> None:
    """H-13: everywhere a key stands, and not worth a warning."""
    document = {"job_id": None, "sms_content": {"content": None}, "im_content": [{"ttl": None}], "params": {"A": None}}

    assert tidied(document) == ({"sms_content": {}, "im_content": [{}], "params": {}}, [])


def test_a_null_inside_an_array_stays() -> None:
    """H-9: it has no key to be absent; the schema refuses it."""
    assert tidied({"im_content": [None]}) == ({"im_content": [None]}, [])


@pytest.mark.parametrize(("written", "meant"), [("60", 60), ("-1", -1), ("007", 7), ("9" * 25, int("9" * 25))])
def test_an_integer_may_come_as_a_decimal_string(written: str, meant: int) -> None:
    """H-14: form -?[0-9]+, reported as a warning."""
    document, warnings = tidied({"ttl": written})

    assert document == {"ttl": meant}
    assert [(each.rule, each.pointer) for each in warnings] == [("H-14", "/ttl")]


def test_integers_in_sections_and_items_may_be_strings_too() -> None:
    """H-14: the official SDK sends it so."""
    document, warnings = tidied({"sms_content": {"ttl": "1"}, "im_content": [{"ttl": "2"}]})

    assert document == {"sms_content": {"ttl": 1}, "im_content": [{"ttl": 2}]}
    assert [each.pointer for each in warnings] == ["/sms_content/ttl", "/im_content/0/ttl"]


@pytest.mark.parametrize("value", ["", " 60", "+60", "6e1", "60.0", "\u0663", "0x1", 4.5, True])
def test_what_is_no_integer_stays_for_the_schema_to_refuse(value: object) -> None:
    """H-14: other strings, 4.5 and booleans are not integers."""
    document, warnings = tidied({"ttl": value})

    assert document["ttl"] is value
    assert warnings == []


def test_four_point_zero_is_an_integer() -> None:
    """H-14: JSON 4.0 is an integer."""
    document, _ = tidied({"ttl": 4.0})

    assert type(document["ttl"]) is int


@pytest.mark.parametrize("document", [{"job_id": ""}, {"im_content": []}])
def test_an_empty_optional_value_is_absent(document: dict[str, Any]) -> None:
    """H-16, O-4: an empty job_id, an empty im_content."""
    assert tidied(document) == ({}, [])


@pytest.mark.parametrize("document", [{"job_id": []}, {"im_content": ""}])
def test_an_empty_value_of_another_type_stays_for_the_schema_to_refuse(document: dict[str, Any]) -> None:
    """H-9, H-16: the empty string of a string, the empty array of an array, and no other, mean absent."""
    assert tidied(document)[0] == document


def test_an_empty_value_that_must_not_be_empty_stays() -> None:
    """H-16: for sender_id it is an illegal value."""
    assert tidied({"sender_id": "", "sms_content": {"content": ""}})[0] == {
        "sender_id": "",
        "sms_content": {"content": ""},
    }


def test_warnings_are_bounded_and_counted() -> None:
    """50,000 destinations with an unknown key each are one mistake, not 50,000."""
    warnings = Warnings(most=3)
    SHAPE.tidy({f"key{number}": 1 for number in range(10)}, warnings)

    assert (len(warnings.first), warnings.total) == (3, 10)


def test_what_is_said_comes_in_the_order_of_the_document() -> None:
    """D11: not in that of a hash, which is another in each process."""
    schema = {"type": "object", "properties": {name: {"type": "integer"} for name in "abcdef"}}
    for names in ("abcdef", "fedcba", "cafebd"):
        warnings = Warnings()
        Shape(schema, schema).tidy(dict.fromkeys(names, "1"), warnings)

        assert [each.pointer for each in warnings.first] == [f"/{name}" for name in names]

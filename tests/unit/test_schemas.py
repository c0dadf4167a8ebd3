"""H-9, H-10: what a schema and its annotations say of each fault."""

from typing import Any

import pytest

from mock_amp.core.schemas import CompiledSchema

SCHEMA = CompiledSchema(
    {
        "x-object": "Request",
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"x-rule": "O-2", "type": "string", "minLength": 2, "maxLength": 3},
            "plan": {"x-rule": "O-5", "enum": ["RICH", "LOW"]},
            "ttl": {"x-rule": "O-8", "type": ["integer", "string"], "minimum": 0, "maximum": 9},
            "url": {"x-rule": "O-6", "x-refusal": "url", "type": "string", "pattern": "^http"},
            "bare": {"type": "string", "maxLength": 1},
            "items": {"x-rule": "O-4", "type": "array", "maxItems": 2, "items": {"$ref": "#/$defs/Item"}},
        },
        "$defs": {
            "Item": {
                "x-object": "Item",
                "x-rule": "I-1",
                "type": "object",
                "required": ["a/b"],
                "properties": {"a/b": {"x-rule": "I-3", "type": "string"}, "n": {"type": "integer"}},
            }
        },
    }
)


def faults(**document: Any) -> list[tuple[int, str, str, str]]:
    """(status, rule, pointer, reason) of each fault of a document that has a name."""
    found = SCHEMA.violations({"name": "ab", **document})
    return [(each.status, each.rule, each.pointer, each.reason) for each in found]


def test_a_good_document_has_no_fault() -> None:
    assert faults(plan="LOW", ttl="x", url="http://a", items=[{"a/b": ""}]) == []


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({"name": 1}, (400, "O-2", "/name", "Request has an invalid [name] value. It is an integer, not a string.")),
        ({"url": []}, (400, "O-6", "/url", "Request has an invalid [url] value. It is an array, not a string.")),
        ({"items": [{}]}, (400, "I-3", "/items/0/a~1b", "Item lacks the required [a/b].")),
        ({"items": [None]}, (400, "I-1", "/items/0", "Item has an invalid [items] value. It is null, not an object.")),
        ({"bare": 1}, (400, "H-9", "/bare", "Request has an invalid [bare] value. It is an integer, not a string.")),
    ],
    ids=str,
)
def test_a_wrong_type_or_a_missing_key_is_not_understood(
    document: dict[str, Any], fault: tuple[int, str, str, str]
) -> None:
    """H-9: 400, and the rule is the field's own; H-9 where no field rule fits."""
    assert faults(**document) == [fault]


def test_a_field_of_several_types_tells_them_all() -> None:
    """H-9: what would have been right."""
    [(_, _, _, reason)] = faults(ttl=[])

    assert reason.endswith("It is an array, not an integer or a string.")


@pytest.mark.parametrize(
    ("document", "rule", "reason"),
    [
        ({"name": "a"}, "O-2", "Request has an invalid [name] value. Value [a] is shorter than [2]"),
        ({"name": "abcd"}, "O-2", "Request has an invalid [name] value. Value [abcd] is longer than [3]"),
        ({"plan": "X"}, "O-5", "Request has an invalid [plan] value. Value [X] is not one of [RICH, LOW]"),
        ({"ttl": -1}, "O-8", "Request has an invalid [ttl] value. Value [-1] is less than [0]"),
        ({"ttl": 10}, "O-8", "Request has an invalid [ttl] value. Value [10] is greater than [9]"),
        ({"url": "x"}, "O-6", "Request has an invalid [url] value. Value [x] is not an absolute http or https URL"),
        ({"items": [{"a/b": ""}] * 3}, "O-4", "Request has an invalid [items] value. It has more than [2] items"),
        ({"bare": "xx"}, "H-10", "Request has an invalid [bare] value. Value [xx] is longer than [1]"),
    ],
    ids=str,
)
def test_an_illegal_value_is_understood_and_refused(document: dict[str, Any], rule: str, reason: str) -> None:
    """H-10: 403, and the rule is the field's own; H-10 where no field rule fits."""
    [(status, named, _, told)] = faults(**document)

    assert (status, named, told) == (403, rule, reason)


def test_a_refusal_of_its_own_is_for_values_not_for_types() -> None:
    """H-9: a URL that is a number is a wrong type, not a bad URL."""
    assert faults(url=1)[0][:2] == (400, "O-6")


def test_every_fault_is_told() -> None:
    """R-7: the answer lists reasons, not the first one only."""
    assert len(faults(name=1, ttl=10, items=[{"a/b": 1, "n": "x"}])) == 4


def test_a_missing_key_is_told_at_its_own_place() -> None:
    """R-7: the journal points to where it should stand."""
    [found] = SCHEMA.violations({})

    assert (found.pointer, found.value, found.expected) == ("/name", None, "a value for name")

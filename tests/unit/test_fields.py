"""The fields of lists, one by one: what each takes in a match, and that it is what the schema of its shape says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from mock_amp.core.listed import FIELDS, Field, Kind, What
from mock_amp.core.shapes import BadValue
from mock_amp.core.wanting import read_match

ROOT: Final = Path(__file__).resolve().parents[2]
SCHEMA: Final = json.loads((ROOT / "schemas" / "control-plane-answers.json").read_text(encoding="utf-8"))["$defs"]
SHAPES: Final[Mapping[What, str]] = {
    What.MESSAGES: "Message",
    What.REPORTS: "Report",
    What.CALLBACKS: "Callback",
    What.ATTEMPTS: "Attempt",
    What.REQUESTS: "Request",
    What.REPLIES: "Reply",
}

RIGHT: Final[Mapping[Kind, tuple[Any, ...]]] = {
    Kind.TEXT: ("35699000001", ""),
    Kind.NUMBER: (0, 200, 200.0),
    Kind.INSTANT: ("2026-01-01T00:00:00.000000Z", "2026-01-01T01:00:00+01:00"),
    Kind.GROUP: (),
    Kind.ANY: ("1", 1, 1.5, True, None),
}
WRONG: Final[Mapping[Kind, tuple[Any, ...]]] = {
    Kind.TEXT: (35699000001, 1.5, True),
    Kind.NUMBER: ("0", "", "ok", 1.5, float("inf"), True),
    Kind.INSTANT: ("", "2026-01-01", "2026-01-01T00:00:00", "0001-01-01T00:00:00+23:00", 1767225600, True),
    Kind.GROUP: ("x", 1, True),
    Kind.ANY: (),
}
WAYS: Final[Mapping[Kind, tuple[dict[str, str], ...]]] = {
    Kind.TEXT: ({"prefix": "3"}, {"exact": ""}),
    Kind.NUMBER: (),
    Kind.INSTANT: ({"prefix": "2026-01-01T"}, {"exact": "2026-01-01T00:00:00Z"}),
    Kind.GROUP: (),
    Kind.ANY: ({"glob": "*"},),
}
JSON: Final[Mapping[Kind, set[str]]] = {
    Kind.TEXT: {"string"},
    Kind.NUMBER: {"integer"},
    Kind.INSTANT: {"string"},
    Kind.GROUP: {"object"},
    Kind.ANY: set(),
}

EVERY: Final = [(what, name, known) for what, fields in FIELDS.items() for name, known in fields.items()]
of_every_field: Final = pytest.mark.parametrize(
    ("what", "name", "known"), EVERY, ids=[f"{what} {name}" for what, name, _ in EVERY]
)


@of_every_field
def test_a_field_takes_what_can_stand_in_it_and_nothing_else(what: What, name: str, known: Field) -> None:
    """A value of the wrong type is never there: an expectation of its absence would be true whatever happened."""
    right, wrong = [*RIGHT[known.kind]], [*WRONG[known.kind]]
    if known.among:
        right, wrong = [*known.among], [*wrong, *RIGHT[known.kind], known.among[0].swapcase()]
    (right if known.may_lack else wrong).append(None)

    assert [each for each in right if not takes(what, name, each)] == []
    assert [each for each in wrong if takes(what, name, each)] == []
    assert takes(what, name, right)
    assert [each for each in wrong if takes(what, name, [*right, each])] == []


@of_every_field
def test_a_way_to_compare_is_for_texts_that_can_stand_there(what: What, name: str, known: Field) -> None:
    right = ({"exact": known.among[-1]}, {"glob": "*"}) if known.among else WAYS[known.kind]
    wrong = [{"exact": "no such"}] if known.among or not right else []

    assert [each for each in right if not takes(what, name, each)] == []
    assert [each for each in wrong if takes(what, name, each)] == []


@of_every_field
def test_a_field_is_what_the_schema_of_its_shape_says(what: What, name: str, known: Field) -> None:
    said = schema_of(SHAPES[what], name.split("."))
    if said is None:
        # bodies are those of the service's own schemas, the fields of an action and of injected faults are plain
        assert name.startswith(("body.", "action.", "injected.")) or name in (
            "channel",
            "job_id",
            "callback_id",
            *ADDED,
        )
        return

    types, among, may_lack = said
    assert types - {"null"} == JSON[known.kind] or (name.endswith("injected") and not types)
    assert (known.among == ()) == (among == ())
    assert set(known.among) <= set(among)
    assert may_lack == known.may_lack or name == "violations.value"


ADDED: Final = ("kind", "url", "sms_from", "viber_from")
"""Of an attempt in a list of its own, and of the older reports."""


def takes(what: What, name: str, wanted: Any) -> bool:
    try:
        read_match(what, {name: wanted})
    except BadValue:
        return False
    return True


def schema_of(shape: str, path: list[str]) -> tuple[set[str], tuple[str, ...], bool] | None:
    """The JSON types that may stand there, those texts that may if not all, and whether there may be none."""
    found, may_lack = SCHEMA[shape], False
    for part in path:
        if part not in found.get("properties", {}):
            return None
        may_lack = may_lack or part not in found["required"]
        found = plain(found["properties"][part])
        may_lack = may_lack or "null" in types_of(found)
        if found.get("type") == "array":
            found = plain(found["items"])
    among = tuple(found.get("enum", ()))
    return types_of(found) or ({"string"} if among else set()), among, may_lack


def plain(said: Any) -> Any:
    return SCHEMA[said["$ref"].removeprefix("#/$defs/")] if "$ref" in said else said


def types_of(said: Any) -> set[str]:
    types = said.get("type", ())
    return {types} if isinstance(types, str) else set(types)

"""The client's shapes are those of the published schema: no property is missing, and none is surer than the schema."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
import pytest

from mock_amp.client import pieces, plays, shapes
from mock_amp.client.lists import Page

ROOT: Final = Path(__file__).resolve().parents[2]

SCHEMA: Final = json.loads((ROOT / "schemas" / "control-plane-answers.json").read_text(encoding="utf-8"))["$defs"]

SHAPES: Final[Mapping[str, tuple[type[msgspec.Struct], ...]]] = MappingProxyType(
    {
        "Clock": (shapes.Clock,),
        "Account": (shapes.AccountInfo,),
        "Token": (shapes.Token,),
        "Happening": (shapes.Happening,),
        "Advanced": (shapes.Advanced,),
        "Entry": (shapes.Entry,),
        "Stop": (shapes.Stop,),
        "Message": (shapes.Message,),
        "MessageDetail": (shapes.Message,),
        "Move": (shapes.Move,),
        "Job": (shapes.Job,),
        "Standing": (shapes.Standing,),
        "Attempt": (shapes.Attempt,),
        "Callback": (shapes.Callback,),
        "Violation": (shapes.Violation,),
        "Warning": (shapes.Warning,),
        "Request": (shapes.Request,),
        "Part": (shapes.Part,),
        "Played": (plays.Played,),
        "Rule": (pieces.Rule,),
        "Reply": (shapes.Reply,),
        "Click": (shapes.Click,),
        "Clicked": (shapes.Click,),
        "Due": (shapes.Due,),
        "Scenario": (shapes.Scenario,),
        "Faults": (shapes.Faults,),
        "CheckedScenario": (shapes.CheckedScenario,),
        "ShippedScenario": (shapes.Scenario,),
        "Certificate": (shapes.Certificate,),
        "CertifiedCheck": (shapes.Check,),
        "Page": (Page,),
        "Report": (shapes.Report,),
        "SentCode": (shapes.SentCode,),
    }
)
"""Definition of the schema -> what reads it."""

ELSEWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Problem": "an error: Refused",
        "Injected": "as it came: its faults are the scenario's",
        "Calls": "for people: openapi says the same to programs",
        "Names": "texts",
        "RuleList": "read as the items of it",
        "Waited": "read as the items of it",
        **dict.fromkeys(("CallbackHead", "RequestHead"), "the client reads whole ones"),
        **dict.fromkeys(("Instant", "Id", "Channel", "Status"), "datetime and str: a newer server may have others"),
        **dict.fromkeys((name for name in SCHEMA if name.endswith("Page") and name != "Page"), "a Page of the items"),
    }
)
"""Definitions that are read by no shape of their own, and why."""

MORE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        # of MessageDetail, with the rest of it
        "Message": frozenset({"parts", "callbacks", "callback_headers", "replies", "clicks", "ahead", "legal"}),
        "MessageDetail": frozenset(shapes.Message.__struct_encode_fields__),  # of Message, to which it refers
        "Click": frozenset({"message_id", "logged"}),  # of Clicked
        "Scenario": frozenset({"text"}),  # of ShippedScenario
        "ShippedScenario": frozenset({"usual", "since"}),  # of Scenario
        "Attempt": frozenset({"callback_id", "kind", "url"}),  # of an attempt in a wait (docs/control-plane.md)
        "Due": frozenset({"url", "injected"}),  # docs/control-plane.md has them; the schema lets further keys be
        "Page": frozenset({"total"}),  # only where it is asked for
    }
)
"""What a shape has that its definition does not say."""

UNREAD: Final[Mapping[str, frozenset[str]]] = MappingProxyType({"Page": frozenset({"evicted_range"})})
"""What the client leaves out: the range is in the words of whatever it is of use for."""


def test_every_definition_is_read() -> None:
    assert {*SHAPES} | {*ELSEWHERE} == {*SCHEMA}


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_has_each_property_and_is_not_surer_of_it_than_the_schema(name: str) -> None:
    faults = [fault for shape in SHAPES[name] for fault in compare(SCHEMA[name], shape, UNREAD.get(name, frozenset()))]

    assert faults == []


@pytest.mark.parametrize("name", SHAPES)
def test_a_shape_has_nothing_that_no_schema_says(name: str) -> None:
    for shape in SHAPES[name]:
        said = {*SCHEMA[name]["properties"], *SCHEMA[name]["required"]}
        invented = {*shape.__struct_encode_fields__} - said

        assert invented <= MORE.get(name, frozenset()), shape


@pytest.mark.parametrize(
    ("property_", "required", "faults"),
    [
        ({"type": "string"}, ["x"], []),
        ({"type": "string"}, [], ["x may be missing"]),
        ({"type": ["string", "null"]}, ["x"], ["x may be null"]),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, ["x"], ["x may be null"]),
        ({"type": "integer"}, ["x"], ["x is integer, and not str"]),
        ({"type": "array"}, ["x"], ["x is array, and not str"]),
    ],
    ids=str,
)
def test_the_comparison_sees_a_shape_that_drifts(property_: Any, required: list[str], faults: list[str]) -> None:
    class Drifting(shapes.Shape, frozen=True):
        x: str

    assert [*compare({"properties": {"x": property_}, "required": required}, Drifting, frozenset())] == faults


def compare(definition: Mapping[str, Any], shape: type[msgspec.Struct], unread: frozenset[str]) -> Iterator[str]:
    """Where a shape would not take what the definition allows."""
    fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
    required = {*definition.get("required", ())}
    properties: dict[str, Any] = {name: {} for name in sorted(required)} | definition.get("properties", {})
    for name, said in properties.items():
        if name in unread:
            continue
        if name not in fields:
            yield f"{name} is missing"
            continue
        field, kinds = fields[name], kinds_of(said)
        taken = taken_of(field.type)
        if name not in required and field.required:
            yield f"{name} may be missing"
        if "null" in kinds and "null" not in taken and "any" not in taken:
            yield f"{name} may be null"
        others = kinds - {"null"} - taken
        if others and "any" not in taken:
            yield f"{name} is {', '.join(sorted(others))}, and not {field.type.__name__}"


def kinds_of(said: Mapping[str, Any]) -> set[str]:
    """The JSON types that a property may have; none when the schema does not say."""
    if "$ref" in said:
        return kinds_of(SCHEMA[said["$ref"].rpartition("/")[2]])
    if "anyOf" in said:
        return {kind for each in said["anyOf"] for kind in kinds_of(each)}
    if "enum" in said:
        return {"string"}
    if "const" in said:
        return {"boolean"}
    told = said.get("type", [])
    return {told} if isinstance(told, str) else {*told}


def taken_of(type_: Any) -> set[str]:
    """The JSON types that a field takes."""
    match msgspec.inspect.type_info(type_):
        case msgspec.inspect.UnionType(types=types):
            return {kind for each in types for kind in _taken(each)}
        case other:
            return _taken(other)


def _taken(info: msgspec.inspect.Type) -> set[str]:
    match info:
        case msgspec.inspect.AnyType():
            return {"any"}
        case msgspec.inspect.NoneType():
            return {"null"}
        case msgspec.inspect.StrType() | msgspec.inspect.DateTimeType():
            return {"string"}
        case msgspec.inspect.IntType():
            return {"integer"}
        case msgspec.inspect.FloatType():
            return {"number", "integer"}
        case msgspec.inspect.BoolType():
            return {"boolean"}
        case msgspec.inspect.VarTupleType():
            return {"array"}
        case msgspec.inspect.DictType() | msgspec.inspect.StructType():
            return {"object"}
        case other:
            raise AssertionError(other)

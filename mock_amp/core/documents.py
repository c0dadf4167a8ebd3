"""From the bytes of a body to a document as the rules see it: decoded, nulls gone, numeric strings made numbers.

Which keys are known, which may be empty and which are integers is read from the schema's own annotations.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

import orjson

from mock_amp.core.refusals import Refused, Warned, refuse

MOST_DEPTH: Final = 64
"""Levels of nesting that are still understood (H-9), unless a server is told another number."""

_INTEGER: Final = re.compile(r"-?[0-9]{1,4000}")


@dataclass(slots=True)
class Warnings:
    """The first warnings of a request, and how many there were in all."""

    most: int = 100
    total: int = 0
    first: list[Warned] = field(default_factory=list)

    def add(self, rule: str, pointer: str, text: str) -> None:
        self.total += 1
        if len(self.first) < self.most:
            self.first.append(Warned(rule, pointer, text))

    @property
    def told(self) -> tuple[Warned, ...]:
        """The first warnings, and a last one that says how many more there are."""
        if self.total <= self.most:
            return tuple(self.first)
        more = Warned(self.first[-1].rule, "", f"and {self.total - len(self.first)} more warnings")
        return (*self.first, more)


def decode(body: bytes, depth: int = MOST_DEPTH) -> dict[str, Any] | Refused:
    """The JSON object in a body, or the H-9 refusal that says what it is instead."""
    document = parse(body)
    return document if isinstance(document, Refused) else too_deep(body, document, depth) or document


def parse(body: bytes) -> dict[str, Any] | Refused:
    """The JSON object in a body, however deep."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return _not_json(body, error) if body.strip() else refuse("empty")
    return document if isinstance(document, dict) else refuse("not_object", json_type(document))


def too_deep(body: bytes, document: dict[str, Any], depth: int = MOST_DEPTH) -> Refused | None:
    """The refusal of an object that is nested deeper than is understood (H-9); None for others."""
    if body.count(b"[") + body.count(b"{") > depth and deeper_than(document, depth):
        return refuse("too_deep", limit=depth)
    return None


def shallow(document: object, depth: int) -> object:
    """The document without what is deeper than that: there, an object or array is an empty one. Often the very same."""
    return _cut(document, depth) if deeper_than(document, depth) else document


def written(document: object) -> bytes:
    """A document as JSON, however deep it was read; orjson alone stops at 254 levels."""
    try:
        return orjson.dumps(document)
    except orjson.JSONEncodeError:
        return json.dumps(document, ensure_ascii=False).encode()


def json_type(value: object) -> str:
    """The JSON name of a value's type, with its article."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"


class Shape:
    """What normalising needs to know of one object of the schema: its keys and what is special about each."""

    def __init__(self, schema: Mapping[str, Any], root: Mapping[str, Any]) -> None:
        properties = {key: resolved(each, root) for key, each in schema.get("properties", {}).items()}
        self.known = frozenset(properties)
        self.open = "additionalProperties" in schema
        self.integers = frozenset(key for key, each in properties.items() if each.get("type") == "integer")
        self.absent_as: dict[str, object] = {
            key: [] if each.get("type") == "array" else ""
            for key, each in properties.items()
            if each.get("x-empty") == "absent"
        }
        self.objects = {key: Shape(each, root) for key, each in properties.items() if each.get("type") == "object"}
        self.arrays = {
            key: Shape(resolved(each["items"], root), root)
            for key, each in properties.items()
            if each.get("type") == "array" and resolved(each["items"], root).get("type") == "object"
        }

        self._parts = (
            *((key, each, False) for key, each in self.objects.items()),
            *((key, each, True) for key, each in self.arrays.items()),
        )

    def keys_of(self, document: dict[str, Any]) -> int | None:
        """How many keys a document has that follows the `plain` schema; None: it has a 4.0 where 4 is meant (H-14)."""
        total = len(document)
        if not self.integers.isdisjoint(document) and self._has_fraction(document):
            return None
        for key, shape, many in self._parts:
            part = document.get(key)
            if part is not None:
                found = shape.keys_of_all(part) if many else shape.keys_of(part)
                if found is None:
                    return None
                total += found
        return total

    def keys_of_all(self, items: list[dict[str, Any]]) -> int | None:
        """The same of an array; part by part, because an array may have 50,000 of each."""
        if len(items) == 1:
            return self.keys_of(items[0])
        if self.integers and any(map(self._has_fraction, items)):
            return None
        total = sum(map(len, items))
        for key, shape, many in self._parts:
            parts = [item[key] for item in items if key in item]
            found = shape.keys_of_all([each for part in parts for each in part] if many else parts)
            if found is None:
                return None
            total += found
        return total

    def _has_fraction(self, document: dict[str, Any]) -> bool:
        return any(type(document.get(key)) is float for key in self.integers)

    def tidy(self, document: dict[str, Any], warnings: Warnings, pointer: str = "") -> dict[str, Any]:
        """The document without nulls (H-13), unknown keys (H-12) and empty optional values (H-16).

        Numeric strings of integer keys become integers (H-14). Returns the same object when nothing had to change
        and it has no parts of its own.
        """
        if self._is_tidy(document):
            return document
        if not self.open and not document.keys() <= self.known:
            document = self._drop_unknown(document, warnings, pointer)
        if None in document.values():
            document = {key: value for key, value in document.items() if value is not None}
        for key in [each for each in document if each in self.absent_as]:
            if document[key] == self.absent_as[key]:
                document = {each: value for each, value in document.items() if each != key}
        for key in [each for each in document if each in self.integers]:
            document = _as_integer(document, key, warnings, pointer)
        return self._tidy_parts(document, warnings, pointer)

    def _is_tidy(self, document: dict[str, Any]) -> bool:
        """Whether a destination, of which there may be 50,000, has nothing to be changed: seen without a copy."""
        if self.integers or self.arrays or self.open or not document.keys() <= self.known:
            return False
        values = document.values()
        if None in values or "" in values:
            return False
        parts = [(shape, document[key]) for key, shape in self.objects.items() if key in document]
        return all(shape.open and type(part) is dict and None not in part.values() for shape, part in parts)

    def _tidy_parts(self, document: dict[str, Any], warnings: Warnings, pointer: str) -> dict[str, Any]:
        for key, shape in self.objects.items():
            part = document.get(key)
            if isinstance(part, dict):
                tidied = shape.tidy(part, warnings, f"{pointer}/{key}")
                if tidied is not part:
                    document = {**document, key: tidied}
        for key, shape in self.arrays.items():
            items = document.get(key)
            if isinstance(items, list):
                document = {**document, key: shape.tidy_all(items, warnings, f"{pointer}/{key}")}
        return document

    def tidy_all(self, items: list[Any], warnings: Warnings, pointer: str) -> list[Any]:
        """Every object of an array, tidied; other values stay for the schema to refuse."""
        return [
            self.tidy(item, warnings, f"{pointer}/{index}") if isinstance(item, dict) else item
            for index, item in enumerate(items)
        ]

    def _drop_unknown(self, document: dict[str, Any], warnings: Warnings, pointer: str) -> dict[str, Any]:
        for key in document:
            if key not in self.known:
                near = get_close_matches(key, self.known, n=1) if warnings.total < warnings.most else []
                hint = f"; did you mean {near[0]}?" if near else ""
                warnings.add("H-12", f"{pointer}/{escape(key)}", f"unknown key {key[:100]}, ignored{hint}")
        return {key: value for key, value in document.items() if key in self.known}


def escape(key: str) -> str:
    """A key as one token of a JSON Pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of a schema with what its `$ref` stands for; what stands beside the `$ref` counts more."""
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Any = root
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return {**found, **schema}


def _as_integer(document: dict[str, Any], key: str, warnings: Warnings, pointer: str) -> dict[str, Any]:
    value = document[key]
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        warnings.add("H-14", f"{pointer}/{key}", f"{key} came as a string, read as the integer {value}")
        return {**document, key: int(value)}
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return {**document, key: int(value)}
    return document


def deeper_than(document: object, limit: int) -> bool:
    """Whether there are more levels of objects and arrays than that."""
    level = [document] if type(document) in _CONTAINERS else []
    for _ in range(limit):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)  # type: ignore[attr-defined]
            if type(child) in _CONTAINERS
        ]
        if not level:
            return False
    return True


def _cut(value: object, depth: int) -> object:
    if isinstance(value, dict):
        return {key: _cut(each, depth - 1) for key, each in value.items()} if depth else {}
    if isinstance(value, list):
        return [_cut(each, depth - 1) for each in value] if depth else []
    return value


_CONTAINERS: Final = (dict, list)


def _not_json(body: bytes, error: orjson.JSONDecodeError) -> Refused:
    try:
        body.decode()
    except UnicodeDecodeError as bad:
        return refuse("not_utf8", position=bad.start)
    return refuse("not_json", problem=str(error).replace(": ", " at ", 1))

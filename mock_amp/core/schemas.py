"""A compiled JSON Schema and what its annotations say of each fault: rule, object, refusal (D4).

The schema stays a plain document that users can read; `x-rule`, `x-object` and `x-refusal` are ours in it.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property, lru_cache
from typing import Any, Final

import jsonschema_rs
import orjson

from mock_amp.core.documents import escape, json_type, resolved, shallow
from mock_amp.core.refusals import Violation, violation

_NOT_UNDERSTOOD: Final = frozenset({"type", "required"})
_DEEPEST_TOLD: Final = 200
"""Levels of a document in which faults are looked for: the library tells of none that is 256 deep, and no schema is."""

_BEFORE_NO_BREAK: Final = rb'$(?!\\n)"'
"""Other engines need to be told that `$` is not before a last line break; ours is twice as quick where it is not."""

_WITH_ARTICLE: Final = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
    "null": "null",
}


class CompiledSchema:
    """Says of a document whether it is right, quickly, and if it is not, what is wrong with it."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = schema

    def holds(self, document: Mapping[str, Any]) -> bool:
        """Whether a document has no fault."""
        return bool(self._validator.is_valid(document))

    def violations(self, document: Mapping[str, Any]) -> Iterator[Violation]:
        """Every fault of shape and value that the schema sees, in the document's order. Nothing for a good document."""
        if self.holds(document):
            return
        for error in self._validator.iter_errors(shallow(document, _DEEPEST_TOLD)):
            yield self._violation(error)

    @cached_property
    def _validator(self) -> Any:
        """Made for the first document: a server has more schemas than a run of tests asks for."""
        return _compiled(orjson.dumps(self._schema))

    def _violation(self, error: jsonschema_rs.ValidationError) -> Violation:
        *way, keyword = error.evaluation_path
        place = _Place(self._schema, way)
        path = [str(part) for part in error.instance_path]
        name, value = str(keyword), error.instance
        facts: dict[str, Any] = {"object": place.object, "field": place.field(path)}
        rule = place.rule or ("H-9" if name in _NOT_UNDERSTOOD else "H-10")
        if name == "required":
            missing: str = error.kind.as_dict()["property"]
            rule = place.rule_of(missing) or rule
            facts["field"], path, value = missing, [*path, missing], None
        elif name == "additionalProperties":
            unknown: str = error.kind.as_dict()["unexpected"][0]
            facts |= {"field": unknown, "limit": _known(unknown, place.schema)}
            path, value = [*path, unknown], None
        elif name == "oneOf":
            facts["limit"] = ", ".join(each for option in place.schema["oneOf"] for each in option.get("required", ()))
        elif name == "type":
            facts |= {"got": json_type(value), "wanted": _types(place.schema["type"])}
        else:
            facts["limit"] = _limit(place.schema.get(f"x-{name}", place.schema.get(name)))
        if place.refusal and name != "type":
            name = place.refusal
        if name == "number_pattern":
            facts |= {"custom_id": None, "params": None}
        return violation(name, "".join(f"/{escape(part)}" for part in path), value, rule, **facts)


def plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of those documents that follow `schema` and have nothing for `Shape.tidy` to do, fractions aside.

    Stricter by this alone: no unknown keys, no nulls, nothing empty that may as well be absent. What stands in the
    schema under a condition is left as it is.
    """
    return _plain(schema, schema)


def _plain(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    closed = dict(schema)
    if "$defs" in schema:
        closed["$defs"] = {name: _plain(each, root) for name, each in schema["$defs"].items()}
    if "properties" in schema:
        closed["properties"] = {
            key: _never_null(_plain(each, root), root) for key, each in schema["properties"].items()
        }
    if schema.get("type") == "object":
        others = schema.get("additionalProperties", False)
        closed["additionalProperties"] = others is not False and _never_null({} if others is True else others, root)
    if "items" in schema:
        closed["items"] = _plain(schema["items"], root)
    if schema.get("x-empty") == "absent":
        for keyword in ("minLength", "minItems"):
            closed[keyword] = max(1, schema.get(keyword, 0))
    return closed


def _never_null(schema: dict[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    wanted = resolved(schema, root).get("type", "null")
    return {"allOf": [schema, {"not": {"type": "null"}}]} if "null" in wanted else schema


@lru_cache(maxsize=256)
def _compiled(schema: bytes) -> Any:
    """A validator; servers of one process have the same schemas."""
    return jsonschema_rs.validator_for(orjson.loads(schema.replace(_BEFORE_NO_BREAK, b'$"')))


class _Place:
    """One place in a schema, reached from the root, and what was annotated on the way there."""

    def __init__(self, root: Mapping[str, Any], way: Sequence[Any]) -> None:
        self.schema: Any = root
        self.object: str = root.get("x-object", "Request")
        self.rule: str | None = root.get("x-rule")
        for part in way:
            self.schema = self._referred(root) if part == "$ref" else self.schema[part]
            if isinstance(self.schema, dict):
                self.object = self.schema.get("x-object", self.object)
                self.rule = self.schema.get("x-rule", self.rule)
        self.refusal: str | None = self.schema.get("x-refusal")

    def _referred(self, root: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a `$ref` stands for; annotations beside it say more of this place than those of its target."""
        found: Any = root
        for part in self.schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return {**found, **{key: value for key, value in self.schema.items() if key.startswith("x-")}}

    def rule_of(self, name: str) -> str | None:
        """The rule of a property of this place."""
        found = self.schema.get("properties", {}).get(name, {})
        return found.get("x-rule") or self.rule

    def field(self, path: Sequence[str]) -> str:
        """The name of the field that a path ends in: the last part that is not an index."""
        return next((part for part in reversed(path) if not part.isdigit()), "document")


def _known(key: str, schema: Mapping[str, Any]) -> str:
    known = list(schema["properties"])
    near = get_close_matches(key, known, n=1)
    return f"{near[0]}?" if near else f"one of {', '.join(known)}"


def _types(wanted: str | list[str]) -> str:
    return " or ".join(_WITH_ARTICLE[each] for each in ([wanted] if isinstance(wanted, str) else wanted))


def _limit(found: Any) -> str:
    return "[" + ", ".join(map(str, found)) + "]" if isinstance(found, list) else str(found)

"""Made-up documents: good ones that follow a schema, and the same with something changed anywhere in them."""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

Schema = Mapping[str, Any]
_MOST_ITEMS: Final = 2
_MOST_CHARACTERS: Final = 12

_STRANGE: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from((-1, 0, 1, 14, 86_401, 172_801, 2**31, 2**63, 2**64, 10**30, -(10**30), 4.0, 4.5, -0.0, 1e300)),
    st.sampled_from(
        ("", "0", "3600", "-1", "4.0", "9" * 40, "x" * 256, "35699000001\n", "\u00a0", "http://a\n", "\x1c")
    ),
    st.sampled_from(("http://a\x85b", "http://a\ufeffb", "\U0001f600" * 11, "\U0001f600" * 12, "BINARY", "{#A}")),
    st.sampled_from(([], {}, [None], [[]], [{}], {"number": None}, [{"text": 1}], {"a/b~c": {"~": 1}})),
    st.text(max_size=_MOST_CHARACTERS),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
)

_BEYOND: Final[Mapping[type, st.SearchStrategy[Any]]] = {
    int: st.sampled_from((-1, 14, 256, 86_401, 172_801, 2**31)),
    str: st.sampled_from(("", "x" * 12, "x" * 21, "x" * 256, "1" * 16, "35699000001\n", "http://a\n")),
}
"""Values of the right type that some field does not take."""


def good(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """Documents that a schema takes."""
    return _following(schema, schema)


@st.composite
def changed(draw: st.DrawFn, documents: st.SearchStrategy[dict[str, Any]], times: int = 2) -> dict[str, Any]:
    """Those documents with up to so many changes: a key taken away, another value, an item twice, a further key."""
    document = copy.deepcopy(draw(documents))
    for _ in range(draw(st.integers(1, times))):
        places = list(_places(document))
        parent, key = draw(st.sampled_from(places)) if places else (document, "")
        _change(draw, parent, key)
    return document


def _change(draw: st.DrawFn, parent: Any, key: Any) -> None:
    ways = ("delete", "replace", "further") if isinstance(parent, dict) else ("delete", "replace", "twice")
    match draw(st.sampled_from(ways)):
        case "delete" if key in parent or isinstance(parent, list):
            del parent[key]
        case "twice":
            parent.append(copy.deepcopy(parent[key]))
        case "further":
            parent[draw(st.sampled_from(("tfl", "ttl", "message", "im_content", "a/b", "~")))] = draw(_STRANGE)
        case _:
            old = parent.get(key) if isinstance(parent, dict) else parent[key]
            parent[key] = draw(st.one_of(_BEYOND.get(type(old), _STRANGE), _STRANGE))


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document as the object or array that it is in, and its key there."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield node, key
        yield from _places(value)


def _following(schema: Schema, root: Schema) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        return _following(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "object":
            return _objects(schema, root)
        case "array":
            most = min(_MOST_ITEMS, schema.get("maxItems", _MOST_ITEMS))
            return st.lists(_following(schema["items"], root), min_size=schema.get("minItems", 0), max_size=most)
        case "string":
            return _strings(schema)
        case "integer":
            return _integers(schema)
        case "boolean":
            return st.booleans()
        case list():
            return st.one_of(st.text(max_size=_MOST_CHARACTERS), st.integers(-9, 2**60), st.floats(-1e9, 1e9))
    raise ValueError(f"nothing is made for {schema}")


def _objects(schema: Schema, root: Schema) -> st.SearchStrategy[dict[str, Any]]:
    properties, required = schema.get("properties", {}), schema.get("required", ())
    if not properties:
        return st.dictionaries(st.text(max_size=5), _following(schema["additionalProperties"], root), max_size=2)
    made = st.fixed_dictionaries(
        {key: _following(properties[key], root) for key in required},
        optional={key: _following(each, root) for key, each in properties.items() if key not in required},
    )
    whole = {**schema, "$defs": root.get("$defs", {})}
    return made.filter(Draft202012Validator(whole).is_valid) if "allOf" in schema else made


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    if "pattern" in schema:
        return st.from_regex(re.compile(schema["pattern"]), fullmatch=True)
    return st.text(min_size=schema.get("minLength", 0), max_size=min(_MOST_CHARACTERS, schema.get("maxLength", 99)))


def _integers(schema: Schema) -> st.SearchStrategy[int]:
    (several, *_) = schema.get("allOf", [{}])
    return st.one_of([_range(each) for each in several.get("anyOf", [schema])])


def _range(schema: Schema) -> st.SearchStrategy[int]:
    return st.sampled_from(schema["enum"]) if "enum" in schema else st.integers(schema["minimum"], schema["maximum"])

"""What a cell of a snapshot may hold: by the type of its column, by its name, and by a schema where it is JSON.

It refuses what the books could write but not read again.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import jsonschema_rs
import orjson

from mock_amp.core.identity import LAST_ORDINAL
from mock_amp.core.instants import LAST_INSTANT
from mock_amp.core.model import Channel, Product, Status
from mock_amp.core.records import REPLY, REPORT, CallbackState, Kind, Sort

_MOST: Final = 2**62
"""Beyond it no counter goes either: one more is always within 64 bits."""

_RUN: Final = "[0-9]{1,9}(-[0-9]{1,9})?"
_RUNS: Final = {"type": "string", "pattern": f"^{_RUN}( {_RUN})*$"}
_TEXT: Final = {"type": "string"}
_CHANNEL: Final = {"enum": [*Channel]}
_STATUS: Final = {"enum": [*Status]}
_SPAN: Final = {"type": "integer", "minimum": 0, "maximum": LAST_INSTANT}
_CODE: Final = {"type": "integer", "minimum": 0, "maximum": 2**31}


def _tuple(*parts: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "prefixItems": list(parts), "minItems": len(parts), "maxItems": len(parts)}


def _list(of: Mapping[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": of, "minItems": least}


_LEG: Final = _tuple(
    _CHANNEL,
    _TEXT,
    _list(_tuple(_SPAN, _STATUS, _CODE)),
    {"type": "boolean"},
    _SPAN,
    _CODE,
    _list(_tuple(_SPAN, _SPAN, {"type": "boolean"})),
    {"type": ["number", "null"], "exclusiveMinimum": 0},
    _list(_tuple({"enum": ["reply", "click"]}, _SPAN, _list(_TEXT), _TEXT, _TEXT)),
    {"type": ["integer", "null"], "minimum": 0, "maximum": _MOST},
    _TEXT,
)
_TIMES: Final = {"type": "integer", "minimum": 0, "maximum": 1_000_000}
_FAULTS: Final = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("fail_first", "cut", "duplicate"), _TIMES),
        "split": {**_TIMES, "minimum": 1},
        "duplicate_of": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    },
}
_SCHEMAS: Final[Mapping[tuple[str, str], Mapping[str, Any]]] = MappingProxyType(
    {
        ("job", "request"): {"type": "object"},
        ("job", "left_out"): _list(_tuple(_CHANNEL, _TEXT)),
        ("cohort", "plan"): _list(_LEG, 1),
        ("cohort", "timeline"): _list(_tuple(_SPAN, _CHANNEL, _STATUS, _CODE, _TEXT), 1),
        ("message", "params"): {"type": "object", "additionalProperties": _TEXT},
        ("callback", "bundle"): _list(_tuple({"type": "integer"}, {"type": "integer", "minimum": 0}, _RUNS), 1),
        ("callback", "injected"): _tuple(_TEXT, _FAULTS),
        ("request", "violations"): _list({"type": "object"}),
        ("request", "warnings"): _list({"type": "object"}),
        ("request", "injected"): _tuple(_TEXT, {"type": "object"}),
    }
)
_JSON: Final = {place: jsonschema_rs.validator_for(dict(schema)) for place, schema in _SCHEMAS.items()}
_WORDS: Final[Mapping[tuple[str, str], frozenset[str]]] = MappingProxyType(
    {
        ("job", "product"): frozenset(Product),
        ("cohort", "channel"): frozenset(Channel),
        ("cohort", "status"): frozenset(Status),
        ("agenda", "kind"): frozenset(Kind),
        ("callback", "kind"): frozenset({REPORT, REPLY}),
        ("callback", "state"): frozenset(CallbackState),
        ("reply", "channel"): frozenset(Channel),
        ("queue", "channel"): frozenset(Channel),
        ("lost", "sort"): frozenset(Sort),
    }
)
_RANGES: Final[Mapping[tuple[str, str], tuple[int, int]]] = MappingProxyType(
    {
        ("agenda", "seq"): (-_MOST, _MOST),  # those that were found again after a crash count downwards
        ("attempt", "number"): (1, 999_999),
        ("callback", "tried"): (0, 999_998),
        **dict.fromkeys(
            (
                ("message", "ordinal"),
                ("job", "first"),
                ("job", "size"),
                ("reply", "message"),
                ("reply", "ordinal"),
                ("click", "message"),
                ("code", "message"),
                ("evicting", "first"),
                ("evicting", "size"),
                ("reserved", "first"),
                ("reserved", "size"),
                ("lost", "first"),
                ("lost", "last"),
            ),
            (0, LAST_ORDINAL),
        ),
    }
)

Check = Callable[[Any], None]
"""Raises ValueError for what a cell cannot hold."""


def is_judged(table: str, column: str) -> bool:
    """Whether a cell of a column holds more than any text or number, so that damage shows."""
    place = (table, column)
    return place in _JSON or place in _WORDS or place == ("cohort", "members")


def check_of(table: str, column: str, kind: str) -> Check:
    """The check of a column of a type of SQLite; None passes, for the store knows where it may stand."""
    place = (table, column)
    if kind == "INTEGER":
        return _whole(*_range(place))
    if kind == "BLOB":
        return _blob(place)
    if place in _JSON:
        return _written(place)
    if place == ("cohort", "members"):
        return _members
    return _words(place) if place in _WORDS else _text


def _range(place: tuple[str, str]) -> tuple[int, int]:
    """Columns of instants are known by their names."""
    instant = place[1] == "at" or place[1].endswith("_at")
    return (0, LAST_INSTANT) if instant else _RANGES.get(place, (0, _MOST))


def _whole(least: int, most: int) -> Check:
    def check(value: Any) -> None:
        if value is not None and (type(value) is not int or not least <= value <= most):
            raise ValueError(f"{value!r} is no whole number from {least} to {most}")

    return check


def _blob(place: tuple[str, str]) -> Check:
    def check(value: Any) -> None:
        _text(value)
        found = b64decode(value or "", validate=True)
        if place in _JSON:
            _judge(place, found)

    return check


def _written(place: tuple[str, str]) -> Check:
    @lru_cache(maxsize=256)
    def judge(text: str) -> None:
        _judge(place, text)

    def check(value: Any) -> None:
        _text(value)
        if value is not None:
            judge(value)

    return check


def _judge(place: tuple[str, str], text: str | bytes) -> None:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"no JSON: {error}") from None
    try:
        _JSON[place].validate(document)
    except jsonschema_rs.ValidationError as error:
        raise ValueError(error.message) from None


def _words(place: tuple[str, str]) -> Check:
    def check(value: Any) -> None:
        if value is not None and value not in _WORDS[place]:
            raise ValueError(f"{value!r} is none of {', '.join(sorted(_WORDS[place]))}")

    return check


def _members(value: Any) -> None:
    _text(value)
    if value is not None and not re.fullmatch(_RUNS["pattern"], value):
        raise ValueError(f"{value[:40]!r} are no positions")


def _text(value: Any) -> None:
    if value is not None and type(value) is not str:
        raise ValueError(f"{value!r} is no text")

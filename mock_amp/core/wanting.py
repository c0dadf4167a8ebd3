"""What is wanted of a list: read from a call, held against items, and as far as it goes told to the store.

A field that has several values fits when one of them does. Refuses what could never fit because it is misspelt.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

from mock_amp.core.instants import format_instant, parse_instant
from mock_amp.core.listed import FIELDS, Field, Kind, What, value_of
from mock_amp.core.matching import BadPattern, Criteria, Criterion, Difference, difference, one_of, pattern
from mock_amp.core.searching import FOUND_IN, Words, holds
from mock_amp.core.shapes import BadValue, Shape

Values = tuple[Any, ...]

_INDEXED: Final[Mapping[What, tuple[str, ...]]] = MappingProxyType(
    {
        What.MESSAGES: (
            *("id", "to", "custom_id", "api_job_id", "client_job_id", "job_id"),
            *("status", "type", "channel"),
        ),
        What.REPORTS: (
            *("message_id", "to", "client_message_id", "callback_id", "api_job_id", "client_job_id"),
            *("type", "status", "state"),
        ),
        What.CALLBACKS: (
            *("id", "url", "kind", "state"),
            *("api_job_id", "client_job_id", "body.api_job_id", "body.client_job_id"),
        ),
        What.ATTEMPTS: ("callback_id", "url", "kind", "number", "outcome", "status"),
        What.REQUESTS: ("id", "api_job_id", "path", "method", "status", "rule", "token"),
        What.REPLIES: ("message_id", "callback_id", "channel"),
    }
)
"""The fields that the store can choose by."""

_CHANGING: Final[Mapping[What, frozenset[str]]] = MappingProxyType(
    {
        What.MESSAGES: frozenset({"status", "type", "channel"}),
        What.REPORTS: frozenset({"state"}),
        What.CALLBACKS: frozenset({"state"}),
    }
)
"""Those of them that do not stay what they are."""


_WHOLE: Final = re.compile(r"-?[0-9]{1,18}")
_LONG: Final = 100
_RIGHT: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.NUMBER: "a whole number",
        Kind.INSTANT: 'RFC 3339 with a zone, such as "2026-01-01T00:00:00Z"',
    }
)
_PARTS: Final[Mapping[str, str]] = MappingProxyType({"action": "action.title", "injected": "injected.rule"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which items of a list are meant: those that fit and hold all of the words, and with `since` only what came after
    that journal line.
    """

    what: What
    criteria: Criteria = ()
    since: int | None = None
    words: Words = ()
    bodies: bool = True
    """Whether callbacks and requests are wanted with their bodies."""

    def differences(self, item: Shape) -> list[Difference]:
        """Where an item is not as it is wanted."""
        return difference(self.criteria, {name: value_of(self.what, item, name) for name, _ in self.criteria})

    def fits(self, item: Shape) -> bool:
        fits = all(criterion.fits(value_of(self.what, item, name)) for name, criterion in self.criteria)
        return fits and (not self.words or holds(self.what, item, self.words))

    @property
    def indexed(self) -> dict[str, Values]:
        """What of it the store can choose by: fields, and any of which values each may have."""
        return {name: values for name, criterion in self.criteria if (values := _values(self.what, name, criterion))}

    @property
    def lasting(self) -> dict[str, Values]:
        """The same, of the fields that never change."""
        changing = _CHANGING.get(self.what, frozenset())
        return {name: values for name, values in self.indexed.items() if name not in changing}

    @property
    def reads_bodies(self) -> bool:
        """Whether bodies have to be read, if only to tell what is meant."""
        names = [*(name for name, _ in self.criteria), *(FOUND_IN[self.what] if self.words else ())]
        return self.bodies or any(name.partition(".")[0] == "body" for name in names)

    @property
    def covered(self) -> bool:
        """Whether the store can choose by all of it."""
        return not self.words and len(self.indexed) == len(self.criteria)


@dataclass(frozen=True, slots=True, order=True)
class Miss:
    """An item that is not meant, and where it differs; the nearest ones come first."""

    distance: int
    age: int
    item: Shape = field(compare=False)
    differences: tuple[Difference, ...] = field(compare=False)


def misses(wanted: Wanted, items: Iterable[tuple[int, Shape]], most: int) -> list[Miss]:
    """The items nearest to what is wanted, by the number of differences, then the newest; `items` with their keys."""
    found = [
        Miss(len(differences), -key, item, tuple(differences))
        for key, item in items
        if (differences := wanted.differences(item))
    ]
    return sorted(found)[:most]


def read_match(what: What, match: Mapping[str, Any], pointer: str = "/match") -> Criteria:
    """What a `match` asks for. Raises BadValue with the place in it."""
    return tuple((name, _criterion(what, name, wanted, f"{pointer}/{name}")) for name, wanted in match.items())


def read_query(what: What, query: Iterable[tuple[str, Sequence[str]]]) -> Criteria:
    """What query parameters ask for: plain values, any of those of one name; an empty one means that there is none.

    Raises BadValue.
    """
    return tuple((name, _asked(what, name, texts)) for name, texts in query)


def _criterion(what: What, name: str, wanted: Any, pointer: str) -> Criterion:
    known = _field(what, name, pointer)
    if isinstance(wanted, Mapping):
        return _any(_pattern(known, name, wanted, pointer))
    if isinstance(wanted, list):
        return _any(one_of([_read(known, name, each, pointer) for each in wanted]))
    return _any(one_of(_read(known, name, wanted, pointer)))


def _pattern(known: Field, name: str, wanted: Mapping[str, str], pointer: str) -> Criterion:
    """What a text is to look like; an instant, as it stands in the shape."""
    if known.kind is Kind.NUMBER:
        raise BadValue(f"{name} is a number, and a pattern is for texts", pointer, "a number, or a list of them")
    if known.kind is Kind.GROUP:
        raise _group(name, pointer)
    if known.kind is Kind.INSTANT and "exact" in wanted:
        wanted = {"exact": _read(known, name, wanted["exact"], pointer)}
    try:
        criterion = pattern(wanted)
    except BadPattern as error:
        raise BadValue(str(error), pointer, "a regular expression without look-around") from None
    if known.among and not any(map(criterion.fits, known.among)):
        raise BadValue(f"{name} is never like that", pointer, f"one of {', '.join(known.among)}")
    return criterion


def _asked(what: What, name: str, texts: Sequence[str]) -> Criterion:
    pointer = f"?{name}"
    known = _field(what, name, pointer)
    values: list[Any] = []
    for text in texts:
        values += [_read(known, name, _typed(known, name, text), pointer)] if text else ["", None]
    return _any(one_of(values if len(values) > 1 else values[0]))


def _typed(known: Field, name: str, text: str) -> Any:
    """What a query parameter stands for."""
    if known.kind is not Kind.NUMBER:
        return text
    if not _WHOLE.fullmatch(text):
        raise BadValue(f"{name} is {text!r}", f"?{name}", "a whole number")
    return int(text)


def _field(what: What, name: str, pointer: str) -> Field:
    fields = FIELDS[what]
    if name not in fields:
        near = get_close_matches(name, fields, n=1)
        raise BadValue(
            f"{what} have no field {name}", pointer, f"{near[0]}?" if near else f"one of {', '.join(sorted(fields))}"
        )
    return fields[name]


def _read(known: Field, name: str, value: Any, pointer: str) -> Any:
    """A value as it stands in the shape. Raises BadValue for one that can never: it would always be absent."""
    if known.kind is Kind.ANY:
        return value
    if value is None:
        if not known.may_lack:
            raise BadValue(f"{name} is never null", pointer, _right(known))
        return None
    if known.among:
        if value not in known.among:
            raise BadValue(f"{name} is {value!r}", pointer, _right(known))
        return value
    match known.kind:
        case Kind.GROUP:
            raise _group(name, pointer)
        case Kind.NUMBER if isinstance(value, bool | str) or value != value // 1:
            right = str(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else _right(known)
            raise BadValue(f"{name} is a whole number, not {_said(value)}", pointer, right)
        case Kind.TEXT if not isinstance(value, str):
            right = _right(known) if isinstance(value, bool) else f'"{value}"'
            raise BadValue(f"{name} is a text, not {_said(value)}", pointer, right)
        case Kind.INSTANT:
            try:
                return format_instant(parse_instant(value))
            except (ValueError, OverflowError):
                raise BadValue(f"{name} is an instant, not {_said(value)}", pointer, _right(known)) from None
    return value


def _right(known: Field) -> str:
    if known.among:
        return f"one of {', '.join(known.among)}"
    return _RIGHT.get(known.kind, known.kind)


def _group(name: str, pointer: str) -> BadValue:
    return BadValue(f"{name} has fields of its own", pointer, f"null, or one of those, such as {_PARTS[name]}")


def _said(value: Any) -> str:
    """As JSON writes it, and not all of what is long."""
    return json.dumps(value)[:_LONG]


def _any(criterion: Criterion) -> Criterion:
    def fits(got: Any) -> bool:
        return any(map(criterion.fits, got)) if isinstance(got, list) else criterion.fits(got)

    return Criterion(criterion.wanted, fits, criterion.beginnings)


def _values(what: What, name: str, criterion: Criterion) -> Values:
    """The values that a field has to have one of, where the store can choose by them; empty where it cannot."""
    if name not in _INDEXED[what]:
        return ()
    wanted = criterion.wanted
    if isinstance(wanted, Mapping):
        wanted = wanted.get("exact")
    values = tuple(wanted) if isinstance(wanted, list) else (wanted,)
    usual = int if FIELDS[what][name].kind is Kind.NUMBER else str
    return values if all(type(each) is usual and each != "" for each in values) else ()

"""What is wanted of items, as keyword arguments: `to="35699000001"`, `text__contains="code"`,
`timeline__status="SEEN"`.
"""

import math
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeVar, get_args

from mock_amp.core.instants import MILLISECOND, SECOND, parse_duration, parse_instant

T = TypeVar("T")

Value = str | int | float | bool | datetime | None

# Numbers by list and tuple alone: as a sequence of them bytes would pass for a value.
Many = (
    Sequence[str | datetime | bool | None]
    | list[Value]
    | list[int]
    | list[float]
    | tuple[Value, ...]
    | list[int | None]
)

Wanted = Value | Many | AbstractSet[Value] | Mapping[str, str]
"""A value, several of which any will do, or one of `{"exact" | "prefix" | "glob" | "contains" | "regex": text}`."""

Mode = Literal["real", "frozen", "scaled"]
"""How a clock runs."""

Until = Literal["next", "idle"]
"""How far a clock is moved: to what happens next, or until nothing is left to do."""

What = Literal["messages", "reports", "callbacks", "attempts", "requests", "replies"]
"""A list of an account."""

Order = Literal["asc", "desc"]
"""Which items of a list come first: the oldest, or the newest."""

Span = str | float | timedelta
"""A duration: `"5m"`, `"1h30m"`, seconds, or a timedelta."""

Moment = str | datetime
"""An instant: RFC 3339 with a zone, or an aware datetime."""

_LONGEST_WAIT: Final = 600 * SECOND
_MOST_ITEMS: Final = 1_000_000
_WAYS: Final = frozenset({"exact", "prefix", "glob", "contains", "regex"})
_NAMES: Final = {"sender": "from", "from_": "from"}


def match_of(wanted: Mapping[str, Wanted]) -> dict[str, Any]:
    """The `match` of a wait: `a__b` is the nested field `a.b`, and a way to compare may come last.

    Raises ValueError for what no field could be.
    """
    found: dict[str, Any] = {}
    for key, value in wanted.items():
        *path, last = [_NAMES.get(part, part) for part in key.split("__")]
        if path and last in _WAYS:
            found[".".join(path)] = {last: _like(key, value)}
        elif isinstance(value, Mapping):
            found[".".join([*path, last])] = _way(key, value)
        else:
            found[".".join([*path, last])] = _said(key, value)
    return found


def query_of(wanted: Mapping[str, Wanted]) -> list[tuple[str, str]]:
    """The filters of a list: values as they are in the shape, of several any. Raises ValueError for ways to compare."""
    pairs: list[tuple[str, str]] = []
    for field, value in match_of(wanted).items():
        if isinstance(value, Mapping):
            raise ValueError(
                f"a list is filtered by values; {field} wants more: wait_for and expect compare in other ways"
            )
        many = value if isinstance(value, list) else [value]
        pairs += [(field, _text(each)) for each in many]
    return pairs


def span(value: Span) -> str | float:
    """A duration as the control plane reads it. Raises ValueError."""
    said = value.total_seconds() if isinstance(value, timedelta) else value
    parse_duration(said)
    return said


def wait_of(value: Span) -> int:
    """The milliseconds of a wait, rounded up so that a short one is not none. Raises ValueError."""
    duration = parse_duration(span(value))
    if duration > _LONGEST_WAIT:
        raise ValueError(f"{value!r} is too long: a call waits for at most 10m")
    return -(-duration // MILLISECOND)


def number_of_items(count: int, least: int) -> int:
    """How many are wanted. Raises ValueError."""
    most = _MOST_ITEMS - 1 + least
    if not isinstance(count, int) or isinstance(count, bool) or not least <= count <= most:
        raise ValueError(f"count is {count!r}: a whole number from {least} to {most:,} would be right")
    return count


def moment(value: Moment) -> str:
    """An instant as the control plane reads it. Raises ValueError, for a datetime without a zone too."""
    if not isinstance(value, datetime):
        parse_instant(value)
        return value
    _hold_zone(value)
    return value.isoformat()


def rate_of(value: float | None) -> float | None:
    """How much faster than real time a clock runs. Raises ValueError for what JSON has no number for."""
    if value is not None and (isinstance(value, bool | str | bytes) or not math.isfinite(value)):
        raise ValueError(f"rate is {value!r}: a number, such as 60, would be right")
    return value


def one_of(name: str, value: T, among: Any) -> T:
    """One of the texts of a Literal, or None. Raises ValueError."""
    if value is not None and value not in get_args(among):
        raise ValueError(f"{name} is {value!r}: one of {', '.join(map(repr, get_args(among)))} would be right")
    return value


def _said(key: str, value: Any) -> Any:
    """A value as JSON has it; instants as they stand in the shapes. Raises ValueError."""
    if isinstance(value, list | tuple | AbstractSet):
        found = [_said(key, each) for each in value]
        if not found:
            raise ValueError(f"{key} is to be one of no values, which nothing is")
        return sorted(found, key=str) if isinstance(value, AbstractSet) else found
    if isinstance(value, datetime):
        _hold_zone(value)
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, bytes | bytearray | memoryview):
        raise ValueError(f"{key} is {value!r}, which are bytes: a text would be right")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{key} is {value!r}, which is no number that JSON has")
    return value


def _like(key: str, value: Any) -> str:
    """The text that another one is compared to. Raises ValueError."""
    said = _said(key, value)
    if not isinstance(said, str):
        raise ValueError(f"{key} is {value!r}: a text would be right")
    return said


def _way(key: str, value: Mapping[str, Any]) -> dict[str, str]:
    """One way to compare. Raises ValueError."""
    if len(value) != 1 or not _WAYS.issuperset(value):
        raise ValueError(f"{key} is {value!r}: one of {', '.join(sorted(_WAYS))}, with a text, would be right")
    return {way: _like(key, text) for way, text in value.items()}


def _hold_zone(value: datetime) -> None:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} says no zone: datetime(..., tzinfo=timezone.utc) does")


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

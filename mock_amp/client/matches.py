"""What is wanted of items, as keyword arguments: `to="35699000001"`, `text__contains="code"`,
`timeline__status="SEEN"`.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from mock_amp.core.instants import MILLISECOND, parse_duration

Value = str | int | float | bool | datetime | None

Wanted = Value | Sequence[Value] | AbstractSet[Value] | Mapping[str, str]
"""A value, several of which any will do, or one of `{"exact" | "prefix" | "glob" | "contains" | "regex": text}`."""

Span = str | float | timedelta
"""A duration: `"5m"`, `"1h30m"`, seconds, or a timedelta."""

Moment = str | datetime
"""An instant: RFC 3339 with a zone, or an aware datetime."""

_WAYS: Final = frozenset({"exact", "prefix", "glob", "contains", "regex"})
_NAMES: Final = {"sender": "from", "from_": "from"}


def match_of(wanted: Mapping[str, Wanted]) -> dict[str, Any]:
    """The `match` of a wait: `a__b` is the nested field `a.b`, and a way to compare may come last."""
    found: dict[str, Any] = {}
    for key, value in wanted.items():
        *path, last = [_NAMES.get(part, part) for part in key.split("__")]
        if path and last in _WAYS:
            found[".".join(path)] = {last: value}
        else:
            found[".".join([*path, last])] = _said(value)
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
        if not many:
            raise ValueError(f"{field} is to be one of no values, which nothing is")
        pairs += [(field, _text(each)) for each in many]
    return pairs


def span(value: Span) -> str | float:
    """A duration as the control plane reads it."""
    return value.total_seconds() if isinstance(value, timedelta) else value


def milliseconds(value: Span) -> int:
    """A duration in milliseconds, rounded up so that a short one is not none. Raises ValueError."""
    return -(-parse_duration(span(value)) // MILLISECOND)


def moment(value: Moment) -> str:
    """An instant as the control plane reads it. Raises ValueError for a datetime without a zone."""
    if not isinstance(value, datetime):
        return value
    _hold_zone(value)
    return value.isoformat()


def _said(value: Wanted) -> Any:
    """A value as JSON has it; instants as they stand in the shapes."""
    if isinstance(value, datetime):
        _hold_zone(value)
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    if isinstance(value, list | tuple):
        return [_said(each) for each in value]
    if isinstance(value, AbstractSet):
        return sorted((_said(each) for each in value), key=str)
    return value


def _hold_zone(value: datetime) -> None:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} says no zone: datetime(..., tzinfo=timezone.utc) does")


def _text(value: object) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)

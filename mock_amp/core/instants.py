"""Instants and durations: whole microseconds inside, RFC 3339 and "1h30m" at the rim.

Refuses anything that does not name its zone or its unit.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NewType

Instant = NewType("Instant", int)
"""Microseconds since the epoch, UTC."""

Duration = NewType("Duration", int)
"""Microseconds."""

MILLISECOND: Final = 1_000
SECOND: Final = 1_000_000

_UNITS: Final = {"us": 1, "ms": MILLISECOND, "s": SECOND, "m": 60 * SECOND, "h": 3_600 * SECOND, "d": 86_400 * SECOND}
_PART: Final = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,15})?)(us|ms|s|m|h|d)")
_RFC_3339: Final = re.compile(r"[0-9-]{10}[Tt ][0-9:]{8}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
LAST_INSTANT: Final = Instant(9_999_999_999_999_999)
"""In the year 2286, the last microsecond whose milliseconds fit the thirteen digits of a message id (R-5)."""

BEFORE_ALL: Final = Instant(-1)
"""Earlier than anything that can happen."""

LAST_START: Final = Instant(7_258_118_400_000_000)
"""The beginning of 2200: later than this no clock is set, so that none runs into the last instant unawares."""

_LONGEST: Final = 100 * 366 * 86_400 * SECOND


def seconds(number: float) -> Duration:
    """The duration of `number` seconds."""
    return Duration(round(number * SECOND))


def parse_duration(value: object) -> Duration:
    """A duration from `"5m"`, `"1h30m"`, `"250ms"` or a number of seconds.

    Raises ValueError, with what would be right, for everything else and for more than a hundred years.
    """
    found = _read_duration(value)
    if found is None or not 0 <= found <= _LONGEST:
        raise ValueError(f'{value!r} is not a duration: write "5m", "1h30m", "250ms" or a number of seconds')
    return found


def format_duration(duration: int) -> str:
    """The shortest exact text: `"1h30m"`, `"250ms"`, `"0s"`."""
    parts, rest = [], duration
    for unit in ("d", "h", "m", "s", "ms", "us"):
        count, rest = divmod(rest, _UNITS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"


def parse_instant(value: object) -> Instant:
    """An instant from an RFC 3339 text with its zone, such as `"2026-01-01T00:00:00Z"`.

    Raises ValueError for everything else.
    """
    try:
        written = isinstance(value, str) and _RFC_3339.fullmatch(value)
        moment = datetime.fromisoformat(written[0].upper()) if written else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f'{value!r} is not an instant: write RFC 3339 with a zone, such as "2026-01-01T00:00:00Z"')
    return Instant((moment - _EPOCH) // timedelta(microseconds=1))


def format_instant(instant: int) -> str:
    """RFC 3339 with microseconds and `Z`."""
    return (_EPOCH + timedelta(microseconds=instant)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _read_duration(value: object) -> Duration | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return seconds(value) if abs(value) <= _LONGEST else None
    if not isinstance(value, str):
        return None
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,9})?", value):
        return seconds(float(value))
    parts = _PART.findall(value)
    if not parts or "".join(number + unit for number, unit in parts) != value:
        return None
    return Duration(sum(round(float(number) * _UNITS[unit]) for number, unit in parts))

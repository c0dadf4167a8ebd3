"""Instants and durations as people write them, and as they are written to people."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mock_amp.core.instants import Instant, format_duration, format_instant, parse_duration, parse_instant
from tests.unit.builders import T0

_SECOND = 1_000_000
_HUNDRED_YEARS = 100 * 366 * 86_400 * _SECOND
_YEAR_1, _YEAR_9999 = -62_135_596_800 * _SECOND, 253_402_300_800 * _SECOND - 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5m", 300 * _SECOND),
        ("1h30m", 5_400 * _SECOND),
        ("250ms", 250_000),
        ("7us", 7),
        ("2d", 172_800 * _SECOND),
        ("0.5s", 500_000),
        ("1.5", 1_500_000),
        (0.25, 250_000),
        (300, 300 * _SECOND),
        ("0s", 0),
    ],
)
def test_a_duration_is_read_in_whole_microseconds(written: object, meant: int) -> None:
    assert parse_duration(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        *("", "m", "five minutes", "5 m", "5m ", "-5m", "5M", "1h,30m", "36601d", "1e3"),
        *(None, True, [], -1, float("nan"), float("inf"), 10**400),
    ],
)
def test_what_is_no_duration_is_refused_with_what_would_be_right(written: object) -> None:
    with pytest.raises(ValueError, match='is not a duration: write "5m"'):
        parse_duration(written)


def test_a_duration_of_absurdly_many_digits_is_refused_like_any_other() -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration("9" * 400 + "s")


@pytest.mark.parametrize(
    ("duration", "written"),
    [(0, "0s"), (5_400 * _SECOND, "1h30m"), (250_000, "250ms"), (86_400 * _SECOND + 1, "1d1us")],
)
def test_a_duration_is_written_short(duration: int, written: str) -> None:
    assert format_duration(duration) == written


@given(st.integers(0, _HUNDRED_YEARS))
def test_a_duration_written_and_read_again_is_the_same(duration: int) -> None:
    assert parse_duration(format_duration(duration)) == duration


@pytest.mark.parametrize(
    "written", ["2026-01-01T00:00:00Z", "2026-01-01T02:00:00+02:00", "2025-12-31T19:00:00.000000-05:00"]
)
def test_an_instant_is_the_same_in_every_zone(written: str) -> None:
    assert parse_instant(written) == T0


@pytest.mark.parametrize("written", ["2026-01-01T00:00:00", "2026-01-01", "soon", "", None, 0, "2026-13-01T00:00:00Z"])
def test_an_instant_without_its_zone_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="is not an instant: write RFC 3339"):
        parse_instant(written)


def test_an_instant_is_written_with_microseconds_and_z() -> None:
    assert format_instant(Instant(T0 + 1)) == "2026-01-01T00:00:00.000001Z"


@given(st.integers(_YEAR_1, _YEAR_9999))
@example(_YEAR_1)
@example(_YEAR_9999)
def test_an_instant_is_written_as_rfc_3339_and_read_again_as_the_same(instant: int) -> None:
    written = format_instant(instant)

    assert len(written) == len("2026-01-01T00:00:00.000000Z")
    assert parse_instant(written) == instant

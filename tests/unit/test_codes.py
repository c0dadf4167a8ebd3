"""Two-factor codes: how they are drawn, and what is said of one that is tried (F-1, F-3)."""

from dataclasses import replace

import pytest

from mock_amp.core.codes import (
    EXPIRED,
    UNKNOWN,
    USED,
    VALID,
    WRONG,
    Code,
    CodeType,
    Finding,
    code_type,
    draw,
    examine,
)
from mock_amp.core.instants import Instant
from tests.unit.builders import T0, later

_CODE = Code(token="t", client_ref="login", code="ABC123", case_sensitive=False, made_at=T0)


@pytest.mark.parametrize("kind", CodeType)
@pytest.mark.parametrize("length", [6, 13, 20])
def test_a_code_is_as_long_as_was_wished(kind: CodeType, length: int) -> None:
    """F-1: 6 to 20."""
    assert len(draw(7, 1, kind, length, case_sensitive=True)) == length


@pytest.mark.parametrize(
    ("kind", "case_sensitive", "size"),
    [
        (CodeType.NUMERIC, False, 10),
        (CodeType.NUMERIC, True, 10),
        (CodeType.ALPHA, False, 26),
        (CodeType.ALPHA, True, 52),
        (CodeType.ALPHANUMERIC, False, 36),
        (CodeType.ALPHANUMERIC, True, 62),
    ],
)
def test_a_code_is_made_of_the_characters_of_its_type(kind: CodeType, case_sensitive: bool, size: int) -> None:  # noqa: FBT001 - a parameter of the table
    """F-1: all of them turn up; small letters only where case counts."""
    drawn = {each for number in range(300) for each in draw(7, number, kind, 20, case_sensitive=case_sensitive)}

    assert len(drawn) == size
    assert any(each.isdigit() for each in drawn) == (kind is not CodeType.ALPHA)
    assert any(each.islower() for each in drawn) == (case_sensitive and kind is not CodeType.NUMERIC)


def test_the_same_seed_gives_the_same_codes() -> None:
    """D11: repeatable, and no two alike."""
    codes = {draw(seed, number, CodeType.NUMERIC, 20, case_sensitive=False) for seed in (7, 8) for number in (1, 2)}

    assert len(codes) == 4
    assert draw(7, 1, CodeType.NUMERIC, 20, case_sensitive=False) in codes


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (None, CodeType.NUMERIC),
        ("numeric", CodeType.NUMERIC),
        ("alpha", CodeType.ALPHA),
        ("alphanumeric", CodeType.ALPHANUMERIC),
        ("ALPHA", CodeType.NUMERIC),
        ("", CodeType.NUMERIC),
        ("hex", CodeType.NUMERIC),
    ],
)
def test_any_other_type_is_numeric(name: str | None, kind: CodeType) -> None:
    """F-1: a type is taken exactly as it is spelt."""
    assert code_type(name) is kind


@pytest.mark.parametrize(
    ("code", "tried", "at", "finding"),
    [
        pytest.param(_CODE, "ABC123", T0, VALID, id="right"),
        pytest.param(_CODE, "abc123", T0, VALID, id="another case"),
        pytest.param(replace(_CODE, case_sensitive=True), "ABC123", T0, VALID, id="right, case counts"),
        pytest.param(replace(_CODE, case_sensitive=True), "abc123", T0, WRONG, id="another case, case counts"),
        pytest.param(_CODE, "ABC124", T0, WRONG, id="wrong"),
        pytest.param(_CODE, "ABC12", T0, WRONG, id="too short"),
        pytest.param(replace(_CODE, code="SI"), "\u017f\u0131", T0, WRONG, id="letters of other scripts"),
        pytest.param(_CODE, "\udcff", T0, WRONG, id="what is no text"),
        pytest.param(_CODE, "ABC123", later(299.999_999), VALID, id="just in time"),
        pytest.param(_CODE, "ABC123", later(300), EXPIRED, id="when the five minutes are up"),
        pytest.param(_CODE, "wrong", later(300), EXPIRED, id="expired and wrong"),
        pytest.param(replace(_CODE, used_at=T0), "ABC123", T0, USED, id="used"),
        pytest.param(replace(_CODE, used_at=T0), "ABC123", later(300), USED, id="used and expired"),
        pytest.param(replace(_CODE, used_at=T0), "wrong", T0, USED, id="used and wrong"),
        pytest.param(None, "ABC123", T0, UNKNOWN, id="unknown"),
    ],
)
def test_a_try_is_judged(code: Code | None, tried: str, at: Instant, finding: Finding) -> None:
    """F-3: what became of the code is told before what was tried."""
    assert examine(code, tried, at) == finding


def test_only_a_good_code_has_the_number_zero() -> None:
    """F-3: four codes of ours, none like another."""
    assert [each.status_code for each in (VALID, WRONG, EXPIRED, USED, UNKNOWN)] == [0, 1, 2, 3, 4]

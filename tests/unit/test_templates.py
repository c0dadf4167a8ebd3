"""D-5: placeholders, filled in one pass."""

import pytest

from mock_amp.core.templates import fill, keys_of


@pytest.mark.parametrize(
    ("template", "keys"),
    [
        ("{#NAME}, your table is ready.", {"NAME"}),
        ("{#A}{#B} {#A}", {"A", "B"}),
        ("{#FIRST NAME}", {"FIRST NAME"}),
        ("{#A", set()),
        ("{A}", set()),
        ("{#}", set()),
        ("{#A{#B}", {"B"}),
        ("", set()),
        (None, set()),
    ],
)
def test_a_template_asks_for_its_keys(template: str | None, keys: set[str]) -> None:
    r"""D-5: a placeholder is `\{#([^{}]+)\}`."""
    assert keys_of(template) == keys


def test_every_placeholder_of_a_key_is_replaced() -> None:
    """D-5: all of them."""
    assert fill("{#NAME}! {#NAME}, come to {#PLACE}.", {"NAME": "Ana", "PLACE": "the quay"}) == (
        "Ana! Ana, come to the quay."
    )


def test_a_value_is_not_read_again() -> None:
    """D-5: in one pass."""
    assert fill("{#A} {#B}", {"A": "{#B}", "B": "{#A}"}) == "{#B} {#A}"


def test_values_that_meet_make_no_placeholder() -> None:
    """D-5: in one pass, even when a value opens what the text closes."""
    assert fill("{#A}B}", {"A": "{#", "B": "no"}) == "{#B}"


def test_a_placeholder_without_its_brace_stays_as_it_is() -> None:
    """D-5: `{#A` without its brace."""
    assert fill("{#A and {#B}", {"A": "no", "B": "yes"}) == "{#A and yes"


@pytest.mark.parametrize("params", [None, {}, {"OTHER": "x"}])
def test_a_key_without_a_value_stays(params: dict[str, str] | None) -> None:
    """D-5: refused before; here nothing is made up."""
    assert fill("{#A}", params) == "{#A}"


def test_a_value_is_put_in_letter_by_letter() -> None:
    r"""D-5: `\1` in a value is no back reference."""
    assert fill("{#A}", {"A": r"\1 \g<0>"}) == r"\1 \g<0>"

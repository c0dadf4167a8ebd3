"""D-5: placeholders, filled in one pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amp.core.templates import LONGEST, extent_of, fill, filled_extent, keys_of

VALUES = st.text("ab{#}", max_size=9)


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


@given(
    st.lists(st.sampled_from(["Dear ", "{#A}", "{#B}", "{", "x}"])).map("".join),
    st.lists(st.fixed_dictionaries({"A": VALUES, "B": VALUES}), min_size=1, max_size=4),
)
def test_filled_texts_keep_within_their_extent(template: str, rows: list[dict[str, str]]) -> None:
    """D-5: none is shorter or longer or has another character, and with one row it is as tight as can be."""
    texts = [fill(template, row) for row in rows]
    extents = {key: extent_of([row[key] for row in rows]) for key in ("A", "B")}

    found = filled_extent(template, extents)

    assert all(found.shortest <= len(text) <= found.longest for text in texts)
    assert set("".join(texts)) == set(found.characters)
    if len(rows) == 1:
        assert found.shortest == found.longest == len(texts[0])


def test_what_is_filled_never_grows_without_bound() -> None:
    """D-5: eight hundred placeholders of a long value; what is short enough is whole, to the last character."""
    bomb = fill("x" + "{#A}" * 800, {"A": "a" * 200_000})
    whole = fill("{#A}-{#B}-{#A}", {"A": "a" * 5_000, "B": "b" * 6_000})

    assert (len(bomb), bomb[:3]) == (LONGEST, "xaa")
    assert whole == "a" * 5_000 + "-" + "b" * 6_000 + "-" + "a" * 5_000
    assert fill("{#A}" + "y" * LONGEST, {"A": "a" * LONGEST}) == "a" * LONGEST
    assert fill("{#A}{#B}{" + "y" * 10, {"A": "a" * LONGEST, "C": "c"}) == "a" * LONGEST

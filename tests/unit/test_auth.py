"""A-1: the Authorization header."""

import pytest

from mock_amp.core.auth import opens, tail, token_of

TOKEN = "00000000-0000-4000-8000-000000000042"


@pytest.mark.parametrize("scheme", ["Token", "token", "TOKEN"])
def test_the_scheme_compares_without_case(scheme: str) -> None:
    """A-1: the scheme compares without case."""
    assert token_of(f"{scheme} {TOKEN}") == TOKEN


def test_the_token_is_taken_exactly() -> None:
    """A-1: the token exactly."""
    assert token_of("Token AbC-dEf") == "AbC-dEf"


def test_spaces_around_the_token_do_not_belong_to_it() -> None:
    """A-1: RFC 9110 allows them around a field's value."""
    assert token_of(f" Token  {TOKEN} ") == TOKEN


@pytest.mark.parametrize(
    "header", [None, "", " ", "Token", "Token ", TOKEN, f"Bearer {TOKEN}", f"Token{TOKEN}", f"Token {TOKEN} more"]
)
def test_a_header_that_says_something_else_has_no_token(header: str | None) -> None:
    """A-2: missing and malformed."""
    assert token_of(header) is None


def test_a_token_is_shown_by_its_last_four_characters() -> None:
    assert tail(TOKEN) == "…0042"


@pytest.mark.parametrize("token", [TOKEN, "x" * 8, "x" * 128, "!~!~!~!~"])
def test_a_token_of_visible_characters_may_open_an_account(token: str) -> None:
    """A-2: 8 to 128 of them."""
    assert opens(token)


@pytest.mark.parametrize("token", ["", "x" * 7, "x" * 129, "with space", "with\ttab", "ümlaut-ümlaut", "line-end\n"])
def test_a_token_of_another_form_may_not(token: str) -> None:
    """A-2."""
    assert not opens(token)

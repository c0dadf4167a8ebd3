"""D11, R-1 and R-5: ids from a seed and a clock."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amp.core.identity import first_ordinal, message_id, message_ids, ordinal_of, seed_of, seed_of_token, uuid4_of
from mock_amp.core.instants import MILLISECOND, Instant
from tests.unit.builders import T0

NODE = 4003
_FIRST = first_ordinal(T0, -1)


def test_a_message_id_is_milliseconds_sequence_and_node() -> None:
    """R-5: 13, 3 and 4 digits; the sequence counts from 001."""
    assert message_id(_FIRST, NODE) == "1767225600000" + "001" + "4003"


def test_a_message_id_has_the_node_of_the_server() -> None:
    """R-5: the node is four digits, zeros in front."""
    assert message_id(_FIRST, 7)[-4:] == "0007"


@given(st.integers(0, 3_000), st.integers(1, 3_000), st.integers(0, 9_999))
def test_many_message_ids_are_the_same_as_one_by_one(first: int, size: int, node: int) -> None:
    """R-5: wherever in a millisecond they begin and end."""
    assert message_ids(first, size, node) == [message_id(each, node) for each in range(first, first + size)]


def test_the_999th_message_of_a_millisecond_still_belongs_to_it() -> None:
    """R-5: the sequence goes to 999."""
    assert message_id(_FIRST + 998, NODE) == "1767225600000" + "999" + "4003"


def test_past_999_the_milliseconds_move_on() -> None:
    """R-5: sequence 000 does not exist."""
    assert message_id(_FIRST + 999, NODE) == "1767225600001" + "001" + "4003"


def test_a_second_request_in_a_millisecond_goes_on_from_the_last() -> None:
    """R-5: the sequence is counted within the millisecond, not within the request."""
    assert first_ordinal(Instant(T0 + 999), _FIRST + 4) == _FIRST + 5


def test_a_request_behind_a_wrapped_millisecond_goes_on_from_the_last() -> None:
    """R-5: unique for ever, even when 2,000 messages of one millisecond reached into later ones."""
    assert first_ordinal(Instant(T0 + MILLISECOND), _FIRST + 1_999) == _FIRST + 2_000


def test_a_later_millisecond_begins_at_001() -> None:
    """R-5: counted within that millisecond."""
    ordinal = first_ordinal(Instant(T0 + 5 * MILLISECOND), _FIRST + 4)

    assert message_id(ordinal, NODE) == "1767225600005" + "001" + "4003"


@given(st.integers(0, 9_999_999_999_999 * 999), st.integers(0, 9_999))
def test_an_ordinal_is_found_again_from_its_id(ordinal: int, node: int) -> None:
    """R-5: twenty digits, and nothing is lost in them."""
    text = message_id(ordinal, node)

    assert len(text) == 20
    assert ordinal_of(text, node) == ordinal


@given(st.lists(st.tuples(st.integers(0, 3 * MILLISECOND), st.integers(1, 2_500)), max_size=8))
def test_message_ids_are_unique_and_increase(requests: list[tuple[int, int]]) -> None:
    """R-5: whatever the clock shows from request to request and however many messages each has."""
    ids: list[str] = []
    now, last = T0, -1
    for passed, size in requests:
        now = Instant(now + passed)
        first = first_ordinal(now, last)
        last = first + size - 1
        ids += [message_id(ordinal, NODE) for ordinal in range(first, last + 1)]

    assert all(one < other for one, other in pairwise(ids))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("1767225600000001400", id="19 digits"),
        pytest.param("176722560000000140030", id="21 digits"),
        pytest.param("17672256000000004003", id="sequence 000"),
        pytest.param("17672256000000014004", id="another node"),
        pytest.param("1767225600000001400x", id="a letter"),
        pytest.param("-1767225600000001403", id="a sign"),
        pytest.param("1767225600000001400\u0663", id="a digit of another script"),
    ],
)
def test_an_id_that_no_message_can_have_has_no_ordinal(text: str) -> None:
    """G-4: such an id is unknown."""
    assert ordinal_of(text, NODE) is None


def test_a_uuid_of_the_seed_is_version_4_in_lower_case() -> None:
    """R-1: so says its form."""
    text = uuid4_of(7, "job", 1)

    assert text == text.lower()
    assert (text[14], text[19] in "89ab") == ("4", True)


def test_the_same_seed_gives_the_same_ids() -> None:
    """D11: repeatable runs."""
    assert uuid4_of(7, "job", 1) == uuid4_of(7, "job", 1)
    assert seed_of(7, 1) == seed_of(7, 1)


def test_seed_purpose_and_number_all_tell_ids_apart() -> None:
    """D11: no two of an account are alike."""
    ids = {uuid4_of(7, "job", 1), uuid4_of(8, "job", 1), uuid4_of(7, "answer", 1), uuid4_of(7, "job", 2)}

    assert len(ids) == 4
    assert len({seed_of(7, 1), seed_of(7, 2), seed_of(8, 1)}) == 3


def test_a_token_has_a_seed_of_its_own() -> None:
    """D11: the same with the same seed of the server, another with another."""
    seeds = [seed_of_token(1, "one-token"), seed_of_token(1, "another"), seed_of_token(2, "one-token")]

    assert len(set(seeds)) == 3
    assert seed_of_token(1, "one-token") == seeds[0]

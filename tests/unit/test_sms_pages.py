"""M-3, M-4, M-7: where a text is cut into pages."""

from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amp.core.sms import MOST_PAGES, as_gsm7, missing_from_gsm7, page_count, pages, surely_fits

EXTENSION: Final = "\f^{}\\[~]|€"

ENCODINGS: Final = st.sampled_from(["GSM7", "UCS2"])
TEXTS: Final = st.text(st.sampled_from("ab?\n€^č😀𝄞") | st.characters(), max_size=60).map(lambda text: text * 9)
HEADERS: Final = st.integers(0, 131)
"""Bytes: beside the longest, two pages or more have room for one wide character each."""


def size(text: str, encoding: str) -> int:
    """The units that a text takes on its page, counted another way than the module does."""
    if encoding == "UCS2":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text) + sum(text.count(character) for character in EXTENSION)


def room(encoding: str, header: int) -> int:
    return (140 - header) // 2 if encoding == "UCS2" else (140 - header) * 8 // 7


def joined(udh: int) -> int:
    return udh + 5 if udh else 6


def delivered(text: str, encoding: str) -> str:
    return as_gsm7(text) if encoding == "GSM7" else text


def lengths(cut: tuple[str, ...]) -> list[int]:
    return [len(page) for page in cut]


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        (1, [1]),
        (160, [160]),
        (161, [153, 8]),
        (306, [153, 153]),
        (307, [153, 153, 1]),
        (459, [153, 153, 153]),
        (765, [153, 153, 153, 153, 153]),
        (766, [153, 153, 153, 153, 153, 1]),
    ],
)
def test_gsm7_has_160_characters_on_one_page_and_153_on_each_of_several(characters: int, expected: list[int]) -> None:
    """M-3: 160, then 153 a page, 765 on five."""
    assert lengths(pages("a" * characters, "GSM7")) == expected


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        (1, [1]),
        (70, [70]),
        (71, [67, 4]),
        (134, [67, 67]),
        (135, [67, 67, 1]),
        (335, [67, 67, 67, 67, 67]),
        (336, [67, 67, 67, 67, 67, 1]),
    ],
)
def test_ucs2_has_70_characters_on_one_page_and_67_on_each_of_several(characters: int, expected: list[int]) -> None:
    """M-4: 70, then 67 a page, 335 on five."""
    assert lengths(pages("č" * characters, "UCS2")) == expected


@pytest.mark.parametrize(
    ("characters", "expected"), [(80, [80]), (81, [76, 5]), (380, [76, 76, 76, 76, 76]), (381, [76, 76, 76, 76, 76, 1])]
)
def test_a_page_of_euro_signs_leaves_its_last_septet_empty(characters: int, expected: list[int]) -> None:
    """M-3: 380 fit five pages, 381 do not."""
    assert lengths(pages("€" * characters, "GSM7")) == expected


@pytest.mark.parametrize(
    ("characters", "expected"), [(35, [35]), (36, [33, 3]), (165, [33, 33, 33, 33, 33]), (166, [33, 33, 33, 33, 33, 1])]
)
def test_a_page_of_emoji_leaves_its_last_unit_empty(characters: int, expected: list[int]) -> None:
    """M-4: 165 fit five pages, 166 do not."""
    assert lengths(pages("😀" * characters, "UCS2")) == expected


@pytest.mark.parametrize(
    ("encoding", "wide", "page"),
    [
        ("GSM7", "€", 153),
        ("GSM7", "\f", 153),
        ("UCS2", "😀", 67),
        ("UCS2", "\U00010000", 67),
        ("UCS2", "\U0010ffff", 67),
    ],
)
@pytest.mark.parametrize("before", [0, 1, 2, 3])
def test_a_pair_that_would_be_cut_goes_to_the_next_page(encoding: str, wide: str, page: int, before: int) -> None:
    """M-3, M-4: at each boundary; the page before it is one unit short."""
    full = "a" * page
    text = full * before + "b" * (page - 1) + wide + full

    cut = pages(text, encoding)

    assert cut == (*[full] * before, "b" * (page - 1), wide + "a" * (page - 2), "aa")


@pytest.mark.parametrize(("encoding", "wide", "page"), [("GSM7", "€", 153), ("UCS2", "😀", 67)])
@pytest.mark.parametrize("before", [0, 1, 2, 3])
def test_a_pair_that_ends_with_its_page_stays(encoding: str, wide: str, page: int, before: int) -> None:
    """M-3, M-4: at each boundary."""
    full = "a" * page
    text = full * before + "b" * (page - 2) + wide + full

    cut = pages(text, encoding)

    assert cut == (*[full] * before, "b" * (page - 2) + wide, full)


@pytest.mark.parametrize(("encoding", "wide", "alone"), [("GSM7", "€", 160), ("UCS2", "😀", 70)])
def test_a_pair_at_the_end_of_a_lone_page_fits_or_makes_a_second(encoding: str, wide: str, alone: int) -> None:
    """M-3, M-4: 160 septets, 70 units."""
    fits, does_not = "a" * (alone - 2) + wide, "a" * (alone - 1) + wide

    assert (page_count(fits, encoding), page_count(does_not, encoding)) == (1, 2)


@pytest.mark.parametrize("character", ["€", "\uffff", "\ud800", "ž"])
def test_a_character_of_the_bmp_is_one_unit(character: str) -> None:
    """M-4: only what is beyond it takes two."""
    assert lengths(pages(character * 71, "UCS2")) == [67, 4]


def test_a_text_is_cut_as_it_is_delivered() -> None:
    """M-5: a character that GSM7 has not takes the one septet of its question mark."""
    assert pages("😀" * 160 + "č", "GSM7") == ("?" * 153, "?" * 8)


def test_a_lone_page_is_delivered_with_question_marks_too() -> None:
    """M-5: however short the text is."""
    assert pages("čaj", "GSM7") == ("?aj",)


def test_ucs2_replaces_nothing() -> None:
    """M-4: it has every character."""
    assert pages("čaj 😀", "UCS2") == ("čaj 😀",)


@pytest.mark.parametrize("encoding", ["GSM7", "UCS2"])
@pytest.mark.parametrize("udh", [0, 7, 140])
def test_an_empty_text_is_one_empty_page(encoding: str, udh: int) -> None:
    """M-3, M-4: there is something to deliver."""
    assert (pages("", encoding, udh), page_count("", encoding, udh)) == (("",), 1)


@pytest.mark.parametrize(
    ("encoding", "udh", "alone", "together"),
    [
        ("GSM7", 0, 160, 153),
        ("GSM7", 1, 158, 153),
        ("GSM7", 6, 153, 147),
        ("GSM7", 7, 152, 146),
        ("GSM7", 12, 146, 140),
        ("GSM7", 134, 6, 1),
        ("UCS2", 0, 70, 67),
        ("UCS2", 1, 69, 67),
        ("UCS2", 6, 67, 64),
        ("UCS2", 7, 66, 64),
        ("UCS2", 12, 64, 61),
        ("UCS2", 133, 3, 1),
    ],
)
def test_a_header_takes_its_bytes_from_every_page(encoding: str, udh: int, alone: int, together: int) -> None:
    """M-7: and the header that joins the pages shares its length byte."""
    one, three = pages("a" * alone, encoding, udh), pages("a" * (2 * together + alone + 1), encoding, udh)

    assert (lengths(one), lengths(three)[:2]) == ([alone], [together, together])


@pytest.mark.parametrize(
    ("text", "encoding", "udh"),
    [
        pytest.param("", "GSM7", 141, id="more than a message has"),
        pytest.param("a", "GSM7", 140, id="nothing beside it"),
        pytest.param("a" * 6, "GSM7", 135, id="one page too few, and nothing beside both headers"),
        pytest.param("€" * 4, "GSM7", 134, id="one septet a page for a pair"),
        pytest.param("a", "UCS2", 139, id="half a unit"),
        pytest.param("aaaa", "UCS2", 134, id="half a unit beside both headers"),
        pytest.param("😀😀", "UCS2", 133, id="one unit a page for a pair"),
    ],
)
def test_a_header_that_leaves_no_room_for_a_character_is_an_error(text: str, encoding: str, udh: int) -> None:
    """M-7: no cut would end, for the pages and for their count."""
    with pytest.raises(ValueError, match=rf"^a header of {udh} bytes leaves a page of {encoding} no room$"):
        pages(text, encoding, udh)
    with pytest.raises(ValueError, match="no room"):
        page_count(text, encoding, udh)


@pytest.mark.parametrize(
    ("text", "encoding", "udh"),
    [("a", "GSM7", 139), ("€" * 3, "GSM7", 134), ("€" * 4, "GSM7", 133), ("a", "UCS2", 138), ("😀😀", "UCS2", 131)],
)
def test_a_header_may_leave_room_for_one_character_only(text: str, encoding: str, udh: int) -> None:
    """M-7: it is then the sender's wish."""
    assert "".join(pages(text, encoding, udh)) == text


def test_binary_is_not_cut() -> None:
    """M-6: it has one page, and no characters."""
    with pytest.raises(KeyError, match="BINARY"):
        pages("AAAA", "BINARY")


@given(TEXTS, ENCODINGS, HEADERS)
def test_the_pages_together_are_the_text(text: str, encoding: str, udh: int) -> None:
    """M-3, M-4: nothing is lost at a boundary."""
    assert "".join(pages(text, encoding, udh)) == delivered(text, encoding)


@given(TEXTS, ENCODINGS, HEADERS)
def test_no_page_is_over_its_room(text: str, encoding: str, udh: int) -> None:
    """M-3, M-4, M-7: a lone page has more of it than several have."""
    cut = pages(text, encoding, udh)

    most = room(encoding, udh if len(cut) == 1 else joined(udh))
    assert all(size(page, encoding) <= most for page in cut)


@given(TEXTS, ENCODINGS, HEADERS)
def test_a_page_is_as_full_as_it_can_be(text: str, encoding: str, udh: int) -> None:
    """M-3, M-4: it has no room for the first character of the next."""
    cut = pages(text, encoding, udh)

    assert all(size(page + after[0], encoding) > room(encoding, joined(udh)) for page, after in pairwise(cut))


@given(TEXTS, ENCODINGS, HEADERS)
def test_a_text_that_fits_one_page_is_not_cut(text: str, encoding: str, udh: int) -> None:
    """M-3, M-4, M-7: and one that does not, is."""
    fits = size(delivered(text, encoding), encoding) <= room(encoding, udh)

    assert (len(pages(text, encoding, udh)) == 1) is fits


@given(TEXTS, ENCODINGS, HEADERS)
def test_the_count_is_the_number_of_the_pages(text: str, encoding: str, udh: int) -> None:
    """M-3, M-4: by whichever way it was found."""
    assert page_count(text, encoding, udh) == len(pages(text, encoding, udh))


@given(st.lists(TEXTS | st.text("ab€č😀", max_size=400), min_size=1, max_size=4), ENCODINGS, HEADERS)
def test_what_surely_fits_does_so_and_loses_nothing(texts: list[str], encoding: str, udh: int) -> None:
    """M-3, M-4, M-5, M-7: told from the longest and the characters of all; each has the longest length once."""
    longest = max(map(len, texts))
    if surely_fits(longest, "".join(texts), encoding, udh):
        for text in texts:
            assert page_count(text, encoding, udh) <= MOST_PAGES
            assert encoding == "UCS2" or not missing_from_gsm7(text)


@pytest.mark.parametrize(
    ("longest", "characters", "encoding", "expected"),
    [
        (765, "abc @é", "GSM7", True),
        (766, "abc", "GSM7", False),
        (380, "a€", "GSM7", True),
        (381, "a€", "GSM7", False),
        (1, "č", "GSM7", False),
        (335, "abč", "UCS2", True),
        (336, "abč", "UCS2", False),
        (165, "😀", "UCS2", True),
        (166, "😀", "UCS2", False),
    ],
)
def test_it_is_plain_of_most_texts_that_they_fit(
    longest: int, characters: str, encoding: str, *, expected: bool
) -> None:
    """M-3, M-4: five full pages; with wide characters, five that may lack one."""
    assert surely_fits(longest, characters, encoding) is expected

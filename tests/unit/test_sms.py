"""M-3, M-5, M-6, M-7: the alphabet of GSM7, what stands for the characters that it has not, and the binary form."""

import base64
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amp.core.sms import (
    MOST_BINARY,
    MOST_PAGES,
    as_gsm7,
    binary_size,
    decode_base64,
    missing_from_gsm7,
    page_count,
)

ESCAPE: Final = "\x1b"

DEFAULT: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
"""3GPP TS 23.038, 6.2.1: the default alphabet in code order, a line for each 16 codes."""

EXTENSION: Final = "\f^{}\\[~]|€"
"""3GPP TS 23.038, 6.2.1.1: the extension table in code order."""

UNICODE: Final = "".join(map(chr, range(0x110000)))


def test_the_table_of_these_tests_is_whole() -> None:
    """M-3: 128 codes, of which one is the escape, and 10 more behind it."""
    assert (len(set(DEFAULT)), DEFAULT.index(ESCAPE), len(set(EXTENSION))) == (128, 0x1B, 10)


def test_gsm7_has_the_default_alphabet_and_the_extension_table_and_nothing_else() -> None:
    """M-3: of all that Unicode has."""
    missing = missing_from_gsm7(UNICODE)

    assert set(UNICODE) - set(missing) == set(DEFAULT + EXTENSION) - {ESCAPE}


@pytest.mark.parametrize("character", sorted(set(DEFAULT) - {ESCAPE}), ids=lambda character: f"{ord(character):04X}")
def test_a_default_character_counts_one(character: str) -> None:
    """M-3: 160 of them are a page."""
    assert (page_count(character * 160, "GSM7"), page_count(character * 161, "GSM7")) == (1, 2)


@pytest.mark.parametrize("character", EXTENSION, ids=lambda character: f"{ord(character):04X}")
def test_an_extension_character_counts_two(character: str) -> None:
    """M-3: 80 of them are a page."""
    assert (page_count(character * 80, "GSM7"), page_count(character * 81, "GSM7")) == (1, 2)


@pytest.mark.parametrize("text", ["", "Hi, your code is 12345.", DEFAULT.replace(ESCAPE, ""), EXTENSION])
def test_a_text_of_gsm7_misses_nothing_and_stays_as_it_is(text: str) -> None:
    """M-5: nothing to warn of."""
    assert (missing_from_gsm7(text), as_gsm7(text)) == ((), text)


def test_missing_characters_are_named_once_in_the_order_of_their_appearance() -> None:
    """M-5: the warning names them."""
    assert missing_from_gsm7("ž is not č, and ž is not a, nor 😀") == ("ž", "č", "😀")


@pytest.mark.parametrize(
    ("text", "delivered"),
    [
        ("čaj", "?aj"),
        ("žž", "??"),
        ("a`b\tc", "a?b?c"),
        ("ç is not Ç", "? is not Ç"),
        ("e\u0301", "e?"),
        ("what? č!", "what? ?!"),
        ("\ud800", "?"),
    ],
)
def test_a_missing_character_is_delivered_as_a_question_mark(text: str, delivered: str) -> None:
    """M-5: one for each, nothing is transliterated."""
    assert as_gsm7(text) == delivered


def test_a_character_outside_the_bmp_is_one_question_mark() -> None:
    """M-5: a character, not its two UTF-16 code units."""
    assert as_gsm7("a😀b") == "a?b"


def test_the_escape_itself_is_no_character() -> None:
    """M-5: or a text could smuggle in a pair of the extension table."""
    assert (missing_from_gsm7(f"{ESCAPE}e"), as_gsm7(f"{ESCAPE}e")) == ((ESCAPE,), "?e")


@given(st.text())
def test_what_is_delivered_misses_nothing_and_is_as_long(text: str) -> None:
    """M-5: character for character."""
    delivered = as_gsm7(text)

    assert (missing_from_gsm7(delivered), len(delivered)) == ((), len(text))


@given(st.text())
def test_what_is_missing_is_what_is_replaced(text: str) -> None:
    """M-5: the warning and the delivery agree."""
    replaced = [before for before, after in zip(text, as_gsm7(text), strict=True) if before != after]

    assert missing_from_gsm7(text) == tuple(dict.fromkeys(replaced))


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        ("", b""),
        ("QQ==", b"A"),
        ("QUI=", b"AB"),
        ("QUJD", b"ABC"),
        ("+/+/", b"\xfb\xff\xbf"),
        ("XXXX", b"]u\xd7"),
        ("BQAD\nzAIB", b"\x05\x00\x03\xcc\x02\x01"),
        ("BQAD\r\nzAIB", b"\x05\x00\x03\xcc\x02\x01"),
        (" QUJD RA=\n=\n", b"ABCD"),
    ],
)
def test_standard_base64_is_decoded_whatever_its_line_breaks_and_spaces(text: str, decoded: bytes) -> None:
    """M-6: a sample of the vendor has a line break inside."""
    assert decode_base64(text) == decoded


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "QQ",
        "QQ=",
        "QQ===",
        "=",
        "====",
        "QUI=QUI=",
        "QQ==QQ",
        "Q=Q=",
        "-_-_",
        "QU.JD",
        "QQ=\t=",
        "QQ=\u00a0=",
        "čaj=",
    ],
)
def test_what_is_not_standard_padded_base64_is_nothing(text: str) -> None:
    """M-6, M-7: neither the alphabet for URLs nor half of the padding."""
    assert decode_base64(text) is None


@given(st.binary(max_size=300))
def test_bytes_come_back_from_their_base64_with_lines(message: bytes) -> None:
    """M-6: as MIME writes it, 76 characters a line."""
    assert decode_base64(base64.encodebytes(message).decode()) == message


def test_a_binary_message_and_its_header_count_together() -> None:
    """M-6: 140 bytes at most."""
    assert binary_size(bytes(133), bytes(7)) == MOST_BINARY


def test_the_limits_are_those_of_the_vendor() -> None:
    """M-3, M-4, M-6: five pages of text, 140 bytes of binary."""
    assert (MOST_PAGES, MOST_BINARY) == (5, 140)

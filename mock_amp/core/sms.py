"""How long an SMS is: its alphabet, its pages, its binary form (M-3 to M-7).

The alphabet is that of the library gsm0338, which agrees with 3GPP TS 23.038 but for one place: it takes the escape
(0x1B) for a character of its own. The standard does not, so here U+001B is a character that GSM7 has not. This module
refuses no length: it counts, and callers compare with `MOST_PAGES` and `MOST_BINARY`.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from gsm0338 import Codec  # type: ignore[import-untyped] # the library has no types

MOST_PAGES: Final = 5
"""The pages of the longest text (M-3, M-4)."""

MOST_BINARY: Final = 140
"""The bytes of an SMS, user data header included (M-6)."""


class _Units(NamedTuple):
    """What a page is counted in: the bits of a unit, and the characters that take two of them."""

    bits: int
    wide: re.Pattern[str]


class Part(NamedTuple):
    """A page as the handset receives it: how many units it takes, and how many it could with the headers that it has.

    A unit is a septet of GSM7, a UTF-16 code unit of UCS2, a byte of a binary SMS.
    """

    text: str
    units: int
    most: int


_CODEC: Final = Codec()
_ESCAPE: Final = 0x1B
_DEFAULT: Final[str] = _CODEC.decode(bytes(code for code in range(128) if code != _ESCAPE))[0]
_EXTENSION: Final[str] = "".join(_CODEC.decode(bytes((_ESCAPE, code)), "ignore")[0] for code in range(128))
_MISSING: Final = re.compile(f"[^{re.escape(_DEFAULT + _EXTENSION)}]")
_UNITS: Final[Mapping[str, _Units]] = MappingProxyType(
    {
        "GSM7": _Units(7, re.compile(f"[{re.escape(_EXTENSION)}]")),
        "UCS2": _Units(16, re.compile("[\U00010000-\U0010ffff]")),
    }
)

_ODD: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {"GSM7": re.compile(f"[^{re.escape(_DEFAULT)}]"), "UCS2": _UNITS["UCS2"].wide}
)
"""The characters that take two units, or that the alphabet has not."""

_EVEN_ASCII: Final = "".join(filter(str.isascii, _DEFAULT)).encode()

_CONCATENATION: Final = 6
"""The bytes of the header that joins pages, its length byte included."""

_SURELY_SHORT: Final = MOST_PAGES * (MOST_BINARY - _CONCATENATION) * 8 // 16
"""Characters of one unit that fit in either alphabet."""

_BREAKS: Final = str.maketrans("", "", " \r\n")


def missing_from_gsm7(text: str) -> tuple[str, ...]:
    """The distinct characters that GSM7 has not, in the order of their first appearance (M-5)."""
    return tuple(dict.fromkeys(_MISSING.findall(text)))


def as_gsm7(text: str) -> str:
    """The text as GSM7 delivers it: one `?` for each character that it has not (M-5)."""
    return _MISSING.sub("?", text)


def pages(text: str, encoding: str, udh: int = 0) -> tuple[str, ...]:
    """The text cut into pages, each as full as it can be; an empty text is one empty page (M-3, M-4, M-7).

    `encoding` is GSM7 (septets; the text is taken `as_gsm7`) or UCS2 (UTF-16 code units); another is a KeyError. A
    character of two units is never cut. `udh` is how many bytes a user data header has, its length byte included;
    every page carries it. ValueError where the headers leave a page no room for a character of the text.
    """
    if encoding == "GSM7":
        text = as_gsm7(text)
    if _fits_one_page(text, encoding, udh):
        return (text,)
    wide = frozenset(_UNITS[encoding].wide.findall(text))
    room = _room(encoding, _joined(udh))
    if room < (2 if wide else 1):
        raise ValueError(f"a header of {udh} bytes leaves a page of {encoding} no room")
    return tuple(_cut(text, wide, room))


def parts(text: str, encoding: str, udh: int = 0) -> tuple[Part, ...]:
    """The `pages` of the text, measured; with the same errors (M-3, M-4, M-7)."""
    cut, wide = pages(text, encoding, udh), _UNITS[encoding].wide
    most = _room(encoding, _joined(udh) if len(cut) > 1 else udh)
    return tuple([Part(page, len(page) + len(wide.findall(page)), most) for page in cut])


def page_count(text: str, encoding: str, udh: int = 0) -> int:
    """How many `pages` the text takes, with the same errors; quick where it is one (M-3, M-4, M-7)."""
    return 1 if _fits_one_page(text, encoding, udh) else len(pages(text, encoding, udh))


def surely_fits(longest: int, characters: str, encoding: str, udh: int = 0) -> bool:
    """Whether no text of up to `longest` of these characters passes `MOST_PAGES` or loses any, as far as that is plain.

    False only means that each text has to be looked at.
    """
    room = _room(encoding, _joined(udh))
    if longest <= MOST_PAGES * room and _is_even(characters, encoding):
        return True
    if encoding == "GSM7" and _MISSING.search(characters):
        return False
    return 2 * longest <= MOST_PAGES * (room - 1)  # a page may end before a character of two units


def is_ordinary(text: str) -> bool:
    """Whether it is plain at once that a text, in either alphabet, fits, is complete, and has no placeholder."""
    return 0 < len(text) <= _SURELY_SHORT and text.isascii() and not text.encode().translate(None, _EVEN_ASCII)


def _is_even(characters: str, encoding: str) -> bool:
    """Whether each of the characters is one unit of the encoding."""
    if characters.isascii():
        return encoding == "UCS2" or not characters.encode().translate(None, _EVEN_ASCII)
    return not _ODD[encoding].search(characters)


def decode_base64(text: str) -> bytes | None:
    """The bytes, or None for what is not standard, padded base64; spaces and line breaks do not count (M-6, M-7)."""
    try:
        return base64.b64decode(text.translate(_BREAKS), validate=True)
    except ValueError:
        return None


def binary_size(message: bytes, udh: bytes) -> int:
    """The bytes of a binary SMS, to compare with `MOST_BINARY` (M-6)."""
    return len(message) + len(udh)


def _fits_one_page(text: str, encoding: str, udh: int) -> bool:
    # A character that GSM7 has not counts as its `?` does, so the text is measured as it came.
    return len(text) + len(_UNITS[encoding].wide.findall(text)) <= _room(encoding, udh)


def _room(encoding: str, header: int) -> int:
    return (MOST_BINARY - header) * 8 // _UNITS[encoding].bits


def _joined(udh: int) -> int:
    """The bytes of the header on each of several pages: a given one and ours share the length byte."""
    return udh + _CONCATENATION - 1 if udh else _CONCATENATION


def _cut(text: str, wide: frozenset[str], room: int) -> Iterator[str]:
    begin, left = 0, room
    for at, character in enumerate(text):
        width = 2 if character in wide else 1
        if width > left:
            yield text[begin:at]
            begin, left = at, room
        left -= width
    yield text[begin:]

"""Two-factor codes: how one is drawn, and what is said of one that is tried (F-1, F-3 to F-5).

A code without case has capital letters only, so that it reads the same on every handset.
"""

import hmac
import re
import string
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import Final, NamedTuple

from mock_amp.core.instants import SECOND, Duration, Instant

LIFETIME: Final = Duration(5 * 60 * SECOND)
"""A code is good for less than this by the clock of its account: when the five minutes are up, it has expired."""

_DIGITS: Final = re.compile(r"(?<![0-9])[0-9]{4,10}(?![0-9])")


class CodeType(StrEnum):
    NUMERIC = "numeric"
    ALPHA = "alpha"
    ALPHANUMERIC = "alphanumeric"


_ALPHABETS: Final[Mapping[CodeType, str]] = MappingProxyType(
    {
        CodeType.NUMERIC: string.digits,
        CodeType.ALPHA: string.ascii_uppercase,
        CodeType.ALPHANUMERIC: string.digits + string.ascii_uppercase,
    }
)
"""What codes are made of; with case, those that have letters have small ones too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code as it was sent; `used_at` is when it was first given back right."""

    token: str
    client_ref: str
    code: str
    case_sensitive: bool
    made_at: Instant
    used_at: Instant | None = None
    number: str = ""
    message: int = 0
    """The ordinal of the message that it was sent in."""


class Finding(NamedTuple):
    """What is said of a try: a status_code, 0 when it was good, and its description."""

    status_code: int
    description: str


VALID: Final = Finding(0, "Valid")
WRONG: Final = Finding(1, "Invalid: the code is wrong")
EXPIRED: Final = Finding(2, "Invalid: the code has expired")
USED: Final = Finding(3, "Invalid: the code has already been used")
UNKNOWN: Final = Finding(4, "Invalid: there is no code for this client_ref")
UNKNOWN_NOW: Final = Finding(4, "Invalid: there is no code for this client_ref any more, if there was one: old ones go")
"""Where codes may have been evicted with their messages (D13)."""


def code_type(name: str | None) -> CodeType:
    """The type of this name, exactly as it is spelt; numeric for any other name and for none (F-1)."""
    return CodeType(name) if name in frozenset(CodeType) else CodeType.NUMERIC


def draw(seed: int, number: int, kind: CodeType, length: int, *, case_sensitive: bool) -> str:
    """The code that an account's seed gives its request of this number."""
    alphabet = _ALPHABETS[kind]
    if case_sensitive and kind is not CodeType.NUMERIC:
        alphabet += string.ascii_lowercase
    left = int.from_bytes(blake2b(f"{seed}/code/{number}".encode()).digest())
    drawn = []
    for _ in range(length):
        left, at = divmod(left, len(alphabet))
        drawn.append(alphabet[at])
    return "".join(drawn)


def examine(code: Code | None, tried: str, now: Instant) -> Finding:
    """What is said of a try at `now`. A code that is no longer good is told so, whatever was tried."""
    if code is None:
        return UNKNOWN
    same = hmac.compare_digest(_comparable(code.code, code), _comparable(tried, code))
    if code.used_at is not None:
        return USED
    if is_expired(code, now):
        return EXPIRED
    return VALID if same else WRONG


def is_expired(code: Code, now: Instant) -> bool:
    """Whether a code is good no longer because of its age."""
    return now - code.made_at >= LIFETIME


def digits_in(text: str) -> list[str]:
    """The groups of 4 to 10 digits in a text: what may be a one-time code, whoever made it."""
    return _DIGITS.findall(text)


def _comparable(text: str, code: Code) -> bytes:
    """Bytes to compare; letters of other scripts whose capital is one of ours stay what they are."""
    raw = text.encode("utf-8", "replace")
    return raw if code.case_sensitive else raw.upper()

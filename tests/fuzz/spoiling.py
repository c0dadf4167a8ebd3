"""Inputs out of inputs: bytes and documents with something changed anywhere in them."""

import json
from collections.abc import Sequence
from random import Random
from typing import Any, Final

from tests.fuzz.target import Target

_MOST_CHANGES: Final = 6
_NUMBERS: Final = (b"0", b"-1", b"255", b"65536", b"9999999999999999", b"9" * 25, b"1e400", b"1" * 4_400, b"4.0", b"-0")
_STRANGE: Final = (
    b"\x00", b"\n", b"\r\n", b"\t", b"\xff", b"\xed\xa0\x80", b"\xc2\x85", b"\xe2\x80\xa8", b"\xef\xbb\xbf",
    b"\xf0\x9f\x98\x80", b"\\ud800", b"\\u0000", b'"', b"'", b"%00", b"%ff", b"%", b"+", b"../",
)  # fmt: skip
_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 255, 256, 172_800, 172_801, 2**31, 2**53, 2**63, 10**30, 4.0, 4.5, -0.0, 1e300, "", " ",
    "0", "x", "-1", "9" * 40, "x" * 300, "35699000001", "\x00", "\n", "\u00a0", "\u2028", "\ud7ff", "\U0001f600" * 12,
    "http://a", "https://b.test/{#A}", "BINARY", "UCS2", "{#A}", "aGk=", [], {}, [None], [[]], [{}], {"number": None},
)  # fmt: skip


def spoilt(dice: Random, target: Target, known: Sequence[bytes]) -> bytes:
    """A known input, changed in up to so many places."""
    data = dice.choice(known) if known else b""
    for _ in range(dice.randint(1, _MOST_CHANGES)):
        as_document = target.json and dice.random() < 0.6
        data = (_with_value(dice, data, known) if as_document else None) or _with_bytes(dice, data, target, known)
    return data[: target.largest]


def _with_bytes(dice: Random, data: bytes, target: Target, known: Sequence[bytes]) -> bytes:
    first, last = sorted((dice.randint(0, len(data)), dice.randint(0, len(data))))
    before, part, after = data[:first], data[first:last], data[last:]
    match dice.randint(0, 9):
        case 0:
            return before + after
        case 1:
            return before + bytes([dice.randint(0, 255)]) + data[first + 1 :]
        case 2:
            return before + part + part + after
        case 3:  # long runs of the same are what regular expressions blow up on
            part = (part or b":")[: dice.choice((1, 1, 2, 3, 8, 64))]
            return before + part * (dice.choice((10, 100, 1_000, target.largest)) // len(part)) + after
        case 4 | 5 if target.words:
            return before + dice.choice(target.words) + (after if dice.random() < 0.5 else data[first:])
        case 6:
            return before + dice.choice(_STRANGE) + data[first:]
        case 7:
            return _with_number(dice, data)
        case 8:
            other = dice.choice(known)
            return before + other[dice.randint(0, len(other)) :]
        case _:
            return before + bytes(dice.randint(0, 255) for _ in range(dice.randint(1, 8))) + data[first:]


def _with_number(dice: Random, data: bytes) -> bytes:
    places = [at for at, byte in enumerate(data[:4_096]) if 48 <= byte <= 57]
    if not places:
        return data + dice.choice(_NUMBERS)
    first = last = dice.choice(places)
    while last < len(data) and 48 <= data[last] <= 57:
        last += 1
    return data[:first] + dice.choice(_NUMBERS) + data[last:]


def _with_value(dice: Random, data: bytes, known: Sequence[bytes]) -> bytes | None:
    """A JSON document with one value changed, or None for what is none."""
    document = _read(data)
    places = [] if document is None else list(_places(document))
    if not places:
        return None
    parent, key = dice.choice(places)
    match dice.randint(0, 5):
        case 0:
            del parent[key]
        case 1 if isinstance(parent, list):
            parent.extend([parent[key]] * dice.choice((1, 2, 100)))
        case 1:
            parent[str(key) + dice.choice(("", "x", "\u2028", "/~"))] = parent[key]
        case 2:
            others = list(_places(_read(dice.choice(known))))
            if others:
                other, its_key = dice.choice(others)
                parent[key] = other[its_key]
        case 3:
            for _ in range(dice.choice((1, 2, 40, 70))):
                parent[key] = [parent[key]] if dice.random() < 0.5 else {"a": parent[key]}
        case _:
            parent[key] = dice.choice(_VALUES)
    try:
        return json.dumps(document, ensure_ascii=dice.random() < 0.5).encode("utf-8", "replace")
    except RecursionError:
        return None


def _read(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _places(node: Any, depth: int = 0) -> list[tuple[Any, Any]]:
    """Every place of a document as the object or array that it is in, and its key there."""
    items = list(node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ())[:200]
    found = [(node, key) for key, _ in items]
    if depth < 100:
        for _, value in items:
            found += _places(value, depth + 1)
    return found

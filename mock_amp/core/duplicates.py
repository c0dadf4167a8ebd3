"""Keys that stand more than once in an object: the parser takes the last and says nothing, so we look ourselves (H-15).

A body without any is told by counting. Only when more keys stand in the text than were parsed is it parsed once more.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from mock_amp.core.documents import Warnings, escape

_BLANKS: Final = b" \t\r\n"

_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class _Repeating(dict[str, Any]):
    """An object of which `again` are the keys that stand in it more than once."""

    again: tuple[str, ...] = ()


def warn_of_duplicates(body: bytes, document: dict[str, Any], warnings: Warnings) -> None:
    """One warning for each key that stands more than once in an object; `document` is what was parsed from the body.

    An object that a later one has replaced is not looked into.
    """
    if has_duplicates(body, _count_keys(document)):
        _tell_duplicates(body, warnings)


def has_duplicates(body: bytes, parsed: int) -> bool:
    """Whether more keys stand in a body than the `parsed` ones: counted, from the cheapest way to the surest.

    There is at least one colon, and one after a quote, for each key: as many as were parsed means that none repeats.
    """
    return not (
        body.count(b":") == parsed
        or body.translate(None, _BLANKS).count(b'":') == parsed
        or _STRING.sub(b"", body).count(b":") == parsed
    )


def _tell_duplicates(body: bytes, warnings: Warnings) -> None:
    try:
        read = json.loads(body, object_pairs_hook=_remember, parse_int=str, parse_float=str)
    except RecursionError:  # deep only in what the last one has replaced, or the document would have been refused
        warnings.add("H-15", "", "a key stands more than once, the last is taken")
        return
    for pointer, key in _find(read):
        text = f"key {key[:100]} stands more than once in its object, the last is taken"
        warnings.add("H-15", f"{pointer}/{escape(key)}", text)


def _count_keys(document: dict[str, Any]) -> int:
    total, level = 0, list[Any]((document,))
    while level:
        inner: list[Any] = []
        for node in level:
            if type(node) is dict:
                total += len(node)
                inner += [each for each in node.values() if type(each) in _CONTAINERS]
            else:
                inner += [each for each in node if type(each) in _CONTAINERS]
        level = inner
    return total


def _remember(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    plain = dict(pairs)
    if len(plain) == len(pairs):
        return plain
    seen: set[str] = set()
    found = _Repeating(plain)
    found.again = tuple(dict.fromkeys(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]
    return found


def _find(root: Any) -> Iterator[tuple[str, str]]:
    """(pointer of the object, key), from the outside in, in the document's order."""
    left = [("", root)]
    while left:
        pointer, node = left.pop()
        if isinstance(node, _Repeating):
            yield from ((pointer, key) for key in node.again)
        parts = node.items() if isinstance(node, dict) else enumerate(node)
        inner = [(f"{pointer}/{escape(str(at))}", each) for at, each in parts if isinstance(each, _CONTAINERS)]
        left += reversed(inner)


_CONTAINERS: Final = (dict, list)

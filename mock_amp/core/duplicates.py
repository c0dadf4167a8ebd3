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


def _find(node: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """(pointer of the object, key), from the outside in; as deep as a document may be, which is not deep."""
    if isinstance(node, dict):
        for key in node.again if isinstance(node, _Repeating) else ():
            yield pointer, key
        for key, each in node.items():
            if isinstance(each, dict | list):
                yield from _find(each, f"{pointer}/{escape(key)}")
    else:
        for index, each in enumerate(node):
            if isinstance(each, dict | list):
                yield from _find(each, f"{pointer}/{index}")


_CONTAINERS: Final = (dict, list)

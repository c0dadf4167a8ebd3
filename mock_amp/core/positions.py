"""Where the parts of a JSON text stand: line and column of what a JSON Pointer names. Finds no fault with any text."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_PIECE: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]|[^\s,:\[\]{}"]++', re.DOTALL)


class Position(NamedTuple):
    """Line and column, both from 1; a column is a character."""

    line: int
    column: int


@dataclass(slots=True)
class _Wanted:
    """A part that is asked for, or is on the way to one; `at` is where it was seen last."""

    at: int | None = None
    parts: dict[str, "_Wanted"] = field(default_factory=dict)

    def seen(self, at: int) -> None:
        """Of a key that stands there again, the parts of the one before count no more (H-15)."""
        left = [*self.parts.values()] if self.at is not None else []
        self.at = at
        while left:
            part = left.pop()
            part.at = None
            left += part.parts.values()


@dataclass(slots=True)
class _Open:
    """A collection of which the end has not come: what is wanted of it, and which member comes next."""

    wanted: _Wanted | None
    is_object: bool
    member: _Wanted | None = None
    index: int = 0
    awaits_value: bool = False


def position_at(text: str, offset: int) -> Position:
    """The position of a character, counted from 0."""
    return Position(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def positions(text: str, pointers: Iterable[str]) -> Mapping[str, Position]:
    """Where each pointer of a JSON text leads: to the key of a member, to an item of an array, to the whole.

    Where a pointer leads nowhere, as that to a key which is missing, it is the last part on the way that there is.
    """
    named = {pointer: [_unescape(each) for each in pointer.split("/")[1:]] for pointer in pointers}
    root = _Wanted()
    for keys in named.values():
        node = root
        for key in keys:
            node = node.parts.setdefault(key, _Wanted())
    _look(text, root)
    return {pointer: position_at(text, _last(root, keys)) for pointer, keys in named.items()}


def _look(text: str, root: _Wanted) -> None:
    """Goes through the pieces once, however deep they are nested."""
    inside: list[_Open] = []
    for found in _PIECE.finditer(text):
        piece, at = found[0], found.start()
        if piece in "]}":
            if inside:
                inside.pop()
            continue
        here = inside[-1] if inside else None
        if here and here.is_object and not here.awaits_value:
            here.awaits_value = True
            here.member = here.wanted.parts.get(_key(piece)) if here.wanted and here.wanted.parts else None
            if here.member:
                here.member.seen(at)
            continue
        value = _value(here, root, at)
        if piece in "[{":
            inside.append(_Open(value, piece == "{"))


def _value(here: _Open | None, root: _Wanted, at: int) -> _Wanted | None:
    """What is wanted of the value that begins here."""
    if here is None:
        root.seen(at)
        return root
    if here.is_object:
        here.awaits_value = False
        return here.member
    member = here.wanted.parts.get(str(here.index)) if here.wanted and here.wanted.parts else None
    here.index += 1
    if member:
        member.seen(at)
    return member


def _last(root: _Wanted, keys: Iterable[str]) -> int:
    node = root
    for key in keys:
        part = node.parts[key]
        if part.at is None:
            break
        node = part
    return node.at or 0


def _key(piece: str) -> str:
    return str(json.loads(piece)) if "\\" in piece else piece[1:-1]


def _unescape(piece: str) -> str:
    return piece.replace("~1", "/").replace("~0", "~")

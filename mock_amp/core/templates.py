"""Placeholders: `{#KEY}` in texts and URLs, filled per destination in one pass (D-5)."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

LONGEST: Final = 16_384
"""Characters of what is filled; no text or URL of the service has so many."""

_PLACEHOLDER: Final = re.compile(r"\{#([^{}]+)\}")


class Extent(NamedTuple):
    """What some texts have in common: none is shorter, none is longer, none has other characters."""

    shortest: int
    longest: int
    characters: str


def extent_of(values: Sequence[str]) -> Extent:
    """The extent of one text or more."""
    lengths = set(map(len, values))
    return Extent(min(lengths), max(lengths), "".join(values))


def filled_extent(template: str, values: Mapping[str, Extent]) -> Extent:
    """The extent of what a template comes to, from that of the values of each of its keys."""
    parts = _PLACEHOLDER.split(template)
    fixed, keys = "".join(parts[::2]), parts[1::2]
    return Extent(
        len(fixed) + sum(values[key].shortest for key in keys),
        len(fixed) + sum(values[key].longest for key in keys),
        fixed + "".join(values[key].characters for key in set(keys)),
    )


def keys_of(template: str | None) -> frozenset[str]:
    """The keys a template asks for. `{#A` without its brace asks for nothing."""
    return frozenset(_PLACEHOLDER.findall(template)) if template and "{#" in template else frozenset()


def fill(template: str, params: Mapping[str, str] | None) -> str:
    """The template with its placeholders replaced; values are not read again, keys without a value stay.

    What comes to more than LONGEST characters is cut there: many placeholders of a long value would be gigabytes, and
    nothing of that length is good for anything.
    """
    if not params or "{#" not in template:
        return template
    if len(template) + template.count("{#") * max(map(len, params.values())) <= LONGEST:
        return _PLACEHOLDER.sub(lambda found: params.get(found[1], found[0]), template)
    return _fill_some(template, params)


def _fill_some(template: str, params: Mapping[str, str]) -> str:
    parts: list[str] = []
    length = end = 0
    for found in _PLACEHOLDER.finditer(template):
        for part in (template[end : found.start()], params.get(found[1], found[0])):
            parts.append(part)
            length += len(part)
        if length > LONGEST:
            return "".join(parts)[:LONGEST]
        end = found.end()
    return ("".join(parts) + template[end:])[:LONGEST]

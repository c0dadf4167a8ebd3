"""Whether a thing is one of those that are meant, and where it differs: scenarios and waiting tests ask alike."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from fnmatch import translate
from typing import Any, Final, NamedTuple

import jsonschema_rs

_WILD: Final = re.compile(r"[*?\[]")
_LARGEST_REGEX: Final = 2**20
"""Bytes of a compiled expression: its size is a factor of the time that a search takes."""


class BadPattern(ValueError):
    """A pattern that cannot be looked for; the message says why."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing that is asked of a field; `wanted` as it was written. Equal when written alike.

    `beginnings`: every text that fits begins with one of them, and ends with one of `endings`; `("",)` says nothing.
    """

    wanted: Any
    fits: Callable[[Any], bool] = field(compare=False, repr=False)
    beginnings: tuple[str, ...] = field(default=("",), compare=False, repr=False)
    endings: tuple[str, ...] = field(default=("",), compare=False, repr=False)


class Difference(NamedTuple):
    """A field that is not as it was wanted."""

    field: str
    wanted: Any
    got: Any


Criteria = tuple[tuple[str, Criterion], ...]
"""By the name of a field; a tuple, so that it can be part of a value."""


def difference(criteria: Criteria, item: Mapping[str, Any]) -> list[Difference]:
    """Where an item differs from what is wanted; empty when it is one of those that are meant."""
    return [
        Difference(name, criterion.wanted, item.get(name))
        for name, criterion in criteria
        if not criterion.fits(item.get(name))
    ]


def near(name: str, known: Iterable[str]) -> str:
    """`; did you mean …?` when something known is near."""
    found = get_close_matches(name, list(known), n=1)
    return f"; did you mean {found[0]}?" if found else ""


def pattern(wanted: str | Sequence[str] | Mapping[str, str]) -> Criterion:
    """A text as it is, one of several, or what it looks like: exact, prefix, glob, contains, regex.

    Raises BadPattern for a regular expression that cannot be searched for in linear time.
    """
    if isinstance(wanted, str):
        return Criterion(wanted, lambda text: text == wanted, (wanted,))
    if isinstance(wanted, Mapping):
        [(kind, what)] = wanted.items()
        fits, beginnings = _KINDS[kind](what)
        endings = (_WILD.split(what)[-1],) if kind == "glob" and "]" not in what else ("",)
        return Criterion(dict(wanted), lambda text: isinstance(text, str) and fits(text), beginnings, endings)
    several = frozenset(wanted)
    return Criterion(list(wanted), several.__contains__, tuple(several))


def one_of(wanted: Any) -> Criterion:
    """A value, or one of a list of them."""
    if isinstance(wanted, list):
        return Criterion(wanted, wanted.__contains__)
    return Criterion(wanted, lambda value: value == wanted)


def prefixes(wanted: str | Sequence[str]) -> Criterion:
    """What begins with a text, or with one of several."""
    several = (wanted,) if isinstance(wanted, str) else tuple(wanted)
    return Criterion(wanted, lambda text: isinstance(text, str) and text.startswith(several), several)


_Test = tuple[Callable[[str], bool], tuple[str, ...]]


def _exact(wanted: str) -> _Test:
    return wanted.__eq__, (wanted,)


def _prefix(wanted: str) -> _Test:
    return lambda text: text.startswith(wanted), (wanted,)


def _glob(wanted: str) -> _Test:
    beginning, star, ending = wanted.partition("*")
    if star and not _WILD.search(beginning) and not _WILD.search(ending):
        least = len(beginning) + len(ending)
        return lambda text: len(text) >= least and text.startswith(beginning) and text.endswith(ending), (beginning,)
    compiled = re.compile(translate(wanted))
    return lambda text: compiled.match(text) is not None, (_WILD.split(wanted, maxsplit=1)[0],)


def _contains(wanted: str) -> _Test:
    return lambda text: wanted in text, ("",)


def _regex(wanted: str) -> _Test:
    """By the engine of the compiled validator, which takes linear time whatever the expression and the text."""
    options = jsonschema_rs.RegexOptions(size_limit=_LARGEST_REGEX)
    try:
        searched = jsonschema_rs.validator_for({"pattern": wanted}, pattern_options=options)
    except ValueError as error:
        reason = next(iter(str(error).splitlines()), "")
        raise BadPattern(
            f"{wanted!r} is not a regular expression without look-around, or too large: {reason}"
        ) from None
    return searched.is_valid, ("",)


_KINDS: Final[Mapping[str, Callable[[str], _Test]]] = {
    "exact": _exact,
    "prefix": _prefix,
    "glob": _glob,
    "contains": _contains,
    "regex": _regex,
}

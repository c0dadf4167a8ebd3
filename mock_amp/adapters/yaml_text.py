"""A document as YAML for people to edit, laid out as the shipped scenarios are; `documents` reads the same out of it.

The sections and their rules in blocks, within them whatever fits on a line in braces and brackets. Texts without quotes
where no reader, of YAML 1.1 either, could take them for something else; long ones folded, those of several lines as
they are. Whatever is not tame goes in double quotes, as JSON writes it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

_WIDTH: Final = 100

_WORDS: Final = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))
"""Texts that some reader of YAML takes for something else."""
_FROM_DIGIT: Final = re.compile(r"([0-9]+(\.[0-9]+)?(us|ms|s|m|h|d))+|[0-9]\S* .*[^\W\d_]{2}.*")
"""Durations, and several words: what begins with a digit and is no number, date or time to anybody."""
_SPECIAL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff\U0010ff00-\U0010ffff]"
)
"""Characters that are never written as they are: those that YAML has no place for, and those that one cannot see."""
_ENDS: Final = re.compile(r"(?<=\S) (?=\S)")
"""Where a folded line may end."""


def write(document: Mapping[str, Any]) -> str:
    """The whole document; an empty line before each section that takes several lines."""
    lines: list[str] = []
    for key, value in document.items():
        section = _block({key: value}, 0)
        if lines and len(section) > 1 and isinstance(value, dict | list):
            lines.append("")
        lines += section
    return "".join(f"{line}\n" for line in lines or ["{}"])


def _block(value: Mapping[str, Any] | Sequence[Any], level: int) -> list[str]:
    """The lines of a collection that is not empty; at level 0 that is the document, at 1 a section."""
    lines: list[str] = []
    if isinstance(value, Mapping):
        for key, each in value.items():
            head = f"{_inline(key)}:"
            beside, below = _part(each, level + 1, len(head) + 1, wide=level == 0)
            lines += [f"{head} {beside}" if beside else head, *_indented(below)]
        return lines
    for each in value:
        beside, below = _part(each, level + 1, 2, wide=level == 1 and isinstance(each, Mapping))
        first, *rest = [beside, *_indented(below)] if beside else [below[0], *_indented(below[1:])]
        lines += [f"- {first}", *rest]
    return lines


def _part(value: Any, level: int, taken: int, *, wide: bool) -> tuple[str, list[str]]:
    """What stands beside a key or a dash that takes so many characters, and the lines below it.

    A collection that is `wide` never stands beside it: a section, or a rule.
    """
    room = _WIDTH - 2 * (level - 1) - taken
    if isinstance(value, str):
        return _text(value, room)
    if not value or not isinstance(value, Mapping | list):
        return _inline(value), []
    line = "" if wide else _inline(value, in_braces=True)
    return (line, []) if 0 < len(line) <= room else ("", _block(value, level))


def _indented(lines: Sequence[str]) -> list[str]:
    return [line and f"  {line}" for line in lines]


def _text(text: str, room: int) -> tuple[str, list[str]]:
    """A text in the way in which it is best read, if it is tame enough for that."""
    body = text.removesuffix("\n")
    end = "" if body != text else "-"
    lines = body.split("\n")
    if not lines[-1] or lines[0][:1] in ("", " ") or any(map(_is_wild, lines)):
        return _inline(text), []
    if len(lines) > 1:
        return f"|{end}", lines
    folded = [text] if len(text) <= room else _folded(body, _WIDTH)
    return (f">{end}", folded) if len(folded) > 1 else (_inline(text), [])


def _is_wild(line: str) -> bool:
    return line != line.rstrip() or _SPECIAL.search(line) is not None


def _folded(text: str, width: int) -> list[str]:
    """A text in lines of so many characters, as far as it has places where a line may end."""
    lines: list[str] = []
    for word in _ENDS.split(text):
        if lines and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _inline(value: Any, *, in_braces: bool = False) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_inline(key, in_braces=True)}: {_inlined(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inlined, value)) + "]"
    if isinstance(value, str):
        return value if _is_plain(value, in_braces=in_braces) else _quoted(value)
    return json.dumps(value)


def _inlined(value: Any) -> str:
    return _inline(value, in_braces=True)


def _is_plain(text: str, *, in_braces: bool) -> bool:
    """Whether a text needs no quotes."""
    if not text[:1].isalpha() and not _FROM_DIGIT.fullmatch(text):
        return False
    if not text.isprintable() or text.endswith((" ", ":")) or text.lower() in _WORDS:
        return False
    return not (": " in text or " #" in text or (in_braces and any(each in text for each in ",[]{}:")))


def _quoted(text: str) -> str:
    return _SPECIAL.sub(lambda found: json.dumps(found[0])[1:-1], json.dumps(text, ensure_ascii=False))

"""Documents that people write, YAML or its subset JSON, with the line of every node, held against a JSON Schema.

YAML 1.2's core schema with the numbers of JSON: `on`, `22:00`, `2026-01-01`, `0x1F`, `010` and `+356` are texts.
Refused: tags but `!!str`, keys that are no text, a key twice, several documents, and what is too deep or too large.
It goes by the events of the parser: PyYAML's own composer crashes the whole process on some thousand brackets.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from json import dumps
from math import inf
from typing import Any, Final

import yaml

from mock_amp.adapters.fault_words import plain, pointer_of, words_of
from mock_amp.core.documents import MOST_DEPTH

MOST_NODES: Final = 200_000
"""Values and collections of a document, aliases expanded; a hundred characters of a text count as one more."""
MOST_FAULTS: Final = 1_000
"""Nobody reads more, and the search for the nearest key of each takes its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with a document: the line from 1, a JSON Pointer, and what would be right."""

    line: int
    pointer: str
    text: str


class BadDocument(Exception):
    """A document that cannot be used; its faults are in the order of lines."""

    def __init__(self, where: str, faults: Iterable[Fault]) -> None:
        self.where = where
        self.faults = tuple(sorted(faults, key=lambda each: each.line))
        more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        super().__init__(self.lines()[0] + more)

    def lines(self) -> list[str]:
        """Each fault as `WHERE:LINE: at POINTER: TEXT`, fit for a terminal."""
        return [
            f"{plain(self.where, 300)}:{each.line}: at {plain(each.pointer, 300) or 'the top level'}: {each.text}"
            for each in self.faults
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    """A value where it stands in the text; an alias is the very node that it names."""

    line: int
    value: Any = None
    """A scalar, or the empty collection that it is one of."""
    members: Mapping[str, tuple[int, "_Node"]] = field(default_factory=dict)
    """By key or index: the line where it begins, and it."""
    size: int = 1
    height: int = 0

    def json(self) -> Any:
        """The value with all its parts, of which no two are one; without recursion, which ends before documents do."""
        whole = self.fresh()
        left = [(self, whole)]
        while left:
            node, value = left.pop()
            for name, (_, each) in node.members.items():
                part = each.fresh()
                if isinstance(value, dict):
                    value[name] = part
                else:
                    value.append(part)
                if each.members:
                    left.append((each, part))
        return whole

    def fresh(self) -> Any:
        return type(self.value)() if isinstance(self.value, dict | list) else self.value


@dataclass(slots=True, kw_only=True)
class _Begun:
    """A collection of which the end has not come, and the place of the member that comes next, if that is known."""

    line: int
    value: dict[str, Any] | list[Any]
    anchor: str | None
    members: dict[str, tuple[int, _Node]] = field(default_factory=dict)
    size: int = 1
    height: int = 1
    waits: bool = False
    name: str = ""
    at: int = 0

    def awaits(self, name: str, line: int) -> None:
        self.waits, self.name, self.at = True, name, line

    def take(self, node: _Node) -> None:
        self.members[self.name] = self.at, node
        self.size += node.size + len(self.name) // 100
        self.height = max(self.height, node.height + 1)
        self.waits = False


class Document:
    """A value as JSON knows it, the text that says it, where it is from, and the lines of its parts."""

    def __init__(self, root: _Node, text: str, where: str) -> None:
        self.value: Any = root.json()
        self.text, self.where = text, where
        self._root = root

    def line(self, pointer: str) -> int:
        """Where the node at a JSON Pointer begins, or the last one on the way to it that there is."""
        line, node = self._root.line, self._root
        for token in pointer.split("/")[1:]:
            key = token.replace("~1", "/").replace("~0", "~")
            if key not in node.members:
                break
            line, node = node.members[key]
        return line


def load(text: str | bytes, where: str, depth: int = MOST_DEPTH) -> Document:
    """The one document in a text, of at most `depth` levels; an empty text is null.

    Raises BadDocument with the first fault.
    """
    decoded = text.decode(errors="surrogateescape") if isinstance(text, bytes) else text
    decoded = decoded.removeprefix("\ufeff")
    if wrong := _NO_CHARACTER.search(decoded):
        line = decoded.count("\n", 0, wrong.start()) + 1
        is_no_byte_of_utf8 = isinstance(text, bytes) and "\ud800" <= wrong[0] <= "\udfff"
        what = "it is not UTF-8" if is_no_byte_of_utf8 else f"U+{ord(wrong[0]):04X} cannot stand in a document"
        raise BadDocument(where, [Fault(line=line, pointer="", text=what)])
    read = _Reading(_HALF.sub(rf"\1{_STAND_IN}", decoded).translate(_STAND_INS), where, depth)
    return Document(read.root(), decoded, where)


def check(document: Document, schema: Mapping[str, Any]) -> None:
    """Holds a document against a JSON Schema. Raises BadDocument with every fault, up to MOST_FAULTS."""
    errors = _validator()(schema).iter_errors(document.value)
    told = (each for error in errors for each in words_of(error, document.value, schema))
    if found := dict.fromkeys(islice(told, MOST_FAULTS)):  # a rule that is there twice tells the same twice
        faults = (Fault(line=document.line(pointer), pointer=pointer, text=text) for pointer, text in found)
        raise BadDocument(document.where, faults)


def refuse(document: Document, pointer: str, text: str) -> BadDocument:
    """A fault that other code found in a document."""
    return BadDocument(document.where, [Fault(line=document.line(pointer), pointer=pointer, text=text)])


_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTANTS: Final[Mapping[str, bool | None]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")

# What JSON has in a string and PyYAML refuses or folds travels through it as characters of a row that nobody owns:
# control characters, line ends that are none, and the two escapes by which JSON writes one character.
_ROW: Final = 0x10FF00
_STAND_INS: Final = {each: _ROW | each & 0xFF for each in (*range(0x7F, 0xA0), 0x2028, 0x2029, 0xFFFE, 0xFFFF)}
_STOOD_FOR: Final = {stand_in: each for each, stand_in in _STAND_INS.items()}
_STAND_IN: Final = chr(_ROW | ord("u"))
_HALF: Final = re.compile(r"(?<!\\)((?:\\\\)*)\\u(?=[dD][89a-fA-F][0-9a-fA-F]{2})")
_HALF_AGAIN: Final = re.compile(_STAND_IN + "([0-9a-fA-F]{4})")
_NO_CHARACTER: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\U0010ff00-\U0010ffff]")


class _Reading:
    """Nodes out of the events of one text."""

    def __init__(self, text: str, where: str, depth: int) -> None:
        self.where, self.depth = where, depth
        self.line = 1
        self.nodes = 0
        self.path: list[str] = []
        self.anchors: dict[str, _Node | None] = {}
        """None while the collection is open."""
        self.events = self.parse(text)

    def parse(self, text: str) -> Iterator[yaml.Event]:
        try:
            for event in yaml.parse(text, Loader=_Loader):
                self.line = event.start_mark.line + 1 if event.start_mark else self.line
                yield event
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.line = min(mark.line, text.rstrip().count("\n")) + 1 if mark else self.line
            begun = f" {error.context} of line {error.context_mark.line + 1}" if error.context_mark else ""
            raise self.bad(f"not YAML: {error.problem}{begun}") from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:  # the last two for escapes of no character
            raise self.bad(f"not YAML: {error}") from error

    def root(self) -> _Node:
        root = None
        for event in self.events:
            if isinstance(event, yaml.NodeEvent):
                if root:
                    raise self.bad("a second document begins here; there can be one")
                root = self.node(event)
        return root or _Node(line=1)

    def node(self, event: yaml.Event) -> _Node:
        """What an event begins; of an alias, what is there already. Without recursion too."""
        begun: list[_Begun] = []
        while True:
            inside = begun[-1] if begun else None
            match event:
                case yaml.CollectionEndEvent() if inside:
                    node = self.ended(begun.pop())
                case yaml.Event() if inside and not inside.waits and isinstance(inside.value, dict):
                    inside.awaits(self.key(event, inside.members), self.line)
                    self.path.append(inside.name)
                    event = next(self.events)
                    continue
                case _:
                    if inside and not inside.waits:
                        inside.awaits(str(len(inside.members)), self.line)
                        self.path.append(inside.name)
                    if isinstance(event, yaml.CollectionStartEvent):
                        begun.append(self.begun(event))
                        event = next(self.events)
                        continue
                    node = self.leaf(event)
            if not begun:
                return node
            begun[-1].take(node)
            self.path.pop()
            event = next(self.events)

    def leaf(self, event: yaml.Event) -> _Node:
        match event:
            case yaml.AliasEvent(anchor=str(anchor)):
                return self.aliased(anchor)
            case yaml.ScalarEvent(tag=None | "tag:yaml.org,2002:str", anchor=anchor):
                node = _Node(line=self.line, value=self.scalar(event), size=1 + len(event.value) // 100)
                self.count(node)
            case _:
                raise self.tagged(event)
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def begun(self, event: yaml.CollectionStartEvent) -> "_Begun":
        if event.tag is not None:
            raise self.tagged(event)
        if event.anchor is not None:
            self.anchors[event.anchor] = None
        self.count(_Node(line=self.line, height=1))
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        return _Begun(line=self.line, value=value, anchor=event.anchor)

    def ended(self, begun: "_Begun") -> _Node:
        node = _Node(line=begun.line, value=begun.value, members=begun.members, size=begun.size, height=begun.height)
        if begun.anchor is not None:
            self.anchors[begun.anchor] = node
        return node

    def tagged(self, event: yaml.Event) -> BadDocument:
        tag = str(getattr(event, "tag", "")).replace("tag:yaml.org,2002:", "!!")
        return self.bad(f"the tag {plain(tag)} means nothing here; leave it out")

    def key(self, event: yaml.Event, members: Mapping[str, tuple[int, _Node]]) -> str:
        key = None
        match event:
            case yaml.ScalarEvent(tag=None | "tag:yaml.org,2002:str", anchor=None, value=text):
                key = text if _NUMBER.fullmatch(text) else self.scalar(event)
        if not isinstance(key, str):
            raise self.bad("a key has to be a text; write it in quotes")
        if key in members:
            raise self.bad(f"the key {plain(key)} is here twice, first on line {members[key][0]}", key)
        return key

    def aliased(self, anchor: str) -> _Node:
        if anchor not in self.anchors:
            raise self.bad(f"nothing above is called &{plain(anchor)}")
        node = self.anchors[anchor]
        if node is None:
            raise self.bad(f"*{plain(anchor)} stands inside of what it names, which would have no end")
        self.count(node)
        return node

    def scalar(self, event: yaml.ScalarEvent) -> object:
        text = event.value.translate(_STOOD_FOR)
        if event.style == '"' and _STAND_IN in text:
            halves = _HALF_AGAIN.sub(lambda found: chr(int(found[1], 16)), text)
            try:
                return halves.encode("utf-16", "surrogatepass").decode("utf-16")
            except UnicodeDecodeError as error:
                raise self.bad("half a character: escapes from \\ud800 to \\udfff come in pairs") from error
        text = text.replace(_STAND_IN, "\\u")
        return text if event.style or event.tag else self.resolved(text)

    def resolved(self, text: str) -> object:
        """What a text without quotes means."""
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        number = _NUMBER.fullmatch(text)
        try:
            value = None if not number else float(text) if number[2] or number[3] else int(text)
        except ValueError as error:  # more digits than Python reads
            raise self.bad(f"{plain(text)} is too long for a number") from error
        if _NO_NUMBER.fullmatch(text) or value in {inf, -inf}:
            raise self.bad(f"{plain(text)} is no number here")
        return text if value is None else value

    def count(self, node: _Node) -> None:
        """Stops at too much before it is there."""
        self.nodes += node.size + (len(self.path[-1]) // 100 if self.path else 0)
        if self.nodes > MOST_NODES:
            raise self.bad(f"too large: more than {MOST_NODES} values, aliases expanded")
        if len(self.path) + node.height > self.depth:
            raise self.bad(f"too deep: more than {self.depth} levels")

    def bad(self, text: str, *below: str) -> BadDocument:
        fault = Fault(line=self.line, pointer=pointer_of(*self.path, *below), text=plain(text, 300))
        return BadDocument(self.where, [fault])


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator, ValidationError, validators  # takes a tenth of a second

    theirs = Draft202012Validator.VALIDATORS["properties"]

    def unique(_: object, wanted: object, found: object, __: object) -> Iterator[ValidationError]:
        if wanted and isinstance(found, list) and len({dumps(each, sort_keys=True) for each in found}) < len(found):
            yield ValidationError("the same stands here twice")

    def properties(own: Any, wanted: dict[str, Any], found: object, schema: Any) -> Iterator[ValidationError]:
        shut = [each for each in wanted if wanted[each] is False and isinstance(found, dict) and each in found]
        yield from (ValidationError("cannot stand here", path=(each,)) for each in shut)
        yield from theirs(own, {each: wanted[each] for each in wanted if each not in shut}, found, schema)

    # Theirs compare each item with each, which takes minutes for ten thousands, and lose the key whose schema is false.
    mine = {"uniqueItems": unique, "properties": properties}
    return validators.extend(Draft202012Validator, mine)  # type: ignore[no-untyped-call] # theirs

"""Scenarios: the shipped ones by name, files by path, and the text of a call; checked before anybody plays them."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import orjson

from mock_amp.adapters import documents, people, yaml_text
from mock_amp.adapters.files import BadFile, data_folder, read_schema
from mock_amp.core.documents import MOST_DEPTH
from mock_amp.core.matching import near
from mock_amp.core.scenario import Delays, Scenario
from mock_amp.core.script import BadScenario, read_scenario, with_faults
from mock_amp.ports import BadScript, ScriptFault

MOST_BYTES: Final = 4 * 1024 * 1024
"""Size of a scenario in a call: more is no script that anybody wrote, and would hold others up while it is read."""

_LONGEST_NAME: Final = 100
"""Characters of a name that a refusal says: it may be as large as a scenario."""

USUAL: Final = "magic-numbers"
"""The scenario in force by default, whose prices hold where a scenario has none."""


_NAME: Final = re.compile(r"^name:.*\n", re.MULTILINE)


class ScenarioLibrary:
    """Implements the Library port; `usual` delays hold where a scenario says none; `depth` is how deep one may be."""

    def __init__(self, usual: Delays, depth: int = MOST_DEPTH) -> None:
        self._usual, self._depth = usual, depth
        self._own: documents.Document | None = None
        """The last file that was read and can be played."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in data_folder("scenarios").glob("*.yaml")))

    def shipped(self, name: str) -> Mapping[str, Any]:
        if name not in self.names:
            shown = name[:_LONGEST_NAME]
            shipped = ", ".join(self.names)
            raise BadScript(f"there is no scenario {shown}{near(shown, self.names)}; shipped are {shipped}")
        return self._shipped(name).value  # type: ignore[no-any-return]

    def path(self, name_or_path: str) -> Path:
        """The file behind a shipped name or a path. Raises BadFile."""
        if name_or_path in self.names:
            return data_folder("scenarios") / f"{name_or_path}.yaml"
        path = Path(name_or_path)
        if not path.suffix and not path.exists():
            hint = near(name_or_path, self.names)
            raise BadFile(f"there is no scenario {name_or_path}{hint}; shipped are {', '.join(self.names)}")
        return path

    def read_file(self, path: Path) -> tuple[Mapping[str, Any], Scenario]:
        """The document of a file, and the scenario it describes. Raises BadFile and BadScript."""
        document = self._load(path)
        if path.parent != data_folder("scenarios"):
            _check(document)
        played = self._play(document)
        self._own = document
        return document.value, played

    def read_text(self, text: bytes, where: str) -> Mapping[str, Any]:
        if len(text) > MOST_BYTES:
            raise BadScript(f"{where} is larger than {MOST_BYTES // 1024 // 1024} MiB, too large for a scenario")
        try:
            document = documents.load(text, where, self._depth)
        except documents.BadDocument as error:
            raise _bad(error) from None
        if isinstance(document.value, str):
            return self.shipped(document.value)
        if (
            isinstance(document.value, dict)
            and list(document.value) == ["name"]
            and document.value["name"] in self.names
        ):
            return self.shipped(document.value["name"])
        _check(document)
        self._play(document)
        return document.value  # type: ignore[no-any-return]

    def scenario(self, document: Mapping[str, Any]) -> Scenario:
        return read_scenario(document, self._usual, self._prices)

    def text(self, document: Mapping[str, Any]) -> str:
        """A document as YAML: that of a shipped one or of the last file as it is written, any other laid out by us.

        With its faults off, a file has a line more and all its comments.
        """
        for known in self._files(document["name"]):
            if document == known.value:
                return known.text
            if document == with_faults(known.value, on=False):
                text = _NAME.sub("\\g<0>faults: false\n", known.text, count=1)
                if _says(text, document):
                    return text
        return yaml_text.write(document)

    def _files(self, name: str) -> Iterator[documents.Document]:
        """The files of YAML that may have said what a scenario of a name says."""
        if self._own and not self._own.text.lstrip().startswith("{"):
            yield self._own
        if name in self.names:
            yield self._shipped(name)

    def _shipped(self, name: str) -> documents.Document:
        return self._load(data_folder("scenarios") / f"{name}.yaml")

    @cached_property
    def _prices(self) -> Mapping[str, Any]:
        """The made-up table of the scenario that is in force by default."""
        return self._shipped(USUAL).value.get("prices", {})  # type: ignore[no-any-return]

    def _play(self, document: documents.Document) -> Scenario:
        try:
            played = self.scenario(document.value)
        except BadScenario as error:
            raise _bad(documents.refuse(document, error.pointer, str(error))) from None
        for pointer, text in _made(document.value):
            if wrong := people.doubt(text["faker"], text.get("locale", people.USUAL)):
                raise _bad(documents.refuse(document, f"{pointer}/{wrong[0]}", wrong[1]))
        return played

    def _load(self, path: Path) -> documents.Document:
        try:
            return _document(path.read_bytes(), str(path), self._depth)
        except OSError as error:
            raise BadFile(f"cannot read {path}: {error.strerror}") from error
        except documents.BadDocument as error:
            raise _bad(error) from None


@lru_cache(maxsize=64)
def _document(text: bytes, where: str, depth: int) -> documents.Document:
    """A file's document; servers of one process read the same files. Nobody changes it. Raises BadDocument."""
    return documents.load(text, where, depth)


def _says(text: str, document: Mapping[str, Any]) -> bool:
    try:
        return bool(documents.load(text, "").value == document)
    except documents.BadDocument:
        return False


def _check(document: documents.Document) -> None:
    try:
        documents.check(document, read_schema("scenario"))
    except documents.BadDocument as error:
        raise _bad(error) from None


def _made(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The texts of replies that are made, with their places."""
    handsets = [("/defaults", document.get("defaults", {}))]
    for key in ("recipients", "rules"):
        handsets += [(f"/{key}/{at}", item) for at, item in enumerate(document.get(key, ()))]
    for place, item in handsets:
        for at, reply in enumerate(item.get("replies", ())):
            if isinstance(reply.get("text"), Mapping):
                yield f"{place}/replies/{at}/text", reply["text"]


def _bad(error: documents.BadDocument) -> BadScript:
    faults = tuple(ScriptFault(each.line, each.pointer, each.text) for each in error.faults)
    return BadScript(str(error), faults)


def kept(document: Mapping[str, Any]) -> str:
    """A document as the store keeps it."""
    return orjson.dumps(document).decode()

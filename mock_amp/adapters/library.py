"""Scenarios: the shipped ones by name, files by path, and the text of a call; checked before anybody plays them."""

from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Final

import orjson

from mock_amp.adapters import documents, people
from mock_amp.adapters.files import BadFile, data_folder, read_schema
from mock_amp.core.documents import MOST_DEPTH
from mock_amp.core.matching import near
from mock_amp.core.scenario import Delays, Scenario
from mock_amp.core.script import BadScenario, read_scenario
from mock_amp.ports import BadScript, ScriptFault

MOST_BYTES: Final = 4 * 1024 * 1024
"""Size of a scenario in a call: more is no script that anybody wrote, and would hold others up while it is read."""

_LONGEST_NAME: Final = 100
"""Characters of a name that a refusal says: it may be as large as a scenario."""

USUAL: Final = "magic-numbers"
"""The scenario in force by default, whose prices hold where a scenario has none."""


class ScenarioLibrary:
    """Implements the Library port; `usual` delays hold where a scenario says none; `depth` is how deep one may be."""

    def __init__(self, usual: Delays, depth: int = MOST_DEPTH) -> None:
        self._usual, self._depth = usual, depth

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in data_folder("scenarios").glob("*.yaml")))

    def shipped(self, name: str) -> Mapping[str, Any]:
        if name not in self.names:
            shown = name[:_LONGEST_NAME]
            shipped = ", ".join(self.names)
            raise BadScript(f"there is no scenario {shown}{near(shown, self.names)}; shipped are {shipped}")
        return self._load(data_folder("scenarios") / f"{name}.yaml").value  # type: ignore[no-any-return]

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
        return document.value, self._play(document)

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

    @cached_property
    def _prices(self) -> Mapping[str, Any]:
        """The made-up table of the scenario that is in force by default."""
        return self._load(data_folder("scenarios") / f"{USUAL}.yaml").value.get("prices", {})  # type: ignore[no-any-return]

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

"""The table of cases as data: how its files are read, and what bytes a case sends.

A file has `cases` and, for all of them, `defaults` of a request. A request starts from a named document of
`common.yaml` (`base`) and says what is different: `set` puts a value at a dotted path, `drop` takes paths away; or it
has a whole `json`, or a `body` as it stands. `padded_to` fills a body with spaces up to so many bytes.
"""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

_FOLDER: Final = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a case asks. `token` is a name of `common.yaml`, or `none`; a header of null is not sent."""

    method: str = "POST"
    path: str = "/1/im"
    token: str = "default"
    headers: Mapping[str, str | None]
    body: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of the table: the rule that it shows, what is asked, and what is expected.

    `code` is that of `result_info` where it is not the status, as two-factor authentication has it (F-2, F-3).
    `says` is a part of the description in the answer; `warns` are the rules of all warnings in the journal, and `hint`
    is a part of their words.
    """

    topic: str
    name: str
    rule: str
    request: Request
    status: int
    code: int | None = None
    refused_by: str | None = None
    says: str = ""
    warns: tuple[str, ...] = ()
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.topic}: {self.rule} {self.name}"


class _Loader(yaml.SafeLoader):
    """YAML with `!times [3, a]` for aaa, `!numbers 3` for so many destinations, `!nested [2, "<%s>"]` for <[[]]>."""


def _times(loader: _Loader, node: yaml.SequenceNode) -> str:
    count, text = loader.construct_sequence(node)
    return str(text) * int(count)


def _numbers(loader: _Loader, node: yaml.ScalarNode) -> list[dict[str, str]]:
    return [{"number": str(35600000000 + each)} for each in range(int(loader.construct_scalar(node)))]


def _nested(loader: _Loader, node: yaml.SequenceNode) -> str:
    depth, around = loader.construct_sequence(node)
    return str(around) % ("[" * int(depth) + "]" * int(depth))


_Loader.add_constructor("!times", _times)
_Loader.add_constructor("!nested", _nested)
_Loader.add_constructor("!numbers", _numbers)


def read_tokens() -> Mapping[str, Mapping[str, Any]]:
    """What each named token may do, as the control plane takes it."""
    return dict(_load(_FOLDER / "common.yaml")["tokens"])


def read_cases() -> Iterator[Case]:
    """Every case of every file; a key that no case has is a TypeError."""
    common = _load(_FOLDER / "common.yaml")
    for path in sorted(_FOLDER.glob("*.yaml")):
        file = _load(path)
        for row in file.get("cases", ()):
            asked = {**file.get("defaults", {}), **row.pop("request", {})}
            row["warns"] = tuple(row.get("warns", ()))
            yield Case(topic=path.stem, request=_request(asked, common["documents"]), **row)


def _request(asked: dict[str, Any], documents: Mapping[str, Any]) -> Request:
    base, put, dropped = asked.pop("base", None), asked.pop("set", {}), asked.pop("drop", ())
    document = asked.pop("json", copy.deepcopy(documents[base]) if base else None)
    body, size = asked.pop("body", None), asked.pop("padded_to", 0)
    for way, value in put.items():
        _put(document, way.split("."), value)
    for way in dropped:
        _drop(document, way.split("."))
    if body is None and document is not None and asked.get("method") != "GET":
        body = json.dumps(document)
    sent = body.encode() if isinstance(body, str) else body
    return Request(headers=asked.pop("headers", {}), body=sent and sent.ljust(size), **asked)


def _put(document: Any, way: list[str], value: Any) -> None:
    for part in way[:-1]:
        document = document[int(part)] if isinstance(document, list) else document.setdefault(part, {})
    last = way[-1]
    if isinstance(document, list):
        document[int(last)] = value
    else:
        document[last] = value


def _drop(document: Any, way: list[str]) -> None:
    for part in way[:-1]:
        document = document[int(part) if isinstance(document, list) else part]
    del document[int(way[-1]) if isinstance(document, list) else way[-1]]


def _load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader with three tags more

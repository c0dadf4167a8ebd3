"""What is asked of items and of texts: matches, filters, patterns."""

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any, Final

import orjson

from mock_amp.core.listed import What
from mock_amp.core.matching import BadPattern, Criteria, pattern
from mock_amp.core.shapes import BadValue
from mock_amp.core.wanting import Wanted, read_match, read_query
from tests.fuzz.target import Target, must

_ITEMS: Final[tuple[Mapping[str, Any], ...]] = (
    {"id": "1", "to": "35699000001", "status": "SEEN", "text": "a" * 500, "timeline": [{"status": "SEEN", "at": "x"}]},
    {"id": "2", "to": None, "body": {"data": [{"to": "1"}, {}]}, "attempts": [], "status": 200, "text": None},
)


def matching() -> Target:
    """`match` of a wait, and filters of a list, by the same document: a field to what is wanted of it."""

    def attempt(data: bytes) -> Hashable:
        document = _object(data)
        if document is None:
            return None
        query = [(name, _texts(value)) for name, value in document.items() if value != []]
        kinds = []
        for what in What:
            kinds.append(_held(what, partial(read_match, what, document)))
            kinds.append(_held(what, partial(read_query, what, query)))
        return tuple(kinds)

    seeds = (
        b'{"to":{"prefix":"356"},"status":"DELIVRD"}', b'{"text":{"regex":"^(a+)+$"}}',
        b'{"text":{"glob":"*a*a*[!b]?"}}',
        b'{"timeline.status":["SEEN",null],"error_code":[0,5],"id":{"exact":"1"},"text":{"contains":"aa"}}',
        b'{"body.data.to":"1","attempts.number":1,"rule":"","violations.rule":{"glob":"H-*"}}',
    )  # fmt: skip
    words = (
        b"regex",
        b"glob",
        b"prefix",
        b"contains",
        b"(a*)*",
        b"*" * 40,
        b"[!",
        b"]",
        b"\\\\p{L}",
        b"(?=x)",
        b"{1,999}",
        b"null",
        b".",
    )
    return Target(name="match", seeds=seeds, words=words, attempt=attempt, json=True, largest=4_096)


def _held(what: What, read: Callable[[], Criteria]) -> Hashable:
    """Which of some items fit, or that nothing could."""
    try:
        wanted = Wanted(what=what, criteria=read())
    except BadValue as error:
        orjson.dumps([str(error)[:1_000].encode("utf-8", "replace").decode(), error.pointer])
        return "refused"
    assert isinstance(wanted.indexed, dict)
    assert isinstance(wanted.lasting, dict)
    return tuple(wanted.fits(dict(item)) for item in _ITEMS)


def _texts(value: Any) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value])]


def _object(data: bytes) -> dict[str, Any] | None:
    """A document as the schema of a wait lets it through."""
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    kinds = ("exact", "prefix", "glob", "contains", "regex")
    if not isinstance(found, dict):
        return None
    for value in found.values():
        if isinstance(value, dict):
            [*several] = value.items()
            if len(several) != 1 or several[0][0] not in kinds or not isinstance(several[0][1], str):
                return None
        elif not all(
            each is None or isinstance(each, str | int | float)
            for each in (value if isinstance(value, list) else [value])
        ):
            return None
    return found


def patterns() -> Target:
    """The first byte chooses the kind, a NUL ends the pattern, and the rest is what it is held against."""
    kinds = ("exact", "prefix", "glob", "contains", "regex")

    def attempt(data: bytes) -> Hashable:
        kind = kinds[(data[:1] or b"\0")[0] % len(kinds)]
        wanted, _, rest = data[1:].decode("utf-8", "replace").partition("\0")
        try:
            criterion = pattern({kind: wanted})
        except BadPattern as error:
            must(bool(str(error)), "it does not say why")
            return kind, "refused"
        fits = criterion.fits(rest)
        if fits:
            assert rest.startswith(criterion.beginnings), "it fits, and begins with none of its beginnings"
            assert rest.endswith(criterion.endings), "it fits, and ends with none of its endings"
        return kind, fits

    seeds = (
        b"\x02999*01\x0099900000001",
        b"\x04^(a|aa)+$\x00" + b"a" * 60 + b"b",
        b"\x02" + b"*a" * 20 + b"b\x00" + b"a" * 99,
    )
    words = (
        b"*",
        b"?",
        b"[a-z]",
        b"[!a]",
        b"[]]",
        b"\\",
        b"(a+)+",
        b"(?:a|a)*",
        b"\x00",
        b".*",
        b"{2,500}",
        b"[[:alpha:]]",
        b"]",
    )
    return Target(name="pattern", seeds=seeds, words=words, attempt=attempt, largest=2_000)

"""What people write: scenarios, settings, instants and durations."""

import json
import tempfile
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from mock_amp.adapters import documents
from mock_amp.adapters.files import BadFile, data_folder, read_settings_file
from mock_amp.adapters.library import ScenarioLibrary
from mock_amp.core.instants import LAST_INSTANT, format_duration, format_instant, parse_duration, parse_instant
from mock_amp.core.scenario import Delays
from mock_amp.ports import BadScript
from mock_amp.settings import TABLE, BadSetting, read_settings
from tests.fuzz.requests import SENDS
from tests.fuzz.target import Target, must


def scenarios() -> Target:
    library = ScenarioLibrary(Delays())

    def attempt(text: bytes) -> Hashable:
        try:
            document = library.read_text(text, "the body")
        except BadScript as error:
            must(len(str(error)) < 10_000 and len(error.faults) <= documents.MOST_FAULTS, "a refusal says too much")
            orjson.dumps([str(error), [each._asdict() for each in error.faults]])
            return "bad", frozenset(" ".join(each.text.split()[:3]) for each in error.faults[:3])
        written = orjson.dumps(document)
        assert library.read_text(written, "again") == document, "read back it is another"
        played = library.scenario(document)
        return len(played.rules), len(played.requests), len(played.callbacks), len(played.recipients)

    shipped = [path.read_bytes() for path in sorted(data_folder("scenarios").glob("*.yaml"))]
    shipped += [orjson.dumps(documents.load(each, "shipped").value) for each in shipped]
    rich = (
        b'{"name":"rich","defaults":{"accepted_after":"1s","delivered_after":2,"seen_after":"1m","jitter":"5ms","reach":'
        b'{"VIBER":0.5},"throughput":{"SMS":10},"error_codes":{"UNDELIV":5},"read_after":"never"},"recipients":[{"number":'
        b'{"prefix":"356"},"apps":["VIBER"],"handset":"ios","off_between":[{"from":"22:00","to":"06:00"}]}],"rules":[{"name"'
        b':"a","match":{"number":{"regex":"^356.*1$"},"nth":{"every":2},"share":0.5,"text":{"glob":"*a?[bc]*"}},"channels":'
        b'{"VIBER":{"steps":[{"status":"ACCEPTD"},{"status":"DELIVRD","after":"1s"}]},"SMS":"rejected"},"replies":[{"after":'
        b'"1s","text":{"faker":"sentence"}}],"during":{"from":"1s","to":"1m"}}],"requests":[{"name":"b","status":503,'
        b'"match":{"nth":[1,2]}}],"callbacks":[{"name":"c","fail_first":1,"duplicate":1,"match":{"kind":"report"}}]}'
    )
    words = (
        b"- ", b": ", b"\n", b"\n  ", b"&a ", b"*a", b"!!str ", b"!!python/object:os.system ", b"|\n", b">\n",
        b"? ", b"{",
        b"}", b"[", b"]", b"---\n", b"...\n", b"<<: *a", b"rules:", b"%YAML 1.1\n", b"# ", b"'", b'"', b"regex",
        b"glob",
        b"(a+)+$", b"[a-z]{1000}", b"*" * 50, b"22:00", b"1e400", b"\\x41", b"999h", b"\t",
    )  # fmt: skip
    return Target(name="scenario", seeds=(*shipped, rich), words=words, attempt=attempt, json=True)


def yaml() -> Target:
    """JSON is YAML: what both read, they read alike."""

    def attempt(text: bytes) -> Hashable:
        try:
            mine = documents.load(text, "here").value
        except documents.BadDocument as error:
            must(bool(error.lines()), "it does not say why")
            return " ".join(error.faults[0].text.split()[:4])
        try:
            theirs = json.loads(
                text.decode(), parse_constant=_no_json
            )  # orjson makes a float of what takes more than 64 bits
        except (ValueError, RecursionError):
            return type(mine).__name__
        assert mine == theirs
        return "JSON", type(mine).__name__

    seeds = (*SENDS, b"a: &x [1, 2]\nb: *x\n", b"- 1\n- '2'\n- |\n  text\n", b'{"a": "\\ud83d\\ude00\\/"}')
    words = (
        b"&a ",
        b"*a",
        b"- ",
        b": ",
        b"\n",
        b"  ",
        b"[",
        b"{",
        b"\\ud83d",
        b"\\",
        b'"',
        b"'",
        b"|\n",
        b"? ",
        b"\xf4\x8f\xbc\x81",
    )
    return Target(name="yaml", seeds=seeds, words=words, attempt=attempt, json=True)


def _no_json(word: str) -> None:
    """Python's own reader takes Infinity and NaN, which JSON has not."""
    raise ValueError(word)


@contextmanager
def settings_file() -> Iterator[Target]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.yaml"

        def attempt(text: bytes) -> Hashable:
            path.write_bytes(text)
            try:
                given = read_settings_file(str(path))
                found = read_settings({}, {}, given, "settings.yaml")
            except (BadFile, BadSetting) as error:
                must("\n" not in str(error), "more than one line for a person")
                return " ".join(str(error).replace(folder, "").split()[:3])
            assert read_settings({}, {}, given) == found
            return frozenset(given)

        seeds = (
            b"port: 8042\nclock: frozen\nallowed-host: [a.test, b.test]\nkeep-for: 24h\n", b"strict: yes\nnode: 4003\n",
            b"callback-map:\n- localhost=host.docker.internal\ncallback-allow: 10.0.0.0/8\n", b"{}",
            b"store: sqlite:///a.db",
        )  # fmt: skip
        names = tuple(f"{each.name}: ".encode() for each in TABLE)
        words = (
            *names,
            b"&a [",
            b"*a",
            b"2026-13-45",
            b"2026-01-01",
            b"!!binary ",
            b"<<: ",
            b".nan",
            b"0x1F",
            b"\n",
            b"- ",
            b"1_0",
        )
        yield Target(name="settings-file", seeds=seeds, words=words, attempt=attempt)


def settings_values() -> Target:
    """A name and a value with = between, as a flag, as a variable and as a key of a file."""
    rows = {row.name: row for row in TABLE}

    def attempt(data: bytes) -> Hashable:
        name, _, value = data.decode("utf-8", "surrogateescape").partition("=")
        row = rows.get(name)
        if row is None:
            return None
        kinds: list[str] = []
        flag: Any = (value,) if row.many else value
        for flags, variables, file in (
            ({name: flag}, {}, {}),
            ({}, {row.variable: value}, {}),
            ({}, {}, {name: value}),
        ):
            sources: tuple[Mapping[str, Any], Mapping[str, str], Mapping[str, Any]] = (flags, variables, file)
            try:
                found = getattr(read_settings(*sources), row.field)
            except BadSetting as error:
                must(bool(str(error)), "it does not say why")
                kinds.append("refused")
                continue
            assert getattr(read_settings({}, {}, {name: _written(row.kind, found)}), row.field) == found
            kinds.append(type(found).__name__)
        return row.kind, *kinds

    seeds = tuple(f"{row.name}={_example(row.default)}".encode() for row in TABLE)
    words = (
        b",",
        b"=",
        b"1h30m",
        b"inf",
        b"nan",
        b"1e309",
        b"true",
        b"*",
        b"sqlite:///",
        b"/1/acme",
        b"::1",
        b" ",
        b"\xd9\xa1",
    )
    return Target(name="settings-values", seeds=seeds, words=words, attempt=attempt, largest=4_096)


def _example(default: Any) -> str:
    return "x" if default is None else ",".join(default) if isinstance(default, tuple) else str(default)


def _written(kind: str, found: Any) -> Any:
    """A value as a file would say it."""
    return format_duration(found) if kind == "duration" else list(found) if isinstance(found, tuple) else found


def clocks() -> Target:
    def attempt(data: bytes) -> Hashable:
        text = data.decode("utf-8", "surrogateescape")
        kinds = []
        try:
            duration = parse_duration(text)
            assert duration >= 0
            assert parse_duration(format_duration(duration)) == duration
            kinds.append("duration")
        except ValueError as error:
            kinds.append(str(error)[-20:])
        try:
            instant = parse_instant(text)
            assert not 0 <= instant <= LAST_INSTANT or parse_instant(format_instant(instant)) == instant
            kinds.append("instant")
        except ValueError:
            kinds.append("")
        number = _number(data)
        if number is not None:
            try:
                parse_duration(number)
                kinds.append("number")
            except ValueError:
                kinds.append("no number")
        return tuple(kinds)

    seeds = (
        b"5m",
        b"1h30m",
        b"250ms",
        b"0.5",
        b"2026-01-01T00:00:00Z",
        b"2026-01-01t00:00:00.123456789+02:00",
        b"1e3",
        b"-1",
    )
    words = (
        b"us",
        b"ms",
        b"s",
        b"m",
        b"h",
        b"d",
        b".",
        b"T",
        b"Z",
        b"+23:59",
        b"-24:00",
        b":60",
        b"9999-12-31",
        b"0001-01-01T00:00:00+23:59",
    )
    return Target(name="clock", seeds=seeds, words=words, attempt=attempt, largest=4_096)


def _number(data: bytes) -> float | None:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, int | float) else None

"""A settings file is read as scenarios are: by a parser that makes nothing but values, and no more of them than fit."""

import tracemalloc
from pathlib import Path

import pytest

from mock_amp.adapters.documents import BadDocument, load
from mock_amp.adapters.files import BadFile, read_settings_file
from mock_amp.settings import read_settings

LAUGHS = "a0: &a0 lol\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
SIZE = 10_000_000

HOSTILE = [
    pytest.param(LAUGHS, "too large", id="a billion laughs"),
    pytest.param("a: " + "[" * 1_000_000, "too deep", id="lists in lists"),
    pytest.param("a: " + "{b: " * 100_000, "too deep", id="mappings in mappings"),
    pytest.param("- " * 100_000, "too deep", id="dashes"),
    pytest.param("? " * 100_000, "a key has to be a text", id="keys of keys"),
    pytest.param("a: &a [*a]", "would have no end", id="a list in itself"),
    pytest.param("a: &a {b: *a}", "would have no end", id="a mapping in itself"),
    pytest.param("a: &a {b: 1}\nc: {<<: *a, <<: *a}", "twice", id="merge keys"),
    pytest.param("a: !!python/object/apply:os.system ['true']", "means nothing here", id="a tag of Python"),
    pytest.param("a: !!python/name:os.system", "means nothing here", id="a name of Python"),
    pytest.param("!!binary aGk=", "means nothing here", id="bytes"),
    pytest.param("a: .nan", "no number here", id="no number"),
    pytest.param("a: &a " + "x" * 100_000 + "\nb: [" + "*a, " * 1_000 + "]", "too large", id="a text, many times"),
]
LARGE = [
    pytest.param("a: " + "9" * SIZE, "too long for a number", id="a number"),
    pytest.param("%TAG ! tag:x,2000:\n" * (SIZE // 20) + "--- a", "not YAML", id="directives"),
    pytest.param("---\na: 1\n" * (SIZE // 9), "second document", id="documents"),
    pytest.param("]" * SIZE, "not YAML", id="brackets"),
]


@pytest.mark.parametrize(("text", "told"), HOSTILE)
def test_a_hostile_file_of_settings_is_one_line_for_a_person(text: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(BadFile) as caught:
        read_settings_file(str(file))

    assert told in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(("text", "told"), [*HOSTILE, *LARGE])
def test_a_hostile_scenario_is_one_fault(text: str, told: str) -> None:
    """A file's and a body's text are read alike; ten megabytes end as soon as anything is wrong with them."""
    with pytest.raises(BadDocument) as caught:
        load(text.encode(), "the body")

    (fault,) = caught.value.faults
    assert told in fault.text


def test_a_date_is_a_text(tmp_path: Path) -> None:
    """Also one that is none, at which other readers fail."""
    file = tmp_path / "settings.yaml"
    file.write_text("a: 2026-13-45\nb: 2026-01-01\n", encoding="utf-8")

    assert read_settings_file(str(file)) == {"a": "2026-13-45", "b": "2026-01-01"}


def test_a_bomb_takes_no_memory() -> None:
    """Nine to the eleventh laughs would be thirty thousand million."""
    tracemalloc.start()
    try:
        with pytest.raises(BadDocument):
            load(LAUGHS, "x")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 5_000_000


@pytest.mark.parametrize(("depth", "begin"), [(8, "["), (500, "["), (500, "{a: "), (500, "- ")])
def test_a_document_may_be_as_deep_as_it_is_told(depth: int, begin: str) -> None:
    """Deeper than Python's stack would let a reader that calls itself."""
    end = {"[": "]", "{a: ": "}", "- ": ""}[begin]

    assert load(begin * depth + end * depth, "x", depth).value is not None
    with pytest.raises(BadDocument, match=f"more than {depth} levels"):
        load(begin * (depth + 1) + end * (depth + 1), "x", depth)


@pytest.mark.parametrize("word", ["yes", "on", "true", "True"])
def test_a_switch_may_be_written_as_people_do(word: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(f"strict: {word}\nopen-accounts: off\n", encoding="utf-8")
    settings = read_settings({}, {}, read_settings_file(str(file)))

    assert (settings.strict, settings.open_accounts) == (True, False)

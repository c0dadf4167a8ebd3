"""A document is laid out as YAML that people like to edit, and read back it is the same document."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mock_amp.adapters.documents import load
from mock_amp.adapters.files import data_folder
from mock_amp.adapters.yaml_text import write
from tests.scenarios import documents
from tests.unit.test_yaml_documents import OLD_READINGS

SHIPPED = sorted(data_folder("scenarios").glob("*.yaml"))
YAML_LIKE = st.text("ab01 \n\t:-?,[]{}&*!|>'\"%@#.~\\u/dD\x00\x85\u2028\u00a0\U0010ff75😀", max_size=20)
PROSE = st.lists(st.sampled_from(["word", "", "\n", "#", ":", "- x", "😀", "\u00a0", "|", "---"]), max_size=60).map(
    " ".join
)
TEXTS = st.text(max_size=20) | YAML_LIKE | PROSE
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS


def as_json(value: object) -> str:
    """To the letter: 1 is not 1.0, and keys have their order."""
    return json.dumps(value)


def read(text: str) -> Any:
    return load(text, "test.yaml").value


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_is_the_same_once_it_is_written_and_read(path: Path) -> None:
    document = read(path.read_text(encoding="utf-8"))

    assert as_json(read(write(document))) == as_json(document)


@given(documents)
@settings(max_examples=50, deadline=None)
def test_any_scenario_is_the_same_once_it_is_written_and_read(document: dict[str, Any]) -> None:
    assert as_json(read(write(document))) == as_json(document)


@given(
    st.dictionaries(
        TEXTS, st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)), max_size=3
    )
)
@example({"a": [["A #", "x:", ": y"]]})
@example({"😀\U0010ff75": "\x7f\x85\u2028\ufeff", "": "\\ud83d", "~": [[], {}, [[1]]]})
@settings(max_examples=100, deadline=None)
def test_whatever_json_knows_is_the_same_once_it_is_written_and_read(document: dict[str, Any]) -> None:
    assert as_json(read(write(document))) == as_json(document)


@given(st.dictionaries(st.sampled_from(["name", "on", "356"]), PROSE | st.sampled_from(OLD_READINGS)))
@settings(deadline=None)
def test_a_reader_of_older_yaml_makes_the_same_of_it(document: dict[str, str]) -> None:
    """Or what is kept in a file would be another scenario to some editor or linter."""
    assert yaml.safe_load(write(document)) == document


def test_rules_are_blocks_and_what_they_say_fits_on_lines() -> None:
    """As the shipped scenarios are written."""
    document = {
        "name": "mine",
        "description": "Said 😀 shortly.",
        "rules": [
            {
                "name": "999…01 is slow",
                "match": {"number": {"glob": "999*01"}, "share": 0.5},
                "outcome": {"after": "1m"},
            },
            {"name": "on", "replies": [{"after": "5s", "text": ["Yes, please.", "No"]}], "channels": {}},
        ],
        "prices": {"": {"SMS": 0.06, "VIBER": 0.02}, "356": {"SMS": 1}},
    }

    assert write(document) == (
        "name: mine\n"
        "description: Said 😀 shortly.\n"
        "\n"
        "rules:\n"
        "  - name: 999…01 is slow\n"
        '    match: {number: {glob: "999*01"}, share: 0.5}\n'
        "    outcome: {after: 1m}\n"
        '  - name: "on"\n'
        '    replies: [{after: 5s, text: ["Yes, please.", "No"]}]\n'
        "    channels: {}\n"
        "\n"
        "prices:\n"
        '  "": {SMS: 0.06, VIBER: 0.02}\n'
        '  "356": {SMS: 1}\n'
    )


def test_a_long_text_is_folded_and_one_of_several_lines_stays_as_it_is() -> None:
    sentence = "Seven words that are said again here. " * 4

    assert write({"a": sentence.strip(), "b": "one\n  two\n"}) == (
        "a: >-\n"
        "  Seven words that are said again here. Seven words that are said again here. Seven words that are\n"
        "  said again here. Seven words that are said again here.\n"
        "b: |\n"
        "  one\n"
        "    two\n"
    )


def test_what_cannot_be_seen_is_escaped() -> None:
    """Characters that turn the direction of writing would show another text than there is; an emoji is one."""
    assert write({"a": "x\u202ey", "b": "👩\u200d🚀", "c": "\x1b[0m"}) == (
        'a: "x\\u202ey"\nb: "👩\u200d🚀"\nc: "\\u001b[0m"\n'
    )


def test_many_items_go_below_each_other() -> None:
    numbers = [f"35699{at:06}" for at in range(20)]

    text = write({"rules": [{"name": "many", "match": {"number": numbers}}]})

    assert text.splitlines()[:4] == ["rules:", "  - name: many", "    match:", "      number:"]
    assert text.splitlines()[4:] == [f'        - "{each}"' for each in numbers]

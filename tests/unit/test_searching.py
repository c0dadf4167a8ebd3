"""What a search looks for, and where."""

from pathlib import Path
from typing import Any

import pytest

from mock_amp.core.listed import FIELDS, What
from mock_amp.core.searching import FOUND_IN, holds, words_of

_CALLBACK = {
    "id": "4",
    "kind": "report",
    "state": "retrying",
    "url": "http://a.example/Reports",
    "api_job_id": "a-1",
    "body": {"api_job_id": "a-2", "data": [{"to": "35699000001"}]},
    "attempts": [{"error": "Timeout", "answer": None}, {"error": None, "answer": "Teapot"}],
}
_REQUEST = {"id": "7", "method": "POST", "path": "/1/im", "status": 403, "rule": None, "body": '{"a": "Ärger"}'}


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("", ()),
        (" \t\n ", ()),
        ("Table FOR two", ("table", "for", "two")),
        ("two Two TWO", ("two",)),
        ("Straße", ("strasse",)),
    ],
)
def test_a_search_is_its_words_each_once_whatever_their_case(search: str, words: tuple[str, ...]) -> None:
    assert words_of(search) == words


@pytest.mark.parametrize(
    ("what", "item", "search", "held"),
    [
        (What.CALLBACKS, _CALLBACK, "TIMEOUT teapot", True),
        (What.CALLBACKS, _CALLBACK, "a-1 reports", True),
        (What.CALLBACKS, _CALLBACK, "timeout nobody", False),
        (What.CALLBACKS, _CALLBACK, "35699000001", False),
        (What.CALLBACKS, _CALLBACK, "none", False),
        (What.CALLBACKS, _CALLBACK, "4report", False),
        (What.REQUESTS, _REQUEST, "403 ÄRGER", True),
        (What.REQUESTS, _REQUEST, "null", False),
        (What.REQUESTS, {}, "a", False),
        (What.REQUESTS, {}, "", True),
    ],
)
def test_every_word_is_in_some_field(what: What, item: dict[str, Any], search: str, *, held: bool) -> None:
    """Not across two of them, and not in what is not there."""
    assert holds(what, item, words_of(search)) is held


def test_a_search_looks_at_fields_that_there_are() -> None:
    missing = [name for what, names in FOUND_IN.items() for name in names if name not in FIELDS[what]]

    assert missing == []
    assert {*FOUND_IN} == {*What}


def test_the_documentation_says_where_it_looks() -> None:
    page = Path(__file__).parents[2].joinpath("docs", "control-plane.md").read_text(encoding="utf-8")
    rows = {what: f"| {what} | {', '.join(f'`{name}`' for name in names)} |" for what, names in FOUND_IN.items()}

    assert [row for what, row in rows.items() if what is not What.ATTEMPTS and row not in page] == []

"""Where the parts of a JSON text stand."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_amp.core.documents import escape
from mock_amp.core.positions import Position, position_at, positions

TEXT = """{
  "destinations": [
    {"number": "35699000001"},
    {"number": 7, "params": {"a/b~c": "]{\\"", "\\u0064": 1}}
  ],
  "job_id": "first", "ä": [[], [1, 2]],
  "job_id": {"again": 2}
}"""


@pytest.mark.parametrize(
    ("pointer", "position"),
    [
        ("", (1, 1)),
        ("/destinations", (2, 3)),
        ("/destinations/0", (3, 5)),
        ("/destinations/1/number", (4, 6)),
        ("/destinations/1/params/a~1b~0c", (4, 30)),
        ("/destinations/1/params/d", (4, 47)),
        ("/ä/1/1", (6, 36)),
        ("/job_id", (7, 3)),
        ("/job_id/again", (7, 14)),
        pytest.param("/destinations/1/custom_id", (4, 5), id="a key that is missing: where it would be"),
        pytest.param("/destinations/9/number", (2, 3), id="an item that there is not"),
        pytest.param("/destinations/0/number/deep", (3, 6), id="inside of what has no inside"),
    ],
)
def test_a_part_stands_where_its_key_or_item_begins(pointer: str, position: tuple[int, int]) -> None:
    found = positions(TEXT, [pointer])

    assert found == {pointer: Position(*position)}


def test_the_parts_of_a_key_that_stands_there_again_are_forgotten() -> None:
    """H-15: the last one holds."""
    found = positions('{"a": {"b": 1},\n "a": {}}', ["/a/b"])

    assert found == {"/a/b": Position(2, 2)}


def test_very_deep_texts_are_looked_at_without_recursion() -> None:
    deep = "[" * 100_000 + "]" * 100_000

    found = positions(deep, ["/0/0"])

    assert found == {"/0/0": Position(1, 3)}


@pytest.mark.parametrize("text", ["", "]", "}{", '{"a', "{,:}", '{"a": ]}', "1 2"])
def test_what_is_no_json_is_no_trouble(text: str) -> None:
    assert positions(text, ["/a"]).keys() == {"/a"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@given(document=JSON, indent=st.sampled_from([None, 1]), ascii=st.booleans())
def test_every_part_of_any_document_is_found_where_it_stands(document: Any, indent: int | None, ascii: bool) -> None:  # noqa: A002, FBT001
    text = json.dumps(document, indent=indent, ensure_ascii=ascii)
    parts = dict(_parts(document, ""))

    found = positions(text, parts)

    decoder = json.JSONDecoder()
    for pointer, (key, value) in parts.items():
        at = next(at for at in range(len(text)) if position_at(text, at) == found[pointer])
        read, end = decoder.raw_decode(text, at)
        if key is not None:
            assert read == key
            at = end + len(text[end:]) - len(text[end:].lstrip(": "))
            read, _ = decoder.raw_decode(text, at)
        assert read == value


def _parts(value: Any, pointer: str, key: str | None = None) -> Iterator[tuple[str, tuple[str | None, Any]]]:
    yield pointer, (key, value)
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _parts(each, f"{pointer}/{escape(name)}", name)
    elif isinstance(value, list):
        for at, each in enumerate(value):
            yield from _parts(each, f"{pointer}/{at}")

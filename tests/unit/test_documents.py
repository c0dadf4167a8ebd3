"""H-9: which bodies are understood at all."""

import orjson
import pytest

from mock_amp.core.documents import MOST_DEPTH, decode, deeper_than, escape, json_type, shallow, written
from tests.unit.builders import RULES, a_token, refused, understood


def nested(levels: int) -> str:
    """An array of so many levels."""
    return "[" * levels + "]" * levels


def test_an_object_is_understood() -> None:
    """H-9: JSON in UTF-8, an object."""
    assert decode('{"name": "Željka", "list": [1, 2.5, null, true]}'.encode()) == {
        "name": "Željka",
        "list": [1, 2.5, None, True],
    }


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "The body is empty.", id="nothing"),
        pytest.param(b" \r\n\t", "The body is empty.", id="white space"),
        pytest.param(b'{"a": "\xff"}', "The body is not UTF-8: byte 7.", id="not UTF-8"),
        pytest.param(b"[]", "The body is not a JSON object but an array.", id="an array"),
        pytest.param(b'"x"', "The body is not a JSON object but a string.", id="a string"),
        pytest.param(b"null", "The body is not a JSON object but null.", id="null"),
        pytest.param(b"1", "The body is not a JSON object but an integer.", id="an integer"),
    ],
)
def test_a_body_that_is_no_object_is_told_what_it_is(body: bytes, reason: str) -> None:
    """H-9, R-8: 400, and the text says why."""
    found = refused(decode(body))

    assert (found.status, found.rule, found.reason) == (400, "H-9", f"Bad Request: {reason}")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": "line\nbreak"}',
        b'{"a": 01}',
        b'{"a": 1} x',
        b"<xml/>",
    ],
)
def test_what_is_not_json_is_refused(body: bytes) -> None:
    """H-9: not JSON, NaN and Infinity; section 16: a line break inside a string."""
    found = refused(decode(body))

    assert (found.status, found.rule) == (400, "H-9")
    assert found.reason.startswith("Bad Request: The body is not JSON: ")


@pytest.mark.parametrize(
    ("document", "above"),
    [
        pytest.param('{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x"}, "k": %s}', 1),
        pytest.param('{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "x", "k": %s}}', 2),
        pytest.param('{"destinations": [{"number": "35699000001", "k": %s}], "sms_content": {"message": "x"}}', 3),
    ],
    ids=["request", "section", "destination"],
)
def test_sixty_four_levels_are_understood_and_sixty_five_are_not(document: str, above: int) -> None:
    """H-9: nested deeper than 64, wherever the unknown key stands."""
    assert MOST_DEPTH == 64
    understood(RULES.judge((document % nested(64 - above)).encode(), a_token()))
    found = refused(RULES.judge((document % nested(65 - above)).encode(), a_token()))

    assert (found.status, found.rule) == (400, "H-9")
    assert found.reason == "Bad Request: The document is nested deeper than 64."


@pytest.mark.parametrize("levels", [64, 500, 200_000])
@pytest.mark.parametrize("key", ["unknown", "job_id", "message", "im_content", "destinations"])
def test_a_body_nested_without_measure_is_refused_wherever(key: str, levels: int) -> None:
    """H-9: 400, whether a rule knows the place or not, and whatever the parser can take."""
    body = '{"%s": %s}' % (key, nested(levels))  # noqa: UP031 - braces are the matter here

    assert refused(RULES.judge(body.encode(), a_token())).status == 400


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "an integer"),
        (1.5, "a number"),
        ("", "a string"),
        ([], "an array"),
        ({}, "an object"),
    ],
)
def test_a_type_is_called_by_its_json_name(value: object, name: str) -> None:
    assert json_type(value) == name


def test_a_key_is_escaped_in_a_pointer() -> None:
    """RFC 6901: ~0 and ~1."""
    assert escape("a/b~c") == "a~1b~0c"


@pytest.mark.parametrize("levels", [250, 500, 900])
def test_a_document_is_written_again_however_deep_it_was_read(levels: int) -> None:
    """H-9: encoders have limits of their own, below what a server may be told to take."""
    text = nested(levels).encode()

    assert orjson.loads(written(orjson.loads(text))) == orjson.loads(text)


def test_a_document_without_its_depths_is_as_deep_as_wanted_and_else_the_very_same() -> None:
    document = {"a": [{"b": [1]}], "c": 2}

    assert shallow(document, 4) is document
    assert shallow(document, 3) == {"a": [{"b": []}], "c": 2}
    assert shallow(document, 1) == {"a": [], "c": 2}


@pytest.mark.parametrize(("levels", "limit", "deeper"), [(3, 3, False), (4, 3, True), (900, 899, True)])
def test_a_document_is_deeper_by_its_levels_of_objects_and_arrays(levels: int, limit: int, *, deeper: bool) -> None:
    assert deeper_than(orjson.loads(nested(levels)), limit) is deeper
    assert not deeper_than(1, limit)

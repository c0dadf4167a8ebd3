"""What is wanted of a list: read from a call, held against items, and told to the store as far as it goes."""

from typing import Any

import pytest

from mock_amp.core.listed import What, rank, value_of
from mock_amp.core.shapes import BadValue
from mock_amp.core.wanting import Wanted, misses, read_match, read_query

_MESSAGE = {
    "id": "1",
    "to": "35699000001",
    "type": "SMS",
    "status": "DELIVRD",
    "error_code": 0,
    "api_job_id": "a",
    "client_job_id": "mine",
    "custom_id": "",
    "text": "Your code is 1234",
    "action": None,
    "channels": ["VIBER", "SMS"],
    "timeline": [{"type": "INTERNAL", "status": "ACCEPTD"}, {"type": "SMS", "status": "DELIVRD"}],
}
_CALLBACK = {"id": "4", "body": {"api_job_id": "a", "data": [{"to": "1"}, {"to": "2"}]}, "attempts": []}


def _wanted(what: What = What.MESSAGES, **match: Any) -> Wanted:
    return Wanted(what=what, criteria=read_match(what, match))


@pytest.mark.parametrize(
    ("match", "fits"),
    [
        ({}, True),
        ({"to": "35699000001"}, True),
        ({"to": "35699000002"}, False),
        ({"to": ["35699000002", "35699000001"], "status": "DELIVRD"}, True),
        ({"to": "35699000001", "status": "SEEN"}, False),
        ({"text": {"contains": "code"}}, True),
        ({"text": {"regex": "[0-9]{4}$"}}, True),
        ({"text": {"glob": "Your*9"}}, False),
        ({"text": {"prefix": "Your"}}, True),
        ({"text": {"exact": "Your"}}, False),
        ({"error_code": 0}, True),
        ({"error_code": [1, 2]}, False),
        ({"action": None}, True),
        ({"action.title": None}, True),
        ({"channels": "VIBER"}, True),
        ({"channels": ["RCS", "TELEGRAM"]}, False),
        ({"timeline.status": "ACCEPTD"}, True),
        ({"timeline.status": "SEEN"}, False),
        ({"channel": "SMS"}, True),
        ({"job_id": "mine"}, True),
        ({"job_id": "a"}, True),
        ({"job_id": "b"}, False),
    ],
)
def test_an_item_fits_when_every_field_does(match: dict[str, Any], *, fits: bool) -> None:
    """DESIGN: field -> wanted; a field with several values fits when one of them does."""
    wanted = _wanted(**match)

    assert wanted.fits(_MESSAGE) is fits
    assert (wanted.differences(_MESSAGE) == []) is fits


def test_a_dotted_name_leads_through_objects_and_lists() -> None:
    """DESIGN: nested fields."""
    assert value_of(What.CALLBACKS, _CALLBACK, "body.api_job_id") == "a"
    assert value_of(What.CALLBACKS, _CALLBACK, "body.data.to") == ["1", "2"]
    assert value_of(What.CALLBACKS, _CALLBACK, "attempts.outcome") == []
    assert value_of(What.CALLBACKS, _CALLBACK, "injected.rule") is None


@pytest.mark.parametrize(
    ("match", "pointer", "expected"),
    [
        ({"statuss": "SEEN"}, "/match/statuss", "status?"),
        ({"zzz": 1}, "/match/zzz", "one of accepted_at, action"),
        ({"status": "DELIVERED"}, "/match/status", "one of ACCEPTD, DELIVRD"),
        ({"status": ["SEEN", "READ"]}, "/match/status", "one of ACCEPTD, DELIVRD"),
        ({"error_code": {"prefix": "1"}}, "/match/error_code", "a number"),
        ({"text": {"regex": "("}}, "/match/text", "a regular expression"),
    ],
)
def test_what_could_never_fit_is_refused(match: dict[str, Any], pointer: str, expected: str) -> None:
    """D7: a silent typo would wait for ever."""
    with pytest.raises(BadValue) as refused:
        _wanted(**match)

    assert refused.value.pointer == pointer
    assert refused.value.expected.startswith(expected)


@pytest.mark.parametrize(
    ("query", "fits"),
    [
        ([("to", ["35699000001"])], True),
        ([("to", ["1", "35699000001"])], True),
        ([("error_code", ["0"])], True),
        ([("error_code", ["9"])], False),
        ([("custom_id", [""])], True),
        ([("text", [""])], False),
        ([("timeline.status", ["ACCEPTD"])], True),
    ],
)
def test_a_query_asks_for_plain_values(query: list[tuple[str, list[str]]], *, fits: bool) -> None:
    """DESIGN: filters; an empty one means that there is no value."""
    wanted = Wanted(what=What.MESSAGES, criteria=read_query(What.MESSAGES, query))

    assert wanted.fits(_MESSAGE) is fits


@pytest.mark.parametrize("query", [("error_code", ["none"]), ("status", ["seen"]), ("type", ["MAIL"]), ("too", ["1"])])
def test_a_query_for_a_value_that_cannot_be_is_refused(query: tuple[str, list[str]]) -> None:
    with pytest.raises(BadValue) as refused:
        read_query(What.MESSAGES, [query])

    assert refused.value.pointer == f"?{query[0]}"


def test_the_store_is_told_what_it_can_choose_by() -> None:
    """Values that are exact and of the kind of the field; the rest is looked through."""
    wanted = _wanted(to=["1", "2"], status="SEEN", text="Hi", custom_id={"exact": "c"}, api_job_id={"prefix": "a"})

    assert wanted.indexed == {"to": ("1", "2"), "status": ("SEEN",), "custom_id": ("c",)}
    assert wanted.lasting == {"to": ("1", "2"), "custom_id": ("c",)}
    assert not wanted.covered
    assert _wanted(to="1").covered


@pytest.mark.parametrize("value", [None, [None, "1"], "", {"prefix": "1"}])
def test_what_the_store_would_compare_otherwise_is_left_to_us(value: object) -> None:
    assert _wanted(What.REQUESTS, rule=value).indexed == {}


@pytest.mark.parametrize(
    ("what", "match", "text", "expected"),
    [
        (What.MESSAGES, {"to": 35699000001}, "to is a text, not 35699000001", '"35699000001"'),
        (What.MESSAGES, {"to": ["1", 2]}, "to is a text, not 2", '"2"'),
        (What.MESSAGES, {"text": True}, "text is a text, not true", "a text"),
        (What.MESSAGES, {"custom_id": None}, "custom_id is never null", "a text"),
        (What.MESSAGES, {"error_code": "0"}, 'error_code is a whole number, not "0"', "0"),
        (What.REQUESTS, {"status": "ok"}, 'status is a whole number, not "ok"', "a whole number"),
        (What.MESSAGES, {"status": None}, "status is never null", "one of ACCEPTD, DELIVRD"),
        (What.MESSAGES, {"status": {"prefix": "deliv"}}, "status is never like that", "one of ACCEPTD, DELIVRD"),
        (What.REPLIES, {"at": "noon"}, 'at is an instant, not "noon"', "RFC 3339 with a zone"),
        (What.MESSAGES, {"action": "Book"}, "action has fields of its own", "null, or one of those, such as action.t"),
        (What.REQUESTS, {"injected": "x"}, "injected has fields of its own", "null, or one of those, such as injected"),
    ],
)
def test_a_value_that_can_never_be_is_refused_with_the_right_one(
    what: What, match: dict[str, Any], text: str, expected: str
) -> None:
    with pytest.raises(BadValue) as refused:
        _wanted(what, **match)

    assert (str(refused.value), refused.value.expected[: len(expected)]) == (text, expected)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("accepted_at", "2026-01-01T00:00:00Z"),
        ("accepted_at", "2026-01-01T02:30:00.0+02:30"),
        ("accepted_at", {"exact": "2026-01-01T00:00:00Z"}),
        ("timeline.at", ["2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]),
    ],
)
def test_an_instant_fits_however_it_is_written(name: str, wanted: Any) -> None:
    at = "2026-01-01T00:00:00.000000Z"
    item = {**_MESSAGE, "accepted_at": at, "timeline": [{"at": at}]}

    assert _wanted(What.MESSAGES, **{name: wanted}).fits(item)
    assert not _wanted(What.MESSAGES, **{name: "2026-01-01T00:00:00.000001Z"}).fits(item)


@pytest.mark.parametrize(("text", "fits"), [("2026-01-01T00:00:00Z", True), ("2026-01-01T00:00:01Z", False)])
def test_a_query_for_an_instant_fits_however_it_is_written(text: str, *, fits: bool) -> None:
    wanted = Wanted(what=What.MESSAGES, criteria=read_query(What.MESSAGES, [("changed_at", [text])]))

    assert wanted.fits({**_MESSAGE, "changed_at": "2026-01-01T00:00:00.000000Z"}) is fits


def test_the_nearest_misses_have_the_fewest_differences_then_are_the_newest() -> None:
    """DESIGN, wait: `near`."""
    wanted = _wanted(to="1", status="SEEN")
    items = [
        (1, {"to": "1", "status": "DELIVRD"}),
        (2, {"to": "2", "status": "DELIVRD"}),
        (3, {"to": "1", "status": "SEEN"}),
        (4, {"to": "1", "status": "ACCEPTD"}),
    ]

    near = misses(wanted, items, 2)

    assert [each.item for each in near] == [items[3][1], items[0][1]]
    assert [each._asdict() for each in near[0].differences] == [{"field": "status", "wanted": "SEEN", "got": "ACCEPTD"}]


@pytest.mark.parametrize(("position", "place"), [(3, 0), (4, 1), (9, 2), (5, None)])
def test_a_position_has_its_rank_among_runs(position: int, place: int | None) -> None:
    assert rank(((3, 4), (9, 12)), position) == place

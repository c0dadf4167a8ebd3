"""H-12 to H-16: what is seen at once to have nothing wrong or doubtful is the same as what a closer look finds so."""

import json
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_amp.adapters.files import read_schema
from mock_amp.core.documents import Shape, Warnings, decode
from mock_amp.core.duplicates import has_duplicates
from mock_amp.core.schemas import CompiledSchema, plain
from tests.unit.builders import NUMBER, RULES, a_token, refused, understood
from tests.unit.documents import changed, good

NAMES: Final = ("im-request", "im-gateway-request", "sms-request", "2fa-request")
SCHEMAS: Final = {name: read_schema(name) for name in NAMES}
USUAL: Final = {name: CompiledSchema(schema) for name, schema in SCHEMAS.items()}
PLAIN: Final = {name: CompiledSchema(plain(schema)) for name, schema in SCHEMAS.items()}
SHAPES: Final = {name: Shape(schema, schema) for name, schema in SCHEMAS.items()}
DOCUMENTS: Final = {name: good(schema) | changed(good(schema)) for name, schema in SCHEMAS.items()}
MANY: Final = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

SMALL: Final = {"type": "object", "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize("name", NAMES)
@MANY
@given(data=st.data())
def test_a_plain_document_follows_the_schema_and_stays_as_it_is(name: str, data: st.DataObject) -> None:
    """H-12 to H-16: it has nothing to be put right, so nothing to be warned of."""
    document = decode(json.dumps(data.draw(DOCUMENTS[name])).encode())
    assert isinstance(document, dict)
    if not PLAIN[name].holds(document) or SHAPES[name].keys_of(document) is None:
        return
    warnings = Warnings()

    assert USUAL[name].holds(document)
    assert json.dumps(SHAPES[name].tidy(document, warnings)) == json.dumps(document)
    assert warnings.total == 0


@pytest.mark.parametrize("name", NAMES)
@MANY
@given(data=st.data())
def test_the_keys_of_a_plain_document_are_counted(name: str, data: st.DataObject) -> None:
    """H-15: as many as stand in it."""
    keys = 0

    def count(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal keys
        keys += len(pairs)
        return dict(pairs)

    document = json.loads(json.dumps(data.draw(DOCUMENTS[name])), object_pairs_hook=count)
    if PLAIN[name].holds(document):
        assert SHAPES[name].keys_of(document) in (keys, None)


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_schema_are_plain(name: str) -> None:
    """Else all would be looked at closely, and nobody would notice but the clock."""
    for document in SCHEMAS[name]["examples"]:
        assert PLAIN[name].holds(document)
        assert SHAPES[name].keys_of(document) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "red"},
        {"job_id": ""},
        {"job_id": None},
        {"im_content": []},
        {"sms_content": {"message": "Ready.", "sender": "Quay"}},
        {"sms_content": {"message": "Ready.", "pid": None}},
        {"destinations": [{"number": NUMBER, "custom_id": ""}]},
        {"destinations": [{"number": NUMBER, "name": "Ana"}]},
        {"destinations": [{"number": NUMBER, "params": {"A": None}}]},
        {"ttl": "60"},
    ],
    ids=str,
)
def test_what_has_to_be_put_right_is_not_plain(changes: dict[str, Any]) -> None:
    """H-12, H-13, H-14, H-16."""
    document = {"destinations": [{"number": NUMBER}], "sms_content": {"message": "Ready."}}

    assert PLAIN["im-request"].holds(document)
    assert not PLAIN["im-request"].holds(document | changes)


@pytest.mark.parametrize(
    "changes", [{"ttl": 60.0}, {"im_content": [{"content": "x", "ttl": 60.0}]}, {"im_content": [{}, {"ttl": 60.0}]}]
)
def test_a_whole_fraction_is_not_plain(changes: dict[str, Any]) -> None:
    """H-14: 60.0 is read as 60."""
    assert SHAPES["im-request"].keys_of({"destinations": [{"number": NUMBER}], **changes}) is None


@pytest.mark.parametrize(
    ("others", "given", "expected"),
    [(None, {"b": 1}, False), (True, {"b": 1}, True), ({}, {"b": 1}, True), ({}, {"b": None}, False)],
)
def test_an_object_is_as_open_as_its_schema_says(others: Any, given: dict[str, Any], *, expected: bool) -> None:
    """H-12, H-13: unknown keys are dropped where they are not allowed; nulls are dropped anywhere."""
    schema = SMALL if others is None else SMALL | {"additionalProperties": others}

    assert CompiledSchema(plain(schema)).holds(given) is expected


def test_a_property_that_may_be_null_is_not_plain_when_it_is() -> None:
    """H-13: null counts as not sent even there."""
    schema = CompiledSchema(plain({"type": "object", "properties": {"a": {"type": ["string", "null"]}, "b": {}}}))

    assert [schema.holds(each) for each in ({"a": "x"}, {"b": 1}, {"a": None}, {"b": None})] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("field", ["number", "callback_url"])
def test_a_break_at_the_end_is_not_plain(field: str) -> None:
    """H-10: `$` is the end, not the place before a last line break."""
    document: dict[str, Any] = {"destinations": [{"number": NUMBER}], "sms_content": {"message": "x"}}
    broken: dict[str, Any] = {"number": {"destinations": [{"number": f"{NUMBER}\n"}]}}
    broken["callback_url"] = {"callback_url": "http://a.example\n"}

    assert PLAIN["im-request"].holds(document | {"callback_url": "http://a.example"})
    assert not PLAIN["im-request"].holds(document | broken[field])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"a":1,"b" : "x:y"}', False),
        ('{"a":1,"b":":","a":2}', True),
        ('{"a":"http://x","a" :2,"b":1}', True),
        ('{"a":"\\":","b":1}', False),
    ],
)
def test_colons_in_texts_are_no_keys(body: str, *, expected: bool) -> None:
    """H-15: two keys were parsed from each."""
    assert has_duplicates(body.encode(), 2) is expected


def test_a_plain_document_with_a_key_twice_is_warned_of() -> None:
    """H-15: the parser has seen one."""
    body = f'{{"destinations":[{{"number":"{NUMBER}","number":"{NUMBER}"}}],"sms_content":{{"message":"x"}}}}'

    [warned] = understood(RULES.judge(body.encode(), a_token())).warnings
    assert (warned.rule, warned.pointer) == ("H-15", "/destinations/0/number")


def test_a_deep_document_is_refused_however_it_is_valid() -> None:
    """H-9: nesting is looked at where anything is unknown."""
    deep = "[" * 70 + "]" * 70
    body = f'{{"destinations":[{{"number":"{NUMBER}"}}],"sms_content":{{"message":"x"}},"colour":{deep}}}'

    assert refused(RULES.judge(body.encode(), a_token())).violations[0].name == "too_deep"


def test_nobody_to_send_to_is_told_of_a_text_with_placeholders_too() -> None:
    """O-1, D-5: there is no value to be measured."""
    body = b'{"destinations":[],"sms_content":{"message":"{#NAME}"}}'

    assert [each.name for each in refused(RULES.judge(body, a_token())).violations] == ["minItems"]

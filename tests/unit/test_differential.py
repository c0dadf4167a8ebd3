"""Two validators that share no line judge the same made-up documents; where they differ, one of them is wrong (D4)."""

import json
from collections.abc import Mapping
from typing import Any, Final

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_amp.adapters.files import read_schema
from mock_amp.core.documents import Shape, Warnings, decode
from mock_amp.core.refusals import CATALOGUE, Refused
from mock_amp.core.schemas import CompiledSchema
from mock_amp.core.validation import RequestRules
from tests.unit.builders import NUMBER, a_token
from tests.unit.documents import changed, good
from tests.unit.reference import faults

NAMES: Final = ("im-request", "sms-request")
SCHEMAS: Final = {name: read_schema(name) for name in NAMES}
COMPILED: Final = {name: CompiledSchema(schema) for name, schema in SCHEMAS.items()}
RULES: Final = {name: RequestRules(schema) for name, schema in SCHEMAS.items()}
GOOD: Final = {name: good(schema) for name, schema in SCHEMAS.items()}
CHANGED: Final = {name: changed(documents) for name, documents in GOOD.items()}
MANY: Final = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def seen(name: str, document: Mapping[str, Any]) -> set[tuple[str, str]]:
    """JSON Pointer and catalogue name of each fault that the compiled schema sees."""
    return {(each.pointer, each.name) for each in COMPILED[name].violations(document)}


def tidied(name: str, document: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """A document as a body, and what is left of it to be judged once it is put right (H-12 to H-16)."""
    body = json.dumps(document).encode()
    read = decode(body)
    assert isinstance(read, dict)
    return body, Shape(SCHEMAS[name], SCHEMAS[name]).tidy(read, Warnings())


@pytest.mark.parametrize("name", NAMES)
@MANY
@given(data=st.data())
def test_a_document_that_follows_the_schema_has_no_fault(name: str, data: st.DataObject) -> None:
    """H-10: both validators say so, and the rules across fields alone may still refuse it: 403, never 400."""
    document = data.draw(GOOD[name])

    assert seen(name, document) == faults(SCHEMAS[name], document) == set()
    body, left = tidied(name, document)
    judged = RULES[name].judge(body, a_token())
    if isinstance(judged, Refused) and not faults(SCHEMAS[name], left):
        assert judged.status == 403


@pytest.mark.parametrize("name", NAMES)
@MANY
@given(data=st.data())
def test_both_validators_find_the_same_faults_in_the_same_places(name: str, data: st.DataObject) -> None:
    """H-9, H-10: not only whether a document is right, but where it is wrong and by which keyword."""
    document = data.draw(CHANGED[name])

    assert seen(name, document) == faults(SCHEMAS[name], document)


@pytest.mark.parametrize("field", ["pid", "ttl", "encoding", "sender_id", "route", "udh", "message"])
@pytest.mark.parametrize(
    "value", [-1, 255, 256, 172_800, 172_801, 4.0, 4.5, True, None, "", "x" * 12, "1" * 16, [], {}]
)
def test_both_validators_agree_at_every_edge_of_an_sms(field: str, value: Any) -> None:
    """M-1 to M-12: the edges that chance seldom meets."""
    sms = {"message": "Your table is ready.", field: value}
    document = {"destinations": [{"number": NUMBER}], "sms_content": sms}

    for name in NAMES:
        assert seen(name, document) == faults(SCHEMAS[name], document)


@pytest.mark.parametrize("name", NAMES)
@MANY
@given(data=st.data())
def test_a_refusal_is_400_when_a_fault_is_and_403_when_none_is(name: str, data: st.DataObject) -> None:
    """H-9, H-10: 400 wins over 403; a document without a fault of the schema is understood, so never 400."""
    body, left = tidied(name, data.draw(CHANGED[name]))
    expected = {CATALOGUE[fault].status for _, fault in faults(SCHEMAS[name], left)}

    judged = RULES[name].judge(body, a_token())

    if isinstance(judged, Refused):
        assert judged.status == min(expected, default=403)
        assert judged.reason
        assert orjson.dumps(judged.reason)
    else:
        assert expected == set()


@pytest.mark.parametrize("ending", ["\n", "\r", "\x1c", "\x85", "\u2028", "\ufeff", " "])
@pytest.mark.parametrize("field", ["number", "callback_url"])
def test_both_read_the_patterns_alike(field: str, ending: str) -> None:
    """H-10: engines differ in `$` and in what is a space; the schema says it in a way in which they do not."""
    number = NUMBER + ending if field == "number" else NUMBER
    url = "http://a.example/x" + ending if field == "callback_url" else "http://a.example/x"
    document = {"destinations": [{"number": number}], "sms_content": {"message": "x"}, "callback_url": url}

    found = {(each.pointer, each.name) for each in COMPILED["im-request"].violations(document)}

    assert found == faults(SCHEMAS["im-request"], document)
    assert len(found) == 1

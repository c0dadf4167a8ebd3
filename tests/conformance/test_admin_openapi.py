"""The control plane in the OpenAPI document: made from its table, valid, and kept to by a real server."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mock_amp.adapters.files import schema_files
from mock_amp.web.admin import ROUTES
from mock_amp.web.api import endpoints
from mock_amp.web.calls import Answer, Call, Route
from mock_amp.web.openapi import openapi
from tests.acceptance.processes import Served, serving
from tests.harness import NUMBER, Amp, Receiver, running

SCHEMAS: Final = {name: orjson.loads(text) for name, text in schema_files().items()}
WHOLE: Final[dict[str, Any]] = openapi(endpoints(()), SCHEMAS, ROUTES)
ANSWERS: Final = SCHEMAS["control-plane-answers"]["$defs"]
FUZZED: Final = [each for each in ROUTES if not each.streams]
"""A stream does not end; it has tests of its own."""
CONFIG: Final = SchemathesisConfig.from_dict(
    {"generation": {"deterministic": True, "database": "none"}, "phases": {"coverage": {"enabled": False}}}
)
CONTROL_PLANE: Final = schemathesis.openapi.from_dict(openapi((), SCHEMAS, FUZZED), config=CONFIG)
CHECKS: Final = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
NOWHERE: Final = "http://127.0.0.1:9/nobody"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving("--port", "0", "--clock", "frozen", "--random-seed", "42") as it:
        yield it


def test_the_whole_document_is_valid() -> None:
    validate(WHOLE)


def test_the_document_has_every_call_of_the_table_by_both_of_its_paths() -> None:
    """D14: and the service beside it."""
    table = {(each.method, path) for each in ROUTES for path in each.paths}
    service = {(method, each.path) for each in endpoints(()) for method in each.methods}
    said = {(method.upper(), path) for path, methods in WHOLE["paths"].items() for method in methods}

    assert said == table | service


def test_every_operation_has_an_id_of_its_own_a_summary_and_a_tag() -> None:
    said = [each for methods in WHOLE["paths"].values() for each in methods.values()]
    ids = [each["operationId"] for each in said]

    assert len(set(ids)) == len(ids)
    assert all(each["summary"] and each["tags"] for each in said)


def test_the_document_refers_to_nothing_that_it_does_not_have() -> None:
    components = {f"#/components/schemas/{name}" for name in WHOLE["components"]["schemas"]}

    assert set(_references(WHOLE)) <= components


def test_every_answer_that_a_row_names_is_published() -> None:
    assert {each.gives for each in ROUTES if each.gives} <= {*ANSWERS, *SCHEMAS}


def test_every_query_parameter_path_parameter_and_body_of_a_row_is_told() -> None:
    for route in ROUTES:
        for path in route.paths:
            said = WHOLE["paths"][path][route.method.lower()]
            parameters = {(each["in"], each["name"]) for each in said.get("parameters", ())}
            wanted = {("query", name) for name in route.filters}
            wanted |= {("path", part[1:-1]) for part in path.split("/") if part.startswith("{")}

            assert parameters == wanted
            assert ("requestBody" in said) == bool(route.takes or route.takes_text)
            assert {"400", "401", "403", "500", str(route.status)} <= set(said["responses"])


async def _nothing(_call: Call) -> Answer:
    return None


def test_a_new_row_is_in_the_document_without_more() -> None:
    """DESIGN: a route is a row; one that says nothing of its answer answers some object."""
    row = Route("POST", "/new/{id}", _nothing, "Something new", takes="ClickWish", filters=("what",), refuses=(408,))
    further = replace(row, method="GET", path="/new", takes=None, status=204, refuses=(), of_account=False, filters=())
    paths = openapi((), SCHEMAS, (row, replace(further, handler=_other)))["paths"]

    said = paths["/__admin/accounts/{account}/new/{id}"]["post"]
    assert said["responses"]["200"]["content"] == {"application/json": {"schema": {"type": "object"}}}
    assert "408" in said["responses"]
    assert paths["/__admin/new"]["get"]["responses"]["204"] == {"description": "Done."}


async def _other(_call: Call) -> Answer:
    return None


async def test_the_document_is_served_with_both_halves() -> None:
    async with running() as amp:
        answer = await amp.call("GET", "/__admin/openapi.json")

    assert (answer.status, answer.body) == (200, WHOLE)


@CONTROL_PLANE.parametrize()
@settings(
    max_examples=4,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_no_call_is_answered_otherwise_than_documented(case: schemathesis.Case[Any], served: Served) -> None:
    """No 500, no status that is not documented, no answer of another shape."""
    _bound(case)
    case.call_and_validate(base_url=served.url, checks=CHECKS)


def _bound(case: schemathesis.Case[Any]) -> None:
    """Half of the calls are about an account that is there; nobody waits, and nobody is called."""
    given = case.path_parameters or {}
    if "account" in given and len(str(given["account"])) % 2:
        given["account"] = "default"
    if not isinstance(case.body, dict):
        return
    if "timeout_ms" in case.body or case.path.endswith("/wait"):
        case.body["timeout_ms"] = 5
    for key in [key for key in case.body if key.endswith("_url")]:
        case.body[key] = NOWHERE
    if case.path.endswith("/certify"):
        case.body["only"] = ["single"]


@pytest.mark.usefixtures("server")
async def test_the_main_calls_answer_as_the_published_schemas_say(amp: Amp, receiver: Receiver) -> None:
    """DESIGN, shapes: each answer of a whole life, held against the schema that its row names."""
    watched = Watched(amp.url, amp.session, amp.token, amp.account)
    await live(watched, receiver)

    named = {each.gives for each in ROUTES if each.gives}
    assert watched.faults == []
    assert named <= watched.seen | UNTRIED


UNTRIED: Final[frozenset[str]] = frozenset()
"""Answers that the life below does not bring about."""


class Watched(Amp):
    """A client that holds every answer of the control plane against its schema."""

    faults: list[str]
    seen: set[str | None]

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self.faults, self.seen = [], set()

    async def call(self, method: str, path: str, **more: Any) -> Any:
        answer = await super().call(method, path, **more)
        route = _route_of(method, path.partition("?")[0])
        if route is not None and answer.status != 204:
            gives = route.gives if answer.status == route.status else "Problem"
            self.seen.add(gives)
            self.faults += [f"{method} {path}: {each}" for each in faults(gives, answer.body)]
        return answer


async def live(amp: Amp, receiver: Receiver) -> None:
    """Calls whatever there is to call."""
    action = {"title": "Book", "target_url": "https://harbour.example"}
    viber = {"channel": "VIBER", "content": "Hello", "actions": [action], "track_clicks": True}
    urls = {"callback_url": receiver.url, "reply_url": receiver.url}
    for path in ("", "/schemas", "/accounts", "/scenarios", "/rules", "/rules/D-1"):
        await amp.call("GET", f"/__admin{path}")
    await amp.call("POST", "/__admin/accounts", json={"clock": "frozen"})
    rated = (await amp.admin("POST", "/tokens", {"name": "mine", "rate": {"requests": 5}})).body["token"]
    await amp.admin("PATCH", f"/tokens/{rated}", {"two_way_senders": ["Harbour"]})
    await amp.send(im_content=[viber], **urls)
    await amp.send(sms_content={"message": "Hello"}, destinations=[{"number": NUMBER}, {"number": "99900000006"}])
    await amp.send(sms_content={"message": "Hello"}, job_id=1, destinations=[{"number": "avc"}])
    await amp.send(sms_content={"message": "Hello"}, nonsense=1)
    await amp.admin("POST", "/requests", {"body": {"sms_content": {"message": "Hello"}}})
    await amp.admin("POST", "/requests/2/resend", {})
    await amp.admin("GET", "/agenda")
    await amp.advance(until="idle")
    (first, *_) = await amp.messages()
    await amp.admin("POST", f"/messages/{first['id']}/reply", {"text": "Yes"})
    await amp.admin("POST", f"/messages/{first['id']}/click")
    await amp.advance(by="1h")
    for path in ("", "/tokens", "/clock", "/scenario", "/messages?limit=1", f"/messages/{first['id']}", "/callbacks"):
        await amp.admin("GET", path)
    for path in ("/callbacks/1", "/requests", "/requests/3", "/requests/999", "/messages?limit=0", "/agenda"):
        await amp.admin("GET", path)
    for path in ("/reports", "/replies", f"/codes?to={NUMBER}", "/snapshot", "/jobs", f"/jobs/{first['api_job_id']}"):
        await amp.admin("GET", path)
    await amp.admin("POST", "/wait", {"what": "messages", "count": 2})
    await amp.admin("POST", "/wait", {"what": "messages", "count": 200, "timeout_ms": 1})
    await amp.admin("POST", "/wait", {"what": "messages", "count": 1, "timeout_ms": 1, "absent": True})
    await amp.admin("POST", "/certify", {"callback_url": receiver.url, "only": ["single"]})
    await amp.admin("PUT", "/clock", {"mode": "scaled", "rate": 2})
    await amp.play("name: [")
    await amp.admin("POST", "/scenario/check", "outage")
    await amp.admin("PUT", "/scenario/faults", {"on": False})
    await amp.play('{"name": "mine", "rules": [{"name": "all", "outcome": "rejected"}]}')
    await amp.admin("POST", "/reset")
    await amp.admin("DELETE", f"/tokens/{rated}")


def faults(name: str | None, document: Any) -> list[str]:
    """What a published schema has against an answer."""
    if name is None:
        return []
    schema = SCHEMAS.get(name) or {"$ref": f"#/$defs/{name}", "$defs": ANSWERS}
    return [f"{each.json_path}: {each.message}" for each in Draft202012Validator(schema).iter_errors(document)]


def test_the_published_schemas_of_answers_do_refuse() -> None:
    """Or the test above would hold nothing."""
    good = ANSWERS["Clock"]["examples"][0]

    assert faults("Clock", good) == []
    assert faults("Clock", good | {"now": "2026-01-01"}) != []
    assert faults("MessageDetail", {}) != []
    assert faults("AccountPage", {"items": [{}], "next": None, "evicted": 0}) != []


def _route_of(method: str, path: str) -> Route | None:
    found = [each for each in ROUTES if each.method == method and any(_fits(pattern, path) for pattern in each.paths)]
    return found[0] if found else None


def _fits(pattern: str, path: str) -> bool:
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(a == b or a.startswith("{") for a, b in zip(wanted, given, strict=True))


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)

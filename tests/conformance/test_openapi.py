"""The OpenAPI document: valid, made from the table of endpoints, and kept to by a real server."""

from collections.abc import Iterator
from typing import Any, Final

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from openapi_spec_validator import validate
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mock_amp.adapters.files import schema_files
from mock_amp.web.admin import ROUTES
from mock_amp.web.api import endpoints
from mock_amp.web.openapi import DESCRIBED, openapi
from tests.acceptance.processes import TOKEN, Served, serving
from tests.harness import running

SCHEMAS: Final = {name: orjson.loads(text) for name, text in schema_files().items()}
DOCUMENT: Final[dict[str, Any]] = openapi(endpoints(()), SCHEMAS)
CONFIG: Final = SchemathesisConfig.from_dict(
    {"generation": {"deterministic": True, "database": "none"}, "phases": {"coverage": {"enabled": False}}}
)
SERVICE: Final = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)
CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""Not whether wrong requests are refused: much that a schema forbids is accepted and warned of (H-12 to H-16)."""


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving("--port", "0", "--clock", "frozen", "--random-seed", "42") as it:
        yield it


def test_the_document_is_valid() -> None:
    validate(openapi(endpoints(("/1/acme",)), SCHEMAS))


def test_the_document_has_every_call_of_the_table_and_no_other() -> None:
    """H-1: each is described; a path that is not is one that takes sends."""
    table = {(method, each.path) for each in endpoints(()) for method in each.methods}
    said = {(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods}

    assert said == table == set(DESCRIBED)


def test_a_further_send_path_is_described_like_the_first() -> None:
    paths = openapi(endpoints(("/1/acme",)), SCHEMAS)["paths"]
    first, further = paths["/1/im"]["post"], paths["/1/acme"]["post"]

    assert (further["requestBody"], further["responses"]) == (first["requestBody"], first["responses"])
    assert further["operationId"] != first["operationId"]


@pytest.mark.parametrize(("method", "path"), sorted(DESCRIBED))
def test_a_call_tells_the_refusals_that_it_can_give(method: str, path: str) -> None:
    """H-1: 404 where something is looked up, 415 where a body is read, the others everywhere."""
    said = DOCUMENT["paths"][path][method.lower()]
    (endpoint,) = [each for each in endpoints(()) if each.path == path]
    expected = {200, 401, 405, 429, 500, 502, 503, 504}
    expected |= {404} if method == "GET" else {400, 413}
    expected |= {403, 415} if method == "POST" and endpoint.takes_body else set()

    assert {int(code) for code in said["responses"]} == expected
    assert ("requestBody" in said) == (415 in expected)


async def test_the_server_serves_the_document() -> None:
    async with running(send_path=["/1/acme"]) as amp:
        answer = await amp.call("GET", "/__admin/openapi.json")

    assert (answer.status, answer.body) == (200, openapi(endpoints(("/1/acme",)), SCHEMAS, ROUTES))


@SERVICE.parametrize()
@settings(
    max_examples=60,
    derandomize=True,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
def test_no_request_is_answered_otherwise_than_documented(case: schemathesis.Case[Any], served: Served) -> None:
    """H-3, H-8, R-1, R-6: no 500, no status that is not documented, no answer of another shape."""
    case.call_and_validate(base_url=served.url, headers={"Authorization": f"Token {TOKEN}"}, checks=CHECKS)


@pytest.mark.parametrize(("method", "path"), sorted(DESCRIBED))
def test_a_call_without_a_token_is_answered_as_documented(method: str, path: str, served: Served) -> None:
    """A-2: 401, in the documented form."""
    case = SERVICE[path][method].Case(path_parameters={"message_id": "1", "client_ref": "login", "code": "123456"})
    response = case.call(base_url=served.url)
    case.validate_response(response, checks=CHECKS)

    assert response.status_code == 401

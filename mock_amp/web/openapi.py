"""The OpenAPI 3.1 document: the service by its endpoints, the control plane by its rows, and the published schemas.

A path that is not described here is a further send path, as account managers hand out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from mock_amp.web.asked import Endpoint
from mock_amp.web.calls import Route
from mock_amp.web.openapi_admin import SECURITY, paths_of, schemas_of
from mock_amp.web.openapi_parts import components, json_of, path_parameter

_REFUSED: Final = "send-answer.Refused"
_REFUSALS: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "The document is not understood.",
        401: "The token is missing, malformed, unknown or used from elsewhere.",
        403: "The document is understood, but a value is illegal.",
        404: "There is nothing here.",
        405: "Another method is allowed here.",
        413: "The body is too large.",
        415: "The body is not JSON in UTF-8.",
        429: "The token's rate is used up.",
        500: "The emulator failed.",
        502: "The scenario says so.",
        503: "The scenario says so.",
        504: "The scenario says so.",
    }
)
_HEADERS: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {405: ("Allow", "The methods that are."), 429: ("Retry-After", "Seconds to wait.")}
)
_ALWAYS: Final = (401, 405, 429, 500, 502, 503, 504)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What is said of one call. `takes` and `gives` name schemas; `refusals` are those beside the usual ones."""

    id: str
    summary: str
    gives: str
    takes: str | None = None
    refusals: tuple[int, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


_SEND: Final = Operation(
    id="send",
    summary="Send by instant messengers, by SMS, or by whatever is cheapest",
    takes="im-request",
    gives="send-answer.Accepted",
    refusals=(400, 403, 413, 415),
)
DESCRIBED: Final[Mapping[tuple[str, str], Operation]] = MappingProxyType(
    {
        ("POST", "/1/im"): _SEND,
        ("GET", "/1/im/status/{message_id}"): Operation(
            id="status",
            summary="The latest status of a message",
            gives="status-answer",
            refusals=(404,),
            parameters=(("message_id", "What the answer to the send said."),),
        ),
        ("POST", "/1/sms"): Operation(
            id="sendSms",
            summary="Send by SMS",
            takes="sms-request",
            gives="send-answer.Accepted",
            refusals=(400, 403, 413, 415),
        ),
        ("POST", "/1/2fa"): Operation(
            id="requestCode",
            summary="Make a code and send it by SMS",
            takes="2fa-request",
            gives="2fa-answer",
            refusals=(400, 403, 413, 415),
        ),
        ("POST", "/1/2fa/{client_ref}/{code}"): Operation(
            id="validateCode",
            summary="Check a code",
            gives="2fa-validation-answer",
            refusals=(400, 413),
            parameters=(("client_ref", "What the request for the code said."), ("code", "What the person typed.")),
        ),
    }
)
"""Method and path of each call of the service -> what is said of it."""


def openapi(
    endpoints: Sequence[Endpoint], schemas: Mapping[str, Mapping[str, Any]], routes: Sequence[Route] = ()
) -> dict[str, Any]:
    """The document of these endpoints and calls; `schemas` are the published ones by name."""
    paths = {
        each.path: {method.lower(): _operation(method, each.path) for method in each.methods} for each in endpoints
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mock-amp",
            "version": "1",
            "description": "An emulator of a messaging service. About keys that begin with x-, see im-request.json.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/", "description": "This server."}],
        "security": [{"token": []}],
        "paths": paths | paths_of(routes, schemas),
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "The word Token, a space, and the token.",
                },
                **({name: dict(each) for name, each in SECURITY.items()} if routes else {}),
            },
            "schemas": components(schemas, _named(endpoints) | schemas_of(routes)),
        },
    }


def _described(method: str, path: str) -> Operation:
    return DESCRIBED.get((method, path), _SEND)


def _named(endpoints: Sequence[Endpoint]) -> set[str]:
    used = [_described(method, each.path) for each in endpoints for method in each.methods]
    return {name.partition(".")[0] for each in used for name in (each.gives, each.takes, _REFUSED) if name}


def _operation(method: str, path: str) -> dict[str, Any]:
    it = _described(method, path)
    known = (method, path) in DESCRIBED
    operation: dict[str, Any] = {
        "operationId": it.id if known else it.id + path.title().replace("/", ""),
        "tags": ["service"],
        "summary": it.summary if known else f"{it.summary}, as POST /1/im",
    }
    if it.parameters:
        operation["parameters"] = [path_parameter(name, text) for name, text in it.parameters]
    if it.takes:
        operation["requestBody"] = {"required": True, "content": json_of(it.takes)}
    good = {"200": {"description": "Done.", "content": json_of(it.gives)}}
    operation["responses"] = good | {str(code): _refusal(code) for code in sorted({*_ALWAYS, *it.refusals})}
    return operation


def _refusal(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {"description": _REFUSALS[status], "content": json_of(_REFUSED)}
    if status in _HEADERS:
        name, text = _HEADERS[status]
        found["headers"] = {name: {"description": text, "required": True, "schema": {"type": "string"}}}
    return found

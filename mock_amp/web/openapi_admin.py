"""The paths of the control plane in the OpenAPI document, made from the rows of its table and nothing else."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from mock_amp.core.model import Channel
from mock_amp.core.schemas import CompiledSchema
from mock_amp.web.calls import MOST, ORDERS, USUAL, Route
from mock_amp.web.media import YAML
from mock_amp.web.openapi_parts import json_of, path_parameter, reference

BODIES: Final = "control-plane"
ANSWERS: Final = "control-plane-answers"

SECURITY: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "adminBearer": {"type": "http", "scheme": "bearer", "description": "The key of --admin-key, if there is one."},
        "adminKey": {"type": "apiKey", "in": "header", "name": "X-Admin-Key", "description": "The same."},
    }
)

_PROBLEMS: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "The request makes no sense.",
        401: "The key of the control plane is missing or wrong.",
        403: "The host name or the site that the call comes from is not allowed.",
        404: "What was named does not exist.",
        408: "It did not come about in time.",
        409: "It is not possible now.",
        410: "What was named did exist, and was evicted.",
        413: "The body is too large.",
        415: "The body is of a type that is not taken.",
        422: "It cannot be done with this.",
        500: "The emulator failed.",
        503: "The emulator cannot do it now.",
    }
)
_ALWAYS: Final = (400, 401, 403, 500)
_OF_ACCOUNTS: Final = (404, 410)
_OF_CHANGES: Final = (404, 409, 413, 415)

_PARAMETERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account": "The id of an account.",
        "id": "The id of what is asked for.",
        "api_job_id": "The service's own id of a job.",
        "token": "The value of a token.",
        "name": "A name of the list, with or without its ending.",
    }
)
_FILTERS: Final[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
    {
        "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
        "cursor": {"type": "string", "pattern": "^[0-9]{1,18}$", "description": "`next` of the page before."},
        "order": {"type": "string", "enum": [*ORDERS], "default": ORDERS[0], "description": "asc: the oldest first."},
        "since": {"type": "string", "pattern": "^[0-9]{1,18}$", "description": "The id of a request."},
        "search": {"type": "string", "description": "Words that all have to be found, ignoring case."},
        "channel": {"type": "string", "enum": [*Channel]},
        "total": {"type": "boolean", "default": False},
        "bodies": {"type": "boolean", "default": True, "description": "false: each `body` is null."},
    }
)
_NAME: Final = re.compile(r"\{(\w+)\}")


def paths_of(routes: Sequence[Route], schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Each path with its operations; a row about an account is there with the account and without."""
    found: dict[str, Any] = {}
    for route in routes:
        for path in route.paths:
            found.setdefault(path, {})[route.method.lower()] = _operation(route, path, schemas)
    return found


def schemas_of(routes: Sequence[Route]) -> set[str]:
    """The published schemas that the paths refer to."""
    whole = {each.gives for each in routes if each.gives and _is_file(each.gives)}
    return {BODIES, ANSWERS, *whole, *(_text_of(each) for each in routes if each.takes_text)} if routes else set()


def _operation(route: Route, path: str, schemas: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _id_of(route, path),
        "summary": route.summary,
        "tags": [route.path.strip("/").split("/")[0].partition(".")[0] or "calls"],
        "security": [{}, *({name: []} for name in SECURITY)],
        "responses": {str(route.status): _answer(route)} | {str(each): _problem(each) for each in _refusals(route)},
    }
    parameters = [path_parameter(name, _PARAMETERS.get(name, name)) for name in _NAME.findall(path)]
    parameters += [
        {"name": name, "in": "query", "schema": _FILTERS.get(name, {"type": "string"})} for name in route.filters
    ]
    if parameters:
        operation["parameters"] = parameters
    if body := _body(route, schemas[BODIES]):
        operation["requestBody"] = body
    return operation


def _id_of(route: Route, path: str) -> str:
    first, *rest = route.handler.__name__.split("_")
    of = "OfAccount" if route.of_account and path != route.paths[0] else ""
    return first + "".join(word.title() for word in rest) + of


def _refusals(route: Route) -> list[int]:
    named = route.of_account or _NAME.search(route.path) is not None
    found = {*_ALWAYS, *(_OF_ACCOUNTS if named else ()), *(() if route.method == "GET" else _OF_CHANGES)}
    return sorted({*found, *route.refuses})


def _problem(status: int) -> dict[str, Any]:
    text = _PROBLEMS.get(status, "It was not done.")
    return {"description": text, "content": json_of(f"{ANSWERS}.Problem", "application/problem+json")}


def _answer(route: Route) -> dict[str, Any]:
    if route.status == 204:
        return {"description": "Done."}
    if route.streams:
        stream = {"schema": {"type": "string"}}
        return {
            "description": "Server-sent events, for as long as somebody listens.",
            "content": {"text/event-stream": stream},
        }
    schema: dict[str, str] = {"type": "object" if "json" in route.media else "string"}
    if route.gives:
        schema = reference(route.gives if _is_file(route.gives) else f"{ANSWERS}.{route.gives}")
    as_text = {route.text: {"schema": {"type": "string"}}} if route.text else {}
    return {"description": "Done.", "content": {route.media: {"schema": schema}, **as_text}}


def _body(route: Route, bodies: Mapping[str, Any]) -> dict[str, Any] | None:
    if route.takes_text:
        if not route.yaml:
            return {"required": True, "content": json_of(_text_of(route))}
        of_json = {"schema": {"anyOf": [{"type": "string"}, reference(_text_of(route))]}}
        return {"required": True, "content": {"application/json": of_json, **{each: {"schema": {}} for each in YAML}}}
    if route.takes is None:
        return None
    check = CompiledSchema({**bodies, **bodies["$defs"][route.takes]})
    return {"required": any(check.violations({})), "content": json_of(f"{BODIES}.{route.takes}")}


def _text_of(route: Route) -> str:
    """The published schema of a body that the handler reads: it has the name of what the path is about."""
    return route.path.split("/")[1]


def _is_file(name: str) -> bool:
    """Whether an answer has a file of its own: these begin with a small letter."""
    return name[0].islower()

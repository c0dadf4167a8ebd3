"""The control plane: one row a call, ten lines a handler, problems in the form of RFC 9457."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

import orjson
from aiohttp import web

from mock_amp.core.shapes import Shape
from mock_amp.engine.errors import NoSuch
from mock_amp.web import (
    admin_accounts,
    admin_certify,
    admin_certs,
    admin_events,
    admin_force,
    admin_jobs,
    admin_lists,
    admin_play,
    admin_records,
    admin_rules,
    admin_scenarios,
    admin_wait,
)
from mock_amp.web.api import endpoints
from mock_amp.web.calls import Answer, Call, Route
from mock_amp.web.openapi import openapi


async def list_calls(call: Call) -> Answer:
    """`streams` says whether the answer goes on for as long as the client listens."""
    return {
        "service_port": call.services.service.port,
        "items": [
            {"method": each.method, "paths": each.paths, "what": each.summary, "streams": each.streams}
            for each in ROUTES
        ],
    }


async def list_schemas(call: Call) -> Answer:
    return {"items": list(call.services.schemas)}


async def get_schema(call: Call) -> Answer:
    """The file as it is; its name with or without the ending."""
    schemas, name = call.services.schemas, call.path["name"].removesuffix(".json")
    if name not in schemas:
        near = get_close_matches(name, schemas, n=1)
        hint = f"did you mean {near[0]}?" if near else f"they are {', '.join(schemas)}"
        raise NoSuch(f"there is no schema {name}; {hint}")
    return web.Response(body=schemas[name], content_type="application/schema+json")


async def get_openapi(call: Call) -> Answer:
    return api_document(call.services.schemas, call.services.send_paths)


def api_document(schemas: Mapping[str, bytes], send_paths: Sequence[str], *, control_plane: bool = True) -> Shape:
    """The OpenAPI document, from the schemas as they are published; the emulated service alone if that is wanted."""
    read = {name: orjson.loads(text) for name, text in schemas.items()}
    return openapi(endpoints(send_paths), read, ROUTES if control_plane else ())


ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "", list_calls, "The calls of the control plane", of_account=False, gives="Calls"),
    Route("GET", "/schemas", list_schemas, "The names of the JSON Schemas", of_account=False, gives="Names"),
    Route("GET", "/schemas/{name}", get_schema, "One JSON Schema", of_account=False, media="application/schema+json"),
    Route("GET", "/openapi.json", get_openapi, "Service and control plane as an OpenAPI document", of_account=False),
    *admin_accounts.ROUTES,
    *admin_scenarios.ROUTES,
    *admin_lists.ROUTES,
    *admin_records.ROUTES,
    *admin_play.ROUTES,
    *admin_rules.ROUTES,
    *admin_jobs.ROUTES,
    *admin_wait.ROUTES,
    *admin_force.ROUTES,
    *admin_certify.ROUTES,
    *admin_certs.ROUTES,
    *admin_events.ROUTES,
)

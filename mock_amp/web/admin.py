"""The control plane: one row a call, ten lines a handler, problems in the form of RFC 9457."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

import orjson
from aiohttp import web

from mock_amp.core import shapes
from mock_amp.core.account import DEFAULT_ACCOUNT
from mock_amp.core.clock import ClockChange, ClockMode
from mock_amp.core.instants import LAST_START, Instant, format_instant, parse_duration, parse_instant
from mock_amp.core.model import Channel, Status
from mock_amp.core.records import MessageFilter, Page
from mock_amp.core.shapes import Shape
from mock_amp.engine.errors import Illegal, NoSuch
from mock_amp.engine.steering import Wish
from mock_amp.engine.timeline import By, Target, To, UntilIdle, UntilNext
from mock_amp.web.api import endpoints
from mock_amp.web.openapi import openapi
from mock_amp.web.services import Services

_MOST: Final = 10_000
_USUAL: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of the control plane, its body already checked."""

    services: Services
    account: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    text: bytes = b""
    """The body as it came, where it is no JSON object."""


Answer = Shape | web.Response | None


@dataclass(frozen=True, slots=True)
class Route:
    """`takes` names the body's schema in `control-plane.json`; a path of an account exists for the default one too."""

    method: str
    path: str
    handler: Callable[[Call], Awaitable[Answer]]
    summary: str
    takes: str | None = None
    takes_text: bool = False
    status: int = 200
    of_account: bool = True
    filters: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        full = f"/__admin/accounts/{{account}}{self.path}"
        return (f"/__admin{self.path}", full) if self.of_account else (f"/__admin{self.path}",)


async def list_calls(_call: Call) -> Answer:
    return {"items": [{"method": each.method, "paths": each.paths, "what": each.summary} for each in ROUTES]}


async def list_accounts(call: Call) -> Answer:
    return call.services.steering.accounts()


async def create_account(call: Call) -> Answer:
    clock = call.body.get("clock", {})
    wished: Mapping[str, Any] = {"mode": clock} if isinstance(clock, str) else clock
    return await call.services.steering.create(
        Wish(
            mode=ClockMode(wished.get("mode", ClockMode.REAL)),
            rate=float(wished["rate"]) if "rate" in wished else None,
            now=_instant(wished["now"], "/clock/now") if "now" in wished else None,
            seed=int(call.body["seed"]) if "seed" in call.body else None,
            reject_first_promotional=call.body.get("reject_first_promotional", False),
            scenario=await _scenario(call) if "scenario" in call.body else None,
        )
    )


async def get_account(call: Call) -> Answer:
    return call.services.steering.account(call.account)


async def delete_account(call: Call) -> Answer:
    await call.services.steering.delete(call.account)
    return None


async def list_tokens(call: Call) -> Answer:
    return call.services.tokens.all(call.account)


async def create_token(call: Call) -> Answer:
    return await call.services.tokens.add(call.account, call.body)


async def delete_token(call: Call) -> Answer:
    await call.services.tokens.delete(call.account, call.path["token"])
    return None


async def change_token(call: Call) -> Answer:
    return await call.services.tokens.change(call.account, call.path["token"], call.body)


async def get_clock(call: Call) -> Answer:
    return call.services.steering.clock(call.account)


async def put_clock(call: Call) -> Answer:
    mode, now = call.body.get("mode"), call.body.get("now")
    change = ClockChange(mode=ClockMode(mode) if mode else None, rate=call.body.get("rate"))
    return await call.services.steering.set_clock(
        call.account, change, _instant(now, "/now") if now is not None else None
    )


async def advance(call: Call) -> Answer:
    done = await call.services.timeline.advance(call.account, _target(call.body), call.body.get("limit", _MOST))
    return shapes.advance(done.start, done.end, done.happenings, done.total)


async def agenda(call: Call) -> Answer:
    return call.services.reading.agenda(call.account, _page(call))


async def list_messages(call: Call) -> Answer:
    wanted = {key: call.query[key] for key in call.query if key in _MESSAGE_FILTERS}
    for key, known in (("status", Status), ("channel", Channel)):
        if wanted.get(key, next(iter(known))) not in list(known):
            raise Illegal(f"{key} is {wanted[key]!r}", f"?{key}", f"one of {', '.join(known)}")
    return call.services.reading.messages(call.account, MessageFilter(**wanted), _page(call))


async def get_message(call: Call) -> Answer:
    return call.services.reading.message(call.account, call.path["id"])


async def reply(call: Call) -> Answer:
    return await call.services.acting.reply(call.account, call.path["id"], call.body.get("text"), _channel(call))


async def click(call: Call) -> Answer:
    return await call.services.acting.click(call.account, call.path["id"], _channel(call))


async def list_callbacks(call: Call) -> Answer:
    return call.services.reading.callbacks(call.account, _page(call))


async def get_callback(call: Call) -> Answer:
    return call.services.reading.callback(call.account, _number(call.path["id"]))


async def list_requests(call: Call) -> Answer:
    return call.services.reading.requests(call.account, _page(call))


async def get_request(call: Call) -> Answer:
    return call.services.reading.request(call.account, _number(call.path["id"]))


async def get_scenario(call: Call) -> Answer:
    return call.services.steering.scenario(call.account)


async def put_scenario(call: Call) -> Answer:
    document = await call.services.steering.read_scenario(call.text, "the body")
    return await call.services.steering.set_scenario(call.account, document)


async def list_scenarios(call: Call) -> Answer:
    return call.services.steering.scenarios()


async def reset(call: Call) -> Answer:
    return await call.services.steering.reset(call.account)


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
    schemas = {name: orjson.loads(text) for name, text in call.services.schemas.items()}
    return openapi(endpoints(call.services.send_paths), schemas)


_MESSAGE_FILTERS: Final = ("to", "status", "channel", "job_id")
_PAGED: Final = ("limit", "cursor")

ROUTES: Final[tuple[Route, ...]] = (
    Route("GET", "", list_calls, "The calls of the control plane", of_account=False),
    Route("GET", "/schemas", list_schemas, "The names of the JSON Schemas", of_account=False),
    Route("GET", "/schemas/{name}", get_schema, "One JSON Schema", of_account=False),
    Route("GET", "/openapi.json", get_openapi, "The service as an OpenAPI document", of_account=False),
    Route("GET", "/accounts", list_accounts, "All accounts", of_account=False),
    Route("POST", "/accounts", create_account, "Open an account", takes="AccountWish", status=201, of_account=False),
    Route("GET", "/accounts/{account}", get_account, "One account", of_account=False),
    Route("DELETE", "/accounts/{account}", delete_account, "Forget an account", status=204, of_account=False),
    Route("GET", "/tokens", list_tokens, "The account's tokens"),
    Route("POST", "/tokens", create_token, "A further token", takes="TokenWish", status=201),
    Route("PATCH", "/tokens/{token}", change_token, "Change what a token may do", takes="TokenChange"),
    Route("DELETE", "/tokens/{token}", delete_token, "End a token for ever", status=204),
    Route("GET", "/clock", get_clock, "What the clock shows and how it runs"),
    Route("PUT", "/clock", put_clock, "Change how the clock runs", takes="ClockWish"),
    Route("POST", "/clock/advance", advance, "Move the clock, living through all on the way", takes="Advance"),
    Route("GET", "/agenda", agenda, "What will happen, and when", filters=("limit",)),
    Route("GET", "/messages", list_messages, "Messages, oldest first", filters=(*_MESSAGE_FILTERS, *_PAGED)),
    Route("GET", "/messages/{id}", get_message, "One message with its timeline and callbacks"),
    Route("POST", "/messages/{id}/reply", reply, "Reply from the handset", takes="ReplyWish", status=201),
    Route("POST", "/messages/{id}/click", click, "Click the action on the handset", takes="ClickWish", status=201),
    Route("GET", "/callbacks", list_callbacks, "Callbacks with their attempts, oldest first", filters=_PAGED),
    Route("GET", "/callbacks/{id}", get_callback, "One callback with its attempts"),
    Route("GET", "/requests", list_requests, "All requests that came in, refused ones too", filters=_PAGED),
    Route("GET", "/requests/{id}", get_request, "One request"),
    Route("GET", "/scenario", get_scenario, "The scenario in force"),
    Route("PUT", "/scenario", put_scenario, "Put a scenario in force, by name or as YAML or JSON", takes_text=True),
    Route("GET", "/scenarios", list_scenarios, "The shipped scenarios", of_account=False),
    Route("POST", "/reset", reset, "Take the account back to how it was created"),
)


def account_of(match: Mapping[str, str]) -> str:
    """The account that a path names, or the default one."""
    return match.get("account", DEFAULT_ACCOUNT)


def _target(body: Mapping[str, Any]) -> Target:
    if "by" in body:
        try:
            return By(duration=parse_duration(body["by"]))
        except ValueError as error:
            raise Illegal(str(error), "/by") from None
    if "to" in body:
        return To(instant=_instant(body["to"], "/to"))
    return UntilIdle() if body["until"] == "idle" else UntilNext()


async def _scenario(call: Call) -> Mapping[str, Any]:
    return await call.services.steering.read_scenario(orjson.dumps(call.body["scenario"]), "scenario")


def _channel(call: Call) -> Channel | None:
    return Channel(call.body["channel"]) if "channel" in call.body else None


def _instant(value: str, pointer: str) -> Instant:
    try:
        instant = parse_instant(value)
    except ValueError as error:
        raise Illegal(str(error), pointer) from None
    if not 0 <= instant <= LAST_START:
        raise Illegal(f"{value} is out of range", pointer, f"an instant from 1970 to {format_instant(LAST_START)}")
    return instant


def _page(call: Call) -> Page:
    limit, cursor = _number(call.query.get("limit", str(_USUAL))), call.query.get("cursor")
    if limit is None or not 1 <= limit <= _MOST:
        raise Illegal(f"limit is {call.query['limit']!r}", "?limit", f"a whole number from 1 to {_MOST}")
    after = _number(cursor) if cursor is not None else None
    if cursor is not None and after is None:
        raise Illegal(f"cursor is {cursor!r}", "?cursor", "the next of the page before")
    return Page(after=after, limit=limit)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None

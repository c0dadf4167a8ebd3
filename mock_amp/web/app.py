"""The aiohttp application: the public endpoints, the control plane, health, and what every other path is answered."""

import functools
import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from difflib import get_close_matches
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Middleware

from mock_amp.core.documents import decode
from mock_amp.core.refusals import Refused
from mock_amp.core.schemas import CompiledSchema
from mock_amp.engine.errors import AccountGone, BadScript, Conflict, Evicted, Illegal, NoSuch, StoreFailed, out_of_order
from mock_amp.engine.metering import OK
from mock_amp.web.admin import ROUTES
from mock_amp.web.api import endpoints
from mock_amp.web.bodies import TooLarge, Unreadable, read_body, wait_with_continue
from mock_amp.web.calls import Call, Route, account_of
from mock_amp.web.express import EXPRESS, Express
from mock_amp.web.guard import Guard
from mock_amp.web.media import Unsupported, check_media
from mock_amp.web.metrics import Metrics
from mock_amp.web.pipeline import handler_of
from mock_amp.web.problems import answer_json, say_problem
from mock_amp.web.room import NoRoom
from mock_amp.web.services import SERVICES, Services
from mock_amp.web.ui import add_page, page_methods

log = logging.getLogger(__name__)

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PROBLEMS: Final[Mapping[type[Exception], tuple[int, str]]] = {
    Illegal: (400, "Bad request"),
    NoSuch: (404, "Not found"),
    Evicted: (410, "Gone"),
    Conflict: (409, "Conflict"),
}
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_UNKNOWN_PATH: Final = handler_of(None)


def build_app(services: Services, bodies: Mapping[str, Any], guard: Guard) -> web.Application:
    """The application with all on one port; `bodies` is the schema of the control plane's bodies."""
    app = _application(services, _UNKNOWN_PATH)
    _add_control_plane(app, bodies, guard)
    _add_service(app, services)
    return app


def build_service(services: Services) -> web.Application:
    """The emulated service alone; any other path is one that it does not have."""
    app = _application(services, _UNKNOWN_PATH)
    _add_service(app, services)
    return app


def build_control_plane(services: Services, bodies: Mapping[str, Any], guard: Guard) -> web.Application:
    """The control plane alone, for a port of its own."""
    unknown = _unkept(guard.before(_no_such_call))
    app = _application(services, unknown)
    _add_control_plane(app, bodies, guard)
    app.router.add_route("*", "/{tail:.*}", unknown, expect_handler=wait_with_continue)
    return app


def _application(services: Services, unknown: _Handler) -> web.Application:
    """With the state of health, which is on every port and open to all."""
    app = web.Application(client_max_size=services.body_limit, middlewares=[_no_answer_of_the_library(unknown)])
    app[SERVICES] = services
    app.router.add_get("/livez", _live)
    app.router.add_get("/readyz", _ready)
    return app


def _add_control_plane(app: web.Application, bodies: Mapping[str, Any], guard: Guard) -> None:
    """All that the guard stands before."""
    add_page(app.router, functools.partial(guard.before, wants_key=False))
    app.router.add_get("/metrics", _unkept(guard.before(Metrics().answer)))
    for route in ROUTES:
        check = CompiledSchema({**bodies, **bodies["$defs"][route.takes]}) if route.takes else None
        handler = _unkept(guard.before(_admin_handler(route, check)))
        for path in route.paths:
            app.router.add_route(route.method, path, handler, expect_handler=wait_with_continue)
    no_such = _unkept(guard.before(_no_such_call))
    app.router.add_route("*", "/__admin{tail:(/.*)?}", no_such, expect_handler=wait_with_continue)


def _add_service(app: web.Application, services: Services) -> None:
    known = endpoints(services.send_paths)
    app[EXPRESS] = Express(services, known)
    for endpoint in known:
        app.router.add_route("*", _pattern(endpoint.path), handler_of(endpoint), expect_handler=wait_with_continue)
    app.router.add_route("*", "/{tail:.*}", _UNKNOWN_PATH, expect_handler=wait_with_continue)


def _pattern(path: str) -> str:
    """A path as aiohttp is told it: a parameter may hold braces too, which it would not take by itself."""
    return _PARAMETER.sub(r"{\1:[^/]+}", path)


def _no_answer_of_the_library(unknown: _Handler) -> Middleware:
    """What no route takes, CONNECT say, is answered as an unknown path is (H-3)."""

    @web.middleware
    async def answer(request: web.Request, handler: _Handler) -> web.StreamResponse:
        unrouted = request.match_info.http_exception is not None
        return await (unknown if unrouted else handler)(request)

    return answer


def _unkept(handler: _Handler) -> _Handler:
    """The handler, whose answers no browser keeps: the next one may be another."""

    async def handle(request: web.Request) -> web.StreamResponse:
        answer = await handler(request)
        if not answer.prepared:
            answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    return handle


def _admin_handler(route: Route, check: CompiledSchema | None) -> _Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            await check_media(request, route)
            _check_query(request, route)
            call = Call(
                services=request.app[SERVICES],
                request=request,
                account=account_of(request.match_info),
                path=request.match_info,
                query=request.query,
                body=await _body(request, route, check) if check else {},
                text=await _text(request) if route.takes_text else b"",
            )
            with call.services.expiry.using(call.account):
                answer = await route.handler(call)
        except (Illegal, NoSuch, Conflict) as error:
            return _problem(error)
        except AccountGone:
            return _problem(Conflict("the account was reset or deleted meanwhile; try again"))
        except BadScript as error:
            faults = [each._asdict() for each in error.faults]
            return say_problem(400, "Bad scenario", str(error), {"faults": faults})
        except StoreFailed as error:
            return _no_store(error, request)
        except Unsupported as error:
            return say_problem(415, "Unsupported media type", str(error), {"expected": error.expected})
        except TooLarge:
            return say_problem(413, "Too large", f"the body is larger than {request.app[SERVICES].body_limit} bytes")
        except NoRoom as error:
            problem = say_problem(503, "Overloaded", f"{error}; the setting body-memory says how much there is")
            problem.headers["Retry-After"] = "1"
            return problem
        except Exception:
            log.exception("%s %s failed", request.method, request.raw_path)
            return say_problem(500, "Internal error", "mock-amp failed; its log says why")
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.Response(status=route.status) if answer is None else answer_json(answer, route.status)

    return handle


async def _body(request: web.Request, route: Route, check: CompiledSchema) -> dict[str, Any]:
    """The JSON object of a body; none at all is an empty one. Raises Illegal for the first fault."""
    raw = await _text(request)
    document = decode(raw, request.app[SERVICES].nesting_limit) if raw.strip() else {}
    if isinstance(document, Refused):
        raise Illegal(document.violations[0].reason, "", document.violations[0].expected)
    for fault in check.violations(document):
        raise Illegal(f"{route.takes}: {fault.reason}", fault.pointer, fault.expected)
    return document


async def _text(request: web.Request) -> bytes:
    """The body as it came. Raises Illegal, TooLarge and NoRoom."""
    try:
        services = request.app[SERVICES]
        return await read_body(request, services.body_limit, services.room)
    except Unreadable as error:
        raise Illegal(f"the body cannot be read: {error}") from error


def _check_query(request: web.Request, route: Route) -> None:
    for key in request.query:
        if key not in route.filters:
            near = get_close_matches(key, route.filters, n=1)
            known = f"one of {', '.join(route.filters)}" if route.filters else "no query at all"
            raise Illegal(f"unknown query parameter {key}", f"?{key}", f"{near[0]}?" if near else known)
        if key not in route.many and len(request.query.getall(key)) > 1:
            raise Illegal(f"{key} is named more than once", f"?{key}", "one value")


def _problem(error: Exception) -> web.Response:
    status, title = _PROBLEMS[type(error)]
    where = {"pointer": error.pointer, "expected": error.expected} if isinstance(error, Illegal) else {}
    more = error.more if isinstance(error, Conflict) else {key: value for key, value in where.items() if value}
    return say_problem(status, title, str(error), more)


def _no_store(error: StoreFailed, request: web.Request) -> web.Response:
    """Of its own trouble the store tells the log; what it does not take of us is a fault of ours."""
    if not out_of_order(error):
        log.error("%s %s failed", request.method, request.raw_path, exc_info=error)
        return say_problem(500, "Internal error", "mock-amp failed; its log says why")
    log.debug("%s %s: the store failed: %s", request.method, request.raw_path, error)
    return say_problem(503, "Store unavailable", f"{error}. What was asked was not done, or not to its end; try again")


async def _no_such_call(request: web.Request) -> web.Response:
    allowed = {each.method for each in ROUTES for path in each.paths if _fits(path, request.path)}
    allowed |= page_methods(request.path)
    if not allowed:
        return say_problem(404, "Not found", f"there is no call {request.path}; GET /__admin lists them")
    answer = say_problem(405, "Method not allowed", f"{request.method} is not allowed here")
    answer.headers["Allow"] = ", ".join(sorted(allowed))
    return answer


def _fits(pattern: str, path: str) -> bool:
    wanted, given = pattern.split("/"), path.split("/")
    return len(wanted) == len(given) and all(
        want == got or (want.startswith("{") and got) for want, got in zip(wanted, given, strict=True)
    )


async def _live(_request: web.Request) -> web.Response:
    """The process answers, and so does its event loop."""
    return answer_json({"status": "ok"})


async def _ready(request: web.Request) -> web.Response:
    """Ready to be of use: everything that this takes is in order, and the server is not about to go."""
    checks = request.app[SERVICES].health.checks()
    wrong = [f"{name}: {found}" for name, found in checks.items() if found != OK]
    if wrong:
        return say_problem(503, "Not ready", "; ".join(wrong), {"checks": checks})
    return answer_json({"status": OK, "checks": checks})

"""The emulated service at the rim: the stages in their order (H-1), and the one place that renders its answers (H-3).

The order is data. Each stage looks at one request and finds a refusal or nothing.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from email.message import Message as Header
from functools import lru_cache
from typing import Final

from aiohttp import web

from mock_amp.core.account import DEFAULT_ACCOUNT, Account
from mock_amp.core.auth import allows, token_of
from mock_amp.core.breaking import Struck
from mock_amp.core.model import Product, Token
from mock_amp.core.records import Arrival
from mock_amp.core.refusals import Refused, refuse
from mock_amp.engine.errors import StoreFailed
from mock_amp.engine.journal import Reply
from mock_amp.engine.metering import OTHER
from mock_amp.web.answers import break_answer
from mock_amp.web.bodies import TooLarge, Unreadable, is_empty, read_body
from mock_amp.web.services import SERVICES, Services
from mock_amp.web.texts import clean

log = logging.getLogger(__name__)

Handler = Callable[["Asked"], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One public path: what each of its methods does."""

    path: str
    methods: Mapping[str, Handler]
    takes_body: bool = True
    """Whether a body means anything here; one that does not is of any type."""

    @property
    def product(self) -> Product:
        return _PRODUCTS.get(self.path, Product.IM)


@dataclass(slots=True, kw_only=True)
class Asked:
    """One request on its way through the stages, which fill in what they learn."""

    request: web.Request
    services: Services
    endpoint: Endpoint | None
    account: str = DEFAULT_ACCOUNT
    """Whose journal the request goes to; a request that nobody owns goes to the default account's."""
    owner: Account | None = None
    token: Token | None = None
    struck: Struck | None = None
    body: bytes = b""
    presented: str | None = field(default=None)

    @property
    def arrival(self) -> Arrival:
        return Arrival(
            method=self.request.method,
            path=clean(self.request.raw_path),
            remote=self.request.remote or "",
            token=self.presented,
            body=self.body,
            injected=self.struck.injected if self.struck else None,
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of H-1. Without a check it happens inside the use case, and stands here for its place.

    The status of a fault is the scenario's choice; one stands here for all.
    """

    name: str
    status: int
    check: Callable[[Asked], Awaitable[Refused | None]] | None


async def check_path(asked: Asked) -> Refused | None:
    if asked.endpoint is None:
        known = "POST /1/im, GET /1/im/status/{message_id}, POST /1/sms, POST /1/2fa, POST /1/2fa/{client_ref}/{code}"
        return refuse("path_unknown", clean(asked.request.raw_path), endpoints=known)
    return None


async def check_method(asked: Asked) -> Refused | None:
    methods = asked.endpoint.methods if asked.endpoint else {}
    if asked.request.method in methods:
        return None
    allow = ", ".join(sorted(methods))
    return refuse("method", asked.request.method, allow=allow, allowed=allow)


async def check_token(asked: Asked) -> Refused | None:
    """A-1, A-2, A-3."""
    headers = set(asked.request.headers.getall("Authorization", ()))
    if not headers:
        return refuse("token_missing")
    value = asked.presented = token_of(clean(headers.pop())) if len(headers) == 1 else None
    if value is None:
        return refuse("token_malformed")
    found = asked.services.world.store.read(lambda books: books.accounts.of_token(value))
    if found is None:
        found = await asked.services.opening.open_for(value)
    if found is None:
        return refuse("token_unknown")
    account, token = found
    asked.services.expiry.take(account.id)
    asked.account, asked.owner, asked.token = account.id, account, token
    if not allows(token.networks, asked.request.remote):
        return refuse("address", asked.request.remote, networks=", ".join(token.networks))
    return None


async def check_fault(asked: Asked) -> Refused | None:
    """H-7, H-8: a fault with a status is answered here; what any other does to the answer comes last."""
    if asked.owner is None or asked.endpoint is None:
        return None
    request, product = asked.request, asked.endpoint.product
    facts = {"method": request.method, "path": clean(request.path), "product": product}
    asked.struck = await asked.services.faults.strike(asked.owner, facts)
    return asked.struck.refusal if asked.struck else None


async def check_rate(asked: Asked) -> Refused | None:
    """H-7; a token without a rate costs nothing here."""
    if asked.token is None or asked.token.rate is None:
        return None
    return await asked.services.tokens.spend(asked.token)


async def check_media_type(asked: Asked) -> Refused | None:
    """H-4; a request without a body has no media type to be wrong."""
    takes_body = asked.endpoint is None or asked.endpoint.takes_body
    if not takes_body or not asked.request.body_exists or asked.request.method == "GET":
        return None
    media_type = asked.request.headers.get("Content-Type")
    if (media_type is not None and _is_json(media_type)) or await is_empty(asked.request):
        return None
    return refuse("media_type", clean(media_type or ""))


async def check_size(asked: Asked) -> Refused | None:
    """H-6: by Content-Length before a byte is read, and while reading what has none or is compressed."""
    if asked.request.method == "GET":
        return None
    limit = asked.services.body_limit
    try:
        asked.body = await read_body(asked.request, limit)
    except TooLarge:
        return refuse("body_size", limit=limit)
    except Unreadable as error:
        return refuse("not_readable", problem=str(error))
    return None


STAGES: Final = (
    Stage("path", 404, check_path),
    Stage("method", 405, check_method),
    Stage("token", 401, check_token),
    Stage("fault", 503, check_fault),
    Stage("rate", 429, check_rate),
    Stage("media_type", 415, check_media_type),
    Stage("size", 413, check_size),
    Stage("understood", 400, None),
    Stage("values", 403, None),
)
"""H-1."""


def handler_of(endpoint: Endpoint | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of a public path, or of every path that is not one."""

    async def handle(request: web.Request) -> web.StreamResponse:
        asked = Asked(request=request, services=request.app[SERVICES], endpoint=endpoint)
        try:
            return await answer(asked)
        finally:
            if asked.owner:
                asked.services.expiry.leave(asked.account)

    async def answer(asked: Asked) -> web.StreamResponse:
        request = asked.request
        try:
            reply = await _answer(asked)
        except Exception:
            log.exception("%s %s failed", request.method, request.raw_path)
            reply = await _failed(asked)
        asked.services.meter.answered(endpoint.path if endpoint else OTHER, reply)
        response = render(reply)
        if "Expect" in request.headers and not request.content.at_eof():
            response.force_close()  # whether the body still comes is the client's choice, so nobody knows what follows
        if asked.struck:
            return await break_answer(request, response, reply.body, asked.struck, asked.services)
        return response

    return handle


async def _answer(asked: Asked) -> Reply:
    for stage in STAGES:
        refusal = await stage.check(asked) if stage.check else None
        if refusal:
            return await asked.services.journal.refuse(asked.arrival, asked.account, refusal)
    if asked.endpoint is None:
        raise LookupError("a request without an endpoint has passed the stages")
    return await asked.endpoint.methods[asked.request.method](asked)


async def _failed(asked: Asked) -> Reply:
    """H-8: the envelope, even when nothing can be written down any more."""
    refusal, journal = refuse("internal"), asked.services.journal
    try:
        return await journal.refuse(asked.arrival, asked.account, refusal)
    except StoreFailed:
        return journal.unwritten(refusal)


def render(reply: Reply) -> web.Response:
    """The answer as HTTP has it (H-3)."""
    headers = {"Content-Type": "application/json; charset=utf-8", "X-Mock-Amp-Request": str(reply.request)}
    if reply.rule:
        headers["X-Mock-Amp-Rule"] = reply.rule
        log.info("request %s refused with %s by %s", reply.request, reply.status, reply.rule)
    if reply.allow is not None:
        headers["Allow"] = reply.allow
    if reply.retry_after is not None:
        headers["Retry-After"] = str(reply.retry_after)
    return web.Response(status=reply.status, body=reply.body, headers=headers)


_PRODUCTS: Final = {
    "/1/sms": Product.SMS,
    "/1/2fa": Product.TWO_FACTOR,
    "/1/2fa/{client_ref}/{code}": Product.TWO_FACTOR,
}
"""The endpoints that are not the messaging product's."""


@lru_cache(maxsize=256)
def _is_json(content_type: str) -> bool:
    """`application/json`, alone or with charset utf-8 in any case, quoted or not (H-4)."""
    header = Header()
    header["Content-Type"] = content_type
    charset = header.get_param("charset", "utf-8")
    return header.get_content_type() == "application/json" and str(charset).lower() == "utf-8"

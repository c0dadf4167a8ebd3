"""The emulated service at the rim: the long way of a request through the stages (H-1) to its answer, whatever it takes.

What needs to wait for nothing goes a shorter one: mock_amp/web/express.py.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Final

from aiohttp import web

from mock_amp.core.refusals import refuse
from mock_amp.engine.errors import StoreFailed, out_of_order
from mock_amp.engine.journal import Reply
from mock_amp.engine.metering import OTHER
from mock_amp.web.answers import break_answer
from mock_amp.web.asked import Asked, Endpoint
from mock_amp.web.rendering import render
from mock_amp.web.services import SERVICES
from mock_amp.web.stages import STAGES

log = logging.getLogger(__name__)

_SOON: Final = 1
"""Seconds after which a store that failed is worth another try."""


def handler_of(endpoint: Endpoint | None) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """The aiohttp handler of a public path, or of every path that is not one: the long way."""

    async def handle(request: web.Request) -> web.StreamResponse:
        asked = Asked(
            services=request.app[SERVICES],
            endpoint=endpoint,
            method=request.method,
            raw_path=request.raw_path,
            remote=request.remote,
            headers=request.headers,
            matched=request.match_info,
            request=request,
        )
        asked.services.crowd.requests += 1
        try:
            return await respond(asked, request)
        finally:
            leave(asked)

    async def respond(asked: Asked, request: web.Request) -> web.StreamResponse:
        reply = await answer(asked)
        asked.services.meter.answered(endpoint.path if endpoint else OTHER, reply)
        response = render(reply)
        if "Expect" in request.headers and not request.content.at_eof():
            response.force_close()  # whether the body still comes is the client's choice, so nobody knows what follows
        if asked.struck:
            return await break_answer(request, response, reply.body, asked.struck, asked.services)
        return response

    return handle


async def answer(asked: Asked) -> Reply:
    """Goes through the stages one after the other, then to the use case."""
    try:
        for stage in STAGES:
            finding = stage.check(asked) if stage.check else None
            refusal = await finding if isinstance(finding, Coroutine) else finding
            if refusal:
                return await asked.services.journal.refuse(asked.arrival, asked.account, refusal)
    except Exception as error:
        return await fail(asked, error)
    try:
        coming = use(asked)
        return coming if isinstance(coming, Reply) else await coming
    except Exception as error:
        return await miss(asked, error)


def use(asked: Asked) -> Reply | Awaitable[Reply]:
    """What the use case has for a request that has passed the stages."""
    if asked.endpoint is None:
        raise LookupError("a request without an endpoint has passed the stages")
    return asked.endpoint.methods[asked.method](asked)


async def miss(asked: Asked, error: Exception) -> Reply:
    """What there is for a request of which the use case has failed: what takes no writing is answered all the same."""
    instead = asked.endpoint.instead if asked.endpoint else None
    if instead is None or not out_of_order(error):
        return await fail(asked, error)
    try:
        reply = instead(asked)
    except StoreFailed as failed:
        return await fail(asked, failed)
    asked.services.journal.lose()
    return reply


async def fail(asked: Asked, error: Exception) -> Reply:
    """H-8: the envelope, even when nothing can be written down any more. Of its own trouble the store tells the log."""
    if out_of_order(error):
        log.debug("%s %s: the store failed: %s", asked.method, asked.raw_path, error)
        refusal = refuse("store_failed", retry_after=_SOON, problem=str(error))
    else:
        log.error("%s %s failed", asked.method, asked.raw_path, exc_info=error)
        refusal = refuse("internal")
    return await asked.services.journal.refuse(asked.arrival, asked.account, refusal)


def leave(asked: Asked) -> None:
    """A request is no longer in work, and nobody uses its account on its behalf."""
    asked.services.crowd.requests -= 1
    if asked.owner:
        asked.services.expiry.leave(asked.account)

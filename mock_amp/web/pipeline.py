"""The emulated service at the rim: the long way of a request through the stages (H-1) to its answer, whatever it takes.

What needs to wait for nothing goes a shorter one: mock_amp/web/express.py.
"""

import logging
from collections.abc import Awaitable, Callable, Coroutine

from aiohttp import web

from mock_amp.core.refusals import refuse
from mock_amp.engine.errors import StoreFailed
from mock_amp.engine.journal import Reply
from mock_amp.engine.metering import OTHER
from mock_amp.web.answers import break_answer
from mock_amp.web.asked import Asked, Endpoint
from mock_amp.web.rendering import render
from mock_amp.web.services import SERVICES
from mock_amp.web.stages import STAGES

log = logging.getLogger(__name__)


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
        coming = use(asked)
        return coming if isinstance(coming, Reply) else await coming
    except Exception as error:
        return await fail(asked, error)


def use(asked: Asked) -> Reply | Awaitable[Reply]:
    """What the use case has for a request that has passed the stages."""
    if asked.endpoint is None:
        raise LookupError("a request without an endpoint has passed the stages")
    return asked.endpoint.methods[asked.method](asked)


async def fail(asked: Asked, error: Exception) -> Reply:
    """H-8: the envelope, even when nothing can be written down any more."""
    log.error("%s %s failed", asked.method, asked.raw_path, exc_info=error)
    refusal, journal = refuse("internal"), asked.services.journal
    try:
        return await journal.refuse(asked.arrival, asked.account, refusal)
    except StoreFailed:
        return journal.unwritten(refusal)


def leave(asked: Asked) -> None:
    """Nobody uses the account any more on behalf of a request."""
    if asked.owner:
        asked.services.expiry.leave(asked.account)

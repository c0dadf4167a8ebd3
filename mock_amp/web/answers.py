"""Answers that suffer a fault of the scenario: late, dripping, broken off, or cut with their connection."""

import contextlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from aiohttp import web

from mock_amp.core.breaking import Struck
from mock_amp.core.instants import format_duration
from mock_amp.engine.faults import Faults
from mock_amp.web.bodies import Unreadable, drop_body
from mock_amp.web.services import Services

_DRIPS: Final = 10
"""Parts that a slow body comes in."""

_CUTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "before": "the connection is cut, and an application gets no answer",
        "middle": "the connection is cut after half of the body",
        "after": "the connection is cut after the answer",
    }
)
"""What becomes of a connection, in words."""


async def break_answer(
    request: web.Request, response: web.Response, body: bytes, struck: Struck, services: Services
) -> web.StreamResponse:
    """Sends an answer with its fault. A client that hangs up meanwhile is nobody's trouble, and ends it.

    What comes back has been sent as far as it is going to be.
    """
    faults = services.faults
    await _take_rest(request, services.body_limit)
    if not await faults.pause(struck.latency, lambda: is_there(request)) or struck.fault.cut == "before":
        _cut(request)
        return response
    body = spoilt(body, struck)
    answer = web.StreamResponse(status=response.status, headers=response.headers)
    answer.content_length = len(body)
    if response.keep_alive is False:
        answer.force_close()
    try:
        await answer.prepare(request)
        await _drip(request, answer, _half(body) if struck.fault.cut == "middle" else body, struck, faults)
    except ConnectionError:
        return answer
    if struck.fault.cut:
        request.protocol.force_close()  # once all that was written has left
    return answer


def spoilt(body: bytes, struck: Struck) -> bytes:
    """The body of an answer with its fault, as far as that is one of the body."""
    return _half(body) if struck.fault.malformed else body


def on_the_wire(struck: Struck) -> str | None:
    """What the fault does to the connection, for those who have none; None when it does nothing."""
    slow, cut = struck.fault.slow_body, struck.fault.cut
    drips = f"the body takes {format_duration(slow)} to arrive" if slow and cut != "before" else ""
    return ", and ".join(each for each in (drips, _CUTS.get(cut or "", "")) if each) or None


def is_there(request: web.Request) -> bool:
    """Whether the client has not hung up."""
    return request.transport is not None and not request.transport.is_closing()


async def _take_rest(request: web.Request, limit: int) -> None:
    """Reads what nobody wanted of a body: unread, it would hide that the client hangs up, and spoil a cut answer.

    One that waits to be asked for is not asked for.
    """
    if "Expect" not in request.headers:
        with contextlib.suppress(Unreadable):
            await drop_body(request, limit)


async def _drip(request: web.Request, answer: web.StreamResponse, body: bytes, struck: Struck, faults: Faults) -> None:
    if not struck.fault.slow_body:
        await answer.write(body)
        return
    for part, pause in _drops(body, struck.fault.slow_body):
        if not await faults.pause(pause, lambda: is_there(request)):
            return
        await answer.write(part)


def _drops(body: bytes, duration: int) -> Iterator[tuple[bytes, int]]:
    """The parts of a slow body, each with the time before it; together the whole body and the whole time."""
    size = len(body)
    for at in range(_DRIPS):
        part = body[size * at // _DRIPS : size * (at + 1) // _DRIPS]
        yield part, duration * (at + 1) // _DRIPS - duration * at // _DRIPS


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _cut(request: web.Request) -> None:
    """Ends the connection at once. aiohttp then finds it gone when it would answer, and says nothing."""
    if request.transport is not None:
        request.transport.abort()
    request.protocol.force_close()

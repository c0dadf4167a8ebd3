"""Live events as a browser's EventSource reads them (the HTML standard's server-sent events)."""

import contextlib
import logging
from collections.abc import Sequence
from typing import Final

import orjson
from aiohttp import web

from mock_amp.core.live import KINDS
from mock_amp.engine.errors import Illegal, StoreFailed, out_of_order
from mock_amp.engine.events import Event, Reader
from mock_amp.web.calls import Call, Route
from mock_amp.web.hangups import on_hangup

log = logging.getLogger(__name__)

_HEADERS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # or nginx before us would keep events back
}
_RETRY: Final = 1_000
"""Milliseconds after which a browser asks again when the stream has ended."""


async def events(call: Call) -> web.StreamResponse:
    """Answers as long as the client listens."""
    after = call.request.headers.get("Last-Event-ID") or call.query.get("last_event_id")
    response = web.StreamResponse(headers=_HEADERS)
    with (
        call.services.events.follow(call.account, after, _kinds(call.query.get("kinds"))) as reader,
        on_hangup(call.request, reader.end),
        contextlib.suppress(ConnectionError),
    ):
        await response.prepare(call.request)
        await response.write(f"retry: {_RETRY}\n".encode() + _place(reader))
        await _tell(response, reader)
        await response.write_eof()
    return response


async def _tell(response: web.StreamResponse, reader: Reader) -> None:
    try:
        while (told := await reader.next()) is not None:
            blocks = b"".join(each.told(_block) for each in told)
            await response.write(blocks or b": all is well\n" + _place(reader))
    except StoreFailed as error:  # the client asks again, and goes on where it was
        log.log(logging.DEBUG if out_of_order(error) else logging.ERROR, "a stream of events ends: %s", error)


def _block(event: Event) -> bytes:
    place = f"id: {event.id}\n" if event.id else ""
    return f"{place}event: {event.kind}\ndata: ".encode() + orjson.dumps(event.data) + b"\n\n"


def _place(reader: Reader) -> bytes:
    """Where the client would go on, without an event: for one that has got none yet, or none of the kinds it wants."""
    return f"id: {reader.id}\n\n".encode() if reader.id else b"\n"


def _kinds(asked: str | None) -> Sequence[str]:
    if asked is None:
        return KINDS
    wanted = asked.split(",")
    for each in wanted:
        if each not in KINDS:
            raise Illegal(f"there are no events of the kind {each!r}", "?kinds", f"some of {','.join(KINDS)}")
    return wanted


ROUTES: Final = (
    Route("GET", "/events", events, "Live events, as a stream", filters=("kinds", "last_event_id"), streams=True),
)

"""An answer of the emulated service as HTTP has it (H-3): for aiohttp to send, or the bytes that aiohttp would send."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time
from aiohttp.http import SERVER_SOFTWARE

from mock_amp.engine.journal import Reply

log = logging.getLogger(__name__)

_TYPE: Final = "application/json; charset=utf-8"
_BEGINNINGS: Final = {
    each.value: f"HTTP/1.1 {each.value} {each.phrase}\r\nContent-Type: {_TYPE}\r\nX-Mock-Amp-Request: "
    for each in HTTPStatus
}
_NO_MORE: Final[Mapping[str, str]] = MappingProxyType({})


def render(reply: Reply) -> web.Response:
    """The answer for aiohttp, which adds to it what depends on the request."""
    headers = {"Content-Type": _TYPE, "X-Mock-Amp-Request": str(reply.request), **_more(reply)}
    return web.Response(status=reply.status, body=reply.body, headers=headers)


def in_bytes(reply: Reply) -> bytes:
    """The answer to a request of HTTP/1.1 that keeps its connection."""
    status, body, few = reply.status, reply.body, _more(reply)
    more = "".join([f"{name}: {value}\r\n" for name, value in few.items()]) if few else ""
    head = (
        f"{_BEGINNINGS[status]}{reply.request}\r\n{more}"
        f"Content-Length: {len(body)}\r\nDate: {rfc822_formatted_time()}\r\nServer: {SERVER_SOFTWARE}\r\n\r\n"
    )
    return head.encode() + body


def _more(reply: Reply) -> Mapping[str, str]:
    """The headers that few answers have."""
    if reply.status == 200:
        return _NO_MORE
    more = {}
    if reply.rule:
        more["X-Mock-Amp-Rule"] = reply.rule
        if reply.request:
            log.info("request %s refused with %s by %s", reply.request, reply.status, reply.rule)
        else:  # of what keeps the journal from its lines one line tells when it begins
            log.debug("a request that is in no journal refused with %s by %s", reply.status, reply.rule)
    if reply.allow is not None:
        more["Allow"] = reply.allow
    if reply.retry_after is not None:
        more["Retry-After"] = str(reply.retry_after)
    return more

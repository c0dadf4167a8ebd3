"""Requests to the service that have not come over the wire: through the same stages (H-1), to the same answer.

They are in work, counted, throttled and written down as any other. What a fault does to a connection cannot be done
here: it is told.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs
from multidict import CIMultiDict, CIMultiDictProxy

from mock_amp.core.shapes import Shape
from mock_amp.engine.errors import NoSuch
from mock_amp.engine.journal import Reply
from mock_amp.engine.metering import OTHER
from mock_amp.web.answers import on_the_wire, spoilt
from mock_amp.web.api import endpoints
from mock_amp.web.asked import Asked, Endpoint, url_of
from mock_amp.web.pipeline import answer, leave
from mock_amp.web.rendering import render
from mock_amp.web.services import Services

_PARAMETER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """A request as an application might send it; a header that is None is not there."""

    method: str
    path: str
    authorization: str | None
    content_type: str | None
    body: bytes
    remote: str | None

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        given = {hdrs.AUTHORIZATION: self.authorization, hdrs.CONTENT_TYPE: self.content_type}
        return CIMultiDictProxy(CIMultiDict({name: value for name, value in given.items() if value is not None}))


async def play(services: Services, wanted: Play, anybody: Callable[[], bool]) -> Shape:
    """Has a request answered, and tells its line of the journal and its answer; `anybody` still waits for that."""
    endpoint, matched = _find(services, wanted.path)
    asked = Asked(
        services=services,
        endpoint=endpoint,
        method=wanted.method,
        raw_path=wanted.path,
        remote=wanted.remote,
        headers=wanted.headers,
        matched=matched,
        request=None,
        size=len(wanted.body),
        body=b"" if wanted.method == "GET" else wanted.body,  # as on the wire, where nobody reads it
    )
    services.crowd.requests += 1
    try:
        reply = await answer(asked)
        services.meter.answered(endpoint.path if endpoint else OTHER, reply)
        if asked.struck:
            await services.faults.pause(asked.struck.latency, anybody)
    finally:
        leave(asked)
    return {"account": asked.account, "request": _line(asked, reply), "answer": _answer(asked, reply)}


def leads_anywhere(services: Services, path: str) -> bool:
    """Whether the service has such a path."""
    return _find(services, path)[0] is not None


def reads_body(services: Services, method: str, path: str) -> bool:
    """Whether the answer to such a request may depend on its body."""
    endpoint, _ = _find(services, path)
    return endpoint is not None and method in endpoint.methods and method != "GET" and endpoint.takes_body


def _find(services: Services, raw_path: str) -> tuple[Endpoint | None, Mapping[str, str]]:
    """Where a path leads, and what stands in the place of its parameters, as aiohttp's routes have it."""
    try:
        path = url_of(raw_path).path_safe
    except ValueError:
        return None, {}
    for endpoint in sorted(endpoints(services.send_paths), key=lambda each: "{" in each.path):
        found = _pattern(endpoint.path).fullmatch(path)
        if found:
            values = found.groupdict()
            return endpoint, {name: each.replace("%2F", "/").replace("%25", "%") for name, each in values.items()}
    return None, {}


def _pattern(path: str) -> re.Pattern[str]:
    parts = _PARAMETER.split(path)
    names = [f"(?P<{name}>[^/]+)" for name in parts[1::2]]
    return re.compile(
        "".join(part for pair in zip(map(re.escape, parts[::2]), [*names, ""], strict=True) for part in pair)
    )


def _line(asked: Asked, reply: Reply) -> Shape | None:
    """None where there is none: the store does not take it, or the account is gone or reset meanwhile."""
    try:
        return asked.services.reading.request(asked.account, reply.request) if reply.request else None
    except NoSuch:
        return None


def _answer(asked: Asked, reply: Reply) -> Shape:
    body = spoilt(reply.body, asked.struck) if asked.struck else reply.body
    headers = {str(name): value for name, value in render(reply).headers.items()}
    return {
        "status": reply.status,
        "headers": {**headers, "Content-Length": str(len(body))},
        "body": "" if asked.method == "HEAD" else body.decode("utf-8", "replace"),
        "on_the_wire": on_the_wire(asked.struck) if asked.struck else None,
    }

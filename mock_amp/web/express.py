"""The short way of a request that is plain, small, and needs nothing but its answer: nine in ten are like that.

aiohttp has a task, a request, a route and a response for each, which take longer than all that the service itself does
for it. Here there are the same stages (H-1), the use case, and one write. What a stage finds fault with, or has to wait
for, goes the long way from its beginning (mock_amp/web/pipeline.py), and so does whatever is rare in HTTP.
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Coroutine, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final, Protocol

from aiohttp import web

from mock_amp.core.refusals import refuse
from mock_amp.engine.journal import Reply
from mock_amp.web.asked import Asked, Endpoint
from mock_amp.web.heads import Begun
from mock_amp.web.pipeline import leave, miss, use
from mock_amp.web.services import Services
from mock_amp.web.stages import STAGES, check_method, check_path

log = logging.getLogger(__name__)

_LARGEST: Final = 65_536
"""Bytes of a body; of a larger one, the client may have to be held back."""

_PLAIN: Final = re.compile(r"/1(/[\w-]+)+", re.ASCII)
"""Paths that mean the same to everybody. No other route begins like this."""

_NAME: Final = re.compile(rb"[\w-]{1,100}", re.ASCII)
_PARAMETER: Final = re.compile(r"(.*)/\{(\w+)\}")
_VERSION: Final = b" HTTP/1.1"
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_CHECKS: Final = tuple(stage.check for stage in STAGES if stage.check not in (None, check_path, check_method))
"""Of the stages those that depend on more than the first line."""


class Asker(Protocol):
    """Who has sent a request."""

    @property
    def remote(self) -> str | None:
        """The address."""

    def owns(self, coming: "asyncio.Future[Any]") -> None:
        """Keeps what comes to an answer, also when the server stops meanwhile."""

    def disowns(self, coming: "asyncio.Future[Any]") -> None:
        """It has come to it."""

    def tell(self, reply: Reply) -> None:
        """The answer, which has come in a later turn of the event loop."""


class Express:
    """Answers requests to these endpoints, of which the first of a path takes it."""

    def __init__(self, services: Services, endpoints: Iterable[Endpoint]) -> None:
        self._services, self._crowd = services, services.crowd
        self._whole: dict[bytes, tuple[Endpoint, str, str]] = {}
        """By first line: where the request goes, its method and path."""
        self._folders: dict[bytes, tuple[Endpoint, str, str, str]] = {}
        """By the first line up to its last slash: the same, and what the path's last part is called."""
        for endpoint in endpoints:
            path, ends = endpoint.path, _PARAMETER.fullmatch(endpoint.path)
            for method in endpoint.methods:
                if _PLAIN.fullmatch(path):
                    self._whole.setdefault(f"{method} {path} HTTP/1.1".encode(), (endpoint, method, path))
                elif ends and _PLAIN.fullmatch(ends[1]):
                    self._folders.setdefault(f"{method} {ends[1]}".encode(), (endpoint, method, ends[1], ends[2]))

    def admit(self, begun: Begun, asker: Asker) -> Asked | None:
        """Lets a request pass all the stages, whose body may still have to come.

        None: it has to go the long way, and nothing has been done. An admitted one is answered, or left.
        """
        if begun.length > _LARGEST or not begun.said.plain:
            return None
        asked = self._ask(begun, asker.remote)
        if asked is None:
            return None
        self._crowd.requests += 1
        if not _passes(asked):
            leave(asked)
            return None
        return asked

    def answer(self, asked: Asked, body: bytes, asker: Asker) -> Reply | None:
        """Answers what was admitted. None: the asker will be told."""
        asked.body = b"" if asked.method == "GET" else body  # as on the long way, where nobody reads it
        try:
            coming = use(asked)
        except Exception as error:
            coming = miss(asked, error)
        if isinstance(coming, Reply):
            return self._done(asked, coming)
        self._follow(asked, coming, asker)
        return None

    def lose(self, asked: Asked, asker: Asker) -> None:
        """Writes down a request of which the body does not come any more (H-6); nobody is there to be answered."""
        refusal = refuse("not_readable", problem="the connection has ended before it")
        self._follow(asked, self._services.journal.refuse(asked.arrival, asked.account, refusal), asker)

    def _ask(self, begun: Begun, remote: str | None) -> Asked | None:
        found = self._whole.get(begun.line)
        matched = _NOTHING
        if found is None:
            folder, _, last = begun.line.removesuffix(_VERSION).rpartition(b"/")
            inside = self._folders.get(folder)
            if inside is None or not begun.line.endswith(_VERSION) or not _NAME.fullmatch(last):
                return None
            endpoint, method, above, parameter = inside
            name = last.decode()
            matched, path = {parameter: name}, f"{above}/{name}"
        else:
            endpoint, method, path = found
        return Asked(
            services=self._services,
            endpoint=endpoint,
            method=method,
            raw_path=path,
            remote=remote,
            headers=begun.said.headers,
            matched=matched,
            request=None,
            size=begun.length,
        )

    def _follow(self, asked: Asked, coming: Awaitable[Reply], asker: Asker) -> None:
        if isinstance(coming, asyncio.Future):  # a task would cost more than what it waits for
            asker.owns(coming)
            coming.add_done_callback(partial(self._landed, asked, asker))
        else:
            self._wait(asked, coming, asker)

    def _landed(self, asked: Asked, asker: Asker, landed: "asyncio.Future[Reply]") -> None:
        asker.disowns(landed)
        if landed.cancelled() or landed.exception():
            self._wait(asked, landed, asker)
        else:
            asker.tell(self._done(asked, landed.result()))

    def _wait(self, asked: Asked, coming: Awaitable[Reply], asker: Asker) -> None:
        async def wait() -> None:
            try:
                reply = await coming
            except Exception as error:
                reply = await miss(asked, error)
            asker.tell(self._done(asked, reply))

        waiting = asyncio.ensure_future(wait())
        asker.owns(waiting)
        waiting.add_done_callback(asker.disowns)

    def _done(self, asked: Asked, reply: Reply) -> Reply:
        leave(asked)
        if asked.endpoint:
            self._services.meter.answered(asked.endpoint.path, reply)
        return reply


EXPRESS = web.AppKey("express", Express)


def _passes(asked: Asked) -> bool:
    """Whether every stage lets a request pass at once. What fails does so again the long way, and is answered there."""
    try:
        for check in _CHECKS:
            finding = check(asked)
            if finding is not None:
                if isinstance(finding, Coroutine):
                    finding.close()
                return False
    except Exception:
        log.debug("%s %s has to go the long way", asked.method, asked.raw_path, exc_info=True)
        return False
    return True

"""What aiohttp refuses before our handlers see it, answered as the service answers (H-3), with one line in the log.

Refused there: what is no HTTP, lines that are too long or too many, methods that HTTP does not know. The vendor's list
has neither 414 nor 431 nor 501, so all of them are 400 (H-9). Below /__admin too: the path may not be known yet.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import StreamReader, web
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from mock_amp.core.account import DEFAULT_ACCOUNT
from mock_amp.core.records import Arrival
from mock_amp.core.refusals import Refused, refuse
from mock_amp.engine.journal import Journal, Reply
from mock_amp.engine.metering import OTHER, Meter
from mock_amp.web.bodies import one_line
from mock_amp.web.hangups import HUNG_UP
from mock_amp.web.pipeline import render
from mock_amp.web.services import SERVICES
from mock_amp.web.texts import clean

log = logging.getLogger(__name__)

_UNKNOWN: Final = "?"
"""Method and path in the journal of what could not be read that far."""


class Runner(web.AppRunner):
    """Runs an application whose every answer, even to what is no HTTP, is ours."""

    __slots__ = ("_journal", "_meter")

    def __init__(self, app: web.Application, journal: Journal, *, shutdown_timeout: float) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=shutdown_timeout, auto_decompress=False)
        self._journal, self._meter = journal, app[SERVICES].meter

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        factory = made.request_factory
        return _Server(self._journal, self._meter, made.request_handler, request_factory=factory, **self._kwargs)


class _Server(web.Server):
    def __init__(self, journal: Journal, meter: Meter, handler: Any, **kwargs: Any) -> None:
        super().__init__(handler, **kwargs)
        self._journal, self._meter, self._options = journal, meter, kwargs

    def __call__(self) -> RequestHandler:
        options = {key: value for key, value in self._options.items() if key != "request_factory"}
        return _Connection(self, self._journal, self._meter, loop=self._loop, **options)


class _Connection(RequestHandler):
    """One connection. What breaks off in the middle of a body is that request's fault, not a request of its own."""

    __slots__ = ("_body", "_journal", "_meter", HUNG_UP)

    def __init__(self, server: web.Server, journal: Journal, meter: Meter, **options: Any) -> None:
        super().__init__(server, **options)
        self._journal, self._meter = journal, meter
        self.hung_up: set[Callable[[], None]] = set()
        self._body: StreamReader | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        for message, body in reversed(self._messages):
            if not isinstance(message, _ErrInfo):
                self._body = body
                break
        if (
            self._messages
            and isinstance(broken := self._messages[-1][0], _ErrInfo)
            and self._break_body(broken.message)
        ):
            self._messages.pop()

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        for tell in tuple(self.hung_up):
            tell()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio lets it say that we want to answer
        """A client that sends no more before the length it told still reads."""
        return self._break_body("it ends before the length that was told")

    def _break_body(self, problem: str) -> bool:
        """Ends the body that is coming in; False when there is none. aiohttp would let its reader wait for ever."""
        if self._body is None or self._body.is_eof():
            return False
        self._body.set_exception(web.RequestPayloadError(problem))
        self._body.feed_eof()  # or aiohttp would read on after the answer
        self.close()
        return True

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """A body that breaks off while aiohttp throws away what nobody wanted of it is no failure of ours."""
        if not isinstance(kw.get("exc_info"), web.RequestPayloadError | ConnectionError):
            super().log_exception(*args, **kw)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,  # noqa: ARG002 - whatever aiohttp would say, H-8 has one answer
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - the words are for the log
    ) -> web.StreamResponse:
        """What has failed outside our handlers: a bug of ours (H-8), in no journal."""
        log.error("%s %s failed", request.method, request.path, exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionError("the answer has begun already")
        return self._closing(self._journal.unwritten(refuse("internal")))

    def _make_error_handler(self, err_info: _ErrInfo) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            problem = clean(one_line(err_info.message))[:200]
            log.info("what %s sent is refused: %s", request.remote, problem)
            return self._closing(await self._refuse(request.remote or "", refuse("not_http", problem=problem)))

        return handle

    async def _refuse(self, remote: str, refusal: Refused) -> Reply:
        arrival = Arrival(method=_UNKNOWN, path=_UNKNOWN, remote=remote, token=None, body=b"")
        try:
            return await self._journal.refuse(arrival, DEFAULT_ACCOUNT, refusal)
        except Exception:
            log.exception("the journal did not take a line")
            return self._journal.unwritten(refusal)

    def _closing(self, reply: Reply) -> web.Response:
        """The answer, after which nothing on this connection can be understood."""
        self._meter.answered(OTHER, reply)
        response = render(reply)
        response.force_close()
        return response

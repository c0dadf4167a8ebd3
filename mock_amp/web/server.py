"""What aiohttp refuses before our handlers see it, answered as the service answers (H-3), with one line in the log.

Refused there: what is no HTTP, lines that are too long or too many, methods that HTTP does not know. The vendor's list
has neither 414 nor 431 nor 501, so all of them are 400 (H-9). Below /__admin too: the path may not be known yet.

And what the short way takes (mock_amp/web/express.py): of such a request aiohttp does not hear.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple

from aiohttp import StreamReader, web
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from mock_amp.core.account import DEFAULT_ACCOUNT
from mock_amp.core.records import Arrival
from mock_amp.core.refusals import Refused, refuse
from mock_amp.engine.journal import Journal, Reply
from mock_amp.engine.metering import OTHER, Meter
from mock_amp.web.asked import Asked
from mock_amp.web.bodies import one_line
from mock_amp.web.express import EXPRESS, Express
from mock_amp.web.hangups import HUNG_UP
from mock_amp.web.heads import Begun, begin
from mock_amp.web.pipeline import leave
from mock_amp.web.rendering import in_bytes, render
from mock_amp.web.services import SERVICES
from mock_amp.web.texts import clean

log = logging.getLogger(__name__)

_UNKNOWN: Final = "?"
"""Method and path in the journal of what could not be read that far."""


class Runner(web.AppRunner):
    """Runs an application whose every answer, even to what is no HTTP, is ours."""

    __slots__ = ("_express", "_journal", "_meter")

    def __init__(self, app: web.Application, journal: Journal, *, shutdown_timeout: float) -> None:
        super().__init__(app, access_log=None, shutdown_timeout=shutdown_timeout, auto_decompress=False)
        self._journal, self._meter, self._express = journal, app[SERVICES].meter, app.get(EXPRESS)

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        at_rim = (self._journal, self._meter, self._express)
        return _Server(at_rim, made.request_handler, request_factory=made.request_factory, **self._kwargs)


_AtRim = tuple[Journal, Meter, Express | None]


class _Server(web.Server):
    def __init__(self, at_rim: _AtRim, handler: Any, **kwargs: Any) -> None:
        super().__init__(handler, **kwargs)
        self._at_rim, self._options = at_rim, kwargs
        self.answering: set[asyncio.Future[Any]] = set()
        """What comes to the answers of the short way."""

    def __call__(self) -> RequestHandler:
        options = {key: value for key, value in self._options.items() if key != "request_factory"}
        return _Connection(self, self._at_rim, loop=self._loop, **options)

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's own signature
        if self.answering:
            await asyncio.wait(self.answering, timeout=timeout)
        await super().shutdown(timeout)


class _Part(NamedTuple):
    """A request that was admitted to the short way, as far as it has come."""

    asked: Asked
    came: bytearray
    whole: int
    """Its length when all of it has come."""


class _Connection(RequestHandler):
    """One connection. What breaks off in the middle of a body is that request's fault, not a request of its own.

    Private names of aiohttp: `_messages` for that; for the short way `_waiter` and `_request_count`, which tell that no
    request is before, `_force_close`, `_close`, `_upgraded` and `_paused`, `_reading_paused`, and
    `_next_keepalive_close_time`. No test holds the last one.
    """

    __slots__ = ("_answering", "_body", "_express", "_held", "_journal", "_left", "_meter", "_part", "remote", HUNG_UP)

    def __init__(self, server: _Server, at_rim: _AtRim, **options: Any) -> None:
        super().__init__(server, **options)
        self._answering = server.answering
        self._journal, self._meter, self._express = at_rim
        self.hung_up: set[Callable[[], None]] = set()
        self._body: StreamReader | None = None
        self._held: bytearray | None = None
        """What has come after a request of the short way that is still to be answered; None without such a one."""
        self._part: _Part | None = None
        self._left: int | None = 0 if self._express else None
        """Bytes that are still to come of a request that aiohttp has; None when nobody knows, and then for good."""
        self.remote: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        name = self.peername
        self.remote = name if name is None or isinstance(name, str) else str(name[0])

    def data_received(self, data: bytes) -> None:
        if self._held is not None:
            self._hold(data)
        elif self._part is not None:
            self._join(self._part, data)
        elif not data or self._left is None:
            self._hand_over(data)
        elif self._left:
            self._hand_over(data)
            self._expect(self._left - len(data))
        else:
            begun = begin(data)
            if not self._take(begun, data):
                self._hand_over(data)
                self._expect(None if begun is None else begun.length - len(begun.body))

    def _expect(self, left: int | None) -> None:
        """Notes where the next request begins. After one that has come along with it, that is not known."""
        self._left = None if left is None or left < 0 else left

    def _hand_over(self, data: bytes) -> None:
        """Lets aiohttp have it."""
        super().data_received(data)
        if not self._messages:
            return
        for message, body in reversed(self._messages):
            if not isinstance(message, _ErrInfo):
                self._body = body
                break
        if isinstance(broken := self._messages[-1][0], _ErrInfo) and self._break_body(broken.message):
            self._messages.pop()

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 - aiohttp's own signature
        """Whoever has read some of a body says this, and aiohttp would parse nothing once more."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def _take(self, begun: Begun | None, data: bytes) -> bool:
        """Takes a request the short way if it can go that."""
        if begun is None or self._express is None or len(begun.body) > begun.length or not self._idle:
            return False
        asked = self._express.admit(begun, self)
        if asked is None:
            return False
        if len(begun.body) == begun.length:
            self._answer(self._express, asked, begun.body)
        else:
            self._part = _Part(asked, bytearray(data), len(data) - len(begun.body) + begun.length)
        return True

    @property
    def _idle(self) -> bool:
        """Whether no request is before: aiohttp waits for one, or has never had one."""
        if self._force_close or self._close or self._upgraded or self._paused:
            return False
        waiter = self._waiter
        return not self._request_count if waiter is None else not waiter.done()

    def _join(self, part: _Part, data: bytes) -> None:
        """Puts a request together whose body comes after its head."""
        came = part.came
        missing = part.whole - len(came) - len(data)
        if missing < 0:  # piece by piece: what is wrong with the rest must not spoil what was whole
            self._give_up(part)
            self._hand_over(data)
            self._expect(missing)
            return
        came += data
        if not missing and self._express is not None:
            self._part = None
            self._answer(self._express, part.asked, bytes(came[-part.asked.size :]))

    def _give_up(self, part: _Part) -> None:
        """Lets a request go the long way after all, from its beginning."""
        self._part = None
        leave(part.asked)
        self._hand_over(bytes(part.came))
        self._expect(part.whole - len(part.came))

    def _answer(self, express: Express, asked: Asked, body: bytes) -> None:
        # as aiohttp does after each request of its own, or it would close a busy connection after an hour
        self._next_keepalive_close_time = self._loop.time() + self._keepalive_timeout
        reply = express.answer(asked, body, self)
        if reply is None:
            self._held = bytearray()
        else:
            self._say(reply)

    def _say(self, reply: Reply) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(in_bytes(reply))

    def owns(self, coming: "asyncio.Future[Any]") -> None:
        self._answering.add(coming)

    def disowns(self, coming: "asyncio.Future[Any]") -> None:
        self._answering.discard(coming)

    def tell(self, reply: Reply) -> None:
        self._say(reply)
        held, self._held = self._held, None
        if held and self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()
            self.data_received(bytes(held))

    def _hold(self, data: bytes) -> None:
        """Keeps what comes too early, and takes no more of it."""
        if self._held is not None and data and self.transport is not None:
            self._held += data
            self.transport.pause_reading()

    def connection_lost(self, exc: BaseException | None) -> None:
        part, self._part = self._part, None
        if part and self._express:
            if self._force_close:  # it is we who have ended it
                leave(part.asked)
            else:
                self._express.lose(part.asked, self)
        super().connection_lost(exc)
        for tell in tuple(self.hung_up):
            tell()

    def eof_received(self) -> bool | None:  # type: ignore[override]  # asyncio lets it say that we want to answer
        """A client that sends no more before the length it told still reads."""
        part, self._part = self._part, None
        if part:
            self._give_up(part)
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

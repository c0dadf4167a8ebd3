"""One connection: the short way and the long one, how it stands, and what aiohttp refuses before our handlers see it.

Refused there: what is no HTTP, lines that are too long or too many, methods that HTTP does not know. The vendor's list
has neither 408 nor 414 nor 431 nor 501, so all of them are 400 (H-9), with one line in the log. Below /__admin too: the
path may not be known yet.

Of what the short way takes (mock_amp/web/express.py) aiohttp does not hear.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple, cast

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.streams import EMPTY_PAYLOAD
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from mock_amp.core.account import DEFAULT_ACCOUNT
from mock_amp.core.records import Arrival
from mock_amp.core.refusals import Refused, refuse
from mock_amp.engine.journal import NO_REQUEST, Reply
from mock_amp.engine.metering import OTHER
from mock_amp.web.asked import Asked
from mock_amp.web.bodies import one_line
from mock_amp.web.crowd import Phase
from mock_amp.web.express import Express
from mock_amp.web.hangups import HUNG_UP
from mock_amp.web.heads import Begun, begin, size_of_rest
from mock_amp.web.pipeline import leave
from mock_amp.web.rendering import in_bytes, render
from mock_amp.web.rim import Rim
from mock_amp.web.texts import clean
from mock_amp.web.turned import TurnedAway

log = logging.getLogger(__name__)

_AHEAD: Final = 262_144
"""Bytes of a body that are read ahead; aiohttp stops at twice as many."""


class _Part(NamedTuple):
    """A request that was admitted to the short way, as far as it has come."""

    asked: Asked
    came: bytearray
    whole: int
    """Its length when all of it has come."""


class Connection(RequestHandler):
    """What breaks off in the middle of a body is that request's fault, not a request of its own.

    Private names of aiohttp: `_messages` for that; for the short way `_waiter` and `_request_count`, which tell that no
    request is before, `_force_close`, `_close`, `_upgraded` and `_paused`, `_reading_paused`; and `_process_keepalive`,
    which has nothing to do any more.
    """

    __slots__ = (
        "_answering",
        "_body",
        "_crowd",
        "_express",
        "_head",
        "_held",
        "_journal",
        "_last",
        "_left",
        "_line",
        "_longest",
        "_meter",
        "_part",
        "_rim",
        "_torn",
        "_waiting",
        "remote",
        "since",
        HUNG_UP,
    )

    def __init__(self, server: web.Server, rim: Rim, **options: Any) -> None:
        super().__init__(server, **options)
        self._rim, self._answering, self._longest = rim, rim.answering, rim.longest
        self._journal, self._meter, self._express = rim.journal, rim.services.meter, rim.express
        self._crowd, self._waiting = rim.services.crowd, rim.services.room.waiting
        self.hung_up: set[Callable[[], None]] = set()
        self._line: asyncio.Transport | None = None
        """The transport, also when aiohttp has let it go and it has not ended yet."""
        self._body: StreamReader | None = None
        self._torn = False
        """Whether some of a head has come, and not all."""
        self._head: int | None = 0
        """Bytes of that. None when there are too many: nothing on this connection is read any more."""
        self._last = b""
        """What came last before; the head may end with the next byte."""
        self._held: bytearray | None = None
        """What has come after a request of the short way that is still to be answered; None without such a one."""
        self._part: _Part | None = None
        self._left: int | None = 0 if self._express else None
        """Bytes that are still to come of a request that aiohttp has; None when nobody knows, and then for good."""
        self.remote: str | None = None
        self.since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.since = self._loop.time()
        line = cast("asyncio.Transport", transport)
        if not self._crowd.enter(self):
            TurnedAway(line, self._rim.too_many(), self._rim.turned)
            return
        self._line = line
        super().connection_made(transport)
        name = self.peername
        self.remote = name if name is None or isinstance(name, str) else str(name[0])

    @property
    def phase(self) -> Phase:
        if self._line is None or self._line.is_closing() or self.unsent:
            return Phase.ANSWER
        if self._part is not None:
            return Phase.REQUEST
        if self._held is not None or self in self._waiting:
            return Phase.WORK
        waiter = self._waiter
        if not self._request_count if waiter is None else not waiter.done():
            return Phase.REQUEST if self._torn else Phase.IDLE
        return Phase.REQUEST if self._is_coming and not self._messages else Phase.WORK

    @property
    def unsent(self) -> int:
        return 0 if self._line is None else self._line.get_write_buffer_size()

    def expire(self, phase: Phase) -> None:
        if phase is Phase.IDLE:
            self.force_close()
        elif phase is Phase.REQUEST:
            self._miss(f"it has not come as a whole within {self._crowd.bounds.patience:g} s, see client-timeout")
        elif self._line is not None:
            log.info("%s is cut off: it does not take its answer", self.remote)
            self._line.abort()

    def _miss(self, problem: str) -> None:
        """Answers a request of which the rest does not come."""
        part, self._part = self._part, None
        if part:
            self._give_up(part)
        if not self._break_body(problem):
            self._break_head(problem)

    def _break_head(self, problem: str) -> None:
        self._torn = False
        error = BadHttpMessage(problem)
        self._messages.append((_ErrInfo(error.code, error, problem), EMPTY_PAYLOAD))
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _process_keepalive(self) -> None:
        """The crowd knows how long nobody has asked anything."""

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
            begun = begin(data, self._longest)
            if not self._take(begun, data):
                self._hand_over(data)
                self._expect(None if begun is None else begun.length - len(begun.body))

    def _expect(self, left: int | None) -> None:
        """Notes where the next request begins. After one that has come along with it, that is not known."""
        self._left = None if left is None or left < 0 else left

    def _hand_over(self, data: bytes) -> None:
        """Lets aiohttp have it."""
        begins, count = not self._is_coming and bool(data.strip(b"\r\n")), self._request_count
        if not self._may_begin(data, begins=begins):
            return
        super().data_received(data)
        self._last = data[-3:]
        if self._request_count != count:
            self._torn, self._head = False, 0
        elif begins:
            self._torn = True
        if not self._messages:
            return
        for message, body in reversed(self._messages):
            if not isinstance(message, _ErrInfo):
                if body is not self._body:
                    self._body = body
                    self._read_ahead(body, chunked=message.chunked)
                break
        if isinstance(broken := self._messages[-1][0], _ErrInfo) and self._break_body(broken.message):
            self._messages.pop()

    def _read_ahead(self, body: StreamReader, *, chunked: bool) -> None:
        """Lets more bytes of a body come before anybody reads them, so that a client that hangs up is noticed."""
        if not body.is_eof():
            body.set_read_chunk_size(_AHEAD)
            if not chunked:  # of which the number of chunks is bounded, and stays so
                self.resume_reading()

    def _may_begin(self, data: bytes, *, begins: bool) -> bool:
        """Counts the bytes of a head that comes piece by piece; False when there are too many.

        aiohttp bounds its lines and their number, which together may have a megabyte.
        """
        if self._head is None or not begins or self._upgraded:
            return self._head is not None
        before, longest = self._head, self._rim.longest_head
        self._head += len(data)
        if self._head <= longest or before + size_of_rest(self._last, data) <= longest:
            return True
        self._head = None
        self._break_head(f"it has a head of more than {longest} bytes, see header-limit")
        return False

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 - aiohttp's own signature
        """Whoever has read some of a body says this, and aiohttp would parse nothing once more."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def _take(self, begun: Begun | None, data: bytes) -> bool:
        """Takes a request the short way if it can go that."""
        if begun is None or self._express is None or not self._idle:
            return False
        missing = begun.length - len(begun.body)
        if missing < 0 or (missing and begun.line.startswith(b"GET ")):  # which is answered without its body
            return False
        asked = self._express.admit(begun, self)
        if asked is None:
            return False
        if not missing:
            self._answer(self._express, asked, begun.body)
        else:
            self._part = _Part(asked, bytearray(data), len(data) + missing)
        return True

    @property
    def _is_coming(self) -> bool:
        """Whether the rest of a body is."""
        return self._body is not None and not self._body.is_eof()

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
        reply = express.answer(asked, body, self)
        if reply is None:
            self._held = bytearray()
        else:
            self._say(reply)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        try:
            return await super().finish_response(request, resp, start_time)
        finally:
            self._rest()

    def _rest(self) -> None:
        self.since = self._loop.time()
        self._crowd.rest(self)

    def _say(self, reply: Reply) -> None:
        self._rest()
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
        self._crowd.leave(self)
        self._line = None
        part, self._part = self._part, None
        if part and self._express:
            if self._force_close:  # it is we who have ended it
                leave(part.asked)
            else:
                self._express.lose(part.asked, self)
        super().connection_lost(exc)
        body = self._body
        if body is not None and not body.is_eof() and body.exception() is None:  # aiohttp would wait for the rest of it
            body.set_exception(web.RequestPayloadError("the connection has ended before it"))
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
        arrival = Arrival(method=NO_REQUEST, path=NO_REQUEST, remote=remote, token=None, body=b"")
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

"""A receiver of callbacks: takes every POST, answers as it is told or as another receiver does, and tells each one."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from aiohttp import web

if TYPE_CHECKING:
    from types import FrameType

_MOST: Final = 64 * 1024 * 1024
"""Bytes of a body; that of the largest callback is far from it."""

_OF_THE_WAY: Final = frozenset(
    {"host", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-connection"}
    | {"content-length", "content-encoding", "expect", "accept-encoding"}
)
"""Headers that are about one connection, or how a body came over it, and are not passed on."""

_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How posts are answered: each by the next of `answers`, the last of which goes on; after `delay` seconds; or as
    `forward_to` answers. Ends after `count` posts. With `path`, others are 404.
    """

    path: str | None = None
    answers: Sequence[int] = (200,)
    delay: float = 0.0
    forward_to: str | None = None
    count: int | None = None

    @property
    def at_once(self) -> bool:
        """Whether each post has its answer the moment it comes."""
        return self.forward_to is None and not self.delay


class CannotListen(Exception):
    """There is nothing to listen on."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A post as it came, and its answer: status 0 until there is one; `wrong` says why the other receiver gave none."""

    number: int
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int = 0
    wrong: str = ""


class Receiver:
    """Takes posts until it has enough of them or is told to stop.

    `come` hears of each post that is not answered at once, when it comes, `told` of each one with its answer.
    """

    def __init__(
        self, manner: Manner, told: Callable[[Post], None], come: Callable[[Post], None] = lambda _: None
    ) -> None:
        self._manner, self._tell_answered, self._tell_come = manner, told, come
        self._session: aiohttp.ClientSession | None = None
        self._over = asyncio.Event()
        self._come = 0

    async def run(self, host: str, port: int, ready: Callable[[int], None]) -> int:
        """Says its port once it answers, and returns how many posts have come. Raises CannotListen for a port in use.

        What `ready` raises goes through.
        """
        app = web.Application(client_max_size=_MOST)
        app.router.add_route("*", "/{path:.*}", self._take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        timeout = aiohttp.ClientTimeout(total=_PATIENCE)
        async with aiohttp.ClientSession(timeout=timeout) as self._session:  # what is under way is passed on to its end
            await runner.setup()
            try:
                site = web.TCPSite(runner, host, port)
                try:
                    await site.start()
                except OSError as error:
                    raise CannotListen(error) from error
                with _stopping(self._over):
                    ready(runner.addresses[0][1])
                    await self._over.wait()
            finally:
                await runner.cleanup()
        return self._come

    async def _take(self, request: web.Request) -> web.StreamResponse:
        if self._manner.path is not None and request.path != self._manner.path:
            return web.Response(status=404, text=f"posts go to {self._manner.path}\n")
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"}, text="callbacks are posted\n")
        body = await request.read()
        if self._come == self._manner.count:
            return web.Response(status=503, text="it has had enough of them\n")
        self._come += 1
        post = Post(number=self._come, path=request.path, headers=dict(request.headers), body=body)
        try:
            return await self._take_post(post, request)
        finally:  # whatever became of it, there is none after the last one
            if self._manner.count is not None and post.number >= self._manner.count:
                self._over.set()

    async def _take_post(self, post: Post, request: web.Request) -> web.StreamResponse:
        if not self._manner.at_once:
            self._tell(self._tell_come, post)
        if self._manner.delay:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._over.wait(), self._manner.delay)
        answer, wrong = await self._answer(post.number, request, post.body)
        self._tell(self._tell_answered, replace(post, status=answer.status, wrong=wrong))
        await answer.prepare(request)
        await answer.write_eof()
        return answer

    def _tell(self, hear: Callable[[Post], None], post: Post) -> None:
        try:
            hear(post)
        except OSError:  # nobody reads what is printed any more
            self._over.set()

    async def _answer(self, number: int, request: web.Request, body: bytes) -> tuple[web.Response, str]:
        if self._manner.forward_to is None:
            answers = self._manner.answers
            return web.Response(status=answers[min(number, len(answers)) - 1]), ""
        assert self._session is not None  # noqa: S101 - it is there while posts are taken
        try:
            async with self._session.post(
                self._manner.forward_to, data=body, headers=_passed_on(request.headers), allow_redirects=False
            ) as said:
                return web.Response(status=said.status, body=await said.read(), headers=_passed_on(said.headers)), ""
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            wrong = f"{self._manner.forward_to} does not answer: {str(error) or type(error).__name__}"
            return web.Response(status=502, text=f"{wrong}\n"), wrong


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _OF_THE_WAY}


@contextmanager
def _stopping(over: asyncio.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM say so; where signals cannot be heard, in another thread, nothing does."""
    loop = asyncio.get_running_loop()

    def stop(_number: int, _frame: "FrameType | None") -> None:
        loop.call_soon_threadsafe(over.set)

    before: dict[int, Any] = {}
    try:
        for each in (signal.SIGINT, signal.SIGTERM):
            with suppress(ValueError):
                before[each] = signal.signal(each, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

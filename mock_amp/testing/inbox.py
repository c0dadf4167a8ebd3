"""A real receiver of callbacks: what a mock-amp posts over HTTP is kept here, and answered as the test says."""

import asyncio
import inspect
import itertools
import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import web

from mock_amp.testing.background import Background, in_a_thread

log = logging.getLogger(__name__)

_REPORTS: Final = "reports"
_REPLIES: Final = "replies"
_LOCAL: Final = "127.0.0.1"
_LARGEST: Final = 64 * 1024 * 1024
_TAKEN: Final = 200
_UNAVAILABLE: Final = 503
_GRACE: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One POST as it came, and the status that it was answered, 0 while it is not: `kind` is reports or replies, by the
    URL that it came to; of `headers` the case does not matter.
    """

    kind: str
    headers: Mapping[str, str]
    body: bytes
    status: int

    @property
    def json(self) -> Any:
        """The body, read. Raises ValueError for one that is no JSON."""
        return json.loads(self.body)


Answer = int | Callable[[Post], int]
"""A status, or what makes one of a post."""


class Inbox:
    """The receiver of one account. It answers 200 until it is told otherwise, and may be asked from any thread."""

    def __init__(self, base: str) -> None:
        self.url = f"{base}/{_REPORTS}"
        """A complete `callback_url`."""
        self.reply_url = f"{base}/{_REPLIES}"
        """A complete `reply_url`."""
        self._posts: dict[int, Post] = {}
        self._numbers = itertools.count()
        self._answers: deque[int] = deque()
        self._usual: Answer = _TAKEN
        self._faults: list[BaseException] = []
        self._lock = threading.Lock()

    @property
    def posts(self) -> list[Post]:
        """All that was posted, in the order in which it came; refused ones too."""
        with self._lock:
            return list(self._posts.values())

    @property
    def reports(self) -> list[dict[str, Any]]:
        """Single delivery reports as they stand on the wire, out of all posts that were answered 200, in order."""
        return [report for body in self._taken(_REPORTS) for report in _reports_in(body)]

    @property
    def replies(self) -> list[dict[str, Any]]:
        """Replies as they stand on the wire, out of all posts that were answered 200, in their order."""
        return [body for body in self._taken(_REPLIES) if isinstance(body, dict)]

    def answer(self, *statuses: int) -> None:
        """Answers the next posts with these statuses, one each; after them as usual. Of a job that reports twice at
        once, the first two posts are two reports, not two attempts of one.
        """
        wanted = [_status(each) for each in statuses]
        with self._lock:
            self._answers.extend(wanted)

    def always_answer(self, status: Answer) -> None:
        """Answers all posts with a status, or with what a function makes of the post.

        The function runs in a thread of its own, so it may block, and call whatever the test may. When it raises, the
        answer is 500, and the error is raised again when the account is closed.
        """
        if inspect.iscoroutinefunction(status):
            raise TypeError("a function that is awaited has no event loop here; give one that returns the status")
        usual = status if callable(status) else _status(status)
        with self._lock:
            self._answers.clear()
            self._usual = usual

    def clear(self) -> None:
        """Forgets what was posted; answers stay as they are."""
        with self._lock:
            self._posts.clear()

    def check(self) -> None:
        """Raises what the function of `always_answer` has raised, the first time that it did."""
        with self._lock:
            found, self._faults = self._faults, []
        if found:
            raise found[0]

    async def take(self, kind: str, headers: Mapping[str, str], body: bytes) -> int:
        """Keeps a post and says what it is answered."""
        fresh = Post(kind=kind, headers=headers, body=body, status=0)
        with self._lock:
            answer = self._answers.popleft() if self._answers else self._usual
            number = next(self._numbers)
            self._posts[number] = fresh
        status = await in_a_thread(lambda: self._made(answer, fresh)) if callable(answer) else answer
        with self._lock:
            if number in self._posts:
                self._posts[number] = replace(fresh, status=status)
        return status

    def _made(self, make: Callable[[Post], int], post: Post) -> int:
        try:
            return _status(make(post))
        except BaseException as error:  # what pytest.fail raises is no Exception
            with self._lock:
                self._faults.append(error)
                first = len(self._faults) == 1
            if first:
                log.warning("the function of always_answer raised %r, so the post is answered 500", error)
            return 500

    def _taken(self, kind: str) -> Iterator[Any]:
        """The bodies that can be read: `certify` posts others too, on purpose."""
        for post in self.posts:
            if post.kind == kind and post.status == _TAKEN:
                try:
                    yield post.json
                except ValueError:
                    continue

    def __repr__(self) -> str:
        return f"<inbox {self.url}, {len(self._posts)} posts>"


class PostOffice:
    """The HTTP server of inboxes, in a thread of its own: each has its own URL, so accounts never see each other."""

    def __init__(self, host: str | None = None) -> None:
        """`host` is the name by which a mock-amp on another machine, in a container say, reaches this one."""
        if host and (":" in host or "/" in host):
            raise ValueError(f"inbox_host {host!r} is no host name or IPv4 address; the port is chosen here")
        self._host, self._inboxes, self._numbers = host, dict[str, Inbox](), itertools.count(1)
        self._in_hand, self._over = set[asyncio.Future[int]](), False
        self._background = Background("mock-amp inbox")
        try:
            self._port = self._background.do(self._open())
        except BaseException:
            self._background.stop()
            raise

    def open_inbox(self) -> Inbox:
        """A receiver of its own."""
        key = str(next(self._numbers))
        inbox = Inbox(f"http://{self._host or _LOCAL}:{self._port}/{key}")
        self._inboxes[key] = inbox
        return inbox

    def close_inbox(self, inbox: Inbox) -> None:
        """What is posted to it from now on is answered 404."""
        self._inboxes.pop(inbox.url.split("/")[-2], None)

    def refuse(self) -> None:
        """Answers what is in hand, and all that still comes, at once: 503."""
        self._background.do(self._refuse())

    def stop(self) -> None:
        """Listens no more. Who posts should have ended before: a connection that is accepted at this very moment would
        be left open, since asyncio forgets it (its server has no sockets any more when the connection is made).
        """
        try:
            self._background.do(self._runner.cleanup())
        finally:
            self._background.stop()

    async def _open(self) -> int:
        app = web.Application(client_max_size=_LARGEST)
        app.router.add_post(f"/{{key}}/{{kind:{_REPORTS}|{_REPLIES}}}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_GRACE)
        await self._runner.setup()
        await web.TCPSite(self._runner, "0.0.0.0" if self._host else _LOCAL, 0).start()  # noqa: S104 - asked for
        return int(self._runner.addresses[0][1])

    async def _take(self, request: web.Request) -> web.Response:
        inbox = self._inboxes.get(request.match_info["key"])
        if inbox is None:
            raise web.HTTPNotFound
        body = await request.read()
        if self._over:
            return web.Response(status=_UNAVAILABLE)
        work = asyncio.ensure_future(inbox.take(request.match_info["kind"], request.headers, body))
        self._in_hand.add(work)
        try:
            return web.Response(status=await work)
        except asyncio.CancelledError:
            if not self._over:
                raise
            return web.Response(status=_UNAVAILABLE)
        finally:
            self._in_hand.discard(work)

    async def _refuse(self) -> None:
        self._over = True
        for work in self._in_hand:
            work.cancel()


def _reports_in(body: Any) -> list[dict[str, Any]]:
    """All dialects bundle them alike."""
    found = body.get("data") if isinstance(body, dict) else None
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _status(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 200 <= value <= 599:
        raise ValueError(f"{value!r} is no status that a receiver answers: a number from 200 to 599")
    return int(value)

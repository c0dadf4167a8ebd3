"""Receivers that answer well, badly, slowly, or not at all, by the seed; every post that came in whole is kept."""

import asyncio
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from random import Random  # noqa: TID251 - the test throws its own dice, by its seed
from typing import Any, Final

import orjson
from aiohttp import web

SILENT: Final = 0
"""What a post was answered that was not answered."""

_ANSWERS: Final = ((200, 60), (500, 10), (204, 4), (404, 3), (SILENT, 4), (-1, 8), (-200, 11))
"""Statuses and how often; -1 hangs up, -200 takes its time."""


@dataclass(slots=True)
class Post:
    tag: str
    """Which life of which account it is about."""
    url: str
    sense: str
    """The digest of its body, but for what differs from attempt to attempt."""
    life: int
    """How often the server had been killed before."""
    answered: int = SILENT


class Receivers:
    def __init__(self, seed: int) -> None:
        self._seed, self._runner = seed, web.AppRunner(self._app(), access_log=None, handler_cancellation=True)
        self._turns: Counter[str] = Counter()
        self._over = asyncio.Event()
        self.posts: defaultdict[str, list[Post]] = defaultdict(list)
        self.good: set[str] = set()
        """Accounts that are answered 200 from now on; `*` is all."""
        self.life = 0
        self.url = ""

    async def __aenter__(self) -> "Receivers":
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0, backlog=1024).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        await self._runner.cleanup()

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=2**30)
        app.router.add_post("/{tag}/{send}", self._take)
        return app

    async def _take(self, request: web.Request) -> web.Response:
        body, tag = await request.read(), request.match_info["tag"]
        post = Post(tag, f"{self.url}{request.path}", sense_of(orjson.loads(body)), self.life)
        self.posts[tag].append(post)
        answer = self._answer(post)
        if answer == -1 and request.transport:
            request.transport.close()
            return web.Response(status=500)
        if answer in (SILENT, -200):
            with suppress(TimeoutError):
                async with asyncio.timeout(0.08 if answer else None):
                    await self._over.wait()
        post.answered = abs(answer)
        return web.Response(status=abs(answer) or 500, text="as it pleases")

    def _answer(self, post: Post) -> int:
        if "*" in self.good or post.tag in self.good:
            return 200
        self._turns[post.sense] += 1
        # Not from the body: ids of accounts, and with them those of messages, are drawn by the server.
        dice = Random(f"{self._seed}/{post.url.rpartition('/')[2]}/{self._turns[post.sense]}")  # noqa: S311 - no secret
        statuses, weights = zip(*_ANSWERS, strict=True)
        return int(dice.choices(statuses, weights)[0])


def sense_of(body: Any) -> str:
    """What stands for a body: a reply has another `req_uuid` in each attempt (Y-1)."""
    kept = {key: value for key, value in body.items() if key != "req_uuid"}
    return blake2b(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()

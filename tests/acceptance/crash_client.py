"""How the crash test speaks with a server that may be gone at any moment."""

from collections.abc import Sequence
from typing import Any

import aiohttp
import orjson

from tests.acceptance.crash_facts import Facts


class Unanswered(Exception):
    """The server was killed before it had answered."""


class Client:
    """Calls one server; whoever gets no answer is told so."""

    def __init__(self, session: aiohttp.ClientSession, url: str, facts: Facts) -> None:
        self._session, self._url, self._facts = session, url, facts

    async def call(
        self, method: str, path: str, body: Any = None, token: str = "", *, good: Sequence[int] = (200,)
    ) -> tuple[int, Any]:
        """Status and JSON of an answer; one that is not `good` is a problem. Raises Unanswered."""
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Token {token}"} if token else {})
        data = None if body is None else body if isinstance(body, bytes) else orjson.dumps(body)
        try:
            async with self._session.request(method, self._url + path, data=data, headers=headers) as answer:
                text = await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unanswered(f"{method} {path}: {error!r}") from error
        self._facts.check(
            answer.status in good, f"{method} {path}: {answer.status} {text[:300]!r}; asked {data!r:.300}"
        )
        return answer.status, orjson.loads(text) if text else None

    async def get(self, path: str) -> Any:
        return (await self.call("GET", path))[1]

    async def items(self, path: str) -> list[Any]:
        """The items of one page; none when it was not answered well, which is noted then."""
        return list((await self.get(path)).get("items", ()))

    async def all(self, path: str, limit: int = 10_000) -> list[Any]:
        """All items of a list, page by page."""
        found: list[Any] = []
        cursor = ""
        while True:
            page = await self.get(f"{path}?limit={limit}{cursor}")
            found += page.get("items", ())
            if page.get("next") is None:
                return found
            cursor = f"&cursor={page['next']}"

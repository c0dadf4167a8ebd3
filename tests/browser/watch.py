"""What a page may not do while a test looks at it: complain, break, or ask another host for anything."""

import re
from typing import Final
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, WebError

_LOUD: Final = ("error", "warning", "assert")
_LOCAL: Final = ("data", "blob", "about")


class Watch:
    """Keeps what was wrong with the pages of a context; the test fails with it when it is over.

    A message of the console, an exception that nobody caught, a breach of the Content-Security-Policy (which the
    console tells) and a request to another origin are wrong, unless the test has allowed them.
    """

    def __init__(self, home: str) -> None:
        self.faults: list[str] = []
        self.requests: list[str] = []
        """The addresses of all requests, in their order."""
        self._origins = {_origin(home)}
        self._words: list[re.Pattern[str]] = []

    def allow(self, words: str) -> None:
        """Lets messages and exceptions through that the regular expression is found in."""
        self._words.append(re.compile(words))

    def allow_origin(self, url: str) -> None:
        """Lets requests to the origin of an address through. Nothing beyond this machine is reached all the same."""
        self._origins.add(_origin(url))

    def on(self, context: BrowserContext) -> None:
        """Begins to watch the pages of a context."""
        context.on("console", self._hear)
        context.on("weberror", self._catch)
        context.on("request", self._see)
        context.on("page", self._meet)

    def _meet(self, page: Page) -> None:
        page.on("crash", lambda _: self.faults.append("the page crashed"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in _LOUD:
            place = message.location
            self._add(f"console {message.type}: {message.text} ({place.get('url')}:{place.get('lineNumber')})")

    def _catch(self, error: WebError) -> None:
        self._add(f"uncaught: {error.error.stack or error.error.message}")

    def _see(self, request: Request) -> None:
        self.requests.append(request.url)
        if urlsplit(request.url).scheme not in _LOCAL and _origin(request.url) not in self._origins:
            self.faults.append(f"a request to another host: {request.method} {request.url}")

    def _add(self, fault: str) -> None:
        if not any(words.search(fault) for words in self._words):
            self.faults.append(fault)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

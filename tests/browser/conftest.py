"""One browser and one server a file; a context and an account of its own a test.

A test here is `async def` and takes `page` (a Playwright page that fails the test for whatever goes wrong in it), `amp`
(the account, by the package's own client), and `open_page`. All tests of a file share an event loop, which the browser
and the server live on.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from mock_amp.client import AsyncAccount, AsyncClient
from tests.acceptance.runtimes import needs
from tests.browser.home import Home
from tests.browser.looking import Camera, show
from tests.browser.watch import Watch

START: Final = "2026-01-01T00:00:00Z"
WINDOW: Final = (1280, 800)
PATIENCE: Final = 30_000
"""Milliseconds that Playwright waits for what a test expects.

Where all goes well nobody waits so long. A page that lost its server asks again after up to four seconds, and a board
that takes long to read rests four times as long.
"""

_HERE: Final = Path(__file__).resolve().parent
_FLAGS: Final = [
    "--no-sandbox",  # in a container there is none to be had
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",  # whatever a page asks for
]

expect.set_options(timeout=PATIENCE)  # of what is expected; that of a context is for what is done


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-screens", action="store_true", help="write the pictures of the page to docs/page/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser answers on the loop that started it, so the tests of a file run on one."""
    for item in items:
        if item.path.is_relative_to(_HERE) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """The Chromium that is there. Playwright is never asked to fetch one."""
    chromium = needs("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Home]:
    """The server of the tests of a file. Who stops it takes one of his own, by `new_home`."""
    home = Home(tmp_path_factory.mktemp("home"), "--clock", "frozen")
    await home.start()
    yield home
    await home.stop()


class NewHome(Protocol):
    async def __call__(self, *arguments: str) -> Home: ...


@pytest_asyncio.fixture(loop_scope="module")
async def new_home(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[NewHome]:
    """Starts a server of the test's own, by arguments of `serve`: `await new_home("--admin-key", "k")`."""
    async with AsyncExitStack() as stack:

        async def start(*arguments: str) -> Home:
            home = Home(tmp_path_factory.mktemp("home"), *arguments)
            await home.start()
            stack.push_async_callback(home.stop)
            return home

        yield start


class OpenAccount(Protocol):
    async def __call__(self, **wish: Any) -> AsyncAccount: ...


@pytest_asyncio.fixture(loop_scope="module")
async def open_account(home: Home) -> AsyncIterator[OpenAccount]:
    """Opens accounts that are forgotten after the test: frozen at START with seed 1, unless wished otherwise.

    `await open_account(clock="real", now=None)` is one whose time passes.
    """
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(AsyncClient(home.url))

        async def open_one(**wish: Any) -> AsyncAccount:
            account = await client.open_account(**{"clock": "frozen", "now": START, "seed": 1, **wish})
            return await stack.enter_async_context(account)

        yield open_one


@pytest_asyncio.fixture(loop_scope="module")
async def amp(open_account: OpenAccount) -> AsyncAccount:
    """The account of the test: `amp.url`, `amp.token`, `amp.id`, and what the control plane can do with it."""
    return await open_account()


@pytest.fixture
def watch(home: Home) -> Watch:
    """What is seen of the test's pages; `watch.allow` and `watch.allow_origin` say what may be wrong with them."""
    return Watch(home.url)


class NewContext(Protocol):
    async def __call__(self, **options: Any) -> BrowserContext: ...


@pytest_asyncio.fixture(loop_scope="module")
async def new_context(
    browser: Browser,
    watch: Watch,
    new_home: NewHome,  # noqa: ARG001 - servers and accounts outlive the pages, which would complain of their end
    open_account: OpenAccount,  # noqa: ARG001 - likewise
) -> AsyncIterator[NewContext]:
    """Another profile of the browser: 1280x800, light, reduced motion, unless Playwright's options say otherwise."""
    async with AsyncExitStack() as stack:

        async def make(**options: Any) -> BrowserContext:
            size = {"width": WINDOW[0], "height": WINDOW[1]}
            usual = {"viewport": size, "color_scheme": "light", "reduced_motion": "reduce", "locale": "en-GB"}
            context = await browser.new_context(**{**usual, "timezone_id": "UTC", **options})
            stack.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE)
            watch.on(context)
            return context

        yield make
    if watch.faults:
        pytest.fail("in the browser:\n" + "\n".join(watch.faults), pytrace=False)


@pytest_asyncio.fixture(loop_scope="module")
async def context(new_context: NewContext) -> BrowserContext:
    return await new_context()


@pytest_asyncio.fixture(loop_scope="module")
async def page(context: BrowserContext) -> Page:
    """An empty page of the test's own; what goes wrong in it fails the test."""
    return await context.new_page()


class OpenPage(Protocol):
    def __call__(self, view: str = "messages", **filters: str) -> Awaitable[Page]: ...


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(page: Page, amp: AsyncAccount) -> OpenPage:
    """Opens a view on the test's account, anew, and returns when its first data are there."""

    async def open_view(view: str = "messages", **filters: str) -> Page:
        return await show(page, amp.url, view, {"account": amp.id, **filters})

    return open_view


@pytest.fixture
def screenshot(request: pytest.FixtureRequest) -> Callable[[Page, str], Awaitable[bytes]]:
    """`await screenshot(page, name)`: docs/page/{name}.png, written with --write-screens, looked at without."""
    return Camera(writes=bool(request.config.getoption("write_screens", default=False)))

"""Pictures of the main views for the docs, light and dark, wide and narrow: `make screens` takes them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from mock_amp.client import AsyncClient
from tests.browser.conftest import NewContext
from tests.browser.home import Home
from tests.browser.looking import show
from tests.browser.stage import Stage, keep_busy, perform
from tests.browser.watch import Watch
from tests.harness import receiving

WIDE: Final = (1440, 900)
NARROW: Final = (390, 844)
VIEWS: Final = {
    "messages": "messages",
    "message": "messages/{rich}",
    "sms": "messages/{long}",
    "job": "messages?api_job_id={job}",
    "request": "requests/{refused}",
    "callbacks": "callbacks",
    "clock": "clock",
    "scenario": "scenario",
    "activity": "activity?span=10m",
    "first-visit": "messages",
}
LOOKS: Final = {
    "wide-light": (WIDE, "light"),
    "wide-dark": (WIDE, "dark"),
    "narrow-light": (NARROW, "light"),
    "narrow-dark": (NARROW, "dark"),
}
TAKEN: Final = [
    *((view, look) for view in ("messages", "message") for look in LOOKS),
    *((view, look) for view in VIEWS if view not in ("messages", "message") for look in ("wide-light", "narrow-dark")),
]


@dataclass(frozen=True, slots=True)
class Harbour:
    """A server on which a harbour has sent its messages, and the account of that."""

    home: Home
    account: str
    others: Mapping[str, str]
    """By view, the account of those that another one shows better: nothing was sent by it, or all the time."""
    stage: Stage


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harbour(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Harbour]:
    async with receiving() as takes, receiving() as breaks:
        breaks.answers = (503,)
        places = {"app.harbour.example": takes.url, "old.harbour.example": breaks.url}
        maps = [f"{name}={urlsplit(url).netloc}" for name, url in places.items()]
        arguments = [word for each in maps for word in ("--callback-map", each)]
        home = Home(tmp_path_factory.mktemp("harbour"), "--clock", "frozen", *arguments)
        await home.start()
        async with AsyncExitStack() as stack:
            stack.push_async_callback(home.stop)
            client = await stack.enter_async_context(AsyncClient(home.url))
            account = await client.open_account(clock="frozen", now="2026-01-01T08:30:00Z", seed=1)
            empty = await client.open_account(clock="frozen", now="2026-01-01T08:30:00Z", seed=1)
            busy = await client.open_account(clock="frozen", now="2026-01-01T08:30:00Z", seed=1)
            await keep_busy(busy)
            others = {"first-visit": empty.id, "activity": busy.id}
            yield Harbour(home=home, account=account.id, others=others, stage=await perform(account))


@pytest.mark.parametrize(("view", "look"), TAKEN)
async def test_a_picture_of_a_view(
    harbour: Harbour,
    new_context: NewContext,
    watch: Watch,
    screenshot: Callable[[Page, str], Awaitable[bytes]],
    view: str,
    look: str,
) -> None:
    watch.allow_origin(harbour.home.url)
    (width, height), scheme = LOOKS[look]
    context = await new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = await context.new_page()
    path, _, query = VIEWS[view].format_map(asdict(harbour.stage)).partition("?")
    account = harbour.others.get(view, harbour.account)
    await show(page, harbour.home.url, path, {"account": account, **dict(parse_qsl(query))})
    await expect(page.locator(".connection.is-open")).to_be_attached()
    await page.evaluate("() => document.activeElement.blur()")
    await page.locator("body:not([data-busy])").wait_for(state="attached")

    assert await screenshot(page, f"{view}-{look}")

"""What every view has around and in it: colours, the way past the header, links to what is seen, and "newer ones"."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import pytest
from playwright.async_api import Page, Route, expect

from mock_amp.client import AsyncAccount
from tests.browser.conftest import PATIENCE, OpenPage
from tests.browser.looking import at_rest
from tests.browser.sends import job, numbers, sms

NOBODY: Final = "http://127.0.0.1:9/reports"


async def test_the_colours_are_turned_and_stay_so(page: Page, open_page: OpenPage) -> None:
    """Those of the system first, then light, then dark, whatever the system has."""
    await open_page()
    colours, seen = "() => getComputedStyle(document.body).backgroundColor", []
    for name in ("auto", "light", "dark", "auto"):
        await expect(page.get_by_role("button", name=f"Colours: {name}")).to_be_visible()
        seen.append(await page.evaluate(colours))
        await page.get_by_role("button", name=f"Colours: {name}").click()
    light, dark = seen[1:3]

    assert seen == [light, light, dark, light]  # the browser's own are light here
    assert light != dark
    await page.get_by_role("button", name="Colours: light").click()
    await expect(page.get_by_role("button", name="Colours: dark")).to_be_visible()
    await open_page("rules")
    await expect(page.get_by_role("button", name="Colours: dark")).to_be_visible()
    assert await page.evaluate(colours) == dark


async def test_the_first_key_leads_past_the_header(amp: AsyncAccount, page: Page, open_page: OpenPage) -> None:
    await amp.send(sms())
    await open_page()
    await page.keyboard.press("Tab")
    skip = page.get_by_role("button", name="Skip to the view")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await page.keyboard.press("Tab")

    await expect(page.get_by_role("searchbox", name="Search messages")).to_be_focused()


async def test_a_tab_is_called_what_is_seen_in_it(amp: AsyncAccount, page: Page, open_page: OpenPage) -> None:
    sent = await amp.send(sms(callback_url=NOBODY))
    await amp.wait_for_attempts(callback_id="1")
    for view, title in {
        "messages": "Messages",
        f"messages/{sent.message_id}": f"Message {sent.message_id}",
        "requests": "Requests",
        "requests/1": "Request 1",
        "callbacks": "Callbacks",
        "callbacks/1": "Callback 1",
        "clock": "Clock",
        "nowhere": "No such view",
    }.items():
        await open_page(view)
        await expect(page).to_have_title(f"{title} · mock-amp")


@pytest.mark.parametrize("view", ["messages", "requests", "callbacks", "rules"])
@pytest.mark.parametrize("clipboard", ["of today", "of a page that came by plain HTTP"])
async def test_the_link_to_a_view_is_copied(page: Page, open_page: OpenPage, view: str, clipboard: str) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await open_page(view, search="harbour bell")
    if clipboard != "of today":
        await page.evaluate(
            "() => Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })"
        )
    button = page.get_by_role("button", name="Copy link to this view")
    await button.click()
    await expect(page.get_by_text("Copied")).to_be_visible()
    await expect(button).to_be_focused()
    await page.evaluate("() => delete navigator.clipboard")
    link = await page.evaluate("() => navigator.clipboard.readText()")

    assert link == page.url
    assert "search=harbour" in link


@asynccontextmanager
async def held(page: Page, urls: str) -> AsyncIterator[None]:
    """What the page asks of these URLs goes on its way only after the block."""
    over = asyncio.Event()

    async def wait(route: Route) -> None:
        await over.wait()
        await route.continue_()

    await page.route(urls, wait)
    try:
        yield
    finally:
        over.set()


async def messages(amp: AsyncAccount, wanted: list[str]) -> None:
    await amp.send(job(wanted))


async def requests(amp: AsyncAccount, wanted: list[str]) -> None:
    for number in wanted:
        await amp.send(sms(number))


async def callbacks(amp: AsyncAccount, wanted: list[str]) -> None:
    for number in wanted:
        await amp.send(sms(number, callback_url=NOBODY))
    await amp.advance(until="idle")


Come: TypeAlias = Callable[[AsyncAccount, list[str]], Awaitable[None]]
LISTS: Final = pytest.mark.parametrize(
    ("come", "view", "filters"),
    [
        (messages, "messages", {"search": "everybody"}),
        (requests, "requests", {}),
        (callbacks, "callbacks", {"state": "discarded"}),
    ],
    ids=["messages", "requests", "callbacks"],
)


async def scroll_down(page: Page) -> None:
    """To the 18th row and a bit, as soon as so many are there."""
    async with asyncio.timeout(PATIENCE / 1_000):
        while await page.locator(".rows").evaluate("(node) => (node.scrollTop = 800, node.scrollTop)") < 800:
            await page.evaluate("() => new Promise(requestAnimationFrame)")


@LISTS
async def test_who_looks_further_down_goes_on_seeing_the_same(
    amp: AsyncAccount, page: Page, open_page: OpenPage, come: Come, view: str, filters: dict[str, str]
) -> None:
    await come(amp, numbers(100))
    await open_page(view, **filters)
    await scroll_down(page)
    await expect(page.locator('[data-at="22"]')).to_be_in_viewport()
    row = page.locator(f"""[href="{await page.locator('[data-at="22"]').get_attribute("href")}"]""")
    before = await row.bounding_box()
    await come(amp, numbers(5, 35699200000))
    await expect(row).not_to_have_attribute("data-at", "22")
    await at_rest(page)

    assert await row.bounding_box() == before


@LISTS
async def test_what_is_opened_far_down_is_left_for_its_place(
    amp: AsyncAccount, page: Page, open_page: OpenPage, come: Come, view: str, filters: dict[str, str]
) -> None:
    await come(amp, numbers(100))
    await open_page(view, **filters)
    await scroll_down(page)
    row = page.locator('[data-at="22"]')
    await expect(row).to_be_in_viewport()
    before, href = await row.bounding_box(), await row.get_attribute("href")
    await row.click()
    await expect(page.locator(".detail h1")).to_be_visible()
    await expect(row).to_be_in_viewport()
    await page.keyboard.press("Escape")
    await expect(page.locator(".detail")).to_have_count(0)

    await expect(row).to_be_focused()
    await expect(row).to_have_attribute("href", href or "")
    await at_rest(page)
    assert await row.bounding_box() == before


@LISTS
async def test_what_is_opened_at_the_lower_edge_stays_in_sight(
    amp: AsyncAccount, page: Page, open_page: OpenPage, come: Come, view: str, filters: dict[str, str]
) -> None:
    """Though each row is higher beside it; and is then where it was."""
    await come(amp, numbers(40))
    await open_page(view, **filters)
    await at_rest(page)
    last = await page.locator(".rows").evaluate("(node) => Math.floor(node.clientHeight / 44) - 1")
    row = page.locator(f'[data-at="{last}"]')
    before = await row.bounding_box()
    await row.click()
    await expect(page.locator(".detail h1")).to_be_visible()
    await expect(row).to_be_in_viewport(ratio=1)
    beside = await row.bounding_box()
    await page.keyboard.press("Escape")
    await expect(row).to_be_focused()
    await at_rest(page)

    assert await row.bounding_box() == before
    assert beside is not None
    assert before is not None
    assert beside["height"] > before["height"]


@LISTS
async def test_the_row_that_keys_lead_to_is_in_sight(
    amp: AsyncAccount, page: Page, open_page: OpenPage, come: Come, view: str, filters: dict[str, str]
) -> None:
    await come(amp, numbers(20))
    await open_page(view, **filters)
    await page.locator('[data-at="0"]').focus()
    last = int(await page.locator("[aria-setsize]").first.get_attribute("aria-setsize") or 0) - 1
    fit = await page.locator(".rows").evaluate(
        "(node) => Math.floor(node.clientHeight / parseFloat(getComputedStyle(node).getPropertyValue('--row')))"
    )
    walk = {"PageDown": fit - 1, "ArrowDown": fit, "End": last, "ArrowUp": last - 1, "Home": 0}
    for key, at in walk.items():
        await page.keyboard.press(key)
        row = page.locator(f'[data-at="{at}"]')
        await expect(row).to_be_focused()
        await expect(row).to_be_in_viewport(ratio=1)


@LISTS
async def test_more_than_are_read_at_once_wait_for_whoever_looks_further_down(
    amp: AsyncAccount, page: Page, open_page: OpenPage, come: Come, view: str, filters: dict[str, str]
) -> None:
    """The list stays as it is until they are asked for; then the newest is at the top."""
    await come(amp, numbers(100))
    await open_page(view, **filters)
    first = page.locator('[data-at="0"]')
    await expect(first).to_be_visible()
    newest = await first.get_attribute("href")
    await scroll_down(page)
    row = page.locator('[data-at="22"]')
    await expect(row).to_be_in_viewport()
    seen = await row.get_attribute("href")
    async with held(page, f"**/{view}?**"):  # or a slow machine would see some of them, and more, and more
        await come(amp, numbers(100, 35699200000))
    newer = page.get_by_role("button", name="Newer ones have come: show them")
    await expect(newer).to_be_visible()
    await expect(row).to_be_in_viewport()
    kept = await row.get_attribute("href")
    async with held(page, f"**/{view}?**"):
        await newer.click()
        await expect(page.get_by_role("listitem")).to_have_count(0)
        said = await page.locator("main h2").all_text_contents()

    await expect(first).to_be_in_viewport()
    await expect(first).not_to_have_attribute("href", newest or "")
    await expect(newer).to_have_count(0)
    assert kept == seen
    assert said == []  # such as that there are none
    assert await page.locator(".rows").evaluate("(node) => node.scrollTop") == 0


async def test_more_than_are_read_at_once_leave_no_gap_for_whoever_is_at_the_top(
    amp: AsyncAccount, page: Page, open_page: OpenPage
) -> None:
    """They are there at once, and those between them and the older ones as well."""
    await messages(amp, numbers(100))
    await open_page("messages", search="everybody")
    async with held(page, "**/messages?**"):
        await messages(amp, numbers(200, 35699200000))
    first = page.locator('[data-at="0"]')
    await expect(first).to_contain_text("35699200199")
    for at, number in ((100, "35699200099"), (199, "35699200000"), (200, "35699100099")):
        row = page.locator(f'[data-at="{at}"]')
        async with asyncio.timeout(PATIENCE / 1_000):
            while not await row.count():
                await page.locator(".rows").evaluate("(node) => { node.scrollTop += 300; }")
                await page.evaluate("() => new Promise(requestAnimationFrame)")

        await expect(row).to_contain_text(number)

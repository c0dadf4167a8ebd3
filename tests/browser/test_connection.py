"""The state of the connection is seen; after a restart of the server the page comes back without losing its place."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from mock_amp.client import AsyncAccount, AsyncClient
from tests.browser.conftest import NewHome, OpenPage
from tests.browser.home import Home
from tests.browser.looking import axe, show
from tests.browser.sends import job, numbers, sms
from tests.browser.watch import Watch

GONE = r"ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_|INCOMPLETE_|SOCKET_NOT_)"


@pytest.fixture
async def kept(new_home: NewHome, tmp_path: Path, watch: Watch) -> Home:
    """A server whose data outlive it; that its connections end is no fault."""
    home = await new_home("--store", f"sqlite:///{tmp_path / 'data.db'}", "--clock", "frozen")
    watch.allow(GONE)
    watch.allow_origin(home.url)
    return home


async def test_the_connection_is_live_once_the_page_is_there(open_page: OpenPage) -> None:
    page = await open_page()

    await expect(page.locator(".connection")).to_have_text("Live")
    await expect(page.locator("body")).to_have_attribute("data-connection", "open")


@pytest.mark.parametrize("how", ["stop", "kill"])
async def test_after_a_restart_the_page_goes_on_where_it_was(kept: Home, page: Page, how: str) -> None:
    async with AsyncClient(kept.url) as client:
        account = await client.account()
        await account.send(job(numbers(300)))
        await show(page, kept.url, "messages", {"search": "everybody"})
        row = page.get_by_role("link", name="35699100255")
        await page.locator(".rows").evaluate("(node) => { node.scrollTop = 40 * 44; }")
        await expect(row).to_be_visible()
        before = await row.bounding_box()
        await (kept.stop() if how == "stop" else kept.kill())
        await expect(page.locator(".connection")).to_have_text("Connection lost, trying again…")
        await expect(page).to_have_title("… Messages · mock-amp")
        await expect(row).to_be_visible()
        await kept.start()

        await expect(page.locator(".connection")).to_have_text("Live")
        assert await row.bounding_box() == before
        assert await page.get_by_role("searchbox").input_value() == "everybody"
        await account.send(job(numbers(2, 35699500000)))
        await expect(page.get_by_role("heading", name="Messages")).to_contain_text("302 messages")
        assert await row.bounding_box() == before


async def test_what_came_about_while_the_page_was_away_is_there_when_it_is_back(kept: Home, page: Page) -> None:
    async with AsyncClient(kept.url) as client:
        account = await client.account()
        await account.send(sms("35699000001"))
        await show(page, kept.url)
        await page.context.set_offline(True)
        await account.send(sms("35699000002"))
        await kept.stop()
        await kept.start()
        await page.context.set_offline(False)

        await expect(page.get_by_role("list", name="Messages").get_by_role("link")).to_have_count(2)


async def test_a_server_that_forgets_comes_back_empty(new_home: NewHome, page: Page, watch: Watch) -> None:
    home = await new_home("--clock", "frozen")
    watch.allow(GONE)
    watch.allow_origin(home.url)
    async with AsyncClient(home.url) as client:
        await (await client.account()).send(sms("35699000001"))
    await show(page, home.url)
    await expect(page.get_by_role("link", name="35699000001")).to_be_visible()
    await home.stop()
    await home.start()

    await expect(page.locator(".connection")).to_have_text("Live")
    await expect(page.get_by_role("link", name="35699000001")).to_have_count(0)


async def test_a_reset_empties_the_page(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms("35699000001"))
    page = await open_page()
    await expect(page.get_by_role("link", name="35699000001")).to_be_visible()
    await amp.reset()

    await expect(page.get_by_role("link", name="35699000001")).to_have_count(0)


async def test_an_account_that_there_is_not_is_told(open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 404")
    page = await open_page("messages", account="nobody")

    await expect(page.get_by_role("alert")).to_contain_text("nobody")


async def test_the_key_is_asked_for_once_and_opens_the_page(new_home: NewHome, page: Page, watch: Watch) -> None:
    home = await new_home("--admin-key", "open-sesame-0042", "--clock", "frozen")
    watch.allow("status of 401")
    watch.allow_origin(home.url)
    await show(page, home.url)
    await expect(page.get_by_role("heading", name="wants its key")).to_be_visible()
    await axe(page)
    await page.get_by_label("Admin key").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.get_by_label("Admin key").fill("open-sesame-0042")
    await page.keyboard.press("Enter")

    await expect(page.locator(".connection")).to_have_text("Live")
    await expect(page.get_by_role("heading", name="No message yet")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", name="No message yet")).to_be_visible()

"""The account: what it is, its tokens, its snapshot, and the other accounts."""

import json
from typing import Any

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from mock_amp.client import AsyncAccount, AsyncClient
from mock_amp.client.errors import AmpError
from tests.browser.conftest import NewHome, OpenAccount, OpenPage
from tests.browser.hostile import HOSTILE
from tests.browser.looking import axe, show
from tests.browser.sends import sms
from tests.browser.watch import Watch


def part(page: Page, name: str) -> Locator:
    return page.locator("section").and_(page.get_by_role("region", name=name, exact=True))


def rows(page: Page) -> Locator:
    return part(page, "Tokens").locator("tbody").get_by_role("row")


async def answer(page: Page, question: str, yes: str) -> None:
    await page.get_by_role("dialog", name=question).get_by_role("button", name=yes).click()


async def test_the_account_is_told(open_account: OpenAccount, page: Page) -> None:
    amp = await open_account(seed=77, scenario="outage", limits={"messages": 1234, "age": "24h"}, expires_after="1h")
    await show(page, amp.url, "account", {"account": amp.id})
    about = part(page, amp.id)

    for words in ("frozen", "77", "outage", "1,234 messages, 100,000 requests, for 1d"):
        await expect(about).to_contain_text(words)
    await expect(about).to_contain_text("after 1h without use")
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text(amp.token)
    await expect(rows(page)).to_contain_text("no limit")


async def test_a_token_is_made_and_ended(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("account")
    await page.get_by_label("Name of a new token").fill("shop")
    await page.get_by_label("Requests at most").fill("3")
    await page.get_by_role("button", name="New token").click()

    await expect(rows(page)).to_have_count(2)
    made = next(each for each in await amp.tokens() if each.name == "shop")
    assert made.rate == {"requests": 3, "per": "1s"}
    row = rows(page).filter(has_text="shop")
    await expect(row).to_contain_text(made.token)
    await expect(row).to_contain_text("3 in 1s")
    await expect(page.get_by_label("Name of a new token")).to_have_value("")
    await row.get_by_role("button", name="Delete the token shop").click()
    await answer(page, "Delete this token?", "Cancel")
    await expect(rows(page)).to_have_count(2)
    await row.get_by_role("button", name="Delete the token shop").click()
    await answer(page, "Delete this token?", "Delete it")
    await expect(rows(page)).to_have_count(1)
    assert [each.token for each in await amp.tokens()] == [amp.token]


async def test_a_token_that_cannot_be_is_told_beside_its_form(open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 400")
    page = await open_page("account")
    await page.get_by_label("Requests at most").fill("3")
    await page.get_by_label("in", exact=True).fill("soon")
    await page.get_by_role("button", name="New token").click()

    await expect(part(page, "Tokens").get_by_role("alert")).to_contain_text("'soon' is not a duration")
    await expect(page.get_by_label("in", exact=True)).to_have_value("soon")
    await expect(rows(page)).to_have_count(1)


async def test_another_account_is_opened_gone_to_and_deleted(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("account")
    form = part(page, "Open another account")
    await form.get_by_label("Clock").select_option("scaled")
    await form.get_by_label("Seed").fill("4711")
    await form.get_by_label("Scenario").select_option("two-way")
    await form.get_by_role("button", name="Open it").click()

    await expect(part(page, "Tokens")).to_be_visible()
    await expect(page.get_by_role("combobox", name="Account")).not_to_have_value(amp.id)
    new = await page.get_by_role("combobox", name="Account").input_value()
    await expect(part(page, new)).to_contain_text("4711")
    async with AsyncClient(amp.url) as client:
        told = next(each for each in await client.accounts() if each.id == new)
        assert (told.clock.mode, told.seed, told.scenario) == ("scaled", 4711, "two-way")
        await page.get_by_role("button", name="Delete…").click()
        await answer(page, "Delete this account?", "Delete it")
        await expect(part(page, "default")).to_be_visible()
        await expect(page.get_by_role("link", name=new)).to_have_count(0)
        assert new not in [each.id for each in await client.accounts()]


async def test_the_default_account_stays(amp: AsyncAccount, page: Page) -> None:
    await show(page, amp.url, "account")
    delete = page.get_by_role("button", name="Delete…")

    await expect(delete).to_be_disabled()
    await expect(delete).to_have_accessible_description("The default account cannot be deleted; a reset empties it.")
    await delete.click(force=True)
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_reset_asks_and_says_what_goes(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms())
    await amp.scenario("outage")
    page = await open_page("account")
    await expect(part(page, amp.id)).to_contain_text("outage")
    await page.get_by_role("button", name="Reset…").click()
    await expect(page.get_by_role("dialog")).to_contain_text("All its messages, callbacks, requests")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Reset…")).to_be_focused()
    assert len(await amp.messages()) == 1
    await page.keyboard.press("Enter")
    await answer(page, "Reset this account?", "Reset it")

    await expect(part(page, amp.id)).to_contain_text("magic-numbers")
    assert await amp.messages() == []


async def test_a_snapshot_is_downloaded_and_taken_over(amp: AsyncAccount, open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 400")
    await amp.send(sms())
    page = await open_page("account")
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Download").click()
    download = await coming.value
    kept = json.loads((await download.path()).read_text(encoding="utf-8"))
    assert download.suggested_filename == f"mock-amp-{amp.id}-2026-01-01T00-00-00.json"
    assert kept == await amp.snapshot()
    await amp.reset()
    await choose(page, kept)
    await answer(page, "Replace what this account has?", "Replace it")

    await expect(page.get_by_text("The snapshot is taken over")).to_be_visible()
    assert len(await amp.messages()) == 1
    await choose(page, {"a": 1})
    await answer(page, "Replace what this account has?", "Replace it")
    await expect(part(page, "Snapshot").get_by_role("alert")).to_contain_text("version")
    await choose(page, "{")
    await expect(part(page, "Snapshot").get_by_role("alert")).to_have_text("it.json is no snapshot: it is no JSON.")
    assert len(await amp.messages()) == 1


async def choose(page: Page, told: Any) -> None:
    """Takes a file with this in it."""
    text = told if isinstance(told, str) else json.dumps(told)
    file = FilePayload(name="it.json", mimeType="application/json", buffer=text.encode())
    await page.get_by_label("Take one over…").set_input_files(file)


async def test_a_thousand_accounts_are_found_by_a_part_of_their_id(new_home: NewHome, page: Page, watch: Watch) -> None:
    home = await new_home("--clock", "frozen")
    watch.allow_origin(home.url)
    async with AsyncClient(home.url) as client:
        for _ in range(250):
            await client.open_account(clock="frozen")
        ids = [each.id for each in await client.accounts()]
    await show(page, home.url, "account")
    found = part(page, "Accounts").get_by_role("listitem")

    await expect(found).to_have_count(200)
    await expect(part(page, "Accounts").get_by_role("status")).to_have_text("251 accounts, the first 200 of them here.")
    await page.get_by_role("searchbox", name="Search accounts").fill(ids[-1].upper())
    await expect(found).to_have_count(1)
    assert "search=" in page.url
    await found.get_by_role("link").click()
    await expect(part(page, ids[-1])).to_be_visible()


async def test_hostile_names_are_texts(amp: AsyncAccount, open_page: OpenPage) -> None:
    taken = [each for each in HOSTILE.values() if await is_taken(amp, each)]
    page = await open_page("account")

    assert len(taken) > 50
    names = rows(page).get_by_role("rowheader")
    await expect(names).to_have_count(len(taken) + 1)
    shown = [each or "no name" for each in taken]
    assert sorted(await names.all_text_contents()) == sorted(["no name", *shown])
    assert await page.evaluate("() => window.hostile") is None
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


async def is_taken(amp: AsyncAccount, name: str) -> bool:
    try:
        await amp.add_token(name=name)
    except AmpError:
        return False
    return True


async def test_a_narrow_window_has_all_of_it(open_page: OpenPage, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await open_page("account")
    await expect(rows(page)).to_have_count(1)

    assert await page.evaluate("() => document.documentElement.scrollWidth") == 360
    assert await page.evaluate("() => document.querySelector('main').scrollWidth") == 360
    token, copied = rows(page).locator("code"), rows(page).get_by_role("button", name="Copy the token")
    for part in (token, copied):
        box = await part.bounding_box()
        assert box
        assert box["x"] + box["width"] < 345
    shown = await token.evaluate(
        "(it) => it.scrollWidth <= it.clientWidth || getComputedStyle(it).display === 'inline'"
    )
    assert shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_keeps_a_screen_reader_out(open_page: OpenPage, scheme: str) -> None:
    page = await open_page("account")
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await expect(rows(page)).to_have_count(1)
    await axe(page)
    await page.get_by_role("button", name="Reset…").click()

    await axe(page)

"""The rules of the wire contract, as the page shows them."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Locator, Page, expect

from mock_amp.adapters.ledger import read_ledger
from mock_amp.client import AsyncAccount
from mock_amp.client.errors import Refused
from tests.browser.conftest import OpenPage
from tests.browser.looking import axe
from tests.browser.sends import sms


def rules(page: Page) -> Locator:
    return page.locator(".rules li")


def filters(page: Page) -> dict[str, str]:
    """What the address says, without the account."""
    query = parse_qs(urlsplit(urlsplit(page.url).fragment).query)
    return {name: values[0] for name, values in query.items() if name != "account"}


async def test_all_rules_are_there_by_topic(open_page: OpenPage) -> None:
    page = await open_page("rules")

    await expect(rules(page)).to_have_count(len(read_ledger()))
    await expect(page.get_by_role("heading", name="D · Destinations")).to_be_visible()
    await expect(page.get_by_role("heading", name="Others")).to_have_count(0)
    assert [each.id for each in read_ledger()] == await page.locator(".rules li > a").all_text_contents()


async def test_a_rule_has_an_address_and_is_brought_into_sight(open_page: OpenPage) -> None:
    page = await open_page("rules/L-4")

    await expect(rules(page).filter(has=page.locator("[aria-current]"))).to_be_in_viewport()
    await expect(page.locator(".rules [aria-current]")).to_have_text("L-4")


async def test_who_comes_for_a_rule_has_the_focus_there(amp: AsyncAccount, open_page: OpenPage) -> None:
    with pytest.raises(Refused):
        await amp.send(sms("avc"))
    page = await open_page("requests")
    await page.get_by_role("list", name="Requests").get_by_role("link").click()
    await (
        page.get_by_role("region", name="Why it was refused").get_by_role("link", name="D-1", exact=True).press("Enter")
    )

    await expect(page.locator("#rule-D-1")).to_be_focused()
    await expect(page.locator("#rule-D-1")).to_be_in_viewport()
    await page.keyboard.press("Tab")
    await expect(page.locator("#rule-D-1").get_by_role("link", name="D-1", exact=True)).to_be_focused()


async def test_sources_are_told_in_words_and_explained(open_page: OpenPage) -> None:
    page = await open_page("rules")
    source = page.locator("#rule-D-1 .source")

    await expect(source).to_contain_text("known · from real server, AMP API (IM Gateway requests prints 7-20;")
    letters = [each.source.replace("(X)", "") for each in read_ledger()]
    assert any("X" in each for each in letters)
    shown = await page.locator(".rules .source").all_text_contents()
    assert not [line for line in shown if re.search(r"from .*\b(V|S[0-4]|P|C|X)\b.* · since", line)]
    await page.get_by_text("What sources and standings mean").click()
    await expect(page.locator(".rules details")).to_contain_text("our choicenobody outside knows")
    await expect(page.locator(".rules details")).to_contain_text("known, partly chosen")


async def test_what_stands_in_backquotes_is_code(open_page: OpenPage) -> None:
    page = await open_page("rules/D-1")
    text = next(each.text for each in read_ledger() if each.id == "D-1")

    shown = page.locator("#rule-D-1 p").first
    assert await shown.text_content() == text.replace("`", "")
    assert await shown.locator("code").all_text_contents() == text.split("`")[1::2]


async def test_rules_are_searched_and_filtered_in_the_address(open_page: OpenPage) -> None:
    page = await open_page("rules")
    await page.get_by_role("searchbox", name="Search rules").fill("custom_id")
    await page.get_by_label("Standing").select_option("chosen")
    found = [
        each.id
        for each in read_ledger()
        if "custom_id" in f"{each.id} {each.text}".lower() and "chosen" in each.standing
    ]

    await expect(rules(page)).to_have_count(len(found))
    assert filters(page) == {"search": "custom_id", "standing": "chosen"}
    await page.reload()
    await expect(rules(page)).to_have_count(len(found))
    await expect(page.get_by_role("searchbox")).to_have_value("custom_id")
    await page.get_by_role("searchbox").fill("nowhere at all")
    await expect(page.get_by_role("heading", name="No rule is like that")).to_be_visible()


async def test_a_rule_leads_to_the_requests_that_it_refused(amp: AsyncAccount, open_page: OpenPage) -> None:
    for _ in range(2):
        with pytest.raises(Refused):
            await amp.send(sms("avc"))
    await amp.send(sms())
    page = await open_page("rules/D-1")
    await page.get_by_role("link", name="2 requests refused by D-1").click()

    await expect(page.get_by_role("list", name="Requests").get_by_role("link")).to_have_count(2)
    assert filters(page) == {"rule": "D-1"}


async def test_a_rule_that_there_is_not_is_told(open_page: OpenPage) -> None:
    page = await open_page("rules/Z-99")

    await expect(page.get_by_role("heading", name="There is no rule Z-99")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_keeps_a_screen_reader_out(open_page: OpenPage, scheme: str) -> None:
    page = await open_page("rules/D-1")
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await expect(page.locator(".rules [aria-current]")).to_be_in_viewport()

    await axe(page)

"""The main ways through the page by the keyboard alone: what has the focus is said after each key."""

import pytest
from playwright.async_api import Locator, Page, expect

from mock_amp.client import AsyncAccount
from tests.browser.conftest import NewHome, OpenPage
from tests.browser.looking import at_rest
from tests.browser.sends import im, job, numbers, sms
from tests.browser.watch import Watch

PHONE, DESK = (360, 740), (1280, 800)
BAD = b'{"destinations": [{"number": "avc"}], "sms_content": {"message": "Hi"}}'


def row(page: Page, name: str, of: str = "Messages") -> Locator:
    return page.get_by_role("list", name=of, exact=True).get_by_role("link", name=name)


def head(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", level=1, name=name)


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def tab_to(page: Page, goal: Locator, key: str = "Tab") -> None:
    """By the Tab key until it has the focus."""
    await expect(goal).to_be_visible()
    for _ in range(60):
        if await goal.evaluate("node => node === document.activeElement"):
            return
        await page.keyboard.press(key)
    raise AssertionError(f"{key} does not come to {goal}, but to {await page.locator(':focus').all_inner_texts()}")


async def see(page: Page, size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})


@pytest.mark.parametrize("size", [PHONE, DESK])
@pytest.mark.parametrize("key", ["Escape", "Enter"])
async def test_a_message_is_opened_and_left_and_the_row_has_the_focus_again(
    amp: AsyncAccount, page: Page, open_page: OpenPage, size: tuple[int, int], key: str
) -> None:
    for number in numbers(30):
        await amp.send(sms(number))
    await see(page, size)
    await open_page()
    await tab_to(page, row(page, "35699100029"))
    await press(page, *["ArrowDown"] * 20, "Enter")

    await expect(head(page, "35699100009")).to_be_focused()
    if key == "Enter":
        await tab_to(page, page.get_by_role("link", name="Back to the list"), "Shift+Tab")
    await press(page, key)
    await expect(row(page, "35699100009")).to_be_focused()
    await expect(row(page, "35699100009")).to_be_in_viewport(ratio=1)
    await press(page, "ArrowDown", "Enter")
    await expect(head(page, "35699100008")).to_be_focused()
    await page.go_back()
    await expect(row(page, "35699100008")).to_be_focused()


@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_a_message_of_an_address_is_left_for_its_row(
    amp: AsyncAccount, page: Page, open_page: OpenPage, size: tuple[int, int]
) -> None:
    sent = await amp.send(sms("35699000001"))
    await amp.send(sms("35699000002"))
    await see(page, size)
    await open_page(f"messages/{sent.message_id}")
    await expect(head(page, "35699000001")).to_be_visible()
    await press(page, "Escape")

    await expect(row(page, "35699000001")).to_be_focused()


async def test_a_job_is_opened_and_left_for_its_row(amp: AsyncAccount, page: Page, open_page: OpenPage) -> None:
    await amp.send(job(numbers(5)))
    await amp.send(sms("35699000001"))
    await open_page()
    await tab_to(page, row(page, "35699000001"))
    await press(page, "ArrowDown", "Enter")

    await expect(head(page, "Messages 5 messages")).to_be_focused()
    await page.go_back()
    await expect(row(page, "A job of 5 messages")).to_be_focused()


async def test_each_view_is_a_tab_and_enter_away(page: Page, open_page: OpenPage) -> None:
    await open_page()
    views = page.get_by_role("navigation", name="Views")
    for name, heading in (("Requests", "Requests"), ("Send", "Send a message"), ("Scenario", "Scenario")):
        await tab_to(page, views.get_by_role("link", name=name), "Tab" if name == "Requests" else "Shift+Tab")
        await press(page, "Enter")

        await expect(head(page, heading)).to_be_focused()


async def test_escape_closes_a_dialog_then_what_is_open_but_no_choice_and_no_text(
    amp: AsyncAccount, page: Page, open_page: OpenPage
) -> None:
    sent = await amp.send(im("VIBER"))
    await open_page(f"messages/{sent.message_id}")
    force = page.get_by_role("button", name="Force a status")
    await tab_to(page, force)
    await press(page, "Enter")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    assert await dialog.evaluate("node => node.contains(document.activeElement)")
    await press(page, "Escape")
    await expect(dialog).to_have_count(0)
    await expect(force).to_be_focused()
    await page.get_by_role("combobox", name="Channel").focus()
    await press(page, "Escape")
    await page.get_by_role("textbox", name="Reply").fill("Hello")
    await press(page, "Escape")

    await expect(page.get_by_role("textbox", name="Reply")).to_have_value("Hello")
    await expect(head(page, "35699000001")).to_be_visible()
    await page.get_by_role("textbox", name="Reply").fill("")
    await press(page, "Escape")
    await expect(row(page, "35699000001")).to_be_focused()


async def test_whoever_types_is_left_alone(amp: AsyncAccount, page: Page, open_page: OpenPage) -> None:
    sent = await amp.send(sms("35699000001"))
    await amp.send(sms("35699000002"))
    await open_page(f"messages/{sent.message_id}")
    search = page.get_by_role("searchbox", name="Search messages")
    await search.focus()
    await page.keyboard.type("35699000002")

    await expect(row(page, "35699000002")).to_be_visible()
    await expect(row(page, "35699000001")).to_have_count(0)
    await expect(search).to_be_focused()
    await expect(search).to_have_value("35699000002")


@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_a_card_of_the_board_is_opened_and_left(
    amp: AsyncAccount, page: Page, open_page: OpenPage, size: tuple[int, int]
) -> None:
    for number in numbers(3):
        await amp.send({**sms(number), "callback_url": "http://127.0.0.1:9/reports"})
    await see(page, size)
    await open_page("callbacks")
    card = page.get_by_role("link", name="Callback 2", exact=True)
    await card.focus()
    await press(page, "Enter")

    await expect(head(page, "Callback 2")).to_be_focused()
    await press(page, "Escape")
    await expect(card).to_be_focused()


async def test_what_goes_leaves_the_focus_to_what_is_in_its_place(
    amp: AsyncAccount, page: Page, open_page: OpenPage
) -> None:
    """The row of what is ahead is gone once the clock is there; the next one is in its place."""
    for number in numbers(2):
        await amp.send(im("VIBER", number))
    await open_page("clock")
    here = page.get_by_role("button", name="Advance to here").and_(page.locator("table button"))
    await expect(here).not_to_have_count(0)
    first = await here.first.get_attribute("aria-label")
    await here.first.focus()
    await press(page, "Enter")

    await expect(page.get_by_role("button", name=first or "", exact=True)).to_have_count(0)
    await expect(page.locator("main :focus")).to_have_count(1)


async def test_a_message_that_is_sent_again_has_the_focus(amp: AsyncAccount, page: Page, open_page: OpenPage) -> None:
    sent = await amp.send(sms("35699000001"))
    await open_page(f"messages/{sent.message_id}")
    await tab_to(page, page.get_by_role("button", name="Send again"))
    await press(page, "Enter")

    await expect(page).not_to_have_url(f"*{sent.message_id}*")
    await expect(page.get_by_text("Sent again: answered 200")).to_be_visible()
    await expect(head(page, "35699000001")).to_be_focused()


async def test_the_rule_of_a_refusal_is_reached_and_left(amp: AsyncAccount, page: Page, open_page: OpenPage) -> None:
    assert (await amp.post(BAD)).status == 403
    await open_page("requests")
    await tab_to(page, row(page, "POST /1/im", "Requests"))
    await press(page, "Enter")
    await expect(head(page, "POST /1/im")).to_be_focused()
    rule = page.get_by_role("region", name="Why it was refused").get_by_role("link", name="D-1")
    await tab_to(page, rule)
    await press(page, "Enter")

    await expect(page.locator("#rule-D-1")).to_be_focused()
    await expect(page.locator("#rule-D-1")).to_be_in_viewport()
    await page.go_back()
    await expect(rule).to_be_focused()
    await press(page, "Escape")
    await expect(row(page, "POST /1/im", "Requests")).to_be_focused()


@pytest.mark.parametrize("way", ["back", "link"])
@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_a_list_is_where_it_was_left(
    amp: AsyncAccount, page: Page, open_page: OpenPage, size: tuple[int, int], way: str
) -> None:
    """Further down than what is read at first, and with newer ones by now."""
    await amp.send(job(numbers(300)))
    await see(page, size)
    await open_page("messages", search="everybody")
    seen = row(page, "35699100150")
    while not await seen.count():
        await page.locator(".rows").evaluate("(node) => { node.scrollTop += 300; }")
        await page.evaluate("() => new Promise(requestAnimationFrame)")
    await seen.evaluate("node => node.scrollIntoView({block: 'center'})")
    await expect(seen).to_be_in_viewport(ratio=1)
    before = await seen.bounding_box()
    await page.get_by_role("link", name="Requests", exact=True).click()
    await expect(head(page, "Requests")).to_be_visible()
    await amp.send(job(numbers(5, 35699500000)))
    if way == "back":
        await page.go_back()
    else:
        await page.evaluate("hash => { location.hash = hash; }", f"/messages?account={amp.id}&search=everybody")

    await expect(head(page, "Messages")).to_contain_text("305 messages")
    await expect(seen).to_be_in_viewport(ratio=1)
    assert await seen.bounding_box() == before
    await seen.click()
    await expect(head(page, "35699100150")).to_be_visible()
    await press(page, "Escape")
    await expect(seen).to_be_focused()
    assert await seen.bounding_box() == before


async def test_the_row_that_was_left_keeps_the_focus_and_its_place(amp: AsyncAccount, open_page: OpenPage) -> None:
    """All rows are as high again as they were, and others are in sight."""
    await amp.send(job(numbers(300)))
    page = await open_page("messages", search="everybody")
    await at_rest(page)
    seen = row(page, "35699100250")
    await page.locator(".rows").evaluate("(node) => { node.scrollTop = 40 * 44 + 13; }")
    await expect(seen).to_be_visible()
    before = await seen.bounding_box()
    await seen.click()
    await expect(head(page, "35699100250")).to_be_visible()
    await at_rest(page)
    await press(page, "Escape")

    await expect(seen).to_be_focused()
    assert await seen.bounding_box() == before
    await at_rest(page)
    await expect(seen).to_be_focused()


async def test_the_key_is_typed_at_once(new_home: NewHome, page: Page, watch: Watch) -> None:
    home = await new_home("--admin-key", "open-sesame-0042", "--clock", "frozen")
    watch.allow("status of 401")
    watch.allow_origin(home.url)
    await page.goto(home.url)
    key = page.get_by_label("Admin key")
    await expect(key).to_be_focused()
    assert await page.get_by_role("group", name="The account's clock").count() == 0  # nothing is known of it
    await page.keyboard.type("wrong")
    await press(page, "Enter")
    await expect(page.get_by_role("alert")).to_contain_text("That is not the key")
    await expect(page.get_by_role("alert")).not_to_contain_text("Bearer")
    await expect(page.get_by_text("onnection lost")).to_have_count(0)
    await expect(key).to_be_focused()
    await page.keyboard.type("open-sesame-0042")
    await press(page, "Enter")

    await expect(page.get_by_role("heading", name="No message yet")).to_be_visible()
    await expect(page.get_by_role("group", name="The account's clock")).to_be_visible()

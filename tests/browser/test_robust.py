"""What comes at an awkward moment: answers that are late, servers that have forgotten, tabs that nobody sees."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Page, Route, expect

from mock_amp.client import AsyncAccount, AsyncClient
from mock_amp.client.errors import Refused
from tests.browser.conftest import NewHome, OpenAccount, OpenPage
from tests.browser.looking import at_rest, show
from tests.browser.sends import job, numbers, sms
from tests.browser.test_connection import GONE
from tests.browser.watch import Watch

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""

LATE_FRAMES = """() => {
    const frame = window.requestAnimationFrame.bind(window);
    window.requestAnimationFrame = (draw) => setTimeout(() => frame(draw), 300);
}"""
WATCH_FIELD = """(field) => {
    window.seen = [];
    const look = new MutationObserver(() => window.seen.push(field.value));
    look.observe(document.querySelector("main"), {subtree: true, childList: true, attributes: true});
}"""


def rows(page: Page, name: str = "Messages") -> Locator:
    return page.get_by_role("list", name=name).get_by_role("link")


async def test_what_is_typed_stays_as_it_is_typed(amp: AsyncAccount, open_page: OpenPage) -> None:
    """The filter is trimmed; the field is not, while somebody types into it."""
    await amp.send(sms("35699004711", "The harbour 4711"))
    for view in ("messages", "requests", "callbacks"):
        page = await open_page(view)
        field = page.get_by_role("searchbox")
        await field.press_sequentially("harbour ")
        await page.wait_for_url(re.compile("search=harbour"))
        await page.locator("body:not([data-busy])").wait_for(state="attached")
        await field.press_sequentially("4711")
        await page.wait_for_url(re.compile(r"search=harbour\+4711"))

        await expect(field).to_have_value("harbour 4711")


async def test_what_is_typed_before_an_answer_is_there_is_not_lost(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms("35699004711", "The harbour 4711"))
    page = await open_page()
    await at_rest(page)
    late, asked = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await late.wait()
        await route.continue_()

    await page.route(re.compile("search=har&"), hold)
    field = page.get_by_role("searchbox")
    await field.press_sequentially("har")
    await asked.wait()
    await field.evaluate(WATCH_FIELD)
    await field.press_sequentially("b")
    late.set()
    await page.wait_for_url(re.compile("search=harb$"))
    await at_rest(page)

    assert set(await page.evaluate("() => window.seen")) == {"harb"}


async def test_what_is_closed_can_be_opened_at_once_again(open_page: OpenPage) -> None:
    """Before the next picture is drawn."""
    page = await open_page("account")
    reset = page.get_by_role("button", name="Reset…")
    await reset.click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.evaluate(LATE_FRAMES)
    await page.keyboard.press("Escape")
    await expect(reset).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("dialog")).to_be_visible()


async def test_what_is_asked_for_before_the_browser_says_that_it_was_closed_is_opened(open_page: OpenPage) -> None:
    """It says so some time after it has given back the focus."""
    page = await open_page("account")
    await page.get_by_role("button", name="Reset…").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.evaluate(
        """() => {
          document.querySelector("dialog").close();
          document.activeElement.click();
        }"""
    )
    await at_rest(page)

    await expect(page.get_by_role("dialog", name="Reset this account?")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_who_has_gone_on_in_what_he_came_for_is_not_taken_back(amp: AsyncAccount, open_page: OpenPage) -> None:
    with pytest.raises(Refused):
        await amp.send(sms("avc"))
    late, asked = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await late.wait()
        await route.continue_()

    page = await open_page("requests/1")
    await at_rest(page)
    await page.route(re.compile("rule=D-1"), hold)
    await page.get_by_role("region", name="Why it was refused").get_by_role("link", name="D-1").press("Enter")
    await asked.wait()
    await page.get_by_role("button", name="Colours").dispatch_event("click")  # whatever has it drawn
    await expect(page.locator("#rule-D-1")).to_be_focused()
    await page.keyboard.press("Tab")
    late.set()
    await at_rest(page)

    await expect(page.locator("#rule-D-1").get_by_role("link", name="D-1", exact=True)).to_be_focused()


async def test_rows_stay_where_they_are_while_those_in_sight_are_read_anew(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    await amp.send(job(numbers(300)))
    page = await open_page("messages", search="everybody")
    await at_rest(page)
    row = rows(page).filter(has_text="35699100250")
    await page.locator(".rows").evaluate("(node) => { node.scrollTop = 40 * 44; }")
    await expect(row).to_be_visible()
    before = await row.bounding_box()
    late, asked = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await late.wait()
        await route.continue_()

    await page.route(re.compile("[?&]id="), hold)
    await amp.send(job(numbers(5, 35699200000)))
    await asked.wait()
    await page.get_by_role("button", name="Colours").dispatch_event("click")  # whatever has it drawn
    await expect(page.get_by_role("heading", name="Messages")).to_contain_text("305 messages")

    assert await row.bounding_box() == before
    late.set()
    await at_rest(page)
    assert await row.bounding_box() == before


async def test_a_search_that_is_not_yet_asked_for_does_not_undo_a_click(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms())
    page = await open_page()
    await page.get_by_role("searchbox").press_sequentially("47", delay=0)
    await page.get_by_role("link", name="Clock").click()
    await expect(page.get_by_role("heading", name="Clock", exact=True)).to_be_visible()
    await page.get_by_role("link", name="Requests").click()

    await expect(rows(page, "Requests")).to_have_count(1)
    assert "search" not in page.url


async def test_a_view_that_could_not_be_read_comes_once_the_server_is_back(
    new_home: NewHome, page: Page, watch: Watch
) -> None:
    home = await new_home("--clock", "frozen")
    watch.allow(GONE)
    watch.allow("Failed to fetch dynamically imported module")
    watch.allow_origin(home.url)
    await show(page, home.url)
    await home.stop()
    await page.get_by_role("link", name="Scenario").click()
    await expect(page.get_by_role("alert")).to_contain_text("This view could not be read")
    await home.start()

    await expect(page.get_by_role("heading", name="Scenario", exact=True)).to_be_visible()


async def test_a_server_that_forgot_leaves_no_rows_of_its_former_life(
    new_home: NewHome, page: Page, watch: Watch
) -> None:
    home = await new_home("--clock", "frozen")
    watch.allow(GONE)
    watch.allow_origin(home.url)
    async with AsyncClient(home.url) as client:
        account = await client.account()
        await account.send(job(numbers(150)))
        await show(page, home.url, "messages", {"search": "everybody"})
        await expect(rows(page).first).to_be_visible()
        await home.kill()
        await expect(page.locator("body")).to_have_attribute("data-connection", "lost")
        await home.start()
        await (await client.account()).send(job(numbers(20, 35699500000)))

    await expect(page.get_by_role("heading", name="Messages")).to_contain_text("20 messages")
    await page.locator("body:not([data-busy])").wait_for(state="attached")
    await expect(rows(page)).to_have_count(20)
    assert all("356995" in text for text in await rows(page).all_inner_texts())


async def test_what_is_open_is_read_anew_after_a_reset(amp: AsyncAccount, open_page: OpenPage) -> None:
    """With a frozen clock and a seed the next message has the id of the first one."""
    first = await amp.send(sms("35699000001", "First life"))
    page = await open_page(f"messages/{first.message_id}")
    await at_rest(page)
    card = page.locator("section.card", has=page.get_by_role("heading", name="Original request"))
    await card.get_by_text("Its body").click()
    await expect(card).to_contain_text("First life")
    await amp.reset()
    second = await amp.send(sms("35699000001", "Second life"))

    assert second.message_id == first.message_id
    await expect(page.get_by_role("article")).to_contain_text("Second life")
    await card.get_by_text("Its body").click()
    await expect(card).to_contain_text("Second life")


async def test_an_answer_about_another_account_is_not_taken_for_this_one(
    amp: AsyncAccount, open_account: OpenAccount, open_page: OpenPage
) -> None:
    other = await open_account(now="2026-02-02T00:00:00Z")
    page = await open_page("messages", account=other.id)
    late, asked = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await late.wait()
        await route.continue_()

    await page.route(re.compile(rf"/accounts/{amp.id}$"), hold)
    await page.get_by_role("combobox", name="Account").select_option(amp.id)
    await asked.wait()
    await page.evaluate("hash => { location.hash = hash }", f"#/send?account={other.id}")
    await expect(page.locator(".token code")).to_have_text(other.token)
    late.set()
    await page.locator("body:not([data-busy])").wait_for(state="attached")

    await expect(page.locator(".token code")).to_have_text(other.token)
    await expect(page.locator(".clock .day")).to_have_text("2026-02-02")


async def test_older_rows_that_come_after_a_reset_are_not_shown(amp: AsyncAccount, open_page: OpenPage) -> None:
    for number in numbers(70):
        await amp.send(sms(number))
    late, asked = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await late.wait()
        await route.continue_()

    page = await open_page("rules")
    await page.route(re.compile("cursor="), hold)
    await page.get_by_role("link", name="Messages").click()
    await rows(page).first.focus()
    await page.keyboard.press("End")
    await asked.wait()
    await amp.reset()
    await amp.send(sms("35699777777"))
    await expect(page.get_by_role("heading", name="Messages")).to_contain_text("1 send")
    late.set()
    await page.locator("body:not([data-busy])").wait_for(state="attached")

    await expect(rows(page)).to_have_count(1)


async def test_rows_of_what_was_evicted_go(open_account: OpenAccount, page: Page) -> None:
    amp = await open_account(limits={"messages": 50})
    for number in numbers(50):
        await amp.send(sms(number))
    await amp.advance(until="idle")
    await show(page, amp.url, "messages", {"account": amp.id})
    await expect(rows(page).filter(has_text="35699100049")).to_be_visible()
    for number in numbers(60, 35699200000):
        await amp.send(sms(number))
    await amp.advance(until="idle")
    await expect(rows(page).first).to_contain_text("35699200059")
    await page.locator("body:not([data-busy])").wait_for(state="attached")
    await rows(page).first.focus()
    await page.keyboard.press("End")

    await expect(rows(page).filter(has_text="356991")).to_have_count(0)


async def test_a_key_that_no_header_can_have_is_refused_as_any_other(
    new_home: NewHome, page: Page, watch: Watch
) -> None:
    home = await new_home("--admin-key", "open-sesame-0042", "--clock", "frozen")
    watch.allow("status of 401")
    watch.allow_origin(home.url)
    await show(page, home.url)
    await page.get_by_label("Admin key").fill("ключ")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("That is not the key")
    await page.get_by_label("Admin key").fill("open-sesame-0042")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="No message yet")).to_be_visible()


async def test_a_tab_that_nobody_sees_lets_its_stream_go(amp: AsyncAccount, open_page: OpenPage) -> None:
    """A browser has six connections to a server; seven tabs would wait for each other."""
    page = await open_page()
    await page.clock.install()
    await expect(page.locator("body")).to_have_attribute("data-connection", "open")
    async with page.expect_event("requestfailed", lambda request: "/events" in request.url):
        await page.evaluate(HIDE, arg=True)
        await page.clock.run_for(6_000)
    await amp.send(sms())
    async with page.expect_request(re.compile("/events")) as again:
        await page.evaluate(HIDE, arg=False)
        await page.clock.run_for(1_000)

    assert "last_event_id=0" not in (await again.value).url
    await page.clock.resume()
    await expect(rows(page)).to_have_count(1)


async def test_names_that_every_object_has_are_no_views_and_no_filters(open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 400")
    for view in ("constructor", "__proto__", "toString/1"):
        page = await open_page(view)
        assert (await page.locator("main").inner_text()).strip()
    page = await open_page("requests", status="constructor")

    await expect(page.get_by_role("alert")).to_contain_text("constructor")


async def test_a_browser_that_keeps_nothing_shows_the_page_all_the_same(page: Page, amp: AsyncAccount) -> None:
    await page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"])
            Object.defineProperty(window, name, {get() { throw new DOMException("denied", "SecurityError"); }});"""
    )
    for view in ("messages", "scenario"):
        await show(page, amp.url, view, {"account": amp.id})

        await expect(page.locator("main h1").first).to_be_visible()

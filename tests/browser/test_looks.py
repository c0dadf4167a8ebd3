"""The frame of the page at every width, connected and not, and by the colours of a system that forces its own."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from mock_amp.client import AsyncAccount
from tests.browser.conftest import NewHome, OpenPage
from tests.browser.looking import axe, show
from tests.browser.sends import im, job, numbers
from tests.browser.watch import Watch

VIEWS = ("messages", "requests", "callbacks", "certify", "clock", "scenario", "activity", "send", "rules", "account")
SIZES = {360: 740, 768: 1024, 1280: 800, 2560: 1300}
HEADER = ".top > a, .top > button, .account > *, .clock .now, .steps .button, .connection"
WIDER = "() => ['html', 'main'].map(it => document.querySelector(it)).map(it => it.scrollWidth - it.clientWidth)"
GONE = r"ERR_(INTERNET_DISCONNECTED|CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_|INCOMPLETE_|SOCKET_NOT_)"


async def places(page: Page, what: str) -> list[dict[str, float]]:
    """Where each of them is, in order."""
    found = [await each.bounding_box() for each in await page.locator(what).all() if await each.is_visible()]
    return [{name: float(box[name]) for name in ("x", "y", "width", "height")} for box in found if box]


def overlap(one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether two boxes share more than the edge that neighbours have in common."""
    across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
    down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
    return across > 1.5 and down > 1.5


async def stands(page: Page, width: int) -> list[dict[str, float]]:
    """Nothing of the header overlaps or is out of sight. Answers where its parts are."""
    boxes = await places(page, HEADER)
    assert [(one, other) for at, one in enumerate(boxes) for other in boxes[:at] if overlap(one, other)] == []
    assert [box for box in boxes if box["x"] < 0 or box["x"] + box["width"] > width] == []
    cut = ".top .button, .top .now, .connection span"
    assert (
        await page.eval_on_selector_all(cut, "nodes => nodes.some(node => node.scrollWidth > node.clientWidth + 1)")
        is False
    )
    assert await page.locator(".account select").evaluate("node => node.clientWidth") >= 70
    return boxes


async def style(where: Locator, name: str, part: str | None = None) -> str:
    """What the browser makes of a property of it, or of its ::before."""
    return str(await where.evaluate("(node, [name, part]) => getComputedStyle(node, part)[name]", [name, part]))


@pytest.mark.parametrize("width", SIZES)
async def test_no_view_scrolls_sideways_and_nothing_of_the_header_overlaps(
    amp: AsyncAccount, page: Page, open_page: OpenPage, width: int
) -> None:
    await amp.send(im("VIBER", callback_url="http://127.0.0.1:9/reports"))
    await amp.send(job(numbers(30)))
    await page.set_viewport_size({"width": width, "height": SIZES[width]})
    await open_page()
    navigation = None
    for view in VIEWS:
        await page.evaluate("hash => { location.hash = hash; }", f"/{view}?account={amp.id}")
        await expect(page.locator(f'main[data-view="{view}"]')).to_be_attached()
        await expect(page.locator("body:not([data-busy])")).to_be_attached()

        await stands(page, width)
        assert await page.evaluate(WIDER) == [0, 0], view
        bar = await page.get_by_role("navigation", name="Views").bounding_box()
        assert bar == (navigation := navigation or bar), view  # it stays where it is


@pytest.mark.parametrize("width", SIZES)
async def test_a_lost_connection_moves_nothing(new_home: NewHome, page: Page, watch: Watch, width: int) -> None:
    home = await new_home("--clock", "frozen")
    watch.allow(GONE)
    watch.allow_origin(home.url)
    await page.set_viewport_size({"width": width, "height": SIZES[width]})
    await show(page, home.url)
    await expect(page.locator(".connection")).to_have_text("Live")
    before = await stands(page, width)
    await home.stop()
    await expect(page.locator(".connection")).to_have_text("Connection lost, trying again…")

    assert await stands(page, width) == before
    await expect(page.get_by_text("lost, trying again…")).to_be_visible()


async def test_on_a_phone_each_view_has_its_name_in_sight_or_a_swipe_away(page: Page, open_page: OpenPage) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await open_page()
    links = page.get_by_role("navigation", name="Views").get_by_role("link")

    assert [await each.inner_text() for each in await links.all()] == [
        *("Messages", "Requests", "Callbacks", "Clock", "Scenario", "Activity", "Send", "Rules")
    ]
    assert min([box["width"] for box in await places(page, ".views a span")]) > 20
    await links.last.focus()
    await expect(links.last).to_be_in_viewport(ratio=1)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Rules", level=1)).to_be_focused()
    await open_page("activity")
    await expect(links.filter(has_text="Activity")).to_be_in_viewport(ratio=1)


async def test_the_view_that_is_asked_for_is_marked_wherever_it_stands(page: Page, open_page: OpenPage) -> None:
    await open_page("certify")
    await expect(page.locator(".views [aria-current]")).to_have_text("Callbacks")
    await open_page("account")

    await expect(page.locator(".views [aria-current]")).to_have_count(0)
    await expect(page.get_by_role("link", name="Account", exact=True)).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize("view", ["nosuch", "constructor"])
async def test_a_view_that_there_is_not_is_told(page: Page, open_page: OpenPage, view: str) -> None:
    await open_page(view)

    await expect(page.get_by_role("heading", name="There is no such view")).to_be_visible()
    await expect(page.locator("main")).to_contain_text(view)
    await page.get_by_role("link", name="Messages").click()
    await expect(page.get_by_role("heading", name="Messages", exact=True)).to_be_focused()


ONE_ABOVE = """() => {
    const all = [...document.querySelectorAll(".toast")].map(each => each.getBoundingClientRect());
    const seen = all.filter(each => each.height);
    return seen.length === 1 && seen[0].bottom <= document.querySelector(".views").getBoundingClientRect().top;
}"""


async def test_on_a_phone_what_is_said_in_passing_is_one_line_above_the_navigation(
    amp: AsyncAccount, page: Page, open_page: OpenPage
) -> None:
    await amp.send(im("VIBER"))
    await page.set_viewport_size({"width": 360, "height": 740})
    await open_page()
    for _ in range(3):
        await page.get_by_role("button", name="Next").click()
        await expect(page.locator("[aria-busy]")).to_have_count(0)

        await page.wait_for_function(ONE_ABOVE)


async def test_no_choice_of_a_toolbar_is_cut_on_a_phone(amp: AsyncAccount, page: Page, open_page: OpenPage) -> None:
    await amp.send(im("VIBER"))
    await page.set_viewport_size({"width": 360, "height": 740})
    for view, size in (("messages", 2), ("requests", 3), ("callbacks", 2)):
        await open_page(view)
        chosen = page.locator(".filters select")
        await expect(chosen).to_have_count(size)

        needs = """node => {
            const box = node.getBoundingClientRect().width;
            node.style.flex = 'none';
            return [node.getBoundingClientRect().width, box];
        }"""
        for each in await chosen.all():
            needed, given = await each.evaluate(needs)
            assert given >= needed - 1, view


async def test_what_colours_say_is_seen_without_them(amp: AsyncAccount, page: Page, open_page: OpenPage) -> None:
    sent = await amp.send(im("VIBER"))
    await amp.send(job([*numbers(5), "99900000006"]))
    await amp.advance(until="idle")
    await page.emulate_media(forced_colors="active")
    await open_page()
    row = page.get_by_role("list", name="Messages").get_by_role("link", name="VIBER")
    await row.click()
    await expect(page.locator(".timeline li").first).to_be_visible()

    assert await style(row, "borderLeftWidth") == "6px"
    assert await style(page.locator(".views [aria-current]"), "textDecorationLine") == "underline"
    assert await style(page.locator(".connection"), "borderTopWidth", "::before") == "5px"
    assert await style(page.locator(".progress").first, "borderTopStyle") == "solid"
    shares = page.locator(".progress i")
    colours = {await style(each, "backgroundColor") for each in await shares.all()}
    assert len(colours) == await shares.count() == 2
    for each in await page.locator(".timeline li:not(.to-come)").all():
        assert await style(each, "borderTopStyle", "::before") == "solid"
    assert sent.message_id in page.url


@pytest.mark.parametrize("view", VIEWS)
async def test_no_two_landmarks_have_one_name(open_page: OpenPage, view: str) -> None:
    lesser: Any = await axe(await open_page(view))

    assert [line for line in lesser if "landmark" in line] == [], "\n".join(lesser)

"""The scenario: which is in force, its faults on and off, another one by a click, and its text to edit."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from mock_amp.client import AsyncAccount, AsyncClient
from mock_amp.client.errors import AmpError
from tests.browser.conftest import OpenPage
from tests.browser.hostile import HOSTILE
from tests.browser.looking import axe
from tests.browser.sends import sms
from tests.browser.watch import Watch

OWN = {"name": "mine", "description": "Of my own.", "rules": [{"name": "nobody", "outcome": "rejected"}]}
TYPED = "# a comment\nname: typed\nrules:\n  - name: nobody gets it\n    outcome: rejected\n"
WRONG = "name: typed\nrulez: []\nrules:\n  - name: one\n    outcome: lost\n"


def text(page: Page) -> Locator:
    return page.get_by_role("textbox", name="The scenario as YAML")


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def own(page: Page) -> Locator:
    return page.get_by_role("button", name="the server's own")


def put_in_force(page: Page) -> Locator:
    return page.get_by_role("button", name="Put in force")


async def test_the_scenario_in_force_is_told(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("scenario")
    told = await amp.scenario()
    in_force = part(page, "In force")

    await expect(in_force.locator(".name")).to_have_text(told.name)
    await expect(in_force).to_contain_text(told.description)
    await expect(in_force).to_contain_text("2026-01-01 00:00:00")
    await expect(in_force).to_contain_text("10 rules, prices")
    await expect(own(page)).to_have_accessible_name("The server's own is in force")
    await expect(own(page)).to_be_disabled()
    await expect(text(page)).to_have_value(await amp.scenario_text())


async def test_a_shipped_one_comes_into_force_by_a_click(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("scenario")
    await page.get_by_role("button", name="Switch to outage").press("Enter")

    await expect(part(page, "In force").locator(".name")).to_have_text("outage")
    await expect(own(page)).to_have_accessible_name("Back to the server's own")
    await expect(part(page, "Shipped scenarios").locator(".current h3")).to_have_text("outage")
    await expect(page.get_by_role("button", name="outage is in force")).to_be_focused()
    await expect(text(page)).to_have_value(await amp.scenario_text())
    assert (await amp.scenario()).name == "outage"


async def test_the_server_s_own_comes_into_force_again_by_a_click(amp: AsyncAccount, open_page: OpenPage) -> None:
    usual = await amp.scenario_text()
    await amp.scenario(OWN)
    page = await open_page("scenario")
    await expect(part(page, "In force")).to_contain_text("This account has a scenario of its own.")
    await own(page).press("Enter")

    await expect(page.get_by_text("magic-numbers is in force")).to_be_visible()  # first, since it is said in passing
    await expect(part(page, "In force").locator(".name")).to_have_text("magic-numbers")
    await expect(own(page)).to_have_accessible_name("The server's own is in force")
    await expect(own(page)).to_be_focused()
    await expect(text(page)).to_have_value(usual)
    assert (await amp.scenario()).usual
    assert (await amp.scenario()).name == "magic-numbers"


async def test_all_shipped_ones_are_there_with_what_they_are_for(open_page: OpenPage) -> None:
    page = await open_page("scenario")
    shipped = part(page, "Shipped scenarios").get_by_role("listitem")

    await expect(shipped).to_have_count(13)
    await expect(shipped.filter(has_text="two-way")).to_contain_text("People answer.")
    await expect(shipped.filter(has=page.get_by_text("In force", exact=True))).to_have_count(1)


async def test_the_numbers_to_type_do_what_they_say(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("scenario")
    rejected = part(page, "Numbers to type").get_by_role("row").filter(has_text="is rejected by every channel")
    number = await rejected.get_by_role("rowheader").locator("code").text_content()
    assert number == "99900000005"
    await expect(rejected.get_by_role("button", name="Copy 99900000005")).to_be_visible()
    await amp.send(sms(number))
    await amp.advance(until="idle")

    assert (await amp.message(number)).status == "REJECTD"


async def test_a_scenario_without_such_numbers_says_so(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.scenario("all-good")
    page = await open_page("scenario")

    await expect(part(page, "Numbers to type")).to_contain_text("numbers like any other")


async def test_faults_are_switched_off_and_on(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.scenario("flaky-receiver")
    page = await open_page("scenario")
    faults = page.get_by_role("switch", name="Faults")
    await expect(faults).to_be_checked()
    await expect(part(page, "In force")).to_contain_text("0 faults of requests, 5 of callbacks: on")
    await faults.press("Space")

    await expect(faults).not_to_be_checked()
    await expect(faults).to_be_focused()
    assert (await amp.scenario()).document["faults"] is False
    await expect(part(page, "Shipped scenarios").locator(".current h3")).to_have_text("flaky-receiver")
    await faults.click()
    await expect(faults).to_be_checked()


async def test_a_scenario_without_faults_has_nothing_to_switch(open_page: OpenPage) -> None:
    page = await open_page("scenario")
    faults = page.get_by_role("switch", name="Faults")

    await expect(faults).to_be_disabled()
    await expect(faults).to_have_accessible_description(
        "This scenario has no faults: neither of requests nor of callbacks."
    )


async def test_what_is_typed_is_checked_and_put_in_force(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("scenario")
    await expect(put_in_force(page)).to_be_disabled()
    await text(page).fill(TYPED)

    await expect(part(page, "Editor").get_by_role("status")).to_have_text(
        "No faults. It has 1 rule. It is not in force yet."
    )
    assert (await amp.scenario()).name == "magic-numbers"
    await put_in_force(page).click()
    await expect(part(page, "In force").locator(".name")).to_have_text("typed")
    await expect(put_in_force(page)).to_be_disabled()
    await expect(page.get_by_text("Another scenario has come into force meanwhile")).to_have_count(0)
    assert (await amp.scenario()).document["rules"][0]["name"] == "nobody gets it"
    await expect(text(page)).to_have_value(TYPED)  # its comment too, which the server does not keep
    await page.reload()
    await expect(text(page)).to_have_value(TYPED)
    await amp.scenario("outage")
    await expect(page.get_by_role("alert")).to_contain_text("outage. What you typed is still here.")
    await put_in_force(page).click()
    await expect(part(page, "In force").locator(".name")).to_have_text("typed")
    await expect(page.get_by_role("alert")).to_have_count(0)
    assert (await amp.scenario()).name == "typed"


async def test_faults_are_told_at_their_lines(open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 400")
    page = await open_page("scenario")
    await text(page).fill(WRONG)

    faults = page.get_by_role("list", name="Faults").get_by_role("listitem")
    await expect(faults).to_have_count(2)
    await expect(faults.nth(0)).to_contain_text("unknown key rulez; did you mean rules? /rulez")
    await expect(part(page, "Editor").get_by_role("status")).to_have_text("2 faults. It cannot be put in force.")
    await expect(put_in_force(page)).to_be_disabled()
    await expect(text(page)).to_have_attribute("aria-invalid", "true")
    await expect(text(page)).to_have_accessible_error_message("2 faults. It cannot be put in force.")
    await expect(page.locator(".lines b")).to_have_count(2)
    tops = await page.locator(".lines b").evaluate_all("marks => marks.map((mark) => mark.style.top)")
    assert tops == ["20px", "80px"]  # the second line and the fifth
    await page.get_by_role("button", name="Line 5").click()
    await expect(text(page)).to_be_focused()
    selected = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert await text(page).evaluate(selected) == "    outcome: lost"
    await page.keyboard.type("    outcome: rejected")
    await expect(faults).to_have_count(1)


async def test_a_check_by_the_button_leads_nowhere_else(amp: AsyncAccount, open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 400")
    page = await open_page("scenario")
    await text(page).fill("name: [")
    await page.get_by_role("button", name="Check").click()

    await expect(page.get_by_role("list", name="Faults")).to_contain_text("not YAML")
    await page.get_by_role("button", name="Undo my changes").click()
    await expect(page.get_by_role("list", name="Faults")).to_have_count(0)
    await expect(text(page)).to_have_value(await amp.scenario_text())
    assert (await amp.scenario()).name == "magic-numbers"


async def test_what_was_typed_outlives_another_scenario(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("scenario")
    await text(page).fill(TYPED)
    await amp.scenario("outage")

    told = page.get_by_role("alert").filter(has_text="Another scenario has come into force meanwhile")
    await expect(told).to_contain_text("outage. What you typed is still here.")
    await expect(text(page)).to_have_value(TYPED)
    await page.get_by_role("link", name="Rules", exact=True).click()
    await page.get_by_role("link", name="Scenario", exact=True).click()
    await expect(text(page)).to_have_value(TYPED)
    await page.reload()
    await expect(text(page)).to_have_value(TYPED)
    await told.get_by_role("button", name="Take it over").click()
    await expect(text(page)).to_have_value(await amp.scenario_text())
    await expect(told).to_have_count(0)


async def test_mine_may_be_kept(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("scenario")
    await text(page).fill(TYPED)
    await amp.scenario("outage")
    await page.get_by_role("button", name="Keep mine").click()

    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(text(page)).to_be_focused()
    await expect(text(page)).to_have_value(TYPED)
    await page.get_by_role("button", name="Undo my changes").click()
    await expect(text(page)).to_have_value(await amp.scenario_text())


async def test_a_field_in_which_nothing_was_typed_follows(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("scenario")
    await amp.scenario(OWN)

    await expect(text(page)).to_have_value(await amp.scenario_text())
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_a_shipped_one_is_copied_into_the_editor(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("scenario")
    async with AsyncClient(amp.url) as client:
        shipped = await client.scenarios()
    await text(page).fill(TYPED)
    await page.get_by_role("button", name="Copy two-way into the editor").click()
    question = page.get_by_role("dialog", name="Replace what you typed?")
    await question.get_by_role("button", name="Cancel").click()
    await expect(text(page)).to_have_value(TYPED)
    await page.get_by_role("button", name="Copy two-way into the editor").click()
    await question.get_by_role("button", name="Replace it").click()

    await expect(text(page)).to_have_value(next(each.text or "" for each in shipped if each.name == "two-way"))
    await expect(text(page)).to_be_focused()


async def test_the_editor_by_keyboard(open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 400")  # what is typed on the way is no scenario
    page = await open_page("scenario")
    await text(page).fill("one:\n  two: 1\nthree: 2")
    await page.keyboard.press("Control+A")
    await page.keyboard.press("Control+]")
    await expect(text(page)).to_have_value("  one:\n    two: 1\n  three: 2")
    await page.keyboard.press("Control+[")
    await expect(text(page)).to_have_value("one:\n  two: 1\nthree: 2")
    await page.keyboard.press("Control+Z")
    await expect(text(page)).to_have_value("  one:\n    two: 1\n  three: 2")
    await page.keyboard.press("Control+End")
    await page.keyboard.press("Enter")
    await page.keyboard.type("x")
    await expect(text(page)).to_have_value("  one:\n    two: 1\n  three: 2\n  x")
    await page.keyboard.press("Tab")

    await expect(text(page)).not_to_be_focused()


async def test_a_line_that_a_selection_only_ends_before_is_not_indented(open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 400")  # it is no scenario either
    page = await open_page("scenario")
    await text(page).fill("one: 1\ntwo: 2\nthree: 3")
    await page.keyboard.press("Control+Home")
    await page.keyboard.press("Shift+ArrowDown")
    await page.keyboard.press("Control+]")

    await expect(text(page)).to_have_value("  one: 1\ntwo: 2\nthree: 3")


async def test_the_numbers_of_the_lines_scroll_along(amp: AsyncAccount, open_page: OpenPage) -> None:
    people = [{"name": f"person {at}", "number": f"3569900{at:04}"} for at in range(3_000)]
    await amp.scenario({"name": "many", "recipients": people})
    page = await open_page("scenario")
    await text(page).evaluate("area => { area.scrollTop = 5_000 * 20; }")

    numbers = page.locator(".lines pre")
    await expect(numbers).to_have_text(re.compile(r"^5001\s5002\s5003"))
    assert len((await numbers.text_content() or "").split("\n")) < 200


async def test_hostile_texts_are_texts(amp: AsyncAccount, open_page: OpenPage) -> None:
    taken = [each for each in HOSTILE.values() if await is_taken(amp, each)]
    rules = [{"name": each, "match": {"number": f"9990000{at:04}"}} for at, each in enumerate(taken)]
    await amp.scenario({"name": "hostile", "description": "".join(taken), "rules": rules})
    page = await open_page("scenario")

    assert len(taken) > 50
    assert await part(page, "In force").locator(".long").text_content() == "".join(taken)
    assert await part(page, "Numbers to type").locator("td:last-child").all_text_contents() == taken
    assert await page.evaluate("() => window.hostile") is None
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


async def is_taken(amp: AsyncAccount, name: str) -> bool:
    try:
        await amp.check_scenario({"name": "hostile", "description": name, "rules": [{"name": name}]})
    except AmpError:
        return False
    return True


async def test_a_narrow_window_has_all_of_it(amp: AsyncAccount, open_page: OpenPage, page: Page) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await open_page("scenario")
    await expect(text(page)).to_have_value(await amp.scenario_text())

    assert await page.evaluate("() => document.documentElement.scrollWidth") == 360
    assert await page.evaluate("() => document.querySelector('main').scrollWidth") == 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_keeps_a_screen_reader_out(
    amp: AsyncAccount, open_page: OpenPage, watch: Watch, scheme: str
) -> None:
    watch.allow("status of 400")
    page = await open_page("scenario")
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await text(page).fill(WRONG)
    await expect(page.get_by_role("list", name="Faults").get_by_role("listitem")).to_have_count(2)
    await amp.scenario("flaky-receiver")
    await expect(page.get_by_role("button", name="Take it over")).to_be_visible()

    await axe(page)

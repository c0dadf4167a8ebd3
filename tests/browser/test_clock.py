"""The clock: how it runs, all ways to move it, and what is ahead of it."""

import asyncio
import json
import re
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Locator, Page, Route, expect

from mock_amp.client import AsyncAccount
from tests.browser.conftest import OpenPage
from tests.browser.hostile import HOSTILE
from tests.browser.looking import axe
from tests.browser.sends import im, job, numbers, sms
from tests.browser.watch import Watch

TIMES = "\u00d7"
NOBODY = "http://127.0.0.1:9/reports"
"""Where no receiver listens, so that callbacks are tried again."""


def advance(page: Page) -> Locator:
    return page.get_by_role("region", name="Advance", exact=True)


def ahead(page: Page) -> Locator:
    return page.get_by_role("region", name="Ahead")


def marks(page: Page, lane: str) -> Locator:
    return page.get_by_role("group", name=f"What is ahead of {lane}").get_by_role("button")


async def shown(amp: AsyncAccount) -> str:
    return (await amp.clock()).now.time().isoformat("milliseconds")


async def test_the_mode_is_chosen_and_is_the_accounts(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("clock")
    await expect(page.get_by_role("radio", name="Frozen")).to_be_checked()
    await page.get_by_role("radio", name="Real").check()

    await expect(page.get_by_role("group", name="The account's clock")).to_contain_text("real")
    assert (await amp.clock()).mode == "real"
    await page.get_by_role("radio", name="Scaled").check()
    await expect(page.get_by_role("group", name="The account's clock")).to_contain_text(f"{TIMES}60")
    clock = await amp.clock()
    assert (clock.mode, clock.rate) == ("scaled", 60)
    await page.get_by_label("Rate when scaled").fill("2.5")
    await page.get_by_label("Rate when scaled").press("Enter")
    await expect(page.get_by_role("group", name="The account's clock")).to_contain_text(f"{TIMES}2.5")
    assert (await amp.clock()).rate == 2.5


async def test_what_handsets_did_on_the_way_is_told_in_words(amp: AsyncAccount, open_page: OpenPage) -> None:
    habits = {"replies": [{"after": "5s", "text": "On our way."}], "clicks": [{"after": "6s"}]}
    await amp.scenario({"name": "people", "rules": [{"name": "all", **habits}]})
    action = {"title": "Book", "target_url": "https://harbour.example/book"}
    await amp.send(im("VIBER", actions=[action], track_clicks=True))
    page = await open_page("clock")
    await page.get_by_role("group", name="The account's clock").get_by_role("button", name="Idle").click()

    happened = page.get_by_role("region", name="What happened").get_by_role("listitem")
    await expect(happened.filter(has_text="replied")).to_have_count(1)
    await expect(happened.filter(has_text="clicked")).to_have_count(1)
    await expect(happened.filter(has_text="replied")).to_contain_text("VIBER")


async def test_a_rate_that_cannot_be_is_told_and_the_mode_stays(
    amp: AsyncAccount, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("status of 400")
    page = await open_page("clock")
    await page.get_by_label("Rate when scaled").fill("0")
    await page.get_by_role("radio", name="Scaled").click()

    await expect(page.locator("#said")).to_contain_text("Right would be: at least 1e-06")
    await expect(page.get_by_role("radio", name="Frozen")).to_be_checked()
    assert (await amp.clock()).mode == "frozen"


async def test_a_mode_that_another_chose_is_shown(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("clock")
    await amp.set_clock(mode="real")

    await expect(page.get_by_role("radio", name="Real")).to_be_checked()


@pytest.mark.parametrize(("name", "then"), [("+1s", "00:00:01.000"), ("+1m", "00:01:00.000"), ("+5m", "00:05:00.000")])
async def test_a_step_moves_the_clock(amp: AsyncAccount, open_page: OpenPage, name: str, then: str) -> None:
    page = await open_page("clock")
    await advance(page).get_by_role("button", name=name).click()

    await expect(page.locator("main").get_by_text(then, exact=True).first).to_be_visible()
    assert await shown(amp) == then


async def test_next_and_idle_tell_what_happened(amp: AsyncAccount, open_page: OpenPage) -> None:
    sent = await amp.send(im("VIBER"))
    page = await open_page("clock")
    await advance(page).get_by_role("button", name="Next").click()

    events = page.get_by_role("region", name="What happened").get_by_role("listitem")
    await expect(events).to_have_count(1)
    await expect(events).to_contain_text("ACCEPTD")
    await expect(events.get_by_role("link")).to_have_attribute("href", f"#/messages/{sent.message_id}?account={amp.id}")
    await advance(page).get_by_role("button", name="Idle").click()
    await expect(events).to_have_count(2)
    await expect(events.last).to_contain_text("SEEN")
    await expect(page.get_by_role("heading", name="Nothing is ahead")).to_be_visible()
    assert (await amp.message(sent.message_id)).status == "SEEN"


async def test_what_the_buttons_at_the_top_brought_about_is_told_here(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms(callback_url=NOBODY))
    page = await open_page("clock")
    await page.get_by_role("group", name="The account's clock").get_by_role("button", name="+5m").click()

    happened = page.get_by_role("region", name="What happened")
    await expect(happened).to_contain_text("callback 1")
    await expect(happened).to_contain_text("failed")


async def test_of_many_events_the_first_are_listed_and_all_are_counted(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(job(numbers(300)))
    page = await open_page("clock")
    await advance(page).get_by_role("button", name="Idle").click()

    await expect(page.get_by_role("region", name="What happened").get_by_role("listitem")).to_have_count(200)
    await expect(page.get_by_role("region", name="The last advance")).to_contain_text("600 events, the first 200")


async def test_a_duration_of_ones_own(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("clock")
    await page.get_by_label("By a duration").fill(" 1h30m ")
    await page.get_by_label("By a duration").press("Enter")

    await expect(page.get_by_role("region", name="The last advance")).to_contain_text("by 1h 30m: 0 events.")
    assert await shown(amp) == "01:30:00.000"


async def test_a_duration_that_is_none_is_told_beside_it_and_moves_nothing(
    amp: AsyncAccount, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("status of 400")
    page = await open_page("clock")
    await page.get_by_label("By a duration").fill("<b>5 parsecs</b>")
    await page.get_by_role("button", name="Advance by").click()

    await expect(advance(page).get_by_role("alert")).to_contain_text(
        "'<b>5 parsecs</b>' is not a duration: write \"5m\""
    )
    await expect(page.get_by_label("By a duration")).to_have_attribute("aria-invalid", "true")
    assert await shown(amp) == "00:00:00.000"
    await page.get_by_label("By a duration").fill("250ms")
    await page.get_by_role("button", name="Advance by").click()
    await expect(page.locator("main").get_by_text("00:00:00.250", exact=True).first).to_be_visible()
    await expect(advance(page).get_by_role("alert")).to_have_count(0)
    assert await shown(amp) == "00:00:00.250"


async def test_a_later_instant_is_set_and_an_earlier_one_is_refused(
    amp: AsyncAccount, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("status of 409")
    page = await open_page("clock")
    await page.get_by_label("To an instant, UTC").fill("2026-01-03T04:05:06")
    await page.get_by_role("button", name="Advance to", exact=True).click()

    await expect(page.get_by_role("region", name="The last advance")).to_contain_text("by 2d 4h")
    assert (await amp.clock()).now == datetime(2026, 1, 3, 4, 5, 6, tzinfo=UTC)
    await page.get_by_label("To an instant, UTC").fill("2026-01-02T00:00")
    await page.get_by_role("button", name="Advance to", exact=True).click()
    await expect(advance(page).get_by_role("alert")).to_contain_text("2026-01-03T04:05:06")
    assert (await amp.clock()).now == datetime(2026, 1, 3, 4, 5, 6, tzinfo=UTC)


async def test_the_instant_to_advance_to_begins_at_the_accounts_own_now(amp: AsyncAccount, open_page: OpenPage) -> None:
    """Whoever only clicks is not taken away by months."""
    page = await open_page("clock")
    instant, go = page.get_by_label("To an instant, UTC"), page.get_by_role("button", name="Advance to", exact=True)
    await expect(instant).to_have_value("2026-01-01T00:00")
    await amp.advance(by="1500ms")
    await expect(instant).to_have_value("2026-01-01T00:00:02")
    await go.click()

    await expect(page.get_by_role("region", name="The last advance")).to_contain_text("by 500ms")
    assert await shown(amp) == "00:00:02.000"


async def test_an_instant_that_somebody_made_stays_until_the_clock_is_there(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    page = await open_page("clock")
    instant, go = page.get_by_label("To an instant, UTC"), page.get_by_role("button", name="Advance to", exact=True)
    await instant.fill("2026-01-02T03:00")
    await amp.advance(by="1m")
    await expect(page.locator("main").get_by_text("00:01:00.000", exact=True).first).to_be_visible()

    await expect(instant).to_have_value("2026-01-02T03:00")
    await go.click()
    await expect(page.get_by_role("region", name="The last advance")).to_contain_text("by 1d 2h")
    await amp.advance(by="1h")
    await expect(instant).to_have_value("2026-01-02T04:00")


async def test_while_one_advance_is_under_way_there_is_no_other(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("clock")
    going = asyncio.Event()
    asked: list[str] = []

    async def hold(route: Route) -> None:
        asked.append(str(route.request.post_data))
        await going.wait()
        await route.continue_()

    await page.route("**/clock/advance", hold)
    step = advance(page).get_by_role("button", name="+1s")
    await step.click()

    await expect(step).to_have_attribute("aria-busy", "true")
    await expect(advance(page).get_by_role("status")).to_contain_text("Under way")
    for button in await page.get_by_role("button", name="+1m").all():
        await expect(button).to_be_disabled()
        await button.click(force=True)
    await step.press("Enter")
    going.set()
    await expect(step).to_be_enabled()
    await expect(step).to_be_focused()
    assert [json.loads(each)["by"] for each in asked] == ["1s"]
    assert await shown(amp) == "00:00:01.000"


async def test_one_looks_ahead_and_advances_to_a_mark(amp: AsyncAccount, open_page: OpenPage) -> None:
    sent = await amp.send(im("VIBER"))
    page = await open_page("clock")

    await expect(marks(page, "messages")).to_have_count(3)
    await expect(marks(page, "callbacks")).to_have_count(0)
    await expect(marks(page, "messages").nth(1)).to_have_accessible_name(
        "1 message VIBER DELIVRD in 1s: first of im_content. Advance to here"
    )
    await marks(page, "messages").first.focus()
    await expect(ahead(page).locator("figcaption")).to_contain_text("VIBER ACCEPTD in 200ms")
    await page.keyboard.press("ArrowRight")
    await expect(marks(page, "messages").nth(1)).to_be_focused()
    await expect(ahead(page).locator("figcaption")).to_contain_text("VIBER DELIVRD in 1s")
    await page.keyboard.press("Enter")
    await expect(marks(page, "messages")).to_have_count(1)
    assert await shown(amp) == "00:00:01.000"
    assert (await amp.message(sent.message_id)).status == "DELIVRD"


async def test_what_is_ahead_is_a_table_too(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms(callback_url=NOBODY))
    await amp.advance(by="10s")
    await amp.send(job(numbers(3)))
    page = await open_page("clock")
    told = await amp.agenda()

    rows = ahead(page).get_by_role("row")
    await expect(rows).to_have_count(1 + len(told))
    await expect(rows.nth(1)).to_contain_text("3 messages")
    await expect(rows.nth(1).get_by_role("link")).to_have_attribute(
        "href", f"#/messages?account={amp.id}&api_job_id={told[0].api_job_id}"
    )
    await expect(rows.last).to_contain_text("1 callback posted to http://127.0.0.1:9/reports, attempt 2")
    await expect(rows.last).to_contain_text("attempt 1 failed")
    await expect(rows.last.get_by_role("link", name="callback 3")).to_be_visible()
    await rows.last.get_by_role("button", name="Advance to here").click()
    await expect(page.get_by_role("region", name="What happened")).to_contain_text("attempt 2")
    assert (await amp.clock()).now == told[-1].at


async def test_how_far_one_looks_ahead_is_in_the_address(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms(callback_url=NOBODY))
    await amp.advance(by="1m")
    await amp.send(im("VIBER"))
    page = await open_page("clock")
    await expect(marks(page, "callbacks")).to_have_count(1)
    await page.get_by_label("How far to look ahead").select_option("The next minute")

    await expect(marks(page, "callbacks")).to_have_count(0)
    await expect(marks(page, "messages")).not_to_have_count(0)
    await expect(ahead(page)).to_contain_text("later than this")
    assert parse_qs(urlsplit(urlsplit(page.url).fragment).query)["ahead"] == ["minute"]
    await page.reload()
    await expect(page.get_by_label("How far to look ahead")).to_have_value("minute")


async def test_the_countdown_runs_with_a_clock_that_runs(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms(callback_url=NOBODY))
    await amp.advance(by="58s")
    page = await open_page("clock")
    left = ahead(page).get_by_role("row").last.get_by_role("cell").nth(1)
    await expect(left).to_have_text(re.compile("in 4m [0-9]s"))
    await amp.set_clock("scaled", rate=10)

    await expect(left).to_have_text(re.compile("in [1-3]m"))
    assert (await amp.clock()).now.minute >= 1


async def test_thousands_are_shown_in_part_and_told_as_a_whole(amp: AsyncAccount, open_page: OpenPage) -> None:
    for number in numbers(60):
        await amp.send(sms(number))
    page = await open_page("clock")

    await expect(ahead(page).get_by_role("row")).to_have_count(1 + 25)
    await expect(marks(page, "messages").first).to_have_text("60")
    await page.get_by_role("button", name="Show more").click()
    await expect(ahead(page).get_by_role("row")).to_have_count(1 + 60)


async def test_nothing_ahead_is_said(open_page: OpenPage) -> None:
    page = await open_page("clock")

    await expect(page.get_by_role("heading", name="Nothing is ahead")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_clock(
    amp: AsyncAccount, open_page: OpenPage, watch: Watch, scheme: str
) -> None:
    watch.allow("status of 400")
    await amp.send(im("VIBER") | {"callback_url": NOBODY})
    await amp.advance(by="1s")
    page = await open_page("clock")
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await page.get_by_label("By a duration").fill("x")
    await page.get_by_role("button", name="Advance by").click()
    await expect(advance(page).get_by_role("alert")).to_be_visible()
    await page.get_by_label("By a duration").fill("3s")
    await page.get_by_role("button", name="Advance by").click()
    await expect(page.get_by_role("region", name="What happened")).to_be_visible()

    assert await axe(page) == []


async def test_nothing_is_wider_than_the_smallest_window(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms(callback_url=f"http://127.0.0.1:9/{'x' * 400}"))
    await amp.advance(by="2s")
    page = await open_page("clock")
    await page.set_viewport_size({"width": 360, "height": 800})

    assert await page.locator("main").evaluate("(it) => it.scrollWidth <= it.clientWidth")


async def test_what_is_hostile_is_shown_as_text(amp: AsyncAccount, open_page: OpenPage) -> None:
    url = f"http://127.0.0.1:9/{HOSTILE['script']}"
    await amp.send(sms(callback_url=url))
    await amp.advance(by="500ms")
    page = await open_page("clock")

    await expect(ahead(page).get_by_role("row").last).to_contain_text(url)
    await marks(page, "callbacks").first.hover()
    await expect(ahead(page).locator("figcaption")).to_contain_text(url)
    assert not await page.evaluate("() => window.hostile")

"""The list of messages: live, windowed, filtered by the address bar, a job as one row, by mouse and by keyboard."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Locator, Page, expect

from mock_amp.client import AsyncAccount
from tests.browser.conftest import PATIENCE, OpenAccount, OpenPage
from tests.browser.hostile import SENDABLE
from tests.browser.looking import axe
from tests.browser.sends import im, job, numbers, sms
from tests.browser.watch import Watch


def rows(page: Page) -> Locator:
    return page.get_by_role("list", name="Messages").get_by_role("link")


def filters(page: Page) -> dict[str, str]:
    """What the address says, without the account."""
    query = parse_qs(urlsplit(urlsplit(page.url).fragment).query)
    return {name: values[0] for name, values in query.items() if name != "account"}


async def test_a_message_is_in_the_list_as_soon_as_it_is_sent_and_changes_as_it_lives(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    page = await open_page()
    sent = await amp.send(im("VIBER", text="Hello there"))

    await expect(rows(page)).to_have_count(1)
    await expect(rows(page).first).to_contain_text("35699000001")
    await expect(rows(page).first).to_contain_text("Hello there")
    await expect(rows(page).first).to_contain_text("ACCEPTD")
    await amp.advance(until="idle")
    await expect(rows(page).first).to_contain_text("SEEN")
    await expect(rows(page).first).to_have_accessible_name("VIBER to 35699000001, SEEN: Hello there")
    assert (await amp.message(sent.message_id)).status == "SEEN"


async def test_the_newest_is_at_the_top(amp: AsyncAccount, open_page: OpenPage) -> None:
    for number in numbers(3):
        await amp.send(sms(number))
    page = await open_page()
    await expect(rows(page)).to_have_count(3)
    await amp.send(sms("35699777777"))

    await expect(rows(page)).to_have_count(4)
    shown = [await row.inner_text() for row in await rows(page).all()]
    assert ["35699777777" in shown[0], *("3569910000" in each for each in shown[1:])] == [True] * 4
    assert "35699100002" in shown[1]


async def test_filters_are_in_the_address_and_hold_after_a_reload(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(im("VIBER", "35699000001", "Your parcel"))
    await amp.send(im("WHATSAPP", "35699000002", "Your invoice"))
    await amp.send(sms("99900000006", "Your parcel too"))
    await amp.advance(until="idle")
    page = await open_page()
    await page.get_by_label("Channel").select_option("VIBER")

    await expect(rows(page)).to_have_count(1)
    assert filters(page) == {"type": "VIBER"}
    await page.get_by_label("Channel").select_option("")
    await page.get_by_role("searchbox", name="Search messages").fill("parcel")
    await expect(rows(page)).to_have_count(2)
    assert filters(page) == {"search": "parcel"}
    await page.reload()
    await expect(rows(page)).to_have_count(2)
    await expect(page.get_by_role("searchbox")).to_have_value("parcel")
    await page.get_by_label("Status").select_option("SEEN")
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("35699000001")
    assert filters(page) == {"search": "parcel", "status": "SEEN"}
    await page.get_by_role("button", name="Clear").click()
    await expect(rows(page)).to_have_count(3)
    await expect(page.get_by_role("searchbox")).to_have_value("")
    assert filters(page) == {}


async def test_a_view_can_be_shared_by_its_address(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms("35699000001"))
    await amp.send(sms("35699000002"))
    page = await open_page("messages", to="35699000002")

    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("35699000002")


async def test_what_no_filter_finds_is_said(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms())
    page = await open_page("messages", search="nowhere")

    await expect(page.get_by_role("heading", name="No message is like that")).to_be_visible()


async def test_a_filter_that_makes_no_sense_is_told_with_what_is_right(open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 400")
    page = await open_page("messages", type="PIGEON")

    await expect(page.get_by_role("alert")).to_contain_text("PIGEON")
    await expect(page.get_by_role("alert")).to_contain_text("VIBER")


async def test_any_filter_of_the_control_plane_works_from_the_address(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(im("VIBER", "35699000001"))
    await amp.send(im("WHATSAPP", "35699000002"))
    await amp.send(sms("35699000003"))
    await amp.advance(until="idle")
    page = await open_page("messages", channel="VIBER")

    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("35699000001")
    await expect(page.get_by_label("Channel")).to_have_value("VIBER")
    await page.get_by_label("Channel").select_option("WHATSAPP")
    await expect(rows(page)).to_contain_text("35699000002")
    assert filters(page) == {"type": "WHATSAPP"}


async def test_a_filter_that_there_is_not_is_told_and_cleared(
    amp: AsyncAccount, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("status of 400")
    await amp.send(sms())
    page = await open_page("messages", colour="blue")
    await expect(page.get_by_role("alert")).to_contain_text("colour")
    await page.get_by_role("button", name="Clear").click()

    await expect(rows(page)).to_have_count(1)
    await expect(page.get_by_role("alert")).to_have_count(0)


async def test_a_row_says_which_channel_failed_before_and_where_a_fresh_message_goes(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    await amp.send({**im("VIBER", "99900000003"), "sms_content": {"message": "By SMS"}})
    await amp.advance(until="idle")
    await amp.send(im("WHATSAPP"))
    page = await open_page()

    await expect(rows(page).nth(1)).to_have_accessible_name("SMS after VIBER to 99900000003, DELIVRD: By SMS")
    await expect(rows(page).nth(1).locator(".channel i")).to_have_text(["V", "S"])
    await expect(rows(page).nth(0)).to_have_accessible_name(
        "INTERNAL, WHATSAPP first, to 35699000001, ACCEPTD: Your table is ready."
    )
    await expect(rows(page).nth(0).locator(".channel i")).to_have_text(["W"])


async def test_beside_an_open_message_a_row_has_two_lines_and_its_text_is_read(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    await amp.send(im("VIBER", text="Your order is on its way"))
    page = await open_page()
    text = rows(page).locator(".what")
    await expect(rows(page)).to_have_css("height", "44px")
    await rows(page).click()

    await expect(page.get_by_role("region", name="The message")).to_be_visible()
    await expect(rows(page)).to_have_css("height", "62px")
    assert await text.evaluate("(node) => node.scrollWidth <= node.clientWidth")


async def test_a_message_far_down_is_still_in_sight_once_it_is_open(amp: AsyncAccount, open_page: OpenPage) -> None:
    """Its row has another height then."""
    sent = await amp.send(job(numbers(300)))
    page = await open_page("messages", api_job_id=sent.api_job_id)
    await page.locator(".rows").evaluate("(node) => { node.scrollTop = 40 * 44; }")
    await rows(page).filter(has_text="35699100256").click()
    await expect(page.get_by_role("region", name="The message")).to_be_visible()

    await expect(rows(page).filter(has_text="35699100256")).to_be_in_viewport()


async def test_a_few_failures_of_many_take_no_more_of_the_bar_than_they_have_to(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    """Each status has one share, two pixels wide where it would be less."""
    odd = [f"9990000000{at}" for at in (3, 4, 5, 6)]
    await amp.send(job([*numbers(2_000), *odd]))
    await amp.advance(until="idle")
    page = await open_page()
    shares = rows(page).locator(".progress i")
    await expect(rows(page)).to_contain_text("all at rest")
    widths = await shares.evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().width)")

    assert len(widths) == len({each.status for each in await amp.messages()})
    assert max(widths[1:]) <= 2


async def test_a_message_that_leaves_the_filter_leaves_the_list(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(im("VIBER"))
    page = await open_page("messages", status="ACCEPTD")
    await expect(rows(page)).to_have_count(1)
    await amp.advance(until="idle")

    await expect(page.get_by_role("heading", name="No message is like that")).to_be_visible()


async def test_a_job_is_one_row_with_its_progress_and_opens(amp: AsyncAccount, open_page: OpenPage) -> None:
    sent = await amp.send(job([*numbers(1_000), "99900000006"]))
    page = await open_page()
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("1,001 messages")
    await expect(rows(page)).to_contain_text("ACCEPTD · 0 at rest")
    await expect(rows(page)).to_have_accessible_name("A job of 1,001 messages, 0 of 1,001 at rest: To everybody.")
    await amp.advance(until="idle")
    await expect(rows(page)).to_contain_text("1,000 DELIVRD · all at rest")
    await rows(page).click()

    await expect(page.get_by_role("heading", name="Messages")).to_contain_text("1,001 messages")
    assert filters(page) == {"api_job_id": sent.api_job_id}
    await page.get_by_role("button", name="UNDELIV").click()
    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("99900000006")


async def test_only_what_is_in_sight_is_in_the_document(amp: AsyncAccount, open_page: OpenPage) -> None:
    sent = await amp.send(job(numbers(2_000)))
    page = await open_page("messages", api_job_id=sent.api_job_id)
    await expect(rows(page).first).to_contain_text("35699101999")

    assert await rows(page).count() < 60
    await page.mouse.move(600, 600)
    oldest = rows(page).filter(has_text="35699100000")
    async with asyncio.timeout(PATIENCE / 1_000):
        while not await oldest.count():
            await page.mouse.wheel(0, 4_000)
            await page.evaluate("() => new Promise(requestAnimationFrame)")
    await expect(oldest).to_be_visible()
    assert await rows(page).count() < 60


async def test_the_list_is_walked_and_opened_by_keys(amp: AsyncAccount, open_page: OpenPage) -> None:
    for number in numbers(100):
        await amp.send(sms(number))
    page = await open_page()
    await rows(page).first.focus()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(":focus")).to_contain_text("35699100097")
    await page.keyboard.press("End")
    await expect(page.locator(":focus")).to_contain_text("3569910")
    await page.keyboard.press("Home")
    await page.keyboard.press("PageDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("region", name="The message")).to_be_visible()
    assert urlsplit(page.url).fragment.startswith("/messages/")


async def test_whoever_walks_is_at_the_same_row_when_more_come(amp: AsyncAccount, open_page: OpenPage) -> None:
    """With the focus, the Tab key's stop and the arrow keys' place, though nothing was scrolled."""
    for number in numbers(10):
        await amp.send(sms(number))
    page = await open_page()
    await rows(page).first.focus()
    for _ in range(2):
        await page.keyboard.press("ArrowDown")
    await expect(page.locator(":focus")).to_contain_text("35699100007")
    for number in numbers(3, 35699200000):
        await amp.send(sms(number))
    await expect(rows(page)).to_have_count(13)

    await expect(page.locator(":focus")).to_contain_text("35699100007")
    await expect(page.locator(".rows [tabindex='0']")).to_contain_text("35699100007")
    await page.keyboard.press("ArrowDown")
    await expect(page.locator(":focus")).to_contain_text("35699100006")


async def test_another_account_is_picked_and_shows_its_own(
    amp: AsyncAccount, open_account: OpenAccount, open_page: OpenPage
) -> None:
    other = await open_account()
    await amp.send(sms("35699000001"))
    await other.send(sms("35699000002"))
    page = await open_page()
    await expect(rows(page)).to_contain_text("35699000001")
    await page.get_by_role("combobox", name="Account").select_option(other.id)

    await expect(rows(page)).to_have_count(1)
    await expect(rows(page)).to_contain_text("35699000002")
    assert parse_qs(urlsplit(urlsplit(page.url).fragment).query)["account"] == [other.id]
    await page.go_back()
    await expect(rows(page)).to_contain_text("35699000001")


async def test_an_account_that_somebody_opens_meanwhile_can_be_picked(
    open_account: OpenAccount, open_page: OpenPage
) -> None:
    page = await open_page()
    other = await open_account()
    await page.get_by_role("combobox", name="Account").focus()
    await expect(page.locator("option", has_text=other.id)).to_be_attached()
    await page.get_by_role("combobox", name="Account").select_option(other.id)

    await expect(page.get_by_role("heading", name="No message yet")).to_be_visible()
    assert other.id in page.url


async def test_hostile_texts_are_shown_as_they_are(amp: AsyncAccount, open_page: OpenPage) -> None:
    texts = list(SENDABLE.values())
    for at, text in enumerate(texts):
        await amp.send(im("VIBER", numbers(1, 35699300000 + at)[0], text))
    page = await open_page()
    await expect(page.get_by_role("heading", name="Messages")).to_contain_text(f"{len(texts)} sends")
    listed = await amp.messages()

    for message in list(listed)[-12:]:
        row = rows(page).filter(has_text=message.to)
        assert await row.locator(".what").evaluate("(node) => node.textContent") == message.text
        assert await row.locator(".what").evaluate("(node) => node.childElementCount") == 0
    assert await page.evaluate("() => window.hostile") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_keeps_a_screen_reader_out(amp: AsyncAccount, open_page: OpenPage, scheme: str) -> None:
    for channel in ("VIBER", "WHATSAPP", "TELEGRAM", "RCS", "MESSENGER"):
        await amp.send(im(channel))
    await amp.send(job([*numbers(20), "99900000006"]))
    await amp.advance(until="idle")
    page = await open_page()
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await expect(rows(page)).to_have_count(6)

    await axe(page)

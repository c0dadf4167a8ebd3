"""Certify: a receiver tried out by real posts, and the verdict to read."""

import asyncio
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from playwright.async_api import Locator, Page, expect

from mock_amp.client import AsyncAccount
from mock_amp.core.certifying import CHECKS
from tests.browser.conftest import OpenPage
from tests.browser.hostile import HOSTILE
from tests.browser.looking import axe
from tests.browser.watch import Watch
from tests.conformance.receivers import answering


async def fine(request: web.Request) -> web.Response:
    await request.read()  # the whole of it, before the answer
    return web.Response(text="thank you")


async def nothing(_request: web.Request) -> web.Response:
    return web.Response(status=204)


def certify(page: Page) -> Locator:
    return page.get_by_role("button", name="Certify", exact=True)


def verdict(page: Page) -> Locator:
    return page.get_by_role("region", name="Verdict", exact=True)


def row(page: Page, name: str) -> Locator:
    """The line of a check, by its title."""
    return verdict(page).get_by_role("row").filter(has=page.get_by_role("button", name=name, exact=True))


def filters(page: Page) -> dict[str, str]:
    """What the address says, without the account."""
    query = parse_qs(urlsplit(urlsplit(page.url).fragment).query)
    return {name: values[0] for name, values in query.items() if name != "account"}


async def tried(page: Page) -> None:
    """Runs it and waits for the verdict."""
    await certify(page).click()
    await expect(verdict(page)).to_be_visible()


async def test_a_receiver_that_is_right_passes_all_checks(amp: AsyncAccount, open_page: OpenPage) -> None:
    async with answering(fine) as url:
        page = await open_page("certify")
        await page.get_by_label("callback_url").fill(url)
        await page.get_by_label("reply_url").fill(f"{url}/replies")
        await page.get_by_label("Time-out").fill("30s")  # what takes half of it is worth a warning
        await tried(page)

        await expect(verdict(page)).to_contain_text("Passed: 15 passed")
        await expect(verdict(page).get_by_text("passed", exact=True)).to_have_count(15)
        assert filters(page) == {"url": url, "reply_url": f"{url}/replies", "timeout": "30s"}
        assert [each.status for each in await amp.requests()] == []
        assert await amp.callbacks() == []


async def test_a_receiver_that_answers_204_reads_what_was_sent_what_came_and_what_would_be_right(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    async with answering(nothing) as url:
        page = await open_page("certify", url=url, only="single,duplicate")
        await tried(page)
        await expect(verdict(page)).to_contain_text("Not passed: 2 failed")
        await expect(row(page, "One report")).to_contain_text("It answered 204, and only 200 counts")
        await expect(row(page, "One report").get_by_text("failed", exact=True)).to_be_visible()
        await expect(row(page, "One report").get_by_role("link", name="C-4")).to_have_attribute(
            "href", f"#/rules/C-4?account={amp.id}"
        )
        await verdict(page).get_by_role("button", name="The same report twice").click()

        posts = verdict(page).get_by_role("region", name=re.compile("^Post "))
        await expect(posts).to_have_count(2)
        await expect(verdict(page)).to_contain_text("Expected200 to both")
        await expect(posts.first).to_contain_text("Answered204")
        await expect(posts.first).to_contain_text("Content-Typeapplication/json; charset=utf-8")
        await expect(posts.first.get_by_role("region", name="The body")).to_contain_text('"api_job_id"')
        await verdict(page).get_by_role("button", name="The same report twice").click()
        await expect(posts).to_have_count(0)


async def test_where_nobody_listens_it_says_so(open_page: OpenPage) -> None:
    page = await open_page("certify", url="http://127.0.0.1:9/reports")
    await tried(page)

    await expect(verdict(page)).to_contain_text(re.compile(r"Not passed: 1 failed, \d+ skipped"))
    await expect(row(page, "One report")).to_contain_text("Nobody was there")


async def test_a_run_shows_its_time_and_can_be_cancelled(open_page: OpenPage) -> None:
    came, gone = asyncio.Event(), asyncio.Event()

    async def hangs(_request: web.Request) -> web.Response:
        came.set()
        await gone.wait()
        return web.Response()

    async with answering(hangs) as url:
        page = await open_page("certify", url=url, timeout="50s")
        await certify(page).click()
        await asyncio.wait_for(came.wait(), 10)
        bar = page.get_by_role("progressbar", name="Time used, of at most 60 seconds")
        await expect(bar).to_be_visible()
        await expect(page.get_by_text(re.compile(r"^[1-9][\d.]*s$"))).to_be_visible()
        await expect(certify(page)).to_have_attribute("aria-disabled", "true")
        await page.get_by_role("button", name="Cancel").click()

        await expect(page.get_by_text("Cancelled: nothing more is posted")).to_be_visible()
        await expect(bar).to_have_count(0)
        await expect(certify(page)).not_to_have_attribute("aria-disabled", "true")
        gone.set()


async def test_the_last_verdict_stays_while_one_moves_between_views(open_page: OpenPage) -> None:
    async with answering(fine) as url:
        page = await open_page("certify", url=url, only="single", timeout="30s")
        await tried(page)
    await row(page, "One report").get_by_role("link", name="C-4").click()
    await expect(page.get_by_role("heading", name="Rules")).to_be_visible()
    await page.go_back()

    await expect(verdict(page)).to_contain_text("Passed: 1 passed")
    await expect(page.get_by_label("callback_url")).to_have_value(url)


async def test_the_form_is_in_the_address(open_page: OpenPage) -> None:
    page = await open_page("certify")
    await page.get_by_label("callback_url").fill("http://127.0.0.1:9/a b?c=d&e")
    await page.get_by_label("Time-out").fill("2s")
    await page.get_by_text("Checks: the usual ones").click()
    await page.get_by_label("single", exact=True).check()
    await page.get_by_label("two-factor").check()
    wanted = {"url": "http://127.0.0.1:9/a b?c=d&e", "timeout": "2s", "only": "single,two-factor"}

    await expect(page.get_by_text("Checks: single, two-factor")).to_be_visible()
    assert filters(page) == wanted
    await page.reload()
    await expect(page.get_by_label("callback_url")).to_have_value(wanted["url"])
    await expect(page.get_by_label("Time-out")).to_have_value("2s")
    await expect(page.locator("[name=only]:checked")).to_have_count(2)


async def test_all_checks_that_there_are_can_be_chosen(open_page: OpenPage) -> None:
    page = await open_page("certify")
    await expect(page.locator("[name=only]").first).to_be_attached()

    names: Sequence[str] = await page.locator("[name=only]").evaluate_all("all => all.map(each => each.value)")
    assert list(names) == [each.name for each in CHECKS]


async def test_what_cannot_be_is_said_in_the_words_of_the_control_plane(open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 400")
    page = await open_page("certify", url="http://127.0.0.1:9/reports", timeout="soon")
    await certify(page).click()

    await expect(page.get_by_role("alert")).to_contain_text("'soon' is not a duration")


async def test_hostile_answers_are_shown_as_text(open_page: OpenPage) -> None:
    answers = list(HOSTILE.values())
    given: list[str] = []

    async def hostile(_request: web.Request) -> web.Response:
        given.append(answers[len(given) % len(answers)])
        return web.Response(body=given[-1].encode())

    async with answering(hostile) as url:
        page = await open_page("certify", url=url, reply_url=url, only=",".join(each.name for each in CHECKS[1:9]))
        while len(given) < len(answers):
            start = len(given)
            async with page.expect_response("**/certify"):
                await certify(page).click()
            await expect(verdict(page)).to_contain_text("Passed")
            await expect(verdict(page).locator(".sent")).to_have_count(0)
            await verdict(page).locator("[aria-expanded]").evaluate_all("all => all.forEach(each => each.click())")
            await expect(verdict(page).locator(".sent")).to_have_count(len(given) - start)
            shown = await verdict(page).get_by_role("region", name="The answer").all_text_contents()
            assert shown == [each for each in given[start:] if each]

    assert await page.evaluate("() => window.hostile ?? null") is None
    assert await page.locator("main :is(script, iframe, img, style, meta, base)").count() == 0


async def test_it_is_used_by_keyboard_alone(open_page: OpenPage) -> None:
    async with answering(fine) as url:
        page = await open_page("certify", url=url, only="single")
        await page.get_by_label("callback_url").focus()
        await page.keyboard.press("Enter")
        await expect(verdict(page)).to_be_visible()
        await verdict(page).get_by_role("button", name="One report").focus()
        await page.keyboard.press("Enter")

        await expect(verdict(page).get_by_role("region", name="The answer")).to_have_text("thank you")
        await expect(verdict(page).get_by_role("button", name="One report")).to_have_attribute("aria-expanded", "true")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
async def test_nothing_keeps_a_screen_reader_out(open_page: OpenPage, page: Page, scheme: str, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    async with answering(nothing) as url:
        await open_page("certify", url=url, only="single,retry")
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await tried(page)
        await verdict(page).get_by_role("button", name="One report").click()

        await axe(page)
        assert await page.evaluate("() => document.documentElement.scrollWidth") == width

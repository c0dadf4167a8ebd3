"""The delivery board, and one callback: what is owed, tried again, delivered, discarded, and posted once more."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import web
from playwright.async_api import Locator, Page, Response, expect

from mock_amp.client import AsyncAccount
from tests.browser.conftest import OpenPage
from tests.browser.hostile import HOSTILE
from tests.browser.looking import at_rest, axe
from tests.browser.sends import im, job, numbers, sms
from tests.browser.watch import Watch
from tests.conformance.receivers import answering

NOBODY = "http://127.0.0.1:9/reports"
"""Where no receiver listens, so that callbacks are tried again."""


TORN = {
    "name": "torn",
    "rules": [{"name": "gone", "match": {"number": "35699000003"}, "outcome": {"status": "UNDELIV", "after": "1s"}}],
}
LINES = """(node) => {
  const lines = new Map();
  const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) for (let at = 0; at < texts.currentNode.length; at += 1) {
    const range = document.createRange();
    range.setStart(texts.currentNode, at);
    range.setEnd(texts.currentNode, at + 1);
    const middle = Math.round((range.getBoundingClientRect().top + range.getBoundingClientRect().bottom) / 20);
    lines.set(middle, (lines.get(middle) ?? "") + range);
  }
  return [...lines.values()];
}"""
"""The lines of an element's text, as they are broken."""


@asynccontextmanager
async def receiver(*statuses: int) -> AsyncIterator[str]:
    """Answers each body by the statuses in turn, the last for ever; its URL."""
    seen: Counter[bytes] = Counter()

    async def answer(request: web.Request) -> web.Response:
        body = await request.read()
        seen[body] += 1
        return web.Response(status=statuses[min(seen[body], len(statuses)) - 1])

    async with answering(answer) as url:
        yield url


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def cards(page: Page, name: str) -> Locator:
    return column(page, name).get_by_role("listitem")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("navigation", name="States").get_by_role("link", name=name)


def rows(page: Page) -> Locator:
    return page.get_by_role("list", name="Callbacks").get_by_role("link")


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def filters(page: Page) -> dict[str, str]:
    """What the address says, without the account."""
    query = parse_qs(urlsplit(urlsplit(page.url).fragment).query)
    return {name: values[0] for name, values in query.items() if name != "account"}


async def first_report(amp: AsyncAccount, url: str = NOBODY) -> None:
    """Sends an SMS whose first report was tried once; nothing else is owed so far."""
    await amp.send(sms(callback_url=url))
    await amp.wait_for_attempts(callback_id="1")


async def test_a_callback_goes_over_the_board_until_the_receiver_takes_it(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    async with receiver(500, 503, 200) as url:
        page = await open_page("callbacks")
        await first_report(amp, url)
        card = cards(page, "Retrying").filter(has_text="Callback 1")
        await expect(card).to_contain_text("in 5m, when the clock moves")
        await expect(card).to_contain_text(f"http://{urlsplit(url).netloc}/reports")
        await expect(card.get_by_role("img", name="1 attempt: failed 500")).to_be_visible()
        await card.get_by_role("button", name="Advance to here").click()

        await expect(card.get_by_role("img", name="2 attempts: failed 500; failed 503")).to_be_visible()
        assert [each.status for each in (await amp.callback("1")).attempts] == [500, 503]
        await card.get_by_role("button", name="Advance to here").click()
        done = cards(page, "Delivered").filter(has_text="Callback 1")
        await expect(done.get_by_role("img", name="failed 503; delivered 200")).to_be_visible()
        await expect(done.get_by_role("button")).to_have_count(0)
        await expect(card).to_have_count(0)
        assert (await amp.callback("1")).state == "delivered"


async def test_after_three_attempts_it_is_discarded_and_can_be_posted_again(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    async with receiver(204, 500, 302, 200) as url:
        await first_report(amp, url)
        await amp.advance(by="10m")
        page = await open_page("callbacks")
        await cards(page, "Discarded").get_by_role("link", name="Callback 1", exact=True).click()
        attempts = part(page, "Attempts").locator(".tries > li")
        await expect(attempts).to_have_count(3)
        await expect(attempts.nth(0)).to_contain_text("failed204")
        await expect(attempts.nth(0)).to_contain_text("On the account's clock2026-01-01 00:0")
        await expect(attempts.nth(0)).to_contain_text("By the real clock")
        await page.get_by_role("button", name="Post again").click()

        await expect(attempts).to_have_count(4)
        await expect(attempts.nth(3)).to_contain_text("delivered200")
        await expect(page.locator(".bar-head").get_by_text("delivered")).to_be_visible()
        found = await amp.callback("1")
        assert [each.status for each in found.attempts] == [204, 500, 302, 200]
        assert found.state == "delivered"


async def test_the_countdown_goes_on_with_a_clock_that_runs(amp: AsyncAccount, open_page: OpenPage) -> None:
    await first_report(amp)
    await amp.advance(by="2s")
    await amp.set_clock(mode="scaled", rate=1)
    page = await open_page("callbacks")
    left = cards(page, "Retrying").first.get_by_role("time")
    await expect(left).to_contain_text("in 4m")
    before = await left.text_content()

    await expect(left).not_to_have_text(before or "")
    await expect(left).to_contain_text("in 4m")
    await expect(left).not_to_contain_text("when the clock moves")


async def test_without_a_callback_url_the_board_says_what_to_do(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms())
    page = await open_page("callbacks")

    await expect(page.get_by_role("heading", name="Nothing is owed", exact=True)).to_be_visible()
    await expect(page.get_by_text("No request had a callback_url")).to_be_visible()
    await page.get_by_role("link", name="certify tells").click()
    await expect(page.get_by_role("heading", name="Certify a receiver")).to_be_visible()


async def test_filters_and_states_are_in_the_address(amp: AsyncAccount, open_page: OpenPage) -> None:
    async with receiver(200) as url:
        sent = await amp.send(im("VIBER", number="35699000001") | {"callback_url": url, "reply_url": NOBODY})
        await amp.send(sms(callback_url=NOBODY))
        await amp.advance(by="1m")
        await amp.reply(sent.message_id, "Yes")
        await amp.advance(by="1s")
        page = await open_page("callbacks")
        await page.get_by_label("Kind").select_option("reply")
        await expect(cards(page, "Retrying")).to_have_count(1)
        await expect(cards(page, "Retrying")).to_contain_text("reply")
        await expect(column(page, "Delivered")).to_contain_text("None")
        assert filters(page) == {"kind": "reply"}
        await page.get_by_label("Kind").select_option("")
        await page.get_by_label("URL").select_option(url)
        await expect(column(page, "Retrying")).to_contain_text("None")
        await tab(page, "Delivered").click()

        ours = await amp.callbacks(url=url, state="delivered")
        await expect(rows(page)).to_have_count(len(ours))
        assert filters(page) == {"url": url, "state": "delivered"}
        await page.get_by_label("Search callbacks").fill("nothing is like this")
        await expect(page.get_by_role("heading", name="No callback is like that")).to_be_visible()
        assert filters(page)["search"] == "nothing is like this"
        await page.get_by_label("Search callbacks").fill(str(ours[0].body["api_job_id"]))
        await expect(rows(page)).to_have_count(len(ours))
        await page.reload()
        await expect(rows(page)).to_have_count(len(ours))
        await expect(page.get_by_label("Search callbacks")).to_have_value(str(ours[0].body["api_job_id"]))


async def test_the_board_tells_which_message_or_job_a_callback_is_about(amp: AsyncAccount, open_page: OpenPage) -> None:
    one = await amp.send(sms(callback_url=NOBODY))
    many = await amp.send(job(numbers(3), callback_url=NOBODY))
    await amp.wait_for_callbacks(count=2, state="retrying")
    page = await open_page("callbacks")

    single = cards(page, "Retrying").filter(has_text="Callback 1").get_by_role("link", name="message to 35699000001")
    await expect(single).to_have_attribute("href", f"#/messages/{one.message_id}?account={amp.id}")
    shared = cards(page, "Retrying").filter(has_text="3 reports").get_by_role("link", name="job")
    await expect(shared).to_have_attribute("href", f"#/messages?account={amp.id}&api_job_id={many.api_job_id}")


async def test_the_board_and_its_lists_tell_what_is_posted(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.scenario(TORN)
    await amp.send(job(["35699000001", "35699000002", "35699000003"], callback_url=NOBODY))
    await amp.send(sms("35699000004", callback_url=NOBODY))
    await amp.advance(by="10s")
    told = {each.id: each for each in await amp.callbacks(state="retrying")}
    several = next(each for each in told.values() if len(each.statuses) == 2)
    one = next(each for each in told.values() if each.to and each.statuses[0].status == "DELIVRD")
    page = await open_page("callbacks")

    card = cards(page, "Retrying").filter(has=page.get_by_role("link", name=f"Callback {several.id}", exact=True))
    await expect(card).to_contain_text("2 SMS DELIVRD")
    await expect(card).to_contain_text("1 SMS UNDELIV")
    card = cards(page, "Retrying").filter(has=page.get_by_role("link", name=f"Callback {one.id}", exact=True))
    await expect(card).to_contain_text("SMS DELIVRD")
    await expect(card.get_by_role("link", name="message to 35699000004")).to_be_visible()
    await tab(page, "Retrying").click()
    await expect(rows(page).filter(has_text=f"{several.id} · 2 SMS DELIVRD, 1 SMS UNDELIV")).to_have_count(1)
    line = rows(page).filter(has_text=f"{one.id} · SMS DELIVRD")
    await expect(line).to_contain_text("35699000004")
    await expect(line).to_have_accessible_name(
        re.compile(f"Callback {one.id}, retrying, 1 report: SMS DELIVRD about 35699000004 to {NOBODY}, 1 attempt")
    )


async def test_a_reply_is_a_callback_too_and_chosen_by_its_kind(amp: AsyncAccount, open_page: OpenPage) -> None:
    sent = await amp.send(im("VIBER", callback_url=NOBODY) | {"reply_url": NOBODY.replace("reports", "replies")})
    await amp.advance("10s")
    await amp.reply(sent.message_id, "Yes, please")
    page = await open_page("callbacks")
    await page.get_by_label("Kind").select_option("reply")
    card = page.locator(".columns").get_by_role("listitem")
    await expect(card).to_have_count(1)
    assert filters(page) == {"kind": "reply"}
    await card.get_by_role("link").first.click()

    await expect(part(page, "What is posted")).to_contain_text("Yes, please")
    await part(page, "A reply").get_by_role("link", name="Certify this URL").click()
    await expect(page.get_by_label("reply_url")).to_have_value("http://127.0.0.1:9/replies")


async def test_callbacks_are_filtered_by_their_url(amp: AsyncAccount, open_page: OpenPage) -> None:
    other = "http://127.0.0.1:9/others"
    for url in (NOBODY, other, other):
        await amp.send(sms(callback_url=url))
    await amp.advance("10s")
    page = await open_page("callbacks")
    card = page.locator(".columns").get_by_role("listitem")
    await expect(card).to_have_count(9)  # three of each message
    await page.get_by_label("URL").select_option(other)

    await expect(card).to_have_count(6)
    assert filters(page) == {"url": other}


async def test_a_callback_that_was_given_up_says_why(amp: AsyncAccount, open_page: OpenPage) -> None:
    why = "Given up after 3 attempts, the last: 503"
    async with receiver(500, 500, 503) as url:
        await first_report(amp, url)
        await amp.advance(by="10m")
        page = await open_page("callbacks")

        await expect(cards(page, "Discarded").filter(has_text="Callback 1")).to_contain_text(why)
        await tab(page, "Discarded").click()
        await expect(rows(page).last).to_contain_text(why)
        await rows(page).last.click()
        await expect(part(page, "1 report")).to_contain_text(why)


async def test_lists_bring_no_bodies_along(amp: AsyncAccount, open_page: OpenPage, page: Page) -> None:
    """Neither the board nor the list of a state, however much is in a callback."""
    brought: list[Response] = []
    page.on("response", lambda response: brought.append(response) if "/callbacks?" in response.url else None)
    await amp.send(job(numbers(1000), callback_url=NOBODY))
    await amp.wait_for_callbacks(state="retrying")
    await open_page("callbacks")
    await at_rest(page)  # or what is asked just now would be given up
    await tab(page, "Retrying").click()
    await expect(rows(page)).to_have_count(1)
    await at_rest(page)

    items = [item for each in brought for item in (await each.json())["items"]]
    assert {(each["body"], each["reports"]) for each in items} == {(None, 1000)}
    assert len({each.url for each in brought}) == 9  # four columns, and once more with the list


async def test_what_the_scenario_put_in_is_marked(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.scenario({"name": "lossy", "callbacks": [{"name": "lost on the first try", "fail_first": 1}]})
    await first_report(amp)
    page = await open_page("callbacks")

    mark = cards(page, "Retrying").get_by_text("injected", exact=True)
    await expect(mark).to_have_attribute("title", "The scenario's lost on the first try")
    await page.get_by_role("link", name="Callback 1", exact=True).click()
    await expect(part(page, "1 report")).to_contain_text("lost on the first try")
    await expect(part(page, "Attempts")).to_contain_text("Fault of the scenario")


async def test_of_many_the_soonest_are_shown_more_on_demand_and_all_in_a_list(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    for number in numbers(130):
        await amp.send(sms(number, callback_url=NOBODY))
    await amp.advance(by="30s")
    total = await amp.count("callbacks", state="retrying")
    page = await open_page("callbacks")
    retrying = cards(page, "Retrying")
    await expect(retrying).to_have_count(12)
    await expect(retrying.first).to_contain_text("Callback 1")
    for count in (42, 72, 102, 132, 162, 192):
        await column(page, "Retrying").get_by_role("button", name="Show more").click()
        await expect(retrying).to_have_count(count)
    await column(page, "Retrying").get_by_role("link", name=f"All {total} in a list").click()

    await expect(rows(page).first).to_contain_text(f"{total} · SMS DELIVRD")
    assert total > 200
    assert await rows(page).count() < 60
    await rows(page).first.focus()
    await page.keyboard.press("End")
    await page.keyboard.press("End")
    assert await rows(page).count() < 60


async def test_one_callback_tells_what_is_posted_and_can_be_copied(amp: AsyncAccount, open_page: OpenPage) -> None:
    async with receiver(200) as url:
        sent = await amp.send(sms(callback_url=url, job_id="order 4711"))
        await amp.wait_for_attempts(callback_id="1")
        page = await open_page("callbacks/1")
        posted = part(page, "What is posted")
        await expect(posted).to_contain_text("application/json; charset=utf-8")
        await expect(posted).to_contain_text('"client_job_id": "order 4711"')
        await expect(part(page, "About").get_by_role("link")).to_have_attribute(
            "href", f"#/messages/{sent.message_id}?account={amp.id}"
        )
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await page.get_by_role("button", name="Copy as curl").click()
        await expect(page.get_by_text("Copied")).to_be_visible()
        line = await page.evaluate("() => navigator.clipboard.readText()")

        assert line.startswith("curl ")
        assert f"'{url}'" in line
        assert '"client_job_id":"order 4711"' in line
        await page.get_by_role("link", name="Certify this URL").click()
        await expect(page.get_by_label("callback_url")).to_have_value(url)


async def test_a_callback_that_there_is_not_is_said_in_the_words_of_the_control_plane(
    open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("status of 404")
    page = await open_page("callbacks/4711")

    await expect(page.get_by_role("alert")).to_contain_text("callback 4711")
    await page.get_by_role("link", name="Back to the callbacks").click()
    await expect(page.get_by_role("heading", name="Nothing is owed")).to_be_visible()


async def test_a_body_of_a_thousand_reports_is_drawn_in_part(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(job(numbers(1000), callback_url=NOBODY))
    await amp.wait_for_callbacks(state="retrying")
    page = await open_page("callbacks/1")

    await expect(part(page, "1,000 reports")).to_be_visible()
    await expect(part(page, "About").get_by_role("listitem")).to_have_count(20)
    await expect(part(page, "About")).to_contain_text("And 980 more")
    body = page.get_by_role("region", name="The body")
    assert len(await body.text_content() or "") == 20_000
    await page.get_by_role("button", name=re.compile("Show all .* characters")).click()
    await expect(body).to_contain_text(f'"to": "{numbers(1000)[-1]}"')


async def test_hostile_answers_are_shown_as_text(amp: AsyncAccount, open_page: OpenPage) -> None:
    """Each is the answer to one more attempt of the same callback."""
    answers = iter(HOSTILE.values())

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(status=500, body=next(answers).encode())

    async with answering(answer) as url:
        await first_report(amp, url)
        for tried in range(2, len(HOSTILE) + 1):
            await amp.resend("1")
            await amp.wait_for_attempts(count=tried, callback_id="1")
        page = await open_page("callbacks/1")
        told = [each.answer for each in (await amp.callback("1")).attempts if each.answer]

        await expect(part(page, "Attempts").locator(".tries > li")).to_have_count(len(HOSTILE))
        assert await part(page, "Attempts").get_by_role("region").all_text_contents() == told
        assert len(told) == len(HOSTILE) - 1
        await open_page("callbacks")
        await expect(page.get_by_role("link", name="Callback 1", exact=True)).to_be_visible()
        assert await page.evaluate("() => window.hostile ?? null") is None
        assert await page.locator("main :is(script, iframe, img, style, meta, base)").count() == 0


async def test_hostile_ids_and_urls_are_shown_as_text(amp: AsyncAccount, open_page: OpenPage) -> None:
    names = ("script", "out of an attribute", "right to left override", "address that is a script")
    for name in names:
        await amp.send(sms(callback_url=f"http://127.0.0.1:9/%22{'x' * 2000}?<script>'\"&", job_id=HOSTILE[name]))
    await amp.wait_for_callbacks(count=4, state="retrying")
    page = await open_page("callbacks")
    await expect(cards(page, "Retrying")).to_have_count(4)
    assert await page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")

    for number, name in enumerate(names, 1):
        await open_page(f"callbacks/{number}")
        shown = part(page, "1 report").locator("dt:text-is('Your job_id') + dd")
        await expect(shown).to_be_visible()
        assert await shown.text_content() == HOSTILE[name]
    assert await page.evaluate("() => window.hostile ?? null") is None


async def test_the_board_is_used_by_keyboard_alone(amp: AsyncAccount, open_page: OpenPage) -> None:
    for number in numbers(3):
        await amp.send(sms(number, callback_url=NOBODY))
    await amp.wait_for_callbacks(count=3, state="retrying")
    page = await open_page("callbacks")
    await tab(page, "Retrying").focus()
    await page.keyboard.press("Enter")
    await expect(rows(page)).to_have_count(3)
    await rows(page).first.focus()
    await page.keyboard.press("ArrowDown")
    await expect(rows(page).nth(1)).to_be_focused()
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Callback 2")).to_be_visible()
    await expect(rows(page).nth(1)).to_have_attribute("aria-current", "true")


async def test_arrow_keys_go_from_card_to_card_and_the_tab_key_stops_at_one(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    async with receiver(200) as url:
        for number in numbers(3):
            await amp.send(sms(number, callback_url=NOBODY))
        await amp.send(sms(callback_url=url))
        await amp.wait_for_callbacks(count=1, state="delivered")
        await amp.wait_for_callbacks(count=3, state="retrying")
        page = await open_page("callbacks")
        first, second, third = [cards(page, "Retrying").nth(at).get_by_role("link", name="Callback") for at in range(3)]
        done = cards(page, "Delivered").get_by_role("link", name="Callback")
        stops = page.locator(".columns :is(a, button)[tabindex='0']")
        await expect(stops).to_have_count(3)  # of eleven: the callback, its message, the way there

        await first.focus()
        await page.keyboard.press("ArrowDown")
        await expect(second).to_be_focused()
        await page.keyboard.press("End")
        await expect(third).to_be_focused()
        await page.keyboard.press("ArrowRight")
        await expect(done).to_be_focused()
        await page.keyboard.press("ArrowLeft")
        await page.keyboard.press("ArrowDown")
        await expect(second).to_be_focused()
        await expect(stops).to_have_count(3)
        await page.keyboard.press("Tab")
        await page.keyboard.press("Tab")
        await expect(cards(page, "Retrying").nth(1).get_by_role("button", name="Advance to here")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Callback 2")).to_be_focused()
        await page.go_back()
        await expect(second).to_be_focused()


async def test_the_focus_goes_with_a_card_to_another_column(amp: AsyncAccount, open_page: OpenPage) -> None:
    async with receiver(500, 200) as url:
        await first_report(amp, url)
        page = await open_page("callbacks")
        await cards(page, "Retrying").get_by_role("button", name="Advance to here").press("Enter")

        await expect(cards(page, "Delivered").get_by_role("link", name="Callback 1", exact=True)).to_be_focused()


async def test_where_there_is_little_room_a_column_without_cards_is_a_line(
    amp: AsyncAccount, open_page: OpenPage, page: Page
) -> None:
    await page.set_viewport_size({"width": 768, "height": 1024})
    for number in numbers(6):
        await amp.send(sms(number, callback_url=NOBODY))
    await amp.wait_for_callbacks(count=6, state="retrying")
    await open_page("callbacks")
    await expect(cards(page, "Retrying")).to_have_count(4)

    due, retrying, discarded = [await column(page, name).bounding_box() for name in ("Due", "Retrying", "Discarded")]
    assert due
    assert retrying
    assert discarded
    assert due["height"] < 40
    assert discarded["height"] < 40
    assert due["width"] > 700
    assert retrying["y"] < 300


async def test_a_url_is_broken_between_its_parts(amp: AsyncAccount, open_page: OpenPage) -> None:
    await first_report(amp, "http://127.0.0.1:9/hooks/of/the/harbour/delivery/reports")
    page = await open_page("callbacks")
    shown = cards(page, "Retrying").locator(".url")
    await expect(shown).to_be_visible()

    lines = await shown.evaluate(LINES)
    assert len(lines) > 1
    assert "".join(lines) == "http://127.0.0.1:9/hooks/of/the/harbour/delivery/reports"
    assert all(line[0] in "./" for line in lines[1:]), lines


async def test_on_a_phone_the_columns_stand_below_each_other(
    amp: AsyncAccount, open_page: OpenPage, page: Page
) -> None:
    await page.set_viewport_size({"width": 360, "height": 740})
    await first_report(amp)
    await open_page("callbacks")

    due, retrying = [await column(page, name).bounding_box() for name in ("Due", "Retrying")]
    assert due
    assert retrying
    assert due["x"] == retrying["x"]
    assert due["y"] < retrying["y"]
    assert await page.evaluate("() => document.documentElement.scrollWidth") == 360
    await page.get_by_role("link", name="Callback 1", exact=True).click()
    await expect(part(page, "Attempts")).to_be_visible()
    assert await page.evaluate("() => document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_keeps_a_screen_reader_out(amp: AsyncAccount, open_page: OpenPage, scheme: str) -> None:
    async with receiver(500, 200) as url:
        for number in numbers(2):
            await amp.send(sms(number, callback_url=url))
        await amp.send(sms(callback_url=NOBODY))
        await amp.scenario({"name": "late", "callbacks": [{"name": "late", "delay": "10m"}]})
        await amp.send(sms(callback_url=NOBODY))
        await amp.advance(by="30s")
        page = await open_page("callbacks")
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await expect(cards(page, "Due").first).to_be_visible()
        await axe(page)
        await tab(page, "Retrying").click()
        await rows(page).first.click()
        await expect(part(page, "Attempts")).to_be_visible()

        await axe(page)

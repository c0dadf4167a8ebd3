"""One message: the handset of each channel, what became of it and why, what was posted, and what a person can do."""

import asyncio
import base64
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Locator, Page, expect

from mock_amp.client import AsyncAccount
from tests.browser.conftest import OpenAccount, OpenPage
from tests.browser.hostile import MARK, SENDABLE
from tests.browser.looking import axe, show
from tests.browser.sends import im, job, numbers, sms
from tests.browser.watch import Watch
from tests.conformance.receivers import answering

NOBODY = "http://127.0.0.1:9/reports"
INSTANT = ("VIBER", "WHATSAPP", "TELEGRAM", "RCS", "MESSENGER")
IMAGE = "https://harbour.example/table.png"
ACTION = {"title": "Book again", "target_url": "https://harbour.example/book"}
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)

Opened = Callable[[dict[str, Any]], Awaitable[tuple[Page, str]]]


@pytest.fixture
def opened(amp: AsyncAccount, open_page: OpenPage) -> Opened:
    """Sends to one number, lives it through, and opens the message: the page, and its id."""

    async def send(body: dict[str, Any]) -> tuple[Page, str]:
        sent = await amp.send(body)
        await amp.advance(by="10s")
        return await open_page(f"messages/{sent.message_id}"), sent.message_id

    return send


def handset(page: Page) -> Locator:
    return page.get_by_role("figure", name="The handset")


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


async def fold_out(page: Page, words: str) -> Locator:
    """A callback, unfolded."""
    folded = part(page, "Callbacks").get_by_role("group").filter(has_text=words)
    await folded.locator("summary").click()
    return folded


async def copied(page: Page, button: str) -> str:
    """What a button puts into the clipboard."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name=button).click()
    await expect(page.get_by_text("Copied")).to_be_visible()
    return str(await page.evaluate("() => navigator.clipboard.readText()"))


@asynccontextmanager
async def receiver(*statuses: int) -> AsyncIterator[str]:
    """Answers by the statuses in turn, the last for ever."""
    left = list(statuses)

    async def answer(_request: web.Request) -> web.Response:
        status = left.pop(0) if len(left) > 1 else left[0]
        return web.Response(status=status, text=f"said {status}")

    async with answering(answer) as url:
        yield url


@pytest.mark.parametrize("channel", INSTANT)
async def test_an_instant_message_is_shown_as_its_channel_shows_it(opened: Opened, watch: Watch, channel: str) -> None:
    page, _ = await opened(im(channel, images=[{"url": IMAGE}], actions=[ACTION], sender_id="Harbour"))
    phone = handset(page)

    await expect(phone).to_have_accessible_name(f"The handset, {channel}")
    await expect(phone.locator("header")).to_contain_text("Harbour")
    await expect(phone).to_contain_text("Your table is ready.")
    await expect(phone).to_contain_text("An image at harbour.example")
    await expect(phone.get_by_role("button", name="Book again")).to_be_visible()
    await expect(phone.get_by_role("link")).to_have_attribute("href", "https://harbour.example/book")
    await expect(phone.locator(".ticks")).to_have_text("00:00Seen")
    assert not any("harbour.example" in each for each in watch.requests)


async def test_what_an_instant_message_has_not_is_not_shown(opened: Opened) -> None:
    page, _ = await opened(im("VIBER"))
    bubble = handset(page).locator(".bubble")

    await expect(bubble).to_have_count(1)
    await expect(bubble.locator("p")).to_have_text(["Your table is ready."])
    await expect(bubble.locator(".picture, button")).to_have_count(0)


async def test_an_sms_is_shown_page_by_page_with_counters_and_what_its_alphabet_has_not(opened: Opened) -> None:
    page, _ = await opened(sms(text="ready ✓ " * 20 + "€" * 200))
    bubbles = handset(page).locator(".bubble")

    await expect(bubbles).to_have_count(4)
    await expect(bubbles.nth(0)).to_contain_text("153/153 · page 1 of 4")
    await expect(bubbles.nth(0)).to_contain_text("ready ? ready ?")
    await expect(bubbles.nth(3)).to_contain_text("page 4 of 4")
    await expect(bubbles.nth(3)).to_contain_text("Delivered")
    await expect(handset(page).locator("figcaption")).to_contain_text("GSM7 · 4 pages")
    await expect(handset(page).locator("figcaption")).to_contain_text("GSM7 has no '✓' (U+2713)")


async def test_an_sms_in_ucs2_counts_by_its_own_measure(opened: Opened) -> None:
    page, _ = await opened(
        {"destinations": [{"number": "35699000001"}], "sms_content": {"message": "да" * 40, "encoding": "UCS2"}}
    )

    await expect(handset(page).locator(".bubble").first).to_contain_text("67/67 · page 1 of 2")
    await expect(handset(page).locator("figcaption")).to_have_text("UCS2 · 2 pages")


async def test_a_binary_sms_is_shown_byte_by_byte(opened: Opened) -> None:
    content = {"message": "AQID/w==", "encoding": "BINARY", "udh": "BQADAQEB"}
    page, _ = await opened({"destinations": [{"number": "35699000001"}], "sms_content": content})

    await expect(handset(page).locator(".bubble")).to_contain_text("01 02 03 ff")
    await expect(handset(page).locator(".bubble")).to_contain_text("4 bytes · base64 AQID/w==")


async def test_before_it_is_delivered_the_handset_has_nothing_and_one_can_go_to_what_is_to_come(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    sent = await amp.send(im("VIBER"))
    page = await open_page(f"messages/{sent.message_id}")
    await expect(handset(page)).to_contain_text("Nothing has come yet: it is on its way.")
    to_come = part(page, "Timeline").get_by_role("listitem").filter(has=page.get_by_role("button"))
    await expect(to_come).to_have_count(3)
    await expect(to_come.nth(1)).to_contain_text("in 1s")
    await to_come.nth(1).get_by_role("button", name="Advance to here").click()

    await expect(handset(page).locator(".ticks")).to_have_text("00:00Delivered")
    await expect(to_come).to_have_count(1)
    assert (await amp.message(sent.message_id)).status == "DELIVRD"


async def test_what_is_to_come_for_others_of_the_job_is_not_told(amp: AsyncAccount, open_page: OpenPage) -> None:
    """Two are delivered at once, two after a minute, all on one channel."""
    to = ["99900000008", "99910000008", "35699000001", "35699000002"]
    sent = await amp.send({**im("VIBER"), "destinations": [{"number": each} for each in to]})
    page = await open_page(f"messages/{sent.message_ids['35699000002']}")
    to_come = part(page, "Timeline").get_by_role("listitem").filter(has=page.get_by_role("button"))

    await expect(to_come).to_have_count(3)
    await expect(to_come.nth(2)).to_contain_text("SEEN")


async def test_the_timeline_has_instants_of_the_account_and_the_time_between(opened: Opened) -> None:
    page, _ = await opened(im("VIBER"))
    entries = part(page, "Timeline").get_by_role("listitem")

    await expect(entries).to_have_count(4)
    await expect(entries.nth(0)).to_have_text("ACCEPTDIINTERNAL00:00:00.000")
    await expect(entries.nth(1)).to_have_text("ACCEPTDVVIBER00:00:00.200+200ms")
    await expect(entries.nth(3)).to_have_text("SEENVVIBER00:00:03.000+2s")


async def test_the_route_says_of_each_channel_why(opened: Opened) -> None:
    page, _ = await opened({**im("VIBER", "99900000003"), "sms_content": {"message": "By SMS"}})
    stops = part(page, "Route").get_by_role("listitem")

    await expect(stops.nth(0)).to_contain_text("first of im_content; UNDELIV")
    await expect(stops.nth(0)).to_contain_text("failed")
    await expect(stops.nth(1)).to_contain_text("SMS comes last; took over after VIBER UNDELIV (error 5); DELIVRD")
    await expect(stops.nth(2)).to_contain_text("im_content has no item for it")
    await expect(handset(page)).to_have_accessible_name("The handset, SMS")
    await expect(handset(page)).to_contain_text("By SMS")
    await expect(part(page, "Timeline")).to_contain_text("not delivered, error 5")


async def test_what_expires_on_ios_becomes_its_expiry_text(
    open_account: OpenAccount, page: Page, amp: AsyncAccount
) -> None:
    account = await open_account(scenario="two-way")
    sent = await account.send(im("WHATSAPP", "35699000003", expiry_text="Too late, sorry."))
    await account.force(sent.message_id, "ACCEPTD", channel="WHATSAPP")
    await account.force(sent.message_id, "EXPIRED")
    await show(page, amp.url, f"messages/{sent.message_id}", {"account": account.id})

    await expect(handset(page).locator(".bubble.in")).to_contain_text("Too late, sorry.")


async def test_what_expires_elsewhere_never_came(amp: AsyncAccount, open_page: OpenPage) -> None:
    sent = await amp.send(im("WHATSAPP"))
    await amp.force(sent.message_id, "EXPIRED", channel="WHATSAPP")
    page = await open_page(f"messages/{sent.message_id}")

    await expect(handset(page)).to_contain_text("It expired before it came.")
    await expect(handset(page).locator(".bubble.in")).to_have_count(0)


async def test_an_image_is_loaded_when_somebody_asks_for_it(opened: Opened, watch: Watch) -> None:
    asked: list[str | None] = []

    async def serve(request: web.Request) -> web.Response:
        asked.append(request.headers.get("Referer"))
        good = request.path == "/reports"
        return web.Response(status=200 if good else 404, body=PIXEL if good else b"", content_type="image/png")

    async with answering(serve) as url:
        watch.allow_origin(url)
        page, _ = await opened(im("RCS", images=[{"url": url}]))
        load = handset(page).get_by_role("button", name="Load image")
        await expect(load).to_be_visible()
        assert asked == []
        await load.click()
        image = handset(page).get_by_role("img", name="The image at 127.0.0.1")
        await expect(image).to_be_visible()
        await expect(image).to_have_js_property("naturalWidth", 1)

        assert asked == [None]


async def test_an_image_that_does_not_come_is_told(opened: Opened, watch: Watch) -> None:
    watch.allow("ERR_CONNECTION_REFUSED|ERR_UNSAFE_PORT")
    watch.allow_origin("http://127.0.0.1:9/")
    page, _ = await opened(im("RCS", images=[{"url": "http://127.0.0.1:9/a.png"}]))
    await handset(page).get_by_role("button", name="Load image").click()

    await expect(handset(page)).to_contain_text("No image came from 127.0.0.1:9")
    await expect(handset(page).get_by_role("button", name="Try again")).to_be_visible()


@pytest.mark.parametrize(("tracked", "words"), [(True, "1 click logged"), (False, "track_clicks is off (I-9)")])
async def test_the_button_is_clicked_and_whether_that_is_logged_is_said(
    amp: AsyncAccount, opened: Opened, *, tracked: bool, words: str
) -> None:
    page, message = await opened(im("VIBER", images=[{"url": IMAGE}], actions=[ACTION], track_clicks=tracked))
    await handset(page).get_by_role("button", name="Book again").click()

    await expect(handset(page)).to_contain_text(words)
    assert len((await amp.message(message)).clicks) == tracked


async def test_one_replies_as_the_handset_with_enter(amp: AsyncAccount, opened: Opened) -> None:
    page, message = await opened({**im("WHATSAPP"), "reply_url": NOBODY})
    await handset(page).get_by_role("textbox", name="Reply as the handset").fill("On our way ✓")
    await page.keyboard.press("Enter")

    await expect(handset(page).locator(".mine")).to_contain_text("On our way ✓")
    await expect(handset(page).get_by_role("textbox")).to_have_value("")
    await expect(part(page, "Timeline")).to_contain_text("Replied")
    assert [each.text for each in (await amp.message(message)).replies] == ["On our way ✓"]


async def test_why_a_reply_would_be_silent_is_said_and_its_text_stays(
    amp: AsyncAccount, opened: Opened, watch: Watch
) -> None:
    watch.allow("status of 409")
    page, message = await opened(im("WHATSAPP"))
    await handset(page).get_by_role("textbox").fill("Hello?")
    await handset(page).get_by_role("button", name="Send the reply").click()

    await expect(handset(page).get_by_role("alert")).to_contain_text("without a reply_url")
    await expect(handset(page).get_by_role("textbox")).to_have_value("Hello?")
    assert (await amp.message(message)).replies == ()


async def test_every_attempt_of_a_callback_is_told_and_it_is_resent(amp: AsyncAccount, opened: Opened) -> None:
    async with receiver(500, 200) as url:
        page, message = await opened({**sms(), "callback_url": url})
        callback = await fold_out(page, "INTERNAL ACCEPTD")
        await expect(callback).to_contain_text("retrying")
        await expect(callback).to_contain_text("attempt 2 in 4m 50s")
        await expect(callback.get_by_role("link", name=url)).to_be_visible()
        await expect(callback.get_by_role("listitem")).to_contain_text("Attempt 1failed50000:00:00.000took")
        await expect(callback.get_by_role("listitem")).to_contain_text("said 500")
        await expect(callback.locator(".marked")).to_contain_text(f'"message_id": "{message}"')
        await callback.get_by_role("button", name="Post again").click()
        await expect(callback.get_by_role("listitem")).to_have_count(2)

        await expect(callback.locator("summary")).to_contain_text("delivered")
        assert (await amp.message(message)).callbacks[0].state == "delivered"


async def test_why_nobody_took_a_callback_is_told(opened: Opened) -> None:
    page, _ = await opened({**sms(), "callback_url": NOBODY})
    callback = await fold_out(page, "SMS DELIVRD")

    await expect(callback.get_by_role("listitem")).to_contain_text("no connection to 127.0.0.1:9")


async def test_the_request_is_copied_as_a_command_that_a_shell_reads_as_it_is_meant(
    amp: AsyncAccount, opened: Opened
) -> None:
    text = 'It\'s $(touch x) `id` "quoted" \\ ✓ !'
    page, _ = await opened(im("VIBER", text=text))
    await expect(part(page, "Original request")).to_contain_text("POST /1/im")
    command = await copied(page, "Copy as curl")

    printed = await asyncio.to_thread(
        subprocess.run,
        ["sh", "-c", f"curl() {{ for each; do printf '%s\\0' \"$each\"; done; }}\n{command}"],
        capture_output=True,
        check=True,
    )
    words = printed.stdout.decode().split("\0")
    assert f"{amp.url}/1/im" in words
    assert f"Authorization: Token {amp.token}" in words
    assert json.loads(words[words.index("--data-raw") + 1])["im_content"][0]["content"] == text


async def test_a_request_is_sent_again_and_the_new_message_opened(amp: AsyncAccount, opened: Opened) -> None:
    page, message = await opened(im("VIBER"))
    await part(page, "Original request").get_by_role("button", name="Send again").click()

    await expect(handset(page)).to_contain_text("Nothing has come yet")
    new = (await amp.messages())[-1]
    assert new.id != message
    assert f"messages/{new.id}" in page.url


async def test_of_a_large_request_a_part_is_shown_and_all_is_copied(amp: AsyncAccount, open_page: OpenPage) -> None:
    sent = await amp.send(job(numbers(3_000)))
    page = await open_page(f"messages/{next(iter(sent.message_ids.values()))}")
    await part(page, "Original request").get_by_text("Its body: 65,536 characters").click()
    await expect(part(page, "Original request")).to_contain_text("The journal keeps the first 64 kB")

    assert await part(page, "Original request").locator(".line").count() < 100
    await expect(page.get_by_role("button", name="Copy as curl")).to_have_count(0)
    assert len(await copied(page, "Copy body")) == 65_536


async def test_only_what_is_legal_can_be_forced_and_of_a_finished_message_nothing(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    sent = await amp.send(im("VIBER"))
    page = await open_page(f"messages/{sent.message_id}")
    await page.get_by_role("button", name="Force a status").click()
    dialog = page.get_by_role("dialog", name="Force a status")
    legal = (await amp.message(sent.message_id)).legal
    await expect(dialog.get_by_role("option")).to_have_count(len(legal))
    offered = [text.split(":")[0] for text in await dialog.get_by_role("option").all_inner_texts()]
    await dialog.get_by_label("It becomes").select_option("VIBER UNDELIV")
    await dialog.get_by_role("button", name="Force it").click()

    assert offered == [f"{each.channel} {each.status}" for each in legal]
    await expect(dialog).to_have_count(0)
    await expect(handset(page)).to_contain_text("It was not delivered.")
    await expect(page.get_by_role("button", name="Force a status")).to_have_count(0)
    found = await amp.message(sent.message_id)
    assert (found.status, found.legal) == ("UNDELIV", ())


async def test_what_can_be_forced_follows_the_message_while_somebody_chooses(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    sent = await amp.send(im("VIBER"))
    page = await open_page(f"messages/{sent.message_id}")
    await page.get_by_role("button", name="Force a status").click()
    choice = page.get_by_role("dialog").get_by_label("It becomes")
    await expect(choice).to_have_value("VIBER ACCEPTD")
    await amp.advance(by="500ms")
    await expect(choice).to_have_value("VIBER DELIVRD")
    await amp.advance(until="idle")

    await expect(page.get_by_role("dialog")).to_contain_text("Nothing can follow SEEN.")


async def test_a_status_is_forced_with_an_error_code_and_a_bad_one_is_told(
    amp: AsyncAccount, open_page: OpenPage, watch: Watch
) -> None:
    watch.allow("status of 400")
    sent = await amp.send(im("VIBER"))
    page = await open_page(f"messages/{sent.message_id}")
    await page.get_by_role("button", name="Force a status").click()
    dialog = page.get_by_role("dialog", name="Force a status")
    await expect(dialog.get_by_label("Error code")).to_have_count(0)
    await dialog.get_by_label("It becomes").select_option("VIBER UNDELIV")
    await dialog.get_by_label("Error code").fill("0")
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("alert")).to_contain_text("a code other than 0")
    await dialog.get_by_label("Error code").fill("27")
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("article")).to_contain_text("not delivered, error 27")
    assert (await amp.message(sent.message_id)).error_code == 27


async def test_the_ids_lead_to_the_job_and_the_request_and_the_cross_back_to_the_list(opened: Opened) -> None:
    page, message = await opened({**im("VIBER"), "job_id": "evening-42"})
    await expect(page.get_by_role("heading", level=1, name="35699000001")).to_be_visible()
    href = await page.get_by_role("link", name="evening-42").get_attribute("href")
    request = await page.get_by_role("link", name="Request 1").get_attribute("href")
    await page.get_by_role("link", name="Back to the list").click()

    await expect(page.get_by_role("article")).to_have_count(0)
    assert href is not None
    assert "client_job_id=evening-42" in href
    assert request is not None
    assert request.startswith("#/requests/1?")
    assert message not in page.url


async def test_a_message_that_there_is_not_is_told_and_one_can_go_back(open_page: OpenPage, watch: Watch) -> None:
    watch.allow("status of 404")
    page = await open_page("messages/17672256000000014003")

    await expect(page.get_by_role("alert")).to_contain_text("has no message 17672256000000014003")
    await expect(page.get_by_role("link", name="Back to the list")).to_be_visible()


async def test_hostile_texts_are_shown_as_they_are_in_every_field(amp: AsyncAccount, open_page: OpenPage) -> None:
    for at, text in enumerate(_packed(list(SENDABLE.values()), 900)):
        action = {"title": text, "target_url": f"https://evil.example/?{MARK}'\"<b>"}
        body = im("VIBER", numbers(1, 35699300000 + at)[0], text, images=[{"url": IMAGE}], sender_id=text[:20])
        body["im_content"][0]["actions"] = [action]
        body["destinations"][0]["custom_id"] = text
        sent = await amp.send({**body, "job_id": text[:255], "reply_url": NOBODY})
        await amp.advance(by="10s")
        await amp.reply(sent.message_id, text)
        page = await open_page(f"messages/{sent.message_id}")
        await expect(handset(page).locator(".mine")).to_be_visible()
        titles = await page.locator(".named [title]").evaluate_all("(all) => all.map((each) => each.title)")

        assert await _texts(handset(page).locator(".bubble p")) == [text, text]
        assert await _texts(handset(page).locator(".act")) == [text]
        assert await _texts(handset(page).locator("header strong")) == [text[:20]]
        assert await _texts(handset(page).locator(".aside a")) == [action["target_url"]]
        assert text in titles
        assert await page.evaluate("() => window.hostile") is None


def _packed(texts: list[str], most: int) -> list[str]:
    """The texts, as many in one as there is room for."""
    packed = [""]
    for text in texts:
        if len(packed[-1]) + len(text) >= most:
            packed.append("")
        packed[-1] += text + " "
    return packed


async def _texts(found: Locator) -> list[str]:
    """As they stand in the document, and nothing but text in it."""
    await expect(found.locator("*")).to_have_count(0)
    return [str(each) for each in await found.evaluate_all("(all) => all.map((each) => each.textContent)")]


async def test_nothing_keeps_a_screen_reader_out(amp: AsyncAccount, open_page: OpenPage) -> None:
    content: dict[str, Any] = {"images": [{"url": IMAGE}], "actions": [ACTION]}
    ids = {}
    for channel in (*INSTANT, "SMS"):
        body = sms(text="✓ ready") if channel == "SMS" else im(channel, **content)
        ids[channel] = (await amp.send({**body, "callback_url": NOBODY, "reply_url": NOBODY})).message_id
    await amp.advance(by="10s")
    page = await open_page()
    for channel, message in ids.items():
        if channel != "SMS":
            await amp.reply(message, "Yes")
        await page.evaluate(
            "([id, account]) => { location.hash = `#/messages/${id}?account=${account}` }", [message, amp.id]
        )
        await expect(handset(page)).to_have_accessible_name(f"The handset, {channel}")
        within = "figure"
        if channel == "VIBER":
            within = "[aria-label='The message']"
            await (await fold_out(page, "VIBER DELIVRD")).get_by_role("listitem").wait_for()
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)

            await axe(page, within=within)


@pytest.mark.parametrize("width", [360, 1280, 2560])
async def test_it_fits_the_window(opened: Opened, page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 800})
    await opened({**im("VIBER", text="W" * 1_000), "job_id": "x" * 255, "callback_url": f"{NOBODY}/{'y' * 500}"})
    await fold_out(page, "VIBER SEEN")

    assert await page.evaluate("() => document.documentElement.scrollWidth") == width
    detail = page.get_by_role("region", name="The message")
    assert await detail.evaluate("(node) => node.scrollWidth <= node.clientWidth")

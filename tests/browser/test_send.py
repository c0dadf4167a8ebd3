"""The first visit with its three ways to send a message, and sending from the page."""

import asyncio
import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from mock_amp.client import AsyncAccount
from tests.acceptance.runtimes import needs
from tests.browser.conftest import NewHome, OpenPage
from tests.browser.looking import axe, show
from tests.browser.sends import sms
from tests.browser.watch import Watch

PYTHON = shlex.quote(sys.executable)
WAYS = ["From a shell", "By the command line", "From your application"]


async def test_the_first_visit_shows_the_token_and_three_ways_to_send(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page()

    await expect(page.get_by_role("heading", name="No message yet")).to_be_visible()
    await expect(page.locator(".token code")).to_have_text(amp.token)
    for title in WAYS:
        await expect(page.get_by_role("region", name=title).first).to_contain_text(amp.url)
    await axe(page)


@pytest.mark.parametrize("title", WAYS)
async def test_each_way_works_as_it_is_copied(
    amp: AsyncAccount, open_page: OpenPage, title: str, tmp_path: Path
) -> None:
    page = await open_page()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    card = page.locator("section.card", has=page.get_by_role("heading", name=title))
    await card.get_by_role("button", name="Copy").click()
    await expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    text = await page.evaluate("() => navigator.clipboard.readText()")
    command = text.replace("--watch", "--json").replace("mock-amp", f"{PYTHON} -m mock_amp", 1)
    if title == "From your application":
        (tmp_path / "send.py").write_text(text, encoding="utf-8")
        command = f"{PYTHON} {shlex.quote(str(tmp_path / 'send.py'))}"
    elif title == "From a shell":
        needs("curl")
        command = text
    done = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
    output, _ = await done.communicate()

    assert done.returncode == 0, output
    await expect(page.get_by_role("list", name="Messages").get_by_role("link", name="35699000001")).to_be_visible()
    assert [each.to for each in await amp.messages()] == ["35699000001"]


async def test_with_a_port_of_its_own_the_page_names_that_of_the_service(
    new_home: NewHome, page: Page, watch: Watch, tmp_path: Path
) -> None:
    port_file = tmp_path / "admin-port"
    home = await new_home("--admin-port", "0", "--admin-port-file", str(port_file), "--clock", "frozen")
    control = f"http://127.0.0.1:{port_file.read_text(encoding='ascii').strip()}"
    watch.allow_origin(control)
    await show(page, control)
    ways = page.locator(".ways pre")

    await expect(ways.nth(0)).to_contain_text(f"curl {home.url}/1/im")
    await expect(ways.nth(1)).to_contain_text(f"--url {control} --service-url {home.url}")
    await expect(ways.nth(2)).to_contain_text(f'"{home.url}/1/im"')
    await page.get_by_role("button", name="Or send one from this page").click()
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("Taken: 200")).to_be_visible()


async def test_the_token_is_copied(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page()
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Copy token").click()
    await expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()

    assert await page.evaluate("() => navigator.clipboard.readText()") == amp.token


async def test_a_message_is_sent_from_the_page(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("send")
    await page.get_by_label("To", exact=True).fill("35699000007, 99900000003")
    await page.get_by_label("Text", exact=True).fill("Hello “you” <b>")
    await page.get_by_label("WHATSAPP").check()
    await page.get_by_label("From", exact=True).fill("Harbour")
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page.get_by_text("Taken: 200")).to_be_visible()
    await page.get_by_role("link", name="See the messages").click()

    await expect(page.get_by_role("list", name="Messages").get_by_role("link")).to_have_count(2)
    found = list(await amp.messages())
    assert {each.to for each in found} == {"35699000007", "99900000003"}
    assert found[0].text == "Hello “you” <b>"
    assert found[0].channels == ("VIBER", "WHATSAPP", "SMS")


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("+356 99 000 001", ["35699000001"]),
        ("+356 (99) 000-001, 0035699000002", ["35699000001", "35699000002"]),
        (
            "35699000001 35699000002;+35699000003 +357 99 000 004",
            [*(f"3569900000{at}" for at in (1, 2, 3)), "35799000004"],
        ),
        ("nobody", ["nobody"]),
    ],
)
async def test_a_number_is_taken_as_a_person_writes_it(open_page: OpenPage, typed: str, numbers: list[str]) -> None:
    page = await open_page("send")
    body = page.get_by_label("POST /1/im")
    before = json.loads(await body.input_value())
    await page.get_by_label("To", exact=True).fill(typed)

    wanted = {**before, "destinations": [{"number": each} for each in numbers]}
    await expect(body).to_have_value(json.dumps(wanted, indent=2))


async def test_the_form_says_in_which_order_channels_are_tried(open_page: OpenPage) -> None:
    page = await open_page("send")
    for channel in ("TELEGRAM", "WHATSAPP"):
        await page.get_by_label(channel).check()
    await expect(page.get_by_text("Tried: VIBER, then TELEGRAM, then WHATSAPP, then SMS.")).to_be_visible()

    body = json.loads(await page.get_by_label("POST /1/im").input_value())
    assert [each["channel"] for each in body["im_content"]] == ["VIBER", "TELEGRAM", "WHATSAPP"]


@pytest.mark.parametrize(
    ("service", "label", "body"),
    [
        ("/1/sms", "Text", {"destinations": [{"number": "35699000009"}], "sms_content": {"message": "For table 9"}}),
        ("/1/2fa", "client_ref", {"client_ref": "For table 9", "phone_number": "35699000009"}),
    ],
)
async def test_the_form_writes_for_the_other_services_too(
    amp: AsyncAccount, open_page: OpenPage, service: str, label: str, body: dict[str, Any]
) -> None:
    page = await open_page("send")
    await page.get_by_label("Service").select_option(service)
    await page.get_by_label("To", exact=True).fill("+356 99 000 009")
    await page.get_by_label(label, exact=True).fill("For table 9")
    written = page.get_by_label(f"POST {service}")
    await expect(written).to_have_value(json.dumps(body, indent=2))
    await expect(page.get_by_label("VIBER")).to_have_count(0)
    await page.get_by_role("button", name="Send", exact=True).click()

    await expect(page.get_by_text("Taken: 200")).to_be_visible()
    assert [(each.path, each.status) for each in await amp.requests()] == [(service, 200)]
    assert [each.to for each in await amp.messages()] == ["35699000009"]


async def test_what_is_ticked_and_where_answers_go_is_written_into_the_request(open_page: OpenPage) -> None:
    page = await open_page("send")
    tick = page.get_by_label("then SMS")
    await tick.uncheck()
    await expect(page.get_by_text("Tried: VIBER.")).to_be_visible()
    await page.get_by_label("VIBER").uncheck()
    await expect(page.get_by_text("Tried: SMS.")).to_be_visible()
    await tick.check()
    await page.get_by_label("UCS2, for letters that GSM7 has not").check()
    await page.get_by_label("callback_url").fill("http://127.0.0.1:9/reports")
    await page.get_by_label("reply_url").fill("http://127.0.0.1:9/replies")

    wanted = {
        "destinations": [{"number": "35699000001"}],
        "sms_content": {"message": "Your table is ready.", "encoding": "UCS2"},
        "callback_url": "http://127.0.0.1:9/reports",
        "reply_url": "http://127.0.0.1:9/replies",
    }
    await expect(page.get_by_label("POST /1/im")).to_have_value(json.dumps(wanted, indent=2))


async def test_of_many_things_that_are_wrong_the_first_are_told(open_page: OpenPage) -> None:
    page = await open_page("send")
    await page.get_by_label("To", exact=True).fill(", ".join(f"nobody {at}" for at in range(12)))
    await page.get_by_role("button", name="Send", exact=True).click()

    await expect(page.locator("dt").filter(has_text="Right would be")).to_have_count(5)
    await expect(page.get_by_text("And 7 more.")).to_be_visible()


async def test_what_was_begun_is_there_after_a_visit_to_another_view(open_page: OpenPage) -> None:
    page = await open_page("send")
    await page.get_by_label("Text", exact=True).fill("Half a sent")
    await page.get_by_role("navigation").get_by_role("link", name="Rules").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Rules")
    await page.get_by_role("navigation").get_by_role("link", name="Send").click()

    await expect(page.get_by_label("Text", exact=True)).to_have_value("Half a sent")
    await expect(page.get_by_label("POST /1/im")).to_have_value(re.compile("Half a sent"))


async def test_what_was_wrong_is_told_where_it_was_sent_and_only_the_outcome_is_read_out(open_page: OpenPage) -> None:
    page = await open_page("send")
    await page.get_by_label("To", exact=True).fill("nobody")
    await page.get_by_role("button", name="Send", exact=True).click()

    await expect(page.get_by_text("Refused: 403")).to_be_visible()
    await expect(page.locator("dl").filter(has_text="It was")).to_contain_text(
        '/destinations/0/numberIt was"nobody"Right'
    )
    answer = page.get_by_role("region", name="The answer")
    assert "\n  " in await answer.inner_text()
    await expect(page.locator("[aria-live] pre")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 2560])
async def test_on_the_first_visit_no_line_of_a_snippet_is_cut_or_broken(open_page: OpenPage, width: int) -> None:
    page = await open_page()
    await page.set_viewport_size({"width": width, "height": 800})
    snippets = page.locator(".ways pre")
    seen = "(all) => all.map((each) => [each.scrollWidth <= each.clientWidth, each.offsetHeight, each.textContent])"
    line = await snippets.first.evaluate("(node) => parseFloat(getComputedStyle(node).lineHeight)")

    for is_whole, height, text in await snippets.evaluate_all(seen):
        assert is_whole
        assert height < (len(text.split("\n")) + 2) * line


async def test_a_request_changed_by_hand_is_sent_as_it_stands_and_a_refusal_is_told(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    page = await open_page("send")
    body = page.get_by_label("POST /1/im")
    await body.fill(json.dumps(sms("nobody")))
    await page.get_by_label("Text", exact=True).fill("This goes nowhere")
    await page.get_by_role("button", name="Send", exact=True).click()

    await expect(page.get_by_text("Refused: 403")).to_be_visible()
    await expect(page.get_by_text("D-1:")).to_be_visible()
    assert [(each.status, each.rule) for each in await amp.requests()] == [(403, "D-1")]
    await page.get_by_role("button", name="Write it anew from the form").click()
    await expect(body).to_have_value(re.compile("This goes nowhere"))


async def test_a_connection_that_the_scenario_cuts_is_told(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.scenario({"name": "cut", "requests": [{"name": "cut", "cut": "middle"}]})
    page = await open_page("send")
    await page.get_by_role("button", name="Send", exact=True).click()

    await expect(page.get_by_text("By the scenario the connection is cut")).to_be_visible()


async def test_the_form_keeps_a_screen_reader_in(open_page: OpenPage) -> None:
    page = await open_page("send")

    await axe(page)
    await page.emulate_media(color_scheme="dark")
    await axe(page)

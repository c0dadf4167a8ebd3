"""The first visit with its three ways to send a message, and sending from the page."""

import asyncio
import json
import re
import shlex
import sys
from pathlib import Path

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


async def test_the_form_keeps_a_screen_reader_in(open_page: OpenPage) -> None:
    page = await open_page("send")

    await axe(page)
    await page.emulate_media(color_scheme="dark")
    await axe(page)

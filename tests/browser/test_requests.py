"""What came in: refused ones with the rule, the place in the document and what would be right."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import pytest
from playwright.async_api import Locator, Page, expect
from yarl import URL

from mock_amp.client import AsyncAccount
from tests.browser.conftest import OpenAccount, OpenPage
from tests.browser.hostile import HOSTILE, SURROGATES
from tests.browser.looking import axe, show
from tests.browser.sends import im, job, numbers, sms
from tests.browser.watch import Watch

BAD = {"destinations": [{"number": "35699000001"}, {"number": "avc"}], "sms_content": {"message": "Hello"}}


async def post(amp: AsyncAccount, body: Any, path: str = "/1/im") -> None:
    """Posts a body as it is, or as JSON, whatever the service thinks of it."""
    sent = body if isinstance(body, str) else json.dumps(body)
    headers = {"Authorization": f"Token {amp.token}", "Content-Type": "application/json"}
    data = BytesIO(sent.encode())
    async with (
        aiohttp.ClientSession() as session,
        session.post(URL(amp.url + path, encoded=True), data=data, headers=headers),
    ):
        pass


def rows(page: Page) -> Locator:
    return page.get_by_role("list", name="Requests").get_by_role("link")


def body_of(page: Page) -> Locator:
    return page.get_by_role("group", name="The body with its marks")


def marks(page: Page) -> Locator:
    return page.locator("mark")


async def lines(page: Page) -> str:
    """The body as the page shows it."""
    return "\n".join(await body_of(page).locator(".line > code").all_text_contents())


def filters(page: Page) -> dict[str, str]:
    """What the address says, without the account."""
    query = parse_qs(urlsplit(urlsplit(page.url).fragment).query)
    return {name: values[0] for name, values in query.items() if name != "account"}


async def test_a_request_is_in_the_list_as_soon_as_it_comes_and_a_refused_one_says_why(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    page = await open_page("requests")
    await expect(page.get_by_role("heading", name="No request has come in yet")).to_be_visible()
    await amp.send(sms())
    await expect(rows(page)).to_have_count(1)
    await post(amp, BAD)

    await expect(rows(page)).to_have_count(2)
    await expect(rows(page).first).to_contain_text("403 Forbidden")
    await expect(rows(page).first).to_contain_text("D-1 DestinationInfo has an invalid [number] value")
    await expect(rows(page).last).to_contain_text("200 OK")
    await expect(page.get_by_role("heading", name="Requests")).to_contain_text("2 requests")


async def test_a_refused_request_shows_the_rule_the_place_and_what_would_be_right(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    await post(amp, BAD)
    page = await open_page("requests")
    await rows(page).click()

    why = page.get_by_role("region", name="Why it was refused")
    await expect(why).to_contain_text('It was"avc"')
    await expect(page.get_by_role("region", name="Request 1")).not_to_contain_text("Sent")
    await expect(why).to_contain_text("digits in international format: ^[1-9][0-9]{6,14}$")
    await expect(why).to_contain_text("number is a string that matches ^[1-9][0-9]{6,14}$")
    patterns = page.get_by_text("^[1-9][0-9]{6,14}$", exact=True).locator("visible=true")
    heights = await patterns.evaluate_all("(all) => all.map((each) => each.getClientRects().length)")
    assert len(heights) >= 2
    assert set(heights) == {1}  # each on one line, though the column is narrow
    await expect(marks(page)).to_have_text(['"avc"'])
    await expect(marks(page).get_by_role("link")).to_have_accessible_description(
        "D-1 digits in international format: ^[1-9][0-9]{6,14}$"
    )
    await why.get_by_role("button", name="/destinations/1/number · line 4").click()
    await expect(marks(page).get_by_role("link")).to_be_focused()
    await expect(marks(page)).to_be_in_viewport()
    await why.get_by_role("link", name="D-1").click()
    await expect(page.get_by_role("listitem").filter(has_text="1 request refused by D-1")).to_be_in_viewport()
    assert urlsplit(page.url).fragment.startswith("/rules/D-1")


async def test_what_is_missing_is_marked_where_it_should_be_and_what_is_strange_by_its_key(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    text = '{\n\t"destinations": [\n\t\t{"custom": 1.50}\n\t],\n\n\t"sms_content": {"message": "Hello"}}'
    await post(amp, text)
    page = await open_page("requests/1")

    await expect(marks(page)).to_have_text(['{"custom": 1.50}'])
    await expect(body_of(page)).to_contain_text("a value for number")
    await expect(body_of(page)).to_contain_text("unknown key custom, ignored; did you mean custom_id?")
    assert await lines(page) == text


async def test_a_body_on_one_line_is_laid_out_and_its_values_stay_as_they_were_written(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    await post(
        amp, '{"destinations":[{"number":"35699000001"}],"sms_content":{"message":"\\u0041","ttl":3.6e3,"ttl":"30"}}'
    )
    page = await open_page("requests/1")

    await expect(page.get_by_role("region", name="Worth a look")).to_contain_text("H-15")
    await expect(marks(page)).to_have_text(['"ttl": "30"'])
    assert (await lines(page)).split("\n") == [
        "{",
        '  "destinations": [',
        '    {"number": "35699000001"}',
        "  ],",
        '  "sms_content": {"message": "\\u0041", "ttl": 3.6e3, "ttl": "30"}',
        "}",
    ]


@pytest.mark.parametrize(
    ("body", "marked"), [('{"a":1,}', ","), ('{"destinations":[', "["), ("hello <b>x</b>", "h"), ("ß😀 {", "ß")]
)
async def test_a_body_that_is_no_json_is_shown_as_it_came_with_the_place_where_it_breaks(
    amp: AsyncAccount, open_page: OpenPage, body: str, marked: str
) -> None:
    await post(amp, body)
    page = await open_page("requests/1")

    await expect(marks(page)).to_have_text([marked])
    assert await lines(page) == body


async def test_the_place_in_a_body_of_many_lines_is_shown_with_what_is_around_it(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    to = numbers(1_500)
    to[700] = "avc"
    await post(amp, job(to))
    page = await open_page("requests/1")

    await expect(marks(page)).to_have_text(['"avc"'])
    await expect(body_of(page)).to_contain_text("35699100699")
    assert await body_of(page).locator(".line").count() < 40
    await page.get_by_role("button", name="Show 400 of 688 lines").click()
    await expect(body_of(page)).to_contain_text("35699100100")


async def test_a_bad_number_among_fifty_thousand_is_shown_though_the_journal_has_only_the_beginning(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    to = numbers(50_000)
    to[25_000] = "avc"
    await post(amp, job(to))
    page = await open_page("requests/1")

    await expect(body_of(page)).to_contain_text("The journal keeps the first 64 kB of a body")
    await expect(body_of(page)).to_contain_text('/destinations/25000/number: "avc"')
    await expect(marks(page)).to_have_text(['"avc"'])
    await expect(page.get_by_role("button", name="Copy as curl")).to_have_count(0)
    assert await body_of(page).locator(".line").count() < 40


async def test_the_list_brings_the_beginnings_of_bodies_alone(
    amp: AsyncAccount, open_page: OpenPage, page: Page
) -> None:
    await post(amp, job(numbers(1_000)))
    async with page.expect_response(lambda response: "/requests?" in response.url) as asked:
        await open_page("requests")
    [item] = (await (await asked.value).json())["items"]

    assert (item["body"], len(item["beginning"])) == (None, 200)
    await expect(rows(page)).to_contain_text(item["beginning"])


async def test_filters_are_in_the_address_and_hold_after_a_reload(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(sms())
    await post(amp, BAD)
    await post(amp, "{}")
    await post(amp, "{}", "/1/sms")
    page = await open_page("requests")
    await page.get_by_label("Status").select_option("refused")
    await expect(rows(page)).to_have_count(3)
    await page.get_by_label("Rule").select_option("O-1")
    await expect(rows(page)).to_have_count(1)
    await page.reload()

    await expect(rows(page)).to_have_count(1)
    await expect(page.get_by_label("Rule")).to_have_value("O-1")
    assert filters(page) == {"status": "refused", "rule": "O-1"}
    await page.get_by_role("button", name="Clear").click()
    await expect(rows(page)).to_have_count(4)
    await page.get_by_role("searchbox", name="Search requests").fill("avc")
    await expect(rows(page)).to_have_count(1)
    assert filters(page) == {"search": "avc"}


async def test_a_path_in_the_address_is_a_filter_that_can_be_taken_away(amp: AsyncAccount, open_page: OpenPage) -> None:
    await post(amp, "{}")
    await post(amp, "{}", "/1/sms")
    page = await open_page("requests", path="/1/sms", status="4xx")
    await expect(rows(page)).to_have_count(1)
    await page.get_by_role("button", name="path /1/sms").click()

    await expect(rows(page)).to_have_count(2)
    await page.get_by_label("Status").select_option("5xx")
    await expect(page.get_by_role("heading", name="No request is like that")).to_be_visible()


async def test_of_many_faults_the_first_are_told_and_all_on_demand(amp: AsyncAccount, open_page: OpenPage) -> None:
    await post(amp, {**BAD, "destinations": [{"number": f"avc{at}"} for at in range(60)]})
    page = await open_page("requests/1")
    told = page.locator(".faults > li")
    await expect(told).to_have_count(50)
    await page.get_by_role("button", name="Show all 60").click()

    await expect(told).to_have_count(60)
    await told.last.get_by_role("button", name="/destinations/59/number").click()
    await expect(marks(page).filter(has_text="avc59").get_by_role("link")).to_be_focused()


async def test_requests_are_filtered_by_their_method(amp: AsyncAccount, open_page: OpenPage) -> None:
    sent = await amp.send(im("VIBER"))
    headers = {"Authorization": f"Token {amp.token}"}
    url = f"{amp.url}/1/im/status/{sent.message_id}"
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url):
        pass
    page = await open_page("requests")
    await expect(rows(page)).to_have_count(2)
    await page.get_by_label("Method").select_option("GET")
    await expect(rows(page)).to_have_count(1)
    assert filters(page) == {"method": "GET"}
    await rows(page).click()

    await expect(page.get_by_text("A GET has no body.")).to_be_visible()
    await page.get_by_role("button", name="Send again").click()
    await expect(page.get_by_role("region", name="Request 3")).to_be_visible()


async def test_an_accepted_request_leads_to_its_messages(amp: AsyncAccount, open_page: OpenPage) -> None:
    sent = await amp.send(im("VIBER"))
    page = await open_page("requests/1")
    await page.get_by_role("link", name="its messages").click()

    await expect(page.get_by_role("list", name="Messages").get_by_role("link")).to_have_count(1)
    assert filters(page) == {"api_job_id": sent.api_job_id}


async def test_a_request_is_sent_again_and_copied_for_a_shell_with_its_whole_token(
    amp: AsyncAccount, open_page: OpenPage
) -> None:
    await post(amp, sms(text="It's ready"))
    page = await open_page("requests/1")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="Copy as curl").click()
    await expect(page.get_by_text("Copied")).to_be_visible()
    copied = await page.evaluate("() => navigator.clipboard.readText()")
    await page.get_by_role("button", name="Send again").click()

    await expect(page.get_by_role("region", name="Request 2")).to_be_visible()
    assert [each.status for each in await amp.requests()] == [200, 200]
    assert f"Authorization: Token {amp.token}'" in copied
    assert "It'\\''s ready" in copied


async def test_faults_of_the_scenario_and_warnings_are_marked(amp: AsyncAccount, open_page: OpenPage) -> None:
    await post(amp, {**sms(), "strange": 1})
    await amp.scenario({"name": "bad-day", "requests": [{"name": "down", "status": 503}]})
    await post(amp, sms())
    page = await open_page("requests")

    await expect(rows(page).last).to_have_accessible_name("POST /1/im, 200, 1 warning")
    await expect(rows(page).last).to_contain_text("1 warning")
    await expect(rows(page).first).to_contain_text("503 Service Unavailable")
    await expect(rows(page).first).to_contain_text("injected")
    await rows(page).first.click()
    await expect(page.get_by_role("region", name="Request 2")).to_contain_text('down: {"status":503}')


async def test_what_was_evicted_is_told(open_account: OpenAccount, page: Page) -> None:
    account = await open_account(limits={"requests": 3})
    for _ in range(9):
        await post(account, "{}")
    await account.advance(by="1s")
    await show(page, account.url, "requests", {"account": account.id})

    await expect(page.get_by_text("older requests evicted, as the account's limits say")).to_be_visible()


async def test_a_request_that_there_is_not_is_told(open_page: OpenPage, amp: AsyncAccount, watch: Watch) -> None:
    watch.allow("status of 404")
    await amp.send(sms())
    page = await open_page("requests")
    await page.goto(page.url.replace("#/requests", "#/requests/77"))

    await expect(page.get_by_role("alert")).to_contain_text("77")


async def test_hostile_texts_are_shown_as_they_are(amp: AsyncAccount, open_page: OpenPage) -> None:
    texts = [json.dumps(text) for text in HOSTILE.values()] + list(SURROGATES.values())
    keys = ",\n".join(f"{text}: {text}" for text in texts)
    await post(amp, f'{{"destinations": [{{"number": {texts[0]}}}],\n{keys}}}')
    for text in list(HOSTILE.values())[:20]:
        await post(amp, "", "/1/2fa/" + quote(text, safe="<>'()=&;:") + "/1234")
    page = await open_page("requests")
    await expect(rows(page)).to_have_count(21)
    for request in await amp.requests():
        await page.evaluate(
            "(id) => { location.hash = location.hash.replace(/requests[^?]*/, `requests/${id}`); }", request.id
        )
        await expect(page.get_by_role("region", name=f"Request {request.id}", exact=True)).to_contain_text("127.0.0.1")
        assert await page.locator(".request-head .mono").text_content() == f"{request.method} {request.path}"
        if request.body:
            assert await lines(page) == request.body

    assert await page.evaluate("() => window.hostile") is None
    assert await page.locator(".detail :is(script, iframe, img, style, form)").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_keeps_a_screen_reader_out(amp: AsyncAccount, open_page: OpenPage, scheme: str) -> None:
    await amp.send(sms())
    await post(amp, {**BAD, "strange": 1})
    page = await open_page("requests/2")
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await expect(page.get_by_role("region", name="Why it was refused")).to_contain_text("number is a string")

    await axe(page)

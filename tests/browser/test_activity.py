"""The charts of what has been going on, by mouse, by keyboard, and as figures."""

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import Locator, Page, Route, expect

from mock_amp.client import AsyncAccount
from tests.browser.conftest import OpenPage
from tests.browser.looking import axe
from tests.browser.sends import im, job, numbers, sms

NOBODY = "http://127.0.0.1:9/reports"
"""Where no receiver listens, so that callbacks fail."""


def plot(page: Page, title: str) -> Locator:
    return page.get_by_role("region", name=title).get_by_role("slider")


def bars(page: Page, series: str) -> Locator:
    return page.locator(f".plot .bar.is-{series}")


def filters(page: Page) -> dict[str, list[str]]:
    found = parse_qs(urlsplit(urlsplit(page.url).fragment).query)
    return {name: values for name, values in found.items() if name != "account"}


async def heights(page: Page, series: str) -> list[float]:
    told = await bars(page, series).evaluate_all("(all) => all.map((each) => each.getAttribute('height'))")
    return [float(each.rstrip("%")) for each in told]


async def lived(amp: AsyncAccount) -> None:
    """Two sends, one of many, with all that comes of them; a refused one; all within six seconds."""
    await amp.send(im("VIBER") | {"callback_url": NOBODY})
    await amp.send(job(numbers(20)))
    await amp.post(b"{}")
    await amp.advance(by="5s")


async def heard(amp: AsyncAccount, page: Page) -> None:
    """Waits until all that was lived through is drawn: it comes by events, one after the other."""
    tried = sum(len(each.attempts) for each in await amp.callbacks())
    for name in ("SEEN 1", "refused 1", f"failed {tried}"):
        await expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()


async def test_the_columns_are_what_the_control_plane_says(amp: AsyncAccount, open_page: OpenPage) -> None:
    await lived(amp)
    page = await open_page("activity")
    timelines = [step for each in await amp.messages() for step in each.timeline]
    accepted = [step.at.second for step in timelines if (step.type, step.status) == ("INTERNAL", "ACCEPTD")]
    delivered = [step.at.second for step in timelines if step.status == "DELIVRD"]

    await expect(plot(page, "Status changes")).to_have_attribute("aria-valuemax", "5")
    await heard(amp, page)
    told = [words.split(": ")[1] for words in await walked(page, "Status changes")]
    assert [figure(words, "ACCEPTD") for words in told] == [accepted.count(second) for second in range(6)]
    assert [figure(words, "DELIVRD") for words in told] == [delivered.count(second) for second in range(6)]
    rows = await heights(page, "DELIVRD")
    seconds = sorted(set(delivered))
    assert [round(row / rows[0], 2) for row in rows] == [
        round(delivered.count(second) / delivered.count(seconds[0]), 2) for second in seconds
    ]


async def test_events_that_are_not_kept_any_more_are_counted_as_missing(
    amp: AsyncAccount, page: Page, open_page: OpenPage
) -> None:
    """As a server says it that keeps 4,096 of them; the rest is its own."""
    await amp.send(sms())
    await open_page("activity")
    await expect(page.get_by_role("button", name="accepted 1", exact=True)).to_be_visible()
    await expect(page.get_by_text("could not be counted")).to_have_count(0)

    async def first_a_gap(route: Route) -> None:
        body = 'event: gap\ndata: {"missed": 1234}\n\n'
        await route.fulfill(body=body, content_type="text/event-stream")

    await page.route("**/events?**", first_a_gap, times=1)
    await open_page("activity")

    await expect(page.get_by_text("1,234 events could not be counted")).to_be_visible()
    await expect(page.get_by_role("button", name="accepted 1", exact=True)).to_be_visible()


def figure(words: str, series: str) -> int:
    """How many of a series a readout tells."""
    found = [part.split()[0] for part in words.split(", ") if part.endswith(series)]
    return int(found[0]) if found else 0


async def walked(page: Page, title: str) -> list[str]:
    """What the chart tells of each column when the arrow keys go over it, the earliest first."""
    slider = plot(page, title)
    await slider.focus()
    await page.keyboard.press("Home")
    last = int(await slider.get_attribute("aria-valuemax") or 0)
    told = []
    for at in range(last + 1):
        await expect(slider).to_have_attribute("aria-valuenow", str(at))
        told.append(await slider.get_attribute("aria-valuetext") or "")
        await page.keyboard.press("ArrowRight")
    return told


async def test_requests_and_callbacks_have_their_own(amp: AsyncAccount, open_page: OpenPage) -> None:
    await lived(amp)
    page = await open_page("activity")

    requests, callbacks = (
        page.get_by_role("region", name="Requests"),
        page.get_by_role("region", name="Callback attempts"),
    )
    await expect(requests.get_by_role("button", name="accepted")).to_have_accessible_name("accepted 2")
    await expect(requests.get_by_role("button", name="refused")).to_have_accessible_name("refused 1")
    tried = sum(len(each.attempts) for each in await amp.callbacks())
    await expect(callbacks.get_by_role("button", name="failed")).to_have_accessible_name(f"failed {tried}")
    assert tried > 0


async def test_it_grows_as_things_come_about(amp: AsyncAccount, open_page: OpenPage) -> None:
    page = await open_page("activity")
    await expect(page.get_by_role("heading", name="Nothing was heard yet")).to_be_visible()
    await amp.send(job(numbers(7)))

    accepted = page.get_by_role("region", name="Requests").get_by_role("button", name="accepted")
    await expect(accepted).to_have_accessible_name("accepted 1")
    await amp.advance(until="idle")
    await expect(page.get_by_role("button", name="DELIVRD")).to_have_accessible_name("DELIVRD 7")
    await amp.reset()
    await expect(page.get_by_role("heading", name="Nothing was heard yet")).to_be_visible()


async def test_a_series_is_switched_off_and_on_and_the_address_knows(amp: AsyncAccount, open_page: OpenPage) -> None:
    await lived(amp)
    page = await open_page("activity")
    await expect(bars(page, "DELIVRD")).not_to_have_count(0)
    button = page.get_by_role("button", name="DELIVRD")
    await button.click()

    await expect(button).to_have_attribute("aria-pressed", "false")
    await expect(bars(page, "DELIVRD")).to_have_count(0)
    await expect(bars(page, "ACCEPTD")).not_to_have_count(0)
    assert filters(page) == {"off": ["DELIVRD"]}
    await page.reload()
    await expect(button).to_have_attribute("aria-pressed", "false")
    await expect(bars(page, "DELIVRD")).to_have_count(0)
    await button.click()
    await expect(bars(page, "DELIVRD")).not_to_have_count(0)
    assert filters(page) == {}


async def test_the_span_is_in_the_address(amp: AsyncAccount, open_page: OpenPage) -> None:
    await lived(amp)
    await amp.advance(by="2m")
    await amp.send(sms())
    page = await open_page("activity")
    accepted = page.get_by_role("button", name="accepted")
    await expect(accepted).to_have_accessible_name("accepted 3")
    await page.get_by_label("Of what time").select_option("The last minute")

    await expect(accepted).to_have_accessible_name("accepted 1")
    await expect(plot(page, "Requests")).to_have_attribute("aria-valuemax", "59")
    assert filters(page) == {"span": ["1m"]}
    await page.reload()
    await expect(accepted).to_have_accessible_name("accepted 1")
    await page.get_by_label("Of what time").select_option("The last 10 minutes")
    await expect(accepted).to_have_accessible_name("accepted 3")
    await expect(page.get_by_text("Requests in each 10s")).to_be_visible()


async def test_the_axes_have_round_numbers_and_instants(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(job(numbers(17)))
    await amp.advance(by="45s")
    page = await open_page("activity")
    status = page.get_by_role("region", name="Status changes")

    await expect(status.locator("text.level")).to_have_text(["0", "5", "10", "15", "20"])
    await expect(status.locator("text:not(.level)").first).to_have_text("00:00:00")
    await expect(status.locator("text:not(.level)").nth(1)).to_have_text("00:00:10")


async def test_the_pointer_reads_a_column(amp: AsyncAccount, open_page: OpenPage) -> None:
    await lived(amp)
    page = await open_page("activity")
    await expect(plot(page, "Requests")).to_have_attribute("aria-valuemax", "5")
    box = await plot(page, "Requests").bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 12, box["y"] + 20)

    readout = page.get_by_role("region", name="Requests").get_by_text("2026-01-01 00:00:00: 2 accepted, 1 refused")
    await expect(readout).to_be_visible()
    await expect(plot(page, "Status changes")).to_have_attribute("aria-valuenow", "0")


async def test_a_wider_column_tells_its_rate(amp: AsyncAccount, open_page: OpenPage) -> None:
    await amp.send(job(numbers(50)))
    await amp.advance(by="9m")
    page = await open_page("activity")
    slider = plot(page, "Status changes")
    await expect(slider).to_have_attribute("aria-valuemax", "54")
    await slider.focus()
    await page.keyboard.press("Home")

    await expect(slider).to_have_attribute(
        "aria-valuetext", "2026-01-01 00:00:00: 50 ACCEPTD, 50 DELIVRD, 10 per second"
    )


async def test_a_message_counts_once_as_accepted(amp: AsyncAccount, open_page: OpenPage) -> None:
    """Its channel accepts it too, which is told by its timeline, and is no other message."""
    await amp.send(job(numbers(7)))
    await amp.advance(until="idle")
    steps = [step for each in await amp.messages() for step in each.timeline if step.status == "ACCEPTD"]
    page = await open_page("activity")

    await expect(page.get_by_role("button", name="ACCEPTD")).to_have_accessible_name("ACCEPTD 7")
    await expect(page.get_by_role("region", name="Status changes")).to_contain_text("A message counts once as ACCEPTD")
    assert len(steps) == 14


async def test_beside_a_column_that_towers_the_others_can_be_read(amp: AsyncAccount, open_page: OpenPage) -> None:
    for _ in range(3):
        await amp.send(sms())
        await amp.advance(by="10s")
    await amp.send(job(numbers(2000)))
    await amp.advance(by="10s")
    page = await open_page("activity")
    status = page.get_by_role("region", name="Status changes")
    await expect(status).to_contain_text("on a logarithmic scale")

    assert min(await heights(page, "ACCEPTD")) > 5
    assert max(await heights(page, "ACCEPTD")) < 100
    await expect(status.locator("text.level")).to_have_text(["0", "1", "10", "100", "1,000", "10,000"])
    await page.get_by_label("Scale").select_option("Linear scale")
    await expect(status).not_to_contain_text("on a logarithmic scale")
    assert min(await heights(page, "ACCEPTD")) < 0.1
    assert filters(page) == {"scale": ["linear"]}
    await expect(page.get_by_role("region", name="Requests")).not_to_contain_text("logarithmic")
    await page.get_by_label("Scale").select_option("Logarithmic scale")
    await expect(page.get_by_role("region", name="Requests")).to_contain_text("logarithmic")


async def test_on_a_wide_screen_the_charts_take_all_of_it(amp: AsyncAccount, open_page: OpenPage, page: Page) -> None:
    await page.set_viewport_size({"width": 2560, "height": 1200})
    await lived(amp)
    await open_page("activity")

    box = await page.get_by_role("region", name="Status changes").bounding_box()
    assert box
    assert box["x"] + box["width"] > 2500


async def test_the_same_is_there_as_a_table(amp: AsyncAccount, open_page: OpenPage) -> None:
    await lived(amp)
    page = await open_page("activity")
    await heard(amp, page)
    await page.get_by_text("The same as a table").click()

    table = page.get_by_role("region", name="Figures")
    await expect(table.get_by_role("columnheader").first).to_have_text("From")
    column = await table.get_by_role("columnheader").all_inner_texts()
    figures = await table.get_by_role("row").nth(-1).get_by_role("cell").all_inner_texts()
    assert dict(zip(column[1:], figures, strict=True))["refused"] == "1"
    await expect(table.get_by_role("rowheader").last).to_have_text("00:00:00")


async def test_what_is_counted_is_said(amp: AsyncAccount, open_page: OpenPage) -> None:
    await lived(amp)
    page = await open_page("activity")

    await expect(page.locator("main")).to_contain_text("Counted are events heard since 2026-01-01 00:00:00")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_in_the_activity(amp: AsyncAccount, open_page: OpenPage, scheme: str) -> None:
    await lived(amp)
    page = await open_page("activity", off="SEEN")
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await page.get_by_text("The same as a table").click()
    await expect(page.get_by_role("region", name="Figures")).to_be_visible()

    assert await axe(page) == []
    await page.set_viewport_size({"width": 360, "height": 800})
    assert await page.locator("main").evaluate("(it) => it.scrollWidth <= it.clientWidth")

"""Whether the page stays at hand: long tasks and dropped frames, by the browser's own tracing, while a server works.

    python -m benchmarks.page --messages 10000 --rate 200

Each view is watched for some seconds while so many events a second come about; the list is scrolled from end to end.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import aiohttp
import click
import orjson
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright
from rich.console import Console
from rich.table import Table

from benchmarks.servers import Served, mock_amp, served

TOKEN: Final = "00000000-0000-4000-8000-000000000042"
_HEADERS: Final = {"Authorization": f"Token {TOKEN}", "Content-Type": "application/json; charset=utf-8"}
_CATEGORIES: Final = ("toplevel", "cc", "benchmark", "devtools.timeline", "disabled-by-default-devtools.timeline.frame")
_LONG: Final = 50_000
"""Microseconds after which a task is long (the Long Tasks API of the W3C)."""

_EVENTS: Final = 13
"""Events that come of one send with a callback_url on an IM channel, all in all."""

_CHANNELS: Final = ("VIBER", "WHATSAPP", "TELEGRAM", "RCS", "MESSENGER")
_VIEWS: Final = ("messages", "messages, scrolled", "one message", "requests", "callbacks", "clock", "activity")
_CHROMIUM: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the browser traced of a view; times in milliseconds, shares of the main thread from 0 to 1.

    Of the frames that the compositor began, those are `dropped` that were, and whose lack is seen as a jerk.
    """

    view: str
    seconds: float
    events_per_second: float
    busy: float
    long_tasks: int
    longest_task: float
    frames: int
    dropped: int


@click.command(help=f"{(__doc__ or '').partition(chr(10))[0]}")
@click.option("--messages", type=click.IntRange(min=10), default=10_000, show_default=True, help="Kept by the account.")
@click.option("--rate", type=click.FloatRange(min=1), default=200, show_default=True, help="Events a second, about.")
@click.option("--seconds", type=click.FloatRange(min=0.5), default=10, show_default=True, help="For each view.")
@click.option("--view", "views", type=click.Choice(_VIEWS), multiple=True, default=_VIEWS, help="Only that one.")
@click.option("--json", "out", type=click.Path(path_type=Path, dir_okay=False), help="Write what was found there.")
def main(*, messages: int, rate: float, seconds: float, views: Sequence[str], out: Path | None) -> None:
    """Prints a row for each view."""
    chromium = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if chromium is None:
        raise click.ClickException("no Chromium is on the PATH; on Debian: apt-get install chromium")
    with served(mock_amp("--keep-messages", str(2 * messages))) as server:
        found = asyncio.run(_measure(server, chromium, views, messages, rate, seconds))
    _print(found, messages)
    if out:
        out.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n", encoding="utf-8")


async def _measure(
    server: Served, chromium: str, views: Sequence[str], messages: int, rate: float, seconds: float
) -> list[Watched]:
    async with aiohttp.ClientSession() as session, _receiving() as receiver, async_playwright() as playwright:
        ids = await _fill(session, server.url, messages)
        browser = await playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS))
        load = partial(_load, session, server.url, receiver, rate)
        found = []
        for view in views:
            print(f"{view}…", file=sys.stderr)
            path = view.replace("one message", f"messages/{ids[-1]}")
            trace, took, came = await _watch(browser, path, load, server.url, seconds)
            found.append(_read(trace, view, took, came / took))
        await browser.close()
    return found


async def _fill(session: aiohttp.ClientSession, url: str, messages: int) -> list[str]:
    """As many messages in sends of one; answers their ids."""
    todo = iter(range(messages))

    async def carry() -> list[str]:
        return [await _send(session, url, at) for at in todo]

    return [each for some in await asyncio.gather(*(carry() for _ in range(16))) for each in some]


async def _send(session: aiohttp.ClientSession, url: str, at: int, callback_url: str | None = None) -> str:
    body: dict[str, Any] = {
        "destinations": [{"number": f"35699{at % 1_000_000:06d}"}],
        "im_content": [{"channel": _CHANNELS[at % 5], "content": f"Your order {at} is on its way. Thank you!"}],
        "sms_content": {"message": f"Your order {at} is on its way."},
    }
    if callback_url:
        body["callback_url"] = callback_url
    async with session.post(f"{url}/1/im", data=orjson.dumps(body), headers=_HEADERS) as answer:
        told = await answer.json()
    return str(next(iter(told["results"].values()))["message_id"])


@asynccontextmanager
async def _receiving() -> AsyncIterator[str]:
    """The URL of a receiver that takes every callback."""

    async def take(_request: web.Request) -> web.Response:
        return web.Response()

    app = web.Application()
    app.router.add_post("/reports", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/reports"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _load(session: aiohttp.ClientSession, url: str, receiver: str, rate: float) -> AsyncIterator[list[int]]:
    """Sends with reports at a steady pace; the list has one number, of the events that were heard."""
    heard = [0]

    async def send() -> None:
        loop = asyncio.get_running_loop()
        began, at = loop.time(), 0
        while True:
            await _send(session, url, at, receiver)
            at += 1
            await asyncio.sleep(max(0.0, began + at * _EVENTS / rate - loop.time()))

    async def listen() -> None:
        async with session.get(f"{url}/__admin/events", timeout=aiohttp.ClientTimeout(None)) as stream:
            async for line in stream.content:
                heard[0] += line.startswith(b"event:")

    tasks = [asyncio.create_task(send()), asyncio.create_task(listen())]
    try:
        yield heard
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(
    browser: Browser, path: str, load: Callable[[], AbstractAsyncContextManager[list[int]]], url: str, seconds: float
) -> tuple[list[dict[str, Any]], float, int]:
    """What was traced of the page there, for how many seconds, and how many events came in them."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    name, _, scrolled = path.partition(", ")
    await page.goto(f"{url}/__admin/ui/#/{name}")
    await page.wait_for_selector("body[data-ready]")
    async with load() as heard:
        await asyncio.sleep(2)
        before = heard[0]
        await browser.start_tracing(page=page, categories=list(_CATEGORIES))
        took = await (_scroll(page, seconds) if scrolled else _idle(seconds))
        while heard[0] == before:  # a machine that is busy may stand still as long as that
            took += await _idle(0.1)
        trace = json.loads(await browser.stop_tracing())["traceEvents"]
        came = heard[0] - before
    await context.close()
    return trace, took, came


async def _idle(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


async def _scroll(page: Page, seconds: float) -> float:
    """With the wheel over the list, as fast as a hand does it."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    await page.mouse.move(600, 500)
    while loop.time() - began < seconds:
        await page.mouse.wheel(0, 600)
        await asyncio.sleep(0.03)
    return loop.time() - began


def _read(trace: Sequence[Mapping[str, Any]], view: str, seconds: float, rate: float) -> Watched:
    """The tasks of the page's main thread and the frames of its compositor."""
    threads = {
        (each["pid"], each["tid"])
        for each in trace
        if each.get("name") == "thread_name" and each["args"].get("name") == "CrRendererMain"
    }
    tasks: dict[tuple[int, int], list[int]] = {}
    for each in trace:
        where = (each["pid"], each["tid"])
        if where in threads and each.get("ph") == "X" and each.get("name") == "ThreadControllerImpl::RunTask":
            tasks.setdefault(where, []).append(each.get("dur", 0))
    durations = max(tasks.values(), key=sum, default=[0])  # the page's; another renderer is idle
    told = [each["args"] for each in trace if each.get("name") == "PipelineReporter" and each.get("args")]
    frames = [each.get("frame_reporter") or each.get("chrome_frame_reporter") or {} for each in told]
    return Watched(
        view=view,
        seconds=round(seconds, 1),
        events_per_second=round(rate, 1),
        busy=round(sum(durations) / 1e6 / seconds, 3),
        long_tasks=sum(each > _LONG for each in durations),
        longest_task=round(max(durations) / 1_000, 1),
        frames=len(frames),
        dropped=sum(each.get("state") == "STATE_DROPPED" and each.get("affects_smoothness", False) for each in frames),
    )


def _print(found: Sequence[Watched], messages: int) -> None:
    table = Table(title=f"The page with {messages:,} messages kept")
    names = ("view", "events/s", "main thread busy", "long tasks", "longest task", "frames", "dropped")
    for name in names:
        table.add_column(name, justify="left" if name == "view" else "right")
    for it in found:
        frames = (str(it.frames), str(it.dropped))
        table.add_row(
            it.view,
            f"{it.events_per_second:g}",
            f"{it.busy:.0%}",
            str(it.long_tasks),
            f"{it.longest_task:g} ms",
            *frames,
        )
    Console().print(table)


if __name__ == "__main__":
    main()

"""Parallel receivers and `advance` never wait for each other for ever, however a test is built."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from mock_amp.client import AmpError, Conflict
from mock_amp.testing import Amp, AmpServer, Post

Body = dict[str, object]


@pytest.fixture
def amp(mock_amp_server: AmpServer) -> Iterator[Amp]:
    with mock_amp_server.account() as it:
        yield it


def sms(callback_url: str, number: str = "35699000001") -> Body:
    return {"destinations": [{"number": number}], "sms_content": {"message": "x"}, "callback_url": callback_url}


@asynccontextmanager
async def receiving(take: Callable[[Body], Awaitable[object]]) -> AsyncIterator[str]:
    """A receiver on the event loop of the test."""

    async def handle(request: web.Request) -> web.Response:
        await take(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def test_a_receiver_on_the_loop_of_the_test_may_send_and_ask_while_the_test_advances(amp: Amp) -> None:
    seen: list[int] = []

    async def take(_body: Body) -> None:
        if len(seen) < 5:
            await amp.aio.send(sms(url, f"3569900000{len(seen)}"))
        seen.append(len(await amp.aio.messages()))

    async with receiving(take) as url:
        await amp.aio.send(sms(url))
        await amp.aio.advance(until="idle")

    assert len(seen) == len(await amp.aio.reports(state="delivered")) == 6 * 3


async def test_an_advance_from_inside_a_receiver_is_refused_and_holds_nobody_up(amp: Amp) -> None:
    refused: list[str] = []

    async def take(_body: Body) -> None:
        if not refused:
            try:
                await amp.aio.advance("1m")
            except Conflict as error:
                refused.append(str(error))

    async with receiving(take) as url:
        await amp.aio.send(sms(url))
        advanced = await amp.aio.advance("1h")

    assert "waits for a receiver" in refused[0]
    assert advanced.settled


async def test_many_accounts_advance_at_once_into_receivers_of_one_loop(mock_amp_server: AmpServer) -> None:
    posts: list[Body] = []

    async def take(body: Body) -> None:
        posts.append(body)
        await asyncio.gather(*(each.aio.clock() for each in accounts[:3]))

    opened = [mock_amp_server.account() for _ in range(20)]
    accounts = [each.__enter__() for each in opened]
    async with receiving(take) as url:
        await asyncio.gather(*(each.aio.send(sms(url)) for each in accounts for _ in range(3)))
        await asyncio.gather(*(each.aio.advance("10m") for each in accounts))  # a second one of its own would be 409
    for each in opened:
        each.__exit__(None, None, None)

    assert len(posts) == 20 * 3 * 3


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda amp: amp.advance("1h"), id="advance"),
        pytest.param(lambda amp: amp.set_clock(now="2027-01-01T00:00:00Z"), id="set_clock"),
        pytest.param(lambda amp: amp.wait_for(), id="wait_for"),
        pytest.param(lambda amp: amp.wait_until_idle(), id="wait_until_idle"),
        pytest.param(lambda amp: amp.certify(amp.inbox.url), id="certify"),
    ],
)
async def test_a_call_that_would_block_the_loop_says_so_at_once(amp: Amp, call: Callable[[Amp], object]) -> None:
    with pytest.raises(AmpError, match=r"hold up the event loop .*await .*aio"):
        call(amp)


async def test_all_other_calls_wait_for_no_receiver_so_they_may_block_the_loop_for_their_moment(amp: Amp) -> None:
    async def take(_body: Body) -> None:
        """Cannot be asked while the loop is held up."""

    async with receiving(take) as url:
        amp.send({**sms(url), "im_content": [{"channel": "VIBER", "content": "x"}], "reply_url": url})
        await amp.aio.advance("1h")
        amp.reply("35699000001", "yes")
        amp.send(sms(url))
        amp.force("35699000001", "ACCEPTD", channel="SMS")
        amp.resend(amp.callbacks()[0])
        amp.restore(amp.snapshot())
        amp.reset()
        amp.send(sms(url))
        amp.delete()


async def test_a_blocking_advance_in_a_thread_leaves_the_loop_to_the_receiver(amp: Amp) -> None:
    posts: list[Body] = []

    async def take(body: Body) -> None:
        posts.append(body)

    async with receiving(take) as url:
        await asyncio.to_thread(amp.send, sms(url))
        await asyncio.to_thread(amp.advance, "1h")

    assert len(posts) == 3


def test_a_function_of_the_inbox_may_call_whatever_the_test_may(amp: Amp) -> None:
    told: list[object] = []

    def answer(_post: Post) -> int:
        amp.expect(to="35699000001")
        amp.wait_for_requests(path="/1/im")
        amp.inbox.reports, amp.inbox.posts  # noqa: B018 - asked from here, they might wait for a lock
        if not told:
            amp.send(sms(amp.inbox.url))
            with pytest.raises(Conflict) as refused:
                amp.advance("1m")
            told.append(refused.value.status)
        return 200

    amp.inbox.always_answer(answer)
    amp.send(sms(amp.inbox.url))
    amp.advance("1h")

    assert told == [409]
    assert len(amp.inbox.reports) == 6


def test_functions_of_the_inbox_may_wait_for_each_other(amp: Amp) -> None:
    """However many: were they to share a few threads, the last would never come to be asked."""
    together = threading.Barrier(50, timeout=20)

    def answer(_post: Post) -> int:
        together.wait()
        return 200

    amp.inbox.always_answer(answer)
    for _ in range(50):
        amp.send(sms(amp.inbox.url))
    amp.advance(until="next")

    assert len(amp.inbox.posts) == 100


def test_an_inbox_that_is_held_up_holds_up_no_other(mock_amp_server: AmpServer) -> None:
    go, came = threading.Event(), threading.Event()

    def answer(_post: Post) -> int:
        came.set()
        go.wait(20)
        return 200

    with mock_amp_server.account() as slow, mock_amp_server.account() as quick, ThreadPoolExecutor() as threads:
        slow.inbox.always_answer(answer)
        slow.send(sms(slow.inbox.url))
        held = threads.submit(slow.advance, "1h")
        assert came.wait(20)
        quick.send(sms(quick.inbox.url))
        quick.advance("1h")
        heard, still = len(quick.inbox.reports), held.done()
        go.set()
        held.result()

    assert (heard, still) == (3, False)


def test_tests_in_threads_share_a_server(mock_amp_server: AmpServer) -> None:
    def story(at: int) -> list[str]:
        with mock_amp_server.account() as amp:
            amp.inbox.answer(500)
            amp.send(sms(amp.inbox.url, f"3569900{at:04}"))
            amp.advance("1h")
            return [report["to"] for report in amp.inbox.reports]

    with ThreadPoolExecutor(16) as threads:
        found = list(threads.map(story, range(64)))

    assert found == [[f"3569900{at:04}"] * 3 for at in range(64)]


def test_an_account_may_end_in_the_middle_of_an_advance(mock_amp_server: AmpServer) -> None:
    go, came = threading.Event(), threading.Event()

    def answer(_post: Post) -> int:
        came.set()
        go.wait(20)
        return 200

    with ThreadPoolExecutor() as threads:
        with mock_amp_server.account() as amp:
            amp.inbox.always_answer(answer)
            amp.send(sms(amp.inbox.url))
            held = threads.submit(amp.advance, "1h")
            assert came.wait(20)
        error = held.exception()
        go.set()

    assert isinstance(error, AmpError)

"""Live events in both faces of the client: begun, broken off, ended by the server, gone on with."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from mock_amp.client import Account, AsyncClient, Client, NotReached, Refused
from tests.api.beside import Beside, beside
from tests.api.speaking import ok, speaking
from tests.harness import NUMBER

SEND = {"destinations": [{"number": NUMBER}], "sms_content": {"message": "Grüße\r\n\r\n🌊"}}


@pytest.fixture(scope="module")
def there() -> Iterator[Beside]:
    with beside() as it:
        yield it


@pytest.fixture
def amp(there: Beside) -> Iterator[Account]:
    with Client(there.url) as client, client.open_account(clock="frozen") as amp:
        yield amp


def test_what_comes_about_after_the_call_is_told(amp: Account) -> None:
    with amp.events(kinds=["request", "status"]) as events:
        sent = amp.send(SEND)
        amp.advance("10s")

        found = [next(events) for _ in range(3)]

    assert [each.kind for each in found] == ["request", "status", "status"]
    assert found[-1].data["message_ids"] == [sent.message_id]


async def test_what_comes_about_in_the_block_is_told(amp: Account) -> None:
    async with amp.aio.events(kinds=["reply"]) as events:
        content = [{"channel": "VIBER", "content": "Hello"}]
        body = {"destinations": SEND["destinations"], "im_content": content, "reply_url": "http://127.0.0.1:1/"}
        sent = await amp.aio.send(body)
        await amp.aio.advance("10s")
        text = "Ä\r\n\r\ndata: {}\n🌊\u2028"
        await amp.aio.reply(sent.message_id, text)

        assert (await anext(events)).data["text"] == text


def test_a_loop_may_break_off_and_another_go_on(amp: Account) -> None:
    for _ in range(3):
        amp.send(SEND)
    places = []
    for event in amp.events(kinds=["request"], last_event_id="0"):
        places.append(event.id)
        break

    with amp.events(kinds=["request"], last_event_id=places[0]) as later:
        assert [next(later).data["number"] for _ in range(2)] == [2, 3]
        assert later.last_event_id not in places


async def test_an_awaited_loop_may_break_off_and_another_go_on(amp: Account) -> None:
    for _ in range(3):
        amp.send(SEND)
    places = []
    async for event in amp.aio.events(kinds=["request"], last_event_id="0"):
        places.append(event.id)
        break

    async with amp.aio.events(kinds=["request"], last_event_id=places[0]) as later:
        assert [(await anext(later)).data["number"] for _ in range(2)] == [2, 3]


def test_events_of_another_run_are_told_as_a_gap(amp: Account) -> None:
    with amp.events(kinds=["request"], last_event_id="another-7") as events:
        gap = next(events)

    assert (gap.kind, gap.data["missed"]) == ("gap", None)


def test_the_end_of_the_account_ends_the_events(amp: Account) -> None:
    events = amp.events(kinds=["reset"])
    amp.delete()

    assert [each.kind for each in events] == ["gone"]
    assert list(events) == []


async def test_the_end_of_the_account_ends_awaited_events(amp: Account) -> None:
    async with amp.aio.events(kinds=["reset"]) as events:
        amp.delete()

        assert [each.kind async for each in events] == ["gone"]


def test_the_end_of_the_server_ends_the_events() -> None:
    with beside() as it, Client(it.url) as client:
        events = client.account().events()
        it.stop()

        assert list(events) == []


async def test_the_end_of_the_server_ends_awaited_events() -> None:
    with beside() as it:
        async with AsyncClient(it.url) as client, (await client.account()).events() as events:
            it.stop()

            assert [each async for each in events] == []


def test_a_stream_that_breaks_off_is_told() -> None:
    """By a server that was killed, say: whoever wants to go on asks again with the last id."""
    begun = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"id: a-1\nevent: x\ndata: {}\n\n"
    turn = begun + f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n"

    with speaking(_account(), turn) as speaker, Client(speaker.url) as client:
        events = client.account().events()

        assert next(events).id == "a-1"
        with pytest.raises(NotReached, match="broke before GET"):
            next(events)
        assert events.last_event_id == "a-1"


@pytest.mark.parametrize("kinds", [["nonesuch"], "nonesuch"], ids=["a list", "a text"])
async def test_a_kind_that_there_is_not_is_refused_at_once(amp: Account, kinds: Any) -> None:
    with pytest.raises(Refused, match="there are no events of the kind 'nonesuch'"):
        amp.events(kinds=kinds)
    with pytest.raises(Refused, match="there are no events of the kind 'nonesuch'"):
        await anext(amp.aio.events(kinds=kinds))


async def test_a_task_that_listens_is_cancelled_without_a_trace(there: Beside, amp: Account) -> None:
    heard = asyncio.Event()

    async def listen() -> None:
        async for _ in amp.aio.events(last_event_id="0"):
            heard.set()

    amp.send(SEND)
    listening = asyncio.create_task(listen())
    await heard.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    amp.delete()

    assert amp.id not in [each.id for each in Client(there.url).accounts()]


def test_another_thread_listens_while_this_one_works(amp: Account) -> None:
    numbers: list[int] = []
    events = amp.events(kinds=["request"])
    thread = threading.Thread(target=lambda: numbers.extend(next(events).data["number"] for _ in range(20)))
    thread.start()
    for _ in range(20):
        amp.send(SEND)
    thread.join(10)
    events.close()

    assert numbers == list(range(1, 21))


def _account() -> bytes:
    clock = b'{"mode":"frozen","rate":null,"now":"2026-01-01T00:00:00Z"}'
    return ok(b'{"id":"a","token":"t","clock":%s,"scenario":"x","seed":1,"created_at":"2026-01-01T00:00:00Z"}' % clock)

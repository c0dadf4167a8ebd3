"""Live events: what they say, how they are taken up again, and what becomes of a reader that does not read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import pytest

from mock_amp.adapters.clocks import HandClock
from mock_amp.bootstrap import Server, serving
from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.records import News
from mock_amp.engine.bulletin import KEPT
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.holding import T0, at, hand_clock, send_sms, send_viber
from tests.harness import NUMBER, START, Amp, Receiver, running, settings


@dataclass(slots=True)
class Told:
    """One event as a client reads it."""

    id: str
    kind: str
    data: Any


@dataclass(slots=True)
class Listener:
    """A client of a stream, reading as the HTML standard says."""

    answer: aiohttp.ClientResponse
    id: str = ""
    retry: str = ""
    comments: list[str] = field(default_factory=list)

    async def next(self) -> Told | None:
        """The next event; None when the stream has ended. Fails after ten seconds."""
        kind, data = "", ""
        async with asyncio.timeout(10):
            async for line in self.answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                match name:
                    case "id":
                        self.id = value
                    case "retry":
                        self.retry = value
                    case "event":
                        kind = value
                    case "data":
                        data = value
                    case "" if data:
                        return Told(self.id, kind, orjson.loads(data))
                    case "":
                        self.comments += [value] if value else []
        return None

    async def take(self, count: int) -> list[Told]:
        told = [await self.next() for _ in range(count)]
        return [each for each in told if each]

    async def until(self, kind: str) -> list[Told]:
        """All events up to the first of a kind, with that."""
        told: list[Told] = []
        while not told or told[-1].kind != kind:
            told += await self.take(1)
        return told


@asynccontextmanager
async def listening(amp: Amp, query: str = "", **headers: str) -> AsyncIterator[Listener]:
    """A stream of the account's events: what comes about from here on is in it."""
    url = f"{amp.url}/__admin/accounts/{amp.account}/events{query}"
    async with amp.session.get(url, headers={key.replace("_", "-"): value for key, value in headers.items()}) as answer:
        assert answer.status == 200, await answer.text()
        yield Listener(answer)


@asynccontextmanager
async def inside(clock: HandClock | None = None) -> AsyncIterator[tuple[Server, Amp]]:
    """A server, and a client of its default account."""
    server = Server(settings(), clock=clock)
    async with serving(server), aiohttp.ClientSession() as session:
        yield server, Amp(server.url, session, DEFAULT_TOKEN, "default")


async def tell(server: Server, count: int) -> None:
    """So many news of the default account."""
    key = server.services.world.account("default").key
    await server.services.world.store.transact(lambda books: books.tell([News(key, "clock", T0)] * count))


def kinds(told: list[Told]) -> list[str]:
    return [each.kind for each in told]


async def test_a_stream_is_what_an_event_source_takes(server: Amp) -> None:
    """Its type, nothing kept by caches, and how soon to ask again."""
    async with listening(server) as stream, server.session.get(f"{server.url}/__admin/events") as short:
        await server.admin("PUT", "/clock", {"mode": "frozen"})
        await stream.next()

        headers = short.headers

    assert headers["Content-Type"] == "text/event-stream"
    assert headers["Cache-Control"] == "no-store"
    assert stream.retry == "1000"


async def test_all_that_comes_about_is_told_in_its_order(amp: Amp, receiver: Receiver) -> None:
    async with listening(amp) as stream:
        sent = await send_viber(amp, callback_url=receiver.url, job_id="ours")
        await amp.advance(by="1s")
        told = await stream.until("clock")

    job, message = sent["api_job_id"], sent["results"][NUMBER]["message_id"]
    reported = ["status", "callback", "attempt"]
    assert kinds(told) == ["request", *reported, *reported, *reported, "clock"]
    request, accepted = told[0].data, told[1].data
    assert request == {
        "at": START,
        "id": "1",
        "number": 1,
        "method": "POST",
        "path": "/1/im",
        "status": 200,
        "rule": None,
        "api_job_id": job,
    }
    assert accepted == {
        "at": START,
        "type": "INTERNAL",
        "status": "ACCEPTD",
        "error_code": 0,
        "count": 1,
        "message_ids": [message],
        "api_job_id": job,
        "client_job_id": "ours",
    }
    assert [each.data["status"] for each in told if each.kind == "status"] == ["ACCEPTD", "ACCEPTD", "DELIVRD"]
    callback, attempt = told[2].data, told[3].data
    assert (callback["id"], callback["kind"], callback["url"]) == ("1", "report", receiver.url)
    assert attempt == {
        "at": START,
        "callback_id": "1",
        "number": 1,
        "outcome": "delivered",
        "status": 200,
        "error": None,
    }
    assert told[-1].data == {"at": at(1), "mode": "frozen", "rate": 1.0, "now": at(1)}


async def test_a_refused_request_is_told_with_its_rule(amp: Amp) -> None:
    async with listening(amp) as stream:
        await amp.send({"destinations": [{"number": "avc"}], "sms_content": {"message": "Hello"}})
        told = await stream.take(1)

    assert (told[0].data["status"], told[0].data["rule"]) == (403, "D-1")


async def test_replies_and_clicks_name_their_message(amp: Amp) -> None:
    actions = [{"title": "Book", "target_url": "https://a.example/"}]
    content = {"channel": "VIBER", "content": "Hi", "actions": actions, "track_clicks": True}
    body = {"destinations": [{"number": NUMBER}], "im_content": [content], "reply_url": "http://127.0.0.1:9/"}
    sent = await amp.send(body)
    assert sent.status == 200, sent.body
    message = sent.body["results"][NUMBER]["message_id"]
    await amp.advance(by="2s")

    async with listening(amp, "?kinds=reply,click") as stream:
        answers = [
            await amp.admin("POST", f"/messages/{message}/reply", {"text": "Yes"}),
            await amp.admin("POST", f"/messages/{message}/click", {}),
        ]
        told = await stream.take(2)

    assert [answer.status for answer in answers] == [201, 201]
    assert [(each.kind, each.data["message_id"], each.data["channel"]) for each in told] == [
        ("reply", message, "VIBER"),
        ("click", message, "VIBER"),
    ]
    assert (told[0].data["text"], told[1].data["title"]) == ("Yes", "Book")


async def test_a_scenario_and_a_reset_are_told(amp: Amp) -> None:
    async with listening(amp) as stream:
        await amp.admin("PUT", "/scenario", "all-good")
        await amp.admin("POST", "/reset")
        told = await stream.take(2)

    assert [(each.kind, each.data.get("name")) for each in told] == [("scenario", "all-good"), ("reset", None)]


async def test_a_large_job_is_one_event_a_move(amp: Amp) -> None:
    """D5: 50,000 destinations are a normal request, and no flood of events."""
    numbers = [f"3569{each:07d}" for each in range(3_000)]
    async with listening(amp, "?kinds=status") as stream:
        await send_sms(amp, *numbers)
        await amp.advance(until="idle")
        told = await stream.take(3)

    assert [(each.data["status"], each.data["count"]) for each in told] == [
        ("ACCEPTD", 3_000),
        ("ACCEPTD", 3_000),
        ("DELIVRD", 3_000),
    ]
    assert [len(each.data["message_ids"]) for each in told] == [10, 10, 10]


async def test_an_event_tells_of_all_that_moved_though_they_have_parted_since(amp: Amp) -> None:
    """All fail on VIBER together, and then stand in line for SMS, one a second."""
    rules = [{"name": "no viber", "channels": {"VIBER": "unreachable"}}]
    await amp.admin("PUT", "/scenario", {"name": "slow", "rules": rules, "defaults": {"throughput": {"SMS": 1}}})
    im, sms = [{"channel": "VIBER", "content": "Hi"}], {"message": "Hi"}
    numbers = [{"number": f"3569900000{each}"} for each in range(3)]
    sent = await amp.send({"destinations": numbers, "im_content": im, "sms_content": sms})
    await amp.advance(until="idle")

    async with listening(amp, "?last_event_id=0&kinds=status") as stream:
        told = await stream.take(9)

    ids = [each["message_id"] for each in sent.body["results"].values()]
    together = [each.data["message_ids"] for each in told if each.data["type"] != "SMS"]
    one_by_one = [each.data["message_ids"] for each in told if each.data["status"] == "DELIVRD"]
    assert together == [ids, ids, ids]
    assert one_by_one == [[each] for each in ids]


async def test_events_of_one_commit_are_written_together(amp: Amp) -> None:
    async with listening(amp) as stream:
        chunk, _ = await stream.answer.content.readchunk()
        assert chunk.startswith(b"retry: ")
        await send_sms(amp)

        chunk, _ = await stream.answer.content.readchunk()

    assert [line for line in chunk.split(b"\n") if line.startswith(b"event")] == [b"event: request", b"event: status"]


async def test_a_stream_goes_on_right_after_the_last_event_that_was_read(amp: Amp) -> None:
    """Without a gap and without a double, by the header and, for tools, by the query; the header is the newer one."""
    async with listening(amp) as stream:
        await send_sms(amp)
        first = await stream.take(1)
    await send_sms(amp)

    async with listening(amp, Last_Event_ID=first[0].id) as stream:
        by_header = await stream.take(3)
    async with listening(amp, f"?last_event_id={first[0].id}") as stream:
        by_query = await stream.take(3)
    async with listening(amp, f"?last_event_id={first[0].id}", Last_Event_ID=by_header[1].id) as stream:
        by_both = await stream.take(1)

    assert kinds(by_header) == ["status", "request", "status"]
    assert [by_query, by_both] == [by_header, by_header[2:]]
    numbers = [int(each.id.rpartition("-")[2]) for each in [*first, *by_header]]
    assert numbers == [1, 2, 3, 4]


async def test_a_stream_that_told_nothing_can_be_taken_up_again_too(amp: Amp) -> None:
    """The client has the place from the beginning, so that nothing is lost while it is away."""
    async with listening(amp, "?kinds=reset") as stream:
        await stream.answer.content.readuntil(b"\n\n")
    async with listening(amp) as stream:
        block = await stream.answer.content.readuntil(b"\n\n")
    place = block.decode().rpartition("id: ")[2].strip()
    await send_sms(amp)

    async with listening(amp, Last_Event_ID=place) as stream:
        told = await stream.take(2)

    assert kinds(told) == ["request", "status"]


async def test_zero_is_as_far_back_as_is_known(amp: Amp) -> None:
    await send_sms(amp)

    async with listening(amp, "?last_event_id=0") as stream:
        told = await stream.take(2)

    assert kinds(told) == ["request", "status"]


@pytest.mark.parametrize("place", ["otherrun-1", "nonsense", "-", "1-²", "otherrun-99999999999999999999999"])
async def test_a_place_in_another_run_is_a_gap_that_nobody_can_measure(amp: Amp, place: str) -> None:
    """So that nobody takes it for silence; then comes what is known of this run."""
    await send_sms(amp)

    async with listening(amp, Last_Event_ID=place) as stream:
        told = await stream.take(3)

    assert [(each.kind, each.data.get("missed", "")) for each in told] == [
        ("gap", None),
        ("request", ""),
        ("status", ""),
    ]


async def test_what_is_not_kept_any_more_is_a_gap_with_its_size() -> None:
    async with inside() as (server, amp):
        await tell(server, 1)
        async with listening(amp, "?last_event_id=0") as stream:
            first = await stream.take(1)
        await tell(server, KEPT + 10)

        async with listening(amp, Last_Event_ID=first[0].id) as stream:
            told = await stream.take(2)
        async with listening(amp, Last_Event_ID=told[0].id) as stream:
            again = await stream.take(1)

    assert (told[0].kind, told[0].data) == ("gap", {"missed": 10})
    assert (told[1].kind, again[0].id) == ("clock", told[1].id)


async def test_after_a_reset_the_old_life_is_a_gap(amp: Amp) -> None:
    """D11: its numbers come again, and would name what is of the new life."""
    async with listening(amp) as stream:
        await send_sms(amp)
        first = await stream.take(1)
    await send_sms(amp)
    await amp.admin("POST", "/reset")
    await amp.send(b"nonsense")

    async with listening(amp, Last_Event_ID=first[0].id) as stream:
        told = await stream.take(3)

    assert kinds(told) == ["gap", "reset", "request"]
    assert (told[0].data, told[2].data["status"]) == ({"missed": 3}, 400)


async def test_a_stream_of_some_kinds_tells_no_others(amp: Amp) -> None:
    async with listening(amp, "?kinds=status,reset") as stream:
        await send_sms(amp)
        await amp.admin("PUT", "/clock", {"mode": "frozen"})
        await amp.admin("POST", "/reset")
        told = await stream.take(2)

    assert kinds(told) == ["status", "reset"]


@pytest.mark.parametrize("query", ["?kinds=statuses", "?kinds=", "?kind=status"])
async def test_what_is_no_kind_is_refused_before_the_stream_begins(amp: Amp, query: str) -> None:
    answer = await amp.admin("GET", f"/events{query}")

    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_an_account_that_does_not_exist_has_no_events(server: Amp) -> None:
    answer = await server.call("GET", "/__admin/accounts/nobody/events")

    assert answer.status == 404


async def test_silence_is_told_every_fifteen_seconds_of_real_time() -> None:
    hand = hand_clock()
    async with inside(hand) as (_, amp), listening(amp) as stream:
        heartbeat = asyncio.create_task(stream.next())
        async with asyncio.timeout(10):
            while len(stream.comments) < 2:
                hand.turn(Instant(hand.now() + 15 * SECOND))
                await amp.call("GET", "/livez")
        await tell_by(amp)
        told = await heartbeat

    assert told
    assert told.kind == "clock"


async def test_a_client_that_hangs_up_leaves_nothing_behind() -> None:
    """At once, not with the next thing that would be written to it."""
    async with inside(hand_clock()) as (server, amp):
        async with listening(amp) as stream:
            assert server.services.events.readers == 1
            stream.answer.close()

        async with asyncio.timeout(10):
            while server.services.events.readers:
                await amp.call("GET", "/livez")


async def test_the_end_of_the_server_ends_its_streams() -> None:
    server = Server(settings())
    await server.start()
    async with (
        aiohttp.ClientSession() as session,
        listening(Amp(server.url, session, DEFAULT_TOKEN, "default")) as stream,
    ):
        await server.stop()
        told = await stream.next()

    assert told is None


async def test_the_end_of_an_account_ends_its_streams(amp: Amp) -> None:
    async with listening(amp) as stream:
        await amp.call("DELETE", f"/__admin/accounts/{amp.account}")
        told, end = await stream.next(), await stream.next()

    assert told
    assert (told.kind, told.data, end) == ("gone", {}, None)


async def test_a_reader_that_falls_behind_gets_a_gap_and_costs_no_memory() -> None:
    """The bulletin is the buffer: bounded, and one for all."""
    async with inside() as (server, _):
        with server.services.events.follow("default", None) as reader:
            await tell(server, KEPT + 500)

            first = await reader.next()
            told = list(first or ())
            while told[-1].id != reader.id or len(told) < KEPT:
                told += await reader.next() or ()

    assert first
    assert len(first) < 300
    assert (told[0].kind, told[0].data) == ("gap", {"missed": 500})
    assert len(told) == 1 + KEPT


async def test_accounts_do_not_hear_each_other(server: Amp) -> None:
    one, other = await server.open_account(), await server.open_account()
    async with listening(one) as stream:
        await send_sms(other)
        await one.admin("POST", "/reset")
        told = await stream.take(1)

    assert kinds(told) == ["reset"]


async def test_two_servers_give_their_events_other_ids() -> None:
    """The id names the run, so that a place in one is none in another."""
    runs = []
    for _ in range(2):
        async with running() as amp, listening(amp) as stream:
            await tell_by(amp)
            runs += [each.id.rpartition("-")[0] for each in await stream.take(1)]

    assert runs[0] != runs[1]


async def tell_by(amp: Amp) -> None:
    """Something comes about."""
    await amp.admin("PUT", "/clock", {"mode": "frozen"})


async def test_those_whom_the_same_news_wakes_are_told_the_same_words() -> None:
    """An event is looked up and written down once for all of them, and not kept for those who come later."""
    async with inside() as (server, _):
        events = server.services.events
        with events.follow("default", None) as first, events.follow("default", None) as second:
            readers = asyncio.gather(first.next(), second.next())
            await tell(server, 2)
            one, other = await readers
        with events.follow("default", "0") as late:
            again = await late.next()

    assert one
    assert other
    assert again
    assert all(mine is yours for mine, yours in zip(one, other, strict=True))
    assert all(mine is not later for mine, later in zip(one, again, strict=True))
    assert [each.data for each in one] == [each.data for each in again]

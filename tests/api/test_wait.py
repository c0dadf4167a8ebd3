"""`POST …/wait`: until something has come about, or for a time in which it must not (DESIGN: wait)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from mock_amp.adapters.clocks import HandClock
from mock_amp.bootstrap import Server, serving
from mock_amp.core.instants import MILLISECOND, Instant
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.holding import Gate, hand_clock, send_sms, send_viber
from tests.api.inside import Inside, inside
from tests.api.test_retention import numbers, send_many
from tests.harness import NUMBER, Amp, Answer, Receiver, settings

OTHER = "35699000002"
LONG = 600_000


@dataclass(frozen=True, slots=True)
class Bench:
    """A server whose real time stands still until it is turned, and an account of it."""

    server: Server
    clock: HandClock
    amp: Amp

    @property
    def waiters(self) -> int:
        return self.server.services.waiting.waiters

    async def until_waiting(self, count: int) -> None:
        """Talks to the server until so many wait."""
        async with asyncio.timeout(10):
            while self.waiters != count:
                await self.amp.admin("GET", "/clock")

    async def begin(self, **wish: Any) -> "asyncio.Task[Answer]":
        """One more wait that has come to the server."""
        before = self.waiters
        waiting = asyncio.create_task(self.amp.admin("POST", "/wait", {"timeout_ms": LONG, **wish}))
        await self.until_waiting(before + 1)
        return waiting

    def turn(self, milliseconds: int) -> None:
        self.clock.turn(Instant(self.clock.now() + milliseconds * MILLISECOND))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    async with _bench() as it:
        yield it


@asynccontextmanager
async def _bench() -> AsyncIterator[Bench]:
    clock = hand_clock()
    server = Server(settings(), clock=clock)
    connector = aiohttp.TCPConnector(limit=0)
    async with serving(server), aiohttp.ClientSession(connector=connector) as session:
        first = Amp(server.url, session, DEFAULT_TOKEN, "default")
        yield Bench(server, clock, await first.open_account())


async def _wait(amp: Amp, **wish: Any) -> Answer:
    return await amp.admin("POST", "/wait", wish)


async def _live(amp: Amp, receiver: Receiver) -> None:
    """A message that is seen and replied to, its reports and its reply posted."""
    sent = await send_viber(amp, callback_url=receiver.url, reply_url=receiver.url)
    await amp.advance(until="idle")
    message = sent["results"][NUMBER]["message_id"]
    assert (await amp.admin("POST", f"/messages/{message}/reply", {"text": "On our way."})).status == 201
    await _wait(amp, what="idle")


WISHES = [
    ("messages", {"to": NUMBER, "status": "SEEN", "text": {"contains": "Hi"}}),
    ("messages", {"timeline.status": "DELIVRD"}),
    ("reports", {"status": "SEEN", "type": "VIBER", "to": {"prefix": "356"}, "state": "delivered"}),
    ("callbacks", {"kind": "reply", "state": "delivered", "body.message.text": "On our way."}),
    ("attempts", {"outcome": "delivered", "kind": "reply", "number": 1, "status": 200}),
    ("requests", {"path": "/1/im", "status": 200, "body": {"contains": NUMBER}}),
    ("replies", {"text": "On our way.", "silent": None}),
]


@pytest.mark.parametrize(("what", "match"), WISHES)
async def test_what_is_there_already_is_answered_at_once(
    amp: Amp, receiver: Receiver, what: str, match: dict[str, Any]
) -> None:
    """DESIGN: answers at once when already true."""
    await _live(amp, receiver)

    answer = await _wait(amp, what=what, match=match, timeout_ms=0)

    assert (answer.status, len(answer.body["items"])) == (200, 1), answer.body


@pytest.mark.parametrize(("what", "match"), WISHES)
async def test_a_wait_is_woken_when_it_comes_about(
    bench: Bench, receiver: Receiver, what: str, match: dict[str, Any]
) -> None:
    """DESIGN: wakes by event; no real time has passed here."""
    waiting = await bench.begin(what=what, match=match)

    await _live(bench.amp, receiver)
    answer = await asyncio.wait_for(waiting, 10)

    assert (answer.status, len(answer.body["items"])) == (200, 1), answer.body
    assert bench.waiters == 0


@pytest.mark.parametrize("what", ["messages", "reports", "callbacks", "attempts", "requests", "replies"])
async def test_a_wait_tells_the_items_of_the_lists(bench: Bench, receiver: Receiver, what: str) -> None:
    """DESIGN: the shapes; woken or already there, an item is the same."""
    woken = await bench.begin(what=what, limit=1)
    await _live(bench.amp, receiver)
    await asyncio.wait_for(woken, 10)

    again = (await _wait(bench.amp, what=what)).body["items"]

    if what == "attempts":
        callbacks = await bench.amp.callbacks()
        listed = [
            {**attempt, "callback_id": each["id"], "kind": each["kind"], "url": each["url"]}
            for each in callbacks
            for attempt in each["attempts"]
        ]
    else:
        listed = (await bench.amp.admin("GET", f"/{what}")).body["items"]
    assert again == listed != []


async def test_a_wait_for_several_goes_on_until_there_are_so_many(bench: Bench) -> None:
    """DESIGN: at least `count`."""
    waiting = await bench.begin(what="messages", match={"status": "DELIVRD"}, count=3)
    await send_sms(bench.amp, NUMBER, OTHER)
    await bench.amp.advance(until="idle")
    early = waiting.done()

    await send_sms(bench.amp)
    await bench.amp.advance(until="idle")
    answer = await asyncio.wait_for(waiting, 10)

    assert not early
    assert [each["to"] for each in answer.body["items"]] == [NUMBER, OTHER, NUMBER]


async def test_a_wait_tells_all_that_fit_up_to_its_limit(amp: Amp) -> None:
    """DESIGN: at least `count`; more when there are."""
    await send_sms(amp, *(str(35_699_000_000 + at) for at in range(5)))

    found = [len((await _wait(amp, what="messages", **more)).body["items"]) for more in ({}, {"limit": 2})]
    many = await _wait(amp, what="messages", limit=1, count=4)

    assert (found, len(many.body["items"])) == ([5, 2], 4)


async def test_since_leaves_out_what_was_there_before(bench: Bench) -> None:
    """Issue 5: `since` is a journal number."""
    await send_sms(bench.amp)
    mark = int((await bench.amp.last_request())["id"])
    waiting = await bench.begin(what="messages", match={"to": NUMBER}, since=mark)

    await send_sms(bench.amp, job_id="second")
    answer = await asyncio.wait_for(waiting, 10)

    assert [each["client_job_id"] for each in answer.body["items"]] == ["second"]


async def test_when_the_time_is_up_it_says_what_came_near_and_why_it_is_not_it(bench: Bench) -> None:
    """DESIGN: 408 with near, fewest differences first, then the newest."""
    await send_sms(bench.amp, NUMBER, OTHER)
    await send_sms(bench.amp, OTHER, NUMBER)
    match = {"to": NUMBER, "status": ["DELIVRD", "SEEN"]}
    waiting = await bench.begin(what="messages", match=match, count=2, timeout_ms=1_000)

    bench.turn(999)
    early = waiting.done()
    bench.turn(1)
    answer = await asyncio.wait_for(waiting, 10)

    assert (early, answer.status, answer.headers["Content-Type"]) == (False, 408, "application/problem+json")
    assert (answer.body["count"], answer.body["found"], answer.body["items"]) == (2, 0, [])
    near = answer.body["near"]
    assert [each["item"]["to"] for each in near] == [NUMBER, NUMBER, OTHER, OTHER]
    assert near[0]["item"]["id"] > near[1]["item"]["id"]
    assert near[0]["differences"] == [{"field": "status", "wanted": ["DELIVRD", "SEEN"], "got": "ACCEPTD"}]
    assert [each["field"] for each in near[2]["differences"]] == ["to", "status"]


async def test_near_finds_the_one_that_fits_in_a_field_among_many(amp: Amp) -> None:
    """DESIGN: the nearest misses, however much came after them."""
    await send_sms(amp, OTHER)
    await send_sms(amp, *(str(35_600_000_000 + at) for at in range(300)))

    answer = await _wait(amp, what="messages", match={"to": OTHER, "status": "SEEN"}, timeout_ms=0)

    assert [len(each["differences"]) for each in answer.body["near"]] == [1, 2, 2, 2, 2]
    assert answer.body["near"][0]["item"]["to"] == OTHER


async def test_what_is_to_be_absent_holds_for_the_whole_window(bench: Bench) -> None:
    """DESIGN: 200 with no items after the window."""
    waiting = await bench.begin(what="requests", match={"status": 403}, absent=True, timeout_ms=500)

    await send_sms(bench.amp)
    bench.turn(499)
    early = waiting.done()
    bench.turn(1)
    answer = await asyncio.wait_for(waiting, 10)

    assert (early, answer.status, answer.body) == (
        False,
        200,
        {"items": [], "evicted": 0, "evicted_range": None},
    )


async def test_what_is_to_be_absent_and_comes_is_409_at_once(bench: Bench) -> None:
    """DESIGN: 409 with the items when violated."""
    waiting = await bench.begin(what="messages", match={"to": OTHER}, absent=True)

    await send_sms(bench.amp)
    await send_sms(bench.amp, OTHER)
    answer = await asyncio.wait_for(waiting, 10)

    assert (answer.status, answer.headers["Content-Type"]) == (409, "application/problem+json")
    assert [each["to"] for each in answer.body["items"]] == [OTHER]


async def _evicted(it: Inside, receiver: Receiver | None = None) -> tuple[Amp, list[str], list[int]]:
    """An account that has lost all but the last of three messages and three requests; their ids, and their lines."""
    amp = await it.amp.open_account(limits={"messages": 1, "requests": 1})
    urls = {"callback_url": receiver.url, "reply_url": receiver.url} if receiver else {}
    ids, lines = [], []
    for _ in range(3):
        ids.append((await send_viber(amp, **urls))["results"][NUMBER]["message_id"])
        lines.append(int((await amp.last_request())["id"]))
        await amp.advance(until="idle")
        if receiver:
            assert (await amp.admin("POST", f"/messages/{ids[-1]}/reply", {"text": "Yes"})).status == 201
            await _wait(amp, what="idle")
    await it.tidied()
    return amp, ids, lines


async def test_what_is_to_be_absent_and_may_have_been_evicted_cannot_be_told() -> None:
    """D13: it was sent, and evicted; 409 with how many were, from which to which, and what helps."""
    async with inside(keep_messages=20) as it:
        amp = await it.amp.open_account()
        ids = await send_many(amp, 60)
        await it.tidied()

        answer = await _wait(amp, what="messages", match={"to": numbers(1)[0]}, absent=True, timeout_ms=20)

    ends = {"first": ids[0], "last": ids[39]}
    assert (answer.status, answer.headers["Content-Type"]) == (409, "application/problem+json")
    assert (answer.body["title"], answer.body["found"], answer.body["items"]) == ("Cannot be told", 0, [])
    assert (answer.body["evicted"], answer.body["evicted_range"]) == (40, ends)
    assert f"40 messages were evicted ({ends['first']} to {ends['last']})" in answer.body["detail"]
    assert "a since of 40 or more" in answer.body["detail"]
    assert "--keep-messages" in answer.body["detail"]


@pytest.mark.parametrize("what", ["messages", "reports", "callbacks", "attempts", "requests", "replies"])
async def test_absence_is_told_of_no_list_that_was_evicted_from(receiver: Receiver, what: str) -> None:
    """D13: `evicted` is that of the list; what was evicted is never as if it had not been."""
    async with inside() as it:
        amp, _, _ = await _evicted(it, receiver)

        answer = await _wait(amp, what=what, count=100, absent=True, timeout_ms=0)
        listed = (await amp.admin("GET", f"/{'callbacks' if what == 'attempts' else what}")).body

    assert (answer.status, answer.body["title"]) == (409, "Cannot be told")
    assert (answer.body["evicted"], answer.body["evicted_range"]) == (listed["evicted"], listed["evicted_range"])
    assert answer.body["evicted"] > 0


@pytest.mark.parametrize("what", ["messages", "reports", "callbacks", "requests", "replies"])
async def test_absence_can_be_told_since_a_line_that_leaves_out_what_was_evicted(receiver: Receiver, what: str) -> None:
    """D13: from the number on that the refusal names, and not from the one before it."""
    async with inside() as it:
        amp, _, lines = await _evicted(it, receiver)
        wish: dict[str, Any] = {"what": what, "match": {_ABSENT[what]: "none"}, "absent": True, "timeout_ms": 0}
        refused = await _wait(amp, **wish)
        line = int(refused.body["detail"].partition("since of ")[2].split()[0])

        answers = [await _wait(amp, since=since, **wish) for since in (line - 1, line)]

    assert lines[1] <= line <= lines[2]
    assert [answer.status for answer in answers] == [409, 200]
    assert answers[1].body["items"] == []
    assert answers[1].body["evicted"] == refused.body["evicted"]


_ABSENT = {"messages": "to", "reports": "to", "callbacks": "url", "requests": "path", "replies": "text"}


async def test_what_is_absent_and_was_never_evicted_can_be_told() -> None:
    """D13: messages were evicted, but none that had a callback or a reply."""
    async with inside() as it:
        amp, _, _ = await _evicted(it)

        answers = [
            await _wait(amp, what=what, absent=True, timeout_ms=0)
            for what in ("callbacks", "reports", "attempts", "replies")
        ]

    assert [answer.status for answer in answers] == [200] * 4
    assert [answer.body["evicted"] for answer in answers] == [0, 0, 0, 2]


async def test_what_comes_though_it_was_to_be_absent_is_told_with_what_was_evicted() -> None:
    """D13: a violation is a violation, whatever else there was."""
    async with inside() as it:
        amp, ids, _ = await _evicted(it)

        answer = await _wait(amp, what="messages", absent=True, timeout_ms=0)

    assert (answer.status, answer.body["title"]) == (409, "Conflict")
    assert [each["id"] for each in answer.body["items"]] == ids[2:]
    assert (answer.body["evicted"], answer.body["evicted_range"]) == (2, {"first": ids[0], "last": ids[1]})


async def test_a_wait_says_what_was_evicted_in_time_or_not() -> None:
    """D13: as the lists do; a time-out says that what was evicted may have been meant."""
    async with inside() as it:
        amp, ids, lines = await _evicted(it)

        came = await _wait(amp, what="messages", timeout_ms=0)
        late = await _wait(amp, what="messages", count=3, timeout_ms=0)
        later = await _wait(amp, what="messages", count=3, since=lines[1], timeout_ms=0)

    ends = {"first": ids[0], "last": ids[1]}
    assert [answer.status for answer in (came, late, later)] == [200, 408, 408]
    assert [(each.body["evicted"], each.body["evicted_range"]) for each in (came, late, later)] == [(2, ends)] * 3
    assert ["may have been meant" in each.body["detail"] for each in (late, later)] == [True, False]


async def test_an_idle_account_is_answered_at_once_though_more_is_to_come(amp: Amp) -> None:
    """Issue 5: what is due later waits for the clock, and does not count."""
    await send_sms(amp)

    answer = await _wait(amp, what="idle", timeout_ms=0)

    assert (answer.status, answer.body) == (200, {"items": []})
    assert (await amp.admin("GET", "/agenda")).body["items"] != []


async def test_an_account_is_not_idle_while_a_receiver_has_not_answered(bench: Bench, receiver: Receiver) -> None:
    """Issue 5: nothing due now, nothing in the air."""
    receiver.on_post = gate = Gate()
    await send_sms(bench.amp, callback_url=receiver.url)
    await gate.until_reached()
    soon = await _wait(bench.amp, what="idle", timeout_ms=0)
    waiting = await bench.begin(what="idle")
    early = waiting.done()

    gate.opened.set()
    answer = await asyncio.wait_for(waiting, 10)

    assert (soon.status, "in the air" in soon.body["detail"]) == (408, True)
    assert (early, answer.status) == (False, 200)


async def test_idle_is_never_told_before_what_was_sent_is_posted(bench: Bench, receiver: Receiver) -> None:
    """Issue 5: between a send and its report no gap is seen."""
    for count in range(1, 30):
        await send_sms(bench.amp, callback_url=receiver.url)
        assert (await _wait(bench.amp, what="idle")).status == 200
        assert len(receiver.received) == count


async def test_a_client_that_hangs_up_leaves_no_waiter_behind(bench: Bench) -> None:
    """Issue 5."""
    stays = await bench.begin(what="messages", match={"to": OTHER})
    goes = await bench.begin(what="messages", match={"to": NUMBER})

    goes.cancel()
    await bench.until_waiting(1)
    await send_sms(bench.amp, OTHER)

    assert (await asyncio.wait_for(stays, 10)).status == 200
    assert bench.waiters == 0


@pytest.mark.parametrize("what", ["messages", "idle"])
async def test_a_wait_of_an_account_that_is_deleted_is_404(bench: Bench, receiver: Receiver, what: str) -> None:
    """Issue 5."""
    receiver.on_post = gate = Gate()
    await send_sms(bench.amp, callback_url=receiver.url)
    await gate.until_reached()
    waiting = await bench.begin(what=what, **({"match": {"to": OTHER}} if what == "messages" else {}))

    await bench.amp.admin("DELETE", "")
    answer = await asyncio.wait_for(waiting, 10)

    assert (answer.status, bench.waiters) == (404, 0)


async def test_a_wait_goes_on_in_the_new_life_of_an_account(bench: Bench) -> None:
    """Issue 5: what came before the reset does not count any more."""
    await send_sms(bench.amp)
    waiting = await bench.begin(what="messages", match={"type": "INTERNAL"}, count=2)

    await bench.amp.admin("POST", "/reset")
    await send_sms(bench.amp)
    await bench.amp.admin("GET", "/clock")
    early = waiting.done()
    await send_sms(bench.amp, OTHER)
    answer = await asyncio.wait_for(waiting, 10)

    assert (early, [each["to"] for each in answer.body["items"]]) == (False, [NUMBER, OTHER])


async def test_two_hundred_waiters_each_hear_of_their_own(bench: Bench) -> None:
    """Issue 5: 200 waiters on one account."""
    numbers = [str(35_699_000_000 + at) for at in range(200)]
    wishes = [{"what": "messages", "match": {"to": each, "status": "DELIVRD"}} for each in numbers]
    waiting = [asyncio.create_task(_wait(bench.amp, timeout_ms=LONG, **wish)) for wish in wishes]
    await bench.until_waiting(200)

    await send_sms(bench.amp, *numbers)
    await bench.amp.advance(until="idle")
    answers = await asyncio.wait_for(asyncio.gather(*waiting), 10)

    assert [[each["to"] for each in answer.body["items"]] for answer in answers] == [[number] for number in numbers]


async def test_waiters_with_the_same_wish_are_all_told(bench: Bench) -> None:
    """Issue 5: identical waiters share one evaluation."""
    waiting = [asyncio.create_task(_wait(bench.amp, what="messages", timeout_ms=LONG)) for _ in range(20)]
    await bench.until_waiting(20)

    await send_sms(bench.amp)
    answers = await asyncio.wait_for(asyncio.gather(*waiting), 10)

    assert {answer.status for answer in answers} == {200}
    assert len({answer.raw for answer in answers}) == 1


async def test_one_of_a_large_job_is_found(bench: Bench, receiver: Receiver) -> None:
    """D5: thousands of messages move at once; those who wait for one of them hear of that one."""
    numbers = [str(35_699_000_000 + at) for at in range(1_500)]
    wishes: list[dict[str, Any]] = [
        {"what": "messages", "match": {"to": numbers[1_400], "status": "DELIVRD"}},
        {"what": "reports", "match": {"to": numbers[700], "status": "DELIVRD"}},
        {"what": "messages", "match": {"status": "DELIVRD", "text": {"contains": "Hello"}}, "count": 1_500},
        {"what": "reports", "match": {"status": "DELIVRD"}, "count": 1_500},
        {"what": "reports", "match": {"to": {"prefix": numbers[900]}, "state": "delivered"}, "count": 2},
    ]
    waiting = [asyncio.create_task(_wait(bench.amp, timeout_ms=LONG, **wish)) for wish in wishes]
    await bench.until_waiting(len(wishes))

    await send_sms(bench.amp, *numbers, callback_url=receiver.url)
    await bench.amp.advance(until="idle")
    answers = await asyncio.wait_for(asyncio.gather(*waiting), 20)

    assert [len(answer.body["items"]) for answer in answers] == [1, 1, 1_500, 1_500, 2]
    assert answers[1].body["items"][0]["to"] == numbers[700]


async def test_messages_that_queue_before_a_channel_are_found_one_by_one(bench: Bench) -> None:
    """D5: a cohort that parts takes nobody away from those who wait."""
    fails = {"VIBER": "unreachable"}
    scenario = {"name": "slow", "defaults": {"throughput": {"SMS": 1}}, "rules": [{"name": "all", "channels": fails}]}
    content = {"sms_content": {"message": "Hello"}, "im_content": [{"channel": "VIBER", "content": "Hi"}]}
    numbers = [str(35_699_000_000 + at) for at in range(3)]
    answer = await bench.amp.admin("PUT", "/scenario", scenario)
    assert answer.status == 200, answer.body
    waiting = await bench.begin(what="messages", match={"type": "SMS", "status": "DELIVRD"}, count=3)

    sent = await bench.amp.send({"destinations": [{"number": each} for each in numbers], **content})
    assert sent.status == 200, sent.body
    await bench.amp.advance(until="idle")

    assert len((await asyncio.wait_for(waiting, 10)).body["items"]) == 3


@pytest.mark.parametrize(
    ("wish", "pointer", "expected"),
    [
        ({"what": "messages", "match": {"statuss": "SEEN"}}, "/match/statuss", "status?"),
        ({"what": "callbacks", "match": {"body.client_jobid": "1"}}, "/match/body.client_jobid", "body.client_job_id?"),
        ({"what": "messages", "match": {"status": "READ"}}, "/match/status", "one of ACCEPTD"),
        ({"what": "messages", "absent": True, "match": {"to": 35699000001}, "timeout_ms": 0}, "/match/to", '"35699'),
        ({"what": "requests", "absent": True, "match": {"status": "200"}, "timeout_ms": 0}, "/match/status", "200"),
        ({"what": "messages", "absent": True, "match": {"accepted_at": "now"}}, "/match/accepted_at", "RFC 3339"),
        ({"what": "messages", "match": {"text": {"regex": "(?=a)"}}}, "/match/text", "a regular expression"),
        ({"what": "attempts", "match": {"number": {"prefix": "1"}}}, "/match/number", "a number"),
        ({"what": "attempts", "since": 1}, "/since", "no since"),
        ({"what": "idle", "match": {}}, "/match", "what and timeout_ms"),
        ({"what": "idle", "absent": True}, "/absent", "what and timeout_ms"),
        ({"what": "message"}, "/what", ""),
        ({"what": "messages", "timeout_ms": 600_001}, "/timeout_ms", ""),
        ({"what": "messages", "match": {"to": {"like": "3"}}}, "", ""),
    ],
)
async def test_a_wait_that_makes_no_sense_is_400(amp: Amp, wish: dict[str, Any], pointer: str, expected: str) -> None:
    """D7: with the place and what would be right; a typo would wait in vain."""
    answer = await _wait(amp, **wish)

    assert answer.status == 400, answer.body
    assert answer.body.get("pointer", "").startswith(pointer)
    assert answer.body.get("expected", "").startswith(expected)


async def test_a_wait_of_no_account_is_404(server: Amp) -> None:
    nobody = Amp(server.url, server.session, server.token, "nobody")

    answers = [await _wait(nobody, what=what) for what in ("messages", "idle")]

    assert [answer.status for answer in answers] == [404, 404]


async def test_a_receiver_may_wait_for_its_own_post_during_an_advance(amp: Amp, receiver: Receiver) -> None:
    """D8: nothing stalls when a wait is asked from inside a handler."""
    answers: list[Answer] = []
    receiver.on_post = _asking(lambda: _wait(amp, what="messages", match={"status": "DELIVRD"}), answers)
    await send_sms(amp, callback_url=receiver.url)

    await amp.advance(until="idle")

    assert {answer.status for answer in answers} == {200}


def _asking(ask: Callable[[], Awaitable[Answer]], answers: list[Answer]) -> Callable[[Any], Awaitable[None]]:
    async def on_post(got: Any) -> None:
        if got.statuses == [("SMS", "DELIVRD")]:
            answers.append(await asyncio.wait_for(ask(), 10))

    return on_post

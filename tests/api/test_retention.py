"""What an account keeps, and how it answers for what it does not keep any more (D13)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import orjson
import pytest

from mock_amp.core.records import Page, Standing
from mock_amp.ports import Books
from tests.api.holding import Gate, send_sms, send_viber
from tests.api.inside import Inside, inside
from tests.harness import NUMBER, START, Amp, Receiver

LATER = "2026-01-01T01:00:00.000000Z"


def numbers(count: int, first: int = 0) -> list[str]:
    return [str(35_699_100_000 + first + each) for each in range(count)]


async def send_many(amp: Amp, count: int) -> list[str]:
    """So many sends to one number each, all come to rest; the ids of their messages."""
    ids = []
    for number in numbers(count):
        ids.append((await send_sms(amp, number))["results"][number]["message_id"])
        await amp.advance(until="idle")
    return ids


async def listed(amp: Amp, path: str) -> Any:
    answer = await amp.admin("GET", path)
    assert answer.status == 200, answer.body
    return answer.body


async def test_the_newest_messages_are_kept() -> None:
    """D13: what is evicted is counted, and its first and last are named."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 2})
        ids = await send_many(amp, 5)
        await it.tidied()

        body = await listed(amp, "/messages")

    assert [message["id"] for message in body["items"]] == ids[3:]
    assert (body["evicted"], body["evicted_range"]) == (3, {"first": ids[0], "last": ids[2]})


async def test_nothing_is_evicted_below_the_limit() -> None:
    """D13: then the answer says so too."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 2, "requests": 2})
        await send_many(amp, 2)
        await it.tidied()

        bodies = [await listed(amp, path) for path in ("/messages", "/callbacks", "/requests")]

    assert [(body["evicted"], body["evicted_range"]) for body in bodies] == [(0, None)] * 3


async def test_the_settings_limit_accounts_that_do_not_say() -> None:
    """D13: `limits` of an account beat the server's, one by one."""
    async with inside(keep_messages=2, keep_requests=7, keep_for="1h") as it:
        usual, own = await it.amp.open_account(), await it.amp.open_account(limits={"messages": 3, "age": None})
        await send_many(usual, 4)
        await send_many(own, 4)
        await it.tidied()

        limits = [(await listed(amp, ""))["limits"] for amp in (usual, own)]
        evicted = [(await listed(amp, "/messages"))["evicted"] for amp in (usual, own)]

    assert limits == [
        {"messages": 2, "requests": 7, "age": "1h"},
        {"messages": 3, "requests": 7, "age": None},
    ]
    assert evicted == [2, 1]


async def test_a_send_is_evicted_as_a_whole() -> None:
    """D13: never half a job; it goes when not all of it is among the newest."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 5})
        await send_sms(amp, *numbers(4))
        await amp.advance(until="idle")
        await send_sms(amp, *numbers(3, 10))
        await amp.advance(until="idle")
        await it.tidied()

        body = await listed(amp, "/messages")

    assert [message["to"] for message in body["items"]] == numbers(3, 10)
    assert body["evicted"] == 4


async def test_a_large_send_is_evicted_in_slices_and_never_seen_in_half() -> None:
    """D13: whoever looks meanwhile sees all of it or nothing."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        await send_sms(amp, *numbers(5_000))
        await amp.advance(until="idle", limit=0)
        seen: set[tuple[int, int]] = set()
        look = it.server.services.world.clock.give_way
        while (4_999, 1) not in seen and (0, 5_000) not in seen:
            body = await listed(amp, "/messages?limit=10000")
            seen.add((len(body["items"]), body["evicted"]))
            await look()
        await it.tidied()
        left = await listed(amp, "/messages?limit=10000")

    assert seen <= {(5_000, 0), (0, 5_000)}
    assert (left["items"], left["evicted"]) == ([], 5_000)


async def test_what_has_not_come_to_rest_is_passed_over() -> None:
    """D13: a message that is not final is never evicted, and does not keep younger ones that are."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        await send_viber(amp, NUMBER)
        await amp.advance(by="1s")
        ids = await send_many_at_once(amp, 3)
        await it.tidied()
        before = await listed(amp, "/messages")
        await amp.advance(until="idle")
        await it.tidied()
        after = await listed(amp, "/messages")

    assert ([message["to"] for message in before["items"]], before["evicted"]) == ([NUMBER, *numbers(1, 2)], 2)
    assert ([message["id"] for message in after["items"]], after["evicted"]) == ([ids[2]], 3)


async def send_many_at_once(amp: Amp, count: int) -> list[str]:
    """So many sends to one number each, by SMS, which are final a second later."""
    ids = [(await send_sms(amp, number))["results"][number]["message_id"] for number in numbers(count)]
    await amp.advance(by="1s")
    return ids


async def test_what_was_passed_over_is_not_looked_at_for_each_new_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """D13: as long as nothing comes to an end a look goes on from where the last one was; then it sees all again."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        looked = count_looked_at(it, monkeypatch)
        for number in numbers(40):
            await send_sms(amp, number)
            await it.tidied()
        held, looks = await listed(amp, "/messages"), sum(looked)
        await amp.advance(until="idle")
        await it.tidied()
        left = await listed(amp, "/messages")

    assert (len(held["items"]), held["evicted"]) == (40, 0)
    assert looks <= 2 * 40  # each once, and again all of the first few
    assert ([message["to"] for message in left["items"]], left["evicted"]) == (numbers(1, 39), 39)


def count_looked_at(it: Inside, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many jobs each look came to see, kept up to date."""
    book = it.server.services.world.store.read(lambda books: books.retention)
    standing: Callable[..., Sequence[Standing]] = book.standing
    looked = []

    def counting(*args: int) -> Sequence[Standing]:
        found = standing(*args)
        looked.append(len(found))
        return found

    monkeypatch.setattr(book, "standing", counting)
    return looked


async def test_what_came_to_rest_without_a_word_goes_too() -> None:
    """D13: not all that ends is told; once enough has been sent since, all is looked at again."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        for number in numbers(3):
            await send_sms(amp, number)
        await it.tidied()
        store, key = it.server.services.world.store, it.key_of(amp)
        await store.transact(lambda books: books.agenda.drop(key, books.agenda.peek(key, Page())))
        evicted = []
        for number in numbers(20, 3):
            await send_sms(amp, number)
            await it.tidied()
            evicted.append((await listed(amp, "/messages"))["evicted"])

    assert (evicted[0], evicted[-1]) == (1, 3)  # the youngest had not been passed over


async def test_a_send_that_took_its_time_is_no_younger_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """D13: it is as old as its id: those that overtook it are the newest, and stay."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 3})
        written = hold_a_large_send(it, monkeypatch)
        large = asyncio.create_task(send_sms(amp, *numbers(1_500)))
        for number in numbers(3, 2_000):
            await send_viber(amp, number)
        await send_many_at_once(amp, 3)
        await it.tidied()
        written.set()
        await large
        await it.tidied()
        before = await listed(amp, "/messages?limit=10000")
        await amp.advance(until="idle", limit=0)
        await it.tidied()
        left = await listed(amp, "/messages?limit=10000")

    assert (len(before["items"]), before["evicted"]) == (1_506, 0)
    assert ([message["to"] for message in left["items"]], left["evicted"]) == (numbers(3), 1_503)


def hold_a_large_send(it: Inside, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Lets a send in slices go on only once this is set."""
    store, written = it.server.services.world.store, asyncio.Event()
    transact, slices = store.transact, count()

    async def later(work: Callable[[Books], Any]) -> Any:
        await asyncio.wait_for(written.wait(), 10)
        return await transact(work)

    def held(work: Callable[[Books], Any]) -> Awaitable[Any]:
        return later(work) if "_store_slices" in work.__qualname__ and next(slices) else transact(work)

    monkeypatch.setattr(store, "transact", held)
    return written


async def test_a_message_with_a_callback_that_is_owed_is_kept(receiver: Receiver) -> None:
    """D13: a retry is still due."""
    receiver.answers = (500, 200)
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        await send_sms(amp, NUMBER, callback_url=receiver.url)
        await amp.advance(by="10s")
        await send_many_at_once(amp, 2)
        await it.tidied()
        before = (await listed(amp, "/messages"))["items"]
        await amp.advance(until="idle")
        await it.tidied()
        after = await listed(amp, "/messages")

    assert [message["to"] for message in before] == [NUMBER, *numbers(1, 1)]
    assert ([message["to"] for message in after["items"]], after["evicted"]) == (numbers(1, 1), 2)


async def test_a_message_with_a_post_in_the_air_is_kept(receiver: Receiver) -> None:
    """D13: what was posted again at somebody's wish has still to land."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        await send_sms(amp, NUMBER, callback_url=receiver.url)
        await amp.advance(until="idle")
        key = (await amp.callbacks())[0]["id"]
        gate = receiver.on_post = Gate()
        assert (await amp.admin("POST", f"/callbacks/{key}/resend")).status == 202
        await gate.until_reached()
        await send_sms(amp, *numbers(1))
        await it.tidied()
        held = len((await listed(amp, "/messages"))["items"])
        gate.opened.set()
        await amp.advance(until="idle")
        await it.tidied()
        body = await listed(amp, "/messages")

    assert (held, [message["to"] for message in body["items"]]) == (2, numbers(1))


async def test_one_that_cannot_go_yet_does_not_drive_out_a_newer_one(receiver: Receiver) -> None:
    """D13: as many of the newest are kept as if it were gone, however often it is looked at."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 3})
        await send_viber(amp, *numbers(1, 9))
        await send_sms(amp, NUMBER, callback_url=receiver.url)
        ids = await send_many_at_once(amp, 2)
        gate = receiver.on_post = Gate()
        assert (await amp.admin("POST", f"/callbacks/{(await amp.callbacks())[0]['id']}/resend")).status == 202
        await gate.until_reached()
        await send_sms(amp, *numbers(1, 2))
        await it.tidied()
        await amp.status(ids[0])
        await it.tidied()
        body = await listed(amp, "/messages")
        gate.opened.set()

    assert ([message["to"] for message in body["items"]], body["evicted"]) == (
        [*numbers(1, 9), NUMBER, *numbers(3)],
        0,
    )


async def test_all_that_belongs_to_a_message_goes_with_it(receiver: Receiver) -> None:
    """D13: callbacks with their attempts, replies and clicks."""
    action = {"title": "Go", "target_url": "https://a.example", "track_clicks": True}
    content = {"channel": "VIBER", "content": "Hi", "actions": [action]}
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        body = {"destinations": [{"number": NUMBER}], "im_content": [content]}
        sent = await amp.send({**body, "callback_url": receiver.url, "reply_url": receiver.url})
        message_id = sent.body["results"][NUMBER]["message_id"]
        await amp.advance(until="idle")
        assert (await amp.admin("POST", f"/messages/{message_id}/reply", {"text": "Yes"})).status == 201
        assert (await amp.admin("POST", f"/messages/{message_id}/click", {})).status == 201
        await amp.advance(until="idle")
        owed = len(await amp.callbacks())
        await send_many(amp, 1)
        await it.tidied()

        callbacks = await listed(amp, "/callbacks")
        gone = [(await amp.admin("GET", f"/callbacks/{key}")).status for key in range(owed + 2)]
        left = it.rows(amp)

    assert (callbacks["items"], callbacks["evicted"]) == ([], owed)
    assert callbacks["evicted_range"] == {"first": "1", "last": str(owed)}
    assert gone == [404, *[410] * owed, 404]
    assert left == {"attempt": 0, "callback": 0, "click": 0, "evicting": 0, "job": 1, "message": 1, "reply": 0}


async def test_the_journal_keeps_the_newest_lines_and_its_numbers() -> None:
    """D13: the numbers go on without a gap, and the oldest are the ones that went."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"requests": 3})
        for _ in range(7):
            await amp.send({"destinations": []})
        await it.tidied()

        body = await listed(amp, "/requests")
        one = [(await amp.admin("GET", f"/requests/{number}")).status for number in (0, 1, 4, 5, 8)]

    assert [request["id"] for request in body["items"]] == ["5", "6", "7"]
    assert (body["evicted"], body["evicted_range"]) == (4, {"first": "1", "last": "4"})
    assert one == [404, 410, 410, 200, 404]


@pytest.mark.parametrize(
    "call",
    [
        lambda amp, message_id: amp.admin("GET", f"/messages/{message_id}"),
        lambda amp, message_id: amp.admin("POST", f"/messages/{message_id}/reply", {}),
        lambda amp, message_id: amp.admin("POST", f"/messages/{message_id}/status", {"status": "SEEN"}),
    ],
    ids=["get", "reply", "status"],
)
async def test_one_that_was_evicted_is_gone(call: Callable[[Amp, str], Awaitable[Any]]) -> None:
    """D13: 410 and not 404, so that a verification does not lie."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        ids = await send_many(amp, 2)
        await it.tidied()

        gone, unknown = await call(amp, ids[0]), await call(amp, "99999999999990014003")

    assert (gone.status, gone.body["title"], unknown.status) == (410, "Gone", 404)
    assert f"message {ids[0]} was evicted" in gone.body["detail"]
    assert gone.headers["Content-Type"].startswith("application/problem+json")


async def test_the_service_says_that_a_message_was_evicted() -> None:
    """G-4: 404 as for an unknown id, and another reason."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        ids = await send_many(amp, 2)
        await it.tidied()

        gone, unknown = await amp.status(ids[0]), await amp.status("99999999999990014003")
        lines = (await amp.requests())[-2:]

    assert [(answer.status, "was evicted" in str(answer.body)) for answer in (gone, unknown)] == [
        (404, True),
        (404, False),
    ]
    assert [(line["rule"], "was evicted" in line["reason"]) for line in lines] == [("G-4", True), ("G-4", False)]


async def test_a_filter_that_finds_nothing_says_that_something_was_evicted() -> None:
    """D13: never a false zero."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1})
        await send_many(amp, 3)
        await it.tidied()

        body = await listed(amp, f"/messages?to={numbers(1)[0]}")

    assert (body["items"], body["evicted"]) == ([], 2)


async def test_what_is_too_old_goes_when_anything_comes_about() -> None:
    """D13: age is counted on the account's clock, of messages and of lines."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"age": "1h"})
        ids = await send_many(amp, 2)
        await amp.advance(to=LATER)
        await it.tidied()
        young = [(await listed(amp, path))["evicted"] for path in ("/messages", "/requests")]
        await amp.advance(by="1s")
        await it.tidied()
        old = [await listed(amp, path) for path in ("/messages", "/requests")]

    assert young == [1, 1]
    assert [body["evicted"] for body in old] == [2, 2]
    assert old[0]["evicted_range"] == {"first": ids[0], "last": ids[1]}


async def test_a_reset_forgets_what_was_evicted() -> None:
    """D13: it belongs to the life that is over."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"messages": 1, "requests": 1})
        await send_many(amp, 3)
        await it.tidied()
        await amp.admin("POST", "/reset")
        ids = await send_many(amp, 1)

        bodies = [await listed(amp, path) for path in ("/messages", "/callbacks", "/requests")]
        found = await amp.admin("GET", f"/messages/{ids[0]}")

    assert [body["evicted"] for body in bodies] == [0, 0, 0]
    assert found.status == 200


async def test_accounts_do_not_evict_for_each_other() -> None:
    """D13: limits are an account's own."""
    async with inside() as it:
        small, large = await it.amp.open_account(limits={"messages": 1}), await it.amp.open_account()
        for amp in (small, large):
            await send_many(amp, 3)
        await it.tidied()

        evicted = [(await listed(amp, "/messages"))["evicted"] for amp in (small, large)]

    assert evicted == [2, 0]


@pytest.mark.parametrize(
    ("limits", "pointer"),
    [
        ({"messages": 0}, "/limits/messages"),
        ({"requests": -1}, "/limits/requests"),
        ({"age": "soon"}, "/limits/age"),
        ({"size": 1}, "/limits"),
    ],
)
async def test_limits_that_make_no_sense_are_refused(server: Amp, limits: dict[str, Any], pointer: str) -> None:
    """DESIGN: 400 with the place."""
    answer = await server.call("POST", "/__admin/accounts", json={"clock": {"now": START}, "limits": limits})

    assert answer.status == 400
    assert answer.body["pointer"].startswith(pointer)


async def test_the_journal_keeps_only_so_many_bytes_of_bodies(tmp_path: Path) -> None:
    """D13: however few its lines are, the oldest go, and are counted; so it is after a restart too."""
    large = {"destinations": [{"number": each} for each in numbers(400)], "sms_content": {"message": "Hi"}}
    size = len(orjson.dumps(large))
    store = f"sqlite:///{tmp_path}/store.db"
    seen = []
    for _ in range(2):
        async with inside(store=store, keep_bodies=65_536) as it:
            for _ in range(20):
                await it.amp.send(orjson.dumps(large))
            await it.amp.send(b"[" + b" " * 20_000 + b"]")
            await it.amp.advance(until="idle")
            await it.tidied()
            seen.append(await listed(it.amp, "/requests"))

    for turn, body in enumerate(seen, 1):
        kept = [int(each["id"]) for each in body["items"]]
        assert kept == [*range(body["evicted"] + 1, 21 * turn + 1)]
        assert 40_000 < 20_002 + (len(kept) - 1) * size <= 65_536


async def test_small_bodies_take_no_room_from_each_other() -> None:
    """D13: below the limit nothing goes."""
    async with inside(keep_bodies=65_536) as it:
        for _ in range(100):
            await it.amp.send(b"[]")
        await it.tidied()

        assert (await listed(it.amp, "/requests"))["evicted"] == 0

"""`GET …/snapshot` and `PUT …/snapshot`: an account as one document, and back, wherever that is (D11)."""

import copy
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from mock_amp import __version__
from tests.api.holding import Gate, after, at, hand_clock, send_sms, send_viber
from tests.harness import NO_IM_NUMBER, NUMBER, START, Amp, Answer, Receiver, running

OTHER = "35699000002"
COUNTING = {
    "name": "counting",
    "rules": [
        {"name": "every other", "match": {"nth": {"every": 2}}, "channels": {"SMS": "undeliverable"}},
        {"name": "replies", "replies": [{"after": "5s", "text": ["Yes", "No", "Perhaps"]}]},
    ],
    "defaults": {"jitter": "500ms"},
}


async def snapshot(amp: Amp) -> Any:
    answer = await amp.admin("GET", "/snapshot")
    assert answer.status == 200, answer.body
    return answer.body


async def restore(amp: Amp, document: Any) -> Answer:
    return await amp.admin("PUT", "/snapshot", document)


async def restored(amp: Amp, document: Any) -> None:
    answer = await restore(amp, document)
    assert answer.status == 200, answer.body


async def play(amp: Amp, document: Any) -> None:
    assert (await amp.play(orjson.dumps(document).decode())).status == 200


async def live(amp: Amp, receiver: Receiver) -> None:
    """A life with all that a life has, stopped in the middle of it."""
    await play(amp, COUNTING)
    outer = {"callback_url": receiver.url, "reply_url": receiver.url}
    await send_sms(amp, NUMBER, OTHER, "35699000003", job_id="mine", **outer)
    await send_viber(amp, **outer)
    await send_viber(amp, NO_IM_NUMBER, sms_content={"message": "Hi"}, **outer)
    await amp.send({"destinations": [{"number": "not a number"}], "sms_content": {"message": "Hello"}})
    receiver.answers = (500,)
    await amp.advance(by="1500ms")
    receiver.answers = (200,)


async def go_on(amp: Amp, receiver: Receiver) -> tuple[list[bytes], list[bytes]]:
    """The bytes of what is asked, and of what is posted, from here on; receivers do not know accounts."""
    before = len(receiver.received)
    answers = [
        await amp.send(
            sms_content={"message": "Hello"}, callback_url=receiver.url, destinations=[{"number": NUMBER}] * 1
        ),
        await amp.send(im_content=[{"channel": "VIBER", "content": "Hi"}], reply_url=receiver.url),
        await amp.admin("POST", "/clock/advance", {"until": "idle"}),
    ]
    answers += [await amp.admin("GET", path) for path in ("/messages", "/agenda", "/clock")]
    shown = [each["body"] for each in await amp.callbacks()]
    return [each.raw for each in answers] + [orjson.dumps(shown)], sorted(got.raw for got in receiver.received[before:])


async def test_the_same_requests_give_the_same_bytes_as_at_home(server: Amp, receiver: Receiver) -> None:
    """D11: ids, dice, counts, acts, retries and the clock go on as if nothing had been."""
    home, away = await server.open_account(), await server.open_account(seed=99, clock={"mode": "real"})
    await live(home, receiver)

    await restored(away, await snapshot(home))

    assert await go_on(away, receiver) == await go_on(home, receiver)


async def test_what_was_taken_over_is_what_was_given(server: Amp, receiver: Receiver) -> None:
    """And a snapshot of it is the same, byte for byte."""
    home, away = await server.open_account(), await server.open_account(seed=99)
    await live(home, receiver)

    await restored(away, await snapshot(home))

    looks = [(await amp.admin("GET", "/snapshot")).raw for amp in (home, home, away)]
    assert looks[0] == looks[1] == looks[2]
    for path in ("/messages", "/callbacks", "/requests", "/agenda", "/scenario", "/clock"):
        assert (await home.admin("GET", path)).raw == (await away.admin("GET", path)).raw


async def test_another_server_takes_it_over_too(server: Amp, receiver: Receiver) -> None:
    home = await server.open_account()
    await live(home, receiver)
    async with running() as elsewhere:
        await restored(elsewhere, await snapshot(home))

        assert await go_on(elsewhere, receiver) == await go_on(home, receiver)


async def test_it_tells_neither_the_id_nor_the_tokens_of_the_account(server: Amp, receiver: Receiver) -> None:
    home = await server.open_account()
    further = (await home.admin("POST", "/tokens", {})).body["token"]
    await live(home, receiver)
    await home.send(im_content=[{"channel": "VIBER", "content": "Hi"}], token=further)

    raw = (await home.admin("GET", "/snapshot")).raw.decode()

    assert not any(secret in raw for secret in (home.account, home.token, further))


async def test_id_tokens_and_creation_stay(server: Amp, receiver: Receiver) -> None:
    """A reset goes back to how this account was created, not that one."""
    home, away = await server.open_account(seed=1), await server.open_account(seed=2, scenario="two-way")
    await live(home, receiver)
    await restored(away, await snapshot(home))

    there = (await away.admin("GET", "")).body
    await away.admin("POST", "/reset")
    back = (await away.admin("GET", "")).body

    assert (there["id"], there["token"], there["seed"], there["scenario"]) == (away.account, away.token, 1, "counting")
    assert (back["seed"], back["scenario"], back["clock"]["now"]) == (2, "two-way", START)
    assert await away.messages() == []


async def test_replies_go_through_the_token_of_the_account(server: Amp, receiver: Receiver) -> None:
    """Y-2: whether two-way is on is a matter of a token, and that of the source is unknown here."""
    home, away = await server.open_account(), await server.open_account()
    await send_viber(home, reply_url=receiver.url)
    await home.advance(until="idle")
    await restored(away, await snapshot(home))
    message = (await away.messages())[0]["id"]

    answer = await away.admin("POST", f"/messages/{message}/reply", {"text": "Yes"})

    assert answer.status == 201
    await away.advance(by=0)
    assert [got.body["orig_message_id"] for got in receiver.received] == [message]


async def test_what_was_in_the_air_is_posted_from_here_too(server: Amp, receiver: Receiver) -> None:
    """D8: it is owed as long as nobody knows what became of it."""
    home, away = await server.open_account(), await server.open_account()
    gate = receiver.on_post = Gate()
    await send_sms(home, callback_url=receiver.url)
    await gate.until_reached()

    await restored(away, await snapshot(home))
    gate.opened.set()
    await away.advance(by=0)

    assert [each["state"] for each in await away.callbacks()] == ["delivered"]
    assert len(receiver.received) == 2


async def test_what_is_in_the_air_here_is_ended_first(server: Amp, receiver: Receiver) -> None:
    """Isolation: nothing of the old life comes after the answer."""
    home, away = await server.open_account(), await server.open_account()
    empty = await snapshot(home)
    gate = receiver.on_post = Gate()
    await send_sms(away, callback_url=receiver.url)
    await gate.until_reached()

    await restored(away, empty)
    gate.opened.set()

    assert await away.callbacks() == []
    await away.advance(until="idle")
    assert len(receiver.received) == 1


async def test_a_clock_that_runs_goes_on_from_what_it_showed() -> None:
    """D10: mode, rate and instant are those of the snapshot."""
    hand = hand_clock()
    async with running(clock=hand) as server:
        home = await server.open_account(clock={"mode": "scaled", "rate": 60, "now": START})
        hand.turn(after(1))
        document = await snapshot(home)
        hand.turn(after(100))
        away = await server.open_account()

        await restored(away, document)
        shown = (await away.admin("GET", "/clock")).body
        hand.turn(after(101))

        assert shown == {"mode": "scaled", "rate": 60.0, "now": "2026-01-01T00:01:00.000000Z"}
        assert (await away.admin("GET", "/clock")).body["now"] == "2026-01-01T00:02:00.000000Z"


async def test_the_default_account_can_be_taken_and_given_too(server: Amp, receiver: Receiver) -> None:
    home = await server.open_account()
    await live(home, receiver)

    await restored(server, await snapshot(home))

    assert [each["id"] for each in await server.messages()] == [each["id"] for each in await home.messages()]


@pytest.mark.parametrize(("key", "other"), [("version", "0.0.0"), ("node", 1)])
async def test_a_snapshot_of_another_kind_of_server_is_409(amp: Amp, key: str, other: Any) -> None:
    """It names both."""
    document = await snapshot(amp)

    answer = await restore(amp, {**document, key: other})

    assert answer.status == 409
    assert str(other) in answer.body["detail"]
    assert str(document[key]) in answer.body["detail"]
    assert document["version"] == __version__


def _row(table: str, column: str, value: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        found = document["tables"][table]
        found["rows"][0][found["columns"].index(column)] = value

    return change


def _drop(*path: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for part in path[:-1]:
            document = document[part]
        del document[path[-1]]

    return change


def _put(value: Any, *path: str) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for part in path[:-1]:
            document = document[part]
        document[path[-1]] = value

    return change


SPOILT = {
    "no clock": (_drop("clock"), "/clock"),
    "no such mode": (_put("fast", "clock", "mode"), "/clock/mode"),
    "no instant": (_put("noon", "clock", "now"), "/clock/now"),
    "no instant of the scenario": (_put("noon", "scenario", "since"), "/scenario/since"),
    "something else too": (_put(1, "extra"), "/extra"),
    "a table is missing": (_drop("tables", "message"), "/tables/message"),
    "a table too many": (_put({"columns": [], "rows": []}, "tables", "token"), "/tables/token"),
    "other columns": (_put(["key"], "tables", "job", "columns"), "/tables/job/columns"),
    "a short row": (_put([[1, 2]], "tables", "agenda", "rows"), "/tables/agenda/rows/0"),
    "a text for a number": (_row("message", "ordinal", "many"), "/tables/message/rows/0"),
    "a number too large": (_row("message", "ordinal", 2**63), "/tables/message/rows/0"),
    "no base64": (_row("job", "request", "?"), "/tables/job/rows/0"),
    "no plan": (_row("cohort", "plan", "{}]"), "/tables/cohort/rows/0"),
    "no members": (_row("cohort", "members", "all"), "/tables/cohort/rows/0"),
    "no job": (_row("cohort", "job", 77), "/tables/cohort"),
    "no place in the plan": (_row("cohort", "leg", 9), "/tables/cohort"),
    "no timeline": (_row("cohort", "timeline", "[]"), "/tables/cohort/rows/0"),
    "no bundle": (_row("callback", "bundle", "{"), "/tables/callback/rows/0"),
    "a callback of no job": (_row("callback", "job", 77), "/tables/callback"),
    "a message of another job": (_row("message", "job", 77), "/tables/message"),
    "params of nobody": (_row("message", "params", "[1]"), "/tables/message/rows/0"),
    "a move of nobody": (_row("agenda", "subject", 777), "/tables/agenda"),
    "a move at another time": (_row("agenda", "at", 5), "/tables/agenda"),
    "a counter below what it has given": (_put(0, "counters", "serial"), "/counters/serial"),
    "a last message before the last one": (_put(5, "counters", "last_message"), "/counters/last_message"),
    "an instant after all": (_row("job", "accepted_at", 10**18), "/tables/job/rows/0"),
    "an instant before all": (_row("cohort", "started_at", -1), "/tables/cohort/rows/0"),
    "a request that says nothing": (_row("job", "request", ""), "/tables/job/rows/0"),
    "params that are no JSON": (_row("message", "params", "x"), "/tables/message/rows/0"),
    "a job larger than its messages": (_row("job", "size", 10**12), "/tables/job"),
    "a deed of another kind": (_row("agenda", "kind", "rest"), "/tables/agenda/rows/0"),
}


@pytest.mark.parametrize(("change", "pointer"), SPOILT.values(), ids=SPOILT.keys())
async def test_what_is_no_snapshot_is_400_and_changes_nothing(
    server: Amp, receiver: Receiver, change: Callable[[Any], None], pointer: str
) -> None:
    """RFC 9457: all of it, or nothing."""
    home, away = await server.open_account(), await server.open_account(seed=99)
    await send_viber(home, callback_url=receiver.url)
    await send_sms(away)
    before = (await away.admin("GET", "/snapshot")).raw
    document = copy.deepcopy(await snapshot(home))
    change(document)

    answer = await restore(away, document)

    assert (answer.status, answer.body.get("pointer")) == (400, pointer), answer.body
    assert (await away.admin("GET", "/snapshot")).raw == before


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null"])
async def test_what_is_no_document_at_all_is_400(amp: Amp, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    answer = await amp.call("PUT", "/__admin/snapshot", data=body, headers=headers)

    assert answer.status == 400


async def test_a_scenario_that_cannot_be_played_is_400(amp: Amp) -> None:
    document = await snapshot(amp)
    document["scenario"] |= {"usual": False, "document": {"name": "bad", "rules": 5}}

    answer = await restore(amp, document)

    assert (answer.status, answer.body["faults"][0]["pointer"]) == (400, "/rules")


async def test_a_large_request_that_is_still_being_written_is_not_in_it(server: Amp) -> None:
    """H-11: it does not exist before it is accepted."""
    home, away = await server.open_account(), await server.open_account()
    await send_sms(home, *(str(35_699_000_000 + number) for number in range(3_000)))

    await restored(away, await snapshot(home))

    assert len(await away.messages(limit="10000")) == 3_000
    await away.advance(until="idle")
    assert {each["status"] for each in await away.messages(limit="10000")} == {"DELIVRD"}


async def test_the_clock_of_the_answer_is_that_of_the_snapshot(server: Amp) -> None:
    home, away = await server.open_account(), await server.open_account()
    await home.advance(by="5s")

    answer = await restore(away, await snapshot(home))

    assert (answer.body["id"], answer.body["clock"]["now"]) == (away.account, at(5))

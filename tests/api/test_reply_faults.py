"""Faults of the callback leg on replies: a duplicate is the same reply under a name of its own (Y-1, Y-3)."""

from typing import Any

import pytest

from tests.api.faulty import attempts, posted, put_in_force, told
from tests.api.holding import at, send_viber
from tests.harness import Amp, Receiver

TAKES_REPLIES = {"match": {"kind": "reply"}}


async def replied(amp: Amp, receiver: Receiver, *faults: dict[str, Any], texts: tuple[str, ...] = ("Yes",)) -> Any:
    """The callbacks of replies to one message, under these faults, once nothing is left to happen."""
    await put_in_force(amp, *faults)
    sent = await send_viber(amp, reply_url=receiver.url, job_id="evening")
    await amp.advance(by="10s")
    (result,) = sent["results"].values()
    for text in texts:
        answer = await amp.admin("POST", f"/messages/{result['message_id']}/reply", {"text": text})
        assert answer.status == 201, answer.body
        await amp.advance(by="1s")
    await amp.advance(until="idle")
    return await amp.callbacks()


def texts(receiver: Receiver) -> list[str]:
    return [each.body["message"]["text"] for each in receiver.received]


async def test_a_duplicate_of_a_reply_is_the_same_reply_with_its_own_req_uuid(amp: Amp, receiver: Receiver) -> None:
    """Y-1: the same reply_message_id and text; what the record shows is what was posted."""
    callbacks = await replied(amp, receiver, {**TAKES_REPLIES, "duplicate": 2})

    assert len({got.body.pop("req_uuid") for got in receiver.received}) == 3
    assert [got.body for got in receiver.received] == [receiver.received[0].body] * 3
    assert told(callbacks) == [{"duplicate": 2}, *[{"duplicate_of": "1"}] * 2]
    shown = [(each["body"]["req_uuid"], each["attempts"][0]["req_uuid"]) for each in callbacks]
    assert [mine for mine, _ in shown] == [its for _, its in shown]
    assert len(set(shown)) == 3


async def test_a_duplicate_of_a_reply_has_another_req_uuid_in_each_attempt(amp: Amp, receiver: Receiver) -> None:
    """Y-3: six attempts of two callbacks, no two alike, in nothing else different."""
    receiver.answers = (500,)
    callbacks = await replied(amp, receiver, {**TAKES_REPLIES, "duplicate": 1})

    assert [len(each["attempts"]) for each in callbacks] == [3, 3]
    assert len({got.body["req_uuid"] for got in receiver.received}) == 6
    assert len({got.body["reply_message_id"] for got in receiver.received}) == 1


async def test_a_reply_may_fail_first_and_break_off(amp: Amp, receiver: Receiver) -> None:
    """C-5, Y-3: the third attempt arrives."""
    (callback,) = await replied(amp, receiver, {**TAKES_REPLIES, "fail_first": 1, "cut": 1})

    assert [each[1:3] for each in attempts(callback)] == [
        ("fail_first", "failed"),
        ("cut", "failed"),
        (None, "delivered"),
    ]
    assert texts(receiver) == ["Yes"]


async def test_a_reply_may_be_late(amp: Amp, receiver: Receiver) -> None:
    """The times in it are those of the reply still."""
    (callback,) = await replied(amp, receiver, {**TAKES_REPLIES, "delay": "20s"})

    assert attempts(callback) == [(at(30), None, "delivered", 200)]
    assert receiver.received[0].body["timestamp"] % 60 == 10


async def test_a_reply_may_be_lost(amp: Amp, receiver: Receiver) -> None:
    """It is on record with its text."""
    (callback,) = await replied(amp, receiver, {**TAKES_REPLIES, "drop": True})

    assert (callback["state"], callback["attempts"]) == ("discarded", [])
    assert callback["body"]["message"] == {"text": "Yes"}
    assert receiver.received == []


async def test_a_reply_is_overtaken_by_the_next_reply(amp: Amp, receiver: Receiver) -> None:
    await replied(amp, receiver, {"match": {"nth": 1}, "reorder": True}, texts=("Yes", "No"))

    assert texts(receiver) == ["No", "Yes"]


async def test_nothing_of_a_reply_is_split_or_merged(amp: Amp, receiver: Receiver) -> None:
    """Such a rule does nothing to it, and the record does not say that it had."""
    callbacks = await replied(amp, receiver, {"split": 1, "merge": "1m"}, texts=("Yes", "No"))

    assert told(callbacks) == [None, None]
    assert [attempts(each)[0][0] for each in callbacks] == [at(10), at(11)]


@pytest.mark.parametrize(
    ("match", "taken"),
    [
        ({"kind": "reply"}, True),
        ({"kind": "report"}, False),
        ({"channel": "VIBER"}, True),
        ({"channel": "SMS"}, False),
        ({"status": "SEEN"}, False),
        ({"job_id": "evening", "url": {"contains": "/reports"}, "product": "im"}, True),
    ],
    ids=str,
)
async def test_a_reply_is_matched_by_what_it_is(
    amp: Amp, receiver: Receiver, match: dict[str, Any], *, taken: bool
) -> None:
    """By kind, type, URL, job and product; it has no status."""
    (callback,) = await replied(amp, receiver, {"match": match, "drop": True})

    assert (callback["injected"] is not None) == taken


async def test_reports_and_replies_are_counted_by_one_rule(amp: Amp, receiver: Receiver) -> None:
    """nth counts callbacks, of whichever kind the rule is for."""
    await put_in_force(amp, {"match": {"channel": "VIBER", "nth": 4}, "drop": True})
    sent = await send_viber(amp, reply_url=receiver.url, callback_url=receiver.url)
    await amp.advance(until="idle")
    (result,) = sent["results"].values()
    await amp.admin("POST", f"/messages/{result['message_id']}/reply", {"text": "Yes"})
    await amp.advance(until="idle")

    assert len(posted(receiver)) == 4
    assert told(await amp.callbacks()) == [*[None] * 4, {"drop": True}]

"""Faults of the callback leg by scenario, each alone: what is posted, when, and what the record says."""

from typing import Any

import pytest

from tests.api.faulty import (
    ACCEPTED,
    AT_HAND,
    DELIVERED,
    FAILED,
    ON_VIBER,
    SEEN,
    TAKEN,
    attempts,
    live,
    posted,
    put_in_force,
    send_two,
    told,
)
from tests.api.holding import at, send_sms, send_viber
from tests.harness import START, Amp, Receiver


async def test_without_a_fault_nothing_is_injected(amp: Amp, receiver: Receiver) -> None:
    """A callback that no rule takes is what it is without the rules; so are its attempts."""
    callbacks = await live(amp, receiver, {"match": {"kind": "reply"}, "drop": True})

    assert [each["injected"] for each in callbacks] == [None] * 3
    assert [each["injected"] for one in callbacks for each in one["attempts"]] == [None] * 3
    assert posted(receiver) == [[ACCEPTED], [TAKEN], [DELIVERED]]


async def test_the_first_attempts_fail_at_our_end(amp: Amp, receiver: Receiver) -> None:
    """C-5: the receiver hears of the third; the record says which rule made the others fail."""
    callbacks = await live(amp, receiver, {"match": {"status": "DELIVRD"}, "fail_first": 2})

    failed = callbacks[2]
    assert failed["injected"] == {"rule": "rule 0", "faults": {"fail_first": 2}}
    assert failed["state"] == "delivered"
    assert attempts(failed) == [
        (at(1), "fail_first", "failed", None),
        ("2026-01-01T00:05:01.000000Z", "fail_first", "failed", None),
        ("2026-01-01T00:10:01.000000Z", None, "delivered", 200),
    ]
    assert failed["attempts"][0]["error"] == "injected by the rule 'rule 0' (fail_first): it never left"
    assert posted(receiver) == [[ACCEPTED], [TAKEN], [DELIVERED]]


@pytest.mark.parametrize("fault", [{"fail_first": 3}, {"fail_first": 100}, {"cut": 3}, {"fail_first": 1, "cut": 2}])
async def test_three_attempts_that_fail_by_scenario_are_all_there_are(
    amp: Amp, receiver: Receiver, fault: dict[str, Any]
) -> None:
    """C-5: then the callback is discarded."""
    callbacks = await live(amp, receiver, {"match": {"status": "DELIVRD"}, **fault})

    assert [each["state"] for each in callbacks] == ["delivered", "delivered", "discarded"]
    assert len(callbacks[2]["attempts"]) == 3
    assert posted(receiver) == [[ACCEPTED], [TAKEN]]


async def test_an_attempt_breaks_off_in_the_middle_of_the_body(amp: Amp, receiver: Receiver) -> None:
    """C-4, C-5: it has failed, after those that never left, and is tried again with the same bytes."""
    callbacks = await live(amp, receiver, {"match": {"status": "DELIVRD"}, "cut": 1, "fail_first": 1})

    assert callbacks[2]["injected"]["faults"] == {"fail_first": 1, "cut": 1}
    assert [each["injected"] for each in callbacks[2]["attempts"]] == ["fail_first", "cut", None]
    assert "injected by the rule 'rule 0' (cut)" in callbacks[2]["attempts"][1]["error"]
    assert posted(receiver) == [[ACCEPTED], [TAKEN], [DELIVERED]]


async def test_the_log_says_that_a_failure_was_injected(
    amp: Amp, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """One line each, without a traceback: whoever reads the log does not look for a fault of the receiver."""
    await live(amp, receiver, {"match": {"status": "DELIVRD"}, "fail_first": 1, "cut": 1})

    said = [record for record in caplog.records if "attempt" in record.getMessage()]
    assert ["injected by the rule 'rule 0'" in record.getMessage() for record in said] == [True, True]
    assert [record.exc_info for record in caplog.records if record.name.startswith("mock_amp")] == [None, None]


async def test_a_callback_is_late_by_the_account_s_clock(amp: Amp, receiver: Receiver) -> None:
    """Others overtake it; its times are those of the status still (C-2)."""
    callbacks = await live(amp, receiver, {"match": {"channel": "SMS", "status": "ACCEPTD"}, "delay": "10s"})

    assert posted(receiver) == [[ACCEPTED], [DELIVERED], [TAKEN]]
    assert [attempts(each)[0][0] for each in callbacks] == [START, at(10.2), at(1)]
    assert told(callbacks) == [None, {"delay": "10s"}, None]
    assert receiver.received[2].body["data"][0]["micro_timestamp"] % 60_000 == 200


async def test_a_dropped_callback_is_kept_and_never_posted(amp: Amp, receiver: Receiver) -> None:
    """Nothing is left to happen for it, and what it would have said is on record."""
    callbacks = await live(amp, receiver, {"match": {"status": "DELIVRD"}, "drop": True, "duplicate": 2})

    assert [each["state"] for each in callbacks] == ["delivered", "delivered", "discarded"]
    assert (callbacks[2]["attempts"], callbacks[2]["due_at"]) == ([], at(1))
    assert callbacks[2]["body"]["data"][0]["status"] == "DELIVRD"
    assert told(callbacks) == [None, None, {"drop": True}]
    assert posted(receiver) == [[ACCEPTED], [TAKEN]]


async def test_duplicates_are_the_same_bytes_after_the_first(amp: Amp, receiver: Receiver) -> None:
    """Callbacks of their own, due at the same moment, that say which one they repeat."""
    callbacks = await live(amp, receiver, {"match": {"channel": "SMS", "status": "ACCEPTD"}, "duplicate": 2})

    assert posted(receiver) == [[ACCEPTED], [TAKEN], [TAKEN], [TAKEN], [DELIVERED]]
    assert len({got.raw for got in receiver.received[1:4]}) == 1
    assert [(each["id"], each["due_at"]) for each in callbacks] == [
        ("1", START),
        *[(key, at(0.2)) for key in "234"],
        ("5", at(1)),
    ]
    repeats = {"duplicate_of": "2"}
    assert told(callbacks) == [None, {"duplicate": 2}, repeats, repeats, None]


async def test_duplicates_suffer_what_the_first_does(amp: Amp, receiver: Receiver) -> None:
    """Each is late, and each first attempt fails."""
    fault = {"match": {"status": "DELIVRD"}, "duplicate": 1, "delay": "10s", "fail_first": 1}
    callbacks = await live(amp, receiver, fault)

    again = ("2026-01-01T00:05:11.000000Z", None, "delivered", 200)
    assert [attempts(each) for each in callbacks[2:]] == [[(at(11), "fail_first", "failed", None), again]] * 2
    assert told(callbacks)[3] == {"duplicate_of": "3", "delay": "10s", "fail_first": 1}
    assert posted(receiver)[2:] == [[DELIVERED]] * 2


@pytest.mark.parametrize(
    ("match", "taken"),
    [
        ({"kind": "report"}, [0, 1, 2]),
        ({"kind": "reply"}, []),
        ({"channel": "SMS"}, [1, 2]),
        ({"channel": ["INTERNAL", "VIBER"]}, [0]),
        ({"status": "ACCEPTD"}, [0, 1]),
        ({"status": ["DELIVRD", "SEEN"], "channel": "SMS"}, [2]),
        ({"url": {"glob": "*/reports"}}, [0, 1, 2]),
        ({"url": {"contains": "elsewhere"}}, []),
        ({"job_id": {"prefix": "eve"}}, [0, 1, 2]),
        ({"job_id": "morning"}, []),
        ({"product": "im"}, [0, 1, 2]),
        ({"product": "sms"}, []),
        ({"nth": 2}, [1]),
        ({"nth": {"every": 2}}, [1]),
        ({"nth": {"after": 1}, "channel": "SMS"}, [2]),
        ({"share": 1, "channel": "SMS"}, [1, 2]),
    ],
    ids=str,
)
async def test_a_rule_takes_the_callbacks_that_match(
    amp: Amp, receiver: Receiver, match: dict[str, Any], taken: list[int]
) -> None:
    """By kind, type, status, URL, job and product; nth counts the callbacks that match."""
    callbacks = await live(amp, receiver, {"match": match, "drop": True}, job_id="evening")

    assert [number for number, each in enumerate(callbacks) if each["injected"]] == taken


async def test_the_first_rule_that_takes_a_callback_wins(amp: Amp, receiver: Receiver) -> None:
    callbacks = await live(amp, receiver, {"match": {"status": "DELIVRD"}, "delay": 5}, {"name": "all", "duplicate": 1})

    rules = [each["injected"]["rule"] for each in callbacks]
    assert rules == ["all"] * 4 + ["rule 0"]


async def test_a_share_is_of_callbacks_and_by_the_seed(server: Amp, receiver: Receiver) -> None:
    """D11: the same seed drops the same ones."""
    dropped = []
    for seed in (1, 1, 2):
        amp = await server.open_account(seed=seed)
        await put_in_force(amp, {"match": {"share": 0.5}, "drop": True})
        for _ in range(20):
            await send_sms(amp, callback_url=receiver.url)
        await amp.advance(until="idle")
        dropped.append([each["id"] for each in await amp.callbacks() if each["injected"]])

    assert dropped[0] == dropped[1] != dropped[2]
    assert 20 < len(dropped[0]) < 40


async def test_a_fault_holds_for_its_time(amp: Amp, receiver: Receiver) -> None:
    """`during` is asked when a callback comes to be owed."""
    fault = {"during": {"from": "100ms", "to": "500ms"}, "drop": True}
    callbacks = await live(amp, receiver, fault)

    assert told(callbacks) == [None, {"drop": True}, None]


async def test_a_scenario_is_for_one_account(server: Amp, amp: Amp, receiver: Receiver) -> None:
    """D: two tests with two tokens never see each other's faults, nor count each other's callbacks."""
    other = await server.open_account()
    await put_in_force(amp, {"match": {"nth": 2}, "drop": True})
    await send_sms(other, callback_url=receiver.url)
    await other.advance(until="idle")
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(until="idle")

    assert told(await other.callbacks()) == [None] * 3
    assert told(await amp.callbacks()) == [None, {"drop": True}, None]


async def test_reports_that_a_rule_tells_apart_travel_apart(amp: Amp, receiver: Receiver) -> None:
    """C-3: of one moment; a rule for delivered ones does not touch the others."""
    await put_in_force(amp, {"match": {"status": "DELIVRD"}, "delay": "1m"})
    await send_two(amp, receiver)
    await amp.advance(by="1s")

    assert posted(receiver) == [[ACCEPTED] * 2, [ON_VIBER] * 2, [FAILED]]
    assert [(each["due_at"], len(each["body"]["data"])) for each in await amp.callbacks()] == [
        (START, 2),
        (at(0.2), 2),
        ("2026-01-01T00:01:01.000000Z", 1),
        (at(1), 1),
    ]


@pytest.mark.parametrize("faults", [[], [{"match": {"url": {"contains": "elsewhere"}}, "drop": True}]], ids=len)
async def test_reports_that_no_rule_tells_apart_travel_together(
    amp: Amp, receiver: Receiver, faults: list[dict[str, Any]]
) -> None:
    """C-3: as without the rules."""
    await put_in_force(amp, *faults)
    await send_two(amp, receiver)
    await amp.advance(by="1s")

    assert posted(receiver) == [[ACCEPTED] * 2, [ON_VIBER] * 2, [AT_HAND, FAILED]]


async def test_a_seen_report_may_be_the_one_that_is_lost(amp: Amp, receiver: Receiver) -> None:
    """L-2: an instant message that was read, of which the sender never hears."""
    await put_in_force(amp, {"match": {"status": "SEEN"}, "drop": True})
    await send_viber(amp, callback_url=receiver.url)
    await amp.advance(until="idle")

    (message,) = await amp.messages()
    assert message["status"] == "SEEN"
    assert [SEEN] not in posted(receiver)
    assert posted(receiver)[-1] == [AT_HAND]

"""The shapes of the control plane that outsiders rely on."""

import pytest

from mock_amp.core import shapes
from mock_amp.core.account import Account, AccountSpec, Limits
from mock_amp.core.bundles import Item
from mock_amp.core.clock import ClockMode
from mock_amp.core.identity import message_id
from mock_amp.core.instants import Duration
from mock_amp.core.lifecycle import move
from mock_amp.core.model import Channel, Content, Entry, ImContent, SmsContent, Status
from mock_amp.core.records import (
    Arrival,
    Attempt,
    Callback,
    CallbackState,
    HandsetReply,
    Happening,
    Lost,
    RequestRecord,
)
from tests.unit.builders import JOB_ID, NUMBER, T0, a_cohort, a_job, a_leg, a_message, a_token, later, told

CONTENT = Content(
    sms=SmsContent(message="{#NAME}, by SMS."), ims=(ImContent(channel=Channel.VIBER, text="{#NAME}, by Viber."),)
)
AT_T0 = "2026-01-01T00:00:00.000000Z"
FALLBACK = a_cohort(a_leg(Channel.VIBER, Status.UNDELIV), a_leg(Channel.SMS, Status.ACCEPTD))


def test_an_account_tells_its_clock_and_seed() -> None:
    spec = AccountSpec(mode=ClockMode.FROZEN, now=T0, seed=7)
    account = Account(key=1, id="default", created_at=T0, spec=spec, clock=spec.clock(later(99)))

    assert shapes.account(account, T0, "magic-numbers", "t") == {
        "id": "default",
        "token": "t",
        "clock": {"mode": "frozen", "rate": 1.0, "now": AT_T0},
        "scenario": "magic-numbers",
        "seed": 7,
        "reject_first_promotional": False,
        "created_at": AT_T0,
    }


def test_a_token_tells_what_it_brings_to_a_request() -> None:
    """A-4: name, route, senders, channels."""
    found = shapes.token(a_token(name="nightly", channels=(Channel.RCS,)))

    assert (found["token"], found["name"], found["route"], found["channels"]) == (
        *("token-of-a-test", "nightly", "G1"),
        ["RCS"],
    )


def test_a_message_tells_its_timeline_and_its_text() -> None:
    moved = move(FALLBACK)
    found = shapes.message(a_message(moved, params={"NAME": "Ana"}), 4003, CONTENT)

    assert found["id"] == "00000000000000014003"
    assert (found["to"], found["type"], found["status"], found["error_code"]) == (NUMBER, "VIBER", "UNDELIV", 5)
    assert (found["api_job_id"], found["client_job_id"], found["custom_id"]) == (JOB_ID, "evening-42", "guest-1")
    assert found["timeline"][0] == {"at": AT_T0, "type": "INTERNAL", "status": "ACCEPTD", "error_code": 0}
    assert [(line["type"], line["status"]) for line in found["timeline"]] == told(moved)


@pytest.mark.parametrize(
    ("moves", "text"), [(0, "Ana, by Viber."), (1, "Ana, by Viber."), (2, "Ana, by SMS.")], ids=str
)
def test_a_message_shows_the_text_of_the_channel_that_has_it(moves: int, text: str) -> None:
    """D-5: filled; before any channel took it, the text of the first."""
    cohort = FALLBACK
    for _ in range(moves):
        cohort = move(cohort)

    assert shapes.message(a_message(cohort, params={"NAME": "Ana"}), 4003, CONTENT)["text"] == text


def test_a_callback_tells_every_attempt() -> None:
    attempt = Attempt(
        callback=3, number=1, at=T0, real_at=later(1), ended_at=later(2), outcome="answered", status=503, error=None,
        answer="busy",
    )  # fmt: skip
    callback = Callback(
        key=3, job=1, kind="report", url="http://127.0.0.1:9000/", state=CallbackState.RETRYING, due_at=later(300),
        tried=1, bundle=(Item(1, 0, ((0, 0),)), Item(1, 1, ((0, 0),))),
    )  # fmt: skip

    statuses = {
        Entry(T0, Channel.VIBER, Status.ACCEPTD, 0, ""): 1,
        Entry(later(1), Channel.VIBER, Status.UNDELIV, 5, ""): 2,
        Entry(later(2), Channel.VIBER, Status.UNDELIV, 5, ""): 2,
    }

    body, to = b'{"data": []}', "35699000001"
    assert shapes.callback(callback, a_job(first=7), 4003, body, [attempt], statuses=statuses, to=to) == {
        "id": "3",
        "kind": "report",
        "url": "http://127.0.0.1:9000/",
        "state": "retrying",
        "due_at": "2026-01-01T00:05:00.000000Z",
        "reports": 2,
        "api_job_id": JOB_ID,
        "client_job_id": "evening-42",
        "message_id": message_id(7, 4003),
        "to": "35699000001",
        "statuses": [
            {"type": "VIBER", "status": "UNDELIV", "error_code": 5, "count": 4},
            {"type": "VIBER", "status": "ACCEPTD", "error_code": 0, "count": 1},
        ],
        "injected": None,
        "body": {"data": []},
        "attempts": [
            {
                "number": 1,
                "at": AT_T0,
                "real_at": "2026-01-01T00:00:01.000000Z",
                "real_ended_at": "2026-01-01T00:00:02.000000Z",
                "outcome": "answered",
                "status": 503,
                "error": None,
                "injected": None,
                "answer": "busy",
            }
        ],
    }


def test_a_request_tells_how_it_was_answered_and_what_came() -> None:
    """A body that is not UTF-8 is shown as well as it can be."""
    arrival = Arrival(method="POST", path="/1/im", remote="127.0.0.1", token="t", body=b'{"a": "\xff"}')
    found = shapes.request(RequestRecord(number=5, at=T0, real_at=T0, arrival=arrival, status=400, rule="H-9"))

    assert (found["id"], found["at"], found["method"], found["path"]) == ("5", AT_T0, "POST", "/1/im")
    assert (found["status"], found["rule"], found["reason"]) == (400, "H-9", None)
    assert (found["violations"], found["warnings"], found["body"]) == ([], [], '{"a": "\ufffd"}')


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"x" * 300,
        "é€😀".encode() * 100,
        "😀".encode() * 300,
        b"\xff" * 900,
        "x€".encode() * 50 + b"\xf0\x9f" * 200,
    ],
    ids=repr,
)
def test_of_a_request_without_its_body_the_beginning_is_told(body: bytes) -> None:
    """Characters, however many bytes they have."""
    record = RequestRecord(T0, T0, T0, Arrival("POST", "/1/im", "", "t", body), 200)
    whole, without = shapes.request(record), shapes.request(record, bodies=False)

    assert (without["body"], without["beginning"]) == (None, whole["body"][:200])
    assert shapes.without_body(whole) == without == shapes.without_body(without)


@pytest.mark.parametrize(
    ("kind", "bundle", "reports", "message"),
    [
        ("report", (Item(1, 0, ((2, 2),)),), 1, 9),
        ("report", (Item(1, 0, ((2, 4),)),), 3, None),
        ("report", (Item(1, 0, ((2, 2),)), Item(2, 0, ((4, 4),))), 2, None),
        ("reply", (Item(1, 0, ((2, 2),)),), 0, 9),
    ],
)
def test_a_callback_names_its_message_where_it_is_about_one_alone(
    kind: str, bundle: tuple[Item, ...], reports: int, message: int | None
) -> None:
    callback = Callback(
        key=3, job=1, kind=kind, url="http://a/", state=CallbackState.DUE, due_at=T0, tried=0, bundle=bundle
    )  # fmt: skip
    found = shapes.callback(callback, a_job(first=7), 4003, None, [])

    assert (found["reports"], found["body"]) == (reports, None)
    assert found["message_id"] == (message and message_id(message, 4003))


def test_an_advance_tells_what_happened_without_empty_keys() -> None:
    """D9: from, now, settled, and the events in order."""
    events = [
        Happening(at=T0, kind="status", message_id="1", type="SMS", status="DELIVRD"),
        Happening(at=later(1), kind="attempt", callback=0, attempt=1, outcome="delivered"),
    ]

    assert shapes.advance(T0, later(1), events, 7) == {
        "from": AT_T0,
        "now": "2026-01-01T00:00:01.000000Z",
        "settled": True,
        "events": [
            {"at": AT_T0, "kind": "status", "message_id": "1", "type": "SMS", "status": "DELIVRD"},
            {
                "at": "2026-01-01T00:00:01.000000Z",
                "kind": "attempt",
                "callback_id": "0",
                "attempt": 1,
                "outcome": "delivered",
            },
        ],
        "events_total": 7,
    }


@pytest.mark.parametrize(("following", "cursor"), [(None, None), (0, "0"), (12, "12")])
def test_a_page_has_a_cursor_as_long_as_there_is_more(following: int | None, cursor: str | None) -> None:
    told = {"items": [{"id": "1"}], "next": cursor, "evicted": 0, "evicted_range": None}
    assert shapes.page([{"id": "1"}], following) == told


@pytest.mark.parametrize(
    ("node", "first", "last"), [(None, "999", "1001"), (4003, "00000000010014003", "00000000010034003")]
)
def test_a_page_tells_what_was_evicted_by_its_ids(node: int | None, first: str, last: str) -> None:
    """D13: of messages by message ids."""
    told = shapes.page([], None, shapes.evicted(Lost(2, 999, 1_001), node))

    assert told["evicted"] == 2
    assert {key: value[-17:] for key, value in told["evicted_range"].items()} == {"first": first, "last": last}


@pytest.mark.parametrize(("age", "told"), [(0, None), (90_000_000, "1m30s")])
def test_limits_say_for_how_long(age: int, told: str | None) -> None:
    limits = Limits(messages=1, requests=2, age=Duration(age))

    assert shapes.keeping(limits) == {"limits": {"messages": 1, "requests": 2, "age": told}}


def test_a_reply_tells_which_callback_carries_it() -> None:
    """Y-1: ids as texts of 20 digits."""
    it = HandsetReply(callback=4, message=0, number=1, channel=Channel.RCS, text=None, at=T0, ordinal=1)

    assert shapes.reply(it, 4003) == {
        "reply_message_id": "00000000000000024003",
        "message_id": "00000000000000014003",
        "channel": "RCS",
        "text": None,
        "at": AT_T0,
        "callback_id": "4",
        "silent": None,
    }

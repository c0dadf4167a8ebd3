"""What the client makes of answers: refusals, strangers, and in what words something is not seen."""

import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from mock_amp.client import (
    AmpError,
    Conflict,
    Difference,
    Evicted,
    Miss,
    NotFound,
    NotReached,
    NotSeen,
    Refused,
    calls,
    lists,
    server_calls,
    waiting,
)
from mock_amp.client.here import Here
from mock_amp.client.plans import Answer, Plan
from tests.unit.plans import HERE, MESSAGE, NUMBER, answered, play

OF_SERVER = {"detail": "limit is '0'", "pointer": "?limit", "expected": "a whole number"}
OF_SERVICE = {"result_info": {"status_code": 403, "description": "Forbidden: no"}, "results": {}}
FAULTS = [{"line": 3, "pointer": "/off", "text": "unknown key"}, {"line": 4, "pointer": "", "text": "lacks name"}]


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (answered(OF_SERVER, 400), Refused, "400: limit is '0' (at ?limit); right would be: a whole number"),
        (answered({"detail": "gone"}, 410), Evicted, "410: gone"),
        (answered({"detail": "there is none"}, 404), NotFound, "404: there is none"),
        (answered({"detail": "not now"}, 409), Conflict, "409: not now"),
        (answered(OF_SERVICE, 403, x_mock_amp_rule="D-1"), Refused, "403: Forbidden: no [rule D-1]"),
        (
            answered({"detail": "two", "faults": FAULTS}, 400),
            Refused,
            "400: two\n  line 3, /off: unknown key\n  line 4, top: lacks name",
        ),
        (answered(b"<html>\n <h1>Bad  gateway</h1>", 502), Refused, "502: <html> <h1>Bad gateway</h1>"),
        (answered(b"", 500), Refused, "500: it said nothing"),
        (answered(b"\xff\xfe\x00", 500), Refused, "500: \ufffd\ufffd\x00"),
        (answered(b'{"detail": 7, "faults": {}}', 500), Refused, '500: {"detail": 7, "faults": {}}'),
        (answered(b'{"result_info": []}', 500), Refused, '500: {"result_info": []}'),
        (answered(b'{"detail": "x", "faults": [1, {}]}', 400), Refused, "400: x\n  line ?, top: "),
        (answered(b"[1]", 400), Refused, "400: [1]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_an_answer_that_says_no_is_refused_in_words(answer: Answer, kind: type[Refused], text: str) -> None:
    with pytest.raises(AmpError) as caught:
        play(calls.info(HERE), answer)

    assert (type(caught.value), str(caught.value)) == (kind, text)


def test_a_refusal_has_its_parts() -> None:
    with pytest.raises(Refused) as caught:
        play(calls.info(HERE), answered({**OF_SERVER, "legal": [1]}, 400))

    found = caught.value
    assert (found.status, found.pointer, found.expected, found.problem["legal"]) == (
        400,
        "?limit",
        "a whole number",
        [1],
    )


@pytest.mark.parametrize(
    "answer",
    [
        answered(b"<html>Welcome</html>"),
        answered(b""),
        answered(b"\xff\xfe"),
        answered({"id": "x"}),
        answered([]),
        answered(b"<html>", 302, location="https://login.example"),
    ],
    ids=["html", "nothing", "no text", "another shape", "a list", "a redirect"],
)
@pytest.mark.parametrize(
    "plan",
    [
        lambda: calls.info(HERE),
        lambda: lists.messages(HERE),
        lambda: waiting.wait_for(HERE),
        lambda: waiting.expect(HERE, count=3),
        lambda: calls.send(HERE, {}),
        lambda: server_calls.ca_pem(),
    ],
    ids=["info", "messages", "wait_for", "expect", "send", "ca_pem"],
)
def test_whoever_is_no_mock_amp_is_told_as_such(plan: Callable[[], Plan[Any]], answer: Answer) -> None:
    with pytest.raises(NotReached, match="that is not the answer of a mock-amp of this version"):
        play(plan(), answer)


@pytest.mark.parametrize("plan", [calls.delete, lambda here: calls.end_token(here, "t")], ids=["delete", "end_token"])
def test_a_redirect_does_nothing(plan: Callable[[Here], Plan[None]]) -> None:
    with pytest.raises(NotReached, match="302 to https://login"):
        play(plan(HERE), answered(b"", 302, location="https://login.example"))


def test_fields_that_a_newer_server_adds_are_left_out() -> None:
    found, _ = play(calls.message(HERE, MESSAGE["id"]), answered({**MESSAGE, "colour": "green"}))

    assert found.id == MESSAGE["id"]


def test_the_shape_of_an_error_survives_the_way_between_processes() -> None:
    refused = Conflict("409: no", status=409, problem={"detail": "no"}, rule="X-1")
    unseen = NotSeen("no", items=[{"a": 1}], near=[Miss(item={}, differences=(Difference(field="to"),))])

    again, unseen_again = pickle.loads(pickle.dumps(refused)), pickle.loads(pickle.dumps(unseen))  # noqa: S301 - ours

    assert (str(again), again.status, again.problem, again.rule) == ("409: no", 409, {"detail": "no"}, "X-1")
    assert (str(unseen_again), unseen_again.near) == ("no", unseen.near)


OTHER = {**MESSAGE, "id": "2", "to": "35699000002", "status": "DELIVRD", "text": "Your\ncode " + "x" * 100}
NEAR = [
    {
        "item": OTHER,
        "differences": [
            {"field": "to", "wanted": NUMBER, "got": "35699000002"},
            {"field": "text", "wanted": {"contains": "Hell"}, "got": OTHER["text"]},
            {"field": "timeline.status", "wanted": ["SEEN", "EXPIRED"], "got": ["ACCEPTD", "DELIVRD"]},
            {"field": "custom_id", "wanted": "a", "got": None},
            {"field": "channels", "wanted": "SMS", "got": []},
        ],
    }
]


def unseen(plan: Plan[Any], status: int = 408, **told: Any) -> str:
    with pytest.raises(NotSeen) as caught:
        play(plan, answered(told, status))
    return str(caught.value)


def test_a_wait_in_vain_shows_what_came_nearest_and_why_not() -> None:
    plan = waiting.wait_for(
        HERE, to=NUMBER, text__contains="Hell", timeline__status=["SEEN", "EXPIRED"], timeout="1500ms"
    )

    assert unseen(plan, items=[], near=NEAR) == (
        "wanted 1 message with to='35699000001', text contains 'Hell', timeline.status one of 'SEEN', 'EXPIRED', "
        "and within 1.5 s none came\n"
        "nearest:\n"
        f"  2 to='35699000002' type='VIBER' status='DELIVRD' text='Your\\ncode {'x' * 60}'…\n"
        "      to: wanted '35699000001', got '35699000002'\n"
        f"      text: wanted contains 'Hell', got 'Your\\ncode {'x' * 60}'…\n"
        "      timeline.status: wanted one of 'SEEN', 'EXPIRED', got 'ACCEPTD', 'DELIVRD'\n"
        "      custom_id: wanted 'a', got None\n"
        "      channels: wanted 'SMS', got nothing"
    )


def test_a_wait_for_more_shows_those_that_came() -> None:
    told = unseen(
        waiting.wait_for_requests(HERE, count=1200), items=[{"id": "1", "method": "GET", "path": "/"}], near=[]
    )

    assert told == (
        "wanted 1,200 requests, and within 5 s 1 came:\n"
        "  1 method='GET' path='/'\n"
        "nothing came near: there are no other requests"
    )


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (lambda: waiting.expect(HERE, to=NUMBER), "wanted 1 message with to='35699000001', and there is none\n"),
        (lambda: waiting.expect_replies(HERE), "wanted 1 reply, and there is none\n"),
        (lambda: waiting.expect_replies(HERE, count=2), "wanted 2 replies, and there is none\n"),
        (lambda: waiting.expect_callbacks(HERE, count=1), "wanted 1 callback, and there is none\n"),
        (lambda: waiting.wait_for_attempts(HERE, timeout=0), "wanted 1 attempt, and there is none\n"),
    ],
    ids=["message", "reply", "replies", "callback", "attempt"],
)
def test_numbers_and_things_agree(plan: Callable[[], Plan[Any]], told: str) -> None:
    assert unseen(plan(), items=[], near=[]).startswith(told)


def test_an_expectation_of_a_number_shows_what_there_is_and_not_all_of_it() -> None:
    items = [{**MESSAGE, "id": str(at)} for at in range(1, 1013)]
    with pytest.raises(NotSeen) as caught:
        play(waiting.expect(HERE, count=3), answered({"items": items}))

    lines = str(caught.value).splitlines()
    assert lines[0] == "wanted 3 messages, and there are 1,012:"
    assert lines[1] == "  1 to='35699000001' type='VIBER' status='SEEN' text='Hello'"
    assert (len(lines), lines[-1]) == (12, "  … and 1,002 more")
    assert len(caught.value.items) == 1012


def test_what_must_not_be_is_shown() -> None:
    told = unseen(waiting.expect_none(HERE, what="reports"), 409, items=[{"message_id": "7", "status": "SEEN"}])

    assert told == "wanted no report, and there is 1:\n  7 status='SEEN'"


def test_what_nobody_knows_is_not_held_for_absent() -> None:
    told = unseen(waiting.expect_none(HERE), 409, items=[], title="Cannot be told", detail="whether … cannot be told")

    assert told == "whether … cannot be told"


def test_what_was_evicted_is_told_with_what_is_missed() -> None:
    told = unseen(
        waiting.wait_for(HERE), items=[], near=[], evicted=3, detail="0 of 1; 3 messages were evicted (1 to 3)"
    )

    assert told.splitlines()[-1] == "the server says: 0 of 1; 3 messages were evicted (1 to 3)"


def test_an_account_that_is_not_idle_says_why() -> None:
    told = unseen(waiting.wait_until_idle(HERE, timeout="250ms"), detail="not idle in time: 2 due now", found=0)

    assert told == "after 0.25 s the account is not idle: 2 due now"


def test_none_of_something_is_what_was_expected() -> None:
    assert play(waiting.expect(HERE, count=0), answered({"items": [], "near": []}, 408))[0] == []


def test_an_exact_number_is_there_when_one_more_is_not() -> None:
    plan = waiting.expect(HERE, count=1)

    found, [asked] = play(plan, answered({"items": [MESSAGE], "near": []}, 408))

    assert (len(found), json.loads(asked.body or b"")["count"]) == (1, 2)


def test_more_than_can_be_told_are_told_as_such() -> None:
    with pytest.raises(NotSeen, match="wanted 1 message, and there are 10,000 or more:"):
        play(waiting.expect(HERE, count=1), answered({"items": [MESSAGE] * 10_000}))


def test_a_timeout_of_something_else_is_no_verdict() -> None:
    """A proxy's 408, say: it holds nothing about messages."""
    with pytest.raises(NotReached, match="not the answer of a mock-amp"):
        play(waiting.wait_for(HERE), answered({"items": 7}, 408))

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

OF_SERVER = {"title": "No", "detail": "limit is '0'", "pointer": "?limit", "expected": "a whole number"}
OF_SERVICE = {"result_info": {"status_code": 403, "description": "Forbidden: no"}, "results": {}}
FAULTS = [{"line": 3, "pointer": "/off", "text": "unknown key"}, {"line": 4, "pointer": "", "text": "lacks name"}]


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (answered(OF_SERVER, 400), Refused, "400: limit is '0' (at ?limit); right would be: a whole number"),
        (answered({"title": "No", "detail": "gone"}, 410), Evicted, "410: gone"),
        (answered({"title": "No", "detail": "there is none"}, 404), NotFound, "404: there is none"),
        (answered({"title": "No", "detail": "not now"}, 409), Conflict, "409: not now"),
        (answered(OF_SERVICE, 403, x_mock_amp_rule="D-1"), Refused, "403: Forbidden: no [rule D-1]"),
        (
            answered({"title": "No", "detail": "two", "faults": FAULTS}, 400),
            Refused,
            "400: two\n  line 3, /off: unknown key\n  line 4, top: lacks name",
        ),
        (answered(b'{"result_info": []}', 500), Refused, '500: {"result_info": []}'),
        (answered(b'{"title": "", "detail": "x", "faults": [1, {}]}', 400), Refused, "400: x\n  line ?, top: "),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_an_answer_that_says_no_is_refused_in_words(answer: Answer, kind: type[Refused], text: str) -> None:
    with pytest.raises(AmpError) as caught:
        play(calls.info(HERE), answer)

    assert (type(caught.value), str(caught.value)) == (kind, text)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (answered(OF_SERVICE, 403, x_mock_amp_rule="D-1"), "403: Forbidden: no [rule D-1]"),
        (answered(b"<html>\n <h1>Bad  gateway</h1>", 502), "502: <html> <h1>Bad gateway</h1>"),
        (answered(b"", 500), "500: it said nothing"),
        (answered(b"\xff\xfe\x00", 500), "500: \ufffd\ufffd\x00"),
        (answered(b'{"detail": 7, "faults": {}}', 500), '500: {"detail": 7, "faults": {}}'),
        (answered(b"[1]", 400), "400: [1]"),
    ],
    ids=["envelope", "html", "nothing", "no text", "other JSON", "a list"],
)
def test_the_service_may_refuse_a_send_in_any_words(answer: Answer, text: str) -> None:
    """A scenario can have it answer whatever bytes a bad day would."""
    with pytest.raises(Refused) as caught:
        play(calls.send(HERE, {}), answer)

    assert (type(caught.value), str(caught.value)) == (Refused, text)


@pytest.mark.parametrize("status", [404, 408, 409, 410, 500])
@pytest.mark.parametrize("body", [b"<!DOCTYPE html>", b"", b"[1]", b"{}", b'{"detail":"Not Found"}', b'{"detail":7}'])
@pytest.mark.parametrize(
    "plan",
    [
        lambda: server_calls.get_account("default"),
        lambda: server_calls.account_of("t"),
        server_calls.open_account,
        lambda: calls.info(HERE),
        lambda: calls.delete(HERE),
        lambda: calls.reply(HERE, "1" * 20),
        lambda: waiting.wait_for(HERE),
        lambda: waiting.expect(HERE),
        lambda: waiting.expect_none(HERE),
        lambda: waiting.wait_until_idle(HERE),
    ],
)
def test_a_no_of_something_else_is_no_refusal(plan: Callable[[], Plan[Any]], body: bytes, status: int) -> None:
    """Or a file server on the port would be a mock-amp that has no account, and a proxy's 408 a verdict."""
    with pytest.raises(NotReached, match="not the answer of a mock-amp"):
        play(plan(), answered(body, status))


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


def test_where_there_is_nothing_there_are_no_others() -> None:
    told = unseen(waiting.expect_callbacks(HERE), items=[], near=[])

    assert told.splitlines()[1] == "nothing came near: there are no callbacks"


NOW, LATER = "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:01.500000Z"
DUE = {"at": LATER, "kind": "status", "why": "SMS: DELIVRD"}


def clock(mode: str) -> Answer:
    return answered({"mode": mode, "rate": None, "now": NOW})


def agenda(*items: Any) -> Answer:
    return answered({"items": items, "next": None})


@pytest.mark.parametrize(
    "plan", [lambda: waiting.wait_for(HERE), lambda: waiting.expect_reports(HERE, count=2)], ids=["wait", "expect"]
)
def test_a_wait_in_vain_says_that_nobody_moves_the_clock(plan: Callable[[], Plan[Any]]) -> None:
    with pytest.raises(NotSeen) as caught:
        play(plan(), answered({"items": [], "near": []}, 408), clock("frozen"), agenda(DUE))

    assert str(caught.value).splitlines()[-1] == (
        "the clock is frozen at 2026-01-01T00:00:00Z; the next thing is due at 2026-01-01T00:00:01.500000Z: "
        "advance moves it"
    )


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [answered(b"", 500)],
        [clock("real")],
        [clock("frozen")],
        [clock("frozen"), agenda()],
        [clock("frozen"), agenda({**DUE, "at": NOW})],
    ],
    ids=["nobody answers", "an error", "a clock that goes", "no agenda", "nothing to come", "due already"],
)
def test_where_the_clock_is_not_the_reason_it_is_not_said(answers: list[Answer]) -> None:
    with pytest.raises(NotSeen) as caught:
        play(waiting.wait_for(HERE), answered({"items": [], "near": []}, 408), *answers)

    assert "clock" not in str(caught.value)


def test_requests_come_whatever_the_clock_shows() -> None:
    plan = waiting.wait_for_requests(HERE)
    next(plan)

    with pytest.raises(NotSeen):
        plan.send(answered({"items": [], "near": []}, 408))


@pytest.mark.parametrize("act", [calls.reply, calls.click])
@pytest.mark.parametrize(
    ("status", "mode", "told"),
    [
        ("ACCEPTD", "frozen", "409: no; the clock is frozen at "),
        ("DELIVRD", "frozen", "409: no"),
        ("ACCEPTD", "real", "409: no"),
    ],
)
def test_a_handset_that_has_nothing_yet_says_what_helps(act: Any, status: str, mode: str, told: str) -> None:
    no, message = answered({"title": "No", "detail": "no"}, 409), answered({**MESSAGE, "status": status})
    further = {"ACCEPTDfrozen": [agenda(DUE)]}.get(status + mode, [])
    asked = [message, clock(mode), *further] if status == "ACCEPTD" else [message]
    with pytest.raises(Conflict) as caught:
        play(act(HERE, MESSAGE["id"]), no, *asked)

    assert str(caught.value).startswith(told)
    assert ("clock" in str(caught.value)) == (told != "409: no")
    assert caught.value.status == 409


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


def test_more_than_can_be_told_are_counted() -> None:
    with pytest.raises(NotSeen, match="wanted 1 message, and there are 50,000:") as caught:
        play(
            waiting.expect(HERE, count=1),
            answered({"items": [MESSAGE] * 10_000}),
            answered({"items": [], "total": 50_000}),
        )

    assert str(caught.value).endswith("\n  … and 49,990 more")


def test_more_than_anybody_counts_are_told_as_such() -> None:
    with pytest.raises(NotSeen, match="wanted 1 message, and there are 10,000 or more:"):
        play(waiting.expect(HERE, count=1), answered({"items": [MESSAGE] * 10_000}))


def test_a_timeout_of_something_else_is_no_verdict() -> None:
    """A proxy's 408, say: it holds nothing about messages."""
    with pytest.raises(NotReached, match="not the answer of a mock-amp"):
        play(waiting.wait_for(HERE), answered({"items": 7}, 408))

"""What the client asks for: every call of the control plane, and how its arguments become a request."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from mock_amp.client import (
    NotSeen,
    Refused,
    calls,
    lists,
    plays,
    scenarios,
    server_calls,
    service,
    stream,
    waiting,
)
from mock_amp.client.address import Address, address_of
from mock_amp.client.here import Here
from mock_amp.client.plans import Plan
from mock_amp.web.admin import ROUTES
from tests.unit.plans import HERE, MESSAGE, NUMBER, PATH, answered, first, play


def match_of(**wanted: Any) -> Any:
    return json.loads(first(waiting.wait_for(HERE, **wanted)).body or b"")["match"]


def test_a_list_is_read_page_by_page_to_its_end() -> None:
    pages = [{"items": [MESSAGE] * 2, "next": "c/2", "evicted": 0}, {"items": [MESSAGE], "next": None, "evicted": 0}]

    found, asked = play(lists.messages(HERE, to=NUMBER), *map(answered, pages))

    assert len(found) == 3
    assert [each.query for each in asked] == [
        [("to", NUMBER), ("limit", "1000")],
        [("to", NUMBER), ("limit", "1000"), ("cursor", "c/2")],
    ]


def test_no_page_is_asked_for_beyond_the_limit() -> None:
    pages = [
        {"items": [MESSAGE] * 1000, "next": "c", "evicted": 0},
        {"items": [MESSAGE] * 5, "next": "d", "evicted": 0},
    ]

    found, asked = play(lists.messages(HERE, limit=1005), *map(answered, pages))

    assert (len(found), [dict(each.query)["limit"] for each in asked]) == (1005, ["1000", "5"])


def test_a_limit_below_nothing_is_no_limit() -> None:
    with pytest.raises(ValueError, match="limit is -1"):
        first(lists.messages(HERE, limit=-1))


@pytest.mark.parametrize(
    ("wanted", "query"),
    [
        ({"status": ["SEEN", "DELIVRD"]}, [("status", "SEEN"), ("status", "DELIVRD")]),
        ({"status": ("SEEN",)}, [("status", "SEEN")]),
        pytest.param({"status": {"SEEN", "DELIVRD"}}, [("status", "DELIVRD"), ("status", "SEEN")], id="a set"),
        ({"rule": None}, [("rule", "")]),
        ({"error_code": 0}, [("error_code", "0")]),
        ({"logged": True}, [("logged", "true")]),
        ({"sender": "A&B=ü"}, [("from", "A&B=ü")]),
        ({"from_": "A"}, [("from", "A")]),
        ({"timeline__status": "SEEN"}, [("timeline.status", "SEEN")]),
        ({"body__client_job_id": "42"}, [("body.client_job_id", "42")]),
        ({"at": datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2)))}, [("at", "2026-01-01T00:00:00.000000Z")]),
        ({"since": 7}, [("since", "7")]),
        ({"since": "7"}, [("since", "7")]),
        ({"order": "desc"}, [("order", "desc")]),
        ({"search": "Table für 2 & more"}, [("search", "Table für 2 & more")]),
        ({"to": "1", "since": 7, "search": "a"}, [("to", "1"), ("since", "7"), ("search", "a")]),
    ],
    ids=str,
)
def test_values_become_filters(wanted: dict[str, Any], query: list[tuple[str, str]]) -> None:
    assert first(lists.messages(HERE, **wanted)).query == [*query, ("limit", "1000")]


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ({"text__contains": "x"}, "a list is filtered by values; text wants more: wait_for and expect compare"),
        ({"text": {"regex": "x"}}, "text wants more"),
        ({"status": []}, "status is to be one of no values"),
        ({"at": datetime(2026, 1, 1)}, "says no zone"),
        ({"since": "x"}, "'x' is no request"),
        ({"since": -1}, "-1 is no request"),
        ({"order": "newest"}, "order"),
        ({"bodies": False}, "bodies is no field"),
    ],
    ids=str,
)
def test_what_a_list_cannot_be_filtered_by_is_told_at_once(wanted: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        first(lists.messages(HERE, **wanted))


@pytest.mark.parametrize(
    ("wanted", "match"),
    [
        ({}, {}),
        ({"to": NUMBER}, {"to": NUMBER}),
        ({"text__contains": "code"}, {"text": {"contains": "code"}}),
        ({"text__regex": "^a"}, {"text": {"regex": "^a"}}),
        ({"text": {"prefix": "a"}}, {"text": {"prefix": "a"}}),
        ({"timeline__status": "SEEN"}, {"timeline.status": "SEEN"}),
        ({"body__sms_content__message__glob": "a*"}, {"body.sms_content.message": {"glob": "a*"}}),
        ({"sender": "A"}, {"from": "A"}),
        ({"from_": "A"}, {"from": "A"}),
        ({"body__from__exact": "A"}, {"body.from": {"exact": "A"}}),
        ({"contains": "x"}, {"contains": "x"}),
        ({"status": ("A", "B")}, {"status": ["A", "B"]}),
        ({"rule": None}, {"rule": None}),
        ({"at": datetime(2026, 1, 1, tzinfo=UTC)}, {"at": "2026-01-01T00:00:00.000000Z"}),
    ],
    ids=str,
)
def test_arguments_become_a_match(wanted: dict[str, Any], match: dict[str, Any]) -> None:
    assert match_of(**wanted) == match


@pytest.mark.parametrize(
    ("timeout", "milliseconds", "lives"),
    [
        ("5s", 5000, True),
        (0.0001, 1, True),
        (0, 0, False),
        (timedelta(seconds=2), 2000, True),
        ("10m", 600_000, True),
    ],
    ids=str,
)
def test_a_wait_says_how_long_and_bears_a_minute_more(timeout: Any, milliseconds: int, lives: bool) -> None:  # noqa: FBT001
    asked = first(waiting.wait_for(HERE, timeout=timeout))

    assert json.loads(asked.body or b"")["timeout_ms"] == milliseconds
    assert (asked.patience, asked.lives) == (milliseconds / 1000 + 60, lives)


@pytest.mark.parametrize("wish", [{}, {"by": "5m", "until": "idle"}, {"to": "x", "until": "next"}], ids=str)
def test_an_advance_takes_exactly_one_target(wish: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="advance takes one of"):
        first(calls.advance(HERE, **wish))


CALLS: Any = calls
LISTS: Any = lists
SERVER: Any = server_calls
WAITING: Any = waiting
"""Without their types, of which a script knows nothing."""


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        (lambda: WAITING.wait_for(HERE, count=0), "count is 0: a whole number from 1 to 1,000,000 would be right"),
        (lambda: WAITING.wait_for(HERE, count=True), "count is True: a whole number from 1"),
        (lambda: WAITING.wait_for(HERE, count=10**9), "count is 1000000000: a whole number from 1"),
        (lambda: WAITING.expect(HERE, count=-1), "count is -1: a whole number from 0 to 999,999 would be right"),
        (lambda: WAITING.expect(HERE, count=1_000_000), "count is 1000000: a whole number from 0"),
        (lambda: WAITING.expect(HERE, count="1"), "count is '1': a whole number from 0"),
        (lambda: WAITING.wait_for(HERE, timeout="11m"), "'11m' is too long: a call waits for at most 10m"),
        (lambda: WAITING.wait_until_idle(HERE, timeout=601), "601 is too long"),
        (lambda: WAITING.expect_none(HERE, during="11m"), "'11m' is too long"),
        (lambda: WAITING.wait_for(HERE, timeout=float("nan")), "nan is not a duration: write"),
        (lambda: WAITING.expect_none(HERE, what="message"), "what is 'message': one of 'messages', 'reports'"),
        (lambda: LISTS.count(HERE, "../tokens"), "what is '../tokens': one of 'messages'"),
        (lambda: WAITING.expect(HERE, to=[]), "to is to be one of no values, which nothing is"),
        (lambda: WAITING.expect(HERE, to=b"1"), "to is b'1', which are bytes: a text would be right"),
        (lambda: WAITING.expect(HERE, to=["1", b"2"]), "to is b'2', which are bytes"),
        (lambda: LISTS.messages(HERE, to=bytearray(b"1")), "which are bytes"),
        (lambda: WAITING.expect(HERE, error_code=float("nan")), "error_code is nan, which is no number that JSON has"),
        (lambda: WAITING.expect(HERE, text__contains=5), "text__contains is 5: a text would be right"),
        (lambda: WAITING.expect(HERE, text__prefix=["a"]), "text__prefix is ['a']: a text would be right"),
        (lambda: WAITING.expect(HERE, text={"like": "a"}), "one of contains, exact, glob, prefix, regex, with a text"),
        (lambda: WAITING.expect(HERE, text={"prefix": "a", "exact": "ab"}), "one of contains, exact, glob"),
        (lambda: CALLS.advance(HERE, float("nan")), "nan is not a duration: write"),
        (lambda: CALLS.advance(HERE, b"1s"), "b'1s' is not a duration: write"),
        (lambda: CALLS.advance(HERE, timedelta(seconds=-1)), "-1.0 is not a duration: write"),
        (lambda: CALLS.advance(HERE, to="noon"), "'noon' is not an instant: write"),
        (lambda: CALLS.advance(HERE, until="idl"), "until is 'idl': one of 'next', 'idle' would be right"),
        (lambda: CALLS.set_clock(HERE, "frozn"), "mode is 'frozn': one of 'real', 'frozen', 'scaled' would be right"),
        (lambda: CALLS.set_clock(HERE, "scaled", rate=float("inf")), "rate is inf: a number, such as 60"),
        (lambda: SERVER.open_account(clock="frozn"), "clock is 'frozn': one of 'real'"),
        (lambda: SERVER.open_account(clock="scaled", rate="60"), "rate is '60': a number"),
    ],
)
def test_an_argument_that_makes_no_sense_is_told_before_anything_is_asked(plan: Any, told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        first(plan())


def test_what_changes_nothing_may_be_asked_once_more() -> None:
    still = [waiting.wait_for(HERE), waiting.expect(HERE), waiting.expect_none(HERE), waiting.wait_until_idle(HERE)]
    moving = [calls.advance(HERE, "5m"), calls.send(HERE, {}), calls.reset(HERE), calls.set_clock(HERE, "real")]

    assert [first(each).twice for each in [*still, calls.info(HERE)]] == [True] * 5
    assert [first(each).twice for each in moving] == [False] * 4


def test_calls_during_which_receivers_are_called_are_known() -> None:
    living = [
        calls.advance(HERE, "5m"),
        calls.certify(HERE, "http://a"),
        calls.set_clock(HERE, now="2026-01-01T00:00:00Z"),
    ]
    others = [calls.set_clock(HERE, "frozen"), calls.reply(HERE, "1" * 20), calls.send(HERE, {}), calls.delete(HERE)]

    assert [first(each).lives for each in living] == [True] * 3
    assert [first(each).lives for each in others] == [False] * 4


@pytest.mark.parametrize("part", ["a/../b", "?x=1", "#", "%2F", "ü", "\r\n", "a b", "...", "\0"])
def test_a_part_of_a_path_stays_one_part_whatever_it_holds(part: str) -> None:
    path = Here(part, None).path(part)

    assert re.fullmatch(r"/__admin/accounts/[A-Za-z0-9%._~-]+/[A-Za-z0-9%._~-]+", path)


@pytest.mark.parametrize("part", ["", ".", ".."])
def test_a_part_that_means_another_path_is_refused(part: str) -> None:
    """Or the end of a token would be the end of an account."""
    with pytest.raises(ValueError, match="names nothing"):
        HERE.path("tokens", part)


def test_a_number_means_its_last_message() -> None:
    page = {"items": [MESSAGE, {**MESSAGE, "id": "9"}], "next": None, "evicted": 0}

    _, asked = play(calls.message(HERE, NUMBER), answered(page), answered(MESSAGE))

    assert [each.path for each in asked] == [f"{PATH}/messages", f"{PATH}/messages/9"]


def test_a_number_without_messages_is_told() -> None:
    with pytest.raises(NotSeen, match=f"no message was sent to {NUMBER}"):
        play(calls.reply(HERE, NUMBER, "Hi"), answered({"items": [], "next": None, "evicted": 0}))


@pytest.mark.parametrize("token", [None, "", "a\r\nX: y", "ü"])
def test_a_send_needs_a_token_that_a_header_can_hold(token: str | None) -> None:
    for plan in (calls.send(Here("a", token), {}), service.post(Here("a", token), b"")):
        with pytest.raises(ValueError, match="a send needs a token"):
            first(plan)


@pytest.mark.parametrize("body", [{"a": object()}, {"a": "\ud800"}], ids=["object", "half a character"])
def test_a_body_that_json_cannot_say_is_the_callers_mistake(body: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot be said in JSON"):
        first(calls.send(HERE, body))


def test_a_two_factor_code_has_the_message_of_its_number() -> None:
    answer = {"api_job_id": "j", "result_info": {"status_code": 0}, "result": {"message_id": "9"}}

    sent, _ = play(calls.send(HERE, {"phone_number": NUMBER}, path="/1/2fa"), answered(answer))

    assert (sent.message_ids, sent.message_id) == ({NUMBER: "9"}, "9")


def test_an_account_whose_scenario_cannot_be_played_is_not_left_over() -> None:
    clock = {"mode": "real", "rate": None, "now": "2026-01-01T00:00:00Z"}
    account = {"id": "acc-9", "token": "t", "clock": clock, "scenario": "x", "seed": None, "created_at": clock["now"]}
    plan = server_calls.open_account(scenario="off: 1\n")
    asked = [next(plan), plan.send(answered(account, 201)), plan.send(answered({"title": "No", "detail": "no"}, 400))]

    with pytest.raises(Refused, match="400: no"):
        plan.send(answered(b"", 204))

    assert [(each.method, each.path) for each in asked] == [
        ("POST", "/__admin/accounts"),
        ("PUT", "/__admin/accounts/acc-9/scenario"),
        ("DELETE", "/__admin/accounts/acc-9"),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:8042",
        "ftp://a",
        "http://",
        "http://u:p@a",
        "http://a?x=1",
        "http://a#b",
        "http://a:99999",
        "http://[::1",
    ],
)
def test_what_is_no_url_of_a_server_is_told(url: str) -> None:
    with pytest.raises(ValueError, match=r"is no URL of a server: write http://127\.0\.0\.1:8042, say"):
        Address(url)


def test_the_control_planes_own_path_is_told() -> None:
    with pytest.raises(ValueError, match="leave /__admin away"):
        Address("http://127.0.0.1:8042/__admin/")


@pytest.mark.parametrize("key", ["a\r\nb", "ü", "a\0"])
def test_a_key_that_no_header_can_hold_is_told(key: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII"):
        Address("http://a", key)


@pytest.mark.parametrize("path", ["", "1/im", "@127.0.0.1:9/x", ".example/x", ":9/x", "//127.0.0.1:9/x"])
def test_a_path_that_could_name_another_host_is_told(path: str) -> None:
    """The token would go there."""
    address = Address("http://127.0.0.1")

    for plan in (calls.send(HERE, {}, path=path), service.post(HERE, b"", path=path)):
        with pytest.raises(ValueError, match="begins with one /"):
            address.of(first(plan))


def test_the_key_goes_to_the_control_plane_alone() -> None:
    address = Address("http://a/", "secret", admin_url="http://b:1/")
    to_service, to_control_plane = first(calls.send(HERE, {})), first(calls.info(HERE))

    assert address.of(to_service) == "http://a/1/im"
    assert address.of(to_control_plane) == f"http://b:1{PATH}"
    assert "X-Admin-Key" not in address.heads(to_service)
    assert address.heads(to_control_plane)["X-Admin-Key"] == "secret"


def test_the_environment_says_where_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("URL", "http://a:1/"), ("ADMIN_KEY", "k"), ("CLIENT_CA", "ca.pem")):
        monkeypatch.setenv(f"MOCK_AMP_{name}", value)

    told, said = address_of(None, None, None), address_of("http://b", "other", "own.pem")

    assert (told.url, told.headers, told.ca) == ("http://a:1", {"X-Admin-Key": "k"}, "ca.pem")
    assert (said.url, said.headers, said.ca) == ("http://b", {"X-Admin-Key": "other"}, "own.pem")


WITHOUT = {("GET", ""): "for people; openapi says the same to programs"}

PLANS: Mapping[str, Callable[[], Plan[Any]]] = {
    "info": lambda: calls.info(HERE),
    "clock": lambda: calls.clock(HERE),
    "set_clock": lambda: calls.set_clock(HERE, "real"),
    "advance": lambda: calls.advance(HERE, "5m"),
    "message": lambda: calls.message(HERE, "1" * 20),
    "reply": lambda: calls.reply(HERE, "1" * 20),
    "click": lambda: calls.click(HERE, "1" * 20),
    "force": lambda: calls.force(HERE, "1" * 20, "SEEN"),
    "callback": lambda: calls.callback(HERE, "1"),
    "resend": lambda: calls.resend(HERE, "1"),
    "request": lambda: calls.request(HERE, "1"),
    "send_request": lambda: plays.send_request(HERE),
    "resend_request": lambda: plays.resend_request(HERE, "1"),
    "rules": server_calls.rules,
    "rule": lambda: server_calls.rule("D-1"),
    "sent_code": lambda: calls.sent_code(HERE, NUMBER),
    "scenario": lambda: calls.scenario(HERE),
    "scenario_text": lambda: scenarios.scenario_text(HERE),
    "check_scenario": lambda: scenarios.check_scenario(HERE, "all-good"),
    "set_faults": lambda: scenarios.set_faults(HERE, on=False),
    "drop_scenario": lambda: scenarios.drop_scenario(HERE),
    "scenario to": lambda: calls.scenario(HERE, "all-good"),
    "reset": lambda: calls.reset(HERE),
    "snapshot": lambda: calls.snapshot(HERE),
    "restore": lambda: calls.restore(HERE, {}),
    "delete": lambda: calls.delete(HERE),
    "add_token": lambda: calls.add_token(HERE),
    "change_token": lambda: calls.change_token(HERE, "t"),
    "end_token": lambda: calls.end_token(HERE, "t"),
    "certify": lambda: calls.certify(HERE, "http://a"),
    "wait_for": lambda: waiting.wait_for(HERE),
    "messages": lambda: lists.messages(HERE),
    "jobs": lambda: lists.jobs(HERE),
    "job": lambda: calls.job(HERE, "4f0c"),
    "callbacks": lambda: lists.callbacks(HERE),
    "reports": lambda: lists.reports(HERE),
    "replies": lambda: lists.replies(HERE),
    "requests": lambda: lists.requests(HERE),
    "agenda": lambda: lists.agenda(HERE),
    "tokens": lambda: lists.tokens(HERE),
    "accounts": server_calls.accounts,
    "open_account": server_calls.open_account,
    "account": lambda: server_calls.get_account("acc-1"),
    "scenarios": server_calls.scenarios,
    "openapi": server_calls.openapi,
    "ca_pem": server_calls.ca_pem,
    "schemas": server_calls.schemas,
    "schema": lambda: server_calls.schema("reply"),
}


def test_every_call_of_the_control_plane_is_reached() -> None:
    asked = [*map(first, (plan() for plan in PLANS.values())), stream.events_of(HERE, (), None)]
    reached = {(each.method, each.path) for each in asked}

    missed = [
        (route.method, route.paths[-1])
        for route in ROUTES
        if (route.method, route.paths[-1].removeprefix("/__admin")) not in WITHOUT
        and not any(method == route.method and _fits(route.paths[-1], path) for method, path in reached)
    ]

    assert missed == []


def _fits(route: str, path: str) -> bool:
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(route)), path) is not None

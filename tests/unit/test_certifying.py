"""What the battery against a receiver posts, and what is made of the answers."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from mock_amp.core.certifying import CHECKS, Check, Target, When, Wish, battery
from mock_amp.core.instants import SECOND, Duration, Instant
from mock_amp.core.probes import Making, Post
from mock_amp.core.retry import BAD_CERTIFICATE, NO_CONNECTION, Answered, Outcome, Unreachable
from mock_amp.core.verdicts import Result, Tried, Verdict, certificate, judge, shortened, skipped
from tests.conformance.test_ledger import EMULATED

ROOT = Path(__file__).resolve().parents[2]
URL = "http://127.0.0.1:9000/reports"
MADE = Making(seed=7, now=Instant(1_767_225_600 * SECOND), node=4003)
BY_NAME = {check.name: check for check in CHECKS}
TIMEOUT = Duration(5 * SECOND)
AS_DOCUMENTED = {
    "report": [
        "single",
        "bundled",
        "large",
        "duplicate",
        "out-of-order",
        "non-ascii",
        "slow-network",
        "retry",
        "in-time",
    ],
    "2fa-report": ["two-factor"],
    "reply": ["reply", "reply-without-text", "reply-retried", "reply-non-ascii"],
}


def bodies(name: str, made: Making = MADE) -> list[Any]:
    """The JSON that a check posts."""
    check = BY_NAME[name]
    return [orjson.loads(post.body) for _, making in battery(_all(check.name), made) for post in check.posts(making)]


def tried(*outcomes: Outcome, took: float = 0.01, drip: float = 0) -> list[Tried]:
    post = Post(b"{}", Duration(round(drip * SECOND)))
    return [Tried(url=URL, post=post, outcome=each, took=Duration(round(took * SECOND))) for each in outcomes]


def verdict(name: str, *outcomes: Outcome, **more: float) -> Result:
    return judge(BY_NAME[name], tried(*outcomes, **more), TIMEOUT)


def _all(*only: str) -> Wish:
    return Wish(callback_url=URL, reply_url=URL, only=only)


def _schema(name: str) -> Any:
    return json.loads((ROOT / "schemas" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("schema", "name"), [(each, name) for each, names in AS_DOCUMENTED.items() for name in names])
def test_what_is_posted_has_the_shape_of_the_real_thing(schema: str, name: str) -> None:
    """C-2, C-10, Y-1: the schemas that users build their receivers by."""
    checker = jsonschema.Draft202012Validator(_schema(schema))

    assert [error.message for body in bodies(name) for error in checker.iter_errors(body)] == []


def test_every_check_has_a_name_of_its_own_and_a_rule_of_the_contract() -> None:
    assert len(BY_NAME) == len(CHECKS)
    assert {check.rule for check in CHECKS} <= set(EMULATED)


def test_the_schema_of_the_call_names_every_check() -> None:
    wish = _schema("control-plane")["$defs"]["CertifyWish"]

    assert wish["properties"]["only"]["items"]["enum"] == [check.name for check in CHECKS]


def test_the_same_seed_and_time_give_the_same_bytes() -> None:
    """D11."""
    first, again = ([check.posts(MADE) for check in CHECKS] for _ in range(2))
    other = [check.posts(Making(seed=8, now=MADE.now, node=MADE.node)) for check in CHECKS]

    assert first == again
    assert all(mine != theirs for mine, theirs in zip(first, other, strict=True))


def test_no_two_checks_are_about_the_same_message() -> None:
    """A receiver that drops duplicates must not take one check for another."""
    found = []
    for name in BY_NAME:
        ids = {item["message_id"] for body in bodies(name) for item in body.get("data", ())}
        ids |= {body[key] for body in bodies(name) for key in ("reply_message_id", "orig_message_id") if key in body}
        found += sorted(ids)

    assert len(found) == len(set(found))


def test_times_are_not_in_the_future() -> None:
    """C-2: both times tell when the status came about."""
    times = [
        item["micro_timestamp"] for name in AS_DOCUMENTED["report"] for body in bodies(name) for item in body["data"]
    ]

    assert max(times) <= MADE.now // 1_000


def test_a_clock_at_the_beginning_of_time_gives_bodies_too() -> None:
    made = Making(seed=7, now=Instant(0), node=4003)

    assert bodies("single", made)[0]["data"][0]["micro_timestamp"] == 1_000


@pytest.mark.parametrize(("name", "count"), [("single", 1), ("bundled", 10), ("large", 500)])
def test_reports_share_a_post(name: str, count: int) -> None:
    """C-3."""
    (body,) = bodies(name)

    assert len({item["message_id"] for item in body["data"]}) == count


def test_a_duplicate_is_the_same_to_the_byte() -> None:
    """C-5: retries repeat the body without change."""
    first, second = BY_NAME["duplicate"].posts(MADE)

    assert first == second


def test_out_of_order_is_one_message_seen_before_it_is_delivered() -> None:
    """C-3: and the times tell which came first."""
    seen, delivered = (body["data"][0] for body in bodies("out-of-order"))

    assert (seen["status"], delivered["status"]) == ("SEEN", "DELIVRD")
    assert seen["message_id"] == delivered["message_id"]
    assert seen["micro_timestamp"] > delivered["micro_timestamp"]


def test_non_ascii_is_sent_as_it_is_and_not_escaped() -> None:
    """C-1: the charset of the content type is utf-8."""
    (post,) = BY_NAME["non-ascii"].posts(MADE)

    assert "🚀".encode() in post.body
    assert "größe-東京".encode() in post.body
    assert b"\\u" not in post.body


def test_unknown_keys_are_on_top_and_in_the_report() -> None:
    (body,), (known,) = bodies("unknown-key"), bodies("single")

    assert body.keys() - known.keys() == {"api_version"}
    assert body["data"][0].keys() - known["data"][0].keys() == {"price"}


def test_an_unknown_status_and_an_unknown_type_come_one_after_the_other() -> None:
    found = [(body["data"][0]["status"], body["data"][0]["type"]) for body in bodies("unknown-status")]

    assert found == [("BUFFERED", "VIBER"), ("DELIVRD", "SIGNAL")]


def test_a_reply_that_is_tried_again_has_another_req_uuid_and_nothing_else() -> None:
    """Y-1, Y-3."""
    first, second = bodies("reply-retried")

    assert first["req_uuid"] != second["req_uuid"]
    assert {**first, "req_uuid": ""} == {**second, "req_uuid": ""}


def test_a_reply_may_have_no_text() -> None:
    """Y-1."""
    (body,) = bodies("reply-without-text")

    assert body["message"] == {}


def _names(wish: Wish) -> set[str]:
    return {check.name for check, _ in battery(wish, MADE)}


def test_the_usual_battery_leaves_out_what_the_receiver_has_not() -> None:
    """C-6, C-10, Y-1: no certificate on http, no replies without their URL, two-factor when asked for."""
    reports = {check.name for check in CHECKS if check.target is Target.REPORTS and check.when is When.ALWAYS}
    replies = {check.name for check in CHECKS if check.target is Target.REPLIES}

    assert _names(Wish(callback_url=URL)) == reports
    assert _names(Wish(callback_url="HTTPS://a.example/")) == reports | {"certificate"}
    assert _names(Wish(callback_url=URL, reply_url=URL)) == reports | replies
    assert _names(Wish(callback_url=URL, only=("two-factor", "reply"))) == {"two-factor", "reply"}


@pytest.mark.parametrize("check", [each for each in CHECKS if each.when is When.ALWAYS], ids=lambda each: each.name)
def test_a_receiver_that_answers_200_passes(check: Check) -> None:
    """C-4."""
    outcomes = [Answered(200)] * len(check.posts(MADE))

    assert verdict(check.name, *outcomes).verdict is Verdict.PASSED


@pytest.mark.parametrize("status", [100, 201, 202, 204, 206, 301, 302, 307, 400, 401, 404, 413, 429, 500, 503])
def test_any_other_answer_fails_and_is_named(status: int) -> None:
    """C-4: with what the real service would do."""
    found = verdict("single", Answered(status))

    assert (found.verdict, found.rule) == (Verdict.FAILED, "C-4")
    assert f"It answered {status}" in found.advice
    assert "twice more, five minutes apart, and then discard it" in found.advice
    assert ("redirects are not followed" in found.advice) is (300 <= status < 400)
    assert ("only 200 counts" in found.advice) is (200 <= status < 300)


def test_the_first_answer_that_is_wrong_is_told() -> None:
    assert "It answered 409" in verdict("duplicate", Answered(200), Answered(409)).advice


def test_a_retry_that_is_taken_is_a_warning_when_the_first_was_not() -> None:
    """C-5: a report is delivered by any of its attempts."""
    assert verdict("retry", Answered(200), Answered(200)).verdict is Verdict.PASSED
    assert verdict("retry", Answered(500), Answered(200)).verdict is Verdict.WARNING
    assert verdict("retry", Unreachable("closed"), Answered(200)).verdict is Verdict.WARNING
    assert verdict("retry", Answered(200), Answered(409)).verdict is Verdict.FAILED


def test_a_certificate_that_is_not_accepted_is_a_matter_of_its_own_rule() -> None:
    """C-6: whichever check meets it."""
    found = verdict("single", Unreachable(f"{BAD_CERTIFICATE}: expired"))

    assert (found.verdict, found.rule) == (Verdict.FAILED, "C-6")
    assert "expired" in found.advice
    assert "callback-ca" in found.advice


def test_the_check_of_the_certificate_takes_any_answer() -> None:
    """C-6."""
    assert verdict("certificate", Answered(500)).verdict is Verdict.PASSED
    assert verdict("certificate", Unreachable("closed")).verdict is Verdict.FAILED


def test_nobody_there_is_told_as_that() -> None:
    found = verdict("single", Unreachable(f"{NO_CONNECTION} 127.0.0.1:9"))

    assert found.unreachable
    assert "Nobody was there: no connection to 127.0.0.1:9." in found.advice


@pytest.mark.parametrize(
    ("timeout", "took", "wanted"),
    [(5, 2.5, "passed"), (5, 2.6, "warning"), (30, 5, "passed"), (30, 5.1, "warning"), (1, 0.6, "warning")],
)
def test_a_slow_answer_is_a_warning(timeout: int, took: float, wanted: str) -> None:
    """C-4: slow is more than five seconds, or more than half of what there is."""
    found = judge(BY_NAME["single"], tried(Answered(200), took=took), Duration(timeout * SECOND))

    assert found.verdict == wanted


def test_the_time_that_a_slow_body_takes_is_not_held_against_the_receiver() -> None:
    assert verdict("slow-network", Answered(200), took=2.1, drip=2).verdict is Verdict.PASSED


def test_an_answer_before_the_body_is_there_is_a_warning() -> None:
    found = verdict("slow-network", Answered(200), took=0.1, drip=2)

    assert found.verdict is Verdict.WARNING
    assert "before the whole body" in found.advice


def test_a_certificate_is_passed_when_something_was_tried_and_nothing_failed() -> None:
    wish, good = Wish(callback_url=URL), verdict("single", Answered(200))
    warned, left = verdict("retry", Answered(500), Answered(200)), skipped(BY_NAME["reply"], "no reply_url was given")

    assert certificate(wish, [good, warned, left])["passed"] is True
    assert certificate(wish, [good, verdict("large", Answered(413))])["passed"] is False
    assert certificate(wish, [left])["passed"] is False


def test_a_check_is_told_with_what_was_sent_and_what_came_back() -> None:
    (told,) = certificate(Wish(callback_url=URL), [verdict("single", Answered(204, "ok"))])["checks"]

    assert told.keys() == {"name", "title", "rule", "verdict", "sent", "got", "expected", "advice"}
    assert told["sent"][0]["url"] == URL
    assert told["sent"][0]["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert told["got"] == [{"status": 204, "error": None, "ms": 10, "answer": "ok"}]


def test_a_long_body_is_told_without_its_middle() -> None:
    (post,) = BY_NAME["large"].posts(MADE)

    told = shortened(post.body)

    whole = orjson.loads(post.body)
    first, second, note, last = told["data"]
    assert [first, second, last] == [*whole["data"][:2], whole["data"][-1]]
    assert note == f"… 497 more reports; the body has {len(post.body):,} bytes …"
    assert told["api_job_id"] == whole["api_job_id"]


def test_a_short_body_is_told_whole() -> None:
    (post,) = BY_NAME["single"].posts(MADE)

    assert shortened(post.body) == orjson.loads(post.body)


def test_the_answer_has_the_shape_that_is_published() -> None:
    answers = _schema("control-plane-answers")
    results = [
        verdict("single", Answered(204)),
        verdict("large", Unreachable("closed")),
        skipped(BY_NAME["reply"], "no"),
    ]
    checker = jsonschema.Draft202012Validator({**answers, "$ref": "#/$defs/Certificate"})

    told = orjson.loads(orjson.dumps(certificate(Wish(callback_url=URL), results)))

    assert [error.message for error in checker.iter_errors(told)] == []

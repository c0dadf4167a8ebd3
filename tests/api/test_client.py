"""The client against a real server: each call in each of its faces, and what the two have in common."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from mock_amp.client import (
    Account,
    AsyncAccount,
    AsyncClient,
    Client,
    Conflict,
    NotFound,
    NotSeen,
    Refused,
)
from tests.api.beside import Beside, beside
from tests.harness import NUMBER

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OTHER = "35699000002"
ACTION = {"title": "Book", "target_url": "https://harbour.example/book"}
YAML = "name: quiet\nrequests: []\n"


class InTurn:
    """The awaited face, as if it blocked: so that one table tries both."""

    def __init__(self, face: Any, runner: asyncio.Runner) -> None:
        self._face, self._runner = face, runner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._face, name)
        if not inspect.iscoroutinefunction(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            given = self._runner.run(found(*args, **kwargs))
            return InTurn(given, self._runner) if isinstance(given, AsyncAccount) else given

        return call


@dataclass(frozen=True, slots=True)
class Stage:
    """A face of an account in which a message is seen, with its reports taken; and what is around it."""

    amp: Any
    client: Any
    message_id: str
    receiver: str
    folder: Path


@pytest.fixture(scope="module")
def there() -> Iterator[Beside]:
    with beside(tls=False) as it:
        yield it


@pytest.fixture
def blocking(there: Beside) -> Iterator[Client]:
    with Client(there.url) as client:
        yield client


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as it:
        yield it


@pytest.fixture(params=["blocking", "awaited", "awaited and kept"])
def client(request: pytest.FixtureRequest, there: Beside, runner: asyncio.Runner) -> Iterator[Any]:
    if request.param == "blocking":
        with Client(there.url) as client:
            yield client
        return
    face = InTurn(AsyncClient(there.url), runner)
    if request.param == "awaited and kept":
        face.__aenter__()
    yield face
    face.close()


@pytest.fixture
def stage(client: Any, there: Beside, tmp_path: Path) -> Iterator[Stage]:
    amp = client.open_account(clock="frozen", now=NOW, seed=7)
    sent = amp.send(viber(callback_url=there.receiver.url, reply_url=there.receiver.url))
    amp.advance(until="idle")
    yield Stage(amp, client, sent.message_id, there.receiver.url, tmp_path)
    amp.delete()


def viber(*numbers: str, **outer: Any) -> dict[str, Any]:
    content = [{"channel": "VIBER", "content": "Hello", "actions": [dict(ACTION)]}]
    return {"destinations": [{"number": number} for number in numbers or (NUMBER,)], "im_content": content, **outer}


def sms(*numbers: str, text: str = "Your code is 4711", **outer: Any) -> dict[str, Any]:
    destinations = [{"number": number} for number in numbers or (NUMBER,)]
    return {"destinations": destinations, "sms_content": {"message": text}, **outer}


def _info(it: Stage) -> None:
    found = it.amp.info()
    assert (found.id, found.token, found.seed, found.clock.now) == (it.amp.id, it.amp.token, 7, _at(3))
    assert found.limits.messages > 0


def _at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def _clock(it: Stage) -> None:
    assert (it.amp.clock().mode, it.amp.clock().now) == ("frozen", _at(3))


def _set_clock(it: Stage) -> None:
    assert it.amp.set_clock("scaled", rate=60).rate == 60
    assert it.amp.set_clock("frozen", now=NOW + timedelta(days=1)).now == NOW + timedelta(days=1)


def _advance(it: Stage) -> None:
    assert it.amp.advance("10m").now == _at(603)
    assert it.amp.advance(timedelta(seconds=7)).now == _at(610)
    assert it.amp.advance(to=NOW + timedelta(hours=1)).now == _at(3600)
    it.amp.send(viber(OTHER))
    assert [each.status for each in it.amp.advance(until="next").events] == ["ACCEPTD"]
    found = it.amp.advance(until="idle", limit=1)
    assert (len(found.events), found.events_total, found.settled) == (1, 2, True)


def _message(it: Stage) -> None:
    by_id, by_number = it.amp.message(it.message_id), it.amp.message(NUMBER)
    assert by_id == by_number == it.amp.message(by_id)
    assert (by_id.status, by_id.sender, by_id.action.title) == ("SEEN", "MockAMP", "Book")
    assert [each.status for each in by_id.timeline] == ["ACCEPTD", "ACCEPTD", "DELIVRD", "SEEN"]
    assert [each.state for each in by_id.callbacks] == ["delivered"] * 4


def _callback(it: Stage) -> None:
    first = it.amp.callbacks()[0]
    assert it.amp.callback(first.id) == first
    assert first.attempts[0].status == 200


def _request(it: Stage) -> None:
    assert it.amp.request("1").path == "/1/im"


def _messages(it: Stage) -> None:
    it.amp.send(viber(OTHER, "35699000003"))
    assert [each.to for each in it.amp.messages()] == [NUMBER, OTHER, "35699000003"]
    assert [each.to for each in it.amp.messages(limit=2)] == [NUMBER, OTHER]
    assert [each.to for each in it.amp.messages(to=[OTHER, NUMBER], status="SEEN")] == [NUMBER]
    assert [each.to for each in it.amp.messages(timeline__status="SEEN", sender="MockAMP")] == [NUMBER]
    assert len(it.amp.messages(since=it.amp.request("1"))) == 2
    assert [each.to for each in it.amp.messages(order="desc", limit=2)] == ["35699000003", OTHER]
    assert [each.to for each in it.amp.messages(search=f"acceptd {OTHER[3:]}")] == [OTHER]


def _jobs(it: Stage) -> None:
    it.amp.send(viber(OTHER, "35699000003"))
    assert [each.count for each in it.amp.jobs()] == [1, 2]
    assert [each.request_id for each in it.amp.jobs(order="desc", product="im")] == ["2", "1"]
    assert [each.message.to for each in it.amp.jobs(since=1, limit=5)] == [OTHER]
    assert it.amp.jobs(client_job_id="nobody") == []


def _job(it: Stage) -> None:
    sent = it.amp.send(viber(OTHER, "35699000003"))
    found = it.amp.job(sent)
    assert found == it.amp.job(sent.api_job_id) == it.amp.job(it.amp.message(OTHER)) == it.amp.job(found)
    assert (found.finished, found.count, found.sender, found.message.to) == (0, 2, "MockAMP", OTHER)
    assert [(each.type, each.status, each.count) for each in found.statuses] == [("INTERNAL", "ACCEPTD", 2)]
    with pytest.raises(NotFound, match="has no job nobody"):
        it.amp.job("nobody")


def _callbacks(it: Stage) -> None:
    assert len(it.amp.callbacks(state="delivered", kind="report")) == 4


def _reports(it: Stage) -> None:
    [report] = it.amp.reports(status="DELIVRD")
    assert (report.to, report.message_id, report.state) == (NUMBER, it.message_id, "delivered")
    assert it.amp.reports(order="desc") == it.amp.reports()[::-1] == it.amp.reports(search=NUMBER, order="desc")


def _replies(it: Stage) -> None:
    it.amp.reply(NUMBER, "On our way.")
    assert [each.text for each in it.amp.replies(channel="VIBER")] == ["On our way."]


def _requests(it: Stage) -> None:
    with pytest.raises(Refused):
        it.amp.send({})
    assert [each.status for each in it.amp.requests()] == [200, 400]
    assert [each.violations[0].rule for each in it.amp.requests(status=400)] == ["O-1"]


def _count(it: Stage) -> None:
    assert (it.amp.count(), it.amp.count("reports", status="DELIVRD"), it.amp.count(since=1)) == (1, 1, 0)
    assert (it.amp.count(search="no such word"), it.amp.count("requests", search="POST /1/im")) == (0, 1)


def _latest_requests(it: Stage) -> None:
    it.amp.send(sms(OTHER))
    it.amp.post(b"{")
    assert [each.id for each in it.amp.latest_requests(2)] == ["2", "3"]
    assert [each.id for each in it.amp.latest_requests(5, status=200)] == ["1", "2"]
    assert it.amp.latest_requests(0) == []


def _agenda(it: Stage) -> None:
    it.amp.send(viber(OTHER))
    [due] = it.amp.agenda()
    assert (due.kind, due.status, due.count, len(due.then)) == ("status", "ACCEPTD", 1, 2)


def _tokens(it: Stage) -> None:
    assert [each.token for each in it.amp.tokens()] == [it.amp.token]


def _add_token(it: Stage) -> None:
    added = it.amp.add_token(name="harbour", rate={"requests": 10, "per": "1s"})
    assert it.amp.tokens()[-1] == added
    assert it.amp.send(viber(OTHER), token=added.token).message_ids.keys() == {OTHER}


def _change_token(it: Stage) -> None:
    assert it.amp.change_token(it.amp.token, senders=["HARBOUR"]).senders == ("HARBOUR",)


def _end_token(it: Stage) -> None:
    hostile = it.amp.add_token(token=f"{it.amp.id}/../b?c#%2F%2E%2E;=&+").token
    it.amp.end_token(hostile)
    assert [each.token for each in it.amp.tokens()] == [it.amp.token]


def _reply(it: Stage) -> None:
    text = "Grüße — 你好\r\n🌊"
    reply = it.amp.reply(it.message_id, text, channel="VIBER")
    assert (reply.text, reply.message_id, reply.silent) == (text, it.message_id, None)
    assert it.amp.message(NUMBER).replies[0].text == text


def _click(it: Stage) -> None:
    assert it.amp.click(NUMBER).title == "Book"
    assert it.amp.click(it.message_id, channel="VIBER").logged is False


def _force(it: Stage) -> None:
    it.amp.send(sms(OTHER))
    assert it.amp.force(OTHER, "UNDELIV", channel="SMS", error_code=7).error_code == 7
    with pytest.raises(Conflict, match="EXPIRED cannot follow"):
        it.amp.force(NUMBER, "EXPIRED")


def _resend(it: Stage) -> None:
    first = it.amp.callbacks()[0]
    assert it.amp.resend(first).id == first.id
    it.amp.resend(first.id)
    assert len(it.amp.wait_for_attempts(callback_id=first.id, count=2)) >= 2


def _code_for(it: Stage) -> None:
    it.amp.send(sms(OTHER))
    assert it.amp.code_for(OTHER) == "4711"
    with pytest.raises(NotSeen, match="no code was sent to 35699000009: messages went to 35699000001, 35699000002"):
        it.amp.code_for("35699000009")
    with pytest.raises(NotSeen, match="has no group of 4 to 10 digits: 'Hello'"):
        it.amp.code_for(NUMBER)


def _sent_code(it: Stage) -> None:
    sent = it.amp.send({"client_ref": "login-17", "phone_number": OTHER}, path="/1/2fa")
    found = it.amp.sent_code(OTHER)
    assert (found.client_ref, found.message_id, found.used) == ("login-17", sent.message_ids[OTHER], False)
    assert it.amp.code_for(OTHER) == found.code


def _scenario(it: Stage) -> None:
    file = it.folder / "quiet.yaml"
    file.write_text("name: from-a-file\n", encoding="utf-8")
    assert it.amp.scenario("all-good").name == "all-good" == it.amp.scenario().name
    assert it.amp.scenario(file).name == "from-a-file" == it.amp.scenario(str(file)).name
    assert it.amp.scenario("name: text\nrules: []\n").name == "text"
    assert it.amp.scenario({"name": "mapping"}).name == "mapping"
    with pytest.raises(Refused, match="line 2, /off: unknown key off"):
        it.amp.scenario("name: x\noff: 1\n")


def _scenario_text(it: Stage) -> None:
    text = it.amp.scenario_text()
    assert text.startswith("name: magic-numbers\n")
    it.amp.scenario("name: mine\n# a comment\n")
    assert (it.amp.scenario_text(), it.amp.scenario(text).name) == ("name: mine\n", "magic-numbers")


def _check_scenario(it: Stage) -> None:
    assert it.amp.check_scenario("outage").faults.requests == 2
    assert it.amp.check_scenario("name: mine\nrules: []\n").sections == ("rules",)
    assert it.amp.scenario().name == "magic-numbers"
    with pytest.raises(Refused, match="line 2, /off: unknown key off"):
        it.amp.check_scenario("name: x\noff: 1\n")


def _set_faults(it: Stage) -> None:
    assert (it.amp.set_faults(on=False).faults.on, it.amp.scenario().usual) == (False, False)
    assert (it.amp.set_faults(on=True).faults.on, it.amp.scenario().usual) == (True, True)


def _drop_scenario(it: Stage) -> None:
    it.amp.scenario("outage")
    assert (it.amp.drop_scenario().usual, it.amp.scenario().name) == (True, "magic-numbers")


def _wait_for(it: Stage) -> None:
    assert [each.id for each in it.amp.wait_for(to=NUMBER, text__contains="Hell")] == [it.message_id]
    with pytest.raises(NotSeen, match=r"wanted 2 messages with to='35699000001', and within 0\.01 s 1 came:"):
        it.amp.wait_for(to=NUMBER, count=2, timeout=0.01)


def _wait_for_requests(it: Stage) -> None:
    assert it.amp.wait_for_requests(status=200, body__contains="Hello")[0].id == "1"


def _wait_for_reports(it: Stage) -> None:
    assert len(it.amp.wait_for_reports(count=4, state="delivered")) == 4


def _wait_for_callbacks(it: Stage) -> None:
    assert it.amp.wait_for_callbacks(url=it.receiver, timeout="1m")[0].kind == "report"


def _wait_for_attempts(it: Stage) -> None:
    [first, *_] = it.amp.wait_for_attempts(outcome="delivered", count=4)
    assert (first.callback_id, first.kind, first.url, first.number) == ("1", "report", it.receiver, 1)


def _wait_for_replies(it: Stage) -> None:
    it.amp.reply(NUMBER, "Yes")
    assert it.amp.wait_for_replies(text={"prefix": "Y"})[0].text == "Yes"


def _wait_until_idle(it: Stage) -> None:
    it.amp.wait_until_idle(timeout=timedelta(seconds=10))


def _expect(it: Stage) -> None:
    assert it.amp.expect(to=NUMBER)[0].id == it.amp.expect(count=1)[0].id == it.message_id
    assert it.amp.expect(to=OTHER, count=0) == []
    for count, told in ((0, "wanted no message with"), (2, "wanted 2 messages with")):
        with pytest.raises(NotSeen, match=f"{told} to='{NUMBER}', and there is 1:"):
            it.amp.expect(to=NUMBER, count=count)


def _expect_requests(it: Stage) -> None:
    assert len(it.amp.expect_requests(rule=None, count=1)) == 1


def _expect_reports(it: Stage) -> None:
    assert [each.type for each in it.amp.expect_reports(status="ACCEPTD", count=2)] == ["INTERNAL", "VIBER"]


def _expect_callbacks(it: Stage) -> None:
    assert len(it.amp.expect_callbacks(count=4)) == 4


def _expect_replies(it: Stage) -> None:
    with pytest.raises(NotSeen, match="wanted 1 reply, and there is none"):
        it.amp.expect_replies()


def _expect_none(it: Stage) -> None:
    it.amp.expect_none(to=OTHER)
    it.amp.expect_none(what="replies", during="10ms")
    it.amp.expect_none(since=it.amp.requests()[-1])
    with pytest.raises(NotSeen, match="wanted no report, and there are 4:"):
        it.amp.expect_none(what="reports")


def _certify(it: Stage) -> None:
    found = it.amp.certify(it.receiver, only=["single"], timeout="60s")
    assert (found.passed, found.checks[0].name, found.checks[0].verdict) == (True, "single", "passed")


def _send(it: Stage) -> None:
    sent = it.amp.send(viber(OTHER, "35699000003", job_id="evening-42"))
    assert sent.body["client_job_id"] == "evening-42"
    assert sent.message_ids[OTHER] == sent.message_id == it.amp.message(OTHER).id
    with pytest.raises(Refused, match=r"400: .*\[destinations\].* \[rule O-1\]") as caught:
        it.amp.send({})
    assert (caught.value.status, caught.value.rule) == (400, "O-1")


def _post(it: Stage) -> None:
    answer = it.amp.post(b"{")
    assert (answer.status, answer.rule, answer.body["result_info"]["status_code"]) == (400, "H-9", 400)


def _send_request(it: Stage) -> None:
    played = it.amp.send_request(sms(OTHER))
    assert (played.answer.status, played.request.status, played.account) == (200, 200, it.amp.id)
    assert played.answer.json()["results"][OTHER]["message_id"] == it.amp.message(OTHER).id
    bare = it.amp.send_request("{", method="PUT", path="/1/sms", authorized=False, content_type=None)
    assert (bare.answer.status, bare.answer.headers["Allow"], bare.account) == (405, "POST", "default")


def _resend_request(it: Stage) -> None:
    first = it.amp.requests()[0]
    assert it.amp.resend_request(first).request.id == it.amp.requests()[-1].id
    assert it.amp.resend_request(first.id).answer.status == first.status
    with pytest.raises(NotFound, match="no request 999"):
        it.amp.resend_request("999")


def _reset(it: Stage) -> None:
    assert it.amp.reset().clock.now == NOW
    assert it.amp.messages() == []


def _snapshot(it: Stage) -> None:
    assert it.amp.snapshot()["clock"]


def _restore(it: Stage) -> None:
    document = it.amp.snapshot()
    it.amp.reset()
    it.amp.restore(document)
    assert it.amp.expect(count=1)[0].id == it.message_id


def _delete(it: Stage) -> None:
    it.amp.delete()
    it.amp.delete()
    with pytest.raises(NotFound, match="there is no account"):
        it.amp.info()


CALLS: dict[str, Callable[[Stage], None]] = {
    name: globals()[f"_{name}"]
    for name in (
        *("info", "clock", "set_clock", "advance", "message", "callback", "request", "messages", "callbacks"),
        *("jobs", "job"),
        *(
            "count",
            "latest_requests",
            "reports",
            "replies",
            "requests",
            "agenda",
            "tokens",
            "add_token",
            "change_token",
            "end_token",
            "reply",
        ),
        *("click", "force", "resend", "code_for", "sent_code", "scenario", "wait_for", "wait_for_requests"),
        *("scenario_text", "check_scenario", "set_faults", "drop_scenario"),
        *("wait_for_reports", "wait_for_callbacks", "wait_for_attempts", "wait_for_replies", "wait_until_idle"),
        *("expect", "expect_requests", "expect_reports", "expect_callbacks", "expect_replies", "expect_none"),
        *("certify", "send", "post", "send_request", "resend_request", "reset", "snapshot", "restore", "delete"),
    )
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_about_an_account_does_what_it_says(stage: Stage, name: str) -> None:
    CALLS[name](stage)


def _accounts(client: Any) -> None:
    amp = client.open_account(seed=3)
    assert [each.seed for each in client.accounts() if each.id == amp.id] == [3]
    amp.delete()


def _open_account(client: Any) -> None:
    amp = client.open_account(
        clock="scaled", rate=60, now=NOW, seed=3, scenario=YAML, expires_after="1h", limits={"messages": 5}
    )
    found = amp.info()
    assert (found.clock.mode, found.scenario, found.expires_after, found.limits.messages) == (
        "scaled",
        "quiet",
        "1h",
        5,
    )
    amp.delete()


def _account(client: Any) -> None:
    assert client.account().id == "default"
    for hostile in ("nobody", "a/../b?c#d%", "üñ", "..;/x", "\r\n\0"):
        with pytest.raises(NotFound, match="there is no account"):
            client.account(hostile)
    for nothing in ("", ".", ".."):
        with pytest.raises(ValueError, match="names nothing on a server"):
            client.account(nothing)


def _account_of(client: Any) -> None:
    amp = client.open_account()
    assert client.account_of(amp.token).id == amp.id
    assert client.account_of("nobody's") is None
    amp.delete()


def _scenarios(client: Any) -> None:
    assert "all-good" in [each.name for each in client.scenarios()]


def _openapi(client: Any) -> None:
    assert client.openapi()["openapi"].startswith("3.1")


def _schemas(client: Any) -> None:
    assert "im-request" in client.schemas()


def _schema(client: Any) -> None:
    assert client.schema("im-request.json") == client.schema("im-request")


def _rules(client: Any) -> None:
    assert "D-1" in [each.id for each in client.rules()]


def _rule(client: Any) -> None:
    assert "number" in client.rule("D-1").text
    with pytest.raises(NotFound, match="did you mean"):
        client.rule("D-99")


def _ca_pem(client: Any) -> None:
    with pytest.raises(NotFound, match="serves no HTTPS"):
        client.ca_pem()


def _ready(client: Any) -> None:
    assert client.ready() is True


SERVER_CALLS: dict[str, Callable[[Any], None]] = {
    name: globals()[f"_{name}"]
    for name in (
        *("accounts", "open_account", "account", "account_of", "scenarios", "openapi", "schemas", "schema", "ca_pem"),
        *("rules", "rule"),
        "ready",
    )
}


@pytest.mark.parametrize("name", SERVER_CALLS)
def test_a_call_about_a_server_does_what_it_says(client: Any, name: str) -> None:
    SERVER_CALLS[name](client)


def test_every_call_is_tried_here() -> None:
    """`events` and `close` are tried by test_client_events and test_client_links."""
    assert {*public(Account)} == {*CALLS, "events", "id", "token", "url"}
    assert {*public(Client)} == {*SERVER_CALLS, "close", "url"}


@pytest.mark.parametrize(("blocks", "awaited"), [(Account, AsyncAccount), (Client, AsyncClient)])
def test_the_two_faces_have_the_same_calls_with_the_same_arguments(blocks: type, awaited: type) -> None:
    assert signatures(blocks) == signatures(awaited)


def test_a_face_shows_the_signature_of_its_call() -> None:
    shown = inspect.signature(Account.advance)

    assert [*shown.parameters] == ["self", "by", "to", "until", "limit"]
    assert shown.return_annotation.__name__ == "Advanced"
    assert (Account.advance.__doc__ or "").startswith("Moves the clock")


def public(face: type) -> list[str]:
    return [name for name in vars(face) if not name.startswith("_")]


def signatures(face: type) -> dict[str, str]:
    """By name, without what is returned where that differs by being awaited."""
    found = {name: vars(face)[name] for name in public(face)}
    calls = {name: inspect.signature(call) for name, call in found.items() if callable(call)}
    return {
        name: str(call).replace("Async", "").replace("mock_amp.client.awaited", "mock_amp.client.blocking")
        for name, call in calls.items()
    } | {name: "" for name in found if name not in calls}

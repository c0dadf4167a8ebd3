"""`POST …/requests` and `POST …/requests/{id}/resend`: requests that the control plane sends, as if over the wire."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import aiohttp
import pytest
from yarl import URL

from mock_amp.settings import DEFAULT_TOKEN
from tests.api.inside import inside
from tests.api.test_admin_port import apart
from tests.conformance.raw import ask
from tests.harness import NUMBER, START, Amp, Answer, Receiver, running

SMS: Final = {"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hello"}}
GOOD: Final = json.dumps(SMS)
CODE: Final = json.dumps({"client_ref": "r 1/2", "phone_number": NUMBER})
MANY: Final = json.dumps({**SMS, "destinations": [{"number": f"3569900{at:04}"} for at in range(2_000)]})
DEEP: Final = json.dumps({**SMS, "callback_url": "http://127.0.0.1:9/", "nonsense": [[["x"]]], "job_id": "ü\t"})
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request by either way; a header that is None is not sent."""

    method: str = "POST"
    path: str = "/1/im"
    body: str = ""
    token: str | None = DEFAULT_TOKEN
    content_type: str | None = JSON

    async def by_wire(self, amp: Amp) -> Answer:
        given = {"Authorization": self.token and f"Token {self.token}", "Content-Type": self.content_type}
        headers = {name: value for name, value in given.items() if value is not None}
        async with amp.session.request(
            self.method,
            URL(amp.url + self.path, encoded=True),
            data=self.body.encode() or None,
            headers=headers,
            skip_auto_headers=("Content-Type",),
        ) as answer:
            return Answer(answer.status, None, dict(answer.headers), await answer.read())

    async def played(self, amp: Amp) -> Answer:
        told = (await play(amp, **{name: getattr(self, name) for name in self.__slots__}))["answer"]
        return Answer(told["status"], None, told["headers"], told["body"].encode())


CASES: Final = (
    Case(body=GOOD),
    Case(body=GOOD, path="/1/im?and=more", content_type='application/json; charset="UTF-8"'),
    Case(body=GOOD, path="/1/%69m"),
    Case(body=GOOD, path="/1/sms"),
    Case(body=GOOD, path="/1/acme"),
    Case(body=MANY),
    Case(body=DEEP),
    Case(body=CODE, path="/1/2fa"),
    Case(path="/1/2fa/r%201%2F2/0000", content_type=None),
    Case(path="/1/2fa/{x}/%25"),
    Case(path="/1/2fa/tokens/1234", body="ignored", content_type="text/plain"),
    Case(method="GET", path="/1/im/status/17672256000000014003"),
    Case(method="GET", path="/1/im/status/1", body="of no use", content_type="text/plain"),
    Case(method="GET", path="/1/im/status/a%2Fb%25c"),
    Case(method="GET"),
    Case(method="HEAD"),
    Case(method="OPTIONS", path="/1/sms"),
    Case(method="DELETE", path="/1/im/status/1"),
    Case(body=GOOD, path="/1/im/"),
    Case(body=GOOD, path="//1/im"),
    Case(body=GOOD, path="/1/IM"),
    Case(body=GOOD, path="/nowhere?token=secret-0042"),
    Case(body=GOOD, token=None),
    Case(body=GOOD, token="two words"),
    Case(body=GOOD, token="nobody-knows-0001"),
    Case(body=GOOD, content_type="text/plain"),
    Case(body=GOOD, content_type=None),
    Case(body=GOOD, content_type="application/json; charset=latin-1"),
    Case(body="", content_type="text/plain"),
    Case(body=""),
    Case(body=" \n"),
    Case(body="{"),
    Case(body="[1]"),
    Case(body='{"job_id": 1, "job_id": "twice"}'),
    Case(body=json.dumps({**SMS, "destinations": [{"number": "avc"}]})),
    Case(body=json.dumps({**SMS, "sms_content": {"message": "x" * 2_000}})),
)


async def play(amp: Amp, **wish: Any) -> Any:
    """Has a request played, and gives what the call said of it."""
    answer = await amp.admin("POST", "/requests", wish)
    assert answer.status == 201, answer.body
    return answer.body


async def resend(amp: Amp, number: int | str) -> Any:
    answer = await amp.admin("POST", f"/requests/{number}/resend")
    assert answer.status == 201, answer.body
    return answer.body


async def refused(amp: Amp, number: int | str) -> tuple[int, str]:
    answer = await amp.admin("POST", f"/requests/{number}/resend")
    return answer.status, answer.body["detail"]


@dataclass(slots=True)
class Life:
    """All that a way of sending came to: answers without what is of the connection, journal, messages, counters."""

    answers: list[Any] = field(default_factory=list)
    journal: list[Any] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)


_OF_CONNECTION: Final = frozenset({"Date", "Server", "Connection"})


async def live(*, wire: bool) -> Life:
    """Sends all cases one way, to a server of its own."""
    async with running(send_path=["/1/acme"]) as amp:
        await amp.call("PUT", "/__admin/clock", json={"now": "2030-01-01T00:00:00Z"})
        life = Life()
        for case in CASES:
            answer = await (case.by_wire(amp) if wire else case.played(amp))
            headers = {name: value for name, value in answer.headers.items() if name not in _OF_CONNECTION}
            life.answers.append((case, answer.status, headers, answer.raw))
        life.journal = [_as_both_have_it(line) for line in await amp.requests()]
        life.messages = await amp.messages(limit="10000")
        numbers = (await amp.call("GET", "/metrics")).body.splitlines()
        life.counted = [line for line in numbers if line.startswith("mock_amp_requests_total")]
        return life


def _as_both_have_it(line: Mapping[str, Any]) -> dict[str, Any]:
    """Without real time; and on the wire the body of a request that is refused early is never read."""
    other = {"real_at"} if line["status"] in (200, 400, 403) else {"real_at", "body"}
    return {name: value for name, value in line.items() if name not in other}


async def test_a_request_that_is_played_fares_as_it_would_on_the_wire() -> None:
    """H-1: the same answers byte by byte, the same lines, the same messages, the same counters."""
    played, wired = await live(wire=False), await live(wire=True)

    assert played.answers == wired.answers
    assert played.journal == wired.journal
    assert played.messages == wired.messages
    assert played.counted == wired.counted
    assert {answer[1] for answer in played.answers} == {200, 400, 401, 403, 404, 405, 415}
    assert len(played.counted) > 5


async def test_without_a_word_it_is_an_empty_send_with_the_first_token(amp: Amp) -> None:
    """The defaults are those of an application that sends."""
    told = await play(amp)

    line = told["request"]
    assert (line["method"], line["path"], line["token"]) == ("POST", "/1/im", "…" + amp.token[-4:])
    assert (line["status"], line["rule"], line["remote"], told["account"]) == (400, "H-9", "127.0.0.1", amp.account)


async def test_its_message_lives_as_any_other(amp: Amp, receiver: Receiver) -> None:
    """H-11: reports are owed for it too."""
    await play(amp, body={**SMS, "callback_url": receiver.url})
    await amp.advance(until="idle")

    (message,) = await amp.messages()
    assert (message["status"], message["accepted_at"]) == ("DELIVRD", START)
    assert receiver.received != []


async def test_a_line_that_belongs_to_another_account_says_so(amp: Amp) -> None:
    """A request without a valid token is in the journal of the default account."""
    other = await amp.open_account()

    told = [await play(amp, body=SMS, token=each) for each in (other.token, None, "nobody-0001")]

    assert [each["account"] for each in told] == [other.account, "default", "default"]
    assert told[0]["request"] == (await other.requests())[0]
    assert await amp.requests() == []


async def test_an_account_without_a_token_is_told(amp: Amp) -> None:
    await amp.admin("DELETE", f"/tokens/{amp.token}")

    answer = await amp.admin("POST", "/requests", {"body": SMS})

    assert (answer.status, answer.body["detail"]) == (
        409,
        f"account {amp.account} has no token; say one, or null for a request without any",
    )


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"method": "post"}, "/method"),
        ({"path": "1/im"}, "/path"),
        ({"path": "/ü"}, "/path"),
        ({"path": "/a b"}, "/path"),
        ({"path": "/a\n"}, "/path"),
        ({"token": "a\r\nX: y"}, "/token"),
        ({"content_type": "ü"}, "/content_type"),
        ({"body": ["a"]}, "/body"),
        ({"headers": {}}, "/headers"),
    ],
    ids=str,
)
async def test_what_no_request_can_have_is_refused_before_it_is_played(amp: Amp, wish: Any, pointer: str) -> None:
    answer = await amp.admin("POST", "/requests", wish)

    assert (answer.status, answer.body["pointer"]) == (400, pointer)
    assert await amp.requests() == []


async def test_a_rate_is_used_up_by_it(amp: Amp) -> None:
    """H-7."""
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"rate": {"requests": 1, "per": "1m"}})

    first, second = [(await play(amp, body=SMS))["answer"] for _ in range(2)]

    assert (first["status"], second["status"], second["headers"]["Retry-After"]) == (200, 429, "60")


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"cut": "before"}, "the connection is cut, and an application gets no answer"),
        ({"cut": "before", "slow_body": "5s"}, "the connection is cut, and an application gets no answer"),
        ({"cut": "middle"}, "the connection is cut after half of the body"),
        ({"cut": "after"}, "the connection is cut after the answer"),
        ({"slow_body": "5s"}, "the body takes 5s to arrive"),
        (
            {"slow_body": "5s", "cut": "middle"},
            "the body takes 5s to arrive, and the connection is cut after half of the body",
        ),
        ({"latency": "1ms"}, None),
    ],
    ids=str,
)
async def test_what_a_fault_does_to_a_connection_is_told(amp: Amp, fault: Any, told: str | None) -> None:
    """H-7, H-8: the request has been taken, and its line has the fault."""
    await amp.admin("PUT", "/scenario", {"name": "broken", "requests": [{"name": "bad day", **fault}]})

    found = await play(amp, body=SMS)

    assert (found["answer"]["status"], found["answer"]["on_the_wire"]) == (200, told)
    assert found["request"]["injected"] == {"rule": "bad day", "faults": fault}
    assert len(await amp.messages()) == 1


async def test_what_a_fault_answers_is_answered(amp: Amp) -> None:
    """H-8: with the path that it is for, as the scenario names it."""
    down = {"name": "down", "match": {"path": "/1/sms"}, "status": 503, "retry_after": 7}
    torn = {"name": "torn", "match": {"method": "POST"}, "malformed": True}
    await amp.admin("PUT", "/scenario", {"name": "broken", "requests": [down, torn]})

    first, second = [(await play(amp, body=SMS, path=path))["answer"] for path in ("/1/%73ms?x=1", "/1/im")]

    assert (first["status"], first["headers"]["Retry-After"], first["on_the_wire"]) == (503, "7", None)
    assert (second["status"], second["headers"]["Content-Length"]) == (200, str(len(second["body"])))
    with pytest.raises(json.JSONDecodeError):
        json.loads(second["body"])


async def test_a_body_that_is_too_large_once_it_is_written_is_refused() -> None:
    """H-6: as an object it may be longer than the call that had it."""
    async with running(body_limit=1_024) as amp:
        text = '{"body":{"numbers":[' + ",".join(["1e9"] * 200) + "]}}"
        headers = {"Content-Type": JSON}
        answer = await amp.call("POST", "/__admin/requests", data=text.encode(), headers=headers)

    assert (answer.status, answer.body["answer"]["status"], answer.body["request"]["rule"]) == (201, 413, "H-6")


async def test_who_reaches_the_control_plane_alone_can_send() -> None:
    """D14: and when it is done, nothing is in work."""
    async with apart() as (_, control, server):
        told = await play(control, body=SMS)

        assert (told["answer"]["status"], server.services.crowd.requests) == (200, 0)


# once more


async def test_a_request_is_played_once_more(amp: Amp) -> None:
    """The very bytes, as a further line."""
    await amp.send(DEEP.encode())

    told = await resend(amp, 1)

    first, second = await amp.requests()
    assert told["request"] == second
    same = ("method", "path", "status", "rule", "warnings", "token", "remote", "body")
    assert [first[name] for name in same] == [second[name] for name in same]
    assert second["api_job_id"] != first["api_job_id"]
    assert [each["to"] for each in await amp.messages()] == [NUMBER] * 2


@pytest.mark.parametrize(
    "case",
    [
        Case(body=json.dumps({**SMS, "destinations": [{"number": "avc"}]})),
        Case(body="{"),
        Case(body=""),
        Case(body=GOOD, token=None),
        Case(body=GOOD, token="two words"),
        Case(body=GOOD, token="nobody-knows-0001"),
        Case(body=GOOD, path="/nowhere?token=secret-0042"),
        Case(method="PUT", body=GOOD),
        Case(method="GET", path="/1/im/status/1"),
        Case(path="/1/2fa/r/0000", content_type=None),
    ],
    ids=repr,
)
async def test_what_was_answered_is_answered_once_more(case: Case) -> None:
    """A-2, H-1, H-3, H-9, D-1, G-4: also where the journal has no more than it needs."""
    async with running() as amp:
        await case.by_wire(amp)

        told = await resend(amp, 1)
        first, second = await amp.requests()

    assert told["request"] == second
    same = ("method", "path", "status", "rule", "reason", "violations", "token", "body")
    assert [first[name] for name in same] == [second[name] for name in same]


async def test_the_scenario_is_the_one_of_now(amp: Amp) -> None:
    """H-8: faults too are decided once more."""
    await amp.send(SMS)
    await amp.admin("PUT", "/scenario", {"name": "broken", "requests": [{"name": "down", "status": 503}]})

    told = await resend(amp, 1)

    assert (told["answer"]["status"], told["request"]["injected"]["rule"]) == (503, "down")


async def test_a_token_that_was_deleted_is_refused(amp: Amp) -> None:
    """A-4: as on the wire, and as there in the journal of the default account."""
    await amp.send(SMS)
    await amp.send({**SMS, "destinations": [{"number": "avc"}]})
    await amp.admin("DELETE", f"/tokens/{amp.token}")

    told = [await resend(amp, number) for number in (1, 2)]

    assert [(each["answer"]["status"], each["request"]["rule"], each["account"]) for each in told] == [
        (401, "A-2", "default")
    ] * 2
    assert len(await amp.messages()) == 1


async def test_a_token_is_known_by_its_job_where_several_end_alike(amp: Amp) -> None:
    """The journal has four characters of it."""
    for token in ("one-token-7777", "other-token-7777"):
        await amp.admin("POST", "/tokens", {"token": token, "name": token})
    await amp.send(SMS, token="other-token-7777")
    await amp.send({**SMS, "job_id": 4}, token="other-token-7777")
    await amp.admin("DELETE", "/tokens/one-token-7777")

    told = await resend(amp, 1)

    assert told["answer"]["status"] == 200
    assert await refused(amp, 2) == (
        409,
        "request 2 cannot be played once more: the journal keeps the end of its token, …7777, and several tokens of "
        "the account end so; POST …/requests plays it with the token that you give",
    )


async def test_a_token_that_came_later_is_taken_for_what_was_unknown() -> None:
    """A-2: unknown then, and known now."""
    async with running() as amp:
        first = await play(amp, body=SMS, token="late-token-7777")
        await amp.admin("POST", "/tokens", {"token": "late-token-7777"})

        told = await resend(amp, 1)

    assert (first["answer"]["status"], told["answer"]["status"]) == (401, 200)


async def test_a_token_that_was_there_is_not_taken_for_what_was_unknown() -> None:
    """A-2: it only ends alike."""
    async with running() as amp:
        await play(amp, body=SMS, token="no-token-of-ours-0042")

        told = await resend(amp, 1)

    assert (told["answer"]["status"], told["request"]["token"]) == (401, "…0042")


async def test_of_a_large_request_that_was_accepted_all_is_known(amp: Amp) -> None:
    """D5: the journal has the beginning of it, and its job the rest."""
    destinations: list[dict[str, Any]] = [
        {"number": f"3569900{at:04}", "params": {"NAME": f"Zoé {at}"}, **({"custom_id": f"c{at}"} if at % 2 else {})}
        for at in range(2_500)
    ]
    sent = {"destinations": destinations, "sms_content": {"message": "Hello {#NAME}"}, "job_id": "large"}
    await amp.send(sent)

    told = await resend(amp, 1)

    messages = [(each["to"], each["custom_id"], each["text"]) for each in await amp.messages(limit="10000")]
    assert (told["answer"]["status"], len(told["request"]["body"]) < 65_537) == (200, True)
    assert len(messages) == 5_000
    assert messages[:2_500] == messages[2_500:]
    assert messages[1] == ("35699000001", "c1", "Hello Zoé 1")


async def test_of_a_large_request_that_was_refused_nobody_has_the_rest(amp: Amp) -> None:
    await amp.send(("x" * 65_537).encode())

    assert await refused(amp, 1) == (
        409,
        "request 1 cannot be played once more: the journal keeps 65536 bytes of a body, and nobody has the rest any "
        "more; POST …/requests plays it with the body that you give",
    )


@pytest.mark.parametrize(
    "case", [Case(body=GOOD, content_type="text/plain"), Case(body="x" * 2_000)], ids=["415", "413"]
)
async def test_a_body_that_nobody_has_read_is_told(case: Case) -> None:
    """H-4, H-6: refused before."""
    async with running(body_limit=1_024) as amp:
        await case.by_wire(amp)

        found = await refused(amp, 1)
        lines = await amp.requests()

    assert found == (
        409,
        "request 1 cannot be played once more: the service refused it before it had read its body, so the journal has "
        "none; POST …/requests plays it with the body that you give",
    )
    assert len(lines) == 1


async def test_a_media_type_that_was_refused_is_refused_once_more(amp: Amp) -> None:
    """H-4: of a request that was played the body is there."""
    for content_type in ("text/plain", None):
        await play(amp, body=SMS, content_type=content_type)

    told = [await resend(amp, number) for number in (1, 2)]

    assert [each["answer"]["status"] for each in told] == [415] * 2
    assert [each["request"]["violations"][0]["value"] for each in told] == ["text/plain", ""]


async def test_a_path_of_which_the_journal_keeps_the_end_is_told(amp: Amp) -> None:
    """It looks like that of a token."""
    await play(amp, path="/1/2fa/tokens/123456")

    assert await refused(amp, 1) == (
        409,
        "of the path /1/2fa/tokens/…3456 the journal keeps no more than the end of a part that may be a secret",
    )


async def test_what_was_no_request_cannot_be_played() -> None:
    """H-9: of it nothing is known."""
    async with running() as amp:
        await ask(amp, b"nonsense\r\n\r\n")

        found = await refused(amp, 1)

    assert found == (409, "request 1 was not understood as HTTP, so there is nothing to play once more")


@pytest.mark.parametrize("number", ["1", "0", "x", "9" * 30])
async def test_a_request_that_there_is_not_is_404(amp: Amp, number: str) -> None:
    assert (await refused(amp, number))[0] == 404


async def test_one_that_was_evicted_is_410() -> None:
    """D13."""
    async with inside() as it:
        amp = await it.amp.open_account(limits={"requests": 1})
        for _ in range(3):
            await amp.send(SMS)
        await it.tidied()

        found = await refused(amp, 1)

    assert found[0] == 410


async def test_nothing_is_played_when_the_account_is_not_there(amp: Amp) -> None:
    async with aiohttp.ClientSession() as session:
        nobody = Amp(amp.url, session, amp.token, "nobody")
        answers = [await nobody.admin("POST", path, {}) for path in ("/requests", "/requests/1/resend")]

    assert [each.status for each in answers] == [404] * 2
    assert await amp.requests() == []

"""Codes by SMS, and what is said of those that come back (F-1 to F-6, C-10, G-5)."""

import re
from typing import Any, Final
from urllib.parse import quote

import pytest
from yarl import URL

from tests.conformance.verdicts import ACCEPTED, LEFT_OUT, UUID4, journalled, refused, verdict
from tests.harness import NUMBER, START, Amp, Answer, Receiver

_GOOD: Final[dict[str, Any]] = {"client_ref": "login", "phone_number": NUMBER}


async def _ask(amp: Amp, *, token: str | None = None, **changes: Any) -> Answer:
    """Asks for a code; keys set to `LEFT_OUT` are not sent."""
    document = {key: value for key, value in {**_GOOD, **changes}.items() if value is not LEFT_OUT}
    return await amp.call("POST", "/1/2fa", json=document, headers={"Authorization": f"Token {token or amp.token}"})


async def _try(amp: Amp, code: str, ref: str = "login", *, token: str | None = None, **more: Any) -> Answer:
    path = f"/1/2fa/{quote(ref, safe='')}/{quote(code, safe='')}"
    headers = {"Authorization": f"Token {token or amp.token}"}
    async with amp.session.post(URL(amp.url + path, encoded=True), headers=headers, **more) as answer:
        return Answer(answer.status, await answer.json(), dict(answer.headers), await answer.read())


async def _said(amp: Amp, code: str, ref: str = "login", *, token: str | None = None) -> int:
    """The status_code that a try gets."""
    answer = await _try(amp, code, ref, token=token)
    assert answer.status == 200, answer.body
    return int(answer.body["result_info"]["status_code"])


async def _codes(amp: Amp) -> list[str]:
    """The codes of all messages of the account, from their texts."""
    return [message["text"].removeprefix("Your authentication code is: ") for message in await amp.messages()]


async def _code(amp: Amp, **changes: Any) -> str:
    """Asks for a code and reads it from the message list."""
    answer = await _ask(amp, **changes)
    assert answer.status == 200, answer.body
    return (await _codes(amp))[-1]


def _other(code: str) -> str:
    return code[:-1] + ("1" if code[-1] == "0" else "0")


async def test_a_request_for_a_code_sends_it_to_the_number(amp: Amp) -> None:
    """F-1, F-6: by SMS, with the usual text; the message is in the list like any other."""
    answer = await _ask(amp)
    await amp.advance(until="idle")

    (message,) = await amp.messages()
    assert await verdict(amp, answer) == ACCEPTED
    assert re.fullmatch(r"Your authentication code is: [0-9]{6}", message["text"])
    assert (message["to"], message["from"], message["type"], message["status"]) == (NUMBER, "MockAMP", "SMS", "DELIVRD")
    assert (message["client_job_id"], message["custom_id"]) == ("", "login")
    assert message["id"] == answer.body["result"]["message_id"]


@pytest.mark.parametrize(
    ("wish", "form"),
    [
        ({}, "[0-9]{6}"),
        ({"code_length": 20}, "[0-9]{20}"),
        ({"code_type": "alpha", "code_length": 20}, "[A-Z]{20}"),
        ({"code_type": "alphanumeric", "code_length": 20}, "[0-9A-Z]{20}"),
        ({"code_type": "alpha", "code_length": 20, "case_sensitive": True}, "(?=.*[a-z])[A-Za-z]{20}"),
        ({"code_type": "alphanumeric", "code_length": 20, "case_sensitive": True}, "(?=.*[a-z])[0-9A-Za-z]{20}"),
        ({"code_type": "hex"}, "[0-9]{6}"),
        ({"code_type": ""}, "[0-9]{6}"),
        ({"code_type": None, "code_length": None, "case_sensitive": None, "message_template": None}, "[0-9]{6}"),
    ],
)
async def test_a_code_has_the_length_and_the_type_that_were_wished(amp: Amp, wish: dict[str, Any], form: str) -> None:
    """F-1: six digits unless wished otherwise; an unknown type is numeric; null is absent (H-13)."""
    assert re.fullmatch(form, await _code(amp, **wish))


async def test_the_template_is_filled_with_the_code_alone(amp: Amp) -> None:
    """F-1: wherever it stands; other placeholders stay as they are."""
    answer = await _ask(amp, message_template="{#TFA_CODE} for {#NAME}: {#TFA_CODE}", sender_id="Harbour")

    (message,) = await amp.messages()
    assert await verdict(amp, answer) == ACCEPTED
    assert re.fullmatch(r"([0-9]{6}) for \{#NAME\}: \1", message["text"])
    assert message["from"] == "Harbour"


@pytest.mark.parametrize(
    ("changes", "status", "rule"),
    [
        ({"client_ref": LEFT_OUT}, 400, "F-1"),
        ({"client_ref": 7}, 400, "F-1"),
        ({"client_ref": ""}, 403, "F-5"),
        ({"phone_number": LEFT_OUT}, 400, "D-1"),
        ({"phone_number": "avc"}, 403, "D-1"),
        ({"code_length": 5}, 403, "F-1"),
        ({"code_length": 21}, 403, "F-1"),
        ({"code_length": 10**12}, 403, "F-1"),
        ({"code_length": "many"}, 400, "F-1"),
        ({"code_type": 6}, 400, "F-1"),
        ({"case_sensitive": "no"}, 400, "F-1"),
        ({"callback_url": "ftp://receiver.example"}, 403, "O-6"),
        ({"sender_id": "twelve chars"}, 403, "M-8"),
        ({"sender_id": ""}, 403, "M-8"),
        ({"message_template": ""}, 403, "F-1"),
        ({"message_template": "Your code"}, 403, "F-1"),
        ({"message_template": "{TFA_CODE} {#tfa_code}"}, 403, "F-1"),
        ({"message_template": "x" * 760 + "{#TFA_CODE}"}, 403, "M-3"),
        ({"message_template": "x" * 755 + "{#TFA_CODE}", "code_length": 11}, 403, "M-3"),
    ],
)
async def test_a_bad_request_is_refused(amp: Amp, changes: dict[str, Any], status: int, rule: str) -> None:
    """F-1, F-5: in the envelope of every refusal, with the rule of the field; nothing is sent."""
    answer = await _ask(amp, **changes)

    assert await verdict(amp, answer) == refused(status, rule)
    assert [*answer.body] == ["api_job_id", "result_info", "results"]
    assert (answer.body["result_info"]["status_code"], answer.body["results"]) == (status, {})
    assert await amp.messages() == []


async def test_five_pages_are_enough_for_text_and_code(amp: Amp) -> None:
    """F-1, M-3: measured with the code in it."""
    answer = await _ask(amp, message_template="x" * 759 + "{#TFA_CODE}")

    assert await verdict(amp, answer) == ACCEPTED


async def test_a_sender_that_the_token_does_not_have_is_refused(amp: Amp) -> None:
    """F-1, M-9: as for any other SMS."""
    made = await amp.admin("POST", "/tokens", {"senders": ["Harbour"]})
    token = made.body["token"]

    good, bad = await _ask(amp, token=token, sender_id="Harbour"), await _ask(amp, token=token, sender_id="Pier")

    assert (await verdict(amp, good), await verdict(amp, bad)) == (ACCEPTED, refused(403, "M-9"))


async def test_what_is_odd_is_warned_of(amp: Amp) -> None:
    """H-12, H-14, H-16, M-5: as for the other products."""
    answer = await _ask(amp, code_lenght=7, code_length="8", callback_url="", message_template="č {#TFA_CODE}")

    line = await journalled(amp, answer)
    assert await verdict(amp, answer) == ACCEPTED
    assert sorted((each["rule"], each["pointer"]) for each in line["warnings"]) == [
        ("H-12", "/code_lenght"),
        ("H-14", "/code_length"),
        ("M-5", "/message_template"),
    ]


async def test_the_answer_names_one_message(amp: Amp) -> None:
    """F-2: `result` in the singular, and a status_code of 0."""
    answer = await _ask(amp)

    expected = (
        '{"api_job_id":"UUID","result_info":{"status_code":0,"description":"Success"},'
        '"result":{"message_id":"17672256000000014003"}}'
    )
    assert answer.status == 200
    assert re.fullmatch(re.escape(expected).replace("UUID", UUID4), answer.raw.decode())


async def test_a_good_code_is_valid(amp: Amp) -> None:
    """F-3: no body, and an api_job_id of its own."""
    sent = await _ask(amp)
    answer = await _try(amp, (await _codes(amp))[0])

    expected = '{"api_job_id":"UUID","result_info":{"status_code":0,"description":"Valid"}}'
    line = await journalled(amp, answer)
    assert re.fullmatch(re.escape(expected).replace("UUID", UUID4), answer.raw.decode())
    assert answer.body["api_job_id"] != sent.body["api_job_id"]
    assert (line["method"], line["status"], line["rule"]) == ("POST", 200, None)
    assert line["api_job_id"] == answer.body["api_job_id"]


@pytest.mark.parametrize(
    "more",
    [
        {"data": b"anything", "headers_": {"Content-Type": "text/plain"}},
        {"data": b"", "headers_": {"Content-Type": "application/x-www-form-urlencoded"}},
        {"data": b"[", "headers_": {"Content-Type": "application/json"}},
    ],
    ids=["text", "empty form", "broken JSON"],
)
async def test_a_body_beside_a_code_is_ignored(amp: Amp, more: dict[str, Any]) -> None:
    """F-3: whatever it is."""
    code = await _code(amp)
    headers = {"Authorization": f"Token {amp.token}", **more["headers_"]}
    answer = await amp.call("POST", f"/1/2fa/login/{code}", data=more["data"], headers=headers)

    assert (answer.status, answer.body["result_info"]) == (200, {"status_code": 0, "description": "Valid"})


async def test_wrong_tries_do_not_use_the_code_up(amp: Amp) -> None:
    """F-3: told with HTTP 200 and a number that is not 0."""
    code = await _code(amp)
    wrong = [await _said(amp, _other(code)) for _ in range(5)]

    assert (wrong, await _said(amp, code)) == ([1] * 5, 0)


async def test_a_used_code_stays_used(amp: Amp) -> None:
    """F-3: for ever."""
    code = await _code(amp)
    told = [await _said(amp, code), await _said(amp, code)]
    await amp.advance(by="1h")

    assert [*told, await _said(amp, code)] == [0, 3, 3]


async def test_a_code_expires_when_five_minutes_are_up(amp: Amp) -> None:
    """F-3: on the clock of the account."""
    for ref in ("in time", "late"):
        await _ask(amp, client_ref=ref)
    in_time, late = await _codes(amp)
    await amp.advance(by="299.999s")
    first = await _said(amp, in_time, "in time")
    await amp.advance(by="1ms")

    assert (first, await _said(amp, late, "late")) == (0, 2)


async def test_what_was_never_asked_for_is_unknown(amp: Amp) -> None:
    """F-3: and is no 404."""
    answer = await _try(amp, "123456", "nobody")

    assert await verdict(amp, answer) == ACCEPTED
    assert answer.body["result_info"]["status_code"] == 4
    assert answer.body["result_info"]["description"] != "Valid"


@pytest.mark.parametrize(("sensitive", "said"), [(False, 0), (True, 1)])
async def test_case_counts_only_when_wished(amp: Amp, sensitive: bool, said: int) -> None:  # noqa: FBT001 - a parameter of the table
    """F-1, F-3: small letters for capital ones."""
    code = await _code(amp, code_type="alpha", code_length=20, case_sensitive=sensitive)

    assert await _said(amp, code.swapcase()) == said


async def test_a_second_request_replaces_the_code(amp: Amp) -> None:
    """F-4: the first one is wrong from then on, and five minutes begin again."""
    first = await _code(amp)
    await amp.advance(by="4m")
    second = await _code(amp)
    await amp.advance(by="4m")

    assert [await _said(amp, each) for each in (first, second)] == [1, 0]
    third = await _code(amp)
    assert await _said(amp, third) == 0


async def test_a_refused_request_replaces_nothing(amp: Amp) -> None:
    """F-4: the code stays good."""
    code = await _code(amp)
    await _ask(amp, code_length=99)

    assert await _said(amp, code) == 0


async def test_a_code_is_checked_against_token_and_reference(amp: Amp) -> None:
    """F-5: another token, or another reference, knows nothing of it."""
    made = await amp.admin("POST", "/tokens", {})
    code = await _code(amp)
    told = [await _said(amp, code, token=made.body["token"]), await _said(amp, code, "Login"), await _said(amp, code)]

    assert told == [4, 4, 0]


@pytest.mark.parametrize("ref", ["a/b", "a b", "ü€", "100%", "%2F", "{a}", "a?b#c", "x" * 300, "a\u0000b"], ids=ascii)
async def test_a_reference_is_any_text(amp: Amp, ref: str) -> None:
    """F-5: percent-encoded in the path."""
    code = await _code(amp, client_ref=ref)

    assert await _said(amp, code, ref) == 0


async def test_both_calls_want_a_token(amp: Amp) -> None:
    """F-5, A-2: refused in the envelope of every refusal."""
    answers = [await _ask(amp, token="nobody"), await _try(amp, "123456", token="nobody")]
    default = Amp(amp.url, amp.session, amp.token, "default")

    assert [await verdict(default, answer) for answer in answers] == [refused(401, "A-2")] * 2


async def test_only_post_is_allowed(amp: Amp) -> None:
    """H-1: for both calls."""
    headers = {"Authorization": f"Token {amp.token}"}
    answers = [await amp.call("GET", path, headers=headers) for path in ("/1/2fa", "/1/2fa/login/123456")]

    assert [(answer.status, answer.headers["Allow"]) for answer in answers] == [(405, "POST")] * 2


async def test_the_same_seed_gives_the_same_codes(server: Amp) -> None:
    """F-6, D11: a test may rely on them; another seed gives others."""
    accounts = [await server.open_account(seed=seed) for seed in (7, 7, 8)]
    one, same, other = [[await _code(account), await _code(account)] for account in accounts]

    assert one == same
    assert len({*one, *other}) == 4


async def test_a_reset_forgets_the_codes(amp: Amp) -> None:
    """F-3: back to how the account was created."""
    code = await _code(amp)
    await amp.admin("POST", "/reset")

    assert await _said(amp, code) == 4


async def test_reports_have_the_older_shape(amp: Amp, receiver: Receiver) -> None:
    """C-10: milliseconds and microseconds under the names of seconds and milliseconds, and senders by channel."""
    sent = await _ask(amp, callback_url=receiver.url, sender_id="Harbour")
    await amp.advance(until="idle")

    posts = await receiver.wait_for(3)
    began = 1_767_225_600_000_000
    assert [post.statuses[0] for post in posts] == [("INTERNAL", "ACCEPTD"), ("SMS", "ACCEPTD"), ("SMS", "DELIVRD")]
    assert posts[2].raw.decode() == (
        f'{{"api_job_id":"{sent.body["api_job_id"]}","client_job_id":"","data":[{{"type":"SMS",'
        f'"message_id":"{sent.body["result"]["message_id"]}","status":"DELIVRD",'
        f'"timestamp":{began // 1_000 + 1_000},"micro_timestamp":{began + 1_000_000},"to":"{NUMBER}",'
        '"from":"Harbour","sms_from":"Harbour","viber_from":"","client_message_id":"login","error_code":0}]}'
    )


async def test_the_status_of_a_code_can_be_asked_for(amp: Amp) -> None:
    """G-5: by the message_id of the answer; there is no client_job_id."""
    sent = await _ask(amp)
    await amp.advance(until="idle")
    answer = await amp.status(sent.body["result"]["message_id"])

    (item,) = answer.body["data"]
    assert (answer.status, answer.body["client_job_id"]) == (200, "")
    assert answer.body["api_job_id"] == sent.body["api_job_id"]
    assert (item["type"], item["status"], item["client_message_id"], item["sms_from"]) == (
        "SMS",
        "DELIVRD",
        "login",
        "MockAMP",
    )


async def test_both_calls_stand_in_the_journal(amp: Amp) -> None:
    """F-6: in their order, with what came and how it was answered."""
    code = await _code(amp)
    await _said(amp, code)

    told = [(line["at"], line["path"], line["status"]) for line in await amp.requests()]
    assert told == [(START, "/1/2fa", 200), (START, f"/1/2fa/login/{code}", 200)]

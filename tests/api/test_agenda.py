"""`GET …/agenda`: everything that will happen, when and why (D9)."""

from typing import Any

import orjson

from tests.api.holding import at, send_sms, send_viber
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Receiver

OTHER = "35699000002"


async def agenda(amp: Amp, limit: int = 100) -> list[Any]:
    answer = await amp.admin("GET", f"/agenda?limit={limit}")
    assert answer.status == 200, answer.body
    return list(answer.body["items"])


async def test_it_tells_the_next_status_of_those_who_move_together_and_what_follows(amp: Amp) -> None:
    """D5: one item for all of them."""
    sent = await amp.send(
        {
            "destinations": [{"number": NUMBER}, {"number": OTHER}],
            "im_content": [{"channel": "VIBER", "content": "Hi"}],
            "job_id": "mine",
        }
    )

    [item] = await agenda(amp)

    first = (await amp.messages())[0]
    assert item == {
        "at": at(0.2),
        "kind": "status",
        "type": "VIBER",
        "status": "ACCEPTD",
        "error_code": 0,
        "count": 2,
        "message_id": first["id"],
        "cohort": item["cohort"],
        "api_job_id": sent.body["api_job_id"],
        "client_job_id": "mine",
        "why": "first of im_content",
        "then": [
            {"at": at(1), "type": "VIBER", "status": "DELIVRD", "error_code": 0},
            {"at": at(3), "type": "VIBER", "status": "SEEN", "error_code": 0},
        ],
    }


async def test_what_it_says_comes_true(amp: Amp) -> None:
    """D9: each item, and each that follows it on its channel."""
    await send_viber(amp, NO_IM_NUMBER, sms_content={"message": "Hello"})
    await send_viber(amp)
    foretold = [line for item in await agenda(amp) for line in (item, *item["then"])]

    events = (await amp.advance(until="idle"))["events"]

    happened = {(each["at"], each["type"], each["status"]) for each in events}
    assert {(each["at"], each["type"], each["status"]) for each in foretold} <= happened


async def test_it_says_which_rule_decided(amp: Amp) -> None:
    await send_viber(amp, NO_IM_NUMBER, sms_content={"message": "Hello"})

    [item] = await agenda(amp)

    assert (item["status"], item["then"][0]["status"], item["then"][0]["error_code"]) == ("ACCEPTD", "UNDELIV", 5)
    assert item["why"].startswith("first of im_content; rule ")


async def test_it_tells_the_attempts_of_callbacks(amp: Amp, receiver: Receiver) -> None:
    """C-5: which attempt, where to, how much is in it, and why."""
    receiver.answers = (500,)
    sent = await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)

    [item] = [each for each in await agenda(amp) if each["kind"] == "attempt"]

    assert item == {
        "at": "2026-01-01T00:05:00.000000Z",
        "kind": "attempt",
        "callback_id": "1",
        "callback_kind": "report",
        "attempt": 2,
        "url": receiver.url,
        "reports": 1,
        "api_job_id": sent["api_job_id"],
        "client_job_id": "",
        "injected": None,
        "why": "attempt 1 failed",
    }


async def test_it_tells_why_a_callback_is_late(amp: Amp, receiver: Receiver) -> None:
    late = {"name": "test", "callbacks": [{"name": "slow", "delay": "10s"}]}
    assert (await amp.play(orjson.dumps(late).decode())).status == 200
    await send_sms(amp, callback_url=receiver.url)

    [item] = [each for each in await agenda(amp) if each["kind"] == "attempt"]

    assert (item["at"], item["injected"]) == (at(10), {"rule": "slow", "faults": {"delay": "10s"}})
    assert "'slow'" in item["why"]


async def test_it_tells_what_handsets_will_do(amp: Amp, receiver: Receiver) -> None:
    acts = {"name": "test", "rules": [{"name": "all", "replies": [{"after": "5s", "text": "Yes"}]}]}
    assert (await amp.play(orjson.dumps(acts).decode())).status == 200
    await send_viber(amp, reply_url=receiver.url)
    await amp.advance(by="1s")

    [item] = [each for each in await agenda(amp) if each["kind"] == "act"]

    message = (await amp.messages())[0]
    assert (item["at"], item["act"], item["type"], item["count"]) == (at(6), "reply", "VIBER", 1)
    assert (item["message_id"], item["why"]) == (message["id"], "by script, 5s after the delivery")


async def test_the_limit_keeps_the_first_of_them(amp: Amp) -> None:
    for number in (NUMBER, OTHER):
        await send_viber(amp, number)

    assert await agenda(amp, 1) == (await agenda(amp))[:1]


async def test_a_message_that_the_platform_turns_away_says_so(server: Amp) -> None:
    """O-9."""
    amp = await server.open_account(reject_first_promotional=True)
    await send_sms(amp, promotional=True)

    [item] = await agenda(amp)

    assert (item["type"], item["status"], item["then"]) == ("INTERNAL", "REJECTD", [])
    assert "O-9" in item["why"]

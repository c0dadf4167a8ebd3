"""The SMS Gateway: `POST /1/sms` (W-1, W-2), its answers and its reports."""

from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, SMS, VIBER, journalled, refused, verdict
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Answer, Receiver


async def _send(amp: Amp, **changes: Any) -> Answer:
    document = {"destinations": [{"number": NUMBER}], "sms_content": SMS, **changes}
    headers = {"Authorization": f"Token {amp.token}"}
    return await amp.call("POST", "/1/sms", json=document, headers=headers)


async def test_a_good_request_is_answered_all_ok(amp: Amp) -> None:
    """R-1, R-3, R-4: the keys of the other product, and a text of its own."""
    answer = await _send(amp, job_id="evening", destinations=[{"number": NUMBER, "custom_id": "guest-1"}])

    assert await verdict(amp, answer) == ACCEPTED
    assert list(answer.body) == ["api_job_id", "client_job_id", "result_info", "results"]
    assert answer.body["result_info"] == {"status_code": 200, "description": "All Ok."}
    assert answer.body["results"][NUMBER]["custom_id"] == "guest-1"


async def test_it_takes_what_the_contract_lists(amp: Amp) -> None:
    """W-1: nobody is warned of anything."""
    answer = await _send(amp, job_id="evening", callback_url="http://x.test/", ttl=3600)

    assert await verdict(amp, answer) == ACCEPTED
    assert (await journalled(amp, answer))["warnings"] == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"destinations": []}, 403), ({"destinations": None}, 400), ({"sms_content": None}, 400)],
    ids=["nobody", "no destinations", "no sms_content"],
)
async def test_destinations_and_sms_content_are_required(amp: Amp, changes: dict[str, Any], status: int) -> None:
    """W-1: and at least one destination."""
    answer = await _send(amp, **changes)

    assert await verdict(amp, answer) == refused(status, "W-1")
    assert answer.body["results"] == {}


OTHERS: Final[dict[str, Any]] = {
    "im_content": [VIBER],
    "message": {"texts": [{"text": "Hello"}]},
    "message_plan": "LOW_COST",
    "reply_url": "no URL",
}


@pytest.mark.parametrize("key", OTHERS)
async def test_keys_of_the_other_products_are_unknown(amp: Amp, key: str) -> None:
    """W-2: ignored whatever they hold, with a warning (H-12)."""
    answer = await _send(amp, **{key: OTHERS[key]})

    (message,) = await amp.messages()
    (warning,) = (await journalled(amp, answer))["warnings"]
    assert await verdict(amp, answer) == ACCEPTED
    assert (warning["rule"], warning["pointer"]) == ("H-12", f"/{key}")
    assert message["channels"] == ["SMS"]


@pytest.mark.parametrize(
    ("ttl", "expected"),
    [
        (-1, refused(403, "O-8")),
        (0, ACCEPTED),
        (172_801, ACCEPTED),
        (2**31 - 1, ACCEPTED),
        (2**31, refused(403, "O-8")),
        ("3600", ACCEPTED),
        (4.5, refused(400, "O-8")),
    ],
)
@pytest.mark.parametrize("path", ["/1/sms", "/1/im"])
async def test_an_outer_ttl_is_0_to_2147483647(amp: Amp, path: str, ttl: object, expected: object) -> None:
    """O-8: what passes the section's range is not refused for it."""
    document = {"destinations": [{"number": NUMBER}], "sms_content": SMS, "ttl": ttl}
    answer = await amp.call("POST", path, json=document, headers={"Authorization": f"Token {amp.token}"})

    assert await verdict(amp, answer) == expected


async def test_only_the_outcome_is_reported(amp: Amp, receiver: Receiver) -> None:
    """C-9: one report of type SMS, and no INTERNAL."""
    await _send(amp, callback_url=receiver.url, job_id="evening")
    await amp.advance(until="idle")

    assert [post.statuses for post in receiver.received] == [[("SMS", "DELIVRD")]]
    assert receiver.received[0].body["client_job_id"] == "evening"
    assert [item["state"] for item in await amp.callbacks()] == ["delivered"]


async def test_the_reports_of_one_job_come_together(amp: Amp, receiver: Receiver) -> None:
    """C-9, C-3: all of type SMS, whatever number they are about."""
    await _send(amp, callback_url=receiver.url, destinations=[{"number": NUMBER}, {"number": NO_IM_NUMBER}])
    await amp.advance(until="idle")

    reported = [report for post in receiver.received for report in post.body["data"]]
    assert sorted(report["to"] for report in reported) == sorted([NUMBER, NO_IM_NUMBER])
    assert {report["type"] for report in reported} == {"SMS"}
    assert "ACCEPTD" not in {report["status"] for report in reported}


async def test_the_same_sms_by_the_other_door_is_reported_in_full(amp: Amp, receiver: Receiver) -> None:
    """C-9: the outcome alone is a habit of /1/sms, not of the channel."""
    await amp.send(sms_content=SMS, callback_url=receiver.url)
    await amp.advance(until="idle")

    reported = [each for post in receiver.received for each in post.statuses]
    assert reported == [("INTERNAL", "ACCEPTD"), ("SMS", "ACCEPTD"), ("SMS", "DELIVRD")]


async def test_its_messages_have_a_status_like_any_other(amp: Amp) -> None:
    """G-5: before and after the delivery; without a job_id `client_job_id` is empty."""
    answer = await _send(amp, destinations=[{"number": NUMBER, "custom_id": "guest-1"}])
    message_id = answer.body["results"][NUMBER]["message_id"]

    before = (await amp.status(message_id)).body
    await amp.advance(until="idle")
    after = (await amp.status(message_id)).body

    assert (before["api_job_id"], before["client_job_id"]) == (answer.body["api_job_id"], "")
    assert before["data"][0]["status"] == "ACCEPTD"
    assert {key: after["data"][0][key] for key in ("type", "status", "to", "sms_from", "client_message_id")} == {
        "type": "SMS",
        "status": "DELIVRD",
        "to": NUMBER,
        "sms_from": "MockAMP",
        "client_message_id": "guest-1",
    }
    assert [key for key in after["data"][0] if key.endswith("_from")] == ["sms_from"]

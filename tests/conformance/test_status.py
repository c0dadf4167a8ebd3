"""Asking for the status of a message (G-1 to G-5)."""

import re
from typing import Any, Final

import pytest

from tests.conformance.verdicts import LEFT_OUT, SMS, UUID4, VIBER, refused, send, verdict
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Answer

_SENT: Final = 1_767_225_600_000
"""START in milliseconds."""


def _id(answer: Answer, number: str = NUMBER) -> str:
    return str(answer.body["results"][number]["message_id"])


async def test_a_status_is_answered_in_this_order(amp: Amp) -> None:
    """G-1, G-2, G-3: the keys, before any channel took the message."""
    sent = await send(
        amp,
        destinations=[{"number": NUMBER, "custom_id": "guest"}],
        job_id="evening",
        im_content=[{**VIBER, "sender_id": "Harbour IM"}, {"channel": "WHATSAPP", "content": "Hi"}],
        sms_content={**SMS, "sender_id": "Harbour"},
    )
    answer = await amp.status(_id(sent))

    expected = (
        '{"api_job_id":"UUID","client_job_id":"evening","data":[{"type":"INTERNAL",'
        '"message_id":"17672256000000014003","status":"ACCEPTD","timestamp":1767225600,'
        '"micro_timestamp":1767225600000,"to":"35699000001","sms_from":"Harbour","viber_from":"Harbour IM",'
        '"whatsapp_from":"MockAMP","client_message_id":"guest","error_code":0,"#meta":{}}]}'
    )
    assert re.fullmatch(re.escape(expected).replace("UUID", UUID4), answer.raw.decode())
    assert answer.body["api_job_id"] == sent.body["api_job_id"]


@pytest.mark.parametrize(
    ("sections", "senders"),
    [
        ({}, {"sms_from": "MockAMP"}),
        ({"sms_content": LEFT_OUT, "im_content": [VIBER]}, {"sms_from": "", "viber_from": "MockAMP"}),
        (
            {"im_content": [{"channel": "RCS", "content": "Hi"}, {"channel": "TELEGRAM", "content": "Hi"}]},
            {"sms_from": "MockAMP", "rcs_from": "MockAMP", "telegram_from": "MockAMP"},
        ),
    ],
    ids=["SMS", "IM", "both"],
)
async def test_each_channel_of_the_plan_has_its_sender(
    amp: Amp, sections: dict[str, Any], senders: dict[str, str]
) -> None:
    """G-1: sms_from is never missing, the others are there when they may be used."""
    answer = await amp.status(_id(await send(amp, **sections)))

    (item,) = answer.body["data"]
    assert {key: value for key, value in item.items() if key.endswith("_from")} == senders


async def test_the_latest_status_is_told_with_its_own_time(amp: Amp) -> None:
    """G-2, G-3: seconds, and milliseconds under the name of microseconds."""
    sent = await send(amp, sms_content=LEFT_OUT, im_content=[VIBER])
    told = []
    for by in ("199ms", "1ms", "799ms", "1ms", "1h"):
        await amp.advance(by=by)
        (item,) = (await amp.status(_id(sent))).body["data"]
        told.append((item["type"], item["status"], item["timestamp"] * 1_000, item["micro_timestamp"]))

    assert told == [
        ("INTERNAL", "ACCEPTD", _SENT, _SENT),
        ("VIBER", "ACCEPTD", _SENT, _SENT + 200),
        ("VIBER", "ACCEPTD", _SENT, _SENT + 200),
        ("VIBER", "DELIVRD", _SENT + 1_000, _SENT + 1_000),
        ("VIBER", "SEEN", _SENT + 3_000, _SENT + 3_000),
    ]


async def test_a_failure_is_told_with_its_code(amp: Amp) -> None:
    """G-1: the code of the latest status."""
    sent = await send(amp, destinations=[{"number": NO_IM_NUMBER}], sms_content=LEFT_OUT, im_content=[VIBER])
    await amp.advance(until="idle")
    answer = await amp.status(_id(sent, NO_IM_NUMBER))

    (item,) = answer.body["data"]
    assert (item["type"], item["status"]) == ("VIBER", "UNDELIV")
    assert item["error_code"] != 0


@pytest.mark.parametrize(
    "message_id",
    [
        "17672256000000024003",
        "17672256000000014004",
        "17672256000000004003",
        "1767225600000001400",
        "x",
        "%00",
        "%E2%82%AC",
    ],
)
async def test_an_unknown_message_is_404(amp: Amp, message_id: str) -> None:
    """G-4: with the envelope; whatever stands there for an id."""
    await send(amp)
    answer = await amp.status(message_id)

    assert await verdict(amp, answer) == refused(404, "G-4")
    assert list(answer.body) == ["api_job_id", "result_info", "results"]


async def test_the_message_of_another_account_is_404(amp: Amp, server: Amp) -> None:
    """G-4: as if it were not there."""
    other = await server.open_account()
    sent = await send(other)
    answer = await amp.status(_id(sent))

    assert (await other.status(_id(sent))).status == 200
    assert await verdict(amp, answer) == refused(404, "G-4")


async def test_without_a_token_an_unknown_message_is_401(server: Amp) -> None:
    """G-4: 401 comes first; 429 has no check yet."""
    answer = await server.call("GET", "/1/im/status/x")

    assert await verdict(server, answer) == refused(401, "A-2")


async def test_asking_changes_nothing(amp: Amp) -> None:
    """G-1: twice the same bytes."""
    message_id = _id(await send(amp))
    first, second = await amp.status(message_id), await amp.status(message_id)

    assert first.raw == second.raw


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"sms_content": LEFT_OUT, "im_content": [VIBER]},
        {"sms_content": LEFT_OUT, "message": {"texts": [{"text": "Hi"}]}},
    ],
    ids=["SMS", "IM", "ubiquity"],
)
async def test_without_a_job_id_and_a_custom_id_both_are_empty(amp: Amp, sections: dict[str, Any]) -> None:
    """G-5: the keys stay. The other two products have no endpoint yet."""
    answer = await amp.status(_id(await send(amp, **sections)))

    assert (answer.body["client_job_id"], answer.body["data"][0]["client_message_id"]) == ("", "")

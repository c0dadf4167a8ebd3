"""The outer level of `POST /1/im`: to whom, by which way, in which order (O-1 to O-5)."""

from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, LEFT_OUT, SMS, VIBER, Verdict, refused, send, verdict
from tests.harness import Amp

_UBIQUITY: Final = {"texts": [{"text": "Hello"}]}


def _many(size: int) -> list[dict[str, str]]:
    return [{"number": str(35600000000 + each)} for each in range(size)]


@pytest.mark.parametrize(
    ("destinations", "expected"),
    [
        (LEFT_OUT, refused(400, "O-1")),
        ([], refused(403, "O-1")),
        (_many(1), ACCEPTED),
        (_many(50_000), ACCEPTED),
        (_many(50_001), refused(403, "O-1")),
    ],
    ids=["missing", "none", "1", "50,000", "50,001"],
)
async def test_a_request_has_1_to_50000_destinations(amp: Amp, destinations: Any, expected: Verdict) -> None:
    """O-1: all of them are answered, or none."""
    answer = await send(amp, destinations=destinations)

    assert await verdict(amp, answer) == expected
    assert len(answer.body["results"]) == (len(destinations) if expected == ACCEPTED else 0)


@pytest.mark.parametrize(
    ("job_id", "expected"),
    [("j" * 255, ACCEPTED), ("j" * 256, refused(403, "O-2")), ("\U0001f389" * 255, ACCEPTED)],
    ids=["255", "256", "255 outside the BMP"],
)
async def test_a_job_id_has_up_to_255_characters(amp: Amp, job_id: str, expected: Verdict) -> None:
    """O-2: characters, not bytes."""
    answer = await send(amp, job_id=job_id)

    assert await verdict(amp, answer) == expected
    assert answer.body["client_job_id"] == job_id


async def test_a_job_id_may_be_used_again(amp: Amp) -> None:
    """O-2: and makes another job."""
    first, second = await send(amp, job_id="evening"), await send(amp, job_id="evening")

    assert (first.status, second.status) == (200, 200)
    assert first.body["api_job_id"] != second.body["api_job_id"]


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"message": _UBIQUITY}, ACCEPTED),
        ({"sms_content": SMS}, ACCEPTED),
        ({"im_content": [VIBER]}, ACCEPTED),
        ({"sms_content": SMS, "im_content": [VIBER]}, ACCEPTED),
        ({}, refused(400, "O-3")),
        ({"message": _UBIQUITY, "sms_content": SMS}, refused(400, "O-3")),
        ({"message": _UBIQUITY, "im_content": [VIBER]}, refused(400, "O-3")),
        ({"message": _UBIQUITY, "sms_content": SMS, "im_content": [VIBER]}, refused(400, "O-3")),
    ],
    ids=lambda value: " and ".join(value) or "nothing" if isinstance(value, dict) else "",
)
async def test_there_is_exactly_one_way_to_say_it(amp: Amp, sections: dict[str, Any], expected: Verdict) -> None:
    """O-3: a ubiquity message, or sections for SMS and IM."""
    answer = await send(amp, **{"sms_content": LEFT_OUT, **sections})

    assert await verdict(amp, answer) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"im_content": VIBER}, refused(400, "O-4")),
        ({"im_content": VIBER, "sms_content": LEFT_OUT}, refused(400, "O-4")),
        ({"im_content": "Hello"}, refused(400, "O-4")),
        ({"im_content": []}, ACCEPTED),
        ({"im_content": [], "sms_content": LEFT_OUT, "message": _UBIQUITY}, ACCEPTED),
        ({"im_content": [], "sms_content": LEFT_OUT}, refused(400, "O-3")),
    ],
)
async def test_im_content_is_an_array_and_an_empty_one_is_none(
    amp: Amp, changes: dict[str, Any], expected: Verdict
) -> None:
    """O-4: whatever else is there."""
    answer = await send(amp, **changes)

    assert await verdict(amp, answer) == expected


@pytest.mark.parametrize(
    ("plan", "channels"),
    [
        (LEFT_OUT, ["WHATSAPP", "VIBER", "SMS"]),
        ("FEATURE_RICH", ["WHATSAPP", "VIBER", "SMS"]),
        ("LOW_COST", ["VIBER", "SMS", "WHATSAPP"]),
    ],
    ids=["left out", "FEATURE_RICH", "LOW_COST"],
)
async def test_the_plan_is_feature_rich_unless_low_cost_is_asked_for(amp: Amp, plan: Any, channels: list[str]) -> None:
    """O-5: seen by the order of the channels."""
    await send(amp, im_content=[{"channel": "WHATSAPP", "content": "Hi"}, VIBER], message_plan=plan)

    (message,) = await amp.messages()
    assert message["channels"] == channels


@pytest.mark.parametrize("plan", ["low_cost", "CHEAPEST", " LOW_COST"])
async def test_another_plan_is_illegal(amp: Amp, plan: str) -> None:
    """O-5: the names are exact."""
    answer = await send(amp, message_plan=plan, im_content=[VIBER])

    assert await verdict(amp, answer) == refused(403, "O-5")


@pytest.mark.parametrize("section", [{"sms_content": SMS}, {"message": _UBIQUITY}], ids=["sms_content", "message"])
async def test_a_plan_without_im_content_changes_nothing(amp: Amp, section: dict[str, Any]) -> None:
    """O-5: it is accepted, and the channels are as without it."""
    answers = [await send(amp, **{"sms_content": LEFT_OUT, **section})]
    answers += [
        await send(amp, **{"sms_content": LEFT_OUT, **section, "message_plan": plan})
        for plan in ("LOW_COST", "FEATURE_RICH")
    ]

    messages = await amp.messages()
    assert [answer.status for answer in answers] == [200] * 3
    assert messages[0]["channels"] == messages[1]["channels"] == messages[2]["channels"]

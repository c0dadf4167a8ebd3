"""What a refused request is answered: the envelope and the words (R-6 to R-8)."""

import json
import re
from typing import Any, Final

import pytest

from tests.conformance.verdicts import SMS, UUID4, VIBER, refused, send, verdict
from tests.harness import Amp, running

_FORBIDDEN: Final = "Forbidden: Validation error/s has/have occured, Reason/s: "


@pytest.mark.parametrize("job", [{"job_id": "evening"}, {}], ids=["with a job id", "without"])
async def test_an_error_has_the_same_envelope(amp: Amp, job: dict[str, str]) -> None:
    """R-6, R-1: an api_job_id of its own, and no results."""
    first, second = [await send(amp, destinations=[], **job) for _ in range(2)]

    assert list(first.body) == ["api_job_id", *(["client_job_id"] if job else []), "result_info", "results"]
    assert re.fullmatch(UUID4, first.body["api_job_id"])
    assert first.body["api_job_id"] != second.body["api_job_id"]
    assert (first.body.get("client_job_id"), first.body["results"]) == (job.get("job_id"), {})


async def test_a_job_id_comes_back_when_the_fault_is_one_of_form(amp: Amp) -> None:
    """R-6: it could be read; from what is not JSON it cannot."""
    read = await send(amp, job_id="evening", sms_content=[])
    unread = await amp.send(b'{"job_id":"evening",')

    assert (read.status, read.body["client_job_id"]) == (400, "evening")
    assert (unread.status, "client_job_id" in unread.body) == (400, False)


async def test_a_bad_number_is_told_in_the_vendors_words(amp: Amp) -> None:
    """R-7: to the letter."""
    answer = await send(amp, destinations=[{"number": "avc"}])

    assert await verdict(amp, answer) == refused(403, "D-1")
    assert answer.body["result_info"]["description"] == (
        "Forbidden: Validation error/s has/have occured, Reason/s: DestinationInfo has an invalid [number] value. "
        "Value [avc] does not match pattern [^[1-9][0-9]{6,14}$]. DestinationInfo fields were: MSISDN[number]:[avc]; "
        "CUSTOM_ID[custom_id]:[null]; TEXT_PARAMS[params]:[null]"
    )


async def test_a_bad_number_is_told_with_the_rest_of_its_destination(amp: Amp) -> None:
    """R-7: custom_id and params, when there are any."""
    answer = await send(amp, destinations=[{"number": "avc", "custom_id": "guest", "params": {"A": "1"}}])

    told = answer.body["result_info"]["description"]
    assert told.endswith("MSISDN[number]:[avc]; CUSTOM_ID[custom_id]:[guest]; TEXT_PARAMS[params]:[{A=1}]")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"message_plan": "CHEAP"}, "Request has an invalid [message_plan] value. Value [CHEAP] "),
        ({"sms_content": {**SMS, "pid": 256}}, "SmsContent has an invalid [pid] value. Value [256] "),
        ({"im_content": [{**VIBER, "ttl": 5}]}, "ImContent has an invalid [ttl] value. Value [5] "),
        ({"callback_url": "x"}, "Request has an invalid [callback_url] value. Value [x] "),
    ],
)
async def test_other_fields_are_told_in_the_same_style(amp: Amp, changes: dict[str, Any], reason: str) -> None:
    """R-7: object, field, value, and what is wrong with it."""
    answer = await send(amp, **changes)

    assert answer.status == 403
    assert answer.body["result_info"]["description"].startswith(_FORBIDDEN + reason)


def _reason(number: str) -> str:
    return (
        f"DestinationInfo has an invalid [number] value. Value [{number}] does not match pattern "
        f"[^[1-9][0-9]{{6,14}}$]. DestinationInfo fields were: MSISDN[number]:[{number}]; "
        "CUSTOM_ID[custom_id]:[null]; TEXT_PARAMS[params]:[null]"
    )


@pytest.mark.parametrize(("faults", "more"), [(2, None), (10, None), (11, 1), (12, 2), (500, 490)])
async def test_ten_reasons_are_told_and_how_many_more_there_are(amp: Amp, faults: int, more: int | None) -> None:
    """R-7: joined by a semicolon."""
    numbers = [f"bad{each}" for each in range(faults)]
    answer = await send(amp, destinations=[{"number": number} for number in numbers])

    told = _FORBIDDEN + "; ".join(_reason(number) for number in numbers[:10])
    assert answer.body["result_info"]["description"] == told + (f"; and {more} more" if more else "")


_PHRASES: Final = {
    400: "Bad Request: ",
    401: "Unauthorized: ",
    404: "Not Found: ",
    405: "Method Not Allowed: ",
    413: "Request Entity Too Large: ",
    415: "Unsupported Media Type: ",
}


@pytest.mark.parametrize("status", _PHRASES)
async def test_the_text_of_another_error_begins_with_its_phrase(status: int) -> None:
    """R-8: and goes on with the reason."""
    async with running(body_limit=1_024) as amp:
        headers = {"Authorization": f"Token {'x' if status == 401 else amp.token}"}
        headers["Content-Type"] = "text/plain" if status == 415 else "application/json"
        path = "/1/nothing" if status == 404 else "/1/im"
        data = json.dumps({"padding": "." * 1_024 if status == 413 else ""}).encode()
        answer = await amp.call("PUT" if status == 405 else "POST", path, data=data, headers=headers)

        told = answer.body["result_info"]["description"]
        assert answer.status == status
        assert told.startswith(_PHRASES[status])
        assert len(told) > len(_PHRASES[status])

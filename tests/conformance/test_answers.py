"""What a send is answered, to the byte (R-1 to R-5)."""

import re
from typing import Any, Final

import pytest

from tests.conformance.verdicts import SMS, UUID4, send
from tests.harness import NUMBER, Amp, running

_SUCCESS: Final = "Request successful (no errors occured and the message has been submitted)"


@pytest.mark.parametrize(
    ("job", "told"), [({"job_id": "evening"}, '"client_job_id":"evening",'), ({}, "")], ids=["with", "without"]
)
async def test_an_accepted_send_is_answered_in_this_order(amp: Amp, job: dict[str, str], told: str) -> None:
    """R-1, R-2, R-3, R-4: the keys, the words, the results."""
    destinations = [{"number": "35699000002", "custom_id": "guest"}, {"number": "35699000001"}]
    answer = await send(amp, destinations=destinations, **job)

    expected = (
        f'{{"api_job_id":"UUID",{told}"result_info":{{"status_code":200,"description":"{_SUCCESS}"}},'
        '"results":{"35699000002":{"message_id":"17672256000000014003","custom_id":"guest"},'
        '"35699000001":{"message_id":"17672256000000024003","custom_id":""}}}'
    )
    assert re.fullmatch(re.escape(expected).replace("UUID", UUID4), answer.raw.decode())


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), ({"destinations": [], "sms_content": SMS}, 403), (None, 200)], ids=str
)
async def test_the_status_code_is_that_of_http(amp: Amp, body: Any, status: int) -> None:
    """R-2: and the text is under description."""
    answer = await amp.send(body, sms_content=SMS)

    assert list(answer.body["result_info"]) == ["status_code", "description"]
    assert (answer.status, answer.body["result_info"]["status_code"]) == (status, status)


async def test_ids_count_within_a_millisecond_of_the_accounts_clock(amp: Amp) -> None:
    """R-5: the next request goes on from the last."""
    first, second = await send(amp), await send(amp)
    await amp.advance(by="1ms")
    third = await send(amp)

    ids = [answer.body["results"][NUMBER]["message_id"] for answer in (first, second, third)]
    assert ids == ["17672256000000014003", "17672256000000024003", "17672256000010014003"]


async def test_past_999_the_milliseconds_move_on(amp: Amp) -> None:
    """R-5: and none of these ids comes again when the clock gets there."""
    numbers = [str(35600000000 + each) for each in range(1_000)]
    first = await send(amp, destinations=[{"number": number} for number in numbers])
    await amp.advance(by="1ms")
    second = await send(amp)

    ids = [each["message_id"] for each in first.body["results"].values()]
    assert (ids[0], ids[998], ids[999]) == ("17672256000000014003", "17672256000009994003", "17672256000010014003")
    assert second.body["results"][NUMBER]["message_id"] == "17672256000010024003"


async def test_the_node_is_a_setting() -> None:
    """R-5: the last four digits."""
    async with running(node=17) as server:
        amp = await server.open_account()
        answer = await send(amp)

        assert answer.body["results"][NUMBER]["message_id"] == "17672256000000010017"

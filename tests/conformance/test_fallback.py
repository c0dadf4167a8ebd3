"""What is told of a message that goes from channel to channel (L-5, L-6)."""

from typing import Any, Final

import pytest

from tests.conformance.verdicts import LEFT_OUT, SMS, VIBER, send
from tests.harness import NO_IM_NUMBER, Amp, Receiver, running

_OFF: Final = [{"number": NO_IM_NUMBER}]


async def _reported(amp: Amp, receiver: Receiver) -> list[tuple[str, str]]:
    await send(amp, destinations=_OFF, im_content=[VIBER], callback_url=receiver.url)
    await amp.advance(until="idle")
    return [status for each in receiver.received for status in each.statuses]


async def test_the_failure_of_a_channel_is_reported_at_that_moment(amp: Amp, receiver: Receiver) -> None:
    """L-5: before the next channel has begun."""
    await send(amp, destinations=_OFF, im_content=[VIBER], callback_url=receiver.url)
    await amp.advance(by="1s")

    assert receiver.received[-1].statuses == [("VIBER", "UNDELIV")]


async def test_the_next_channel_does_not_wait_for_that_report(amp: Amp, receiver: Receiver) -> None:
    """L-5: SMS delivers while the receiver refuses everything."""
    receiver.answers = (500,)
    await send(amp, destinations=_OFF, im_content=[VIBER], callback_url=receiver.url)
    await amp.advance(by="2s")

    (message,) = await amp.messages()
    assert (message["type"], message["status"]) == ("SMS", "DELIVRD")
    assert {callback["state"] for callback in await amp.callbacks()} == {"retrying"}


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_setting_turns_intermediary_reports_off(receiver: Receiver, wanted: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    """L-5: the others stay."""
    async with running(intermediary_reports=wanted) as amp:
        told = await _reported(amp, receiver)

    failure: list[Any] = [("VIBER", "UNDELIV")] if wanted else []
    assert told == [
        ("INTERNAL", "ACCEPTD"),
        ("VIBER", "ACCEPTD"),
        *failure,
        ("SMS", "ACCEPTD"),
        ("SMS", "DELIVRD"),
    ]


async def test_the_failure_of_the_last_channel_is_reported_in_any_case(receiver: Receiver) -> None:
    """L-5: it is final and no intermediary status."""
    async with running(intermediary_reports=False) as amp:
        await send(
            amp,
            destinations=_OFF,
            sms_content=LEFT_OUT,
            im_content=[{"channel": "RCS", "content": "Hi"}, VIBER],
            callback_url=receiver.url,
        )
        await amp.advance(until="idle")

    assert [status for each in receiver.received for status in each.statuses][-2:] == [
        ("VIBER", "ACCEPTD"),
        ("VIBER", "UNDELIV"),
    ]


async def test_the_message_id_stays_the_same_on_every_channel(amp: Amp, receiver: Receiver) -> None:
    """L-6: and the status endpoint tells the latest."""
    sent = await send(amp, destinations=_OFF, im_content=[VIBER], sms_content=SMS, callback_url=receiver.url)
    message_id = sent.body["results"][NO_IM_NUMBER]["message_id"]
    told = []
    for _ in range(5):
        (item,) = (await amp.status(message_id)).body["data"]
        told.append((item["type"], item["status"]))
        await amp.advance(until="next")

    assert {item["message_id"] for each in receiver.received for item in each.body["data"]} == {message_id}
    assert told == [status for each in receiver.received for status in each.statuses]
    assert told[-1] == ("SMS", "DELIVRD")

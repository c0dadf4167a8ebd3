"""O-9: the first message to a recipient cannot be promotional, where the account says so."""

from typing import Any

import pytest

from tests.harness import NUMBER, Amp, Receiver

OTHER = "35699000002"
SMS: dict[str, Any] = {"message": "Half price!"}


def _sent(amp_body: list[Any], number: str) -> list[tuple[str, str]]:
    found = [message for message in amp_body if message["to"] == number][-1]
    return [(line["type"], line["status"]) for line in found["timeline"]]


@pytest.fixture
async def strict_account(server: Amp) -> Amp:
    return await server.open_account(reject_first_promotional=True)


async def test_a_promotional_message_to_a_stranger_is_rejected_by_the_platform(
    strict_account: Amp, receiver: Receiver
) -> None:
    """O-9: INTERNAL ACCEPTD, then INTERNAL REJECTD; the others go on."""
    amp = strict_account
    await amp.send({"destinations": [{"number": NUMBER}], "sms_content": SMS})
    await amp.send(
        {
            "destinations": [{"number": NUMBER}, {"number": OTHER}],
            "sms_content": SMS,
            "promotional": True,
            "callback_url": receiver.url,
        }
    )

    await amp.advance(until="idle")

    messages = await amp.messages()
    assert _sent(messages, OTHER) == [("INTERNAL", "ACCEPTD"), ("INTERNAL", "REJECTD")]
    assert _sent(messages, NUMBER)[-1] == ("SMS", "DELIVRD")
    reported = [(item["to"], item["type"], item["status"]) for got in receiver.received for item in got.body["data"]]
    assert [each[1:] for each in reported if each[0] == OTHER] == [("INTERNAL", "ACCEPTD"), ("INTERNAL", "REJECTD")]


async def test_a_promotional_message_makes_no_acquaintance(strict_account: Amp) -> None:
    """O-9: only an earlier message that was not promotional counts."""
    for _ in range(2):
        await strict_account.send(sms_content=SMS, promotional=True)

    await strict_account.advance(until="idle")

    assert [message["status"] for message in await strict_account.messages()] == ["REJECTD", "REJECTD"]


async def test_a_rejected_message_is_told_by_the_status_endpoint_with_its_senders(strict_account: Amp) -> None:
    """O-9, G-1: sms_from as ever; INTERNAL is no channel that sends."""
    answer = await strict_account.send(sms_content={**SMS, "sender_id": "Harbour"}, promotional=True)
    await strict_account.advance(until="idle")

    status = await strict_account.status(answer.body["results"][NUMBER]["message_id"])

    (item,) = status.body["data"]
    assert (item["type"], item["status"], item["sms_from"]) == ("INTERNAL", "REJECTD", "Harbour")
    assert "internal_from" not in item


async def test_it_is_off_unless_the_account_says_so(amp: Amp) -> None:
    """O-9, O-7: a setting of the account."""
    await amp.send(sms_content=SMS, promotional=True)

    await amp.advance(until="idle")

    assert [message["status"] for message in await amp.messages()] == ["DELIVRD"]

"""What can be read of one message, of the agenda, and that reading changes nothing (DESIGN: shapes)."""

import pytest

from tests.api.holding import at, send_sms
from tests.harness import NO_IM_NUMBER, NUMBER, START, Amp, Receiver

OTHER = "35699000002"


async def test_a_message_says_where_it_went_and_what_became_of_it(amp: Amp) -> None:
    """DESIGN, shapes: message."""
    body = {
        "destinations": [{"number": NUMBER, "custom_id": "c-1", "params": {"NAME": "Ann"}}],
        "sms_content": {"message": "Hello {#NAME}", "sender_id": "Acme"},
        "job_id": "mine",
    }
    sent = (await amp.send(body)).body
    await amp.advance(until="next")

    (message,) = await amp.messages()

    assert message["id"] == sent["results"][NUMBER]["message_id"]
    assert message == message | {
        "to": NUMBER,
        "from": "Acme",
        "type": "SMS",
        "status": "ACCEPTD",
        "error_code": 0,
        "api_job_id": sent["api_job_id"],
        "client_job_id": "mine",
        "custom_id": "c-1",
        "text": "Hello Ann",
        "timeline": [
            {"at": START, "type": "INTERNAL", "status": "ACCEPTD", "error_code": 0},
            {"at": at(0.2), "type": "SMS", "status": "ACCEPTD", "error_code": 0},
        ],
    }


async def test_a_messages_detail_has_its_callbacks_with_every_attempt(amp: Amp, receiver: Receiver) -> None:
    """DESIGN, shapes: only those that reported this message; each with what the receiver answered."""
    receiver.answers = (500, 200)
    await send_sms(amp, OTHER, callback_url=receiver.url)
    await send_sms(amp, NUMBER)
    await amp.advance(by="10m")
    reported, silent = await amp.messages()

    detail = (await amp.admin("GET", f"/messages/{reported['id']}")).body
    other = (await amp.admin("GET", f"/messages/{silent['id']}")).body

    assert {key: value for key, value in detail.items() if key in reported} == reported
    assert detail["callbacks"] == await amp.callbacks()
    assert other["callbacks"] == []
    first = detail["callbacks"][0]
    assert (first["kind"], first["url"], first["state"]) == ("report", receiver.url, "delivered")
    assert first["body"] == receiver.received[0].body
    assert [
        (each["number"], each["at"], each["outcome"], each["status"], each["error"]) for each in first["attempts"]
    ] == [
        (1, START, "failed", 500, None),
        (2, "2026-01-01T00:05:00.000000Z", "delivered", 200, None),
    ]


async def test_a_messages_detail_leaves_out_the_reports_of_its_jobs_other_messages(
    amp: Amp, receiver: Receiver
) -> None:
    """C-3: messages of one job travel together only while they fare alike."""
    destinations = [{"number": NUMBER}, {"number": NO_IM_NUMBER}]
    content = [{"channel": "VIBER", "content": "Hi"}]
    more = {"im_content": content, "sms_content": {"message": "Hello"}, "callback_url": receiver.url}
    await amp.send({"destinations": destinations, **more})
    await amp.advance(until="idle")
    every = await amp.callbacks()

    for message in await amp.messages():
        detail = (await amp.admin("GET", f"/messages/{message['id']}")).body
        about = [each for each in every if message["id"] in [item["message_id"] for item in each["body"]["data"]]]

        assert detail["callbacks"] == about
        assert 0 < len(about) < len(every)


async def test_the_agenda_says_what_will_happen_and_when(amp: Amp, receiver: Receiver) -> None:
    """DESIGN: in order, and gone when it has happened."""
    receiver.answers = (500,)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by="0.2s")

    agenda = (await amp.admin("GET", "/agenda")).body["items"]

    assert [(row["at"], row["kind"]) for row in agenda] == [
        (at(1), "status"),
        ("2026-01-01T00:05:00.000000Z", "attempt"),
        ("2026-01-01T00:05:00.200000Z", "attempt"),
    ]
    assert agenda[1]["callback_id"] == (await amp.callbacks())[0]["id"]
    await amp.advance(until="idle")
    assert (await amp.admin("GET", "/agenda")).body["items"] == []


@pytest.mark.parametrize(
    "path", ["", "/tokens", "/clock", "/agenda", "/messages", "/callbacks", "/callbacks/1", "/requests", "/requests/1"]
)
async def test_looking_twice_gives_the_same_bytes(amp: Amp, receiver: Receiver, path: str) -> None:
    """Smell 2: no time passes because somebody looked."""
    receiver.answers = (500,)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by="500ms")

    looks = [await amp.admin("GET", path) for _ in range(2)]

    assert looks[0].status == 200
    assert looks[0].raw == looks[1].raw

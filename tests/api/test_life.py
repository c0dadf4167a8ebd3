"""The life of a message on a frozen clock, over HTTP in this process."""

from tests.harness import NO_IM_NUMBER, START, Amp, Receiver


def _line(entry: dict[str, object]) -> tuple[object, ...]:
    return entry["at"], entry["type"], entry["status"]


async def test_an_sms_is_accepted_taken_and_delivered(amp: Amp) -> None:
    """L-2, L-8: SMS ACCEPTD after 0.2 s, DELIVRD after 1 s, never SEEN."""
    await amp.send(sms_content={"message": "Hello"})

    await amp.advance(until="idle")

    (message,) = await amp.messages()
    assert [_line(entry) for entry in message["timeline"]] == [
        (START, "INTERNAL", "ACCEPTD"),
        ("2026-01-01T00:00:00.200000Z", "SMS", "ACCEPTD"),
        ("2026-01-01T00:00:01.000000Z", "SMS", "DELIVRD"),
    ]


async def test_an_unreachable_messenger_falls_back_to_sms(amp: Amp, receiver: Receiver) -> None:
    """L-3, L-4, L-5: the failure is an intermediary report, and delays count from the start of the next channel."""
    await amp.send(
        {
            "destinations": [{"number": NO_IM_NUMBER}],
            "im_content": [{"channel": "VIBER", "content": "Hi"}],
            "sms_content": {"message": "Hello"},
            "callback_url": receiver.url,
        }
    )

    await amp.advance(until="idle")

    (message,) = await amp.messages()
    assert [_line(entry) for entry in message["timeline"]] == [
        (START, "INTERNAL", "ACCEPTD"),
        ("2026-01-01T00:00:00.200000Z", "VIBER", "ACCEPTD"),
        ("2026-01-01T00:00:01.000000Z", "VIBER", "UNDELIV"),
        ("2026-01-01T00:00:01.200000Z", "SMS", "ACCEPTD"),
        ("2026-01-01T00:00:02.000000Z", "SMS", "DELIVRD"),
    ]
    assert message["text"] == "Hello"
    assert [each.statuses for each in receiver.received] == [
        [(entry["type"], entry["status"])] for entry in message["timeline"]
    ]

"""How messages end other than well, by a scenario; and their validity on the account's clock."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness import START, Amp, running

SCENARIO = """
name: endings
rules:
  - {name: late on ios, match: {number: {prefix: "8881"}}, channels: {VIBER: expired}, handset: ios}
  - {name: late on android, match: {number: {prefix: "8882"}}, channels: {VIBER: {status: EXPIRED, error_code: 77}}}
  - {name: unread, match: {number: {prefix: "8883"}}, channels: {VIBER: delivered}}
  - {name: rejected, match: {number: {prefix: "8884"}}, channels: {VIBER: {status: REJECTD, error_code: 41}}}
  - {name: deleted, match: {number: {prefix: "8885"}}, channels: {VIBER: deleted}}
  - {name: unknown, match: {number: {prefix: "8886"}}, channels: {VIBER: unknown}}
  - {name: late sms, match: {number: {prefix: "8887"}}, channels: {SMS: expired}}
"""
VIBER: dict[str, Any] = {"channel": "VIBER", "content": "Hi"}
SMS: dict[str, Any] = {"message": "Hello"}


@pytest.fixture
async def ending(tmp_path: Path) -> AsyncIterator[Amp]:
    """An account of a server under the scenario."""
    (tmp_path / "endings.yaml").write_text(SCENARIO)
    async with running(scenario=str(tmp_path / "endings.yaml")) as server:
        yield await server.open_account()


async def _lived(amp: Amp, prefix: str, **sections: Any) -> tuple[list[tuple[str, str, int]], Any]:
    """The timeline of a message to a number that begins so, once nothing is left to happen, and the message."""
    await amp.send({"destinations": [{"number": f"{prefix}0000001"}], **sections})
    await amp.advance(until="idle")
    message = (await amp.messages())[-1]
    return [(line["type"], line["status"], line["error_code"]) for line in message["timeline"]], message


@pytest.mark.parametrize(
    ("prefix", "status", "code"),
    [("8884", "REJECTD", 41), ("8882", "EXPIRED", 77)],
)
async def test_a_failed_channel_hands_over_to_the_next(ending: Amp, prefix: str, status: str, code: int) -> None:
    """L-4, L-7: with the error code that the scenario chose."""
    lines, _ = await _lived(ending, prefix, im_content=[VIBER], sms_content=SMS)

    assert lines == [
        ("INTERNAL", "ACCEPTD", 0),
        ("VIBER", "ACCEPTD", 0),
        ("VIBER", status, code),
        ("SMS", "ACCEPTD", 0),
        ("SMS", "DELIVRD", 0),
    ]


@pytest.mark.parametrize(("prefix", "status"), [("8885", "DELETED"), ("8886", "UNKNOWN"), ("8883", "DELIVRD")])
async def test_other_endings_are_final(ending: Amp, prefix: str, status: str) -> None:
    """L-4, L-8: DELETED and UNKNOWN end the message without fallback; a message that is never read stays DELIVRD."""
    lines, message = await _lived(ending, prefix, im_content=[VIBER], sms_content=SMS)

    assert [line[:2] for line in lines] == [("INTERNAL", "ACCEPTD"), ("VIBER", "ACCEPTD"), ("VIBER", status)]
    assert (message["error_code"] == 0) == (status == "DELIVRD")


async def test_a_failure_without_a_chosen_code_has_one_of_ours(ending: Amp) -> None:
    """L-7: non-zero."""
    lines, _ = await _lived(ending, "8881", im_content=[VIBER])

    assert lines[-1][2] > 0


@pytest.mark.parametrize(
    ("outer", "own", "expires"),
    [
        ({}, {}, "2026-01-02T00:00:00.000000Z"),
        ({}, {"ttl": 0}, "2026-01-02T00:00:00.000000Z"),
        ({}, {"ttl": 15}, "2026-01-01T00:00:15.000000Z"),
        ({}, {"ttl": 432_000}, "2026-01-06T00:00:00.000000Z"),
        ({"ttl": 3_600}, {}, "2026-01-01T01:00:00.000000Z"),
        ({"ttl": 3_600}, {"ttl": 60}, "2026-01-01T00:01:00.000000Z"),
        ({"ttl": 1}, {}, "2026-01-01T00:00:15.000000Z"),
        ({"ttl": 100_000}, {}, "2026-01-02T00:00:00.000000Z"),
        ({"ttl": 432_000}, {}, "2026-01-06T00:00:00.000000Z"),
        ({"ttl": 0}, {}, "2026-01-02T00:00:00.000000Z"),
    ],
)
async def test_an_instant_message_expires_at_its_ttl(
    ending: Amp, outer: dict[str, Any], own: dict[str, Any], expires: str
) -> None:
    """L-4, O-8, I-7: its own, else the outer one clipped, else a day."""
    _, message = await _lived(ending, "8882", im_content=[{**VIBER, **own}], **outer)

    assert (message["status"], message["changed_at"]) == ("EXPIRED", expires)


@pytest.mark.parametrize(
    ("outer", "own", "expires"),
    [
        ({}, {}, "2026-01-03T00:00:00.000000Z"),
        ({}, {"ttl": 30}, "2026-01-01T00:00:30.000000Z"),
        ({"ttl": 3_600}, {}, "2026-01-01T01:00:00.000000Z"),
        ({"ttl": 2_147_483_647}, {}, "2026-01-03T00:00:00.000000Z"),
    ],
)
async def test_an_sms_expires_at_its_ttl(ending: Amp, outer: dict[str, Any], own: dict[str, Any], expires: str) -> None:
    """L-4, O-8, M-12: 0 and absent are two days."""
    _, message = await _lived(ending, "8887", sms_content={**SMS, **own}, **outer)

    assert (message["status"], message["changed_at"]) == ("EXPIRED", expires)


async def test_what_would_be_delivered_after_its_ttl_expires_instead() -> None:
    """L-4, M-12: late delivery is not modelled."""
    async with running(delivered_after="20s", seen_after="30s") as server:
        amp = await server.open_account()

        lines, message = await _lived(amp, "3569", im_content=[{**VIBER, "ttl": 15}])

    assert [line[:2] for line in lines][1:] == [("VIBER", "ACCEPTD"), ("VIBER", "EXPIRED")]
    assert (message["timeline"][0]["at"], message["changed_at"]) == (START, "2026-01-01T00:00:15.000000Z")


@pytest.mark.parametrize(
    ("prefix", "section", "text"),
    [
        ("8881", {}, "This message has expired."),
        ("8881", {"expiry_text": "Too late!"}, "Too late!"),
        ("8882", {"expiry_text": "Too late!"}, "Hi"),
    ],
)
async def test_an_expired_message_becomes_its_expiry_text_on_ios(
    ending: Amp, prefix: str, section: dict[str, Any], text: str
) -> None:
    """I-8: a property of the simulated recipient."""
    _, message = await _lived(ending, prefix, im_content=[{**VIBER, **section}])

    assert (message["status"], message["text"]) == ("EXPIRED", text)

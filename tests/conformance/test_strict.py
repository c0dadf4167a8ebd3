"""What is a warning in the journal, and a refusal when the server is strict; and where callbacks come from."""

from typing import Any

import pytest

from tests.conformance.verdicts import refused, verdict
from tests.harness import NUMBER, Receiver, running

WARNED: dict[str, tuple[str, dict[str, Any]]] = {
    "unknown key": ("H-12", {"sms_content": {"message": "Hi", "validity_period": 60}}),
    "numeric string": ("H-14", {"sms_content": {"message": "Hi", "pid": "4"}}),
    "no such character": ("M-5", {"sms_content": {"message": "Žemlja"}}),
}


@pytest.mark.parametrize("case", WARNED)
async def test_a_warning_is_200_and_in_the_journal(case: str) -> None:
    """H-12, H-14, M-5: accepted, and told to whoever looks."""
    rule, sections = WARNED[case]
    async with running() as amp:
        answer = await amp.send(**sections)

        assert answer.status == 200
        assert [warning["rule"] for warning in (await amp.last_request())["warnings"]] == [rule]


@pytest.mark.parametrize("case", WARNED)
async def test_a_strict_server_refuses_what_it_would_warn_of(case: str) -> None:
    """H-12, H-14, M-5: 400 for teams that want it, with the warning as the reason."""
    rule, sections = WARNED[case]
    async with running(strict=True) as amp:
        answer = await amp.send(**sections)

        assert await verdict(amp, answer) == refused(400, rule)
        assert await amp.messages() == []


async def test_a_strict_server_takes_what_it_has_no_warning_for() -> None:
    """H-13: an explicit null is no mistake."""
    async with running(strict=True) as amp:
        answer = await amp.send(sms_content={"message": "Hi", "sender_id": None}, job_id=None)

        assert answer.status == 200
        assert list(answer.body["results"]) == [NUMBER]


async def test_callbacks_come_from_the_address_that_is_set(receiver: Receiver) -> None:
    """C-7: so that a firewall rule can be tried."""
    async with running(callback_source="127.0.0.42") as amp:
        await amp.send(sms_content={"message": "Hi"}, callback_url=receiver.url)

        await amp.advance(until="idle")

        assert {got.remote for got in receiver.received} == {"127.0.0.42"}

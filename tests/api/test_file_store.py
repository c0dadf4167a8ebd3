"""A server whose state is in a file: the next one goes on from there."""

from pathlib import Path

import pytest

from tests.harness import running


async def test_a_server_goes_on_where_another_has_stopped(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The setting store: messages, ids and what is still to come."""
    store = f"sqlite:///{tmp_path}/store.db"
    caplog.set_level("INFO")
    async with running(store=store, log_level="info") as amp:
        await amp.send(sms_content={"message": "Hi"})
        before = await amp.messages()
    async with running(store=store, log_level="info") as amp:
        after = await amp.messages()
        await amp.advance(until="idle")
        lived = await amp.messages()
        await amp.send(sms_content={"message": "Hi"})
        both = await amp.messages()

    assert (after, [each["status"] for each in before]) == (before, ["ACCEPTD"])
    assert [each["status"] for each in lived] == ["DELIVRD"]
    assert len({each["id"] for each in both}) == 2
    assert f"stopped; kept in {tmp_path}/store.db: 1 messages that were not final" in caplog.text

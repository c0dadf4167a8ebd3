"""All that is wrong or doubtful about a request is told at once, and nothing that was accepted is lost."""

from typing import Any

import pytest

from tests.conformance.verdicts import SMS, refused, verdict
from tests.harness import NUMBER, Amp, running

OTHER = "35699000002"


def _doubtful() -> dict[str, Any]:
    return {"destinations": [{"number": NUMBER}], "sms_content": SMS, **{f"unknown{at}": at for at in range(500)}}


async def test_a_refused_request_tells_its_warnings_too(amp: Amp) -> None:
    """H-12: a misspelt section is refused for want of one; the hint is what helps."""
    answer = await amp.send({"destinations": [{"number": NUMBER}], "sms_contents": SMS})

    assert await verdict(amp, answer) == refused(400, "O-3")
    assert "did you mean sms_content?" in (await amp.last_request())["warnings"][0]["text"]


async def test_faults_of_every_kind_are_told_together(amp: Amp) -> None:
    """R-7: a bad number hides no text that is too long, nor a button that leads nowhere."""
    item: dict[str, Any] = {
        "channel": "RCS",
        "content": "b" * 1_001,
        "actions": [{"title": "Go", "target_url": "ftp://x"}],
    }
    answer = await amp.send(
        {
            "destinations": [{"number": "0123"}],
            "sms_content": {"message": "a" * 800, "pid": 300, "route": "G9"},
            "im_content": [item, {"expiry_text": "late"}],
        }
    )

    rules = {violation["rule"] for violation in (await amp.last_request())["violations"]}
    assert answer.status == 403
    assert rules == {"D-1", "M-3", "M-10", "M-11", "I-3", "I-5", "I-6"}


async def test_warnings_past_the_first_hundred_are_counted(amp: Amp) -> None:
    """H-12: the journal says how many more there were."""
    await amp.send(_doubtful())

    warnings = (await amp.last_request())["warnings"]
    assert len(warnings) == 101
    assert warnings[-1]["text"] == "and 400 more warnings"


async def test_a_strict_server_counts_them_too() -> None:
    """R-7: ten reasons, then how many more."""
    async with running(strict=True) as amp:
        answer = await amp.send(_doubtful())

        assert answer.body["result_info"]["description"].endswith("; and 490 more")


async def test_a_ubiquity_message_by_sms_warns_of_what_gsm7_has_not(amp: Amp) -> None:
    """M-5: only when SMS may carry it."""
    token = (await amp.admin("POST", "/tokens", {"im_sender": ""})).body["token"]
    for each in (token, amp.token):
        await amp.send(message={"texts": [{"text": "čau"}]}, token=each)

    told = [[warning["rule"] for warning in line["warnings"]] for line in await amp.requests()]
    assert told == [["M-5"], ["M-5"]]


async def test_a_ubiquity_text_too_long_for_one_leaves_sms_out_for_all(amp: Amp) -> None:
    """U-3: the text is measured after params; our choice for requests in which it fits some."""
    destinations = [{"number": NUMBER, "params": {"A": "x"}}, {"number": OTHER, "params": {"A": "x" * 800}}]

    await amp.send({"destinations": destinations, "message": {"texts": [{"text": "{#A}"}]}})

    assert all("SMS" not in message["channels"] for message in await amp.messages())


@pytest.mark.parametrize("url", ["http://[:::::]/", "http://a\u2100b/", "http://a:99999/", "http://a..b/"])
async def test_a_url_that_nobody_can_post_to_is_three_failed_attempts(amp: Amp, url: str) -> None:
    """C-4, C-5: whatever is wrong with it, the callback is accounted for."""
    answer = await amp.send(sms_content=SMS, callback_url=url)

    await amp.advance(until="idle")

    if answer.status == 200:
        callbacks = await amp.callbacks()
        assert {(each["state"], len(each["attempts"])) for each in callbacks} == {("discarded", 3)}
        assert len(callbacks) == 3
    else:
        assert await verdict(amp, answer) == refused(403, "O-6")


async def test_a_token_sends_from_its_own_senders_only(amp: Amp) -> None:
    """M-9, I-2: also when the request names none."""
    made = await amp.admin("POST", "/tokens", {"senders": ["Harbour", "Pier"]})
    outside = await amp.admin("POST", "/tokens", {"senders": ["Harbour"], "sms_sender": "Pier"})

    await amp.send(sms_content=SMS, token=made.body["token"])

    assert (made.body["sms_sender"], made.body["im_sender"]) == ("Harbour", "Harbour")
    assert (outside.status, outside.body["pointer"]) == (400, "/sms_sender")
    assert [message["from"] for message in await amp.messages()] == ["Harbour"]

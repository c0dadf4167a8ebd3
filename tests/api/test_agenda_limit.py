"""What an account has ahead of it is bounded: past the limit it takes no more, until some of it has happened."""

import asyncio

from tests.harness import Amp, Received, receiving, running

SMS = {"message": "Hi"}


async def _fill(amp: Amp) -> list[int]:
    return [(await amp.send(sms_content=SMS)).status for _ in range(5)]


async def test_a_send_too_many_is_503_until_some_of_it_has_happened() -> None:
    """H-8: it says how many there are and which setting helps."""
    async with running(max_agenda=3) as amp:
        statuses = await _fill(amp)
        refused, line = await amp.send(sms_content=SMS), await amp.last_request()
        await amp.advance(until="idle")
        later = await amp.send(sms_content=SMS)

    assert statuses == [200, 200, 200, 503, 503]
    assert list(refused.body) == ["api_job_id", "result_info", "results"]
    assert "has [3] statuses and callbacks ahead of it" in refused.body["result_info"]["description"]
    assert (line["rule"], "max-agenda" in line["violations"][0]["expected"]) == ("H-8", True)
    assert later.status == 200


async def test_no_account_stands_in_the_way_of_another() -> None:
    """D4: the limit is each account's own."""
    async with running(max_agenda=1) as amp:
        other = await amp.open_account()
        await amp.send(sms_content=SMS)

        assert [(await each.send(sms_content=SMS)).status for each in (amp, other)] == [503, 200]


async def test_codes_and_replies_wait_too() -> None:
    """H-8 for a code; 409 for the handset's reply."""
    code = {"client_ref": "login", "phone_number": "35699000001"}
    async with running(max_agenda=2) as amp, receiving() as receiver:
        await amp.send(im_content=[{"channel": "VIBER", "content": "Hi"}], reply_url=receiver.url)
        message = (await amp.messages())[0]["id"]
        await amp.advance(by="1s")
        for _ in range(2):
            await amp.send(sms_content=SMS)
        headers = {"Authorization": f"Token {amp.token}"}
        asked = await amp.call("POST", "/1/2fa", json=code, headers=headers)
        replied = await amp.admin("POST", f"/messages/{message}/reply", {"text": "Yes"})

    assert (asked.status, replied.status) == (503, 409)
    assert "max-agenda" in replied.body["detail"]


async def test_what_waits_before_a_receiver_that_hangs_counts() -> None:
    """A callback has left the agenda when it is posted, and is owed still."""
    held = asyncio.Event()

    async def hang(_got: Received) -> None:
        await held.wait()

    async with receiving() as receiver, running(max_agenda=4, max_callbacks_per_host=1) as amp:
        receiver.on_post = hang
        statuses = [(await amp.send(sms_content=SMS, callback_url=receiver.url)).status for _ in range(5)]
        agenda = (await amp.admin("GET", "/agenda")).body["items"]
        held.set()
        await amp.advance(until="idle")
        after = await amp.send(sms_content=SMS)

    assert (statuses, len(agenda), after.status) == ([200, 200, 503, 503, 503], 2, 200)

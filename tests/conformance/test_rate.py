"""The rate of a token (H-7): so many requests in a span of the account's clock, then one for every share of it."""

from typing import Any

from tests.conformance.verdicts import ACCEPTED, SMS, refused, verdict
from tests.harness import Amp, Answer

_THROTTLED = refused(429, "H-7")


async def _limited(amp: Amp, requests: int = 2, per: Any = "10s") -> Amp:
    """The account, whose token may make two requests in ten seconds unless told otherwise."""
    answer = await amp.admin("PATCH", f"/tokens/{amp.token}", {"rate": {"requests": requests, "per": per}})
    assert answer.status == 200, answer.body
    return amp


async def _statuses(amp: Amp, count: int) -> list[int]:
    return [(await amp.send(sms_content=SMS)).status for _ in range(count)]


async def test_a_token_has_no_rate_unless_it_is_set(amp: Amp) -> None:
    """H-7: off by default, and off again with null."""
    before = await _statuses(amp, 30)
    await _limited(amp, 1)
    limited = await _statuses(amp, 2)
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"rate": None})

    assert (set(before), limited, set(await _statuses(amp, 30))) == ({200}, [200, 429], {200})


async def test_a_request_too_many_is_refused_and_told_when_to_come_back(amp: Amp) -> None:
    """H-7: 429 with the seconds until the next one passes; nothing is stored."""
    await _limited(amp)
    assert await _statuses(amp, 2) == [200, 200]

    answer = await amp.send(sms_content=SMS)

    assert await verdict(amp, answer) == _THROTTLED
    assert answer.headers["Retry-After"] == "5"
    assert answer.body["result_info"] == {
        "status_code": 429,
        "description": "Too Many Requests: The token's rate is used up.",
    }
    assert (answer.body["results"], len(await amp.messages())) == ({}, 2)


async def test_a_frozen_clock_never_refills(amp: Amp) -> None:
    """H-7: and a refused request costs nothing."""
    await _limited(amp)

    assert await _statuses(amp, 12) == [200, 200] + [429] * 10
    await amp.advance(by="5s")
    assert await _statuses(amp, 2) == [200, 429]


async def test_a_share_comes_back_at_its_moment_and_not_before(amp: Amp) -> None:
    """H-7: five seconds a request, to the microsecond; Retry-After is rounded up."""
    await _limited(amp)
    await _statuses(amp, 2)

    await amp.advance(by="4999ms")
    early = await amp.send(sms_content=SMS)
    await amp.advance(by="1ms")
    in_time = await amp.send(sms_content=SMS)

    assert (await verdict(amp, early), early.headers["Retry-After"]) == (_THROTTLED, "1")
    assert await verdict(amp, in_time) == ACCEPTED


async def test_a_long_rest_brings_back_no_more_than_all(amp: Amp) -> None:
    """H-7: nobody saves up."""
    await _limited(amp)
    await _statuses(amp, 2)
    await amp.advance(by="1h")

    assert await _statuses(amp, 4) == [200, 200, 429, 429]


async def test_who_keeps_to_the_rate_is_never_refused(amp: Amp) -> None:
    """H-7: one request every five seconds goes on for ever."""
    await _limited(amp)
    seen = await _statuses(amp, 2)
    for _ in range(10):
        await amp.advance(by="5s")
        seen += await _statuses(amp, 1)

    assert seen == [200] * 12


async def test_the_seconds_of_a_wait_are_never_none(amp: Amp) -> None:
    """H-7: a wait of a millisecond is one second."""
    await _limited(amp, 1, "1ms")
    await _statuses(amp, 1)

    assert (await amp.send(sms_content=SMS)).headers["Retry-After"] == "1"


async def test_a_rate_is_by_the_second_unless_it_says(amp: Amp) -> None:
    """H-7: three requests a second."""
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"rate": {"requests": 3}})
    seen = await _statuses(amp, 4)
    await amp.advance(by="1s")

    assert seen + await _statuses(amp, 4) == [200, 200, 200, 429] * 2


async def test_each_token_has_a_rate_of_its_own(amp: Amp) -> None:
    """H-7: one that is used up is no other's trouble."""
    other = (await amp.admin("POST", "/tokens", {"rate": {"requests": 1, "per": "1m"}})).body["token"]
    await _limited(amp, 1)

    own = await _statuses(amp, 2)
    others = [(await amp.send(sms_content=SMS, token=other)).status for _ in range(2)]

    assert (own, others) == ([200, 429], [200, 429])


async def _status_of(amp: Amp) -> Answer:
    return await amp.status("17672256000000014003")


async def test_every_endpoint_takes_from_the_rate(amp: Amp) -> None:
    """H-7, G-4: a question about a status too, and it is 429 before it is 404."""
    await _limited(amp, 1)

    answers = [await _status_of(amp), await _status_of(amp), await amp.send(sms_content=SMS)]

    assert [await verdict(amp, each) for each in answers] == [refused(404, "G-4"), _THROTTLED, _THROTTLED]


async def test_the_rate_comes_before_media_type_and_document(amp: Amp) -> None:
    """H-1, H-7: and a refused document has cost its share."""
    await _limited(amp, 1)
    headers = {"Authorization": f"Token {amp.token}"}

    first = await amp.send(b"{")
    second = await amp.call("POST", "/1/im", data=b"<a/>", headers={**headers, "Content-Type": "text/xml"})

    assert [await verdict(amp, each) for each in (first, second)] == [refused(400, "H-9"), _THROTTLED]

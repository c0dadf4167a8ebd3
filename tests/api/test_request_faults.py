"""Faults of the scenario on the API: which requests suffer them, what is answered, what is done all the same."""

import asyncio
import json
import logging
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from mock_amp.core.instants import parse_duration
from mock_amp.settings import DEFAULT_TOKEN
from tests.conformance.raw import RawAnswer, ask, connected, head
from tests.conformance.verdicts import SMS, journalled, refused, verdict
from tests.harness import NUMBER, Amp, Answer, running

BODY: Final = json.dumps({"destinations": [{"number": NUMBER}], "sms_content": SMS}).encode()
_PHRASES: Final = {
    429: "Too Many Requests: ",
    500: "Internal Server Error: ",
    502: "Bad Gateway: ",
    503: "Service Unavailable: ",
    504: "Gateway Timeout: ",
}


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever is injected, nothing of ours or of aiohttp's has failed."""
    caplog.set_level(logging.INFO)
    yield
    assert [line.getMessage() for line in caplog.records if line.exc_info or line.levelno >= logging.ERROR] == []


async def suffer(amp: Amp, *faults: dict[str, Any]) -> None:
    """Puts a scenario in force whose requests suffer these faults."""
    named = [{"name": f"fault {number}", **fault} for number, fault in enumerate(faults, 1)]
    answer = await amp.admin("PUT", "/scenario", {"name": "broken", "requests": named})
    assert answer.status == 200, answer.body


async def send(amp: Amp) -> Answer:
    return await amp.send(sms_content=SMS)


async def statuses(amp: Amp, count: int) -> list[int]:
    """What so many questions about a message that there is not are answered; 404 when nothing is injected."""
    return [(await amp.status("1")).status for _ in range(count)]


async def raw_send(amp: Amp) -> RawAnswer:
    return await ask(amp, head(amp, f"Content-Length: {len(BODY)}") + BODY)


# which answer


@pytest.mark.parametrize("status", _PHRASES)
async def test_a_status_is_answered_in_the_envelope_and_nothing_is_done(amp: Amp, status: int) -> None:
    """H-7, H-8, R-6, R-8: refused in the scenario's name."""
    await suffer(amp, {"name": "outage", "status": status})

    answer = await send(amp)

    rule = "H-7" if status == 429 else "H-8"
    assert await verdict(amp, answer) == refused(status, rule)
    assert answer.body["results"] == {}
    assert answer.body["result_info"] == {
        "status_code": status,
        "description": f"{_PHRASES[status]}The fault [outage] of the scenario was injected.",
    }
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert (await amp.messages(), len(await amp.requests())) == ([], 1)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"status": 429}, "1"),
        ({"status": 429, "retry_after": 30}, "30"),
        ({"status": 503, "retry_after": 7}, "7"),
        ({"status": 503}, None),
        ({"status": 500}, None),
    ],
)
async def test_retry_after_is_what_the_scenario_says_and_1_for_429(
    amp: Amp, fault: dict[str, Any], told: str | None
) -> None:
    """H-7: whole seconds."""
    await suffer(amp, fault)

    assert (await send(amp)).headers.get("Retry-After") == told


async def test_a_fault_leaves_no_other_mark_in_the_answer(amp: Amp) -> None:
    """The real service has no header that would tell."""
    usual = await send(amp)
    await suffer(amp, {"malformed": True})

    answer = await raw_send(amp)

    assert answer.headers.keys() == {name.lower() for name in usual.headers}


# which requests


async def test_of_several_faults_the_first_that_matches_wins(amp: Amp) -> None:
    await suffer(amp, {"match": {"method": "GET"}, "status": 500}, {"status": 502}, {"status": 503})

    assert ((await send(amp)).status, await statuses(amp, 1)) == (502, [500])


@pytest.mark.parametrize(
    ("nth", "expected"),
    [
        (2, [404, 503, 404, 404, 404, 404]),
        ([1, 4], [503, 404, 404, 503, 404, 404]),
        ({"first": 2}, [503, 503, 404, 404, 404, 404]),
        ({"every": 3}, [404, 404, 503, 404, 404, 503]),
        ({"after": 4}, [404, 404, 404, 404, 503, 503]),
    ],
)
async def test_a_fault_strikes_the_requests_of_its_numbers(amp: Amp, nth: Any, expected: list[int]) -> None:
    await suffer(amp, {"match": {"nth": nth}, "status": 503})

    assert await statuses(amp, 6) == expected


async def test_only_requests_that_fit_the_rest_of_a_fault_are_counted(amp: Amp) -> None:
    await suffer(amp, {"match": {"method": "POST", "nth": 2}, "status": 503})

    seen = [(await send(amp)).status, *await statuses(amp, 3), (await send(amp)).status]

    assert seen == [200, 404, 404, 404, 503]


async def test_a_share_is_taken_by_the_seed_and_the_same_seed_takes_the_same(server: Amp) -> None:
    taken = []
    for seed in (7, 7, 8):
        amp = await server.open_account(seed=seed)
        await suffer(amp, {"match": {"share": 0.3}, "status": 503})
        taken.append(await statuses(amp, 400))

    first, again, other = taken
    assert 100 < first.count(503) < 140
    assert first == again != other
    assert 100 < other.count(503) < 140


async def test_a_fault_lasts_as_long_as_its_window_on_the_account_s_clock(amp: Amp) -> None:
    """From when the scenario came into force; the end is outside."""
    await amp.advance(by="1h")
    await suffer(amp, {"during": {"from": "10s", "to": "1m"}, "status": 503})

    before = await statuses(amp, 1)
    await amp.advance(by="10s")
    inside = await statuses(amp, 1)
    await amp.advance(by="49999ms")
    at_its_end = await statuses(amp, 1)
    await amp.advance(by="1ms")

    assert (before, inside, at_its_end, await statuses(amp, 1)) == ([404], [503], [503], [404])


async def test_a_fault_matches_the_endpoints_of_a_product() -> None:
    """Further send paths and the question about a status are the messaging product's."""
    async with running(send_path=["/1/acme"]) as amp:
        products = {"im": 500, "sms": 502, "2fa": 503}
        await suffer(amp, *({"match": {"product": name}, "status": status} for name, status in products.items()))
        calls = [("POST", path) for path in ("/1/im", "/1/acme", "/1/sms", "/1/2fa", "/1/2fa/me/123456")]
        calls.append(("GET", "/1/im/status/1"))
        headers = {"Authorization": f"Token {amp.token}"}

        answers = [await amp.call(method, path, headers=headers) for method, path in calls]

    assert [answer.status for answer in answers] == [500, 500, 502, 503, 503, 500]


async def test_a_fault_matches_a_path_without_its_query(amp: Amp) -> None:
    exact, glob = {"path": "/1/im"}, {"path": {"glob": "/1/*s"}}
    await suffer(amp, {"match": exact, "status": 500}, {"match": glob, "status": 502})
    headers = {"Authorization": f"Token {amp.token}", "Content-Type": "application/json"}

    answers = [await amp.call("POST", path, headers=headers) for path in ("/1/im?a=/1/sms", "/1/sms?b", "/1/2fa?s")]

    assert [answer.status for answer in answers] == [500, 502, 400]


async def test_a_fault_matches_one_of_several_products(amp: Amp) -> None:
    await suffer(amp, {"match": {"product": ["sms", "2fa"]}, "status": 503})
    headers = {"Authorization": f"Token {amp.token}", "Content-Type": "application/json"}

    answers = [await amp.call("POST", path, headers=headers) for path in ("/1/sms", "/1/2fa", "/1/im")]

    assert [answer.status for answer in answers] == [503, 503, 400]


# whom it leaves alone


async def test_who_has_no_good_token_is_told_so_whatever_is_injected(server: Amp) -> None:
    """H-1: nobody knows whose scenario it would be; and it is not counted."""
    await suffer(server, {"match": {"nth": 1}, "status": 503})

    strangers = [(await server.send(sms_content=SMS, token="nobody")).status for _ in range(2)]

    assert (strangers, (await send(server)).status) == ([401, 401], 503)


async def test_another_account_suffers_nothing(server: Amp, amp: Amp) -> None:
    await suffer(amp, {"status": 503})

    assert ((await send(server)).status, (await send(amp)).status) == (200, 503)


async def test_the_control_plane_suffers_nothing(amp: Amp) -> None:
    await suffer(amp, {"status": 503, "cut": "before"})

    answers = [await amp.admin("GET", path) for path in ("", "/clock", "/messages", "/requests")]
    answers.append(await amp.call("GET", "/livez"))

    assert {answer.status for answer in answers} == {200}


async def test_a_fault_with_a_status_spends_nothing_of_the_rate(amp: Amp) -> None:
    """H-1, H-7: it comes before the throttle."""
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"rate": {"requests": 1, "per": "1h"}})
    await suffer(amp, {"match": {"nth": {"first": 2}}, "status": 503})

    assert await statuses(amp, 4) == [503, 503, 404, 429]


async def test_a_reset_and_a_new_scenario_count_from_the_beginning(server: Amp) -> None:
    first = {"name": "first", "match": {"nth": 1}, "status": 503}
    amp = await server.open_account(scenario={"name": "broken", "requests": [first]})
    seen = await statuses(amp, 2)
    await amp.admin("POST", "/reset")
    seen += await statuses(amp, 2)
    await suffer(amp, first)

    assert seen + await statuses(amp, 2) == [503, 404] * 3


# what the journal says


@pytest.mark.parametrize(
    "faults",
    [
        {"status": 503},
        {"status": 429, "retry_after": 5},
        {"malformed": True},
        {"cut": "after"},
        {"cut": "after", "status": 500, "malformed": True},
    ],
)
async def test_the_journal_tells_what_was_injected(amp: Amp, faults: dict[str, Any]) -> None:
    await suffer(amp, {"name": "trouble", **faults})

    answer = await raw_send(amp)

    line = await amp.last_request()
    assert line["injected"] == {"rule": "trouble", "faults": faults}
    assert line["status"] == answer.status == faults.get("status", 200)


async def test_the_journal_tells_nothing_of_requests_that_suffered_nothing(amp: Amp) -> None:
    await suffer(amp, {"match": {"nth": 2}, "status": 503})

    answers = [await send(amp), await amp.send(b"{"), await send(amp)]

    assert [(await journalled(amp, answer))["injected"] for answer in answers] == [
        None,
        {"rule": "fault 1", "faults": {"status": 503}},
        None,
    ]


async def test_a_request_that_is_refused_suffers_its_fault_too(amp: Amp) -> None:
    """The refusal is the answer that breaks off."""
    await suffer(amp, {"name": "garbled", "malformed": True})

    answer = await ask(amp, head(amp, "Content-Length: 1") + b"{")

    line = await amp.last_request()
    assert (answer.status, line["rule"]) == (400, "H-9")
    assert line["injected"] == {"rule": "garbled", "faults": {"malformed": True}}


async def test_the_same_seed_and_requests_leave_the_same_journal(server: Amp) -> None:
    """D11: the dice of jitter as well."""
    journals = []
    for _ in range(2):
        amp = await server.open_account(seed=11)
        await suffer(amp, {"match": {"share": 0.5}, "latency": "1us", "jitter": "1ms"}, {"status": 503})
        for _ in range(20):
            await send(amp)
        journals.append([{**line, "token": None, "real_at": None} for line in await amp.requests()])

    assert journals[0] == journals[1]
    waits = [each["injected"]["faults"].get("latency") for each in journals[0]]
    told = {parse_duration(wait) for wait in waits if wait}
    assert len(told) > 5
    assert min(told) >= 1
    assert max(told) <= 1_001


# what comes of the answer


async def test_a_malformed_answer_breaks_off_in_the_middle_of_its_json(amp: Amp) -> None:
    """Its headers are right for what is sent, the connection goes on, and the request was processed."""
    await suffer(amp, {"match": {"nth": 1}, "malformed": True})

    async with connected(amp) as connection:
        await connection.write((head(amp, f"Content-Length: {len(BODY)}") + BODY) * 2)
        broken, whole = await connection.answer(), await connection.answer()

    assert (broken.status, whole.status) == (200, 200)
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.body)
    assert len(broken.body) == len(whole.body) // 2
    assert whole.document["results"].keys() == {NUMBER}
    assert len(await amp.messages()) == 2


async def _all_of(amp: Amp) -> tuple[bytes, bytes]:
    """Head and body of what comes back until the connection ends."""
    async with connected(amp) as connection, asyncio.timeout(10):
        await connection.write(head(amp, f"Content-Length: {len(BODY)}") + BODY)
        told, _, body = (await connection.reader.read(-1)).partition(b"\r\n\r\n")
    return told, body


async def test_a_connection_that_is_cut_before_the_answer_brings_not_a_byte(amp: Amp) -> None:
    """And yet the request was processed, which a client that tries again will find out."""
    await suffer(amp, {"cut": "before"})

    assert await _all_of(amp) == (b"", b"")
    assert (await amp.last_request())["status"] == 200
    assert len(await amp.messages()) == 1


async def test_a_connection_that_is_cut_in_the_middle_brings_half_of_the_body(amp: Amp) -> None:
    """The headers promise the whole."""
    whole = await raw_send(amp)
    await suffer(amp, {"cut": "middle"})

    told, body = await _all_of(amp)

    assert f"Content-Length: {len(whole.body)}".encode() in told
    assert (len(body), body[:9]) == (len(whole.body) // 2, whole.body[:9])
    assert len(await amp.messages()) == 2


async def test_a_connection_that_is_cut_after_the_answer_had_not_said_so(amp: Amp) -> None:
    """The client believes that it can go on."""
    await suffer(amp, {"cut": "after"})

    told, body = await _all_of(amp)

    assert json.loads(body)["result_info"]["status_code"] == 200
    assert b"connection" not in told.lower()
    assert len(await amp.messages()) == 1


@pytest.mark.parametrize("cut", ["before", "middle", "after"])
async def test_a_cut_with_a_status_does_nothing(amp: Amp, cut: str) -> None:
    await suffer(amp, {"name": "gone", "cut": cut, "status": 502})

    told, body = await _all_of(amp)

    assert (told[:13] == b"HTTP/1.1 502 ", bool(body)) == (cut != "before", cut != "before")
    assert (await amp.messages(), (await amp.last_request())["injected"]) == (
        [],
        {"rule": "gone", "faults": {"status": 502, "cut": cut}},
    )


async def test_a_large_answer_that_is_cut_in_the_middle_brings_half_of_it(amp: Amp) -> None:
    """Nothing of that half is lost with the connection."""
    await suffer(amp, {"cut": "middle"})
    many = [{"number": str(35_699_000_000 + number)} for number in range(20_000)]
    data = json.dumps({"destinations": many, "sms_content": SMS}).encode()

    async with connected(amp) as connection, asyncio.timeout(30):
        await connection.write(head(amp, f"Content-Length: {len(data)}") + data)
        told, _, body = (await connection.reader.read(-1)).partition(b"\r\n\r\n")

    [promised] = re.findall(rb"Content-Length: (\d+)", told)
    assert len(body) > 500_000
    assert len(body) == int(promised) // 2


async def test_the_default_account_suffers_by_its_scenario_too(server: Amp) -> None:
    await suffer(server, {"status": 503})

    assert (server.token, (await send(server)).status) == (DEFAULT_TOKEN, 503)

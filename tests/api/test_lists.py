"""Lists of an account: filters, limits and cursors (DESIGN: shapes, D13)."""

from typing import Any

import pytest

from tests.api.holding import send_sms, send_viber
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Receiver

OTHER = "35699000002"


async def _walk(amp: Amp, path: str, limit: int) -> list[list[Any]]:
    """Every page of a list, by its cursors."""
    pages, cursor = [], ""
    while True:
        answer = await amp.admin("GET", f"{path}?limit={limit}{cursor}")
        pages.append(answer.body["items"])
        if answer.body["next"] is None:
            return pages
        cursor = f"&cursor={answer.body['next']}"


async def _live(amp: Amp, receiver: Receiver) -> None:
    """Three sends, two of them with reports, and a refusal."""
    await send_sms(amp, NUMBER, OTHER, job_id="first", callback_url=receiver.url)
    await send_viber(amp, NO_IM_NUMBER, callback_url=receiver.url)
    await send_sms(amp)
    await amp.send({"destinations": []})
    await amp.advance(until="idle")


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", [NUMBER, OTHER, NO_IM_NUMBER, NUMBER]),
        (f"?to={NUMBER}", [NUMBER, NUMBER]),
        ("?status=UNDELIV", [NO_IM_NUMBER]),
        ("?status=DELIVRD", [NUMBER, OTHER, NUMBER]),
        ("?channel=SMS&limit=2", [NUMBER, OTHER]),
        ("?channel=VIBER", [NO_IM_NUMBER]),
        ("?job_id=first", [NUMBER, OTHER]),
        (f"?job_id=first&to={OTHER}&status=DELIVRD&channel=SMS", [OTHER]),
        ("?to=35600000000", []),
    ],
)
async def test_filters_choose_messages(amp: Amp, receiver: Receiver, query: str, numbers: list[str]) -> None:
    """DESIGN: filters use the field names of the shapes, and narrow down together."""
    await _live(amp, receiver)

    answer = await amp.admin("GET", f"/messages{query}")

    assert [message["to"] for message in answer.body["items"]] == numbers


async def test_messages_are_found_by_the_id_of_their_job(amp: Amp, receiver: Receiver) -> None:
    """DESIGN: job_id is the service's own id or the client's."""
    await _live(amp, receiver)
    job = (await amp.messages())[2]["api_job_id"]

    assert [message["to"] for message in await amp.messages(job_id=job)] == [NO_IM_NUMBER]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
@pytest.mark.parametrize("path", ["/messages", "/callbacks", "/requests"])
async def test_the_cursors_visit_every_item_once(amp: Amp, receiver: Receiver, path: str, limit: int) -> None:
    """DESIGN: oldest first, no page larger than asked for, none empty, and the last one says that it is."""
    await _live(amp, receiver)
    whole = (await amp.admin("GET", f"{path}?limit=10000")).body

    pages = await _walk(amp, path, limit)

    assert [item for page in pages for item in page] == whole["items"]
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert 1 <= len(pages[-1]) <= limit
    assert (whole["next"], whole["evicted"]) == (None, 0)


async def test_a_cursor_goes_on_where_it_was_though_more_has_come(amp: Amp) -> None:
    """DESIGN: what comes later stands later; nothing is shown twice or left out."""
    await send_sms(amp, NUMBER, OTHER)
    first = (await amp.admin("GET", "/messages?limit=1")).body

    await send_sms(amp, NO_IM_NUMBER)
    rest = (await amp.admin("GET", f"/messages?cursor={first['next']}")).body

    assert [message["to"] for message in first["items"] + rest["items"]] == [NUMBER, OTHER, NO_IM_NUMBER]


async def test_a_list_without_a_limit_has_a_hundred_items(amp: Amp) -> None:
    """DESIGN: limit is 1 to 10,000, default 100."""
    await send_sms(amp, *(str(35_699_000_000 + number) for number in range(101)))

    answer = await amp.admin("GET", "/messages")

    assert len(answer.body["items"]) == 100
    assert answer.body["next"] is not None


@pytest.mark.parametrize("path", ["/messages", "/callbacks", "/requests", "/agenda"])
@pytest.mark.parametrize("limit", ["0", "10001", "-1", "many", "1.5", ""])
async def test_a_limit_out_of_its_range_is_400(amp: Amp, path: str, limit: str) -> None:
    """RFC 9457: the problem says the range."""
    answer = await amp.admin("GET", f"{path}?limit={limit}")

    assert (answer.status, answer.body["pointer"]) == (400, "?limit")
    assert "1 to 10000" in answer.body["expected"]


async def test_a_cursor_that_no_page_gave_is_400(amp: Amp) -> None:
    """RFC 9457: it says where cursors come from."""
    answer = await amp.admin("GET", "/messages?cursor=last")

    assert (answer.status, answer.body["pointer"]) == (400, "?cursor")
    assert "next" in answer.body["expected"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("/messages?statuss=SEEN", "status?"),
        ("/messages?jobid=1", "job_id?"),
        ("/callbacks?limt=1", "limit?"),
        ("/agenda?zzz=1", "one of limit"),
        ("/clock?mode=real", "no query at all"),
    ],
)
async def test_an_unknown_query_parameter_is_400_with_the_nearest(amp: Amp, query: str, expected: str) -> None:
    """D7: a filter that is not applied would be a silent typo."""
    answer = await amp.admin("GET", query)

    assert (answer.status, answer.body["expected"]) == (400, expected)


async def test_every_request_is_listed_the_refused_ones_too(amp: Amp, receiver: Receiver) -> None:
    """DESIGN, shapes: request, with rule, reason and violations; alone as in the list."""
    await _live(amp, receiver)

    requests = await amp.requests()
    refused = (await amp.admin("GET", f"/requests/{requests[-1]['id']}")).body

    assert [(each["method"], each["path"], each["status"]) for each in requests] == [
        *[("POST", "/1/im", 200)] * 3,
        ("POST", "/1/im", 400),
    ]
    assert refused == requests[-1]
    assert refused["rule"] == refused["violations"][0]["rule"]
    assert {"rule", "pointer", "value", "expected"} == refused["violations"][0].keys()

"""Lists by any field: filters, totals, `since`, single reports and replies (issue 5: verify)."""

from typing import Any

import pytest

from mock_amp.core.listed import FIELDS, What
from tests.api.holding import send_sms, send_viber
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Receiver

OTHER = "35699000002"


async def _live(amp: Amp, receiver: Receiver) -> None:
    """Two SMS, a fallback and an instant message that is replied to, all reported; and a refusal."""
    receiver.answers = (200, 500, 200)
    await send_sms(amp, NUMBER, OTHER, job_id="first", callback_url=receiver.url)
    await send_viber(amp, NO_IM_NUMBER, callback_url=receiver.url)
    document = {
        "destinations": [{"number": NUMBER, "custom_id": "c1"}],
        "im_content": [
            {"channel": "VIBER", "content": "Hi", "actions": [{"title": "Book", "target_url": "http://a.example/"}]}
        ],
    }
    sent = await amp.send({**document, "callback_url": receiver.url, "reply_url": receiver.url, "zzz": 1})
    assert sent.status == 200, sent.body
    await amp.send({"destinations": []})
    await amp.advance(until="idle")
    await amp.admin("POST", f"/messages/{sent.body['results'][NUMBER]['message_id']}/reply", {"text": "Yes"})
    await amp.admin("POST", "/wait", {"what": "idle"})


async def _list(amp: Amp, query: str) -> list[Any]:
    answer = await amp.admin("GET", query)
    assert answer.status == 200, answer.body
    return list(answer.body["items"])


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("/messages?custom_id=c1", 1),
        ("/messages?custom_id=", 3),
        ("/messages?text=Hello&type=SMS", 2),
        ("/messages?error_code=0", 3),
        ("/messages?timeline.status=UNDELIV", 1),
        ("/messages?client_job_id=first&to=35699000002", 1),
        (f"/messages?to={NUMBER}&to={OTHER}", 3),
        ("/messages?action.title=Book", 1),
        ("/messages?id=12345", 0),
        ("/messages?accepted_at=2026-01-01T00:00:00Z", 4),
        ("/replies?at=1999-12-31T23:59:59Z", 0),
        ("/callbacks?kind=reply", 1),
        ("/callbacks?body.client_job_id=first&state=delivered", 3),
        ("/callbacks?attempts.outcome=failed", 1),
        (f"/callbacks?body.data.to={NO_IM_NUMBER}&body.data.status=UNDELIV", 1),
        ("/callbacks?id=1", 1),
        ("/callbacks?id=01", 0),
        ("/requests?status=400", 1),
        ("/requests?status=200&method=POST&path=/1/im", 3),
        ("/requests?warnings.pointer=/zzz", 1),
        ("/requests?rule=", 3),
        ("/reports?status=SEEN", 1),
        (f"/reports?to={NUMBER}", 7),
        (f"/reports?to={NUMBER}&type=SMS", 2),
        ("/reports?client_message_id=c1&state=delivered", 4),
        ("/reports?client_job_id=first&status=DELIVRD", 2),
        ("/reports?callback_id=1", 2),
        ("/replies?channel=VIBER&text=Yes", 1),
        ("/replies?text=No", 0),
    ],
)
async def test_a_list_is_chosen_by_any_field(amp: Amp, receiver: Receiver, query: str, count: int) -> None:
    """DESIGN: filters use the field names of the shapes, nested ones dotted."""
    await _live(amp, receiver)

    assert len(await _list(amp, query)) == count


async def test_every_field_of_every_shape_can_be_asked_for(amp: Amp, receiver: Receiver) -> None:
    """DESIGN: the field names of the shapes: none is forgotten."""
    await _live(amp, receiver)

    for what in (each for each in What if each is not What.ATTEMPTS):
        for item in await _list(amp, f"/{what}"):
            assert _names(item) <= FIELDS[what].keys(), what


async def test_each_item_is_found_by_each_of_its_fields(amp: Amp, receiver: Receiver) -> None:
    """Issue 5: by any field."""
    await _live(amp, receiver)

    for what in ("messages", "reports", "callbacks", "replies", "requests"):
        for item in await _list(amp, f"/{what}"):
            for name, value in item.items():
                if isinstance(value, str | int) and value != "":
                    answer = await amp.session.get(
                        f"{amp.url}/__admin/accounts/{amp.account}/{what}", params={name: str(value)}
                    )
                    assert item in (await answer.json())["items"], (what, name)


async def test_single_reports_are_told_with_their_callback(amp: Amp, receiver: Receiver) -> None:
    """Issue 5: as they are posted, when each came about, and in which callback."""
    await _live(amp, receiver)

    reports = await _list(amp, "/reports")
    callbacks = {each["id"]: each for each in await amp.callbacks() if each["kind"] == "report"}

    posted = [(key, item) for key, each in callbacks.items() for item in each["body"]["data"]]
    more = {"at", "api_job_id", "client_job_id", "callback_id", "state"}
    bare = [{name: value for name, value in each.items() if name not in more} for each in reports]
    assert bare == [item for _, item in posted]
    assert [each["callback_id"] for each in reports] == [key for key, _ in posted]
    assert all(each["state"] == callbacks[each["callback_id"]]["state"] for each in reports)
    assert reports[0]["at"] == "2026-01-01T00:00:00.000000Z"


@pytest.mark.parametrize("path", ["/reports", "/replies", f"/reports?to={NUMBER}", "/messages?text=Hello"])
@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_of_what_is_chosen_visit_every_item_once(
    amp: Amp, receiver: Receiver, path: str, limit: int
) -> None:
    """DESIGN: cursor pages, stable order, no page empty."""
    await _live(amp, receiver)
    whole, path = await _list(amp, path), path + ("&" if "?" in path else "?")
    pages: list[list[Any]] = []
    cursor = ""
    while not pages or cursor:
        body = (await amp.admin("GET", f"{path}limit={limit}{cursor}")).body
        pages.append(body["items"])
        cursor = f"&cursor={body['next']}" if body["next"] else ""

    assert [item for page in pages for item in page] == whole
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert pages[-1]


@pytest.mark.parametrize(
    ("query", "total"),
    [
        ("/messages?limit=1", 4),
        ("/messages?limit=1&status=DELIVRD", 2),
        ("/messages?limit=1&text=Hello", 2),
        ("/callbacks?limit=1&kind=reply", 1),
        ("/reports?limit=2&status=ACCEPTD", 8),
        ("/replies?limit=1", 1),
        ("/requests?limit=1", 4),
        ("/requests?limit=1&violations.rule=", 0),
    ],
)
async def test_a_list_says_how_many_there_are_when_asked(amp: Amp, receiver: Receiver, query: str, total: int) -> None:
    """Issue 5: counts; only when asked, since they cost."""
    await _live(amp, receiver)

    asked = await amp.admin("GET", f"{query}&total=true")
    plain = await amp.admin("GET", query)

    assert asked.body["total"] == total
    assert "total" not in plain.body


async def test_since_a_request_nothing_older_is_listed(amp: Amp, receiver: Receiver) -> None:
    """Issue 5: `since` a journal number: what came about after that line."""
    await send_viber(amp, callback_url=receiver.url, reply_url=receiver.url)
    mark = (await amp.last_request())["id"]
    before = {what: len(await _list(amp, f"/{what}?since={mark}")) for what in ("callbacks", "reports", "messages")}

    await amp.advance(until="idle")
    message = (await amp.messages())[0]["id"]
    await amp.admin("POST", f"/messages/{message}/reply", {"text": "Yes"})
    await send_sms(amp, OTHER, callback_url=receiver.url)

    assert before == {"callbacks": 0, "reports": 0, "messages": 0}
    assert [each["to"] for each in await _list(amp, f"/messages?since={mark}")] == [OTHER]
    assert [each["status"] for each in await _list(amp, f"/reports?since={mark}")] == [
        *("ACCEPTD", "DELIVRD", "SEEN"),
        "ACCEPTD",
    ]
    kinds = [each["kind"] for each in await _list(amp, f"/callbacks?since={mark}")]
    assert kinds == [*["report"] * 3, "reply", "report"]
    assert len(await _list(amp, f"/replies?since={mark}")) == 1
    assert [each["id"] for each in await _list(amp, f"/requests?since={mark}")] == [str(int(mark) + 1)]
    assert await _list(amp, f"/replies?since={int(mark) + 1}") == []


async def test_replies_are_listed_the_silent_ones_too(amp: Amp) -> None:
    """Issue 5: all replies of the account; what the service passes on to nobody says why (Y-2)."""
    acts = [{"after": "1s", "text": "Yes"}]
    put = await amp.admin("PUT", "/scenario", {"name": "chatty", "rules": [{"name": "all", "replies": acts}]})
    assert put.status == 200, put.body
    await send_sms(amp, NUMBER, OTHER)
    await amp.advance(until="idle")

    replies = await _list(amp, "/replies")

    assert [(each["callback_id"], bool(each["silent"])) for each in replies] == [(None, True)] * 2
    assert len(await _list(amp, f"/replies?message_id={replies[0]['message_id']}")) == 1


@pytest.mark.parametrize(
    ("query", "pointer", "expected"),
    [
        ("/messages?custom-id=1", "?custom-id", "custom_id?"),
        ("/callbacks?body.client_jobid=1", "?body.client_jobid", "body.client_job_id?"),
        ("/messages?status=READ", "?status", "one of ACCEPTD"),
        ("/requests?status=ok", "?status", "a whole number"),
        ("/requests?at=noon", "?at", "RFC 3339 with a zone"),
        ("/callbacks?state=lost", "?state", "one of due"),
        ("/messages?since=first", "?since", "the id of a request"),
        ("/messages?total=yes", "?total", "true or false"),
        ("/reports?cursor=x", "?cursor", "the next"),
    ],
)
async def test_a_filter_that_could_never_fit_is_400(amp: Amp, query: str, pointer: str, expected: str) -> None:
    """D7: with the nearest that there is."""
    answer = await amp.admin("GET", query)

    assert (answer.status, answer.body["pointer"]) == (400, pointer)
    assert answer.body["expected"].startswith(expected)


def _names(item: Any, before: str = "") -> set[str]:
    """The dotted names of an item's fields; of what holds others, those of the others."""
    if isinstance(item, list):
        return set().union(*(_names(each, before) for each in item))
    if not isinstance(item, dict) or before in ("injected.faults.", "violations.value."):
        return {before.removesuffix(".")} if before else set()
    return set().union(*(_names(value, f"{before}{name}.") for name, value in item.items()))

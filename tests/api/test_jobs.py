"""Jobs: each accepted send as one item, with how many of its messages stand where (D5)."""

from collections import Counter
from io import BytesIO
from typing import Any

import orjson
import pytest

from tests.api.holding import send_sms, send_viber
from tests.api.inside import inside
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Answer

OTHER = "35699000002"
MAGIC = [NUMBER, OTHER, *(f"999000000{ending:02}" for ending in range(1, 11))]
VIBER = [{"channel": "VIBER", "content": "Hi {#NAME}"}]
AT_RANDOM = """
name: at-random
rules:
  - {name: half, match: {channel: VIBER, share: 0.5}, outcome: undeliverable}
  - {name: slow, match: {channel: SMS}, outcome: {after: 20s, jitter: 10s}}
"""


async def jobs(amp: Amp, query: str = "") -> Any:
    answer = await amp.admin("GET", f"/jobs{query}")
    assert answer.status == 200, answer.body
    return answer.body


async def job(amp: Amp, api_job_id: str) -> Any:
    answer = await amp.admin("GET", f"/jobs/{api_job_id}")
    assert answer.status == 200, answer.body
    return answer.body


async def send_both(amp: Amp, *numbers: str, **outer: Any) -> str:
    """An instant message with an SMS to fall back to; answers the job's id."""
    destinations = [{"number": number, "params": {"NAME": "Ann"}} for number in numbers]
    content = {"im_content": VIBER, "sms_content": {"message": "Hello"}}
    answer = await amp.send({"destinations": destinations, **content, **outer})
    assert answer.status == 200, answer.body
    return str(answer.body["api_job_id"])


async def ask_for_a_code(amp: Amp) -> Answer:
    headers = {"Authorization": f"Token {amp.token}"}
    return await amp.call("POST", "/1/2fa", json={"client_ref": "a", "phone_number": NUMBER}, headers=headers)


def standing(of: Any) -> dict[tuple[str, str], int]:
    return {(each["type"], each["status"]): each["count"] for each in of["statuses"]}


async def counted(amp: Amp, api_job_id: str) -> Any:
    """What a job has to say of its messages, by a look at each of them and at all that is to come."""
    messages = await amp.messages(api_job_id=api_job_id, limit="10000")
    agenda = (await amp.admin("GET", "/agenda?limit=10000")).body["items"]
    coming = sum(due["count"] for due in agenda if due["kind"] == "status" and due["api_job_id"] == api_job_id)
    found = Counter((each["type"], each["status"], each["error_code"]) for each in messages)
    return {
        "count": len(messages),
        "finished": len(messages) - coming,
        "statuses": found,
        "changed_at": max(each["changed_at"] for each in messages),
        "message": messages[0],
    }


def told(of: Any) -> Any:
    """The same as the job tells it."""
    found = Counter({(each["type"], each["status"], each["error_code"]): each["count"] for each in of["statuses"]})
    return {name: of[name] for name in ("count", "finished", "changed_at", "message")} | {"statuses": found}


async def test_an_accepted_send_is_one_job(amp: Amp) -> None:
    """Shapes: what it was, where its messages stand, and the first of them."""
    urls = {"callback_url": "http://127.0.0.1:9/reports", "reply_url": "http://127.0.0.1:9/replies"}
    await amp.send({"destinations": []})
    api_job_id = await send_both(amp, NUMBER, OTHER, job_id="mine", promotional=True, **urls)

    found = await job(amp, api_job_id)

    (first, _) = await amp.messages()
    assert found == {
        "id": api_job_id,
        "api_job_id": api_job_id,
        "client_job_id": "mine",
        "product": "im",
        "promotional": True,
        "accepted_at": first["accepted_at"],
        "changed_at": first["changed_at"],
        "request_id": "2",
        "count": 2,
        "finished": 0,
        "statuses": [{"type": "INTERNAL", "status": "ACCEPTD", "error_code": 0, "count": 2}],
        "channels": ["VIBER", "SMS"],
        "text": "Hi Ann",
        "from": "MockAMP",
        **urls,
        "message": first,
    }
    assert (await jobs(amp))["items"] == [found]


async def test_what_was_not_said_is_empty_or_null(amp: Amp) -> None:
    api_job_id = (await send_sms(amp))["api_job_id"]

    found = await job(amp, api_job_id)

    assert [found[name] for name in ("client_job_id", "callback_url", "reply_url")] == ["", None, None]


async def test_a_job_of_messages_that_fall_back_says_how_many_are_where(amp: Amp) -> None:
    """L-4: those that Viber does not reach go on by SMS."""
    api_job_id = await send_both(amp, NUMBER, NO_IM_NUMBER, OTHER, "99900000005")
    seen = []
    for _ in range(5):
        await amp.advance(until="next")
        found = await job(amp, api_job_id)
        seen.append((standing(found), found["finished"]))

    assert seen == [
        ({("VIBER", "ACCEPTD"): 4}, 0),
        ({("VIBER", "DELIVRD"): 2, ("VIBER", "REJECTD"): 1, ("VIBER", "UNDELIV"): 1}, 0),
        ({("VIBER", "DELIVRD"): 2, ("SMS", "ACCEPTD"): 2}, 0),
        ({("VIBER", "DELIVRD"): 2, ("SMS", "DELIVRD"): 1, ("SMS", "REJECTD"): 1}, 2),
        ({("VIBER", "SEEN"): 2, ("SMS", "DELIVRD"): 1, ("SMS", "REJECTD"): 1}, 4),
    ]
    assert [each["count"] for each in found["statuses"]] == [2, 1, 1]


@pytest.mark.parametrize("script", ["", AT_RANDOM], ids=["magic numbers", "at random"])
async def test_a_job_says_at_every_moment_what_its_messages_say_one_by_one(amp: Amp, script: str) -> None:
    """D5: told by cohorts, without a look at any message."""
    if script:
        await amp.play(script)
    ids = [await send_both(amp, *MAGIC), (await send_viber(amp, NO_IM_NUMBER))["api_job_id"]]
    moments = 0
    while (await amp.advance(until="next"))["events_total"]:
        for api_job_id in ids:
            assert told(await job(amp, api_job_id)) == await counted(amp, api_job_id)
        moments += 1

    assert moments > 8
    assert [each["finished"] for each in (await jobs(amp))["items"]] == [12, 1]


async def test_a_message_that_is_forced_is_counted_apart(amp: Amp) -> None:
    """Its cohort parts."""
    sent = await send_sms(amp, NUMBER, OTHER, NO_IM_NUMBER)
    await amp.advance(by="100ms")
    message = sent["results"][OTHER]["message_id"]
    forced = await amp.admin("POST", f"/messages/{message}/status", {"status": "UNDELIV", "error_code": 27})

    found = await job(amp, sent["api_job_id"])

    assert forced.status == 200
    assert (found["count"], found["finished"]) == (3, 1)
    assert {"type": "SMS", "status": "UNDELIV", "error_code": 27, "count": 1} in found["statuses"]
    assert sum(each["count"] for each in found["statuses"]) == 3


async def test_a_job_of_50_000_is_counted_at_one_go() -> None:
    """D5: its messages move in one cohort."""
    async with inside() as it:
        numbers = (str(35_600_000_000 + number) for number in range(50_000))
        body = {"destinations": [{"number": number} for number in numbers], "sms_content": {"message": "Hello"}}
        headers = {"Authorization": f"Token {it.amp.token}", "Content-Type": "application/json"}
        sent = await it.amp.call("POST", "/1/im", data=BytesIO(orjson.dumps(body)), headers=headers)
        goes = it.server.services.jobs.goes
        born = await job(it.amp, sent.body["api_job_id"])
        await it.amp.advance(until="idle", limit=0)
        grown = await job(it.amp, sent.body["api_job_id"])
        goes = it.server.services.jobs.goes - goes

    assert (born["count"], born["finished"], standing(born)) == (50_000, 0, {("INTERNAL", "ACCEPTD"): 50_000})
    assert (grown["count"], grown["finished"], standing(grown)) == (50_000, 50_000, {("SMS", "DELIVRD"): 50_000})
    assert (grown["message"]["to"], goes) == ("35600000000", 2)


async def test_each_product_is_told(amp: Amp) -> None:
    headers = {"Authorization": f"Token {amp.token}", "Content-Type": "application/json"}
    sms = {"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hello"}}
    await send_sms(amp)
    answers = [await amp.call("POST", "/1/sms", json=sms, headers=headers), await ask_for_a_code(amp)]

    items = (await jobs(amp))["items"]

    assert [each.status for each in answers] == [200, 200]
    assert [(each["product"], each["count"], each["channels"]) for each in items] == [
        ("im", 1, ["SMS"]),
        ("sms", 1, ["SMS"]),
        ("2fa", 1, ["SMS"]),
    ]
    assert (await amp.admin("GET", f"/codes?to={NUMBER}")).body["code"] in items[2]["text"]


async def four(amp: Amp) -> list[str]:
    """Four sends with a refused one in between: the ids of their jobs."""
    found = [(await send_sms(amp, job_id="first"))["api_job_id"], (await send_viber(amp))["api_job_id"]]
    await amp.send({"destinations": []})
    answer = await ask_for_a_code(amp)
    return [*found, answer.body["api_job_id"], (await send_sms(amp, OTHER, NUMBER, job_id="last"))["api_job_id"]]


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("", [0, 1, 2, 3]),
        ("?order=asc", [0, 1, 2, 3]),
        ("?order=desc", [3, 2, 1, 0]),
        ("?product=im", [0, 1, 3]),
        ("?product=im&order=desc&limit=2", [3, 1]),
        ("?product=2fa&product=im", [0, 1, 2, 3]),
        ("?product=sms", []),
        ("?product=", []),
        ("?client_job_id=last", [3]),
        ("?client_job_id=last&client_job_id=first", [0, 3]),
        ("?client_job_id=", [1, 2]),
        ("?client_job_id=&client_job_id=first", [0, 1, 2]),
        ("?client_job_id=last&product=2fa", []),
        ("?client_job_id=nobody", []),
        ("?since=2", [2, 3]),
        ("?since=4", [3]),
        ("?since=5", []),
        ("?since=1&client_job_id=first", []),
    ],
)
async def test_jobs_are_chosen_and_ordered(amp: Amp, query: str, places: list[int]) -> None:
    """As in all lists: any value of one name, all names together."""
    ids = await four(amp)

    body = await jobs(amp, f"{query}{'&' if query else '?'}total=true")

    assert [each["id"] for each in body["items"]] == [ids[place] for place in places]
    assert body["total"] == (3 if "limit" in query else len(places))


async def test_jobs_are_chosen_by_their_own_id(amp: Amp) -> None:
    ids = await four(amp)

    body = await jobs(amp, f"?api_job_id={ids[2]}&api_job_id={ids[0]}&api_job_id=nobody")

    assert [each["id"] for each in body["items"]] == [ids[0], ids[2]]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
async def test_the_cursors_visit_every_job_once(amp: Amp, limit: int, order: str) -> None:
    """No page is larger than asked for, none is empty, and the last one says that it is."""
    ids = await four(amp)
    pages, cursor = [], ""
    while True:
        body = await jobs(amp, f"?order={order}&limit={limit}{cursor}")
        pages.append([each["id"] for each in body["items"]])
        if body["next"] is None:
            break
        cursor = f"&cursor={body['next']}"

    assert [each for page in pages for each in page] == (ids if order == "asc" else ids[::-1])
    assert {len(page) for page in pages[:-1]} <= {limit}
    assert 1 <= len(pages[-1]) <= limit


async def test_what_is_not_asked_for_is_not_counted(amp: Amp) -> None:
    await four(amp)

    body = await jobs(amp, "?limit=1")

    assert body.keys() == {"items", "next", "evicted", "evicted_range"}
    assert (len(body["items"]), body["evicted"], body["evicted_range"]) == (1, 0, None)


async def test_a_list_without_a_limit_has_a_hundred_jobs(server: Amp) -> None:
    """And one of more is read in more goes than one."""
    for _ in range(205):
        await send_sms(server)

    usual, most = await jobs(server), await jobs(server, "?limit=10000&order=desc")

    assert (len(usual["items"]), usual["next"]) == (100, "100")
    assert [each["request_id"] for each in most["items"]] == [str(number) for number in range(205, 0, -1)]


@pytest.mark.parametrize(
    ("query", "pointer", "expected"),
    [
        ("?limit=0", "?limit", "a whole number from 1 to 10000"),
        ("?limit=10001", "?limit", "a whole number from 1 to 10000"),
        ("?cursor=x", "?cursor", "the next of the page before"),
        ("?since=x", "?since", "the id of a request"),
        ("?total=yes", "?total", "true or false"),
        ("?order=up", "?order", "asc, the oldest first, or desc, the newest first"),
        ("?product=viber", "?product", "one of im, sms, 2fa"),
        ("?products=im", "?products", "product?"),
        ("?client_jobid=1", "?client_jobid", "client_job_id?"),
        ("?limit=1&limit=2", "?limit", "one value"),
        ("/nobody?limit=1", "?limit", "no query at all"),
    ],
)
async def test_a_query_that_makes_no_sense_is_400(amp: Amp, query: str, pointer: str, expected: str) -> None:
    """D7: a filter that is not applied would be a silent typo."""
    answer = await amp.admin("GET", f"/jobs{query}")

    assert (answer.status, answer.body["pointer"], answer.body["expected"]) == (400, pointer, expected)


async def test_a_job_that_never_was_is_404(amp: Amp) -> None:
    answer = await amp.admin("GET", "/jobs/nobody")

    assert (answer.status, answer.body["detail"]) == (404, f"account {amp.account} has no job nobody")


async def test_the_jobs_of_an_account_are_nobody_elses(server: Amp, amp: Amp) -> None:
    other = await server.open_account(seed=8)
    mine, theirs = [(await send_sms(each))["api_job_id"] for each in (amp, other)]

    seen = [[each["id"] for each in (await jobs(each))["items"]] for each in (amp, other, server)]

    assert seen == [[mine], [theirs], []]
    assert (await amp.admin("GET", f"/jobs/{theirs}")).status == 404


async def test_the_default_account_has_its_jobs_at_a_path_of_its_own(server: Amp) -> None:
    api_job_id = (await send_sms(server))["api_job_id"]

    answers = [await server.call("GET", f"/__admin/jobs{path}") for path in ("", f"/{api_job_id}")]

    assert [each.status for each in answers] == [200, 200]
    assert answers[0].body["items"] == [answers[1].body]


async def test_after_a_reset_there_are_no_jobs(amp: Amp) -> None:
    """And the numbers begin anew."""
    before = (await send_sms(amp, NUMBER))["api_job_id"]
    await send_sms(amp)
    await amp.admin("POST", "/reset")
    empty = await jobs(amp, "?total=true")
    gone = await amp.admin("GET", f"/jobs/{before}")
    after = (await send_sms(amp, OTHER))["api_job_id"]

    assert (empty["items"], empty["total"], gone.status) == ([], 0, 404)
    assert [(each["id"], each["message"]["to"]) for each in (await jobs(amp))["items"]] == [(after, OTHER)]

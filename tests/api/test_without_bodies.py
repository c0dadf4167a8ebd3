"""Lists of callbacks and requests with `bodies=false`: all but the bodies, and these are not even made."""

import json
from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

import pytest

from mock_amp.core.listed import What
from mock_amp.core.records import ALL, Page
from mock_amp.engine.gathering import Gathering
from mock_amp.ports import Books
from tests.api.holding import send_sms
from tests.api.inside import inside
from tests.api.test_newest_first import live
from tests.harness import NUMBER, Amp, Receiver

JOBS = ("job-a", "job-b", "job-c")


async def listed(amp: Amp, path: str, query: str = "") -> Any:
    answer = await amp.admin("GET", f"{path}?limit=1000{query}")
    assert answer.status == 200, answer.body
    return answer.body


async def test_callbacks_are_the_same_but_for_their_bodies(amp: Amp, receiver: Receiver) -> None:
    await live(amp, receiver)
    whole = (await listed(amp, "/callbacks"))["items"]

    without = (await listed(amp, "/callbacks", "&bodies=false"))["items"]

    assert {each["kind"] for each in whole} == {"report", "reply"}
    assert without == [{**each, "body": None} for each in whole]
    assert (await listed(amp, "/callbacks", "&bodies=true"))["items"] == whole


async def test_requests_have_the_beginning_of_theirs_instead(amp: Amp) -> None:
    await send_sms(amp, sms="x" * 100_000)
    await amp.send('"é€😀"' * 100)
    await amp.status("1")
    whole = (await listed(amp, "/requests"))["items"]

    without = (await listed(amp, "/requests", "&bodies=false"))["items"]

    assert without == [{**each, "body": None, "beginning": each["body"][:200]} for each in whole]
    assert all("beginning" not in each for each in whole)


async def test_a_callback_says_itself_how_much_is_in_it_and_whom_it_is_about(amp: Amp, receiver: Receiver) -> None:
    await live(amp, receiver)

    for each in (await listed(amp, "/callbacks"))["items"]:
        body = each["body"]
        reports = body.get("data", [])
        about = {report["message_id"] for report in reports} or {body["orig_message_id"]}
        assert (each["reports"], each["api_job_id"]) == (len(reports), body["api_job_id"])
        assert each["client_job_id"] == body.get("client_job_id", "")
        assert each["message_id"] == (about.pop() if len(about) == 1 else None)
        assert each["to"] == only([report["to"] for report in reports] or [body["from"]])
        told = Counter((report["type"], report["status"], report["error_code"]) for report in reports)
        assert {(one["type"], one["status"], one["error_code"]): one["count"] for one in each["statuses"]} == told


def only(numbers: list[str]) -> str | None:
    return numbers[0] if len(set(numbers)) == 1 else None


async def test_a_callback_of_several_counts_what_its_reports_tell(amp: Amp) -> None:
    await send_sms(amp, NUMBER, "35699000002", "35699000003", callback_url="http://127.0.0.1:9/")
    await amp.advance(by="500ms")
    first = (await listed(amp, "/callbacks", "&bodies=false"))["items"][0]

    assert first["statuses"] == [{"type": "INTERNAL", "status": "ACCEPTD", "error_code": 0, "count": 3}]
    assert first["to"] is None


async def test_the_bodies_are_not_made(receiver: Receiver) -> None:
    """There are no recipients here, of whom they tell."""
    async with inside() as it:
        await send_sms(it.amp, NUMBER, "35699000002", callback_url=receiver.url)
        await it.amp.advance(by="2s")
        key = it.key_of(it.amp)

        def read(books: Books, *, bodies: bool) -> list[Any]:
            sending = SimpleNamespace(job=books.sending.job, timeline=books.sending.timeline)
            poor = SimpleNamespace(callbacks=books.callbacks, sending=sending)
            return Gathering(cast("Books", poor), key, 4003, bodies=bodies).page(What.CALLBACKS, ALL, Page())

        store = it.server.services.world.store
        assert [item["reports"] for _, item in store.read(lambda books: read(books, bodies=False))] == [2, 2, 2]
        with pytest.raises(AttributeError):
            store.read(lambda books: read(books, bodies=True))


@pytest.mark.parametrize(
    ("path", "query", "found"),
    [
        ("/callbacks", "&body.client_job_id=job-b", 2),
        ("/callbacks", "&client_job_id=job-b", 2),
        ("/callbacks", "&client_job_id=job-b&body.client_job_id=job-a", 0),
        ("/callbacks", "&client_job_id=job-b&client_job_id=job-c&body.client_job_id=job-b", 2),
        ("/callbacks", "&body.data.to=35699000002", 6),
        ("/callbacks", "&reports=2", 6),
        ("/callbacks", "&reports=0", 0),
        ("/callbacks", "&message_id=", 6),
        ("/callbacks", "&search=JOB-c", 2),
        ("/callbacks", "&search=job-c+nowhere", 0),
        ("/requests", "&search=job-b", 1),
        ("/requests", "&search=35699000002", 3),
        ("/requests", "&status=403", 0),
    ],
)
async def test_searches_and_filters_go_on_as_they_do(amp: Amp, path: str, query: str, found: int) -> None:
    """Also those that look into the body; counted is the same."""
    for job in JOBS:
        await send_sms(amp, NUMBER, "35699000002", job_id=job, callback_url="http://127.0.0.1:9/")
    await amp.advance(by="500ms")

    for bodies in ("true", "false"):
        told = await listed(amp, path, f"{query}&total=true&bodies={bodies}")
        assert (len(told["items"]), told["total"]) == (found, found), bodies
        assert [each["body"] is None for each in told["items"]] == [bodies == "false"] * found


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("/callbacks?bodies=no", "?bodies"),
        ("/requests?bodies=", "?bodies"),
        ("/requests?bodies=true&bodies=false", "?bodies"),
        ("/messages?bodies=false", "?bodies"),
        ("/reports?bodies=false", "?bodies"),
    ],
)
async def test_what_makes_no_sense_is_told(amp: Amp, path: str, pointer: str) -> None:
    answer = await amp.admin("GET", path)

    assert (answer.status, answer.body["pointer"]) == (400, pointer)


async def test_a_wait_gives_whole_callbacks_and_takes_their_new_fields(amp: Amp) -> None:
    sent = await send_sms(amp, job_id="job-a", callback_url="http://127.0.0.1:9/")
    match = {"api_job_id": sent["api_job_id"], "reports": 1, "client_job_id": {"prefix": "job"}}

    answer = await amp.admin("POST", "/wait", {"what": "callbacks", "match": match})

    assert answer.status == 200, answer.body
    assert json.dumps(answer.body["items"][0]["body"]).count("message_id") >= 1

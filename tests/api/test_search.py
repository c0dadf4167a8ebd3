"""Lists searched as a person does: words that are anywhere in what one knows an item by."""

import asyncio
from typing import Any

from mock_amp.core.listed import FIELDS
from tests.api.holding import send_sms
from tests.api.inside import inside
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Receiver

OTHER = "35699000002"
HOSTILE = """50% off_ "now" <b> 'é' \\ Straße ΣΟΦΟΣ"""


async def live(amp: Amp, receiver: Receiver) -> None:
    """An instant message that is replied to, one that falls back, a text of strange characters; and a refusal."""
    receiver.answers = (200, 500, 200)
    urls = {"callback_url": receiver.url, "reply_url": receiver.url}
    offer = {
        "channel": "VIBER",
        "content": "Your table is booked",
        "images": [{"url": "https://img.example/Oyster.png"}],
        "actions": [{"title": "See the Menu", "target_url": "http://a.example/"}],
    }
    for body in (
        {
            "destinations": [{"number": NUMBER, "custom_id": "Guest-1"}],
            "im_content": [offer],
            "job_id": "Dinner",
            **urls,
        },
        {"destinations": [{"number": NO_IM_NUMBER}], "im_content": [{"channel": "VIBER", "content": "Hi"}], **urls},
        {"destinations": [{"number": OTHER}], "sms_content": {"message": HOSTILE, "encoding": "UCS2"}},
    ):
        sent = await amp.send(body)
        assert sent.status == 200, sent.body
    await amp.send({"destinations": []})
    await amp.advance(until="idle")
    first = (await amp.messages())[0]
    replied = await amp.admin("POST", f"/messages/{first['id']}/reply", {"text": "Yes, for two"})
    assert replied.status == 201, replied.body
    await amp.admin("POST", "/wait", {"what": "idle"})


async def found(amp: Amp, path: str, search: str, **more: str) -> list[Any]:
    """What a search finds; the same is counted, and found from the end."""
    query = {"search": search, "total": "true", "limit": "10000", **more}
    url = f"{amp.url}/__admin/accounts/{amp.account}{path}"
    answers = []
    for order in ("asc", "desc"):
        async with amp.session.get(url, params={**query, "order": order}) as answer:
            body = await answer.json()
            assert answer.status == 200, body
            answers.append(body)
    assert answers[0]["total"] == answers[1]["total"] == len(answers[0]["items"])
    assert answers[0]["items"] == answers[1]["items"][::-1]
    return list(answers[0]["items"])


async def test_messages_are_found_by_words(amp: Amp, receiver: Receiver) -> None:
    """All words, each in any field, whatever the case; nothing in them has a meaning of its own."""
    await live(amp, receiver)
    wanted = {
        NUMBER: [NUMBER],
        NUMBER[3:]: [NUMBER],
        "BOOKED": [NUMBER],
        "table your": [NUMBER],
        "  booked \t oyster\nMENU  ": [NUMBER],
        "booked nowhere": [],
        "guest-1": [NUMBER],
        "dinner": [NUMBER],
        "oyster.png": [NUMBER],
        "the menu": [NUMBER],
        "viber": [NUMBER, NO_IM_NUMBER],
        "undeliv": [NO_IM_NUMBER],
        "viber guest": [NUMBER],
        "DELIVRD sms": [OTHER],
        "%": [OTHER],
        "_": [OTHER],
        '"now"': [OTHER],
        "<b>": [OTHER],
        "\\": [OTHER],
        "É": [OTHER],
        "STRASSE": [OTHER],
        "σοφος": [OTHER],
        "b.o.o.k": [],
        "bookedhttps": [],
        "": [NUMBER, NO_IM_NUMBER, OTHER],
        "   ": [NUMBER, NO_IM_NUMBER, OTHER],
    }

    got = {search: [each["to"] for each in await found(amp, "/messages", search)] for search in wanted}

    assert got == wanted


async def test_messages_are_found_by_what_the_service_called_them(amp: Amp, receiver: Receiver) -> None:
    await live(amp, receiver)
    first, *_ = await amp.messages()

    for search in (first["id"], first["id"][4:], first["api_job_id"].upper(), f"{first['from']} {first['api_job_id']}"):
        assert await found(amp, "/messages", search) == [first]


async def test_the_other_lists_are_searched_too(amp: Amp, receiver: Receiver) -> None:
    await live(amp, receiver)
    wanted = {
        ("/requests", "post"): 4,
        ("/requests", "/1/IM"): 4,
        ("/requests", "400"): 1,
        ("/requests", "200 oyster"): 1,
        ("/requests", "sms_content im_content 400"): 1,
        ("/requests", "127.0.0.1 dinner"): 1,
        ("/requests", "nothing of this"): 0,
        ("/callbacks", "reports"): 8,
        ("/callbacks", "discarded"): 0,
        ("/callbacks", "reply delivered"): 1,
        ("/callbacks", "DINNER"): 5,
        ("/reports", f"{NUMBER} delivrd"): 1,
        ("/reports", "dinner viber"): 3,
        ("/reports", "GUEST-1 seen"): 1,
        ("/reports", "undeliv"): 1,
        ("/reports", "table"): 0,
        ("/replies", "for yes"): 1,
        ("/replies", "viber"): 1,
        ("/replies", "no"): 0,
    }

    got = {(path, search): len(await found(amp, path, search)) for path, search in wanted}

    assert got == wanted


async def test_every_item_is_found_by_the_ids_that_it_shows(amp: Amp, receiver: Receiver) -> None:
    """An id of the service stands on every list that is about it."""
    await live(amp, receiver)
    first, *_ = await amp.messages()
    request, *_ = await amp.requests()

    counts = {
        path: len(await found(amp, path, search))
        for path, search in {
            "/callbacks": first["api_job_id"],
            "/requests": f"{request['api_job_id']} {request['remote']}",
            "/reports": first["id"],
            "/replies": first["id"],
        }.items()
    }

    assert counts == {"/callbacks": 5, "/requests": 1, "/reports": 4, "/replies": 1}


async def test_a_search_narrows_down_with_filters_and_since(amp: Amp, receiver: Receiver) -> None:
    await live(amp, receiver)

    assert [each["to"] for each in await found(amp, "/messages", "viber", status="UNDELIV")] == [NO_IM_NUMBER]
    assert [each["to"] for each in await found(amp, "/messages", "viber", since="1")] == [NO_IM_NUMBER]
    assert await found(amp, "/messages", "viber", to=OTHER) == []
    assert [each["to"] for each in await found(amp, "/messages", "viber", text="Hi")] == [NO_IM_NUMBER]


async def test_two_searches_in_one_call_are_400(amp: Amp) -> None:
    answer = await amp.admin("GET", "/messages?search=a&search=b")

    assert (answer.status, answer.body["pointer"]) == (400, "?search")


async def test_a_search_goes_on_page_by_page(amp: Amp) -> None:
    """Its pages are as large as asked for, though what is found stands far apart."""
    numbers = [f"35699{number:06}" for number in range(1_000)]
    rare = {*numbers[::90], *numbers[1::300]}
    people = [{"number": each, "custom_id": "Rare bird" if each in rare else "sparrow"} for each in numbers]
    await amp.send({"destinations": people, "sms_content": {"message": "Hello"}})

    pages, totals, cursor = list[list[str]](), set[int](), ""
    while cursor is not None:
        url = f"/messages?search=bird+hello&limit=4&order=desc&total=true{cursor and f'&cursor={cursor}'}"
        page = (await amp.admin("GET", url)).body
        totals.add(page["total"])
        pages, cursor = [*pages, [each["to"] for each in page["items"]]], page["next"]

    assert [number for page in pages for number in page] == sorted(rare, reverse=True)
    assert {len(page) for page in pages[:-1]} == {4}
    assert totals == {len(rare)}


async def test_a_callback_is_found_behind_many_others(amp: Amp, receiver: Receiver) -> None:
    """From either end: those that are left out are looked through, and the look goes on behind them."""
    for number in range(70):
        await send_sms(amp, job_id="Heron" if number in (0, 35) else "sparrow", callback_url=receiver.url)

    assert len(await found(amp, "/callbacks", "heron")) == 2
    assert len(await found(amp, "/callbacks", "sparrow report")) == 68


async def test_while_a_long_search_waits_for_its_turn_others_are_served() -> None:
    """It looks through some at a time, as every list does whose wish the store cannot choose by."""
    async with inside() as it:
        for first in range(0, 2_000, 1_000):
            await send_sms(it.amp, *(f"35699{number:06}" for number in range(first, first + 1_000)))
        listing = it.server.services.listing
        goes = listing.goes
        async with listing.going_on.taken(0):
            search = asyncio.create_task(it.amp.admin("GET", "/messages?search=no+such+word&total=true"))
            async with asyncio.timeout(10):
                while listing.going_on.waiting != 1:
                    await it.server.services.world.clock.give_way()
            begun = listing.goes - goes
            short = await it.amp.messages(limit="10", order="desc")
        answer = await search

    assert (len(short), begun) == (10, 4)
    assert (answer.body["items"], answer.body["total"]) == ([], 0)
    assert listing.goes - goes >= 10


def test_no_shape_has_a_field_with_the_name_of_what_lists_take() -> None:
    """A filter of that name could not be told from it."""
    taken = {"limit", "cursor", "order", "since", "search", "total"}

    assert [what for what, fields in FIELDS.items() if taken & fields.keys()] == []

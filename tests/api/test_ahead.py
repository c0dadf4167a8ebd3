"""What is still to come for one message: `ahead` of `GET …/messages/{id}`, and that it is neither less nor more."""

import json
from typing import Any

from mock_amp.core.records import Page
from mock_amp.ports import Books
from tests.api.holding import send_sms, send_viber
from tests.api.inside import inside
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Receiver

OTHER = "35699000002"
MANY = 30_000


async def message(amp: Amp, number: str) -> Any:
    found = (await amp.messages(to=number))[0]
    return (await amp.admin("GET", f"/messages/{found['id']}")).body


async def agenda(amp: Amp) -> list[Any]:
    return list((await amp.admin("GET", "/agenda?limit=1000")).body["items"])


async def test_it_is_what_the_agenda_has_about_the_message(amp: Amp) -> None:
    """Of two messages that part, each has its own."""
    await send_viber(amp, NUMBER)
    await send_viber(amp, NO_IM_NUMBER, sms_content={"message": "Hello"})
    one, other = [await message(amp, number) for number in (NUMBER, NO_IM_NUMBER)]

    assert [one["ahead"], other["ahead"]] == [[each] for each in await agenda(amp)]
    assert [each["status"] for each in one["ahead"][0]["then"]] == ["DELIVRD", "SEEN"]
    assert [each["status"] for each in other["ahead"][0]["then"]] == ["UNDELIV"]


async def test_nothing_is_ahead_of_a_message_that_has_come_to_rest(amp: Amp) -> None:
    await send_sms(amp)
    await send_sms(amp, OTHER, callback_url="http://127.0.0.1:9/")
    await amp.advance(by="10s")

    assert (await message(amp, NUMBER))["ahead"] == []
    assert len((await message(amp, OTHER))["ahead"]) == 3


async def test_attempts_of_callbacks_about_it_are_in_their_order_among_the_rest(amp: Amp, receiver: Receiver) -> None:
    """Those of another job, and of another message of the job, are not."""
    receiver.answers = (500,)
    body = {
        "destinations": [{"number": NUMBER}, {"number": NO_IM_NUMBER}],
        "im_content": [{"channel": "VIBER", "content": "Hi"}],
        "sms_content": {"message": "Hello"},
        "callback_url": receiver.url,
    }
    await amp.send(body)
    await amp.send({**body, "destinations": [{"number": OTHER}]})
    await amp.advance(by="2500ms")
    one = await message(amp, NUMBER)

    expected = [
        each
        for each in await agenda(amp)
        if each["api_job_id"] == one["api_job_id"]
        and (each.get("callback_id") in {it["id"] for it in one["callbacks"]} or each.get("message_id") == one["id"])
    ]
    assert one["ahead"] == expected
    assert {each["kind"] for each in expected} == {"status", "attempt"}
    assert len(expected) < len([each for each in await agenda(amp) if each["api_job_id"] == one["api_job_id"]])


async def test_what_its_handset_has_done_already_is_not_ahead_of_it() -> None:
    """Many handsets act some at a time: the item is about those alone who wait."""
    async with inside() as it:
        amp, store = it.amp, it.server.services.world.store
        await amp.play(json.dumps({"name": "people", "rules": [{"name": "all", "replies": [{"after": "5s"}]}]}))
        destinations = [{"number": NUMBER}, {"number": OTHER}]
        await amp.send({"destinations": destinations, "im_content": [{"channel": "VIBER", "content": "Hi"}]})
        await amp.advance(by="4s")
        before = [[item["kind"] for item in (await message(amp, each))["ahead"]] for each in (NUMBER, OTHER)]

        def first_has_replied(books: Books) -> None:
            (due,) = books.agenda.peek(it.key_of(amp), Page())
            books.agenda.remove(it.key_of(amp), due)
            books.agenda.add(it.key_of(amp), due._replace(part=(0, 1)))

        await store.transact(first_has_replied)
        after = [[item["kind"] for item in (await message(amp, each))["ahead"]] for each in (NUMBER, OTHER)]

    assert before == [["act"], ["act"]]
    assert after == [[], ["act"]]


async def test_it_is_exact_for_one_message_of_a_large_job(amp: Amp) -> None:
    """The agenda has one item of those who move together, with the first of them alone."""
    numbers = [str(int(NUMBER) + each) for each in range(MANY)]
    await amp.send(
        {
            "destinations": [{"number": each} for each in numbers],
            "sms_content": {"message": "Hello"},
            "callback_url": "http://127.0.0.1:9/",
        }
    )
    await amp.advance(by="500ms")
    last = await message(amp, numbers[-1])

    mine = [each["id"] for each in last["callbacks"]]
    assert len(mine) < len(await amp.callbacks())
    assert [each["callback_id"] for each in last["ahead"] if each["kind"] == "attempt"] == mine
    assert [(each["status"], each["count"]) for each in last["ahead"] if each["kind"] == "status"] == [
        ("DELIVRD", MANY)
    ]
    assert last["ahead"] == sorted(last["ahead"], key=lambda each: str(each["at"]))


async def test_no_more_than_fifty_are_told(amp: Amp, receiver: Receiver) -> None:
    """The soonest."""
    receiver.answers = (500,)
    await send_viber(amp, reply_url=receiver.url)
    await amp.advance(by="2s")
    found = await message(amp, NUMBER)
    for _ in range(60):
        await amp.admin("POST", f"/messages/{found['id']}/reply", {})
    await amp.admin("POST", "/wait", {"what": "idle"})

    assert (await message(amp, NUMBER))["ahead"] == (await agenda(amp))[:50]
    assert len(await agenda(amp)) == 61

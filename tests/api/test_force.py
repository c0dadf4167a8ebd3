"""`POST …/messages/{id}/status`: any legal move, now; the script makes way, and all that follows does (L-1 to L-8)."""

from typing import Any

import orjson
import pytest

from tests.api.holding import after, at, once, send_sms, send_viber
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Answer, Receiver, running

MANY = [str(35_699_000_000 + number) for number in range(5)]


async def force(amp: Amp, message: str, status: str, **more: Any) -> Answer:
    return await amp.admin("POST", f"/messages/{message}/status", {"status": status, **more})


async def forced(amp: Amp, message: str, status: str, **more: Any) -> list[tuple[str, str]]:
    """The timeline after a good force."""
    answer = await force(amp, message, status, **more)
    assert answer.status == 200, answer.body
    return lines(answer.body)


def lines(message: Any) -> list[tuple[str, str]]:
    return [(each["type"], each["status"]) for each in message["timeline"]]


async def only(amp: Amp) -> str:
    [message] = await amp.messages()
    return str(message["id"])


async def settled(amp: Amp) -> list[Any]:
    """The messages once nothing is left to happen."""
    await amp.advance(until="idle")
    return await amp.messages()


async def play(amp: Amp, **document: Any) -> None:
    assert (await amp.play(orjson.dumps({"name": "test", **document}).decode())).status == 200


async def test_a_forced_status_is_there_at_once_and_reported(amp: Amp, receiver: Receiver) -> None:
    """C-2: at the account's now, owed like any other."""
    await send_viber(amp, callback_url=receiver.url)
    message = await only(amp)
    await amp.advance(by="100ms")

    answer = await force(amp, message, "ACCEPTD")

    assert (answer.status, answer.body["id"], answer.body["status"]) == (200, message, "ACCEPTD")
    assert answer.body["timeline"][-1] == {"at": at(0.1), "type": "VIBER", "status": "ACCEPTD", "error_code": 0}
    await receiver.wait_for(2)
    assert receiver.received[1].statuses == [("VIBER", "ACCEPTD")]
    assert receiver.received[1].body["data"][0]["micro_timestamp"] == after(0.1) // 1_000


async def test_nothing_more_comes_by_itself_on_the_channel(amp: Amp) -> None:
    """Neither what was due next nor what came later: a forced DELIVRD is not seen by script."""
    await send_viber(amp)
    message = await only(amp)

    assert await forced(amp, message, "ACCEPTD") == [("INTERNAL", "ACCEPTD"), ("VIBER", "ACCEPTD")]
    assert (await amp.admin("GET", "/agenda")).body["items"] == []
    await forced(amp, message, "DELIVRD")
    [found] = await settled(amp)

    assert lines(found)[2:] == [("VIBER", "DELIVRD")]
    assert (await forced(amp, message, "SEEN"))[3:] == [("VIBER", "SEEN")]


async def test_a_forced_failure_hands_over_at_once(amp: Amp, receiver: Receiver) -> None:
    """L-4, L-5: the failure is reported, and the next channel starts there and then."""
    await send_viber(amp, sms_content={"message": "Hello"}, callback_url=receiver.url)
    message = await only(amp)
    await amp.advance(by="400ms")

    await forced(amp, message, "UNDELIV", channel="VIBER", error_code=77)
    [found] = await settled(amp)

    assert lines(found)[1:] == [("VIBER", "ACCEPTD"), ("VIBER", "UNDELIV"), ("SMS", "ACCEPTD"), ("SMS", "DELIVRD")]
    assert [each["at"] for each in found["timeline"]][2:] == [at(0.4), at(0.6), at(1.4)]
    assert found["timeline"][2]["error_code"] == 77
    reported = [status for got in receiver.received for status in got.statuses]
    assert reported == lines(found)


async def test_a_failure_without_a_code_has_that_of_the_scenario(amp: Amp) -> None:
    """L-7."""
    await play(amp, defaults={"error_codes": {"EXPIRED": 41}})
    await send_viber(amp)

    answer = await force(amp, await only(amp), "EXPIRED")

    assert (answer.body["error_code"], answer.body["route"][0]["why"]) == (
        41,
        "first of im_content; EXPIRED (error 41); forced by the control plane",
    )


async def test_without_intermediary_reports_a_forced_failure_is_not_told(receiver: Receiver) -> None:
    """L-5."""
    async with running(intermediary_reports=False) as amp:
        await send_viber(amp, sms_content={"message": "Hello"}, callback_url=receiver.url)
        await forced(amp, await only(amp), "REJECTD", channel="VIBER")

        await settled(amp)

        reported = [status for got in receiver.received for status in got.statuses]
        assert reported == [("INTERNAL", "ACCEPTD"), ("SMS", "ACCEPTD"), ("SMS", "DELIVRD")]


async def test_the_platform_itself_can_turn_a_message_away(amp: Amp) -> None:
    """O-9: no channel gets to see it."""
    await send_viber(amp, sms_content={"message": "Hello"})

    await forced(amp, await only(amp), "REJECTD", channel="INTERNAL")
    [found] = await settled(amp)

    assert lines(found) == [("INTERNAL", "ACCEPTD"), ("INTERNAL", "REJECTD")]


async def test_one_message_of_many_goes_its_own_way(amp: Amp, receiver: Receiver) -> None:
    """D5: the others take the steps of their script, each once."""
    await send_viber(amp, callback_url=receiver.url)
    await settled(amp)
    receiver.received.clear()
    destinations = [{"number": number} for number in MANY]
    await amp.send(
        {
            "destinations": destinations,
            "im_content": [{"channel": "VIBER", "content": "Hi"}],
            "callback_url": receiver.url,
        }
    )
    third = (await amp.messages())[3]
    await amp.advance(by="300ms")

    await forced(amp, third["id"], "DELETED")
    found = (await settled(amp))[1:]

    usual = [("INTERNAL", "ACCEPTD"), ("VIBER", "ACCEPTD"), ("VIBER", "DELIVRD"), ("VIBER", "SEEN")]
    assert [lines(each) for each in found] == [
        [("INTERNAL", "ACCEPTD"), ("VIBER", "ACCEPTD"), ("VIBER", "DELETED")] if each["id"] == third["id"] else usual
        for each in found
    ]
    told = [(item["message_id"], item["status"]) for got in receiver.received for item in got.body["data"]]
    assert sorted(told) == sorted((each["id"], status) for each in found for _, status in lines(each))
    about = (await amp.admin("GET", f"/messages/{third['id']}")).body["callbacks"]
    assert [item["status"] for each in about for item in each["body"]["data"] if item["message_id"] == third["id"]] == [
        "ACCEPTD",
        "ACCEPTD",
        "DELETED",
    ]


async def test_acts_by_script_are_done_once_by_everybody_also_by_those_who_parted(amp: Amp, receiver: Receiver) -> None:
    """Y-1: SEEN was forced on one between the delivery and its reply."""
    await play(amp, rules=[{"name": "all", "replies": [{"after": "5s", "text": "Yes"}]}])
    destinations = [{"number": number} for number in MANY]
    await amp.send(
        {
            "destinations": destinations,
            "im_content": [{"channel": "VIBER", "content": "Hi"}],
            "reply_url": receiver.url,
        }
    )
    messages = [each["id"] for each in await amp.messages()]
    await amp.advance(by="2s")

    await forced(amp, messages[2], "SEEN")
    await settled(amp)

    assert sorted(got.body["orig_message_id"] for got in receiver.received) == messages


async def test_after_a_forced_delivery_the_handset_does_what_its_script_says(amp: Amp, receiver: Receiver) -> None:
    """Y-1: replies count from the delivery, whoever brought it about."""
    await play(amp, rules=[{"name": "all", "replies": [{"after": "5s", "text": "Yes"}]}])
    await send_viber(amp, reply_url=receiver.url)
    message = await only(amp)
    await forced(amp, message, "ACCEPTD")

    await forced(amp, message, "DELIVRD")
    await settled(amp)

    assert [got.body["micro_timestamp"] for got in receiver.received] == [after(5) // 1_000]


async def test_a_forced_failure_stands_in_the_line_of_the_next_channel(amp: Amp) -> None:
    """L-4: behind those who are in it."""
    await play(amp, defaults={"throughput": {"SMS": 1}})
    for number in (NO_IM_NUMBER, NUMBER):
        await send_viber(amp, number, sms_content={"message": "Hello"})
    first, second = await amp.messages()
    for message in (first, second):
        await forced(amp, message["id"], "UNDELIV", channel="VIBER")

    found = await settled(amp)

    assert [each["timeline"][2]["at"] for each in found] == [at(0.2), at(1.2)]


async def test_callback_faults_hit_reports_of_forced_statuses_too(amp: Amp, receiver: Receiver) -> None:
    await play(amp, callbacks=[{"name": "twice", "match": {"status": "UNKNOWN"}, "duplicate": 1}])
    await send_viber(amp, callback_url=receiver.url)
    message = await only(amp)
    await forced(amp, message, "ACCEPTD")

    await forced(amp, message, "UNKNOWN")
    await settled(amp)

    assert [got.statuses[0][1] for got in receiver.received] == ["ACCEPTD", "ACCEPTD", "UNKNOWN", "UNKNOWN"]


async def test_an_illegal_move_is_409_with_the_legal_ones(amp: Amp) -> None:
    """L-2: and nothing is changed."""
    await send_viber(amp)
    message = await only(amp)

    answer = await force(amp, message, "SEEN")

    assert (answer.status, answer.headers["Content-Type"]) == (409, "application/problem+json")
    assert {(each["channel"], each["status"]) for each in answer.body["legal"]} == {
        ("VIBER", "ACCEPTD"),
        ("VIBER", "UNDELIV"),
        ("VIBER", "REJECTD"),
        ("VIBER", "EXPIRED"),
        ("INTERNAL", "REJECTD"),
    }
    assert lines((await amp.messages())[0]) == [("INTERNAL", "ACCEPTD")]
    await settled(amp)
    assert (await force(amp, message, "DELIVRD")).body["legal"] == []


async def test_what_is_legal_is_told_without_trying(amp: Amp) -> None:
    """Of a message by itself, as the refusal of an illegal move tells it."""
    await send_viber(amp)
    message = await only(amp)
    seen = []
    for moment in ("0s", "1s", "10s"):
        await amp.advance(by=moment)
        told = (await amp.admin("GET", f"/messages/{message}")).body["legal"]
        refused = await force(amp, message, "SEEN" if moment == "0s" else "ACCEPTD")
        assert told == refused.body["legal"]
        seen.append([f"{each['channel']} {each['status']}" for each in told])

    assert seen[0][-1] == "INTERNAL REJECTD"
    assert seen[1:] == [["VIBER SEEN"], []]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"status": "REJECTD"}, "/channel"),
        ({"status": "UNDELIV", "error_code": 0}, "/error_code"),
        ({"status": "ACCEPTD", "error_code": 5}, "/error_code"),
        ({"status": "ACCEPTD", "error_code": -1}, "/error_code"),
        ({"status": "GONE"}, "/status"),
        ({}, "/status"),
        ({"status": "ACCEPTD", "channel": "FAX"}, "/channel"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_400(amp: Amp, body: Any, pointer: str) -> None:
    """L-7: a failure has a code, and what is none has not."""
    await send_viber(amp)

    answer = await amp.admin("POST", f"/messages/{await only(amp)}/status", body)

    assert (answer.status, answer.body["pointer"]) == (400, pointer)


@pytest.mark.parametrize("message", ["17672256000000014003", "nonsense"])
async def test_a_message_that_is_not_there_is_404(amp: Amp, message: str) -> None:
    assert (await force(amp, message, "DELIVRD")).status == 404


async def test_from_inside_a_receiver_it_happens_at_the_moment_of_the_advance(amp: Amp, receiver: Receiver) -> None:
    """D9: and what it owes is settled by the same advance."""
    answers: list[Any] = []
    await send_sms(amp, callback_url=receiver.url)
    message = await only(amp)
    await amp.advance(by=0)
    receiver.received.clear()
    receiver.on_post = once(lambda: force(amp, message, "UNDELIV"), answers)

    told = await amp.advance(until="idle")

    assert told["now"] == at(0.2)
    assert lines(answers[0].body) == [("INTERNAL", "ACCEPTD"), ("SMS", "ACCEPTD"), ("SMS", "UNDELIV")]
    assert [got.statuses for got in receiver.received] == [[("SMS", "ACCEPTD")], [("SMS", "UNDELIV")]]


async def test_a_status_of_the_sms_gateway_is_reported_as_its_outcome_alone(amp: Amp, receiver: Receiver) -> None:
    """C-9."""
    headers = {"Authorization": f"Token {amp.token}"}
    body = {
        "destinations": [{"number": NUMBER}],
        "sms_content": {"message": "Hello"},
        "callback_url": receiver.url,
    }
    assert (await amp.call("POST", "/1/sms", json=body, headers=headers)).status == 200
    message = await only(amp)

    await forced(amp, message, "ACCEPTD")
    await forced(amp, message, "EXPIRED")
    await settled(amp)

    assert [got.statuses for got in receiver.received] == [[("SMS", "EXPIRED")]]

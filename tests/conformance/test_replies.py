"""When a handset's reply is posted, what it says, and how often it is tried (Y-1 to Y-3)."""

import re
from typing import Any, Final

import pytest

from tests.conformance.verdicts import UUID4
from tests.harness import NO_IM_NUMBER, NUMBER, START, Amp, Answer, Receiver

VIBER: Final = {"channel": "VIBER", "content": "Your table is ready.", "sender_id": "Harbour"}
KEYS: Final = ["req_uuid", "api_job_id", "client_job_id", "channel", "reply_message_id", "orig_message_id"]
KEYS_AFTER: Final = ["timestamp", "micro_timestamp", "from", "to", "message"]


async def _delivered(amp: Amp, reply_url: str | None, *, token: str | None = None, **changes: Any) -> str:
    """The id of a message that has come to rest."""
    outer = {} if reply_url is None else {"reply_url": reply_url}
    body = {"destinations": [{"number": NUMBER}], "im_content": [VIBER], **outer, **changes}
    answer = await amp.send(body, token=token)
    assert answer.status == 200, answer.body
    await amp.advance(until="idle")
    (result,) = answer.body["results"].values()
    return str(result["message_id"])


async def _reply(amp: Amp, message_id: str, **wish: Any) -> Answer:
    return await amp.admin("POST", f"/messages/{message_id}/reply", wish)


async def _replied(amp: Amp, message_id: str, **wish: Any) -> Any:
    answer = await _reply(amp, message_id, **wish)
    assert answer.status == 201, answer.body
    await amp.advance(by=0)
    return answer.body


async def test_a_reply_is_posted_with_its_keys_in_the_vendor_s_order(amp: Amp, receiver: Receiver) -> None:
    """Y-1: seconds in timestamp, milliseconds in micro_timestamp; from the handset to the sender id."""
    message = await _delivered(amp, receiver.url, job_id="evening-42")
    (sent,) = await amp.messages()
    now = (await amp.admin("GET", "/clock")).body["now"]

    told = await _replied(amp, message, text="On our way.")

    (got,) = receiver.received
    assert list(got.body) == [*KEYS, *KEYS_AFTER]
    assert re.fullmatch(UUID4, got.body["req_uuid"])
    assert got.body == got.body | {
        "api_job_id": sent["api_job_id"],
        "client_job_id": "evening-42",
        "channel": "VIBER",
        "reply_message_id": told["reply_message_id"],
        "orig_message_id": message,
        "from": NUMBER,
        "to": "Harbour",
        "message": {"text": "On our way."},
    }
    assert got.body["micro_timestamp"] // 1_000 == got.body["timestamp"]
    assert told == {
        "reply_message_id": told["reply_message_id"],
        "message_id": message,
        "channel": "VIBER",
        "text": "On our way.",
        "at": now,
        "callback_id": "1",
        "silent": None,
    }


async def test_a_reply_says_when_it_was_made(amp: Amp, receiver: Receiver) -> None:
    """Y-1: on the account's clock, in seconds and in milliseconds."""
    message = await _delivered(amp, receiver.url)
    await amp.advance(to="2026-01-01T01:00:00.250Z")

    await _replied(amp, message)

    body = receiver.received[0].body
    assert (body["timestamp"], body["micro_timestamp"]) == (1_767_229_200, 1_767_229_200_250)


async def test_what_was_not_said_is_left_out_of_a_reply(amp: Amp, receiver: Receiver) -> None:
    """Y-1: client_job_id if any, text only if the reply has text."""
    told = await _replied(amp, await _delivered(amp, receiver.url))

    body = receiver.received[0].body
    assert list(body) == [key for key in (*KEYS, *KEYS_AFTER) if key != "client_job_id"]
    assert (body["message"], told["text"]) == ({}, None)


async def test_a_reply_has_an_id_of_its_own_that_is_no_message(amp: Amp, receiver: Receiver) -> None:
    """Y-1: 20 digits, unique in the account, messages that are sent later included."""
    message = await _delivered(amp, receiver.url)
    replies = [(await _replied(amp, message))["reply_message_id"] for _ in range(2)]
    later = await _delivered(amp, receiver.url)

    assert all(re.fullmatch("[0-9]{20}", each) for each in replies)
    assert len({message, later, *replies}) == 4
    assert {each["id"] for each in await amp.messages()} == {message, later}
    for each in replies:
        assert (await amp.status(each)).status == 404
        assert (await amp.admin("GET", f"/messages/{each}")).status == 404


@pytest.mark.parametrize("channel", ["WHATSAPP", "TELEGRAM", "RCS", "MESSENGER", "VIBER"])
async def test_every_im_channel_can_be_replied_to(amp: Amp, receiver: Receiver, channel: str) -> None:
    """Y-1, Y-2: the channel is that which delivered the message."""
    message = await _delivered(amp, receiver.url, im_content=[{**VIBER, "channel": channel}])

    await _replied(amp, message, text="Yes", channel=channel)

    assert receiver.received[0].body["channel"] == channel


async def test_a_message_that_is_delivered_and_not_yet_seen_can_be_replied_to(amp: Amp, receiver: Receiver) -> None:
    """Y-2: DELIVRD is enough."""
    await amp.send(im_content=[VIBER], reply_url=receiver.url)
    await amp.advance(by="1s")
    (message,) = await amp.messages()

    assert message["status"] == "DELIVRD"
    assert (await _reply(amp, message["id"])).status == 201


async def _refused(amp: Amp, message_id: str, reason: str, **wish: Any) -> None:
    """A reply is refused with a reason in words, and nothing is owed for it."""
    before = await amp.callbacks()
    answer = await _reply(amp, message_id, text="Yes", **wish)

    assert (answer.status, answer.headers["Content-Type"]) == (409, "application/problem+json")
    assert reason in answer.body["detail"]
    assert await amp.callbacks() == before


async def test_an_sms_cannot_be_replied_to(amp: Amp, receiver: Receiver) -> None:
    """Y-2: only on IM channels, also where SMS was the way out."""
    content: dict[str, Any] = {"sms_content": {"message": "Hello"}, "destinations": [{"number": NO_IM_NUMBER}]}
    message = await _delivered(amp, receiver.url, **content)

    await _refused(amp, message, "delivered by SMS")


async def test_a_message_on_its_way_cannot_be_replied_to(amp: Amp, receiver: Receiver) -> None:
    """Y-2: not before it was delivered."""
    sent = (await amp.send(im_content=[VIBER], reply_url=receiver.url)).body

    await _refused(amp, sent["results"][NUMBER]["message_id"], "not delivered: it is INTERNAL ACCEPTD")


async def test_a_message_that_failed_cannot_be_replied_to(amp: Amp, receiver: Receiver) -> None:
    """Y-2: nor when it never will be."""
    message = await _delivered(amp, receiver.url, destinations=[{"number": NO_IM_NUMBER}])

    await _refused(amp, message, "not delivered: it is VIBER UNDELIV")


async def test_a_message_cannot_be_replied_to_on_another_channel(amp: Amp, receiver: Receiver) -> None:
    """Y-2: only on that which delivered it."""
    message = await _delivered(amp, receiver.url)

    await _refused(amp, message, "delivered on VIBER, not on WHATSAPP", channel="WHATSAPP")


@pytest.mark.parametrize("url", [None, ""])
async def test_without_a_reply_url_nothing_is_posted(amp: Amp, receiver: Receiver, url: str | None) -> None:
    """Y-2, H-16: a callback_url is none, and an empty one is absent."""
    message = await _delivered(amp, url, callback_url=receiver.url)

    await _refused(amp, message, "without a reply_url")


@pytest.mark.parametrize("senders", [[], ["Quay"]], ids=str)
async def test_two_way_has_to_be_on_for_the_sender(amp: Amp, receiver: Receiver, senders: list[str]) -> None:
    """Y-2: as the token that sent has it now."""
    message = await _delivered(amp, receiver.url)
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"two_way_senders": senders})

    await _refused(amp, message, "two-way is not on for the sender Harbour")


@pytest.mark.parametrize("senders", [None, ["Quay", "Harbour"]], ids=str)
async def test_two_way_is_on_for_every_sender_or_for_those_named(
    amp: Amp, receiver: Receiver, senders: list[str] | None
) -> None:
    """Y-2: null stands for every sender."""
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"two_way_senders": senders})

    assert (await _replied(amp, await _delivered(amp, receiver.url)))["channel"] == "VIBER"


async def test_another_token_s_two_way_does_not_count(amp: Amp, receiver: Receiver) -> None:
    """Y-2: the message belongs to the token that sent it."""
    other = (await amp.admin("POST", "/tokens", {"two_way_senders": []})).body["token"]
    mine, theirs = await _delivered(amp, receiver.url), await _delivered(amp, receiver.url, token=other)

    await _replied(amp, mine)
    await _refused(amp, theirs, "two-way is not on")


async def test_a_token_that_is_gone_leaves_its_messages_without_replies(amp: Amp, receiver: Receiver) -> None:
    """Y-2: whether two-way is on is no longer known."""
    other = (await amp.admin("POST", "/tokens", {})).body["token"]
    message = await _delivered(amp, receiver.url, token=other)
    await amp.admin("DELETE", f"/tokens/{other}")

    await _refused(amp, message, "the token that sent the message is gone")


@pytest.mark.parametrize("channel", ["VIBER", "WHATSAPP"])
async def test_the_older_dialect_knows_replies_by_viber_only(amp: Amp, receiver: Receiver, channel: str) -> None:
    """Y-2: im-gateway."""
    message = await _delivered(amp, receiver.url, im_content=[{**VIBER, "channel": channel}])
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"dialect": "im-gateway"})

    if channel == "VIBER":
        assert (await _reply(amp, message)).status == 201
    else:
        await _refused(amp, message, "only VIBER")


async def test_a_message_of_another_account_cannot_be_replied_to(server: Amp, amp: Amp, receiver: Receiver) -> None:
    """Y-2: accounts do not see each other."""
    message = await _delivered(amp, receiver.url)

    assert (await _reply(server, message)).status == 404
    assert (await _reply(amp, "1")).status == 404


async def test_each_of_three_attempts_has_a_new_req_uuid_and_the_same_reply(amp: Amp, receiver: Receiver) -> None:
    """Y-1, Y-3: five minutes apart, then discarded; all else stays as it was."""
    receiver.answers = (500,)
    message = await _delivered(amp, receiver.url)
    told = await _replied(amp, message, text="Yes")
    await amp.advance(until="idle")
    callback = (await amp.admin("GET", f"/callbacks/{told['callback_id']}")).body
    bodies = [each.body for each in receiver.received]

    assert (callback["kind"], callback["state"], len(bodies)) == ("reply", "discarded", 3)
    assert len({each["req_uuid"] for each in bodies}) == 3
    assert [{**each, "req_uuid": ""} for each in bodies] == [{**bodies[0], "req_uuid": ""}] * 3
    assert bodies[0]["reply_message_id"] == told["reply_message_id"]
    assert [each["req_uuid"] for each in callback["attempts"]] == [each["req_uuid"] for each in bodies]
    assert callback["body"] == bodies[-1]
    assert callback["url"] == receiver.url


async def test_attempts_of_a_reply_are_five_minutes_apart(amp: Amp, receiver: Receiver) -> None:
    """Y-3, C-5: counted from when it was due, and ended by a 200."""
    receiver.answers = (204, 200)
    message = await _delivered(amp, receiver.url)
    now = (await amp.advance(to="2026-01-01T01:00:00Z"))["now"]
    await _replied(amp, message)

    told = await amp.advance(until="idle")

    (callback,) = await amp.callbacks()
    assert [each["at"] for each in callback["attempts"]] == [now, "2026-01-01T01:05:00.000000Z"]
    assert callback["state"] == "delivered"
    assert [(each["kind"], each["attempt"], each["outcome"]) for each in told["events"]] == [
        ("attempt", 2, "delivered")
    ]


async def test_the_first_body_is_known_before_it_is_posted(amp: Amp, receiver: Receiver) -> None:
    """Y-3: as that of the next attempt."""
    message = await _delivered(amp, receiver.url)
    bodies: list[Any] = []

    async def look(_got: object) -> None:
        bodies.extend(each["body"] for each in await amp.callbacks())

    receiver.on_post = look
    await _replied(amp, message)

    assert bodies == [receiver.received[0].body]


async def test_the_same_run_gives_the_same_replies(server: Amp, receiver: Receiver) -> None:
    """Y-3: req_uuid comes from the seed, the callback and the number of the attempt."""
    receiver.answers = (500,)
    for _ in range(2):
        amp = await server.open_account(clock={"mode": "frozen", "now": START}, seed=5)
        await _replied(amp, await _delivered(amp, receiver.url), text="Yes")
        await amp.advance(until="idle")
    raw = [each.raw for each in receiver.received]

    assert raw[:3] == raw[3:]


async def test_replies_to_a_message_come_in_their_order(amp: Amp, receiver: Receiver) -> None:
    """Y-3: the first attempt of one does not overtake that of another."""
    message = await _delivered(amp, receiver.url)
    for text in ("One", "Two", "Three"):
        await _reply(amp, message, text=text)
    await amp.advance(by=0)

    assert [each.body["message"]["text"] for each in receiver.received] == ["One", "Two", "Three"]


async def test_a_reset_forgets_replies(amp: Amp, receiver: Receiver) -> None:
    """Y-1: what comes after it is as it was the first time."""
    told = []
    for _ in range(2):
        told.append(await _replied(amp, await _delivered(amp, receiver.url)))
        await amp.admin("POST", "/reset")

    assert told[0] == told[1]
    assert await amp.callbacks() == []

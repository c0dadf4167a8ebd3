"""What a message's detail tells of the handset (DESIGN: `GET …/messages/{id}`)."""

import base64
from typing import Any

import pytest

from tests.harness import NUMBER, Amp, Receiver

ACTION = {"title": "Book", "target_url": "https://harbour.example/{#NAME}"}


async def _detail(amp: Amp, **sections: Any) -> Any:
    """The detail of one message that has come to rest."""
    body = {"destinations": [{"number": NUMBER, "params": {"NAME": "ann"}}], **sections}
    answer = await amp.send(body)
    assert answer.status == 200, answer.body
    await amp.advance(until="idle")
    message_id = answer.body["results"][NUMBER]["message_id"]
    return (await amp.admin("GET", f"/messages/{message_id}")).body


async def test_an_instant_message_shows_its_image_and_its_action(amp: Amp) -> None:
    """D-5: text and URLs filled for the destination, and nothing of an SMS."""
    item = {
        "channel": "VIBER",
        "content": "Hi {#NAME}",
        "images": [{"url": "https://pictures.example/{#NAME}.png"}],
        "actions": [ACTION],
    }
    detail = await _detail(amp, im_content=[item])

    assert (detail["text"], detail["image"]) == ("Hi ann", "https://pictures.example/ann.png")
    assert detail["action"] == {"title": "Book", "target_url": "https://harbour.example/ann"}
    assert detail.keys().isdisjoint({"encoding", "pages"})


async def test_a_plain_instant_message_has_neither(amp: Amp) -> None:
    """DESIGN: the keys are there, and say so."""
    detail = await _detail(amp, message={"texts": [{"text": "Hi"}], "images": []}, job_id="a")
    plain = await _detail(amp, im_content=[{"channel": "RCS", "content": "Hi"}])

    assert (plain["image"], plain["action"]) == (None, None)
    assert detail["text"] == plain["text"] == "Hi"


async def test_a_ubiquity_message_shows_its_media(amp: Amp) -> None:
    """D-5, U-3: on whatever channel has it."""
    detail = await _detail(amp, message={"texts": [{"text": "Hi"}], "actions": [ACTION]})

    assert detail["action"]["target_url"] == "https://harbour.example/ann"


@pytest.mark.parametrize(
    ("section", "shown"),
    [
        ({"message": "Hi {#NAME}"}, ("Hi ann", "GSM7", 1)),
        ({"message": "a" * 161}, ("a" * 161, "GSM7", 2)),
        ({"message": "€" * 80}, ("€" * 80, "GSM7", 1)),
        ({"message": "Ж, {#NAME}"}, ("?, ann", "GSM7", 1)),
        ({"message": "Ж" * 71, "encoding": "UCS2"}, ("Ж" * 71, "UCS2", 2)),
        ({"message": "a" * 160, "udh": base64.b64encode(b"\x03\x01\x01\x01").decode()}, ("a" * 160, "GSM7", 2)),
        ({"message": "e8NOQVN9", "encoding": "BINARY", "udh": "AAA="}, ("e8NOQVN9", "BINARY", None)),
    ],
    ids=["filled", "two pages", "wide", "not in GSM7", "UCS2", "with a header", "binary"],
)
async def test_an_sms_shows_its_encoding_and_pages(
    amp: Amp, section: dict[str, str], shown: tuple[str, str, int | None]
) -> None:
    """M-3, M-4, M-5, M-6, M-7: as the handset gets it; a binary one has no pages."""
    detail = await _detail(amp, sms_content=section)

    assert (detail["text"], detail["encoding"], detail["pages"]) == shown
    assert detail.keys().isdisjoint({"image", "action"})


async def test_a_ubiquity_message_by_sms_is_in_gsm7(amp: Amp) -> None:
    """M-5, U-2: it names no encoding."""
    await amp.admin("PATCH", f"/tokens/{amp.token}", {"channels": []})

    detail = await _detail(amp, message={"texts": [{"text": "Ж {#NAME}"}]})

    assert (detail["text"], detail["encoding"], detail["pages"]) == ("? ann", "GSM7", 1)


async def test_the_list_shows_what_the_detail_shows(amp: Amp) -> None:
    """DESIGN: all but what belongs to it and what is ahead of it."""
    detail = await _detail(amp, im_content=[{"channel": "VIBER", "content": "Hi", "actions": [ACTION]}])
    (listed,) = await amp.messages()

    assert detail == {**listed, "callbacks": [], "callback_headers": detail["callback_headers"], "parts": None} | {
        "replies": [],
        "clicks": [],
        "ahead": [],
        "legal": [],
    }


async def test_a_detail_has_the_replies_among_its_callbacks(amp: Amp, receiver: Receiver) -> None:
    """Y-1: those to this message."""
    item = {"channel": "VIBER", "content": "Hi"}
    first = await _detail(amp, im_content=[item], reply_url=receiver.url)
    second = await _detail(amp, im_content=[item], reply_url=receiver.url)
    told = await amp.admin("POST", f"/messages/{first['id']}/reply", {"text": "Yes"})
    await amp.advance(by=0)

    looks = [(await amp.admin("GET", f"/messages/{each['id']}")).body for each in (first, second)]

    assert [[each["id"] for each in look["callbacks"]] for look in looks] == [[told.body["callback_id"]], []]
    assert looks[0]["callbacks"] == await amp.callbacks()
    assert [look["replies"] for look in looks] == [[told.body], []]


@pytest.mark.parametrize(
    ("call", "body", "pointer"),
    [
        ("reply", {"text": ""}, "/text"),
        ("reply", {"text": 1}, "/text"),
        ("reply", {"channel": "SMS"}, "/channel"),
        ("reply", {"txt": "Yes"}, "/txt"),
        ("click", {"channel": "INTERNAL"}, "/channel"),
        ("click", {"chanel": "VIBER"}, "/chanel"),
    ],
)
async def test_a_wish_that_makes_no_sense_is_told_where(amp: Amp, call: str, body: Any, pointer: str) -> None:
    """DESIGN: problems; nothing happens."""
    message = await _detail(amp, im_content=[{"channel": "VIBER", "content": "Hi"}], reply_url="http://a.example")

    answer = await amp.admin("POST", f"/messages/{message['id']}/{call}", body)

    assert (answer.status, answer.body["pointer"]) == (400, pointer)
    assert await amp.callbacks() == []

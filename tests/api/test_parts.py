"""`parts` of a message: the pages that a handset receives of an SMS (M-3 to M-7). `callback_headers` (C-1)."""

import base64
from typing import Any, Final

import pytest

from tests.harness import NUMBER, Amp, Receiver

UDH: Final = base64.b64encode(b"\x05\x00\x03\x01\x02\x03").decode()
"""A header of six bytes."""

DRAGON: Final = "\U0001f409"
"""Two UTF-16 code units."""


async def detail(amp: Amp, **sections: Any) -> Any:
    """The message of a send, by itself."""
    answer = await amp.send(**sections)
    assert answer.status == 200, answer.body
    (message,) = await amp.messages()
    return (await amp.admin("GET", f"/messages/{message['id']}")).body


@pytest.mark.parametrize(
    ("section", "pages"),
    [
        ({"message": "Hello"}, [("Hello", 5, 160)]),
        ({"message": "x" * 160}, [("x" * 160, 160, 160)]),
        ({"message": "x" * 161}, [("x" * 153, 153, 153), ("x" * 8, 8, 153)]),
        ({"message": "€" * 80}, [("€" * 80, 160, 160)]),
        ({"message": "x" * 152 + "€" * 10}, [("x" * 152, 152, 153), ("€" * 10, 20, 153)]),
        ({"message": "x漢"}, [("x?", 2, 160)]),
        ({"message": "漢" * 70, "encoding": "UCS2"}, [("漢" * 70, 70, 70)]),
        ({"message": "漢" * 71, "encoding": "UCS2"}, [("漢" * 67, 67, 67), ("漢" * 4, 4, 67)]),
        ({"message": "x" * 66 + DRAGON * 3, "encoding": "UCS2"}, [("x" * 66, 66, 67), (DRAGON * 3, 6, 67)]),
        ({"message": "x" * 153, "udh": UDH}, [("x" * 153, 153, 153)]),
        ({"message": "x" * 154, "udh": UDH}, [("x" * 147, 147, 147), ("x" * 7, 7, 147)]),
        ({"message": "漢" * 67, "encoding": "UCS2", "udh": UDH}, [("漢" * 67, 67, 67)]),
        ({"message": "QUFB", "encoding": "BINARY", "udh": UDH}, [("QUFB", 3, 134)]),
    ],
)
async def test_an_sms_has_the_pages_that_are_received(
    amp: Amp, section: Any, pages: list[tuple[str, int, int]]
) -> None:
    """M-3, M-4, M-5, M-6, M-7: with the headers of a page taken off its room."""
    found = await detail(amp, sms_content=section)

    assert found["parts"] == [{"text": text, "units": units, "most": most} for text, units, most in pages]
    assert found["pages"] in (None, len(pages))
    assert "".join(each["text"] for each in found["parts"]) == found["text"]


async def test_a_page_is_filled_for_its_destination(amp: Amp) -> None:
    """D-5."""
    destinations = [{"number": NUMBER, "params": {"CODE": "€" * 81}}]

    found = await detail(amp, destinations=destinations, sms_content={"message": "{#CODE}"})

    assert [(each["units"], each["most"]) for each in found["parts"]] == [(152, 153), (10, 153)]


async def test_a_message_that_falls_back_to_sms_has_pages_then(amp: Amp) -> None:
    """L-4: it is as it is on the channel that has it."""
    sections = {"im_content": [{"channel": "VIBER", "content": "Hi"}], "sms_content": {"message": "Hello"}}
    before = await detail(amp, destinations=[{"number": "99900000003"}], **sections)
    await amp.advance(until="idle")

    after = (await amp.admin("GET", f"/messages/{before['id']}")).body

    assert (before["type"], before["parts"]) == ("INTERNAL", None)
    assert (after["type"], after["parts"]) == ("SMS", [{"text": "Hello", "units": 5, "most": 160}])


async def test_only_a_message_by_itself_has_parts(amp: Amp) -> None:
    """A list of 10,000 need not cut them all."""
    await detail(amp, sms_content={"message": "Hello"})

    (listed,) = await amp.messages()

    assert "parts" not in listed


async def test_a_message_says_the_headers_that_its_callbacks_are_posted_with(amp: Amp, receiver: Receiver) -> None:
    """C-1."""
    await amp.send(sms_content={"message": "Hello"}, callback_url=receiver.url)
    await amp.advance(by=0)
    (posted,) = receiver.received

    (message,) = await amp.messages()
    told = (await amp.admin("GET", f"/messages/{message['id']}")).body

    assert told["callback_headers"] == {name: posted.headers[name] for name in ("Content-Type", "User-Agent")}
    assert [each["body"] for each in told["callbacks"]] == [posted.body]

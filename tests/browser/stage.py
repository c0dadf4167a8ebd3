"""A made-up harbour that sends messages: enough of everything for the pictures of the page."""

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mock_amp.client import AsyncAccount, Refused

NAMES = ("Ana", "Bashir", "Chen", "Dunja", "Emeka", "Freya", "Giovanni", "Hana")
URL = "http://app.harbour.example/reports"
"""Where most reports go; that receiver takes them."""

BROKEN = "http://old.harbour.example/reports"
"""That one is out of order."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What there is to look at: the ids of messages, and of a refused request."""

    rich: str
    long: str
    job: str
    refused: str


async def perform(amp: AsyncAccount) -> Stage:
    """Sends, waits and advances, so that each view has something of each kind."""
    await amp.send(_job(3_000))
    await amp.advance("40s")
    for at, name in enumerate(NAMES):
        await amp.send(_ticket(at, name))
        await amp.advance("3s")
    long = await amp.send(_sms("35699000051", _LONG, callback_url=URL))
    await amp.send(_sms("35699000052", "Dobro došli! Ваш билет действителен до 18:00. ⚓", encoding="UCS2"))
    await amp.send(_sms("99900000006", "Your ticket 4100 could not be renewed.", callback_url=BROKEN))
    await amp.advance("11m")
    await amp.send(_sms("99900000006", "Your ticket 4101 could not be renewed either.", callback_url=BROKEN))
    await amp.advance("6m")
    refused = await _refused(amp)
    job = await amp.send({**_job(50_000), "callback_url": URL})
    await amp.advance("900ms")
    await amp.send(_ticket(9, "Ines", callback_url=BROKEN))
    rich = await amp.send(_rich())
    await amp.advance("1100ms")
    await amp.send(_ticket(10, "Jamal"))
    return Stage(rich=rich.message_id, long=long.message_id, job=job.api_job_id, refused=refused)


async def keep_busy(amp: AsyncAccount) -> None:
    """Ten minutes of sends, more of them and fewer as an hour of travel has it."""
    for at in range(100):
        size = 4 + round(6 * (1 + math.sin(at / 9))) + at % 3
        numbers = [{"number": str(35679000000 + 100 * at + each)} for each in range(size)]
        odd = [{"number": f"999{at:06d}{kind:02d}"} for kind in (3, 4, 6) if (at + kind) % 5 == 0]
        text = f"The ferry of minute {at // 10} is boarding."
        body = {
            "destinations": [*numbers, *odd],
            "im_content": [{"channel": "VIBER", "sender_id": "Harbour", "content": text, "ttl": 30}],
            "sms_content": {"sender_id": "Harbour", "message": text},
            "callback_url": BROKEN if at % 17 == 0 else URL,
        }
        await amp.send(body)
        if at % 23 == 0:
            await _refused(amp)
        await amp.advance("6s")


def _ticket(at: int, name: str, **more: Any) -> dict[str, Any]:
    channel = ("VIBER", "WHATSAPP", "TELEGRAM", "RCS", "MESSENGER")[at % 5]
    number = {3: "99900000003", 5: "99900000004"}.get(at, f"3569900{at:04d}")
    text = f"{name}, the 09:15 to Gozo leaves from quay {at % 4 + 1}. Boarding begins at 08:55."
    return {
        "destinations": [{"number": number, "custom_id": f"ticket-{4000 + at}"}],
        "im_content": [{"channel": channel, "sender_id": "Harbour", "content": text}],
        "sms_content": {"sender_id": "Harbour", "message": text},
        "callback_url": URL,
        **more,
    }


def _rich() -> dict[str, Any]:
    return {
        "destinations": [{"number": "35699000077", "params": {"NAME": "Ana"}, "custom_id": "offer-77"}],
        "im_content": [
            {
                "channel": "VIBER",
                "sender_id": "Harbour",
                "content": "{#NAME}, your cabin is ready. Would you like a table by the window tonight?",
                "images": [{"url": "https://harbour.example/table.jpg"}],
                "actions": [
                    {"title": "Book the table", "target_url": "https://harbour.example/book", "track_clicks": True}
                ],
            }
        ],
        "sms_content": {"sender_id": "Harbour", "message": "{#NAME}, your cabin is ready."},
        "callback_url": URL,
        "reply_url": URL,
    }


def _sms(number: str, text: str, *, encoding: str = "GSM7", **more: Any) -> dict[str, Any]:
    content = {"sender_id": "Harbour", "message": text, "encoding": encoding}
    return {"destinations": [{"number": number}], "sms_content": content, **more}


def _job(size: int) -> dict[str, Any]:
    numbers = [{"number": str(35679000000 + at)} for at in range(size - 40)]
    odd = [{"number": f"999{at:06d}{kind:02d}"} for at in range(10) for kind in (3, 4, 5, 6)]
    text = "Strong wind tomorrow: the ferries to Gozo may be late. We will text you."
    return {
        "destinations": [*numbers, *odd],
        "im_content": [{"channel": "VIBER", "sender_id": "Harbour", "content": text}],
        "sms_content": {"sender_id": "Harbour", "message": text},
        "job_id": f"wind-{size}",
    }


async def _refused(amp: AsyncAccount) -> str:
    """A request with two faults that anybody could make; the number of its line in the journal."""
    body = _ticket(8, "Hana")
    body["destinations"] += [{"number": "+356 9900-12", "custom_id": "ticket-4012"}]
    body["im_content"][0]["chanel"] = "VIBER"
    with suppress(Refused):
        await amp.send(body)
    return (await amp.requests(status=403))[0].id


_LONG = (
    "Dear guest, the 18:30 from Ċirkewwa is cancelled because of strong wind. Your ticket is valid on every later "
    "ferry today and tomorrow. If you would rather have your money back, reply REFUND to this message or come to the "
    "counter at quay 2; we are there until 22:00. Thank you for your patience, and sorry for the trouble."
)

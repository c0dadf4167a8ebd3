"""Accounts whose callback leg has faults, and what came of their callbacks."""

import json
from typing import Any

from tests.api.holding import send_sms
from tests.harness import NO_IM_NUMBER, NUMBER, Amp, Receiver

ACCEPTED, TAKEN, DELIVERED = ("INTERNAL", "ACCEPTD"), ("SMS", "ACCEPTD"), ("SMS", "DELIVRD")
ON_VIBER, FAILED, AT_HAND, SEEN = (("VIBER", status) for status in ("ACCEPTD", "UNDELIV", "DELIVRD", "SEEN"))

_NO_VIBER = {"name": "no viber", "match": {"number": NO_IM_NUMBER}, "channels": {"VIBER": "unreachable"}}


async def put_in_force(amp: Amp, *faults: dict[str, Any]) -> None:
    """Gives the account of a client a scenario with these faults of the callback leg, named by their place."""
    named = [{"name": f"rule {place}"} | fault for place, fault in enumerate(faults)]
    text = json.dumps({"name": "bad-way", "rules": [_NO_VIBER], "callbacks": named})
    answer = await amp.play(text)
    assert answer.status == 200, answer.body


async def live(amp: Amp, receiver: Receiver, *faults: dict[str, Any], **outer: Any) -> list[Any]:
    """The callbacks of one SMS, reported under these faults, once nothing is left to happen."""
    await put_in_force(amp, *faults)
    await send_sms(amp, callback_url=receiver.url, **outer)
    await amp.advance(until="idle")
    return await amp.callbacks()


async def send_two(amp: Amp, receiver: Receiver, **outer: Any) -> None:
    """An instant message to one handset that gets it and to one that does not."""
    to = [{"number": NUMBER}, {"number": NO_IM_NUMBER}]
    content = [{"channel": "VIBER", "content": "Hi"}]
    answer = await amp.send({"destinations": to, "im_content": content, "callback_url": receiver.url, **outer})
    assert answer.status == 200, answer.body


def posted(receiver: Receiver) -> list[Any]:
    """The types and statuses of each POST that arrived."""
    return [each.statuses for each in receiver.received]


def told(callbacks: list[Any]) -> list[Any]:
    """What the record says was injected, callback by callback."""
    return [each["injected"] and each["injected"]["faults"] for each in callbacks]


def attempts(callback: Any) -> list[tuple[Any, ...]]:
    return [(each["at"], each["injected"], each["outcome"], each["status"]) for each in callback["attempts"]]

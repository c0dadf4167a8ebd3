"""Which documents are not understood, which are and say something illegal, and how many of both (H-9 to H-11)."""

import gzip
from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, LEFT_OUT, SMS, VIBER, journalled, refused, send, verdict
from tests.harness import NUMBER, Amp, Receiver


def _deep(levels: int) -> bytes:
    """A good request whose deepest object or array is at this level; the document itself is the first."""
    nested = b"[" * (levels - 1) + b"]" * (levels - 1)
    return b'{"destinations":[{"number":"35699000001"}],"sms_content":{"message":"Hello"},"x":' + nested + b"}"


def _with_ttl(ttl: bytes) -> bytes:
    return _deep(2)[:-1] + b',"ttl":' + ttl + b"}"


NOT_UNDERSTOOD: Final = {
    "nothing": b" \r\n",
    "not UTF-8": b'{"job_id":"\xff"}',
    "UTF-16": '{"job_id":"x"}'.encode("utf-16"),
    "a brace too few": b'{"job_id":"x"',
    "text after the end": b"{} {}",
    "a line break in a string": b'{"job_id":"a\nb"}',
    "single quotes": b"{'job_id':'x'}",
    "null": b"null",
    "a boolean": b"true",
    "a number": b"42",
    "a string": b'"x"',
    "an array": b"[{}]",
    "65 levels": _deep(65),
    "100,000 levels": _deep(100_000),
    "NaN": _with_ttl(b"NaN"),
    "Infinity": _with_ttl(b"Infinity"),
    "-Infinity": _with_ttl(b"-Infinity"),
}


@pytest.mark.parametrize("body", NOT_UNDERSTOOD.values(), ids=NOT_UNDERSTOOD)
async def test_what_is_not_a_json_object_is_not_understood(amp: Amp, body: bytes) -> None:
    """H-9: no field is to blame, so the rule is H-9 itself."""
    answer = await amp.send(body)

    assert await verdict(amp, answer) == refused(400, "H-9")


async def test_64_levels_are_understood(amp: Amp) -> None:
    """H-9: deeper than 64 is not."""
    answer = await amp.send(_deep(64))

    assert await verdict(amp, answer) == ACCEPTED


@pytest.mark.parametrize("body", [b"no gzip at all", gzip.compress(_deep(2))[:-12]], ids=["garbage", "cut off"])
async def test_a_body_that_cannot_be_unpacked_is_not_understood(amp: Amp, body: bytes) -> None:
    """H-9: it is the client's fault, not ours (H-8)."""
    headers = {
        "Authorization": f"Token {amp.token}",
        "Content-Type": "application/json",
        "Content-Encoding": "gzip",
    }
    answer = await amp.call("POST", "/1/im", data=body, headers=headers)

    assert await verdict(amp, answer) == refused(400, "H-9")


FAULTS_OF_FORM: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "destinations missing": ({"destinations": LEFT_OUT}, "O-1"),
    "destinations an object": ({"destinations": {"number": NUMBER}}, "O-1"),
    "a destination null": ({"destinations": [{"number": NUMBER}, None]}, "O-1"),
    "a destination a string": ({"destinations": [NUMBER]}, "O-1"),
    "number missing": ({"destinations": [{}]}, "D-1"),
    "number an integer": ({"destinations": [{"number": 35699000001}]}, "D-1"),
    "custom_id an integer": ({"destinations": [{"number": NUMBER, "custom_id": 7}]}, "D-3"),
    "params an array": ({"destinations": [{"number": NUMBER, "params": ["A"]}]}, "D-4"),
    "a param a boolean": ({"destinations": [{"number": NUMBER, "params": {"A": True}}]}, "D-4"),
    "job_id an integer": ({"job_id": 42}, "O-2"),
    "no section": ({"sms_content": LEFT_OUT}, "O-3"),
    "sections that exclude each other": ({"message": {"texts": [{"text": "Hi"}]}}, "O-3"),
    "sms_content an array": ({"sms_content": [SMS]}, "O-3"),
    "message of an SMS missing": ({"sms_content": {}}, "M-1"),
    "udh of a BINARY missing": ({"sms_content": {"message": "AAAA", "encoding": "BINARY"}}, "M-6"),
    "im_content an object": ({"im_content": VIBER}, "O-4"),
    "an IM item null": ({"im_content": [None]}, "O-4"),
    "ubiquity without content": ({"sms_content": LEFT_OUT, "message": {"texts": []}}, "U-1"),
    "message_plan an integer": ({"message_plan": 1}, "O-5"),
    "callback_url an object": ({"callback_url": {}}, "O-6"),
    "promotional a string": ({"promotional": "yes"}, "O-7"),
    "ttl a fraction": ({"ttl": 4.5}, "O-8"),
}


@pytest.mark.parametrize(("changes", "rule"), FAULTS_OF_FORM.values(), ids=FAULTS_OF_FORM)
async def test_a_fault_of_form_is_400_by_the_rule_of_its_field(amp: Amp, changes: dict[str, Any], rule: str) -> None:
    """H-9: wrong types, missing keys, null in an array, sections."""
    answer = await send(amp, **changes)

    assert await verdict(amp, answer) == refused(400, rule)


FAULTS_OF_VALUE: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "pattern": ({"destinations": [{"number": "avc"}]}, "D-1"),
    "uniqueness": ({"destinations": [{"number": NUMBER}, {"number": NUMBER}]}, "D-2"),
    "placeholder without value": ({"sms_content": {"message": "{#A}"}}, "D-5"),
    "length": ({"job_id": "j" * 256}, "O-2"),
    "enum": ({"message_plan": "CHEAP"}, "O-5"),
    "URL": ({"reply_url": "nowhere"}, "O-6"),
    "range": ({"sms_content": {"message": "Hi", "pid": 256}}, "M-11"),
    "media combination": ({"im_content": [{"channel": "VIBER"}]}, "I-5"),
    "channel twice": ({"im_content": [VIBER, VIBER]}, "I-1"),
}


@pytest.mark.parametrize(("changes", "rule"), FAULTS_OF_VALUE.values(), ids=FAULTS_OF_VALUE)
async def test_an_illegal_value_is_403_by_the_rule_of_its_field(amp: Amp, changes: dict[str, Any], rule: str) -> None:
    """H-10: the document is understood."""
    answer = await send(amp, **changes)

    assert await verdict(amp, answer) == refused(403, rule)


async def test_where_faults_of_both_kinds_meet_only_those_of_form_are_told(amp: Amp) -> None:
    """H-9: the answer is 400, and the journal keeps the others too."""
    answer = await send(amp, destinations=[{"number": "avc"}], job_id=1)

    line = await journalled(amp, answer)
    assert await verdict(amp, answer) == refused(400, "O-2")
    assert "avc" not in answer.body["result_info"]["description"]
    assert [each["rule"] for each in line["violations"]] == ["O-2", "D-1"]


async def test_one_bad_destination_refuses_all(amp: Amp, receiver: Receiver) -> None:
    """H-11: nothing is stored, nothing is due, nothing is posted."""
    numbers = ["35699000001", "35699000002", "avc"]
    answer = await send(amp, destinations=[{"number": number} for number in numbers], callback_url=receiver.url)
    agenda = await amp.admin("GET", "/agenda")
    lived = await amp.advance(until="idle")

    assert await verdict(amp, answer) == refused(403, "D-1")
    assert (await amp.messages(), await amp.callbacks(), agenda.body["items"], lived["events"]) == ([], [], [], [])
    assert receiver.received == []

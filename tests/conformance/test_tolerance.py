"""What clients send that no document allows, and what we make of it (H-12 to H-14, H-16)."""

import json
from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, LEFT_OUT, SMS, VIBER, journalled, refused, send, verdict
from tests.harness import NUMBER, Amp, Receiver

UNKNOWN: Final[dict[str, tuple[dict[str, Any], str, str]]] = {
    "outer": ({"validity_period": 5}, "/validity_period", ""),
    "destination": (
        {"destinations": [{"number": NUMBER, "custom_ids": "x"}]},
        "/destinations/0/custom_ids",
        "custom_id",
    ),
    "sms_content": ({"sms_content": {"message": "Hi", "tfl": 60}}, "/sms_content/tfl", "ttl"),
    "im_content": ({"im_content": [{**VIBER, "content_type": 1}]}, "/im_content/0/content_type", "content"),
    "action": (
        {"im_content": [{**VIBER, "actions": [{"title": "T", "target_url": "http://x.test", "titel": ""}]}]},
        "/im_content/0/actions/0/titel",
        "title",
    ),
    "with a slash": ({"a/b~c": None}, "/a~1b~0c", ""),
}


@pytest.mark.parametrize(("changes", "pointer", "near"), UNKNOWN.values(), ids=UNKNOWN)
async def test_an_unknown_key_is_skipped_with_a_warning(
    amp: Amp, changes: dict[str, Any], pointer: str, near: str
) -> None:
    """H-12: the warning says where it stands, and which known key is near."""
    answer = await send(amp, **changes)

    (warning,) = (await journalled(amp, answer))["warnings"]
    assert await verdict(amp, answer) == ACCEPTED
    assert (warning["rule"], warning["pointer"]) == ("H-12", pointer)
    assert (f"did you mean {near}?" in warning["text"]) if near else ("did you mean" not in warning["text"])


NULLS: Final[dict[str, tuple[dict[str, Any], tuple[int, str | None]]]] = {
    "optional keys": (
        dict.fromkeys(
            ("job_id", "message", "im_content", "message_plan", "callback_url", "reply_url", "promotional", "ttl")
        ),
        (200, None),
    ),
    "of a destination": ({"destinations": [{"number": NUMBER, "custom_id": None, "params": None}]}, (200, None)),
    "of a section": ({"sms_content": {**SMS, "sender_id": None, "route": None, "pid": None, "ttl": None}}, (200, None)),
    "a required key": ({"destinations": None}, (400, "O-1")),
    "a number": ({"destinations": [{"number": None}]}, (400, "D-1")),
    "the only section": ({"sms_content": None}, (400, "O-3")),
    "a param that is needed": (
        {"destinations": [{"number": NUMBER, "params": {"A": None}}], "sms_content": {"message": "{#A}"}},
        (403, "D-5"),
    ),
}


@pytest.mark.parametrize(("changes", "expected"), NULLS.values(), ids=NULLS)
async def test_null_counts_as_not_sent(amp: Amp, changes: dict[str, Any], expected: tuple[int, str | None]) -> None:
    """H-13: with all that follows when the key is required."""
    answer = await send(amp, **changes)

    assert await verdict(amp, answer) == refused(*expected)


def _in_sms(key: str, value: str) -> bytes:
    """A request with the JSON text `value` under a key of its SMS section."""
    plain = json.dumps({"destinations": [{"number": NUMBER}], "sms_content": SMS})
    return plain.replace('"message"', f'"{key}": {value}, "message"').encode()


@pytest.mark.parametrize(("key", "value"), [("ttl", '"3600"'), ("pid", '"4"'), ("pid", '"000"'), ("ttl", '"-0"')])
async def test_a_decimal_string_passes_as_an_integer(amp: Amp, key: str, value: str) -> None:
    """H-14: with a warning."""
    answer = await amp.send(_in_sms(key, value))

    (warning,) = (await journalled(amp, answer))["warnings"]
    assert await verdict(amp, answer) == ACCEPTED
    assert (warning["rule"], warning["pointer"]) == ("H-14", f"/sms_content/{key}")


@pytest.mark.parametrize("value", ["4.0", "4", "4e0", "0.0"])
async def test_a_whole_json_number_passes_as_an_integer(amp: Amp, value: str) -> None:
    """H-14: and nobody is warned."""
    answer = await amp.send(_in_sms("pid", value))

    assert await verdict(amp, answer) == ACCEPTED
    assert (await journalled(amp, answer))["warnings"] == []


@pytest.mark.parametrize("value", ["4.5", "true", "false", '"4.0"', '""', '" 4"', '"+4"', '"4\\n"', '"٤"', '"four"'])
async def test_what_is_no_integer_is_not_understood(amp: Amp, value: str) -> None:
    """H-14: the form of a string is -?[0-9]+ and no other."""
    answer = await amp.send(_in_sms("pid", value))

    assert await verdict(amp, answer) == refused(400, "M-11")


@pytest.mark.parametrize("value", ['"256"', '"-1"', "256.0", '"' + "9" * 30 + '"', "9" * 30])
async def test_an_integer_out_of_range_is_illegal_however_it_is_written(amp: Amp, value: str) -> None:
    """H-14: a string of that form is an integer, so its fault is one of value."""
    answer = await amp.send(_in_sms("pid", value))

    assert await verdict(amp, answer) == refused(403, "M-11")


async def test_empty_strings_of_optional_keys_are_the_same_as_none(amp: Amp, receiver: Receiver) -> None:
    """H-16: no job id, the default plan, no callbacks, no custom id."""
    answer = await send(
        amp,
        destinations=[{"number": NUMBER, "custom_id": ""}],
        im_content=[VIBER],
        **dict.fromkeys(("job_id", "message_plan", "callback_url", "reply_url"), ""),
    )
    (message,) = await amp.messages()
    await amp.advance(until="idle")

    assert await verdict(amp, answer) == ACCEPTED
    assert "client_job_id" not in answer.body
    assert (message["client_job_id"], message["custom_id"], message["channels"]) == ("", "", ["VIBER", "SMS"])
    assert (await amp.callbacks(), receiver.received) == ([], [])


EMPTY: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "number": ({"destinations": [{"number": ""}]}, "D-1"),
    "message": ({"sms_content": {"message": ""}}, "M-1"),
    "encoding": ({"sms_content": {**SMS, "encoding": ""}}, "M-2"),
    "sender_id of an SMS": ({"sms_content": {**SMS, "sender_id": ""}}, "M-8"),
    "route": ({"sms_content": {**SMS, "route": ""}}, "M-10"),
    "channel": ({"im_content": [{**VIBER, "channel": ""}]}, "I-1"),
    "sender_id of an IM": ({"im_content": [{**VIBER, "sender_id": ""}]}, "I-2"),
    "content": ({"im_content": [{**VIBER, "content": ""}]}, "I-3"),
    "text": ({"sms_content": LEFT_OUT, "message": {"texts": [{"text": ""}]}}, "U-1"),
}


@pytest.mark.parametrize(("changes", "rule"), EMPTY.values(), ids=EMPTY)
async def test_an_empty_string_elsewhere_is_an_illegal_value(amp: Amp, changes: dict[str, Any], rule: str) -> None:
    """H-16: by the rule of the field."""
    answer = await send(amp, **changes)

    assert await verdict(amp, answer) == refused(403, rule)

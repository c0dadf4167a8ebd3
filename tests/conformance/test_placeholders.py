"""D-5: what is filled in for each destination, and where."""

import json
from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, LEFT_OUT, SMS, VIBER, Verdict, filled, refused, send, verdict
from tests.harness import NUMBER, Amp

_URL: Final = "http://x.test/"


def _with(text: str = "Hi", image: str = _URL, target: str = _URL, title: str = "Go") -> dict[str, Any]:
    actions = [{"title": title, "target_url": target}]
    return {"images": [{"url": image}], "actions": actions, "channel": "VIBER", "content": text}


_UBIQUITY: Final = {"sms_content": LEFT_OUT}
FILLED: Final[dict[str, dict[str, Any]]] = {
    "SMS message": {"sms_content": {"message": "{#KEY}"}},
    "IM content": {"im_content": [_with(text="a {#KEY} b")]},
    "image URL": {"im_content": [_with(image="{#KEY}")]},
    "target URL": {"im_content": [_with(target="{#KEY}")]},
    "ubiquity text": {**_UBIQUITY, "message": {"texts": [{"text": "{#KEY}"}]}},
    "ubiquity image URL": {**_UBIQUITY, "message": {"images": [{"url": "{#KEY}"}]}},
    "ubiquity target URL": {
        **_UBIQUITY,
        "message": {"texts": [{"text": "Hi"}], "actions": [{"title": "Go", "target_url": "{#KEY}"}]},
    },
}


@pytest.mark.parametrize("changes", FILLED.values(), ids=FILLED)
async def test_every_placeholder_needs_a_value_from_every_destination(amp: Amp, changes: dict[str, Any]) -> None:
    """D-5: the refusal names the key and the destination that lacks it."""
    first = {"number": "35699000001", "params": {"KEY": "http://y.test"}}
    lacking = {"number": "35699000002", "params": {"key": "http://y.test"}}
    good = await send(amp, destinations=[first], **changes)
    bad = await send(amp, destinations=[first, lacking], **changes)

    told = bad.body["result_info"]["description"]
    assert (await verdict(amp, good), await verdict(amp, bad)) == (ACCEPTED, refused(403, "D-5"))
    assert "[KEY]" in told
    assert "[35699000002]" in told
    assert "[35699000001]" not in told


@pytest.mark.parametrize(
    "changes",
    [
        {"job_id": "{#KEY}"},
        {"callback_url": "http://x.test/{#KEY}"},
        {"destinations": [{"number": NUMBER, "custom_id": "{#KEY}"}]},
        {"sms_content": {**SMS, "sender_id": "{#KEY}"}},
        {"im_content": [{**VIBER, "sender_id": "{#KEY}", "expiry_text": "{#KEY}"}]},
        {"im_content": [_with(title="{#KEY}")]},
    ],
    ids=["job_id", "callback_url", "custom_id", "SMS sender", "IM sender and expiry", "action title"],
)
async def test_nothing_else_is_filled(amp: Amp, changes: dict[str, Any]) -> None:
    """D-5: the same letters in another field ask for nothing."""
    answer = await send(amp, **changes)

    assert await verdict(amp, answer) == ACCEPTED


@pytest.mark.parametrize(
    ("message", "params", "text"),
    [
        ("{#A} and {#B}", {"A": "1", "B": "2"}, "1 and 2"),
        ("{#A}{#A}", {"A": "1"}, "11"),
        ("{#A}", {"A": "{#B}", "B": "2"}, "{#B}"),
        ("{#{#A}}", {"A": "B", "B": "2"}, "{#B}"),
        ("{#A", {}, "{#A"),
        ("{#}", {}, "{#}"),
        ("{A} # {#A}", {"A": "1"}, "{A} # 1"),
        ("{#first name}", {"first name": "Ana"}, "Ana"),
        ("{#A}", {"A": r"\1 \g<0>"}, r"\1 \g<0>"),
    ],
)
async def test_placeholders_are_filled_in_one_pass(amp: Amp, message: str, params: dict[str, str], text: str) -> None:
    """D-5: what was filled in is not read again, and what is no placeholder stays."""
    shown = await filled(amp, message, json.dumps(params))

    assert shown == text


@pytest.mark.parametrize(
    ("url", "value", "expected"),
    [
        ("{#U}", "https://y.test/a", ACCEPTED),
        ("http://{#U}/a", "y.test", ACCEPTED),
        ("{#U}", "nowhere", refused(403, "I-6")),
        ("http://{#U}", "", refused(403, "I-6")),
        ("http://x.test/{#U}", "a b", refused(403, "I-6")),
    ],
)
@pytest.mark.parametrize("field", ["image", "target"])
async def test_a_url_is_checked_once_it_is_filled(
    amp: Amp, field: str, url: str, value: str, expected: Verdict
) -> None:
    """D-5: not before."""
    destination = {"number": NUMBER, "params": {"U": value}}
    answer = await send(amp, destinations=[destination], im_content=[_with(**{field: url})])

    assert await verdict(amp, answer) == expected

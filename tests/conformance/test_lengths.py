"""The longest references and URLs (D-3, F-5, I-6, O-6): the last that passes, the first that does not."""

from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, SMS, refused, verdict
from tests.harness import NUMBER, Amp, Answer

_URL: Final = 8_192
_REFERENCE: Final = 4_096


def _url(length: int) -> str:
    return "http://127.0.0.1:9/".ljust(length, "x")


async def _post(amp: Amp, path: str, document: dict[str, Any]) -> Answer:
    return await amp.call("POST", path, json=document, headers={"Authorization": f"Token {amp.token}"})


@pytest.mark.parametrize(
    ("path", "key"), [("/1/im", "callback_url"), ("/1/im", "reply_url"), ("/1/sms", "callback_url")]
)
async def test_a_url_has_up_to_8192_characters(amp: Amp, path: str, key: str) -> None:
    """O-6: of a request that is like one before it, too; it is told as what it is."""
    document = {"destinations": [{"number": NUMBER}], "sms_content": SMS}
    told = [await _post(amp, path, document | {key: _url(length)}) for length in (30, _URL, _URL + 1, _URL)]

    assert [await verdict(amp, each) for each in told] == [ACCEPTED, ACCEPTED, refused(403, "O-6"), ACCEPTED]
    assert f"[{key}] value" in told[2].body["result_info"]["description"]
    assert "is longer than [8192]" in told[2].body["result_info"]["description"]


@pytest.mark.parametrize("path", ["/1/im", "/1/sms"])
async def test_a_custom_id_has_up_to_4096_characters(amp: Amp, path: str) -> None:
    """D-3: characters, not bytes; of a request that is like one before it, too."""
    told = []
    for custom_id in ("a", "é" * _REFERENCE, "a" * (_REFERENCE + 1), "b"):
        destination = {"number": NUMBER, "custom_id": custom_id}
        told.append(await _post(amp, path, {"destinations": [destination], "sms_content": SMS}))

    assert [await verdict(amp, each) for each in told] == [ACCEPTED, ACCEPTED, refused(403, "D-3"), ACCEPTED]
    assert told[1].body["results"][NUMBER]["custom_id"] == "é" * _REFERENCE


@pytest.mark.parametrize(
    ("key", "last", "first", "rule"),
    [
        ("client_ref", "r" * _REFERENCE, "r" * (_REFERENCE + 1), "F-5"),
        ("callback_url", _url(_URL), _url(_URL + 1), "O-6"),
    ],
    ids=["client_ref", "callback_url"],
)
async def test_of_a_code_they_are_as_long(amp: Amp, key: str, last: str, first: str, rule: str) -> None:
    """F-5, O-6."""
    told = [
        await _post(amp, "/1/2fa", {"client_ref": "login", "phone_number": NUMBER, key: each}) for each in (last, first)
    ]

    assert [await verdict(amp, each) for each in told] == [ACCEPTED, refused(403, rule)]


@pytest.mark.parametrize("part", ["images", "actions"])
@pytest.mark.parametrize("dialect", ["amp", "im-gateway"])
async def test_what_an_im_points_at_is_as_long_as_sent_and_once_filled(amp: Amp, dialect: str, part: str) -> None:
    """I-6, D-5: one reason each."""
    changed = await amp.admin("PATCH", f"/tokens/{amp.token}", {"dialect": dialect})
    assert changed.status == 200, changed.body
    told = []
    for url, value in (
        (_url(_URL), ""),
        (_url(_URL + 1), ""),
        (_url(100) + "{#A}", "a" * (_URL - 100)),
        (_url(100) + "{#A}", "a" * (_URL - 99)),
    ):
        more: dict[str, Any] = {"images": [{"url": url}], "actions": [{"title": "Open", "target_url": "http://x.test"}]}
        if part == "actions":
            more = {"images": [{"url": "http://x.test"}], "actions": [{"title": "Open", "target_url": url}]}
        item = {"channel": "VIBER", "content": "Hi", **more}
        document = {"destinations": [{"number": NUMBER, "params": {"A": value}}], "im_content": [item]}
        told.append(await _post(amp, "/1/im", document))

    assert [await verdict(amp, each) for each in told] == [ACCEPTED, refused(403, "I-6")] * 2
    assert all(each.body["result_info"]["description"].count("is longer than [8192]") == 1 for each in told[1::2])


async def test_a_receiver_to_certify_has_a_url_as_long(amp: Amp) -> None:
    """O-6."""
    bodies = [{"callback_url": _url(each), "only": ["single"], "timeout": "1s"} for each in (_URL, _URL + 1)]
    told = [await amp.admin("POST", "/certify", each) for each in bodies]

    assert [each.status for each in told] == [200, 400]
    assert told[1].body["pointer"] == "/callback_url"

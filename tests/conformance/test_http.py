"""The rules of HTTP itself: status, form, media type and host (H-2 to H-5)."""

import json
from typing import Any, Final

import pytest

from tests.conformance.verdicts import ACCEPTED, SMS, refused, verdict
from tests.harness import NUMBER, Amp, Answer

BODY: Final = json.dumps({"destinations": [{"number": NUMBER}], "sms_content": SMS}).encode()


async def _post(amp: Amp, data: Any, headers: dict[str, str] | None = None) -> Answer:
    usual = {"Authorization": f"Token {amp.token}", "Content-Type": "application/json"}
    return await amp.call("POST", "/1/im", data=data, headers=usual | (headers or {}))


async def test_a_good_request_is_answered_200(amp: Amp) -> None:
    """H-2: a send and a question about it."""
    sent = await amp.send(sms_content=SMS)
    asked = await amp.status(sent.body["results"][NUMBER]["message_id"])

    assert (await verdict(amp, sent), await verdict(amp, asked)) == (ACCEPTED, ACCEPTED)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/1/im", 401),
        ("PUT", "/1/im", 405),
        ("GET", "/1/im/status/1", 401),
        ("GET", "/1/im/", 404),
        ("GET", "/1/im/status/", 404),
        ("POST", "/nothing/of/the/kind", 404),
        ("DELETE", "/favicon.ico", 404),
        ("GET", "/__administration", 404),
        ("GET", "/1/%E2%82%AC", 404),
    ],
)
async def test_every_error_of_the_service_is_a_json_object(server: Amp, method: str, path: str, status: int) -> None:
    """H-3: unknown paths get the envelope as well."""
    answer = await server.call(method, path)

    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert list(json.loads(answer.raw)) == ["api_job_id", "result_info", "results"]


async def test_success_and_refusal_of_a_document_have_the_same_form(amp: Amp) -> None:
    """H-3: with the type that the contract says."""
    answers = [await amp.send(sms_content=SMS), await amp.send(b"{"), await amp.send(sms_content={"message": ""})]

    assert [answer.status for answer in answers] == [200, 400, 403]
    assert {answer.headers["Content-Type"] for answer in answers} == {"application/json; charset=utf-8"}


@pytest.mark.parametrize(
    ("path", "status", "form"),
    [
        ("/", 200, "text/plain"),
        ("/livez", 200, "application/json"),
        ("/readyz", 200, "application/json"),
        ("/__admin", 200, "application/json"),
        ("/__admin/nothing", 404, "application/problem+json"),
    ],
)
async def test_our_own_paths_speak_their_own_forms(server: Amp, path: str, status: int, form: str) -> None:
    """H-3: and have no envelope."""
    answer = await server.call("GET", path)

    assert (answer.status, answer.headers["Content-Type"].split(";")[0]) == (status, form)
    assert b"result_info" not in answer.raw


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
        'application/json; charset="utf-8"',
        'application/json; CHARSET="Utf-8"',
    ],
)
async def test_json_in_utf8_is_taken_however_it_is_spelt(amp: Amp, media_type: str) -> None:
    """H-4: no charset, or utf-8 in any case, quoted or not."""
    answer = await _post(amp, BODY, {"Content-Type": media_type})

    assert await verdict(amp, answer) == ACCEPTED


@pytest.mark.parametrize(
    "media_type",
    [
        "",
        "json",
        "text/plain",
        "text/json",
        "application/json-patch+json",
        "application/x-www-form-urlencoded",
        "application/json; charset=iso-8859-1",
        'application/json; charset="utf-16"',
    ],
)
async def test_another_media_type_or_charset_is_415(amp: Amp, media_type: str) -> None:
    """H-4: the body is not looked at."""
    answer = await _post(amp, BODY, {"Content-Type": media_type})

    assert await verdict(amp, answer) == refused(415, "H-4")


async def test_a_body_without_content_type_is_415(amp: Amp) -> None:
    """H-4: it is not guessed."""
    headers = {"Authorization": f"Token {amp.token}"}
    answer = await amp.call("POST", "/1/im", data=BODY, headers=headers, skip_auto_headers=["Content-Type"])

    assert await verdict(amp, answer) == refused(415, "H-4")


@pytest.mark.parametrize("media_type", [None, "text/plain"])
async def test_a_post_without_body_is_400_and_never_415(amp: Amp, media_type: str | None) -> None:
    """H-4: what is not there has no wrong type."""
    headers = {"Authorization": f"Token {amp.token}"} | ({"Content-Type": media_type} if media_type else {})
    answer = await amp.call("POST", "/1/im", headers=headers, skip_auto_headers=["Content-Type"])

    assert await verdict(amp, answer) == refused(400, "H-9")


@pytest.mark.parametrize("more", [{}, {"data": b"<xml/>"}], ids=["without a body", "with a body"])
async def test_a_get_is_never_415(amp: Amp, more: dict[str, bytes]) -> None:
    """H-4: whatever it carries."""
    sent = await amp.send(sms_content=SMS)
    path = f"/1/im/status/{sent.body['results'][NUMBER]['message_id']}"
    headers = {"Authorization": f"Token {amp.token}", "Content-Type": "text/plain"}
    answer = await amp.call("GET", path, headers=headers, **more)

    assert await verdict(amp, answer) == ACCEPTED


@pytest.mark.parametrize("host", ["https://rest.fortytwo.com", "rest.fortytwo.com", "example.org:99", "[::1]:1", "?"])
async def test_the_host_plays_no_part(amp: Amp, host: str) -> None:
    """H-5: the samples send a whole URL there."""
    sent = await _post(amp, BODY, {"Host": host})
    headers = {"Authorization": f"Token {amp.token}", "Host": host}
    path = f"/1/im/status/{sent.body['results'][NUMBER]['message_id']}"
    asked = await amp.call("GET", path, headers=headers)

    assert (await verdict(amp, sent), await verdict(amp, asked)) == (ACCEPTED, ACCEPTED)

"""However deep a body is, it is read, or refused with the limit that helps; nothing comes to its end by it (H-9)."""

import json
from typing import Any, Final

import pytest

from mock_amp.adapters.files import read_schema
from mock_amp.web.admin import ROUTES
from tests.harness import Amp, running

JSON: Final = {"Content-Type": "application/json"}
LIMITS: Final = (8, 500)
DEEPEST: Final = 50_000
"""Far beyond what parsers, encoders and Python's own stack can bear."""

IN_SENDS: Final = (
    '{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hi"}, "unknown": @}',
    '{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hi"}, "unknown": 1, "unknown": @}',
    '{"destinations": [{"number": "35699000001", "params": {"A": @}}], "sms_content": {"message": "Hi"}}',
    '{"destinations": [{"number": "x", "params": @}], "sms_content": {"message": "Hi"}}',
    '{"destinations": [@], "job_id": @, "callback_url": @}',
    '{"client_ref": @}',
)
IN_SCENARIOS: Final = (
    "@",
    '{"name": "x", "rules": [@]}',
    '{"name": "x", "rules": [{"name": "y", "match": {"text": @}, "outcome": "seen"}]}',
    '{"name": "x", "defaults": {"replies": [{"text": @}]}}',
    '{"name": "x", "prices": {"a": @}}',
    '{"name": "x", "description": @}',
)


def nested(depth: int, begin: str) -> str:
    """A value of so many levels."""
    return begin * depth + ("" if begin == "[" else "1") + ("]" if begin == "[" else "}") * depth


def bodies(places: tuple[str, ...], limit: int) -> list[str]:
    """The places filled with what is just not too deep, just too deep, and far too deep."""
    depths = (limit - 4, limit - 1, limit + 1, 1_000, 1_100, DEEPEST)
    return [each.replace("@", nested(n, begin)) for each in places for n in depths for begin in ("[", '{"a":')]


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_send_of_any_depth_is_no_failure_of_ours(limit: int) -> None:
    """H-9: 200 or a refusal, whichever part it is that is deep; the journal can be read afterwards."""
    async with running(nesting_limit=limit) as amp:
        for path in ("/1/im", "/1/2fa"):
            headers = {**JSON, "Authorization": f"Token {amp.token}"}
            for body in bodies(IN_SENDS, limit):
                answer = await amp.call("POST", path, data=body.encode(), headers=headers)

                assert answer.status in (200, 400, 403), body[:100]
        assert len(await amp.requests()) == 2 * len(bodies(IN_SENDS, limit))


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_body_of_the_control_plane_of_any_depth_is_no_failure_of_ours(limit: int) -> None:
    """H-9: in every key of every call that takes one."""
    schema: Any = read_schema("control-plane")
    async with running(nesting_limit=limit) as amp:
        for route in ROUTES:
            if not route.takes:
                continue
            path = route.paths[-1].replace("{account}", "default").replace("{token}", amp.token)
            keys = [*schema["$defs"][route.takes].get("properties", ()), "unknown"]
            for body in bodies(tuple(f'{{"{key}": @}}' for key in keys), limit)[::2]:
                answer = await amp.call(route.method, path, data=body.encode(), headers=JSON)

                assert answer.status < 500, (route.method, path, body[:100])


@pytest.mark.parametrize("limit", LIMITS)
async def test_a_scenario_of_any_depth_is_no_failure_of_ours(limit: int) -> None:
    """D7: by each of the calls that take one, and as rows of a snapshot."""
    async with running(nesting_limit=limit) as amp:
        own = Amp(amp.url, amp.session, amp.token, "default")
        snapshot = (await own.admin("GET", "/snapshot")).body
        by_document, by_rows = (
            json.dumps(snapshot | change)
            for change in ({"scenario": {**snapshot["scenario"], "document": "@"}}, {"tables": {"job": "@"}})
        )
        for body in bodies(IN_SCENARIOS, limit):
            for method, path, text in (
                ("PUT", "scenario", body),
                ("POST", "accounts", f'{{"scenario": {body}}}'),
                ("PUT", "snapshot", by_document.replace('"@"', body)),
                ("PUT", "snapshot", by_rows.replace('"@"', body)),
                ("PUT", "snapshot", body),
            ):
                answer = await amp.call(method, f"/__admin/{path}", data=text.encode(), headers=JSON)

                assert answer.status in (400, 413), (path, body[:100])


@pytest.mark.parametrize("limit", [8, 64, 500])
async def test_the_limit_is_what_the_setting_says(limit: int) -> None:
    """H-9: in sends, in the control plane and in scenarios alike, and the answer tells the number."""
    text = '{"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hi"}, "unknown": @}'
    async with running(nesting_limit=limit) as amp:
        for depth, status in ((limit - 1, 200), (limit, 400)):
            deep = nested(depth, "[")
            sent = await amp.send(text.replace("@", deep).encode())
            answers = [
                await amp.call(method, path, data=f'{{"name": {deep}}}'.encode(), headers=JSON)
                for method, path in (
                    ("PUT", "/__admin/scenario"),
                    ("POST", "/__admin/tokens"),
                    ("PUT", "/__admin/snapshot"),
                )
            ]

            assert sent.status == status
            told = [str(limit) in each.raw.decode() and "deep" in each.raw.decode() for each in (sent, *answers)]
            assert told == [depth == limit] * 4

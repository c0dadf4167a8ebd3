"""O-2 to O-8: what the outer level of a request may say."""

from typing import Any

import pytest

from tests.unit.builders import NO_URLS, SMS, verdict

URLS = ["http://127.0.0.1:9000/reports", "HTTPS://receiver.example", "http://[::1]:9000/x?y#z"]
TEXT = {"content": "Ready."}
UBIQUITY = {"texts": [{"text": "Ready."}]}


@pytest.mark.parametrize(
    "sections",
    [
        {"sms_content": None},
        {"sms_content": None, "im_content": []},
        {"message": UBIQUITY, "sms_content": SMS},
        {"message": UBIQUITY, "im_content": [TEXT]},
        {"message": UBIQUITY, "im_content": [TEXT], "sms_content": SMS},
    ],
    ids=str,
)
def test_there_is_exactly_one_way_to_say_what_to_send(sections: dict[str, Any]) -> None:
    """O-3: both or none is 400."""
    assert verdict(**sections) == (400, "O-3")


@pytest.mark.parametrize(
    "sections",
    [
        {"sms_content": SMS},
        {"im_content": [TEXT]},
        {"sms_content": SMS, "im_content": [TEXT]},
        {"message": UBIQUITY},
        {"message": UBIQUITY, "im_content": []},
        {"sms_content": SMS, "message": None},
    ],
    ids=str,
)
def test_each_way_to_say_it_is_good(sections: dict[str, Any]) -> None:
    """O-3, O-4, H-13: an empty array and a null count as absent."""
    assert verdict(**sections) == (200, "")


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"job_id": "x" * 255}, (200, "")),
        ({"job_id": "x" * 256}, (403, "O-2")),
        ({"job_id": ""}, (200, "")),
        ({"job_id": []}, (400, "O-2")),
        ({"im_content": {}}, (400, "O-4")),
        ({"im_content": "", "sms_content": SMS}, (400, "O-4")),
        ({"im_content": [None]}, (400, "O-4")),
        ({"message_plan": "LOW_COST"}, (200, "")),
        ({"message_plan": "CHEAP"}, (403, "O-5")),
        ({"message_plan": "low_cost"}, (403, "O-5")),
        ({"message_plan": ""}, (200, "")),
        ({"promotional": True}, (200, "")),
        ({"promotional": 1}, (400, "O-7")),
        ({"ttl": 2_147_483_647}, (200, "")),
        ({"ttl": 2_147_483_648}, (403, "O-8")),
        ({"ttl": "9" * 25}, (403, "O-8")),
    ],
    ids=lambda value: str(value)[:40],
)
def test_the_outer_level_keeps_to_its_rules(sections: dict[str, Any], expected: tuple[int, str]) -> None:
    """O-2 to O-8, H-16: a repeat of the table."""
    assert verdict(**sections) == expected


@pytest.mark.parametrize("field", ["callback_url", "reply_url"])
def test_an_outer_url_is_absolute_http_with_a_host(field: str) -> None:
    """O-6: http:// or https:// URL with a host; "" means absent."""
    assert [verdict(**{field: url}) for url in [*URLS, ""]] == [(200, "")] * 4
    assert [verdict(**{field: url}) for url in NO_URLS] == [(403, "O-6")] * len(NO_URLS)

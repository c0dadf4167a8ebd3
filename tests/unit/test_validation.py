"""H-9 to H-11, R-7: which requests are refused, and how."""

from typing import Any

import pytest

from mock_amp.core.model import Destination
from tests.unit.builders import NUMBER, RULES, SMS, a_body, a_token, judged, refused, understood, verdict


def test_a_good_request_is_understood() -> None:
    """H-10, H-11: what it says, to whom, and nothing to warn of."""
    found = understood(judged(job_id="evening-42"))

    assert found.destinations == [Destination(NUMBER, None, None)]
    assert [(offer.channel, offer.text) for offer in found.offers] == [("SMS", "Your table is ready.")]
    assert found.document["job_id"] == "evening-42"
    assert found.warnings == ()


def test_what_was_put_right_is_warned_of() -> None:
    """H-12, H-14: accepted, and told in the journal."""
    found = understood(judged(validity_period=60, ttl="3600"))

    assert [(each.rule, each.pointer) for each in found.warnings] == [("H-12", "/validity_period"), ("H-14", "/ttl")]
    assert found.document["ttl"] == 3600


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"destinations": []}, (403, "O-1")),
        ({"destinations": None}, (400, "O-1")),
        ({"destinations": {}}, (400, "O-1")),
        ({"destinations": [None]}, (400, "O-1")),
        ({"destinations": [{}]}, (400, "D-1")),
        ({"destinations": [{"number": 35699000001}]}, (400, "D-1")),
        ({"destinations": [{"number": NUMBER, "custom_id": 1}]}, (400, "D-3")),
        ({"destinations": [{"number": NUMBER, "params": []}]}, (400, "D-4")),
        ({"destinations": [{"number": NUMBER, "params": {"A": True}}]}, (400, "D-4")),
        ({"promotional": "yes"}, (400, "O-7")),
        ({"ttl": 4.5}, (400, "O-8")),
        ({"ttl": True}, (400, "O-8")),
        ({"ttl": -1}, (403, "O-8")),
        ({"sms_content": {}}, (400, "M-1")),
        ({"sms_content": {"message": ""}}, (403, "M-1")),
        ({"sms_content": SMS | {"pid": 256}}, (403, "M-11")),
        ({"sms_content": SMS | {"encoding": "BINARY"}}, (400, "M-6")),
        ({"sms_content": SMS | {"sender_id": ""}}, (403, "M-8")),
    ],
    ids=str,
)
def test_a_wrong_type_is_400_and_an_illegal_value_is_403(sections: dict[str, Any], expected: tuple[int, str]) -> None:
    """H-9, H-10, H-16: the rule is the field's own."""
    assert verdict(**sections) == expected


def test_a_400_hides_the_403s_beside_it() -> None:
    """H-9: a document with 400 and 403 faults is 400."""
    found = refused(judged(destinations=[{"number": "avc"}], promotional=1, job_id="evening-42"))

    assert (found.status, found.rule, found.client_job_id) == (400, "O-7", "evening-42")
    assert "avc" not in found.reason


def test_one_bad_destination_refuses_the_request() -> None:
    """H-11: even among many good ones."""
    numbers = [f"356990{number:05}" for number in range(500)]

    assert refused(RULES.judge(a_body(*numbers, "avc"), a_token())).total == 1


def test_ten_bad_numbers_are_told_and_the_others_counted() -> None:
    """R-7: at most 10, then how many more."""
    found = refused(RULES.judge(a_body(*(f"avc{number}" for number in range(500))), a_token()))

    assert found.total == 500
    assert found.reason.count("DestinationInfo has an invalid [number]") == 10
    assert found.reason.endswith("; and 490 more")

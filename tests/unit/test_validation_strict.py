"""H-9, H-12, H-14, R-6, R-7: a server that is strict, requests with many faults, and what an answer repeats."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest

from mock_amp.core.faults import Faults
from mock_amp.core.refusals import violation
from mock_amp.core.validation import RequestRules
from tests.unit.builders import NUMBER, SMS, a_body, a_token, judged, refused, understood

SCHEMA: Final = json.loads((Path(__file__).resolve().parents[2] / "schemas" / "im-request.json").read_text("utf-8"))


def test_a_strict_server_refuses_what_it_would_warn_of() -> None:
    """H-9, H-12: 400 with the rule of the warning."""
    found = refused(RequestRules(SCHEMA, strict=True).judge(a_body(validity_period=60, job_id="evening-42"), a_token()))
    text = understood(judged(validity_period=60)).warnings[0].text

    assert (found.status, found.rule, found.total, found.client_job_id) == (400, "H-12", 1, "evening-42")
    assert found.reason == f"Bad Request: {text}. The server is strict."
    assert [(at.name, at.pointer, at.value, at.expected) for at in found.violations] == [
        ("warned", "/validity_period", None, "what gives no warning")
    ]


def test_a_strict_server_tells_every_warning() -> None:
    """H-12, H-14, M-5: in the order in which they were found."""
    body = a_body(validity_period=60, ttl="3600", sms_content={"message": "ł"})
    found = refused(RequestRules(SCHEMA, strict=True).judge(body, a_token()))

    assert [(at.rule, at.pointer, at.status) for at in found.violations] == [
        ("H-12", "/validity_period", 400),
        ("H-14", "/ttl", 400),
        ("M-5", "/sms_content/message", 400),
    ]
    assert found.reason.endswith(f"GSM7 has no 'ł' (U+0142); delivered to {NUMBER} as ?. The server is strict.")
    assert found.total == 3


def test_a_warning_of_a_strict_server_wins_over_an_illegal_value() -> None:
    """H-9: a document with 400 and 403 faults is 400, whichever check finds the other."""
    body = a_body(validity_period=60, ttl=-1)

    found = refused(RequestRules(SCHEMA, strict=True).judge(body, a_token()))

    assert (found.status, found.rule) == (400, "H-12")
    assert {each.rule for each in found.violations} == {"H-12", "O-8"}


def test_a_strict_server_takes_what_it_has_nothing_to_warn_of() -> None:
    """H-9: strict is about warnings alone."""
    assert understood(RequestRules(SCHEMA, strict=True).judge(a_body(), a_token())).warnings == ()


def test_a_server_is_not_strict_unless_told() -> None:
    """H-12, H-14: accepted, put right and told in the journal."""
    found = understood(RequestRules(SCHEMA).judge(a_body(validity_period=60, ttl="3600"), a_token()))

    assert [(each.rule, each.pointer) for each in found.warnings] == [("H-12", "/validity_period"), ("H-14", "/ttl")]
    assert found.document["ttl"] == 3600


def test_a_schema_says_what_a_url_is() -> None:
    """I-6, O-6: the same for every URL, whichever part of the request it stands in."""
    rules = RequestRules(SCHEMA)
    good, bad = ({"im_content": [{"images": [{"url": url}]}]} for url in ("http://a.example", "a.example"))

    assert understood(rules.judge(a_body(**good), a_token())).content.ims[0].image is not None
    assert refused(rules.judge(a_body(**bad), a_token())).rule == "I-6"
    assert refused(rules.judge(a_body(callback_url="a.example"), a_token())).rule == "O-6"


@pytest.mark.parametrize("job_id", [5, ["evening-42"], {"a": 1}, True], ids=str)
def test_a_job_id_that_is_no_text_is_not_repeated(job_id: Any) -> None:
    """R-6, O-2: the answer has a text or nothing."""
    found = refused(judged(job_id=job_id, promotional=1))

    assert (found.status, found.client_job_id) == (400, None)


def test_a_job_id_is_repeated_wherever_the_fault_is() -> None:
    """R-6: of a text, of a section, of what no channel carries."""
    sections: list[dict[str, Any]] = [{"ttl": -1}, {"sms_content": SMS | {"route": "G9"}}, {"im_content": [{}]}]

    assert [refused(judged(job_id="evening-42", **each)).client_job_id for each in sections] == ["evening-42"] * 3


def test_a_bad_number_is_told_with_its_place() -> None:
    """D-1: by pointer, rule and value."""
    found = refused(judged(destinations=[{"number": NUMBER}, {"number": "avc"}])).violations

    assert [(at.name, at.pointer, at.value, at.rule) for at in found] == [
        ("number_pattern", "/destinations/1/number", "avc", "D-1")
    ]


def test_of_many_faults_the_first_hundred_are_kept() -> None:
    """R-7: all are counted."""
    faults = Faults()

    for at in range(150):
        faults.add(violation("placeholder", f"/{at}", key="A", number=NUMBER))

    assert [each.pointer for each in faults.kept] == [f"/{at}" for at in range(100)]
    assert faults.total == Counter({403: 150})


def test_of_a_status_that_comes_late_fifty_are_kept() -> None:
    """H-9, R-7: the status that wins is never without words."""
    faults = Faults()
    for at in range(120):
        faults.add(violation("placeholder", f"/{at}", key="A", number=NUMBER))

    for at in range(60):
        faults.add(violation("udh_missing", f"/{at}"))

    late = [each.pointer for each in faults.kept if each.status == 400]
    found = faults.refusal("evening-42")
    assert (len(faults.kept), late) == (150, [f"/{at}" for at in range(50)])
    assert (found.status, found.total, found.client_job_id) == (400, 60, "evening-42")

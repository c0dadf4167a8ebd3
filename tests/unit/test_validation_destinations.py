"""D-1 to D-5: what a request may say of each recipient."""

from typing import Any

import pytest

from tests.unit.builders import ACTION, IMAGE, NUMBER, RULES, a_body, a_token, judged, refused, understood, verdict

TABLE_READY = {"message": "{#NAME}, your table is ready."}


@pytest.mark.parametrize("number", ["avc", "", "0356990", "123456", "1234567890123456", "+35699000001", f"{NUMBER}\n"])
def test_a_number_that_is_no_number_is_refused(number: str) -> None:
    """D-1: ^[1-9][0-9]{6,14}$."""
    assert verdict(destinations=[{"number": number}]) == (403, "D-1")


@pytest.mark.parametrize("number", ["1234567", "123456789012345"])
def test_a_number_has_seven_to_fifteen_digits(number: str) -> None:
    """D-1: both ends included."""
    assert verdict(destinations=[{"number": number}]) == (200, "")


def test_a_bad_number_is_told_in_the_vendor_s_words() -> None:
    """D-1, R-7: exactly."""
    assert refused(judged(destinations=[{"number": "avc"}])).reason == (
        "Forbidden: Validation error/s has/have occured, Reason/s: DestinationInfo has an invalid [number] value. "
        "Value [avc] does not match pattern [^[1-9][0-9]{6,14}$]. DestinationInfo fields were: "
        "MSISDN[number]:[avc]; CUSTOM_ID[custom_id]:[null]; TEXT_PARAMS[params]:[null]"
    )


def test_a_bad_number_is_told_with_its_whole_destination() -> None:
    """D-1, R-7: CUSTOM_ID and TEXT_PARAMS as they came, of that destination and no other."""
    item = {"number": "avc", "custom_id": "guest-2", "params": {"NAME": "Luka", "AGE": 7}}
    reason = refused(judged(destinations=[{"number": NUMBER, "custom_id": "guest-1"}, item])).reason

    assert reason.endswith("CUSTOM_ID[custom_id]:[guest-2]; TEXT_PARAMS[params]:[{NAME=Luka, AGE=7}]")


def test_a_number_that_repeats_is_told_with_both_positions() -> None:
    """D-2: the answer names the number and both positions."""
    found = refused(RULES.judge(a_body("35699000001", "35699000002", "35699000001"), a_token()))

    assert (found.status, found.rule, found.violations[0].pointer) == (403, "D-2", "/destinations/2/number")
    assert found.reason == (
        "Forbidden: Validation error/s has/have occured, Reason/s: DestinationInfo has an invalid [number] value. "
        "Value [35699000001] is not unique: it stands at destinations[0] and destinations[2]"
    )


def test_a_placeholder_without_a_value_is_told_with_key_and_destination() -> None:
    """D-5: 403 naming key and destination; the one that has a value is fine."""
    destinations = [{"number": NUMBER, "params": {"NAME": "Ana"}}, {"number": "35699000002", "params": {"NOM": "x"}}]
    found = refused(judged(destinations=destinations, sms_content=TABLE_READY))

    assert (found.status, found.rule, found.total) == (403, "D-5", 1)
    assert found.reason.endswith("There is no value for placeholder [NAME] for destination [35699000002]")


@pytest.mark.parametrize(
    "sections",
    [
        {"im_content": [{"content": "{#A}"}]},
        {"im_content": [{"images": [IMAGE | {"url": "https://a.example/{#A}"}]}]},
        {"im_content": [{"content": "x", "actions": [ACTION | {"target_url": "https://a.example/{#A}"}]}]},
        {"message": {"texts": [{"text": "{#A}"}]}},
        {"message": {"images": [{"url": "https://a.example/{#A}"}]}},
    ],
    ids=str,
)
def test_placeholders_count_in_every_text_and_url(sections: dict[str, Any]) -> None:
    """D-5: SMS message, IM content, ubiquity text, image and target URLs."""
    assert verdict(**sections) == (403, "D-5")
    assert verdict(**sections, destinations=[{"number": NUMBER, "params": {"A": "x"}}]) == (200, "")


@pytest.mark.parametrize(
    "sections",
    [
        {"sms_content": {"message": "{#A"}},
        {"sms_content": {"message": "e0E=", "encoding": "BINARY", "udh": "AA=="}, "job_id": "{#A}"},
        {"im_content": [{"content": "x", "actions": [ACTION | {"title": "{#A}"}]}]},
    ],
    ids=str,
)
def test_placeholders_count_nowhere_else(sections: dict[str, Any]) -> None:
    """D-5: an unclosed one asks for nothing, nor does a title."""
    assert verdict(**sections) == (200, "")


def test_a_url_is_checked_as_each_destination_gets_it() -> None:
    """D-5, I-6: URLs are checked after filling."""
    good, bad = {"number": NUMBER, "params": {"U": "http://a.b/c"}}, {"number": "35699000002", "params": {"U": "a.b/c"}}
    found = refused(judged(destinations=[good, bad], im_content=[{"images": [{"url": "{#U}"}]}]))

    assert (found.status, found.rule, found.total) == (403, "I-6", 1)
    assert "Value [a.b/c] is not an absolute http or https URL" in found.reason


@pytest.mark.parametrize("number", ["7", "-7", "4.10", "12.5", "1e2", "12345678901234567890123"])
def test_a_number_in_params_is_put_in_as_it_was_written(number: str) -> None:
    """D-4: numbers are taken as their decimal text."""
    body = a_body(destinations=[{"number": NUMBER, "params": {"A": 0.25}}], im_content=[{"content": "{#A}"}])
    found = understood(RULES.judge(body.replace(b"0.25", number.encode()), a_token()))

    assert found.destinations[0].params == {"A": number}

"""What goes out: by Viber or SMS, again after a pause, or not at all."""

import pytest


def test_a_reminder_goes_by_viber_and_its_state_follows_the_reports(amp, cafe):
    status, reminder = cafe.remind("35699000001")
    amp.advance("5s")

    shown = cafe.show(reminder["id"])
    [message] = amp.sent
    assert (status, shown["channel"], shown["status"]) == (201, "VIBER", "SEEN")
    assert message.id == reminder["message_id"]
    assert message.text.startswith("Ana, table 4 at Harbour Café is yours at 19:30. ")


def test_a_guest_without_viber_gets_an_sms(amp, cafe):
    _, reminder = cafe.remind("99900000003")
    amp.advance("5s")

    shown = cafe.show(reminder["id"])
    assert (shown["channel"], shown["status"]) == ("SMS", "DELIVRD")
    amp.expect(to="99900000003", type="SMS", text__contains="Call 2122 0042")


def test_a_send_that_is_throttled_is_tried_again_when_the_service_says_so(amp, cafe):
    busy = {"name": "busy", "match": {"nth": {"first": 2}}, "status": 429, "retry_after": 7}
    amp.scenario({"name": "throttled-twice", "requests": [busy]})

    status, _ = cafe.remind("35699000001")

    assert (status, cafe.pauses) == (201, [7, 7])
    amp.expect(count=1)


def test_an_outage_of_half_a_minute_is_sat_out(amp, cafe):
    amp.scenario("outage")
    amp.advance("12s")

    status, _ = cafe.remind("35699000001")

    assert (status, cafe.pauses) == (201, [30])


def test_an_outage_without_an_end_is_told_to_whoever_asked_after_four_tries(amp, cafe):
    amp.scenario({"name": "down", "requests": [{"name": "all", "status": 503}]})

    status, refusal = cafe.remind("35699000001")

    assert (status, cafe.pauses) == (503, [1, 2, 4])
    assert cafe.show(refusal["id"])["status"] == "NOT SENT"


@pytest.mark.parametrize("amp_url", ["http://127.0.0.1:9"])
def test_where_nobody_listens_it_is_tried_again_too_as_nothing_can_have_been_taken(cafe):
    status, _ = cafe.remind("35699000001")

    assert (status, cafe.pauses) == (503, [1, 2, 4])


def test_a_send_whose_answer_is_lost_is_not_sent_twice_and_the_reports_tell_how_it_went(amp, cafe):
    amp.scenario({"name": "lost", "requests": [{"name": "all", "cut": "before"}]})

    status, reminder = cafe.remind("35699000001")
    amp.advance("5s")

    assert (status, cafe.show(reminder["id"])["status"]) == (202, "SEEN")
    amp.expect(count=1)


def test_a_refusal_comes_with_the_reason(cafe):
    status, refusal = cafe.remind("+356 9900 0001")

    assert status == 422
    assert "Value [+356 9900 0001] does not match" in refusal["error"]

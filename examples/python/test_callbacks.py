"""What comes in: reports and replies, on time or not."""

import sqlite3

import pytest


def test_a_phone_that_is_off_gets_an_sms_after_half_an_hour_and_after_three_days_has_had_neither(amp, cafe):
    _, reminder = cafe.remind("99900000004")
    amp.advance("31m")
    channel = cafe.show(reminder["id"])["channel"]
    amp.advance("3d")

    assert (channel, cafe.show(reminder["id"])["status"]) == ("SMS", "EXPIRED")


def test_reports_that_could_not_be_stored_come_again_five_minutes_later(amp, cafe):
    _, reminder = cafe.remind("35699000001")
    amp.wait_for_callbacks(state="delivered")
    database = sqlite3.connect(cafe.file)
    database.execute("ALTER TABLE reminders RENAME TO away")  # somebody else's migration went wrong
    amp.advance("5s")
    database.execute("ALTER TABLE away RENAME TO reminders")
    database.close()
    assert cafe.show(reminder["id"])["channel"] == "INTERNAL"

    amp.advance("5m")

    assert cafe.show(reminder["id"])["status"] == "SEEN"
    [callback] = amp.callbacks(body__data__status="SEEN")
    assert [attempt.status for attempt in callback.attempts] == [500, 200]


def test_reports_that_come_twice_late_and_out_of_order_do_no_harm(amp, cafe):
    amp.scenario("flaky-receiver")
    sent = [cafe.remind(phone)[1] for phone in ("35699000001", "35699000002", "35699000003")]

    amp.advance("20m")

    assert [cafe.show(reminder["id"])["status"] for reminder in sent] == ["SEEN", "SEEN", "SEEN"]
    assert any(callback.injected for callback in amp.callbacks())


@pytest.mark.parametrize(("text", "answer"), [("Yes", "confirmed"), (" no ", "cancelled"), ("Who is this?", None)])
def test_a_guest_answers_by_a_reply(amp, cafe, text, answer):
    _, reminder = cafe.remind("35699000001")
    amp.advance("5s")

    amp.reply("35699000001", text)
    amp.wait_until_idle()

    assert cafe.show(reminder["id"])["answer"] == answer


def test_the_last_word_of_a_guest_counts_though_the_first_one_comes_later(amp, cafe):
    lost = {"name": "the first is lost", "match": {"kind": "reply", "nth": 1}, "fail_first": 1}
    amp.scenario({"name": "bad-way", "callbacks": [lost]})
    _, reminder = cafe.remind("35699000001")
    amp.advance("5s")

    amp.reply("35699000001", "Yes")
    amp.advance("1m")
    amp.reply("35699000001", "No")
    amp.advance("5m")

    amp.expect_callbacks(kind="reply", state="delivered", count=2)
    assert cafe.show(reminder["id"])["answer"] == "cancelled"

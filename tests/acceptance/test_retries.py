"""The whole way as a user sees it: server, client and receiver in three processes."""

import json
from datetime import datetime
from itertools import groupby
from typing import Any

from tests.acceptance.processes import call, receiving, serving


def _offsets(callback: dict[str, Any]) -> list[float]:
    at = [datetime.fromisoformat(attempt["at"]) for attempt in callback["attempts"]]
    return [(each - at[0]).total_seconds() for each in at]


def test_a_receiver_that_answers_500_then_204_then_200_gets_each_report_three_times() -> None:
    """C-4, C-5: at +0, +300 and +600 s of the account's clock, with the same body."""
    with receiving(500, 204, 200) as receiver, serving("--port", "0", "--clock", "frozen") as server:
        server.send(im_content=[{"channel": "VIBER", "content": "Hi"}], callback_url=f"{receiver}/reports")

        advanced = server.advance(by="15m")

        callbacks, got = server.items("callbacks"), call("GET", receiver)
        assert advanced["settled"] is True
        assert [each["body"]["data"][0]["status"] for each in callbacks] == ["ACCEPTD", "ACCEPTD", "DELIVRD", "SEEN"]
        for each in callbacks:
            assert each["state"] == "delivered"
            assert [attempt["status"] for attempt in each["attempts"]] == [500, 204, 200]
            assert _offsets(each) == [0, 300, 600]
        bodies = [json.loads(post["body"]) for post in got]
        assert all(bodies.count(each["body"]) == 3 for each in callbacks)
        assert len(bodies) == 12
        assert {post["type"] for post in got} == {"application/json; charset=utf-8"}


def test_a_receiver_that_is_down_is_given_up_after_the_third_attempt() -> None:
    """C-5: discarded, with the error of every attempt."""
    with serving("--port", "0", "--clock", "frozen") as server:
        server.send(sms_content={"message": "Hi"}, callback_url="http://127.0.0.1:9/reports")

        server.advance(by="15m")

        callbacks = server.items("callbacks")
        assert len(callbacks) == 3
        for each in callbacks:
            assert each["state"] == "discarded"
            assert _offsets(each) == [0, 300, 600]
            assert all("no connection" in attempt["error"] for attempt in each["attempts"])


def test_without_any_clock_control_reports_come_by_themselves_and_in_order() -> None:
    """L-2, C-3 on a real clock, with short delays so that nobody waits."""
    arguments = ("--port", "0", "--accepted-after", "20ms", "--delivered-after", "40ms", "--seen-after", "60ms")
    with receiving(200) as receiver, serving(*arguments) as server:
        server.send(im_content=[{"channel": "RCS", "content": "Hi"}], callback_url=f"{receiver}/reports")

        seen = _when_seen(server)

        got = [item for post in call("GET", receiver) for item in json.loads(post["body"])["data"]]
        assert [(item["type"], item["status"]) for item in got] == [
            ("INTERNAL", "ACCEPTD"),
            ("RCS", "ACCEPTD"),
            ("RCS", "DELIVRD"),
            ("RCS", "SEEN"),
        ]
        assert [line["status"] for line in seen["timeline"]] == ["ACCEPTD", "ACCEPTD", "DELIVRD", "SEEN"]
        assert [key for key, _ in groupby(item["message_id"] for item in got)] == [seen["id"]]


def _when_seen(server: Any) -> Any:
    """The message once it is seen and its callbacks are delivered: asked again and again, at most 2,000 times."""
    for _ in range(2_000):
        (message,) = server.items("messages")
        callbacks = server.items("callbacks")
        if message["status"] == "SEEN" and len(callbacks) == 4 and all(c["state"] == "delivered" for c in callbacks):
            return message
    raise AssertionError(message)

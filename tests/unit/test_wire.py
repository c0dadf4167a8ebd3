"""R-1 to R-6, G-1 to G-5, C-2: bodies as the vendor writes them, key by key and in their order."""

import json
from dataclasses import replace
from typing import Any

import pytest

from mock_amp.core.lifecycle import move
from mock_amp.core.model import Channel, Message, Product, Status
from mock_amp.core.records import HandsetReply, Where
from mock_amp.core.refusals import refuse
from mock_amp.core.wire import SUBMITTED, accepted, read_content, read_destinations, refused, reply, reports, status
from tests.unit.builders import JOB_ID, NUMBER, T0, a_cohort, a_destination, a_job, a_leg, a_message, later, lived

ID = "17672256000000014003"
SEEN = (Status.ACCEPTD, Status.DELIVRD, Status.SEEN)


def read(body: bytes) -> Any:
    """The JSON of a body, its objects as lists of pairs so that the order of keys counts."""
    return json.loads(body, object_pairs_hook=list)


def test_an_accepted_send_has_its_keys_in_the_vendor_s_order() -> None:
    """R-1 to R-4: api_job_id, client_job_id, result_info, results by number."""
    body = accepted(a_job(), [ID], [a_destination(custom_id="guest-1")])

    assert read(body) == [
        ("api_job_id", JOB_ID),
        ("client_job_id", "evening-42"),
        ("result_info", [("status_code", 200), ("description", SUBMITTED[Product.IM])]),
        ("results", [(NUMBER, [("message_id", ID), ("custom_id", "guest-1")])]),
    ]


def test_the_text_of_success_is_the_vendor_s_with_its_misprint() -> None:
    """R-3: sic."""
    assert SUBMITTED[Product.IM] == "Request successful (no errors occured and the message has been submitted)"


def test_a_send_without_job_id_has_no_client_job_id() -> None:
    """R-1: only if a job_id was sent."""
    body = accepted(a_job(client_job_id=None), [ID], [a_destination()])

    assert [key for key, _ in read(body)] == ["api_job_id", "result_info", "results"]


def test_a_destination_without_custom_id_has_an_empty_one() -> None:
    """R-4: "" when none was sent."""
    body = accepted(a_job(), [ID], [a_destination()])

    assert json.loads(body)["results"][NUMBER]["custom_id"] == ""


def test_results_keep_the_order_of_the_destinations() -> None:
    """R-4: keyed by the number, as they came."""
    body = accepted(a_job(), ["1", "2"], [a_destination("35699000009"), a_destination("35699000001")])

    assert list(json.loads(body)["results"]) == ["35699000009", "35699000001"]


@pytest.mark.parametrize("size", [1_000, 1_001, 2_500])
def test_a_long_answer_is_written_as_a_short_one(size: int) -> None:
    """R-4: in parts, and yet one object in the order of the destinations."""
    to = [a_destination(str(35_699_000_000 + at), f'"{at}"') for at in range(size)]

    body = accepted(a_job(), [str(at) for at in range(size)], to)

    expected = {each.number: {"message_id": str(at), "custom_id": f'"{at}"'} for at, each in enumerate(to)}
    assert json.loads(body)["results"] == expected
    assert body.count(b"message_id") == size
    assert list(json.loads(body)["results"]) == list(expected)


def test_a_refusal_has_the_same_envelope_without_results() -> None:
    """R-6: own api_job_id, results: {}."""
    body = refused(JOB_ID, refuse("token_unknown"))

    assert read(body) == [
        ("api_job_id", JOB_ID),
        ("result_info", [("status_code", 401), ("description", "Unauthorized: The token is not valid.")]),
        ("results", []),
    ]


def where(message: Message) -> Where:
    job, cohort = message.job, message.cohort
    standing = (job.api_job_id, job.client_job_id, cohort.latest, cohort.plan)
    return Where(message.number, message.custom_id, *standing)


def test_a_status_has_its_keys_in_the_vendor_s_order() -> None:
    """G-1, G-3: seconds in timestamp, milliseconds in micro_timestamp; a sender for each channel of the plan."""
    plan = a_leg(Channel.VIBER, *SEEN, sender="Quay"), a_leg(Channel.SMS, Status.ACCEPTD, sender="Harbour")
    body = status(where(a_message(lived(a_cohort(*plan)))), ID)

    assert read(body) == [
        ("api_job_id", JOB_ID),
        ("client_job_id", "evening-42"),
        (
            "data",
            [
                [
                    ("type", "VIBER"),
                    ("message_id", ID),
                    ("status", "SEEN"),
                    ("timestamp", later(3) // 1_000_000),
                    ("micro_timestamp", later(3) // 1_000),
                    ("to", NUMBER),
                    ("sms_from", "Harbour"),
                    ("viber_from", "Quay"),
                    ("client_message_id", "guest-1"),
                    ("error_code", 0),
                    ("#meta", []),
                ]
            ],
        ),
    ]


def test_a_status_before_any_channel_is_of_the_platform() -> None:
    """G-1, G-2, G-5: INTERNAL ACCEPTD; sms_from always; what was not sent is ""."""
    message = a_message(a_cohort(a_leg(Channel.VIBER, *SEEN)), custom_id=None, job=a_job(client_job_id=None))
    found = json.loads(status(where(message), ID))
    [item] = found["data"]

    assert found["client_job_id"] == ""
    assert (item["type"], item["status"], item["timestamp"]) == ("INTERNAL", "ACCEPTD", T0 // 1_000_000)
    assert (item["sms_from"], item["client_message_id"]) == ("", "")


def test_reports_have_their_keys_in_the_vendor_s_order() -> None:
    """C-2: the times are those of the status."""
    failed = move(a_cohort(a_leg(Channel.VIBER, Status.UNDELIV, sender="Quay")))
    body = reports(a_job(), [(failed.latest, ID, NUMBER, "guest-1")])

    assert read(body) == [
        ("api_job_id", JOB_ID),
        ("client_job_id", "evening-42"),
        (
            "data",
            [
                [
                    ("type", "VIBER"),
                    ("message_id", ID),
                    ("status", "UNDELIV"),
                    ("timestamp", later(1) // 1_000_000),
                    ("micro_timestamp", later(1) // 1_000),
                    ("to", NUMBER),
                    ("from", "Quay"),
                    ("client_message_id", "guest-1"),
                    ("error_code", 5),
                ]
            ],
        ),
    ]


def test_reports_leave_out_a_job_id_that_was_not_sent() -> None:
    """C-2: client_job_id if one was sent; client_message_id "" if none."""
    entry = a_cohort(a_leg(Channel.SMS, Status.ACCEPTD)).latest
    found = json.loads(reports(a_job(client_job_id=None), [(entry, ID, NUMBER, None), (entry, ID, NUMBER, "g")]))

    assert list(found) == ["api_job_id", "data"]
    assert [item["client_message_id"] for item in found["data"]] == ["", "g"]


def test_a_number_in_params_is_its_decimal_text() -> None:
    """D-4: numbers are taken as their decimal text."""
    [found] = read_destinations({"destinations": [{"number": NUMBER, "params": {"A": 7, "B": 2.5, "C": "x"}}]})

    assert found == (NUMBER, None, {"A": "7", "B": "2.5", "C": "x"})


REPLY = HandsetReply(callback=1, message=0, number=1, channel=Channel.VIBER, text="Yes", at=later(1.5), ordinal=998)


def test_a_reply_has_its_keys_in_the_vendor_s_order() -> None:
    """Y-1: seconds and milliseconds; to whom the message came from on that channel."""
    message = a_message(lived(a_cohort(a_leg(Channel.RCS, Status.UNDELIV), a_leg(Channel.VIBER, *SEEN, sender="Quay"))))

    assert read(reply(message, REPLY, JOB_ID, 4003)) == [
        ("req_uuid", JOB_ID),
        ("api_job_id", JOB_ID),
        ("client_job_id", "evening-42"),
        ("channel", "VIBER"),
        ("reply_message_id", "00000000000009994003"),
        ("orig_message_id", "00000000000000014003"),
        ("timestamp", later(1) // 1_000_000),
        ("micro_timestamp", later(1.5) // 1_000),
        ("from", NUMBER),
        ("to", "Quay"),
        ("message", [("text", "Yes")]),
    ]


def test_a_reply_leaves_out_what_was_not_said() -> None:
    """Y-1: client_job_id if any, text if any."""
    message = a_message(a_cohort(a_leg(Channel.VIBER, *SEEN)), job=a_job(client_job_id=None))
    found = json.loads(reply(message, replace(REPLY, text=None), JOB_ID, 4003))

    assert found["message"] == {}
    assert "client_job_id" not in found


@pytest.mark.parametrize(
    ("item", "action", "tracked"),
    [(None, None, False), (True, None, True), (None, True, True), (True, False, True), (False, True, True)],
)
def test_clicks_are_tracked_when_item_or_action_says_so(item: Any, action: Any, tracked: Any) -> None:
    """I-9: in `im_content` or inside the action."""
    inner = {"title": "Book", "target_url": "https://a.example"} | ({} if action is None else {"track_clicks": action})
    outer = {"actions": [inner]} | ({} if item is None else {"track_clicks": item})
    (found,) = read_content({"im_content": [outer]}).ims

    assert found.action is not None
    assert found.action.track_clicks is tracked

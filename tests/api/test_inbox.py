"""`amp.inbox`: a receiver that keeps what is posted, answers as told, and is one account's alone."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from mock_amp.client import NotSeen
from mock_amp.testing import Amp, AmpServer, Inbox, Post


@pytest.fixture
def amp(mock_amp_server: AmpServer) -> Iterator[Amp]:
    with mock_amp_server.account() as it:
        yield it


def send(amp: Amp, *numbers: str, **more: Any) -> None:
    destinations = [{"number": number} for number in numbers or ("35699000001",)]
    callback_url = amp.inbox.url
    body = {"destinations": destinations, "sms_content": {"message": "x"}, "callback_url": callback_url, **more}
    amp.send(body)


def post(url: str, body: bytes | str) -> int:
    with urllib3.PoolManager(retries=False) as pool:
        return pool.request("POST", url, body=body).status


def test_reports_come_one_by_one_in_their_order_whatever_bundles_they_travel_in(amp: Amp) -> None:
    send(amp, "35699000001", "35699000002")

    amp.advance("1h")

    seen = [(report["to"][-1], report["type"], report["status"]) for report in amp.inbox.reports]
    assert seen == [
        ("1", "INTERNAL", "ACCEPTD"),
        ("2", "INTERNAL", "ACCEPTD"),
        ("1", "SMS", "ACCEPTD"),
        ("2", "SMS", "ACCEPTD"),
        ("1", "SMS", "DELIVRD"),
        ("2", "SMS", "DELIVRD"),
    ]
    assert [len(each.json["data"]) for each in amp.inbox.posts] == [2, 2, 2]


def test_a_post_keeps_its_headers_and_body_and_what_it_was_answered(amp: Amp) -> None:
    amp.inbox.answer(204)
    send(amp)

    amp.advance("1h")

    first = amp.inbox.posts[0]
    assert (first.kind, first.status, first.headers["content-type"]) == (
        "reports",
        204,
        "application/json; charset=utf-8",
    )
    assert json.loads(first.body) == first.json


def test_only_what_was_answered_200_counts_as_taken(amp: Amp) -> None:
    """C-4."""
    amp.inbox.always_answer(201)
    send(amp)

    amp.advance("1h")

    assert amp.inbox.reports == []
    assert {post.status for post in amp.inbox.posts} == {201}


def test_answers_are_given_one_each_and_then_as_usual(amp: Amp) -> None:
    amp.inbox.answer(500, 204)
    amp.inbox.answer(503)
    send(amp)

    amp.advance("1h")

    assert [post.status for post in amp.inbox.posts[:5]] == [500, 204, 503, 200, 200]
    assert len(amp.inbox.reports) == 3


def test_always_answer_puts_an_end_to_answers_that_were_left(amp: Amp) -> None:
    amp.inbox.answer(500, 500)
    amp.inbox.always_answer(200)
    send(amp)

    amp.advance("1h")

    assert {post.status for post in amp.inbox.posts} == {200}


def test_clear_forgets_posts_and_leaves_answers(amp: Amp) -> None:
    amp.inbox.always_answer(500)
    send(amp)
    amp.advance("1h")

    amp.inbox.clear()

    assert amp.inbox.posts == []
    assert post(amp.inbox.url, b"{}") == 500


def test_replies_come_apart_from_reports(amp: Amp) -> None:
    send(amp, im_content=[{"channel": "VIBER", "content": "x"}], reply_url=amp.inbox.reply_url)
    amp.advance("1h")

    amp.reply("35699000001", "Yes, please")
    amp.advance("1s")

    assert [reply["message"]["text"] for reply in amp.inbox.replies] == ["Yes, please"]
    assert "Yes, please" not in str(amp.inbox.reports)


def test_the_shapes_of_two_factor_codes_and_of_the_im_gateway_are_read_too(amp: Amp) -> None:
    gateway = amp.add_token(dialect="im-gateway")
    amp.send({"phone_number": "35699000001", "client_ref": "login-17", "callback_url": amp.inbox.url}, path="/1/2fa")
    amp.send(
        {
            "destinations": [{"number": "35699000002"}],
            "sms_content": {"message": "x"},
            "callback_url": amp.inbox.url,
        },
        token=gateway.token,
    )

    amp.advance("1h")

    assert [report["status"] for report in amp.inbox.reports if report["to"] == "35699000001"][-1] == "DELIVRD"
    assert [report["status"] for report in amp.inbox.reports if report["to"] == "35699000002"][-1] == "DELIVRD"
    assert "sms_from" in amp.inbox.reports[0]


@pytest.mark.parametrize("body", [b"\xff\x00", b"", b"[]", b'"x"', b'{"data": 1}', b'{"data": [1, null]}', b"{"])
def test_what_is_no_report_is_kept_as_a_post_alone(amp: Amp, body: bytes) -> None:
    answered = [post(amp.inbox.url, body), post(amp.inbox.reply_url, b"[]")]

    assert answered == [200, 200]
    assert (amp.inbox.reports, amp.inbox.replies) == ([], [])
    assert amp.inbox.posts[0].body == body


def test_the_body_of_a_post_that_is_no_json_says_so(amp: Amp) -> None:
    post(amp.inbox.url, b"{")

    with pytest.raises(ValueError, match="Expecting property name"):
        _ = amp.inbox.posts[0].json


def test_a_body_of_many_megabytes_is_taken(amp: Amp) -> None:
    answered = post(amp.inbox.url, b'{"data": []}' + b" " * 20_000_000)

    assert (answered, len(amp.inbox.posts[0].body)) == (200, 20_000_012)


def test_bundles_of_a_thousand_reports_are_taken(amp: Amp) -> None:
    send(amp, *(str(35690000000 + at) for at in range(2_500)))

    amp.advance("1h")

    sizes = [len(each.json["data"]) for each in amp.inbox.posts]
    assert [sorted(sizes[at : at + 3]) for at in (0, 3, 6)] == [[500, 1_000, 1_000]] * 3  # three side by side
    assert len(amp.inbox.reports) == 7_500


def test_an_inbox_is_of_one_account_alone(mock_amp_server: AmpServer) -> None:
    with mock_amp_server.account() as one, mock_amp_server.account() as other:
        send(one)
        one.advance("1h")

        assert (len(one.inbox.posts), len(other.inbox.posts)) == (3, 0)


def test_an_inbox_that_is_closed_and_one_that_never_was_answer_404(
    mock_amp_server: AmpServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with mock_amp_server.account() as amp:
        inbox = amp.inbox

    assert post(inbox.url, b"{}") == 404
    assert post(inbox.url.replace("/reports", "/elsewhere"), b"{}") == 404
    assert inbox.posts == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_function_answers_by_the_post(amp: Amp) -> None:
    def answer(post: Post) -> int:
        return 500 if post.json["data"][0]["type"] == "INTERNAL" and len(amp.inbox.posts) == 1 else 200

    amp.inbox.always_answer(answer)
    send(amp)
    amp.advance("1h")

    assert [post.status for post in amp.inbox.posts] == [500, 200, 200, 200]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(lambda post: post.json["absent"], KeyError, id="an exception"),
        pytest.param(lambda _post: pytest.fail("not what was sent"), pytest.fail.Exception, id="pytest.fail"),
        pytest.param(lambda _post: None, ValueError, id="no status"),
        pytest.param(lambda _post: "200", ValueError, id="a text"),
    ],
)
def test_a_function_that_raises_answers_500_and_fails_the_test(
    mock_amp_server: AmpServer, answer: Callable[[Post], int], error: type[BaseException]
) -> None:
    account = mock_amp_server.account()
    amp = account.__enter__()
    amp.inbox.always_answer(answer)
    send(amp)
    amp.advance("1h")

    assert {attempt.status for each in amp.callbacks() for attempt in each.attempts} == {500}
    with pytest.raises(error):
        account.__exit__(None, None, None)


def test_the_error_of_a_test_is_not_hidden_by_that_of_a_function(mock_amp_server: AmpServer) -> None:
    def test() -> None:
        with mock_amp_server.account() as amp:
            amp.inbox.always_answer(lambda post: post.json["absent"])
            send(amp)
            amp.advance("1h")
            amp.expect(status="SEEN")

    with pytest.raises(NotSeen):
        test()


@pytest.mark.parametrize("status", [100, 199, 600, 0, True, "500", None, 200.0])
def test_a_status_that_no_receiver_answers_is_refused_at_once(status: Any) -> None:
    inbox = Inbox("http://127.0.0.1:1/1")

    with pytest.raises(ValueError, match="a number from 200 to 599"):
        inbox.answer(status)
    with pytest.raises(ValueError, match="a number from 200 to 599"):
        inbox.always_answer(status)


def test_a_function_that_is_awaited_is_refused_at_once() -> None:
    async def answer(_post: Post) -> int:
        return 200

    with pytest.raises(TypeError, match="a function that is awaited"):
        Inbox("http://127.0.0.1:1/1").always_answer(answer)  # type: ignore[arg-type]


def test_the_inbox_says_the_name_by_which_another_machine_reaches_it() -> None:
    with AmpServer(inbox_host="localhost") as server, server.account() as amp:
        send(amp)
        amp.advance("1h")

        assert amp.inbox.url.startswith("http://localhost:")
        assert len(amp.inbox.reports) == 3

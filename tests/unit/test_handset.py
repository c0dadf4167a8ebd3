"""D-5, I-8, I-9, Y-2: what a handset shows, and what its holder can do with it."""

from typing import Any

import pytest

from mock_amp.core.handset import Screen, Silent, answerable, button, delivered_on, screen
from mock_amp.core.model import Action, Channel, Content, Dialect, Image, ImContent, Message, SmsContent, Status
from tests.unit.builders import a_cohort, a_job, a_leg, a_message, a_token, lived

SEEN = (Status.ACCEPTD, Status.DELIVRD, Status.SEEN)
ACTION = Action(title="Book", target_url="https://a.example/{#NAME}", track_clicks=True)
FILLED = Action(title="Book", target_url="https://a.example/ann", track_clicks=True)
CONTENT = Content(
    sms=SmsContent(message="Ж {#NAME}"),
    ims=(
        ImContent(text="Any", expiry_text="Any is over."),
        ImContent(channel=Channel.VIBER, text="{#NAME}", image=Image(url="https://a.example/{#NAME}"), action=ACTION),
    ),
)


def _on(channel: Channel, *statuses: Status, **changes: Any) -> Message:
    cohort = lived(a_cohort(a_leg(channel, *statuses)))
    return a_message(cohort, params={"NAME": "ann"}, job=a_job(reply_url="http://a.example"), **changes)


@pytest.mark.parametrize(
    ("channel", "shown"),
    [
        (Channel.VIBER, Screen(text="ann", image="https://a.example/ann", action=FILLED)),
        (Channel.RCS, Screen(text="Any")),
        (Channel.SMS, Screen(text="? ann", encoding="GSM7", pages=1)),
    ],
)
def test_a_screen_shows_what_its_channel_carries(channel: Channel, shown: Screen) -> None:
    """D-5, I-1, M-5: filled; the item that names the channel before the one that names none."""
    assert screen(_on(channel, Status.ACCEPTD), CONTENT) == shown


def test_a_binary_sms_shows_its_base64() -> None:
    """M-6: placeholders are not replaced, and there are no pages."""
    content = Content(sms=SmsContent(message="AA==", encoding="BINARY", udh="AAA="))

    assert screen(_on(Channel.SMS, Status.ACCEPTD), content) == Screen(text="AA==", encoding="BINARY")


def test_an_sms_beyond_its_pages_is_still_shown() -> None:
    """M-7: the bytes of the header count against the page."""
    content = Content(sms=SmsContent(message="a" * 160, udh="AwEBAQ=="))

    assert screen(_on(Channel.SMS, Status.ACCEPTD), content).pages == 2


@pytest.mark.parametrize("statuses", [SEEN, SEEN[:2]], ids=len)
def test_a_message_is_on_the_handset_from_its_delivery_on(statuses: tuple[Status, ...]) -> None:
    """Y-2: DELIVRD or SEEN."""
    assert delivered_on(_on(Channel.VIBER, *statuses).cohort).status is statuses[-1]


@pytest.mark.parametrize("statuses", [(Status.ACCEPTD,), (Status.UNDELIV,), (Status.ACCEPTD, Status.EXPIRED)], ids=len)
def test_a_message_that_did_not_arrive_is_not_on_the_handset(statuses: tuple[Status, ...]) -> None:
    """Y-2: the reason says where it is instead."""
    with pytest.raises(Silent, match=statuses[-1]):
        delivered_on(_on(Channel.VIBER, *statuses).cohort)


def test_a_reply_has_the_channel_that_delivered() -> None:
    """Y-2: asked for or not."""
    message = _on(Channel.RCS, *SEEN)

    assert {answerable(message, a_token(), each) for each in (None, Channel.RCS)} == {Channel.RCS}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"two_way": ()}, "two-way is not on for the sender Harbour"),
        ({"two_way": ("harbour",)}, "two-way is not on"),
        ({"dialect": Dialect.IM_GATEWAY}, "only VIBER"),
    ],
)
def test_the_token_decides_whether_a_reply_is_posted(changes: dict[str, Any], reason: str) -> None:
    """Y-2: senders compare exactly."""
    with pytest.raises(Silent, match=reason):
        answerable(_on(Channel.RCS, *SEEN), a_token(**changes), None)


def test_without_a_token_or_a_url_no_reply_is_posted() -> None:
    """Y-2: nobody knows whether two-way is on, or where to post."""
    message = _on(Channel.VIBER, *SEEN)

    with pytest.raises(Silent, match="token"):
        answerable(message, None, None)
    with pytest.raises(Silent, match="reply_url"):
        answerable(a_message(message.cohort), a_token(), None)


def test_a_button_is_the_action_of_the_channel_that_delivered() -> None:
    """I-9: its URL filled."""
    assert button(_on(Channel.VIBER, *SEEN), CONTENT, None) == FILLED


@pytest.mark.parametrize("channel", [Channel.RCS, Channel.SMS])
def test_a_message_without_action_has_no_button(channel: Channel) -> None:
    """I-9: whatever other channels carry."""
    with pytest.raises(Silent, match=f"no action on {channel}"):
        button(_on(channel, *SEEN[:2]), CONTENT, None)

"""What each channel of a request shows (I-1, I-5, U-2, M-6)."""

import pytest

from mock_amp.core.model import Channel, Content, Image, ImContent, SmsContent, UbiquityContent
from mock_amp.core.routing import text_on

SMS = SmsContent(message="Your table is ready.")
VIBER = ImContent(channel=Channel.VIBER, text="Ready.")


@pytest.mark.parametrize(
    ("channel", "expected"),
    [(Channel.SMS, "Your table is ready."), (Channel.VIBER, "Ready."), (Channel.RCS, "Open.")],
)
def test_each_channel_has_its_text(channel: Channel, expected: str) -> None:
    """I-1: its own item's, else the open item's."""
    content = Content(sms=SMS, ims=(ImContent(text="Open."), VIBER))

    assert text_on(content, channel) == (expected, True)


def test_a_ubiquity_message_has_one_text_on_every_channel() -> None:
    """U-2: the same everywhere."""
    content = Content(ubiquity=UbiquityContent(text="Ready."))

    assert text_on(content, Channel.SMS) == text_on(content, Channel.VIBER) == ("Ready.", True)


def test_a_channel_without_text_shows_none() -> None:
    """I-5: an image alone."""
    content = Content(ims=(ImContent(channel=Channel.VIBER, image=Image(url="https://pictures.example/harbour.png")),))

    assert text_on(content, Channel.VIBER) == ("", True)


def test_the_placeholders_of_a_binary_sms_are_not_filled() -> None:
    """M-6: placeholders are not replaced."""
    content = Content(sms=SmsContent(message="AA==", encoding="BINARY"))

    assert text_on(content, Channel.SMS) == ("AA==", False)

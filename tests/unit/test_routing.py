"""Which channels may carry a request, and what each would carry (I-1, I-5, U-2, U-3)."""

import pytest

from mock_amp.core.model import Action, Channel, Content, Image, ImContent, SmsContent, UbiquityContent
from mock_amp.core.routing import carries, left_out, offers
from tests.unit.builders import a_token

IMAGE = Image(url="https://pictures.example/harbour.png")
ACTION = Action(title="Book", target_url="https://harbour.example/book")
SMS = SmsContent(message="Your table is ready.")
VIBER = ImContent(channel=Channel.VIBER, text="Ready.")


@pytest.mark.parametrize(
    ("text", "image", "action", "viber", "sms"),
    [
        ("Ready.", None, None, True, True),
        (None, IMAGE, None, True, False),
        ("Ready.", IMAGE, ACTION, True, False),
        ("Ready.", None, ACTION, True, False),
        ("Ready.", IMAGE, None, False, False),
        (None, None, ACTION, False, False),
        (None, IMAGE, ACTION, False, False),
        (None, None, None, False, False),
    ],
)
def test_viber_and_sms_carry_their_combinations_only(
    text: str | None, image: Image | None, action: Action | None, *, viber: bool, sms: bool
) -> None:
    """I-5: text; image; text+image+action; text+action. U-3: SMS is left out with an image or an action."""
    assert carries(Channel.VIBER, text, image, action) is viber
    assert carries(Channel.SMS, text, image, action) is sms


@pytest.mark.parametrize("channel", [Channel.WHATSAPP, Channel.TELEGRAM, Channel.RCS, Channel.MESSENGER])
def test_other_channels_carry_anything_but_nothing(channel: Channel) -> None:
    """I-5: any combination that is not empty."""
    assert carries(channel, None, IMAGE, ACTION)
    assert not carries(channel, None, None, None)


def test_im_items_come_in_their_order_and_sms_last() -> None:
    """L-3: FEATURE_RICH: the IM items in their order, then SMS."""
    content = Content(sms=SMS, ims=(ImContent(channel=Channel.RCS, text="Ready."), VIBER))

    assert _channels(content) == [Channel.RCS, Channel.VIBER, Channel.SMS]


def test_an_item_without_channel_stands_for_the_channels_of_the_token() -> None:
    """I-1: absent: the token's IM channels in their order."""
    content = Content(ims=(ImContent(text="Ready."),))

    assert _channels(content, channels=(Channel.RCS, Channel.VIBER)) == [Channel.RCS, Channel.VIBER]


def test_a_channel_that_an_item_names_is_not_the_open_items_too() -> None:
    """I-1: each channel at most once; the open item comes first here and still leaves VIBER to its own item."""
    content = Content(ims=(ImContent(text="Open."), VIBER))
    found = offers(content, a_token(channels=(Channel.VIBER, Channel.RCS)))

    assert [(offer.channel, offer.text) for offer in found] == [(Channel.RCS, "Open."), (Channel.VIBER, "Ready.")]


def test_an_item_without_channel_leaves_out_the_channels_that_cannot_take_it() -> None:
    """I-5: VIBER has no text with an image alone."""
    content = Content(ims=(ImContent(text="Ready.", image=IMAGE),))

    assert _channels(content, channels=(Channel.VIBER, Channel.RCS)) == [Channel.RCS]


def test_a_request_that_names_no_sender_has_the_token_s() -> None:
    """I-2, M-8: absent: the token's."""
    own = ImContent(channel=Channel.RCS, sender_id="Quay", text="Ready.")
    found = offers(Content(sms=SMS, ims=(VIBER, own)), a_token(sms_sender="Harbour", im_sender="Harbour IM"))

    assert [offer.sender for offer in found] == ["Harbour IM", "Quay", "Harbour"]


def test_a_ubiquity_text_is_tried_on_all_channels_of_the_token() -> None:
    """U-2: all channels of the token."""
    content = Content(ubiquity=UbiquityContent(text="Ready."))

    assert _channels(content, channels=(Channel.VIBER, Channel.RCS)) == [Channel.VIBER, Channel.RCS, Channel.SMS]


@pytest.mark.parametrize("media", [UbiquityContent(text="Ready.", action=ACTION), UbiquityContent(image=IMAGE)])
def test_sms_is_left_out_of_a_ubiquity_message_with_media(media: UbiquityContent) -> None:
    """U-3: SMS is left out when there is an image or an action."""
    assert _channels(Content(ubiquity=media), channels=(Channel.VIBER,)) == [Channel.VIBER]


def test_viber_is_left_out_of_a_ubiquity_message_with_text_and_image() -> None:
    """U-3: VIBER for text+image."""
    content = Content(ubiquity=UbiquityContent(text="Ready.", image=IMAGE))

    assert _channels(content, channels=(Channel.VIBER, Channel.RCS)) == [Channel.RCS]


@pytest.mark.parametrize(
    ("lacking", "left"),
    [
        ({"sms_sender": ""}, [Channel.VIBER]),
        ({"route": ""}, [Channel.VIBER]),
        ({"im_sender": ""}, [Channel.SMS]),
        ({"channels": ()}, [Channel.SMS]),
    ],
    ids=str,
)
def test_a_token_without_sender_or_route_leaves_those_channels_out(
    lacking: dict[str, str], left: list[Channel]
) -> None:
    """U-3: the token needs an SMS sender and route for SMS, an IM sender for IM."""
    content = Content(ubiquity=UbiquityContent(text="Ready."))

    assert _channels(content, **({"channels": (Channel.VIBER,)} | lacking)) == left


SMS_ALONE = "the request has no sms_content"
NO_ITEM = "im_content has no item for it"
NO_COMBINATION = "it does not carry this combination of text, image and action"
NO_SENDER = "the token has no sender or route for it (U-3)"


@pytest.mark.parametrize(
    ("content", "token", "expected"),
    [
        (Content(sms=SMS, ims=(VIBER,)), {}, {Channel.RCS: NO_ITEM}),
        (Content(ims=(VIBER,)), {}, {Channel.RCS: NO_ITEM, Channel.SMS: SMS_ALONE}),
        (Content(sms=SMS), {}, {Channel.VIBER: NO_ITEM, Channel.RCS: NO_ITEM}),
        (
            Content(sms=SMS, ims=(ImContent(text="Ready.", image=IMAGE),)),
            {},
            {Channel.VIBER: f"{NO_COMBINATION} (I-5)"},
        ),
        (
            Content(ubiquity=UbiquityContent(text="Ready.", image=IMAGE)),
            {},
            {Channel.VIBER: f"{NO_COMBINATION} (I-5)", Channel.SMS: f"{NO_COMBINATION} (U-3)"},
        ),
        (Content(ubiquity=UbiquityContent(image=IMAGE)), {}, {Channel.SMS: f"{NO_COMBINATION} (U-3)"}),
        (Content(ubiquity=UbiquityContent(text="Ready.")), {"sms_sender": ""}, {Channel.SMS: NO_SENDER}),
        (Content(ubiquity=UbiquityContent(text="Ready.")), {"route": ""}, {Channel.SMS: NO_SENDER}),
        (
            Content(ubiquity=UbiquityContent(text="Ready.")),
            {"im_sender": ""},
            {Channel.VIBER: NO_SENDER, Channel.RCS: NO_SENDER},
        ),
        (Content(ubiquity=UbiquityContent(text="Ready.")), {}, {}),
        (Content(sms=SMS, ims=(ImContent(text="Ready."),)), {}, {}),
    ],
)
def test_a_channel_that_carries_nothing_is_told_why(
    content: Content, token: dict[str, str], expected: dict[Channel, str]
) -> None:
    """U-3, I-5: the reasons for which a channel of the token is passed over."""
    its = a_token(channels=(Channel.VIBER, Channel.RCS), **token)

    assert dict(left_out(content, its, offers(content, its))) == expected


def test_a_text_that_is_too_long_for_an_sms_is_told() -> None:
    """U-3: more than five pages."""
    content, token = Content(ubiquity=UbiquityContent(text="Ready.")), a_token(channels=(Channel.VIBER,))
    found = offers(content, token, sms_fits=False)

    assert [offer.channel for offer in found] == [Channel.VIBER]
    assert left_out(content, token, found, sms_fits=False) == ((Channel.SMS, "the text passes five pages (U-3)"),)


def _channels(content: Content, **token: object) -> list[Channel]:
    return [offer.channel for offer in offers(content, a_token(**token))]

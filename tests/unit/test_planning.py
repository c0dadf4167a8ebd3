"""In which order channels are tried, what happens on each, and what each shows (L-2 to L-4, U-2)."""

import pytest

from mock_amp.core.model import Channel, Content, Image, ImContent, MessagePlan, SmsContent, Status, UbiquityContent
from mock_amp.core.routing import offers, order, plan, text_on
from mock_amp.core.scenario import Delays, Prices, Rule
from tests.unit.builders import a_token

SMS = SmsContent(message="Your table is ready.")
VIBER = ImContent(channel=Channel.VIBER, text="Ready.")
DELAYS = Delays(accepted=1, delivered=2, seen=3)
PRICES = Prices(
    zones={"": {Channel.SMS: 60, Channel.VIBER: 20, Channel.WHATSAPP: 20}, "1": {Channel.SMS: 8, Channel.VIBER: 25}}
)


@pytest.mark.parametrize(
    ("zone", "expected"), [("", [Channel.VIBER, Channel.SMS]), ("1", [Channel.SMS, Channel.VIBER])]
)
def test_low_cost_tries_the_cheapest_channel_of_the_country_first(zone: str, expected: list[Channel]) -> None:
    """L-3: LOW_COST: cheapest first per destination."""
    content = Content(sms=SMS, ims=(VIBER,), plan=MessagePlan.LOW_COST)

    assert [offer.channel for offer in order(offers(content, a_token()), content, PRICES, zone)] == expected


def test_feature_rich_does_not_look_at_prices() -> None:
    """L-3: the IM items in their order, then SMS."""
    content = Content(sms=SMS, ims=(VIBER,))
    found = offers(content, a_token())

    assert order(found, content, PRICES, "1") == found


def test_channels_of_one_price_stay_in_request_order() -> None:
    """L-3: ties by request order."""
    whatsapp = ImContent(channel=Channel.WHATSAPP, text="Ready.")
    content = Content(ims=(whatsapp, VIBER), plan=MessagePlan.LOW_COST)
    found = offers(content, a_token())

    assert order(found, content, PRICES, "") == found


def test_a_ubiquity_message_goes_to_the_cheapest_channel_without_asking() -> None:
    """U-2: cheapest first, whatever the plan."""
    content = Content(ubiquity=UbiquityContent(text="Ready."))
    found = offers(content, a_token(channels=(Channel.VIBER,)))

    assert [offer.channel for offer in order(found, content, PRICES, "1")] == [Channel.SMS, Channel.VIBER]


def test_a_good_instant_message_is_seen_and_a_good_sms_is_not() -> None:
    """L-2, L-7: ACCEPTD, DELIVRD, and for IM SEEN; error code 0."""
    viber, sms = plan(offers(Content(sms=SMS, ims=(VIBER,)), a_token()), None, DELAYS)

    assert [(step.after, step.status, step.error_code) for step in viber.steps] == [
        (1, Status.ACCEPTD, 0),
        (2, Status.DELIVRD, 0),
        (3, Status.SEEN, 0),
    ]
    assert [step.status for step in sms.steps] == [Status.ACCEPTD, Status.DELIVRD]


def test_an_unreachable_channel_fails_with_an_error_code() -> None:
    """L-4, L-7: UNDELIV with a code that is not 0; the other channels are as good as ever."""
    rule = Rule(name="no viber", prefix="999", unreachable=frozenset({Channel.VIBER}))
    viber, sms = plan(offers(Content(sms=SMS, ims=(VIBER,)), a_token()), rule, DELAYS)

    assert (viber.steps[-1].status, viber.steps[-1].error_code != 0) == (Status.UNDELIV, True)
    assert sms.steps[-1].status is Status.DELIVRD


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

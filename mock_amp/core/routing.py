"""Which channels may carry a request, in which order they are tried, and what will happen on each (L-3, L-4, U-2)."""

from collections.abc import Iterable
from typing import Final

from mock_amp.core.model import (
    Action,
    Channel,
    Content,
    Image,
    ImContent,
    Leg,
    MessagePlan,
    Offer,
    Plan,
    SmsContent,
    Status,
    Step,
    Token,
    UbiquityContent,
)
from mock_amp.core.scenario import Delays, Prices, Rule

UNREACHABLE: Final = 5
"""Our error code beside UNDELIV when a handset is not on the channel; the vendor's list is not public (L-7)."""

_VIBER_TAKES: Final = frozenset({(1, 0, 0), (0, 1, 0), (1, 1, 1), (1, 0, 1)})
"""(text, image, action) that VIBER carries (I-5)."""


def carries(channel: Channel, text: str | None, image: Image | None, action: Action | None) -> bool:
    """Whether a channel can carry this combination. Nothing at all is carried by none."""
    combination = (int(text is not None), int(image is not None), int(action is not None))
    if channel is Channel.SMS:
        return combination == (1, 0, 0)
    return combination in _VIBER_TAKES if channel is Channel.VIBER else any(combination)


def offers(content: Content, token: Token) -> tuple[Offer, ...]:
    """What each channel would carry, each channel once: the IM items in their order, then SMS (L-3, U-2)."""
    if content.ubiquity is not None:
        return _ubiquity_offers(content.ubiquity, token)
    named = {item.channel for item in content.ims}
    found: dict[Channel, Offer] = {}
    for item in content.ims:
        wanted = (item.channel,) if item.channel else [each for each in token.channels if each not in named]
        for offer in _im_offers(item, wanted, token):
            found.setdefault(offer.channel, offer)
    return (*found.values(), *((_sms_offer(content.sms, token),) if content.sms else ()))


def order(found: tuple[Offer, ...], content: Content, prices: Prices, zone: str) -> tuple[Offer, ...]:
    """The offers as they are tried in one price zone: as they stand, or cheapest first, ties as they stand (L-3)."""
    if content.ubiquity is None and content.plan is MessagePlan.FEATURE_RICH:
        return found
    return tuple(sorted(found, key=lambda offer: prices.of(zone, offer.channel)))


def plan(ordered: tuple[Offer, ...], rule: Rule | None, delays: Delays) -> Plan:
    """What will happen on each channel in turn, should the message come to it (L-2, L-4)."""
    unreachable = rule.unreachable if rule else frozenset[Channel]()
    return tuple(
        Leg(
            channel=offer.channel,
            sender=offer.sender,
            steps=_bad(delays) if offer.channel in unreachable else _good(offer.channel, delays),
        )
        for offer in ordered
    )


def text_on(content: Content, channel: Channel) -> tuple[str, bool]:
    """The unfilled text that a channel carries, and whether its placeholders are filled there."""
    if content.ubiquity is not None:
        return content.ubiquity.text or "", True
    if channel is Channel.SMS and content.sms is not None:
        return content.sms.message, content.sms.encoding != "BINARY"
    wanted = [item for item in content.ims if item.channel is channel] or [
        item for item in content.ims if item.channel is None
    ]
    return (wanted[0].text or "") if wanted else "", True


def _good(channel: Channel, delays: Delays) -> tuple[Step, ...]:
    steps = (
        Step(after=delays.accepted, status=Status.ACCEPTD),
        Step(after=delays.delivered, status=Status.DELIVRD),
    )
    return steps if channel is Channel.SMS else (*steps, Step(after=delays.seen, status=Status.SEEN))


def _bad(delays: Delays) -> tuple[Step, ...]:
    return (
        Step(after=delays.accepted, status=Status.ACCEPTD),
        Step(after=delays.delivered, status=Status.UNDELIV, error_code=UNREACHABLE),
    )


def _im_offers(item: ImContent, channels: Iterable[Channel], token: Token) -> list[Offer]:
    return [
        Offer(
            channel=channel,
            sender=item.sender_id or token.im_sender,
            text=item.text,
            image=item.image,
            action=item.action,
        )
        for channel in channels
        if carries(channel, item.text, item.image, item.action)
    ]


def _sms_offer(sms: SmsContent, token: Token) -> Offer:
    return Offer(
        channel=Channel.SMS,
        sender=sms.sender_id or token.sms_sender,
        text=sms.message,
    )


def _ubiquity_offers(message: UbiquityContent, token: Token) -> tuple[Offer, ...]:
    item = ImContent(text=message.text, image=message.image, action=message.action)
    found = _im_offers(item, token.channels if token.im_sender else (), token)
    if (
        message.text is not None
        and token.sms_sender
        and token.route
        and carries(Channel.SMS, message.text, message.image, message.action)
    ):
        found.append(_sms_offer(SmsContent(message=message.text), token))
    return tuple(found)

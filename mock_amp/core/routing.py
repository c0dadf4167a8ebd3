"""Which channels may carry a request, what each would carry, and why the others do not (L-3, U-2, U-3)."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from mock_amp.core.model import (
    Action,
    Channel,
    Content,
    Image,
    ImContent,
    MessagePlan,
    Offer,
    SmsContent,
    Token,
    UbiquityContent,
)

_SMS_TTL: Final = 172_800
_IM_TTL: Final = 86_400
_SHORTEST_IM_TTL: Final = 15
_FIVE_DAYS: Final = 432_000

_CHEAPEST_FIRST: Final = MessagePlan.LOW_COST
_NO_SMS: Final = "the request has no sms_content"
_NO_ITEM: Final = "im_content has no item for it"

LeftOut = tuple[tuple[Channel, str], ...]

_VIBER_TAKES: Final = frozenset({(1, 0, 0), (0, 1, 0), (1, 1, 1), (1, 0, 1)})
"""(text, image, action) that VIBER carries (I-5)."""


def carries(channel: Channel, text: str | None, image: Image | None, action: Action | None) -> bool:
    """Whether a channel can carry this combination. Nothing at all is carried by none."""
    combination = (int(text is not None), int(image is not None), int(action is not None))
    if channel is Channel.SMS:
        return combination == (1, 0, 0)
    return combination in _VIBER_TAKES if channel is Channel.VIBER else any(combination)


def offers(content: Content, token: Token, *, sms_fits: bool = True) -> tuple[Offer, ...]:
    """What each channel would carry, each channel once: the IM items in their order, then SMS (L-3, U-2).

    `sms_fits`: whether the text of a ubiquity message, as filled, keeps within the pages of an SMS (U-3).
    """
    if content.ubiquity is not None:
        return _ubiquity_offers(content.ubiquity, token, content.ttl, sms_fits=sms_fits)
    sms = () if content.sms is None else (_sms_offer(content.sms, token, content.ttl),)
    if not content.ims:
        return sms
    named = {item.channel for item in content.ims}
    found: dict[Channel, Offer] = {}
    for item in content.ims:
        wanted = (item.channel,) if item.channel else [each for each in token.im_channels if each not in named]
        for offer in _im_offers(item, wanted, token, content.ttl):
            found.setdefault(offer.channel, offer)
    return (*found.values(), *sms)


def by_price(content: Content) -> bool:
    """Whether the channels are tried cheapest first rather than as they stand (L-3, U-2)."""
    return content.ubiquity is not None or content.plan is _CHEAPEST_FIRST


def left_out(content: Content, token: Token, found: tuple[Offer, ...], *, sms_fits: bool = True) -> LeftOut:
    """The channels of the token, and SMS, that carry nothing of a request, each with the reason."""
    carried = tuple([offer.channel for offer in found])
    if content.ubiquity is None and carried == _named(content):
        return _unmentioned(token.im_channels, carried)
    channels = [channel for channel in (*token.im_channels, Channel.SMS) if channel not in carried]
    return tuple((channel, _why_not(channel, content, token, sms_fits=sms_fits)) for channel in channels)


def ttl_on(channel: Channel, own: int, outer: int) -> int:
    """The validity on a channel, in seconds: the section's own, else the outer one clipped, else the default (O-8)."""
    if channel is Channel.SMS:
        return own or min(outer, _SMS_TTL) or _SMS_TTL
    if own or not outer:
        return own or _IM_TTL
    return outer if outer == _FIVE_DAYS else min(max(outer, _SHORTEST_IM_TTL), _IM_TTL)


def text_on(content: Content, channel: Channel) -> tuple[str, bool]:
    """The unfilled text that a channel carries, and whether its placeholders are filled there."""
    if content.ubiquity is not None:
        return content.ubiquity.text or "", True
    if channel is Channel.SMS and content.sms is not None:
        return content.sms.message, content.sms.encoding != "BINARY"
    return im_on(content, channel).text or "", True


def im_on(content: Content, channel: Channel) -> ImContent:
    """What an IM channel carries, unfilled: the item that names it, else the one that names none."""
    if content.ubiquity is not None:
        message = content.ubiquity
        return ImContent(text=message.text, image=message.image, action=message.action)
    named = [item for item in content.ims if item.channel is channel]
    wanted = named or [item for item in content.ims if item.channel is None]
    return wanted[0] if wanted else ImContent()


def expiry_text_on(content: Content, channel: Channel) -> str:
    """What an expired message becomes on a handset that can replace it (I-8)."""
    return im_on(content, channel).expiry_text


def _named(content: Content) -> tuple[Channel | None, ...]:
    """The channel of each section."""
    sms = (Channel.SMS,) if content.sms is not None else ()
    return (*[item.channel for item in content.ims], *sms) if content.ims else sms


@lru_cache(maxsize=256)
def _unmentioned(channels: Sequence[Channel], carried: Sequence[Channel]) -> LeftOut:
    """The channels of which a request says nothing, where each of its sections names one and is carried by it."""
    return tuple(
        (channel, _NO_SMS if channel is Channel.SMS else _NO_ITEM)
        for channel in (*channels, Channel.SMS)
        if channel not in carried
    )


def _why_not(channel: Channel, content: Content, token: Token, *, sms_fits: bool) -> str:
    if content.ubiquity is None:
        if channel is Channel.SMS:
            return _NO_SMS
        item = im_on(content, channel)
        if item == ImContent():
            return _NO_ITEM
        return "it does not carry this combination of text, image and action (I-5)"
    message = content.ubiquity
    if not (token.sms_sender and token.route if channel is Channel.SMS else token.im_sender):
        return "the token has no sender or route for it (U-3)"
    if not carries(channel, message.text, message.image, message.action):
        rule = "U-3" if channel is Channel.SMS else "I-5"
        return f"it does not carry this combination of text, image and action ({rule})"
    return "the text passes five pages (U-3)" if not sms_fits else "the request leaves it out"


def _im_offers(item: ImContent, channels: Iterable[Channel], token: Token, ttl: int) -> list[Offer]:
    return [
        Offer(
            channel=channel,
            sender=item.sender_id or token.im_sender,
            text=item.text,
            image=item.image,
            action=item.action,
            ttl=ttl_on(channel, item.ttl, ttl),
        )
        for channel in channels
        if carries(channel, item.text, item.image, item.action)
    ]


def _sms_offer(sms: SmsContent, token: Token, ttl: int) -> Offer:
    return Offer(Channel.SMS, sms.sender_id or token.sms_sender, ttl_on(Channel.SMS, sms.ttl, ttl), sms.message)


def _ubiquity_offers(message: UbiquityContent, token: Token, ttl: int, *, sms_fits: bool) -> tuple[Offer, ...]:
    item = ImContent(text=message.text, image=message.image, action=message.action)
    found = _im_offers(item, token.im_channels if token.im_sender else (), token, ttl)
    if (
        message.text is not None
        and sms_fits
        and token.sms_sender
        and token.route
        and carries(Channel.SMS, message.text, message.image, message.action)
    ):
        found.append(_sms_offer(SmsContent(message=message.text), token, ttl))
    return tuple(found)

"""Which channels may carry a request, in which order they are tried, and what will happen on each (L-3, L-4, U-2)."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from mock_amp.core.instants import SECOND
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
from mock_amp.core.scenario import ERROR_CODES, Delays, Fate, Prices, Rule

_SMS_TTL: Final = 172_800
_IM_TTL: Final = 86_400
_SHORTEST_IM_TTL: Final = 15
_FIVE_DAYS: Final = 432_000

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
    named = {item.channel for item in content.ims}
    found: dict[Channel, Offer] = {}
    for item in content.ims:
        wanted = (item.channel,) if item.channel else [each for each in token.im_channels if each not in named]
        for offer in _im_offers(item, wanted, token, content.ttl):
            found.setdefault(offer.channel, offer)
    return (*found.values(), *((_sms_offer(content.sms, token, content.ttl),) if content.sms else ()))


def order(found: tuple[Offer, ...], content: Content, prices: Prices, zone: str) -> tuple[Offer, ...]:
    """The offers as they are tried in one price zone: as they stand, or cheapest first, ties as they stand (L-3)."""
    if content.ubiquity is None and content.plan is MessagePlan.FEATURE_RICH:
        return found
    return tuple(sorted(found, key=lambda offer: prices.of(zone, offer.channel)))


def plan(ordered: tuple[Offer, ...], rule: Rule | None, delays: Delays) -> Plan:
    """What will happen on each channel in turn, should the message come to it (L-2, L-4)."""
    return tuple(
        Leg(
            channel=offer.channel,
            sender=offer.sender,
            steps=_steps(offer, rule.fate(offer.channel) if rule else None, delays),
            replaced_on_expiry=bool(rule and rule.ios) and offer.channel is not Channel.SMS,
        )
        for offer in ordered
    )


def rejected(following: Plan, delays: Delays) -> Plan:
    """The plan of a destination that the platform itself turns away: no channel gets to see it (O-9)."""
    step = Step(after=delays.accepted, status=Status.REJECTD, error_code=ERROR_CODES[Status.REJECTD])
    return (Leg(channel=Channel.INTERNAL, sender=following[0].sender, steps=(step,)), *following)


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


def _steps(offer: Offer, fate: Fate | None, delays: Delays) -> tuple[Step, ...]:
    """Taken, then delivered and perhaps seen, or what the fate says; what has not come by the ttl has expired (L-4)."""
    expired = Step(after=offer.ttl * SECOND, status=Status.EXPIRED, error_code=ERROR_CODES[Status.EXPIRED])
    taken = Step(after=delays.accepted, status=Status.ACCEPTD)
    if taken.after > expired.after:
        return (expired,)
    if fate is not None and fate.status is Status.EXPIRED:
        return (taken, replace(expired, error_code=fate.error_code))
    if delays.delivered > expired.after:
        return (taken, expired)
    status, error_code = (fate.status, fate.error_code) if fate else (Status.DELIVRD, 0)
    ended = Step(after=delays.delivered, status=status, error_code=error_code)
    if fate is not None or offer.channel is Channel.SMS:
        return (taken, ended)
    return (taken, ended, Step(after=delays.seen, status=Status.SEEN))


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
    return Offer(
        channel=Channel.SMS,
        sender=sms.sender_id or token.sms_sender,
        text=sms.message,
        ttl=ttl_on(Channel.SMS, sms.ttl, ttl),
    )


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

"""The handset: what a message looks like there, when it can be answered or clicked, and how (D-5, I-8, I-9, Y-2)."""

from dataclasses import dataclass, replace
from typing import Final

from mock_amp.core import routing, sms, templates
from mock_amp.core.chance import fraction, throws
from mock_amp.core.model import (
    Act,
    Action,
    Channel,
    Cohort,
    Content,
    Dialect,
    Entry,
    Message,
    SmsContent,
    Status,
    Token,
)

_REACHED: Final = frozenset({Status.DELIVRD, Status.SEEN})


class Silent(ValueError):
    """The real service would say nothing about this; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What is shown, filled for the destination. `encoding` of an SMS only; a binary one has no `pages`."""

    text: str
    image: str | None = None
    action: Action | None = None
    encoding: str | None = None
    pages: int | None = None


def screen(message: Message, content: Content) -> Screen:
    """What the channel that has the message shows; before any has it, the first of the plan."""
    channel = _channel_of(message)
    if channel is Channel.SMS:
        return _sms_screen(message, content)
    legs = {leg.channel: leg for leg in message.cohort.plan}
    if message.cohort.latest.status is Status.EXPIRED and legs[channel].replaced_on_expiry:
        return Screen(text=routing.expiry_text_on(content, channel))
    item = routing.im_on(content, channel)
    return Screen(
        text=templates.fill(item.text or "", message.params),
        image=templates.fill(item.image.url, message.params) if item.image else None,
        action=_filled(item.action, message),
    )


def parts(message: Message, content: Content) -> tuple[sms.Part, ...] | None:
    """The pages of an SMS as they are received; a binary one is one, with its base64. None on any other channel."""
    if _channel_of(message) is not Channel.SMS:
        return None
    text, fillable = routing.text_on(content, Channel.SMS)
    section = content.sms or SmsContent(message=text)
    udh = len(sms.decode_base64(section.udh) or b"")
    if not fillable:
        return (sms.Part(text, len(sms.decode_base64(text) or b""), sms.MOST_BINARY - udh),)
    return sms.parts(templates.fill(text, message.params), section.encoding, udh)


def delivered_on(cohort: Cohort, wanted: Channel | None = None) -> Entry:
    """The line that says the handset has the message, on the channel that is wanted. Raises Silent."""
    reached = next((each for each in reversed(cohort.timeline) if each.status in _REACHED), None)
    if reached is None:
        latest = cohort.latest
        raise Silent(f"the message was not delivered: it is {latest.channel} {latest.status}")
    if wanted not in (None, reached.channel):
        raise Silent(f"the message was delivered on {reached.channel}, not on {wanted}")
    return reached


def answerable(message: Message, token: Token | None, wanted: Channel | None) -> Channel:
    """The channel on which a reply would be posted; `token` is the one that sent, as it is now. Raises Silent (Y-2)."""
    reached = delivered_on(message.cohort, wanted)
    if reached.channel is Channel.SMS:
        raise Silent("the message was delivered by SMS; only instant messages can be replied to")
    if not message.job.reply_url:
        raise Silent("the message was sent without a reply_url")
    if token is None:
        raise Silent("the token that sent the message is gone, and with it whether two-way is on")
    if token.dialect is Dialect.IM_GATEWAY and reached.channel is not Channel.VIBER:
        raise Silent(f"in the dialect im-gateway only VIBER can be replied to; the message is on {reached.channel}")
    if token.two_way is not None and reached.sender not in token.two_way:
        raise Silent(f"two-way is not on for the sender {reached.sender}")
    return reached.channel


def button(message: Message, content: Content, wanted: Channel | None) -> Action:
    """The action that the handset can click, its URL filled. Raises Silent (I-9)."""
    channel = delivered_on(message.cohort, wanted).channel
    action = None if channel is Channel.SMS else _filled(routing.im_on(content, channel).action, message)
    if action is None:
        raise Silent(f"the message has no action on {channel}")
    return action


def text_of(act: Act, number: int, seed: int, message: int) -> str | None:
    """Which of its texts an act, the `number`th of its channel, says to a message; None when it has none."""
    if not act.texts:
        return None
    return act.texts[int(fraction(seed, f"text/{number}", message) * len(act.texts))]


def words_seed(number: int, seed: int, message: int) -> int:
    """What the words of an act are made from when it has no texts: another number for each act and message."""
    return throws(seed, f"words/{number}", message, 1)[0]


def _channel_of(message: Message) -> Channel:
    """The channel that has the message; before any has it, the first of the plan."""
    latest = message.cohort.latest.channel
    channels = (leg.channel for leg in message.cohort.plan if leg.channel is not Channel.INTERNAL)
    return next(channels) if latest is Channel.INTERNAL else latest


def _sms_screen(message: Message, content: Content) -> Screen:
    text, fillable = routing.text_on(content, Channel.SMS)
    if not fillable:
        return Screen(text=text, encoding="BINARY")
    text, section = templates.fill(text, message.params), content.sms or SmsContent(message=text)
    udh = len(sms.decode_base64(section.udh) or b"")
    return Screen(
        text=sms.as_gsm7(text) if section.encoding == "GSM7" else text,
        encoding=section.encoding,
        pages=sms.page_count(text, section.encoding, udh),
    )


def _filled(action: Action | None, message: Message) -> Action | None:
    return action and replace(action, target_url=templates.fill(action.target_url, message.params))

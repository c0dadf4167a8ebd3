"""The rules of the sections of a request: channels, senders, routes, binary messages (I-1 to I-5, M-6 to M-10, U-4)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mock_amp.core.destination_rules import surely_fits_all, warn_of_missing
from mock_amp.core.documents import Warnings
from mock_amp.core.faults import Faults
from mock_amp.core.model import Channel, Content, Destination, Dialect, Offer, Token
from mock_amp.core.refusals import Violation, violation
from mock_amp.core.routing import carries
from mock_amp.core.sms import MOST_BINARY, binary_size, decode_base64
from mock_amp.core.templates import fill, keys_of

_VIBER_TAKES: Final = "text; image; text, image and action; text and action"


def check_sections(document: Mapping[str, Any], token: Token, faults: Faults) -> None:
    """Each section for itself, as far as the schema did not refuse it already."""
    sms = document.get("sms_content")
    if sms is not None:
        _check_sms(sms, token, faults)
    if "im_content" in document:
        _check_items(document["im_content"], token, faults)


def check_offers(
    content: Content, carried: Sequence[Offer], destinations: Sequence[Destination], faults: Faults, warnings: Warnings
) -> None:
    """A ubiquity message that no channel of the token carries is refused (U-4); by SMS it may lose characters (M-5)."""
    if content.ubiquity is None:
        return
    if not carried:
        faults.add(violation("no_channel", "/message"))
    text = content.ubiquity.text or ""
    for offer in carried:
        filled = destinations if keys_of(text) else destinations[:1]
        if offer.channel is not Channel.SMS or surely_fits_all(text, destinations):
            continue
        for each in filled:
            warn_of_missing("/message/texts/0/text", fill(text, each.params), each.number, warnings)


def check_sender(section: Mapping[str, Any], pointer: str, owner: str, rule: str, token: Token, faults: Faults) -> None:
    """A token with senders of its own may use no other."""
    sender = section.get("sender_id")
    if sender and token.senders and sender not in token.senders:
        facts = {"object": owner, "field": "sender_id", "limit": _listed(token.senders)}
        faults.add(violation("sender", f"{pointer}/sender_id", sender, rule, **facts))


def _check_sms(sms: Mapping[str, Any], token: Token, faults: Faults) -> None:
    check_sender(sms, "/sms_content", "SmsContent", "M-9", token, faults)
    route = sms.get("route")
    if route and route not in token.routes:
        facts = {"object": "SmsContent", "field": "route", "limit": _listed(token.routes)}
        faults.add(violation("route", "/sms_content/route", route, "M-10", **facts))
    udh = _bytes(sms, "udh", "M-6" if sms.get("encoding") == "BINARY" else "M-7", faults)
    if sms.get("encoding") != "BINARY":
        return
    message = _bytes(sms, "message", "M-6", faults)
    if message is not None and udh is not None and binary_size(message, udh) > MOST_BINARY:
        faults.add(violation("binary_size", "/sms_content/message", None, None, length=binary_size(message, udh)))


def _check_items(items: Sequence[Mapping[str, Any]], token: Token, faults: Faults) -> None:
    seen: set[str | None] = set()
    for at, item in enumerate(items):
        channel, pointer = item.get("channel"), f"/im_content/{at}"
        check_sender(item, pointer, "ImContent", "I-2", token, faults)
        if channel in seen:
            facts = {"object": "ImContent", "field": "channel"}
            faults.add(violation("channel_repeated", f"{pointer}/channel", channel, None, **facts))
        seen.add(channel)
        media = item.get("content"), item.get("images"), item.get("actions")
        if channel is None and not any(carries(each, *media) for each in token.im_channels):
            faults.add(_combination(at, "a channel of the token"))
        if not isinstance(channel, str) or channel not in Channel.__members__:
            continue
        if token.dialect is Dialect.IM_GATEWAY and channel != Channel.VIBER:
            facts = {"object": "ImContent", "field": "channel", "limit": "[VIBER]"}
            faults.add(violation("enum", f"{pointer}/channel", channel, "I-1", **facts))
        elif not carries(Channel(channel), *media):
            faults.add(_combination(at, channel))


def _bytes(sms: Mapping[str, Any], field: str, rule: str, faults: Faults) -> bytes | None:
    """What a base64 field holds; None when it is absent or no base64, which is refused."""
    text = sms.get(field)
    found = None if text is None else decode_base64(text)
    if text is not None and found is None:
        faults.add(violation("base64", f"/sms_content/{field}", text, rule, field=field))
    return found


def _combination(at: int, channel: str) -> Violation:
    wanted = _VIBER_TAKES if channel == Channel.VIBER else "text, image or action"
    return violation("combination", f"/im_content/{at}", None, None, channel=channel, wanted=wanted)


def _listed(names: Sequence[str]) -> str:
    return f"[{', '.join(names)}]"

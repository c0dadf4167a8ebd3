"""What an application sends most: one number, texts in which nothing is doubtful, and all else as it was sent before.

Of such a request the rules have nothing new to say, so what they said once is kept by its form: all that they look at
except the texts. Any other request has no form, and the rules look at it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple

from mock_amp.core.duplicates import has_duplicates
from mock_amp.core.model import Channel, Content, Offer, SmsContent, Token
from mock_amp.core.routing import LeftOut
from mock_amp.core.sms import is_ordinary

Form = tuple[Any, ...]

_MOST_KNOWN: Final = 1_024
_LONGEST_IM: Final = 1_000
_SHARED: Final = frozenset(
    ("destinations", "sms_content", "im_content", "job_id", "callback_url", "reply_url", "promotional", "ttl")
)
"""The keys of a request with a form; those beside the sections and `ttl` say nothing of what is sent."""
_SMS: Final = frozenset(("message", "encoding", "sender_id", "route", "ttl"))
_IM: Final = frozenset(("content", "channel", "sender_id", "ttl"))


class Pattern(NamedTuple):
    """What the rules said of the requests of one form, under one token; they differ by their texts."""

    token: Token
    contents: Content
    carried: tuple[Offer, ...]
    left_out: LeftOut

    def fill(self, document: Mapping[str, Any]) -> tuple[Content, tuple[Offer, ...]]:
        """What another document of this form wants said, and what each channel would carry of it."""
        _, (sms, ims, _, plan, ttl), carried, _ = self
        if sms is None or ims:
            return self._fill_ims(document)
        _, encoding, sender_id, own, udh = sms
        ((channel, sender, lasting, _, _, _),) = carried
        text = document["sms_content"]["message"]
        said = tuple.__new__(SmsContent, (text, encoding, sender_id, own, udh))
        offer = tuple.__new__(Offer, (channel, sender, lasting, text, None, None))
        return tuple.__new__(Content, (said, (), None, plan, ttl)), (offer,)

    def _fill_ims(self, document: Mapping[str, Any]) -> tuple[Content, tuple[Offer, ...]]:
        sms, (item,), _, plan, ttl = self.contents
        texts = {Channel.SMS: document["sms_content"]["message"]} if sms is not None else {}
        if sms is not None:
            sms = sms._replace(message=texts[Channel.SMS])
        text = document["im_content"][0]["content"]
        offers = tuple([each._replace(text=texts.get(each.channel, text)) for each in self.carried])
        return Content(sms, (replace(item, text=text),), None, plan, ttl), offers


class Familiar:
    """The patterns of the requests that were sent of late."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, Form], Pattern] = {}

    def recall(self, form: Form, token: Token) -> Pattern | None:
        """The pattern of a form, if the rules have said what it is, and of the token as it is now."""
        found = self._known.get((token.value, form))
        return found if found is not None and found.token is token else None

    def learn(self, form: Form, pattern: Pattern) -> None:
        """Keeps what the rules said of a request that they found nothing wrong or doubtful with."""
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[pattern.token.value, form] = pattern


def form_of(body: bytes, document: Mapping[str, Any]) -> Form | None:
    """The form of a document that follows the `plain` schema, if it has one; `body` is where it was read from.

    It has none where a text, a key or a number takes a closer look: placeholders, keys that stand twice, fractions.
    """
    destinations = document["destinations"]
    destination = destinations[0]
    if len(destinations) > 1 or "params" in destination or not document.keys() <= _SHARED:
        return None
    sms, ims, ttl = document.get("sms_content"), document.get("im_content"), document.get("ttl")
    keys, of_sms, of_im = len(document) + len(destination), None, None
    if sms is not None:
        own = sms.get("ttl")
        if type(own) is float or not sms.keys() <= _SMS or not is_ordinary(sms["message"]):
            return None
        keys += len(sms)
        of_sms = (sms.get("encoding"), sms.get("sender_id"), sms.get("route"), own)
    if ims is not None:
        item = ims[0]
        own, text = item.get("ttl"), item.get("content")
        if type(own) is float or len(ims) > 1 or not item.keys() <= _IM or not _is_ordinary_im(text):
            return None
        keys += len(item)
        of_im = (item.get("channel"), item.get("sender_id"), own)
    if type(ttl) is float or has_duplicates(body, keys):
        return None
    return ttl, of_sms, of_im


def _is_ordinary_im(text: str | None) -> bool:
    return text is not None and 1 <= len(text) <= _LONGEST_IM and "{#" not in text

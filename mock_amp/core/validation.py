"""What a request is allowed to say: the schema's view of each field, then the rules that look across fields.

Every fault is found and named; which status wins follows H-9: a document that is not understood is 400 before any
illegal value is 403.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from mock_amp.core import templates
from mock_amp.core.content_rules import check_offers, check_sections
from mock_amp.core.destination_rules import check_destinations, surely_fits_all
from mock_amp.core.documents import MOST_DEPTH, Warnings, parse
from mock_amp.core.familiar import Familiar, Pattern, form_of
from mock_amp.core.faults import Faults
from mock_amp.core.model import Content, Destination, Offer, Token
from mock_amp.core.reading import Reader
from mock_amp.core.refusals import Refused, Violation, Warned, violation
from mock_amp.core.routing import LeftOut, left_out, offers
from mock_amp.core.sms import MOST_PAGES, page_count
from mock_amp.core.wire import read_content, read_destinations


class Understood(NamedTuple):
    """A request without a fault: what it says, to whom, and what each channel would carry.

    `document` is without its destinations: of 50,000 one form is enough to hold.
    """

    document: Mapping[str, Any]
    content: Content
    destinations: Sequence[Destination]
    offers: tuple[Offer, ...]
    warnings: tuple[Warned, ...]
    left_out: LeftOut = ()
    """Channels that carry nothing of it, and why."""


class RequestRules:
    """The rules of `POST /1/im`, held against the body of one request at a time."""

    def __init__(self, schema: Mapping[str, Any], *, strict: bool = False, depth: int = MOST_DEPTH) -> None:
        self._reader, self._familiar = Reader(schema, strict=strict, depth=depth), Familiar()
        self._url = re.compile(schema["properties"]["callback_url"]["pattern"])

    def judge(self, body: bytes, token: Token) -> Understood | Refused:
        """What a body says under a token, or every reason why it is refused (H-9, H-10)."""
        document = parse(body)
        if isinstance(document, Refused):
            return document
        follows = self._reader.follows(document)
        form = form_of(body, document) if follows else None
        if form is None:
            return self._look(body, document, token, follows=follows)
        pattern = self._familiar.recall(form, token)
        if pattern is not None:
            return _say_again(document, pattern)
        said = self._look(body, document, token, follows=follows)
        if isinstance(said, Understood):
            self._familiar.learn(form, Pattern(token, said.content, said.offers, said.left_out))
        return said

    def _look(self, body: bytes, document: dict[str, Any], token: Token, *, follows: bool) -> Understood | Refused:
        reading = self._reader.look(body, document, follows=follows)
        if isinstance(reading, Refused):
            return reading
        document, warnings, faults, said = reading.document, reading.warnings, reading.faults, None
        if faults.kept:
            faults.kept[:] = [_with_destination(each, document) for each in faults.kept]
        if reading.understood:
            destinations = read_destinations(document, body)
            check_sections(document, token, faults)
            check_destinations(document, destinations, self._url, faults, warnings)
            said = None if faults.kept else _say(document, destinations, token, faults, warnings)
        self._reader.close(reading)
        return said if said and not faults.kept else faults.refusal(_job_id(document), warnings.told)


def _say_again(document: dict[str, Any], pattern: Pattern) -> Understood:
    """What a document says that is like one before it, except for its number and texts."""
    (item,) = document.pop("destinations")
    content, carried = pattern.fill(document)
    destination = Destination(item["number"], item.get("custom_id"), None)
    return Understood(document, content, [destination], carried, (), pattern.left_out)


def _say(
    document: dict[str, Any], destinations: Sequence[Destination], token: Token, faults: Faults, warnings: Warnings
) -> Understood:
    """What a document without faults says; what no channel can carry is a fault still."""
    content = read_content(document)
    sms_fits = _fits_sms(content, destinations)
    carried = offers(content, token, sms_fits=sms_fits)
    check_offers(content, carried, destinations, faults, warnings)
    others = left_out(content, token, carried, sms_fits=sms_fits)
    rest = {key: value for key, value in document.items() if key != "destinations"}
    return Understood(rest, content, destinations, carried, warnings.told, others)


def _fits_sms(content: Content, destinations: Sequence[Destination]) -> bool:
    """Whether a ubiquity text keeps within five pages for every destination, so that SMS may carry it (U-3)."""
    text = content.ubiquity.text if content.ubiquity else None
    if text is None or surely_fits_all(text, destinations):
        return True
    filled = destinations if templates.keys_of(text) else destinations[:1]
    return all(page_count(templates.fill(text, each.params), "GSM7") <= MOST_PAGES for each in filled)


def _job_id(document: Mapping[str, Any]) -> str | None:
    job_id = document.get("job_id")
    return job_id if isinstance(job_id, str) else None


def _with_destination(found: Violation, document: Mapping[str, Any]) -> Violation:
    """A fault of a number tells the whole destination, as the vendor's text does (R-7)."""
    if found.name != "number_pattern":
        return found
    item = document["destinations"][int(found.pointer.split("/")[2])]
    facts = {**found.facts, "custom_id": _told(item.get("custom_id")), "params": _told(item.get("params"))}
    return violation(found.name, found.pointer, found.value, found.rule, **facts)


def _told(value: Any) -> str:
    match value:
        case None:
            return "null"
        case dict():
            return "{" + ", ".join(f"{key}={each}" for key, each in value.items()) + "}"
        case _:
            return str(value)

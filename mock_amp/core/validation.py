"""What a request is allowed to say: the schema's view of each field, then the rules that look across fields.

Every fault is found and named; which status wins follows H-9: a document that is not understood is 400 before any
illegal value is 403.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mock_amp.core import templates
from mock_amp.core.documents import Shape, Warned, Warnings, decode
from mock_amp.core.model import Channel, Content, Destination, Offer, Token
from mock_amp.core.refusals import Refused, Violation, refuse_all, violation
from mock_amp.core.routing import carries, offers
from mock_amp.core.schemas import CompiledSchema
from mock_amp.core.wire import read_content, read_destinations, templates_of, text_values, with_exact_numbers

_MOST_KEPT: Final = 100
_IM_LENGTH: Final = 1_000
_COMBINATIONS: Final = "text; image; text, image and action; text and action"


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """A request without a fault: what it says, to whom, and what each channel would carry."""

    document: Mapping[str, Any]
    content: Content
    destinations: Sequence[Destination]
    offers: tuple[Offer, ...]
    warnings: tuple[Warned, ...]


class Faults:
    """The first hundred violations of a request, and how many there were by status."""

    def __init__(self) -> None:
        self.kept: list[Violation] = []
        self.total: Counter[int] = Counter()

    def add(self, found: Violation) -> None:
        self.total[found.status] += 1
        if len(self.kept) < _MOST_KEPT or self.total[found.status] <= _MOST_KEPT // 2:
            self.kept.append(found)


class RequestRules:
    """The rules of `POST /1/im`, held against the body of one request at a time."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._schema = CompiledSchema(schema)
        self._shape = Shape(schema, schema)
        self._url = re.compile(schema["properties"]["callback_url"]["pattern"])

    def judge(self, body: bytes, token: Token) -> Understood | Refused:
        """What a body says under a token, or every reason why it is refused (H-9, H-10)."""
        document = decode(body)
        if isinstance(document, Refused):
            return document
        warnings, faults = Warnings(), Faults()
        document = self._shape.tidy(document, warnings)
        for found in self._schema.violations(document):
            faults.add(_with_destination(found, document))
        if 400 not in faults.total:
            document = with_exact_numbers(document, body)
            _check_destinations(document, self._url, faults)
            _check_items(document, faults)
        if faults.kept:
            return refuse_all(faults.kept, faults.total, _job_id(document))
        content = read_content(document)
        carried = offers(content, token)
        _check_offers(content, token, carried, faults)
        if faults.kept:
            return refuse_all(faults.kept, faults.total, _job_id(document))
        return Understood(
            document=document,
            content=content,
            destinations=read_destinations(document),
            offers=carried,
            warnings=tuple(warnings.first),
        )


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


def _check_destinations(document: Mapping[str, Any], http_url: re.Pattern[str], faults: Faults) -> None:
    destinations = document["destinations"]
    if len({item["number"] for item in destinations}) < len(destinations):
        _check_repeated(destinations, faults)
    wanted = templates_of(document)
    needed = frozenset[str]().union(*(templates.keys_of(text) for _, text in wanted))
    for at, item in enumerate(destinations) if needed else ():
        for key in sorted(needed - item.get("params", {}).keys()):
            pointer = f"/destinations/{at}/params"
            faults.add(violation("placeholder", pointer, None, None, key=key, number=item["number"]))
    if not faults.kept:
        _check_filled(wanted, destinations, http_url, faults)


def _check_repeated(destinations: Sequence[Mapping[str, Any]], faults: Faults) -> None:
    first: dict[str, int] = {}
    for at, item in enumerate(destinations):
        number = item["number"]
        if first.setdefault(number, at) != at:
            pointer = f"/destinations/{at}/number"
            faults.add(violation("number_repeated", pointer, number, None, first=first[number], again=at))


def _check_filled(
    wanted: Sequence[tuple[str, str]],
    destinations: Sequence[Mapping[str, Any]],
    http_url: re.Pattern[str],
    faults: Faults,
) -> None:
    """Texts and URLs as each destination gets them (D-5); one without placeholders is the same for all."""
    for pointer, text in wanted:
        for item in destinations if templates.keys_of(text) else destinations[:1]:
            filled = templates.fill(text, text_values(item.get("params")))
            if pointer.endswith("url") and not http_url.fullmatch(filled):
                faults.add(_bad_url(pointer, filled))
            elif pointer.startswith(("/im_content", "/message/texts")) and not 1 <= len(filled) <= _IM_LENGTH:
                owner, field = ("ImContent", "content") if pointer.startswith("/im") else ("Text", "text")
                facts = {"length": len(filled), "number": item["number"], "object": owner, "field": field}
                faults.add(violation("im_length", pointer, filled, None, **facts))


def _bad_url(pointer: str, url: str) -> Violation:
    owner, field = ("ImImage", "url") if "/images/" in pointer else ("ImAction", "target_url")
    return violation("url", pointer, url, "I-6", object=owner, field=field)


def _check_items(document: Mapping[str, Any], faults: Faults) -> None:
    seen: set[str | None] = set()
    for at, item in enumerate(document.get("im_content", ())):
        channel = item.get("channel")
        if channel in seen:
            pointer = f"/im_content/{at}/channel"
            faults.add(violation("channel_repeated", pointer, channel, None, object="ImContent", field="channel"))
        seen.add(channel)
        if channel in Channel.__members__ and not carries(Channel(channel), *_carried(item)):
            faults.add(_combination(at, channel))


def _carried(item: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return item.get("content"), item.get("images"), item.get("actions")


def _combination(at: int, channel: str) -> Violation:
    wanted = _COMBINATIONS if channel == Channel.VIBER else "text, image or action"
    return violation("combination", f"/im_content/{at}", None, None, channel=channel, wanted=wanted)


def _check_offers(content: Content, token: Token, carried: Sequence[Offer], faults: Faults) -> None:
    """Content that no channel of the token can carry is refused: I-5 for an item, U-4 for a ubiquity message."""
    if content.ubiquity is not None and not carried:
        faults.add(violation("no_channel", "/message"))
    for at, item in enumerate(content.ims):
        if item.channel is None and not any(
            carries(channel, item.text, item.image, item.action) for channel in token.channels
        ):
            faults.add(_combination(at, "a channel of the token"))

"""The rules of destinations: unique numbers, values for placeholders, and texts and URLs as each one gets them."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from operator import itemgetter
from typing import Any, Final, NamedTuple

from mock_amp.core import templates
from mock_amp.core.documents import Warnings
from mock_amp.core.faults import Faults
from mock_amp.core.model import Destination
from mock_amp.core.refusals import CATALOGUE, violation
from mock_amp.core.sms import MOST_PAGES, decode_base64, missing_from_gsm7, page_count, surely_fits
from mock_amp.core.wire import templates_of

_IM_LENGTH: Final = 1_000
_LONGEST_URL: Final = 8_192
_NUMBER: Final = itemgetter(Destination._fields.index("number"))
_PARAMS: Final = itemgetter(Destination._fields.index("params"))
"""Quicker than an attribute, 50,000 times."""


def check_destinations(
    document: Mapping[str, Any],
    destinations: Sequence[Destination],
    http_url: re.Pattern[str],
    faults: Faults,
    warnings: Warnings,
) -> None:
    """D-2, D-5, then what depends on the filled texts: M-3, M-4, M-5, I-3, I-6."""
    if len(destinations) > 1 and len(set(map(_NUMBER, destinations))) < len(destinations):
        _check_repeated(destinations, faults)
    wanted = templates_of(document)
    needed = set[str]()
    for _, text in wanted:
        needed |= templates.keys_of(text)
    extents = _extents(needed, destinations)
    if extents is None:
        _check_params(needed, destinations, faults)
    for pointer, text in wanted:
        check = _check_of(pointer, text, document.get("sms_content", {}), http_url, faults, warnings)
        if check is None or not (text or pointer.endswith("url")):
            continue  # the schema has refused what it would be measured by
        keys = templates.keys_of(text)
        if not keys:
            for number, _, _ in destinations[:1]:
                check.look(text, number)
        elif extents is None or not check.passes(templates.filled_extent(text, extents)):
            for number, _, params in destinations:
                if params and keys <= params.keys():
                    check.look(templates.fill(text, params), number)


def _extents(keys: Iterable[str], destinations: Sequence[Destination]) -> dict[str, templates.Extent] | None:
    """What the values of each key have in common; None where a destination has none, or there is no destination."""
    if not keys:
        return {}
    if not destinations:
        return None
    given = list(map(_PARAMS, destinations))
    try:
        return {key: templates.extent_of([params[key] for params in given]) for key in keys}
    except (KeyError, TypeError):
        return None


def _check_params(needed: Set[str], destinations: Sequence[Destination], faults: Faults) -> None:
    """A value for each placeholder of the texts (D-5). Of 50,000 destinations hundreds each may be missing."""
    status = CATALOGUE["placeholder"].status
    for at, (number, _, params) in enumerate(destinations):
        missing = needed - (params or {}).keys()
        if faults.enough(status):
            faults.count(status, len(missing))
            continue
        for key in sorted(missing):
            faults.add(violation("placeholder", f"/destinations/{at}/params", None, None, key=key, number=number))


def check_sms(
    pointer: str, encoding: str, udh: int, faults: Faults, warnings: Warnings, text: str, number: str
) -> None:
    """The text of an SMS as one destination gets it: its pages (M-3, M-4), and what GSM7 has not (M-5)."""
    if text and surely_fits(len(text), text, encoding, udh):
        return
    try:
        count = page_count(text, encoding, udh)
    except ValueError:
        faults.add(violation("udh_size", "/sms_content/udh", None, None, length=udh))
        return
    if count > MOST_PAGES or not text:
        owner = "TwoFactorRequest" if pointer == "/message_template" else "SmsContent"
        field = pointer.rpartition("/")[2]
        facts = {"count": count, "length": len(text), "number": number, "object": owner, "field": field}
        rule = "M-1" if not text else "M-4" if encoding == "UCS2" else "M-3"
        faults.add(violation("sms_length", pointer, text, rule, **facts))
    if encoding == "GSM7":
        warn_of_missing(pointer, text, number, warnings)


def surely_fits_all(text: str, destinations: Sequence[Destination]) -> bool:
    """Whether it is plain that a text, as each destination gets it, is an SMS of five pages at most, and complete."""
    extents = _extents(templates.keys_of(text), destinations)
    filled = templates.filled_extent(text, extents) if extents is not None else None
    return filled is not None and surely_fits(filled.longest, filled.characters, "GSM7")


def warn_of_missing(pointer: str, text: str, number: str, warnings: Warnings) -> None:
    """One warning for each character that GSM7 has not (M-5)."""
    for character in missing_from_gsm7(text):
        told = f"GSM7 has no {character!r} (U+{ord(character):04X}); delivered to {number} as ?"
        warnings.add("M-5", pointer, told)


def _check_repeated(destinations: Sequence[Destination], faults: Faults) -> None:
    first: dict[str, int] = {}
    for at, (number, _, _) in enumerate(destinations):
        if first.setdefault(number, at) != at:
            pointer = f"/destinations/{at}/number"
            faults.add(violation("number_repeated", pointer, number, None, first=first[number], again=at))


class _Sms(NamedTuple):
    """How a text of an SMS is looked at."""

    pointer: str
    encoding: str
    udh: int
    faults: Faults
    warnings: Warnings

    def passes(self, texts: templates.Extent) -> bool:
        """Whether it is plain that no such text has a fault."""
        return texts.shortest > 0 and surely_fits(texts.longest, texts.characters, self.encoding, self.udh)

    def look(self, text: str, number: str) -> None:
        """Looks at a text as one destination gets it."""
        check_sms(self.pointer, self.encoding, self.udh, self.faults, self.warnings, text, number)


class _Im(NamedTuple):
    """How a text of an instant message is looked at (I-3)."""

    pointer: str
    faults: Faults

    def passes(self, texts: templates.Extent) -> bool:
        """Whether no such text has a fault."""
        return texts.shortest >= 1 and texts.longest <= _IM_LENGTH

    def look(self, text: str, number: str) -> None:
        """Looks at a text as one destination gets it."""
        if not 1 <= len(text) <= _IM_LENGTH:
            owner, field = ("ImContent", "content") if self.pointer.startswith("/im") else ("Text", "text")
            facts = {"length": len(text), "number": number, "object": owner, "field": field}
            self.faults.add(violation("im_length", self.pointer, text, None, **facts))


class _Url(NamedTuple):
    """How a URL is looked at (I-6)."""

    pointer: str
    http_url: re.Pattern[str]
    faults: Faults

    def passes(self, _texts: templates.Extent) -> bool:
        """Each has to be looked at."""
        return False

    def look(self, url: str, _number: str) -> None:
        """Looks at a URL as one destination gets it."""
        is_long = len(url) > _LONGEST_URL
        if is_long or not self.http_url.fullmatch(url):
            owner, field = ("ImImage", "url") if "/images/" in self.pointer else ("ImAction", "target_url")
            facts = {"object": owner, "field": field, "limit": _LONGEST_URL}
            self.faults.add(violation("maxLength" if is_long else "url", self.pointer, url, "I-6", **facts))


def _check_of(
    pointer: str, url: str, sms: Mapping[str, Any], http_url: re.Pattern[str], faults: Faults, warnings: Warnings
) -> _Sms | _Im | _Url | None:
    if pointer.endswith("url"):
        return _Url(pointer, http_url, faults) if len(url) <= _LONGEST_URL else None
    if pointer.startswith("/sms"):
        encoding, header = sms.get("encoding", "GSM7"), sms.get("udh")
        udh = decode_base64(header) if header else b""
        measurable = encoding in ("GSM7", "UCS2") and udh is not None
        return _Sms(pointer, encoding, len(udh or b""), faults, warnings) if measurable else None
    return _Im(pointer, faults)

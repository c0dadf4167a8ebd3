"""The rules of destinations: unique numbers, values for placeholders, and texts and URLs as each one gets them."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from mock_amp.core import templates
from mock_amp.core.documents import Warnings
from mock_amp.core.faults import Faults
from mock_amp.core.refusals import violation
from mock_amp.core.sms import MOST_PAGES, decode_base64, missing_from_gsm7, page_count
from mock_amp.core.wire import templates_of, text_values

_IM_LENGTH: Final = 1_000


def check_destinations(
    document: Mapping[str, Any], http_url: re.Pattern[str], faults: Faults, warnings: Warnings
) -> None:
    """D-2, D-5, then what depends on the filled texts: M-3, M-4, M-5, I-3, I-6."""
    destinations = document["destinations"]
    if len({item["number"] for item in destinations}) < len(destinations):
        _check_repeated(destinations, faults)
    wanted = templates_of(document)
    needed = frozenset[str]().union(*(templates.keys_of(text) for _, text in wanted))
    for at, item in enumerate(destinations) if needed else ():
        for key in sorted(needed - item.get("params", {}).keys()):
            pointer = f"/destinations/{at}/params"
            faults.add(violation("placeholder", pointer, None, None, key=key, number=item["number"]))
    for pointer, text in wanted:
        check = _check_of(pointer, document.get("sms_content", {}), http_url, faults, warnings)
        keys = templates.keys_of(text)
        if check is None or not (
            text or pointer.endswith("url")
        ):  # the schema has refused what it would be measured by
            continue
        for item in destinations if keys else destinations[:1]:
            if keys <= item.get("params", {}).keys():
                check(templates.fill(text, text_values(item.get("params"))), item["number"])


def check_sms(
    pointer: str, encoding: str, udh: int, faults: Faults, warnings: Warnings, text: str, number: str
) -> None:
    """The text of an SMS as one destination gets it: its pages (M-3, M-4), and what GSM7 has not (M-5)."""
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


def warn_of_missing(pointer: str, text: str, number: str, warnings: Warnings) -> None:
    """One warning for each character that GSM7 has not (M-5)."""
    for character in missing_from_gsm7(text):
        told = f"GSM7 has no {character!r} (U+{ord(character):04X}); delivered to {number} as ?"
        warnings.add("M-5", pointer, told)


def _check_repeated(destinations: Sequence[Mapping[str, Any]], faults: Faults) -> None:
    first: dict[str, int] = {}
    for at, item in enumerate(destinations):
        number = item["number"]
        if first.setdefault(number, at) != at:
            pointer = f"/destinations/{at}/number"
            faults.add(violation("number_repeated", pointer, number, None, first=first[number], again=at))


Check = Callable[[str, str], None]
"""Looks at one text as a destination gets it: (text, number)."""


def _check_of(
    pointer: str, sms: Mapping[str, Any], http_url: re.Pattern[str], faults: Faults, warnings: Warnings
) -> Check | None:
    if pointer.endswith("url"):
        return partial(_check_url, pointer, http_url, faults)
    if pointer.startswith("/sms"):
        encoding, udh = sms.get("encoding", "GSM7"), decode_base64(sms.get("udh", ""))
        measurable = encoding in ("GSM7", "UCS2") and udh is not None
        return partial(check_sms, pointer, encoding, len(udh or b""), faults, warnings) if measurable else None
    return partial(_check_im, pointer, faults)


def _check_im(pointer: str, faults: Faults, text: str, number: str) -> None:
    if not 1 <= len(text) <= _IM_LENGTH:
        owner, field = ("ImContent", "content") if pointer.startswith("/im") else ("Text", "text")
        facts = {"length": len(text), "number": number, "object": owner, "field": field}
        faults.add(violation("im_length", pointer, text, None, **facts))


def _check_url(pointer: str, http_url: re.Pattern[str], faults: Faults, url: str, _number: str) -> None:
    if not http_url.fullmatch(url):
        owner, field = ("ImImage", "url") if "/images/" in pointer else ("ImAction", "target_url")
        faults.add(violation("url", pointer, url, "I-6", object=owner, field=field))

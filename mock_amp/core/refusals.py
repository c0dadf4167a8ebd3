"""The catalogue of refusals: code raises a name and the facts; status, words, rule and advice are data.

A rule of `by-field` means that the field's own rule is named; the schema knows it (`x-rule`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

MOST_REASONS: Final = 10
"""Reasons that an answer lists; of the others it says how many they are (R-7)."""

_LONGEST_VALUE: Final = 200

PHRASES: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "Bad Request: ",
        401: "Unauthorized: ",
        403: "Forbidden: Validation error/s has/have occured, Reason/s: ",
        404: "Not Found: ",
        405: "Method Not Allowed: ",
        413: "Request Entity Too Large: ",
        415: "Unsupported Media Type: ",
        429: "Too Many Requests: ",
        500: "Internal Server Error: ",
        502: "Bad Gateway: ",
        503: "Service Unavailable: ",
        504: "Gateway Timeout: ",
    }
)
"""What the text of each refusal starts with (R-7, R-8)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One way to be refused. `text` and `expected` are filled with the facts of the case."""

    status: int
    rule: str
    text: str
    expected: str


_INVALID: Final = "{object} has an invalid [{field}] value. Value [{value}] "
_TYPE_OF: Final = "{object} has an invalid [{field}] value. "
_INJECTED: Final = "The fault [{value}] of the scenario was injected."
_NOT_YOURS: Final = "nothing of yours is wrong: the scenario wants this"

CATALOGUE: Final[Mapping[str, Refusal]] = MappingProxyType(
    {
        # what was asked of whom
        "path_unknown": Refusal(404, "H-3", "There is no endpoint at [{value}].", "one of {endpoints}"),
        "message_unknown": Refusal(404, "G-4", "There is no message [{value}].", "a message_id of this account"),
        "message_evicted": Refusal(
            404,
            "G-4",
            "The message [{value}] was evicted: the account keeps only so many.",
            "a message_id that the account still keeps; see its limits",
        ),
        "method": Refusal(405, "H-1", "[{value}] is not allowed here.", "{allowed}"),
        "token_missing": Refusal(401, "A-2", "The Authorization header is missing.", "Authorization: Token <token>"),
        "token_malformed": Refusal(
            401, "A-2", "The Authorization header is not understood.", "Authorization: Token <token>"
        ),
        "token_unknown": Refusal(
            401, "A-2", "The token is not valid.", "a token of an account of this server, not deleted"
        ),
        "address": Refusal(401, "A-3", "The address [{value}] is not allowed for this token.", "one of {networks}"),
        "throttled": Refusal(429, "H-7", "The token's rate is used up.", "{rate}; try again in {seconds} s"),
        "media_type": Refusal(
            415, "H-4", "The content type [{value}] is not supported.", "application/json; charset=utf-8"
        ),
        "body_size": Refusal(413, "H-6", "The body is larger than {limit} bytes.", "at most {limit} bytes"),
        # a document that is not understood
        "empty": Refusal(400, "H-9", "The body is empty.", "a JSON object"),
        "not_readable": Refusal(400, "H-9", "The body cannot be read: {problem}.", "what the headers say"),
        "not_http": Refusal(400, "H-9", "The request is not understood: {problem}.", "a request of HTTP/1.1"),
        "not_utf8": Refusal(400, "H-9", "The body is not UTF-8: byte {position}.", "JSON in UTF-8"),
        "not_json": Refusal(400, "H-9", "The body is not JSON: {problem}.", "a JSON object (RFC 8259)"),
        "not_object": Refusal(400, "H-9", "The body is not a JSON object but {value}.", "a JSON object"),
        "too_deep": Refusal(400, "H-9", "The document is nested deeper than {limit}.", "at most {limit} levels"),
        "type": Refusal(400, "by-field", _TYPE_OF + "It is {got}, not {wanted}.", "{wanted}"),
        "required": Refusal(400, "by-field", "{object} lacks the required [{field}].", "a value for {field}"),
        "sections": Refusal(
            400,
            "O-3",
            "Either [message] alone, or [sms_content] and/or [im_content] has to say what to send.",
            "message, or sms_content and/or im_content",
        ),
        "ubiquity_empty": Refusal(
            400, "U-1", "UbiquityContent has no content.", "at least one of texts, images, actions"
        ),
        "udh_missing": Refusal(400, "M-6", "SmsContent lacks the [udh] that BINARY requires.", "udh in base64"),
        "additionalProperties": Refusal(400, "by-field", "{object} has the unknown key [{field}].", "{limit}"),
        "oneOf": Refusal(400, "by-field", "{object} has none, or more than one, of {limit}.", "exactly one of {limit}"),
        "anyOf": Refusal(400, "by-field", "{object} has an invalid [{field}] value.", "what the schema lists"),
        "warned": Refusal(400, "by-field", "{text}. The server is strict.", "what gives no warning"),
        # a document that is understood and has an illegal value
        "number_pattern": Refusal(
            403,
            "D-1",
            "DestinationInfo has an invalid [number] value. Value [{value}] does not match pattern [{limit}]. "
            "DestinationInfo fields were: MSISDN[number]:[{value}]; CUSTOM_ID[custom_id]:[{custom_id}]; "
            "TEXT_PARAMS[params]:[{params}]",
            "digits in international format: {limit}",
        ),
        "number_repeated": Refusal(
            403,
            "D-2",
            "DestinationInfo has an invalid [number] value. Value [{value}] is not unique: "
            "it stands at destinations[{first}] and destinations[{again}]",
            "each number once",
        ),
        "placeholder": Refusal(
            403,
            "D-5",
            "DestinationInfo has an invalid [params] value. There is no value for placeholder [{key}] "
            "for destination [{number}]",
            "a value for {key} in params",
        ),
        "pattern": Refusal(403, "by-field", _INVALID + "does not match pattern [{limit}]", "{limit}"),
        "enum": Refusal(403, "by-field", _INVALID + "is not one of {limit}", "one of {limit}"),
        "minimum": Refusal(403, "by-field", _INVALID + "is less than [{limit}]", "at least {limit}"),
        "maximum": Refusal(403, "by-field", _INVALID + "is greater than [{limit}]", "at most {limit}"),
        "ttl": Refusal(403, "by-field", _INVALID + "is not allowed", "15 to 86400, or 0, or 432000"),
        "minLength": Refusal(403, "by-field", _INVALID + "is shorter than [{limit}]", "{limit} characters or more"),
        "maxLength": Refusal(403, "by-field", _INVALID + "is longer than [{limit}]", "at most {limit} characters"),
        "minItems": Refusal(403, "by-field", _TYPE_OF + "It has fewer than [{limit}] items", "{limit} or more items"),
        "maxItems": Refusal(403, "by-field", _TYPE_OF + "It has more than [{limit}] items", "at most {limit} items"),
        "exclusiveMinimum": Refusal(403, "by-field", _INVALID + "is not more than [{limit}]", "more than {limit}"),
        "uniqueItems": Refusal(403, "by-field", _TYPE_OF + "It has an item twice", "each item once"),
        "url": Refusal(403, "by-field", _INVALID + "is not an absolute http or https URL", "http://… or https://…"),
        "channel_repeated": Refusal(
            403, "I-1", _INVALID + "is used by more than one item", "each channel at most once, one item without"
        ),
        "combination": Refusal(
            403, "I-5", "ImContent has no combination of text, image and action that [{channel}] carries", "{wanted}"
        ),
        "sender": Refusal(403, "by-field", _INVALID + "is no sender of the account", "one of {limit}"),
        "route": Refusal(403, "M-10", _INVALID + "is no route of the account", "one of {limit}"),
        "base64": Refusal(403, "by-field", "SmsContent has an invalid [{field}] value. It is not base64", "base64"),
        "binary_size": Refusal(
            403, "M-6", "SmsContent has {length} bytes of udh and message", "at most 140 bytes together"
        ),
        "udh_size": Refusal(
            403, "M-7", "SmsContent has an invalid [udh] value. Its {length} bytes leave no room", "a shorter udh"
        ),
        "sms_length": Refusal(
            403,
            "by-field",
            _TYPE_OF + "It has {length} characters for [{number}], {count} pages",
            "1 to 5 pages: 160 characters, then 153 a page (GSM7); 70, then 67 (UCS2)",
        ),
        "im_length": Refusal(
            403, "I-3", _TYPE_OF + "It has {length} characters for [{number}]",
            "1 to 1000 characters after params",
        ),
        "no_channel": Refusal(
            403, "U-4", "UbiquityContent cannot be carried by any channel of the token", "what a channel carries"
        ),
        "code_missing": Refusal(
            403, "F-1", _TYPE_OF + "It has no placeholder {limit}", "a text with {limit}"
        ),
        # what the scenario wants
        "injected_429": Refusal(429, "H-7", _INJECTED, _NOT_YOURS),
        "injected_500": Refusal(500, "H-8", _INJECTED, _NOT_YOURS),
        "injected_502": Refusal(502, "H-8", _INJECTED, _NOT_YOURS),
        "injected_503": Refusal(503, "H-8", _INJECTED, _NOT_YOURS),
        "injected_504": Refusal(504, "H-8", _INJECTED, _NOT_YOURS),
        # ours
        "agenda_full": Refusal(
            503,
            "H-8",
            "The account has [{value}] statuses and callbacks ahead of it, and takes no more until some have happened.",
            "fewer at a time, a clock that runs on, receivers that answer, or a higher max-agenda",
        ),
        "overloaded": Refusal(
            503,
            "H-8",
            "The server has too much to do: {problem}.",
            "a request when there is less, or a higher {setting}",
        ),
        "store_failed": Refusal(
            503,
            "H-8",
            "The store cannot do its work: {problem}.",
            "a store that can be read and written: room on its disk, say. Nothing of the request was kept; try again",
        ),
        "internal": Refusal(500, "H-8", "The emulator failed; its log says why.", "nothing you can do: report it"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One thing wrong with one request: where, what it was, and which refusal of the catalogue applies."""

    name: str
    pointer: str = ""
    value: Any = None
    rule: str
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> int:
        return CATALOGUE[self.name].status

    @property
    def reason(self) -> str:
        """The words for the client."""
        return CATALOGUE[self.name].text.format_map({"value": plain(self.value), **self.facts})

    @property
    def expected(self) -> str:
        """What would have been right."""
        return CATALOGUE[self.name].expected.format_map({"value": plain(self.value), **self.facts})


class Warned(NamedTuple):
    """Something that is accepted and may be a mistake."""

    rule: str
    pointer: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A request that is refused: the violations of the winning status first, and how many there are of it in all."""

    violations: tuple[Violation, ...]
    total: int
    client_job_id: str | None = None
    retry_after: int | None = None
    allow: str | None = None
    warnings: tuple[Warned, ...] = ()

    @property
    def status(self) -> int:
        return self.violations[0].status

    @property
    def rule(self) -> str:
        return self.violations[0].rule

    @property
    def reason(self) -> str:
        """The description of the answer: the phrase of the status, then up to ten reasons (R-7, R-8)."""
        told = [each.reason for each in self.violations if each.status == self.status][:MOST_REASONS]
        more = [f"and {self.total - len(told)} more"] if self.total > len(told) else []
        return PHRASES[self.status] + "; ".join([*told, *more])


def violation(name: str, pointer: str = "", value: Any = None, rule: str | None = None, **facts: Any) -> Violation:
    """A violation by its name in the catalogue; `rule` only for those that are `by-field`."""
    return Violation(name=name, pointer=pointer, value=value, rule=rule or CATALOGUE[name].rule, facts=facts)


def refuse(
    name: str, value: Any = None, allow: str | None = None, retry_after: int | None = None, **facts: Any
) -> Refused:
    """A refusal for one reason; `retry_after` in whole seconds."""
    found = violation(name, "", value, None, **facts)
    return Refused(violations=(found,), total=1, allow=allow, retry_after=retry_after)


def refuse_all(
    violations: Sequence[Violation],
    total: Mapping[int, int],
    client_job_id: str | None,
    warnings: tuple[Warned, ...] = (),
) -> Refused:
    """A refusal for many: a document with 400 and 403 faults is 400 (H-9)."""
    status = min(total)
    ordered = sorted(violations, key=lambda each: each.status != status)
    return Refused(violations=tuple(ordered), total=total[status], client_job_id=client_job_id, warnings=warnings)


def plain(value: Any) -> str:
    """A value as the vendor's texts show it: `null`, `{KEY=value}`, long ones cut."""
    match value:
        case None:
            text = "null"
        case bool():
            text = str(value).lower()
        case dict():
            text = "{" + ", ".join(f"{key}={plain(each)}" for key, each in value.items()) + "}"
        case list() | tuple():
            text = "[" + ", ".join(plain(each) for each in value) + "]"
        case _:
            text = str(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"

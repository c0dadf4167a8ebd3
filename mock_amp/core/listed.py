"""What can be listed and waited for, and the fields by which it is chosen: those of the shapes, nested ones dotted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

import orjson

from mock_amp.core.bundles import count
from mock_amp.core.codes import Code, digits_in, is_expired
from mock_amp.core.handset import Screen
from mock_amp.core.identity import message_id
from mock_amp.core.instants import Instant, format_instant
from mock_amp.core.model import Channel, Entry, Runs, Status
from mock_amp.core.records import Callback, CallbackState
from mock_amp.core.shapes import Shape


class What(StrEnum):
    """The lists of an account."""

    MESSAGES = "messages"
    REPORTS = "reports"
    CALLBACKS = "callbacks"
    ATTEMPTS = "attempts"
    REQUESTS = "requests"
    REPLIES = "replies"


class Kind(StrEnum):
    """What stands in a field, as a person calls it."""

    TEXT = "a text"
    NUMBER = "a number"
    INSTANT = "an instant"
    GROUP = "a group of fields"
    ANY = "anything"


@dataclass(frozen=True, slots=True)
class Field:
    """What values a field has, and whether there may be none; of texts there may be only some."""

    kind: Kind = Kind.TEXT
    among: tuple[str, ...] = ()
    may_lack: bool = False


_TEXT: Final = Field()
_NUMBER: Final = Field(Kind.NUMBER)
_INSTANT: Final = Field(Kind.INSTANT)
_STATUS: Final = Field(among=tuple(Status))
_CHANNEL: Final = Field(among=tuple(Channel))
_STATE: Final = Field(among=tuple(CallbackState))
_KIND: Final = Field(among=("report", "reply"))
_OUTCOME: Final = Field(among=("delivered", "failed"))
_VERDICT: Final = Field(among=("trying", "delivered", "failed", "waiting", "not needed", "left out"))


def _all(kind: Field, names: str, before: str = "") -> dict[str, Field]:
    """Fields of a kind by their names; one whose name ends with a question mark may be null, or left out."""
    return {before + name.rstrip("?"): replace(kind, may_lack=name.endswith("?")) for name in names.split()}


def _within(before: str, fields: Mapping[str, Field], *, may_lack: bool = False) -> dict[str, Field]:
    """Fields of what another one holds; they may be missing where that may."""
    return {before + name: replace(each, may_lack=may_lack or each.may_lack) for name, each in fields.items()}


_REPORT: Final = {
    "type": _CHANNEL,
    "status": _STATUS,
    "error_code": _NUMBER,
    **_all(_NUMBER, "timestamp? micro_timestamp?"),
    **_all(_TEXT, "message_id to from client_message_id? sms_from? viber_from?"),
}
_ATTEMPT: Final = {
    "number": _NUMBER,
    "outcome": _OUTCOME,
    **_all(_NUMBER, "status?"),
    **_all(_INSTANT, "at real_at real_ended_at"),
    **_all(_TEXT, "error? injected? answer? req_uuid?"),
}
_INJECTED: Final = {**_all(Field(Kind.GROUP), "injected?"), **_all(_TEXT, "injected.rule?")}
_BODY: Final = {
    **_all(_TEXT, "api_job_id client_job_id? req_uuid reply_message_id orig_message_id from to message.text?"),
    **_all(_CHANNEL, "channel"),
    **_all(_NUMBER, "timestamp micro_timestamp"),
    **_within("data.", _REPORT),
}

FIELDS: Final[Mapping[What, Mapping[str, Field]]] = MappingProxyType(
    {
        What.MESSAGES: {
            "type": _CHANNEL,
            "channel": _CHANNEL,
            "status": _STATUS,
            "error_code": _NUMBER,
            "channels": _CHANNEL,
            **_all(_NUMBER, "pages?"),
            **_all(_TEXT, "id to from? api_job_id client_job_id job_id custom_id text? image? encoding?"),
            **_all(_INSTANT, "accepted_at changed_at timeline.at"),
            **_all(Field(Kind.GROUP), "action?"),
            **_all(_TEXT, "action.title? action.target_url? route.why?"),
            "route.channel": _CHANNEL,
            "route.verdict": _VERDICT,
            "timeline.type": _CHANNEL,
            "timeline.status": _STATUS,
            "timeline.error_code": _NUMBER,
        },
        What.REPORTS: {
            **_REPORT,
            "state": _STATE,
            "at": _INSTANT,
            **_all(_TEXT, "api_job_id client_job_id callback_id"),
        },
        What.CALLBACKS: {
            "kind": _KIND,
            "state": _STATE,
            "due_at": _INSTANT,
            "reports": _NUMBER,
            **_all(_TEXT, "id url api_job_id client_job_id message_id? to?"),
            "statuses.type": _CHANNEL,
            "statuses.status": _STATUS,
            **_all(_NUMBER, "error_code count", "statuses."),
            **_INJECTED,
            **_within("body.", _BODY, may_lack=True),
            **_within("attempts.", _ATTEMPT),
        },
        What.ATTEMPTS: {**_ATTEMPT, "kind": _KIND, **_all(_TEXT, "callback_id url")},
        What.REQUESTS: {
            "status": _NUMBER,
            **_all(_INSTANT, "at real_at"),
            **_all(_TEXT, "id method path rule? reason? api_job_id? token? remote body"),
            **_INJECTED,
            **_all(_TEXT, "rule pointer expected?", "violations."),
            **_all(Field(Kind.ANY), "violations.value?"),
            **_all(_TEXT, "rule pointer text", "warnings."),
        },
        What.REPLIES: {
            "channel": _CHANNEL,
            "at": _INSTANT,
            **_all(_TEXT, "reply_message_id? message_id text? callback_id? silent?"),
        },
    }
)
"""By list, the name of every field. `channel` of a message is its `type`; `job_id` the client's or the service's."""

_ALIASES: Final[Mapping[tuple[What, str], tuple[str, ...]]] = MappingProxyType(
    {
        (What.MESSAGES, "channel"): ("type",),
        (What.MESSAGES, "job_id"): ("api_job_id", "client_job_id"),
    }
)


def value_of(what: What, item: Mapping[str, Any], name: str) -> Any:
    """What an item has in a field; a list where several are on the way to it."""
    if names := _ALIASES.get((what, name)):
        found = [item.get(each) for each in names]
        return found if len(found) > 1 else found[0]
    return _walk(item, name.split("."))


def _walk(value: Any, path: list[str]) -> Any:
    for at, part in enumerate(path):
        if isinstance(value, list):
            return [each for one in value for each in _several(_walk(one, path[at:]))]
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def reports(body: bytes, callback: Callback, entries: list[Entry], client_job_id: str) -> list[Shape]:
    """The single reports of a callback: as they are posted, when each came about, and in which callback."""
    document = orjson.loads(body)
    around = {
        "api_job_id": document["api_job_id"],
        "client_job_id": client_job_id,
        "callback_id": str(callback.key),
        "state": callback.state,
    }
    return [
        {**item, "at": format_instant(entry.at), **around}
        for item, entry in zip(document["data"], entries, strict=True)
    ]


def sent_code(number: str, code: Code | None, shown: Screen | None, now: Instant, node: int) -> Shape:
    """The last code sent to a number, null where there is none, and the digits in the last text there."""
    text = shown.text if shown and shown.encoding != "BINARY" else ""
    return {
        "to": number,
        "client_ref": code and code.client_ref,
        "code": code and code.code,
        "at": code and format_instant(code.made_at),
        "message_id": code and message_id(code.message, node),
        "used": code and code.used_at is not None,
        "expired": code and is_expired(code, now),
        "text": shown and shown.text,
        "digits": digits_in(text),
    }


def rank(runs: Runs, position: int) -> int | None:
    """Which of the positions of some runs this one is, from 0; None when it is none of them."""
    before = 0
    for first, last in runs:
        if first <= position <= last:
            return before + position - first
        before += count(((first, last),))
    return None

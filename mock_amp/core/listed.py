"""What can be listed and waited for, and the fields by which it is chosen: those of the shapes, nested ones dotted."""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Field:
    """What values a field has: texts, of which there may be only some, or numbers."""

    number: bool = False
    among: tuple[str, ...] = ()


_TEXT: Final = Field()
_NUMBER: Final = Field(number=True)
_STATUS: Final = Field(among=tuple(Status))
_CHANNEL: Final = Field(among=tuple(Channel))
_STATE: Final = Field(among=tuple(CallbackState))
_KIND: Final = Field(among=("report", "reply"))
_OUTCOME: Final = Field(among=("delivered", "failed"))


def _texts(names: str, before: str = "") -> dict[str, Field]:
    return {before + name: _TEXT for name in names.split()}


_REPORT: Final = {
    "type": _CHANNEL,
    "status": _STATUS,
    "timestamp": _NUMBER,
    "micro_timestamp": _NUMBER,
    "error_code": _NUMBER,
    **_texts("message_id to from client_message_id sms_from viber_from"),
}
_ATTEMPT: Final = {
    "number": _NUMBER,
    "outcome": _OUTCOME,
    "status": _NUMBER,
    **_texts("at real_at real_ended_at error injected answer req_uuid"),
}
_INJECTED: Final = _texts("injected injected.rule")

FIELDS: Final[Mapping[What, Mapping[str, Field]]] = MappingProxyType(
    {
        What.MESSAGES: {
            "type": _CHANNEL,
            "channel": _CHANNEL,
            "status": _STATUS,
            "error_code": _NUMBER,
            "pages": _NUMBER,
            "channels": _CHANNEL,
            **_texts("id to from api_job_id client_job_id job_id custom_id text image encoding accepted_at changed_at"),
            **_texts("action action.title action.target_url route.verdict route.why timeline.at"),
            "route.channel": _CHANNEL,
            "timeline.type": _CHANNEL,
            "timeline.status": _STATUS,
            "timeline.error_code": _NUMBER,
        },
        What.REPORTS: {**_REPORT, "state": _STATE, **_texts("api_job_id client_job_id callback_id at")},
        What.CALLBACKS: {
            "kind": _KIND,
            "state": _STATE,
            **_texts("id url due_at"),
            **_INJECTED,
            **_texts(
                "api_job_id client_job_id req_uuid reply_message_id orig_message_id from to message.text", "body."
            ),
            "body.channel": _CHANNEL,
            "body.timestamp": _NUMBER,
            "body.micro_timestamp": _NUMBER,
            **{f"body.data.{name}": each for name, each in _REPORT.items()},
            **{f"attempts.{name}": each for name, each in _ATTEMPT.items()},
        },
        What.ATTEMPTS: {**_ATTEMPT, "kind": _KIND, **_texts("callback_id url")},
        What.REQUESTS: {
            "status": _NUMBER,
            **_texts("id at real_at method path rule reason api_job_id token remote body"),
            **_INJECTED,
            **_texts("rule pointer value expected", "violations."),
            **_texts("rule pointer text", "warnings."),
        },
        What.REPLIES: {
            "channel": _CHANNEL,
            **_texts("reply_message_id message_id text at callback_id silent"),
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

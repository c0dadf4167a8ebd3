"""Small values of the control plane: what a message has in it, and the rules it goes by."""

from datetime import datetime
from typing import Any

import msgspec


class Shape(msgspec.Struct, frozen=True, kw_only=True, repr_omit_defaults=True):
    """A JSON object of the control plane. Two are equal when all their fields are."""


class Entry(Shape, frozen=True):
    """A status that a message got, by the account's clock."""

    at: datetime
    type: str
    status: str
    error_code: int


class Stop(Shape, frozen=True):
    """Why a channel was chosen or passed over."""

    channel: str
    verdict: str
    why: str | None


class Action(Shape, frozen=True):
    """The button of an instant message."""

    title: str
    target_url: str


class Reply(Shape, frozen=True):
    """A reply of a handset; `silent` says why the service passes it on to nobody."""

    message_id: str
    channel: str
    text: str | None
    at: datetime
    reply_message_id: str | None
    callback_id: str | None
    silent: str | None = None


class Click(Shape, frozen=True):
    """A click on the button of a message; `logged` says whether the request asked for that (I-9)."""

    at: datetime
    title: str
    target_url: str
    message_id: str | None = None
    logged: bool = True


class Part(Shape, frozen=True):
    """A page of an SMS as it is received; units are septets of GSM7, UTF-16 code units of UCS2, bytes of BINARY.

    It has no room for more than `most` of them.
    """

    text: str
    units: int
    most: int


class Due(Shape, frozen=True):
    """What will happen, when, and why; `kind` status, attempt or act."""

    at: datetime
    kind: str
    why: str
    type: str | None = None
    status: str | None = None
    error_code: int | None = None
    count: int | None = None
    message_id: str | None = None
    then: tuple[Entry, ...] = ()
    act: str | None = None
    callback_id: str | None = None
    callback_kind: str | None = None
    attempt: int | None = None
    reports: int | None = None
    url: str | None = None
    injected: Any = None
    api_job_id: str = ""
    client_job_id: str = ""


class Rule(Shape, frozen=True):
    """A rule of the wire contract: what holds, where that is from, and whether it is known or chosen."""

    id: str
    text: str
    source: str
    standing: str
    since: str

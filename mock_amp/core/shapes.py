"""Public field names of the control plane: accounts, messages, callbacks, requests, what an advance lived through."""

from collections.abc import Sequence
from typing import Any

import orjson

from mock_amp.core import routing, templates
from mock_amp.core.account import Account
from mock_amp.core.identity import message_id
from mock_amp.core.instants import Instant, format_instant
from mock_amp.core.model import Channel, Content, Message, Token
from mock_amp.core.records import Attempt, Callback, Due, Happening, RequestRecord

Shape = dict[str, Any]


def account(it: Account, now: Instant, scenario: str, token: str | None) -> Shape:
    """An account; `token` is its oldest one that is valid."""
    return {
        "id": it.id,
        "token": token,
        "clock": clock(it, now),
        "scenario": scenario,
        "seed": it.seed,
        "created_at": format_instant(it.created_at),
    }


def clock(it: Account, now: Instant) -> Shape:
    return {"mode": it.clock.mode, "rate": it.clock.rate, "now": format_instant(now)}


def token(it: Token) -> Shape:
    return {
        "token": it.value,
        "name": it.name,
        "sms_sender": it.sms_sender,
        "im_sender": it.im_sender,
        "route": it.route,
        "channels": list(it.channels),
        "created_at": format_instant(it.created_at),
    }


def message(it: Message, node: int, content: Content) -> Shape:
    """A message with its timeline, and what its current channel shows on the handset."""
    latest = it.cohort.latest
    return {
        "id": message_id(it.ordinal, node),
        "to": it.number,
        "from": latest.sender,
        "type": latest.channel,
        "status": latest.status,
        "error_code": latest.error_code,
        "api_job_id": it.job.api_job_id,
        "client_job_id": it.job.client_job_id or "",
        "custom_id": it.custom_id or "",
        "text": _text(it, content),
        "accepted_at": format_instant(it.job.accepted_at),
        "changed_at": format_instant(latest.at),
        "channels": [leg.channel for leg in it.cohort.plan],
        "timeline": [
            {
                "at": format_instant(entry.at),
                "type": entry.channel,
                "status": entry.status,
                "error_code": entry.error_code,
            }
            for entry in it.cohort.timeline
        ],
    }


def callback(it: Callback, body: bytes, attempts: Sequence[Attempt]) -> Shape:
    return {
        "id": str(it.key),
        "kind": it.kind,
        "url": it.url,
        "state": it.state,
        "due_at": format_instant(it.due_at),
        "body": orjson.loads(body),
        "attempts": [attempt(each) for each in attempts],
    }


def attempt(it: Attempt) -> Shape:
    return {
        "number": it.number,
        "at": format_instant(it.at),
        "real_at": format_instant(it.real_at),
        "real_ended_at": format_instant(it.ended_at),
        "outcome": it.outcome,
        "status": it.status,
        "error": it.error,
        "answer": it.answer,
    }


def request(it: RequestRecord) -> Shape:
    arrival = it.arrival
    return {
        "id": str(it.number),
        "at": format_instant(it.at),
        "real_at": format_instant(it.real_at),
        "method": arrival.method,
        "path": arrival.path,
        "status": it.status,
        "rule": it.rule,
        "reason": it.reason,
        "violations": list(it.violations),
        "warnings": list(it.warnings),
        "api_job_id": it.api_job_id,
        "token": arrival.token,
        "remote": arrival.remote,
        "body": arrival.body.decode("utf-8", "replace"),
    }


def due(it: Due) -> Shape:
    subject = {"move": "cohort", "post": "callback_id"}[it.kind]
    return {"at": format_instant(it.at), "kind": it.kind, subject: str(it.subject)}


def happening(it: Happening) -> Shape:
    told = {
        "at": format_instant(it.at),
        "kind": it.kind,
        "message_id": it.message_id,
        "type": it.type,
        "status": it.status,
        "callback_id": None if it.callback is None else str(it.callback),
        "attempt": it.attempt,
        "outcome": it.outcome,
    }
    return {key: value for key, value in told.items() if value is not None}


def advance(start: Instant, end: Instant, happenings: Sequence[Happening], total: int) -> Shape:
    return {
        "from": format_instant(start),
        "now": format_instant(end),
        "settled": True,
        "events": [happening(each) for each in happenings],
        "events_total": total,
    }


def page(items: Sequence[Shape], following: int | None) -> Shape:
    """One page of a list. Nothing is evicted in this version, and it says so."""
    return {"items": list(items), "next": None if following is None else str(following), "evicted": 0}


def _text(it: Message, content: Content) -> str:
    """What the handset shows on the channel that has the message; before that, on the first of the plan."""
    channel = it.cohort.latest.channel
    text, fillable = routing.text_on(content, it.cohort.plan[0].channel if channel is Channel.INTERNAL else channel)
    return templates.fill(text, it.params) if fillable else text

"""Public field names of live events: small, and of use without asking again."""

from typing import Final

from mock_amp.core.identity import message_id
from mock_amp.core.instants import Instant, format_instant
from mock_amp.core.model import Channel, Job
from mock_amp.core.records import Attempt, Callback, Click, HandsetReply, RequestRecord, Turn
from mock_amp.core.shapes import Shape
from mock_amp.core.veils import veiled, veiled_target

KINDS: Final = ("request", "status", "callback", "attempt", "reply", "click", "clock", "scenario", "reset")
GAP: Final = "gap"
GONE: Final = "gone"


def request(it: RequestRecord) -> Shape:
    return {
        "at": format_instant(it.at),
        "id": str(it.number),
        "number": it.number,
        "method": it.arrival.method,
        "path": veiled_target(it.arrival.path),
        "status": it.status,
        "rule": it.rule,
        "api_job_id": it.api_job_id,
    }


def status(it: Turn, job: Job | None, node: int) -> Shape:
    """A status that `count` messages of a job got together; at most ten of them are named.

    The job is None when it is not kept any more.
    """
    return {
        "at": format_instant(it.entry.at),
        "type": it.entry.channel,
        "status": it.entry.status,
        "error_code": it.entry.error_code,
        "count": it.size,
        "message_ids": [message_id(job.first + each, node) for each in it.some] if job else [],
        "api_job_id": job.api_job_id if job else None,
        "client_job_id": (job.client_job_id or "") if job else None,
    }


def callback(it: Callback, at: Instant) -> Shape:
    return {
        "at": format_instant(at),
        "id": str(it.key),
        "kind": it.kind,
        "url": veiled(it.url),
        "state": it.state,
        "due_at": format_instant(it.due_at),
    }


def attempt(it: Attempt) -> Shape:
    return {
        "at": format_instant(it.at),
        "callback_id": str(it.callback),
        "number": it.number,
        "outcome": it.outcome,
        "status": it.status,
        "error": it.error and veiled(it.error),
    }


def reply(it: HandsetReply, node: int) -> Shape:
    return {
        "at": format_instant(it.at),
        "message_id": message_id(it.message, node),
        "channel": it.channel,
        "text": it.text,
        "callback_id": None if it.callback is None else str(it.callback),
    }


def click(it: Click, channel: Channel | None, node: int) -> Shape:
    return {
        "at": format_instant(it.at),
        "message_id": message_id(it.message, node),
        "channel": channel,
        "title": it.title,
        "target_url": it.target_url,
    }


def gap(missed: int | None) -> Shape:
    """How many events are not kept any more; None when nobody knows."""
    return {"missed": missed}

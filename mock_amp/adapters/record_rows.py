"""Between rows and values of what was written down: callbacks with their attempts, replies, clicks, requests."""

from typing import Final

import orjson

from mock_amp.adapters.damage import decoder
from mock_amp.adapters.rows import Row, read_json, read_runs, write_json, write_runs
from mock_amp.core.bundles import Bundle, Item
from mock_amp.core.model import Channel
from mock_amp.core.records import (
    REPLY,
    REPORT,
    Arrival,
    Callback,
    CallbackState,
    Click,
    HandsetReply,
    Injected,
    RequestRecord,
)

_STATES: Final = {state.value: state for state in CallbackState}
"""Looked up: an enumeration takes longer to say which of its members a value is."""

_KINDS: Final = {kind: kind for kind in (REPORT, REPLY)}


def callback_row(callback: Callback) -> Row:
    return (
        callback.key,
        callback.job,
        callback.kind,
        callback.url,
        callback.state,
        callback.due_at,
        callback.tried,
        write_bundle(callback.bundle),
        write_injected(callback.injected),
        callback.since,
    )


@decoder("callback")
def callback_of(row: Row) -> Callback:
    key, job, kind, url, state, due_at, tried, bundle, injected, since = row
    return Callback(
        key=key,
        job=job,
        kind=_KINDS[kind],
        url=url,
        state=_STATES[state],
        due_at=due_at,
        tried=tried,
        bundle=tuple(Item(cohort, entry, read_runs(runs)) for cohort, entry, runs in orjson.loads(bundle)),
        injected=read_injected(injected),
        since=since,
    )


def write_bundle(bundle: Bundle) -> str:
    return orjson.dumps([[item.cohort, item.entry, write_runs(item.runs)] for item in bundle]).decode()


def reply_row(reply: HandsetReply) -> Row:
    return (
        reply.message,
        reply.number,
        reply.channel,
        reply.text,
        reply.at,
        reply.ordinal,
        reply.callback,
        reply.silent,
        reply.key,
        reply.since,
    )


@decoder("reply")
def reply_of(row: Row) -> HandsetReply:
    message, number, channel, text, at, ordinal, callback, silent, key, since = row
    return HandsetReply(
        message=message,
        number=number,
        channel=Channel(channel),
        text=text,
        at=at,
        ordinal=ordinal,
        callback=callback,
        silent=silent,
        key=key,
        since=since,
    )


@decoder("click")
def click_of(row: Row) -> Click:
    message, number, at, title, target_url = row
    return Click(message=message, number=number, at=at, title=title, target_url=target_url)


def request_row(account: int, record: RequestRecord) -> Row:
    arrival = record.arrival
    return (
        account,
        record.number,
        record.at,
        record.real_at,
        arrival.method,
        arrival.path,
        arrival.remote,
        arrival.token,
        arrival.body,
        record.status,
        record.rule,
        record.reason,
        write_json(record.violations),
        write_json(record.warnings),
        record.api_job_id,
        write_injected(record.injected),
    )


def plain_request_row(account: int, record: RequestRecord) -> Row:
    """The same of a request that was neither refused nor doubted nor broken."""
    method, path, remote, token, body, _ = record.arrival
    number, at, real_at, status = record.number, record.at, record.real_at, record.status
    return (account, number, at, real_at, method, path, remote, token, body, status, record.api_job_id)


@decoder("request")
def request_of(row: Row) -> RequestRecord:
    number, at, real_at, method, path, remote, token, body, status, *rest = row
    rule, reason, violations, warnings, api_job_id, injected = rest
    return RequestRecord(
        number=number,
        at=at,
        real_at=real_at,
        arrival=Arrival(method=method, path=path, remote=remote, token=token, body=body),
        status=status,
        rule=rule,
        reason=reason,
        violations=read_json(violations),
        warnings=read_json(warnings),
        api_job_id=api_job_id,
        injected=read_injected(injected),
    )


def write_injected(injected: Injected | None) -> str | None:
    return orjson.dumps([injected.rule, injected.faults]).decode() if injected else None


def read_injected(text: str | None) -> Injected | None:
    if text is None:
        return None
    rule, faults = orjson.loads(text)
    return Injected(rule=rule, faults=faults)

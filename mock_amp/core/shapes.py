"""Public field names of the control plane: accounts, messages, callbacks, requests, what an advance lived through."""

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import orjson

from mock_amp.core import handset
from mock_amp.core.account import Account, Limits
from mock_amp.core.auth import as_network
from mock_amp.core.bundles import Bundle, size, spans
from mock_amp.core.identity import message_id
from mock_amp.core.instants import Duration, Instant, format_duration, format_instant, parse_duration
from mock_amp.core.model import Channel, Content, Dialect, Entry, Job, Message, Status, Token
from mock_amp.core.records import (
    REPORT,
    Attempt,
    Callback,
    Click,
    HandsetReply,
    Happening,
    Injected,
    Lost,
    RequestRecord,
)
from mock_amp.core.route import route
from mock_amp.core.scenario import Scenario
from mock_amp.core.script import has_faults_on
from mock_amp.core.throttle import Rate
from mock_amp.core.veils import veiled_target

Shape = dict[str, Any]

BEGINNING: Final = 200
"""Characters of a request's body that are told where the rest of it is left out."""

_NONE: Final[Mapping[Entry, int]] = MappingProxyType({})

_WIDEST: Final = 4
"""Bytes of a character in UTF-8, at most."""


class BadValue(ValueError):
    """A value of a body that its schema cannot refuse; `pointer` says where, `expected` what would be right."""

    def __init__(self, text: str, pointer: str, expected: str) -> None:
        super().__init__(text)
        self.pointer, self.expected = pointer, expected


def read_policy(wish: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a Token that a checked body names. Raises BadValue."""
    read = {key: wish[key] for key in ("name", "sms_sender", "im_sender", "route") if key in wish}
    read |= {key: tuple(wish[key]) for key in ("senders", "routes") if key in wish}
    if "networks" in wish:
        read["networks"] = tuple(_network(text, at) for at, text in enumerate(wish["networks"]))
    if "two_way_senders" in wish:
        two_way = wish["two_way_senders"]
        read["two_way"] = None if two_way is None else tuple(two_way)
    if "channels" in wish:
        read["channels"] = tuple(Channel(each) for each in wish["channels"])
    if "dialect" in wish:
        read["dialect"] = Dialect(wish["dialect"])
    if "rate" in wish:
        read["rate"] = _rate(wish["rate"])
    return read


def account(it: Account, now: Instant, scenario: str, token: str | None) -> Shape:
    """An account; `token` is its oldest one that is valid."""
    return {
        "id": it.id,
        "token": token,
        "clock": clock(it, now),
        "scenario": scenario,
        "seed": it.seed,
        "reject_first_promotional": it.reject_first_promotional,
        "created_at": format_instant(it.created_at),
    }


def keeping(it: Limits) -> Shape:
    """What an account keeps of what has come to rest."""
    age = format_duration(it.age) if it.age else None
    return {"limits": {"messages": it.messages, "requests": it.requests, "age": age}}


def expiring(after: Duration | None, at: Instant | None) -> Shape:
    """When an account that nobody uses is forgotten; null where it never is."""
    return {
        "expires_after": format_duration(after) if after else None,
        "expires_at": None if at is None else format_instant(at),
    }


def scenario(it: Scenario, document: Mapping[str, Any], since: Instant, *, usual: bool) -> Shape:
    """The scenario in force: `usual` says whether it is the server's own."""
    return {
        "name": it.name,
        "description": it.description,
        "usual": usual,
        "since": format_instant(since),
        "faults": faults(document),
        "document": document,
    }


def faults(document: Mapping[str, Any]) -> Shape:
    """How many faults a scenario has for requests and for callbacks, and whether they are on."""
    requests, callbacks = (len(document.get(section, ())) for section in ("requests", "callbacks"))
    return {"requests": requests, "callbacks": callbacks, "on": has_faults_on(document)}


def checked_scenario(document: Mapping[str, Any]) -> Shape:
    """What is in a scenario that can be played: its sections by name, and how much is in those that are lists."""
    return {
        "name": document["name"],
        "description": document.get("description", ""),
        "sections": [key for key in document if key not in ("name", "description", "faults")],
        "recipients": len(document.get("recipients", ())),
        "rules": len(document.get("rules", ())),
        "faults": faults(document),
    }


def shipped_scenario(document: Mapping[str, Any], text: str) -> Shape:
    """A shipped scenario; `text` is its file as it is written."""
    return {
        "name": document["name"],
        "description": document.get("description", ""),
        "faults": faults(document),
        "document": document,
        "text": text,
    }


def clock(it: Account, now: Instant) -> Shape:
    return {"mode": it.clock.mode, "rate": it.clock.rate, "now": format_instant(now)}


def token(it: Token) -> Shape:
    """A token; `two_way_senders` null means that two-way is on for every sender."""
    rate = it.rate and {"requests": it.rate.requests, "per": format_duration(it.rate.per)}
    return {
        "token": it.value,
        "name": it.name,
        "networks": list(it.networks),
        "senders": list(it.senders),
        "two_way_senders": None if it.two_way is None else list(it.two_way),
        "sms_sender": it.sms_sender,
        "im_sender": it.im_sender,
        "route": it.route,
        "routes": list(it.routes),
        "channels": list(it.channels),
        "dialect": it.dialect,
        "rate": rate,
        "created_at": format_instant(it.created_at),
    }


def message(it: Message, node: int, content: Content) -> Shape:
    """A message with its timeline, and what its current channel shows on the handset."""
    return {
        **message_head(it, node, content),
        "accepted_at": format_instant(it.job.accepted_at),
        "changed_at": format_instant(it.cohort.latest.at),
        "channels": [leg.channel for leg in it.cohort.plan if leg.channel is not Channel.INTERNAL],
        "route": [stop._asdict() for stop in route(it, content)],
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


def message_head(it: Message, node: int, content: Content) -> Shape:
    """What of a message a person knows it by; had for less than all of it."""
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
        **_screen(handset.screen(it, content)),
    }


def callback(
    it: Callback,
    job: Job,
    node: int,
    body: bytes | None,
    attempts: Sequence[Attempt],
    req_uuids: Sequence[str] = (),
    *,
    statuses: Mapping[Entry, int] = _NONE,
    to: str | None = None,
) -> Shape:
    """A callback, its body null where there is None; `req_uuids` are those of a reply's attempts (Y-1).

    `statuses` says how many of its reports tell which line of a timeline, `to` is the number of its only message.
    """
    told = [attempt(each) for each in attempts]
    if req_uuids:
        told = [{**each, "req_uuid": req_uuid} for each, req_uuid in zip(told, req_uuids, strict=True)]
    return {
        "id": str(it.key),
        "kind": it.kind,
        "url": it.url,
        "state": it.state,
        "due_at": format_instant(it.due_at),
        "reports": size(it.bundle) if it.kind == REPORT else 0,
        "api_job_id": job.api_job_id,
        "client_job_id": job.client_job_id or "",
        "message_id": _only_message(it.bundle, job, node),
        "to": to,
        "statuses": _standing(statuses),
        "injected": injected(it.injected),
        "body": None if body is None else orjson.loads(body),
        "attempts": told,
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
        "injected": it.injected,
        "answer": it.answer,
    }


def reply(it: HandsetReply, node: int) -> Shape:
    """What a handset answered; `callback_id` says how the answer reaches the sender, `silent` why it does not."""
    return {
        "reply_message_id": None if it.callback is None else message_id(it.ordinal, node),
        "message_id": message_id(it.message, node),
        "channel": it.channel,
        "text": it.text,
        "at": format_instant(it.at),
        "callback_id": None if it.callback is None else str(it.callback),
        "silent": it.silent,
    }


def click(it: Click) -> Shape:
    return {"at": format_instant(it.at), "title": it.title, "target_url": it.target_url}


def request(it: RequestRecord, *, bodies: bool = True) -> Shape:
    """A line of the journal; without `bodies` only the beginning of its own."""
    arrival = it.arrival
    body = (arrival.body if bodies else arrival.body[: _WIDEST * BEGINNING]).decode("utf-8", "replace")
    return {
        "id": str(it.number),
        "at": format_instant(it.at),
        "real_at": format_instant(it.real_at),
        "method": arrival.method,
        "path": veiled_target(arrival.path),  # older versions kept it as it came
        "status": it.status,
        "rule": it.rule,
        "reason": it.reason,
        "violations": list(it.violations),
        "warnings": list(it.warnings),
        "api_job_id": it.api_job_id,
        "injected": injected(it.injected),
        "token": arrival.token,
        "remote": arrival.remote,
        **({"body": body} if bodies else {"body": None, "beginning": body[:BEGINNING]}),
    }


def without_body(it: Shape) -> Shape:
    """A callback or a request whose body is left out, whether or not it has been already."""
    beginning = {"beginning": it["body"][:BEGINNING]} if isinstance(it["body"], str) else {}
    return {**it, "body": None, **beginning}


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


def page(items: Sequence[Shape], following: int | None, gone: Shape | None = None) -> Shape:
    """One page of a list, and what its account has evicted of such things."""
    cursor = None if following is None else str(following)
    return {"items": list(items), "next": cursor, **(gone or evicted(Lost()))}


def evicted(lost: Lost, node: int | None = None) -> Shape:
    """What was evicted of such things as a list is about; with `node` these are messages (D13)."""
    first, last = (str(key) if node is None else message_id(key, node) for key in (lost.first, lost.last))
    return {"evicted": lost.count, "evicted_range": {"first": first, "last": last} if lost.count else None}


def injected(it: Injected | None) -> Shape | None:
    """The faults that something suffers, with the rule that chose them."""
    return None if it is None else {"rule": it.rule, "faults": dict(it.faults)}


def _standing(counts: Mapping[Entry, int]) -> list[Shape]:
    """How many have which status, the most first."""
    sums: Counter[tuple[Channel, Status, int]] = Counter()
    for entry, count in counts.items():
        sums[entry.channel, entry.status, entry.error_code] += count
    return [
        {"type": channel, "status": status, "error_code": error_code, "count": count}
        for (channel, status, error_code), count in sums.most_common()
    ]


def _only_message(bundle: Bundle, job: Job, node: int) -> str | None:
    """The message that a bundle is about; None where it is about several."""
    match spans(bundle):
        case [(first, last)] if first == last:
            return message_id(job.first + first, node)
        case _:
            return None


def _network(text: str, at: int) -> str:
    try:
        return as_network(text)
    except ValueError:
        expected = "an address or network, such as 127.0.0.1, 10.0.0.0/8 or 2001:db8::/32"
        raise BadValue(f"{text!r} is neither an address nor a network", f"/networks/{at}", expected) from None


def _rate(wish: Mapping[str, Any] | None) -> Rate | None:
    if wish is None:
        return None
    try:
        per = parse_duration(wish.get("per", 1))
    except ValueError as error:
        raise BadValue(str(error), "/rate/per", "a duration") from None
    if per == 0:
        raise BadValue("a rate needs a span of time", "/rate/per", "a duration of more than nothing")
    return Rate(requests=wish["requests"], per=per)


def _screen(it: handset.Screen) -> Shape:
    """The text, and what else its kind of channel shows: pages of an SMS, image and action of an instant message."""
    if it.encoding is not None:
        return {"text": it.text, "encoding": it.encoding, "pages": it.pages}
    action = it.action and {"title": it.action.title, "target_url": it.action.target_url}
    return {"text": it.text, "image": it.image, "action": action}

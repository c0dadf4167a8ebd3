"""Public field names of the emulated service: from a checked document to values, from values to answers and reports."""

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from functools import partial
from itertools import chain, islice
from typing import Any, Final

import orjson

from mock_amp.core.identity import message_id as id_of
from mock_amp.core.instants import MILLISECOND, SECOND
from mock_amp.core.model import (
    EXPIRY_TEXT,
    Action,
    Channel,
    Content,
    Destination,
    Entry,
    Image,
    ImContent,
    Job,
    Message,
    MessagePlan,
    Plan,
    Product,
    SmsContent,
    Status,
    UbiquityContent,
)
from mock_amp.core.records import HandsetReply, Where
from mock_amp.core.refusals import Refused

SUBMITTED: Final[Mapping[Product, str]] = {
    Product.IM: "Request successful (no errors occured and the message has been submitted)",
    Product.SMS: "All Ok.",
}
"""R-3, with the vendor's spelling."""

_GOOD: Final = {product: {"status_code": 200, "description": text} for product, text in SUBMITTED.items()}

CALLBACK_HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "mock-amp",
}
"""What every callback is posted with (C-1)."""


def read_content(document: Mapping[str, Any]) -> Content:
    """What a checked request of `/1/im` wants said."""
    sms, message = document.get("sms_content"), document.get("message")
    return Content(
        None if sms is None else _read_sms(sms),
        tuple(map(_read_im, document["im_content"])) if "im_content" in document else (),
        None if message is None else _read_ubiquity(message),
        MessagePlan(document["message_plan"]) if "message_plan" in document else MessagePlan.FEATURE_RICH,
        document.get("ttl", 0),
    )


def read_destinations(document: Mapping[str, Any], body: bytes | None = None) -> list[Destination]:
    """The recipients of a checked request, in their order; numbers in `params` become their decimal text (D-4).

    With the `body` that the document was read from, fractions are as they were written: `4.10` stays so. Read column
    by column, because there may be 50,000 of them.
    """
    items = document["destinations"]
    if len(items) == 1 and "params" not in items[0]:
        return [Destination(items[0]["number"], items[0].get("custom_id"), None)]
    params = [item.get("params") or None for item in items]
    kinds = set(map(type, chain.from_iterable(map(dict.values, filter(None, params))))) if any(params) else _TEXTS
    if float in kinds and body is not None:
        params = _as_written(params, json.loads(body, parse_float=str)["destinations"])
    if not kinds <= _TEXTS:
        params = [each and {key: str(value) for key, value in each.items()} for each in params]
    columns = zip([item["number"] for item in items], [item.get("custom_id") for item in items], params, strict=True)
    return list(map(_AS_DESTINATION, columns))


_RESULTS_AT_ONCE: Final = 1_000
"""A long answer is written in parts: in memory that is used again, and other threads get their turn in between."""

_TEXTS: Final[Set[type]] = frozenset({str})

_AS_DESTINATION: Final = partial(tuple.__new__, Destination)
"""`Destination._make` without its count of the fields."""


def _as_written(params: Sequence[dict[str, Any] | None], items: Sequence[Any]) -> list[dict[str, Any] | None]:
    return [each and {key: item["params"][key] for key in each} for each, item in zip(params, items, strict=True)]


def templates_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every text and URL that a destination may receive, with its JSON Pointer; their placeholders are filled (D-5)."""
    found: list[tuple[str, Any]] = []
    sms, message = document.get("sms_content"), document.get("message")
    if sms is not None and sms.get("encoding") != "BINARY":
        found.append(("/sms_content/message", sms.get("message")))
    for at, item in enumerate(document.get("im_content", ())):
        found.append((f"/im_content/{at}/content", item.get("content")))
        found += _media_urls(item, f"/im_content/{at}")
    if message is not None:
        found += [(f"/message/texts/{at}/text", each.get("text")) for at, each in enumerate(message.get("texts", ()))]
        found += _media_urls(message, "/message")
    return [each for each in found if isinstance(each[1], str)]


def accepted(job: Job, ids: Iterable[str], destinations: Sequence[Destination]) -> bytes:
    """The answer to an accepted send (R-1 to R-4)."""
    results: Any
    if len(destinations) == 1:
        (each,), ((number, custom_id, _),) = ids, destinations
        results = {number: {"message_id": each, "custom_id": custom_id or ""}}
    elif len(destinations) <= _RESULTS_AT_ONCE:
        results = _results(zip(ids, destinations, strict=True))
    else:
        pairs, parts = zip(ids, destinations, strict=True), list[bytes]()
        while part := _results(islice(pairs, _RESULTS_AT_ONCE)):
            parts.append(orjson.dumps(part))
        results = orjson.Fragment(b"{" + b",".join([each[1:-1] for each in parts]) + b"}")
    head = _head(job.api_job_id, job.client_job_id)
    head["result_info"], head["results"] = _GOOD[job.product], results
    return orjson.dumps(head)


def _results(pairs: Iterable[tuple[str, Destination]]) -> dict[str, dict[str, str]]:
    return {number: {"message_id": each, "custom_id": custom_id or ""} for each, (number, custom_id, _) in pairs}


def refused(api_job_id: str, refusal: Refused) -> bytes:
    """The answer to a refused request: the same envelope without results (R-6)."""
    return orjson.dumps(_envelope(api_job_id, refusal.client_job_id, refusal.status, refusal.reason, {}))


def code_sent(job: Job, message_id: str) -> bytes:
    """The answer to an accepted request for a code (F-2)."""
    head = _outcome(job.api_job_id, 0, "Success")
    return orjson.dumps({**head, "result": {"message_id": message_id}})


def code_checked(api_job_id: str, code: int, description: str) -> bytes:
    """The answer to a code that was tried (F-3)."""
    return orjson.dumps(_outcome(api_job_id, code, description))


def status(it: Where, message_id: str) -> bytes:
    """The answer of the status endpoint (G-1): the latest status, and whom each channel of the plan sends from."""
    item = {
        **_report_head(it.latest, message_id, it.number),
        **_senders(it.plan),
        "client_message_id": it.custom_id or "",
        "error_code": it.latest.error_code,
        "#meta": {},
    }
    return orjson.dumps({"api_job_id": it.api_job_id, "client_job_id": it.client_job_id or "", "data": [item]})


def _senders(plan: Plan) -> Mapping[str, str]:
    return {"sms_from": ""} | {
        f"{leg.channel.lower()}_from": leg.sender for leg in plan if leg.channel is not Channel.INTERNAL
    }


def reported(product: Product, entry: Entry) -> bool:
    """Whether a line of a timeline is reported: of an SMS Gateway message only the outcome is (C-9)."""
    return product is not Product.SMS or entry.status is not Status.ACCEPTD


def reports(job: Job, items: Iterable[tuple[Entry, str, str, str | None]]) -> bytes:
    """The body of a status callback (C-2) of (timeline line, message id, number, custom_id)."""
    if job.product is Product.TWO_FACTOR:
        return _older_reports(job, items)
    head = {"api_job_id": job.api_job_id} | ({"client_job_id": job.client_job_id} if job.client_job_id else {})
    data = [
        {
            **_report_head(entry, message_id, number),
            "from": entry.sender,
            "client_message_id": custom_id or "",
            "error_code": entry.error_code,
        }
        for entry, message_id, number, custom_id in items
    ]
    return orjson.dumps({**head, "data": data})


def reply(message: Message, it: HandsetReply, req_uuid: str, node: int) -> bytes:
    """The body of a reply callback (Y-1), from the handset to the sender that the message had on this channel."""
    job = message.job
    body = {
        "req_uuid": req_uuid,
        "api_job_id": job.api_job_id,
        **({"client_job_id": job.client_job_id} if job.client_job_id else {}),
        "channel": it.channel,
        "reply_message_id": id_of(it.ordinal, node),
        "orig_message_id": id_of(message.ordinal, node),
        "timestamp": it.at // SECOND,
        "micro_timestamp": it.at // MILLISECOND,
        "from": message.number,
        "to": next(leg.sender for leg in message.cohort.plan if leg.channel is it.channel),
        "message": {} if it.text is None else {"text": it.text},
    }
    return orjson.dumps(body)


def _older_reports(job: Job, items: Iterable[tuple[Entry, str, str, str | None]]) -> bytes:
    """The shape that two-factor reports have (C-10): finer times under the same names, senders by channel."""
    data = [
        {
            **_report_head(entry, message_id, number),
            "timestamp": entry.at // MILLISECOND,
            "micro_timestamp": entry.at,
            "from": entry.sender,
            "sms_from": entry.sender,
            "viber_from": "",
            "client_message_id": client_ref or "",
            "error_code": entry.error_code,
        }
        for entry, message_id, number, client_ref in items
    ]
    return orjson.dumps({"api_job_id": job.api_job_id, "client_job_id": "", "data": data})


def _report_head(entry: Entry, message_id: str, number: str) -> dict[str, Any]:
    return {
        "type": entry.channel,
        "message_id": message_id,
        "status": entry.status,
        "timestamp": entry.at // SECOND,
        "micro_timestamp": entry.at // MILLISECOND,
        "to": number,
    }


def _outcome(api_job_id: str, code: int, description: str) -> dict[str, Any]:
    return {"api_job_id": api_job_id, "result_info": {"status_code": code, "description": description}}


def _envelope(
    api_job_id: str, client_job_id: str | None, code: int, description: str, results: Mapping[str, Any]
) -> dict[str, Any]:
    outcome = {"status_code": code, "description": description}
    return _head(api_job_id, client_job_id) | {"result_info": outcome, "results": results}


def _head(api_job_id: str, client_job_id: str | None) -> dict[str, Any]:
    return {"api_job_id": api_job_id, "client_job_id": client_job_id} if client_job_id else {"api_job_id": api_job_id}


def _read_sms(section: Mapping[str, Any]) -> SmsContent:
    said = section.get
    return SmsContent(section["message"], said("encoding", "GSM7"), said("sender_id"), said("ttl", 0), said("udh", ""))


def _read_im(item: Mapping[str, Any]) -> ImContent:
    channel = item.get("channel")
    return ImContent(
        channel=Channel(channel) if channel else None,
        sender_id=item.get("sender_id"),
        text=item.get("content"),
        image=_read_image(item),
        action=_read_action(item, tracked=item.get("track_clicks", False)),
        ttl=item.get("ttl", 0),
        expiry_text=item.get("expiry_text", EXPIRY_TEXT),
    )


def _read_ubiquity(message: Mapping[str, Any]) -> UbiquityContent:
    texts = message.get("texts", ())
    return UbiquityContent(
        text=texts[0]["text"] if texts else None, image=_read_image(message), action=_read_action(message)
    )


def _read_image(section: Mapping[str, Any]) -> Image | None:
    images = section.get("images", ())
    return Image(url=images[0]["url"]) if images else None


def _read_action(section: Mapping[str, Any], *, tracked: bool = False) -> Action | None:
    """The action; its clicks are tracked when it says so itself, or the section around it does (I-9)."""
    for each in section.get("actions", ()):
        tracks = tracked or each.get("track_clicks", False)
        return Action(title=each["title"], target_url=each["target_url"], track_clicks=tracks)
    return None


def _media_urls(section: Mapping[str, Any], pointer: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for at, each in enumerate(section.get("images", ())):
        found.append((f"{pointer}/images/{at}/url", each.get("url")))
    for at, each in enumerate(section.get("actions", ())):
        found.append((f"{pointer}/actions/{at}/target_url", each.get("target_url")))
    return found

"""Public field names of the emulated service: from a checked document to values, from values to answers and reports."""

import json
from collections.abc import Iterable, Mapping, Sequence
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
    Product,
    SmsContent,
    Status,
    UbiquityContent,
)
from mock_amp.core.records import HandsetReply
from mock_amp.core.refusals import Refused

SUBMITTED: Final[Mapping[Product, str]] = {
    Product.IM: "Request successful (no errors occured and the message has been submitted)",
    Product.SMS: "All Ok.",
}
"""R-3, with the vendor's spelling."""

CALLBACK_HEADERS: Final[Mapping[str, str]] = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "mock-amp",
}
"""What every callback is posted with (C-1)."""


def read_content(document: Mapping[str, Any]) -> Content:
    """What a checked request of `/1/im` wants said."""
    sms, message = document.get("sms_content"), document.get("message")
    return Content(
        sms=_read_sms(sms) if sms is not None else None,
        ims=tuple(_read_im(item) for item in document.get("im_content", ())),
        ubiquity=_read_ubiquity(message) if message is not None else None,
        plan=MessagePlan(document.get("message_plan", MessagePlan.FEATURE_RICH)),
        ttl=document.get("ttl", 0),
    )


def read_destinations(document: Mapping[str, Any]) -> list[Destination]:
    """The recipients of a checked request, in their order; numbers in `params` become their decimal text (D-4)."""
    return [
        Destination(item["number"], item.get("custom_id"), text_values(item.get("params")))
        for item in document["destinations"]
    ]


def text_values(params: Mapping[str, Any] | None) -> Mapping[str, str] | None:
    """The values of placeholders as texts; a number stands for its decimal text (D-4)."""
    if not params or all(type(value) is str for value in params.values()):
        return params or None
    return {key: value if isinstance(value, str) else str(value) for key, value in params.items()}


def with_exact_numbers(document: dict[str, Any], body: bytes) -> dict[str, Any]:
    """The document with the fractions among its `params` as they were written: `4.10` stays so (D-4)."""
    destinations = document["destinations"]
    if not any(type(value) is float for item in destinations for value in item.get("params", {}).values()):
        return document
    written = json.loads(body, parse_float=str)["destinations"]
    exact = [
        {**item, "params": {key: source["params"][key] for key in item["params"]}} if "params" in item else item
        for item, source in zip(destinations, written, strict=True)
    ]
    return {**document, "destinations": exact}


def templates_of(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every text and URL that a destination may receive, with its JSON Pointer; their placeholders are filled (D-5)."""
    found: list[tuple[str, Any]] = []
    sms = document.get("sms_content", {})
    if sms.get("encoding") != "BINARY":
        found.append(("/sms_content/message", sms.get("message")))
    for at, item in enumerate(document.get("im_content", ())):
        found.append((f"/im_content/{at}/content", item.get("content")))
        found += _media_urls(item, f"/im_content/{at}")
    message = document.get("message", {})
    found += [(f"/message/texts/{at}/text", each.get("text")) for at, each in enumerate(message.get("texts", ()))]
    found += _media_urls(message, "/message")
    return [(pointer, text) for pointer, text in found if isinstance(text, str)]


def accepted(job: Job, ids: Iterable[str], destinations: Sequence[Destination]) -> bytes:
    """The answer to an accepted send (R-1 to R-4)."""
    results = {
        destination.number: {"message_id": each, "custom_id": destination.custom_id or ""}
        for each, destination in zip(ids, destinations, strict=True)
    }
    return orjson.dumps(_envelope(job.api_job_id, job.client_job_id, 200, SUBMITTED[job.product], results))


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


def status(message: Message, message_id: str) -> bytes:
    """The answer of the status endpoint (G-1): the latest status, and whom each channel of the plan sends from."""
    latest, plan = message.cohort.latest, message.cohort.plan
    senders = {"sms_from": ""} | {
        f"{leg.channel.lower()}_from": leg.sender for leg in plan if leg.channel is not Channel.INTERNAL
    }
    item = {
        **_report_head(latest, message_id, message.number),
        **senders,
        "client_message_id": message.custom_id or "",
        "error_code": latest.error_code,
        "#meta": {},
    }
    job = message.job
    return orjson.dumps({"api_job_id": job.api_job_id, "client_job_id": job.client_job_id or "", "data": [item]})


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
    return {
        "api_job_id": api_job_id,
        **({"client_job_id": client_job_id} if client_job_id else {}),
        "result_info": {"status_code": code, "description": description},
        "results": results,
    }


def _read_sms(section: Mapping[str, Any]) -> SmsContent:
    return SmsContent(
        message=section["message"],
        encoding=section.get("encoding", "GSM7"),
        sender_id=section.get("sender_id"),
        ttl=section.get("ttl", 0),
        udh=section.get("udh", ""),
    )


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
    images = [(f"{pointer}/images/{at}/url", each.get("url")) for at, each in enumerate(section.get("images", ()))]
    actions = [
        (f"{pointer}/actions/{at}/target_url", each.get("target_url"))
        for at, each in enumerate(section.get("actions", ()))
    ]
    return images + actions

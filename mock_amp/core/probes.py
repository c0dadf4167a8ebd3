"""What the battery posts to a receiver: bodies like those of real reports and replies, about what does not exist.

`core.wire` makes them; what a check wants otherwise is changed in its document.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import orjson

from mock_amp.core import wire
from mock_amp.core.identity import first_ordinal, message_id, uuid4_of
from mock_amp.core.instants import SECOND, Duration, Instant
from mock_amp.core.model import Channel, Cohort, Entry, Job, Leg, Message, Product, Status
from mock_amp.core.records import HandsetReply

NO_TIME: Final = Duration(0)
_SENDER: Final = "MockAMP"
_FIRST_NUMBER: Final = 35_699_000_001
_AGO: Final = 60 * SECOND
"""How long before the post the made-up job was accepted."""

_NON_ASCII_JOB: Final = "Bestätigung-žlutý-🚀"
_NON_ASCII_REF: Final = "größe-東京-👩\u200d👩\u200d👧-é"
_APART: Final = 20
"""More than there are checks: bodies of one check that are about other messages keep clear of all others."""


@dataclass(frozen=True, slots=True)
class Post:
    """A body to post; with `drip` it takes that long to arrive."""

    body: bytes
    drip: Duration = NO_TIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What bodies are made from; `number` is that of the check, so that no two checks are about the same message."""

    seed: int
    now: Instant
    node: int
    number: int = 0


def single(made: Making) -> list[Post]:
    return [Post(_report(made))]


def bundle(made: Making, count: int) -> list[Post]:
    return [Post(_report(made, count=count))]


def slow(made: Making, drip: Duration) -> list[Post]:
    return [Post(_report(made), drip)]


def twice(made: Making) -> list[Post]:
    return single(made) * 2


def thrice(made: Making) -> list[Post]:
    later = [replace(made, number=made.number + _APART * turn) for turn in (0, 1, 2)]
    return [Post(_report(each)) for each in later]


def out_of_order(made: Making) -> list[Post]:
    return [Post(_report(made, [(Channel.VIBER, status)])) for status in (Status.SEEN, Status.DELIVRD)]


def non_ascii(made: Making) -> list[Post]:
    return [Post(_report(made, job=_job(made, _NON_ASCII_JOB), custom_id=_NON_ASCII_REF))]


def unknown_key(made: Making) -> list[Post]:
    body = orjson.loads(_report(made))
    grown = {"api_version": "99", **body, "data": [{**each, "price": {"amount": 0.01}} for each in body["data"]]}
    return [Post(orjson.dumps(grown))]


def unknown_status(made: Making) -> list[Post]:
    return [_unknown_value(made, "status", "BUFFERED"), _unknown_value(made, "type", "SIGNAL")]


def two_factor(made: Making) -> list[Post]:
    job = _job(made, None, Product.TWO_FACTOR)
    return [Post(_report(made, [(Channel.SMS, Status.DELIVRD)], job=job, custom_id="certify-login"))]


def reply(made: Making, text: str | None = "Yes, please.", *, attempts: int = 1) -> list[Post]:
    """A reply to a message on VIBER; each attempt has a `req_uuid` of its own (Y-1)."""
    job = _job(made)
    timeline = tuple(_entry(job, Channel.VIBER, status) for status in (Status.ACCEPTD, Status.DELIVRD))
    cohort = Cohort(
        key=1,
        job=job.key,
        members=((0, 0),),
        plan=(Leg(channel=Channel.VIBER, sender=_SENDER, steps=()),),
        leg=0,
        step=0,
        started_at=job.accepted_at,
        timeline=timeline,
    )
    message = Message(ordinal=job.first, number=str(_FIRST_NUMBER), custom_id=None, params=None, job=job, cohort=cohort)
    said = HandsetReply(
        message=job.first,
        number=1,
        channel=Channel.VIBER,
        text=text,
        at=Instant(job.accepted_at + 5 * SECOND),
        ordinal=job.first + 1,
    )
    uuids = [uuid4_of(made.seed, f"certify/reply/{made.number}", attempt) for attempt in range(attempts)]
    return [Post(wire.reply(message, said, each, made.node)) for each in uuids]


def _unknown_value(made: Making, key: str, value: str) -> Post:
    body = orjson.loads(_report(made))
    return Post(orjson.dumps({**body, "data": [{**each, key: value} for each in body["data"]]}))


def _job(made: Making, client_job_id: str | None = "mock-amp-certify", product: Product = Product.IM) -> Job:
    accepted = Instant(max(0, made.now - _AGO))
    return Job(
        key=made.number,
        api_job_id=uuid4_of(made.seed, "certify", made.number),
        client_job_id=client_job_id,
        accepted_at=accepted,
        first=first_ordinal(accepted, 0) + made.number * 1_000,
        size=1,
        callback_url=None,
        reply_url=None,
        request=b"{}",
        product=product,
    )


def _report(
    made: Making,
    statuses: Iterable[tuple[Channel, Status]] = ((Channel.VIBER, Status.DELIVRD),),
    *,
    count: int = 1,
    job: Job | None = None,
    custom_id: str | None = "certify",
) -> bytes:
    """The body of a callback with these statuses of each of `count` messages."""
    job = job or _job(made)
    items = [
        (_entry(job, channel, status), message_id(job.first + at, made.node), str(_FIRST_NUMBER + at), custom_id)
        for at in range(count)
        for channel, status in statuses
    ]
    return wire.reports(job, items)


def _entry(job: Job, channel: Channel, status: Status) -> Entry:
    after = list(Status).index(status) * SECOND
    sender = "" if channel is Channel.INTERNAL else _SENDER
    return Entry(at=Instant(job.accepted_at + after), channel=channel, status=status, error_code=0, sender=sender)

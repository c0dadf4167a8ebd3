"""Builders of the values that unit tests start from: something good, with what a test cares about changed."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from mock_amp.core import lifecycle
from mock_amp.core.instants import SECOND, Duration, Instant
from mock_amp.core.model import (
    Channel,
    Cohort,
    Destination,
    Entry,
    Job,
    Leg,
    Message,
    Offer,
    Runs,
    Status,
    Step,
    Token,
)
from mock_amp.core.refusals import Refused
from mock_amp.core.scenario import Delays, Scenario
from mock_amp.core.script import read_scenario
from mock_amp.core.validation import RequestRules, Understood

T0: Final = Instant(1_767_225_600_000_000)
"""2026-01-01T00:00:00Z."""

NUMBER: Final = "35699000001"
SMS: Final = {"message": "Your table is ready."}
IMAGE: Final = {"url": "https://pictures.example/harbour.png"}
ACTION: Final = {"title": "Book", "target_url": "https://harbour.example/book"}
NO_URLS: Final = [
    *("receiver.example", "ftp://receiver.example", "/reports", "http://", "http:///x", "http://:80/x"),
    *("http://a b", "http://a.example/x\n", " http://a.example", "http://user@/x"),
]
JOB_ID: Final = "6f1c2d3e-4a5b-4c6d-8e7f-901234567890"

_SCHEMA: Final = json.loads((Path(__file__).resolve().parents[2] / "schemas" / "im-request.json").read_text("utf-8"))
RULES: Final = RequestRules(_SCHEMA)


def later(seconds: float) -> Instant:
    """So many seconds after T0."""
    return Instant(T0 + round(seconds * SECOND))


def minutes(number: int) -> Duration:
    return Duration(number * 60 * SECOND)


def a_token(**changes: Any) -> Token:
    return replace(Token(value="token-of-a-test", account="default", created_at=T0), **changes)


def a_destination(number: str = NUMBER, custom_id: str | None = None, **params: str) -> Destination:
    return Destination(number, custom_id, params or None)


def an_offer(channel: Channel = Channel.VIBER, **changes: Any) -> Offer:
    """A text that a channel would carry for a day."""
    return Offer(channel=channel, sender="Harbour", text="Ready.", ttl=86_400)._replace(**changes)


def a_scenario(*rules: dict[str, Any], **sections: Any) -> Scenario:
    """The scenario of a document with these rules and sections; a rule without a name is called after its place."""
    named = [{"name": f"rule {place}", **rule} for place, rule in enumerate(rules)]
    return read_scenario({"name": "test", "rules": named, **sections}, Delays())


def a_leg(channel: Channel, *statuses: Status, sender: str = "Harbour") -> Leg:
    """A leg whose steps come a second apart; failures carry error code 5."""
    return Leg(
        channel=channel,
        sender=sender,
        steps=tuple(
            Step(after=at * SECOND, status=status, error_code=5 if status in lifecycle.FAILED else 0)
            for at, status in enumerate(statuses, 1)
        ),
    )


def a_cohort(*legs: Leg, members: Runs = ((0, 0),)) -> Cohort:
    return lifecycle.accept(key=1, job=1, members=members, plan=legs, at=T0)


def lived(cohort: Cohort) -> Cohort:
    """The cohort once it has come to rest."""
    while lifecycle.due_at(cohort) is not None:
        cohort = lifecycle.move(cohort)
    return cohort


def told(cohort: Cohort) -> list[tuple[str, str]]:
    """The timeline as (type, status)."""
    return [(entry.channel.value, entry.status.value) for entry in cohort.timeline]


def an_entry(channel: Channel, status: Status, at: Instant = T0) -> Entry:
    return Entry(at=at, channel=channel, status=status, error_code=0, sender="Harbour")


def a_job(**changes: Any) -> Job:
    job = Job(
        key=1,
        api_job_id=JOB_ID,
        client_job_id="evening-42",
        accepted_at=T0,
        first=0,
        size=1,
        callback_url=None,
        reply_url=None,
        request=b"{}",
    )
    return job._replace(**changes)


def a_message(cohort: Cohort, **changes: Any) -> Message:
    message = Message(ordinal=0, number=NUMBER, custom_id="guest-1", params=None, job=a_job(), cohort=cohort)
    return replace(message, **changes)


def a_body(*numbers: str, **sections: Any) -> bytes:
    """A request of `/1/im` to these numbers, or to one good number; an SMS unless a section says something else."""
    what = {} if sections.keys() & {"sms_content", "im_content", "message"} else {"sms_content": SMS}
    document = {"destinations": [{"number": number} for number in numbers or (NUMBER,)], **what, **sections}
    return json.dumps(document).encode()


def judged(**sections: Any) -> Understood | Refused:
    """What the rules say of a request with these sections."""
    return RULES.judge(a_body(**sections), a_token())


def verdict(**sections: Any) -> tuple[int, str]:
    """(HTTP status, rule) that a request with these sections gets; (200, "") when it is good."""
    found = judged(**sections)
    return (found.status, found.rule) if isinstance(found, Refused) else (200, "")


def refused(found: object) -> Refused:
    """The refusal that has to be there."""
    assert isinstance(found, Refused), found
    return found


def understood(found: object) -> Understood:
    """The good request that has to be there."""
    assert isinstance(found, Understood), found
    return found

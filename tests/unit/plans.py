"""Plans of the client, played with canned answers: no network, no server."""

import json
from typing import Any

from mock_amp.client.errors import NotReached
from mock_amp.client.here import Here
from mock_amp.client.plans import Answer, Ask, Plan

HERE = Here("acc-1", "a-token")
PATH = "/__admin/accounts/acc-1"
NUMBER = "35699000001"
MESSAGE: dict[str, Any] = {
    "id": "17672256000000014003",
    "to": NUMBER,
    "from": "MockAMP",
    "type": "VIBER",
    "status": "SEEN",
    "error_code": 0,
    "api_job_id": "job",
    "client_job_id": "",
    "custom_id": "",
    "text": "Hello",
    "accepted_at": "2026-01-01T00:00:00.000000Z",
    "changed_at": "2026-01-01T00:00:03.000000Z",
    "channels": ["VIBER"],
    "route": [],
    "timeline": [],
}


def answered(body: object, status: int = 200, **headers: str) -> Answer:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, text)


def play(plan: Plan[Any], *answers: Answer) -> tuple[Any, list[Ask]]:
    """What a plan comes to with these answers, and what it asked; after them nobody answers any more."""
    asked, left = [next(plan)], list(answers)
    while True:
        try:
            asked.append(plan.send(left.pop(0)) if left else plan.throw(NotReached("nobody answers any more")))
        except StopIteration as end:
            assert not left
            return end.value, asked


def first(plan: Plan[Any]) -> Ask:
    return next(plan)

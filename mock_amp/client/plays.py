"""Requests to the service that the control plane sends: what they come to, and the calls that ask for them."""

import json
from collections.abc import Mapping
from typing import Any

from mock_amp.client.here import Here
from mock_amp.client.plans import Plan, ask, read
from mock_amp.client.shapes import Request, Shape


class PlayedAnswer(Shape, frozen=True):
    """What the service answered; `on_the_wire` what a fault of the scenario would do to the connection."""

    status: int
    headers: Mapping[str, str]
    body: str
    on_the_wire: str | None

    def json(self) -> Any:
        """The body, read. Raises ValueError for one that a fault has spoilt."""
        return json.loads(self.body)


class Played(Shape, frozen=True):
    """A request that the control plane sent: its line in the journal of `account`, and its answer."""

    account: str
    request: Request | None
    answer: PlayedAnswer


def send_request(
    here: Here,
    /,
    body: Mapping[str, Any] | str | None = None,
    *,
    method: str = "POST",
    path: str = "/1/im",
    token: str | None = None,
    content_type: str | None = "application/json",
    authorized: bool = True,
) -> Plan[Played]:
    """Has a request sent to the service, by the control plane: for who can reach no more than that.

    A body is an object, or a text as it is. It shows the account's first token unless another is said, and none when it
    is not `authorized`. A refusal is an answer like any other.
    """
    wish: dict[str, Any] = {"method": method, "path": path, "content_type": content_type}
    if body is not None:
        wish["body"] = body
    if token is not None or not authorized:
        wish["token"] = token if authorized else None
    return read((yield ask("POST", here.path("requests"), wish, patience=None, lives=True)), Played)


def resend_request(here: Here, /, request: Request | str) -> Plan[Played]:
    """Has a request of the journal sent once more. Raises NotFound, Evicted, and Conflict when nobody has all of it."""
    found = request.id if isinstance(request, Request) else request
    return read((yield ask("POST", here.path("requests", found, "resend"), {}, patience=None, lives=True)), Played)

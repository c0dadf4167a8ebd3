"""A request to the service as it is, byte by byte, and its answer, whatever that says."""

from typing import Any

import msgspec

from mock_amp.client.here import Here
from mock_amp.client.plans import Answer, Ask, Plan
from mock_amp.client.shapes import Answered


def post(here: Here, /, body: bytes, *, path: str = "/1/im", token: str | None = None) -> Plan[Answered]:
    """Posts these very bytes as an application would, with the account's token unless another is said.

    A refusal is an answer like any other: for a send that has to be taken there is `send`. Raises ValueError for a
    path that does not begin with one /, and for a token that no header can hold.
    """
    headers = {**here.authorization(token), "Content-Type": "application/json"}
    answer = yield Ask(method="POST", path=path, body=body, headers=headers)
    return Answered(
        status=answer.status,
        request=answer.headers.get("x-mock-amp-request"),
        rule=answer.headers.get("x-mock-amp-rule"),
        body=_said(answer),
    )


def _said(answer: Answer) -> Any:
    """The JSON that came, or the text of an answer that has none."""
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return answer.body.decode("utf-8", "replace")

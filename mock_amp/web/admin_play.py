"""Calls of the control plane that send a request to the service: one of the journal once more, or a new one."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from mock_amp.core.documents import written
from mock_amp.engine.errors import Conflict
from mock_amp.web.answers import is_there
from mock_amp.web.calls import Answer, Call, Route, number_of
from mock_amp.web.playing import Play, leads_anywhere, play, reads_body

_JSON: Final = "application/json"


async def resend_request(call: Call) -> Answer:
    found = await call.services.repeating.recall(call.account, number_of(call.path["id"]))
    if found.body is None and reads_body(call.services, found.method, found.path):
        raise Conflict(found.lacking)
    if "…" in found.path.partition("?")[0] and leads_anywhere(call.services, found.path):
        raise Conflict(
            f"of the path {found.path} the journal keeps no more than the end of a part that may be a secret"
        )
    return await _play(
        call,
        Play(
            method=found.method,
            path=found.path,
            authorization=found.authorization,
            content_type=found.content_type,
            body=found.body or b"",
            remote=call.request.remote,
        ),
    )


async def send_request(call: Call) -> Answer:
    """As an application would; without a token of the wish with the account's first one, with null without any."""
    wish, first = call.body, _first_token(call)
    token = wish.get("token", first)
    if "token" not in wish and first is None:
        raise Conflict(f"account {call.account} has no token; say one, or null for a request without any")
    return await _play(
        call,
        Play(
            method=wish.get("method", "POST"),
            path=wish.get("path", "/1/im"),
            authorization=None if token is None else f"Token {token}",
            content_type=wish.get("content_type", _JSON),
            body=_body_of(wish),
            remote=call.request.remote,
        ),
    )


async def _play(call: Call, wanted: Play) -> Answer:
    return await play(call.services, wanted, partial(is_there, call.request))


def _first_token(call: Call) -> str | None:
    items = call.services.tokens.all(call.account)["items"]
    return items[0]["token"] if items else None


def _body_of(wish: Mapping[str, Any]) -> bytes:
    body = wish.get("body", "")
    return body.encode() if isinstance(body, str) else written(body)


ROUTES: Final = (
    Route(
        "POST",
        "/requests",
        send_request,
        "Send a request to the service, as an application would",
        takes="RequestWish",
        status=201,
        gives="Played",
    ),
    Route(
        "POST",
        "/requests/{id}/resend",
        resend_request,
        "Send a request of the journal once more",
        takes="ResendWish",
        status=201,
        gives="Played",
    ),
)

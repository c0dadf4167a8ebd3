"""Calls of the control plane that make things happen: a status, a further attempt, a whole state."""

from typing import Final

from mock_amp.core.model import Status
from mock_amp.engine.forcing import Force
from mock_amp.web.calls import Answer, Call, Route, channel_of, number_of


async def force_status(call: Call) -> Answer:
    wish = Force(status=Status(call.body["status"]), channel=channel_of(call), error_code=call.body.get("error_code"))
    return await call.services.forcing.force(call.account, call.path["id"], wish)


async def resend(call: Call) -> Answer:
    return await call.services.resending.resend(call.account, number_of(call.path["id"]))


async def get_snapshot(call: Call) -> Answer:
    return call.services.snapshots.take(call.account)


async def put_snapshot(call: Call) -> Answer:
    await call.services.snapshots.restore(call.account, call.text)
    return call.services.steering.account(call.account)


ROUTES: Final = (
    Route(
        "POST",
        "/messages/{id}/status",
        force_status,
        "Move a message to another status",
        takes="StatusWish",
        gives="MessageDetail",
    ),
    Route(
        "POST",
        "/callbacks/{id}/resend",
        resend,
        "Post a callback again, now",
        takes="ResendWish",
        status=202,
        gives="Callback",
    ),
    Route("GET", "/snapshot", get_snapshot, "All that the account is and has", gives="snapshot"),
    Route(
        "PUT",
        "/snapshot",
        put_snapshot,
        "Take over what another account is and has",
        takes_text=True,
        gives="Account",
    ),
)

"""Calls of the control plane about single records: what was sent, what came of it, and what will."""

from typing import Final

from mock_amp.web.calls import Answer, Call, Route, channel_of, number_of, page_of


async def agenda(call: Call) -> Answer:
    return call.services.reading.agenda(call.account, page_of(call))


async def get_message(call: Call) -> Answer:
    return call.services.reading.message(call.account, call.path["id"])


async def reply(call: Call) -> Answer:
    return await call.services.acting.reply(call.account, call.path["id"], call.body.get("text"), channel_of(call))


async def click(call: Call) -> Answer:
    return await call.services.acting.click(call.account, call.path["id"], channel_of(call))


async def get_callback(call: Call) -> Answer:
    return call.services.reading.callback(call.account, number_of(call.path["id"]))


async def get_request(call: Call) -> Answer:
    return call.services.reading.request(call.account, number_of(call.path["id"]))


ROUTES: Final = (
    Route("GET", "/agenda", agenda, "What will happen, and when", filters=("limit",), gives="DuePage"),
    Route("GET", "/messages/{id}", get_message, "One message with its timeline and callbacks", gives="MessageDetail"),
    Route(
        "POST", "/messages/{id}/reply", reply, "Reply from the handset", takes="ReplyWish", status=201, gives="Reply"
    ),
    Route(
        "POST",
        "/messages/{id}/click",
        click,
        "Click the action on the handset",
        takes="ClickWish",
        status=201,
        gives="Clicked",
    ),
    Route("GET", "/callbacks/{id}", get_callback, "One callback with its attempts", gives="Callback"),
    Route("GET", "/requests/{id}", get_request, "One request", gives="Request"),
)

"""Harbour Café reminds its guests: `AMP_TOKEN=… PUBLIC_URL=https://cafe.example python reminders.py`."""

import os
import sys
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web

from sending import Lost, Refused, Sender, Unavailable
from store import Store

SENDER, STORE = web.AppKey("sender", Sender), web.AppKey("store", Store)
SESSION = web.AppKey("session", aiohttp.ClientSession)

FIELDS = ("phone", "name", "table", "at")
ANSWERS = {"YES": "confirmed", "NO": "cancelled"}


def make_app(sender: Sender, file: str) -> web.Application:
    """The application, with its reminders in a file."""

    async def resources(app: web.Application) -> AsyncIterator[None]:
        app[STORE] = Store(file)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as app[SESSION]:
            yield
        app[STORE].close()

    app = web.Application()
    app[SENDER] = sender
    app.cleanup_ctx.append(resources)
    app.router.add_post("/reminders", remind)
    app.router.add_get("/reminders/{id}", show)
    app.router.add_post("/amp/reports", take_reports)
    app.router.add_post("/amp/replies", take_reply)
    return app


async def remind(request: web.Request) -> web.Response:
    """From the booking system: sends a reminder."""
    body, store = await read(request), request.app[STORE]
    if not all(isinstance(body.get(key), str) and body[key] for key in FIELDS):
        return web.json_response({"error": "phone, name, table and at are needed, as texts"}, status=400)
    reminder = {"id": uuid.uuid4().hex, **{key: body[key] for key in FIELDS}}
    store.add(reminder)  # before it is sent: the first report may be here before the answer is
    try:
        store.sent(reminder["id"], await request.app[SENDER].send(request.app[SESSION], reminder))
    except Lost:
        return web.json_response(store.get(reminder["id"]), status=202)  # not again: better no reminder than two
    except (Refused, Unavailable) as error:
        status, state = (422, "REFUSED") if isinstance(error, Refused) else (503, "NOT SENT")
        store.not_sent(reminder["id"], state)
        return web.json_response({"id": reminder["id"], "error": str(error)}, status=status)
    return web.json_response(store.get(reminder["id"]), status=201)


async def show(request: web.Request) -> web.Response:
    """What became of a reminder."""
    reminder = request.app[STORE].get(request.match_info["id"])
    return web.json_response(reminder or {"error": "There is no such reminder"}, status=200 if reminder else 404)


async def take_reports(request: web.Request) -> web.Response:
    """From the service. Only 200 counts as taken, and only what is stored is answered so: when the store fails, aiohttp
    answers 500, and the same reports come again in five minutes. Jobs that are not ours are nobody's fault.
    """
    body = await read(request)
    request.app[STORE].report(str(body.get("client_job_id")), body.get("data", []))
    return web.Response()


async def take_reply(request: web.Request) -> web.Response:
    """From a guest. It may be anything, or a picture without a word."""
    body = await read(request)
    said = str(body.get("message", {}).get("text")).strip().upper()
    if said in ANSWERS:
        request.app[STORE].answer(str(body.get("client_job_id")), ANSWERS[said], body["micro_timestamp"])
    return web.Response()


async def read(request: web.Request) -> dict[str, Any]:
    """The JSON object of a request. Raises HTTPBadRequest."""
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="Not a JSON object")
    return body


if __name__ == "__main__":
    try:
        own = Sender(
            amp_url=os.environ.get("AMP_URL", "https://rest.fortytwo.com"),
            token=os.environ["AMP_TOKEN"],
            public_url=os.environ["PUBLIC_URL"],
        )
    except KeyError as missing:
        sys.exit(f"{missing} is not set: your token, or where the service reaches this application")
    web.run_app(make_app(own, os.environ.get("DATA", "reminders.db")), port=int(os.environ.get("PORT", "8080")))

"""The call of the control plane that waits."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import orjson

from mock_amp.core.instants import MILLISECOND, Instant
from mock_amp.core.listed import What
from mock_amp.core.records import Sort
from mock_amp.core.shapes import BadValue, Shape
from mock_amp.core.wanting import Miss, Wanted, read_match
from mock_amp.engine.errors import Conflict, Illegal
from mock_amp.engine.listing import Gone
from mock_amp.engine.waiting import Came, Late, Rested, Restless, Wish
from mock_amp.web.calls import Answer, Call, Route
from mock_amp.web.hangups import on_hangup
from mock_amp.web.problems import say_problem

_IDLE: Final = "idle"
_USUAL_TIME: Final = 5_000
_USUAL_LIMIT: Final = 100
_OF_WISH: Final = ("what", "match", "count", "limit", "since")


async def wait(call: Call) -> Answer:
    """Answers once there is enough, or when the time is up."""
    until = Instant(call.services.world.clock.now() + call.body.get("timeout_ms", _USUAL_TIME) * MILLISECOND)
    hangup = partial(on_hangup, call.request)
    if call.body["what"] == _IDLE:
        _check_idle(call.body)
        return _answer_idle(await call.services.waiting.idle(call.account, until, hangup))
    wish = _wish(call.body, until)
    outcome = await call.services.waiting.items(call.account, wish, hangup)
    return _answer_absent(wish, outcome) if call.body.get("absent", False) else _answer(wish, outcome)


def _wish(body: Mapping[str, Any], until: Instant) -> Wish:
    what, since = What(body["what"]), body.get("since")
    if what is What.ATTEMPTS and since is not None:
        raise Illegal("attempts are not counted from a request", "/since", "no since, or callbacks")
    try:
        wanted = Wanted(what=what, criteria=read_match(what, body.get("match", {})), since=since)
    except BadValue as error:
        raise Illegal(str(error), error.pointer, error.expected) from None
    key = orjson.dumps({name: body.get(name) for name in _OF_WISH}, option=orjson.OPT_SORT_KEYS)
    return Wish(wanted=wanted, count=body.get("count", 1), limit=body.get("limit", _USUAL_LIMIT), key=key, until=until)


def _check_idle(body: Mapping[str, Any]) -> None:
    for name in ("match", "count", "limit", "since", "absent"):
        if name in body:
            raise Illegal(f"an account that is idle has no {name}", f"/{name}", "what and timeout_ms only")


def _answer(wish: Wish, outcome: Came | Late | None) -> Answer:
    match outcome:
        case Came(items=items, gone=gone):
            return {"items": list(items), **gone.told}
        case Late(items=items, near=near, gone=gone, doubtful=doubtful):
            detail = f"{len(items)} of {wish.count} {wish.wanted.what} came about in time"
            doubt = f"; {_evicted(gone)}, and may have been meant" if doubtful else ""
            more = {**_told(wish, items, gone), "near": _misses(near)}
            return say_problem(408, "Not in time", detail + doubt, more)
        case None:
            return None


def _answer_absent(wish: Wish, outcome: Came | Late | None) -> Answer:
    match outcome:
        case Came(items=items, gone=gone):
            detail = f"{len(items)} {wish.wanted.what} came about that were not to"
            raise Conflict(detail, **_told(wish, items, gone))
        case Late(items=items, gone=gone, doubtful=True):
            return say_problem(409, "Cannot be told", _doubt(wish, gone), _told(wish, items, gone))
        case Late(items=items, gone=gone):
            return {"items": list(items), **gone.told}
        case None:
            return None


def _told(wish: Wish, items: Sequence[Shape], gone: Gone) -> Shape:
    return {"count": wish.count, "found": len(items), "items": list(items), **gone.told}


def _doubt(wish: Wish, gone: Gone) -> str:
    what = wish.wanted.what
    since = "callbacks or reports with a since" if what is What.ATTEMPTS else "a since"
    keep = "keep-requests" if gone.sort is Sort.REQUEST else "keep-messages"
    return (
        f"whether {what} were absent cannot be told: {_evicted(gone)}, and may have been meant. What helps: {since} of "
        f"{gone.lost.line} or more, larger limits of the account (or --{keep}, --keep-for), or an account of its own"
    )


def _evicted(gone: Gone) -> str:
    """In words; only for what is not nothing."""
    ends = gone.told["evicted_range"]
    return f"{gone.told['evicted']} {gone.sort}s were evicted ({ends['first']} to {ends['last']})"


def _answer_idle(outcome: Rested | Restless | None) -> Answer:
    match outcome:
        case Rested():
            return {"items": []}
        case Restless(due=due, posting=posting):
            detail = f"not idle in time: {due} due now" + (", and callbacks are in the air" if posting else "")
            return say_problem(408, "Not in time", detail, {"found": 0, "due": due, "near": []})
        case None:
            return None


def _misses(found: Sequence[Miss]) -> list[Shape]:
    return [
        {"item": each.item, "differences": [difference._asdict() for difference in each.differences]} for each in found
    ]


ROUTES: Final = (
    Route(
        "POST",
        "/wait",
        wait,
        "Wait until something has come about, or hold that it does not",
        takes="WaitWish",
        gives="Waited",
        refuses=(408,),
    ),
)

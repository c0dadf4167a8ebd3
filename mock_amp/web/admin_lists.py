"""Calls of the control plane that list what an account has: chosen by any field, page by page, or counted."""

from functools import partial
from typing import Final

from mock_amp.core.listed import FIELDS, What
from mock_amp.core.searching import words_of
from mock_amp.core.shapes import BadValue
from mock_amp.core.wanting import Wanted, read_query
from mock_amp.engine.errors import Illegal
from mock_amp.engine.turns import unless_hung_up
from mock_amp.web.calls import Answer, Call, Route, flag_of, page_of, since_of, wants_total
from mock_amp.web.hangups import on_hangup

_PAGED: Final = ("limit", "cursor", "order", "since", "search", "total")
_WITH_BODIES: Final = frozenset({What.CALLBACKS, What.REQUESTS})


async def list_messages(call: Call) -> Answer:
    return await _list(call, What.MESSAGES)


async def list_callbacks(call: Call) -> Answer:
    return await _list(call, What.CALLBACKS)


async def list_reports(call: Call) -> Answer:
    return await _list(call, What.REPORTS)


async def list_replies(call: Call) -> Answer:
    return await _list(call, What.REPLIES)


async def list_requests(call: Call) -> Answer:
    return await _list(call, What.REQUESTS)


async def get_code(call: Call) -> Answer:
    if not call.query.get("to"):
        raise Illegal("whose code?", "?to", "a number")
    return call.services.recalling.code(call.account, call.query["to"])


def _filters(what: What) -> tuple[str, ...]:
    return (*FIELDS[what], *_asked_of(what))


def _asked_of(what: What) -> tuple[str, ...]:
    """What a list is asked for beside fields."""
    return (*_PAGED, "bodies") if what in _WITH_BODIES else _PAGED


ROUTES: Final = (
    Route(
        "GET",
        "/messages",
        list_messages,
        "Messages, oldest first",
        filters=_filters(What.MESSAGES),
        many=frozenset(FIELDS[What.MESSAGES]),
        gives="MessagePage",
    ),
    Route(
        "GET",
        "/callbacks",
        list_callbacks,
        "Callbacks with their attempts, oldest first",
        filters=_filters(What.CALLBACKS),
        many=frozenset(FIELDS[What.CALLBACKS]),
        gives="CallbackPage",
    ),
    Route(
        "GET",
        "/reports",
        list_reports,
        "Single reports, with the callback that each is in",
        filters=_filters(What.REPORTS),
        many=frozenset(FIELDS[What.REPORTS]),
        gives="ReportPage",
    ),
    Route(
        "GET",
        "/replies",
        list_replies,
        "All replies, those too that the service passes on to nobody",
        filters=_filters(What.REPLIES),
        many=frozenset(FIELDS[What.REPLIES]),
        gives="ReplyPage",
    ),
    Route(
        "GET",
        "/requests",
        list_requests,
        "All requests that came in, refused ones too",
        filters=_filters(What.REQUESTS),
        many=frozenset(FIELDS[What.REQUESTS]),
        gives="RequestPage",
    ),
    Route("GET", "/codes", get_code, "The last one-time code of a number", filters=("to",), gives="SentCode"),
)


async def _list(call: Call, what: What) -> Answer:
    query, total, others = call.request.query, wants_total(call), _asked_of(what)
    asked = [(name, query.getall(name)) for name in dict.fromkeys(query) if name not in others]
    try:
        criteria = read_query(what, asked)
    except BadValue as error:
        raise Illegal(str(error), error.pointer, error.expected) from None
    wanted = Wanted(
        what=what,
        criteria=criteria,
        since=since_of(call),
        words=words_of(query.get("search", "")),
        bodies=what not in _WITH_BODIES or flag_of(call, "bodies", usual=True),
    )
    work = call.services.listing.page(call.account, wanted, page_of(call), total=total)
    return await unless_hung_up(partial(on_hangup, call.request), work)

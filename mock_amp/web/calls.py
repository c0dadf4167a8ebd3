"""What every call of the control plane is made of: the row of its table, what it is asked, how values are read."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from mock_amp.core.account import DEFAULT_ACCOUNT
from mock_amp.core.instants import LAST_START, Instant, format_instant, parse_instant
from mock_amp.core.model import Channel
from mock_amp.core.records import Page
from mock_amp.core.shapes import Shape
from mock_amp.engine.errors import Illegal
from mock_amp.web.services import Services

MOST: Final = 10_000
USUAL: Final = 100
ORDERS: Final = ("asc", "desc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of the control plane, its body already checked."""

    services: Services
    request: web.Request
    """For those who answer in their own way; all else has what it needs below."""
    account: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, Any]
    text: bytes = b""
    """The body as it came, where it is no JSON object."""


Answer = Shape | web.StreamResponse | None


@dataclass(frozen=True, slots=True)
class Route:
    """`takes` names the body's schema in `control-plane.json`; a path of an account exists for the default one too."""

    method: str
    path: str
    handler: Callable[[Call], Awaitable[Answer]]
    summary: str
    takes: str | None = None
    takes_text: bool = False
    """Whether the handler reads the body; a published schema with the name of the path says what that is."""
    yaml: bool = False
    """Whether such a body may be YAML as well as JSON, and a name instead of a document."""
    status: int = 200
    of_account: bool = True
    filters: tuple[str, ...] = ()
    many: frozenset[str] = frozenset()
    """Those of the filters that may be named several times, for any of the values."""
    gives: str | None = None
    """The answer's schema: one in `control-plane-answers.json` or a whole file; without it, it is some object."""
    media: str = "application/json"
    text: str | None = None
    """A content type that the answer has as well, as a text, for whoever accepts it rather."""
    refuses: tuple[int, ...] = ()
    """Statuses of its problems beside those that any call like it has."""
    streams: bool = False
    """Whether the answer goes on for as long as the client listens."""

    @property
    def paths(self) -> tuple[str, ...]:
        full = f"/__admin/accounts/{{account}}{self.path}"
        return (f"/__admin{self.path}", full) if self.of_account else (f"/__admin{self.path}",)


def account_of(match: Mapping[str, str]) -> str:
    """The account that a path names, or the default one."""
    return match.get("account", DEFAULT_ACCOUNT)


def channel_of(call: Call) -> Channel | None:
    return Channel(call.body["channel"]) if "channel" in call.body else None


def instant_of(value: str, pointer: str) -> Instant:
    try:
        instant = parse_instant(value)
    except ValueError as error:
        raise Illegal(str(error), pointer) from None
    if not 0 <= instant <= LAST_START:
        raise Illegal(f"{value} is out of range", pointer, f"an instant from 1970 to {format_instant(LAST_START)}")
    return instant


def page_of(call: Call) -> Page:
    """Which part of a list a call asks for. Raises Illegal."""
    limit, cursor = number_of(call.query.get("limit", str(USUAL))), call.query.get("cursor")
    if limit is None or not 1 <= limit <= MOST:
        raise Illegal(f"limit is {call.query['limit']!r}", "?limit", f"a whole number from 1 to {MOST}")
    after = number_of(cursor) if cursor is not None else None
    if cursor is not None and after is None:
        raise Illegal(f"cursor is {cursor!r}", "?cursor", "the next of the page before")
    return Page(after=after, limit=limit, descending=_order_of(call) == "desc")


def since_of(call: Call) -> int | None:
    """The line of the journal after which things have to have come about. Raises Illegal."""
    if "since" not in call.query:
        return None
    number = number_of(call.query["since"])
    if number is None:
        raise Illegal(f"since is {call.query['since']!r}", "?since", "the id of a request")
    return number


def flag_of(call: Call, name: str, *, usual: bool) -> bool:
    """Whether a call asks for something that it may leave out. Raises Illegal."""
    said = call.query.get(name, str(usual).lower())
    if said not in ("true", "false"):
        raise Illegal(f"{name} is {said!r}", f"?{name}", "true or false")
    return said == "true"


def wants_total(call: Call) -> bool:
    """Whether all that there are have to be counted too. Raises Illegal."""
    return flag_of(call, "total", usual=False)


def number_of(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _order_of(call: Call) -> str:
    order = call.query.get("order", ORDERS[0])
    if order not in ORDERS:
        raise Illegal(f"order is {order!r}", "?order", "asc, the oldest first, or desc, the newest first")
    return order

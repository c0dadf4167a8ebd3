"""Calls that list: all pages of a list, or as many items as are asked for."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, TypeVar

from mock_amp.client.here import Here
from mock_amp.client.matches import Order, Wanted, What, one_of, query_of
from mock_amp.client.plans import Plan, ask, read
from mock_amp.client.shapes import (
    Callback,
    Due,
    Job,
    Message,
    Reply,
    Report,
    Request,
    Shape,
    Token,
)

T = TypeVar("T")

Since = Request | str | int | None
"""A request, or its id: a line of the journal, after which something came about."""

Query = Sequence[tuple[str, str]]
"""The parameters of a call, by name."""

_PAGE: Final = 1_000


class Page(Shape, Generic[T], frozen=True):
    """A page of a list; `evicted` counts what the account keeps no more."""

    items: tuple[T, ...]
    next: str | None = None
    evicted: int = 0
    total: int = 0


def messages(
    here: Here,
    /,
    *,
    limit: int | None = None,
    since: Since = None,
    order: Order | None = None,
    search: str | None = None,
    **match: Wanted,
) -> Plan[list[Message]]:
    """Messages, oldest first, whose fields have these values: `messages(to="35699000001", status="SEEN")`.

    So in all lists: with `since`, a request or its id, only what came after that line of the journal; with `search`
    only what has each of its words in some field, whatever its case; `order="desc"` begins with the newest.
    """
    return pages(here.path("messages"), Message, limit, filters(match, since, search, order))


def jobs(
    here: Here,
    /,
    *,
    limit: int | None = None,
    since: Since = None,
    order: Order | None = None,
    **match: Wanted,
) -> Plan[list[Job]]:
    """Jobs, oldest first, each with how many messages stand where; by `api_job_id`, `client_job_id` and `product`."""
    return pages(here.path("jobs"), Job, limit, filters(match, since, order=order))


def callbacks(
    here: Here,
    /,
    *,
    limit: int | None = None,
    since: Since = None,
    order: Order | None = None,
    search: str | None = None,
    **match: Wanted,
) -> Plan[list[Callback]]:
    """Callbacks with their attempts, oldest first."""
    return pages(here.path("callbacks"), Callback, limit, filters(match, since, search, order))


def reports(
    here: Here,
    /,
    *,
    limit: int | None = None,
    since: Since = None,
    order: Order | None = None,
    search: str | None = None,
    **match: Wanted,
) -> Plan[list[Report]]:
    """Single delivery reports, oldest first, whatever bundle they travel in."""
    return pages(here.path("reports"), Report, limit, filters(match, since, search, order))


def replies(
    here: Here,
    /,
    *,
    limit: int | None = None,
    since: Since = None,
    order: Order | None = None,
    search: str | None = None,
    **match: Wanted,
) -> Plan[list[Reply]]:
    """Replies of handsets, oldest first."""
    return pages(here.path("replies"), Reply, limit, filters(match, since, search, order))


def requests(
    here: Here,
    /,
    *,
    limit: int | None = None,
    since: Since = None,
    order: Order | None = None,
    search: str | None = None,
    **match: Wanted,
) -> Plan[list[Request]]:
    """All requests to the service, oldest first, refused ones too: `requests(status=403)`."""
    return pages(here.path("requests"), Request, limit, filters(match, since, search, order))


def latest_requests(here: Here, /, limit: int, **match: Wanted) -> Plan[list[Request]]:
    """The newest lines of the journal with these values, oldest first, read from its end."""
    found = yield from pages(here.path("requests"), Request, limit, filters(match, order="desc"))
    return found[::-1]


def count(
    here: Here, /, what: What = "messages", *, since: Since = None, search: str | None = None, **match: Wanted
) -> Plan[int]:
    """How many there are on a list with these values: `count("requests", status=403)`."""
    return total(here, what, filters(match, since, search))


def agenda(here: Here, /, *, limit: int = 100) -> Plan[list[Due]]:
    """What will happen next, in its order."""
    return all_at_once(here.path("agenda"), Due, [("limit", str(limit))])


def tokens(here: Here, /) -> Plan[list[Token]]:
    """The account's tokens."""
    return all_at_once(here.path("tokens"), Token)


def pages(path: str, shape: type[T], limit: int | None, asked: Query) -> Plan[list[T]]:
    """The items of a list, page by page, up to `limit` of them or all."""
    if limit is not None and limit < 0:
        raise ValueError(f"limit is {limit}: say how many at most, or leave it out for all")
    cursor, found = None, list[T]()
    while limit is None or len(found) < limit:
        most = _PAGE if limit is None else min(_PAGE, limit - len(found))
        query = [*asked, ("limit", str(most)), *([("cursor", cursor)] if cursor else [])]
        page: Page[T] = read((yield ask("GET", path, query=query)), Page[shape])  # type: ignore[valid-type]
        found += page.items
        cursor = page.next
        if cursor is None:
            break
    return found


def filters(
    match: Mapping[str, Wanted], since: Since = None, search: str | None = None, order: Order | None = None
) -> Query:
    """What is asked of a list, as parameters. Raises ValueError for what no list can be asked."""
    if "bodies" in match:
        raise ValueError("bodies is no field: callbacks and requests are always read whole here")
    line = None if since is None else str(line_of(since))
    others = (("since", line), ("search", search), ("order", one_of("order", order, Order)))
    return [*query_of(match), *((name, value) for name, value in others if value is not None)]


def total(here: Here, /, what: What, asked: Query) -> Plan[int]:
    """How many items a list has that are asked for."""
    query = [*asked, ("limit", "1"), ("total", "true")]
    page: Page[Any] = read((yield ask("GET", here.path(one_of("what", what, What)), query=query)), Page[Any])
    return page.total


def line_of(since: Request | str | int) -> int:
    """The number of a line of the journal. Raises ValueError."""
    told = since.id if isinstance(since, Request) else str(since)
    if not (told.isascii() and told.isdigit()):
        raise ValueError(f"{since!r} is no request: since takes one of requests(), or its id")
    return int(told)


def all_at_once(path: str, shape: type[T], query: Query = ()) -> Plan[list[T]]:
    """The items of a list that has no pages."""
    page: Page[T] = read((yield ask("GET", path, query=query)), Page[shape])  # type: ignore[valid-type]
    return list(page.items)

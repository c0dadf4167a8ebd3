"""Queries of lists: what is sought by which column, from where on, and in which order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import orjson

from mock_amp.adapters.rows import Row
from mock_amp.adapters.table import Table
from mock_amp.core.records import Page, Sought

_ANY: Final = "(SELECT value FROM json_each(:{0}))"
_OF_MESSAGE: Final = "callback.job IN (SELECT job FROM message{by} WHERE account = :account AND {column} IN {any})"
_BY_ID: Final = "SELECT key FROM job INDEXED BY job_by_id WHERE account = :account AND api_job_id IN {any}"
_BY_OWN_ID: Final = (
    "SELECT key FROM job INDEXED BY job_by_client_id WHERE account = :account AND client_job_id IN {any}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list: its table, named queries for its columns and its rows, the columns that order it, and how it is chosen.

    `fields` gives a column, or a whole condition with `{any}` for the values.
    """

    table: str
    columns: tuple[str, ...]
    source: str
    key: tuple[str, ...]
    fields: Mapping[str, str]
    since: str = ""


_MESSAGE_FIELDS: Final = {
    "ordinal": "m.ordinal",
    "to": "m.number",
    "custom_id": "m.custom_id",
    "cohort": "m.cohort",
    "status": "c.status",
    "type": "c.channel",
    "channel": "c.channel",
    "api_job_id": f"j.key IN ({_BY_ID})",
    "client_job_id": f"j.key IN ({_BY_OWN_ID})",
    "job_id": f"j.key IN ({_BY_ID} UNION {_BY_OWN_ID})",
}
MESSAGES: Final = Listing(
    table="message",
    columns=("message_columns",),
    source="list_messages",
    key=("m.ordinal",),
    fields=MappingProxyType(_MESSAGE_FIELDS),
    since="j.line > :since",
)
_SOURCES: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "list_messages": {
            "ordinal": "list_messages",
            "to": "list_messages_to",
            "cohort": "list_messages_of_cohorts",
            "api_job_id": "list_messages_of_jobs",
            "client_job_id": "list_messages_of_jobs",
            "job_id": "list_messages_of_jobs",
        },
        "list_callbacks": {"id": "list_callbacks"}
        | dict.fromkeys(("api_job_id", "client_job_id", "ordinal", "to", "custom_id"), "list_callbacks_of_jobs"),
    }
)
"""Where the search begins when it is for these; the first of them that is asked for decides. The database would rather
have the order of the list for nothing, and look at all that an account has."""

CALLBACKS: Final = Listing(
    table="callback",
    columns=("callback_columns",),
    source="list_callbacks",
    key=("key",),
    fields=MappingProxyType(
        {
            "id": "callback.key",
            "kind": "callback.kind",
            "url": "callback.url",
            "state": "callback.state",
            "api_job_id": f"callback.job IN ({_BY_ID})",
            "client_job_id": f"callback.job IN ({_BY_OWN_ID})",
            "ordinal": _OF_MESSAGE.format(column="ordinal", by="", any="{any}"),
            "to": _OF_MESSAGE.format(column="number", by=" INDEXED BY message_by_number", any="{any}"),
            "custom_id": _OF_MESSAGE.format(column="custom_id", by="", any="{any}"),
        }
    ),
    since="callback.since >= :since",
)
ATTEMPTS: Final = Listing(
    table="attempt",
    columns=("attempt_columns", "attempt_owner_columns"),
    source="list_attempts",
    key=("attempt.callback", "attempt.number"),
    fields=MappingProxyType(
        {
            "callback_id": "attempt.callback",
            "number": "attempt.number",
            "outcome": "attempt.outcome",
            "status": "attempt.status",
            "kind": "callback.kind",
            "url": "callback.url",
        }
    ),
)
REPLIES: Final = Listing(
    table="reply",
    columns=("reply_columns",),
    source="list_replies",
    key=("key",),
    fields=MappingProxyType({"ordinal": "message", "callback_id": "callback", "channel": "channel"}),
    since="since >= :since",
)
REQUESTS: Final = Listing(
    table="request",
    columns=("request_columns",),
    source="list_requests",
    key=("number",),
    fields=MappingProxyType(
        {"id": "number"} | {name: name for name in ("method", "path", "status", "rule", "api_job_id", "token")}
    ),
    since="number > :since",
)

_BY_JOB: Final = {
    "api_job_id": ("job_by_id",),
    "client_job_id": ("job_by_client_id",),
    "job_id": ("job_by_id", "job_by_client_id"),
}
_INDEXES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = MappingProxyType(
    {
        MESSAGES.source: {"to": ("message_by_number",), **_BY_JOB},
        CALLBACKS.source: {"to": ("message_by_number",), **_BY_JOB},
        "list_jobs": _BY_JOB,
    }
)

STRIDE: Final = 1_000_000
"""A key of two columns as one number: so many of the second one for each of the first."""


def indexes_for(of: Listing, sought: Sought) -> Iterator[str]:
    """The indexes without which a search would look at every row."""
    needed = _INDEXES.get(of.source, {})
    for name in sought.fields:
        yield from needed.get(name, ())


def page_query(
    queries: Mapping[str, str], of: Listing, account: int, sought: Sought, page: Page
) -> tuple[str, dict[str, Any]]:
    """The query of a page: an index gives it in its order, whichever way round."""
    source, values = _chosen(queries, of, account, sought)
    order, beyond = ("DESC", "<") if page.descending else ("ASC", ">")
    columns = ", ".join(queries[each] for each in of.columns)
    if page.after is not None:
        places = divmod(page.after, STRIDE) if len(of.key) > 1 else (page.after,)
        values |= {f"after_{at}": place for at, place in enumerate(places)}
        names = ", ".join(f":after_{at}" for at, _ in enumerate(places))
        source += f" AND ({', '.join(of.key)}) {beyond} ({names})"
    ordered = ", ".join(f"{each} {order}" for each in of.key)
    text = f"SELECT {columns} {source} ORDER BY {ordered} LIMIT :limit"
    return text, values | {"limit": page.limit}


def count_query(queries: Mapping[str, str], of: Listing, account: int, sought: Sought) -> tuple[str, dict[str, Any]]:
    """The query of how many there are."""
    source, values = _chosen(queries, of, account, sought)
    return f"SELECT count(*) {source}", values


def _chosen(queries: Mapping[str, str], of: Listing, account: int, sought: Sought) -> tuple[str, dict[str, Any]]:
    values: dict[str, Any] = {"account": account}
    conditions = [queries[_source(of, sought)]]
    for name, wanted in sought.fields.items():
        column, place = of.fields[name], _ANY.format(name)
        conditions.append(column.format(any=place) if "{any}" in column else f"{column} IN {place}")
        values[name] = orjson.dumps(wanted).decode()
    if sought.since is not None:
        conditions.append(of.since)
        values["since"] = sought.since
    return " AND ".join(conditions), values


def _source(of: Listing, sought: Sought) -> str:
    special = _SOURCES.get(of.source, {})
    return next((source for name, source in special.items() if name in sought.fields), of.source)


class Listed(Table):
    """A book with a list that can be searched."""

    def _page(self, of: Listing, account: int, page: Page, sought: Sought) -> list[Row]:
        for index in indexes_for(of, sought):
            self._indexed(index)
        return self._fetch(of.table, *page_query(self._sql, of, account, sought, page))

    def _count(self, of: Listing, account: int, sought: Sought) -> int:
        for index in indexes_for(of, sought):
            self._indexed(index)
        found: int = self._execute(*count_query(self._sql, of, account, sought)).fetchone()[0]
        return found

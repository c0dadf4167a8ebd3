"""What is asked while the clocks run is looked up: it costs the same however much an account holds (D5, D13)."""

import re
from collections.abc import Iterator

import apsw
import pytest

from mock_amp.adapters.job_book import JOBS
from mock_amp.adapters.queries import load_queries, read_sql
from mock_amp.adapters.seeking import (
    ATTEMPTS,
    CALLBACKS,
    MESSAGES,
    REPLIES,
    REQUESTS,
    Listing,
    indexes_for,
    page_query,
)
from mock_amp.core.records import Page, Sought

_PARAMETER = re.compile(r":\w+|\?")
_WHOLE = re.compile(r"^SEARCH .*\(account=\?\)$|^SCAN ")
"""A search by the account alone looks at all that it has."""

LOOKED_UP = (
    "agenda_due",
    "agenda_same_moment",
    "agenda_of_cohort",
    "agenda_of_callback",
    "agenda_remove",
    "cohort_get",
    "cohort_some",
    "cohort_save",
    "job_get",
    "job_reported",
    "cohort_of_job",
    "message_get",
    "message_first",
    "callback_get",
    "callback_open",
    "callback_waiting",
    "callback_of_job",
    "attempt_of_callback",
    "standing_page",
    "standing_some",
    "evicting_add",
    "message_extent",
    "callback_extent",
    "reply_extent",
    "message_some",
    "evict_attempts",
    "evict_callbacks",
    "evict_replies",
    "evict_clicks",
    "evict_messages",
    "evict_cohorts",
    "evict_attempts_all",
    "evict_callbacks_all",
    "evict_cohorts_all",
    "evict_jobs",
    "evict_codes",
    "request_last",
)


@pytest.fixture
def connection() -> Iterator[apsw.Connection]:
    it = apsw.Connection(":memory:")
    it.execute(read_sql("schema"))
    yield it
    it.close()


def _steps(connection: apsw.Connection, query: str) -> list[str]:
    rows = connection.execute("EXPLAIN QUERY PLAN " + _PARAMETER.sub("1", query)).fetchall()
    return [str(row[3]) for row in rows]


def _whole(connection: apsw.Connection, query: str) -> list[str]:
    """The steps of a query in which it looks at a whole table, or at all of an account."""
    steps = _steps(connection, query)
    return [step for step in steps if _WHOLE.search(step) and "json_each" not in step and "(sub" not in step]


@pytest.mark.parametrize("name", LOOKED_UP)
def test_a_query_looks_up_what_it_needs(connection: apsw.Connection, name: str) -> None:
    """D13: a million messages held make no move, no report and no eviction dearer."""
    assert _whole(connection, load_queries()[name]) == []


def test_a_query_that_looks_at_all_is_noticed(connection: apsw.Connection) -> None:
    """Without the word about the index SQLite takes the account alone to be narrow enough."""
    assert _whole(connection, "SELECT at FROM agenda WHERE account = ? AND kind = ?")
    assert _whole(connection, "SELECT key FROM callback")


SEARCHES = (
    (MESSAGES, "ordinal"),
    (MESSAGES, "to"),
    (MESSAGES, "cohort"),
    (MESSAGES, "api_job_id"),
    (MESSAGES, "client_job_id"),
    (MESSAGES, "job_id"),
    (CALLBACKS, "id"),
    (CALLBACKS, "api_job_id"),
    (CALLBACKS, "client_job_id"),
    (CALLBACKS, "ordinal"),
    (CALLBACKS, "to"),
    (JOBS, "api_job_id"),
    (JOBS, "client_job_id"),
)


@pytest.mark.parametrize(("of", "name"), SEARCHES)
def test_a_search_looks_up_what_it_is_for(connection: apsw.Connection, of: Listing, name: str) -> None:
    """D13: with the indexes that it says it needs."""
    queries, sought = load_queries(), Sought(fields={name: ("x",)})
    for index in indexes_for(of, sought):
        connection.execute(queries[f"index_{index}"])

    assert _whole(connection, page_query(queries, of, 1, sought, Page())[0]) == []


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("of", [MESSAGES, CALLBACKS, ATTEMPTS, REPLIES, REQUESTS], ids=lambda of: of.table)
def test_a_page_is_read_in_its_order_from_its_cursor_on(
    connection: apsw.Connection, of: Listing, *, descending: bool
) -> None:
    """D13: an index has the order, either way round: nothing is sorted, and nothing is read that is not on the page."""
    first, later = (
        _steps(connection, page_query(load_queries(), of, 1, Sought(), Page(after=after, descending=descending))[0])
        for after in (None, 5)
    )

    assert [step for step in first + later if "TEMP B-TREE" in step] == []
    assert ("<?" if descending else ">?") in later[0].replace("(?,?)", "?")

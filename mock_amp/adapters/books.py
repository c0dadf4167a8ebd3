"""The books of the store over one SQLite connection: each method is a query of `sql/`, or a few."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import apsw
import orjson

from mock_amp.adapters import rows
from mock_amp.adapters.account_book import ALL_THAT_HAPPENED, SqliteAccounts
from mock_amp.adapters.code_book import SqliteCodes
from mock_amp.adapters.damage import UNREADABLE, damage, decoder
from mock_amp.adapters.job_book import SqliteJobs
from mock_amp.adapters.plan_rows import read_plan
from mock_amp.adapters.record_books import SqliteCallbacks, SqliteHandsets, SqliteJournal
from mock_amp.adapters.retention_book import SqliteRetention
from mock_amp.adapters.script_book import SqliteScripts
from mock_amp.adapters.seeking import MESSAGES, Listed
from mock_amp.adapters.snapshot_book import SqliteSnapshots
from mock_amp.adapters.table import Table, Writes
from mock_amp.core import bundles
from mock_amp.core.instants import BEFORE_ALL, Instant
from mock_amp.core.model import Cohort, Destination, Entry, Job, Message, Runs
from mock_amp.core.records import (
    Due,
    Figures,
    Kind,
    News,
    Page,
    Sought,
    Unfinished,
    Where,
)

_AT_ONCE: Final = 5_000
_KINDS: Final = {each.value: each for each in Kind}
_SPARSE: Final = 8
"""Up to so many rows read for one that is wanted, one query is quicker than one a run."""


class SqliteSending(Listed):
    def reserve(self, account: int, first: int, size: int) -> None:
        self._run("reserved_add", account, first, size)

    def release(self, account: int, first: int) -> None:
        self._run("reserved_release", account, first)

    def forget_reserved(self, account: int, first: int, limit: int) -> bool:
        if self._change("reserved_forget", {"account": account, "first": first, "limit": limit}):
            return False
        self.release(account, first)
        return True

    def add_messages(self, account: int, job: int, first: int, rows_: Iterable[tuple[int, int, Destination]]) -> None:
        write = rows.write_params
        found = [
            (account, first + position, job, cohort, number, custom_id, params and write(params))
            for position, cohort, (number, custom_id, params) in rows_
        ]
        self._writes.rows[self._sql["message_add"]] += found

    def add_job(self, account: int, job: Job) -> None:
        self._later("job_add", rows.job_row(account, job))

    def job(self, account: int, key: int) -> Job:
        return rows.job_of(self._there("job_get", account, key))

    def add_cohort(self, account: int, cohort: Cohort) -> None:
        self._later("cohort_add", rows.cohort_row(account, cohort))

    def save_cohort(self, account: int, cohort: Cohort) -> None:
        self._run("cohort_save", *rows.cohort_changes(account, cohort))

    def save_cohorts(self, account: int, cohorts: Sequence[Cohort]) -> None:
        self._executemany(self._sql["cohort_save"], [rows.cohort_changes(account, each) for each in cohorts])

    def recast_cohort(self, account: int, cohort: Cohort) -> None:
        self._run("cohort_recast", *rows.cohort_recast(account, cohort))

    def cohort(self, account: int, key: int) -> Cohort:
        return rows.cohort_of(self._there("cohort_get", account, key))

    def some_cohorts(self, account: int, keys: Sequence[int]) -> Sequence[Cohort]:
        return [rows.cohort_of(row) for row in self._all("cohort_some", account, orjson.dumps(keys).decode())]

    def reported_jobs(self, account: int, keys: Sequence[int]) -> Sequence[Job]:
        return [rows.job_of(row) for row in self._all("job_reported", account, orjson.dumps(keys).decode())]

    def move_messages(self, account: int, job: Job, runs: Runs, cohort: int) -> None:
        self._executemany(
            self._sql["message_move"], [(cohort, account, job.first + first, job.first + last) for first, last in runs]
        )

    def cohorts(self, account: int) -> Sequence[Cohort]:
        return [rows.cohort_of(row) for row in self._all("cohort_all", account)]

    def timeline(self, account: int, cohort: int) -> tuple[Entry, ...]:
        return rows.read_timeline(self._there("cohort_timeline", account, cohort)[0])

    def message(self, account: int, ordinal: int) -> Message | None:
        row = self._one("message_get", account, ordinal)
        return self._messages(account, [row])[0] if row else None

    def where(self, account: int, ordinal: int) -> Where | None:
        row = self._glance("message_standing", account, ordinal)
        if row is None:
            return None
        number, custom_id, api_job_id, client_job_id, timeline, plan = row
        try:
            return Where(number, custom_id, api_job_id, client_job_id, rows.read_latest(timeline), read_plan(plan))
        except UNREADABLE as error:
            raise damage("cohort", error) from error

    def messages(self, account: int, sought: Sought, page: Page) -> Sequence[Message]:
        return self._messages(account, self._page(MESSAGES, account, page, sought))

    def count(self, account: int, sought: Sought) -> int:
        return self._count(MESSAGES, account, sought)

    def known(self, account: int, numbers: Sequence[str]) -> frozenset[str]:
        found: set[str] = set()
        self._indexed("message_by_number")
        for start in range(0, len(numbers), _AT_ONCE):
            part = orjson.dumps(numbers[start : start + _AT_ONCE]).decode()
            found.update(row[0] for row in self._all("message_known", account, part))
        return frozenset(found)

    def recipients(self, account: int, job: Job, runs: Runs) -> Sequence[tuple[int, str, str | None]]:
        first, last = job.first + runs[0][0], job.first + runs[-1][1]
        if len(runs) == 1:
            return self._all("message_recipients", account, first, last)
        if last - first > _SPARSE * bundles.count(runs):
            return [row for run in runs for row in self.recipients(account, job, (run,))]
        wanted = {job.first + at for start, end in runs for at in range(start, end + 1)}
        return [(*row,) for row in self._all("message_recipients", account, first, last) if row[0] in wanted]

    def _messages(self, account: int, found: Sequence[rows.Row]) -> list[Message]:
        jobs = {key: self.job(account, key) for key in {row[4] for row in found}}
        cohorts = {key: self.cohort(account, key) for key in {row[5] for row in found}}
        return [
            Message(
                ordinal=ordinal,
                number=number,
                custom_id=custom_id,
                params=params and rows.read_params(params),
                job=jobs[job],
                cohort=cohorts[cohort],
            )
            for ordinal, number, custom_id, params, job, cohort in found
        ]

    def _there(self, name: str, account: int, key: int) -> rows.Row:
        row = self._one(name, account, key)
        if row is None:
            raise LookupError(f"{name} {account}/{key}")
        return row


class SqliteAgenda(Table):
    def size(self, account: int) -> int:
        known = self._writes.ahead.get(account)
        if known is None:
            row = self._one("agenda_size", account)
            known = self._writes.ahead[account] = row[0] if row else 0
        return known

    def add(self, account: int, due: Due) -> None:
        self._count(account, 1)
        self._later("agenda_add", (account, due.at, due.seq, str(due.kind), due.subject, *due.part))

    def move(self, account: int, kind: Kind, subject: int, at: Instant, to: Instant) -> None:
        self._run("agenda_move", to, account, at, kind, subject)

    def due(self, account: int, until: Instant, limit: int) -> Sequence[Due]:
        found = _dues(self._all("agenda_due", account, until, limit))
        if len(found) == limit and found[-1].seq >= 0:  # those below are posts that a start has put back: one by one
            last = found[-1]
            found += _dues(self._all("agenda_same_moment", account, last.at, last.seq))
        return found

    def drop(self, account: int, dues: Sequence[Due]) -> None:
        self._writes.flush()
        before = self._connection.total_changes()
        self._connection.executemany(self._sql["agenda_remove"], [(account, due.at, due.seq) for due in dues])
        self._count(account, before - self._connection.total_changes())

    def of(self, account: int, kind: Kind, subject: int) -> Sequence[Due]:
        name = "agenda_of_callback" if kind is Kind.POST else "agenda_of_cohort"
        return _dues(self._all(name, account, subject, kind.value))

    def remove(self, account: int, due: Due) -> None:
        self._count(account, -self._run("agenda_remove", account, due.at, due.seq))

    def next_at(self, account: int, after: Instant = BEFORE_ALL) -> Instant | None:
        row = self._one("agenda_next", account, after)
        return row[0] if row else None

    def peek(self, account: int, page: Page) -> Sequence[Due]:
        return _dues(self._all("agenda_page", account, page.limit))

    def heads(self) -> Sequence[tuple[int, Instant]]:
        return [(account, at) for account, at in self._all("agenda_heads")]

    def _count(self, account: int, more: int) -> None:
        """Rows have been added, or taken off."""
        if account in self._writes.ahead:
            self._writes.ahead[account] += more


class SqliteBooks(Table):
    """All the books of one connection."""

    def __init__(self, connection: apsw.Connection, queries: Mapping[str, str]) -> None:
        writes = Writes(connection)
        own = (connection, queries, writes)
        super().__init__(*own)
        self.accounts = SqliteAccounts(*own)
        self.sending = SqliteSending(*own)
        self.jobs = SqliteJobs(*own)
        self.agenda = SqliteAgenda(*own)
        self.callbacks = SqliteCallbacks(*own)
        self.handsets = SqliteHandsets(*own)
        self.journal = SqliteJournal(*own)
        self.codes = SqliteCodes(*own)
        self.scripts = SqliteScripts(*own, self.accounts.flush)
        tables = [each for each in ALL_THAT_HAPPENED if each != "asked"]  # which follows from the agenda
        self.snapshots = SqliteSnapshots(*own, tables)
        self.retention = SqliteRetention(*own)

    def tell(self, news: Iterable[News]) -> None:
        self.accounts.told += news

    def flush(self) -> None:
        """Writes all that is only at hand; the end of a transaction."""
        self.accounts.flush()
        self._writes.flush()

    def committed(self) -> Sequence[News]:
        """What was told in the transaction that has just been committed."""
        told, self.accounts.told = self.accounts.told, []
        return told

    def forget(self) -> None:
        """Drops what was written and told in a transaction that is rolled back."""
        self._writes.forget()
        self.accounts.forget()

    def figures(self) -> Figures:
        return Figures(*(self._one("figures") or (0, 0, 0)))

    def unfinished(self) -> Unfinished:
        messages = 0
        for row in self._fetch("cohort", self._sql["unfinished_messages"], ()):
            messages += _unfinished(row)
        owed = self._one("unfinished_callbacks")
        return Unfinished(messages=messages, callbacks=owed[0] if owed else 0)


@decoder("cohort")
def _unfinished(row: rows.Row) -> int:
    plan, leg, step, members = row
    legs = read_plan(plan)
    return bundles.count(rows.read_runs(members)) if leg < len(legs) and step < len(legs[leg].steps) else 0


@decoder("agenda")
def _dues(found: Sequence[rows.Row]) -> list[Due]:
    return [Due(at, seq, _KINDS[kind], subject, (act, done)) for at, seq, kind, subject, act, done in found]

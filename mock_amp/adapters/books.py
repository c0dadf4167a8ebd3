"""The books of the store over one SQLite connection: each method is a query of `sql/`, or a few."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import orjson

from mock_amp.adapters import rows
from mock_amp.adapters.code_book import SqliteCodes
from mock_amp.adapters.plan_rows import read_plan
from mock_amp.adapters.record_books import SqliteCallbacks, SqliteHandsets, SqliteJournal
from mock_amp.adapters.retention_book import SqliteRetention
from mock_amp.adapters.script_book import SqliteScripts
from mock_amp.adapters.seeking import MESSAGES, count_query, page_query
from mock_amp.adapters.snapshot_book import SqliteSnapshots
from mock_amp.adapters.table import Table
from mock_amp.core import bundles
from mock_amp.core.account import Account
from mock_amp.core.instants import BEFORE_ALL, Instant
from mock_amp.core.model import Cohort, Destination, Entry, Job, Message, Runs, Token
from mock_amp.core.records import (
    Due,
    Figures,
    Kind,
    News,
    Page,
    Sought,
    Unfinished,
)

_AT_ONCE: Final = 5_000
_SPARSE: Final = 8
"""Up to so many rows read for one that is wanted, one query is quicker than one a run."""

_ALL_THAT_HAPPENED: Final = (
    "job",
    "cohort",
    "message",
    "reserved",
    "agenda",
    "callback",
    "attempt",
    "reply",
    "click",
    "request",
    "code",
    "tally",
    "queue",
    "evicting",
    "lost",
)


class SqliteAccounts(Table):
    """Accounts are kept at hand within a transaction, and written once at its end."""

    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str]) -> None:
        super().__init__(connection, queries)
        self._known: dict[str, Account] = {}
        self._changed: dict[str, Account] = {}

    def get(self, account_id: str) -> Account | None:
        if account_id in self._known:
            return self._known[account_id]
        return self._know(self._one("account_get", account_id))

    def by_key(self, key: int) -> Account | None:
        row = self._one("account_by_key", key)
        return self.get(row[1]) if row else None

    def of_token(self, value: str) -> tuple[Account, Token] | None:
        row = self._one("token_get", value)
        token = rows.token_of(row) if row else None
        account = self.get(token.account) if token else None
        return (account, token) if account and token else None

    def all(self) -> Sequence[Account]:
        self.flush()
        return [rows.account_of(row) for row in self._all("account_all")]

    def count(self) -> int:
        row = self._one("account_count")
        return row[0] if row else 0

    def add(self, account: Account) -> Account:
        self._run("account_add", *rows.account_row(account))
        kept = self._know(self._one("account_get", account.id))
        if kept is None:
            raise LookupError(account.id)
        return kept

    def save(self, account: Account) -> None:
        self._known[account.id] = self._changed[account.id] = account

    def clear(self, key: int) -> None:
        for table in _ALL_THAT_HAPPENED:
            self._execute(f"DELETE FROM {table} WHERE account = ?", (key,))  # noqa: S608 - names from the list above

    def delete(self, key: int, *, bury: bool = True) -> None:
        account = self.by_key(key)
        if account is None:
            return
        self.clear(key)
        self._run("account_delete", key)
        if bury:
            self._run("token_bury", account.created_at, account.id)
        else:
            self._run("token_forget", account.id)
        self._known.pop(account.id, None)
        self._changed.pop(account.id, None)

    def tokens(self, account_id: str) -> Sequence[Token]:
        return [rows.token_of(row) for row in self._all("token_of_account", account_id)]

    def add_token(self, token: Token) -> bool:
        return self._run("token_add", *rows.token_row(token)) == 1

    def save_token(self, token: Token) -> bool:
        return self._run("token_save", rows.write_policy(token), token.account, token.value) == 1

    def spend(self, token: str, until: Instant) -> None:
        self._run("token_spend", until, token)

    def delete_token(self, account_id: str, value: str, at: Instant) -> bool:
        return self._run("token_delete", at, account_id, value) == 1

    def flush(self) -> None:
        """Writes what was saved."""
        for account in self._changed.values():
            self._run("account_save", *rows.account_changes(account))
        self._changed.clear()

    def forget(self) -> None:
        """Ends the transaction's view."""
        self._known.clear()
        self._changed.clear()

    def _know(self, row: rows.Row | None) -> Account | None:
        if row is None:
            return None
        account = rows.account_of(row)
        self._known[account.id] = account
        return account


class SqliteSending(Table):
    def reserve(self, account: int, first: int, size: int) -> None:
        self._run("reserved_add", account, first, size)

    def release(self, account: int, first: int) -> None:
        self._run("reserved_release", account, first)

    def add_messages(self, account: int, job: int, first: int, rows_: Iterable[tuple[int, int, Destination]]) -> None:
        self._executemany(
            self._sql["message_add"],
            [
                (account, first + position, job, cohort, to.number, to.custom_id, rows.write_params(to.params))
                for position, cohort, to in rows_
            ],
        )

    def add_job(self, account: int, job: Job) -> None:
        self._run("job_add", account, *rows.job_row(job))

    def job(self, account: int, key: int) -> Job:
        return rows.job_of(self._there("job_get", account, key))

    def add_cohort(self, account: int, cohort: Cohort) -> None:
        self._run("cohort_add", account, *rows.cohort_row(cohort))

    def save_cohort(self, account: int, cohort: Cohort) -> None:
        self._run("cohort_save", *rows.cohort_changes(account, cohort))

    def recast_cohort(self, account: int, cohort: Cohort) -> None:
        self._run("cohort_recast", *rows.cohort_recast(account, cohort))

    def cohort(self, account: int, key: int) -> Cohort:
        return rows.cohort_of(self._there("cohort_get", account, key))

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

    def messages(self, account: int, sought: Sought, page: Page) -> Sequence[Message]:
        found = self._execute(*page_query(self._sql, MESSAGES, account, sought, page))
        return self._messages(account, found.fetchall())

    def count(self, account: int, sought: Sought) -> int:
        found: int = self._execute(*count_query(self._sql, MESSAGES, account, sought)).fetchone()[0]
        return found

    def known(self, account: int, numbers: Sequence[str]) -> frozenset[str]:
        found: set[str] = set()
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
                params=rows.read_params(params),
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
    def add(self, account: int, due: Due) -> None:
        self._run("agenda_add", account, due.at, due.seq, due.kind, due.subject, *due.part)

    def move(self, account: int, kind: Kind, subject: int, at: Instant, to: Instant) -> None:
        self._run("agenda_move", to, account, at, kind, subject)

    def take(self, account: int, until: Instant, limit: int) -> Sequence[Due]:
        found = [_due(row) for row in self._all("agenda_due", account, until, limit)]
        if len(found) == limit:
            last = found[-1]
            found += [_due(row) for row in self._all("agenda_same_moment", account, last.at, last.seq)]
        self._executemany(self._sql["agenda_remove"], [(account, due.at, due.seq) for due in found])
        return found

    def of(self, account: int, kind: Kind, subject: int) -> Sequence[Due]:
        return [_due(row) for row in self._all("agenda_of", account, kind, subject)]

    def remove(self, account: int, due: Due) -> None:
        self._run("agenda_remove", account, due.at, due.seq)

    def next_at(self, account: int, after: Instant = BEFORE_ALL) -> Instant | None:
        row = self._one("agenda_next", account, after)
        return row[0] if row else None

    def peek(self, account: int, page: Page) -> Sequence[Due]:
        return [_due(row) for row in self._all("agenda_page", account, page.limit)]

    def heads(self) -> Sequence[tuple[int, Instant]]:
        return [(account, at) for account, at in self._all("agenda_heads")]


class SqliteBooks(Table):
    """All the books of one connection."""

    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str]) -> None:
        super().__init__(connection, queries)
        self.accounts = SqliteAccounts(connection, queries)
        self.sending = SqliteSending(connection, queries)
        self.agenda = SqliteAgenda(connection, queries)
        self.callbacks = SqliteCallbacks(connection, queries)
        self.handsets = SqliteHandsets(connection, queries)
        self.journal = SqliteJournal(connection, queries)
        self.codes = SqliteCodes(connection, queries)
        self.scripts = SqliteScripts(connection, queries, self.accounts.flush)
        self.snapshots = SqliteSnapshots(connection, queries, _ALL_THAT_HAPPENED)
        self.retention = SqliteRetention(connection, queries)
        self.told: list[News] = []

    def tell(self, news: Iterable[News]) -> None:
        self.told += news

    def figures(self) -> Figures:
        return Figures(*(self._one("figures") or (0, 0, 0)))

    def unfinished(self) -> Unfinished:
        messages = 0
        for plan, leg, step, members in self._execute(self._sql["unfinished_messages"]):
            legs = read_plan(plan)
            if leg < len(legs) and step < len(legs[leg].steps):
                messages += bundles.count(rows.read_runs(members))
        row = self._one("unfinished_callbacks")
        return Unfinished(messages=messages, callbacks=row[0] if row else 0)


def _due(row: rows.Row) -> Due:
    at, seq, kind, subject, act, done = row
    return Due(at=at, seq=seq, kind=Kind(kind), subject=subject, part=(act, done))

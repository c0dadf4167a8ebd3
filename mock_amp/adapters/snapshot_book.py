"""All that an account lived through as plain rows, and back: whatever tables there are, by their own columns.

It takes nothing on trust: what came from a file is read once as the other books will, before it is kept.
"""

import binascii
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mock_amp.adapters import record_rows, rows
from mock_amp.adapters.table import Table
from mock_amp.core.bundles import count
from mock_amp.core.lifecycle import due_at
from mock_amp.core.model import Cohort
from mock_amp.core.records import Kind
from mock_amp.ports import BadTable

_TOKENS: Final = frozenset({("job", "token"), ("code", "token")})
"""Columns that name a token: it stays at home, and another one takes its place."""

_ORDER: Final[Mapping[str, str]] = {"code": "made_at, client_ref"}
"""Of codes that two tokens had under one reference the newest comes last, and stays; others are in their own order."""

_READ_AS: Final[Mapping[str, Callable[[rows.Row], Any]]] = {
    "job": rows.job_of,
    "callback": record_rows.callback_of,
    "reply": record_rows.reply_of,
    "request": record_rows.request_of,
}


class _Column(NamedTuple):
    name: str
    blob: bool
    key: bool


class SqliteSnapshots(Table):
    """Implements the SnapshotBook port over the tables that it is given."""

    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str], tables: Sequence[str]) -> None:
        super().__init__(connection, queries)
        self._tables = {table: self._columns(table) for table in tables}

    def dump(self, account: int) -> Mapping[str, Any]:
        return {table: self._dump(account, table, columns) for table, columns in self._tables.items()}

    def load(self, account: int, tables: Mapping[str, Any], token: str | None) -> None:
        for table in tables:
            if table not in self._tables:
                raise BadTable(f"there is no table {table}", f"/tables/{table}")
        for table, columns in self._tables.items():
            if table not in tables:
                raise BadTable(f"the table {table} is missing", f"/tables/{table}")
            self._load(account, table, columns, tables[table], token)
        self._run("snapshot_sweep", account)
        self._run("snapshot_settle", account)
        self._read_back(account)
        self._run("snapshot_recover", account)

    def _columns(self, table: str) -> tuple[_Column, ...]:
        """All but the account and the tokens."""
        found = self._execute(f"PRAGMA table_info({table})").fetchall()
        return tuple(
            _Column(name, kind == "BLOB", key > 0)
            for _, name, kind, _, _, key in found
            if name != "account" and (table, name) not in _TOKENS
        )

    def _dump(self, account: int, table: str, columns: Sequence[_Column]) -> Mapping[str, Any]:
        names = [column.name for column in columns]
        order = _ORDER.get(table) or ", ".join(column.name for column in columns if column.key)
        found: list[Any] = self._execute(
            f"SELECT {', '.join(names)} FROM {table} WHERE account = ? ORDER BY {order}",  # noqa: S608 - from the schema
            (account,),
        ).fetchall()
        blobs = [at for at, column in enumerate(columns) if column.blob]
        return {"columns": names, "rows": [_as_text(row, blobs) for row in found] if blobs else found}

    def _load(
        self, account: int, table: str, columns: Sequence[_Column], given: Mapping[str, Any], token: str | None
    ) -> None:
        names = [column.name for column in columns]
        if given["columns"] != names:
            raise BadTable(f"the columns of {table} are {', '.join(names)}", f"/tables/{table}/columns")
        own = [("account", account), *((name, token) for owner, name in sorted(_TOKENS) if owner == table)]
        places = ", ".join("?" * (len(own) + len(names)))
        verb = "INSERT OR REPLACE" if table in _ORDER else "INSERT"
        sql = f"{verb} INTO {table} ({', '.join([*(name for name, _ in own), *names])}) VALUES ({places})"
        feed = _Feed(table, columns, given["rows"], tuple(value for _, value in own))
        try:
            self._executemany(sql, feed)
        except (sqlite3.Error, OverflowError) as error:
            raise BadTable(f"this row of {table} cannot be kept: {error}", feed.pointer) from error

    def _read_back(self, account: int) -> None:
        for table, read in _READ_AS.items():
            for row in self._all(f"snapshot_{table}", account):
                _reading(table, lambda row=row, read=read: read(row))  # type: ignore[misc]
        jobs = {row[0]: row[5] for row in self._all("snapshot_job", account)}
        self._fit(account, {cohort.key: cohort for cohort in self._cohorts(account, jobs)})
        for row in self._all("snapshot_callback", account):
            if row[1] not in jobs:
                raise BadTable(f"callback {row[0]} is of job {row[1]}, which is not there", "/tables/callback")
        if stray := self._one("snapshot_strays", account):
            raise BadTable(f"message {stray[0]} does not fit its cohort, or its params fit nobody", "/tables/message")

    def _cohorts(self, account: int, jobs: Mapping[int, int]) -> Iterator[Cohort]:
        for row in self._all("snapshot_cohort", account):
            cohort = _reading("cohort", lambda row=row: _whole(rows.cohort_of(row)))  # type: ignore[misc]
            if cohort.job not in jobs or (cohort.members and cohort.members[-1][1] >= jobs[cohort.job]):
                raise BadTable(f"cohort {cohort.key} does not fit into job {cohort.job}", "/tables/cohort")
            yield cohort

    def _fit(self, account: int, cohorts: Mapping[int, Cohort]) -> None:
        """Whether each row of the agenda is about something that can happen."""
        for at, seq, kind, subject, act, done in self._all("snapshot_agenda", account):
            cohort = cohorts.get(subject)
            fits = kind == Kind.POST
            if cohort and kind == Kind.MOVE:
                fits = due_at(cohort) == at
            elif cohort and kind == Kind.ACT and cohort.leg < len(cohort.plan):
                fits = 0 <= act < len(cohort.plan[cohort.leg].acts) and 0 <= done <= count(cohort.members)
            if not fits:
                raise BadTable(f"the row {seq} of the agenda, {kind} of {subject}, cannot happen", "/tables/agenda")


class _Feed:
    """The rows of a table as they are written, and how far it has come."""

    def __init__(self, table: str, columns: Sequence[_Column], given: Sequence[Any], own: tuple[Any, ...]) -> None:
        self._table, self._given, self._own, self._at = table, given, own, 0
        self._blobs = [at for at, column in enumerate(columns) if column.blob]

    @property
    def pointer(self) -> str:
        return f"/tables/{self._table}/rows/{self._at}"

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for at, row in enumerate(self._given):
            self._at = at
            yield (*self._own, *(self._decoded(row) if self._blobs else row))

    def _decoded(self, row: Sequence[Any]) -> list[Any]:
        try:
            return [b64decode(value, validate=True) if at in self._blobs else value for at, value in enumerate(row)]
        except (TypeError, ValueError, binascii.Error) as error:
            raise BadTable(f"no base64 in this row of {self._table}: {error}", self.pointer) from error


def _as_text(row: Sequence[Any], blobs: Sequence[int]) -> list[Any]:
    return [b64encode(value).decode() if at in blobs else value for at, value in enumerate(row)]


def _reading(table: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise BadTable(f"a row of {table} cannot be read: {error}", f"/tables/{table}") from error


def _whole(cohort: Cohort) -> Cohort:
    if not (cohort.timeline and 0 <= cohort.leg <= len(cohort.plan) and cohort.step >= 0):
        raise ValueError(f"cohort {cohort.key} stands nowhere")
    return cohort

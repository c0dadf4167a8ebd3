"""All that an account lived through as plain rows, and back: whatever tables there are, by their own columns.

It takes nothing on trust: what came from a file is read once as the other books will, before it is kept.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import apsw

from mock_amp.adapters.damage import damage
from mock_amp.adapters.snapshot_cells import Check, check_of, is_judged
from mock_amp.adapters.snapshot_sense import Sense
from mock_amp.adapters.table import Table, Writes
from mock_amp.ports import BadTable

_TOKENS: Final = frozenset({("job", "token"), ("code", "token")})
"""Columns that name a token: it stays at home, and another one takes its place."""

_ORDER: Final[Mapping[str, str]] = {"code": "made_at, client_ref"}
"""Of codes that two tokens had under one reference the newest comes last, and stays; others are in their own order."""


class _Column(NamedTuple):
    name: str
    blob: bool
    key: bool
    judged: bool
    check: Check


class SqliteSnapshots(Table):
    """Implements the SnapshotBook port over the tables that it is given."""

    def __init__(
        self, connection: apsw.Connection, queries: Mapping[str, str], writes: Writes, tables: Sequence[str]
    ) -> None:
        super().__init__(connection, queries, writes)
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
        Sense(self._connection, self._sql, self._writes, account).check()
        try:
            self._run("snapshot_recover", account)
            self._run("snapshot_asked", account)
        except apsw.ConstraintError as error:
            raise BadTable(f"a callback that is due has no place on the agenda: {error}", "/tables/agenda") from error

    def _columns(self, table: str) -> tuple[_Column, ...]:
        """All but the account and the tokens."""
        found = self._execute(f"PRAGMA table_info({table})").fetchall()
        return tuple(
            _Column(name, kind == "BLOB", key > 0, is_judged(table, name), check_of(table, name, kind))
            for _, name, kind, _, _, key in found
            if name != "account" and (table, name) not in _TOKENS
        )

    def _dump(self, account: int, table: str, columns: Sequence[_Column]) -> Mapping[str, Any]:
        names = [column.name for column in columns]
        order = _ORDER.get(table) or ", ".join(column.name for column in columns if column.key)
        sql = f"SELECT {', '.join(names)} FROM {table} WHERE account = ? ORDER BY {order}"  # noqa: S608 - from the schema
        found: list[Any] = self._fetch(table, sql, (account,))
        blobs = [at for at, column in enumerate(columns) if column.blob]
        told = [_as_text(row, blobs) for row in found] if blobs else found
        for at, column in enumerate(columns):
            if column.judged:
                _check(table, column, {row[at] for row in told})
        return {"columns": names, "rows": told}

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
        except (apsw.Error, OverflowError) as error:
            raise BadTable(f"this row of {table} cannot be kept: {error}", feed.pointer) from error


class _Feed:
    """The rows of a table as they are written, and how far it has come."""

    def __init__(self, table: str, columns: Sequence[_Column], given: Sequence[Any], own: tuple[Any, ...]) -> None:
        self._table, self._given, self._own, self._at = table, given, own, 0
        self._columns = columns

    @property
    def pointer(self) -> str:
        return f"/tables/{self._table}/rows/{self._at}"

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        for at, row in enumerate(self._given):
            self._at = at
            if len(row) != len(self._columns):
                raise BadTable(f"a row of {self._table} has {len(self._columns)} values", self.pointer)
            yield (*self._own, *map(self._read, self._columns, row))

    def _read(self, column: _Column, value: Any) -> Any:
        try:
            column.check(value)
        except ValueError as error:
            raise BadTable(f"{column.name} of this row of {self._table}: {error}", self.pointer) from error
        return b64decode(value) if column.blob and value is not None else value


def _check(table: str, column: _Column, values: Iterable[Any]) -> None:
    """Lets nothing out that could not come in again. Raises StoreDamaged."""
    for value in values:
        try:
            column.check(value)
        except ValueError as error:
            raise damage(table, error) from error


def _as_text(row: Sequence[Any], blobs: Sequence[int]) -> list[Any]:
    return [b64encode(value).decode() if at in blobs else value for at, value in enumerate(row)]

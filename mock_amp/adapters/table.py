"""Named queries on a SQLite connection: what every book is made of, and rows that are written together (D18)."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import apsw

from mock_amp.adapters import rows
from mock_amp.adapters.damage import damage


class Writes:
    """Rows that the works of one transaction have added, and that are written table by table, all at once.

    They are written before anything else is asked of the connection, so nobody ever misses one.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self.rows: defaultdict[str, list[rows.Row]] = defaultdict(list)
        """By statement; they are written in the order in which the statements were first asked for."""
        self.indexes: set[str] = set()
        """Those of the indexes made on demand that are there for sure."""
        self.weights: dict[int, int] = {}
        """How many bytes the bodies in the journal of an account have, once somebody has asked."""
        self.ahead: dict[int, int] = {}
        """How many rows the agenda of an account has, once somebody has asked."""

    def flush(self) -> None:
        """Writes what was added; before anything is read or changed."""
        if not self.rows:
            return
        waiting, self.rows = self.rows, defaultdict(list)
        for sql, found in waiting.items():
            self._connection.executemany(sql, found)

    def forget(self) -> None:
        """Drops what a transaction that failed had added."""
        self.rows.clear()
        self.indexes.clear()
        self.ahead.clear()
        self.weights.clear()


class Table:
    """Runs named queries on a connection."""

    def __init__(self, connection: apsw.Connection, queries: Mapping[str, str], writes: Writes) -> None:
        self._connection = connection
        self._sql = queries
        self._writes = writes
        self._lines = frozenset((queries["request_add"], queries["request_add_plain"]))

    def _execute(self, sql: str, values: Any = ()) -> Any:
        self._writes.flush()
        return self._connection.execute(sql, values)

    def _executemany(self, sql: str, found: Any) -> None:
        self._writes.flush()
        self._connection.executemany(sql, found)

    def _one(self, name: str, *values: Any) -> rows.Row | None:
        try:
            found: rows.Row | None = self._execute(self._sql[name], values).fetchone()
        except UnicodeDecodeError as error:
            raise damage(_table(name), error) from error
        return found

    def _glance(self, name: str, *values: Any) -> rows.Row | None:
        """The first row of a query that no line of the journal has a say in: those may go on waiting to be written."""
        if not self._writes.rows.keys() <= self._lines:
            self._writes.flush()
        try:
            found: rows.Row | None = self._connection.execute(self._sql[name], values).fetchone()
        except UnicodeDecodeError as error:
            raise damage(_table(name), error) from error
        return found

    def _all(self, name: str, *values: Any) -> list[rows.Row]:
        return self._fetch(name, self._sql[name], values)

    def _fetch(self, name: str, sql: str, values: Any) -> list[rows.Row]:
        """All rows of a query; `name` begins with their table, as names of queries do."""
        try:
            found: list[rows.Row] = self._execute(sql, values).fetchall()
        except UnicodeDecodeError as error:  # of apsw, for a text that is none
            raise damage(_table(name), error) from error
        return found

    def _run(self, name: str, *values: Any) -> int:
        return self._change(name, values)

    def _change(self, name: str, values: Any) -> int:
        """Changes rows, and says how many."""
        self._execute(self._sql[name], values)
        return self._connection.changes()

    def _indexed(self, index: str) -> None:
        """Sees to it that an index is there which only searches need: whoever never searches does not pay for it."""
        if index not in self._writes.indexes:
            self._execute(self._sql[f"index_{index}"])
            self._writes.indexes.add(index)

    def _later(self, name: str, row: rows.Row) -> None:
        """Adds a row with its neighbours of the same transaction: a new one, of which nobody asks how many it was."""
        self._writes.rows[self._sql[name]].append(row)


def _table(query: str) -> str:
    """Which table a query is of: it begins with it, but for those of snapshots."""
    return query.removeprefix("snapshot_").partition("_")[0]

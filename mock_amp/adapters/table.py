"""Named queries on a SQLite connection: what every book is made of."""

import sqlite3
from collections.abc import Mapping
from typing import Any

from mock_amp.adapters import rows


class Table:
    """Runs named queries on a connection."""

    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str]) -> None:
        self._execute = connection.execute
        self._executemany = connection.executemany
        self._sql = queries

    def _one(self, name: str, *values: Any) -> rows.Row | None:
        found: rows.Row | None = self._execute(self._sql[name], values).fetchone()
        return found

    def _all(self, name: str, *values: Any) -> list[rows.Row]:
        return self._execute(self._sql[name], values).fetchall()

    def _run(self, name: str, *values: Any) -> int:
        return self._execute(self._sql[name], values).rowcount

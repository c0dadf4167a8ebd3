"""All reminders in a SQLite file."""

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS reminders (
    id TEXT PRIMARY KEY,
    phone TEXT NOT NULL, name TEXT NOT NULL, "table" TEXT NOT NULL, at TEXT NOT NULL,
    message_id TEXT, channel TEXT, status TEXT NOT NULL DEFAULT 'SENDING', reported_at INTEGER NOT NULL DEFAULT 0,
    answer TEXT, answered_at INTEGER NOT NULL DEFAULT 0
)
"""


class Store:
    """Each call is one short transaction, so that it may run on the event loop."""

    def __init__(self, file: str) -> None:
        self._db = sqlite3.connect(file)
        self._db.row_factory = sqlite3.Row
        self._db.execute(SCHEMA)

    def add(self, reminder: Mapping[str, str]) -> None:
        """A reminder that is about to be sent."""
        with self._db:
            self._db.execute(
                'INSERT INTO reminders (id, phone, name, "table", at) VALUES (:id, :phone, :name, :table, :at)',
                reminder,
            )

    def get(self, reminder_id: str) -> dict[str, Any] | None:
        """A reminder as it stands."""
        row = self._db.execute("SELECT * FROM reminders WHERE id = ?", [reminder_id]).fetchone()
        return None if row is None else dict(row)

    def sent(self, reminder_id: str, message_id: str) -> None:
        """The service took it. Its status may be newer than that already, and stays."""
        with self._db:
            self._db.execute("UPDATE reminders SET message_id = ? WHERE id = ?", [message_id, reminder_id])

    def not_sent(self, reminder_id: str, status: str) -> None:
        """It never went out."""
        with self._db:
            self._db.execute("UPDATE reminders SET status = ? WHERE id = ?", [status, reminder_id])

    def report(self, reminder_id: str, reports: Iterable[Mapping[str, Any]]) -> None:
        """Reports come twice, and late after later ones: the time of the status decides, not the order of posts."""
        with self._db:
            self._db.executemany(
                "UPDATE reminders SET message_id = :message_id, channel = :type, status = :status,"
                " reported_at = :micro_timestamp WHERE id = :id AND reported_at <= :micro_timestamp",
                [{**report, "id": reminder_id} for report in reports],
            )

    def answer(self, reminder_id: str, answer: str, at: int) -> None:
        """The guest's last word counts. A reply that is posted again has the same time, and changes nothing."""
        with self._db:
            self._db.execute(
                "UPDATE reminders SET answer = ?, answered_at = ? WHERE id = ? AND answered_at < ?",
                [answer, at, reminder_id, at],
            )

    def close(self) -> None:
        """Nothing is lost: each call has been written."""
        self._db.close()

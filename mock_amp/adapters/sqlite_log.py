"""What SQLite says of itself, in the log of the process: damage, a disk that fails, what it put right at a start."""

import logging
from typing import Final

import apsw

log = logging.getLogger(__name__)

_NOTICE: Final = 27
_OF_NO_NOTE: Final = frozenset({apsw.SQLITE_CONSTRAINT, apsw.SQLITE_SCHEMA, apsw.SQLITE_WARNING})
"""Primary codes of what is usual: a row that is there already, a statement prepared again, an index made for once."""

_TOLD_BY_THE_STORE: Final = frozenset({apsw.SQLITE_FULL, apsw.SQLITE_IOERR, apsw.SQLITE_READONLY, apsw.SQLITE_CANTOPEN})
"""Of what keeps the store from writing one line tells when it begins; SQLite would say it for each statement."""


def hear_sqlite() -> None:
    """Takes what SQLite says into the log, for all its connections in this process."""
    apsw.config(apsw.SQLITE_CONFIG_LOG, _hear)


def _hear(code: int, message: str) -> None:
    primary = code & 0xFF
    quiet = primary in _OF_NO_NOTE or primary in _TOLD_BY_THE_STORE
    level = logging.INFO if primary == _NOTICE else logging.DEBUG if quiet else logging.WARNING
    log.log(level, "SQLite (%d): %s", code, message)

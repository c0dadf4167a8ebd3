"""How a store's database is opened: whose file it is, of which version, for this server alone, and put right.

It refuses a file that it cannot use with one line for a person. A file of another kind stays as it is, to the byte.
"""

import contextlib
import logging
import os
import re
from collections.abc import Mapping
from typing import Final

import apsw

from mock_amp.adapters.complaints import in_words
from mock_amp.adapters.migrations import VERSION, migrate
from mock_amp.adapters.queries import read_sql
from mock_amp.ports import StoreFailed

log = logging.getLogger(__name__)

_FLAGS: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_NOMUTEX
"""Without SQLite's own locks: one thread has it, and apsw refuses another one meanwhile."""

_OURS: Final = 0x6D616D70
"""What a file of ours calls itself (`mamp`)."""

_PAGE: Final = 8192
"""Bytes; with many rows a turn, fewer pages to see to at its end. A file keeps the size that it was made with."""

_TABLE: Final = re.compile(r"^CREATE TABLE (\w+)", re.MULTILINE)

_AT_START: Final = ("reserved_sweep", "reserved_clear", "agenda_recover", "asked_recover", "account_unpin")
"""What a process that died in the middle of its work left undone."""


def open_memory(queries: Mapping[str, str]) -> apsw.Connection:
    """An empty database that goes with the process."""
    connection = apsw.Connection(":memory:", flags=_FLAGS, statementcachesize=256)
    _set(connection, f"page_size = {_PAGE}")
    _make(connection)
    _put_right(connection, queries)
    return connection


def open_file(path: str, queries: Mapping[str, str], *, full: bool) -> apsw.Connection:
    """The database in a file, a new one if there is none; with `full` each commit waits for the disk.

    The name is a path and nothing else: `:memory:` and `file:x?mode=ro` are files too. Raises StoreFailed.
    """
    connection = None
    try:
        _check_place(os.path.abspath(path))
        connection = apsw.Connection(os.path.abspath(path), flags=_FLAGS, statementcachesize=256)
        _take(connection, path, full=full)
        _put_right(connection, queries)
    except (apsw.Error, StoreFailed) as error:
        if connection:
            _let_go(connection)
        why = in_words(error) if isinstance(error, apsw.Error) else str(error)
        raise StoreFailed(f"cannot open the store {path}: {why}") from error
    return connection


def _check_place(where: str) -> None:
    """Of a file that cannot be opened SQLite says no more than that. Raises StoreFailed."""
    folder = os.path.dirname(where)
    if not os.path.isdir(folder):
        raise StoreFailed(f"there is no folder {folder}")
    if os.path.isdir(where):
        raise StoreFailed("it is a folder: name a file in it")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreFailed(f"the server may not write in {folder}, where the file and its log have to be")
    if os.path.exists(where) and not os.access(where, os.R_OK | os.W_OK):
        raise StoreFailed("the server may not read and write it")


def _take(connection: apsw.Connection, path: str, *, full: bool) -> None:
    """Makes a file ours alone, of this version, and written as was wished. Nothing is changed before it is known."""
    if connection.readonly("main"):
        raise StoreFailed("the file can only be read: let the server write it, or name another one")
    _set(connection, "locking_mode = EXCLUSIVE")  # what is at hand is right only if nobody else writes
    new, version = _marks(connection)
    if new:
        _set(connection, f"page_size = {_PAGE}")  # before the first page is written, which the next line does
    _set(connection, "journal_mode = WAL")
    _set(connection, f"synchronous = {'FULL' if full else 'NORMAL'}")
    if full:
        _set(connection, "fullfsync = ON")  # where a usual fsync does not reach the disk (macOS)
        _set(connection, "checkpoint_fullfsync = ON")
    if new:
        _make(connection)
    elif version < VERSION:
        migrate(connection, version)
        log.info("migrated %s from version %d to %d", path, version, VERSION)
    _check_tables(connection)


def _marks(connection: apsw.Connection) -> tuple[bool, int]:
    """Whether the database is empty, and of which version it is. Raises StoreFailed for one that we do not write."""
    ours, version = connection.pragma("application_id"), connection.pragma("user_version")
    if not ours and not version and not connection.execute("SELECT count(*) FROM sqlite_schema").get:
        return True, VERSION
    if ours != _OURS or version < 1:
        raise StoreFailed("it is a database, and not a store of this mock-amp: name another file")
    if version > VERSION:
        raise StoreFailed(
            f"its schema is version {version}, and this mock-amp has {VERSION}: name another file, or use the "
            "version that wrote it"
        )
    return False, version


def _make(connection: apsw.Connection) -> None:
    marks = f"PRAGMA application_id = {_OURS}; PRAGMA user_version = {VERSION};"
    connection.execute(f"BEGIN IMMEDIATE; {read_sql('schema')} {marks} COMMIT")


def _check_tables(connection: apsw.Connection) -> None:
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    lacking = [name for name in _TABLE.findall(read_sql("schema")) if name not in found]
    if lacking:
        raise StoreFailed(f"the file is damaged: it has no table {lacking[0]}")


def _put_right(connection: apsw.Connection, queries: Mapping[str, str]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for name in _AT_START:
        connection.execute(queries[name])
    connection.execute("COMMIT")


def _let_go(connection: apsw.Connection) -> None:
    """Closes a file that is refused, and takes nothing of its log into it."""
    with contextlib.suppress(apsw.Error):
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.close(force=True)


def _set(connection: apsw.Connection, pragma: str) -> None:
    connection.execute(f"PRAGMA {pragma}").fetchall()

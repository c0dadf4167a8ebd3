"""How a store's database is opened: whose file it is, of which version, for this server alone, and put right.

It refuses a file that it cannot use with one line for a person. Such a file stays as it is, to the byte, and so does
what lies beside it: all that can be seen of it is looked at before anything is written.
"""

import contextlib
import logging
import os
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

import apsw

from mock_amp.adapters.complaints import in_words
from mock_amp.adapters.migrations import STEPS, VERSION, migrate
from mock_amp.adapters.queries import read_sql
from mock_amp.adapters.sqlite_log import while_opening
from mock_amp.ports import StoreFailed

log = logging.getLogger(__name__)

_FLAGS: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_NOMUTEX
"""Without SQLite's own locks: one thread has it, and apsw refuses another one meanwhile."""

_OURS: Final = 0x6D616D70
"""What a file of ours calls itself (`mamp`)."""

_PAGE: Final = 8192
"""Bytes; with many rows a turn, fewer pages to see to at its end. A file keeps the size that it was made with."""

_SMALLEST: Final = 512
"""Bytes of the smallest database that there is."""

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
    where, connection, log_is_there = os.path.abspath(path), None, False
    try:
        with while_opening():
            _check_name(where)
            log_is_there = os.path.lexists(_beside(where, "-wal"))
            _check_place(where)
            _check_sizes(where)
            _check_journal(where)
            connection = apsw.Connection(where, flags=_FLAGS, statementcachesize=256)
            _take(connection, path, full=full)
            _put_right(connection, queries)
    except (apsw.Error, StoreFailed, UnicodeDecodeError) as error:
        if connection:
            _let_go(connection, keep_log=log_is_there)
        shown = os.fsencode(path).decode(errors="backslashreplace").replace("\0", "\\0")
        raise StoreFailed(f"cannot open the store {shown}: {_why(error)}") from error
    return connection


def _why(error: Exception) -> str:
    match error:
        case apsw.Error():
            return in_words(error)
        case UnicodeDecodeError():  # of apsw: what SQLite says cites names out of the file
            return f"the file is damaged (a name in its schema is no text: {error.object!r})"
        case _:
            return str(error)


def _check_name(where: str) -> None:
    """SQLite takes names in UTF-8. Raises StoreFailed."""
    try:
        where.encode()
    except UnicodeEncodeError:
        raise StoreFailed("its name is not UTF-8: name another file") from None
    if "\0" in where:
        raise StoreFailed("its name has a null character: name another file")


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


def _check_sizes(where: str) -> None:
    """SQLite takes what is too short for a new database, and throws the log beside it away. Raises StoreFailed."""
    log_of_it, size = _beside(where, "-wal"), _size(where)
    if not size and _size(log_of_it):
        how = "it is empty" if os.path.exists(where) else "it is not there"
        raise StoreFailed(f"{how}, and its log {log_of_it} is not empty: put the file back, or take its log away")
    if 0 < size < _SMALLEST and not _size(_beside(where, "-journal")):
        raise StoreFailed(f"the file is no database, or its beginning is damaged: it has {size} bytes")


def _check_journal(where: str) -> None:
    """Whose a file is that was left in the middle of a change, which SQLite takes back when it reads first.

    A file of ours is left so only before it has a table. Raises StoreFailed, and apsw.Error.
    """
    if not _size(_beside(where, "-journal")) or _size(where) < _SMALLEST:
        return
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(f"file:{quote(where)}?immutable=1", flags=flags)
    try:
        _marks(connection)
    finally:
        connection.close()


def _beside(where: str, ending: str) -> str:
    return os.path.realpath(where) + ending


def _size(path: str) -> int:
    try:
        return os.path.getsize(path)
    except OSError:
        return 0


def _take(connection: apsw.Connection, path: str, *, full: bool) -> None:
    """Makes a file ours alone, of this version, and written as was wished. Nothing is changed before it is known."""
    if connection.readonly("main"):
        raise StoreFailed("the file can only be read: let the server write it, or name another one")
    _set(connection, "locking_mode = EXCLUSIVE")  # what is at hand is right only if nobody else writes
    new, version = _marks(connection)
    if new:
        _set(connection, f"page_size = {_PAGE}")  # before the first page is written, which WAL does
    elif version < VERSION:
        _check_tables(connection, version)
        migrate(connection, version, _check_columns)
        log.info("migrated %s from version %d to %d", path, version, VERSION)
    else:
        _check_tables(connection, version)
        _check_columns(connection)
    _set(connection, "journal_mode = WAL")
    _set(connection, f"synchronous = {'FULL' if full else 'NORMAL'}")
    if full:
        _set(connection, "fullfsync = ON")  # where a usual fsync does not reach the disk (macOS)
        _set(connection, "checkpoint_fullfsync = ON")
    if new:
        _make(connection)


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


def _check_tables(connection: apsw.Connection, version: int) -> None:
    """Raises StoreFailed when a table of that version is not there."""
    later = {name for to, step in STEPS.items() if to > version for name in _TABLE.findall(read_sql(step))}
    found = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for name in _TABLE.findall(read_sql("schema")):
        if name not in found and name not in later:
            raise StoreFailed(f"the file is damaged: it has no table {name}")


def _check_columns(connection: apsw.Connection) -> None:
    """Raises StoreFailed when a table has not the columns of this version."""
    model = apsw.Connection(":memory:")
    model.execute(read_sql("schema"))
    for name in _TABLE.findall(read_sql("schema")):
        lacking = [each for each in _columns(model, name) if each not in _columns(connection, name)]
        if lacking:
            raise StoreFailed(f"the file is damaged: its table {name} has no column {lacking[0]}")
    model.close()


def _columns(connection: apsw.Connection, table: str) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]


def _put_right(connection: apsw.Connection, queries: Mapping[str, str]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for name in _AT_START:
        connection.execute(queries[name])
    connection.execute("COMMIT")


def _let_go(connection: apsw.Connection, *, keep_log: bool) -> None:
    """Closes a file that is refused. A log that was there is not taken into it; one that was not is not left."""
    with contextlib.suppress(apsw.Error):
        if keep_log:
            connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
        connection.close(force=True)


def _set(connection: apsw.Connection, pragma: str) -> None:
    connection.execute(f"PRAGMA {pragma}").fetchall()

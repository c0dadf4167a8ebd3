"""The SQLite store: one connection, in memory unless given a file. Sends of one turn share a transaction (D18)."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import apsw

from mock_amp.adapters.books import SqliteBooks
from mock_amp.adapters.queries import load_queries, read_sql
from mock_amp.core.records import News
from mock_amp.ports import Books, StoreFailed

T = TypeVar("T")

_Work = Callable[[Books], Any]
_Waiting = tuple[_Work, "asyncio.Future[Any]"]

MEMORY: Final = ":memory:"
_FLAGS: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_NOMUTEX
"""Without SQLite's own locks: one thread has it, and apsw refuses another one meanwhile."""

_OURS: Final = 0x6D616D70
"""What a file of ours calls itself (`mamp`)."""

_VERSION: Final = 1
"""Of the schema; a file of another one is left as it is."""

_AT_START: Final = ("reserved_sweep", "reserved_clear", "agenda_recover", "account_unpin")
"""What a process that died in the middle of its work left undone."""


class SqliteStore:
    """Implements the Store port. Every statement is short, so it runs in the event loop's own thread."""

    def __init__(self, path: str = MEMORY) -> None:
        try:
            self._connection = apsw.Connection(path, flags=_FLAGS, statementcachesize=256)
            self._prepare(path)
        except apsw.BusyError as error:
            raise StoreFailed(f"cannot open the store {path}: another server has it") from error
        except (apsw.Error, StoreFailed) as error:
            raise StoreFailed(f"cannot open the store {path}: {error}") from error
        self._waiting: list[_Waiting] = []
        self._listeners: list[Callable[[Sequence[News]], None]] = []

    def transact(self, work: Callable[[Books], T]) -> Awaitable[T]:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        self._waiting.append((work, answer))
        if len(self._waiting) == 1:
            loop.call_soon(self._commit_waiting)
        return answer

    def read(self, work: Callable[[Books], T]) -> T:
        try:
            return work(self._books)
        except apsw.Error as error:
            raise StoreFailed(str(error)) from error

    def listen(self, listener: Callable[[Sequence[News]], None]) -> None:
        self._listeners.append(listener)

    def close(self) -> None:
        self._connection.close()

    def _prepare(self, path: str) -> None:
        if path != MEMORY:
            self._connection.execute(
                "PRAGMA locking_mode = EXCLUSIVE"
            )  # what is at hand is right only if nobody else writes
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.execute("PRAGMA page_size = 8192")  # with many rows a turn, fewer pages to see to at its end
        queries = load_queries()
        if not self._connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").get:
            marks = f"PRAGMA application_id = {_OURS}; PRAGMA user_version = {_VERSION};"
            self._connection.execute(f"BEGIN;{read_sql('schema')}{marks}COMMIT;")
        self._check_marks()
        for name in _AT_START:
            self._connection.execute(queries[name])
        self._books = SqliteBooks(self._connection, queries)

    def _check_marks(self) -> None:
        """Looks whose file this is, before anything of it is changed. Raises StoreFailed."""
        if self._connection.execute("PRAGMA application_id").get != _OURS:
            raise StoreFailed("it is a database, and not a store of this mock-amp: name another file")
        version = self._connection.execute("PRAGMA user_version").get
        if version != _VERSION:
            raise StoreFailed(
                f"its schema is version {version}, and this mock-amp has {_VERSION}: name another file, or use the "
                "version that wrote it"
            )

    def _commit_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            results = self._in_transaction([work for work, _ in batch])
        except Exception as error:
            if len(batch) == 1:
                _answer(batch[0][1], error=error)
            else:
                self._commit_one_by_one(batch)
            return
        for (_, answer), result in zip(batch, results, strict=True):
            _answer(answer, result)

    def _commit_one_by_one(self, batch: list[_Waiting]) -> None:
        """One of them failed and took the others along: each again, alone, so that only the guilty one fails."""
        for work, answer in batch:
            try:
                _answer(answer, self._in_transaction([work])[0])
            except Exception as error:
                _answer(answer, error=error)

    def _in_transaction(self, works: list[_Work]) -> list[Any]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            results = [work(self._books) for work in works]
            self._books.flush()
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            self._roll_back()
            raise StoreFailed(str(error)) from error
        except BaseException:
            self._roll_back()
            raise
        told = self._books.committed()
        for listener in self._listeners if told else ():
            listener(told)
        return results

    def _roll_back(self) -> None:
        self._books.forget()
        with contextlib.suppress(apsw.Error):  # a connection that cannot roll back has nothing to keep either
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _answer(waiting: "asyncio.Future[Any]", result: Any = None, error: BaseException | None = None) -> None:
    if waiting.done():  # whoever asked has gone; what was committed stays
        return
    if error is not None:
        waiting.set_exception(error)
    else:
        waiting.set_result(result)

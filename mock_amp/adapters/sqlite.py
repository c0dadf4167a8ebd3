"""The SQLite store: one connection, in memory unless given a file. Sends of one turn share a transaction (D18).

What it answers has been committed, and what it has committed it answers: a transaction that fails leaves nothing.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import apsw

from mock_amp.adapters.books import SqliteBooks
from mock_amp.adapters.complaints import failure, in_words, is_damage, own_trouble
from mock_amp.adapters.opening_file import open_file, open_memory
from mock_amp.adapters.queries import load_queries
from mock_amp.core.records import News
from mock_amp.ports import Books

log = logging.getLogger(__name__)

T = TypeVar("T")

_Work = Callable[[Books], Any]
_Waiting = tuple[_Work, "asyncio.Future[Any]"]

_PAGES: Final = 1_000
"""How many pages gather in the log of a file before the file takes them in."""

_TRIAL: Final = """
    BEGIN IMMEDIATE;
    CREATE TABLE trial (filler BLOB);
    INSERT INTO trial VALUES (zeroblob(262144));
    DROP TABLE trial;
    COMMIT"""
"""Writes more than a usual transaction does, so that what passes it passes; with secure_delete all of it is written."""


class SqliteStore:
    """Implements the Store port. Every statement is short, so it runs in the event loop's own thread."""

    def __init__(self, path: str | None = None, *, full: bool = False) -> None:
        """Opens a file, or memory; with `full` what was answered is on the disk. Raises StoreFailed."""
        queries = load_queries()
        self._connection = open_memory(queries) if path is None else open_file(path, queries, full=full)
        self._connection.set_wal_hook(self._hear_commit)  # instead of SQLite's own, which takes in amid a COMMIT
        self._books = SqliteBooks(self._connection, queries)
        self._waiting: list[_Waiting] = []
        self._listeners: list[Callable[[Sequence[News]], None]] = []
        self._logged, self._take_in_at = 0, _PAGES
        self._trouble: str | None = None
        self._damaged = False
        self._refused = 0

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
            if is_damage(error):
                self._in_trouble(error)
            raise failure(error) from error

    def listen(self, listener: Callable[[Sequence[News]], None]) -> None:
        self._listeners.append(listener)

    def trouble(self) -> str | None:
        if self._trouble and not self._damaged and not self._waiting:
            self._try_writing()
        return self._trouble

    def close(self) -> None:
        try:
            self._connection.close(force=True)
        except apsw.Error as error:
            log.error(
                "the store did not close well: %s. All it has answered is in the file or its log", in_words(error)
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
        else:
            for (_, answer), result in zip(batch, results, strict=True):
                _answer(answer, result)
        if self._logged >= self._take_in_at:
            asyncio.get_running_loop().call_soon(self._take_in)

    def _commit_one_by_one(self, batch: list[_Waiting]) -> None:
        """One of them failed and took the others along: each again, alone, so that only the guilty one fails."""
        for work, answer in batch:
            try:
                _answer(answer, self._in_transaction([work])[0])
            except Exception as error:
                _answer(answer, error=error)

    def _in_transaction(self, works: list[_Work]) -> list[Any]:
        changes = self._connection.total_changes() if self._trouble else 0
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            results = [work(self._books) for work in works]
            self._books.flush()
            self._commit()
        except apsw.Error as error:
            self._roll_back()
            if own_trouble(error):
                self._in_trouble(error)
                self._refused += 1
            raise failure(error) from error
        except BaseException:
            self._roll_back()
            raise
        if self._trouble and self._connection.total_changes() > changes:
            self._out_of_trouble()
        if told := self._books.committed():
            self._tell(told)
        return results

    def _tell(self, told: Sequence[News]) -> None:
        """What has been committed is so, whatever becomes of the news of it."""
        for listener in self._listeners:
            try:
                listener(told)
            except Exception:
                log.exception("what was committed could not be told to all")

    def _commit(self) -> None:
        """Ends a transaction: what fails after the log has it whole does not make it one that failed."""
        self._logged = 0
        try:
            self._connection.execute("COMMIT")
        except apsw.Error as error:
            if not self._logged:
                raise
            log.warning("the store has kept a transaction, and then: %s", in_words(error))

    def _hear_commit(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        """A transaction is in the log of the file, which has so many pages now."""
        self._logged = pages
        return apsw.SQLITE_OK

    def _take_in(self) -> None:
        """Takes the log into the file, so that it does not grow; its answers have gone out, so nobody fails of it."""
        try:
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.ConnectionClosedError:
            return
        except apsw.Error as error:
            self._take_in_at = self._logged + _PAGES
            log.warning("the store's file does not take in its log, which grows: %s", in_words(error))
        else:
            self._take_in_at = _PAGES

    def _try_writing(self) -> None:
        """Clears the trouble if the disk takes a real write."""
        try:
            if self._connection.in_transaction:
                return
            self._connection.execute("PRAGMA secure_delete = ON").fetchall()
            self._connection.execute(_TRIAL)
        except apsw.Error as error:
            self._roll_back()
            self._trouble = in_words(error)
        else:
            self._out_of_trouble()
        finally:
            with contextlib.suppress(apsw.Error):
                self._connection.execute("PRAGMA secure_delete = OFF").fetchall()

    def _in_trouble(self, error: apsw.Error) -> None:
        words = in_words(error)
        if self._trouble is None:
            log.error("the store cannot do its work: %s. Sends are answered 503 until it can", words)
        self._trouble = words
        self._damaged = self._damaged or is_damage(error)

    def _out_of_trouble(self) -> None:
        if self._damaged:  # elsewhere it may write; what is damaged stays so
            return
        log.warning("the store writes again, after %d transactions that it refused", self._refused)
        self._trouble, self._refused = None, 0

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

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
from mock_amp.adapters.place import Place
from mock_amp.adapters.queries import load_queries
from mock_amp.adapters.trouble import Trouble
from mock_amp.core.records import News
from mock_amp.ports import Books, StoreDamaged, StoreFailed

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
        self._place = None if path is None else Place(path, self._connection.filename_wal)
        self._connection.set_wal_hook(self._hear_commit)  # instead of SQLite's own, which takes in amid a COMMIT
        self._books = SqliteBooks(self._connection, queries)
        self._waiting: list[_Waiting] = []
        self._listeners: list[Callable[[Sequence[News]], None]] = []
        self._logged, self._take_in_at = 0, _PAGES
        self._trouble = Trouble()

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
                self._in_trouble(in_words(error), damaged=True)
            raise failure(error) from error
        except StoreDamaged as error:
            self._in_trouble(str(error), damaged=True)
            raise

    def listen(self, listener: Callable[[Sequence[News]], None]) -> None:
        self._listeners.append(listener)

    def trouble(self) -> str | None:
        if self._place and (gone := self._place.gone()):
            self._without_a_file(gone)
        elif not self._waiting and self._trouble.may_be_over():
            self._try_writing()
        return self._trouble.words

    def keeps(self) -> bool:
        return self._place is not None and not self._place.lost()

    def close(self) -> None:
        lost = self._place is not None and self._place.lost()
        try:
            if lost:  # SQLite would see to what now lies in its place
                self._connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
            self._connection.close(force=True)
        except apsw.Error as error:
            log.error(
                "the store did not close well: %s. All it has answered is in the file or its log", in_words(error)
            )
        if lost and self._place:
            self._place.sweep()

    def _commit_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        if self._place and (gone := self._place.gone(asyncio.get_running_loop().time())):
            self._without_a_file(gone)
            for _, answer in batch:
                _answer(answer, error=StoreFailed(gone))
            return
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
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            results = [work(self._books) for work in works]
            self._books.flush()
            self._commit()
        except apsw.Error as error:
            self._roll_back()
            if own_trouble(error):
                self._in_trouble(in_words(error), damaged=is_damage(error))
                self._trouble.refused()
            raise failure(error) from error
        except StoreDamaged as error:
            self._roll_back()
            self._in_trouble(str(error), damaged=True)
            self._trouble.refused()
            raise
        except BaseException:
            self._roll_back()
            raise
        if told := self._books.committed():
            self._tell(told)
        if self._trouble.words and self._trouble.may_be_over_unasked():  # one that passes proves little: it was small
            self._try_writing()
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
            self._trouble.words = in_words(error)
        else:
            self._trouble.end()
        finally:
            with contextlib.suppress(apsw.Error):
                self._connection.execute("PRAGMA secure_delete = OFF").fetchall()

    def _in_trouble(self, words: str, *, damaged: bool) -> None:
        if damaged:
            self._trouble.begin(words, lasts=True, so="What needs it is answered 503")
        else:
            self._trouble.begin(words)

    def _without_a_file(self, gone: str) -> None:
        """What it takes now nobody will find: that is worse than not to take it."""
        self._trouble.begin(gone, lasts=True, so="Whatever writes is answered 503")

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

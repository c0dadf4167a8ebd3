"""The SQLite store when somebody deletes or replaces its file: no start would find what it takes from then on."""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.ports import Store, StoreFailed
from tests.contract.samples import keep_account, new_account


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "store.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    path.parent.mkdir()
    it = SqliteStore(str(path))
    yield it
    it.close()


def deleted(path: Path) -> None:
    path.unlink()


def deleted_with_its_log(path: Path) -> None:
    path.unlink()
    path.with_name("store.db-wal").unlink()


def deleted_with_its_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def emptied(path: Path) -> None:
    os.truncate(path, 0)


def replaced(path: Path) -> None:
    other = path.with_name("other.db")
    SqliteStore(str(other)).close()
    other.replace(path)


def without_its_log(path: Path) -> None:
    path.with_name("store.db-wal").unlink()


_TAKEN = [deleted, deleted_with_its_log, deleted_with_its_folder, moved, emptied, replaced]


@pytest.mark.parametrize("take", _TAKEN)
async def test_a_file_that_is_taken_away_is_trouble_that_stays(
    path: Path, store: SqliteStore, caplog: pytest.LogCaptureFixture, take: Callable[[Path], None]
) -> None:
    """Port: nothing is taken that nobody will find; what can be read is read; one line tells."""
    caplog.set_level(logging.WARNING)
    await keep_account(store)
    before = store.trouble(), store.keeps()
    take(path)
    trouble = store.trouble()

    with pytest.raises(StoreFailed, match="the file is gone"):
        await store.transact(lambda books: books.accounts.add(new_account("two")))
    assert before == (None, True)
    assert trouble == f"the file is gone: {path} was deleted or replaced while the server ran; start again"
    assert (store.trouble(), store.keeps()) == (trouble, False)
    assert store.read(lambda books: books.accounts.count()) == 1
    assert [line.getMessage() for line in caplog.records] == [
        f"the store cannot do its work: {trouble}. Whatever writes is answered 503"
    ]


@pytest.mark.parametrize("take", [*_TAKEN, without_its_log])
async def test_a_work_finds_it_too(path: Path, store: SqliteStore, take: Callable[[Path], None]) -> None:
    """Port: nobody has to ask."""
    take(path)

    with pytest.raises(StoreFailed, match="is gone"):
        await store.transact(lambda books: books.accounts.add(new_account("two")))


async def test_a_log_that_is_taken_away_is_trouble_and_nothing_is_lost(path: Path, store: SqliteStore) -> None:
    """Port: a stop takes what is in it into the file."""
    await keep_account(store)
    without_its_log(path)
    trouble = store.trouble()
    with pytest.raises(StoreFailed, match="the file's log is gone"):
        await store.transact(lambda books: books.accounts.add(new_account("two")))
    kept = store.keeps()
    store.close()

    assert kept
    assert str(trouble).startswith(f"the file's log is gone: {path}-wal was deleted")
    assert _accounts(path) == 1


async def test_the_file_that_replaced_it_is_left_alone(path: Path, store: SqliteStore) -> None:
    """A log of another file beside it would be taken for its own."""
    await keep_account(store)
    replaced(path)
    before = _content(path)

    store.close()

    assert _content(path) == before
    assert _accounts(path) == 0


async def test_another_server_in_its_place_loses_nothing(path: Path, store: SqliteStore) -> None:
    """One that stops without its file does not take away the log of the next one."""
    await keep_account(store)
    deleted_with_its_log(path)
    second = SqliteStore(str(path))
    await keep_account(second)

    store.close()

    assert second.trouble() is None
    second.close()
    assert _accounts(path) == 1


def test_a_store_in_memory_keeps_nothing() -> None:
    """Port: it goes with the process."""
    store: Store = SqliteStore()

    assert (store.keeps(), store.trouble()) == (False, None)
    store.close()


def _content(path: Path) -> bytes:
    return path.read_bytes()


def _accounts(path: Path) -> int:
    store = SqliteStore(str(path))
    found = store.read(lambda books: books.accounts.count())
    store.close()
    return found

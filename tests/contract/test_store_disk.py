"""The SQLite store on a disk that fails: all of a transaction or nothing of it, said in words, and good again."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.ports import Books, Store, StoreFailed
from tests.contract.disks import Disk, failing_disk
from tests.contract.samples import (
    destinations,
    keep_account,
    new_account,
    request,
    token,
    write_job,
)

_FAULTS = [
    pytest.param(apsw.FullError, False, id="full"),
    pytest.param(apsw.FullError, True, id="full for a moment"),
    pytest.param(apsw.IOError, False, id="broken"),
    pytest.param(apsw.IOError, True, id="broken for a moment"),
]


@pytest.fixture
def disk() -> Iterator[Disk]:
    with failing_disk() as disk:
        yield disk


@pytest.mark.parametrize(("error", "once"), _FAULTS)
@pytest.mark.parametrize("full", [True, False], ids=["durability full", "normal"])
async def test_wherever_a_disk_fails_a_transaction_is_kept_whole_or_not_at_all(
    disk: Disk,
    tmp_path: Path,
    error: type[apsw.Error],
    once: bool,  # noqa: FBT001 - a parameter of pytest
    full: bool,  # noqa: FBT001
) -> None:
    """Port: what failed is not there, what was answered is; the next work passes, and the next start finds the same."""
    failed_at = 0
    while True:
        failed_at += 1
        path = tmp_path / f"{failed_at}.db"
        store = SqliteStore(str(path), full=full)
        account = await keep_account(store)
        disk.fail(failed_at, error, once=once)
        outcomes = await asyncio.gather(
            store.transact(living(account)),
            store.transact(opening("two")),
            return_exceptions=True,
        )
        passed = disk.changes < failed_at
        disk.be_good()

        assert all(outcome is None or isinstance(outcome, StoreFailed) for outcome in outcomes)
        assert store.trouble() is None
        found = _found(store, account)
        assert found == _expected(one=outcomes[0] is None, two=outcomes[1] is None)
        await store.transact(opening("three"))
        store.close()
        assert _whole(path) == ["ok"]
        again = SqliteStore(str(path))
        assert (_found(again, account), _has(again, "three")) == (found, True)
        again.close()
        if passed:
            break
    assert failed_at > 5


@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError])
async def test_a_transaction_larger_than_the_cache_fails_whole_too(
    disk: Disk, tmp_path: Path, error: type[apsw.Error]
) -> None:
    """Port: pages of it are in the log before its end."""
    for failed_at in range(1, 2_000, 211):
        path = tmp_path / f"{failed_at}.db"
        store = SqliteStore(str(path))
        account = await keep_account(store)
        disk.fail(failed_at, error)
        with pytest.raises(StoreFailed):
            await store.transact(journaling(account, 1, 9_000_000))
        disk.be_good()

        await store.transact(living(account))

        assert _found(store, account) == _expected(one=True, two=False)
        store.close()
        assert _whole(path) == ["ok"]


async def test_what_is_at_hand_is_what_is_kept(disk: Disk, tmp_path: Path) -> None:
    """Port: an account that was changed, a token that was spent and an agenda that was counted are as they were."""
    store = SqliteStore(str(tmp_path / "store.db"))
    key = await keep_account(store)
    await store.transact(lambda books: books.accounts.add_token(token("secret-1")))
    before = store.read(lambda books: (books.accounts.get("one"), books.accounts.of_token("secret-1")))

    def change(books: Books) -> None:
        account = books.accounts.get("one")
        assert account is not None
        books.accounts.save(replace(account, requests=99))
        books.accounts.spend("secret-1", account.clock.shown)

    disk.fail(1, apsw.FullError)
    with pytest.raises(StoreFailed):
        await store.transact(change)

    assert store.read(lambda books: (books.accounts.get("one"), books.accounts.of_token("secret-1"))) == before
    assert before[0] is not None
    assert before[0].key == key
    store.close()


async def test_a_disk_that_is_full_while_the_log_is_taken_in_fails_no_answer(
    disk: Disk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Port: what is committed is in the log; that the file cannot take it in yet is nobody's failure."""
    path = tmp_path / "store.db"
    store = SqliteStore(str(path))
    account = await keep_account(store)
    disk.fail(1, apsw.FullError, only="store.db")

    for number in range(1, 4):
        await store.transact(journaling(account, number, 9_000_000))
        await asyncio.wait_for(_turn(), 1)

    assert store.trouble() is None
    assert caplog.text.count("does not take in its log, which grows: the disk is full") == 3
    store.close()
    disk.be_good()
    again = SqliteStore(str(path))
    found = again.read(lambda books: [books.journal.get(account, at) is not None for at in range(1, 5)])
    assert found == [True, True, True, False]
    again.close()


async def test_a_log_is_taken_into_the_file_while_it_is_short(tmp_path: Path) -> None:
    """Files are bounded: the log begins anew when the file has taken it in."""
    path = tmp_path / "store.db"
    store = SqliteStore(str(path))
    account = await keep_account(store)

    for number in range(1, 41):
        await store.transact(journaling(account, number, 1_000_000))
        await _turn()

    assert _sizes(tmp_path)["store.db-wal"] < 12_000_000
    store.close()
    assert list(_sizes(tmp_path)) == ["store.db"]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (apsw.FullError, "the disk is full (made to fail)"),
        (apsw.IOError, "the disk does not work (made to fail)"),
        (apsw.ReadOnlyError, "the file can only be read (made to fail)"),
    ],
)
async def test_trouble_is_logged_when_it_begins_and_when_it_is_over(
    disk: Disk, tmp_path: Path, caplog: pytest.LogCaptureFixture, error: type[apsw.Error], said: str
) -> None:
    """Port: one line each, however many were refused; asking is enough to find that it is over."""
    caplog.set_level(logging.INFO)
    store = SqliteStore(str(tmp_path / "store.db"))
    before = store.trouble()
    disk.fail(1, error)
    for name in ("two", "three", "four"):
        with pytest.raises(StoreFailed, match=said.partition(" (")[0]):
            await store.transact(opening(name))
    meanwhile = [store.trouble(), store.trouble()]
    disk.be_good()

    assert (before, meanwhile, store.trouble()) == (None, [said, said], None)
    assert [record.getMessage() for record in caplog.records] == [
        f"the store cannot do its work: {said}. Sends are answered 503 until it can",
        "the store writes again, after 3 transactions that it refused",
    ]
    store.close()


async def test_a_work_that_writes_ends_the_trouble_too(disk: Disk, tmp_path: Path) -> None:
    """Port: nobody has to ask."""
    store = SqliteStore(str(tmp_path / "store.db"))
    disk.fail(1, apsw.FullError)
    with pytest.raises(StoreFailed):
        await store.transact(opening("two"))
    disk.be_good()
    await store.transact(opening("two"))
    disk.fail(1, apsw.FullError)

    assert store.trouble() is None
    store.close()


async def test_a_disk_with_a_little_room_left_is_one_trouble(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Port: small works pass and larger ones do not, one after the other; that is neither over nor new each time."""
    caplog.set_level(logging.WARNING)
    store = SqliteStore(str(tmp_path / "store.db"))
    account = await keep_account(store)
    pages = store._connection.pragma("page_count")  # noqa: SLF001 - a file that may not grow is SQLite's to make
    store._connection.pragma("max_page_count", pages + 3)  # noqa: SLF001
    for number in range(20):
        with pytest.raises(StoreFailed):
            await store.transact(journaling(account, 1, 300_000))
        await store.transact(opening(f"small-{number}"))
    meanwhile = store.trouble()
    store._connection.pragma("max_page_count", 1_000)  # noqa: SLF001

    assert str(meanwhile).startswith("the disk is full")
    assert store.trouble() is None
    assert [line.levelname for line in caplog.records] == ["ERROR", "WARNING"]
    store.close()


async def test_a_work_that_only_reads_does_not_end_the_trouble(disk: Disk, tmp_path: Path) -> None:
    """Port: a full disk can be read all the time."""
    store = SqliteStore(str(tmp_path / "store.db"))
    disk.fail(1, apsw.FullError)
    with pytest.raises(StoreFailed):
        await store.transact(opening("two"))

    await store.transact(lambda books: books.accounts.get("two"))

    assert store.trouble() == "the disk is full (made to fail)"
    store.close()


async def test_while_works_wait_asking_writes_nothing(disk: Disk, tmp_path: Path) -> None:
    """Port: they will find out."""
    store = SqliteStore(str(tmp_path / "store.db"))
    disk.fail(1, apsw.FullError)
    with pytest.raises(StoreFailed):
        await store.transact(opening("two"))
    disk.be_good()
    waiting = store.transact(opening("two"))
    asked, wrote = store.trouble(), disk.changes
    await waiting

    assert (asked, wrote, store.trouble()) == ("the disk is full (made to fail)", 0, None)
    store.close()


async def test_a_work_that_fails_by_itself_is_no_trouble_of_the_store(store: Store) -> None:
    """Port: neither its own exception nor rows that are there already."""
    await keep_account(store)

    def fail(_books: Books) -> None:
        raise LookupError("nothing there")

    with pytest.raises(LookupError):
        await store.transact(fail)
    with pytest.raises(StoreFailed):
        await store.transact(opening("one"))

    assert store.trouble() is None


async def test_a_page_that_is_damaged_is_said_and_stays_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Port: no waiting mends a file; what does not touch the page is answered on."""
    path = tmp_path / "store.db"
    store = SqliteStore(str(path))
    account = await keep_account(store)
    await store.transact(living(account))
    store.close()
    _damage(path, "message")
    store = SqliteStore(str(path))

    with pytest.raises(StoreFailed, match="the file is damaged"):
        store.read(lambda books: books.sending.message(account, 1_000))
    with pytest.raises(StoreFailed, match="the file is damaged"):
        await store.transact(lambda books: books.sending.add_messages(account, 1, 2_000, destinations()))
    await store.transact(opening("two"))

    assert _has(store, "two")
    assert str(store.trouble()).startswith("the file is damaged")
    assert caplog.text.count("the file is damaged") == 1
    store.close()


def living(account: int) -> Callable[[Books], None]:
    """Work of account one in many tables, which ends with a change of what is at hand."""

    def work(books: Books) -> None:
        write_job(books, account)
        books.journal.add(account, request(1))
        kept = books.accounts.get("one")
        assert kept is not None
        books.accounts.save(replace(kept, requests=1))

    return work


def opening(name: str) -> Callable[[Books], None]:
    """Work that opens an account."""

    def work(books: Books) -> None:
        books.accounts.add(new_account(name))

    return work


def journaling(account: int, number: int, size: int) -> Callable[[Books], None]:
    """Work that writes so many bytes."""
    usual = request(number)
    large = usual._replace(arrival=usual.arrival._replace(body=bytes(size)))
    return lambda books: books.journal.add(account, large)


def _found(store: Store, account: int) -> tuple[object, ...]:
    def look(books: Books) -> tuple[object, ...]:
        one = books.accounts.get("one")
        return (
            books.sending.message(account, 1_000) is not None,
            books.journal.get(account, 1) is not None,
            one is not None and one.requests,
            books.accounts.get("two") is not None,
        )

    return store.read(look)


def _expected(*, one: bool, two: bool) -> tuple[object, ...]:
    return (one, one, int(one), two)


def _has(store: Store, name: str) -> bool:
    return store.read(lambda books: books.accounts.get(name)) is not None


def _sizes(folder: Path) -> dict[str, int]:
    return {each.name: each.stat().st_size for each in folder.iterdir()}


def _whole(path: Path) -> list[str]:
    connection = apsw.Connection(str(path))
    found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    connection.close()
    return found


def _damage(path: Path, table: str) -> None:
    """Overwrites the first page of a table."""
    connection = apsw.Connection(str(path))
    page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).get
    size = connection.pragma("page_size")
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


async def _turn() -> None:
    """Lets the event loop do what it was asked to do next."""
    turned = asyncio.Event()
    asyncio.get_running_loop().call_soon(turned.set)
    await turned.wait()

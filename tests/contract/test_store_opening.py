"""How a file is opened: what is refused and in which words, and what a disk that fails amid it leaves behind."""

import contextlib
import gzip
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.adapters.sqlite_log import hear_sqlite
from mock_amp.bootstrap import Server
from mock_amp.ports import StoreFailed
from tests.contract.disks import Disk, failing_disk
from tests.contract.samples import keep_account
from tests.harness import running, settings

VERSION_1 = Path(__file__).with_name("stores") / "version-1.db.gz"


@pytest.fixture
def disk() -> Iterator[Disk]:
    with failing_disk() as disk:
        yield disk


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A good file, closed."""
    path = tmp_path / "store.db"
    SqliteStore(str(path)).close()
    return path


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def with_a_damaged_header(path: Path) -> None:
    _overwrite(path, 0, b"\0" * 100)


def with_damaged_pages(path: Path) -> None:
    """All but the very beginning, on which it says whose file it is."""
    _overwrite(path, 100, b"\xa5" * (path.stat().st_size - 100))


def without_a_table(path: Path) -> None:
    _change(path, "DROP TABLE attempt")


def without_a_column(path: Path) -> None:
    _change(path, "ALTER TABLE attempt RENAME COLUMN outcome TO outcame")


def without_a_table_and_written_elsewhere(path: Path) -> None:
    """Not in SQLite's WAL mode, in which files of ours are."""
    _change(path, "DROP TABLE attempt; PRAGMA journal_mode = DELETE")


def with_a_name_that_is_no_text(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"tableattempt", b"table\xff\xc3tempt", 1))


def with_a_column_that_is_no_text(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content.replace(b"outcome TEXT", b"outc\xffme TEXT", 1))


def with_a_log_and_without_a_table(path: Path) -> None:
    """As a server leaves it that was killed."""
    _kill_after(path, "DROP TABLE attempt")


def of_a_newer_version(path: Path) -> None:
    _change(path, "PRAGMA user_version = 99")


def of_version_1_without_a_table(path: Path) -> None:
    path.write_bytes(gzip.decompress(VERSION_1.read_bytes()))
    _change(path, "DROP TABLE message")


def of_version_1_without_a_column(path: Path) -> None:
    path.write_bytes(gzip.decompress(VERSION_1.read_bytes()))
    _change(path, "ALTER TABLE message RENAME COLUMN params TO parrots; PRAGMA journal_mode = DELETE")


def of_version_1_with_a_log_and_without_a_column(path: Path) -> None:
    path.write_bytes(gzip.decompress(VERSION_1.read_bytes()))
    _kill_after(path, "ALTER TABLE message RENAME COLUMN params TO parrots")


def of_another_application_that_was_killed(path: Path) -> None:
    """In the middle of a change, which whoever reads it first takes back."""
    path.unlink()
    other = apsw.Connection(str(path))
    other.execute("PRAGMA cache_size = 1; CREATE TABLE note (text); INSERT INTO note VALUES (zeroblob(100000))")
    other.execute("BEGIN; UPDATE note SET text = zeroblob(200000)")
    beside = path.with_name("store.db-journal")
    left = path.read_bytes(), beside.read_bytes()
    other.close()
    path.write_bytes(left[0])
    beside.write_bytes(left[1])
    with beside.open("r+b") as file:  # the journal counts its pages when it is synced
        file.write(bytes.fromhex("d9d505f920a163d7ffffffff"))


def emptied_beside_its_log(path: Path) -> None:
    _kill_after(path, "PRAGMA user_version = 2")
    os.truncate(path, 0)


def taken_from_beside_its_log(path: Path) -> None:
    _kill_after(path, "PRAGMA user_version = 2")
    path.unlink()


def of_one_byte(path: Path) -> None:
    path.write_bytes(b"x")


def of_fifteen_bytes(path: Path) -> None:
    path.write_bytes(b"SQLite format 3")


def of_less_bytes_than_a_database(path: Path) -> None:
    os.truncate(path, 511)


def of_text(path: Path) -> None:
    path.write_text("my notes\n" * 500)


@pytest.mark.parametrize(
    ("hurt", "said"),
    [
        (truncated, "the file is damaged (database disk image is malformed)"),
        (with_a_damaged_header, "the file is no database, or its beginning is damaged (file is not a database)"),
        (with_damaged_pages, "the file is damaged ("),
        (without_a_table, "the file is damaged: it has no table attempt"),
        (without_a_column, "the file is damaged: its table attempt has no column outcome"),
        (without_a_table_and_written_elsewhere, "the file is damaged: it has no table attempt"),
        (with_a_log_and_without_a_table, "the file is damaged: it has no table attempt"),
        (with_a_name_that_is_no_text, "the file is damaged"),
        (with_a_column_that_is_no_text, "the file is damaged (a name in its schema is no text: b'outc"),
        (of_a_newer_version, "its schema is version 99"),
        (of_version_1_without_a_table, "the file is damaged: it has no table message"),
        (of_version_1_without_a_column, "the file is damaged: its table message has no column params"),
        (of_version_1_with_a_log_and_without_a_column, "the file is damaged: its table message has no column params"),
        (of_another_application_that_was_killed, "it is a database, and not a store of this mock-amp"),
        (emptied_beside_its_log, "it is empty, and its log "),
        (taken_from_beside_its_log, "it is not there, and its log "),
        (of_one_byte, "the file is no database, or its beginning is damaged: it has 1 bytes"),
        (of_fifteen_bytes, "the file is no database, or its beginning is damaged: it has 15 bytes"),
        (of_less_bytes_than_a_database, "the file is no database, or its beginning is damaged: it has 511 bytes"),
        (of_text, "the file is no database, or its beginning is damaged (file is not a database)"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_left_alone(
    made: Path, caplog: pytest.LogCaptureFixture, hurt: Callable[[Path], None], said: str
) -> None:
    """One clear line and no other, and not a byte changed or come beside it: somebody may want to mend it."""
    hurt(made)
    before = _contents(made.parent)
    caplog.set_level("INFO")
    with _sqlite_heard(), _no_unraisable():
        refusal = _refusal(made)

    assert f"cannot open the store {made}: {said}" in refusal
    assert _contents(made.parent) == before
    assert caplog.messages == []


def test_what_was_put_right_in_a_good_file_is_told(made: Path, caplog: pytest.LogCaptureFixture) -> None:
    """As after a kill."""
    _kill_after(made, "PRAGMA user_version = 2")
    caplog.set_level("INFO")
    with _sqlite_heard():
        SqliteStore(str(made)).close()

    assert caplog.messages == [f"SQLite (283): recovered 1 frames from WAL file {made}-wal"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("b\udcff.db", "b\\xff.db: its name is not UTF-8: name another file"),
        ("b\0.db", "b\\0.db: its name has a null character: name another file"),
    ],
)
def test_a_name_that_sqlite_does_not_take_is_refused(tmp_path: Path, name: str, said: str) -> None:
    """It is said so that it can be printed."""
    assert _refusal(tmp_path / name) == f"cannot open the store {tmp_path}/{said}"


def test_a_file_in_a_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    """The folder is named: whoever mistyped it sees where."""
    assert _refusal(tmp_path / "no" / "store.db").endswith(f"store.db: there is no folder {tmp_path}/no")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """It is not a file."""
    assert _refusal(tmp_path).endswith("it is a folder: name a file in it")


def test_a_file_that_can_only_be_read_is_refused(made: Path) -> None:
    """A server that can keep nothing does not start."""
    with _read_only():
        said = _refusal(made)

    assert said.endswith("the file can only be read: let the server write it, or name another one")


def test_a_file_that_another_server_has_is_refused(made: Path) -> None:
    """What a server keeps at hand is right only if nobody else writes; the first one is not disturbed."""
    first = SqliteStore(str(made))

    said = _refusal(made)

    assert "another server has it" in said
    assert first.read(lambda books: books.accounts.count()) == 0
    first.close()


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_the_file_of_another_application_is_left_as_it_is(tmp_path: Path, mode: str) -> None:
    """To the byte, its log included, and with nothing new beside it."""
    path, kept = tmp_path / "own.db", tmp_path / "kept"
    other = apsw.Connection(str(path))
    other.execute(f"PRAGMA journal_mode = {mode}").fetchall()
    other.execute("CREATE TABLE note (text); INSERT INTO note VALUES ('mine')")
    kept.mkdir()
    for each in tmp_path.glob("own.db*"):
        shutil.copy(each, kept)  # as a killed process leaves it
    other.close()
    (kept / "own.db-shm").unlink(missing_ok=True)
    before = _contents(kept)

    assert _refusal(kept / "own.db").endswith("it is a database, and not a store of this mock-amp: name another file")
    assert _contents(kept) == before


def test_a_marked_database_without_tables_is_somebody_elses(tmp_path: Path) -> None:
    """Only what is empty altogether is made a store."""
    path = tmp_path / "own.db"
    other = apsw.Connection(str(path))
    other.execute("PRAGMA user_version = 3")
    other.close()
    before = path.read_bytes()

    assert "not a store of this mock-amp" in _refusal(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("start", [b"", None], ids=["an empty file", "no file"])
async def test_what_is_empty_becomes_a_store(tmp_path: Path, start: bytes | None) -> None:
    """An empty file is what `touch` and temporary files leave; its pages have the size that suits rows of a turn."""
    path = tmp_path / "store.db"
    if start is not None:
        path.write_bytes(start)
    store = SqliteStore(str(path))
    await keep_account(store)
    store.close()

    connection = apsw.Connection(str(path))
    assert (connection.pragma("page_size"), connection.pragma("journal_mode")) == (8192, "wal")
    connection.close()


def test_pages_of_a_file_keep_the_size_that_they_have(tmp_path: Path) -> None:
    """A file of an earlier version goes on with its own."""
    path = tmp_path / "store.db"
    path.write_bytes(gzip.decompress(VERSION_1.read_bytes()))
    before = apsw.Connection(str(path)).pragma("page_size")

    SqliteStore(str(path)).close()

    assert apsw.Connection(str(path)).pragma("page_size") == before == 4096


@pytest.mark.parametrize("full", [True, False], ids=["full", "normal"])
def test_durability_says_what_a_commit_waits_for(tmp_path: Path, full: bool) -> None:  # noqa: FBT001 - of pytest
    """Full: fsync, and where that does not reach the disk what does; normal: neither."""
    store = SqliteStore(str(tmp_path / "store.db"), full=full)
    names = ("synchronous", "fullfsync", "checkpoint_fullfsync")

    found = [store._connection.pragma(name) for name in names]  # noqa: SLF001 - SQLite alone can tell

    assert found == ([2, 1, 1] if full else [1, 0, 0])
    store.close()


@pytest.mark.parametrize(
    "name", [":memory:", "file:x?mode=memory", "a b?c#d%20e.db", "ä.db", "file::memory:?cache=shared"]
)
async def test_a_name_is_a_name_of_a_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """What SQLite would take for memory or for a URI is a file of that name too."""
    monkeypatch.chdir(tmp_path)
    store = SqliteStore(name)
    await keep_account(store)
    store.close()

    again = SqliteStore(name)

    assert again.read(lambda books: books.accounts.count()) == 1
    again.close()
    assert [*_contents(tmp_path)] == [name]


@pytest.mark.parametrize("absolute", [True, False], ids=["absolute", "relative"])
async def test_what_follows_the_three_slashes_is_the_path(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    absolute: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    """The setting store: sqlite:////var/x.db is /var/x.db, and sqlite:///x.db is x.db where the server was started."""
    monkeypatch.chdir(tmp_path)
    before = {*_contents(tmp_path)}

    async with running(store=f"sqlite:///{tmp_path}/x.db" if absolute else "sqlite:///x.db"):
        pass

    assert {*_contents(tmp_path)} - before == {"x.db"}


@pytest.mark.parametrize("error", [apsw.FullError, apsw.IOError])
@pytest.mark.parametrize("old", [True, False], ids=["migrating", "new"])
def test_wherever_a_disk_fails_while_a_file_is_opened_nothing_is_half_done(
    disk: Disk,
    tmp_path: Path,
    error: type[apsw.Error],
    old: bool,  # noqa: FBT001 - a parameter of pytest
) -> None:
    """A file is made, or brought to this version, whole or not at all; once the disk is good it is opened."""
    content = gzip.decompress(VERSION_1.read_bytes()) if old else b""
    failed_at = 0
    while True:
        failed_at += 1
        path = tmp_path / f"{failed_at}.db"
        path.write_bytes(content)
        disk.fail(failed_at, error)
        with contextlib.suppress(StoreFailed):
            SqliteStore(str(path)).close()
        passed = disk.changes < failed_at
        disk.be_good()

        assert _version(path) in ((1, 2) if old else (0, 2))
        store = SqliteStore(str(path))
        assert store.read(lambda books: books.accounts.count()) == (2 if old else 0)
        store.close()
        assert _version(path) == 2
        if passed:
            break
    assert failed_at > 5


async def test_full_durability_of_memory_is_a_word_of_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The setting durability: in memory there is nothing to make durable."""
    async with running(durability="full") as amp:
        answer = await amp.send(sms_content={"message": "Hi"})

    assert answer.status == 200
    assert caplog.text.count("durability full means nothing to a store in memory") == 1


def test_the_setting_reaches_the_file(tmp_path: Path) -> None:
    """The setting durability, of a server."""
    server = Server(settings(store=f"sqlite:///{tmp_path}/x.db", durability="full"))
    store: Any = server.services.world.store

    assert store._connection.pragma("synchronous") == 2  # noqa: SLF001 - SQLite alone can tell
    store.close()


def _refusal(path: Path) -> str:
    with pytest.raises(StoreFailed) as refused:
        SqliteStore(str(path))
    said = str(refused.value)
    assert "\n" not in said
    return said


def _change(path: Path, sql: str) -> None:
    connection = apsw.Connection(str(path))
    connection.execute(sql).fetchall()
    connection.close()


def _kill_after(path: Path, sql: str) -> None:
    """Leaves beside the file the log with what was done last."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL").fetchall()
    connection.execute(sql).fetchall()
    log = path.with_name(f"{path.name}-wal")
    left = path.read_bytes(), log.read_bytes()
    connection.close()
    path.write_bytes(left[0])
    log.write_bytes(left[1])
    assert left[1]


@contextlib.contextmanager
def _sqlite_heard() -> Iterator[None]:
    hear_sqlite()
    try:
        yield
    finally:
        apsw.config(apsw.SQLITE_CONFIG_LOG, None)


@contextlib.contextmanager
def _no_unraisable() -> Iterator[None]:
    met: list[object] = []
    hook, sys.unraisablehook = sys.unraisablehook, met.append
    try:
        yield
    finally:
        sys.unraisablehook = hook
    assert met == []


def _contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def _overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def _version(path: Path) -> int:
    """The schema's version in a whole file, which is left as it is."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
    assert connection.pragma("integrity_check") == "ok"
    found: int = connection.pragma("user_version")
    connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)
    connection.close()
    return found


class _ReadOnly(apsw.VFS):
    """A disk that cannot be written, as the user whom the server runs as sees it."""

    def __init__(self, base: str) -> None:
        super().__init__("read only", base)
        self.base = base

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - apsw's name
        wanted = flags[0] & ~(apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE) | apsw.SQLITE_OPEN_READONLY
        flags[0] = wanted
        return apsw.VFSFile(self.base, name, flags)


@contextlib.contextmanager
def _read_only() -> Iterator[None]:
    base = apsw.vfs_names()[0]
    files = _ReadOnly(base)
    apsw.set_default_vfs("read only")
    try:
        yield
    finally:
        apsw.set_default_vfs(base)
        files.unregister()

"""The SQLite store in a file: what a next start finds (D8, D13)."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.core.records import CallbackState, Kind, Page
from mock_amp.ports import Books, Store, StoreFailed
from tests.contract.samples import (
    T0,
    attempt,
    callback,
    cohort,
    destinations,
    due,
    job,
    keep_account,
    later,
    new_account,
    request,
    token,
    write_job,
)


@pytest.fixture
def reopened(tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Opens the same file again, as the next start of a server does."""
    opened: list[SqliteStore] = []

    def reopen() -> Store:
        if opened:
            opened[-1].close()
        opened.append(SqliteStore(str(tmp_path / "store.db")))
        return opened[-1]

    yield reopen
    opened[-1].close()


async def test_a_file_has_everything_after_a_restart(reopened: Callable[[], Store]) -> None:
    """D8: all state is in the store."""
    store = reopened()
    account = await keep_account(store)

    def live(books: Books) -> None:
        write_job(books, account)
        books.accounts.add_token(token("secret-1"))
        books.agenda.add(account, due(later(1)))
        books.callbacks.add(account, callback(state=CallbackState.DELIVERED, tried=1))
        books.callbacks.add_attempt(account, attempt())
        books.journal.add(account, request(1))

    def look(books: Books) -> tuple[object, ...]:
        return (
            books.accounts.get("one"),
            books.accounts.of_token("secret-1"),
            [*books.sending.recipients(account, job(), ((0, 2),))],
            books.sending.message(account, 1_001),
            [*books.agenda.peek(account, Page())],
            [*books.callbacks.page(account, Page())],
            [*books.callbacks.attempts(account, 1)],
            books.journal.get(account, 1),
        )

    await store.transact(live)
    before = store.read(look)

    assert reopened().read(look) == before


async def test_a_tombstone_outlives_a_restart(reopened: Callable[[], Store]) -> None:
    """A-4: once deleted, a token never comes back."""
    store = reopened()
    await keep_account(store)
    await store.transact(lambda books: books.accounts.add_token(token("secret-1")))
    await store.transact(lambda books: books.accounts.delete_token("one", "secret-1", T0))

    store = reopened()

    assert not await store.transact(lambda books: books.accounts.add_token(token("secret-1")))


async def test_messages_whose_job_was_never_written_are_swept(reopened: Callable[[], Store]) -> None:
    """H-11: a process that died in the middle of a large request has stored nothing of it."""
    store = reopened()
    account = await keep_account(store)
    await store.transact(lambda books: books.sending.reserve(account, 1_000, 3))
    await store.transact(lambda books: books.sending.add_messages(account, 1, 1_000, destinations()))

    store = reopened()
    await store.transact(lambda books: books.sending.add_job(account, job()))
    await store.transact(lambda books: books.sending.add_cohort(account, cohort()))

    assert store.read(lambda books: books.sending.message(account, 1_000)) is None


async def test_messages_whose_job_was_written_stay(reopened: Callable[[], Store]) -> None:
    """Port: `release` ends what `reserve` noted."""
    store = reopened()
    account = await keep_account(store)
    await store.transact(lambda books: books.sending.reserve(account, 1_000, 3))
    await store.transact(lambda books: write_job(books, account))
    await store.transact(lambda books: books.sending.release(account, 1_000))

    store = reopened()

    assert store.read(lambda books: books.sending.message(account, 1_000)) is not None


async def test_callbacks_that_were_in_the_air_are_on_the_agenda_again(reopened: Callable[[], Store]) -> None:
    """D8: at least once, never lost; those on the agenda are not there twice, those that are done not at all."""
    store = reopened()
    account = await keep_account(store)

    def in_the_air(books: Books) -> None:
        for key, state in enumerate(CallbackState, 1):
            books.callbacks.add(account, callback(key, state=state, due_at=later(key)))
        books.callbacks.add(account, callback(9, due_at=later(9)))
        books.agenda.add(account, due(later(9), 1, Kind.POST, 9))

    await store.transact(in_the_air)

    found = reopened().read(lambda books: books.agenda.peek(account, Page()))

    assert [(each.at, each.kind, each.subject) for each in found] == [
        (later(1), Kind.POST, 1),
        (later(2), Kind.POST, 2),
        (later(9), Kind.POST, 9),
    ]


async def test_a_clock_that_an_advance_held_runs_again(reopened: Callable[[], Store]) -> None:
    """D10: the advance has died with its process."""
    store = reopened()
    account = await store.transact(lambda books: books.accounts.add(new_account("one")))
    held = replace(account, clock=account.clock.pin(later(60), later(1)))
    await store.transact(lambda books: books.accounts.save(held))

    found = reopened().read(lambda books: books.accounts.get("one"))

    assert found is not None
    assert (found.clock.pinned, found.clock.shown) == (False, later(60))


def test_a_file_that_is_no_store_is_a_store_that_failed(tmp_path: Path) -> None:
    """Port: no exception of the library comes through."""
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary, this is a long enough text to be no database at all. " * 20)

    with pytest.raises(StoreFailed, match=r"notes\.txt"):
        SqliteStore(str(path))


def test_a_file_has_one_server_at_a_time(tmp_path: Path) -> None:
    """What a server keeps at hand is right only if nobody else writes."""
    first = SqliteStore(str(tmp_path / "store.db"))

    with pytest.raises(StoreFailed, match="another server has it"):
        SqliteStore(str(tmp_path / "store.db"))
    first.close()
    SqliteStore(str(tmp_path / "store.db")).close()


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ("PRAGMA application_id = 7", "not a store of this mock-amp"),
        ("PRAGMA user_version = 99", "its schema is version 99"),
        ("DELETE FROM account; PRAGMA application_id = 0", "name another file"),
    ],
)
def test_a_file_of_another_kind_is_refused_and_left_alone(tmp_path: Path, done: str, said: str) -> None:
    """One clear line, and not a byte changed."""
    path = tmp_path / "store.db"
    SqliteStore(str(path)).close()
    other = apsw.Connection(str(path))
    other.execute(done)
    other.execute("PRAGMA journal_mode = DELETE")
    other.close()
    before = _contents(path)

    with pytest.raises(StoreFailed, match=said):
        SqliteStore(str(path))

    assert _contents(path) == before


def _contents(path: Path) -> list[object]:
    connection = apsw.Connection(str(path))
    found = [list(connection.execute(f"PRAGMA {name}")) for name in ("application_id", "user_version")]
    found += [list(connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name"))]
    connection.close()
    return list(found)


async def test_what_a_start_puts_back_is_not_all_one_moment(reopened: Callable[[], Store]) -> None:
    """D8: however many posts were in the air, they come in portions; what else is due then comes after them, whole."""
    store = reopened()
    account = await keep_account(store)

    def in_the_air(books: Books) -> None:
        for key in range(1, 6):
            books.callbacks.add(account, callback(key, due_at=later(1)))
        for seq in range(6, 9):
            books.agenda.add(account, due(later(1), seq))

    await store.transact(in_the_air)
    store = reopened()

    def take(books: Books) -> list[int]:
        found = books.agenda.due(account, later(1), 2)
        books.agenda.drop(account, found)
        return [each.seq for each in found]

    portions = [await store.transact(take) for _ in range(3)]

    assert portions == [[-5, -4], [-3, -2], [-1, 6, 7, 8]]

"""What a file outlives: with durability full a loss of power, and without it at least nothing is torn."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import apsw
import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.ports import Store
from tests.contract.disks import Disk, forgetful_disk
from tests.contract.samples import new_account, request

_KEEPS = [
    pytest.param((False,), id="nothing unsynced is kept"),
    pytest.param((True, False), id="every second write is"),
    pytest.param((False, False, True), id="every third write is"),
    pytest.param((True, True, True, False), id="three of four are"),
]


@pytest.fixture
def disk() -> Iterator[Disk]:
    with forgetful_disk() as disk:
        yield disk


@pytest.mark.parametrize("size", [100, 1_500_000], ids=["in the log", "taken into the file"])
@pytest.mark.parametrize("keeps", _KEEPS)
async def test_what_was_answered_outlives_a_loss_of_power(
    disk: Disk, tmp_path: Path, keeps: Sequence[bool], size: int
) -> None:
    """Durability full: the disk has it before the answer goes out, whatever of the rest the disk has kept."""
    for rounds in range(2, 12, 3):
        path = tmp_path / f"{rounds}.db"
        store = SqliteStore(str(path), full=True)
        for number in range(rounds):
            await _write(store, number, size)
        disk.lose_power(keeps)
        store.close()

        assert _found(path) == ([f"n{number}" for number in range(rounds)], ["ok"])


@pytest.mark.parametrize("size", [100, 1_500_000], ids=["in the log", "taken into the file"])
@pytest.mark.parametrize("keeps", _KEEPS)
async def test_what_a_loss_of_power_takes_is_the_end_and_nothing_is_torn(
    disk: Disk, tmp_path: Path, keeps: Sequence[bool], size: int
) -> None:
    """Durability normal: what is there is whole, and a beginning of what was answered."""
    lost = 0
    for rounds in range(2, 12, 3):
        path = tmp_path / f"{rounds}.db"
        SqliteStore(str(path)).close()
        store = SqliteStore(str(path))
        for number in range(rounds):
            await _write(store, number, size)
        disk.lose_power(keeps)
        store.close()

        names, damage = _found(path)
        assert damage == ["ok"]
        assert names == [f"n{number}" for number in range(len(names))]
        lost += rounds - len(names)
    assert lost > 0, "the disk forgets nothing, so the tests with durability full prove nothing"


async def _write(store: Store, number: int, size: int) -> None:
    """An account and so many bytes."""
    usual = request(1)
    large = usual._replace(arrival=usual.arrival._replace(body=bytes(size)))

    await store.transact(lambda books: books.journal.add(books.accounts.add(new_account(f"n{number}")).key, large))


def _found(path: Path) -> tuple[list[str], list[str]]:
    """The accounts that the next start finds, and what SQLite says of the file."""
    store = SqliteStore(str(path))
    names = store.read(lambda books: [each.id for each in books.accounts.all()])
    store.close()
    connection = apsw.Connection(str(path))
    damage = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    connection.close()
    return names, damage

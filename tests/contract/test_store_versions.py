"""Files that earlier versions wrote: each comes to the schema of this one, whole, and loses nothing (D8).

`stores/version-N.db.gz` was written by the last mock-amp of version N, which was killed; `version-N.json` is what its
control plane had said just before. What this one says of them over HTTP is in tests/api/test_file_store.py.
"""

import gzip
import hashlib
import logging
import re
from pathlib import Path
from typing import Any

import apsw
import pytest

from mock_amp.adapters import migrations, queries
from mock_amp.adapters.migrations import STEPS, VERSION
from mock_amp.adapters.queries import load_queries
from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.ports import StoreFailed

STORES = Path(__file__).with_name("stores")
PAST = range(1, VERSION)

_ON_DEMAND = frozenset(name.removeprefix("index_") for name in load_queries() if name.startswith("index_"))


def test_every_past_version_has_a_step_and_a_stored_file() -> None:
    """Whoever raises the version keeps a file of the one before, and says how it comes to this one."""
    stored = {each.name for each in STORES.iterdir()}

    assert [*STEPS] == [version + 1 for version in PAST]
    assert {f"version-{version}.{kind}" for version in PAST for kind in ("db.gz", "json")} <= stored


@pytest.mark.parametrize("version", PAST)
def test_a_migrated_file_has_the_schema_of_a_new_one(tmp_path: Path, version: int) -> None:
    """But for indexes that are made on demand; and its log says in one line that it was migrated."""
    path, new = stored(tmp_path, version), tmp_path / "new.db"

    SqliteStore(str(path)).close()
    SqliteStore(str(new)).close()

    found, wanted = _schema(path), _schema(new)
    assert {name: sql for name, sql in found.items() if name not in _ON_DEMAND} == wanted
    assert _pragma(path, "user_version") == VERSION
    assert _pragma(path, "integrity_check") == "ok"


@pytest.mark.parametrize("version", PAST)
def test_a_migration_is_one_line_of_the_log_and_happens_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, version: int
) -> None:
    """The second start finds a file of its own version."""
    caplog.set_level(logging.INFO)
    path = stored(tmp_path, version)

    SqliteStore(str(path)).close()
    SqliteStore(str(path)).close()

    assert caplog.messages == [f"migrated {path} from version {version} to {VERSION}"]


@pytest.mark.parametrize("version", PAST)
def test_a_migration_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    """Whatever of it had been done; the version that wrote it goes on with it."""
    path = stored(tmp_path, version)
    before = _schema(path), _tokens(path), _pragma(path, "user_version")
    breaking = " INSERT INTO nowhere VALUES (1);"
    monkeypatch.setattr(migrations, "read_sql", lambda name: queries.read_sql(name) + breaking)

    with pytest.raises(StoreFailed, match="nowhere"):
        SqliteStore(str(path))

    assert (_schema(path), _tokens(path), _pragma(path, "user_version")) == before


def test_the_second_version_keeps_tokens_by_digest(tmp_path: Path) -> None:
    """Every token, the deleted ones too: a look-up never compares the secret itself."""
    path = stored(tmp_path, 1)
    values = {row[0] for row in _tokens(path)}

    SqliteStore(str(path)).close()

    assert {(row[0], row[1]) for row in _tokens(path)} == {
        (hashlib.sha256(value.encode()).digest(), value) for value in values
    }
    assert len(values) > 2


def test_the_second_version_knows_which_attempts_were_asked_for(tmp_path: Path) -> None:
    """Those on the agenda of callbacks of which nothing more is owed; of the others the state says enough."""
    path = stored(tmp_path, 1)
    connection = apsw.Connection(str(path))
    agenda = "SELECT account, subject, at, seq FROM agenda WHERE kind = 'post' ORDER BY subject"
    asked, *owed = connection.execute(agenda).fetchall()
    connection.execute("UPDATE callback SET state = 'delivered' WHERE account = ? AND key = ?", asked[:2])
    connection.close()

    SqliteStore(str(path)).close()

    connection = apsw.Connection(str(path))
    assert [*connection.execute("SELECT account, callback, at, seq FROM asked")] == [asked]
    assert connection.execute(agenda).fetchall() == [asked, *owed]
    assert len(owed) > 1
    connection.close()


def stored(folder: Path, version: int) -> Path:
    """A copy of the stored file of a version."""
    path = folder / f"version-{version}.db"
    path.write_bytes(gzip.decompress((STORES / f"version-{version}.db.gz").read_bytes()))
    return path


def _schema(path: Path) -> dict[str, str]:
    connection = apsw.Connection(str(path))
    found = [*connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")]
    connection.close()
    return {name: re.sub(r"(--.*|\s)+", " ", sql) for name, sql in found}


def _tokens(path: Path) -> list[Any]:
    connection = apsw.Connection(str(path))
    found = [*connection.execute("SELECT * FROM token")]
    connection.close()
    return found


def _pragma(path: Path, name: str) -> Any:
    connection = apsw.Connection(str(path))
    found = connection.pragma(name)
    connection.close()
    return found

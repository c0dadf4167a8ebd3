"""What SQLite says of itself is a line of our log, at a level that fits."""

from collections.abc import Iterator

import apsw
import pytest

from mock_amp.adapters.sqlite_log import hear_sqlite


@pytest.fixture
def connection(caplog: pytest.LogCaptureFixture) -> Iterator[apsw.Connection]:
    caplog.set_level("DEBUG", "mock_amp")
    hear_sqlite()
    yield apsw.Connection(":memory:")
    apsw.config(apsw.SQLITE_CONFIG_LOG, None)


def test_what_sqlite_complains_of_is_told(connection: apsw.Connection, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(apsw.SQLError):
        connection.execute("SELECT nowhere")

    (line,) = caplog.records
    assert (line.levelname, line.getMessage()) == ("WARNING", 'SQLite (1): no such column: nowhere in "SELECT nowhere"')


def test_a_row_that_is_there_already_is_nothing_to_tell(
    connection: apsw.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    connection.execute("CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)")
    with pytest.raises(apsw.ConstraintError):
        connection.execute("INSERT INTO t VALUES (?)", (1,))

    (line,) = caplog.records
    assert line.levelname == "DEBUG"


def test_what_the_store_says_once_is_not_said_for_each_statement(
    connection: apsw.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    """A disk that is full, say: the line of the store tells of it when it begins."""
    connection.execute("CREATE TABLE t (a); PRAGMA max_page_count = 3")
    with pytest.raises(apsw.FullError):
        connection.execute("INSERT INTO t VALUES (zeroblob(100000))")

    assert {line.levelname for line in caplog.records} == {"DEBUG"}

"""How a file of an earlier mock-amp comes to the schema of this one: version by version, all or nothing."""

import hashlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import apsw

from mock_amp.adapters.queries import read_sql

VERSION: Final = 2
"""Of the schema in `schema.sql`."""

STEPS: Final[Mapping[int, str]] = MappingProxyType({2: "to-version-2"})
"""Version -> the file of `sql/` that makes it of the version before."""


def migrate(connection: apsw.Connection, version: int, check: Callable[[apsw.Connection], None]) -> None:
    """Brings a file from its version to VERSION, and keeps that if it stands the check.

    Raises apsw.Error, and whatever the check does; the caller closes the connection then, and the file is what it was.
    """
    connection.execute("PRAGMA cache_spill = OFF").fetchall()  # or pages are in the log before they are known to stay
    connection.create_scalar_function("sha256", _sha256, 1, deterministic=True)
    connection.execute("BEGIN IMMEDIATE")
    for to in range(version + 1, VERSION + 1):
        connection.execute(f"{read_sql(STEPS[to])} PRAGMA user_version = {to}")
    check(connection)
    connection.execute("COMMIT")
    connection.create_scalar_function("sha256", None, 1)
    connection.execute("PRAGMA cache_spill = ON").fetchall()


def _sha256(*values: Any) -> bytes:
    return hashlib.sha256(str(values[0]).encode()).digest()

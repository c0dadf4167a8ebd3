"""How a file of an earlier mock-amp comes to the schema of this one: version by version, each all or nothing."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import apsw

from mock_amp.adapters.queries import read_sql

VERSION: Final = 2
"""Of the schema in `schema.sql`."""

STEPS: Final[Mapping[int, str]] = MappingProxyType({2: "to-version-2"})
"""Version -> the file of `sql/` that makes it of the version before."""


def migrate(connection: apsw.Connection, version: int) -> None:
    """Brings a file from its version to VERSION. Raises apsw.Error; then the file is as the last whole step left it."""
    connection.create_scalar_function("sha256", _sha256, 1, deterministic=True)
    for to in range(version + 1, VERSION + 1):
        connection.execute(f"BEGIN IMMEDIATE; {read_sql(STEPS[to])} PRAGMA user_version = {to}; COMMIT")
    connection.create_scalar_function("sha256", None, 1)


def _sha256(*values: Any) -> bytes:
    return hashlib.sha256(str(values[0]).encode()).digest()

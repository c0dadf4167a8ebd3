"""The book of scenarios over one SQLite connection: documents, counts, queues."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import apsw

from mock_amp.adapters.damage import damage
from mock_amp.adapters.table import Table, Writes
from mock_amp.core.instants import Instant
from mock_amp.core.model import NEVER, Channel

_PAST_VERSION_1: Final = 2**52


class SqliteScripts(Table):
    """Implements the ScriptBook port; `flush` writes the accounts that were saved."""

    def __init__(
        self, connection: apsw.Connection, queries: Mapping[str, str], writes: Writes, flush: Callable[[], None]
    ) -> None:
        super().__init__(connection, queries, writes)
        self._flush = flush

    def add(self, document: str) -> int:
        self._run("script_add", _key_of(document), document)
        row = self._one("script_key", document)
        if row is None:
            raise LookupError("a scenario that was just written")
        return int(row[0])

    def get(self, key: int) -> str:
        row = self._one("script_get", key)
        if row is None:
            raise LookupError(f"scenario {key}")
        document = str(row[0])
        if key > _PAST_VERSION_1 and _key_of(document) != key:
            raise damage("script", ValueError("it is not the one that was kept"))
        return document

    def drop_unused(self, keys: Iterable[int]) -> Sequence[int]:
        self._flush()
        return [key for key in set(keys) if key and self._run("script_drop_unused", key) == 1]

    def counts(self, account: int, section: str) -> Mapping[int, int]:
        return dict(self._all("tally_of_section", account, section))

    def count(self, account: int, section: str, fitted: Mapping[int, int]) -> None:
        for rule, number in fitted.items():
            self._run("tally_set", account, section, rule, number)

    def forget_counts(self, account: int) -> None:
        self._run("tally_clear", account)

    def free_at(self, account: int, channel: Channel) -> Instant:
        row = self._one("queue_get", account, channel)
        return Instant(row[0]) if row else NEVER

    def occupy(self, account: int, channel: Channel, until: Instant) -> None:
        self._run("queue_set", account, channel, until)


def _key_of(document: str) -> int:
    """A key that says the same for ever, also of a document whose transaction was rolled back.

    Past those that were given in turn by version 1, and short enough for JSON.
    """
    digest = hashlib.blake2b(document.encode(), digest_size=8).digest()
    return _PAST_VERSION_1 | int.from_bytes(digest) % _PAST_VERSION_1

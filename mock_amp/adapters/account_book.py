"""The book of accounts and of their tokens over one SQLite connection."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hmac import compare_digest
from typing import Final, NamedTuple

import apsw

from mock_amp.adapters import rows
from mock_amp.adapters.table import Table, Writes
from mock_amp.core.account import Account
from mock_amp.core.instants import Instant
from mock_amp.core.model import Token
from mock_amp.core.records import News, Span
from mock_amp.ports import Counting

ALL_THAT_HAPPENED: Final = (
    "job",
    "cohort",
    "message",
    "reserved",
    "agenda",
    "callback",
    "attempt",
    "asked",
    "reply",
    "click",
    "request",
    "code",
    "tally",
    "queue",
    "evicting",
    "lost",
)


class SqliteAccounts(Table):
    """Accounts and tokens are kept at hand once read, and accounts written once at the end of a transaction.

    Nobody else writes them. A transaction that fails takes all that is at hand along. Tokens are looked up by their
    digest, so that how long a look-up takes says nothing of how much of a guess was right.
    """

    def __init__(self, connection: apsw.Connection, queries: Mapping[str, str], writes: Writes) -> None:
        super().__init__(connection, queries, writes)
        self._known: dict[str, Account] = {}
        self._ids: dict[int, str] = {}
        self._tokens: dict[bytes, tuple[bytes, Token]] = {}
        self._changed: dict[str, Account] = {}
        self._counting: dict[str, Counting] = {}
        self.told: list[News] = []

    def counting(self, account_id: str) -> Counting | None:
        return self._counting.get(account_id)

    def count_by(self, counting: Counting) -> None:
        self._counting[counting.owner.id] = counting

    def get(self, account_id: str) -> Account | None:
        if self._counting:
            self._settle()
        return self._known.get(account_id) or self._know(self._one("account_get", account_id))

    def by_key(self, key: int) -> Account | None:
        self._settle()
        account_id = self._ids.get(key)
        return self._know(self._one("account_by_key", key)) if account_id is None else self.get(account_id)

    def of_token(self, value: str) -> tuple[Account, Token] | None:
        given = _secret(value)
        known = self._tokens.get(given.digest)
        if known is None:
            row = self._one("token_get", given.digest)
            if row is None:
                return None
            token = rows.token_of(row)
            known = self._tokens[given.digest] = (_secret(token.value).written, token)
        written, token = known
        if not compare_digest(written, given.written):
            return None
        account = self.get(token.account)
        return None if account is None else (account, token)

    def all(self) -> Sequence[Account]:
        self.flush()
        return [rows.account_of(row) for row in self._all("account_all")]

    def count(self) -> int:
        row = self._one("account_count")
        return row[0] if row else 0

    def add(self, account: Account) -> Account:
        self._run("account_add", *rows.account_row(account))
        kept = self._know(self._one("account_get", account.id))
        if kept is None:
            raise LookupError(account.id)
        return kept

    def save(self, account: Account) -> None:
        self._known[account.id] = self._changed[account.id] = account

    def clear(self, key: int) -> None:
        self._writes.ahead.pop(key, None)
        self._writes.weights.pop(key, None)
        for table in ALL_THAT_HAPPENED:
            self._execute(f"DELETE FROM {table} WHERE account = ?", (key,))  # noqa: S608 - names from the list above

    def delete(self, key: int, *, bury: bool = True) -> None:
        account = self.by_key(key)
        if account is None:
            return
        self.clear(key)
        for token in self.tokens(account.id):
            self._tokens.pop(_secret(token.value).digest, None)
        self._run("account_delete", key)
        if bury:
            self._run("token_bury", account.created_at, account.id)
        else:
            self._run("token_forget", account.id)
        self._known.pop(account.id, None)
        self._ids.pop(key, None)
        self._changed.pop(account.id, None)

    def tokens(self, account_id: str) -> Sequence[Token]:
        return [rows.token_of(row) for row in self._all("token_of_account", account_id)]

    def ending(self, account_id: str, end: str) -> Sequence[Span]:
        return [Span._make(row) for row in self._all("token_ending", account_id, end)]

    def add_token(self, token: Token) -> bool:
        return self._run("token_add", _secret(token.value).digest, *rows.token_row(token)) == 1

    def save_token(self, token: Token) -> bool:
        return self._run("token_save", rows.write_policy(token), token.account, self._lay_aside(token.value)) == 1

    def spend(self, token: str, until: Instant) -> None:
        self._run("token_spend", until, self._lay_aside(token))

    def delete_token(self, account_id: str, value: str, at: Instant) -> bool:
        return self._run("token_delete", at, account_id, self._lay_aside(value)) == 1

    def flush(self) -> None:
        """Writes what was saved and counted."""
        self._settle()
        if self._changed:
            self._executemany(
                self._sql["account_save"], [rows.account_changes(each) for each in self._changed.values()]
            )
            self._changed.clear()

    def forget(self) -> None:
        """Drops all that is at hand: some of it was never committed."""
        for kept in (self._known, self._ids, self._tokens, self._changed, self._counting):
            kept.clear()
        self.told = []

    def _lay_aside(self, value: str) -> bytes:
        """The digest of a token that is changed, and is read again when somebody needs it."""
        digest = _secret(value).digest
        self._tokens.pop(digest, None)
        return digest

    def _settle(self) -> None:
        """Saves what has been counted so far; the next who counts begins from there."""
        for each in self._counting.values():
            self.save(each.account)
            self.told += each.take_news()
        self._counting.clear()

    def _know(self, row: rows.Row | None) -> Account | None:
        if row is None:
            return None
        account = rows.account_of(row)
        self._ids[account.key] = account.id
        return self._known.setdefault(account.id, account)


class _Secret(NamedTuple):
    written: bytes
    digest: bytes


@lru_cache(maxsize=1024)
def _secret(value: str) -> _Secret:
    """A token's value as bytes, whatever a client has sent as one, and the digest it is kept under."""
    written = value.encode("utf-8", "surrogatepass")
    return _Secret(written, hashlib.sha256(written).digest())

"""The books of the store over one SQLite connection: each method is a query of `sql/`, or a few."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import apsw
import orjson

from mock_amp.adapters import rows
from mock_amp.adapters.code_book import SqliteCodes
from mock_amp.adapters.plan_rows import read_plan
from mock_amp.adapters.record_books import SqliteCallbacks, SqliteHandsets, SqliteJournal
from mock_amp.adapters.retention_book import SqliteRetention
from mock_amp.adapters.script_book import SqliteScripts
from mock_amp.adapters.seeking import MESSAGES, Listed
from mock_amp.adapters.snapshot_book import SqliteSnapshots
from mock_amp.adapters.table import Table, Writes
from mock_amp.core import bundles
from mock_amp.core.account import Account
from mock_amp.core.instants import BEFORE_ALL, Instant
from mock_amp.core.model import Cohort, Destination, Entry, Job, Message, Runs, Token
from mock_amp.core.records import (
    Due,
    Figures,
    Kind,
    News,
    Page,
    Sought,
    Unfinished,
    Where,
)
from mock_amp.ports import Counting

_AT_ONCE: Final = 5_000
_KINDS: Final = {each.value: each for each in Kind}
_SPARSE: Final = 8
"""Up to so many rows read for one that is wanted, one query is quicker than one a run."""

_ALL_THAT_HAPPENED: Final = (
    "job",
    "cohort",
    "message",
    "reserved",
    "agenda",
    "callback",
    "attempt",
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

    Nobody else writes them. A transaction that fails takes all that is at hand along.
    """

    def __init__(self, connection: apsw.Connection, queries: Mapping[str, str], writes: Writes) -> None:
        super().__init__(connection, queries, writes)
        self._known: dict[str, Account] = {}
        self._ids: dict[int, str] = {}
        self._tokens: dict[str, Token] = {}
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
        token = self._tokens.get(value)
        if token is None:
            row = self._one("token_get", value)
            if row is None:
                return None
            token = self._tokens[value] = rows.token_of(row)
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
        for table in _ALL_THAT_HAPPENED:
            self._execute(f"DELETE FROM {table} WHERE account = ?", (key,))  # noqa: S608 - names from the list above

    def delete(self, key: int, *, bury: bool = True) -> None:
        account = self.by_key(key)
        if account is None:
            return
        self.clear(key)
        for token in self.tokens(account.id):
            self._tokens.pop(token.value, None)
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

    def add_token(self, token: Token) -> bool:
        return self._run("token_add", *rows.token_row(token)) == 1

    def save_token(self, token: Token) -> bool:
        self._tokens.pop(token.value, None)
        return self._run("token_save", rows.write_policy(token), token.account, token.value) == 1

    def spend(self, token: str, until: Instant) -> None:
        self._tokens.pop(token, None)
        self._run("token_spend", until, token)

    def delete_token(self, account_id: str, value: str, at: Instant) -> bool:
        self._tokens.pop(value, None)
        return self._run("token_delete", at, account_id, value) == 1

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


class SqliteSending(Listed):
    def reserve(self, account: int, first: int, size: int) -> None:
        self._run("reserved_add", account, first, size)

    def release(self, account: int, first: int) -> None:
        self._run("reserved_release", account, first)

    def add_messages(self, account: int, job: int, first: int, rows_: Iterable[tuple[int, int, Destination]]) -> None:
        write = rows.write_params
        found = [
            (account, first + position, job, cohort, number, custom_id, params and write(params))
            for position, cohort, (number, custom_id, params) in rows_
        ]
        self._writes.rows[self._sql["message_add"]] += found

    def add_job(self, account: int, job: Job) -> None:
        self._later("job_add", rows.job_row(account, job))

    def job(self, account: int, key: int) -> Job:
        return rows.job_of(self._there("job_get", account, key))

    def add_cohort(self, account: int, cohort: Cohort) -> None:
        self._later("cohort_add", rows.cohort_row(account, cohort))

    def save_cohort(self, account: int, cohort: Cohort) -> None:
        self._run("cohort_save", *rows.cohort_changes(account, cohort))

    def save_cohorts(self, account: int, cohorts: Sequence[Cohort]) -> None:
        self._executemany(self._sql["cohort_save"], [rows.cohort_changes(account, each) for each in cohorts])

    def recast_cohort(self, account: int, cohort: Cohort) -> None:
        self._run("cohort_recast", *rows.cohort_recast(account, cohort))

    def cohort(self, account: int, key: int) -> Cohort:
        return rows.cohort_of(self._there("cohort_get", account, key))

    def some_cohorts(self, account: int, keys: Sequence[int]) -> Sequence[Cohort]:
        return [rows.cohort_of(row) for row in self._all("cohort_some", account, orjson.dumps(keys).decode())]

    def reported_jobs(self, account: int, keys: Sequence[int]) -> Sequence[Job]:
        return [rows.job_of(row) for row in self._all("job_reported", account, orjson.dumps(keys).decode())]

    def move_messages(self, account: int, job: Job, runs: Runs, cohort: int) -> None:
        self._executemany(
            self._sql["message_move"], [(cohort, account, job.first + first, job.first + last) for first, last in runs]
        )

    def cohorts(self, account: int) -> Sequence[Cohort]:
        return [rows.cohort_of(row) for row in self._all("cohort_all", account)]

    def timeline(self, account: int, cohort: int) -> tuple[Entry, ...]:
        return rows.read_timeline(self._there("cohort_timeline", account, cohort)[0])

    def message(self, account: int, ordinal: int) -> Message | None:
        row = self._one("message_get", account, ordinal)
        return self._messages(account, [row])[0] if row else None

    def where(self, account: int, ordinal: int) -> Where | None:
        row = self._glance("message_standing", account, ordinal)
        if row is None:
            return None
        number, custom_id, api_job_id, client_job_id, timeline, plan = row
        return Where(number, custom_id, api_job_id, client_job_id, rows.read_latest(timeline), read_plan(plan))

    def messages(self, account: int, sought: Sought, page: Page) -> Sequence[Message]:
        return self._messages(account, self._page(MESSAGES, account, page, sought))

    def count(self, account: int, sought: Sought) -> int:
        return self._count(MESSAGES, account, sought)

    def known(self, account: int, numbers: Sequence[str]) -> frozenset[str]:
        found: set[str] = set()
        self._indexed("message_by_number")
        for start in range(0, len(numbers), _AT_ONCE):
            part = orjson.dumps(numbers[start : start + _AT_ONCE]).decode()
            found.update(row[0] for row in self._all("message_known", account, part))
        return frozenset(found)

    def recipients(self, account: int, job: Job, runs: Runs) -> Sequence[tuple[int, str, str | None]]:
        first, last = job.first + runs[0][0], job.first + runs[-1][1]
        if len(runs) == 1:
            return self._all("message_recipients", account, first, last)
        if last - first > _SPARSE * bundles.count(runs):
            return [row for run in runs for row in self.recipients(account, job, (run,))]
        wanted = {job.first + at for start, end in runs for at in range(start, end + 1)}
        return [(*row,) for row in self._all("message_recipients", account, first, last) if row[0] in wanted]

    def _messages(self, account: int, found: Sequence[rows.Row]) -> list[Message]:
        jobs = {key: self.job(account, key) for key in {row[4] for row in found}}
        cohorts = {key: self.cohort(account, key) for key in {row[5] for row in found}}
        return [
            Message(
                ordinal=ordinal,
                number=number,
                custom_id=custom_id,
                params=rows.read_params(params),
                job=jobs[job],
                cohort=cohorts[cohort],
            )
            for ordinal, number, custom_id, params, job, cohort in found
        ]

    def _there(self, name: str, account: int, key: int) -> rows.Row:
        row = self._one(name, account, key)
        if row is None:
            raise LookupError(f"{name} {account}/{key}")
        return row


class SqliteAgenda(Table):
    def add(self, account: int, due: Due) -> None:
        self._later("agenda_add", (account, due.at, due.seq, str(due.kind), due.subject, *due.part))

    def move(self, account: int, kind: Kind, subject: int, at: Instant, to: Instant) -> None:
        self._run("agenda_move", to, account, at, kind, subject)

    def due(self, account: int, until: Instant, limit: int) -> Sequence[Due]:
        found = [_due(row) for row in self._all("agenda_due", account, until, limit)]
        if len(found) == limit:
            last = found[-1]
            found += [_due(row) for row in self._all("agenda_same_moment", account, last.at, last.seq)]
        return found

    def drop(self, account: int, dues: Sequence[Due]) -> None:
        self._executemany(self._sql["agenda_remove"], [(account, due.at, due.seq) for due in dues])

    def of(self, account: int, kind: Kind, subject: int) -> Sequence[Due]:
        name = "agenda_of_callback" if kind is Kind.POST else "agenda_of_cohort"
        return [_due(row) for row in self._all(name, account, subject, kind.value)]

    def remove(self, account: int, due: Due) -> None:
        self._run("agenda_remove", account, due.at, due.seq)

    def next_at(self, account: int, after: Instant = BEFORE_ALL) -> Instant | None:
        row = self._one("agenda_next", account, after)
        return row[0] if row else None

    def peek(self, account: int, page: Page) -> Sequence[Due]:
        return [_due(row) for row in self._all("agenda_page", account, page.limit)]

    def heads(self) -> Sequence[tuple[int, Instant]]:
        return [(account, at) for account, at in self._all("agenda_heads")]


class SqliteBooks(Table):
    """All the books of one connection."""

    def __init__(self, connection: apsw.Connection, queries: Mapping[str, str]) -> None:
        writes = Writes(connection)
        own = (connection, queries, writes)
        super().__init__(*own)
        self.accounts = SqliteAccounts(*own)
        self.sending = SqliteSending(*own)
        self.agenda = SqliteAgenda(*own)
        self.callbacks = SqliteCallbacks(*own)
        self.handsets = SqliteHandsets(*own)
        self.journal = SqliteJournal(*own)
        self.codes = SqliteCodes(*own)
        self.scripts = SqliteScripts(*own, self.accounts.flush)
        self.snapshots = SqliteSnapshots(*own, _ALL_THAT_HAPPENED)
        self.retention = SqliteRetention(*own)

    def tell(self, news: Iterable[News]) -> None:
        self.accounts.told += news

    def flush(self) -> None:
        """Writes all that is only at hand; the end of a transaction."""
        self.accounts.flush()
        self._writes.flush()

    def committed(self) -> Sequence[News]:
        """What was told in the transaction that has just been committed."""
        told, self.accounts.told = self.accounts.told, []
        return told

    def forget(self) -> None:
        """Drops what was written and told in a transaction that is rolled back."""
        self._writes.forget()
        self.accounts.forget()

    def figures(self) -> Figures:
        return Figures(*(self._one("figures") or (0, 0, 0)))

    def unfinished(self) -> Unfinished:
        messages = 0
        for plan, leg, step, members in self._execute(self._sql["unfinished_messages"]):
            legs = read_plan(plan)
            if leg < len(legs) and step < len(legs[leg].steps):
                messages += bundles.count(rows.read_runs(members))
        row = self._one("unfinished_callbacks")
        return Unfinished(messages=messages, callbacks=row[0] if row else 0)


def _due(row: rows.Row) -> Due:
    at, seq, kind, subject, act, done = row
    return Due(at, seq, _KINDS[kind], subject, (act, done))

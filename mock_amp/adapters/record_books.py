"""The books of what was written down over one SQLite connection: callbacks, handsets, the request journal."""

from collections.abc import Sequence
from typing import Final

from mock_amp.adapters import record_rows
from mock_amp.adapters.seeking import ATTEMPTS, CALLBACKS, REPLIES, REQUESTS, Listed
from mock_amp.core.instants import Instant
from mock_amp.core.records import (
    ALL,
    Attempt,
    Callback,
    CallbackState,
    Click,
    Due,
    HandsetReply,
    Page,
    RequestRecord,
    Sought,
)

LAST_LINE: Final = 2**63 - 1


class SqliteCallbacks(Listed):
    def add(self, account: int, callback: Callback) -> None:
        self._later("callback_add", (account, *record_rows.callback_row(callback)))

    def save(self, account: int, callback: Callback) -> None:
        bundle, injected = record_rows.write_bundle(callback.bundle), record_rows.write_injected(callback.injected)
        changes = (callback.state, callback.due_at, callback.tried, bundle, injected)
        self._run("callback_save", *changes, account, callback.key)

    def tried(self, account: int, key: int, state: CallbackState, due_at: Instant, tried: int) -> None:
        self._later("callback_tried", (state, due_at, tried, account, key))

    def ask(self, account: int, due: Due) -> None:
        self._run("asked_add", account, due.subject, due.at, due.seq)

    def made(self, account: int, key: int) -> None:
        self._run("asked_first", account, key)

    def get(self, account: int, key: int) -> Callback | None:
        row = self._one("callback_get", account, key)
        return record_rows.callback_of(row) if row else None

    def open_bundle(self, account: int, job: int, due_from: Instant) -> Callback | None:
        row = self._one("callback_open", account, job, due_from)
        return record_rows.callback_of(row) if row else None

    def waiting(self, account: int, job: int, kind: str, due_from: Instant) -> Sequence[Callback]:
        return [record_rows.callback_of(row) for row in self._all("callback_waiting", account, job, kind, due_from)]

    def page(self, account: int, page: Page, sought: Sought = ALL) -> Sequence[Callback]:
        return [record_rows.callback_of(row) for row in self._page(CALLBACKS, account, page, sought)]

    def count(self, account: int, sought: Sought) -> int:
        return self._count(CALLBACKS, account, sought)

    def of_job(self, account: int, job: int) -> Sequence[Callback]:
        return [record_rows.callback_of(row) for row in self._all("callback_of_job", account, job)]

    def add_attempt(self, account: int, attempt: Attempt) -> None:
        self._later("attempt_add", (account, *attempt))

    def attempts(self, account: int, callback: int) -> Sequence[Attempt]:
        return [Attempt._make(row) for row in self._all("attempt_of_callback", account, callback)]

    def attempts_page(self, account: int, page: Page, sought: Sought = ALL) -> Sequence[tuple[Attempt, str, str]]:
        found = self._page(ATTEMPTS, account, page, sought)
        return [(Attempt._make(row[:-2]), row[-2], row[-1]) for row in found]

    def attempts_count(self, account: int, sought: Sought) -> int:
        return self._count(ATTEMPTS, account, sought)


class SqliteHandsets(Listed):
    def add_reply(self, account: int, reply: HandsetReply) -> None:
        self._run("reply_add", account, *record_rows.reply_row(reply))

    def reply(self, account: int, callback: int) -> HandsetReply:
        row = self._one("reply_get", account, callback)
        if row is None:
            raise LookupError(f"reply_get {account}/{callback}")
        return record_rows.reply_of(row)

    def replies(self, account: int, message: int) -> Sequence[HandsetReply]:
        return [record_rows.reply_of(row) for row in self._all("reply_of_message", account, message)]

    def page(self, account: int, page: Page, sought: Sought = ALL) -> Sequence[HandsetReply]:
        return [record_rows.reply_of(row) for row in self._page(REPLIES, account, page, sought)]

    def count(self, account: int, sought: Sought) -> int:
        return self._count(REPLIES, account, sought)

    def add_click(self, account: int, click: Click) -> None:
        self._run("click_add", account, click.message, click.number, click.at, click.title, click.target_url)

    def clicks(self, account: int, message: int) -> Sequence[Click]:
        return [record_rows.click_of(row) for row in self._all("click_of_message", account, message)]


class SqliteJournal(Listed):
    def weight(self, account: int) -> int:
        known = self._writes.weights.get(account)
        if known is None:
            row = self._one("request_weight", account, LAST_LINE)
            known = self._writes.weights[account] = row[0] if row else 0
        return known

    def add(self, account: int, record: RequestRecord) -> None:
        if account in self._writes.weights:
            self._writes.weights[account] += len(record.arrival.body)
        if record.rule or record.warnings or record.injected:
            self._later("request_add", record_rows.request_row(account, record))
        else:  # most lines say no more than this, and what is not bound costs nothing
            self._later("request_add_plain", record_rows.plain_request_row(account, record))

    def get(self, account: int, number: int) -> RequestRecord | None:
        row = self._one("request_get", account, number)
        return record_rows.request_of(row) if row else None

    def page(self, account: int, page: Page, sought: Sought = ALL) -> Sequence[RequestRecord]:
        return [record_rows.request_of(row) for row in self._page(REQUESTS, account, page, sought)]

    def count(self, account: int, sought: Sought) -> int:
        return self._count(REQUESTS, account, sought)

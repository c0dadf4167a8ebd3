"""The book of what is evicted over one SQLite connection (D13)."""

from collections.abc import Sequence

from mock_amp.adapters.rows import Row
from mock_amp.adapters.table import Table
from mock_amp.core.instants import Instant
from mock_amp.core.records import Lost, Sort, Standing


class SqliteRetention(Table):
    """Implements the RetentionBook port."""

    def standing(self, account: int, after: int, limit: int) -> Sequence[Standing]:
        found = self._execute(self._sql["standing_page"], {"account": account, "after": after, "limit": limit})
        return [Standing(key, first, size, at, bool(open_)) for key, first, size, at, open_ in found]

    def still(self, account: int, job: int) -> Standing | None:
        row = self._execute(self._sql["standing_get"], {"account": account, "job": job}).fetchone()
        return Standing(row[0], row[1], row[2], row[3], bool(row[4])) if row else None

    def hide(self, account: int, job: Standing) -> None:
        self._run("evicting_add", account, job.key, job.first, job.size)
        self._lose(account, Sort.MESSAGE, self._one("message_extent", account, job.key))
        self._lose(account, Sort.CALLBACK, self._one("callback_extent", account, job.key))
        self._lose(account, Sort.REPLY, self._one("reply_extent", account, job.first, job.first + job.size - 1))

    def sweep(self, account: int, limit: int) -> bool:
        while limit > 0 and (row := self._one("evicting_first", account)):
            job, first, size = row
            limit -= self._sweep_job(account, job, (first, first + size - 1), limit)
        return self._one("evicting_first", account) is None

    def sweeping(self) -> Sequence[int]:
        return [row[0] for row in self._all("evicting_accounts")]

    def oldest_requests(self, account: int, limit: int) -> Sequence[tuple[int, Instant]]:
        return [(number, at) for number, at in self._all("request_oldest", account, limit)]

    def drop_requests(self, account: int, first: int, last: int) -> None:
        count = self._run("evict_requests", account, last)
        self._run("lost_add", account, Sort.REQUEST, count, first, last, last)

    def lost(self, account: int, sort: Sort) -> Lost:
        row = self._one("lost_get", account, sort)
        return Lost(*row) if row else Lost()

    def _lose(self, account: int, sort: Sort, extent: Row | None) -> None:
        """Counts what there is of a sort: how many, the first, the last, and the line that comes after them."""
        if extent and extent[0]:
            self._run("lost_add", account, sort, *extent)

    def _sweep_job(self, account: int, job: int, ordinals: tuple[int, int], limit: int) -> int:
        """Deletes rows of one job, the job itself last; says how many, and at least one."""
        some = {"account": account, "job": job, "limit": limit}
        self._execute(self._sql["evict_attempts"], some)
        done = self._execute(self._sql["evict_callbacks"], some).rowcount
        if done < limit:
            done += self._sweep_messages(account, ordinals, limit - done)
        if done < limit:
            done += self._execute(self._sql["evict_cohorts"], {**some, "limit": limit - done}).rowcount
        if done < limit:
            self._run("evict_job", account, job)
            self._run("evicting_remove", account, job)
        return done + 1

    def _sweep_messages(self, account: int, ordinals: tuple[int, int], limit: int) -> int:
        found = self._one("message_first", account, *ordinals)
        if not found or found[0] is None:
            return 0
        until = min(ordinals[1], found[0] + limit - 1)
        for name in ("evict_replies", "evict_clicks"):
            self._run(name, account, found[0], until)
        return self._run("evict_messages", account, found[0], until)

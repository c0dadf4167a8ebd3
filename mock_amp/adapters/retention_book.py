"""The book of what is evicted over one SQLite connection (D13)."""

from collections.abc import Sequence

import orjson

from mock_amp.adapters.table import Table
from mock_amp.core.instants import Instant
from mock_amp.core.records import Lost, Sort, Standing

_Run = dict[str, int]
"""Jobs one after the other, as queries ask for them: the first and the last, and their first and last message."""


class SqliteRetention(Table):
    """Implements the RetentionBook port."""

    def standing(self, account: int, after: int, limit: int) -> Sequence[Standing]:
        found = self._execute(self._sql["standing_page"], {"account": account, "after": after, "limit": limit})
        return [Standing(key, first, size, at, bool(open_)) for key, first, size, at, open_ in found]

    def still(self, account: int, jobs: Sequence[int]) -> Sequence[Standing]:
        some = {"account": account, "jobs": orjson.dumps(jobs).decode()}
        found = self._execute(self._sql["standing_some"], some)
        return [Standing(key, first, size, at, bool(open_)) for key, first, size, at, open_ in found]

    def hide(self, account: int, jobs: Sequence[Standing], limit: int = 0) -> bool:
        swept = True
        for run in _runs(account, [(job.key, job.first, job.size) for job in jobs]):
            rows = [self._lose(account, sort, run) for sort in (Sort.MESSAGE, Sort.CALLBACK, Sort.REPLY)]
            if sum(rows) <= limit:
                self._delete_run(run, callbacks=rows[1] > 0)
            else:
                self._execute(self._sql["evicting_add"], run)
                swept = False
        return swept

    def sweep(self, account: int, limit: int) -> bool:
        while limit > 0 and (some := self._some(account, limit)):
            for run in _runs(account, some):
                limit -= self._sweep_run(run, limit)
                if limit <= 0:
                    break
        return not self._all("evicting_some", account, 1)

    def sweeping(self) -> Sequence[int]:
        return [row[0] for row in self._all("evicting_accounts")]

    def drop_codes(self, account: int, until: Instant) -> None:
        self._execute(self._sql["evict_codes"], {"account": account, "until": until})

    def oldest_requests(self, account: int, limit: int) -> Sequence[tuple[int, Instant]]:
        return [(number, at) for number, at in self._all("request_oldest", account, limit)]

    def oldest_bodies(self, account: int, limit: int) -> Sequence[tuple[int, int]]:
        return [(number, size) for number, size in self._all("request_sizes", account, limit)]

    def last_request(self, account: int, first: int, last: int, until: Instant) -> int:
        row = self._one("request_last", account, first, last, until)
        return row[0] or 0 if row else 0

    def drop_requests(self, account: int, first: int, last: int) -> None:
        if account in self._writes.weights:
            row = self._one("request_weight", account, last)
            self._writes.weights[account] -= row[0] if row else 0
        count = self._run("evict_requests", account, last)
        self._run("lost_add", account, Sort.REQUEST, count, first, last, last)

    def lost(self, account: int, sort: Sort) -> Lost:
        row = self._one("lost_get", account, sort)
        return Lost(*row) if row else Lost()

    def _lose(self, account: int, sort: Sort, run: _Run) -> int:
        """Counts what there is of a sort in a run as lost; says how many."""
        extent = self._execute(self._sql[f"{sort}_extent"], run).fetchone()
        if extent[0]:
            self._run("lost_add", account, sort, *extent)
        return extent[0] or 0

    def _delete_run(self, run: _Run, *, callbacks: bool) -> None:
        """Deletes all rows of jobs in a row at once."""
        names = ("evict_replies", "evict_clicks", "evict_messages", "evict_cohorts_all", "evict_jobs")
        for name in (*(("evict_attempts_all", "evict_callbacks_all") if callbacks else ()), *names):
            self._execute(self._sql[name], run)

    def _some(self, account: int, limit: int) -> Sequence[tuple[int, int, int]]:
        """The first hidden jobs, with about so many messages."""
        found: list[tuple[int, int, int]] = []
        for job, first, size in self._all("evicting_some", account, limit):
            found.append((job, first, size))
            limit -= size
            if limit <= 0:
                break
        return found

    def _sweep_run(self, run: _Run, limit: int) -> int:
        """Deletes rows of jobs in a row, the jobs themselves last; says how many, and at least one."""
        self._execute(self._sql["evict_attempts"], {**run, "limit": limit})
        done = self._change("evict_callbacks", {**run, "limit": limit})
        if done < limit:
            done += self._sweep_messages(run, limit - done)
        if done < limit:
            done += self._change("evict_cohorts", {**run, "limit": limit - done})
        if done < limit:
            done += self._change("evict_jobs", run)
            self._execute(self._sql["evicting_remove"], run)
        return done + 1

    def _sweep_messages(self, run: _Run, limit: int) -> int:
        first, last = self._execute(self._sql["message_some"], {**run, "limit": limit}).fetchone()
        if first is None:
            return 0
        some = {**run, "first": first, "last": last}
        for name in ("evict_replies", "evict_clicks"):
            self._execute(self._sql[name], some)
        return self._change("evict_messages", some)


def _runs(account: int, jobs: Sequence[tuple[int, int, int]]) -> list[_Run]:
    """Jobs by key, first message and size as runs: there is no job between two of a run, and no message."""
    runs: list[_Run] = []
    for key, first, size in sorted(jobs):
        last = first + size - 1
        if runs and runs[-1]["to"] == key - 1:
            runs[-1] |= {"to": key, "first": min(runs[-1]["first"], first), "last": max(runs[-1]["last"], last)}
        else:
            runs.append({"account": account, "from": key, "to": key, "first": first, "last": last})
    return runs

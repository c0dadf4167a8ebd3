"""Whether the rows of a snapshot, each of which can be read, make sense together: what is said to be there is there.

What is being evicted does not exist any more, and need not.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import apsw
import orjson

from mock_amp.adapters import record_rows, rows
from mock_amp.adapters.damage import UNREADABLE
from mock_amp.adapters.table import Table, Writes
from mock_amp.core.bundles import count, positions_of
from mock_amp.core.handset import screen
from mock_amp.core.lifecycle import due_at, move
from mock_amp.core.model import Cohort, Job, Message, Runs
from mock_amp.core.records import Callback, Kind
from mock_amp.core.sabotage import original
from mock_amp.core.wire import read_content
from mock_amp.ports import BadTable, StoreDamaged


class Sense(Table):
    """Reads an account once as the other books will. Raises BadTable for the first thing that does not fit."""

    def __init__(self, connection: apsw.Connection, queries: Mapping[str, str], writes: Writes, account: int) -> None:
        super().__init__(connection, queries, writes)
        self._account = account
        self._jobs: dict[int, Job] = {}
        self._cohorts: dict[int, Cohort] = {}
        self._callbacks: dict[int, Callback] = {}
        self._going: set[int] = set()

    def check(self) -> None:
        self._jobs = {job.key: job for job in self._read("job", rows.job_of)}
        self._going = set(self._evicting())
        self._cohorts = {each.key: each for each in self._read("cohort", rows.cohort_of)}
        for cohort in self._cohorts.values():
            _reading("cohort", lambda cohort=cohort: self._check_cohort(cohort))  # type: ignore[misc]
        self._check_messages()
        self._callbacks = {each.key: each for each in self._read("callback", record_rows.callback_of)}
        for callback in self._callbacks.values():
            _reading("callback", lambda callback=callback: self._check_callback(callback))  # type: ignore[misc]
        for _ in self._read("request", record_rows.request_of):
            pass
        for _ in self._read("reply", record_rows.reply_of):
            pass
        for name in ("attempts", "replies", "answers"):
            if stray := self._one(f"snapshot_stray_{name}", self._account):
                table = "callback" if name == "answers" else {"attempts": "attempt", "replies": "reply"}[name]
                raise BadTable(f"{table} {stray[0]} does not fit what it is of", f"/tables/{table}")
        self._check_agenda()

    def _read(self, table: str, read: Callable[[rows.Row], Any]) -> Iterator[Any]:
        for row in self._all(f"snapshot_{table}", self._account):
            yield _reading(table, lambda row=row: read(row))  # type: ignore[misc]

    def _evicting(self) -> Iterator[int]:
        for key, first, size in self._all("snapshot_evicting", self._account):
            job = self._jobs.get(key)
            if job is None or (job.first, job.size) != (first, size):
                raise BadTable(f"job {key} cannot be evicted: it is not there, or elsewhere", "/tables/evicting")
            yield key

    def _check_cohort(self, cohort: Cohort) -> None:
        job = self._jobs.get(cohort.job)
        if job is None:
            raise ValueError(f"cohort {cohort.key} is of job {cohort.job}, which is not there")
        if not (cohort.timeline and cohort.leg <= len(cohort.plan)):
            raise ValueError(f"cohort {cohort.key} stands nowhere")
        if cohort.leg < len(cohort.plan) and cohort.step > len(cohort.plan[cohort.leg].steps):
            raise ValueError(f"cohort {cohort.key} stands nowhere")
        _check_runs(cohort.members, job)

    def _check_messages(self) -> None:
        """Every destination of a job is a message of one cohort, and what it shows can be shown."""
        placed: dict[int, dict[int, int]] = {key: {} for key in self._jobs if key not in self._going}
        shown: set[int] = set()
        for ordinal, key, cohort, number, params in self._all("snapshot_message", self._account):
            if key in self._going:
                continue
            job, of = self._jobs.get(key), self._cohorts.get(cohort)
            if job is None or of is None or of.job != key or not 0 <= ordinal - job.first < job.size:
                raise BadTable(f"message {ordinal} does not fit its job and its cohort", "/tables/message")
            placed[key][ordinal - job.first] = cohort
            if cohort not in shown:
                shown.add(cohort)
                self._check_screen(ordinal, number, params, of)
        members: dict[int, dict[int, int]] = {key: {} for key in placed}
        for of in self._cohorts.values():
            if of.job in members:
                if count(of.members) > len(placed[of.job]) - len(members[of.job]):
                    raise BadTable(f"cohort {of.key} has other members than messages", "/tables/cohort")
                members[of.job].update(dict.fromkeys(positions_of(of.members), of.key))
        for key, at in placed.items():
            if len(at) != self._jobs[key].size:
                raise BadTable(f"job {key} has {len(at)} messages and not {self._jobs[key].size}", "/tables/job")
            if at != members[key]:
                raise BadTable(f"a cohort of job {key} has other members than messages", "/tables/cohort")

    def _check_screen(self, ordinal: int, number: str, params: str | None, cohort: Cohort) -> None:
        job = self._jobs[cohort.job]

        def show() -> None:
            content = read_content(orjson.loads(job.request))
            message = Message(
                ordinal=ordinal,
                number=number,
                custom_id=None,
                params=rows.read_params(params),
                job=job,
                cohort=cohort,
            )
            screen(message, content)

        _reading("job", show)

    def _check_callback(self, callback: Callback) -> None:
        job = self._jobs.get(callback.job)
        if job is None:
            raise ValueError(f"callback {callback.key} is of job {callback.job}, which is not there")
        original(callback)
        for item in callback.bundle if callback.job not in self._going else ():
            cohort = self._cohorts.get(item.cohort)
            if cohort is None or cohort.job != callback.job or item.entry >= len(cohort.timeline):
                raise ValueError(f"callback {callback.key} tells of a status that is not there")
            _check_runs(item.runs, job)

    def _check_agenda(self) -> None:
        moving: set[int] = set()
        for at, seq, kind, subject, act, done in self._all("snapshot_agenda", self._account):
            cohort, fits = self._cohorts.get(subject), False
            if kind == Kind.POST:
                callback = self._callbacks.get(subject)
                fits = callback is not None and callback.job not in self._going
            elif cohort is None or cohort.job in self._going:
                fits = False
            elif kind == Kind.MOVE:
                fits = subject not in moving and due_at(cohort) == at
                moving.add(subject)
                _reading("cohort", lambda cohort=cohort: _live(cohort))  # type: ignore[misc]
            elif kind == Kind.ACT and cohort.leg < len(cohort.plan):
                fits = act < len(cohort.plan[cohort.leg].acts) and done <= count(cohort.members)
            if not fits:
                raise BadTable(f"the row {seq} of the agenda, {kind} of {subject}, cannot happen", "/tables/agenda")


def _live(cohort: Cohort) -> None:
    """All that is to come of a cohort. Raises IllegalMove."""
    while due_at(cohort) is not None:
        cohort = move(cohort)


def _check_runs(runs: Runs, job: Job) -> None:
    """Positions of a job, ascending and apart."""
    before = -1
    for first, last in runs:
        if not before < first <= last < job.size:
            raise ValueError(f"{first}-{last} are no destinations of job {job.key}")
        before = last


def _reading(table: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except (StoreDamaged, *UNREADABLE) as error:
        raise BadTable(f"a row of {table} cannot be read: {error}", f"/tables/{table}") from error

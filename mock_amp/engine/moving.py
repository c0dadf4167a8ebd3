"""Cohorts that move within one transaction: read together, written together, each step at its own moment (D5, L-1)."""

from collections.abc import Iterable
from typing import NamedTuple

from mock_amp.core.instants import LAST_INSTANT, Instant
from mock_amp.core.lifecycle import due_at, handed_over, move, queued
from mock_amp.core.model import Cohort, Job, Status
from mock_amp.core.records import Due, Happening, Kind
from mock_amp.core.sabotage import Owed
from mock_amp.core.wire import reported
from mock_amp.engine.casting import stand_in_line
from mock_amp.engine.outbox import latest, owe_reports
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books


class Moved(NamedTuple):
    """A cohort that has moved, and the index of the timeline line that it got."""

    cohort: Cohort
    line: int


class Moving:
    """What moves in one transaction of an account, and what is owed for it.

    What it reads is at hand until the end: nobody else moves a cohort meanwhile. `write` has to be called before
    anybody else reads cohorts, and before the transaction ends. What has come about is added to `happened`.
    """

    def __init__(
        self, world: World, books: Books, numbers: Numbers, happened: "list[Moved | Happening] | None" = None
    ) -> None:
        self._world, self._books, self._numbers = world, books, numbers
        self._account = numbers.key
        self._happened = [] if happened is None else happened
        self._cohorts: dict[int, Cohort] = {}
        self._jobs: dict[int, Job | None] = {}
        self._changed: dict[int, Cohort] = {}
        self._owed: dict[tuple[int, Instant], list[Owed]] = {}
        self.again = False
        """Whether something was put on the agenda for the very moment that is lived through."""
        self.soonest = LAST_INSTANT
        """The earliest later moment for which something was put there."""

    def read(self, cohorts: Iterable[int]) -> None:
        """Has these cohorts at hand, and their jobs as far as reports are wanted (C-1)."""
        some = [key for key in cohorts if key not in self._cohorts]
        if not some:
            return
        found = self._books.sending.some_cohorts(self._account, some)
        self._cohorts.update((each.key, each) for each in found)
        jobs = {each.job for each in found} - self._jobs.keys()
        self._jobs.update(dict.fromkeys(jobs))
        self._jobs.update((job.key, job) for job in self._books.sending.reported_jobs(self._account, tuple(jobs)))

    def step(self, key: int, at: Instant) -> None:
        """One cohort's step, and those that fall on the same moment, so that their reports travel together (C-3).

        It is off the agenda already; what comes after goes there.
        """
        cohort = before = self._cohorts[key]
        job, following = self._jobs[before.job], at
        while following == at:
            cohort = move(cohort)
            self._happened.append(Moved(cohort, len(cohort.timeline) - 1))
            self._numbers.tell_turn(cohort)
            if job:
                self._owe_report(job, cohort, at)
            if cohort.latest.status is Status.DELIVRD:
                self._prompt(cohort, at)
            after = due_at(cohort)
            if after is None or queued(cohort):
                break
            following = after
        if queued(cohort):
            self._part(before, cohort, at)
            return
        if cohort.plan is not before.plan:  # its next handset is off, which puts the steps there off (L-8)
            self._books.sending.recast_cohort(self._account, cohort)
        self._keep(cohort, at)

    def owe(self) -> bool:
        """Writes the reports down that have come to be owed; says whether that may have changed the agenda otherwise.

        Faults of the scenario put callbacks off, and look at the timelines of others.
        """
        if not self._owed:
            return False
        owed, self._owed = self._owed, {}
        faulty = bool(self._world.scripts.of(self._books, self._numbers.owner).callbacks)
        if faulty:
            self.write()
        for (key, at), items in owed.items():
            job = self._jobs[key]
            due = owe_reports(self._world, self._books, self._numbers, job, items, at) if job else None
            if due is not None:
                self._note(due, at)
        return faulty

    def write(self) -> None:
        """Writes down where the cohorts stand."""
        if self._changed:
            self._books.sending.save_cohorts(self._account, tuple(self._changed.values()))
            self._changed.clear()

    def _owe_report(self, job: Job, cohort: Cohort, at: Instant) -> None:
        wanted = self._world.terms.intermediary or not handed_over(cohort)
        if wanted and reported(job.product, cohort.latest):
            self._owed.setdefault((job.key, at), []).append(latest(cohort))

    def _prompt(self, cohort: Cohort, now: Instant) -> None:
        """Puts down what the handsets of a cohort do by script once they have the message."""
        for number, act in enumerate(cohort.plan[cohort.leg].acts):
            self._add(Instant(now + act.after), Kind.ACT, cohort.key, now, (number, 0))

    def _part(self, before: Cohort, cohort: Cohort, at: Instant) -> None:
        """A cohort has come to a channel that takes so many a second: its members begin there in slices."""
        parts = stand_in_line(self._books, self._numbers, cohort, at)
        if parts[0].members != before.members or parts[0].plan is not before.plan:
            self._books.sending.recast_cohort(self._account, parts[0])
        for part in parts[1:]:
            self._numbers.tell("parted", at, part.key)
        for part in parts:
            self._keep(part, at)

    def _keep(self, cohort: Cohort, now: Instant) -> None:
        """Notes where a cohort stands, and puts down what comes after."""
        self._cohorts[cohort.key] = self._changed[cohort.key] = cohort
        at = due_at(cohort)
        if at is not None:
            self._add(at, Kind.MOVE, cohort.key, now)

    def _add(self, at: Instant, kind: Kind, subject: int, now: Instant, part: tuple[int, int] = (0, 0)) -> None:
        self._books.agenda.add(self._account, Due(at, self._numbers.serial(), kind, subject, part))
        self._note(at, now)

    def _note(self, at: Instant, now: Instant) -> None:
        if at <= now:
            self.again = True
        elif at < self.soonest:
            self.soonest = at

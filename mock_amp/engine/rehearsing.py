"""What came of everything in an account, as one table in the order of its clock: for scenarios that are tried out."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from mock_amp.core.account import Account
from mock_amp.core.bundles import count, size
from mock_amp.core.instants import Duration, Instant
from mock_amp.core.model import Cohort, Job, Leg
from mock_amp.core.records import Callback, CallbackState, Injected, Page
from mock_amp.engine.world import World
from mock_amp.ports import Books

_NAMED = 3
"""Destinations up to which a line names them; of more it tells how many they are."""


@dataclass(slots=True, kw_only=True)
class Line:
    """One line: `after` since the account was opened, what happened, to whom, and why."""

    after: Duration
    order: int
    what: str
    why: str
    to: list[str] = field(default_factory=list)
    times: int = 0

    @property
    def whom(self) -> str:
        if not self.to:
            return f"{self.times:,} times" if self.times > 1 else ""
        return f"{self.times:,} destinations" if self.times > len(self.to) else ", ".join(self.to)


class Rehearsing:
    def __init__(self, world: World) -> None:
        self._world = world

    def table(self, account_id: str) -> list[Line]:
        """Every answer, status, attempt, reply and click; what is alike at one moment is one line. Raises NoSuch."""
        account = self._world.account(account_id)
        return self._world.store.read(lambda books: _merged(_lines(books, account)))


def _merged(lines: Iterator[Line]) -> list[Line]:
    found: dict[tuple[int, int, str, str], Line] = {}
    for line in lines:
        first = found.setdefault((line.after, line.order, line.what, line.why), line)
        if first is not line:
            first.to = (first.to + line.to)[:_NAMED]
            first.times += line.times
    return sorted(found.values(), key=lambda each: (each.after, each.order))


def _lines(books: Books, account: Account) -> Iterator[Line]:
    start = account.created_at if account.spec.now is None else account.spec.now
    for record in books.journal.page(account.key, Page(limit=10_000)):
        what = f"{record.arrival.method} {record.arrival.path} -> {record.status}"
        why = _told(record.injected) or (f"{record.rule}: {record.reason}" if record.rule else "")
        yield Line(after=_since(start, record.at), order=0, what=what, why=why, times=1)
    jobs: dict[int, Job] = {}
    for cohort in books.sending.cohorts(account.key):
        if cohort.job not in jobs:
            jobs[cohort.job] = books.sending.job(account.key, cohort.job)
        yield from _of_cohort(books, account, jobs[cohort.job], cohort, start)
    after = 0
    while page := books.callbacks.page(account.key, Page(after=after, limit=1_000)):
        for callback in page:
            yield from _of_callback(books, account, callback, start)
        after = page[-1].key


def _of_cohort(books: Books, account: Account, job: Job, cohort: Cohort, start: Instant) -> Iterator[Line]:
    legs: dict[str, Leg] = {leg.channel: leg for leg in cohort.plan}
    members = count(cohort.members)
    named = [number for _, number, _ in books.sending.recipients(account.key, job, cohort.members)[:_NAMED]]
    for entry in cohort.timeline:
        leg = legs.get(entry.channel)
        code = f"error {entry.error_code}" if entry.error_code else ""
        yield Line(
            after=_since(start, entry.at),
            order=1,
            what=f"{entry.channel} {entry.status}",
            why=", ".join(each for each in (code, leg.why if leg else "") if each),
            to=list(named),
            times=members,
        )
    if not any(leg.acts for leg in cohort.plan):
        return
    for ordinal, number, _ in books.sending.recipients(account.key, job, cohort.members):
        for reply in books.handsets.replies(account.key, ordinal):
            what = "reply" if reply.text is None else f"reply {reply.text!r}"
            at = _since(start, reply.at)
            yield Line(after=at, order=2, what=what, why=reply.silent or "", to=[number], times=1)
        for click in books.handsets.clicks(account.key, ordinal):
            what = f"click on {click.title!r}"
            yield Line(after=_since(start, click.at), order=2, what=what, why="", to=[number], times=1)


def _of_callback(books: Books, account: Account, callback: Callback, start: Instant) -> Iterator[Line]:
    attempts = books.callbacks.attempts(account.key, callback.key)
    kind = f"{callback.kind} posted"
    if not attempts and callback.state is CallbackState.DISCARDED:
        at = _since(start, callback.due_at)
        yield Line(after=at, order=3, what=f"{callback.kind} never posted", why=_told(callback.injected), times=1)
    for attempt in attempts:
        number = f", attempt {attempt.number}" if attempt.number > 1 else ""
        outcome = "" if attempt.outcome == "delivered" else f": {attempt.error or f'answered {attempt.status}'}"
        reports = size(callback.bundle)
        several = f" with {reports} reports" if reports > 1 else ""
        yield Line(
            after=_since(start, attempt.at),
            order=3,
            what=f"{kind}{several}{number}{outcome}",
            why=_told(callback.injected),
            times=1,
        )


def _since(start: Instant, at: Instant) -> Duration:
    return Duration(at - start)


def _told(injected: Injected | None) -> str:
    if injected is None:
        return ""
    faults = ", ".join(f"{name} {value}" if value is not True else name for name, value in injected.faults.items())
    return f"{injected.rule!r}: {faults}"

"""Living through the agenda inside one transaction: cohorts move, reports are owed, posts are handed out (D5, D8)."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from mock_amp.core.account import Account
from mock_amp.core.instants import Instant
from mock_amp.core.lifecycle import due_at, handed_over, move, queued
from mock_amp.core.model import Cohort, Status
from mock_amp.core.records import Callback, Due, Happening, Kind
from mock_amp.core.sabotage import Owed
from mock_amp.core.wire import reported
from mock_amp.engine.casting import stand_in_line
from mock_amp.engine.outbox import latest, owe_reports
from mock_amp.engine.replying import Handsets
from mock_amp.engine.world import Numbers, World, same_life
from mock_amp.ports import Books

_ROWS: Final = 500
"""Agenda rows that are lived through in one transaction."""


class Moved(NamedTuple):
    """A cohort that has moved, and the index of the timeline line that it got."""

    cohort: Cohort
    line: int


@dataclass(slots=True, kw_only=True)
class Taken:
    """What one transaction came to: callbacks to post once it has committed, and whether more may be due."""

    more: bool = False
    posts: list[Callback] = field(default_factory=list)
    happened: list[Moved | Happening] = field(default_factory=list)
    """What came about, in its order."""
    silent: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many acts of scripts came to nothing, by kind and reason."""
    owed: dict[tuple[int, Instant], list[Owed]] = field(default_factory=lambda: defaultdict(list))
    """By job and moment, what is bundled (C-3)."""


def live(world: World, books: Books, account: Account, until: Instant, pin: Instant | None = None) -> Taken:
    """Takes what is due at `until` or before off the agenda and does it, moment by moment, each before the next (D9).

    With `pin` the clock is held there, and it ends with the first moment. Raises AccountGone when the account has begun
    another life.
    """
    current = same_life(books, account)
    numbers, taken, rows = Numbers(current if pin is None else pinned(current, pin)), Taken(), 0
    handsets = Handsets(world, books, numbers)
    while rows < _ROWS and not handsets.tired:
        at = books.agenda.next_at(account.key)
        if at is None or at > until:
            break
        found = books.agenda.take(account.key, at, _ROWS)
        for due in found:
            _do(world, books, numbers, due, handsets, taken)
        owe(world, books, numbers, taken)
        rows += len(found)
        if pin is not None:
            break
    numbers.save(books)
    taken.silent, taken.more = handsets.silent, rows >= _ROWS
    return taken


def _do(world: World, books: Books, numbers: Numbers, due: Due, handsets: Handsets, taken: Taken) -> None:
    account = numbers.account.key
    match due.kind:
        case Kind.MOVE:
            step(world, books, numbers, books.sending.cohort(account, due.subject), due.at, taken)
        case Kind.POST:
            callback = books.callbacks.get(account, due.subject)
            taken.posts += [callback] if callback else []
        case Kind.ACT:
            taken.happened += handsets.act(due)


def owe(world: World, books: Books, numbers: Numbers, taken: Taken) -> None:
    """Writes the reports down that have come to be owed."""
    for (job, at), items in taken.owed.items():
        owe_reports(world, books, numbers, books.sending.job(numbers.account.key, job), items, at)
    taken.owed.clear()


def pinned(account: Account, shown: Instant) -> Account:
    """The account with its clock held at `shown`."""
    return replace(account, clock=account.clock.pin(shown))


def step(world: World, books: Books, numbers: Numbers, cohort: Cohort, at: Instant, taken: Taken) -> None:
    """One cohort's step, and those that fall on the same moment, so that their reports travel together (C-3).

    It is off the agenda already; what comes after goes there.
    """
    product, before = books.sending.job(numbers.account.key, cohort.job).product, cohort
    following = at
    while following == at:
        cohort = move(cohort)
        taken.happened.append(Moved(cohort, len(cohort.timeline) - 1))
        numbers.tell_turn(cohort)
        wanted = world.terms.intermediary or not handed_over(cohort)
        if wanted and reported(product, cohort.latest):
            taken.owed[cohort.job, at].append(latest(cohort))
        _prompt(books, numbers, cohort)
        after = due_at(cohort)
        if after is None or queued(cohort):
            break
        following = after
    parts = stand_in_line(books, numbers, cohort, at)
    books.sending.save_cohort(numbers.account.key, parts[0])
    if parts[0].members != before.members or parts[0].plan is not before.plan:
        books.sending.recast_cohort(numbers.account.key, parts[0])
    for part in parts[1:]:
        numbers.tell("parted", at, part.key)
    for part in parts:
        if (next_at := due_at(part)) is not None:
            again = Due(at=next_at, seq=numbers.serial(), kind=Kind.MOVE, subject=part.key)
            books.agenda.add(numbers.account.key, again)


def _prompt(books: Books, numbers: Numbers, cohort: Cohort) -> None:
    """Puts down what the handsets of a cohort do by script once they have the message."""
    if cohort.latest.status is not Status.DELIVRD:
        return
    for number, act in enumerate(cohort.plan[cohort.leg].acts):
        at = Instant(cohort.latest.at + act.after)
        due = Due(at=at, seq=numbers.serial(), kind=Kind.ACT, subject=cohort.key, part=(number, 0))
        books.agenda.add(numbers.account.key, due)

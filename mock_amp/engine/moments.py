"""Living through the agenda inside one transaction: cohorts move, reports are owed, posts are handed out (D5, D8)."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Final

from mock_amp.core.account import Account
from mock_amp.core.bundles import Item, latest_report
from mock_amp.core.instants import Instant
from mock_amp.core.lifecycle import due_at, handed_over, move
from mock_amp.core.model import Cohort
from mock_amp.core.records import Callback, Due, Kind
from mock_amp.core.wire import reported
from mock_amp.engine.outbox import owe_reports
from mock_amp.engine.world import Numbers, World, same_life
from mock_amp.ports import Books

_ROWS: Final = 500
"""Agenda rows that are lived through in one transaction."""


@dataclass(slots=True, kw_only=True)
class Taken:
    """What one transaction came to: callbacks to post once it has committed, and whether more may be due."""

    more: bool = False
    posts: list[Callback] = field(default_factory=list)
    moved: list[tuple[Cohort, int]] = field(default_factory=list)
    """Cohorts with the index of the timeline line that each got."""
    owed: dict[tuple[int, Instant], list[Item]] = field(default_factory=lambda: defaultdict(list))
    """By job and moment, what is bundled (C-3)."""


def live(world: World, books: Books, account: Account, until: Instant, pin: Instant | None = None) -> Taken:
    """Takes what is due at `until` or before off the agenda and does it; with `pin` the clock is held there.

    Raises AccountGone when the account has begun another life.
    """
    current = same_life(books, account)
    numbers, taken = Numbers(current if pin is None else pinned(current, pin)), Taken()
    rows = books.agenda.take(account.key, until, _ROWS)
    for due in rows:
        match due.kind:
            case Kind.MOVE:
                _move(world, books, numbers, due, taken)
            case Kind.POST:
                callback = books.callbacks.get(account.key, due.subject)
                taken.posts += [callback] if callback else []
    for (job, at), items in taken.owed.items():
        owe_reports(books, numbers, world.terms, books.sending.job(account.key, job), items, at)
    numbers.save(books)
    taken.more = len(rows) >= _ROWS
    return taken


def pinned(account: Account, shown: Instant) -> Account:
    """The account with its clock held at `shown`."""
    return replace(account, clock=account.clock.pin(shown))


def _move(world: World, books: Books, numbers: Numbers, due: Due, taken: Taken) -> None:
    """One cohort's step, and those that fall on the same moment, so that their reports travel together (C-3)."""
    cohort, following = books.sending.cohort(numbers.account.key, due.subject), due.at
    product = books.sending.job(numbers.account.key, cohort.job).product
    while following == due.at:
        cohort = move(cohort)
        taken.moved.append((cohort, len(cohort.timeline) - 1))
        wanted = world.terms.intermediary or not handed_over(cohort)
        if wanted and reported(product, cohort.latest):
            taken.owed[cohort.job, due.at].append(latest_report(cohort))
        after = due_at(cohort)
        if after is None:
            break
        following = after
    books.sending.save_cohort(numbers.account.key, cohort)
    if due_at(cohort) is not None:
        again = Due(at=following, seq=numbers.serial(), kind=Kind.MOVE, subject=cohort.key)
        books.agenda.add(numbers.account.key, again)

"""Living through the agenda inside one transaction: cohorts move, reports are owed, posts are handed out (D5, D8)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import attrgetter
from typing import Final

from mock_amp.core.account import Account
from mock_amp.core.instants import LAST_INSTANT, Instant
from mock_amp.core.records import Callback, Due, Happening, Kind
from mock_amp.engine.moving import Moved, Moving
from mock_amp.engine.replying import Handsets
from mock_amp.engine.world import Numbers, World, same_life
from mock_amp.ports import Books

ROWS: Final = 500
"""Agenda rows that are lived through in one transaction, about."""


@dataclass(slots=True, kw_only=True)
class Taken:
    """What one transaction came to: callbacks to post once it has committed, and how it goes on."""

    rows: int = 0
    """How many rows of the agenda were done."""
    next_at: Instant | None = None
    """When the next thing is due."""
    more: bool = False
    """Whether there was not room for all that was due."""
    posts: list[Callback] = field(default_factory=list)
    happened: list[Moved | Happening] = field(default_factory=list)
    """What came about, in its order."""
    silent: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """How many acts of scripts came to nothing, by kind and reason."""


def live(world: World, books: Books, account: Account, until: Instant, rows: int = ROWS) -> Taken:
    """Does what is due at `until` or before, moment by moment, each before the next (D9): about so many rows.

    Raises AccountGone when the account has begun another life.
    """
    walk = _Walk(world, books, Numbers(same_life(books, account)))
    walk.live(until, rows)
    taken = walk.end()
    taken.more = taken.next_at is not None and taken.next_at <= until
    return taken


def live_moment(world: World, books: Books, account: Account, at: Instant) -> Taken:
    """Holds the clock at `at`, and does what is due at the first moment that has come by then.

    Raises AccountGone when the account has begun another life.
    """
    walk = _Walk(world, books, Numbers(pinned(same_life(books, account), at, world.clock.now())))
    first = books.agenda.next_at(account.key)
    if first is not None and first <= at:
        walk.live_once(first)
    taken = walk.end()
    taken.more = taken.rows >= ROWS
    return taken


def pinned(account: Account, shown: Instant, real: Instant) -> Account:
    """The account with its clock held at `shown`, from the real instant `real` on."""
    return replace(account, clock=account.clock.pin(shown, real))


class _Walk:
    """Rows of the agenda of one account, within a transaction.

    They are read many at a time; what is added meanwhile before the next of them makes it read again.
    """

    def __init__(self, world: World, books: Books, numbers: Numbers) -> None:
        self._world, self._books, self._numbers, self._taken = world, books, numbers, Taken()
        self._moving = Moving(world, books, numbers, self._taken.happened)
        self._handsets: Handsets | None = None
        self._done: list[Due] = []

    def live(self, until: Instant, rows: int) -> None:
        """Does what is due by then, about so many rows."""
        while (room := rows - self._taken.rows) > 0 and not self._tired:
            found = self._books.agenda.due(self._numbers.key, until, room)
            all_done = self._do_some(found)
            self._drop()
            if all_done and len(found) < room and self._moving.soonest > until:
                break

    def live_once(self, moment: Instant) -> None:
        """Does what is due by a moment, and not what comes of that."""
        found = self._books.agenda.due(self._numbers.key, moment, ROWS)
        self._read(found)
        self._do(found)

    def end(self) -> Taken:
        """Writes down how far it came."""
        self._drop()
        self._moving.write()
        self._numbers.save(self._books)
        self._taken.next_at = self._books.agenda.next_at(self._numbers.key)
        if self._handsets:
            self._taken.silent = self._handsets.silent
        return self._taken

    @property
    def _tired(self) -> bool:
        return self._handsets is not None and self._handsets.tired

    def _do_some(self, found: Sequence[Due]) -> bool:
        """Does rows that were read, up to the first that something else may come before; says whether it did all."""
        self._read(found)
        for at, dues in _moments(found):
            if self._moving.soonest <= at or self._tired:
                return False
            certain = self._do(dues)
            while certain and self._moving.again:
                self._drop()
                certain = self._do_again(at)
            if not certain:
                return False
        return True

    def _do_again(self, at: Instant) -> bool:
        """Does what has been added to the moment that is lived through."""
        found = self._books.agenda.due(self._numbers.key, at, ROWS)
        self._moving.read(each.subject for each in found if each.kind is Kind.MOVE)
        self._moving.again = False
        return self._do(found)

    def _read(self, found: Sequence[Due]) -> None:
        self._moving.read(each.subject for each in found if each.kind is Kind.MOVE)
        self._moving.again, self._moving.soonest = False, LAST_INSTANT

    def _do(self, dues: Sequence[Due]) -> bool:
        """Does all of one moment; says whether all that was added to the agenda has been noted."""
        acts = [each for each in dues if each.kind is not Kind.MOVE]
        self._done += dues
        if acts:
            self._drop()  # what looks at the agenda meanwhile does not see what has come
        for due in dues:
            if due.kind is Kind.MOVE:
                self._moving.step(due.subject, due.at)
            else:
                self._act(due)
        self._taken.rows += len(dues)
        tampered = self._moving.owe()
        return not tampered and all(each.kind is Kind.POST for each in acts)

    def _act(self, due: Due) -> None:
        if due.kind is Kind.ACT:
            self._moving.write()  # what a handset does is asked of the store
            self._handsets = self._handsets or Handsets(self._world, self._books, self._numbers)
            self._taken.happened += self._handsets.act(due)
        elif callback := self._books.callbacks.get(self._numbers.key, due.subject):
            self._taken.posts.append(callback)

    def _drop(self) -> None:
        if self._done:
            self._books.agenda.drop(self._numbers.key, self._done)
            self._done = []


def _moments(found: Sequence[Due]) -> Iterator[tuple[Instant, Sequence[Due]]]:
    for at, dues in groupby(found, attrgetter("at")):
        yield at, tuple(dues)

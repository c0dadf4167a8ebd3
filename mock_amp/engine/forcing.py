"""Forcing a status: any move that the table of transitions allows, now, whatever the script says (L-1 to L-8)."""

from dataclasses import dataclass
from typing import NoReturn

from mock_amp.core import forcing
from mock_amp.core.bundles import count
from mock_amp.core.forcing import Move
from mock_amp.core.identity import ordinal_of
from mock_amp.core.instants import Instant
from mock_amp.core.model import Channel, Cohort, Message, Status
from mock_amp.core.records import Due, Kind, Sort
from mock_amp.core.shapes import Shape
from mock_amp.engine.absence import missing
from mock_amp.engine.errors import Conflict, Illegal, NoSuch
from mock_amp.engine.moving import Moving
from mock_amp.engine.reading import Reading
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books


@dataclass(frozen=True, slots=True, kw_only=True)
class Force:
    """What a message is to become; a channel or a code that is None is the only one, or the scenario's."""

    status: Status
    channel: Channel | None = None
    error_code: int | None = None


class Forcing:
    def __init__(self, world: World, timeline: Timeline, reading: Reading) -> None:
        self._world, self._timeline, self._reading = world, timeline, reading

    async def force(self, account_id: str, message_id: str, wish: Force) -> Shape:
        """Moves one message at the account's now, and answers it as it then is; what it owes is posted like any other.

        Raises NoSuch, Illegal, and Conflict with the legal moves.
        """
        _check_code(wish)
        account = self._world.account(account_id)
        await self._timeline.catch_up(account.key)

        def work(books: Books) -> None:
            current = books.accounts.get(account_id)
            if current is None:
                raise NoSuch(f"there is no account {account_id}")
            numbers = Numbers(current)
            message = self._find(books, numbers, message_id)
            to = _to(message.cohort, wish)
            code = self._world.scripts.of(books, numbers.owner).error_code(wish.status)
            code = code if wish.error_code is None else wish.error_code
            self._move(books, numbers, message, to, code)
            numbers.save(books)

        await self._world.store.transact(work)
        self._timeline.look_again(account.key)
        return self._reading.message(account_id, message_id)

    def _move(self, books: Books, numbers: Numbers, message: Message, to: Move, code: int) -> None:
        now, key = self._world.shown(numbers.owner), numbers.key
        cohort = forcing.forced(_apart(books, numbers, message, now), to, code, now)
        books.sending.save_cohort(key, cohort)
        books.sending.recast_cohort(key, cohort)
        moving = Moving(self._world, books, numbers)
        moving.read([cohort.key])
        moving.step(cohort.key, now)
        moving.write()
        moving.owe()

    def _find(self, books: Books, numbers: Numbers, message_id: str) -> Message:
        account, ordinal = numbers.account, ordinal_of(message_id, self._world.terms.node)
        found = None if ordinal is None else books.sending.message(account.key, ordinal)
        if found is None:
            raise missing(books, account, Sort.MESSAGE, ordinal, f"message {message_id}")
        return found


def _apart(books: Books, numbers: Numbers, message: Message, now: Instant) -> Cohort:
    """The cohort of this message alone, with its own acts on the agenda and no move."""
    cohort, key = message.cohort, numbers.key
    if count(cohort.members) == 1:
        for due in books.agenda.of(key, Kind.MOVE, cohort.key):
            books.agenda.remove(key, due)
        return cohort
    position = message.ordinal - message.job.first
    place, rest = forcing.part_off(cohort.members, position)
    own = cohort._replace(key=numbers.serial(), members=((position, position),))
    books.sending.recast_cohort(key, cohort._replace(members=rest))
    books.sending.add_cohort(key, own)
    books.sending.move_messages(key, message.job, own.members, own.key)
    numbers.tell("parted", now, own.key)
    for due in books.agenda.of(key, Kind.ACT, cohort.key):
        _share(books, numbers, due, place, own)
    return own


def _share(books: Books, numbers: Numbers, due: Due, place: int, own: Cohort) -> None:
    """An act that a cohort still has to do, once the member at a place has left it: it acts on its own."""
    act, done = due.part
    if place < done:  # it has acted; those who follow have moved up by one
        books.agenda.remove(numbers.key, due)
        books.agenda.add(numbers.key, due._replace(part=(act, done - 1)))
    else:
        books.agenda.add(numbers.key, due._replace(seq=numbers.serial(), subject=own.key, part=(act, 0)))


def _check_code(wish: Force) -> None:
    """L-7."""
    failure = forcing.is_failure(wish.status)
    if wish.error_code is not None and failure == (wish.error_code == 0):
        expected = "a code other than 0" if failure else "0"
        raise Illegal(f"{wish.status} has no error_code {wish.error_code} (L-7)", "/error_code", expected)


def _to(cohort: Cohort, wish: Force) -> Move:
    legal = forcing.legal_moves(cohort)
    found = forcing.chosen(legal, wish.status, wish.channel)
    if len(found) > 1:
        channels = ", ".join(move.channel for move in found)
        raise Illegal(f"{wish.status} may come from more than one channel", "/channel", f"one of {channels}")
    return found[0] if found else _refuse(cohort, wish, legal)


def _refuse(cohort: Cohort, wish: Force, legal: list[Move]) -> NoReturn:
    latest = cohort.latest
    wanted = f"{wish.channel} {wish.status}" if wish.channel else wish.status
    raise Conflict(
        f"the message is {latest.channel} {latest.status}, which {wanted} cannot follow",
        legal=[move._asdict() for move in legal],
    )

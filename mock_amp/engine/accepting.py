"""Writing an accepted request down: its numbers, its messages, its job and what is owed for it (H-11, D5)."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import orjson

from mock_amp.core import wire
from mock_amp.core.account import Account
from mock_amp.core.bundles import positions_of
from mock_amp.core.identity import uuid4_of
from mock_amp.core.instants import Instant
from mock_amp.core.lifecycle import accept, due_at
from mock_amp.core.model import Cohort, Destination, Job, Product
from mock_amp.core.pacing import Slice
from mock_amp.core.records import Arrival, Due, Kind
from mock_amp.core.validation import Understood
from mock_amp.engine.errors import AccountGone
from mock_amp.engine.journal import Journal
from mock_amp.engine.outbox import latest, owe_reports
from mock_amp.engine.world import Numbers, World, same_life
from mock_amp.ports import Books

Cast = Callable[[Books, Numbers], Sequence[Slice]]
"""Finds the plans of an account's next job, within a transaction."""

Row = tuple[int, int, Destination]
"""A message as it is written: position, cohort, destination."""


class Ticket(NamedTuple):
    """What a request has been promised before it is written: job, messages, and cohorts from `cohort` on."""

    account: Account
    job: int
    first: int
    cohort: int
    slices: Sequence[Slice]


class Accepted(NamedTuple):
    """What was written: the job, the line of the journal, and when the account has something to do next."""

    account: Account
    job: Job
    request: int
    due: Instant


class Accepting:
    """Writes the requests of one product: at once, or in steps that have a transaction each."""

    def __init__(self, world: World, product: Product, journal: Journal) -> None:
        self._world, self._product, self._journal = world, product, journal

    def accept(self, books: Books, arrival: Arrival, account_id: str, said: Understood, cast: Cast) -> Accepted:
        """Writes all of a request. Raises AccountGone."""
        numbers, real = self._numbers(books, account_id), self._world.clock.now()
        ticket = self._promise(books, numbers, real, len(said.destinations), cast)
        to = said.destinations
        found = ((0, ticket.cohort, to[0]),) if len(to) == 1 else rows(ticket, to)
        books.sending.add_messages(numbers.key, ticket.job, ticket.first, found)
        return self._write(books, numbers, real, arrival, ticket, said)

    def reserve(self, books: Books, account_id: str, size: int, cast: Cast) -> Ticket:
        """Gives out the numbers of a request whose messages come in other transactions than its job."""
        numbers = self._numbers(books, account_id)
        ticket = self._promise(books, numbers, self._world.clock.now(), size, cast)
        books.sending.reserve(numbers.key, ticket.first, size)
        return ticket

    def complete(self, books: Books, arrival: Arrival, ticket: Ticket, said: Understood) -> Accepted:
        """Writes all but the messages of a request that was reserved: from here on they exist. Raises AccountGone."""
        numbers = Numbers(same_life(books, ticket.account))
        books.sending.release(numbers.key, ticket.first)
        accepted = self._write(books, numbers, self._world.clock.now(), arrival, ticket, said)
        numbers.save(books)
        return accepted

    def _numbers(self, books: Books, account_id: str) -> Numbers:
        numbers = Numbers.of(books, account_id)
        if numbers is None:
            raise AccountGone(account_id)
        return numbers

    def _promise(self, books: Books, numbers: Numbers, real: Instant, size: int, cast: Cast) -> Ticket:
        first = numbers.ordinals(numbers.owner.clock.at(real), size)
        slices = cast(books, numbers)
        return Ticket(numbers.owner, numbers.job(), first, numbers.serials(len(slices)), slices)

    def _write(
        self, books: Books, numbers: Numbers, real: Instant, arrival: Arrival, ticket: Ticket, said: Understood
    ) -> Accepted:
        account, now, sending = numbers.key, numbers.owner.clock.at(real), books.sending
        numbers.accepted(len(said.destinations))
        job = _job(numbers, ticket, self._product, said, now, arrival.token)
        sending.add_job(account, job)
        number = self._journal.write(
            books, numbers, arrival, 200, warnings=said.warnings, api_job_id=job.api_job_id, real=real
        )
        born: list[Cohort] = []
        for key, (plan, runs, start) in enumerate(ticket.slices, ticket.cohort):
            cohort = accept(key, job.key, runs, plan, now, start and max(start, now))
            sending.add_cohort(account, cohort)
            numbers.tell_turn(cohort)
            born.append(cohort)
        posts_at = self._owe(books, numbers, job, born, now) if job.callback_url else None
        return Accepted(numbers.owner, job, number, _begin(books, numbers, born, posts_at))

    def _owe(self, books: Books, numbers: Numbers, job: Job, born: Sequence[Cohort], now: Instant) -> Instant | None:
        owed = [latest(each) for each in born if wire.reported(job.product, each.latest)]
        return owe_reports(self._world, books, numbers, job, owed, now)


def rows(ticket: Ticket, destinations: Sequence[Destination]) -> Iterator[Row]:
    """The messages of a request, cohort by cohort."""
    for key, each in enumerate(ticket.slices, ticket.cohort):
        for position in positions_of(each.runs):
            yield position, key, destinations[position]


def write_messages(books: Books, ticket: Ticket, messages: Sequence[Row]) -> None:
    """Writes some of the messages of a request. Raises AccountGone."""
    account = same_life(books, ticket.account)
    books.sending.add_messages(account.key, ticket.job, ticket.first, messages)


def _job(numbers: Numbers, ticket: Ticket, product: Product, said: Understood, now: Instant, token: str | None) -> Job:
    document = said.document
    return Job(
        ticket.job,
        uuid4_of(numbers.owner.seed, "job", ticket.job),
        document.get("job_id"),
        now,
        ticket.first,
        len(said.destinations),
        document.get("callback_url"),
        document.get("reply_url"),
        orjson.dumps(document),
        product=product,
        promotional=document.get("promotional", False),
        token=token,
        left_out=said.left_out,
        line=numbers.since + 1,
    )


def _begin(books: Books, numbers: Numbers, born: Sequence[Cohort], posts_at: Instant | None) -> Instant:
    """Puts the first move of each cohort down, and says when something is to be done next."""
    first = posts_at
    for cohort in born:
        at = due_at(cohort)
        if at is None:
            at = cohort.started_at
        else:
            books.agenda.add(numbers.key, Due(at, numbers.serial(), Kind.MOVE, cohort.key))
        if first is None or at < first:
            first = at
    if first is None:
        raise LookupError("a request without destinations")
    return first

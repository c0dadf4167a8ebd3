"""Writing an accepted request down: its numbers, its messages, its job and what is owed for it (H-11, D5)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from mock_amp.core import wire
from mock_amp.core.account import Account
from mock_amp.core.bundles import positions_of
from mock_amp.core.identity import first_ordinal, uuid4_of
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

Cast = Callable[[Books, Account], Sequence[Slice]]
"""Finds the plans of an account's next job, within a transaction."""

Row = tuple[int, int, Destination]
"""A message as it is written: position, cohort, destination."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What a request has been promised before it is written: its job, its messages and its cohorts."""

    account: Account
    job: int
    first: int
    cohorts: tuple[int, ...]
    slices: Sequence[Slice]


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What was written: the job, the line of the journal, and when the account has something to do next."""

    account: Account
    job: Job
    request: int
    due: Instant


class Accepting:
    """Writes the requests of one product; the steps of one request may share a transaction or have one each."""

    def __init__(self, world: World, product: Product, journal: Journal) -> None:
        self._world, self._product, self._journal = world, product, journal

    def reserve(self, books: Books, account_id: str, size: int, cast: Cast, *, held: bool = False) -> Ticket:
        """Gives out the numbers; `held` when the messages come in other transactions than the job."""
        account = books.accounts.get(account_id)
        if account is None:
            raise AccountGone(account_id)
        first = first_ordinal(self._world.shown(account), account.last_message)
        if held:
            books.sending.reserve(account.key, first, size)
        slices = cast(books, account)
        numbers = Numbers(account.numbered(last_message=first + size - 1))
        job, keys = numbers.job(), tuple(numbers.serial() for _ in slices)
        numbers.save(books)
        return Ticket(account=account, job=job, first=first, cohorts=keys, slices=slices)

    def write_job(
        self, books: Books, arrival: Arrival, ticket: Ticket, said: Understood, *, held: bool = False
    ) -> Accepted:
        """Writes all but the messages: from here on they exist. Raises AccountGone."""
        account = same_life(books, ticket.account)
        numbers, now = Numbers(account.numbered(messages=len(said.destinations))), self._world.shown(account)
        job = _job(account, ticket, self._product, said, now, arrival.token)
        books.sending.add_job(account.key, job)
        if held:
            books.sending.release(account.key, ticket.first)
        born = [
            accept(key, job.key, each.runs, each.plan, now, each.start and max(each.start, now))
            for key, each in zip(ticket.cohorts, ticket.slices, strict=True)
        ]
        number = self._journal.write(books, numbers, arrival, 200, warnings=said.warnings, api_job_id=job.api_job_id)
        for each in born:
            numbers.tell_turn(each)
        owed = [latest(each) for each in born if wire.reported(job.product, each.latest)]
        posts_at = owe_reports(self._world, books, numbers, job, owed, now)
        dues = [_begin(books, numbers, cohort) for cohort in born]
        numbers.save(books)
        due = min([*dues, *([posts_at] if posts_at is not None else [])])
        return Accepted(account=numbers.account, job=job, request=number, due=due)


def rows(ticket: Ticket, destinations: Sequence[Destination]) -> Iterator[Row]:
    """The messages of a request, cohort by cohort."""
    for key, each in zip(ticket.cohorts, ticket.slices, strict=True):
        for position in positions_of(each.runs):
            yield position, key, destinations[position]


def write_messages(books: Books, ticket: Ticket, messages: Sequence[Row]) -> None:
    """Writes some of the messages of a request. Raises AccountGone."""
    account = same_life(books, ticket.account)
    books.sending.add_messages(account.key, ticket.job, ticket.first, messages)


def _job(account: Account, ticket: Ticket, product: Product, said: Understood, now: Instant, token: str | None) -> Job:
    document = said.document
    return Job(
        key=ticket.job,
        api_job_id=uuid4_of(account.seed, "job", ticket.job),
        client_job_id=document.get("job_id"),
        accepted_at=now,
        first=ticket.first,
        size=len(said.destinations),
        callback_url=document.get("callback_url"),
        reply_url=document.get("reply_url"),
        product=product,
        promotional=document.get("promotional", False),
        request=orjson.dumps({key: value for key, value in document.items() if key != "destinations"}),
        token=token,
        left_out=said.left_out,
        line=account.requests + 1,
    )


def _begin(books: Books, numbers: Numbers, cohort: Cohort) -> Instant:
    """Puts a cohort and its first move down."""
    books.sending.add_cohort(numbers.account.key, cohort)
    at = due_at(cohort)
    if at is None:
        return cohort.started_at
    books.agenda.add(numbers.account.key, Due(at=at, seq=numbers.serial(), kind=Kind.MOVE, subject=cohort.key))
    return at

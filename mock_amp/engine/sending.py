"""Accepting a send: judged as a whole, stored as a whole, answered once it is committed (H-11, D5)."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

import orjson

from mock_amp.core import wire
from mock_amp.core.account import Account
from mock_amp.core.bundles import latest_report
from mock_amp.core.cohorts import form
from mock_amp.core.identity import first_ordinal, message_id, uuid4_of
from mock_amp.core.instants import Instant
from mock_amp.core.lifecycle import accept, due_at
from mock_amp.core.model import Cohort, Destination, Job, Plan, Runs, Token
from mock_amp.core.records import Arrival, Due, Kind
from mock_amp.core.refusals import Refused, refuse
from mock_amp.core.validation import RequestRules, Understood
from mock_amp.engine.errors import AccountGone
from mock_amp.engine.journal import Journal, Reply
from mock_amp.engine.outbox import owe_reports
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.world import Numbers, World, same_life
from mock_amp.ports import Books

_SLICE: Final = 1_000
"""Messages written in one transaction; a larger request is written in several, so that others get their turn."""

_LARGE_BODY: Final = 262_144
"""Bytes from which a body is judged, and answered, in a thread of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ticket:
    """What a request has been promised before it is written: its job, its messages and its cohorts."""

    account: Account
    job: int
    first: int
    cohorts: tuple[int, ...]


class Sending:
    def __init__(self, world: World, rules: RequestRules, journal: Journal, timeline: Timeline) -> None:
        self._world, self._rules, self._journal, self._timeline = world, rules, journal, timeline

    async def send(self, arrival: Arrival, account_id: str, token: Token) -> Reply:
        """Judges a body and answers: 200 when all of it is stored, or the refusal, with nothing stored."""
        large = len(arrival.body) > _LARGE_BODY
        judged = await asyncio.to_thread(self._judge, arrival, token) if large else self._judge(arrival, token)
        if isinstance(judged, Refused):
            return await self._journal.refuse(arrival, account_id, judged)
        said, groups = judged
        while True:
            try:
                job, number = await self._store(arrival, account_id, said, groups)
            except AccountGone:  # it was reset meanwhile: the request belongs to the new life
                if self._world.store.read(lambda books: books.accounts.get(account_id)) is None:
                    return await self._journal.refuse(arrival, account_id, refuse("token_unknown"))
                continue
            answer = await asyncio.to_thread(self._answer, job, said) if large else self._answer(job, said)
            return Reply(status=200, body=answer, request=number)

    def _judge(self, arrival: Arrival, token: Token) -> tuple[Understood, list[tuple[Plan, Runs]]] | Refused:
        said = self._rules.judge(arrival.body, token)
        if isinstance(said, Refused):
            return said
        return said, form(said.destinations, said.offers, said.content, self._world.scenario)

    async def _store(
        self, arrival: Arrival, account_id: str, said: Understood, groups: list[tuple[Plan, Runs]]
    ) -> tuple[Job, int]:
        store, size = self._world.store, len(said.destinations)
        if size <= _SLICE:
            account, job, number, due = await store.transact(
                lambda books: self._write_all(books, arrival, account_id, said, groups)
            )
        else:
            ticket = await store.transact(lambda books: self._reserve(books, account_id, size, len(groups), held=True))
            rows = _rows(ticket, said.destinations, groups)
            while part := tuple(islice(rows, _SLICE)):
                await store.transact(lambda books, part=part: _write_messages(books, ticket, part))  # type: ignore[misc]
            account, job, number, due = await store.transact(
                lambda books: self._write_job(books, arrival, ticket, said, groups, held=True)
            )
        self._timeline.poke(account, due)
        return job, number

    def _write_all(
        self, books: Books, arrival: Arrival, account_id: str, said: Understood, groups: list[tuple[Plan, Runs]]
    ) -> tuple[Account, Job, int, Instant]:
        ticket = self._reserve(books, account_id, len(said.destinations), len(groups), held=False)
        _write_messages(books, ticket, tuple(_rows(ticket, said.destinations, groups)))
        return self._write_job(books, arrival, ticket, said, groups, held=False)

    def _reserve(self, books: Books, account_id: str, size: int, cohorts: int, *, held: bool) -> _Ticket:
        account = books.accounts.get(account_id)
        if account is None:
            raise AccountGone(account_id)
        first = first_ordinal(self._world.shown(account), account.last_message)
        if held:
            books.sending.reserve(account.key, first, size)
        numbers = Numbers(account.numbered(last_message=first + size - 1))
        job, keys = numbers.job(), tuple(numbers.serial() for _ in range(cohorts))
        numbers.save(books)
        return _Ticket(account=account, job=job, first=first, cohorts=keys)

    def _write_job(
        self,
        books: Books,
        arrival: Arrival,
        ticket: _Ticket,
        said: Understood,
        groups: list[tuple[Plan, Runs]],
        *,
        held: bool,
    ) -> tuple[Account, Job, int, Instant]:
        account = same_life(books, ticket.account)
        numbers, now = Numbers(account), self._world.shown(account)
        job = _job(account, ticket, said, now)
        books.sending.add_job(account.key, job)
        if held:
            books.sending.release(account.key, ticket.first)
        born = [accept(key, job.key, runs, plan, now) for key, (plan, runs) in zip(ticket.cohorts, groups, strict=True)]
        number = self._journal.write(books, numbers, arrival, 200, warnings=said.warnings, api_job_id=job.api_job_id)
        posts_at = owe_reports(books, numbers, self._world.terms, job, [latest_report(each) for each in born], now)
        dues = [_begin(books, numbers, cohort) for cohort in born]
        numbers.save(books)
        return numbers.account, job, number, min([*dues, *([posts_at] if posts_at is not None else [])])

    def _answer(self, job: Job, said: Understood) -> bytes:
        node = self._world.terms.node
        ids = (message_id(ordinal, node) for ordinal in range(job.first, job.first + job.size))
        return wire.accepted(job, ids, said.destinations)


def _job(account: Account, ticket: _Ticket, said: Understood, now: Instant) -> Job:
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
        request=orjson.dumps({key: value for key, value in document.items() if key != "destinations"}),
    )


def _begin(books: Books, numbers: Numbers, cohort: Cohort) -> Instant:
    """Puts a cohort and its first move down."""
    books.sending.add_cohort(numbers.account.key, cohort)
    at = due_at(cohort)
    if at is None:
        return cohort.started_at
    books.agenda.add(numbers.account.key, Due(at=at, seq=numbers.serial(), kind=Kind.MOVE, subject=cohort.key))
    return at


def _rows(
    ticket: _Ticket, destinations: Sequence[Destination], groups: list[tuple[Plan, Runs]]
) -> Iterator[tuple[int, int, Destination]]:
    for key, (_, runs) in zip(ticket.cohorts, groups, strict=True):
        for first, last in runs:
            for position in range(first, last + 1):
                yield position, key, destinations[position]


def _write_messages(books: Books, ticket: _Ticket, rows: tuple[tuple[int, int, Destination], ...]) -> None:
    account = same_life(books, ticket.account)
    books.sending.add_messages(account.key, ticket.job, ticket.first, rows)

"""Accepting a send: judged as a whole, stored as a whole, answered once it is committed (H-11, D5)."""

import asyncio
from itertools import islice
from typing import Final

from mock_amp.core import wire
from mock_amp.core.cohorts import form
from mock_amp.core.identity import message_id
from mock_amp.core.model import Job, Product, Token
from mock_amp.core.records import Arrival
from mock_amp.core.refusals import Refused, refuse
from mock_amp.core.validation import RequestRules, Understood
from mock_amp.engine.accepting import Accepted, Accepting, Groups, rows, write_messages
from mock_amp.engine.errors import AccountGone
from mock_amp.engine.journal import Journal, Reply
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.world import World
from mock_amp.ports import Books

_SLICE: Final = 1_000
"""Messages written in one transaction; a larger request is written in several, so that others get their turn."""

_LARGE_BODY: Final = 262_144
"""Bytes from which a body is judged, and answered, in a thread of its own."""


class Sending:
    """Takes the sends of one product; `rules` is what that product demands of a body."""

    def __init__(
        self, world: World, product: Product, rules: RequestRules, journal: Journal, timeline: Timeline
    ) -> None:
        self._world, self._rules, self._journal, self._timeline = world, rules, journal, timeline
        self._accepting = Accepting(world, product, journal)

    async def send(self, arrival: Arrival, account_id: str, token: Token) -> Reply:
        """Judges a body and answers: 200 when all of it is stored, or the refusal, with nothing stored."""
        large = len(arrival.body) > _LARGE_BODY
        judged = await asyncio.to_thread(self._judge, arrival, token) if large else self._judge(arrival, token)
        if isinstance(judged, Refused):
            return await self._journal.refuse(arrival, account_id, judged)
        said, groups = judged
        if said.document.get("promotional"):
            groups = self._without_strangers(account_id, said, groups)
        while True:
            try:
                accepted = await self._store(arrival, account_id, said, groups)
            except AccountGone:  # it was reset meanwhile: the request belongs to the new life
                if self._world.store.read(lambda books: books.accounts.get(account_id)) is None:
                    return await self._journal.refuse(arrival, account_id, refuse("token_unknown"))
                continue
            job = accepted.job
            answer = await asyncio.to_thread(self._answer, job, said) if large else self._answer(job, said)
            return Reply(status=200, body=answer, request=accepted.request)

    def _without_strangers(self, account_id: str, said: Understood, groups: Groups) -> Groups:
        """The groups, with those turned away to whom the first message would be a promotional one (O-9)."""

        def known(books: Books) -> frozenset[str] | None:
            account = books.accounts.get(account_id)
            if account is None or not account.spec.reject_first_promotional:
                return None
            return books.sending.known(account.key, [each.number for each in said.destinations])

        numbers = self._world.store.read(known)
        if numbers is None:
            return groups
        return form(said.destinations, said.offers, said.content, self._world.scenario, numbers)

    def _judge(self, arrival: Arrival, token: Token) -> tuple[Understood, Groups] | Refused:
        said = self._rules.judge(arrival.body, token)
        if isinstance(said, Refused):
            return said
        return said, form(said.destinations, said.offers, said.content, self._world.scenario)

    async def _store(self, arrival: Arrival, account_id: str, said: Understood, groups: Groups) -> Accepted:
        store, size = self._world.store, len(said.destinations)
        if size <= _SLICE:
            accepted = await store.transact(lambda books: self._write_all(books, arrival, account_id, said, groups))
        else:
            ticket = await store.transact(
                lambda books: self._accepting.reserve(books, account_id, size, len(groups), held=True)
            )
            left = rows(ticket, said.destinations, groups)
            while part := tuple(islice(left, _SLICE)):
                await store.transact(lambda books, part=part: write_messages(books, ticket, part))  # type: ignore[misc]
            accepted = await store.transact(
                lambda books: self._accepting.write_job(books, arrival, ticket, said, groups, held=True)
            )
        self._timeline.poke(accepted.account, accepted.due)
        return accepted

    def _write_all(self, books: Books, arrival: Arrival, account_id: str, said: Understood, groups: Groups) -> Accepted:
        ticket = self._accepting.reserve(books, account_id, len(said.destinations), len(groups))
        write_messages(books, ticket, tuple(rows(ticket, said.destinations, groups)))
        return self._accepting.write_job(books, arrival, ticket, said, groups)

    def _answer(self, job: Job, said: Understood) -> bytes:
        node = self._world.terms.node
        ids = (message_id(ordinal, node) for ordinal in range(job.first, job.first + job.size))
        return wire.accepted(job, ids, said.destinations)

"""Accepting a send: judged as a whole, stored as a whole, answered once it is committed (H-11, D5)."""

import asyncio
from collections.abc import Sequence
from itertools import islice
from typing import Final

from mock_amp.core import wire
from mock_amp.core.account import Account
from mock_amp.core.identity import message_id
from mock_amp.core.model import Job, Product, Token
from mock_amp.core.pacing import Slice
from mock_amp.core.records import Arrival
from mock_amp.core.refusals import Refused, refuse
from mock_amp.core.scenario import Scenario
from mock_amp.core.validation import RequestRules, Understood
from mock_amp.engine.accepting import Accepted, Accepting, Cast, rows, write_messages
from mock_amp.engine.casting import Casting, Foreseen
from mock_amp.engine.errors import AccountGone, NoSuch
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
        self._accepting, self._casting = Accepting(world, product, journal), Casting(world, product)

    async def send(self, arrival: Arrival, account_id: str, token: Token) -> Reply:
        """Judges a body and answers: 200 when all of it is stored, or the refusal, with nothing stored."""
        found = self._world.store.read(lambda books: self._in_force(books, account_id))
        if found is None:
            return await self._journal.refuse(arrival, account_id, refuse("token_unknown"))
        scenario, seed = found
        large = len(arrival.body) > _LARGE_BODY
        judging = (arrival, token, scenario, seed)
        judged = await asyncio.to_thread(self._judge, *judging) if large else self._judge(*judging)
        if isinstance(judged, Refused):
            return await self._journal.refuse(arrival, account_id, judged)
        said, foreseen = judged
        while True:
            try:
                if foreseen is None and len(said.destinations) > _SLICE:
                    foreseen = await self._casting.look_ahead(account_id, said)
                accepted = await self._store(arrival, account_id, said, foreseen)
            except (AccountGone, NoSuch):  # it was reset meanwhile: the request belongs to the new life
                if self._world.store.read(lambda books: books.accounts.get(account_id)) is None:
                    return await self._journal.refuse(arrival, account_id, refuse("token_unknown"))
                continue
            job = accepted.job
            answer = await asyncio.to_thread(self._answer, job, said) if large else self._answer(job, said)
            return Reply(status=200, body=answer, request=accepted.request)

    def _in_force(self, books: Books, account_id: str) -> tuple[Scenario, int] | None:
        account = books.accounts.get(account_id)
        return None if account is None else (self._world.scripts.of(books, account), account.seed)

    def _judge(
        self, arrival: Arrival, token: Token, scenario: Scenario, seed: int
    ) -> tuple[Understood, Foreseen | None] | Refused:
        said = self._rules.judge(arrival.body, token)
        return said if isinstance(said, Refused) else (said, self._casting.foresee(said, scenario, seed))

    async def _store(self, arrival: Arrival, account_id: str, said: Understood, foreseen: Foreseen | None) -> Accepted:
        store, size = self._world.store, len(said.destinations)

        def cast(books: Books, account: Account) -> Sequence[Slice]:
            return self._casting.cast(books, account, said, foreseen)

        if size <= _SLICE:
            accepted = await store.transact(lambda books: self._write_all(books, arrival, account_id, said, cast))
        else:
            ticket = await store.transact(
                lambda books: self._accepting.reserve(books, account_id, size, cast, held=True)
            )
            left = rows(ticket, said.destinations)
            while part := tuple(islice(left, _SLICE)):
                await store.transact(lambda books, part=part: write_messages(books, ticket, part))  # type: ignore[misc]
            accepted = await store.transact(
                lambda books: self._accepting.write_job(books, arrival, ticket, said, held=True)
            )
        self._timeline.poke(accepted.account, accepted.due)
        return accepted

    def _write_all(self, books: Books, arrival: Arrival, account_id: str, said: Understood, cast: Cast) -> Accepted:
        ticket = self._accepting.reserve(books, account_id, len(said.destinations), cast)
        write_messages(books, ticket, tuple(rows(ticket, said.destinations)))
        return self._accepting.write_job(books, arrival, ticket, said)

    def _answer(self, job: Job, said: Understood) -> bytes:
        node = self._world.terms.node
        ids = (message_id(ordinal, node) for ordinal in range(job.first, job.first + job.size))
        return wire.accepted(job, ids, said.destinations)

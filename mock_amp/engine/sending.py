"""Accepting a send: judged as a whole, stored as a whole, answered once it is committed (H-11, D5)."""

import asyncio
from collections.abc import Awaitable, Sequence
from itertools import islice
from typing import Final

from mock_amp.core import wire
from mock_amp.core.identity import message_ids
from mock_amp.core.model import Job, Product, Token
from mock_amp.core.pacing import Slice
from mock_amp.core.records import Arrival
from mock_amp.core.refusals import Refused, refuse
from mock_amp.core.scenario import Scenario
from mock_amp.core.validation import RequestRules, Understood
from mock_amp.engine.abandoned import Abandoned
from mock_amp.engine.accepting import Accepted, Accepting, rows, write_messages
from mock_amp.engine.ahead import refusal_of
from mock_amp.engine.casting import Casting, Foreseen
from mock_amp.engine.errors import AccountGone, NoSuch, StoreFailed
from mock_amp.engine.journal import Journal, Reply
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.world import Numbers, World
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
        self._abandoned = Abandoned(world)

    def send(self, arrival: Arrival, account_id: str, token: Token) -> Awaitable[Reply]:
        """Judges a body and answers: 200 when all of it is stored, or the refusal, with nothing stored."""
        found = self._world.store.read(lambda books: self._in_force(books, account_id))
        if found is None:
            return self._journal.refuse(arrival, account_id, refuse("token_unknown"))
        if isinstance(found, Refused):
            return self._journal.refuse(arrival, account_id, found)
        if len(arrival.body) > _LARGE_BODY:
            return self._send_large(arrival, account_id, token, *found)
        judged = self._judge(arrival, token, *found)
        if isinstance(judged, Refused):
            return self._journal.refuse(arrival, account_id, judged)
        if len(judged[0].destinations) > _SLICE:
            return self._store_in_slices(arrival, account_id, *judged)
        return self._world.store.transact(lambda books: self._store(books, arrival, account_id, *judged))

    async def _send_large(
        self, arrival: Arrival, account_id: str, token: Token, scenario: Scenario, seed: int
    ) -> Reply:
        judged = await asyncio.to_thread(self._judge, arrival, token, scenario, seed)
        if isinstance(judged, Refused):
            return await self._journal.refuse(arrival, account_id, judged)
        return await self._store_in_slices(arrival, account_id, *judged)

    def _in_force(self, books: Books, account_id: str) -> tuple[Scenario, int] | Refused | None:
        account = books.accounts.get(account_id)
        if account is None:
            return None
        full = refusal_of(self._world, self._timeline.courier, books, account.key)
        return full or (self._world.scripts.of(books, account), account.seed)

    def _judge(
        self, arrival: Arrival, token: Token, scenario: Scenario, seed: int
    ) -> tuple[Understood, Foreseen | None] | Refused:
        said = self._rules.judge(arrival.body, token)
        return said if isinstance(said, Refused) else (said, self._casting.foresee(said, scenario, seed))

    def _store(
        self, books: Books, arrival: Arrival, account_id: str, said: Understood, foreseen: Foreseen | None
    ) -> Reply:
        """Writes a request and its answer, all in one transaction."""

        def cast(books: Books, numbers: Numbers) -> Sequence[Slice]:
            return self._casting.cast(books, numbers, said, foreseen)

        try:
            accepted = self._accepting.accept(books, arrival, account_id, said, cast)
        except AccountGone:
            return self._journal.unwritten(refuse("token_unknown"))
        self._timeline.poke(accepted.account, accepted.due)  # should the transaction fail, a look too many
        return Reply(200, self._answer(accepted.job, said), accepted.request)

    async def _store_in_slices(
        self, arrival: Arrival, account_id: str, said: Understood, foreseen: Foreseen | None
    ) -> Reply:
        """Writes a large request in several transactions, and its answer in a thread."""
        while True:
            try:
                accepted = await self._store_slices(arrival, account_id, said, foreseen)
                break
            except (AccountGone, NoSuch):  # it was reset meanwhile: the request belongs to the new life
                if self._world.store.read(lambda books: books.accounts.get(account_id)) is None:
                    return await self._journal.refuse(arrival, account_id, refuse("token_unknown"))
        self._timeline.poke(accepted.account, accepted.due)
        answer = await asyncio.to_thread(self._answer, accepted.job, said)
        return Reply(200, answer, accepted.request)

    async def _store_slices(
        self, arrival: Arrival, account_id: str, said: Understood, foreseen: Foreseen | None
    ) -> Accepted:
        """Raises AccountGone and NoSuch."""
        store, size = self._world.store, len(said.destinations)
        found = foreseen or await self._casting.look_ahead(account_id, said)

        def cast(books: Books, numbers: Numbers) -> Sequence[Slice]:
            return self._casting.cast(books, numbers, said, found)

        ticket = await store.transact(lambda books: self._accepting.reserve(books, account_id, size, cast))
        left = rows(ticket, said.destinations)
        try:
            while part := tuple(islice(left, _SLICE)):
                await store.transact(lambda books, part=part: write_messages(books, ticket, part))  # type: ignore[misc]
            return await store.transact(lambda books: self._accepting.complete(books, arrival, ticket, said))
        except StoreFailed:
            self._abandoned.take(ticket)
            raise

    def _answer(self, job: Job, said: Understood) -> bytes:
        node = self._world.terms.node
        return wire.accepted(job, message_ids(job.first, job.size, node), said.destinations)

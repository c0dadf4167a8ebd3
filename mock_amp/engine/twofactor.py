"""Two-factor authentication: a code goes out by SMS, and what comes back is held against it (F-1 to F-6)."""

from dataclasses import replace

from mock_amp.core import wire
from mock_amp.core.codes import UNKNOWN_NOW, VALID, Code, examine
from mock_amp.core.identity import message_id, uuid4_of
from mock_amp.core.model import Product, Token
from mock_amp.core.records import Arrival, Sort
from mock_amp.core.refusals import Refused, refuse
from mock_amp.core.two_factor import CodeRequest, CodeRules
from mock_amp.engine.accepting import Accepted, Accepting
from mock_amp.engine.ahead import refusal_of
from mock_amp.engine.casting import Casting
from mock_amp.engine.errors import AccountGone
from mock_amp.engine.journal import Journal, Reply
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books


class TwoFactor:
    def __init__(self, world: World, rules: CodeRules, journal: Journal, timeline: Timeline) -> None:
        self._world, self._rules, self._journal, self._timeline = world, rules, journal, timeline
        self._accepting = Accepting(world, Product.TWO_FACTOR, journal)
        self._casting = Casting(world, Product.TWO_FACTOR)

    async def send(self, arrival: Arrival, account_id: str, token: Token) -> Reply:
        """Sends a code: 200 when message and code are stored, or the refusal, with nothing stored (F-2)."""
        full = self._world.store.read(lambda books: self._refusal(books, account_id))
        wanted = full or self._rules.judge(arrival.body, token)
        if isinstance(wanted, Refused):
            return await self._journal.refuse(arrival, account_id, wanted)
        try:
            accepted = await self._world.store.transact(
                lambda books: self._write(books, arrival, account_id, token, wanted)
            )
        except AccountGone:
            return await self._journal.refuse(arrival, account_id, refuse("token_unknown"))
        self._timeline.poke(accepted.account, accepted.due)
        sent = message_id(accepted.job.first, self._world.terms.node)
        return Reply(status=200, body=wire.code_sent(accepted.job, sent), request=accepted.request)

    async def check(self, arrival: Arrival, account_id: str, token: Token, client_ref: str, tried: str) -> Reply:
        """Says whether a code is the one that this token had sent for this client_ref; a good one is used up (F-3)."""
        try:
            return await self._world.store.transact(
                lambda books: self._check(books, arrival, account_id, token, client_ref, tried)
            )
        except AccountGone:
            return await self._journal.refuse(arrival, account_id, refuse("token_unknown"))

    def _refusal(self, books: Books, account_id: str) -> Refused | None:
        account = books.accounts.get(account_id)
        return None if account is None else refusal_of(self._world, self._timeline.courier, books, account.key)

    def _write(self, books: Books, arrival: Arrival, account_id: str, token: Token, wanted: CodeRequest) -> Accepted:
        account = books.accounts.get(account_id)
        if account is None:
            raise AccountGone(account_id)
        code = wanted.draw(account.seed, account.jobs + 1)
        said = wanted.said(code, token)
        accepted = self._accepting.accept(
            books, arrival, account_id, said, lambda books, numbers: self._casting.cast(books, numbers, said, None)
        )
        kept = Code(
            token=token.value,
            client_ref=wanted.client_ref,
            code=code,
            case_sensitive=wanted.case_sensitive,
            made_at=accepted.job.accepted_at,
            number=wanted.number,
            message=accepted.job.first,
        )
        books.codes.put(accepted.account.key, kept)
        return accepted

    def _check(
        self, books: Books, arrival: Arrival, account_id: str, token: Token, client_ref: str, tried: str
    ) -> Reply:
        account = books.accounts.get(account_id)
        if account is None:
            raise AccountGone(account_id)
        numbers, now = Numbers(account), self._world.shown(account)
        code = books.codes.get(account.key, token.value, client_ref)
        found = examine(code, tried, now)
        if code is None and books.retention.lost(account.key, Sort.MESSAGE).count:
            found = UNKNOWN_NOW
        if code is not None and found is VALID:
            books.codes.put(account.key, replace(code, used_at=now))
        api_job_id = uuid4_of(account.seed, "job", numbers.job())
        number = self._journal.write(books, numbers, arrival, 200, api_job_id=api_job_id)
        numbers.save(books)
        return Reply(status=200, body=wire.code_checked(api_job_id, *found), request=number)

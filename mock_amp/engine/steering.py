"""Accounts and clocks as a test sets them up."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import orjson

from mock_amp.core import shapes
from mock_amp.core.account import DEFAULT_ACCOUNT, Account, AccountSpec
from mock_amp.core.clock import ClockChange, ClockMode
from mock_amp.core.identity import seed_of
from mock_amp.core.instants import Instant
from mock_amp.core.model import Token
from mock_amp.core.scenario import Scenario
from mock_amp.core.shapes import Shape
from mock_amp.engine.errors import Conflict
from mock_amp.engine.timeline import Timeline, To
from mock_amp.engine.world import World, same_life
from mock_amp.ports import Books, Library


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a new account should be; what is None is as usual: the seed drawn, the clock at real time."""

    mode: ClockMode = ClockMode.REAL
    rate: float | None = None
    now: Instant | None = None
    seed: int | None = None
    reject_first_promotional: bool = False
    scenario: Mapping[str, Any] | None = None
    """A checked document; None: the server's."""


class Steering:
    def __init__(self, world: World, timeline: Timeline, library: Library, seed: int | None, usual_rate: float) -> None:
        self._world, self._timeline, self._library = world, timeline, library
        self._seed, self._usual_rate = seed, usual_rate

    async def open_default(self, wish: Wish, token: str) -> None:
        """Sees to it that the default account is there; one that a store brought along stays as it is."""

        def work(books: Books) -> None:
            if books.accounts.get(DEFAULT_ACCOUNT) is None:
                self._create(books, DEFAULT_ACCOUNT, wish, token)

        await self._world.store.transact(work)

    async def create(self, wish: Wish) -> Shape:
        """A fresh account with a fresh token."""
        account_id, token = self._world.ids.account(), self._world.ids.token()
        account = await self._world.store.transact(lambda books: self._create(books, account_id, wish, token))
        return self._shape(account, token)

    def accounts(self) -> Shape:
        def read(books: Books) -> list[tuple[Account, str | None]]:
            return [(each, _first(books, each.id)) for each in books.accounts.all()]

        found = self._world.store.read(read)
        return shapes.page([self._shape(account, token) for account, token in found], None)

    def account(self, account_id: str) -> Shape:
        """Raises NoSuch."""
        account = self._world.account(account_id)
        return self._shape(account, self._world.store.read(lambda books: _first(books, account_id)))

    async def delete(self, account_id: str) -> None:
        """Forgets an account and all that it had. Raises NoSuch, and Conflict for the default account."""
        if account_id == DEFAULT_ACCOUNT:
            raise Conflict("the default account cannot be deleted; reset empties it")
        account = self._world.account(account_id)
        await self._world.store.transact(lambda books: books.accounts.delete(account.key))
        self._timeline.courier.cancel(account.key)
        self._timeline.look_again(account.key)

    async def reset(self, account_id: str) -> Shape:
        """Takes an account back to how it was created; its tokens stay. Raises NoSuch."""
        account = self._world.account(account_id)

        def work(books: Books) -> Account:
            reborn = (books.accounts.get(account_id) or account).reborn(self._world.clock.now())
            books.accounts.clear(account.key)
            books.accounts.save(reborn)
            return reborn

        await self._world.store.transact(work)
        self._timeline.courier.cancel(account.key)
        self._timeline.look_again(account.key)
        return self.account(account_id)

    def clock(self, account_id: str) -> Shape:
        account = self._world.account(account_id)
        return shapes.clock(account, self._world.shown(account))

    async def set_clock(self, account_id: str, change: ClockChange, now: Instant | None) -> Shape:
        """Changes how a clock runs, at once or from a later `now` on, which is lived through as by an advance.

        Raises NoSuch, and Conflict for an earlier `now` or during an advance; then nothing is changed.
        """
        if now is not None:
            await self._timeline.advance(account_id, To(instant=now), most=0, change=change)
            return self.clock(account_id)
        account = self._world.account(account_id)

        def work(books: Books) -> None:
            current = same_life(books, account)
            if current.clock.pinned:
                raise Conflict("an advance of this account is under way; its clock can be changed when that is done")
            real = self._world.clock.now()
            books.accounts.save(replace(current, clock=current.clock.pin(current.clock.at(real)).release(real, change)))

        await self._world.store.transact(work)
        self._timeline.look_again(account.key)
        return self.clock(account_id)

    def scenario(self, account_id: str) -> Shape:
        """The scenario in force for an account. Raises NoSuch."""
        account = self._world.account(account_id)
        found, document = self._world.store.read(lambda books: self._in_force(books, account))
        return shapes.scenario(found, document, account.script_since, usual=account.script == 0)

    def scenarios(self) -> Shape:
        """The shipped scenarios."""
        shipped = [self._library.shipped(name) for name in self._library.names]
        return shapes.page([shapes.shipped_scenario(each) for each in shipped], None)

    async def read_scenario(self, text: bytes, where: str) -> Mapping[str, Any]:
        """The document in a YAML or JSON text, or of the shipped scenario that it names. Raises BadScript.

        In a thread of its own: thousands of recipients take seconds to check.
        """
        return await asyncio.to_thread(self._library.read_text, text, where)

    async def set_scenario(self, account_id: str, document: Mapping[str, Any]) -> Shape:
        """Puts a checked scenario in force: for requests to come, not for what is under way. Raises NoSuch."""
        account = self._world.account(account_id)

        def work(books: Books) -> None:
            current = same_life(books, account)
            key, now = books.scripts.add(_kept(document)), self._world.shown(current)
            books.accounts.save(replace(current, script=key, script_since=now))
            books.scripts.forget_counts(current.key)

        await self._world.store.transact(work)
        return self.scenario(account_id)

    async def renew_scenario(self, scenario: Scenario, document: Mapping[str, Any]) -> None:
        """Puts another scenario in the place of the server's own."""

        def work(books: Books) -> None:
            for account in books.accounts.all():
                if account.script == 0:
                    books.accounts.save(replace(account, script_since=self._world.shown(account)))
                    books.scripts.forget_counts(account.key)

        await self._world.store.transact(work)
        self._world.scripts.renew(scenario, document)

    def _in_force(self, books: Books, account: Account) -> tuple[Scenario, Mapping[str, Any]]:
        scripts = self._world.scripts
        return scripts.of(books, account), scripts.document(books, account)

    def _create(self, books: Books, account_id: str, wish: Wish, token: str) -> Account:
        now = self._world.clock.now()
        rate = wish.rate or (self._usual_rate if wish.mode is ClockMode.SCALED else 1.0)
        spec = AccountSpec(
            mode=wish.mode,
            rate=rate,
            now=wish.now,
            seed=self._seed_for(books, wish),
            reject_first_promotional=wish.reject_first_promotional,
            script=0 if wish.scenario is None else books.scripts.add(_kept(wish.scenario)),
        )
        clock = spec.clock(now)
        account = books.accounts.add(
            Account(
                key=0,
                id=account_id,
                created_at=now,
                spec=spec,
                clock=clock,
                script=spec.script,
                script_since=clock.at(now),
            )
        )
        books.accounts.add_token(Token(value=token, account=account_id, created_at=now))
        return account

    def _seed_for(self, books: Books, wish: Wish) -> int:
        if wish.seed is not None:
            return wish.seed
        if self._seed is None:
            return self._world.ids.seed()
        ordinal = len(books.accounts.all())
        return seed_of(self._seed, ordinal) if ordinal else self._seed

    def _shape(self, account: Account, token: str | None) -> Shape:
        return shapes.account(account, self._world.shown(account), self._world.scenario(account).name, token)


def _kept(document: Mapping[str, Any]) -> str:
    """A document as the store keeps it."""
    return orjson.dumps(document).decode()


def _first(books: Books, account_id: str) -> str | None:
    tokens = books.accounts.tokens(account_id)
    return tokens[0].value if tokens else None

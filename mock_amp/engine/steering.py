"""Accounts and clocks as a test sets them up."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mock_amp.core import shapes
from mock_amp.core.account import DEFAULT_ACCOUNT, Account
from mock_amp.core.clock import ClockChange
from mock_amp.core.instants import Instant
from mock_amp.core.records import News
from mock_amp.core.scenario import Scenario
from mock_amp.core.script import has_faults_on, with_faults
from mock_amp.core.shapes import Shape
from mock_amp.engine.errors import Conflict, NoSuch
from mock_amp.engine.expiry import Expiry
from mock_amp.engine.opening import Opening, Wish, as_kept
from mock_amp.engine.retention import Retention
from mock_amp.engine.targets import To
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.world import World
from mock_amp.ports import Books, Library


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """Who has a say in how long an account lives, or has to hear that it does not any more."""

    opening: Opening
    expiry: Expiry
    retention: Retention


class Steering:
    def __init__(self, world: World, timeline: Timeline, library: Library, lives: Lives) -> None:
        self._world, self._timeline, self._library, self._lives = world, timeline, library, lives

    async def create(self, wish: Wish) -> Shape:
        """A fresh account with a fresh token. Raises Conflict when there are too many."""
        account, token = await self._lives.opening.open(wish)
        return self._shape(account, token)

    def accounts(self, token: str | None = None) -> Shape:
        """All accounts, or the one whose token this is."""

        def read(books: Books) -> list[tuple[Account, str | None]]:
            if token is None:
                return [(each, _first(books, each.id)) for each in books.accounts.all()]
            found = books.accounts.of_token(token)
            return [(found[0], _first(books, found[0].id))] if found else []

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
        await self._end(self._world.account(account_id), bury=True)

    async def expire(self, account_id: str) -> None:
        """Forgets an account that nobody has used for so long; its tokens are then as if they had never been."""
        await self._end(self._world.account(account_id), bury=False)

    async def reset(self, account_id: str) -> Shape:
        """Takes an account back to how it was created; its tokens stay. Raises NoSuch."""
        account = self._world.account(account_id)

        def work(books: Books) -> Sequence[int]:
            current = books.accounts.by_key(account.key)
            if current is None:
                raise NoSuch(f"there is no account {account_id}")
            reborn = current.reborn(self._world.clock.now())
            books.accounts.clear(account.key)
            books.accounts.save(reborn)
            books.tell([News(account.key, "reset", self._world.shown(reborn))])
            return books.scripts.drop_unused([current.script])

        self._world.scripts.forget(await self._world.store.transact(work))
        await self._timeline.courier.end(account.key)
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

        def work(books: Books) -> int:
            current = _current(books, account_id)
            if current.clock.pinned:
                raise Conflict("an advance of this account is under way; its clock can be changed when that is done")
            real = self._world.clock.now()
            clock = current.clock.pin(current.clock.at(real), real).release(real, change)
            books.accounts.save(replace(current, clock=clock))
            books.tell([News(current.key, "clock", clock.at(real))])
            return current.key

        self._timeline.look_again(await self._world.store.transact(work))
        return self.clock(account_id)

    def scenario(self, account_id: str) -> Shape:
        """The scenario in force for an account. Raises NoSuch."""
        account = self._world.account(account_id)
        found, document = self._world.store.read(lambda books: self._in_force(books, account))
        return shapes.scenario(found, document, account.script_since, usual=account.script == 0)

    def scenarios(self) -> Shape:
        """The shipped scenarios."""
        shipped = [self._library.shipped(name) for name in self._library.names]
        return shapes.page([shapes.shipped_scenario(each, self._library.text(each)) for each in shipped], None)

    async def scenario_text(self, account_id: str) -> str:
        """The scenario in force for an account as YAML to edit. Raises NoSuch."""
        account = self._world.account(account_id)
        document = self._world.store.read(lambda books: self._world.scripts.document(books, account))
        return await asyncio.to_thread(self._library.text, document)

    async def read_scenario(self, text: bytes, where: str) -> Mapping[str, Any]:
        """The document in a YAML or JSON text, or of the shipped scenario that it names. Raises BadScript.

        In a thread of its own: thousands of recipients take seconds to check.
        """
        return await asyncio.to_thread(self._library.read_text, text, where)

    async def check_scenario(self, account_id: str, text: bytes) -> Shape:
        """What is in a scenario that could be put in force for an account. Raises NoSuch and BadScript."""
        self._world.account(account_id)
        return shapes.checked_scenario(await self.read_scenario(text, "the body"))

    async def set_scenario(self, account_id: str, document: Mapping[str, Any]) -> Shape:
        """Puts a checked scenario in force: for requests to come, not for what is under way. Raises NoSuch."""
        return await self._put(account_id, document)

    async def drop_scenario(self, account_id: str) -> Shape:
        """Puts the server's own scenario in force, as any other, also where it is already. Raises NoSuch."""
        return await self._put(account_id, None)

    async def set_faults(self, account_id: str, *, on: bool) -> Shape:
        """Switches the faults of the scenario in force, and nothing else: what it has counted stays. Raises NoSuch.

        With its faults off an account has a copy of its own; back at the server's document, it has the server's again.
        """

        def work(books: Books) -> Sequence[int]:
            current, scripts = _current(books, account_id), self._world.scripts
            document = scripts.document(books, current)
            if has_faults_on(document) == on:
                return ()
            switched, usual = with_faults(document, on=on), scripts.document(books, replace(current, script=0))
            is_usual = switched == with_faults(usual, on=has_faults_on(usual))
            books.accounts.save(replace(current, script=0 if is_usual else books.scripts.add(as_kept(switched))))
            books.tell([News(current.key, "scenario", self._world.shown(current), detail=document["name"])])
            return books.scripts.drop_unused([current.script])

        self._world.scripts.forget(await self._world.store.transact(work))
        return self.scenario(account_id)

    async def renew_scenario(self, scenario: Scenario, document: Mapping[str, Any]) -> None:
        """Puts another scenario in the place of the server's own."""

        def work(books: Books) -> None:
            for account in books.accounts.all():
                if account.script == 0:
                    now = self._world.shown(account)
                    books.accounts.save(replace(account, script_since=now))
                    books.scripts.forget_counts(account.key)
                    books.tell([News(account.key, "scenario", now, detail=scenario.name)])

        await self._world.store.transact(work)
        self._world.scripts.renew(scenario, document)

    async def _put(self, account_id: str, document: Mapping[str, Any] | None) -> Shape:
        """Puts a scenario in force, or without one the server's own; nothing is counted yet. Raises NoSuch."""

        def work(books: Books) -> Sequence[int]:
            current = _current(books, account_id)
            key = 0 if document is None else books.scripts.add(as_kept(document))
            name = self._world.scripts.usual.name if document is None else document["name"]
            now = self._world.shown(current)
            books.accounts.save(replace(current, script=key, script_since=now))
            books.scripts.forget_counts(current.key)
            books.tell([News(current.key, "scenario", now, detail=name)])
            return books.scripts.drop_unused([current.script])

        self._world.scripts.forget(await self._world.store.transact(work))
        return self.scenario(account_id)

    def _in_force(self, books: Books, account: Account) -> tuple[Scenario, Mapping[str, Any]]:
        scripts = self._world.scripts
        return scripts.of(books, account), scripts.document(books, account)

    async def _end(self, account: Account, *, bury: bool) -> None:
        """Ends an account's life: what it had in the air has ended, and nothing of it is left anywhere."""

        def work(books: Books) -> Sequence[int]:
            current = books.accounts.by_key(account.key)
            books.accounts.delete(account.key, bury=bury)
            return books.scripts.drop_unused([current.script, current.spec.script] if current else [])

        self._world.scripts.forget(await self._world.store.transact(work))
        self._lives.expiry.forget(account.id)
        await self._timeline.courier.end(account.key)
        self._timeline.look_again(account.key)
        self._lives.retention.forget(account.key)
        self._world.bulletin.forget(account.key)

    def _shape(self, account: Account, token: str | None) -> Shape:
        limits = account.spec.limits.over(self._world.terms.limits)
        ends = self._lives.expiry.at(account.id)
        told = shapes.account(account, self._world.shown(account), self._world.scenario(account).name, token)
        return {**told, **shapes.keeping(limits), **shapes.expiring(account.spec.expires_after, ends)}


def _current(books: Books, account_id: str) -> Account:
    """The account in the life it is in by now: what comes during a reset holds for the new one. Raises NoSuch."""
    found = books.accounts.get(account_id)
    if found is None:
        raise NoSuch(f"there is no account {account_id}")
    return found


def _first(books: Books, account_id: str) -> str | None:
    tokens = books.accounts.tokens(account_id)
    return tokens[0].value if tokens else None

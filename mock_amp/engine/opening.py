"""How accounts come into being: the default one, those that are asked for, and those that an unknown token opens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from mock_amp.core.account import DEFAULT_ACCOUNT, NO_LIMITS, Account, AccountSpec, OwnLimits
from mock_amp.core.auth import opens
from mock_amp.core.clock import ClockMode
from mock_amp.core.identity import seed_of, seed_of_token
from mock_amp.core.instants import Duration, Instant
from mock_amp.core.model import Token
from mock_amp.engine.errors import Conflict
from mock_amp.engine.expiry import Expiry
from mock_amp.engine.world import World
from mock_amp.ports import Books


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
    limits: OwnLimits = NO_LIMITS
    expires_after: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningTerms:
    """What the operator chose: `seed` of the server, `rate` of a scaled clock, the `most` accounts that there may be.

    `unknown` is how an account is that an unknown token opens; None: such a token opens nothing.
    """

    seed: int | None
    rate: float
    most: int
    unknown: Wish | None = None


class Opening:
    def __init__(self, world: World, expiry: Expiry, terms: OpeningTerms) -> None:
        self._world, self._expiry, self._terms = world, expiry, terms

    async def open_default(self, wish: Wish, token: str) -> None:
        """Sees to it that the default account is there; one that a store brought along stays as it is."""

        def work(books: Books) -> None:
            if books.accounts.get(DEFAULT_ACCOUNT) is None:
                self._create(books, DEFAULT_ACCOUNT, wish, token, self._seed_for(books, wish))

        await self._world.store.transact(work)

    async def open(self, wish: Wish) -> tuple[Account, str]:
        """A fresh account with a fresh token. Raises Conflict when there are too many."""
        account_id, token = self._world.ids.account(), self._world.ids.token()

        def work(books: Books) -> Account:
            if books.accounts.count() >= self._terms.most:
                raise Conflict(
                    f"there are {books.accounts.count()} accounts, and the server takes no more (max-accounts): delete "
                    "some, or let them end by themselves with expires_after"
                )
            return self._create(books, account_id, wish, token, self._seed_for(books, wish))

        account = await self._world.store.transact(work)
        self._expiry.begin(account)
        return account, token

    async def open_for(self, token: str) -> tuple[Account, Token] | None:
        """The account that an unknown token opens; None when it opens none: by the settings, or because it is deleted.

        Of several first requests one opens it, and the others find it open.
        """
        wish = self._terms.unknown
        if wish is None or not opens(token):
            return None
        account_id, drawn = self._world.ids.account(), self._world.ids.seed()

        def work(books: Books) -> Account | None:
            if books.accounts.of_token(token) or books.accounts.count() >= self._terms.most:
                return None
            if not books.accounts.add_token(self._token(token, account_id)):  # it was deleted
                return None
            seed = drawn if self._terms.seed is None else seed_of_token(self._terms.seed, token)
            return self._create(books, account_id, wish, None, seed)

        opened = await self._world.store.transact(work)
        if opened:
            self._expiry.begin(opened)
        return self._world.store.read(lambda books: books.accounts.of_token(token))

    def _create(self, books: Books, account_id: str, wish: Wish, token: str | None, seed: int) -> Account:
        now = self._world.clock.now()
        spec = AccountSpec(
            mode=wish.mode,
            rate=wish.rate or (self._terms.rate if wish.mode is ClockMode.SCALED else 1.0),
            now=wish.now,
            seed=seed,
            reject_first_promotional=wish.reject_first_promotional,
            script=0 if wish.scenario is None else books.scripts.add(as_kept(wish.scenario)),
            limits=wish.limits,
            expires_after=wish.expires_after,
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
        if token is not None:
            books.accounts.add_token(self._token(token, account_id))
        return account

    def _token(self, value: str, account_id: str) -> Token:
        return Token(value=value, account=account_id, created_at=self._world.clock.now())

    def _seed_for(self, books: Books, wish: Wish) -> int:
        if wish.seed is not None:
            return wish.seed
        if self._terms.seed is None:
            return self._world.ids.seed()
        ordinal = books.accounts.count()
        return seed_of(self._terms.seed, ordinal) if ordinal else self._terms.seed


def as_kept(document: Mapping[str, Any]) -> str:
    """A document as the store keeps it."""
    return orjson.dumps(document).decode()

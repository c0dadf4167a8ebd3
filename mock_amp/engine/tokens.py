"""Tokens: what they may do, as the control plane sets it, and how much of their rate is used up (A-3, A-4, H-7)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mock_amp.core import shapes
from mock_amp.core.instants import SECOND, format_duration
from mock_amp.core.model import Token
from mock_amp.core.refusals import Refused, refuse
from mock_amp.core.shapes import Shape
from mock_amp.engine.errors import Conflict, Illegal, NoSuch
from mock_amp.engine.world import World
from mock_amp.ports import Books


class Tokens:
    def __init__(self, world: World) -> None:
        self._world = world

    def all(self, account_id: str) -> Shape:
        """Raises NoSuch."""
        self._world.account(account_id)
        found = self._world.store.read(lambda books: books.accounts.tokens(account_id))
        return shapes.page([shapes.token(each) for each in found], None)

    async def add(self, account_id: str, wish: Mapping[str, Any]) -> Shape:
        """A fresh token, or the one asked for. Raises NoSuch, Illegal, and Conflict for one once used (A-4)."""
        self._world.account(account_id)
        value = wish.get("token") or self._world.ids.token()
        token = _wished(Token(value=value, account=account_id, created_at=self._world.clock.now()), wish)
        if not await self._world.store.transact(lambda books: books.accounts.add_token(token)):
            raise Conflict("this token is in use or was deleted; a deleted token never comes back (A-4)")
        return shapes.token(token)

    async def change(self, account_id: str, value: str, wish: Mapping[str, Any]) -> Shape:
        """Changes what is named of a token, and leaves the rest. Raises NoSuch and Illegal."""
        self._world.account(account_id)
        token = _wished(self._find(account_id, value), wish)
        if not await self._world.store.transact(lambda books: books.accounts.save_token(token)):
            raise NoSuch(f"account {account_id} has no such token")
        return shapes.token(token)

    async def delete(self, account_id: str, value: str) -> None:
        """Ends a token for ever. Raises NoSuch."""
        self._world.account(account_id)
        now = self._world.clock.now()
        if not await self._world.store.transact(lambda books: books.accounts.delete_token(account_id, value, now)):
            raise NoSuch(f"account {account_id} has no such token")

    async def spend(self, token: Token) -> Refused | None:
        """Takes one request off the token's rate, by the account's clock (D12), or refuses it (H-7)."""
        rate = token.rate
        if rate is None:
            return None

        def work(books: Books) -> Refused | None:
            found = books.accounts.of_token(token.value)
            if found is None:
                return refuse("token_unknown")
            account, current = found
            until, wait = rate.take(current.spent_until, self._world.shown(account))
            if wait is None:
                books.accounts.spend(token.value, until)
                return None
            told = f"{rate.requests} requests in {format_duration(rate.per)}"
            seconds = -(-wait // SECOND)
            return refuse("throttled", retry_after=seconds, rate=told, seconds=seconds)

        return await self._world.store.transact(work)

    def _find(self, account_id: str, value: str) -> Token:
        found = self._world.store.read(lambda books: books.accounts.of_token(value))
        if found is None or found[0].id != account_id:
            raise NoSuch(f"account {account_id} has no such token")
        return found[1]


def _wished(token: Token, wish: Mapping[str, Any]) -> Token:
    try:
        changed = replace(token, **shapes.read_policy(wish))
    except shapes.BadValue as error:
        raise Illegal(str(error), error.pointer, error.expected) from None
    changed = _with_senders(changed, wish)
    if "routes" not in wish and changed.route not in changed.routes:  # the route that is set is one that it has
        changed = replace(changed, routes=(*changed.routes, changed.route))
    if changed.route not in changed.routes:
        raise Illegal(f"the route {changed.route} is none of the token's routes", "/route", "one of routes")
    return changed


def _with_senders(token: Token, wish: Mapping[str, Any]) -> Token:
    """A token that is restricted to senders sends as one of them also when a request names none (M-9, I-2)."""
    usual = {"sms_sender": token.sms_sender, "im_sender": token.im_sender}
    for key, sender in usual.items():
        if token.senders and sender and sender not in token.senders:
            if key in wish:
                raise Illegal(f"{sender} is none of the token's senders", f"/{key}", "one of its senders")
            usual[key] = token.senders[0]
    return replace(token, **usual)  # type: ignore[arg-type] # both are texts

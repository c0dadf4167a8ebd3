"""The auditor: reads over HTTP what the server has, and compares it with what it answered and what receivers saw."""

from tests.acceptance.crash_account import OneAccount
from tests.acceptance.crash_client import Client
from tests.acceptance.crash_facts import Account, Facts
from tests.acceptance.crash_receivers import Receivers


class Audit:
    """One look at everything, after a start. What is wrong goes to the facts, as text."""

    def __init__(self, client: Client, facts: Facts, receivers: Receivers) -> None:
        self._client, self._facts, self._receivers = client, facts, receivers

    async def everything(self) -> None:
        await self._accounts()
        for account in list(self._facts.accounts):
            await self._ended(account)
        for account in list(self._facts.accounts):
            await self.account(account)
        for account in self._facts.gone[-8:]:
            await self._client.call("GET", account.path, good=(404,))
            for value in account.tokens:
                await self._client.call("GET", "/1/im/status/1", token=value, good=(401,))

    async def account(self, account: Account, *, settled: bool = False) -> None:
        """All about one; once it has settled, nothing may be owed any more."""
        one = OneAccount(self._client, self._facts, account)
        await one.read(self._receivers)
        one.journal()
        one.messages()
        one.reports()
        one.attempts()
        one.posts(self._facts.kills)
        one.replies()
        if settled:
            one.rest()
        await one.clicks_and_codes()
        await one.tokens()
        await one.clock()
        account.age += 1

    async def settle(self, account: Account) -> None:
        """Takes an account to where nothing is due any more, with good receivers, and looks at it once more."""
        self._receivers.good.add(account.tag)
        for _ in range(50):
            status, told = await self._client.call(
                "POST", f"{account.path}/clock/advance", {"until": "idle"}, good=(200, 409)
            )
            if status == 200:
                break
        else:
            self._facts.problems.append(f"{account.tag} does not come to rest: {told}")
        account.is_shown((await self._client.get(f"{account.path}/clock"))["now"])
        account.base = None
        left = await self._client.items(f"{account.path}/agenda")
        self._facts.check(not left, f"{account.tag} is idle and has {left[:3]} on its agenda")
        await self.account(account, settled=True)

    async def _accounts(self) -> None:
        """Which accounts there are, among them those of which the answer never came."""
        there = {each["id"] for each in await self._client.items("/__admin/accounts")}
        for account in list(self._facts.accounts):
            if account.id not in there:
                self._facts.check(account.ending == "delete", f"account {account.id} is lost")
                self._facts.accounts.remove(account)
                self._facts.gone.append(account)
        known = {each.id for each in self._facts.accounts}
        for account in self._facts.gone:
            self._facts.check(account.id not in there, f"account {account.id} was deleted and is there")
        strange = there - known - {each.id for each in self._facts.gone}
        self._facts.check(
            len(strange) <= self._facts.opening, f"{len(strange)} accounts, {self._facts.opening} were asked for"
        )
        self._facts.opening = 0
        for each in strange:
            await self._client.call("DELETE", f"/__admin/accounts/{each}", good=(204,))

    async def _ended(self, account: Account) -> None:
        """What became of a reset or a deletion that was not answered: all of it, or nothing."""
        ending, account.ending, account.closed = account.ending, "", False
        if ending != "reset" or not account.life.journal.keys() | account.life.ids:
            return
        if not await self._client.items(f"{account.path}/requests?limit=1"):
            for what in ("messages", "callbacks", "replies", "agenda"):
                left = await self._client.items(f"{account.path}/{what}?limit=1")
                self._facts.check(not left, f"{account.tag} is reset by half: {what} {left}")
            account.begin_again()

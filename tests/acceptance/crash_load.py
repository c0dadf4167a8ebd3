"""The load of the crash test: clients that send, ask, reply and move clocks, and keep what they were answered."""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random  # noqa: TID251 - the test throws its own dice, by its seed
from typing import Any, Final

from mock_amp.core.instants import parse_duration, parse_instant
from tests.acceptance.crash_client import Client, Unanswered
from tests.acceptance.crash_facts import CLOCK, Account, Facts, Sent, opened

MOST: Final = 3_000
"""Destinations of a send: what passes a thousand is written in several transactions."""

_SPANS: Final = ("200ms", "1s", "3s", "1m", "5m", "5m", "10m", "1h")
_SCENARIOS: Final = ("all-good", "magic-numbers", "viber-unread", "im-unreachable-falls-back", "low-cost-mix")
_TOKEN_WISH: Final[dict[str, Any]] = {"name": "crash"}


class Load:
    """What clients do until the server is gone."""

    def __init__(
        self, client: Client, facts: Facts, dice: Random, receivers: str, *, large: int, most: int = MOST
    ) -> None:
        self._client, self._facts, self._dice, self._receivers = client, facts, dice, receivers
        self._large, self._most = large, most
        self._count = 0
        self.prefix = f"{dice.getrandbits(40):010x}"
        self.leaves: Callable[[str], None] | None = None
        """Is told `advance` or `large` when such a call leaves, and `answered` when any is over."""
        self.over = False
        """Whether the server may be gone."""

    async def work(self) -> None:
        """One client: one call after the other, until one is not answered."""
        doing: list[tuple[int, Callable[[Account], Awaitable[None]]]] = [
            (40, self._send_one),
            (5, self._send_many),
            (4, self._send_code),
            (4, self._try_code),
            (12, self._ask),
            (6, self._reply),
            (3, self._click),
            (7, self._advance),
            (3, self._misuse),
            (1, self._play),
            (2, self._add_token),
            (1, self._drop_token),
        ]
        weights, calls = [each for each, _ in doing], [each for _, each in doing]
        try:
            while True:
                if self._dice.random() < 0.015:
                    await self._change_accounts()
                if not self._facts.open():
                    await self.open_account()
                    continue
                account = self._dice.choice(self._facts.open())
                (call,) = self._dice.choices(calls, weights)
                with account.used():
                    await call(account)
                self._facts.tally[call.__name__.strip("_").replace("_", " ")] += 1
                self._say("answered")
        except Unanswered as error:
            self._facts.check(self.over, f"nobody had killed the server: {error}")
        except Exception as error:  # the round and its seed are told, and the other clients come to their end
            self._facts.problems.append(f"a client failed: {error!r}")

    async def open_account(self) -> None:
        mode = self._dice.choice(("frozen", "frozen", "real", "scaled"))
        wish: dict[str, Any] = {"clock": {"mode": mode, "rate": 60} if mode == "scaled" else mode}
        if self._dice.random() < 0.1:
            wish["scenario"] = "two-way"
        self._facts.opening += 1
        began = CLOCK.now()
        _, told = await self._client.call("POST", "/__admin/accounts", wish, good=(201,))
        self._facts.opening -= 1
        self._count += 1
        self._facts.accounts.append(opened(told, began, f"a{self.prefix}{self._count}"))
        self._facts.tally["accounts opened"] += 1

    async def _change_accounts(self) -> None:
        idle = [each for each in self._facts.open() if not each.users]
        what = self._dice.random()
        if what < 0.5 or len(idle) < 3:
            await self.open_account()
            return
        account = self._dice.choice(idle)
        account.closed = True
        if what < 0.8:
            account.ending = "reset"
            await self._client.call("POST", f"{account.path}/reset")
            account.ending = ""
            account.begin_again()
            account.closed = False
            self._facts.tally["resets"] += 1
        elif account.id != "default":
            await self.delete(account)
        else:
            account.closed = False

    async def delete(self, account: Account) -> None:
        account.closed, account.ending = True, "delete"
        await self._client.call("DELETE", account.path, good=(204,))
        self._facts.accounts.remove(account)
        self._facts.gone.append(account)
        self._facts.tally["accounts deleted"] += 1

    def _say(self, what: str) -> None:
        if self.leaves:
            self.leaves(what)

    def _token(self, account: Account) -> str:
        return self._dice.choice([value for value, works in account.tokens.items() if works] or [account.token])

    def _number(self) -> str:
        ending = self._dice.randrange(1, 11)
        if self._dice.random() < 0.4:
            return f"999{self._dice.randrange(10**9):09d}{ending:02d}"
        return f"{self._dice.choice(('356', '49', '371'))}{self._dice.randrange(10**8):08d}"

    async def _send_one(self, account: Account) -> None:
        await self._send(account, 1)

    async def _send_many(self, account: Account) -> None:
        if self._large <= 0:
            await self._send(account, self._dice.randint(2, 40))
            return
        self._large -= 1
        self._say("large")
        await self._send(account, int(10 * (self._most / 10) ** self._dice.random()))

    async def _send(self, account: Account, size: int) -> None:
        self._count += 1
        sms, dice = self._dice.random() < 0.25, self._dice
        key = f"{self.prefix}-{self._count}"
        numbers = list({self._number(): None for _ in range(size)})
        document: dict[str, Any] = {
            "job_id": key,
            "destinations": [{"number": each, "custom_id": f"{key}/{at}"} for at, each in enumerate(numbers)],
        }
        if sms or dice.random() < 0.6:
            document["sms_content"] = {"message": "Hello"}
        if not sms and ("sms_content" not in document or dice.random() < 0.6):
            document["im_content"] = [self._im(channel) for channel in dice.sample(("VIBER", "WHATSAPP", "RCS"), 2)]
        sent = Sent(key=key, path="/1/sms" if sms else "/1/im", numbers=numbers)
        if dice.random() < 0.7:
            sent.callback_url = document["callback_url"] = f"{self._receivers}/{account.tag}/{self._count}"
        if not sms and dice.random() < 0.5:
            sent.reply_url = document["reply_url"] = f"{self._receivers}/{account.tag}/{self._count}r"
        life = account.life
        life.sent[key] = sent
        _, told = await self._client.call("POST", sent.path, document, self._token(account))
        sent.api_job_id = told["api_job_id"]
        sent.messages = {number: each["message_id"] for number, each in told["results"].items()}
        life.ids += list(sent.messages.values())[:50]
        self._facts.tally["messages"] += len(numbers)
        self._facts.check(told["client_job_id"] == key, f"the answer to {key} is about {told['client_job_id']}")
        self._facts.check(set(sent.messages) == set(numbers), f"the answer to {key} has other numbers")

    def _im(self, channel: str) -> dict[str, Any]:
        action = {"title": "Go", "target_url": "http://shop.example/"}
        return {"channel": channel, "content": "Hello", "actions": [action], "track_clicks": True, "ttl": 15}

    async def _send_code(self, account: Account) -> None:
        self._count += 1
        ref, number = f"2fa-{self.prefix}-{self._count}", f"356{self._dice.randrange(10**8):08d}"
        sent = Sent(key=ref, path="/1/2fa", numbers=[number])
        document = {"client_ref": ref, "phone_number": number}
        if self._dice.random() < 0.5:
            sent.callback_url = document["callback_url"] = f"{self._receivers}/{account.tag}/{self._count}"
        account.life.sent[ref] = sent
        _, told = await self._client.call("POST", "/1/2fa", document, account.token)
        sent.api_job_id, sent.messages = told["api_job_id"], {number: told["result"]["message_id"]}
        account.life.ids.append(told["result"]["message_id"])

    async def _try_code(self, account: Account) -> None:
        sent = [each for each in account.life.sent.values() if each.path == "/1/2fa" and each.known]
        if not sent or account.tokens.get(account.token) is not True:
            return
        each = self._dice.choice(sent)
        code = (await self._client.get(f"{account.path}/codes?to={each.numbers[0]}"))["code"]
        _, told = await self._client.call("POST", f"/1/2fa/{each.key}/{code}", token=account.token)
        if told["result_info"]["status_code"] == 0:
            self._facts.check(each.key not in account.life.used, f"the code of {each.key} was valid twice")
            account.life.used[each.key] = code

    async def _ask(self, account: Account) -> None:
        if account.life.ids:
            message = self._dice.choice(account.life.ids)
            _, told = await self._client.call("GET", f"/1/im/status/{message}", token=self._token(account))
            item = told["data"][0]
            account.life.lines.add((message, item["type"], item["status"], item["micro_timestamp"]))

    async def _reply(self, account: Account) -> None:
        if account.life.ids:
            message = self._dice.choice(account.life.ids[-40:])
            path = f"{account.path}/messages/{message}/reply"
            status, told = await self._client.call("POST", path, {"text": "Yes"}, good=(201, 409))
            if status == 201:
                self._facts.check(
                    told["reply_message_id"] not in account.life.replies,
                    f"reply id {told['reply_message_id']} of {account.tag} was given twice",
                )
                account.life.replies[told["reply_message_id"]] = (message, told["callback_id"])

    async def _click(self, account: Account) -> None:
        if account.life.ids:
            message = self._dice.choice(account.life.ids[-40:])
            path = f"{account.path}/messages/{message}/click"
            status, told = await self._client.call("POST", path, {}, good=(201, 409))
            account.life.clicked[message] += status == 201 and told["logged"]

    async def _advance(self, account: Account) -> None:
        target: dict[str, Any] = {"by": self._dice.choice(_SPANS)}
        if account.mode == "frozen" and self._dice.random() < 0.35:
            target = {"until": self._dice.choice(("idle", "next", "next"))}
        self._count += 1
        way, by = self._count, parse_duration(target["by"]) if "by" in target else None
        account.moving[way] = by
        self._say("advance")
        status, told = await self._client.call("POST", f"{account.path}/clock/advance", target, good=(200, 409))
        if status != 200:  # it may have come some of the way
            return
        gone = parse_instant(told["now"]) - parse_instant(told["from"])
        self._facts.check(by is None or gone == by, f"an advance by {target} went {gone} us: {account.tag}")
        del account.moving[way]
        account.moved += gone
        account.is_shown(told["now"])
        account.life.events.update(map(_event, told["events"]))

    async def _misuse(self, account: Account) -> None:
        body: Any = {"destinations": [{"number": "avc"}], "sms_content": {"message": "Hi"}}
        body, status = self._dice.choice(((body, 403), (b"{", 400)))
        await self._client.call("POST", "/1/im", body, self._token(account), good=(status,))

    async def _play(self, account: Account) -> None:
        name = self._dice.choice((*_SCENARIOS, "flaky-receiver"))
        account.life.faulty |= name == "flaky-receiver"
        await self._client.call("PUT", f"{account.path}/scenario", name)

    async def _add_token(self, account: Account) -> None:
        if len(account.tokens) > 12:
            return
        value = f"crash-{self._dice.getrandbits(64):016x}"
        account.tokens[value] = None
        await self._client.call("POST", f"{account.path}/tokens", _TOKEN_WISH | {"token": value}, good=(201,))
        account.tokens[value] = True

    async def _drop_token(self, account: Account) -> None:
        values = [each for each, works in account.tokens.items() if works and each != account.token]
        if not values or account.users > 1:  # who sends with it just now may be refused
            return
        value = self._dice.choice(values)
        account.tokens[value] = None  # nobody sends with it from here on
        await self._client.call("DELETE", f"{account.path}/tokens/{value}", good=(204,))
        account.tokens[value] = False


def _event(told: dict[str, Any]) -> tuple[Any, ...]:
    if told["kind"] == "status":
        return ("status", told["message_id"], told["type"], told["status"], told["at"])
    if told["kind"] == "attempt":
        return ("attempt", told["callback_id"], told["attempt"], told["outcome"], told["at"])
    return (told["kind"], told["message_id"], told["at"], told.get("callback_id"))


async def until_killed(load: Load, clients: int) -> None:
    """So many clients, until each has found nobody there."""
    await asyncio.gather(*(load.work() for _ in range(clients)))

"""Whether memory is bounded: messages by the million through accounts that keep no more than their limits.

Three accounts, on a real clock, on one that runs 60 times as fast, and on a frozen one that is advanced again and
again, get sends of one, of a hundred and of 50,000 destinations, codes with their checks, and status reads. Some ask
for reports, which a receiver answers with 200. So whole lives come to rest, and are evicted.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Final

import orjson

from benchmarks import bodies
from benchmarks.load import Connection, ask, body_of, connect
from benchmarks.receiver import Received, receiving
from benchmarks.servers import Served, mock_amp, quiet, served
from benchmarks.soak import samples
from benchmarks.soak.part import Part, Say, Verdict
from benchmarks.soak.samples import Sample

MOST: Final = 1.10
"""How many times the memory at the point where retention first holds is still level."""

_AHEAD: Final = 0.02
_EACH: Final = 10_000
"""Messages of the frozen account after which its clock is advanced."""
_SHARES: Final = (("one", 0.10), ("code", 0.01), ("hundred", 0.29), ("bulk", 0.60))
_WORKERS: Final = {"one": 2, "code": 1, "hundred": 1, "bulk": 1}
_CLOCKS: Final = ("real", "scaled", "frozen")


@dataclass(slots=True)
class Account:
    """Whom messages are sent through, and how many were accepted."""

    clock: str
    path: str
    token: str
    accepted: int = 0
    numbers: "count[int]" = field(default_factory=lambda: count(35_600_000_000))


@dataclass(slots=True)
class Lot:
    """So many messages of an account, sent `size` at a time."""

    account: Account
    kind: str
    budget: int
    size: int
    begun: int = 0
    requests: int = 0

    @property
    def share(self) -> float:
        return self.begun / self.budget


@dataclass(slots=True)
class Load:
    """All that is sent. Lots keep abreast of each other, so that the mix is the same from the beginning to the end."""

    port: int
    receiver: Received
    accounts: Sequence[Account]
    lots: Sequence[Lot]

    @property
    def done(self) -> int:
        return sum(each.accepted for each in self.accounts)

    async def run(self) -> None:
        """Sends all of it, and returns when it is accepted. Raises WrongAnswer for any answer but 200."""
        clocks = [asyncio.create_task(self._advances(each)) for each in self.accounts if each.clock == "frozen"]
        try:
            async with asyncio.TaskGroup() as group:
                for lot in self.lots:
                    for _ in range(_WORKERS[lot.kind]):
                        group.create_task(self._work(lot))
        finally:
            for each in clocks:
                each.cancel()
            await asyncio.gather(*clocks, return_exceptions=True)

    async def rest(self) -> None:
        """Lives through what is left."""
        for account in self.accounts:
            if account.clock == "frozen":
                await self._advance(account, b'{"until":"idle","limit":0}')

    async def _work(self, lot: Lot) -> None:
        line = await connect(self.port)
        try:
            while lot.begun < lot.budget:
                if lot.share > min(each.share for each in self.lots) + max(_AHEAD, lot.size / lot.budget):
                    await asyncio.sleep(0.005)
                    continue
                size = min(lot.size, lot.budget - lot.begun)
                lot.begun += size
                lot.requests += 1
                await self._send(line, lot, size)
        finally:
            line.close()

    async def _send(self, line: Connection, lot: Lot, size: int) -> None:
        account, told = lot.account, self.receiver.url if lot.requests % 4 == 0 else ""
        if lot.kind == "code":
            await self._code(line, account, told)
            return
        if lot.kind == "one":
            answer = await _ask(line, bodies.one(told, account.token, next(account.numbers)))
            account.accepted += 1
            [sent] = orjson.loads(answer)["results"].values()
            await _ask(line, bodies.get(f"/1/im/status/{sent['message_id']}", account.token))
        else:
            await _ask(line, bodies.send(size, told, next(account.numbers), account.token))
            account.accepted += size
            account.numbers = count(next(account.numbers) + size)

    async def _code(self, line: Connection, account: Account, told: str) -> None:
        number = next(account.numbers)
        wanted = {"client_ref": f"login-{number}", "phone_number": str(number), "callback_url": told}
        await _ask(line, bodies.post("/1/2fa", orjson.dumps(wanted), account.token))
        account.accepted += 1
        await _ask(line, bodies.post(f"/1/2fa/login-{number}/123456", b"", account.token))

    async def _advances(self, account: Account) -> None:
        lived = 0
        while True:
            await asyncio.sleep(0.02)
            if account.accepted - lived >= _EACH:
                lived = account.accepted
                await self._advance(account, b'{"by":"10s","limit":0}')

    async def _advance(self, account: Account, body: bytes) -> None:
        await ask(self.port, bodies.post(f"{account.path}/clock/advance", body))


@dataclass(slots=True)
class Watch:
    """The samples so far, and from which of them on all accounts evict."""

    load: Load
    server: Served
    began: float
    taken: list[Sample] = field(default_factory=list)
    holds: Sample | None = None

    async def look(self, say: Say) -> Sample:
        lost = [await self._evicted(each, "messages") for each in self.load.accounts]
        lines = [await self._evicted(each, "requests") for each in self.load.accounts]
        done = self.load.done
        sample = await samples.take(self.server, self.began, done=done, kept=done - sum(lost))
        self.taken.append(sample)
        if self.holds is None and all(lost) and all(lines):
            self.holds = sample
        say(sample)
        return sample

    async def _evicted(self, account: Account, what: str) -> int:
        answer = await ask(self.server.port, bodies.get(f"{account.path}/{what}?limit=1"))
        return int(orjson.loads(answer)["evicted"])


async def soak(say: Say, messages: int, keep: int = 100_000, every: float = 2.0) -> Part:
    """So many messages through one server that keeps `keep` of each account, and as many lines of its journal."""
    flags = ("--clock-rate", "60", "--keep-messages", str(keep), "--keep-requests", str(keep))
    async with receiving(Counting()) as receiver:
        with served(mock_amp(*flags)) as server:
            load = await _load(server, receiver, messages)
            watch = Watch(load, server, time.monotonic())
            start = await watch.look(say)
            async with _watched(watch, say, every):
                await load.run()
            await load.rest()
            await asyncio.to_thread(quiet, server)
            end = await watch.look(say)
    return _part(watch, start, end, messages, keep)


class Counting(Received):
    """A receiver that keeps no more than how many posts it got."""

    posts: int = 0

    def take(self, body: bytes) -> None:  # noqa: ARG002 — it counts, and keeps nothing
        self.posts += 1


async def _load(server: Served, receiver: Received, messages: int) -> Load:
    accounts = [Account("real", "/__admin", bodies.TOKEN)]
    for clock in _CLOCKS[1:]:
        body = orjson.dumps({"clock": {"mode": clock, "rate": 60} if clock == "scaled" else clock})
        opened = orjson.loads(await ask(server.port, bodies.post("/__admin/accounts", body), 201))
        accounts.append(Account(clock, f"/__admin/accounts/{opened['id']}", opened["token"]))
    sizes = {"one": 1, "code": 1, "hundred": min(100, messages // 100), "bulk": min(50_000, messages // 10)}
    lots = [
        Lot(account, kind, max(1, round(messages * share / len(accounts))), max(1, sizes[kind]))
        for account in accounts
        for kind, share in _SHARES
    ]
    return Load(server.port, receiver, accounts, lots)


@asynccontextmanager
async def _watched(watch: Watch, say: Say, every: float) -> AsyncIterator[None]:
    async def look() -> None:
        while True:
            await asyncio.sleep(every)
            await watch.look(say)

    async with asyncio.TaskGroup() as group:
        looking = group.create_task(look())
        yield
        looking.cancel()


def _part(watch: Watch, start: Sample, end: Sample, messages: int, keep: int) -> Part:
    taken = watch.taken
    notes = [f"{name} of the way: RSS {samples.around(taken, at) / 1e6:,.1f} MB" for name, at in _POINTS]
    half = [each for each in taken if each.done >= end.done / 2]
    notes.append(f"over the second half {samples.slope(half):+.2f} bytes of RSS a message")
    if watch.holds is None:
        verdict = Verdict("memory is level", met=None, words="the limits were not reached: too few messages")
    else:
        at = watch.holds.done / end.done
        before, after = samples.around(taken, at), samples.around(taken, 1.0)
        words = f"{after / before:.3f} times what it was when all accounts had begun to evict, at {at:.0%} of the way"
        verdict = Verdict("memory is level", met=after <= MOST * before, words=f"{words}; at most {MOST:g}")
    middle = min(taken, key=lambda each: abs(each.done - end.done / 2))
    return Part(
        name="level",
        title=f"{messages:,} messages, of which each of {len(_CLOCKS)} accounts keeps {keep:,}",
        start=start,
        middle=middle,
        end=end,
        samples=taken,
        verdicts=[verdict],
        notes=notes,
    )


_POINTS: Final = (("10 %", 0.1), ("50 %", 0.5), ("100 %", 1.0))


async def _ask(line: Connection, request: bytes) -> bytes:
    return body_of(await line.ask(request))

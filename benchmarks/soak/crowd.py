"""Whether accounts leave anything behind: thousands that are deleted, and as many that a token opens and that expire.

Each gets a send with reports. The token of a deleted one never comes back (A-4), so that something of it stays in the
store: how much, is told. That of one that has expired is free again.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from benchmarks import bodies
from benchmarks.load import Connection, ask, body_of, connect
from benchmarks.receiver import Received, receiving
from benchmarks.servers import Served, mock_amp, quiet, served
from benchmarks.soak import samples
from benchmarks.soak.ground import Account, delete, open_account
from benchmarks.soak.level import MOST, Counting
from benchmarks.soak.part import Part, Say, Verdict
from benchmarks.soak.samples import Sample

_CONNECTIONS: Final = 4
_PAUSE: Final = 0.015
_PATIENCE: Final = 60.0


@dataclass(slots=True)
class _Run:
    server: Served
    receiver: Received
    say: Say
    begun: int = 0
    done: int = 0
    began: float = field(default_factory=time.monotonic)
    taken: list[Sample] = field(default_factory=list)

    async def look(self) -> Sample:
        sample = await samples.take(self.server, self.began, done=self.done)
        self.taken.append(sample)
        self.say(sample)
        return sample

    async def all(self, count: int, do: Callable[[Connection, int], Awaitable[None]], every: float) -> list[Sample]:
        """Goes through so many accounts; the samples that were taken meanwhile, and when all of them were gone."""
        first, until = len(self.taken), self.begun + count

        async def work() -> None:
            line = await connect(self.server.port)
            try:
                while self.begun < until:
                    self.begun += 1
                    await do(line, self.begun)
                    self.done += 1
            finally:
                line.close()

        async def watch() -> None:
            while True:
                await self.look()
                await asyncio.sleep(every)

        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch())
            await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))
            watching.cancel()
        await self._gone()
        return self.taken[first:]

    async def _gone(self) -> None:
        """Waits until there is no account left but the default one."""
        until = time.monotonic() + _PATIENCE
        while (await self.look()).accounts != 1 and time.monotonic() < until:  # noqa: ASYNC110 — another process tells it
            await asyncio.sleep(1)
        await asyncio.to_thread(quiet, self.server)
        await self.look()

    async def expire(self, line: Connection, at: int) -> None:
        """An account that opens by its first request."""
        body_of(await line.ask(bodies.one(self.receiver.url, f"a-token-for-test-{at:08}", at)))
        await asyncio.sleep(_PAUSE)  # so that there are never more than a thousand or two at a time

    async def bury(self, line: Connection, at: int) -> None:
        account: Account = await open_account(self.server.port, {"clock": "frozen"})
        body_of(await line.ask(bodies.one(self.receiver.url, account.token, at)))
        await ask(self.server.port, bodies.post(f"{account.path}/clock/advance", b'{"until":"idle"}'))
        await delete(self.server.port, account)


async def soak(say: Say, accounts: int, every: float = 2.0, term: float = 4.0) -> Part:
    """So many accounts, half of them of each kind; `term` is how many seconds one is unused before it expires."""
    flags = ("--open-accounts", "--accounts-expire-after", f"{term:g}s")
    async with receiving(Counting()) as receiver:
        with served(mock_amp(*flags)) as server:
            run = _Run(server, receiver, say)
            start = await run.look()
            deleted = await run.all(accounts // 2, run.bury, every)
            expired = await run.all(accounts - accounts // 2, run.expire, every)
    middle, end = deleted[-1], expired[-1]
    before, after = (_rss(expired, low, high) for low, high in ((0.4, 0.6), (0.8, 1.0)))
    words = f"{after / before:.3f} times when nearly all had opened what it was when half had that expire"
    return Part(
        name="accounts",
        title=f"{accounts:,} accounts one after another, half of which are deleted and half expire",
        start=start,
        middle=middle,
        end=end,
        samples=run.taken,
        verdicts=[
            Verdict("memory is level", after <= MOST * before, f"{words}; at most {MOST:g}"),
            Verdict("all are gone", end.accounts == middle.accounts == 1, f"{end.accounts} account is left"),
        ],
        notes=[
            "the store when an account is deleted, whose token never comes back: "
            + _more(start, middle, accounts // 2),
            f"the store when {accounts - accounts // 2:,} have expired, of which there were "
            f"{max(each.accounts or 0 for each in expired):,} at a time: {_more(middle, end, 1)} in all",
        ],
    )


def _more(before: Sample, after: Sample, accounts: int) -> str:
    if before.store is None or after.store is None:
        return "not told"
    return f"{(after.store - before.store) / accounts:+,.0f} bytes" + (" each" if accounts > 1 else "")


def _rss(taken: Sequence[Sample], low: float, high: float) -> float:
    """The middle RSS of the samples within a span of the accounts that were opened."""
    first, last = taken[0].done, taken[-1].done
    some = [each.rss for each in taken if low <= (each.done - first) / max(1, last - first) <= high]
    return statistics.median(some or [taken[-1].rss])

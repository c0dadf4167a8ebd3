"""Whether anything is left behind: a server on a file, polite clients and rude ones, and receivers of every kind.

So many actions are begun a second, whatever became of those before; what a second brings is far below what the server
could bear. When the load has ended, and all that was under way has come to an end, the server has to be as it was.
"""

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from benchmarks import bodies
from benchmarks.load import WrongAnswer, ask
from benchmarks.servers import Served, mock_amp, quiet, served
from benchmarks.soak import samples
from benchmarks.soak.ground import Action, Field, open_account
from benchmarks.soak.part import Part, Say, Verdict
from benchmarks.soak.polite import POLITE
from benchmarks.soak.receivers import Receivers, receiving
from benchmarks.soak.rude import BAD_DAY, RUDE
from benchmarks.soak.samples import Sample
from benchmarks.soak.sockets import GONE

MOST: Final = 1.10
"""How many times what it was in the middle something is at the end that has stayed level."""

_FLAGS: Final = (
    *("--open-accounts", "--accounts-expire-after", "20s", "--callback-timeout", "2s", "--callback-interval", "10s"),
    *("--client-timeout", "5s", "--idle-timeout", "1m"),
)
_MINUTE: Final = 60
_AT_A_TIME: Final = 400
_PATIENCE: Final = 30.0
_LONG: Final = 600.0
"""Seconds after which it makes sense to ask whether something is level."""


@dataclass(slots=True)
class Crowd:
    """The clients: actions that are under way, and what became of the others."""

    ground: Field
    actions: Sequence[Action]
    ended: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    """Polite actions that were not answered as they should be, and how."""
    polite: int = 0
    skipped: int = 0
    _under_way: set["asyncio.Task[None]"] = field(default_factory=set)

    async def come(self, seconds: float, rate: float, *, to_the_end: bool) -> None:
        """Begins so many actions a second; those under way then come to their end, or are ended."""
        weights, began, number = [each.weight for each in self.actions], time.monotonic(), 0
        try:
            while (gone := time.monotonic() - began) < seconds:
                for _ in range(number, int(gone * rate)):
                    number += 1
                    if len(self._under_way) >= _AT_A_TIME:
                        self.skipped += 1
                        continue
                    [action] = self.ground.dice.choices(self.actions, weights)
                    task = asyncio.create_task(self._take(action))
                    self._under_way.add(task)
                    task.add_done_callback(self._under_way.discard)
                await asyncio.sleep(0.01)
            if self._under_way and to_the_end:
                await asyncio.wait(self._under_way, timeout=_PATIENCE + 1)
        finally:
            for each in self._under_way:
                each.cancel()
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _take(self, action: Action) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await action.act(self.ground)
        except (*GONE, TimeoutError, ValueError, WrongAnswer) as problem:
            if action.polite:
                said = str(problem).splitlines() or [""]
                self.wrong[f"{action.name}: {type(problem).__name__} {said[0][:100]}"] += 1
        self.ended[action.name] += 1
        self.polite += action.polite


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """So many seconds of `rate` actions each, a sample `every` so often.

    `settling` seconds later the server has to be as it was: there are retries, leases of accounts, connections that are
    kept for a while. With 0 nobody waits for that, and nobody judges.
    """

    seconds: float
    rate: float = 100.0
    every: float = 5.0
    settling: float = 180.0
    faults: bool = True
    """Without them all clients are polite, though not all receivers are."""

    @property
    def title(self) -> str:
        time_ = f"{self.seconds / 60:g} minutes" if self.seconds >= _MINUTE else f"{self.seconds:g} seconds"
        which = "polite and rude clients, and faults on both legs" if self.faults else "polite clients"
        return f"{time_} of {self.rate:g} actions a second on a file store: {which}"

    @property
    def keep(self) -> int:
        """Messages that accounts keep: so few that all evict before half of the time is over."""
        return max(5_000, min(100_000, round(self.seconds * self.rate / 16)))

    @property
    def keep_requests(self) -> int:
        """Requests, of which those that send many in one have far fewer."""
        return self.keep // 8


async def soak(say: Say, plan: Plan) -> Part:
    """One server as long as that. What it logs is looked at when it has ended."""
    with tempfile.TemporaryDirectory() as scratch:
        file, log = Path(scratch) / "store.db", Path(scratch) / "log"
        async with receiving() as receivers:
            kept = ("--keep-messages", str(plan.keep), "--keep-requests", str(plan.keep_requests))
            with served(mock_amp(*_FLAGS, *kept, "--store", f"sqlite:///{file}"), log) as server:
                crowd = await _crowd(server, receivers, (*POLITE, *RUDE) if plan.faults else POLITE)
                await asyncio.to_thread(quiet, server)
                watch = _Watch(server, crowd.ground, file, say)
                await watch.look()
                async with asyncio.TaskGroup() as group:
                    looking = group.create_task(watch.go_on(plan.every))
                    await crowd.come(plan.seconds, plan.rate, to_the_end=plan.settling > 0)
                    looking.cancel()
                await watch.settle(plan.settling)
        raised = raised_in(log.read_text(encoding="utf-8", errors="replace"))
    return _part(plan, watch.taken, crowd, receivers, raised)


@dataclass(slots=True)
class _Watch:
    server: Served
    ground: Field
    file: Path
    say: Say
    began: float = field(default_factory=time.monotonic)
    taken: list[Sample] = field(default_factory=list)

    async def look(self) -> Sample:
        sample = await samples.take(self.server, self.began, done=self.ground.messages, file=self.file)
        self.taken.append(sample)
        self.say(sample)
        return sample

    async def go_on(self, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            try:
                await self.look()
            except (OSError, WrongAnswer):  # it is full of rude clients for a moment
                continue

    async def settle(self, within: float) -> None:
        """Lives through what is left, and waits until the server is as it was, or for as long as that may take."""
        until = time.monotonic() + within
        idle = bodies.post(f"{self.ground.frozen.path}/clock/advance", b'{"until":"idle","limit":0}')
        while True:
            with suppress(WrongAnswer):  # its receiver hangs: the attempt has to fail first
                await ask(self.server.port, idle)
            if not what_is_left(self.taken[0], await self.look()) or time.monotonic() > until:
                return
            await asyncio.sleep(2)


async def _crowd(server: Served, receivers: Receivers, actions: Sequence[Action]) -> Crowd:
    frozen = await open_account(server.port, {"clock": "frozen"})
    faulty = [await open_account(server.port, {"clock": clock, "scenario": BAD_DAY}) for clock in ("real", "scaled")]
    dice = Random(42)  # noqa: S311 - a soak is repeatable, and nothing is secret in it
    return Crowd(Field(port=server.port, dice=dice, receivers=receivers.urls, frozen=frozen, faulty=faulty), actions)


def what_is_left(start: Sample, end: Sample) -> dict[str, tuple[int, int]]:
    """What there is more of than at the start: how many there were, and are. What is not told is not looked at."""
    found = {}
    for name in _COUNTED:
        was, is_ = getattr(start, name), getattr(end, name)
        if was is not None and is_ is not None and is_ > was:
            found[name] = (was, is_)
    return found


_COUNTED: Final = ("tasks", "connections", "sockets", "agenda", "posts", "streams", "waiters", "accounts")


def _part(plan: Plan, taken: Sequence[Sample], crowd: Crowd, receivers: Receivers, raised: Counter[str]) -> Part:
    start, end = taken[0], taken[-1]
    loaded = [each for each in taken if each.at <= plan.seconds]
    notes = [
        f"accounts keep {plan.keep:,} messages and {plan.keep_requests:,} requests",
        f"{crowd.ended.total():,} actions, of which {crowd.polite:,} were polite"
        + (f"; {crowd.skipped:,} were left out, since {_AT_A_TIME} were under way" if crowd.skipped else ""),
        "actions: " + ", ".join(f"{name} {times:,}" for name, times in crowd.ended.most_common()),
        "posts: " + ", ".join(f"{name} {times:,}" for name, times in receivers.posts.most_common()),
    ]
    return Part(
        name="faults" if plan.faults else "polite",
        title=plan.title,
        start=start,
        middle=min(loaded, key=lambda each: abs(each.at - plan.seconds / 2)),
        end=end,
        samples=taken,
        verdicts=[
            _nothingwhat_is_left(plan, start, end),
            Verdict("who behaves is served", not crowd.wrong, _wrong(crowd)),
            Verdict("the log has no traceback", not raised, _counted(raised) or "nothing was raised"),
            _level("memory is level", [each.rss for each in loaded], plan),
            _level("the file is level", [each.file for each in loaded], plan),
        ],
        notes=notes,
    )


def _nothingwhat_is_left(plan: Plan, start: Sample, end: Sample) -> Verdict:
    found = ", ".join(f"{name} {was} and {is_}" for name, (was, is_) in what_is_left(start, end).items())
    told = [each for each in _COUNTED if getattr(start, each) is not None]
    words = found or f"{', '.join(told)} are as they were at the start, {end.at - plan.seconds:.0f} s after the load"
    return Verdict("nothing is left", not found if plan.settling else None, words)


def raised_in(log: str) -> Counter[str]:
    """What the tracebacks of a log end with."""
    found: Counter[str] = Counter()
    within = False
    for line in log.splitlines():
        if line.lstrip().startswith("Traceback (most recent call last)"):
            within = True
        elif within and line and not line.startswith((" ", "\t")):
            found[line[:200]] += 1
            within = False
    return found


def _counted(problems: Counter[str]) -> str:
    return "; ".join(f"{times} times {what}" for what, times in problems.most_common(5))


def _wrong(crowd: Crowd) -> str:
    if not crowd.wrong:
        return f"all of {crowd.polite:,} polite actions were answered right"
    return f"{crowd.wrong.total():,} of {crowd.polite:,} polite actions were not: {_counted(crowd.wrong)}"


def _level(name: str, values: Sequence[int], plan: Plan) -> Verdict:
    """By the last tenth of the load against the tenth after its middle."""
    few, half = max(1, len(values) // 10), len(values) // 2
    before, after = (sorted(some)[len(some) // 2] for some in (values[half : half + few], values[-few:]))
    words = f"{after / 1e6:,.1f} MB at the end of the load, {before / 1e6:,.1f} MB in its middle"
    return Verdict(name, after <= MOST * before if plan.seconds >= _LONG else None, words)

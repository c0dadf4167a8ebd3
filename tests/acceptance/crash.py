"""The crash test: a server on one file is killed again and again under load, and an auditor compares (`make crash`)."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - the test throws its own dice, by its seed
from typing import Final

import aiohttp
import click
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.acceptance.crash_audit import Audit
from tests.acceptance.crash_client import Client
from tests.acceptance.crash_facts import CLOCK, Facts, opened
from tests.acceptance.crash_load import MOST, Load, until_killed
from tests.acceptance.crash_receivers import Receivers
from tests.acceptance.processes import ROOT, SERVE

_OLD: Final = 4
"""Audits after which an account is settled, looked at, and deleted: what lives on is looked at again in every round."""

_AT_FIRST: Final = 5
"""Accounts that are there before the first kill."""

_NEVER: Final = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much of it there is. `hurt` may do something to the file while no server has it."""

    rounds: int
    seed: int
    clients: int = 16
    large: int = 6
    """Sends of up to `most` destinations in a round."""
    most: int = MOST
    longest: float = 1.0
    """Seconds of load before a server is killed, at most."""
    moments: tuple[str, ...] = ("", "", "advance", "large")
    """When it is killed: soon after such a call has left, once so many are `answered`, or after a while."""
    calls: int = 100
    hurt: Callable[[Path], None] | None = None


@dataclass(slots=True)
class Report:
    facts: Facts
    starts: list[float] = field(default_factory=list)
    """Seconds from each start to the line that says where it listens."""
    posts: int = 0
    round: int = 0


class Server:
    """One life of the server on the file."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self.process, self.url = process, url

    async def kill(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()


class Crash:
    def __init__(self, plan: Plan, folder: Path, say: Callable[[Report], None] | None) -> None:
        self._plan, self._folder, self._say = plan, folder, say
        self._dice = Random(plan.seed)  # noqa: S311 - no secret
        self.report = Report(Facts())
        self._facts = self.report.facts

    async def run(self) -> Report:
        """Ends at the first round in which something is wrong."""
        async with AsyncExitStack() as stack:
            self._receivers = await stack.enter_async_context(Receivers(self._plan.seed))
            limits = aiohttp.TCPConnector(limit=0)
            session = aiohttp.ClientSession(connector=limits, timeout=aiohttp.ClientTimeout(total=60))
            self._session = await stack.enter_async_context(session)
            server = await self._start()
            stack.push_async_callback(lambda: self._server.kill())
            began = CLOCK.now()
            told = await self._client(server).get("/__admin/accounts/default")
            self._facts.accounts.append(opened(told, began, "default"))
            first = self._loader()
            for _ in range(_AT_FIRST):
                await first.open_account()
            while self.report.round < self._plan.rounds:
                self.report.round += 1
                await self._round()
                if self._say:
                    self._say(self.report)
                if self._facts.problems:
                    return self.report
            await self._end()
        return self.report

    async def _round(self) -> None:
        await self._load()
        await self._bury()
        while self._dice.random() < 0.15:  # it may not even come to an end of its start
            process = await self._spawn()
            await pause(self._dice.uniform(0, 0.8))
            await Server(process, "").kill()
            await self._bury()
            self._facts.tally["killed while starting"] += 1
        if self._plan.hurt:
            self._plan.hurt(self._folder / "store.db")
        await self._start()
        audit = Audit(self._client(self._server), self._facts, self._receivers)
        await audit.everything()
        for account in [each for each in self._facts.open() if each.age >= _OLD and each.id != "default"]:
            await audit.settle(account)
            await self._loader().delete(account)
            self._receivers.posts.pop(account.tag, None)
        self.report.posts = sum(map(len, self._receivers.posts.values()))

    async def _end(self) -> None:
        """Everything comes to rest: nothing may be owed then."""
        audit = Audit(self._client(self._server), self._facts, self._receivers)
        for account in self._facts.open():
            await audit.settle(account)
        self._facts.check(await self._server.stop() == 0, "the server did not stop well")
        log = (self._folder / "server.log").read_text()
        self._facts.check("Traceback" not in log, f"the server's log has a traceback: {log[-3000:]}")

    async def _load(self) -> None:
        """Clients, until somebody kills the server: after a while, or soon after a certain call has left."""
        load, loop, dice = self._loader(), asyncio.get_running_loop(), self._dice
        moment, soon = dice.choice(self._plan.moments), dice.uniform(0, 0.06)
        skip = {"advance": dice.randint(1, 4), "large": dice.randint(1, 2), "answered": self._plan.calls}.get(moment, 0)
        after = self._plan.longest if moment else dice.uniform(0.1, self._plan.longest)
        if "" not in self._plan.moments:
            after = _NEVER

        def kill() -> None:
            load.over = True
            with suppress(ProcessLookupError):
                self._server.process.kill()

        killing = loop.call_later(after, kill)

        def leaves(what: str) -> None:
            nonlocal skip
            if what == moment:
                skip -= 1
                if skip == 0:
                    loop.call_later(soon, kill)

        load.leaves = leaves
        self._facts.tally[f"killed by {moment or 'chance'}"] += 1
        clients = asyncio.create_task(until_killed(load, self._plan.clients))
        clients.add_done_callback(lambda _: kill())  # should all of them have failed
        await self._server.process.wait()
        killing.cancel()
        self._facts.check(
            self._server.process.returncode == -signal.SIGKILL, f"it ended with {self._server.process.returncode}"
        )
        await clients

    async def _bury(self) -> None:
        """Receivers still read what the dead one had written."""
        await pause(0.03)
        self._facts.kills.append(CLOCK.now())
        self._receivers.life += 1

    async def _spawn(self) -> asyncio.subprocess.Process:
        settings = {
            "port": "0",
            "store": f"sqlite:///{self._folder / 'store.db'}",
            "callback-timeout": "500ms",
            "keep-messages": "10000000",
            "keep-requests": "10000000",
            "bundle-window": self._dice.choice(("0s", "0s", "2s")),
            "log-level": "error",
        }
        arguments = [f"--{name}={value}" for name, value in settings.items()]
        with (self._folder / "server.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *SERVE, *arguments, stdout=asyncio.subprocess.PIPE, stderr=log, cwd=ROOT, env={**os.environ}
            )

    async def _start(self) -> Server:
        began = CLOCK.now()
        process = await self._spawn()
        self._server = Server(process, "")
        assert process.stdout is not None
        while line := (await process.stdout.readline()).decode():
            if "/1/im" in line:
                self._server.url = line.split()[-1].removesuffix("/1/im")
            if "to stop" in line:
                self.report.starts.append((CLOCK.now() - began) / 1_000_000)
                return self._server
        raise RuntimeError(f"the server did not start: {(self._folder / 'server.log').read_text()[-2000:]}")

    def _client(self, server: Server) -> Client:
        return Client(self._session, server.url, self._facts)

    def _loader(self) -> Load:
        dice = Random(self._dice.getrandbits(64))  # noqa: S311 - no secret
        client = self._client(self._server)
        return Load(client, self._facts, dice, self._receivers.url, large=self._plan.large, most=self._plan.most)


def crash(plan: Plan, folder: Path, say: Callable[[Report], None] | None = None) -> Report:
    return uvloop.run(Crash(plan, folder, say).run())


async def pause(seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.Event().wait()


@click.command(help="Kill a server again and again under load, and see whether anything is lost or done twice.")
@click.option("--rounds", type=click.IntRange(min=1), default=50, show_default=True, help="How often it is killed.")
@click.option("--seed", type=int, help="Of the load, the answers of receivers and the kills. Drawn unless given.")
@click.option("--clients", type=click.IntRange(min=1), default=16, show_default=True, help="Clients side by side.")
@click.option("--large", type=click.IntRange(min=0), default=6, show_default=True, help="Large sends in a round.")
def main(*, rounds: int, seed: int | None, clients: int, large: int) -> None:
    seed = int.from_bytes(os.urandom(4)) if seed is None else seed
    folder = Path(tempfile.mkdtemp(prefix="mock-amp-crash-"))
    click.echo(f"seed {seed}, on {folder / 'store.db'}", err=True)
    with _progress(rounds) as say:
        report = crash(Plan(rounds=rounds, seed=seed, clients=clients, large=large), folder, say)
    _tell(report, seed, folder)
    if report.facts.problems:
        sys.exit(1)
    shutil.rmtree(folder)


@contextmanager
def _progress(rounds: int) -> Iterator[Callable[[Report], None]]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("rounds", total=rounds)

        def say(report: Report) -> None:
            progress.update(task, completed=report.round, description=f"{report.facts.tally['messages']:,} messages")

        yield say


def _tell(report: Report, seed: int, folder: Path) -> None:
    for what, times in sorted(report.facts.tally.items()):
        click.echo(f"{times:9,}  {what}")
    starts = sorted(report.starts)
    click.echo(f"ready again after {starts[len(starts) // 2]:.2f} s, at most {starts[-1]:.2f} s")
    if not report.facts.problems:
        click.echo(f"{report.round} rounds with seed {seed}: nothing lost, nothing twice, nothing owed")
        return
    click.echo(f"\nround {report.round} of seed {seed}: {len(report.facts.problems)} problems; kept in {folder}")
    for problem in report.facts.problems[:20]:
        click.echo(f"- {problem}")


if __name__ == "__main__":
    main()

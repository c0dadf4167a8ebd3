"""Sends a second of ours beside those of other mock servers, in one run on this machine.

Prism, WireMock, MockServer, Mockoon, mountebank and a stub in FastAPI are fetched by npm and pip into a scratch folder,
at pinned versions, and stay there for the next run. Each is told to answer POST /1/im as ours does, is asked whether it
does, and is then measured in turn with ours and with the bare floor. What cannot be had here is left out with a word.
Servers keep to one core and the load to another. A run takes about five minutes, the first one longer.
"""

import argparse
import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NoReturn

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks import bodies
from benchmarks.load import WrongAnswer, ask
from benchmarks.peers.catalogue import BY_KEY, PEERS, Peer
from benchmarks.peers.measuring import FLOOR, OURS, Contender, judge, one_round, warm_up
from benchmarks.peers.running import running
from benchmarks.peers.scratch import LeftOut, install, is_installed
from benchmarks.peers.telling import print_rows, print_table, write_json
from benchmarks.sends import write_answers
from benchmarks.servers import Served, floor, mock_amp, pin_load, served

_CHECKOUT: Final = Path(__file__).parent.parent.parent
_SCRATCH: Final = _CHECKOUT / "build" / "bench-peers"
_OUT: Final = _CHECKOUT / "docs" / "benchmarks-peers.json"
_WARM: Final = 4.0
_TERMINATED: Final = 128 + signal.SIGTERM
_INTERRUPTED: Final = 128 + signal.SIGINT


@dataclass(slots=True, kw_only=True)
class Run:
    """One run: who takes part, and who does not and why."""

    console: Console
    scratch: Path
    contenders: list[Contender] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def leave_out(self, name: str, reason: str) -> None:
        self.left_out[name] = reason
        self.console.print(f"[yellow]left out[/] {name}: {reason}", highlight=False)

    def drop(self, contender: Contender, reason: str) -> None:
        """Leaves out one that took part so far. Ours and the floor cannot be: without them there is no figure."""
        if contender.key in (OURS, FLOOR):
            raise WrongAnswer(f"{contender.name} failed {reason}")
        self.contenders.remove(contender)
        self.leave_out(contender.name, reason)

    def install(self, peers: Sequence[Peer]) -> dict[str, Path]:
        """Where each peer is that can be had."""
        found = {}
        for each in peers:
            if not is_installed(each, self.scratch):
                self.console.print(f"installing {each.name} {each.version}", highlight=False)
            try:
                found[each.key] = install(each, self.scratch)
            except LeftOut as reason:
                self.leave_out(each.name, str(reason))
        return found

    def start(self, stack: ExitStack, peers: dict[str, Path], answers: Path) -> None:
        """Ours, the floor and the peers, each warm."""
        ours = stack.enter_context(served(mock_amp("--clock", "frozen")))  # peers have no lives to keep time for
        bare = stack.enter_context(served(floor(answers)))
        self._take(_WARM, OURS, OURS, version(OURS), "the normal server, clock frozen", ours)
        self._take(_WARM, FLOOR, "the floor", version("aiohttp"), "a constant, by bare aiohttp", bare)
        answer = json.loads((answers / "one.json").read_bytes())
        openapi = asyncio.run(_openapi(ours.port))
        for key, installed in peers.items():
            peer = BY_KEY[key]
            try:
                server = stack.enter_context(running(peer, installed, self.scratch / "work" / key, answer, openapi))
            except LeftOut as reason:
                self.leave_out(peer.name, str(reason))
                continue
            self._take(peer.warm_up, key, peer.name, peer.version, peer.gives, server)

    def _take(self, warm: float, key: str, name: str, version: str, gives: str, server: Served) -> None:
        self.console.print(f"warming up {name} {version}", highlight=False)
        contender = Contender(key=key, name=name, version=version, gives=gives, server=server)
        self.contenders.append(contender)
        try:
            warm_up(contender, warm)
        except (WrongAnswer, OSError) as error:
            self.drop(contender, f"under load: {str(error)[:200]}")

    def measure(self, rounds: int, seconds: float) -> None:
        columns = (TextColumn("measuring"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console) as progress:
            task = progress.add_task("", total=rounds * len(self.contenders))
            for _ in range(rounds):
                one_round(tuple(self.contenders), seconds, self.drop, lambda: progress.advance(task))


async def _openapi(port: int) -> Any:
    return json.loads(await ask(port, bodies.get("/__admin/openapi.json")))


def main() -> int:
    told = _parser().parse_args()
    signal.signal(signal.SIGTERM, _stop)
    console = Console()
    run = Run(console=console, scratch=told.scratch.absolute())
    peers = run.install(told.only or PEERS)
    pin_load()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        asyncio.run(write_answers(Path(folder), 1))
        run.start(stack, peers, Path(folder))
        run.measure(told.rounds, told.seconds)
        rows = judge(run.contenders)
        print_table(console, run.contenders, run.left_out)
        print_rows(console, rows)
    out = told.out or (None if told.only else _OUT)
    if out:
        write_json(out, run.contenders, rows, run.left_out, told.seconds)
        console.print(f"written to {out}", highlight=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    said = (__doc__ or "").strip()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers", description=said, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    keys = ", ".join(BY_KEY)
    parser.add_argument("--only", type=_peers, metavar="NAMES", help=f"some of them, with commas between: {keys}")
    parser.add_argument("--rounds", type=_positive, default=5, help="rounds in which each is measured once (5)")
    parser.add_argument("--seconds", type=float, default=2.0, help="how long a round loads each server (2)")
    parser.add_argument("--scratch", type=Path, default=_SCRATCH, help="where peers are kept (build/bench-peers)")
    what = "where the figures go as JSON (docs/benchmarks-peers.json; with --only nowhere)"
    parser.add_argument("--out", type=Path, help=what)
    return parser


def _peers(said: str) -> tuple[Peer, ...]:
    names = [each.strip().lower() for each in said.split(",") if each.strip()]
    if unknown := [each for each in names if each not in BY_KEY]:
        raise argparse.ArgumentTypeError(f"there is no peer {', '.join(unknown)}; they are {', '.join(BY_KEY)}")
    return tuple(BY_KEY[each] for each in dict.fromkeys(names))


def _positive(said: str) -> int:
    if not said.isdecimal() or int(said) < 1:
        raise argparse.ArgumentTypeError(f"{said} is not a whole number from 1 on")
    return int(said)


def _stop(*_: object) -> NoReturn:
    raise SystemExit(_TERMINATED)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)

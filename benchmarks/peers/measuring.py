"""The run: all servers up at once, each under load alone, in rounds that take them in turn."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

from benchmarks import bodies
from benchmarks.load import Taken, WrongAnswer, bombard
from benchmarks.model import Row, against, percentile
from benchmarks.peers.catalogue import STUB
from benchmarks.sends import CONNECTIONS
from benchmarks.servers import Served

OURS: Final = "mock-amp"
FLOOR: Final = "floor"

_SLICE: Final = 2.0
_STEADY: Final = 1.03
_STEADY_SLICES: Final = 3
_LONGEST_WARM_UP: Final = 60.0
_IDLE: Final = 0.02
_GLANCE: Final = 0.5
_LONGEST_QUIET: Final = 60.0


@dataclass(slots=True, kw_only=True)
class Contender:
    """A server of the run and what was found about it."""

    key: str
    name: str
    version: str
    gives: str
    """What its answers are made of."""
    server: Served
    first: float = 0.0
    """Requests a second right after its start, before it is warm."""
    warmed: float = 0.0
    """Seconds of load until it became no faster."""
    rounds: list[Taken] = field(default_factory=list)

    @property
    def rates(self) -> list[float]:
        return [each.per_second for each in self.rounds]

    @property
    def slow(self) -> list[float]:
        """Milliseconds that one request of a hundred takes longer than, round by round."""
        return [percentile(each.waits, 0.99) * 1_000 for each in self.rounds]

    def as_json(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "name": self.name,
            "version": self.version,
            "gives": self.gives,
            "first_rate": self.first,
            "warmed_s": self.warmed,
            "rates": self.rates,
            "rate": median(self.rates),
            "p99_ms": self.slow,
        }


def warm_up(contender: Contender, at_least: float) -> None:
    """Load until the server is as fast as it becomes: some compile while they run. Raises WrongAnswer.

    What counts is requests by the CPU time of the server, which others on the machine disturb less than the clock.
    """
    requests, server = bodies.ones(20_000), contender.server
    best, steady = 0.0, 0
    while contender.warmed < _LONGEST_WARM_UP and (contender.warmed < at_least or steady < _STEADY_SLICES):
        before = server.seconds_of_cpu()
        taken = bombard(server.port, requests, CONNECTIONS, _SLICE)
        rate = len(taken.waits) / max(server.seconds_of_cpu() - before, 0.01)
        contender.first = contender.first or taken.per_second
        contender.warmed += _SLICE
        steady = 0 if rate > best * _STEADY else steady + 1
        best = max(best, rate)


def wait_for_quiet(servers: Sequence[Served]) -> None:
    """Until nobody works: ours goes on for a while after a round, with the reports of what it was sent."""
    until = time.monotonic() + _LONGEST_QUIET
    while time.monotonic() < until:
        before = sum(each.seconds_of_cpu() for each in servers)
        time.sleep(_GLANCE)
        if sum(each.seconds_of_cpu() for each in servers) - before <= _IDLE * len(servers):
            return


def one_round(
    contenders: Sequence[Contender], seconds: float, failed: Callable[[Contender, str], None], step: Callable[[], None]
) -> None:
    """Each in turn, alone; whoever answers wrong is reported as failed."""
    requests = bodies.ones(20_000)
    for each in contenders:
        wait_for_quiet([one.server for one in contenders])
        try:
            each.rounds.append(bombard(each.server.port, requests, CONNECTIONS, seconds))
        except (WrongAnswer, OSError) as error:
            failed(each, f"under load: {str(error)[:200]}")
        step()


def judge(contenders: Sequence[Contender]) -> list[Row]:
    """What the issue wants of ours, as far as there is somebody to compare with."""
    by_key = {each.key: each for each in contenders}
    ours = by_key[OURS].rates
    rows = []
    peers = [each for each in contenders if each.key not in (OURS, FLOOR, STUB)]
    if peers:
        fastest = max(peers, key=lambda each: median(each.rates))
        name = f"against the fastest peer, {fastest.name}"
        rows.append(against(name, "requests/s", ours, fastest.rates, "at least", 3))
    if STUB in by_key:
        rows.append(against("against the FastAPI stub", "requests/s", ours, by_key[STUB].rates, "at least", 2))
    return rows

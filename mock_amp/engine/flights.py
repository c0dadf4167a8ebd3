"""What an account has in the air, and in which order it gets there: lanes of waves, and lines before hosts (C-3).

First attempts about one message never overtake each other: they wait in the lane of their job and kind. Retries may
overtake. The places of all accounts are counted too; when they are scarce, accounts take turns. Nothing here is
awaited: who carries a callback is the courier's business.
"""

import asyncio
from bisect import insort
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, NamedTuple

from mock_amp.core.account import Account
from mock_amp.core.bundles import Spans, overlap, size, spans
from mock_amp.core.instants import Instant
from mock_amp.core.records import Callback
from mock_amp.core.retry import Outcome
from mock_amp.core.sabotage import held

_FEW: Final = 8
"""Up to so many spans are put among others one by one."""

_Lane = tuple[int, str]
"""A job's callbacks of one kind: replies do not wait for the receiver of the reports."""


@dataclass(eq=False, slots=True)
class _Wave:
    """First attempts of one job that may be made side by side, once the wave before has been."""

    open: int = 0
    """How many of them have not been made."""
    spans: list[tuple[int, int]] = field(default_factory=list)
    """Which destinations its attempts are about, ascending; no two of them are about the same one."""
    waiting: "list[Trip] | None" = None
    """Those that wait for the wave before; None once that has been."""
    after: "_Wave | None" = None

    def enter(self, spans: Spans) -> None:
        self.open += 1
        if not self.spans or (spans and spans[0] > self.spans[-1]):
            self.spans.extend(spans)
        elif len(spans) <= _FEW:
            for span in spans:
                insort(self.spans, span)
        else:
            self.spans.extend(spans)
            self.spans.sort()


@dataclass(eq=False, slots=True)
class Line:
    """What waits for a place before one host."""

    waiting: "deque[Trip]" = field(default_factory=deque)
    out: int = 0


@dataclass(eq=False, slots=True)
class Trip:
    """One attempt of a callback on its way."""

    account: Account
    """As it stood when the attempt was begun: in another life it is not made."""
    callback: Callback
    line: Line
    again: bool = False
    """Whether it was asked for though nothing more is owed."""
    reports: int = 0
    wave: _Wave | None = None
    body: bytes | None = None

    @property
    def number(self) -> int:
        """Which attempt of the callback it is."""
        return self.callback.tried + 1


class Made(NamedTuple):
    """An attempt that has been made, from `began` to `ended` in real time."""

    trip: Trip
    outcome: Outcome
    began: Instant
    ended: Instant


class Places:
    """The places of all accounts together: so many posts may be out at once.

    A place that is free goes to the account that waits longest, and accounts wait only while none is.
    """

    def __init__(self, most: int) -> None:
        self.free = most
        self._waiting: dict[Flight, None] = {}

    @property
    def next(self) -> "Flight | None":
        """Who has waited longest for the place that is free now."""
        return next(iter(self._waiting), None) if self.free > 0 and self._waiting else None

    def take(self, flight: "Flight") -> bool:
        """Whether the account has its place now; if it has not, it waits for one."""
        if self.free > 0 and (not self._waiting or self.next is flight):
            self._waiting.pop(flight, None)
            self.free -= 1
            return True
        self._waiting.setdefault(flight)
        return False

    def forget(self, flight: "Flight") -> None:
        """The account does not wait any more."""
        self._waiting.pop(flight, None)


class Flight:
    """What one account has in the air: at most `most` posts are out at once, and `most_per_host` to one host.

    Of other accounts it knows only that there are so many `places` for all.
    """

    def __init__(self, most_per_host: int, most: int, places: Places) -> None:
        self._most_per_host, self._most, self._places = most_per_host, most, places
        self._lanes: dict[_Lane, _Wave] = {}
        self._lines: dict[str, Line] = {}
        self._free: deque[Line] = deque()
        """The lines in which somebody waits and may go, in turns."""
        self._again: dict[int, deque[Trip]] = {}
        """Attempts that were asked for of one callback are made one after the other."""
        self.over = False
        """Whether it was abandoned."""
        self.carried = 0
        """How many callbacks are under way, whether they are out or wait."""
        self.jobs: Counter[int] = Counter()
        """Of which jobs callbacks are carried, and how many."""
        self.out = 0
        """How many attempts have a place."""
        self.posting: dict[Trip, Instant] = {}
        """Since when (real time) each that has a place waits for its receiver."""
        self.made: list[Made] = []
        """What is to be written down."""
        self.tasks: set[asyncio.Task[None]] = set()
        self.writer: asyncio.Task[None] | None = None
        self.stuck: str | None = None
        """Why what has been made cannot be written down: until it is, nothing more is begun."""
        self.woken = asyncio.Event()
        """Set to have that tried again at once."""
        self.idle, self.rest = asyncio.Event(), asyncio.Event()
        """Whether nothing is carried any more; and whether nothing comes of waiting: idle, or stuck."""

    def enter(self, account: Account, callback: Callback, *, again: bool) -> None:
        """Takes up an attempt of a callback; `again` if nothing more is owed for it."""
        trip = Trip(account, callback, self._line(callback.url), again, size(callback.bundle))
        self.jobs[callback.job] += 1
        self.carried += 1
        if again:
            if callback.key in self._again:
                self._again[callback.key].append(trip)
                return
            self._again[callback.key] = deque()
        elif callback.tried == 0:
            trip.wave = self._join(callback)
            if trip.wave.waiting is not None:
                trip.wave.waiting.append(trip)
                return
        self._stand(trip)

    def take(self) -> Trip | None:
        """The next that has a place; None when there is no place, or nobody waits for one."""
        if not self._free or self.out >= self._most or self.stuck is not None or not self._places.take(self):
            return None
        line = self._free.popleft()
        trip = line.waiting.popleft()
        line.out += 1
        self.out += 1
        if line.waiting and line.out < self._most_per_host:
            self._free.append(line)
        return trip

    def behind(self, trip: Trip, most: int) -> Iterable[Trip]:
        """Those that stand next in the line that a trip came from."""
        return islice(trip.line.waiting, most)

    def leave(self, trip: Trip) -> None:
        """An attempt has been made: its place is free, and those who waited for it may stand in line."""
        line = trip.line
        if line.waiting and line.out == self._most_per_host:
            self._free.append(line)
        line.out -= 1
        self.out -= 1
        self._places.free += 1
        if trip.wave is not None:
            self._ebb(trip.callback, trip.wave)

    def land(self, trip: Trip) -> None:
        """An attempt has been written down, or is given up."""
        callback = trip.callback
        if trip.again:
            if waiting := self._again[callback.key]:
                self._stand(waiting.popleft())
            else:
                del self._again[callback.key]
        self.carried -= 1
        self.jobs[callback.job] -= 1
        if not self.jobs[callback.job]:
            del self.jobs[callback.job]

    def abandon(self) -> None:
        """Nobody stands in line from here on, and what cannot be written down is given up."""
        self.over = True
        self._free.clear()
        self._places.forget(self)
        self.woken.set()

    def clear(self) -> None:
        """Gives back the places of those who had one and never began; nobody carries anything any more."""
        self._places.free += self.out
        self.out = 0

    def _line(self, url: str) -> Line:
        host = url.partition("://")[2].partition("/")[0]
        line = self._lines.get(host)
        if line is None:
            line = self._lines[host] = Line()
        return line

    def _stand(self, trip: Trip) -> None:
        if self.over:
            return
        line = trip.line
        line.waiting.append(trip)
        if len(line.waiting) == 1 and line.out < self._most_per_host:
            self._free.append(line)

    def _join(self, callback: Callback) -> _Wave:
        """The wave of its job in which a first attempt is made: the last, unless that has a message in common.

        One that was held back follows all others, whatever they are about.
        """
        lane, mine = (callback.job, callback.kind), spans(callback.bundle)
        last = self._lanes.get(lane)
        if last is None:
            last = self._lanes[lane] = _Wave()
        elif held(callback) or overlap(mine, last.spans):
            last.after = self._lanes[lane] = _Wave(waiting=[])
            last = last.after
        last.enter(mine)
        return last

    def _ebb(self, callback: Callback, wave: _Wave) -> None:
        """One of a wave has been made; after the last the next wave begins. An empty lane is forgotten."""
        wave.open -= 1
        if wave.open:
            return
        if wave.after is None:
            del self._lanes[callback.job, callback.kind]
            return
        waiting, wave.after.waiting = wave.after.waiting or (), None
        for trip in waiting:
            self._stand(trip)

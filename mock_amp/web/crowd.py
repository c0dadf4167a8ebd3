"""Who is connected, over all doors of a server: how many may be, who makes room for whom, and who has taken too long.

One alarm looks at all connections from time to time, ten times in the shortest patience: a request that comes as a
whole has no timer of its own, and a connection is closed at most a tenth later than it might be. The time is the event
loop's, which is the network's: the clocks of accounts and of tests play no part.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

_LOOKS: Final = 10
"""Looks in a patience."""

_AT_A_TIME: Final = 500
"""Connections that are looked at in a turn of the event loop: it takes a millisecond."""

_NEW: Final = 1.0
"""Seconds in which a connection that has not asked anything yet is about to, and does not have to make room."""

_STEP: Final = 14
"""Bits: an answer is being taken if so many bytes of it (16 KiB), or the rest, have left since the last look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of everything; patience in seconds, 0 for ever."""

    connections: int
    requests: int
    patience: float
    """For a request to come, and for an answer to be taken."""
    idle: float
    """For a connection without a request."""


class Phase(Enum):
    """What a connection is waiting for."""

    IDLE = auto()
    """A request."""
    REQUEST = auto()
    """The rest of one."""
    WORK = auto()
    """Us."""
    ANSWER = auto()
    """That the client takes what was written."""


class Client(Protocol):
    """A connection."""

    since: float
    """When it was made, or answered last."""

    @property
    def phase(self) -> Phase: ...

    @property
    def unsent(self) -> int:
        """Bytes that were written and have not left."""

    def expire(self, phase: Phase) -> None:
        """Ends what has been in this phase for too long."""


class _Look(NamedTuple):
    """How a connection stood when it was looked at, and since when it has looked like that."""

    phase: Phase
    since: float
    steps: int
    at: float


class Crowd:
    """The connections of a server, and how many requests to the service are in work."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.most = bounds.requests
        self.requests = 0
        """In work: from the head that was admitted to the answer."""
        self.refused = 0
        """Connections that there was no room for."""
        self._looks: dict[Client, _Look | None] = {}
        self._silent: OrderedDict[Client, None] = OrderedDict()
        """Who has asked nothing so far, the oldest first."""
        self._rested: OrderedDict[Client, None] = OrderedDict()
        """Who has been answered, the longest ago first. Who is found in work leaves until it has its answer."""
        self._patience: Mapping[Phase, float] = MappingProxyType(
            {Phase.IDLE: bounds.idle, Phase.REQUEST: bounds.patience, Phase.ANSWER: bounds.patience, Phase.WORK: 0.0}
        )
        self._period = min((each for each in self._patience.values() if each), default=0.0) / _LOOKS
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def connections(self) -> int:
        return len(self._looks)

    def enter(self, client: Client) -> bool:
        """Lets a connection in, for whom another that is idle may have to go; False when there is no room."""
        if len(self._looks) >= self.bounds.connections and not self._make_room(client.since):
            self.refused += 1
            return False
        self._looks[client] = None
        self._silent[client] = None
        if self._alarm is None and self._period:
            self._set_alarm()
        return True

    def leave(self, client: Client) -> None:
        """It is no more."""
        self._looks.pop(client, None)
        self._silent.pop(client, None)
        self._rested.pop(client, None)
        if not self._looks and self._alarm:
            self._alarm.cancel()
            self._alarm = None

    def rest(self, client: Client) -> None:
        """It has been answered."""
        try:
            self._rested.move_to_end(client)
        except KeyError:
            if client in self._looks:
                self._silent.pop(client, None)
                self._rested[client] = None

    def look(self, now: float) -> None:
        """Ends what has taken too long."""
        for client in list(self._looks):
            self._look_at(client, now)

    def _look_at(self, client: Client, now: float) -> None:
        phase, since, steps = client.phase, client.since, -(-client.unsent >> _STEP)
        last = self._looks[client]
        if last is None or (phase, since, steps) != last[:3]:
            self._looks[client] = _Look(phase, since, steps, now)
            if phase is Phase.IDLE and client not in self._silent:
                self._rested.setdefault(client)  # who had left for more than a request is back
        elif (patience := self._patience[phase]) and now - last.at >= patience:
            client.expire(phase)

    def _make_room(self, now: float) -> bool:
        """Closes the connection that has been idle for longest; never one with a request."""
        found = [each for each in (self._oldest(self._silent, now - _NEW), self._oldest(self._rested, now)) if each]
        if not found:
            return False
        eldest = min(found, key=lambda each: each.since)
        self._silent.pop(eldest, None)
        self._rested.pop(eldest, None)
        eldest.expire(Phase.IDLE)
        return True

    def _oldest(self, order: OrderedDict[Client, None], until: float) -> Client | None:
        while order:
            client = next(iter(order))
            if client.phase is Phase.IDLE:
                return client if client.since <= until else None
            del order[client]
        return None

    def _set_alarm(self) -> None:
        self._alarm = asyncio.get_running_loop().call_later(self._period, self._ring)

    def _ring(self) -> None:
        self._set_alarm()
        self._look_on(iter(list(self._looks)))

    def _look_on(self, clients: Iterator[Client]) -> None:
        """Looks at some, and lets requests come in between before it looks at more."""
        loop, some = asyncio.get_running_loop(), list(islice(clients, _AT_A_TIME))
        for client in some:
            if client in self._looks:
                self._look_at(client, loop.time())
        if len(some) == _AT_A_TIME:
            loop.call_soon(self._look_on, clients)

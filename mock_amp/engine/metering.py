"""What is counted, and how things stand, for `/metrics` and `/readyz`.

The counts are plain numbers: whoever serves a request does no more than add to one.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from mock_amp.core.account import DEFAULT_ACCOUNT
from mock_amp.core.clock import ClockMode
from mock_amp.core.instants import SECOND
from mock_amp.core.records import Figures, News, Turn
from mock_amp.engine.events import Events
from mock_amp.engine.journal import Reply
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.waiting import Waiting
from mock_amp.engine.world import World
from mock_amp.ports import Books, StoreFailed

OTHER: Final = "other"
"""The path of requests that no endpoint takes."""

OK: Final = "ok"


class Meter:
    """Counts since the server started. Keys are of a bounded kind: paths of endpoints, rules, channels, outcomes."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.requests: Counter[tuple[str, int]] = Counter()
        self.refusals: Counter[str] = Counter()
        self.turns: Counter[tuple[str, str]] = Counter()
        self.attempts: Counter[str] = Counter()

    def answered(self, path: str, reply: Reply) -> None:
        """A request of the emulated service has its answer; `path` is the endpoint's pattern."""
        self.requests[path, reply.status] += 1
        if reply.rule:
            self.refusals[reply.rule] += 1

    def hear(self, news: Sequence[News]) -> None:
        """Counts what was committed."""
        for each in news:
            detail = each.detail
            if type(detail) is Turn:
                self.turns[detail.entry.channel, detail.entry.status] += detail.size
            elif detail and each.kind == "attempt":
                self.attempts[str(detail)] += 1


class Gauges(NamedTuple):
    """How things stand now; `lag` in seconds. What the store cannot tell is None."""

    trouble: str | None
    figures: Figures | None
    lag: float | None
    posting: int
    streams: int
    waiting: int


class Health:
    """How things stand, for those who watch the server."""

    def __init__(self, world: World, timeline: Timeline, events: Events, waiting: Waiting) -> None:
        self._world, self._timeline, self._events, self._waiting = world, timeline, events, waiting
        self.stopping = False
        """From when on the server takes leave, and only finishes what is in flight."""

    def checks(self) -> dict[str, str]:
        """What has to be right for the server to be of use, each `ok` or what is wrong."""
        return {
            "store": self._store(),
            "timeline": OK if self._timeline.walking else "nobody lives through what falls due",
            "serving": "the server is stopping" if self.stopping else OK,
        }

    def gauges(self) -> Gauges:
        trouble, figures, lag = self._world.store.trouble(), None, None
        try:
            figures, lag = self._world.store.read(lambda books: (books.figures(), self._lag(books)))
        except StoreFailed as error:
            trouble = str(error)
        return Gauges(
            trouble=trouble,
            figures=figures,
            lag=lag,
            posting=self._timeline.courier.posting,
            streams=self._events.readers,
            waiting=self._waiting.waiters,
        )

    def _store(self) -> str:
        if trouble := self._world.store.trouble():
            return trouble
        try:
            found = self._world.store.read(lambda books: books.accounts.count() and books.accounts.get(DEFAULT_ACCOUNT))
        except StoreFailed as error:
            return f"it does not answer: {error}"
        return OK if found else "the default account is not there"

    def _lag(self, books: Books) -> float:
        """How late the oldest row is that a clock has come to by itself."""
        now, late = self._world.clock.now(), 0.0
        for key, at in books.agenda.heads():
            account = books.accounts.by_key(key)
            if account is None or account.clock.pinned or account.clock.mode is ClockMode.FROZEN:
                continue
            rate = account.clock.rate if account.clock.mode is ClockMode.SCALED else 1.0
            late = max(late, (account.clock.at(now) - at) / rate)
        return late / SECOND

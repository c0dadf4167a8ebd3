"""What is known of an account between two looks at what it keeps: its room, and what has come about since (D13)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from mock_amp.core.account import Account, Limits
from mock_amp.core.instants import Instant
from mock_amp.core.records import News, Standing, Turn

_BEGINNINGS: Final = frozenset(("callback", "bundle", "parted", "scenario"))
"""News by which nothing comes to rest."""


class Room(NamedTuple):
    """How much may come about in an account before it is worth another look.

    `endings` are counted from the last look at all jobs: then all are looked at again.
    """

    requests: int
    bodies: int
    """Bytes that the journal may still take."""
    messages: int
    endings: int
    until: Instant


@dataclass(slots=True)
class Passed:
    """Jobs that would have to go and have not come to rest: where the last is, how many, with how many messages.

    Each is older than all that were not looked at, so that the next look goes on from there.
    """

    last: int = 0
    jobs: int = 0
    messages: int = 0
    again: int | None = None
    """After so many sends more all are looked at again; None as long as they are looked at."""

    def add(self, jobs: Iterable[Standing]) -> None:
        for job in jobs:
            self.jobs += 1
            self.messages += job.size


@dataclass(slots=True)
class Watch:
    """What has come about in an account since it was looked at; without a room, nobody has looked yet."""

    passed: Passed = field(default_factory=Passed)
    endings: int = 0
    births: int = 0
    """Both are counted from the last look at all jobs; `births` are the cohorts of new jobs."""
    requests: int = 0
    bodies: int = 0
    messages: int = 0
    heard: bool = False
    late: bool = False
    """Whether a job has come about that is older than one that was passed over: a large one takes its time."""
    latest: Instant = field(default=Instant(0))
    room: Room | None = None

    def hear(self, news: News) -> None:
        if news.at > self.latest:
            self.latest = news.at
        self.heard = True
        if news.kind == "request":
            self.requests += 1
            self.bodies += news.part
        elif news.part == 0 and isinstance(news.detail, Turn):
            self.messages += news.detail.size
            self.births += 1
            self.late = self.late or news.detail.job <= self.passed.last
        elif news.kind not in _BEGINNINGS:
            self.endings += 1

    @property
    def full(self) -> bool:
        room = self.room
        return (
            room is None
            or self.requests > room.requests
            or self.bodies > room.bodies
            or self.messages > room.messages
            or self.latest >= room.until
            or self.stirred
        )

    @property
    def stirred(self) -> bool:
        """Whether what was passed over is worth another look."""
        room, passed = self.room, self.passed
        long_ago = passed.jobs > 0 and passed.again is not None and self.births > passed.again
        return room is None or self.late or self.endings > room.endings or long_ago

    def next(self) -> "Watch":
        """The watch from another look on, which begins anew if what was passed over is looked at again."""
        anew = self.stirred or not self.passed.jobs
        return Watch() if anew else Watch(self.passed, self.endings, self.births)


@dataclass(slots=True, kw_only=True)
class Look:
    """One look at an account: how many of its oldest messages are too many, what is too old, what is in the way."""

    account: Account
    limits: Limits
    now: Instant
    excess: int
    newest: int
    """The number of the youngest line of the journal that is too many."""
    bodies: int | None
    """Bytes that its journal has to come down to; None when it has no more."""
    until: Instant
    passed: Passed
    done: bool = False

    @property
    def horizon(self) -> Instant:
        """What is from then or before is too old."""
        return Instant(self.now - self.limits.age) if self.limits.age else Instant(-1)

    def expires(self, at: Instant) -> None:
        """Notes something that stays, and when it will be too old."""
        if self.limits.age and at > self.horizon:
            self.until = min(self.until, Instant(at + self.limits.age))

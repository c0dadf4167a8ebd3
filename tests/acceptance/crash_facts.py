"""What the crash test knows for certain of a server that is killed again and again: what was asked, and answered."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from mock_amp.adapters.clocks import SystemClock
from mock_amp.core.instants import BEFORE_ALL, Instant, parse_instant

CLOCK: Final = SystemClock()
RATES: Final = {"frozen": 0, "real": 1, "scaled": 60}


@dataclass(slots=True, kw_only=True)
class Sent:
    """A send, from before it left. It is `known` to be in the store once it was answered, or an auditor found it."""

    key: str
    """Its job_id; of a code the client_ref."""
    path: str
    numbers: Sequence[str]
    callback_url: str | None = None
    reply_url: str | None = None
    api_job_id: str = ""
    messages: dict[str, str] = field(default_factory=dict)
    """Message ids by number."""

    @property
    def known(self) -> bool:
        return bool(self.messages)


@dataclass(slots=True, kw_only=True)
class Reading:
    """What a clock showed at some real moment between two."""

    shown: Instant
    after: Instant
    before: Instant


@dataclass(slots=True)
class Life:
    """What must be true of an account since it was opened, or reset. Each fact was told by an answer."""

    sent: dict[str, Sent] = field(default_factory=dict)
    void: set[str] = field(default_factory=set)
    """Sends that a kill has swallowed whole: they never come back."""
    ids: list[str] = field(default_factory=list)
    """Of messages that there are."""
    lines: set[tuple[str, str, str, int]] = field(default_factory=set)
    """Message, type, status, and when (in milliseconds)."""
    replies: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Message and callback by the id of the reply."""
    clicked: Counter[str] = field(default_factory=Counter)
    used: dict[str, str] = field(default_factory=dict)
    """Codes that were used up, by client_ref."""
    events: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    """What advances told."""
    journal: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    callbacks: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    faulty: bool = False
    """Whether a scenario tampered with its callbacks."""


@dataclass(slots=True, kw_only=True)
class Account:
    id: str
    token: str
    mode: str
    name: str
    """What its callback URLs call it; with the number of its life."""
    base: Reading | None
    """What its clock showed when it was last read; None: nobody knows since its reset."""
    life: Life = field(default_factory=Life)
    lives: int = 1
    tokens: dict[str, bool | None] = field(default_factory=dict)
    """Whether a token works; None where the answer never came."""
    floor: Instant = BEFORE_ALL
    """The latest that its clock was ever told to show."""
    moved: int = 0
    """How far answered advances moved the clock since it was last read."""
    moving: dict[int, int | None] = field(default_factory=dict)
    """By how much others may have moved it, of which no good answer came; None: as far as there was something due."""
    age: int = 0
    users: int = 0
    closed: bool = False
    ending: str = ""
    """`reset` or `delete` while that is asked for; what came of it is not known if the server is killed."""

    @property
    def path(self) -> str:
        return f"/__admin/accounts/{self.id}"

    @property
    def tag(self) -> str:
        return f"{self.name}.{self.lives}"

    def reads(self, shown: Instant, after: Instant) -> None:
        """Its clock was read anew, and nobody is moving it."""
        self.base = Reading(shown=shown, after=after, before=CLOCK.now())
        self.floor, self.moved = max(self.floor, shown), 0
        self.moving.clear()

    def is_shown(self, text: str) -> None:
        self.floor = max(self.floor, parse_instant(text))

    def begin_again(self) -> None:
        """It was reset: its past does not count."""
        self.life, self.floor, self.base = Life(), BEFORE_ALL, None
        self.lives += 1

    @contextmanager
    def used(self) -> Iterator[None]:
        self.users += 1
        try:
            yield
        finally:
            self.users -= 1


class Facts:
    """All accounts, and what was found to be wrong."""

    def __init__(self) -> None:
        self.accounts: list[Account] = []
        self.gone: list[Account] = []
        self.opening = 0
        """Accounts that were asked for and not answered."""
        self.problems: list[str] = []
        self.tally: Counter[str] = Counter()
        self.kills: list[Instant] = []
        """When each process was ended."""

    def check(self, good: object, problem: str) -> None:
        """Notes a problem unless all is good."""
        if not good:
            self.problems.append(problem)

    def open(self) -> list[Account]:
        return [each for each in self.accounts if not each.closed]


def opened(told: Any, after: Instant, name: str) -> Account:
    """An account as the answer that opened it told it."""
    shown = parse_instant(told["clock"]["now"])
    base = Reading(shown=shown, after=after, before=CLOCK.now())
    account = Account(id=told["id"], token=told["token"], mode=told["clock"]["mode"], name=name, base=base)
    account.floor = shown
    account.tokens[told["token"]] = True
    return account

"""What an account has to be like, written from the wire contract and the design alone: it uses nothing of mock_amp.

Times are whole microseconds. What is due is lived through moment by moment; a moment's reports of a job are one post.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

SECOND: Final = 1_000_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
RETRY: Final = 300 * SECOND
ATTEMPTS: Final = 3
SMS: Final = "SMS"
FAILED: Final = ("UNDELIV", "REJECTD", "EXPIRED")
CODES: Final = {"UNDELIV": 5, "REJECTD": 8, "EXPIRED": 12, "DELETED": 13, "UNKNOWN": 99}
TTL: Final = {SMS: 172_800}
PRICES: Final = {
    "356": {SMS: 300, "VIBER": 180, "WHATSAPP": 320, "RCS": 350},
    "44": {SMS: 350, "VIBER": 220, "WHATSAPP": 450, "RCS": 300},
    "": {SMS: 600, "VIBER": 200, "WHATSAPP": 350, "RCS": 400},
}

Line = tuple[int, str, str, int]
"""When, type, status, error code."""


def shown(at: int) -> str:
    """RFC 3339 with microseconds and Z."""
    return (EPOCH + timedelta(microseconds=at)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: str) -> int:
    """The same, back."""
    return (datetime.fromisoformat(text.replace("Z", "+00:00")) - EPOCH) // timedelta(microseconds=1)


@dataclass(slots=True)
class Message:
    id: str
    to: str
    job: str
    plan: list[str]
    outcome: str
    """`good`, or the last two digits of a magic number."""
    custom_id: str
    timeline: list[Line]
    ahead: list[tuple[int, str, str, int]] = field(default_factory=list)
    reply_at: int | None = None

    @property
    def now(self) -> Line:
        return self.timeline[-1]

    @property
    def channel(self) -> str:
        return self.plan[0] if self.now[1] == "INTERNAL" else self.now[1]

    def enter(self, channel: str, at: int) -> None:
        """A channel begins with the message: what it will report, by its outcome."""
        self.ahead = [(at + after, channel, *what) for after, *what in _steps(self.outcome, channel)]  # type: ignore[misc]

    def step(self, line: Line) -> None:
        """A line of the timeline; what fails goes on to the next channel of the plan (L-4)."""
        self.timeline.append(line)
        at, channel, status, _ = line
        following = self.plan.index(channel) + 1
        if status in FAILED and following < len(self.plan):
            self.enter(self.plan[following], at)
        if self.outcome == "07" and status == "DELIVRD" and channel != SMS:
            self.reply_at = at + 5 * SECOND


def _steps(outcome: str, channel: str) -> list[tuple[int, str, int]]:
    taken = (SECOND // 5, "ACCEPTD", 0)
    ends = {"05": "REJECTD", "06": "UNDELIV", "09": "DELETED", "10": "UNKNOWN"}
    if outcome == "03" and channel != SMS:
        ends["03"] = "UNDELIV"
    if outcome in ends:
        return [taken, (SECOND, ends[outcome], CODES[ends[outcome]])]
    if outcome == "04":
        return [taken, (TTL.get(channel, 86_400) * SECOND, "EXPIRED", CODES["EXPIRED"])]
    delivered = 60 * SECOND if outcome == "08" else SECOND
    seen = [(delivered + 2 * SECOND, "SEEN", 0)] if channel != SMS and outcome != "01" else []
    return [taken, (delivered, "DELIVRD", 0), *seen]


@dataclass(slots=True)
class Post:
    """A callback: what is in it, and how its attempts went. `next_at` is when it is tried again."""

    url: str
    kind: str
    what: frozenset[tuple[object, ...]]
    """Reports as (message_id, type, status, milliseconds, error code), or a reply as (message_id, channel, text)."""
    attempts: list[tuple[int, int | None]] = field(default_factory=list)
    state: str = "due"
    next_at: int | None = None
    tried: int = 0
    """Of the attempts that count."""


@dataclass(slots=True, kw_only=True)
class Job:
    callback_url: str | None
    reply_url: str | None
    product: str


@dataclass(slots=True)
class Account:
    """An account of which everything is known. `answers` says what the receiver behind a URL answers; None: nothing."""

    start: int
    answers: Mapping[str, int | None]
    now: int = 0
    magic: bool = True
    messages: list[Message] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)
    posts: list[Post] = field(default_factory=list)
    replies: list[tuple[int, str, str | None, bool]] = field(default_factory=list)
    """When, whose, the text, and whether it was passed on to anybody."""
    journal: list[tuple[int, str | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.now = self.start

    def fresh(self) -> "Account":
        """As it was opened."""
        return Account(self.start, self.answers)

    def copied(self, start: int) -> "Account":
        """As another account is that takes this over; a reset goes back to that one's own beginning."""
        twin = copy.deepcopy(self)
        twin.answers, twin.start = self.answers, start
        return twin

    def accept(self, job_id: str, job: Job, messages: Sequence[Message]) -> None:
        """A send that was answered 200."""
        self.jobs[job_id] = job
        for each in messages:
            each.enter(each.plan[0], self.now)
        self.messages += messages
        self._owe(job_id, list(messages))

    def plan(self, to: str, ims: Sequence[str], *, sms: bool, low_cost: bool) -> list[str]:
        """The channels in the order in which they are tried (L-3)."""
        channels = [*ims, *([SMS] if sms else [])]
        prices = PRICES[next(each for each in PRICES if to.startswith(each))]
        return sorted(channels, key=prices.__getitem__) if low_cost and ims else channels

    def outcome(self, to: str) -> str:
        return to[-2:] if self.magic and to.startswith("999") and "01" <= to[-2:] <= "10" else "good"

    @property
    def next_at(self) -> int | None:
        """When anything happens next."""
        return min(self.agenda(), default=None)

    def agenda(self) -> list[int]:
        moves = [each.ahead[0][0] for each in self.messages if each.ahead]
        acts = [each.reply_at for each in self.messages if each.reply_at is not None]
        return moves + acts + [each.next_at for each in self.posts if each.next_at is not None]

    def advance(self, to: int) -> None:
        """Lives through everything up to a moment, each thing at its own."""
        while (at := self.next_at) is not None and at <= to:
            self.now = at
            self._live()
        self.now = to

    def idle(self) -> None:
        """Lives until nothing is left to happen."""
        while (at := self.next_at) is not None:
            self.advance(at)

    def force(self, message: Message, status: str) -> None:
        """What comes by hand takes the place of what the channel had still to come (L-4)."""
        channel = message.now[1]
        message.ahead = []
        message.step((self.now, channel, status, CODES.get(status, 0)))
        self._owe(message.job, [message])

    def reply(self, message: Message, text: str | None) -> None:
        self._say(message, text)

    def resend(self, post: Post) -> None:
        """One more attempt of what has come to rest, or the next one brought forward."""
        if post.next_at is not None:
            post.next_at = None
            self._try(post)
            return
        status = self.answers[post.url]
        post.attempts.append((self.now, status))
        post.state = "delivered" if status == 200 else post.state

    def _live(self) -> None:
        moved: dict[str, list[Message]] = {}
        again = [each for each in self.posts if each.next_at == self.now]
        for message in self.messages:
            if message.ahead and message.ahead[0][0] == self.now:
                message.step(message.ahead.pop(0))
                moved.setdefault(message.job, []).append(message)
            elif message.reply_at == self.now:
                message.reply_at = None
                self._say(message, "Thank you for your message.")
        for job, messages in moved.items():
            self._owe(job, messages)
        for post in again:
            post.next_at = None
            self._try(post)

    def _owe(self, job_id: str, messages: Sequence[Message]) -> None:
        """The reports of one moment about one job travel together (C-3); the SMS Gateway tells outcomes alone (C-9)."""
        job = self.jobs[job_id]
        told = [each for each in messages if job.product == "im" or each.now[2] != "ACCEPTD"]
        if job.callback_url and told:
            what = frozenset((each.id, *each.now[1:3], each.now[0] // 1_000, each.now[3]) for each in told)
            self._post(Post(job.callback_url, "report", what))

    def _say(self, message: Message, text: str | None) -> None:
        url = self.jobs[message.job].reply_url
        self.replies.append((self.now, message.id, text, url is not None))
        if url:
            self._post(Post(url, "reply", frozenset({(message.id, message.channel, text)})))

    def _post(self, post: Post) -> None:
        self.posts.append(post)
        self._try(post)

    def _try(self, post: Post) -> None:
        """C-4, C-5: 200 alone counts; three attempts, five minutes apart."""
        status = self.answers[post.url]
        post.attempts.append((self.now, status))
        post.tried += 1
        if status == 200:
            post.state = "delivered"
        elif post.tried < ATTEMPTS:
            post.state, post.next_at = "retrying", self.now + RETRY
        else:
            post.state = "discarded"

"""What handsets do, written down with what is owed for it: the same by script as by a call (Y-1, Y-2, I-9)."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from mock_amp.core.bundles import count, positions_of, split
from mock_amp.core.handset import Silent, answerable, button, delivered_on, text_of, words_seed
from mock_amp.core.identity import message_id
from mock_amp.core.instants import Instant
from mock_amp.core.model import Act, Action, Channel, Cohort, Content, Message, Runs
from mock_amp.core.records import REPLY, Click, Due, HandsetReply, Happening
from mock_amp.engine.contents import content_of
from mock_amp.engine.outbox import owe_reply
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books

CLICK: Final = "click"
SILENT: Final = "silent"

_MOST: Final = 200
"""Acts in one transaction; what a large job does at one moment is done in several, so that others get their turn."""


class Handsets:
    """The handsets of one account within a transaction, as far as they act by script.

    `silent` counts by kind, and by reason in words, what the service says nothing about.
    """

    def __init__(self, world: World, books: Books, numbers: Numbers) -> None:
        self._world, self._books, self._numbers = world, books, numbers
        self._room = _MOST
        self.silent: Counter[tuple[str, str]] = Counter()

    @property
    def tired(self) -> bool:
        """Whether there is no room for another act."""
        return self._room <= 0

    def act(self, due: Due) -> list[Happening]:
        """Does what a row of the agenda says, at its moment, and tells what was written down.

        Destinations for which there is no room any more stay on the agenda, at the same moment.
        """
        account, (number, done) = self._numbers.key, due.part
        cohort = self._books.sending.cohort(account, due.subject)
        _, waiting = split(cohort.members, done)
        runs, later = split(waiting, self._room)
        self._room -= count(runs)
        told = self._play(cohort, number, runs, due.at) if runs else []
        if later:
            again = due._replace(seq=self._numbers.serial(), part=(number, done + count(runs)))
            self._books.agenda.add(account, again)
        return told

    def _play(self, cohort: Cohort, number: int, runs: Runs, at: Instant) -> list[Happening]:
        act = cohort.plan[cohort.leg].acts[number]
        job = self._books.sending.job(self._numbers.key, cohort.job)
        messages = self._messages(job.first, runs)
        if act.kind == REPLY:
            return [self._reply(each, self._text(act, number, each), at) for each in messages]
        content = content_of(job)
        clicks = [self._click(each, content, at) for each in messages]
        return [each for each in clicks if each]

    def _reply(self, message: Message, text: str | None, at: Instant) -> Happening:
        try:
            reply = post_reply(self._world, self._books, self._numbers, message, text, at)
        except Silent as silent:
            self.silent[REPLY, str(silent)] += 1
            reply = keep_reply(self._books, self._numbers, message, text, at, str(silent))
        return Happening(
            at=at,
            kind=REPLY,
            message_id=message_id(message.ordinal, self._world.terms.node),
            type=reply.channel,
            callback=reply.callback,
            outcome=SILENT if reply.silent else None,
        )

    def _click(self, message: Message, content: Content, at: Instant) -> Happening | None:
        try:
            click, action = press(self._books, self._numbers, message, content, at)
        except Silent as silent:
            self.silent[CLICK, str(silent)] += 1
            return None
        if not action.track_clicks:
            self.silent[CLICK, "track_clicks is not on"] += 1
            return None
        return Happening(
            at=click.at,
            kind=CLICK,
            message_id=message_id(message.ordinal, self._world.terms.node),
            type=message.cohort.latest.channel,
        )

    def _text(self, act: Act, number: int, message: Message) -> str | None:
        seed = self._numbers.owner.seed
        if not act.made:
            return text_of(act, number, seed, message.ordinal)
        return self._world.words.make(act.made, act.locale, words_seed(number, seed, message.ordinal))

    def _messages(self, first: int, runs: Runs) -> Iterator[Message]:
        for position in positions_of(runs):
            message = self._books.sending.message(self._numbers.key, first + position)
            if message is None:
                raise LookupError(f"message {self._numbers.key}/{first + position}")
            yield message


def post_reply(
    world: World,
    books: Books,
    numbers: Numbers,
    message: Message,
    text: str | None,
    at: Instant,
    wanted: Channel | None = None,
) -> HandsetReply:
    """A reply with an id of its own, owed to the sender. Raises Silent, and has then written nothing (Y-2)."""
    sent_by = books.accounts.of_token(message.job.token) if message.job.token else None
    channel = answerable(message, sent_by[1] if sent_by else None, wanted)
    ordinal = numbers.ordinals(at)
    owed = owe_reply(world, books, numbers, message, channel, at)
    reply = HandsetReply(
        message=message.ordinal,
        number=_next(books, numbers, message),
        channel=channel,
        text=text,
        at=at,
        ordinal=ordinal,
        callback=owed,
        key=numbers.serial(),
        since=numbers.since,
    )
    books.handsets.add_reply(numbers.key, reply)
    numbers.tell(REPLY, at, reply.message, reply.number)
    return reply


def keep_reply(
    books: Books, numbers: Numbers, message: Message, text: str | None, at: Instant, why: str
) -> HandsetReply:
    """A reply that the sender never hears of, and why; it has no id (Y-2)."""
    reply = HandsetReply(
        message=message.ordinal,
        number=_next(books, numbers, message),
        channel=delivered_on(message.cohort).channel,
        text=text,
        at=at,
        ordinal=0,
        silent=why,
        key=numbers.serial(),
        since=numbers.since,
    )
    books.handsets.add_reply(numbers.key, reply)
    numbers.tell(REPLY, at, reply.message, reply.number)
    return reply


def press(
    books: Books, numbers: Numbers, message: Message, content: Content, at: Instant, wanted: Channel | None = None
) -> tuple[Click, Action]:
    """A click on the action of a message; only one that is tracked is logged. Raises Silent (I-9)."""
    action = button(message, content, wanted)
    click = Click(
        message=message.ordinal,
        number=numbers.serial(),
        at=at,
        title=action.title,
        target_url=action.target_url,
    )
    if action.track_clicks:
        books.handsets.add_click(numbers.key, click)
        numbers.tell(CLICK, at, click.message, click.number)
    return click, action


def _next(books: Books, numbers: Numbers, message: Message) -> int:
    """Which reply to a message comes next, from 1."""
    return len(books.handsets.replies(numbers.key, message.ordinal)) + 1

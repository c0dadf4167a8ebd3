"""What the one accepted request of an account comes to, counted: its channels, its pages, its callbacks."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from mock_amp.core import bundles, handset, routing, templates
from mock_amp.core.account import Account
from mock_amp.core.instants import SECOND
from mock_amp.core.model import Channel, Cohort, Content, Entry, Job, Leg, Message, Status
from mock_amp.core.records import ALL, Page
from mock_amp.engine.contents import content_of
from mock_amp.engine.world import World
from mock_amp.ports import Books

_PAGE: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A channel of a plan, in its place: whom the message is from, and whether the request said so; `ttl` in seconds.

    `why` is what in the scenario decides about the channel.
    """

    channel: str
    sender: str
    sender_filled_in: bool
    ttl: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """How many messages are tried on these channels, one after the other until one works."""

    count: int
    channels: tuple[Stop, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A channel of the token that no message is tried on, and why."""

    channel: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """The callbacks of a kind that would be posted to a URL, and how many reports or replies are in them."""

    kind: str
    url: str
    count: int
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """What an accepted request comes to. `pages` is how many messages take so many pages, where SMS may carry them."""

    count: int
    routes: tuple[Route, ...]
    left_out: tuple[LeftOut, ...]
    encoding: str | None
    pages: Mapping[int, int]
    callbacks: tuple[Posts, ...]


class Summing:
    def __init__(self, world: World) -> None:
        self._world = world

    def messages(self, account_id: str) -> Messages | None:
        """Of an account that has sent once at most, and whose clock has come to the end of it. Raises NoSuch.

        None when it has sent nothing: a check of a code is accepted too, and no message comes of it.
        """
        account = self._world.account(account_id)
        return self._world.store.read(lambda books: _messages(books, account))


def _messages(books: Books, account: Account) -> Messages | None:
    cohorts = books.sending.cohorts(account.key)
    if not cohorts:
        return None
    job = books.sending.job(account.key, cohorts[0].job)
    content = content_of(job)
    routes: Counter[tuple[Stop, ...]] = Counter()
    for cohort in cohorts:
        routes[tuple(_stop(leg, content) for leg in cohort.plan)] += bundles.count(cohort.members)
    pages, encoding = _pages(books, account, job, cohorts, content)
    return Messages(
        count=job.size,
        routes=tuple(Route(count=count, channels=channels) for channels, count in routes.most_common()),
        left_out=tuple(LeftOut(channel=channel, why=why) for channel, why in job.left_out),
        encoding=encoding,
        pages=dict(sorted(pages.items())),
        callbacks=tuple(_posts(books, account)),
    )


def _stop(leg: Leg, content: Content) -> Stop:
    return Stop(
        channel=leg.channel,
        sender=leg.sender,
        sender_filled_in=leg.channel is not Channel.INTERNAL and not _said(leg.channel, content),
        ttl=leg.ttl // SECOND,
        why=leg.why,
    )


def _said(channel: Channel, content: Content) -> str | None:
    """The sender that the request names for a channel."""
    if channel is Channel.SMS:
        return content.sms.sender_id if content.sms else None
    return None if content.ubiquity else routing.im_on(content, channel).sender_id


def _pages(
    books: Books, account: Account, job: Job, cohorts: Sequence[Cohort], content: Content
) -> tuple[Counter[int], str | None]:
    """How many messages take so many pages as SMS, and the encoding; where all have one text, one message tells."""
    found: Counter[int] = Counter()
    encoding: str | None = None
    carried = {each.key for each in cohorts if any(leg.channel is Channel.SMS for leg in each.plan)}
    if not carried:
        return found, None
    alike = not templates.keys_of(routing.text_on(content, Channel.SMS)[0])
    total = sum(bundles.count(each.members) for each in cohorts if each.key in carried)
    asked = (Entry(job.accepted_at, Channel.SMS, Status.ACCEPTD, 0, ""),)
    for message in _every(books, account):
        if message.cohort.key not in carried:
            continue
        screen = handset.screen(replace(message, cohort=message.cohort._replace(timeline=asked)), content)
        encoding = screen.encoding
        if screen.pages is not None:
            found[screen.pages] += total if alike else 1
        if alike:
            break
    return found, encoding


def _every(books: Books, account: Account) -> Iterator[Message]:
    after = None
    while page := books.sending.messages(account.key, ALL, Page(after=after, limit=_PAGE)):
        yield from page
        after = page[-1].ordinal


def _posts(books: Books, account: Account) -> Iterator[Posts]:
    callbacks: Counter[tuple[str, str]] = Counter()
    items: Counter[tuple[str, str]] = Counter()
    after = 0
    while page := books.callbacks.page(account.key, Page(after=after, limit=_PAGE)):
        for each in page:
            callbacks[each.kind, each.url] += 1
            items[each.kind, each.url] += bundles.size(each.bundle) or 1
        after = page[-1].key
    for (kind, url), count in callbacks.items():
        yield Posts(kind=kind, url=url, count=count, items=items[kind, url])

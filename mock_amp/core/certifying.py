"""The battery against a receiver: what each check posts, what is right, and what a person can do about it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import Any, Final

from mock_amp.core import probes
from mock_amp.core.instants import SECOND, Duration
from mock_amp.core.probes import Making, Post

BOUND: Final = Duration(60 * SECOND)
"""Real time that the whole battery takes at most."""

USUAL_TIMEOUT: Final = Duration(5 * SECOND)


class Target(StrEnum):
    """Which URL of the receiver a check posts to."""

    REPORTS = "callback_url"
    REPLIES = "reply_url"


class Right(Enum):
    """Which answers are right. Only 200 delivers (C-4)."""

    EACH = "each post answered 200"
    LAST = "the last post answered 200"
    ANY = "each post answered somehow"


class When(Enum):
    """When a check belongs to the battery without being asked for."""

    ALWAYS = "always"
    HTTPS = "if the URL is https"
    ASKED = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A row of the battery. `advice` is what to do when it fails."""

    name: str
    title: str
    rule: str
    posts: Callable[[Making], Sequence[Post]]
    expected: str
    advice: str
    right: Right = Right.EACH
    target: Target = Target.REPORTS
    when: When = When.ALWAYS

    @property
    def gives_up(self) -> bool:
        """Whether a post without an answer has decided already."""
        return self.right is not Right.LAST


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be certified; `only` names checks, none stand for the usual ones."""

    callback_url: str
    reply_url: str | None = None
    timeout: Duration = USUAL_TIMEOUT
    only: tuple[str, ...] = ()

    def url(self, check: Check) -> str | None:
        return self.callback_url if check.target is Target.REPORTS else self.reply_url

    def wants(self, check: Check) -> bool:
        """Whether a check belongs to the battery."""
        if self.only:
            return check.name in self.only
        url = self.url(check)
        if url is None or check.when is When.ASKED:
            return False
        return check.when is When.ALWAYS or is_https(url)


def is_https(url: str) -> bool:
    return url.lower().startswith("https:")


def battery(wish: Wish, made: Making) -> Iterator[tuple[Check, Making]]:
    """The checks that a wish comes to, in their order, each with what its bodies are made from."""
    for number, check in enumerate(CHECKS):
        if wish.wants(check):
            yield check, replace(made, number=number)


def _reply_check(name: str, title: str, rule: str, posts: Callable[[Making], Sequence[Post]], **words: Any) -> Check:
    return Check(name=name, title=title, rule=rule, posts=posts, target=Target.REPLIES, **words)


CHECKS: Final = (
    Check(
        name="certificate",
        title="A certificate that can be trusted",
        rule="C-6",
        posts=probes.single,
        expected="a TLS connection, and any answer",
        advice="Serve the whole chain, for the host name in the URL, not expired. For a CA of your own in tests there "
        "is the setting callback-ca.",
        right=Right.ANY,
        when=When.HTTPS,
    ),
    Check(
        name="single",
        title="One report",
        rule="C-4",
        posts=probes.single,
        expected="exactly 200",
        advice="Answer 200 as soon as the report is safe; the body of the answer does not matter.",
    ),
    Check(
        name="bundled",
        title="Ten reports in one POST",
        rule="C-3",
        posts=lambda made: probes.bundle(made, 10),
        expected="exactly 200",
        advice="Go through all of data: reports of one job that fall due together share a POST.",
    ),
    Check(
        name="large",
        title="500 reports in one POST",
        rule="C-3",
        posts=lambda made: probes.bundle(made, 500),
        expected="exactly 200",
        advice="Raise the limit on the size of a body, and store first, work later: a POST has up to 1,000 reports.",
    ),
    Check(
        name="duplicate",
        title="The same report twice",
        rule="C-5",
        posts=probes.twice,
        expected="200 to both",
        advice="Reports come at least once: an answer that was lost is followed by the same body. Answer 200 to what "
        "you have already.",
    ),
    Check(
        name="out-of-order",
        title="SEEN before DELIVRD",
        rule="C-3",
        posts=probes.out_of_order,
        expected="200 to both",
        advice="A retry may arrive after later reports. Keep the report whose micro_timestamp is the latest and answer "
        "200 to the others.",
    ),
    Check(
        name="non-ascii",
        title="Ids with umlauts, Chinese and emoji, as raw UTF-8",
        rule="C-1",
        posts=probes.non_ascii,
        expected="exactly 200",
        advice="Read the body as UTF-8, and keep client_job_id and client_message_id in columns that hold all of it.",
    ),
    Check(
        name="unknown-key",
        title="Keys that are in no document",
        rule="C-2",
        posts=probes.unknown_key,
        expected="exactly 200",
        advice="Skip keys that you do not know: bodies may grow.",
    ),
    Check(
        name="unknown-status",
        title="A status BUFFERED, and a type SIGNAL",
        rule="L-1",
        posts=probes.unknown_status,
        expected="200 to both",
        advice="Keep or skip a status or type that you do not know, but answer 200: the list may grow.",
    ),
    Check(
        name="slow-network",
        title="A body that takes two seconds to arrive",
        rule="C-4",
        posts=lambda made: probes.slow(made, Duration(2 * SECOND)),
        expected="200, once the whole body is there",
        advice="Wait for the whole body; look at the time-out on reading of your server and of the proxy before it.",
    ),
    Check(
        name="retry",
        title="The same body once more, whatever was answered first",
        rule="C-5",
        posts=probes.twice,
        expected="200 to the second",
        advice="An attempt that failed is followed by the same body; take it as if the first had never come.",
        right=Right.LAST,
    ),
    Check(
        name="in-time",
        title="Three reports, each answered in time",
        rule="C-4",
        posts=probes.thrice,
        expected="200 to each, well within the time-out",
        advice="Store the report, answer, and do the work after that.",
    ),
    Check(
        name="two-factor",
        title="A report about a two-factor code, in the older shape",
        rule="C-10",
        posts=probes.two_factor,
        expected="exactly 200",
        advice="timestamp has milliseconds here and micro_timestamp microseconds; client_message_id is the client_ref.",
        when=When.ASKED,
    ),
    _reply_check(
        "reply",
        "One reply",
        "Y-1",
        probes.reply,
        expected="exactly 200",
        advice="Replies are delivered like reports: answer 200 as soon as the reply is safe.",
    ),
    _reply_check(
        "reply-without-text",
        "A reply that has no text",
        "Y-1",
        lambda made: probes.reply(made, None),
        expected="exactly 200",
        advice="message may be empty: the person has sent a picture, say.",
    ),
    _reply_check(
        "reply-retried",
        "The same reply with another req_uuid",
        "Y-3",
        lambda made: probes.reply(made, attempts=2),
        expected="200 to both",
        advice="Know a reply by its reply_message_id, which stays; req_uuid is another one for each attempt.",
    ),
    _reply_check(
        "reply-non-ascii",
        "A reply with umlauts, Chinese and emoji",
        "Y-1",
        lambda made: probes.reply(made, "Schöne Grüße aus 東京 👋🏽"),
        expected="exactly 200",
        advice="Read the body as UTF-8, and keep the text in a column that holds all of it.",
    ),
)
"""The battery, in its order."""

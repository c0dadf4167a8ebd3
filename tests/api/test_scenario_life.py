"""Issue 4: what holds of the whole engine, whatever scenario, sends and receiver hypothesis makes up."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, NamedTuple
from zlib import crc32

import orjson
from hypothesis import given, note, settings
from hypothesis import strategies as st

from mock_amp.adapters.clocks import HandClock
from mock_amp.bootstrap import Server
from mock_amp.core.clock import ClockMode
from mock_amp.core.instants import SECOND, Duration, Instant, parse_duration, parse_instant
from mock_amp.core.listed import What
from mock_amp.core.model import Product
from mock_amp.core.records import Arrival, Page, Unfinished
from mock_amp.core.retry import Answered, Outcome, Unreachable
from mock_amp.core.wanting import Wanted
from mock_amp.engine.opening import Wish
from mock_amp.engine.targets import By, UntilIdle
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.holding import T0, after
from tests.harness import settings as server_settings
from tests.scenarios import (
    CHANNELS,
    FAILURES,
    IMS,
    PREFIXES,
    SCHEMA,
    documents,
    nths,
    one_or_more,
    patterns,
    some,
    windows,
    words,
)

ALL: Final = Page(limit=10_000)
HANDED_ON: Final = ("UNDELIV", "REJECTD", "EXPIRED")
"""After these the next channel is tried, if there is one (L-4)."""
FIVE_MINUTES: Final = 300 * SECOND
OUTCOMES: Final = (Answered(200), Answered(500), Answered(204), Unreachable("gone"))
REPORTS: Final = "http://reports.example/"
REPLIES: Final = "http://replies.example/"

Document = dict[str, Any]
Line = tuple[str, str, str]
"""A status line of a message: its id, the channel, the status."""


class Post(NamedTuple):
    """What arrived at the transport, and when by the account's clock."""

    at: Instant
    url: str
    body: bytes


@dataclass(slots=True)
class Receiver:
    """Answers a body by how often it has seen that one; how late depends on the body alone: `pace` 1 is at once."""

    script: Sequence[Outcome]
    pace: int
    posts: list[Post] = field(default_factory=list)
    clock: Callable[[], Instant] = lambda: T0
    _turns: Counter[bytes] = field(default_factory=Counter)

    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:
        for _ in range(crc32(body) % self.pace):
            await HandClock(T0).give_way()
        self.posts.append(Post(self.clock(), url, body))
        if cut:
            return Unreachable("cut")
        self._turns[body] += 1
        return self.script[(crc32(body) + self._turns[body]) % len(self.script)]

    async def close(self) -> None:
        self.posts.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lived:
    """What an account shows when nothing is left to happen."""

    messages: list[Any]
    callbacks: list[Any]
    requests: list[Any]
    agenda: list[Any]
    unfinished: Unfinished
    posts: list[Post]
    sends: dict[str, Document]
    """The send that a message came from, by its id."""


AT_ONCE: Final = {"accepted_after": 0, "delivered_after": 0, "seen_after": 0}
durations = st.sampled_from(["100ms", "800ms", "1s", "5s", "90s", "6m"])
callback_matches = some(
    kind=st.sampled_from(["report", "reply"]),
    channel=one_or_more(["INTERNAL", *CHANNELS]),
    status=one_or_more(["ACCEPTD", "DELIVRD", "SEEN", *FAILURES]),
    url=st.sampled_from([REPORTS, {"prefix": "http://rep"}, {"contains": "replies"}]),
    job_id=patterns,
    product=one_or_more(["im", "sms"]),
    nth=nths,
    share=st.floats(0.01, 1),
)
by_status = some({"status": one_or_more(["ACCEPTD", "DELIVRD", "SEEN"])})
in_time: dict[str, Any] = {
    "fail_first": st.integers(1, 4),
    "cut": st.integers(1, 3),
    "duplicate": st.integers(1, 3),
    "split": st.integers(1, 3),
    "merge": durations,
}
late: dict[str, Any] = {"delay": durations, "drop": st.sampled_from([True]), "reorder": st.sampled_from([True])}


def scripts(**effects: Any) -> st.SearchStrategy[Document]:
    """Whole documents, with callbacks that suffer some of these effects; in some all happens in one moment."""
    plain = some({"name": words}, match=callback_matches | by_status, during=windows)
    faults = st.tuples(plain, some(**effects).filter(bool)).map(lambda both: both[0] | both[1])
    return st.builds(
        lambda document, callbacks, timed: document | timed | {"callbacks": callbacks},
        documents,
        st.lists(faults, max_size=4),
        st.sampled_from([{}, {"defaults": AT_ONCE}, {"defaults": AT_ONCE, "rules": [], "recipients": []}]),
    )


IMAGES: Final = [{"url": "https://pictures.example/harbour.png"}]
ACTIONS: Final = [{"title": "Book", "target_url": "https://harbour.example/book"}]
said = st.sampled_from(["Ready", "Dear {#NAME}", "a" * 50])
smses = some({"message": said}, ttl=st.sampled_from([0, 30, 3_600]))
ttls = st.sampled_from([0, 15, 60, 3_600, 432_000])
item = some({"content": said}, sender_id=st.just("Quay"), actions=st.just(ACTIONS), ttl=ttls)
items = st.dictionaries(st.sampled_from(IMS), item, min_size=1, max_size=5).map(
    lambda them: [{"channel": channel, **each} for channel, each in them.items()]
) | st.tuples(item).map(list)
sections = st.one_of(
    some({"im_content": items, "sms_content": smses}, message_plan=st.sampled_from(["FEATURE_RICH", "LOW_COST"])),
    some({"im_content": items}, message_plan=st.sampled_from(["FEATURE_RICH", "LOW_COST"])),
    some({"message": some({"texts": said.map(lambda text: [{"text": text}])}, images=st.just(IMAGES))}),
    some({"sms_content": smses}),
)
destinations = st.dictionaries(
    st.tuples(st.sampled_from(PREFIXES), st.integers(0, 9)).map(lambda both: f"{both[0]}00000{both[1]}"),
    some({"params": st.just({"NAME": "Ann"})}, custom_id=words),
    min_size=1,
    max_size=12,
).map(lambda them: [{"number": number, **each} for number, each in them.items()])
urls = some(reply_url=st.just(REPLIES)).flatmap(
    lambda reply: st.sampled_from([reply, *[reply | {"callback_url": REPORTS}] * 4])
)
requests = st.builds(
    lambda to, section, url, more: {"destinations": to} | section | url | more,
    destinations,
    sections,
    urls,
    some(job_id=words, promotional=st.booleans(), ttl=ttls),
)
sends = st.lists(requests, min_size=1, max_size=2)
pauses = st.sampled_from([0, SECOND, 400 * SECOND])
answers = st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=4)
seeds = st.integers(0, 3)
bundle_windows = st.sampled_from(["0s", "0s", "700ms"])


async def _live(
    document: Document,
    wanted: Sequence[Document],
    script: Sequence[Outcome],
    *,
    seed: int = 1,
    window: str = "0s",
    pause: int = 0,
    pace: int = 5,
    real: Instant = T0,
) -> Lived:
    """Sends the requests, with a pause after each, to a server of its own, and advances until idle."""
    note(json.dumps(document))
    SCHEMA.validate(document)
    receiver = Receiver(script, pace)
    server = Server(server_settings(bundle_window=window), clock=HandClock(real), transport=receiver)
    services = server.services
    sent: dict[str, Document] = {}
    receiver.clock = lambda: services.world.shown(services.world.account("default"))
    wish = Wish(mode=ClockMode.FROZEN, now=T0, seed=seed, scenario=document)
    await services.opening.open_default(wish, DEFAULT_TOKEN)
    found = services.world.store.read(lambda books: books.accounts.of_token(DEFAULT_TOKEN))
    assert found is not None
    for body in wanted:
        product = _product(body)
        arrival = Arrival(method="POST", path=f"/1/{product}", remote="", token=None, body=orjson.dumps(body))
        answer = await services.sending[product].send(arrival, "default", found[1])
        assert answer.status == 200, answer.body
        sent |= {each["message_id"]: body for each in orjson.loads(answer.body)["results"].values()}
        await services.timeline.advance("default", By(duration=Duration(pause)))
    await services.timeline.advance("default", UntilIdle())
    messages, callbacks, requests = [
        (await services.listing.page("default", Wanted(what=what, criteria=()), ALL))["items"]
        for what in (What.MESSAGES, What.CALLBACKS, What.REQUESTS)
    ]
    return Lived(
        messages=messages,
        callbacks=callbacks,
        requests=requests,
        agenda=services.reading.agenda("default", ALL)["items"],
        unfinished=services.world.store.read(lambda books: books.unfinished()),
        posts=receiver.posts,
        sends=sent,
    )


def _product(body: Document) -> Product:
    """What the body was sent with: an SMS alone without a job_id by the SMS Gateway."""
    return Product.SMS if {"sms_content", "im_content", "job_id"} & body.keys() == {"sms_content"} else Product.IM


def _run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


def _check_messages(lived: Lived) -> None:
    """Every message has come to its end, by a way that the rules allow."""
    assert lived.agenda == []
    assert lived.unfinished == Unfinished(messages=0, callbacks=0)
    assert len(lived.messages) == len(lived.sends)
    for message in lived.messages:
        lines, channels, body = message["timeline"], message["channels"], lived.sends[message["id"]]
        tried = [lines[0]["type"], *(b["type"] for a, b in pairwise(lines) if a["type"] != b["type"])]
        assert message["status"] == lines[-1]["status"] != "ACCEPTD"
        assert len(set(tried)) == len(tried)
        assert [each for each in tried if each != "INTERNAL"] == channels[: len(set(tried) - {"INTERNAL"})]
        assert all(a["at"] <= b["at"] for a, b in pairwise(lines))
        for before, line in pairwise([{}, *lines]):
            assert line["status"] != "SEEN" or before == {**line, "at": before["at"], "status": "DELIVRD"}
        if "message" not in body and body.get("message_plan") != "LOW_COST":
            assert "SMS" not in channels[:-1]
        if message["status"] in HANDED_ON and message["type"] != "INTERNAL":
            assert message["type"] == channels[-1]


def _check_attempts(lived: Lived) -> None:
    """C-4, C-5: at most three attempts five minutes apart; then it is discarded, or was never to be tried."""
    for each in lived.callbacks:
        attempts, faults = each["attempts"], _faults(each)
        assert each["state"] in ("delivered", "discarded")
        outcomes = [attempt["outcome"] for attempt in attempts]
        if "drop" in faults:
            assert (outcomes, each["state"]) == ([], "discarded")
            continue
        assert outcomes == ["failed"] * (len(attempts) - 1) + [outcomes[-1]]
        assert len(attempts) == 3 if each["state"] == "discarded" else 1 <= len(attempts) <= 3
        assert (outcomes[-1] == "delivered") is (each["state"] == "delivered")
        times = [parse_instant(attempt["at"]) for attempt in attempts]
        assert all(b - a == FIVE_MINUTES for a, b in pairwise(times))


def _check_reports(lived: Lived) -> None:
    """C-1: what is to be reported is in one callback, and was posted unless that failed three times or was dropped."""
    owed = {line for message in lived.messages for line in _owed(message, lived.sends[message["id"]])}
    reports = [each for each in lived.callbacks if each["kind"] == "report"]
    assert Counter(
        line for each in reports if "duplicate_of" not in _faults(each) for line in _lines(each["body"])
    ) == Counter(owed)
    heard = {line for post in lived.posts if post.url == REPORTS for line in _lines(orjson.loads(post.body))}
    lost = {line for each in reports if each["state"] == "discarded" for line in _lines(each["body"])}
    assert heard <= owed <= heard | lost


def _check_posts(lived: Lived) -> None:
    """Each attempt that left arrived at its own moment, with the body that the record shows."""
    assert sorted((post.at, post.url, *_key(orjson.loads(post.body))) for post in lived.posts) == sorted(
        (parse_instant(attempt["at"]), each["url"], *_key(each["body"]))
        for each in lived.callbacks
        for attempt in each["attempts"]
        if attempt["injected"] != "fail_first"
    )


def _check_order(lived: Lived, window: Duration) -> None:
    """C-3: first attempts about one message arrive in the order of its timeline, but for what was merged or doubled."""
    place = {
        (message["id"], line["type"], line["status"]): (at, parse_instant(line["at"]))
        for message in lived.messages
        for at, line in enumerate(message["timeline"])
    }
    first = {
        (parse_instant(each["attempts"][0]["at"]), orjson.dumps(each["body"])): "merge" in _faults(each)
        for each in lived.callbacks
        if each["kind"] == "report"
    }
    arrived: dict[str, list[int]] = defaultdict(list)
    for post in lived.posts:
        body = orjson.loads(post.body)
        merged = first.get((post.at, orjson.dumps(body)), True)
        for line in _lines(body) if "data" in body else ():
            at, changed = place[line]
            assert changed <= post.at
            if not merged:
                assert post.at <= changed + window
            if not merged and at not in arrived[line[0]]:
                arrived[line[0]].append(at)
    assert all(places == sorted(places) for places in arrived.values())


def _owed(message: Any, body: Document) -> Iterator[Line]:
    if "callback_url" not in body:
        return
    for line in message["timeline"]:
        if _product(body) is not Product.SMS or line["status"] != "ACCEPTD":
            yield message["id"], line["type"], line["status"]


def _lines(body: Any) -> list[Line]:
    return [(each["message_id"], each["type"], each["status"]) for each in body["data"]]


def _key(body: Any) -> tuple[bytes]:
    """A body, but for what every attempt of a reply has anew."""
    return (orjson.dumps({name: value for name, value in body.items() if name != "req_uuid"}),)


def _faults(callback: Any) -> Document:
    return callback["injected"]["faults"] if callback["injected"] else {}


def _of_each_message(lived: Lived) -> dict[str, list[Post]]:
    """What was posted about each message, in its order."""
    found: dict[str, list[Post]] = defaultdict(list)
    for post in lived.posts:
        body = orjson.loads(post.body)
        told = [each["message_id"] for each in body["data"]] if "data" in body else [body["orig_message_id"]]
        for message_id in told:
            found[message_id].append(post)
    return found


@given(document=scripts(**in_time), wanted=sends, script=answers, window=bundle_windows, pause=pauses, seed=seeds)
@settings(max_examples=120, deadline=None, derandomize=True, database=None)
def test_every_life_keeps_to_the_rules_and_is_told_in_its_order(
    document: Document, wanted: list[Document], script: list[Outcome], window: str, pause: int, seed: int
) -> None:
    """L-2, L-3, C-1 to C-5: with callbacks that fail, break off, are doubled, split and merged."""

    async def live() -> None:
        lived = await _live(document, wanted, script, window=window, pause=pause, seed=seed)

        _check_messages(lived)
        _check_attempts(lived)
        _check_reports(lived)
        _check_posts(lived)
        _check_order(lived, parse_duration(window))

    _run(live)


@given(
    document=scripts(**in_time, **late), wanted=sends, script=answers, window=bundle_windows, pause=pauses, seed=seeds
)
@settings(max_examples=100, deadline=None, derandomize=True, database=None)
def test_every_life_keeps_to_the_rules_even_if_callbacks_come_late_or_never(
    document: Document, wanted: list[Document], script: list[Outcome], window: str, pause: int, seed: int
) -> None:
    """L-2, L-3, C-1, C-4, C-5: delayed, dropped and overtaken ones among them, whose order nobody promises."""

    async def live() -> None:
        lived = await _live(document, wanted, script, window=window, pause=pause, seed=seed)

        _check_messages(lived)
        _check_attempts(lived)
        _check_reports(lived)
        _check_posts(lived)

    _run(live)


@given(document=scripts(**in_time, **late), wanted=sends, script=answers, pause=pauses, seed=seeds)
@settings(max_examples=50, deadline=None, derandomize=True, database=None)
def test_the_same_scenario_seed_and_requests_give_the_same_bytes(
    document: Document, wanted: list[Document], script: list[Outcome], pause: int, seed: int
) -> None:
    """D11: on another day too; and at another pace of the receiver only retries about a message change places."""

    async def live() -> None:
        one = await _live(document, wanted, script, pause=pause, seed=seed)
        other = await _live(document, wanted, script, pause=pause, seed=seed, real=after(86_400))
        hasty = await _live(document, wanted, script, pause=pause, seed=seed, pace=1)

        assert _of_each_message(one) == _of_each_message(other)
        assert sorted(one.posts) == sorted(hasty.posts)
        assert _without_real_times(one) == _without_real_times(other) == _without_real_times(hasty)

    _run(live)


def _without_real_times(lived: Lived) -> bytes:
    """The request journal as the control plane shows it."""
    return orjson.dumps([{key: value for key, value in each.items() if key != "real_at"} for each in lived.requests])

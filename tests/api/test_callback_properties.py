"""Laws of the callback leg, held against faults that hypothesis makes up."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_amp.adapters.clocks import HandClock
from mock_amp.bootstrap import Server
from mock_amp.core.clock import ClockMode
from mock_amp.core.instants import SECOND, Duration, Instant
from mock_amp.core.listed import What
from mock_amp.core.model import Product
from mock_amp.core.records import Arrival, Page
from mock_amp.core.retry import Answered, Outcome, Unreachable
from mock_amp.core.wanting import Wanted
from mock_amp.engine.opening import Wish
from mock_amp.engine.targets import By, Target, UntilIdle
from mock_amp.settings import DEFAULT_TOKEN
from tests.harness import settings as server_settings

T0 = Instant(1_767_225_600 * SECOND)
ALL = Page(limit=1_000)


@dataclass(slots=True)
class Listening:
    """A receiver that takes whatever comes whole, now sooner, now later; how late, depends on the body alone."""

    heard: list[bytes] = field(default_factory=list)

    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:
        for _ in range(len(body) % 7):
            await HandClock(T0).give_way()
        if cut:
            return Unreachable("cut")
        self.heard.append(body)
        return Answered(200)

    async def close(self) -> None:
        self.heard.clear()


@dataclass(slots=True)
class Lived:
    messages: list[Any]
    callbacks: list[Any]
    heard: list[Any]
    agenda: list[Any]


durations = st.sampled_from(["100ms", "800ms", "1s", "5s", "90s"])
true = st.sampled_from([True])
matches = st.fixed_dictionaries(
    {},
    optional={
        "status": st.sampled_from(["ACCEPTD", "DELIVRD", ["UNDELIV", "SEEN"]]),
        "channel": st.sampled_from(["INTERNAL", "SMS", ["VIBER", "WHATSAPP"]]),
        "nth": st.sampled_from([1, [2, 3], {"every": 2}, {"after": 1}, {"first": 2}]),
        "share": st.just(0.5),
    },
)
faults = st.fixed_dictionaries(
    {"match": matches},
    optional={
        "fail_first": st.integers(1, 3),
        "cut": st.integers(1, 2),
        "delay": durations,
        "drop": true,
        "duplicate": st.integers(1, 2),
        "reorder": true,
        "split": st.integers(1, 3),
        "merge": durations,
    },
).filter(lambda fault: len(fault) > 1)
scripts = st.lists(faults, min_size=1, max_size=4)
sections = st.sampled_from(
    [
        {"sms_content": {"message": "Hello"}},
        {"im_content": [{"channel": "VIBER", "content": "Hi"}, {"channel": "WHATSAPP", "content": "Hi"}]},
        {"im_content": [{"channel": "VIBER", "content": "Hi"}], "sms_content": {"message": "Hello"}},
    ]
)
numbers = st.lists(
    st.sampled_from(["35699000001", "99900000002", "12025550001", "919900000001"]), min_size=1, unique=True
)
requests = st.lists(st.tuples(numbers, sections), min_size=1, max_size=3)
windows = st.sampled_from(["0s", "0s", "700ms"])
jumps = st.lists(st.integers(1, 100 * SECOND), min_size=1, max_size=8)


async def _live(
    wanted: Sequence[tuple[list[str], dict[str, Any]]],
    script: Sequence[dict[str, Any]],
    targets: Sequence[Target],
    window: str,
) -> Lived:
    """What an account shows after the requests and the advances."""
    transport = Listening()
    server = Server(server_settings(bundle_window=window), clock=HandClock(T0), transport=transport)
    services = server.services
    rules = [{"name": "no viber", "match": {"number": {"prefix": "999"}}, "channels": {"VIBER": "unreachable"}}]
    document = {"name": "any", "rules": rules, "callbacks": [{"name": f"{n}"} | each for n, each in enumerate(script)]}
    wish = Wish(mode=ClockMode.FROZEN, now=T0, seed=1, scenario=document)
    await services.opening.open_default(wish, DEFAULT_TOKEN)
    found = services.world.store.read(lambda books: books.accounts.of_token(DEFAULT_TOKEN))
    assert found is not None
    for to, content in wanted:
        body = {"destinations": [{"number": each} for each in to], **content, "callback_url": "http://receiver/"}
        arrival = Arrival(method="POST", path="/1/im", remote="", token=None, body=orjson.dumps(body))
        assert (await services.sending[Product.IM].send(arrival, "default", found[1])).status == 200
    for target in targets:
        await services.timeline.advance("default", target)
    return Lived(
        (await services.listing.page("default", Wanted(what=What.MESSAGES), ALL))["items"],
        (await services.listing.page("default", Wanted(what=What.CALLBACKS), ALL))["items"],
        [orjson.loads(body) for body in transport.heard],
        services.reading.agenda("default", ALL)["items"],
    )


def _run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


def _reports(body: Any) -> list[tuple[str, str, str]]:
    return [(item["message_id"], item["type"], item["status"]) for item in body["data"]]


def _faults(callback: Any) -> dict[str, Any]:
    return callback["injected"]["faults"] if callback["injected"] else {}


@given(wanted=requests, script=scripts, window=windows)
@settings(max_examples=120, deadline=None)
def test_every_report_is_in_one_callback_that_comes_to_an_end(
    wanted: list[tuple[list[str], dict[str, Any]]], script: list[dict[str, Any]], window: str
) -> None:
    """D8: nothing is lost to a fault but what it drops, nothing is there twice but what it duplicates."""

    async def live() -> None:
        lived = await _live(wanted, script, [UntilIdle()], window)
        by_id = {each["id"]: each for each in lived.callbacks}
        originals = [each for each in lived.callbacks if "duplicate_of" not in _faults(each)]

        assert lived.agenda == []
        assert Counter(report for each in originals for report in _reports(each["body"])) == Counter(
            (message["id"], line["type"], line["status"]) for message in lived.messages for line in message["timeline"]
        )
        for each in lived.callbacks:
            faults, failing = _faults(each), _faults(each).get("fail_first", 0) + _faults(each).get("cut", 0)
            assert len(each["attempts"]) == (0 if "drop" in faults else min(failing + 1, 3))
            assert each["state"] == ("discarded" if "drop" in faults or failing > 2 else "delivered")
            assert each["body"] == by_id[faults.get("duplicate_of", each["id"])]["body"]
            assert len(each["body"]["data"]) <= faults.get("split", 1_000)
        delivered = [each["body"] for each in lived.callbacks if each["state"] == "delivered"]
        assert sorted(map(orjson.dumps, lived.heard)) == sorted(map(orjson.dumps, delivered))

    _run(live)


@given(wanted=requests, script=scripts, window=windows, cuts=jumps)
@settings(max_examples=80, deadline=None)
def test_one_long_jump_equals_many_short_ones(
    wanted: list[tuple[list[str], dict[str, Any]]], script: list[dict[str, Any]], window: str, cuts: list[int]
) -> None:
    """D9: whatever is held back, late or merged."""

    async def both() -> None:
        long = await _live(wanted, script, [By(duration=Duration(sum(cuts)))], window)
        short = await _live(wanted, script, [By(duration=Duration(cut)) for cut in cuts], window)

        assert long.callbacks == short.callbacks
        assert sorted(map(orjson.dumps, long.heard)) == sorted(map(orjson.dumps, short.heard))

    _run(both)


@given(wanted=requests, script=scripts, window=windows)
@settings(max_examples=120, deadline=None)
def test_callbacks_without_faults_keep_their_order(
    wanted: list[tuple[list[str], dict[str, Any]]], script: list[dict[str, Any]], window: str
) -> None:
    """C-3: first attempts about one message never overtake each other, whatever happens around them."""

    async def live() -> None:
        lived = await _live(wanted, script, [UntilIdle()], window)
        whole = [orjson.dumps(each["body"]) for each in lived.callbacks if each["injected"] is None]
        heard: dict[str, list[int]] = defaultdict(list)
        for body in lived.heard:
            for item in body["data"] if orjson.dumps(body) in whole else ():
                heard[item["message_id"]].append(item["micro_timestamp"])

        assert all(times == sorted(times) for times in heard.values())

    _run(live)

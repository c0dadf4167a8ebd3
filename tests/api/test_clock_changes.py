"""`PUT …/clock` to real, scaled or frozen and back, between advances, sends and time that passes: nothing is lost.

What comes of it is held against an account whose clock only ever stood still and was moved to the same moments.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_amp.adapters.clocks import HandClock
from mock_amp.bootstrap import Server, serving
from mock_amp.core.clock import ClockChange, ClockMode
from mock_amp.core.identity import message_id
from mock_amp.core.instants import SECOND, Duration, Instant
from mock_amp.core.model import Product
from mock_amp.core.records import Arrival
from mock_amp.core.retry import Answered, Outcome, Unreachable
from mock_amp.engine.opening import Wish
from mock_amp.engine.targets import By, To
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.holding import T0
from tests.harness import settings as server_settings

OUTCOMES: tuple[Outcome, ...] = (Answered(200), Answered(500), Unreachable("gone"))
QUIET = 10
"""Turns of the event loop; what was taken off the agenda is in the air before they are over."""

SCENARIO = {
    "name": "busy",
    "defaults": {"throughput": {"VIBER": 1}},
    "rules": [
        {"name": "no viber", "match": {"number": "999*"}, "channels": {"VIBER": "unreachable"}},
        {"name": "answers", "replies": [{"after": "7s", "text": "Yes"}]},
    ],
}


@dataclass(frozen=True, slots=True)
class Send:
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """Real time passes."""

    by: int


@dataclass(frozen=True, slots=True)
class Advance:
    by: int


@dataclass(frozen=True, slots=True)
class Change:
    mode: ClockMode
    rate: float
    ahead: int | None


Deed = Send | Turn | Advance | Change

spans = st.one_of(st.integers(0, 5 * SECOND), st.integers(0, 400 * SECOND))
sends = st.builds(
    Send, st.lists(st.sampled_from(["35699000001", "35699000002", "99900000003"]), min_size=1, unique=True).map(tuple)
)
deeds = st.one_of(
    sends,
    st.builds(Turn, spans),
    st.builds(Advance, spans),
    st.builds(Change, st.sampled_from(ClockMode), st.sampled_from([0.1, 1.0, 7.0, 60.0]), st.one_of(st.none(), spans)),
)


@dataclass(slots=True)
class Counting:
    """A receiver whose answer to a body depends on how often it has seen it, and on nothing else."""

    script: Sequence[Outcome]
    seen: dict[bytes, int] = field(default_factory=dict)

    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:
        key = _lasting(body)
        self.seen[key] = turn = self.seen.get(key, -1) + 1
        return self.script[(len(key) + turn) % len(self.script)]

    async def close(self) -> None:
        self.seen.clear()


class Life:
    """One server in this process, and what is done to its default account."""

    def __init__(self, server: Server, hand: HandClock) -> None:
        self.services, self.hand = server.services, hand

    @property
    def now(self) -> Instant:
        return self.services.world.shown(self.services.world.account("default"))

    async def do(self, deed: Deed) -> None:
        match deed:
            case Send(numbers=numbers):
                await self.send(numbers)
            case Turn(by=by):
                self.hand.turn(Instant(self.hand.now() + by))
            case Advance(by=by):
                await self.services.timeline.advance("default", By(duration=Duration(by)))
            case Change(mode=mode, rate=rate, ahead=ahead):
                to = None if ahead is None else Instant(self.now + ahead)
                await self.services.steering.set_clock("default", ClockChange(mode=mode, rate=rate), to)
        await self.settle()

    async def send(self, numbers: Sequence[str]) -> None:
        found = self.services.world.store.read(lambda books: books.accounts.of_token(DEFAULT_TOKEN))
        assert found is not None
        document = {
            "destinations": [{"number": each} for each in numbers],
            "im_content": [{"channel": "VIBER", "content": "Hi"}],
            "sms_content": {"message": "Hello"},
            "callback_url": "http://receiver/",
            "reply_url": "http://receiver/",
        }
        arrival = Arrival(method="POST", path="/1/im", remote="", token=DEFAULT_TOKEN, body=orjson.dumps(document))
        assert (await self.services.sending[Product.IM].send(arrival, "default", found[1])).status == 200

    async def to(self, instant: Instant) -> None:
        await self.services.timeline.advance("default", To(instant=instant))

    async def settle(self) -> None:
        """Gives way until what is due now has happened, and every post has landed: for so many turns of the loop."""
        world, courier = self.services.world, self.services.timeline.courier
        key, quiet = world.account("default").key, 0
        async with asyncio.timeout(10):
            while quiet < QUIET:
                due = world.store.read(lambda books: books.agenda.next_at(key))
                still = (due is None or due > self.now) and await courier.idle(key, 1)
                quiet = quiet + 1 if still else 0
                await self.hand.give_way()

    def told(self) -> tuple[list[Any], list[Any]]:
        """Each message with its timeline and replies, and what was tried of each callback and when; no real times."""
        reading = self.services.reading
        account = self.services.world.account("default").key
        messages, callbacks = self.services.world.store.read(lambda books: _all(books, account))
        shown = [reading.message("default", each) for each in messages]
        for each in shown:
            each.pop("callbacks")
        return shown, sorted(_tried(reading.callback("default", key)) for key in callbacks)


def _all(books: Any, account: int) -> tuple[list[str], list[int]]:
    """The ids of all messages and the keys of all callbacks, whatever lists there are."""
    tables = books.snapshots.dump(account)
    ordinals, keys = (
        [row[tables[table]["columns"].index(column)] for row in tables[table]["rows"]]
        for table, column in (("message", "ordinal"), ("callback", "key"))
    )
    node = server_settings().node
    return [message_id(each, node) for each in ordinals], keys


def _tried(callback: Any) -> tuple[bytes, str, list[tuple[int, str, str]]]:
    attempts = [(each["number"], each["at"], each["outcome"]) for each in callback["attempts"]]
    return _lasting(orjson.dumps(callback["body"])), callback["state"], attempts


def _lasting(body: bytes) -> bytes:
    """A body without what differs from attempt to attempt (Y-3)."""
    document = orjson.loads(body)
    document.pop("req_uuid", None)
    return orjson.dumps(document)


async def _life(script: Sequence[Outcome], hand: HandClock) -> Server:
    server = Server(server_settings(), clock=hand, transport=Counting(script))
    wish = Wish(mode=ClockMode.FROZEN, now=T0, seed=1, scenario=SCENARIO)
    await server.services.opening.open_default(wish, DEFAULT_TOKEN)
    return server


async def _changing(
    script: Sequence[Outcome], wanted: Sequence[Deed]
) -> tuple[Any, list[tuple[Instant, Send]], Instant]:
    """What came of the deeds, the moments of the sends by the account's clock, and the moment of the end."""
    hand, moments = HandClock(T0), []
    async with serving(await _life(script, hand)) as server:
        life = Life(server, hand)
        for deed in wanted:
            if isinstance(deed, Send):
                moments.append((life.now, deed))
            await life.do(deed)
        return life.told(), moments, life.now


async def _frozen(script: Sequence[Outcome], moments: Sequence[tuple[Instant, Send]], end: Instant) -> Any:
    hand = HandClock(T0)
    async with serving(await _life(script, hand)) as server:
        life = Life(server, hand)
        for moment, deed in moments:
            await life.to(moment)
            await life.do(deed)
        await life.to(end)
        return life.told()


@given(
    wanted=st.lists(deeds, min_size=1, max_size=14), script=st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=4)
)
@settings(max_examples=60, deadline=None)
def test_however_the_clock_is_changed_each_event_comes_once_and_at_its_moment(
    wanted: list[Deed], script: list[Outcome]
) -> None:
    """D9, D10: timelines, replies and attempts are those of a clock that stood still and was moved."""

    async def both() -> None:
        changing, moments, end = await _changing(script, wanted)

        assert changing == await _frozen(script, moments, end)

    asyncio.run(both())

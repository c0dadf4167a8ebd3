"""The end of an account, or of one of its lives: no post of it is begun after the answer, and none goes on."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from mock_amp.adapters.clocks import HandClock
from mock_amp.adapters.webhooks import WebhookTransport
from mock_amp.core.retry import Outcome
from tests.api.holding import Gate, after, hand_clock, posts_come_to, posts_in_the_air, send_sms
from tests.api.inside import Inside, inside
from tests.harness import NUMBER, START, Amp, Receiver, receiving

RULES = {"name": "mine", "description": "", "rules": [{"name": "any", "match": {"number": {"prefix": "1"}}}]}
OTHER = {**RULES, "name": "other"}


@dataclass(frozen=True, slots=True)
class Counting:
    """Implements the Transport port: posts, and keeps what was begun, which its receiver may come to read later."""

    inner: WebhookTransport = field(default_factory=WebhookTransport)
    begun: list[str] = field(default_factory=list)

    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:
        self.begun.append(url)
        return await self.inner.post(url, body, cut=cut, drip=drip)

    async def close(self) -> None:
        await self.inner.close()


@dataclass(frozen=True, slots=True)
class Scene:
    it: Inside
    hand: HandClock
    receiver: Receiver
    transport: Counting

    @property
    def begun(self) -> int:
        """How many posts to the receiver were begun."""
        return self.transport.begun.count(self.receiver.url)

    async def end(self, amp: Amp, how: str) -> tuple[int, list[str]]:
        """Ends an account or its life; how many posts are in the air right after the answer, and what is left of it."""
        key = self.it.key_of(amp)
        answer = await (amp.admin("DELETE", "") if how == "delete" else amp.admin("POST", "/reset"))
        assert answer.status in (200, 204)
        return posts_in_the_air(), self.it.traces(key, amp.account) if how == "delete" else []

    async def nothing_more(self, begun: int) -> bool:
        """Whether no more posts to the receiver were begun, after a day of real time and other activity."""
        self.hand.turn(after(86_400))
        async with receiving() as another:
            await send_sms(self.it.amp, callback_url=another.url)
            await self.it.amp.advance(until="idle")
            await another.wait_for(3)
        return self.begun == begun


@pytest.fixture
async def scene(receiver: Receiver) -> AsyncIterator[Scene]:
    hand, transport = hand_clock(), Counting()
    async with inside(clock=hand, transport=transport) as it:
        yield Scene(it, hand, receiver, transport)


pytestmark = pytest.mark.parametrize("how", ["delete", "reset"])


async def test_a_hundred_posts_in_flight_are_ended(scene: Scene, how: str) -> None:
    """D8: those that wait for a place too."""
    gate = scene.receiver.on_post = Gate()
    amp = await scene.it.amp.open_account()
    for _ in range(100):
        await send_sms(amp, callback_url=scene.receiver.url)
    await posts_come_to(100, amp)
    await gate.until_reached()

    left = await scene.end(amp, how)

    begun = scene.begun
    gate.opened.set()
    assert (left, begun <= 64) == ((0, []), True)
    assert await scene.nothing_more(begun)


async def test_what_waits_in_its_lane_is_never_posted(scene: Scene, how: str) -> None:
    """C-3: the second report of a message waits for the first, whose receiver hangs."""
    gate = scene.receiver.on_post = Gate()
    amp = await scene.it.amp.open_account(clock="real")
    await send_sms(amp, callback_url=scene.receiver.url)
    await gate.until_reached()
    scene.hand.turn(after(2))
    await posts_come_to(3, amp)

    left = await scene.end(amp, how)

    gate.opened.set()
    assert left == (0, [])
    assert await scene.nothing_more(1)


async def test_a_retry_that_is_due_is_never_made(scene: Scene, how: str) -> None:
    """C-4: it is on the agenda, and the clock has an alarm for it."""
    scene.receiver.answers = (500,)
    amp = await scene.it.amp.open_account(clock="real")
    await send_sms(amp, callback_url=scene.receiver.url)
    await scene.receiver.wait_for(1)
    await posts_come_to(0, amp)

    left = await scene.end(amp, how)

    assert left == (0, [])
    assert await scene.nothing_more(1)


async def test_an_advance_ends_with_the_life_that_it_moves(scene: Scene, how: str) -> None:
    """D9: it is told so, and posts nothing more."""
    amp = await scene.it.amp.open_account()
    await send_sms(amp, callback_url=scene.receiver.url)
    await scene.receiver.wait_for(1)
    await posts_come_to(0, amp)
    gate = scene.receiver.on_post = Gate()
    advancing = asyncio.create_task(amp.admin("POST", "/clock/advance", {"until": "idle"}))
    await gate.until_reached()

    in_the_air, _ = await scene.end(amp, how)
    answer = await advancing

    gate.opened.set()
    assert (in_the_air, answer.status) == (0, 409)
    assert "during the advance" in answer.body["detail"]
    assert await scene.nothing_more(2)


async def test_advances_that_wait_their_turn_leave_nothing_behind(scene: Scene, how: str) -> None:
    """Smell 9: the lock of an account that is gone goes with those who waited for it."""
    amp = await scene.it.amp.open_account()
    key = scene.it.key_of(amp)
    await send_sms(amp, callback_url=scene.receiver.url)
    await scene.receiver.wait_for(1)
    await posts_come_to(0, amp)
    gate = scene.receiver.on_post = Gate()
    advancing = [asyncio.create_task(amp.admin("POST", "/clock/advance", {"by": "1s"})) for _ in range(3)]
    await gate.until_reached()

    await scene.end(amp, how)
    answers = await asyncio.gather(*advancing)

    gate.opened.set()
    left = scene.it.traces(key, amp.account) if how == "delete" else []
    assert {answer.status for answer in answers} <= {200, 404, 409}
    assert answers[0].status == 409
    assert left == []


@pytest.mark.parametrize("turn", range(5))
async def test_sends_of_the_same_turn_are_of_this_life_or_the_next(scene: Scene, how: str, turn: int) -> None:
    """D8: what is accepted before the end is not posted after it."""
    amp = await scene.it.amp.open_account(clock="real")
    key = scene.it.key_of(amp)
    sends = [amp.send(sms_content={"message": "Hi"}, callback_url=scene.receiver.url) for _ in range(20)]
    end = amp.admin("DELETE", "") if how == "delete" else amp.admin("POST", "/reset")
    answers = await asyncio.gather(*sends[: 4 * turn], end, *sends[4 * turn :])

    left = scene.it.traces(key, amp.account) if how == "delete" else []
    assert {answer.status for answer in answers} <= {200, 204, 401}
    assert left == []
    if how == "delete":
        assert await scene.nothing_more(scene.begun)


async def test_an_account_leaves_no_scenario_behind(scene: Scene, how: str) -> None:
    """Smell 7: neither in the store nor in what was read of it, unless another account has it too."""
    one = await scene.it.amp.open_account(scenario=RULES)
    two = await scene.it.amp.open_account(scenario=RULES)
    for amp in (one, two):
        assert (await amp.admin("PUT", "/scenario", OTHER)).status == 200
        await send_sms(amp)
    before = scene.it.scenarios("other")
    await scene.end(one, how)
    shared = scene.it.scenarios("other")
    await scene.end(two, how)
    left = scene.it.scenarios("other")

    assert (before, shared) == ((2, 1), (2, 1))
    assert left == ((0, 0) if how == "delete" else (1, 0))


async def test_those_who_wait_for_an_account_hear_of_its_end(scene: Scene, how: str) -> None:
    """Smell 9: nobody waits for what cannot come about any more; after a reset it still can."""
    amp = await scene.it.amp.open_account()
    key = scene.it.key_of(amp)
    wish = {"what": "messages", "match": {"to": NUMBER}, "count": 1, "timeout_ms": 60_000}
    waiting = asyncio.create_task(amp.admin("POST", "/wait", wish))
    await scene.it.waiters_come_to(1, key)

    await scene.end(amp, how)
    if how == "reset":
        await send_sms(amp)
    answer = await waiting

    assert answer.status == (404 if how == "delete" else 200)
    assert scene.it.traces(key, amp.account) == ([] if how == "delete" else scene.it.traces(key, amp.account))


async def test_an_account_of_the_same_clock_begins_anew(scene: Scene, how: str) -> None:
    """D8: whatever was owed in the life before, the next one starts with nothing."""
    amp = await scene.it.amp.open_account()
    await send_sms(amp, callback_url=scene.receiver.url)
    await scene.end(amp, how)
    fresh = amp if how == "reset" else await scene.it.amp.open_account()

    agenda = (await fresh.admin("GET", "/agenda")).body["items"]
    advanced = await fresh.advance(by="1h")

    assert (agenda, advanced["events"], advanced["from"]) == ([], [], START)

"""Laws of the timeline, held against requests and receivers that hypothesis makes up."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_amp.adapters.clocks import HandClock
from mock_amp.bootstrap import Server
from mock_amp.core.clock import ClockMode
from mock_amp.core.instants import SECOND, Duration, Instant
from mock_amp.core.lifecycle import due_at, may_follow
from mock_amp.core.listed import What
from mock_amp.core.model import Product
from mock_amp.core.records import Arrival, Page, Sought
from mock_amp.core.retry import Answered, Outcome, Unreachable
from mock_amp.core.wanting import Wanted
from mock_amp.engine.opening import Wish
from mock_amp.engine.targets import By, Target, UntilIdle
from mock_amp.settings import DEFAULT_TOKEN
from tests.harness import settings as server_settings

T0 = Instant(1_767_225_600 * SECOND)
OUTCOMES: tuple[Outcome, ...] = (Answered(200), Answered(204), Answered(500), Unreachable("gone"))


@dataclass(slots=True)
class ScriptedTransport:
    """A receiver whose answer to a body depends on how often it has seen that body, and on nothing else."""

    script: Sequence[Outcome]
    seen: dict[bytes, int] = field(default_factory=dict)

    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:
        self.seen[body] = turn = self.seen.get(body, -1) + 1
        return self.script[(len(body) + turn) % len(self.script)]

    async def close(self) -> None:
        self.seen.clear()


numbers = st.lists(
    st.sampled_from(["35699000001", "99900000002", "12025550001", "919900000001"]), min_size=1, unique=True
)
sections = st.sampled_from(
    [
        {"sms_content": {"message": "Hello"}},
        {"im_content": [{"channel": "VIBER", "content": "Hi"}, {"channel": "WHATSAPP", "content": "Hi"}]},
        {"im_content": [{"content": "Hi"}], "sms_content": {"message": "Hello"}, "message_plan": "LOW_COST"},
        {"im_content": [{"channel": "RCS", "content": "Hi"}], "sms_content": {"message": "Hello"}},
        {"message": {"texts": [{"text": "Hello"}]}},
    ]
)
requests = st.lists(st.tuples(numbers, sections, st.booleans()), min_size=1, max_size=4)
scripts = st.lists(st.sampled_from(OUTCOMES), min_size=1, max_size=4)
jumps = st.lists(st.integers(1, 400 * SECOND), min_size=1, max_size=8)


async def _live(
    wanted: Sequence[tuple[list[str], dict[str, Any], bool]], script: Sequence[Outcome], targets: Sequence[Target]
) -> tuple[list[Any], list[Any], Server]:
    """What an account shows after the requests and the advances: its messages and its callbacks."""
    server = Server(server_settings(), clock=HandClock(T0), transport=ScriptedTransport(script))
    services = server.services
    await services.opening.open_default(Wish(mode=ClockMode.FROZEN, now=T0, seed=1), DEFAULT_TOKEN)
    found = services.world.store.read(lambda books: books.accounts.of_token(DEFAULT_TOKEN))
    assert found is not None
    for to, content, reported in wanted:
        document = {"destinations": [{"number": each} for each in to], **content}
        document |= {"callback_url": "http://receiver/"} if reported else {}
        arrival = Arrival(method="POST", path="/1/im", remote="", token=None, body=orjson.dumps(document))
        assert (await services.sending[Product.IM].send(arrival, "default", found[1])).status == 200
    for target in targets:
        await services.timeline.advance("default", target)
    messages = (await services.listing.page("default", Wanted(what=What.MESSAGES), Page(limit=1000)))["items"]
    callbacks = (await services.listing.page("default", Wanted(what=What.CALLBACKS), Page(limit=1000)))["items"]
    return messages, callbacks, server


def _run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(work())


@given(wanted=requests, script=scripts, cuts=jumps)
@settings(max_examples=60, deadline=None)
def test_one_long_jump_equals_many_short_ones(
    wanted: list[tuple[list[str], dict[str, Any], bool]], script: list[Outcome], cuts: list[int]
) -> None:
    """D9: the same statuses, the same attempts, the same times."""

    async def both() -> None:
        long = await _live(wanted, script, [By(duration=Duration(sum(cuts)))])
        short = await _live(wanted, script, [By(duration=Duration(cut)) for cut in cuts])

        assert long[:2] == short[:2]

    _run(both)


@given(wanted=requests, script=scripts)
@settings(max_examples=60, deadline=None)
def test_every_accepted_message_ends_in_a_final_state(
    wanted: list[tuple[list[str], dict[str, Any], bool]], script: list[Outcome]
) -> None:
    """L-8: once the account is idle nothing is left to happen, and every callback is delivered or discarded."""

    async def live() -> None:
        messages, callbacks, server = await _live(wanted, script, [UntilIdle()])

        assert {each["status"] for each in messages} <= {"DELIVRD", "SEEN", "UNDELIV"}
        assert {each["state"] for each in callbacks} <= {"delivered", "discarded"}
        assert server.services.world.store.read(lambda books: books.unfinished()).messages == 0
        assert server.services.reading.agenda("default", Page())["items"] == []

    _run(live)


@given(wanted=requests, script=scripts)
@settings(max_examples=60, deadline=None)
def test_no_sequence_of_events_leaves_the_transition_table(
    wanted: list[tuple[list[str], dict[str, Any], bool]], script: list[Outcome]
) -> None:
    """L-1, L-2, L-4: each line of a timeline may follow the one before, and attempts never exceed three."""

    async def live() -> None:
        messages, callbacks, server = await _live(wanted, script, [UntilIdle()])
        books_read = server.services.world.store.read
        account = server.services.world.account("default").key

        for shown in books_read(lambda books: books.sending.messages(account, Sought(), Page(limit=1000))):
            lines = shown.cohort.timeline
            assert all(may_follow(before, after) for before, after in pairwise(lines))
            assert due_at(shown.cohort) is None
        assert all(1 <= len(each["attempts"]) <= 3 for each in callbacks)
        assert len(messages) == sum(len(to) for to, _, _ in wanted)

    _run(live)

"""Issue 4: what holds for any scenario and any send: whole documents and requests from generators."""

import json
from collections.abc import Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count, pairwise
from typing import Any, Final

from hypothesis import given, note, settings
from hypothesis import strategies as st

from mock_amp.core.bundles import positions_of
from mock_amp.core.cohorts import Formed, Sent, form
from mock_amp.core.instants import LAST_INSTANT, SECOND, Instant
from mock_amp.core.lifecycle import FAILED, accept, due_at, enter, may_follow, move, queued
from mock_amp.core.model import (
    IM_CHANNELS,
    NEVER,
    Action,
    Channel,
    Cohort,
    Content,
    Destination,
    Entry,
    Image,
    ImContent,
    MessagePlan,
    Product,
    SmsContent,
    Status,
    UbiquityContent,
)
from mock_amp.core.pacing import Slice, slices
from mock_amp.core.routing import by_price, offers
from mock_amp.core.scenario import ERROR_CODES, Delays, Moment, Scenario
from mock_amp.core.script import read_scenario
from tests.scenarios import PREFIXES, SCHEMA, documents, words
from tests.unit.builders import T0, a_token

NOW: Final = Instant(T0 + 3_600 * SECOND)
MOST_MOVES: Final = 2 + 10 * len(Channel)

IMAGE: Final = Image(url="https://pictures.example/harbour.png")
ACTION: Final = Action(title="Book", target_url="https://harbour.example/book")
said = st.sampled_from(["Ready", "Dear {#NAME}", "a" * 50])
ttls = st.sampled_from([0, 15, 60, 3_600, 432_000])
smses = st.builds(SmsContent, message=said, ttl=st.sampled_from([0, 30, 3_600]))
items = st.builds(
    ImContent,
    channel=st.sampled_from(IM_CHANNELS),
    sender_id=st.none() | st.just("Quay"),
    text=said,
    action=st.none() | st.just(ACTION),
    ttl=ttls,
)
item_lists = st.lists(items, min_size=1, max_size=5, unique_by=lambda item: item.channel) | st.lists(
    items.map(lambda item: replace(item, channel=None)), min_size=1, max_size=1
)
media = st.sampled_from([(None, None), (IMAGE, ACTION), (None, ACTION), (IMAGE, None)])
contents = st.one_of(
    st.builds(
        lambda sms, ims, plan, ttl: Content(sms=sms, ims=tuple(ims), plan=plan, ttl=ttl),
        st.none() | smses,
        item_lists,
        st.sampled_from(MessagePlan),
        ttls,
    ),
    st.builds(
        lambda text, both, ttl: Content(ubiquity=UbiquityContent(text=text, image=both[0], action=both[1]), ttl=ttl),
        said,
        media,
        ttls,
    ),
    st.builds(lambda sms, plan: Content(sms=sms, plan=plan), smses, st.sampled_from(MessagePlan)),
)
destinations = st.lists(
    st.builds(
        lambda prefix, tail, custom_id, params: Destination(f"{prefix}00000{tail}", custom_id, params),
        st.sampled_from(PREFIXES),
        st.integers(0, 9),
        st.none() | words,
        st.none() | words.map(lambda word: {"NAME": word}),
    ),
    min_size=1,
    max_size=40,
)


@st.composite
def requests(draw: st.DrawFn) -> Sent:
    content = draw(contents)
    return Sent(
        destinations=draw(destinations),
        offers=offers(content, a_token()),
        content=content,
        product=draw(st.sampled_from(Product)),
        promotional=draw(st.booleans()),
        job_id=draw(st.none() | words),
    )


moments = st.builds(
    Moment,
    seed=st.integers(0, 3),
    job=st.integers(1, 3),
    now=st.just(NOW),
    since=st.sampled_from([T0, NOW, Instant(NOW - 5 * SECOND)]),
    counts=st.dictionaries(st.integers(0, 4), st.integers(0, 7), max_size=3),
)
known_numbers = st.none() | st.frozensets(st.sampled_from(["35699000001", "44000001", "999000000"]))
Lives = list[tuple[list[int], Cohort]]


def cast(document: dict[str, Any], sent: Sent, moment: Moment, known: frozenset[str] | None) -> tuple[Scenario, Formed]:
    note(json.dumps(document))
    SCHEMA.validate(document)
    scenario = read_scenario(document, Delays())
    return scenario, form(sent, scenario, moment, known)


def lives_of(formed: Formed) -> Lives:
    """Every cohort at its end, with its destinations: an agenda and queues as the engine has them, without a store."""
    free: dict[Channel, Instant] = {}
    agenda: list[tuple[Instant, int, Cohort]] = []
    keys, at_rest, moves = count(1), [], 0

    def through(channel: Channel, per_second: float, groups: list[Slice], now: Instant) -> list[Slice]:
        found, free[channel] = slices(groups, per_second, free.get(channel, NEVER), now)
        return found

    def put(cohort: Cohort) -> None:
        at = due_at(cohort)
        if at is None:
            at_rest.append(([*positions_of(cohort.members)], cohort))
        else:
            heappush(agenda, (at, next(keys), cohort))

    for plan, runs in formed.groups:
        group = [Slice(plan, runs, None)]
        pace = plan[0].per_second
        for each in through(plan[0].channel, pace, group, NOW) if pace else group:
            put(accept(next(keys), 1, each.runs, each.plan, NOW, each.start))
    while agenda:
        at, _, cohort = heappop(agenda)
        moves += 1
        assert moves <= MOST_MOVES * 40, "it comes to no end"
        moved = move(cohort)
        if not queued(moved):
            put(moved)
            continue
        leg = moved.plan[moved.leg]
        assert leg.per_second
        for each in through(leg.channel, leg.per_second, [Slice(moved.plan, moved.members, None)], at):
            put(enter(moved._replace(members=each.runs), each.start or at))
    return at_rest


sends = given(document=documents, sent=requests(), moment=moments, known=known_numbers)


@sends
@settings(max_examples=80)
def test_every_destination_is_in_exactly_one_group(
    document: dict[str, Any], sent: Sent, moment: Moment, known: frozenset[str] | None
) -> None:
    """D5: and groups differ in their plans."""
    _, formed = cast(document, sent, moment, known)

    positions = [at for _, runs in formed.groups for at in positions_of(runs)]
    assert sorted(positions) == [*range(len(sent.destinations))]
    assert len({plan for plan, _ in formed.groups}) == len(formed.groups)


@sends
@settings(max_examples=80)
def test_every_plan_has_each_offer_once_in_its_order(
    document: dict[str, Any], sent: Sent, moment: Moment, known: frozenset[str] | None
) -> None:
    """L-3, U-2, O-9: SMS is last in FEATURE_RICH; cheapest first in LOW_COST and ubiquity."""
    _, formed = cast(document, sent, moment, known)
    offered = [offer.channel for offer in sent.offers]

    for plan, _ in formed.groups:
        networks = [leg for leg in plan if leg.channel is not Channel.INTERNAL]
        channels = [leg.channel for leg in networks]
        assert sorted(channels) == sorted(offered)
        assert [leg.channel for leg in plan[: -len(networks)]] in ([], [Channel.INTERNAL])
        if by_price(sent.content):
            prices = [leg.price or 0 for leg in networks]
            assert prices == sorted(prices)
        else:
            assert channels == offered
            assert Channel.SMS not in channels[:-1]


def check_life(timeline: Sequence[Entry]) -> None:
    """What one message may tell of its life."""
    for before, after in pairwise(timeline):
        assert may_follow(before, after)
        assert before.at <= after.at
        if after.status is Status.SEEN:
            assert (before.channel, before.status) == (after.channel, Status.DELIVRD)
    tried = [timeline[0].channel, *(b.channel for a, b in pairwise(timeline) if a.channel is not b.channel)]
    assert len(tried) == len(set(tried))
    assert (Channel.SMS, Status.SEEN) not in [(entry.channel, entry.status) for entry in timeline]
    assert all((entry.error_code == 0) is (entry.status not in ERROR_CODES) for entry in timeline)


@sends
@settings(max_examples=150)
def test_every_message_comes_to_an_end_by_the_table(
    document: dict[str, Any], sent: Sent, moment: Moment, known: frozenset[str] | None
) -> None:
    """L-2 to L-4, L-7, L-8: at rest in boundedly many moves, whatever the queues and however long handsets are off."""
    _, formed = cast(document, sent, moment, known)

    lives = lives_of(formed)

    assert sorted(at for positions, _ in lives for at in positions) == [*range(len(sent.destinations))]
    for _, cohort in lives:
        latest = cohort.latest
        check_life(cohort.timeline)
        assert len(cohort.timeline) <= MOST_MOVES
        assert latest.status is not Status.ACCEPTD
        turned_away = (latest.channel, latest.status) == (Channel.INTERNAL, Status.REJECTD)
        if latest.status in FAILED and not turned_away:
            assert latest.channel is cohort.plan[-1].channel
        assert latest.at <= LAST_INSTANT


@sends
@settings(max_examples=80)
def test_a_message_is_delivered_within_the_ttl_of_its_channel(
    document: dict[str, Any], sent: Sent, moment: Moment, known: frozenset[str] | None
) -> None:
    """L-4: what has not been delivered by then has expired, a handset that is off or not."""
    _, formed = cast(document, sent, moment, known)
    ttls = {offer.channel: offer.ttl * SECOND for offer in sent.offers}

    for plan, _ in formed.groups:
        for leg in plan:
            for step in leg.steps:
                late = step.status is Status.SEEN or leg.channel is Channel.INTERNAL
                assert late or step.after <= ttls[leg.channel]
    for _, cohort in lives_of(formed):
        for leg in cohort.plan[: cohort.leg + 1]:
            assert leg.off == () or leg.channel is Channel.INTERNAL
            assert all(step.after <= leg.ttl for step in leg.steps if step.status is Status.DELIVRD)


@sends
@settings(max_examples=60)
def test_the_same_scenario_request_and_seed_come_to_the_same(
    document: dict[str, Any], sent: Sent, moment: Moment, known: frozenset[str] | None
) -> None:
    """D11: also from the document anew."""
    one, other = (cast(document, sent, moment, known)[1] for _ in range(2))

    assert one == other
    assert lives_of(one) == lives_of(other)


@given(document=documents, sent=requests(), seed=st.integers(0, 3))
@settings(max_examples=80)
def test_what_is_steady_depends_on_request_and_seed_alone(document: dict[str, Any], sent: Sent, seed: int) -> None:
    """D18: such plans are made before the transaction, so that neither time nor order may count."""
    scenario, formed = cast(document, sent, Moment(seed=seed), None)

    if scenario.steady:
        later = Moment(seed=seed, job=9, now=NOW, since=T0, counts={0: 5})
        assert form(sent, scenario, later) == formed
        assert formed.counts == {}

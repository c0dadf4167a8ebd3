"""Who may be connected, who makes room for whom, and how long everybody has: by any clock."""

from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from mock_amp.web.crowd import Bounds, Crowd, Phase

HOUR: Final = 3_600.0
MINUTE: Final = 60.0


@dataclass(eq=False)
class Someone:
    """A connection that stands as it is told, and keeps what was ended."""

    since: float = 0.0
    phase: Phase = Phase.IDLE
    unsent: int = 0
    expired: list[Phase] = field(default_factory=list)

    def expire(self, phase: Phase) -> None:
        self.expired.append(phase)


def crowd(**changes: Any) -> Crowd:
    usual = {"connections": 2, "requests": 2, "patience": MINUTE, "idle": HOUR}
    return Crowd(Bounds(**(usual | changes)))


async def entered(of: Crowd, *clients: Someone) -> None:
    for each in clients:
        assert of.enter(each)


def look(at: Crowd, *moments: float) -> None:
    for moment in moments:
        at.look(moment)


@pytest.mark.parametrize(
    ("phase", "patience"), [(Phase.IDLE, HOUR), (Phase.REQUEST, MINUTE), (Phase.ANSWER, MINUTE)], ids=lambda it: str(it)
)
async def test_what_stands_still_ends_when_its_patience_is_over_and_not_before(phase: Phase, patience: float) -> None:
    it, someone = crowd(), Someone(phase=phase)
    await entered(it, someone)

    look(it, 0, 1, patience - 1)
    early = list(someone.expired)
    look(it, patience)

    assert (early, someone.expired) == ([], [phase])


async def test_our_own_work_takes_as_long_as_it_takes() -> None:
    it, someone = crowd(), Someone(phase=Phase.WORK)
    await entered(it, someone)

    look(it, 0, 1_000 * HOUR)

    assert someone.expired == []


async def test_the_next_request_has_its_own_time() -> None:
    """The answer in between tells it from the one before, though nobody has looked meanwhile."""
    it, someone = crowd(), Someone(phase=Phase.REQUEST)
    await entered(it, someone)

    look(it, 0, 50)
    someone.since = 51
    look(it, 59, 118)
    early = list(someone.expired)
    look(it, 119)

    assert (early, someone.expired) == ([], [Phase.REQUEST])


async def test_an_answer_that_is_being_taken_may_take_its_time() -> None:
    """16 KiB of it in each patience."""
    it, someone = crowd(), Someone(phase=Phase.ANSWER, unsent=10 * 16_384)
    await entered(it, someone)

    for minute in range(10):
        look(it, 59.0 * minute)
        someone.unsent -= 16_384
    assert someone.expired == []

    someone.since, someone.unsent = 600, 16_000
    look(it, 1_000, 1_059)
    someone.unsent = 1
    look(it, 1_060)

    assert someone.expired == [Phase.ANSWER]


async def test_no_patience_is_patience_for_ever() -> None:
    it, someone = crowd(patience=0, idle=0), Someone(phase=Phase.REQUEST)
    await entered(it, someone)

    look(it, 0, 1_000 * HOUR)

    assert someone.expired == []


async def test_the_longest_idle_connection_makes_room() -> None:
    it, eldest, other, newcomer = crowd(), Someone(), Someone(), Someone(since=3)
    await entered(it, eldest, other)
    for at, each in ((1, other), (2, eldest)):
        each.since = at
        it.rest(each)

    entered_ = it.enter(newcomer)

    assert (entered_, other.expired, eldest.expired, it.refused) == (True, [Phase.IDLE], [], 0)


async def test_a_connection_with_a_request_never_makes_room() -> None:
    """Neither one that is being answered, nor one whose request comes, nor one that has not taken its answer."""
    busy = [Someone(phase=each) for each in Phase if each is not Phase.IDLE]
    it = crowd(connections=len(busy))
    await entered(it, *busy)
    for each in busy:
        it.rest(each)

    assert not it.enter(Someone(since=10))
    assert ([each.expired for each in busy], it.refused, it.connections) == ([[], [], []], 1, 3)


async def test_who_has_been_busy_makes_room_once_it_is_idle_again() -> None:
    it, one, other = crowd(), Someone(phase=Phase.WORK), Someone(phase=Phase.ANSWER)
    await entered(it, one, other)
    refused = not it.enter(Someone(since=10))
    one.phase = Phase.IDLE
    it.rest(one)
    first = it.enter(Someone(since=10))
    look(it, 10)
    other.phase = Phase.IDLE  # it has taken the rest of its answer
    look(it, 11)
    it.leave(one)
    second = it.enter(Someone(since=11))

    assert (refused, first, second) == (True, True, True)
    assert (one.expired, other.expired) == ([Phase.IDLE], [Phase.IDLE])


@pytest.mark.parametrize(("age", "room"), [(0.9, False), (1.1, True)])
async def test_who_has_just_come_is_about_to_ask(age: float, *, room: bool) -> None:
    """A flood of newcomers does not push itself out before anybody is heard."""
    it = crowd(connections=1)
    await entered(it, Someone(since=5))

    assert it.enter(Someone(since=5 + age)) is room


async def test_who_has_left_is_forgotten() -> None:
    """Also when an answer comes after him."""
    it, someone = crowd(), Someone()
    await entered(it, someone)
    it.leave(someone)
    it.rest(someone)
    look(it, 0, 10 * HOUR)

    assert (it.connections, someone.expired) == (0, [])
    await entered(it, Someone(since=HOUR), Someone(since=HOUR))
    assert not it.enter(Someone(since=HOUR))

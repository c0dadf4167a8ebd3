"""Memory for large bodies: who has to wait for whom."""

import asyncio
from typing import Any, cast

import pytest
from aiohttp import web

from mock_amp.web.room import NoRoom, Room


class Line:
    """A connection that does not hang up."""

    transport = property(lambda self: self)

    def is_closing(self) -> bool:
        return False


class Asking:
    """A request, as far as a room looks at it."""

    def __init__(self) -> None:
        self.protocol = self.transport = Line()


def asking() -> web.Request:
    return cast("web.Request", Asking())


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)  # noqa: TID251 - lets the others go on, and takes no time


def waits(room: Room, request: web.Request, size: int) -> "asyncio.Task[None]":
    return asyncio.create_task(room.take(request, size))


async def test_bodies_that_fit_together_do_not_wait() -> None:
    room, one, other = Room(100, 0), asking(), asking()
    await room.take(one, 60)
    await room.take(other, 40)

    assert room.taken == 100


async def test_who_finds_no_room_waits_in_line() -> None:
    """In its order: the small one does not pass the large one, or that would never have its turn."""
    room, first, large, small = Room(100, 0), asking(), asking(), asking()
    await room.take(first, 60)
    second, third = waits(room, large, 80), waits(room, small, 10)
    await turns()
    waiting = room.taken, set(room.waiting)
    room.leave(first.protocol)
    await asyncio.wait_for(asyncio.gather(second, third), 5)

    assert waiting == (60, {large.protocol, small.protocol})
    assert (room.taken, room.waiting) == (90, set())


async def test_a_body_that_is_larger_than_all_has_it_for_itself() -> None:
    room, small, huge, other = Room(100, 0), asking(), asking(), asking()
    await room.take(small, 10)
    second = waits(room, huge, 1_000)
    await turns()
    early = second.done()
    room.leave(small.protocol)
    await asyncio.wait_for(second, 5)
    third = waits(room, other, 1)
    await turns()

    assert (early, room.taken, third.done()) == (False, 1_000, False)
    room.leave(huge.protocol)
    await asyncio.wait_for(third, 5)


async def test_what_turns_out_smaller_gives_the_rest_back() -> None:
    room, one, other = Room(100, 0), asking(), asking()
    await room.take(one, 100)
    second = waits(room, other, 50)
    await turns()
    room.keep(one, 50)
    await asyncio.wait_for(second, 5)
    room.keep(other, 80)

    assert room.taken == 100
    room.leave(one.protocol)
    room.leave(other.protocol)
    room.leave(other.protocol)
    assert room.taken == 0


async def test_patience_has_an_end_and_leaves_no_trace() -> None:
    room, first, second, third = Room(100, 0.02), asking(), asking(), asking()
    await room.take(first, 60)
    with pytest.raises(NoRoom, match=r"80 bytes of a body within 0\.02 s"):
        await room.take(second, 80)
    await room.take(third, 40)

    assert (room.taken, room.waiting) == (100, set())


async def test_who_is_cancelled_in_the_line_lets_the_next_one_go_on() -> None:
    room, first, second, third = Room(100, 0), asking(), asking(), asking()
    await room.take(first, 60)
    gone, small = waits(room, second, 80), waits(room, third, 40)
    await turns()
    gone.cancel()
    await asyncio.wait_for(small, 5)

    assert room.taken == 100


async def test_who_hangs_up_in_the_line_makes_way() -> None:
    room, first, second, third = Room(100, 0), asking(), asking(), asking()
    listeners: set[Any] = set()
    second.protocol.hung_up = listeners  # type: ignore[attr-defined]
    await room.take(first, 60)
    gone, small = waits(room, second, 80), waits(room, third, 40)
    await turns()
    for tell in tuple(listeners):
        tell()
    await asyncio.wait_for(asyncio.gather(gone, small), 5)

    assert room.taken == 100

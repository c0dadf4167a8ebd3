"""Requests that would cost far more than their bytes: endless heads, bodies in tiny chunks, bodies packed tightly.

What is kept of them is counted, and how often others have a turn meanwhile; nobody looks at a watch.
"""

import gzip
from typing import Any, Final

import pytest

from mock_amp.adapters.clocks import HandClock
from tests.api.holding import T0
from tests.api.inside import inside
from tests.api.test_express import LONG, SEND, request
from tests.api.test_load import CHUNKED, WAYS, ask, control, held, nothing_left, until
from tests.conformance.raw import chunk, connected

LONGEST: Final = 8 * 8_190
WAIT: Final = control("/wait", b'{"what":"messages","count":9,"timeout_ms":50}', "POST")


def head_of(size: int) -> bytes:
    """A request whose head has so many bytes; its body is a good one."""
    lines = [f"X-{number}: {'a' * 7_000}" for number in range((size - 1_000) // 7_100)]
    sent = request("/1/im", SEND, *lines)
    missing = size - (len(sent) - len(SEND)) - len("X-Last: \r\n")
    return request("/1/im", SEND, *lines, f"X-Last: {'a' * missing}")


class PatientClock(HandClock):
    """Counts how often somebody gives way."""

    def __init__(self) -> None:
        super().__init__(T0)
        self.turns = 0

    async def give_way(self) -> None:
        self.turns += 1
        await super().give_way()


@pytest.mark.parametrize("step", [1_000, 30_000, 200_000])
async def test_a_head_may_have_so_many_bytes_however_they_come(step: int) -> None:
    async with inside() as it, nothing_left(it), connected(it.amp) as connection:
        sent = head_of(LONGEST)
        for _ in range(2):
            for begins in range(0, len(sent), step):
                await connection.write(sent[begins : begins + step])
                await it.amp.admin("GET", "/clock")

            assert (await connection.answer()).status == 200


@pytest.mark.parametrize("step", [1_000, 30_000, 200_000])
@pytest.mark.parametrize("before", [b"", WAIT], ids=["first", "behind another"])
async def test_a_head_of_more_bytes_is_refused_before_it_ends(before: bytes, step: int) -> None:
    """H-9; aiohttp would take a megabyte of it, from each connection."""
    async with inside() as it, nothing_left(it), connected(it.amp) as connection:
        if before:
            await connection.write(before)
            await it.amp.admin("GET", "/clock")
        sent = head_of(LONGEST + 3_000)[: LONGEST + 1]
        for begins in range(0, len(sent), step):
            await connection.write(sent[begins : begins + step])
            await it.amp.admin("GET", "/clock")
        if before:
            assert (await connection.answer()).status == 408
        answer = await connection.answer()

        assert answer.verdict == (400, "H-9")
        assert f"more than {LONGEST} bytes, see header-limit" in answer.document["result_info"]["description"]
        assert await connection.reader.read() == b""


@pytest.mark.parametrize("cut", [0, 1, 2, 3, 4])
async def test_a_body_is_not_counted_as_its_head(cut: int) -> None:
    """Even if the head ends with the first bytes of what has all of the body."""
    async with inside() as it, nothing_left(it), connected(it.amp) as connection:
        head, _, body = request("/1/im", SEND.ljust(200_000)).partition(b"\r\n\r\n")
        ended = head + b"\r\n\r\n"
        await connection.write(ended[: len(ended) - cut])
        await it.amp.admin("GET", "/clock")
        await connection.write(ended[len(ended) - cut :] + body)

        assert (await connection.answer()).status == 200


async def test_little_is_kept_of_a_body_in_tiny_chunks() -> None:
    """Each chunk costs a hundred bytes; a client that waits for room sends no more of them."""
    async with inside(body_memory=300_000, body_limit=250_000) as it, nothing_left(it):
        async with connected(it.amp) as connection:
            room = it.server.services.room
            async with held(room, 200_000):
                connection.writer.write(CHUNKED + chunk(SEND.ljust(65_600)) + chunk(b"  ") * 20_000)
                await until(lambda: len(room.waiting) == 1)
                for _ in range(20):
                    await it.amp.admin("GET", "/clock")
                waiting: set[Any] = {*room.waiting}
                kept = sum(len(each._body._buffer) for each in waiting)  # noqa: SLF001 - as aiohttp keeps them
            await connection.write(b"0\r\n\r\n")

            assert (await connection.answer()).status == 200
        assert 0 < kept < 600


@pytest.mark.parametrize(
    ("sent", "least"),
    [
        (CHUNKED + chunk(SEND) + chunk(b"  ") * 20_000 + b"0\r\n\r\n", 30),
        (request("/1/im", gzip.compress(SEND.ljust(10_000_000)), "Content-Encoding: gzip"), 100),
    ],
    ids=["in tiny chunks", "packed"],
)
async def test_others_have_their_turn_while_a_body_takes_long(sent: bytes, least: int) -> None:
    clock = PatientClock()
    async with inside(clock=clock) as it, connected(it.amp) as connection:
        before = clock.turns
        await connection.write(sent)
        answer = await connection.answer()

    assert answer.status == 200
    assert clock.turns - before >= least


async def test_large_bodies_are_unpacked_one_after_the_other() -> None:
    """And small ones without waiting for them."""
    async with inside() as it, nothing_left(it), connected(it.amp) as large, connected(it.amp) as small:
        room = it.server.services.room
        async with room.unpacking:
            await large.write(request("/1/im", gzip.compress(SEND.ljust(200_000)), "Content-Encoding: gzip"))
            await until(lambda: room.taken)
            await small.write(request("/1/im", gzip.compress(SEND), "Content-Encoding: gzip"))
            early = await small.answer()
            waits = room.taken > len(SEND.ljust(200_000))
        answer = await large.answer()

    assert (early.status, waits, answer.status) == (200, True, 200)


@WAYS
async def test_a_question_does_not_wait_for_a_body_that_nobody_reads(more: tuple[str, ...]) -> None:
    async with inside() as it, connected(it.amp) as connection:
        await connection.write(request("/1/im/status/abc", b"", "Content-Length: 3", *more, method="GET"))
        early = await connection.answer()
        await connection.write(b"abc")
        await connection.write(request("/1/im/status/abc", b"abc", *more, method="GET"))
        late = await connection.answer()
        again = await ask(connection, *LONG)

    assert (early.status, late.status, again.status) == (404, 404, 200)

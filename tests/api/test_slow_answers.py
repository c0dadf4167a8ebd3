"""Answers that a fault of the scenario delays, by a real clock that the test turns; nothing here waits for time."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from mock_amp.adapters.clocks import HandClock
from mock_amp.core.instants import SECOND, Instant, parse_duration
from mock_amp.ports import Alarm
from tests.api.holding import T0, after
from tests.conformance.raw import Connection, RawAnswer, connected, head
from tests.conformance.verdicts import SMS
from tests.harness import NUMBER, Amp, running

BODY: Final = json.dumps({"destinations": [{"number": NUMBER}], "sms_content": SMS}).encode()


class WatchedClock(HandClock):
    """A clock turned by hand that knows what it is asked for, and what of that is still wanted."""

    def __init__(self) -> None:
        super().__init__(T0)
        self.wanted: list[Instant] = []
        self._asked = asyncio.Event()

    def call_at(self, at: Instant, then: Callable[[], None]) -> Alarm:
        self.wanted.append(at)
        self._asked.set()
        return super().call_at(at, then)

    async def until_wanted(self, at: Instant) -> None:
        """Returns once somebody has asked for this moment."""
        async with asyncio.timeout(10):
            while at not in self.wanted:
                self._asked.clear()
                await self._asked.wait()


@pytest.fixture(autouse=True)
def _quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whoever hangs up or stops meanwhile, nothing of ours or of aiohttp's has failed."""
    caplog.set_level(logging.INFO)
    yield
    assert [line.getMessage() for line in caplog.records if line.exc_info or line.levelno >= logging.ERROR] == []


@pytest.fixture
def clock() -> WatchedClock:
    return WatchedClock()


@pytest.fixture
async def amp(clock: WatchedClock) -> AsyncIterator[Amp]:
    async with running(clock=clock) as it:
        yield it


async def suffer(amp: Amp, **faults: Any) -> None:
    document = {"name": "slow", "requests": [{"name": "slowness", **faults}]}
    answer = await amp.admin("PUT", "/scenario", document)
    assert answer.status == 200, answer.body


@asynccontextmanager
async def asking(amp: Amp) -> AsyncIterator[Connection]:
    """A connection on which a good send is under way."""
    async with connected(amp) as connection:
        await connection.write(head(amp, f"Content-Length: {len(BODY)}") + BODY)
        yield connection


async def settle(amp: Amp) -> None:
    """Talks to the server for a while: whatever it does at once is done by then."""
    for _ in range(5):
        await amp.admin("GET", "/clock")


def in_hand() -> int:
    """How many requests are being answered in this process."""
    return sum("_handle_request" in getattr(task.get_coro(), "__qualname__", "") for task in asyncio.all_tasks())


async def journalled(amp: Amp, count: int) -> Any:
    """The last line of the journal, once there are so many."""
    async with asyncio.timeout(10):
        while len(lines := await amp.requests()) < count:
            pass
    return lines[-1]


async def hangs_up(amp: Amp, clock: WatchedClock) -> None:
    """Lets time go by second by second until nobody is being answered any more."""
    async with asyncio.timeout(10):
        while in_hand():
            clock.turn(Instant(clock.now() + SECOND))
            await settle(amp)


async def test_an_answer_comes_when_its_latency_is_over_and_not_before(amp: Amp, clock: WatchedClock) -> None:
    """The request has been processed by then."""
    await suffer(amp, latency="300ms")

    async with asking(amp) as connection:
        answer = asyncio.create_task(connection.answer())
        await clock.until_wanted(after(0.3))
        processed = len(await amp.messages())
        clock.turn(Instant(after(0.3) - 1))
        await settle(amp)
        early = answer.done()
        clock.turn(after(0.3))

        assert (processed, early, (await answer).status) == (1, False, 200)
    assert (await amp.last_request())["injected"] == {"rule": "slowness", "faults": {"latency": "300ms"}}


async def test_a_latency_of_minutes_is_over_at_its_moment(amp: Amp, clock: WatchedClock) -> None:
    """However often the server has looked on the way whether anybody is there."""
    await suffer(amp, latency="5m")

    async with asking(amp) as connection:
        answer = asyncio.create_task(connection.answer())
        for second in range(1, 300):
            await clock.until_wanted(after(second))
            clock.turn(after(second))
        await clock.until_wanted(after(300))
        early = answer.done()
        clock.turn(after(300))

        assert (early, (await answer).status) == (False, 200)


async def test_jitter_makes_the_latency_longer_each_time_by_another_span(amp: Amp, clock: WatchedClock) -> None:
    """By the account's seed; the journal says how long it was."""
    await suffer(amp, latency="300ms", jitter="100ms")
    waits = []

    for number in range(1, 6):
        async with asking(amp) as connection:
            start, line = clock.now(), await journalled(amp, number)
            wait = parse_duration(line["injected"]["faults"]["latency"])
            await clock.until_wanted(Instant(start + wait))
            clock.turn(Instant(start + wait))
            assert (await connection.answer()).status == 200
            waits.append(wait)

    assert len(set(waits)) == 5
    assert all(300_000 <= wait <= 400_000 for wait in waits)


async def test_a_status_may_come_late_too(amp: Amp, clock: WatchedClock) -> None:
    await suffer(amp, latency="2s", status=504)

    async with asking(amp) as connection:
        for second in (1, 2):
            await clock.until_wanted(after(second))
            clock.turn(after(second))

        assert (await connection.answer()).verdict == (504, "H-8")
    assert await amp.messages() == []


async def test_a_cut_waits_for_the_latency(amp: Amp, clock: WatchedClock) -> None:
    await suffer(amp, latency="100ms", cut="before")

    async with asking(amp) as connection:
        rest = asyncio.create_task(connection.reader.read(-1))
        await clock.until_wanted(after(0.1))
        await settle(amp)
        early = rest.done()
        clock.turn(after(0.1))

        assert (early, await asyncio.wait_for(rest, 10)) == (False, b"")


async def _head_of(connection: Connection) -> int:
    """Reads the head of an answer, and says what length it promises."""
    async with asyncio.timeout(10):
        told = await connection.reader.readuntil(b"\r\n\r\n")
    [length] = [line.split(b":")[1] for line in told.split(b"\r\n") if line.lower().startswith(b"content-length")]
    return int(length)


async def _drip(connection: Connection, clock: WatchedClock, moments: list[Instant]) -> list[bytes]:
    """What is there to read at each of these moments."""
    parts = []
    async with asyncio.timeout(10):
        for moment in moments:
            await clock.until_wanted(moment)
            clock.turn(moment)
            parts.append(await connection.reader.read(65_536))
    return parts


TENTHS: Final = [after(0.2 * number) for number in range(1, 11)]


async def test_a_slow_body_drips_in_ten_parts_over_its_time(amp: Amp, clock: WatchedClock) -> None:
    """The head comes at once and is right; the connection goes on."""
    await suffer(amp, slow_body="2s", match={"nth": 1})

    async with asking(amp) as connection:
        length = await _head_of(connection)
        parts = await _drip(connection, clock, TENTHS)
        await connection.write(head(amp, f"Content-Length: {len(BODY)}") + BODY)
        second = await connection.answer()

    assert {len(part) for part in parts} <= {length // 10, length // 10 + 1}
    assert json.loads(b"".join(parts))["results"].keys() == {NUMBER}
    assert (sum(map(len, parts)), second.status) == (length, 200)
    assert (await amp.requests())[0]["injected"] == {"rule": "slowness", "faults": {"slow_body": "2s"}}


async def test_a_slow_body_that_is_cut_in_the_middle_drips_half_of_it(amp: Amp, clock: WatchedClock) -> None:
    await suffer(amp, slow_body="2s", cut="middle")

    async with asking(amp) as connection:
        length = await _head_of(connection)
        parts = await _drip(connection, clock, TENTHS)
        rest = await asyncio.wait_for(connection.reader.read(-1), 10)

    assert (len(b"".join(parts)), rest) == (length // 2, b"")


async def test_a_refusal_may_drip_and_be_malformed(amp: Amp, clock: WatchedClock) -> None:
    await suffer(amp, slow_body="2s", malformed=True, status=503)

    async with asking(amp) as connection:
        length = await _head_of(connection)
        parts = await _drip(connection, clock, TENTHS)

    assert len(b"".join(parts)) == length
    with pytest.raises(json.JSONDecodeError):
        json.loads(b"".join(parts))


@pytest.mark.parametrize(
    "faults",
    [
        {"latency": "1h"},
        {"slow_body": "1h"},
        {"latency": "1h", "status": 503},
        {"latency": "1h", "cut": "middle"},
        {"slow_body": "1h", "cut": "after"},
    ],
)
async def test_a_client_that_hangs_up_leaves_nothing_behind(
    amp: Amp, clock: WatchedClock, faults: dict[str, Any]
) -> None:
    """It is seen within a second, not within an hour; and everybody else is answered meanwhile."""
    await suffer(amp, **faults)

    async with asking(amp):
        await clock.until_wanted(after(1))
        busy = in_hand()
    await hangs_up(amp, clock)

    assert (busy, in_hand()) == (1, 0)
    assert clock.now() < after(10)
    assert (await amp.last_request())["injected"]["faults"] == faults


async def test_a_client_that_hangs_up_after_a_body_that_nobody_wanted_leaves_nothing_behind(
    amp: Amp, clock: WatchedClock
) -> None:
    """However much of it there is."""
    await suffer(amp, latency="1h", status=503)

    async with connected(amp) as connection:
        await connection.write(head(amp, "Content-Length: 2000000") + b"." * 2_000_000)
        await clock.until_wanted(after(1))
    await hangs_up(amp, clock)

    assert clock.now() < after(10)


@pytest.mark.parametrize("faults", [{"latency": "1h"}, {"slow_body": "1h"}, {"latency": "1h", "status": 503}])
async def test_a_server_that_stops_does_not_wait_for_slow_answers(clock: WatchedClock, faults: dict[str, Any]) -> None:
    """The usual grace, and the connection ends."""
    async with asyncio.timeout(30), running(clock=clock) as amp:
        await suffer(amp, **faults)
        reader, writer = await asyncio.open_connection("127.0.0.1", int(amp.url.rpartition(":")[2]))
        writer.write(head(amp, f"Content-Length: {len(BODY)}") + BODY)
        await clock.until_wanted(after(1))

    rest = await asyncio.wait_for(reader.read(-1), 10)
    writer.close()

    assert (in_hand(), b"results" in rest) == (0, False)


async def test_a_slow_answer_holds_nobody_else_up(amp: Amp, clock: WatchedClock) -> None:
    await suffer(amp, match={"nth": 1}, latency="1h")

    async with asking(amp):
        await clock.until_wanted(after(1))
        others: list[RawAnswer] = []
        for _ in range(3):
            async with asking(amp) as connection:
                others.append(await connection.answer())

    assert [each.status for each in others] == [200, 200, 200]
    await hangs_up(amp, clock)

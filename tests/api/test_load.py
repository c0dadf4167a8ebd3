"""More clients than there is room for, and clients that drip, hang up and do not read: all of it ends, nothing is left.

Tasks, connections and open files are counted. Time passes by looks at the crowd, not by waiting; the alarm that makes
them otherwise is tested once.
"""

import asyncio
import gzip
import json
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import product
from math import ceil
from typing import Any, Final

import pytest

from mock_amp.adapters.descriptors import open_enough
from mock_amp.core.instants import SECOND, Instant
from mock_amp.settings import DEFAULT_TOKEN
from mock_amp.web import turned
from mock_amp.web.crowd import Phase
from mock_amp.web.room import Room
from tests.api.holding import hand_clock
from tests.api.inside import Inside, inside
from tests.api.test_express import LONG, SEND, request
from tests.api.test_metrics import scrape, value
from tests.conformance.raw import Connection, RawAnswer, chunk, connected

WAYS: Final = pytest.mark.parametrize("more", [(), LONG], ids=["the short way", "the long way"])
HEAD: Final = len(request("/1/im", SEND)) - len(SEND)


def control(target: str, body: bytes = b"", method: str = "GET") -> bytes:
    """A call of the control plane, by a name that it answers to."""
    return request(f"/__admin{target}", body, method=method).replace(b"Host: here", b"Host: localhost")


CHUNKED: Final = request("/1/im", b"", "Transfer-Encoding: chunked")


async def until(true: Callable[[], Any]) -> None:
    """Lets everybody else go on until something has come about."""
    async with asyncio.timeout(10):
        while not true():
            await hand_clock().give_way()


def counts(it: Inside) -> tuple[int, int, int, int, int]:
    """Tasks, open files, connections, requests in work and bytes of bodies."""
    services = it.server.services
    files = len(os.listdir("/dev/fd"))
    return len(asyncio.all_tasks()), files, services.crowd.connections, services.crowd.requests, services.room.taken


@asynccontextmanager
async def nothing_left(it: Inside) -> AsyncIterator[None]:
    """What the block begins has ended soon after it, tasks and sockets and all."""
    await it.amp.admin("GET", "/clock")  # by the connection that the test's own client keeps
    await until(lambda: it.server.services.crowd.connections == 1)
    before = counts(it)
    yield
    while (await it.amp.admin("GET", "/clock")).status != 200:
        pass
    try:
        await until(lambda: counts(it) == before)
    except TimeoutError:
        assert counts(it) == before


def look(it: Inside, seconds: float) -> None:
    """Lets so much of the clients' time pass, as the alarm of the crowd would; it begins at a whole second.

    Of others, what is added is not always what lies between.
    """
    crowd = it.server.services.crowd
    now = ceil(asyncio.get_running_loop().time())
    for tenth in range(11):
        crowd.look(now + seconds * tenth / 10)


def phases(it: Inside) -> list[Phase]:
    return [each.phase for each in it.server.services.crowd._looks]  # noqa: SLF001 - how each of them stands


async def ended(connection: Connection) -> bytes:
    """What comes until the connection ends."""
    async with asyncio.timeout(10):
        return await connection.reader.read()


PIECES: Final = {
    "half a first line": lambda sent: sent[:5],
    "half a head": lambda sent: sent[:70],
    "a head": lambda sent: sent[:HEAD],
    "half a body": lambda sent: sent[:-10],
    "half a chunk": lambda _: CHUNKED + b"10\r\n{",
    "no end of the chunks": lambda _: CHUNKED + b"1\r\n{\r\n",
}


@WAYS
@pytest.mark.parametrize("cut", PIECES.values(), ids=PIECES)
async def test_a_request_that_does_not_come_as_a_whole_is_refused(
    cut: Callable[[bytes], bytes], more: tuple[str, ...]
) -> None:
    """H-9: with its line in the journal, and the setting in the reason; then the connection ends."""
    async with inside() as it, nothing_left(it), connected(it.amp) as connection:
        await connection.write(cut(request("/1/im", SEND, *more)))
        await until(lambda: Phase.REQUEST in phases(it))
        look(it, 59)
        early = connection.reader.at_eof() or Phase.REQUEST not in phases(it)
        look(it, 60)
        answer = await connection.answer()

        assert not early
        assert answer.verdict == (400, "H-9")
        assert "60 s, see client-timeout" in answer.document["result_info"]["description"]
        assert await ended(connection) == b""
        line = await it.amp.last_request()
        assert (line["status"], line["rule"], line["id"]) == (400, "H-9", answer.headers["x-mock-amp-request"])


@WAYS
async def test_whoever_drips_has_no_more_time_than_others(more: tuple[str, ...]) -> None:
    """From the first byte of the request on, however often another one comes."""
    async with inside() as it, nothing_left(it), connected(it.amp) as connection:
        loop, crowd = asyncio.get_running_loop(), it.server.services.crowd
        sent, now = request("/1/im", SEND, *more), ceil(loop.time())
        for second in range(61):
            connection.writer.write(sent[second * 3 : second * 3 + 3])
            await it.amp.admin("GET", "/clock")
            await until(lambda: Phase.REQUEST in phases(it))  # another connection's answer may overtake the first bytes
            crowd.look(now + second)

        assert (await connection.answer()).verdict == (400, "H-9")


async def test_the_alarm_rings_by_itself() -> None:
    """Either patience by itself, or who drips might be silent for too long before."""
    async with inside(client_timeout="50ms") as it, connected(it.amp) as dripping:
        await dripping.write(b"POST")

        assert (await dripping.answer()).verdict == (400, "H-9")
        assert await ended(dripping) == b""
    async with inside(idle_timeout="100ms") as it, connected(it.amp) as silent:
        assert await ended(silent) == b""


@pytest.mark.parametrize("asks", [0, 1, 2], ids=["never asked", "asked", "asked twice"])
@WAYS
async def test_a_connection_without_a_request_is_closed(asks: int, more: tuple[str, ...]) -> None:
    """Without a word, and not before its time; a line end between two requests is none."""
    async with inside() as it, nothing_left(it), connected(it.amp) as connection:
        for _ in range(asks):
            await connection.write(request("/1/im", SEND, *more))
            assert (await connection.answer()).status == 200
            await connection.write(b"\r\n")
            await until(lambda: any(getattr(each, "_last", b"") == b"\r\n" for each in it.server.services.crowd._looks))  # noqa: SLF001
        await until(lambda: phases(it) == [Phase.IDLE, Phase.IDLE])
        look(it, 3_599)
        early = connection.reader.at_eof()
        look(it, 3_600)

        assert (early, await ended(connection)) == (False, b"")


async def test_our_own_work_is_never_cut_off() -> None:
    """A wait, a latency of the scenario, an open stream of events: hours pass."""
    clock = hand_clock()
    async with inside(clock=clock) as it, nothing_left(it):
        slow = {"name": "slow", "requests": [{"name": "it", "match": {"nth": 1}, "latency": "300ms"}]}
        await it.amp.admin("PUT", "/scenario", slow)
        async with connected(it.amp) as late, connected(it.amp) as waiting, connected(it.amp) as stream:
            await late.write(request("/1/im", SEND))
            body = json.dumps({"what": "messages", "count": 5, "timeout_ms": 1_000}).encode()
            await waiting.write(control("/wait", body, "POST"))
            await waiting.write(request("/1/im", SEND)[:-1])  # which has no turn yet, so it is not late
            await stream.write(control("/events"))
            await until(lambda: phases(it).count(Phase.WORK) == 3)
            look(it, 3_600 * 24)
            answers = asyncio.gather(late.answer(), waiting.answer())
            while not answers.done():
                clock.turn(Instant(clock.now() + SECOND // 10))
                await clock.give_way()

            assert [each.status for each in await answers] == [200, 408]
            assert not stream.reader.at_eof()


@pytest.mark.parametrize("target", ["/openapi.json", "/events"], ids=["long answers", "a stream"])
async def test_answers_that_nobody_takes_end_their_connection(target: str) -> None:
    """Whoever asks and asks and does not read is held back, and then cut off."""
    async with inside() as it, nothing_left(it):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(it.amp.url.rpartition(":")[2]), limit=1)
        writer.write(control("/openapi.json") * 300 + control(target))
        await until(lambda: Phase.ANSWER in phases(it))
        look(it, 60)
        await until(lambda: it.server.services.crowd.connections == 1)
        writer.transport.abort()
        del reader


async def test_a_stream_that_nobody_reads_ends() -> None:
    async with inside() as it, nothing_left(it), connected(it.amp) as connection:
        await connection.write(control("/events"))
        await connection.reader.readuntil(b"\r\n\r\n")
        [stream] = [each for each in it.server.services.crowd._looks if each.phase is Phase.WORK]  # noqa: SLF001
        for end in (connection.writer.transport, stream.transport):  # type: ignore[attr-defined]  # one of our own
            for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
                end.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, buffer, 4_096)
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # one of asyncio's own
        while stream.phase is not Phase.ANSWER:
            many = [{"number": f"35699{each:06d}"} for each in range(500)]
            await it.amp.send(destinations=many, sms_content={"message": "Hello"})
            await it.amp.advance(until="idle")
        look(it, 59)
        early = it.server.services.events.readers
        look(it, 60)
        await until(lambda: it.server.services.events.readers == 0)

        assert early == 1


HANG_UPS: Final = {
    "after nothing": lambda _: b"",
    **PIECES,
    "after the whole": lambda sent: sent,
    "after many": lambda sent: sent * 50,
    "in a large body": lambda _: request("/1/im", SEND.ljust(2_000_000))[:500_000],
}


@WAYS
@pytest.mark.parametrize("how", ["closes", "resets"])
async def test_whoever_hangs_up_leaves_nothing_behind(
    how: str, more: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    """Wherever in his request or its answer."""
    async with inside() as it:
        for cut, turns in product(HANG_UPS.values(), (0, 3, 30)):
            async with nothing_left(it), connected(it.amp) as connection:
                await until(lambda: it.server.services.crowd.connections == 2)  # or it might come when all is over
                await connection.write(cut(request("/1/im", SEND, *more)))
                for _ in range(turns):
                    await hand_clock().give_way()
                if how == "resets":
                    connection.writer.transport.abort()

    assert [each.getMessage() for each in caplog.records if each.exc_info or each.levelname == "ERROR"] == []


async def test_two_thousand_connections_come_and_go() -> None:
    """As many as there may be stay; each that is too many takes the place of the eldest."""
    most = 2_000
    open_enough(2 * most, 100)
    async with inside(max_connections=most) as it, nothing_left(it):
        open_ = []
        for _ in range(most // 100):
            open_ += await asyncio.gather(*(plain(it) for _ in range(100)))
        crowd = it.server.services.crowd
        await until(lambda: crowd.connections == most)  # the last one took the place of the test's own
        for client in crowd._looks:  # noqa: SLF001 - as if they had been there for a while
            client.since -= 10
        newcomers = await asyncio.gather(*(plain(it) for _ in range(100)))
        await until(lambda: [each.reader.at_eof() for each in open_] == [True] * 100 + [False] * (most - 100))

        assert crowd.connections == most
        assert crowd.refused == 0
        for each in [*open_, *newcomers]:
            each.writer.transport.abort()


async def plain(it: Inside) -> Connection:
    return Connection(*await asyncio.open_connection("127.0.0.1", int(it.amp.url.rpartition(":")[2])))


async def ask(connection: Connection, *more: str, token: str = DEFAULT_TOKEN) -> RawAnswer:
    await connection.write(request("/1/im", SEND, *more, token=token))
    return await connection.answer()


@WAYS
async def test_the_longest_idle_connection_makes_room_for_a_newcomer(more: tuple[str, ...]) -> None:
    """Not the eldest, nor one that has a request in work."""
    async with (
        inside(max_connections=4) as it,
        nothing_left(it),
        connected(it.amp) as busy,
        connected(it.amp) as one,
        connected(it.amp) as other,
    ):
        await busy.write(control("/wait", b'{"what":"messages","count":9,"timeout_ms":60000}', "POST"))
        await until(lambda: Phase.WORK in phases(it))
        for each in (other, one):
            assert (await ask(each, *more)).status == 200
        await it.amp.admin("GET", "/clock")
        async with connected(it.amp) as newcomer:
            assert (await ask(newcomer, *more)).status == 200
            assert await ended(other) == b""
            assert (await ask(one, *more)).status == 200
            assert not busy.reader.at_eof()


async def test_a_newcomer_without_room_is_told_so_at_once() -> None:
    """H-8, H-3: the envelope, and the connection ends, whatever its client has to say."""
    async with inside(max_connections=1) as it, nothing_left(it):
        async with connected(it.amp) as busy:
            await busy.write(request("/1/im", SEND)[:-1])
            await until(lambda: phases(it) == [Phase.REQUEST])
            async with connected(it.amp) as silent, connected(it.amp) as talking:
                await talking.write(request("/1/im", SEND))
                answers = [await each.answer() for each in (silent, talking)]
                ends = [await ended(each) for each in (silent, talking)]
            await busy.write(SEND[-1:])

            assert (await busy.answer()).status == 200
        assert {each.verdict for each in answers} == {(503, "H-8")}
        assert {(each.headers["connection"], each.headers["retry-after"]) for each in answers} == {("close", "1")}
        assert "[1] connections are open" in answers[0].document["result_info"]["description"]
        assert ends == [b"", b""]
        assert it.server.services.crowd.refused == 2


async def test_who_is_turned_away_and_stays_is_cut_off() -> None:
    """After a second, which is the longest wait of this module; any number of them holds up nobody."""
    async with inside(max_connections=1) as it, nothing_left(it), connected(it.amp) as busy:
        await busy.write(request("/1/im", SEND)[:-1])
        await until(lambda: phases(it) == [Phase.REQUEST])
        newcomers = await asyncio.gather(*(plain(it) for _ in range(300)))
        answers = await asyncio.gather(*(each.answer() for each in newcomers))

        assert {each.verdict for each in answers} == {(503, "H-8")}
        assert it.server.services.crowd.connections == 1
        for each in newcomers[1:]:
            each.writer.close()
        while True:  # the one that has read its answer, and goes on talking
            try:
                await newcomers[0].write(b"x")
            except ConnectionError:
                break
            await hand_clock().give_way()
        newcomers[0].writer.close()


async def test_who_is_turned_away_while_it_talks_can_still_read_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed at once, the connection would be reset, and the answer with it."""
    monkeypatch.setattr(turned, "LINGER", 60.0)  # it is there to the end, however slowly that comes
    async with inside(max_connections=1) as it, nothing_left(it), connected(it.amp) as busy:
        await busy.write(request("/1/im", SEND)[:-1])
        await until(lambda: phases(it) == [Phase.REQUEST])
        loop = asyncio.get_running_loop()
        with socket.create_connection(("127.0.0.1", int(it.amp.url.rpartition(":")[2]))) as talking:
            talking.setblocking(False)  # noqa: FBT003 - the standard library's own
            await until(lambda: it.server.services.crowd.refused)
            for _ in range(20):
                await loop.sock_sendall(talking, b"x")
                await hand_clock().give_way()

            assert (await loop.sock_recv(talking, 100)).startswith(b"HTTP/1.1 503 ")


async def test_connections_are_counted_over_all_doors() -> None:
    """The control plane that has a port of its own speaks its own form."""
    async with inside(max_connections=1, admin_port=0) as it:
        first = await plain(it)
        await first.write(b"POST")
        await until(lambda: phases(it) == [Phase.REQUEST])  # who has been silent for a second makes room
        admin_port = int(it.server.admin_url.rpartition(":")[2])
        second = Connection(*await asyncio.open_connection("127.0.0.1", admin_port))
        answer = await second.answer()
        for each in (first, second):
            each.writer.close()

    assert answer.status == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "max-connections" in answer.document["detail"]


@WAYS
async def test_there_are_only_so_many_requests_in_work(more: tuple[str, ...]) -> None:
    """H-8: any more are refused, each in its own journal; the control plane and the state of health go on."""
    async with inside(max_requests=1) as it, nothing_left(it):
        other = await it.amp.open_account()
        async with connected(it.amp) as first, connected(it.amp) as second:
            await first.write(request("/1/im", SEND, *more)[:-1])
            await until(lambda: it.server.services.crowd.requests == 1)
            refused = await ask(second, *more, token=other.token)
            health = [await it.amp.call("GET", path) for path in ("/readyz", "/__admin/messages")]
            await first.write(SEND[-1:])
            answer = await first.answer()
            again = await ask(second, *more)

        assert (refused.verdict, refused.headers["retry-after"]) == ((503, "H-8"), "1")
        assert "[1] requests are in work" in refused.document["result_info"]["description"]
        assert [(each["status"], each["rule"]) for each in await other.requests()] == [(503, "H-8")]
        assert [each.status for each in health] == [200, 200]
        assert (answer.status, again.status) == (200, 200)


LARGE: Final = SEND.ljust(200_000)
LARGE_WAYS: Final = {
    "by length": request("/1/im", LARGE),
    "in chunks": CHUNKED + chunk(LARGE) + b"0\r\n\r\n",
    "packed": request("/1/im", gzip.compress(LARGE), "Content-Encoding: gzip"),
}


@pytest.mark.parametrize("sent", LARGE_WAYS.values(), ids=LARGE_WAYS)
async def test_a_large_body_waits_until_there_is_room_for_it(sent: bytes) -> None:
    """Small ones do not wait; and a wait is no fault of the client."""
    async with inside(body_memory=300_000, body_limit=250_000) as it, nothing_left(it):
        room = it.server.services.room
        async with connected(it.amp) as large, connected(it.amp) as small:
            async with held(room, 200_000):
                await large.write(sent[:-1])
                await until(lambda: len(room.waiting) == 1)
                quick = await ask(small)
                look(it, 600)
                waiting = len(room.waiting)
            await large.write(sent[-1:])
            answer = await large.answer()

    assert (waiting, quick.status, answer.status) == (1, 200, 200)


@pytest.mark.parametrize("sent", LARGE_WAYS.values(), ids=LARGE_WAYS)
async def test_a_body_that_finds_no_room_in_time_is_refused(sent: bytes) -> None:
    """H-8: by the alarm of the line itself; on the control plane too."""
    async with inside(body_memory=300_000, body_limit=250_000, client_timeout="200ms") as it, nothing_left(it):
        room, alarm = it.server.services.room, it.server.services.crowd._alarm  # noqa: SLF001 - that of the others
        assert alarm is not None
        alarm.cancel()  # or who sends slowly might be refused for that
        async with connected(it.amp) as second, connected(it.amp) as third, held(room, 200_000):
            await second.write(sent)
            await third.write(control("/snapshot", LARGE, "PUT"))
            refused, problem = await second.answer(), await third.answer()

        assert (refused.verdict, refused.headers["retry-after"]) == ((503, "H-8"), "1")
        assert "no memory" in refused.document["result_info"]["description"]
        assert (problem.status, problem.headers["retry-after"]) == (503, "1")
        assert "body-memory" in problem.document["detail"]


@asynccontextmanager
async def held(room: Room, size: int) -> AsyncIterator[None]:
    """So much of the room is somebody else's."""
    room._hold("somebody", size)  # noqa: SLF001 - no client of this test gets a byte of it
    try:
        yield
    finally:
        room.leave("somebody")


async def test_a_body_larger_than_the_memory_passes_alone() -> None:
    async with inside(body_memory=100_000) as it, nothing_left(it), connected(it.amp) as connection:
        for sent in LARGE_WAYS.values():
            await connection.write(sent)

            assert (await connection.answer()).status == 200


async def test_growing_bodies_do_not_wait_for_each_other_for_ever() -> None:
    """Fifty in chunks, all begun at once, with room for one: each has its turn."""
    async with inside(body_memory=250_000, body_limit=250_000) as it, nothing_left(it):
        open_ = [await plain(it) for _ in range(50)]
        half = len(LARGE) // 2
        for each in open_:
            each.writer.write(CHUNKED + chunk(LARGE[:half]))
        await until(lambda: len(it.server.services.room.waiting) == 49)
        for each in open_:
            each.writer.write(chunk(LARGE[half:]) + b"0\r\n\r\n")

        assert {(await each.answer()).status for each in open_} == {200}
        for each in open_:
            each.writer.close()


async def test_whoever_hangs_up_in_the_line_makes_way() -> None:
    async with inside(body_memory=300_000) as it, nothing_left(it):
        room = it.server.services.room
        async with held(room, 200_000):
            async with connected(it.amp) as gone:
                await gone.write(request("/1/im", SEND.ljust(300_000)))
                await until(lambda: len(room.waiting) == 1)
                gone.writer.transport.abort()
            await until(lambda: not room.waiting)
            async with connected(it.amp) as next_:
                await next_.write(request("/1/im", SEND.ljust(70_000)))

                assert (await next_.answer()).status == 200


@pytest.mark.parametrize(("limit", "size", "status"), [(2_000, 1_900, 200), (2_000, 2_100, 400), (20_000, 19_000, 200)])
@WAYS
async def test_a_line_of_a_head_may_be_so_long(limit: int, size: int, status: int, more: tuple[str, ...]) -> None:
    """H-9."""
    async with inside(header_limit=limit) as it, connected(it.amp) as connection:
        answer = await ask(connection, f"X-Long: {'a' * (size - 8)}", *more)

    assert answer.status == status


async def test_the_load_is_in_the_metrics() -> None:
    """Without the store too."""
    async with inside() as it, connected(it.amp) as first, connected(it.amp) as second:
        await first.write(request("/1/im", LARGE)[:-1])
        await second.write(request("/1/im", SEND)[:-1])
        await until(lambda: it.server.services.crowd.requests == 2)
        samples = await scrape(it.amp)

    assert value(samples, "connections") == 3
    assert value(samples, "requests_in_work") == 2
    assert value(samples, "body_bytes") == len(LARGE)
    assert value(samples, "connections_refused_total") == 0
    assert (value(samples, "tasks") or 0) > 3

"""The short way of a request and the long one: the same answers, in the order of the requests, whatever happens."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import pytest
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from mock_amp.adapters.clocks import HandClock
from mock_amp.bootstrap import Server, serving
from mock_amp.core.instants import SECOND, Duration, Instant
from mock_amp.engine.journal import Reply
from mock_amp.engine.opening import Wish
from mock_amp.settings import DEFAULT_TOKEN
from mock_amp.web.app import build_service
from mock_amp.web.asked import Asked, Endpoint, Handler
from mock_amp.web.express import EXPRESS, Express
from mock_amp.web.pipeline import handler_of
from mock_amp.web.server import Runner
from mock_amp.web.services import SERVICES
from tests.api.holding import hand_clock
from tests.harness import NUMBER, running, settings

SEND: Final = json.dumps({"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hello"}}).encode()
ILLEGAL: Final = json.dumps({"destinations": [{"number": "avc"}], "sms_content": {"message": "Hello"}}).encode()
UNKNOWN: Final = "/1/im/status/00000000-0000-0000-0000-000000000000"
HOUR: Final = 3_600 * SECOND
LONG: Final = ("Content-Encoding: identity",)
"""A header that means nothing, and that the short way does not take."""


@dataclass(slots=True)
class Line:
    """One connection, by its bytes."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def answer(self) -> bytes:
        """The next answer as it came, but for its date."""
        async with asyncio.timeout(10):
            head = await self.reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"Content-Length: (\d+)", head)
            body = await self.reader.readexactly(int(length[1])) if length else b""
        return re.sub(rb"Date: [^\r]+", b"Date: then", head) + body


def request(
    target: str = "/1/im", body: bytes = b"", *more: str, method: str = "POST", token: str = DEFAULT_TOKEN
) -> bytes:
    length = (f"Content-Length: {len(body)}",) if body else ()
    usual = ("Host: here", f"Authorization: Token {token}", "Content-Type: application/json", *length)
    return "\r\n".join([f"{method} {target} HTTP/1.1", *usual, *more, "", ""]).encode() + body


@asynccontextmanager
async def listening(runner: Runner) -> AsyncIterator[Line]:
    """A connection to what the runner runs."""
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        reader, writer = await asyncio.open_connection("127.0.0.1", runner.addresses[0][1])
        try:
            yield Line(reader, writer)
        finally:
            writer.close()
    finally:
        await runner.cleanup()


@asynccontextmanager
async def service(**changes: Any) -> AsyncIterator[tuple[Line, Runner]]:
    """A fresh service. Its runner counts in `requests_count` those that aiohttp has seen, which went the long way."""
    server = Server(settings(**changes), clock=hand_clock())
    async with serving(server):
        runner = Runner(build_service(server.services), server.services.journal, shutdown_timeout=1)
        async with listening(runner) as line:
            yield line, runner


def under_way(runner: Runner) -> int:
    """Answers of the short way that are still to come."""
    return len(runner.server.answering)  # type: ignore[union-attr]  # the runner's own kind of server


def seen_by_aiohttp(runner: Runner) -> int:
    assert runner.server is not None
    return runner.server.requests_count


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written: list[bytes] = []
        self.reading, self.closed = True, False

    def write(self, data: Any) -> None:
        self.written.append(bytes(data))

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def connected(runner: Runner) -> tuple[RequestHandler, Wire]:
    """A connection without a network: what it has heard, it has heard at once."""
    assert runner.server is not None
    connection, wire = runner.server(), Wire()
    connection.connection_made(wire)
    return connection, wire


CALLS: Final = {
    "send": ("/1/im", SEND, "POST", 200),
    "sms": ("/1/sms", SEND, "POST", 200),
    "a second send": ("/1/im", SEND, "POST", 200),
    "a refused value": ("/1/im", ILLEGAL, "POST", 403),
    "no JSON": ("/1/im", b"{", "POST", 400),
    "no body": ("/1/im", b"", "POST", 400),
    "an unknown message": (UNKNOWN, b"", "GET", 404),
    "no message": ("/1/im/status/nothing", b"", "GET", 404),
    "a code": ("/1/2fa", b"{}", "POST", 400),
}


async def test_both_ways_answer_byte_for_byte_the_same() -> None:
    """H-3: status, headers in their order, body, and the number of the journal's line."""
    got: dict[bool, list[bytes]] = {}
    for short in (True, False):
        async with service(random_seed=7) as (line, runner):
            got[short] = []
            for target, body, method, _ in CALLS.values():
                line.writer.write(request(target, body, *(() if short else LONG), method=method))
                got[short].append(await line.answer())
            assert seen_by_aiohttp(runner) == (0 if short else len(CALLS))

    assert got[True] == got[False]
    assert [int(each.split()[1]) for each in got[True]] == [status for *_, status in CALLS.values()]


async def test_a_status_goes_the_short_way() -> None:
    async with service() as (line, runner):
        line.writer.write(request("/1/im", SEND))
        found = json.loads((await line.answer()).partition(b"\r\n\r\n")[2])
        line.writer.write(request(f"/1/im/status/{found['results'][NUMBER]['message_id']}", method="GET"))

        assert (await line.answer()).startswith(b"HTTP/1.1 200 OK\r\n")
        assert seen_by_aiohttp(runner) == 0


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(request(body=SEND).replace(b"HTTP/1.1", b"HTTP/1.0"), 200, id="HTTP/1.0"),
        pytest.param(
            request("/1/im", SEND, "Connection: keep-alive").replace(b"HTTP/1.1", b"HTTP/1.0"),
            200,
            id="HTTP/1.0 that stays",
        ),
        pytest.param(request("/1/im", SEND, "Connection: Upgrade", "Upgrade: h2c"), 200, id="an upgrade"),
        pytest.param(request("/1/im", SEND, "Connection: close"), 200, id="the last request"),
        pytest.param(request("/1/im?from=me", SEND), 200, id="a query"),
        pytest.param(request("/1/%69m", SEND), 200, id="an escape"),
        pytest.param(request("http://here/1/im", SEND), 200, id="an absolute target"),
        pytest.param(
            request("/1/im", b"", "Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(SEND), SEND),
            200,
            id="chunks",
        ),
        pytest.param(request("/1/im", SEND, "Content-Encoding: zip"), 400, id="an encoding"),
        pytest.param(request("/1/im", SEND, "Expect: a miracle"), 400, id="an expectation"),
        pytest.param(request("/1/im", SEND + b" " * 70_000), 200, id="a large body"),
        pytest.param(request("/1/im", SEND, token="nobody's"), 401, id="no such token"),
        pytest.param(request("/1/im", SEND, "Authorization: Token another"), 401, id="two tokens"),
        pytest.param(request("/1/im", SEND).replace(b"application/json", b"text/plain"), 415, id="another media type"),
        pytest.param(request(method="DELETE"), 405, id="another method"),
        pytest.param(request("/1/im/status/1", method="GET").replace(b" HTTP/1.1", b""), 404, id="no version"),
        pytest.param(request("/1/nothing", SEND), 404, id="another path"),
        pytest.param(request("/1/2fa/mine/123456"), 200, id="a path of two parameters"),
    ],
)
async def test_what_is_rare_goes_the_long_way(sent: bytes, status: int) -> None:
    async with service() as (line, runner):
        line.writer.write(sent)

        assert int((await line.answer()).split()[1]) == status
        assert seen_by_aiohttp(runner) == 1


async def test_a_connection_serves_any_number_of_requests() -> None:
    async with service() as (line, runner):
        for _ in range(100):
            line.writer.write(request("/1/im", SEND))

            assert (await line.answer()).startswith(b"HTTP/1.1 200")
        assert under_way(runner) == 0


async def test_a_body_beyond_the_limit_is_refused_on_either_way() -> None:
    """H-6."""
    async with service(body_limit=1024) as (line, _):
        line.writer.write(request("/1/im", b" " * 1025))

        assert int((await line.answer()).split()[1]) == 413


async def test_a_fault_of_the_scenario_goes_the_long_way() -> None:
    """H-8: the fault is counted once, not once on each way."""
    async with service() as (line, runner):
        services = runner.app[SERVICES]
        document = {"name": "the second", "requests": [{"name": "once", "match": {"nth": 2}, "status": 503}]}
        await services.steering.set_scenario("default", document)
        answers = []
        for _ in range(3):
            line.writer.write(request("/1/im", SEND))
            answers.append(int((await line.answer()).split()[1]))

    assert answers == [200, 503, 200]


async def test_requests_in_one_piece_are_answered_in_their_order() -> None:
    """Short ones and long ones, more of them than aiohttp lets wait."""
    async with service() as (line, _):
        line.writer.write(b"".join([request("/1/im", SEND), request(UNKNOWN, method="GET"), request("/2")] * 40))
        answers = [await line.answer() for _ in range(120)]

    numbers = [int(re.findall(rb"X-Mock-Amp-Request: (\d+)", each)[0]) for each in answers]
    assert [each.split()[1] for each in answers] == [b"200", b"404", b"404"] * 40
    assert numbers == sorted(numbers)


def in_pieces(*ends: int) -> list[bytes]:
    """A send in pieces; ends count from the beginning of its body."""
    sent = request("/1/im", SEND)
    at = len(sent) - len(SEND)
    cuts = [0, *(at + each for each in ends), len(sent)]
    return [sent[begin:end] for begin, end in pairwise(cuts)]


@pytest.mark.parametrize("ends", [(0,), (10,), (0, 10, 20)], ids=str)
async def test_a_body_may_come_after_its_head(ends: tuple[int, ...]) -> None:
    """As many clients send it: the head, then the body."""
    async with service() as (_, runner):
        connection, wire = connected(runner)
        for number in (1, 2):
            for piece in in_pieces(*ends):
                assert len(wire.written) == number - 1

                connection.data_received(piece)
                await hand_clock().give_way()
            while len(wire.written) < number:
                await hand_clock().give_way()

        assert all(each.startswith(b"HTTP/1.1 200 OK") for each in wire.written)
        assert seen_by_aiohttp(runner) == 0
        connection.connection_lost(None)


async def test_the_first_request_of_a_connection_goes_the_short_way() -> None:
    """Though aiohttp has not begun to wait for one."""
    async with service() as (_, runner):
        connection, wire = connected(runner)
        connection.data_received(request("/1/im", SEND))
        while not wire.written:
            await hand_clock().give_way()

        assert seen_by_aiohttp(runner) == 0
        connection.connection_lost(None)


async def test_what_comes_along_with_the_end_of_a_body_is_answered_too() -> None:
    async with service() as (_, runner):
        connection, wire = connected(runner)
        head, body = in_pieces(0)
        connection.data_received(head)
        connection.data_received(body + f"GET {UNKNOWN} HTTP/1.1\r\nX: ".encode())
        await _some_turns()
        connection.data_received(request("/1/im", SEND))  # of which the first line is a header of the one before
        while len(wire.written) < 2:
            await hand_clock().give_way()

        assert [each.split()[1] for each in wire.written] == [b"200", b"404"]
        connection.connection_lost(None)


async def test_a_connection_that_is_closed_takes_nothing_more() -> None:
    async with service() as (_, runner):
        connection, wire = connected(runner)
        connection.force_close()
        connection.data_received(request("/1/im", SEND))
        await _some_turns()

        assert wire.written == []
        assert runner.app[SERVICES].world.account("default").requests == 0
        connection.connection_lost(None)


async def test_answers_that_nobody_takes_do_not_pile_up() -> None:
    """Whoever does not read goes the long way, on which aiohttp waits for him."""
    async with service() as (_, runner):
        connection, _wire = connected(runner)
        await hand_clock().give_way()
        connection.pause_writing()
        connection.data_received(request("/1/im", SEND))
        await _some_turns()

        assert seen_by_aiohttp(runner) == 1
        connection.connection_lost(None)


async def test_a_refusal_does_not_wait_for_the_body() -> None:
    """H-1: of a body that has not come yet, nothing is asked."""
    async with service() as (line, _):
        line.writer.write(request("/1/im", SEND, token="nobody's")[: -len(SEND)])

        assert int((await line.answer()).split()[1]) == 401


async def test_a_body_that_ends_early_is_refused() -> None:
    """H-6: the client still reads."""
    async with service() as (_, runner):
        connection, wire = connected(runner)
        connection.data_received(in_pieces(10)[0])
        connection.eof_received()
        while not wire.closed:
            await hand_clock().give_way()

        assert wire.written[0].startswith(b"HTTP/1.1 400")
        assert b"it ends before the length that was told" in wire.written[0]
        connection.connection_lost(None)


async def test_a_body_that_nobody_wanted_is_not_waited_for_once_the_connection_has_ended() -> None:
    """H-1: what comes of it is thrown away after the answer, so that the client comes to read that."""
    async with service() as (_, runner):
        before = asyncio.all_tasks()
        connection, wire = connected(runner)
        connection.data_received(request("/1/im", SEND, token="nobody's")[: -len(SEND)])
        while not wire.written:
            await hand_clock().give_way()
        await _some_turns()
        connection.connection_lost(None)
        await _some_turns()

        assert wire.written[0].startswith(b"HTTP/1.1 401")
        assert asyncio.all_tasks() == before


@pytest.mark.parametrize("more", [(), LONG], ids=["the short way", "the long way"])
async def test_a_connection_that_ends_before_the_body_leaves_a_line(more: tuple[str, ...]) -> None:
    """H-6: nobody is there to read an answer."""
    async with service() as (_, runner):
        connection, wire = connected(runner)
        await hand_clock().give_way()
        connection.data_received(request("/1/im", SEND, *more)[:-10])
        await _some_turns()
        connection.connection_lost(ConnectionResetError())
        await _some_turns()
        services = runner.app[SERVICES]
        line = services.reading.request("default", 1)

        assert (line["status"], line["body"]) == (400, "")
        assert "the connection has ended before it" in str(line["reason"])
        assert services.meter.requests["/1/im", 400] == 1
        assert wire.written == []


async def test_an_account_is_in_use_as_long_as_a_body_comes() -> None:
    """D14."""
    async with service() as (_, runner):
        services, clock = runner.app[SERVICES], runner.app[SERVICES].world.clock
        assert isinstance(clock, HandClock)
        account, token = await services.opening.open(Wish(expires_after=Duration(HOUR)))
        connection, wire = connected(runner)
        sent = request("/1/im", SEND, token=token)
        connection.data_received(sent[:-10])
        clock.turn(Instant(clock.now() + 2 * HOUR))

        assert services.expiry.at(account.id) == clock.now() + HOUR

        connection.data_received(sent[-10:])
        while not wire.written:
            await hand_clock().give_way()
        ends = clock.now() + HOUR
        clock.turn(Instant(clock.now() + SECOND))

        assert services.expiry.at(account.id) == ends
        for end in ("eof_received", "force_close"):
            connection, wire = connected(runner)
            connection.data_received(sent[:-10])
            getattr(connection, end)()
            await _some_turns()
            connection.connection_lost(None)
            ends = clock.now() + HOUR
            clock.turn(Instant(clock.now() + SECOND))

            assert services.expiry.at(account.id) == ends


LARGE: Final = request("/1/im", SEND + b" " * 70_000)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        pytest.param([request("/1/nothing", SEND)], 1, id="of another path"),
        pytest.param([request("/1/im", SEND, token="nobody's")], 1, id="refused"),
        pytest.param([LARGE[:1_000], LARGE[1_000:50_000], LARGE[50_000:]], 1, id="large, and in pieces"),
        pytest.param(
            [request("/1/im", b"", "Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(SEND), SEND)],
            2,
            id="in chunks",
        ),
        pytest.param([request(UNKNOWN, method="GET")[:20], request(UNKNOWN, method="GET")[20:]], 2, id="a torn head"),
    ],
)
async def test_the_request_after_a_long_one_goes_the_short_way(before: list[bytes], expected: int) -> None:
    """If it is known where it begins."""
    async with service() as (_, runner):
        connection, wire = connected(runner)
        for piece in before:
            connection.data_received(piece)
            await _some_turns()
        assert wire.written
        wire.written.clear()
        connection.data_received(request("/1/im", SEND))
        while not wire.written:
            await hand_clock().give_way()

        assert wire.written[0].startswith(b"HTTP/1.1 200 OK")
        assert seen_by_aiohttp(runner) == expected
        connection.connection_lost(None)


async def test_a_body_that_looks_like_a_request_is_none() -> None:
    """Whatever comes while aiohttp has a request is part of that one."""
    inner = request("/1/im", SEND)
    outer = request("/1/im", inner, *LONG)
    async with service() as (line, _):
        line.writer.write(outer[: -len(inner)])
        await line.writer.drain()
        await _some_turns()
        line.writer.write(inner)

        assert (await line.answer()).startswith(b"HTTP/1.1 400")
        line.writer.write(request(UNKNOWN, method="GET"))

        assert (await line.answer()).startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize("more", [(), LONG], ids=["the short way", "the long way"])
async def test_the_first_endpoint_of_a_path_takes_it(more: tuple[str, ...]) -> None:
    """A further path of sends may be one that is known."""
    async with service(send_path=("/1/2fa",)) as (line, _):
        line.writer.write(request("/1/2fa", SEND, *more))

        assert NUMBER in json.loads((await line.answer()).partition(b"\r\n\r\n")[2])["results"]


@dataclass(slots=True)
class Slow:
    """A use case that waits to be let go, and what it was asked."""

    then: Callable[[int], Reply]
    asked: asyncio.Queue[Asked] = field(default_factory=asyncio.Queue)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    count: int = 0

    async def __call__(self, asked: Asked) -> Reply:
        self.asked.put_nowait(asked)
        await self.let_go.wait()
        self.count += 1
        return self.then(self.count)


def fine(number: int) -> Reply:
    return Reply(status=200, body=b"%d" % number, request=number)


def broken(_asked: object) -> Reply:
    raise RuntimeError("a bug")


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[tuple[Line, Runner]]:
    """A service of one endpoint, which does what the handler does."""
    server = Server(settings(), clock=hand_clock())
    async with serving(server):
        app = web.Application()
        app[SERVICES] = server.services
        endpoint = Endpoint(path="/1/slow", methods={"POST": handler})
        app[EXPRESS] = Express(server.services, [endpoint])
        app.router.add_post(endpoint.path, handler_of(endpoint))
        runner = Runner(app, server.services.journal, shutdown_timeout=10)
        async with listening(runner) as line:
            yield line, runner


async def test_what_comes_before_the_answer_waits_for_it() -> None:
    """And as long as it waits, no more is read."""
    slow = Slow(fine)
    async with answering(slow) as (_, runner):
        connection, wire = connected(runner)
        connection.data_received(request("/1/slow", SEND))
        second = request("/1/slow", SEND)
        connection.data_received(second[:50])
        connection.data_received(second[50:])
        await slow.asked.get()

        assert (wire.written, wire.reading) == ([], False)

        slow.let_go.set()
        await slow.asked.get()
        while len(wire.written) < 2:
            await hand_clock().give_way()

        assert [each[-1:] for each in wire.written] == [b"1", b"2"]
        assert wire.reading
        connection.connection_lost(None)


@pytest.mark.parametrize(("first", "second"), [((), LONG), (LONG, ()), (LONG, LONG)], ids=str)
async def test_a_request_waits_for_the_one_before_it(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    """Whichever way each of them goes."""
    slow = Slow(fine)
    async with answering(slow) as (line, _):
        line.writer.write(request("/1/slow", SEND, *first))
        await slow.asked.get()
        line.writer.write(request("/1/slow", SEND, *second))
        await _some_turns()

        assert slow.asked.empty()

        slow.let_go.set()
        assert [(await line.answer())[-1:] for _ in range(2)] == [b"1", b"2"]


async def test_a_server_that_stops_waits_for_the_answer() -> None:
    slow = Slow(fine)
    async with answering(slow) as (line, runner):
        line.writer.write(request("/1/slow", SEND))
        await slow.asked.get()
        stopping = asyncio.create_task(runner.cleanup())
        await _some_turns()

        assert not stopping.done()

        slow.let_go.set()

        assert (await line.answer()).endswith(b"\r\n\r\n1")
        assert await line.reader.read() == b""
        await stopping


async def test_a_client_that_hangs_up_does_not_end_the_use_case(caplog: pytest.LogCaptureFixture) -> None:
    slow = Slow(fine)
    async with answering(slow) as (line, runner):
        line.writer.write(request("/1/slow", SEND))
        await slow.asked.get()
        line.writer.close()
        assert runner.server is not None
        while runner.server.connections:
            await hand_clock().give_way()
        slow.let_go.set()
        while not slow.count:
            await hand_clock().give_way()

    assert not [each for each in caplog.records if each.levelname in ("ERROR", "WARNING")]


async def _fail(_asked: Asked) -> Reply:
    raise RuntimeError("a bug")


@pytest.mark.parametrize("handler", [broken, _fail], ids=["at once", "later"])
async def test_a_bug_is_answered_500_and_the_connection_lives(handler: Handler) -> None:
    """H-8: with a line in the journal."""
    async with answering(handler) as (line, runner):
        for number in (b"1", b"2"):
            line.writer.write(request("/1/slow", SEND))
            answer = await line.answer()

            assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
            assert b"X-Mock-Amp-Request: " + number + b"\r\n" in answer
            await hand_clock().give_way()
            assert under_way(runner) == 0


async def test_an_account_is_in_use_as_long_as_its_request() -> None:
    """D14: it cannot expire meanwhile, and has its whole time from then on."""
    slow = Slow(fine)
    async with answering(slow) as (line, runner):
        services, clock = runner.app[SERVICES], runner.app[SERVICES].world.clock
        assert isinstance(clock, HandClock)
        account, token = await services.opening.open(Wish(expires_after=Duration(HOUR)))
        line.writer.write(request("/1/slow", SEND, token=token))
        await slow.asked.get()
        clock.turn(Instant(clock.now() + 2 * HOUR))
        during, ends = services.expiry.at(account.id), clock.now() + HOUR
        slow.let_go.set()
        await line.answer()
        clock.turn(Instant(clock.now() + SECOND))

        assert (during, services.expiry.at(account.id)) == (ends, ends)

        line.writer.write(request("/1/slow", SEND, token=token).replace(b"/json", b"/xml"))
        ends = clock.now() + HOUR
        await line.answer()
        clock.turn(Instant(clock.now() + SECOND))

        assert services.expiry.at(account.id) == ends


async def _some_turns() -> None:
    """Gives everybody on this machine time to do what he is going to do."""
    for _ in range(100):
        await hand_clock().give_way()


async def test_rubbish_after_a_good_request_does_not_spoil_it() -> None:
    """H-9: on either way the request is answered, then what is no HTTP."""
    found = []
    for more in ((), LONG):
        async with service() as (line, _):
            whole = request("/1/im", SEND, *more)
            line.writer.write(whole[:-5])
            await line.writer.drain()
            await _some_turns()
            line.writer.write(whole[-5:] + b"zzz\r\n\r\n")
            found.append([await line.answer(), await line.answer()])

    short, long = ([each.split()[1] for each in answers] for answers in found)
    assert short == long == [b"200", b"400"]


@pytest.mark.parametrize("more", [(), LONG], ids=["short", "long"])
async def test_the_body_of_a_get_is_nobodys(more: tuple[str, ...]) -> None:
    """The journal says what was read."""
    async with running() as amp:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(amp.url.rsplit(":", 1)[1]))
        writer.write(request(UNKNOWN, b"{}", *more, method="GET"))
        answer = await Line(reader, writer).answer()
        writer.close()
        [line] = await amp.requests()

    assert answer.startswith(b"HTTP/1.1 404")
    assert line["body"] == ""

"""Receivers that mean no good: each costs a post its time at most, little memory, and leaves no task and no socket."""

import asyncio
import contextlib
import itertools
import os
import socket
import ssl
import stat
import struct
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import trustme
from aiohttp.client_proto import ResponseHandler

from mock_amp.adapters import webhooks
from mock_amp.adapters.webhooks import WebhookTransport
from mock_amp.core.retry import Answered, Outcome, Unreachable
from tests.api.test_load import until
from tests.harness import running

LIMIT = 1
"""Seconds that a receiver has here which does not answer."""
PATIENCE = 10
"""Seconds that a machine may stand still: what answers is waited for so long, and what ends in time may end so late."""
KERNEL = 16_000_000
"""More than the kernel takes from a sender before anybody reads."""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def held() -> tuple[int, int]:
    """Tasks and open sockets of this process."""
    sockets = 0
    for each in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):  # the one that lists them is gone
            sockets += stat.S_ISSOCK(os.fstat(int(each)).st_mode)
    return len(asyncio.all_tasks()), sockets


@dataclass(slots=True)
class Hostile:
    """A receiver that does what it likes, and never ends a connection of its own accord."""

    talk: Talk
    url: str = ""
    pushed: int = 0
    connections: list[asyncio.Task[None]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self.connections.append(task)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await self.talk(reader, writer)
            while await reader.read(65_536):
                pass
        writer.transport.abort()

    async def left(self) -> None:
        """Waits until the other side has ended every connection."""
        await asyncio.wait_for(asyncio.gather(*self.connections), 10)


@asynccontextmanager
async def hostile(talk: Talk, **options: Any) -> AsyncIterator[Hostile]:
    receiver = Hostile(talk)
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, **options)
    scheme = "https" if options else "http"
    async with server:
        receiver.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"
        yield receiver


async def post_to(
    talk: Talk, *, body: bytes = b"{}", posts: int = 1, limit: int = LIMIT, **options: Any
) -> tuple[list[Outcome], Hostile]:
    """The outcomes of posts to such a receiver, in bounded time; all that they took is given back."""
    await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80)  # what the loop itself begins with
    before = held()
    async with hostile(talk, **options) as receiver:
        transport = WebhookTransport(limit)
        async with asyncio.timeout((limit + 1) * posts + PATIENCE):
            outcomes = [await transport.post(receiver.url, body) for _ in range(posts)]
        await transport.close()
        await receiver.left()
    await tidy(before)
    return outcomes, receiver


async def tidy(before: tuple[int, int]) -> None:
    """Waits until what has ended is gone, and sees that nothing else is left."""
    never = asyncio.get_running_loop().create_future()
    for _ in range(300):
        if all(now <= then for now, then in zip(held(), before, strict=True)):
            return
        await asyncio.wait({never}, timeout=0.01)
    raise AssertionError(f"{held()} tasks and sockets, and not {before}: {asyncio.all_tasks()}")


async def turns() -> None:
    """Turns of the loop, in which what was said arrives."""
    for _ in range(20):
        await asyncio.sleep(0)  # noqa: TID251 - a turn of the loop


def lines(transport: WebhookTransport) -> list[ResponseHandler]:
    """The connections that are kept for the posts to come."""
    session = transport._session  # noqa: SLF001 - whether something has come unasked is told to nobody
    assert session
    assert session.connector
    return [line for kept in session.connector._conns.values() for line, _ in kept]  # noqa: SLF001 - the same


async def asked(reader: asyncio.StreamReader) -> None:
    """Reads one post."""
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.partition(b"Content-Length: ")[2].split(b"\r")[0]))


def saying(*words: bytes) -> Talk:
    """Says this to the first post, in one piece, then hangs."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(b"".join(words))

    return talk


def dripping(words: bytes, forever: bytes) -> Talk:
    """Says this, then byte by byte what never ends."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(words)
        gone = asyncio.ensure_future(reader.read(1))
        for at in itertools.cycle(range(len(forever))):
            writer.write(forever[at : at + 1])
            await asyncio.wait({gone}, timeout=0.01)
            if gone.done():
                await gone
                return

    return talk


def flooding(words: bytes, forever: bytes, counted: list[int]) -> Talk:
    """Says this, then as much as it can of what never ends."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(words)
        while True:
            writer.write(forever)
            await writer.drain()
            counted.append(len(forever))

    return talk


async def nothing(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await asked(reader)


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asked(reader)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def close_at_once(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(nothing, id="never answers"),
        pytest.param(saying(b"HTTP/1.1 2"), id="half a status line"),
        pytest.param(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), id="half a head"),
        pytest.param(dripping(b"HTTP/1.1 200 ", b"a"), id="drips a head"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\n", b"A: bbbb\r\n"), id="drips headers"),
        pytest.param(dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="drips 1xx"),
        pytest.param(saying(b"HTTP/1.1 100 Continue\r\n\r\n" * 100), id="goes on and on"),
    ],
)
async def test_no_whole_head_in_time_is_a_failed_attempt(talk: Talk) -> None:
    """C-4: whatever came of it."""
    outcomes, _ = await post_to(talk)

    assert outcomes == [Unreachable(f"no answer within {LIMIT} s")]


@pytest.mark.parametrize(
    ("words", "forever"),
    [
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1_000, id="1xx"),
        pytest.param(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 1_000, id="hints"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 10_000, id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nA: ", b"a" * 60_000, id="a header"),
        pytest.param(b"HTTP/1.1 200 ", b"a" * 60_000, id="a reason"),
        pytest.param(b"", b"\r\n" * 30_000, id="empty lines"),
        pytest.param(b"", b"\0" * 60_000, id="nulls"),
        pytest.param(b"220 mail.example ESMTP\r\n", b"250 fine\r\n" * 6_000, id="another protocol"),
    ],
)
async def test_a_head_without_an_end_is_cut_short(words: bytes, forever: bytes) -> None:
    """C-4: before the time is over, and before it fills the memory."""
    pushed: list[int] = []
    outcomes, _ = await post_to(flooding(words, forever, pushed))

    assert [type(each) for each in outcomes] == [Unreachable]
    assert sum(pushed) < KERNEL


@pytest.mark.parametrize(
    ("head", "forever"),
    [
        pytest.param(b"Content-Length: 9999999999999", b"a" * 60_000, id="terabytes"),
        pytest.param(b"Connection: close", b"a" * 60_000, id="until the end"),
        pytest.param(b"Transfer-Encoding: chunked", b"FFFFFFFFFFFFFFF\r\n" + b"a" * 60_000, id="a huge chunk"),
        pytest.param(b"Transfer-Encoding: chunked", b"1\r\na\r\n" * 10_000, id="small chunks"),
        pytest.param(b"Transfer-Encoding: chunked", b"5;" + b"a" * 60_000, id="a chunk's extension"),
        pytest.param(b"Content-Encoding: gzip", zlib.compress(b"\0" * 20_000_000, wbits=31), id="a bomb"),
    ],
)
async def test_a_body_without_an_end_changes_nothing(head: bytes, forever: bytes) -> None:
    """C-4: 200 was answered; of the rest little is read, nothing is unpacked, and the connection is given up."""
    pushed: list[int] = []
    said = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
        await writer.drain()
        said.set()
        while True:
            writer.write(forever)
            await writer.drain()
            pushed.append(len(forever))

    tracemalloc.start()
    outcomes, _ = await post_to(talk)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [type(each) for each in outcomes] in ([Answered], [Unreachable])
    assert all(each.status == 200 for each in outcomes if isinstance(each, Answered))
    assert sum(pushed) < KERNEL
    assert most < KERNEL


@pytest.mark.parametrize("limit", [0, 1, 10_000, 65_536])
async def test_no_more_of_an_answer_is_read_than_the_limit_says(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """--callback-answer-limit: a body that is longer ends the connection, one that is not leaves it as it was."""
    monkeypatch.setattr(webhooks, "_BODY_WAIT", PATIENCE)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await asked(reader)
            for part in (b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n", b"a" * 19_999, b"a"):
                writer.write(part)
                await turns()

    async with hostile(talk) as receiver:
        transport = WebhookTransport(PATIENCE, answer_limit=limit)
        outcomes = [await transport.post(receiver.url, b"{}") for _ in range(2)]
        await transport.close()
        await receiver.left()

    assert outcomes == [Answered(200, "a" * min(limit, 2_048))] * 2
    assert len(receiver.connections) == (1 if limit > 20_000 else 2)


async def test_a_body_that_drips_is_left_after_a_second() -> None:
    """C-4: the status has decided long before."""
    outcomes, _ = await post_to(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b"a"), limit=PATIENCE)

    assert outcomes[0] == Answered(200, "a" * len(getattr(outcomes[0], "body", "")))


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 200),
        (b"HTTP/1.1 302 Found\r\nLocation: /reports\r\nContent-Length: 0\r\n\r\n", 302),
        (b"HTTP/1.1 308 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", 308),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", 101),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204),
    ],
)
async def test_the_status_decides_and_nothing_else(words: bytes, status: int) -> None:
    """C-4: only 200 counts; a redirect to itself is not followed once, and a body that does not come is not missed."""
    outcomes, receiver = await post_to(saying(words), limit=PATIENCE)

    assert outcomes == [Answered(status)]
    assert len(receiver.connections) == 1


@pytest.mark.parametrize("talk", [close_at_once, reset], ids=["closes at once", "resets within the head"])
async def test_a_connection_that_breaks_is_a_failed_attempt(talk: Talk) -> None:
    """C-4: each post is tried once, and the next goes out on a connection of its own."""
    outcomes, receiver = await post_to(talk, posts=3)

    assert [type(each) for each in outcomes] == [Unreachable] * 3
    assert len(receiver.connections) == 3


@pytest.mark.parametrize("size", [2, 50_000_000])
@pytest.mark.parametrize("secure", [False, True])
async def test_whoever_takes_no_body_is_left_alone(size: int, *, secure: bool) -> None:
    """C-4: what it did not take is not kept for it, on a socket that waits for ever."""

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        begun.set()
        await over.wait()
        writer.transport.abort()

    begun, over = asyncio.Event(), asyncio.Event()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    before = held()
    async with hostile(talk, **({"ssl": context} if secure else {})) as receiver:
        transport = WebhookTransport(LIMIT)
        transport._context = ssl._create_unverified_context()  # noqa: SLF001, S323 - who it is does not matter here
        while not begun.is_set():  # a post whose time was over before its connection was there shows nothing
            async with asyncio.timeout(LIMIT + PATIENCE):
                outcome = await transport.post(receiver.url, b"a" * size)
        there = len(receiver.connections)
        try:
            await tidy((before[0] + there, before[1] + 1 + there))  # who listens and who was accepted, nothing of posts
        finally:
            over.set()
        await transport.close()
        await receiver.left()
    await tidy(before)

    assert outcome == Unreachable(f"no answer within {LIMIT} s")


async def test_an_answer_before_the_body_was_read_counts_and_ends_the_connection() -> None:
    """C-4: 200 in time; the rest of the body has nobody to go to."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(OK)
        await writer.drain()
        await over.wait()
        writer.transport.abort()

    over = asyncio.Event()
    before = held()
    async with hostile(talk) as receiver:
        transport = WebhookTransport(10.0)
        outcome = await transport.post(receiver.url, b"a" * 50_000_000)
        try:
            await tidy((before[0] + 1, before[1] + 2))
        finally:
            over.set()
        await transport.close()
        await receiver.left()
    await tidy(before)

    assert outcome == Answered(200)


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nunaske", Answered(503), id="whole"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n", Answered(503), id="a head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * 2, Answered(503), id="two"),
        pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n", Answered(503), id="1xx"),
        pytest.param(b"hello?", Answered(503), id="no HTTP"),
    ],
)
async def test_an_answer_that_nobody_asked_for_is_nobodys(more: bytes, outcome: Outcome) -> None:
    """C-4: a second answer to one post is not taken for the answer to the next."""
    first, told = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        if first.is_set():
            writer.write(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
            return
        writer.write(OK)
        await first.wait()
        writer.write(more)
        await writer.drain()
        told.set()

    async with hostile(talk) as receiver:
        transport = WebhookTransport(PATIENCE)
        outcomes = [await transport.post(receiver.url, b"{}")]
        [line] = lines(transport)
        first.set()
        await told.wait()
        await until(lambda: line.should_close)
        outcomes.append(await transport.post(receiver.url, b"{}"))
        await transport.close()
        await receiver.left()

    assert outcomes == [Answered(200), outcome]


@pytest.mark.parametrize("more", [b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nunaske", b"HTTP/1.1 200 OK\r\nCont"])
async def test_two_answers_at_once_end_the_connection(more: bytes) -> None:
    """C-4: the first is the answer, and the next post goes out on another connection, or fails."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asked(reader)
        writer.write(OK + more)
        await asked(reader)
        writer.transport.abort()

    outcomes, _ = await post_to(talk, posts=2, limit=PATIENCE)

    assert outcomes[0] == Answered(200)
    assert outcomes[1] == Answered(200) or isinstance(outcomes[1], Unreachable)
    assert "unaske" not in str(outcomes)


async def test_a_handshake_that_hangs_is_a_failed_attempt() -> None:
    """C-4, C-6: with a receiver that takes the connection and does not speak TLS."""

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    before = held()
    async with hostile(talk) as receiver:
        transport = WebhookTransport(LIMIT)
        async with asyncio.timeout(LIMIT + PATIENCE):
            outcome = await transport.post(receiver.url.replace("http:", "https:"), b"{}")
        await transport.close()
        await receiver.left()
    await tidy(before)

    assert outcome == Unreachable(f"no answer within {LIMIT} s")


async def test_no_tls_is_told_as_that() -> None:
    """C-6: a receiver that says something else, and ends the connection; the system has no words for it."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1_000)
        writer.write(b"\x16\x03\x01 rubbish \r\n\r\n" * 20)
        await writer.drain()
        writer.close()

    async with hostile(talk) as receiver:
        transport = WebhookTransport(5)
        outcome = await transport.post(receiver.url.replace("http:", "https:"), b"{}")
        await transport.close()

    assert isinstance(outcome, Unreachable)
    assert outcome.error.endswith("perhaps what is spoken there is not TLS")


async def test_nobody_there_is_a_failed_attempt() -> None:
    """C-4: an address that nobody listens on, and a name that leads nowhere."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        transport = WebhookTransport(LIMIT)
        refused = await transport.post(f"http://127.0.0.1:{taken.getsockname()[1]}/", b"{}")
        nowhere = await transport.post("http://nowhere.invalid/", b"{}")
        await transport.close()

    assert [type(each) for each in (refused, nowhere)] == [Unreachable] * 2


@pytest.mark.filterwarnings("error::ResourceWarning")
@pytest.mark.parametrize("size", [1_048_576, 1_048_577, 20_000_000])
async def test_a_large_body_goes_out_whole(size: int) -> None:
    """C-1: and nothing warns of it."""
    came: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            came.append(head)
            came.append(await reader.readexactly(int(head.partition(b"Content-Length: ")[2].split(b"\r")[0])))
            writer.write(OK)

    body = (bytes(range(256)) * (size // 256 + 1))[:size]
    async with hostile(talk) as receiver:
        transport = WebhookTransport(30)
        outcomes = [await transport.post(receiver.url, body) for _ in range(2)]
        await transport.close()
        await receiver.left()

    assert outcomes == [Answered(200)] * 2
    assert came[1::2] == [body] * 2
    assert came[0] == came[2]
    assert b"Transfer-Encoding" not in came[0]
    assert len(receiver.connections) == 1


async def test_a_callback_to_metadata_is_tried_three_times_and_discarded() -> None:
    """--callback-allow: it is a failed attempt like any other, in the record and on the agenda."""
    async with running() as amp:
        answer = await amp.send(
            sms_content={"message": "Hello"}, callback_url="http://user:pass@169.254.169.254/latest/meta-data"
        )
        assert answer.status == 200
        await amp.advance(by="1h")
        callbacks = await amp.callbacks()

    assert callbacks
    assert {each["state"] for each in callbacks} == {"discarded"}
    errors = [attempt["error"] for each in callbacks for attempt in each["attempts"]]
    assert len(errors) == 3 * len(callbacks)
    assert set(errors) == {
        "callbacks may not go to 169.254.169.254 (cloud metadata): --callback-allow 169.254.169.254 lets them"
    }


async def test_callbacks_go_only_where_the_setting_says() -> None:
    """--callback-allow, in the server: one receiver is named, the other not; certify says so too."""
    async with running(callback_allow=("10.0.0.0/8", "localhost")) as amp, hostile(nothing) as receiver:
        await amp.send(sms_content={"message": "Hello"}, callback_url=receiver.url)
        await amp.advance(by="1s")
        (attempt, *_) = [each for it in await amp.callbacks() for each in it["attempts"]]
        certificate = await amp.admin("POST", "/certify", {"callback_url": receiver.url, "only": ["single"]})

    words = "callbacks may not go to 127.0.0.1: --callback-allow does not name it"
    assert attempt["error"] == words
    assert certificate.body["checks"][0]["verdict"] == "failed"
    assert certificate.body["checks"][0]["advice"] == f"Nothing was posted: {words}."
    assert receiver.connections == []

"""The Transport port: one POST, one outcome, no exception (C-1, C-4)."""

import asyncio
import contextlib
import gc
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from mock_amp.adapters.webhooks import WebhookTransport
from mock_amp.core.authority import read_mapping
from mock_amp.core.retry import Answered, Unreachable
from mock_amp.ports import Transport
from tests.harness import Receiver

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    """Every adapter of the Transport port, with patience for a machine that has other work."""
    it = WebhookTransport(timeout=10)
    yield it
    await it.close()


@pytest.fixture
async def hasty() -> AsyncIterator[Transport]:
    """The same for tests in which the time is up."""
    it = WebhookTransport(timeout=1)
    yield it
    await it.close()


@asynccontextmanager
async def talking(talk: Talk) -> AsyncIterator[str]:
    """A server that reads a request, then does with the connection what `talk` does; yields its URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.partition(b"Content-Length: ")[2].split(b"\r")[0]))
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"


def saying(words: bytes, *, then_hang: bool = False) -> Talk:
    """Answers with these bytes, then closes the connection, or keeps it open until the other side does not."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        while then_hang and await reader.read(1_024):
            pass

    return talk


@pytest.mark.parametrize("status", [200, 201, 204, 302, 404, 500])
async def test_an_answer_is_told_by_its_status(transport: Transport, receiver: Receiver, status: int) -> None:
    """C-4: which statuses count is not the transport's to say."""
    receiver.answers = (status,)

    assert await transport.post(receiver.url, b"{}") == Answered(status)


async def test_a_post_carries_the_body_as_json_in_utf_8(transport: Transport, receiver: Receiver) -> None:
    """C-1: the bytes as they are, and the content type of the contract."""
    await transport.post(receiver.url, '{"text":"Grüße"}'.encode())

    (got,) = receiver.received
    assert got.raw == '{"text":"Grüße"}'.encode()
    assert got.headers["Content-Type"] == "application/json; charset=utf-8"


async def test_a_redirect_is_not_followed(transport: Transport, receiver: Receiver) -> None:
    """C-4: 3xx is never followed."""
    moved = f"HTTP/1.1 307 Elsewhere\r\nLocation: {receiver.url}\r\nContent-Length: 0\r\n\r\n"

    async with talking(saying(moved.encode())) as url:
        outcome = await transport.post(url, b"{}")

    assert (outcome, receiver.received) == (Answered(307), [])


async def test_a_cookie_is_not_kept(transport: Transport, receiver: Receiver) -> None:
    """C-5: every attempt is the same, whatever the receiver answered the one before."""
    cookie = b"HTTP/1.1 500 No\r\nSet-Cookie: seen=1; Path=/\r\nContent-Length: 0\r\n\r\n"

    async with talking(saying(cookie)) as url:
        await transport.post(url.replace("127.0.0.1", "localhost"), b"{}")
    await transport.post(receiver.url.replace("127.0.0.1", "localhost"), b"{}")

    assert "Cookie" not in receiver.received[0].headers


@pytest.mark.parametrize(
    "words",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<ok/>",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nnot",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.0 200\r\n\r\nuntil the end",
    ],
    ids=["not JSON", "not UTF-8", "not gzip", "cut short", "HTTP/1.0"],
)
async def test_the_body_of_an_answer_changes_nothing(transport: Transport, words: bytes) -> None:
    """C-4: the body of the answer is ignored."""
    async with talking(saying(words)) as url:
        outcome = await transport.post(url, b"{}")

    assert isinstance(outcome, Answered)
    assert outcome.status == 200


async def test_a_body_that_never_ends_changes_nothing(transport: Transport) -> None:
    """C-4: the answer came in time; what was read of its body is kept for the person who looks."""
    words = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe beginning"

    async with talking(saying(words, then_hang=True)) as url:
        outcome = await transport.post(url, b"{}")

    assert outcome == Answered(200, "the beginning")


async def test_no_answer_in_time_is_unreachable(hasty: Transport) -> None:
    """C-4: the error says how long was waited."""
    async with talking(saying(b"", then_hang=True)) as url:
        outcome = await hasty.post(url, b"{}")

    assert outcome == Unreachable("no answer within 1 s")


async def test_a_connection_closed_before_an_answer_is_unreachable(transport: Transport) -> None:
    """C-4: half a status line is no answer either."""
    for words in (b"", b"HTTP/1.1 2"):
        async with talking(saying(words)) as url:
            outcome = await transport.post(url, b"{}")

        assert isinstance(outcome, Unreachable)


async def test_nobody_listening_is_unreachable(transport: Transport) -> None:
    """C-4: the error names host and port."""
    async with talking(saying(b"")) as url:
        port = url.split(":")[2].split("/")[0]

    outcome = await transport.post(url, b"{}")

    assert isinstance(outcome, Unreachable)
    assert f"no connection to 127.0.0.1:{port}" in outcome.error


async def test_an_answer_that_is_not_http_is_unreachable(transport: Transport) -> None:
    """C-4: whatever listens there, the post does not raise."""
    async with talking(saying(b"220 mail.example.com ESMTP\r\n\r\n")) as url:
        outcome = await transport.post(url, b"{}")

    assert isinstance(outcome, Unreachable)


@pytest.mark.parametrize("url", ["", "reports", "http://", "http://127.0.0.1:99999/", "http://a b/", "http://[::1/"])
async def test_a_url_that_cannot_be_posted_to_is_unreachable(transport: Transport, url: str) -> None:
    """Port: a post never raises."""
    outcome = await transport.post(url, b"{}")

    assert isinstance(outcome, Unreachable)
    assert outcome.error


async def test_a_receiver_that_closes_after_each_answer_gets_every_post(transport: Transport) -> None:
    """C-4: it answered 200 each time; that a pooled connection has ended is no fault of the receiver."""
    async with talking(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as url:
        outcomes = [await transport.post(url, b"{}") for _ in range(20)]

    assert outcomes == [Answered(200)] * 20


async def test_a_proxy_of_the_environment_is_ignored(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """C-1: receivers are on the developer's machine, where no proxy would find them."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    transport = WebhookTransport(timeout=5)

    outcome = await transport.post(receiver.url, b"{}")
    await transport.close()

    assert outcome == Answered(200)


def keeping(beginnings: list[bytes], ended: asyncio.Event) -> asyncio.Protocol:
    """A connection that keeps what comes, until the other side ends it."""

    class Keeping(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            beginnings.append(b"")

        def data_received(self, data: bytes) -> None:
            beginnings[-1] += data

        def connection_lost(self, exc: Exception | None) -> None:
            ended.set()

    return Keeping()


@pytest.mark.parametrize("size", [10, 11, 1_000_000])
async def test_a_post_that_is_cut_ends_after_half_of_the_body(transport: Transport, size: int) -> None:
    """Port: the headers promise the whole body, half of it comes, and the connection is over."""
    came: list[bytes] = []
    ended = asyncio.Event()
    server = await asyncio.get_running_loop().create_server(lambda: keeping(came, ended), "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"

        outcome = await transport.post(url, b"x" * size, cut=True)

        await asyncio.wait_for(ended.wait(), 10)
    (head, _, body) = came[0].partition(b"\r\n\r\n")
    assert outcome == Unreachable("the connection was ended after half of the body")
    assert f"Content-Length: {size}".encode() in head
    assert b"Content-Type: application/json; charset=utf-8" in head
    assert (len(came), body) == (1, b"x" * (size // 2))


async def test_a_post_that_is_cut_leaves_the_next_one_whole(
    transport: Transport, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """Port: a pooled connection that was cut is not used again, and nothing about it is in the log."""
    outcomes = [await transport.post(receiver.url, b'{"n":1}', cut=cut) for cut in (False, True, False)]

    assert outcomes == [Answered(200), Unreachable("the connection was ended after half of the body"), Answered(200)]
    assert [got.raw for got in receiver.received] == [b'{"n":1}'] * 2
    assert [record for record in caplog.records if record.name.startswith("mock_amp")] == []


async def test_a_post_that_is_cut_is_never_answered(transport: Transport) -> None:
    """Port: a receiver that answers at once has not had the whole body; nobody there is told as it is always."""

    over = asyncio.Semaphore(0)

    async def answer_at_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            await reader.read()
        writer.close()
        over.release()

    server = await asyncio.start_server(answer_at_once, "127.0.0.1", 0)
    outcomes = []
    async with server, asyncio.timeout(10):
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"
        for size in (10, 10_000_000):
            outcomes.append(await transport.post(url, b"x" * size, cut=True))
            await over.acquire()
    outcomes.append(await transport.post(url, b"{}", cut=True))

    assert [type(outcome) for outcome in outcomes] == [Unreachable] * 3
    assert isinstance(outcomes[2], Unreachable)
    assert "no connection" in outcomes[2].error


async def test_a_post_can_be_cancelled(transport: Transport) -> None:
    """D8: an account that is deleted takes its posts in flight along."""
    asked = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()

    async with talking(talk) as url:
        post = asyncio.create_task(transport.post(url, b"{}"))
        await asked.wait()
        post.cancel()

        with pytest.raises(asyncio.CancelledError):
            await post


@asynccontextmanager
async def mapping(*rows: str, source: str | None = None, ca_file: str | None = None) -> AsyncIterator[Transport]:
    """A transport with these rows in its map of hosts."""
    it = WebhookTransport(timeout=5, ca_file=ca_file, source=source, mappings=map(read_mapping, rows))
    yield it
    await it.close()


@pytest.mark.parametrize(
    ("row", "url"),
    [
        ("app.example=127.0.0.1:{port}", "http://app.example/reports"),
        ("app.example=127.0.0.1:{port}", "http://App.Example:81/reports"),
        ("app.example=127.0.0.1", "http://app.example:{port}/reports"),
        ("app.example:81=127.0.0.1:{port}", "http://app.example:81/reports"),
        ("app.example:80=127.0.0.1:{port}", "http://app.example/reports"),
        ("192.0.2.1=localhost:{port}", "http://192.0.2.1/reports"),
        ("[2001:db8::1]:81=127.0.0.1:{port}", "http://[2001:DB8::1]:81/reports"),
        ("2001:db8::1=127.0.0.1:{port}", "http://[2001:db8::1]/reports"),
    ],
)
async def test_a_host_that_is_mapped_is_reached_elsewhere(receiver: Receiver, row: str, url: str) -> None:
    """--callback-map: the connection is another's, the Host stays what the URL says."""
    port, written = receiver.url.split(":")[2].split("/")[0], url
    async with mapping(row.format(port=port)) as transport:
        outcome = await transport.post(url.format(port=port), b"{}")

    assert outcome == Answered(200)
    host = written.format(port=port).removeprefix("http://").removesuffix("/reports")
    assert receiver.received[0].headers["Host"].lower() == host.lower()


async def test_a_row_with_the_port_beats_one_without(receiver: Receiver) -> None:
    """--callback-map: whatever their order."""
    port = receiver.url.split(":")[2].split("/")[0]
    async with mapping("app.example=127.0.0.1:9", f"app.example:81=127.0.0.1:{port}") as transport:
        outcomes = [await transport.post(f"http://app.example{at}/", b"{}") for at in (":81", "")]

    assert outcomes[0] == Answered(200)
    assert isinstance(outcomes[1], Unreachable)
    assert "127.0.0.1:9" in outcomes[1].error


async def test_a_host_that_is_not_mapped_is_reached_where_it_is(receiver: Receiver) -> None:
    """--callback-map: another host, another port, a name that only ends alike; and a row leads no further."""
    port = receiver.url.split(":")[2].split("/")[0]
    async with mapping("1=127.0.0.1:9", "127.0.0.1:9=127.0.0.2:9", "xlocalhost=127.0.0.1:9") as transport:
        outcomes = [await transport.post(f"http://{host}:{port}/", b"{}") for host in ("127.0.0.1", "localhost")]
        mapped = await transport.post("http://1/", b"{}")

    assert outcomes == [Answered(200)] * 2
    assert isinstance(mapped, Unreachable)
    assert "127.0.0.1:9" in mapped.error


async def test_the_escapes_of_a_mapped_url_are_as_written() -> None:
    """C-1: path and query go out as the request said."""
    lines: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readline())
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, mapping(f"app.example=127.0.0.1:{server.sockets[0].getsockname()[1]}") as transport:
        outcome = await transport.post("http://app.example/a%2fb%7E?x=%20+&y=%C3%bc", b"{}")

    assert (outcome, lines) == (Answered(200), [b"POST /a%2fb%7E?x=%20+&y=%C3%bc HTTP/1.1\r\n"])


@pytest.mark.parametrize("host", ["app.example", "127.0.0.1:{port}"])
@pytest.mark.parametrize(
    ("rest", "line"),
    [
        ("/a%2fb%7E/{x}?x=%20+&y=%C3%bc?#part", "/a%2fb%7E/{x}?x=%20+&y=%C3%bc?"),
        ("?{x}", "/?{x}"),
        ("/ü {x}?ü#ü", "/%C3%BC%20{x}?%C3%BC"),
    ],
)
async def test_a_url_that_is_longer_than_one_may_be_now_goes_out_as_written(host: str, rest: str, line: str) -> None:
    """C-1: it was stored before there was a longest one."""
    lines: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readline())
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port, x = server.sockets[0].getsockname()[1], "x" * 20_000
    async with server, mapping(f"app.example=127.0.0.1:{port}") as transport:
        outcome = await transport.post(f"http://{host.format(port=port)}{rest.format(x=x)}", b"{}")

    assert (outcome, lines) == (Answered(200), [f"POST {line.format(x=x)} HTTP/1.1\r\n".encode()])


async def test_long_urls_are_not_remembered() -> None:
    """Each may be megabytes that were stored long ago; and none is a line of the log or a record."""
    async with mapping("app.example=127.0.0.1:1") as transport:
        await transport.post("http://app.example/", b"{}")
        tracemalloc.start()
        outcomes = [
            await transport.post(f"http://{host}/{at}{'x' * 500_000}{more}", b"{}")
            for at in range(10)
            for host in ("app.example", "127.0.0.1:1", "[", "\x01")
            for more in ("", "ü")
        ]
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert kept < 2_000_000
    assert all(isinstance(each, Unreachable) and len(each.error) < 450 for each in outcomes)


async def test_a_map_and_a_source_work_together(receiver: Receiver) -> None:
    """C-7, --callback-map: from that address, to this one."""
    port = receiver.url.split(":")[2].split("/")[0]
    async with mapping(f"app.example=127.0.0.1:{port}", source="127.0.0.42") as transport:
        outcome = await transport.post("http://app.example/reports", b"{}")

    (got,) = receiver.received
    assert (outcome, got.remote, got.headers["Host"]) == (Answered(200), "127.0.0.42", "app.example")


async def test_a_mapped_post_can_be_cut(receiver: Receiver) -> None:
    """Port: the same faults, wherever it goes."""
    port = receiver.url.split(":")[2].split("/")[0]
    async with mapping(f"app.example=127.0.0.1:{port}") as transport:
        outcome = await transport.post("http://app.example/reports", b"{}", cut=True)

    assert outcome == Unreachable("the connection was ended after half of the body")
    assert receiver.received == []


async def test_a_body_that_drips_begins_at_once_and_arrives_whole(hasty: Transport) -> None:
    """Port: headers and a first part come together, the rest later; the time it takes is not the receiver's."""
    body, firsts = bytes(range(256)) * 4, []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        firsts.append(first := await reader.read(len(body)))
        rest = await reader.readexactly(len(body) - len(first))
        assert f"Content-Length: {len(body)}\r\n".encode() in head
        assert b"Transfer-Encoding" not in head
        good = first + rest == body
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % (200 if good else 400))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"
        for _ in range(3):  # it has a second to answer, which a busy machine may take once
            outcome = await hasty.post(url, body, drip=1.25)
            if outcome == Answered(200):
                break

    assert outcome == Answered(200)
    assert all(0 < len(each) < len(body) for each in firsts)


async def test_an_answer_that_comes_before_a_dripping_body_is_through_ends_the_connection(transport: Transport) -> None:
    """Port: a connection with half a body on it is not used again."""
    early = b"HTTP/1.1 400 No\r\nContent-Length: 2\r\n\r\nno"

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            heads.append(head)
            writer.write(early)
            await reader.read()
        writer.close()

    heads: list[bytes] = []
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server, asyncio.timeout(10):
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"
        outcomes = [await transport.post(url, b"x" * 100, drip=5) for _ in range(2)]

    assert outcomes == [Answered(400, "no")] * 2
    assert len(heads) == 2


async def test_a_transport_that_was_closed_posts_nothing(receiver: Receiver) -> None:
    """Port: a post never raises, not even while the server stops."""
    transport = WebhookTransport(timeout=5)
    await transport.post(receiver.url, b"{}")
    await transport.close()

    outcome = await transport.post(receiver.url, b"{}")

    assert outcome == Unreachable("mock-amp is stopping")
    assert len(receiver.received) == 1

"""The CONNECT proxy: to the hosts of the service and nowhere else, on the connection that asked."""

import asyncio
import io
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from mock_amp.bootstrap import Server, serving
from mock_amp.settings import DEFAULT_TOKEN
from mock_amp.web.proxy import Hosts
from tests.api.test_https import LOCALHOST, hears, port_of, secured, trusting
from tests.api.test_load import until
from tests.harness import Amp, settings

SERVICE = "https://rest.fortytwo.com"
CONNECT = b"CONNECT rest.fortytwo.com:443 HTTP/1.1\r\nHost: rest.fortytwo.com:443\r\n\r\n"
TAKEN = b"HTTP/1.1 200 Connection established\r\n\r\n"
ASKED = b"GET /livez HTTP/1.1\r\nHost: rest.fortytwo.com\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def proxied(folder: Path, **changes: Any) -> AsyncIterator[tuple[Server, Amp]]:
    """A server with a proxy, and an application that has the service's own URL and uses that proxy."""
    async with secured(folder, **{"tls": False, "proxy_port": 0, **changes}) as (server, _):
        connector = aiohttp.TCPConnector(ssl=trusting(server))
        async with aiohttp.ClientSession(connector=connector, proxy=server.proxy_url) as session:
            yield server, Amp(SERVICE, session, DEFAULT_TOKEN, "default")


async def answered(server: Server, said: bytes) -> bytes:
    """All that the proxy says to this."""
    reader, writer = await asyncio.open_connection(LOCALHOST, port_of(server.proxy_url))
    writer.write(said)
    found = await hears(reader)
    writer.close()
    return found


async def test_an_application_with_the_services_url_runs_unchanged(tmp_path: Path) -> None:
    """HTTPS_PROXY and a CA are all it needs; the journal has its own address."""
    async with proxied(tmp_path) as (server, amp):
        sent = await amp.send(sms_content={"message": "Hi"})
        status = await amp.status(sent.body["results"]["35699000001"]["message_id"]) if sent.status == 200 else sent
        async with aiohttp.ClientSession() as session:
            lines = await Amp(server.url, session, DEFAULT_TOKEN, "default").requests()

    assert (sent.status, status.status) == (200, 200)
    assert [line["remote"] for line in lines] == [LOCALHOST, LOCALHOST]


@pytest.mark.parametrize("port", [443, 8443, 1])
async def test_any_port_of_a_host_of_ours_leads_here(tmp_path: Path, port: int) -> None:
    async with proxied(tmp_path, tls_host=("amp.test",)) as (_, amp):
        for host in ("rest.fortytwo.com", "AMP.test"):
            async with amp.session.get(f"https://{host}:{port}/livez") as answer:
                assert answer.status == 200


@pytest.mark.parametrize("host", ["example.com", "localhost", "127.0.0.1", "fortytwo.com", "xrest.fortytwo.com"])
async def test_any_other_host_is_refused_with_what_would_be_right(
    tmp_path: Path, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It is no way into anybody's network, and none that swallows an application's other calls."""
    caplog.set_level(logging.INFO)
    async with proxied(tmp_path) as (server, _):
        told = await answered(server, b"CONNECT %s:443 HTTP/1.1\r\n\r\n" % host.encode())

    assert told.startswith(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\n")
    for hint in ("leads to rest.fortytwo.com and nowhere else", f"NO_PROXY={host}", f"--tls-host {host}"):
        assert hint in told.decode()
    assert f"the proxy refuses {LOCALHOST} with 403" in caplog.text


@pytest.mark.parametrize(
    ("said", "status", "hint"),
    [
        (b"GET http://rest.fortytwo.com/1/im HTTP/1.1\r\nHost: rest.fortytwo.com\r\n\r\n", 405, "takes CONNECT alone"),
        (b"POST http://a/ HTTP/1.1\r\nContent-Length: 9\r\n\r\n123456789", 405, "leave HTTP_PROXY unset"),
        (b"GET / HTTP/1.1\r\n\r\n", 405, "by http:// mock-amp is reached at its own address"),
        (b"CONNECT rest.fortytwo.com HTTP/1.1\r\n\r\n", 400, "takes a host and a port"),
        (b"CONNECT rest.fortytwo.com:0 HTTP/1.1\r\n\r\n", 400, "takes a host and a port"),
        (b"CONNECT https://rest.fortytwo.com:443/ HTTP/1.1\r\n\r\n", 400, "takes a host and a port"),
        (b"connect rest.fortytwo.com:443 HTTP/1.1\r\n\r\n", 405, "takes CONNECT alone"),
        (b"CONNECT rest.fortytwo.com:443\r\n\r\n", 400, "is no request"),
        (b"\x16", 400, "this is TLS, and the proxy is asked without: its URL begins with http://, in HTTPS_PROXY too"),
        (b"\x05\x01\x00", 400, "this is SOCKS, and the proxy is one for HTTP"),
        (b"\x04\x01\x01\xbb", 400, "this is SOCKS"),
        (b"\x80\x2e\x01", 400, "is no request"),
        (b"\0", 400, "is no request"),
        (b"\r\n\r\n", 400, "is no request"),
        (b"CONNECT rest.fortytwo.com:443 HTTP/1.1\r\nX: " + b"x" * 9_000, 431, "a head of more than 8190 bytes"),
        (b"CONNECT a\x1b[2J:443 HTTP/1.1\r\n\r\n", 400, "is no request"),
    ],
)
async def test_whatever_else_is_asked_is_refused_in_plain_text(
    tmp_path: Path, said: bytes, status: int, hint: str
) -> None:
    async with proxied(tmp_path) as (server, _):
        told = await answered(server, said)
        await until(lambda: server.services.crowd.connections == 0)

    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert f"Content-Length: {len(body)}".encode() in head
    assert (b"Allow: CONNECT" in head) == (status == 405)
    assert hint in body.decode()


async def test_a_client_that_speaks_tls_to_the_proxy_fails_at_once_and_the_log_says_why(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """HTTPS_PROXY=https://…: a slip that is easily made. The server has for ever, and so has the client."""
    caplog.set_level(logging.INFO)
    async with proxied(tmp_path, client_timeout="0s") as (server, _):
        with pytest.raises(ssl.SSLError):
            await asyncio.wait_for(
                asyncio.open_connection(LOCALHOST, port_of(server.proxy_url), ssl=trusting(server)), 10
            )

    assert "refuses 127.0.0.1 with 400: this is TLS, and the proxy is asked without: its URL begins with" in caplog.text


@pytest.mark.parametrize("size", [1, 7, len(CONNECT) - 1])
async def test_a_head_may_come_in_pieces(tmp_path: Path, size: int) -> None:
    async with proxied(tmp_path) as (server, _):
        reader, writer = await asyncio.open_connection(LOCALHOST, port_of(server.proxy_url))
        writer.transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(CONNECT), size):
            writer.write(CONNECT[at : at + size])
            await until(lambda: server.services.crowd.connections == 1)
        taken = await reader.readexactly(len(TAKEN))
        await writer.start_tls(trusting(server), server_hostname="rest.fortytwo.com")
        writer.write(ASKED)
        answer = await hears(reader)
        writer.close()

    assert taken == TAKEN
    assert answer.endswith(b'{"status":"ok"}')


@pytest.mark.parametrize("behind", [1, 100, None])
async def test_what_comes_right_behind_the_head_is_not_lost(tmp_path: Path, behind: int | None) -> None:
    """A client that begins with TLS before it has read that it may."""
    async with proxied(tmp_path) as (server, _):
        loop, there, back = asyncio.get_running_loop(), ssl.MemoryBIO(), ssl.MemoryBIO()
        end = trusting(server).wrap_bio(back, there, server_hostname="rest.fortytwo.com")
        with pytest.raises(ssl.SSLWantReadError):
            end.do_handshake()
        hello = there.read()
        async with asyncio.timeout(10), _line_to(server) as line:
            await loop.sock_sendall(line, CONNECT + hello[:behind])
            came = await loop.sock_recv(line, len(TAKEN))
            await loop.sock_sendall(line, hello[len(hello) if behind is None else behind :])
            answer = await _ask(line, end, there, back)

    assert came == TAKEN
    assert answer.endswith(b'{"status":"ok"}')


@asynccontextmanager
async def _line_to(server: Server) -> AsyncIterator[socket.socket]:
    with socket.create_connection((LOCALHOST, port_of(server.proxy_url))) as line:
        line.setblocking(False)  # noqa: FBT003 - the standard library's own
        yield line


async def _ask(line: socket.socket, end: ssl.SSLObject, there: ssl.MemoryBIO, back: ssl.MemoryBIO) -> bytes:
    """Goes on with a handshake, asks in the same bytes that end it, and reads the answer."""
    loop, found = asyncio.get_running_loop(), b""

    async def hear() -> None:
        came = await loop.sock_recv(line, 65_536)
        assert came, "the server has hung up"
        back.write(came)

    while True:
        try:
            end.do_handshake()
            break
        except ssl.SSLWantReadError:
            await hear()
    end.write(ASKED)
    await loop.sock_sendall(line, there.read())
    while b"ok" not in found:
        try:
            found += end.read()
        except ssl.SSLWantReadError:
            await hear()
    return found


async def test_a_send_to_fifty_thousand_goes_through_and_so_does_what_comes_of_it(tmp_path: Path) -> None:
    """Megabytes in, megabytes out."""
    numbers = [{"number": str(35_699_000_000 + each)} for each in range(50_000)]
    body = io.BytesIO(orjson.dumps({"destinations": numbers, "sms_content": {"message": "Hi"}}))
    heads = {"Authorization": f"Token {DEFAULT_TOKEN}", "Content-Type": "application/json"}
    async with proxied(tmp_path, allowed_host=("rest.fortytwo.com",)) as (_, amp):
        sent = await amp.call("POST", "/1/im", data=body, headers=heads)
        listed = await amp.messages(limit="10000")

    assert sent.status == 200
    assert len(sent.body["results"]) == 50_000
    assert len(listed) == 10_000


async def test_a_tunnel_is_one_connection_and_there_are_only_so_many(tmp_path: Path) -> None:
    """Whoever has been idle makes room; who has just asked does not."""
    async with proxied(tmp_path, max_connections=1) as (server, amp):
        crowd = server.services.crowd
        first = await amp.call("GET", "/livez")
        counted = crowd.connections
        reader, writer = await asyncio.open_connection(LOCALHOST, port_of(server.proxy_url))
        writer.write(b"CONNECT")
        await until(lambda: any(each.phase.name == "REQUEST" for each in crowd._looks))  # noqa: SLF001
        turned = await answered(server, CONNECT)
        writer.close()
        await hears(reader)

    assert (first.status, counted) == (200, 1)
    assert turned.startswith(b"HTTP/1.1 503 ")
    assert b"max-connections" in turned


@pytest.mark.parametrize(("said", "told"), [(b"CONNECT re", b"HTTP/1.1 408 "), (CONNECT, TAKEN), (b"", b"")])
async def test_who_takes_too_long_is_cut_off(tmp_path: Path, said: bytes, told: bytes) -> None:
    """For the head, for the handshake, and before either."""
    async with proxied(tmp_path, client_timeout="1m", idle_timeout="1m") as (server, _):
        crowd, loop = server.services.crowd, asyncio.get_running_loop()
        reader, writer = await asyncio.open_connection(LOCALHOST, port_of(server.proxy_url))
        writer.write(said)
        begun = await reader.readexactly(len(TAKEN)) if told == TAKEN else b""
        await until(lambda: crowd.connections == 1 and (not said or next(iter(crowd._looks)).phase.name == "REQUEST"))  # noqa: SLF001
        for tenth in range(12):
            crowd.look(loop.time() + 6 * tenth)
        rest = await hears(reader)
        writer.close()
        await until(lambda: crowd.connections == 0)

    assert (begun + rest).startswith(told)


@pytest.mark.parametrize("said", [b"", b"CONN", CONNECT, CONNECT + b"\x16\x03\x01", b"GET / HTTP/1.1\r\n\r\n"])
@pytest.mark.parametrize("hard", [True, False], ids=["reset", "closed"])
async def test_a_client_that_hangs_up_leaves_nothing(tmp_path: Path, said: bytes, *, hard: bool) -> None:
    async with proxied(tmp_path) as (server, amp):
        before = len(asyncio.all_tasks())
        _, writer = await asyncio.open_connection(LOCALHOST, port_of(server.proxy_url))
        writer.write(said)
        await amp.call("GET", "/livez")
        if hard:
            writer.transport.abort()
        else:
            writer.close()
        await until(lambda: server.services.crowd.connections == 1)
        await until(lambda: len(asyncio.all_tasks()) <= before + 1)


@pytest.mark.parametrize("said", [b"", b"CONN", CONNECT, CONNECT + b"\x16\x03\x01"])
async def test_a_stop_ends_open_tunnels_at_once(tmp_path: Path, said: bytes) -> None:
    """Whether its application is asking, shaking hands, or has a connection that it keeps."""
    before = asyncio.all_tasks()
    server = Server(settings(proxy_port=0, tls_port=0, tls_dir=str(tmp_path)))
    async with serving(server):
        reader, writer = await asyncio.open_connection(LOCALHOST, port_of(server.proxy_url))
        writer.write(said)
        kept_reader, kept = await asyncio.open_connection(LOCALHOST, port_of(server.proxy_url))
        kept.write(CONNECT)
        await kept_reader.readexactly(len(TAKEN))
        await kept.start_tls(trusting(server), server_hostname="rest.fortytwo.com")
        await until(lambda: server.services.crowd.connections == 2)

    for each in (reader, kept_reader):
        await hears(each)
    for line in (writer, kept):
        line.close()
    assert server.services.crowd.connections == 0
    assert asyncio.all_tasks() == before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOCALHOST, port_of(server.proxy_url)))


async def test_the_port_of_the_proxy_is_told_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "port"
    async with proxied(tmp_path / "ca", proxy_port_file=str(file)) as (server, _):
        assert int(file.read_text()) == port_of(server.proxy_url)

    assert not file.exists()


@pytest.mark.parametrize(
    ("host", "has"),
    [("a.test", True), ("one.b.test", True), ("b.test", False), ("x.one.b.test", False), ("c", False), ("::1", True)],
)
def test_a_host_of_ours_is_one_that_the_certificate_is_for(host: str, *, has: bool) -> None:
    """A star stands for one name, as it does in certificates."""
    assert Hosts(["a.test", "*.b.test", "::1"]).has(host) is has

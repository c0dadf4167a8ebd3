"""HTTPS beside HTTP: who is trusted by whom, what is there, and what a server does that has trouble with its CA."""

import asyncio
import logging
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from cryptography import x509

from mock_amp.adapters import certificates
from mock_amp.adapters.clocks import SystemClock
from mock_amp.bootstrap import Server, StartFailed, serving
from mock_amp.core.instants import SECOND
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.test_load import until
from tests.contract.test_certificates import limited
from tests.harness import Amp, running, settings

LOCALHOST = "127.0.0.1"


@asynccontextmanager
async def secured(folder: Path, **changes: Any) -> AsyncIterator[tuple[Server, Amp]]:
    """A server with HTTPS whose CA lies in this folder, and a client that trusts it, by HTTPS."""
    server = Server(settings(**{"tls": True, "tls_port": 0, "tls_dir": str(folder), **changes}))
    async with serving(server):
        connector = aiohttp.TCPConnector(ssl=trusting(server))
        async with aiohttp.ClientSession(connector=connector) as session:
            yield server, Amp(str(server.tls_url), session, DEFAULT_TOKEN, "default")


def trusting(server: Server) -> ssl.SSLContext:
    """What a client needs that trusts the server's CA and no other."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=(server.ca_pem or b"").decode())
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    return context


def port_of(url: str | None) -> int:
    return int(str(url).rpartition(":")[2])


async def shaken(server: Server, name: str) -> ssl.SSLObject:
    """A handshake in which the client calls the server by this name."""
    context = trusting(server)
    reader, writer = await asyncio.open_connection(
        LOCALHOST, port_of(server.tls_url), ssl=context, server_hostname=name
    )
    writer.close()
    await reader.read()
    found: ssl.SSLObject = writer.get_extra_info("ssl_object")
    return found


async def test_a_client_that_trusts_the_ca_uses_service_and_control_plane_by_https(tmp_path: Path) -> None:
    async with secured(tmp_path) as (server, amp):
        sent = await amp.send(sms_content={"message": "Hi"})
        await amp.advance(until="idle")
        messages = await amp.messages()
        (line,) = await amp.requests()

        assert str(server.tls_url).startswith(f"https://{LOCALHOST}:")
    assert sent.status == 200
    assert [each["status"] for each in messages] == ["DELIVRD"]
    assert line["remote"] == LOCALHOST


async def test_http_stays_on_its_own_port_beside_it(tmp_path: Path) -> None:
    async with secured(tmp_path) as (server, by_tls), aiohttp.ClientSession() as session:
        plain = Amp(server.url, session, DEFAULT_TOKEN, "default")
        await plain.send(sms_content={"message": "Hi"})
        seen = await by_tls.messages()

        assert server.url.startswith("http://")
    assert len(seen) == 1


async def test_a_client_that_does_not_trust_the_ca_refuses_and_the_log_says_what_helps(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with secured(tmp_path) as (server, _), aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(f"{server.tls_url}/livez")
        await until(lambda: "did not come to HTTPS" in caplog.text)

    assert "it hung up in the middle of the handshake; does it trust the CA? `mock-amp ca` prints it" in caplog.text


@pytest.mark.parametrize("name", ["rest.fortytwo.com", "localhost", "127.0.0.1", "::1", "amp.test", "192.0.2.7"])
async def test_the_certificate_is_for_the_names_of_the_service_and_those_that_were_told(
    tmp_path: Path, name: str
) -> None:
    async with secured(tmp_path, tls_host=("amp.test", "192.0.2.7")) as (server, _):
        found = await shaken(server, name)

    assert found.version() == "TLSv1.3"


async def test_it_is_for_no_other(tmp_path: Path) -> None:
    async with secured(tmp_path) as (server, _):
        with pytest.raises(ssl.SSLCertVerificationError, match=r"amp\.test"):
            await shaken(server, "amp.test")


async def test_the_address_that_is_listened_on_is_among_them(tmp_path: Path) -> None:
    async with secured(tmp_path, host="127.0.0.42") as (server, amp):
        assert str(server.tls_url).startswith("https://127.0.0.42:")
        assert (await amp.call("GET", "/livez")).status == 200


async def test_a_server_on_all_addresses_is_shown_by_a_name_of_the_certificate(tmp_path: Path) -> None:
    async with secured(tmp_path, host="0.0.0.0") as (server, amp):  # noqa: S104 - as in a container
        assert str(server.tls_url).startswith("https://localhost:")
        assert (await amp.call("GET", "/livez")).status == 200


async def test_the_ca_outlives_the_server_and_the_certificate_does_not(tmp_path: Path) -> None:
    found = []
    for _ in range(2):
        async with secured(tmp_path) as (server, _amp):
            found.append((server.ca_pem, (await shaken(server, "localhost")).getpeercert(binary_form=True)))

    assert found[0][0] == found[1][0] == (tmp_path / "ca.pem").read_bytes()
    assert found[0][1] != found[1][1]


async def test_the_control_plane_gives_the_ca_away(tmp_path: Path) -> None:
    async with secured(tmp_path) as (server, amp):
        answer = await amp.call("GET", "/__admin/certs/ca.pem")

        assert answer.headers["Content-Type"] == "application/x-pem-file"
        assert answer.raw == server.ca_pem == (tmp_path / "ca.pem").read_bytes()
    assert b"KEY" not in answer.raw


async def test_without_https_it_has_none_and_says_which_setting_helps(server: Amp) -> None:
    answer = await server.call("GET", "/__admin/certs/ca.pem")

    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert "start it with --tls" in answer.body["detail"]


async def test_with_a_port_of_the_control_plane_https_has_the_service_alone(tmp_path: Path) -> None:
    """D14: as on the port of the service; the CA is where the control plane is."""
    async with secured(tmp_path, admin_port=0) as (server, amp), aiohttp.ClientSession() as session:
        control = Amp(server.admin_url, session, DEFAULT_TOKEN, "default")
        sent = await amp.send(sms_content={"message": "Hi"})
        unknown = await amp.call("GET", "/__admin/certs/ca.pem")
        given = await control.call("GET", "/__admin/certs/ca.pem")

    assert (sent.status, unknown.status, unknown.headers["X-Mock-Amp-Rule"]) == (200, 404, "H-3")
    assert given.raw == server.ca_pem


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost", 200), ("evil.test", 403), ("amp.test", 200), ("amp.test:443", 200), ("amp.test:444", 403)],
)
async def test_the_guard_stands_before_https_too(tmp_path: Path, host: str, status: int) -> None:
    """D20: and 443 is the port that an https:// without one has."""
    async with secured(tmp_path, allowed_host=("amp.test:443",)) as (_, amp):
        answer = await amp.call("GET", "/__admin", headers={"Host": host})

    assert answer.status == status


async def test_the_port_is_told_in_a_file_which_goes_with_the_server(tmp_path: Path) -> None:
    file = tmp_path / "port"
    async with secured(tmp_path / "ca", tls_port_file=str(file)) as (server, _):
        assert int(file.read_text()) == port_of(server.tls_url)

    assert not file.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOCALHOST, port_of(server.tls_url)))


@pytest.mark.parametrize("setting", ["tls-port", "proxy-port"])
async def test_a_port_that_is_taken_is_told_with_its_setting_and_nothing_stays_open(
    tmp_path: Path, setting: str
) -> None:
    with socket.create_server((LOCALHOST, 0)) as taken:
        port = taken.getsockname()[1]
        ports = {"tls_port": 0, setting.replace("-", "_"): port}
        server = Server(settings(tls=True, tls_dir=str(tmp_path), **ports))

        with pytest.raises(StartFailed, match=rf"port {port} of 127.0.0.1 is taken; .* --{setting} 0 for a free one"):
            await server.start()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOCALHOST, server.port))


async def test_a_given_ca_is_the_one_and_nothing_is_kept(tmp_path: Path) -> None:
    ca, folder = trustme.CA(), tmp_path / "none"
    ca.cert_pem.write_to_path(str(tmp_path / "cert"))
    ca.private_key_pem.write_to_path(str(tmp_path / "key"))
    async with secured(folder, tls_ca=str(tmp_path / "cert"), tls_ca_key=str(tmp_path / "key")) as (server, amp):
        assert (await amp.call("GET", "/__admin/certs/ca.pem")).raw == ca.cert_pem.bytes()
        assert server.ca_path == str(tmp_path / "cert")

    assert not folder.exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"tls": True, "tls_ca": "cert"}, "tls-ca and tls-ca-key go together"),
        ({"tls": True, "tls_ca_key": "key"}, "tls-ca and tls-ca-key go together"),
        ({"tls": True, "tls_ca": "nowhere", "tls_ca_key": "nowhere"}, "cannot read nowhere: No such file"),
        ({"tls": True, "tls_dir": "/dev/null/ca"}, "no CA can be kept in /dev/null/ca: Not a directory; name another"),
        ({"tls_port_file": "port"}, "tls-port-file means nothing without tls"),
        ({"proxy_port_file": "port"}, "proxy-port-file without proxy-port"),
    ],
)
async def test_settings_that_come_to_no_ca_are_told_in_one_line(changes: dict[str, Any], told: str) -> None:
    """D7: a setting that does nothing is a mistake."""
    with pytest.raises(StartFailed, match=told) as caught:
        Server(settings(**changes))

    assert "\n" not in str(caught.value)


@asynccontextmanager
async def by_theirs(folder: Path, files: tuple[bytes, bytes], **changes: Any) -> AsyncIterator[tuple[Server, Amp]]:
    """A server by a CA that was given: its certificate, and its key."""
    for name, raw in zip(("cert", "key"), files, strict=True):
        (folder / name).write_bytes(raw)
    given = {"tls_ca": str(folder / "cert"), "tls_ca_key": str(folder / "key")}
    async with secured(folder, **given, **changes) as found:
        yield found


async def test_a_ca_that_ends_soon_is_told_at_the_start(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    soon = datetime.fromtimestamp(SystemClock().now() // SECOND, UTC) + timedelta(days=29)
    async with by_theirs(tmp_path, limited(ends=soon)):
        pass

    assert f"the CA ends on {soon:%Y-%m-%d}, and then no client takes it any more; give a newer one by" in caplog.text


async def test_one_of_ours_is_told_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It is not renewed in silence."""
    monkeypatch.setattr(certificates, "_CA_LASTS", timedelta(days=29))
    async with secured(tmp_path):
        pass

    files = f"{tmp_path / 'ca.pem'} and {tmp_path / 'ca-key.pem'}"
    assert f"; delete {files}, and the next start makes another CA, to be trusted anew" in caplog.text


async def test_a_ca_that_lasts_is_served_without_a_word(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with secured(tmp_path):
        pass

    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING] == []


async def test_a_ca_by_which_no_client_would_come_stops_the_start(tmp_path: Path) -> None:
    constraints = x509.NameConstraints([x509.DNSName("acme.test")], None)

    with pytest.raises(
        StartFailed, match=r"^no client takes what the CA in .*cert issues: permitted subtree violation$"
    ):
        async with by_theirs(tmp_path, limited(constraints)):
            pass


async def test_one_by_which_strict_clients_would_not_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with by_theirs(tmp_path, limited()):
        pass

    assert "strict clients, such as Python 3.13, do not take the CA in " in caplog.text


async def test_a_client_to_which_the_certificate_has_ended_is_explained_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What it says is all that there is to see of a CA that ended while the server ran."""
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(certificates, "_LASTS", timedelta(hours=-1))
    monkeypatch.setattr(certificates.Authority, "objection", lambda *_, **__: None)  # it would not start
    async with secured(tmp_path) as (server, _):
        with pytest.raises(ssl.SSLCertVerificationError, match="certificate has expired"):
            await asyncio.to_thread(_shake_hands, server)
        await until(lambda: "did not come to HTTPS" in caplog.text)

    assert "to it the certificate has ended: its clock is wrong, or the CA has ended since the start" in caplog.text


def _shake_hands(server: Server) -> None:
    """As a client that says why it goes."""
    with socket.create_connection((LOCALHOST, port_of(server.tls_url)), timeout=10) as line:
        trusting(server).wrap_socket(line, server_hostname="localhost").close()


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("l\u00f6cal", "host: 'l\u00f6cal' is not as certificates have it: write xn--lcal-5qa"),
        ("-", "host: '-' is no name for a certificate"),
    ],
)
async def test_a_host_that_no_certificate_can_be_for_is_told_in_one_line(tmp_path: Path, host: str, told: str) -> None:
    with pytest.raises(StartFailed, match=f"^{told}"):
        Server(settings(tls=True, tls_dir=str(tmp_path), host=host))


@pytest.mark.parametrize(("host", "shown"), [("0", "localhost"), ("127.1", "127.1")])
@pytest.mark.skipif(sys.platform == "win32", reason="Windows looks such names up")
async def test_a_short_address_is_in_the_certificate_as_the_address_that_it_is(
    tmp_path: Path, host: str, shown: str
) -> None:
    async with secured(tmp_path, host=host) as (server, _):
        names = (await shaken(server, "127.0.0.1")).getpeercert()

    assert str(server.tls_url).startswith(f"https://{shown}:")
    assert ("DNS", host) not in (names or {})["subjectAltName"]


async def test_where_nothing_can_be_kept_the_ca_is_in_memory_and_the_log_says_where_to_get_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A container with a root that can only be read, and a user without a home."""
    for name in ("HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, "/dev/null")
    server = Server(settings(tls=True, tls_port=0))
    async with serving(server), aiohttp.ClientSession() as session:
        answer = await session.get(f"{server.tls_url}/__admin/certs/ca.pem", ssl=trusting(server))

        assert await answer.read() == server.ca_pem
    assert server.ca_path is None
    assert "until the server stops there is one in memory: GET /__admin/certs/ca.pem" in caplog.text


async def test_who_speaks_http_to_the_port_for_https_is_cut_off_and_told_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with secured(tmp_path) as (server, _):
        reader, writer = await asyncio.open_connection(LOCALHOST, port_of(server.tls_url))
        writer.write(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with_luck_nothing = await hears(reader)
        writer.close()
        await until(lambda: server.services.crowd.connections == 0)

    assert b"HTTP" not in with_luck_nothing
    assert "it speaks HTTP without TLS, to the port for HTTPS" in caplog.text


async def hears(reader: asyncio.StreamReader) -> bytes:
    """All that comes until the other side ends it, this way or that."""
    try:
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionResetError:
        return b""


async def test_a_handshake_counts_as_a_connection_until_it_is_one(tmp_path: Path) -> None:
    """Or as many as one likes could be open without ever asking anything."""
    async with secured(tmp_path, max_connections=1) as (server, amp):
        crowd = server.services.crowd
        _, silent = await asyncio.open_connection(LOCALHOST, port_of(server.tls_url))
        await until(lambda: crowd.connections == 1)
        with pytest.raises(aiohttp.ClientError):
            await amp.call("GET", "/livez")
        refused = crowd.refused
        silent.close()
        await until(lambda: crowd.connections == 0)
        answer = await amp.call("GET", "/livez")

        assert crowd.connections == 1
    assert (refused, answer.status) == (1, 200)


async def test_a_handshake_that_never_comes_is_cut_off(tmp_path: Path) -> None:
    async with secured(tmp_path, client_timeout="100ms") as (server, _):
        reader, writer = await asyncio.open_connection(LOCALHOST, port_of(server.tls_url))
        nothing = await hears(reader)
        writer.close()
        await until(lambda: server.services.crowd.connections == 0)

    assert nothing == b""


async def test_a_connection_that_is_torn_off_leaves_nothing(tmp_path: Path) -> None:
    """Within the handshake, after it, and in the middle of a request."""
    async with secured(tmp_path) as (server, _):
        before, crowd = len(asyncio.all_tasks()), server.services.crowd
        for said in (None, b"", b"POST /1/im HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{"):
            tls: dict[str, Any] = {} if said is None else {"ssl": trusting(server), "server_hostname": "localhost"}
            _, writer = await asyncio.open_connection(LOCALHOST, port_of(server.tls_url), **tls)
            writer.write(said or b"\x16\x03\x01")
            await until(lambda: crowd.connections == 1)
            writer.transport.abort()
            await until(lambda: crowd.connections == 0)

        await until(lambda: len(asyncio.all_tasks()) == before)


@pytest.mark.parametrize("state", ["handshake", "idle", "asking"])
async def test_a_stop_ends_open_connections_at_once(tmp_path: Path, state: str) -> None:
    """D7: whatever they are at; nothing is left of them."""
    before = asyncio.all_tasks()
    server = Server(settings(tls=True, tls_port=0, tls_dir=str(tmp_path)))
    async with serving(server):
        tls: dict[str, Any] = {} if state == "handshake" else {"ssl": trusting(server), "server_hostname": "localhost"}
        reader, writer = await asyncio.open_connection(LOCALHOST, port_of(server.tls_url), **tls)
        if state == "asking":
            writer.write(b"POST /1/im HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\n\r\n{")
        await until(lambda: server.services.crowd.connections == 1)

    await hears(reader)
    writer.close()
    assert server.services.crowd.connections == 0
    assert asyncio.all_tasks() == before


async def test_a_server_without_https_has_neither_its_url_nor_a_ca() -> None:
    async with running():
        server = Server(settings())

    assert (server.tls_url, server.proxy_url, server.ca_pem, server.ca_path) == (None, None, None, None)

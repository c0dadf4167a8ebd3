"""The control plane on a port of its own (D14)."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mock_amp.bootstrap import Server, StartFailed, serving
from mock_amp.settings import DEFAULT_TOKEN
from tests.harness import Amp, Receiver, running, settings


@asynccontextmanager
async def apart(**changes: Any) -> AsyncIterator[tuple[Amp, Amp, Server]]:
    """Clients of the port of the service and of that of the control plane, and their server."""
    server = Server(settings(admin_port=0, **changes))
    async with serving(server), aiohttp.ClientSession() as session:
        service, control = (Amp(url, session, DEFAULT_TOKEN, "default") for url in (server.url, server.admin_url))
        yield service, control, server


@pytest.mark.parametrize("path", ["/", "/__admin", "/__admin/clock", "/__admin/accounts/default/messages", "/metrics"])
async def test_the_port_of_the_service_does_not_have_the_control_plane(path: str) -> None:
    """D14, H-3: an unknown path like any other, in the envelope."""
    async with apart() as (service, control, _):
        answer = await service.call("GET", path)
        journal = await control.requests()

    assert (answer.status, answer.headers["X-Mock-Amp-Rule"]) == (404, "H-3")
    assert answer.body["result_info"]["status_code"] == 404
    assert [(line["path"], line["rule"]) for line in journal] == [(path, "H-3")]


@pytest.mark.parametrize("path", ["/1/im", "/1/im/status/1", "/nowhere"])
async def test_the_port_of_the_control_plane_does_not_have_the_service(path: str) -> None:
    """D14: nothing is written down there."""
    async with apart() as (_, control, _server):
        answer = await control.call("POST", path, json={})
        journal = await control.requests()

    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")
    assert journal == []


async def test_the_control_plane_says_on_which_other_port_the_service_is(server: Amp) -> None:
    async with apart() as (service, control, _):
        told = await control.call("GET", "/__admin")
    same = await server.call("GET", "/__admin")

    assert told.body["service_port"] == int(service.url.rpartition(":")[2])
    assert same.body["service_port"] is None


async def test_the_two_ports_are_one_server(receiver: Receiver) -> None:
    """D14: what one is sent, the other shows."""
    async with apart() as (service, control, server):
        await service.send(sms_content={"message": "Hi"}, callback_url=receiver.url)
        lived = await control.advance(until="idle")
        messages = await control.messages()

        assert server.url != server.admin_url
    assert [message["status"] for message in messages] == ["DELIVRD"]
    assert lived["settled"] is True
    assert receiver.received != []


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
async def test_health_is_on_both_ports(path: str) -> None:
    """D14: a probe knows one of them."""
    async with apart() as (service, control, _):
        statuses = [(await each.call("GET", path)).status for each in (service, control)]

    assert statuses == [200, 200]


async def test_the_page_is_on_the_port_of_the_control_plane() -> None:
    async with apart() as (_, control, _server):
        assert (await control.call("GET", "/")).status == 200


async def test_the_guard_stands_before_the_port_of_the_control_plane_alone() -> None:
    """D20: unknown paths there included."""
    async with apart(admin_key="k3y") as (service, control, _):
        closed = [(await control.call("GET", path)).status for path in ("/metrics", "/__admin", "/nowhere")]
        opened = await service.send(sms_content={"message": "Hi"})

    assert (closed, opened.status) == ([401, 401, 401], 200)


async def test_without_an_admin_port_all_is_on_one(server: Amp) -> None:
    """D14."""
    statuses = [(await server.call("GET", path)).status for path in ("/", "/__admin/clock", "/livez")]

    assert statuses == [200, 200, 200]


async def test_each_port_has_its_file_and_stopping_closes_both(tmp_path: Path) -> None:
    """D15: --port 0 --port-file, and the same for the control plane."""
    files = [tmp_path / "port", tmp_path / "admin"]
    async with apart(port_file=str(files[0]), admin_port_file=str(files[1])) as (_, _control, server):
        told = [int(file.read_text()) for file in files]
        assert [f"http://127.0.0.1:{port}" for port in told] == [server.url, server.admin_url]

    assert [file.exists() for file in files] == [False, False]
    for port in told:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))


async def test_the_control_plane_may_have_an_address_of_its_own() -> None:
    """D14: the service for all, the control plane for this machine, say."""
    async with apart(admin_host="127.0.0.42") as (_, control, server):
        assert server.admin_url.startswith("http://127.0.0.42:")
        assert (await control.call("GET", "/__admin/clock")).status == 200


async def test_a_port_that_is_taken_is_told_with_its_setting_and_nothing_stays_open() -> None:
    """D7: one line; the port of the service, which was free, is free again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        server = Server(settings(admin_port=port))

        with pytest.raises(StartFailed, match=rf"port {port} of 127.0.0.1 is taken; .* --admin-port 0 for a free one"):
            await server.start()

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port))


@pytest.mark.parametrize("changes", [{"admin_host": "127.0.0.1"}, {"admin_port_file": "port"}])
async def test_what_belongs_to_an_admin_port_means_nothing_without_one(changes: dict[str, Any]) -> None:
    """D7: a setting that does nothing is a mistake."""
    with pytest.raises(StartFailed, match="without admin-port"):
        async with running(**changes):
            pass

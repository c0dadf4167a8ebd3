"""`--callback-allow` over real sockets: the address that is connected to is judged, whatever the URL looks like."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mock_amp.adapters.lookups import THREAD
from mock_amp.adapters.webhooks import WebhookTransport
from mock_amp.core.authority import read_mapping, read_target
from mock_amp.core.retry import Answered, Unreachable
from tests.harness import Receiver

METADATA = "169.254.169.254"


class Names:
    """A name server of which a test says what it answers, one answer after the other, the last for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = answers, 0

    def __call__(self, host: str, port: int, **_hints: Any) -> list[tuple[Any, ...]]:
        found = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [self._row(each, port) for each in found]

    def _row(self, address: str, port: int) -> tuple[Any, ...]:
        if ":" in address:
            return socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0)
        return socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)


@asynccontextmanager
async def posting(*allowed: str, names: Any = socket.getaddrinfo, maps: tuple[str, ...] = ()) -> AsyncIterator[Any]:
    transport = WebhookTransport(2, mappings=map(read_mapping, maps), allowed=map(read_target, allowed), look_up=names)
    yield transport
    await transport.close()


def error_of(outcome: Any) -> str:
    assert isinstance(outcome, Unreachable), outcome
    return outcome.error


@pytest.mark.parametrize(
    "host",
    [
        *(METADATA, "169.254.169.254.", "[::ffff:a9fe:a9fe]", "[::ffff:169.254.169.254]", "[0:0:0:0:0:FFFF:A9FE:A9FE]"),
        *("2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "169.254.43518", "025177524776"),
        *("[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]", "[fd00:ec2::254]", "[fe80::a9fe:a9fe%25lo]"),
        *("[fe80::a9fe:a9fe%lo]", "１６９.254.169.254", "169。254。169。254", "%31%36%39.254.169.254"),  # noqa: RUF001 - wide ones
        *("user@169.254.169.254", "127.0.0.1@169.254.169.254", "100.100.100.200", "168.63.129.16"),
    ],
)
async def test_no_spelling_of_metadata_is_connected_to(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a URL itself, and by whatever a name server makes of what looks like a number."""
    asked: list[Any] = []
    monkeypatch.setattr(socket, "socket", asked.append)  # nothing here may come as far as a socket
    async with posting() as transport:
        error = error_of(await transport.post(f"http://{host}/latest/meta-data", b"{}"))

    assert asked == []
    assert any(words in error for words in ("(cloud metadata)", "is not a URL", "no connection to")), error


@pytest.mark.parametrize("host", [METADATA, "[::ffff:a9fe:a9fe]", "0xa9fea9fe", "[64:ff9b::a9fe:a9fe]"])
async def test_the_words_say_what_would_let_it(host: str) -> None:
    async with posting() as transport:
        error = error_of(await transport.post(f"http://{host}/", b"{}"))

    assert error.endswith("--callback-allow 169.254.169.254 lets them") or "[64:" in host
    assert "(cloud metadata)" in error


async def test_a_name_that_leads_to_metadata_is_not_followed(receiver: Receiver) -> None:
    """Not for one address of two either, and the other one is connected to."""
    port = receiver.url.split(":")[2].split("/")[0]
    async with posting(names=Names([METADATA])) as transport:
        refused = error_of(await transport.post(f"http://app.example:{port}/", b"{}"))
    async with posting("app.example", names=Names([METADATA, "127.0.0.1", "fe80::1"])) as transport:
        filtered = await transport.post(f"http://app.example:{port}/", b"{}")

    assert refused.startswith(f"callbacks may not go to {METADATA} (cloud metadata), where app.example leads:")
    assert filtered == Answered(200)


async def test_a_name_that_changes_its_mind_is_asked_once(receiver: Receiver) -> None:
    """DNS rebinding: there is no second look-up between the question and the connection."""
    names = Names(["127.0.0.1"], [METADATA])
    port = receiver.url.split(":")[2].split("/")[0]
    async with posting("127.0.0.0/8", names=names) as transport:
        outcome = await transport.post(f"http://app.example:{port}/", b"{}")

    assert (outcome, names.asked) == (Answered(200), 1)


async def test_a_name_that_leads_elsewhere_later_is_judged_again(receiver: Receiver) -> None:
    """DNS rebinding: each connection is judged by the address that it goes to."""
    port = receiver.url.split(":")[2].split("/")[0]
    names = Names(["127.0.0.1"], [METADATA])
    async with posting("app.example", "127.0.0.0/8", names=names) as transport:
        first = await transport.post(f"http://app.example:{port}/", b"{}")
        second = await transport.post(f"http://app.example:{int(port) + 1}/", b"{}")

    assert first == Answered(200)
    assert "(cloud metadata)" in error_of(second)


@pytest.mark.parametrize(
    ("allowed", "host", "may"),
    [
        ("127.0.0.0/8", "127.0.0.1", True),
        ("127.0.0.0/8", "localhost", True),
        ("127.0.0.0/8", "[::ffff:127.0.0.1]", True),
        ("localhost", "localhost", True),
        ("LOCALHOST.", "LocalHost", True),
        ("localhost", "127.0.0.1", False),
        ("10.0.0.0/8", "127.0.0.1", False),
        ("10.0.0.0/8", "localhost", False),
        ("app.example", "127.0.0.1", False),
        ("127.0.0.2", "127.0.0.1", False),
        ("0.0.0.0/0", "127.0.0.1", True),
    ],
)
async def test_callbacks_go_only_where_they_may(receiver: Receiver, allowed: str, host: str, *, may: bool) -> None:
    port = receiver.url.split(":")[2].split("/")[0]
    async with posting(allowed, names=Names(["127.0.0.1"])) as transport:
        outcome = await transport.post(f"http://{host}:{port}/", b"{}")

    if may:
        assert outcome == Answered(200)
    else:
        assert error_of(outcome).endswith("--callback-allow does not name it")
        assert receiver.received == []


async def test_where_the_map_leads_is_open_whatever_is_named(receiver: Receiver) -> None:
    """--callback-map: the operator's word; and a pooled connection says no more than a new one."""
    port = receiver.url.split(":")[2].split("/")[0]
    async with posting("10.0.0.0/8", maps=(f"app.example=127.0.0.1:{port}",)) as transport:
        mapped = await transport.post("http://app.example/", b"{}")
        direct = await transport.post(f"http://127.0.0.1:{port}/", b"{}")
        other = await transport.post(f"http://127.0.0.2:{port}/", b"{}")

    assert (mapped, direct) == (Answered(200), Answered(200))
    assert "does not name it" in error_of(other)


async def test_a_map_to_metadata_needs_to_be_allowed_too() -> None:
    async with posting(maps=(f"app.example={METADATA}",)) as transport:
        error = error_of(await transport.post("http://app.example/", b"{}"))

    assert "(cloud metadata)" in error


async def test_an_address_that_is_allowed_is_connected_to_though_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands between is the network's; here it is a socket that says where it was sent."""
    went: list[Any] = []

    class Told(socket.socket):
        def setblocking(self, *_flag: bool) -> None:
            went.append("a socket")
            raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(socket, "socket", Told)
    async with posting("169.254.0.0/16") as transport:
        error = error_of(await transport.post(f"http://{METADATA}/", b"{}"))

    assert (went, "cloud metadata" in error) == (["a socket"], False)


async def test_look_ups_that_hang_take_neither_the_others_nor_the_stop(receiver: Receiver) -> None:
    """Their threads are few and nobody else's; the posts end in time, and so does the transport."""
    let_go = threading.Event()

    def hang(host: str, port: int, **_hints: Any) -> list[tuple[Any, ...]]:
        let_go.wait()
        return Names(["127.0.0.1"])(host, port)

    transport = WebhookTransport(0.3, look_up=hang)
    async with asyncio.timeout(10):
        outcomes = await asyncio.gather(*(transport.post(f"http://{at}.example/", b"{}") for at in range(100)))
        alive = await transport.post(receiver.url, b"{}")
        in_a_thread = await asyncio.to_thread(lambda: "done")
        await transport.close()
    threads = [each for each in threading.enumerate() if each.name == THREAD]
    let_go.set()
    for each in threads:
        each.join(10)

    assert {type(each) for each in outcomes} == {Unreachable}
    assert (alive, in_a_thread) == (Answered(200), "done")
    assert len(threads) == 16
    assert not any(each.is_alive() for each in threads)
    assert [task for task in asyncio.all_tasks() if "resolve" in repr(task)] == []


async def test_a_name_that_leads_nowhere_is_unreachable() -> None:
    def nothing(_host: str, _port: int, **_hints: Any) -> list[tuple[Any, ...]]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with posting(names=nothing) as transport:
        error = error_of(await transport.post("http://app.example/", b"{}"))
        too_long = error_of(await transport.post(f"http://{'a' * 70}.example/", b"{}"))
    async with posting(names=Names([])) as transport:
        empty = error_of(await transport.post("http://app.example/", b"{}"))

    assert error == "no connection to app.example:80: Name or service not known"
    assert too_long.startswith("no connection to aaa")
    assert empty == "no connection to app.example:80: the name leads to no address"

"""`--callback-allow` over real sockets: the address that is connected to is judged, whatever the URL looks like."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from mock_amp.adapters import pool
from mock_amp.adapters.lookups import THREAD, THREADS, Lookups
from mock_amp.adapters.webhooks import WebhookTransport
from mock_amp.core.authority import read_mapping, read_target
from mock_amp.core.retry import Answered, Outcome, Unreachable
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
    transport = WebhookTransport(10, mappings=map(read_mapping, maps), allowed=map(read_target, allowed), look_up=names)
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
    monkeypatch.setattr(pool, "socket", SimpleNamespace(socket=asked.append))  # nothing here may come as far as one
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
        others = [await transport.post(f"http://127.0.0.2:{port}/", b"{}")]
    async with posting("10.0.0.0/8", maps=(f"app.example=127.0.0.1:{int(port) + 1}",)) as transport:
        others.append(await transport.post(f"http://127.0.0.1:{port}/", b"{}"))  # another port is another place

    assert (mapped, direct) == (Answered(200), Answered(200))
    assert all("does not name it" in error_of(each) for each in others)


async def test_a_map_to_metadata_needs_to_be_allowed_too() -> None:
    async with posting(maps=(f"app.example={METADATA}",)) as transport:
        error = error_of(await transport.post("http://app.example/", b"{}"))

    assert "(cloud metadata)" in error


async def test_an_address_that_is_allowed_is_connected_to_though_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands between is the network's; here it is a socket that says where it was sent."""
    went: list[Any] = []

    def told(**_options: Any) -> None:
        went.append("a socket")
        raise OSError(101, "Network is unreachable")

    monkeypatch.setattr(pool, "socket", SimpleNamespace(socket=told))
    async with posting("169.254.0.0/16") as transport:
        error = error_of(await transport.post(f"http://{METADATA}/", b"{}"))

    assert (went, "cloud metadata" in error) == (["a socket"], False)


class Silent:
    """A name server that answers nothing for most names until it is let go."""

    def __init__(self) -> None:
        self.let_go, self.asked = threading.Event(), list[str]()

    def __call__(self, host: str, port: int, **_hints: Any) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        if host not in ("localhost", "alive.example"):
            self.let_go.wait()
        return Names(["127.0.0.1"])(host, port)

    def end(self) -> None:
        """Lets go, and waits for all threads: none of them lives on."""
        self.let_go.set()
        for each in threads():
            each.join(10)
        assert threads() == []


async def answer(transport: WebhookTransport, url: str) -> Outcome:
    """What comes of a post that is tried until it has an answer: a busy machine may take all the time of one."""
    while not isinstance(outcome := await transport.post(url, b"{}"), Answered):
        pass
    return outcome


def threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == THREAD]


async def test_look_ups_that_hang_take_neither_the_others_nor_the_stop(receiver: Receiver) -> None:
    """Their threads are nobody else's; the posts end in time, and so does the transport."""
    names, port = Silent(), receiver.url.split(":")[2].split("/")[0]
    transport = WebhookTransport(0.3, look_up=names)
    async with asyncio.timeout(10):
        outcomes = await asyncio.gather(*(transport.post(f"http://{at}.example/", b"{}") for at in range(100)))
        alive = [await answer(transport, f"http://{it}:{port}/") for it in ("127.0.0.1", "alive.example")]
        in_a_thread = await asyncio.to_thread(lambda: "done")
        await transport.close()
    names.end()

    assert all(f"{at}.example was not looked up within 0.3 s" in error_of(each) for at, each in enumerate(outcomes))
    assert (alive, in_a_thread) == ([Answered(200)] * 2, "done")
    assert [task for task in asyncio.all_tasks() if "resolve" in repr(task)] == []


async def test_a_name_waits_when_all_threads_hang_and_localhost_does_not(receiver: Receiver) -> None:
    """There are no more threads than that; whoever gets none in time is told so, and is not looked up any more."""
    names, port = Silent(), receiver.url.split(":")[2].split("/")[0]
    transport = WebhookTransport(4, look_up=names)  # a busy machine takes more than a second to begin 512 threads
    async with asyncio.timeout(30):
        posts = [asyncio.create_task(transport.post(f"http://{at}.example/", b"{}")) for at in range(THREADS + 20)]
        local = await transport.post(f"http://localhost:{port}/", b"{}")
        most = len(threads())
        outcomes = [error_of(await each) for each in posts]
        await transport.close()
    names.end()

    assert local == Answered(200)
    assert most <= THREADS + 1
    assert sum("was not looked up within" in each for each in outcomes) == THREADS
    assert sum("had to wait for those of other names" in each for each in outcomes) == 20
    assert len(names.asked) == THREADS + 1


async def test_a_name_is_looked_up_once_for_all_who_ask() -> None:
    """Whatever the port, and again only after an answer."""
    names = Silent()
    lookups = Lookups(10, names)
    asking = [asyncio.create_task(lookups.resolve("app.example", port)) for port in range(1, 50)]
    asking[0].cancel()  # who goes takes nobody along
    await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    names.let_go.set()
    found = [await each for each in asking[1:]]
    await lookups.resolve("app.example", 80)
    await lookups.close()
    names.end()

    assert [(each["host"], each["port"]) for (each,) in found] == [("127.0.0.1", port) for port in range(2, 50)]
    assert names.asked == ["app.example"] * 2


async def test_threads_without_work_end() -> None:
    """Before anything is closed, and the next name gets one again."""
    names = Silent()
    lookups = Lookups(10, names, idle=0.01)
    for _ in range(2):
        await lookups.resolve("alive.example", 80)
        names.end()
    await lookups.close()


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

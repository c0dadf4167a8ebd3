"""How the client stands a bad connection, many at a time, and the places from which it is called."""

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme

from mock_amp.client import AmpError, AsyncClient, Client, NotReached, Refused
from mock_amp.client.address import Address
from mock_amp.client.links import AsyncLink, Link
from mock_amp.client.plans import Ask
from tests.api.beside import Beside, beside
from tests.api.holding import Gate
from tests.api.speaking import HANG_UP, SILENCE, ok, speaking
from tests.harness import NUMBER, Receiver

CLOCK = b'{"mode":"frozen","rate":null,"now":"2026-01-01T00:00:00.000000Z"}'
ACCOUNT = b'{"id":"a","token":"t","clock":%s,"scenario":"x","seed":1,"created_at":"2026-01-01T00:00:00Z"}' % CLOCK
NOBODY = "http://127.0.0.1:1"
SEND = {"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hello"}}

Face = Callable[[Address, Ask], bytes]


def _blocks(address: Address, *asks: Ask) -> list[bytes]:
    link = Link(address)
    try:
        return [link.play(ask).body for ask in asks]
    finally:
        link.close()


def _awaits(address: Address, *asks: Ask) -> list[bytes]:
    async def play() -> list[bytes]:
        link = AsyncLink(address)
        await link.open()
        try:
            return [(await link.play(ask)).body for ask in asks]
        finally:
            await link.close()

    return asyncio.run(play())


@pytest.fixture(params=[_blocks, _awaits], ids=["blocking", "awaited"])
def play(request: pytest.FixtureRequest) -> Any:
    """Plays requests over a link that keeps its connections."""
    return request.param


@pytest.fixture(scope="module")
def there() -> Iterator[Beside]:
    with beside() as it:
        yield it


def get(path: str = "/__admin/x", patience: float | None = 60) -> Ask:
    return Ask(method="GET", path=path, patience=patience)


def post() -> Ask:
    return Ask(method="POST", path="/__admin/x", body=b"{}")


def test_a_get_on_a_connection_that_the_server_has_ended_is_asked_again(play: Any) -> None:
    """Connections that nobody uses are closed by servers, and now and then just as they are used again."""
    with speaking(ok(b"1"), HANG_UP, ok(b"2")) as speaker:
        assert play(Address(speaker.url), get(), get()) == [b"1", b"2"]

    assert (speaker.asked, speaker.connections) == (["GET /__admin/x"] * 3, 2)


def test_a_get_that_is_never_answered_is_asked_twice_at_most(play: Any) -> None:
    with speaking(ok(b"1"), HANG_UP, HANG_UP, HANG_UP) as speaker, pytest.raises(NotReached) as caught:
        play(Address(speaker.url), get(), get())

    assert len(speaker.asked) == 3
    assert f"the connection to {speaker.url} broke before GET /__admin/x was answered (" in str(caught.value)


def test_a_post_is_asked_once(play: Any) -> None:
    """Nobody knows whether it was done."""
    with speaking(ok(b"1"), HANG_UP, ok(b"2")) as speaker, pytest.raises(NotReached, match="broke before POST"):
        play(Address(speaker.url), get(), post())

    assert speaker.asked == ["GET /__admin/x", "POST /__admin/x"]


def test_what_changes_nothing_is_asked_again_whatever_its_method(play: Any) -> None:
    """A wait on a connection that the server has ended: nobody need know whether it was heard."""
    ask = Ask(method="POST", path="/__admin/wait", body=b"{}", repeatable=True)
    with speaking(ok(b"1"), HANG_UP, ok(b"2")) as speaker:
        assert play(Address(speaker.url), get(), ask) == [b"1", b"2"]

    assert speaker.asked == ["GET /__admin/x", *["POST /__admin/wait"] * 2]


def test_it_is_asked_twice_at_most(play: Any) -> None:
    ask = Ask(method="POST", path="/__admin/wait", body=b"{}", repeatable=True)
    with speaking(HANG_UP, HANG_UP, ok(b"1")) as speaker, pytest.raises(NotReached):
        play(Address(speaker.url), ask)

    assert len(speaker.asked) == 2


@pytest.mark.parametrize(
    "turn",
    [ok(b"{", length=100), b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", b"SSH-2.0-OpenSSH\r\n\r\n"],
    ids=["half a body", "half a chunk", "another language"],
)
def test_an_answer_that_breaks_off_or_is_none_is_told(play: Any, turn: bytes) -> None:
    with (
        speaking(turn, turn) as speaker,
        pytest.raises(NotReached, match=f"the connection to {speaker.url} broke before"),
    ):
        play(Address(speaker.url), post())


def test_a_server_that_falls_silent_is_not_waited_for_beyond_our_patience(play: Any) -> None:
    with speaking(SILENCE) as speaker, pytest.raises(NotReached, match="did not answer in time: GET /__admin/x"):
        play(Address(speaker.url), get(patience=0.05))

    assert len(speaker.asked) == 1


def test_nobody_at_the_address_is_told_with_what_helps(play: Any) -> None:
    with pytest.raises(
        NotReached, match=rf"nobody can be reached at {NOBODY} \(.+\); is mock-amp serve running there\?"
    ):
        play(Address(NOBODY), get())


def test_an_unknown_host_is_told(play: Any) -> None:
    with pytest.raises(NotReached, match=r"nobody can be reached at http://mock-amp\.invalid"):
        play(Address("http://mock-amp.invalid:8042"), get())


def test_a_redirect_is_not_followed(play: Any) -> None:
    turn = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    with speaking(turn) as speaker:
        play(Address(speaker.url), get())

    assert len(speaker.asked) == 1


def test_proxies_of_the_environment_do_not_matter(play: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mock-amp is near, and a proxy for the outside world seldom knows the way back."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, NOBODY)
    monkeypatch.delenv("no_proxy", raising=False)

    with speaking(ok(b"1")) as speaker:
        assert play(Address(speaker.url), get()) == [b"1"]


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """What a server shows that is signed by a CA that nobody knows, and that CA."""
    ca, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return context, file


def test_https_is_trusted_by_the_ca_that_is_given(play: Any, secure: tuple[ssl.SSLContext, Path]) -> None:
    with speaking(ok(b"1"), ok(b"2"), tls=secure[0]) as speaker:
        assert play(Address(speaker.url, ca=secure[1]), get(), get()) == [b"1", b"2"]


def test_a_certificate_that_is_not_trusted_is_told_with_what_helps(
    play: Any, secure: tuple[ssl.SSLContext, Path]
) -> None:
    with (
        speaking(ok(b"1"), tls=secure[0]) as speaker,
        pytest.raises(
            NotReached, match=r"certificate of https://127.* is not trusted \(.*\); name its CA, a PEM file: ca= in"
        ),
    ):
        play(Address(speaker.url), get())


def test_a_ca_that_cannot_be_read_is_told(play: Any, tmp_path: Path) -> None:
    for content in (None, "rubbish"):
        file = tmp_path / f"{content}.pem"
        if content:
            file.write_text(content, encoding="utf-8")
        with pytest.raises(NotReached, match=rf"the CA .*{content}.pem cannot be read"):
            play(Address("https://127.0.0.1:1", ca=file), get())


def test_the_admin_key_opens_the_control_plane() -> None:
    with beside(admin_key="open-sesame") as it:
        with Client(it.url, admin_key="open-sesame") as client:
            assert client.account().id == "default"
        with Client(it.url) as stranger, pytest.raises(Refused, match="401"):
            stranger.account()


def test_a_control_plane_with_a_port_of_its_own_is_spoken_to_there() -> None:
    with beside(admin_port=0) as it, Client(it.url, admin_url=it.server.admin_url) as client:
        amp = client.open_account(clock="frozen")

        sent = amp.send(SEND)

        assert (client.ready(), amp.message(sent.message_id).to, amp.url) == (True, NUMBER, it.url)


def test_many_threads_share_a_client(there: Beside) -> None:
    with Client(there.url) as client, client.open_account(clock="frozen") as amp, ThreadPoolExecutor(8) as threads:
        sent = list(threads.map(lambda _: amp.send(SEND).message_id, range(80)))
        list(threads.map(lambda _: amp.advance("1s"), range(16)))
        shown = list(threads.map(lambda each: amp.message(each).id, sent))

        assert sent == shown
        assert len({*sent}) == 80 == len(amp.messages())


async def test_200_tasks_advance_and_wait_at_once(there: Beside) -> None:
    """More than a connection pool has connections: none is kept from asking by others that wait."""
    async with AsyncClient(there.url) as client, await client.open_account(clock="frozen") as amp:
        waiting = [asyncio.create_task(amp.wait_for(count=100, timeout="60s")) for _ in range(200)]
        advancing = [asyncio.create_task(amp.advance("1s")) for _ in range(200)]
        async with asyncio.timeout(30):
            await asyncio.gather(*advancing)
            await asyncio.gather(*(amp.send(SEND) for _ in range(100)))

            assert {len(each) for each in await asyncio.gather(*waiting)} == {100}


async def test_a_large_send_is_awaited_without_a_warning(there: Beside) -> None:
    """aiohttp warns of a body that one write may hold the loop up with."""
    numbers = [{"number": str(35679000000 + at), "custom_id": f"order-{at}"} for at in range(30_000)]
    async with AsyncClient(there.url) as client, await client.open_account(clock="frozen") as amp:
        sent = await amp.send({**SEND, "destinations": numbers})

        assert len(sent.message_ids) == 30_000


async def test_200_tasks_advance_accounts_of_their_own_without_a_session(there: Beside) -> None:
    with Client(there.url) as client, client.open_account(clock="frozen") as amp:
        async with asyncio.timeout(30):
            told = await asyncio.gather(*(amp.aio.advance("1s") for _ in range(200)))

        assert len({each.now for each in told}) == 200


async def test_a_call_that_lives_would_hold_up_the_loop_that_it_is_called_on(there: Beside) -> None:
    with Client(there.url) as client, client.open_account(clock="frozen") as amp:
        calls: list[Callable[[], object]] = [
            lambda: amp.advance("5m"),
            lambda: amp.set_clock(now="2126-01-01T00:00:00Z"),
            lambda: amp.wait_for(),
            lambda: amp.wait_until_idle(),
            lambda: amp.expect_none(during="1s"),
            lambda: amp.certify(there.receiver.url),
        ]
        for call in calls:
            with pytest.raises(AmpError, match=r"would hold up the event loop .*await account\.aio\.advance"):
                call()

        assert amp.expect(count=0) == []
        assert (await asyncio.to_thread(amp.advance, "5m")).settled


async def test_an_application_that_takes_callbacks_on_the_same_loop_is_advanced_from_it(
    there: Beside, receiver: Receiver
) -> None:
    with Client(there.url) as client, client.open_account(clock="frozen") as amp:
        amp.send({**SEND, "callback_url": receiver.url})

        awaited = await amp.aio.advance("1s")
        in_a_thread = await asyncio.to_thread(amp.advance, until="idle")

        attempts = [each for each in (*awaited.events, *in_a_thread.events) if each.kind == "attempt"]
        assert {each.outcome for each in attempts} == {"delivered"}
        assert len(receiver.received) == len(amp.callbacks())


async def test_a_task_that_is_cancelled_while_it_advances_leaves_nothing_behind(
    there: Beside, receiver: Receiver
) -> None:
    gate = Gate()
    receiver.on_post = gate
    with Client(there.url) as client, client.open_account(clock="frozen") as amp:
        amp.send({**SEND, "callback_url": receiver.url})
        before = asyncio.all_tasks()
        advancing = asyncio.create_task(amp.aio.advance("1s"))
        await gate.until_reached()

        advancing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await advancing

        assert {task for task in asyncio.all_tasks() - before if "client" in repr(task.get_coro())} == set()
        gate.opened.set()
        await amp.aio.wait_until_idle()


def test_a_kept_session_is_of_its_own_loop_and_others_do_without(there: Beside) -> None:
    client = AsyncClient(there.url)

    async def enter() -> None:
        async with client:
            assert (await client.account()).id == "default"
            assert await asyncio.to_thread(lambda: asyncio.run(client.ready()))
        assert await client.ready()

    asyncio.run(enter())
    assert asyncio.run(client.ready())


def _elsewhere(code: str, url: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-W", "error", "-c", code]
    environment = {**os.environ, "MOCK_AMP_URL": url}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


LEFT_OPEN = """
import asyncio, gc
from mock_amp.client import AsyncClient, Client

client = Client()
amp = client.open_account(clock="frozen")
events = amp.events()
amp.send({"destinations": [{"number": "35699000001"}], "sms_content": {"message": "Hello"}})
for event in events:
    break

async def main():
    await amp.aio.advance("5m")
    async for event in amp.aio.events(last_event_id="0"):
        break
    async with asyncio.timeout(10):
        stream = amp.aio.events(last_event_id="0")
        await anext(stream)
    async with AsyncClient() as other:
        await other.accounts()

asyncio.run(main())
del events, client, amp
gc.collect()
print("done")
"""

FORKED = """
import os
from mock_amp.client import Client

client = Client()
client.account()
child = os.fork()
for _ in range(50):
    assert client.account().id == "default"
    assert len(client.scenarios()) > 1
if child:
    assert os.waitpid(child, 0)[1] == 0
    client.account()
else:
    os._exit(0)
"""


def test_what_is_left_open_is_closed_without_a_warning(there: Beside) -> None:
    done = _elsewhere(LEFT_OPEN, there.url)

    assert (done.stdout, done.stderr) == ("done\n", "")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_parent_and_child_do_not_share_connections(there: Beside) -> None:
    done = _elsewhere(FORKED, there.url)

    assert (done.returncode, done.stderr) == (0, "")


def test_the_client_needs_no_aiohttp_before_something_is_awaited() -> None:
    done = _elsewhere("import sys, mock_amp.client; print({'aiohttp', 'asyncio'} & {*sys.modules})", NOBODY)

    assert (done.stdout, done.stderr) == ("set()\n", "")

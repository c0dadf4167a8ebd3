"""Health, and the index of the control plane (D14)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.bootstrap import Server, serving
from mock_amp.ports import Books, StoreFailed
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.holding import Gate, after, hand_clock, send_sms
from tests.harness import Amp, Receiver, running, settings

T = TypeVar("T")
CALLS = [
    ("GET", "/__admin/accounts"),
    ("POST", "/__admin/accounts"),
    ("DELETE", "/__admin/accounts/{account}"),
    ("GET", "/__admin/tokens"),
    ("POST", "/__admin/accounts/{account}/tokens"),
    ("PUT", "/__admin/clock"),
    ("POST", "/__admin/clock/advance"),
    ("GET", "/__admin/agenda"),
    ("GET", "/__admin/accounts/{account}/messages/{id}"),
    ("GET", "/__admin/callbacks"),
    ("GET", "/__admin/requests"),
    ("POST", "/__admin/reset"),
]


class MoodyStore(SqliteStore):
    """A store that can stop answering."""

    def __init__(self) -> None:
        super().__init__()
        self.fails, self.fails_to_write, self.failed = False, False, asyncio.Event()

    def read(self, work: Callable[[Books], T]) -> T:
        if self.fails:
            raise StoreFailed("the disk is gone")
        return super().read(work)

    def transact(self, work: Callable[[Books], T]) -> Awaitable[T]:
        if not self.fails and not self.fails_to_write:
            return super().transact(work)
        refused: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        refused.set_exception(StoreFailed("the disk is gone"))
        self.failed.set()
        return refused


async def test_a_server_that_listens_is_alive_and_ready(server: Amp) -> None:
    """D14: health has its own paths, and needs no token; ready says what it has looked at."""
    alive, ready = await server.call("GET", "/livez"), await server.call("GET", "/readyz")

    assert (alive.status, alive.body) == (200, {"status": "ok"})
    checks = {"store": "ok", "timeline": "ok", "serving": "ok"}
    assert (ready.status, ready.body) == (200, {"status": "ok", "checks": checks})


async def test_a_server_whose_store_does_not_answer_is_alive_and_not_ready() -> None:
    """D14: ready means that the store answers; when it does not, 503 says so, in the form of the control plane."""
    store = MoodyStore()
    server = Server(settings(), store=store)
    async with serving(server), aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, "", "default")
        store.fails = True

        alive, ready = await amp.call("GET", "/livez"), await amp.call("GET", "/readyz")
        store.fails = False

    assert (alive.status, ready.status) == (200, 503)
    assert ready.headers["Content-Type"] == "application/problem+json"
    assert ready.body["checks"]["store"] == "it does not answer: the disk is gone"
    assert ready.body["checks"]["timeline"] == "ok"


async def test_a_server_in_which_nobody_walks_the_agenda_is_not_ready(server: Amp) -> None:
    """D14: it would answer, and nothing that falls due would happen."""
    walk = next(task for task in asyncio.all_tasks() if _name(task) == "Timeline.run")
    walk.cancel()
    await asyncio.wait([walk])

    ready = await server.call("GET", "/readyz")

    assert ready.status == 503
    assert [name for name, found in ready.body["checks"].items() if found != "ok"] == ["timeline"]


async def test_a_server_that_stops_is_not_ready_while_it_finishes_what_is_in_flight(receiver: Receiver) -> None:
    """D14: whoever spreads the load turns away from it before it is gone; it is alive still."""
    gate = receiver.on_post = Gate()
    server = Server(settings(clock="real"), clock=hand_clock())
    await server.start()
    async with aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        await send_sms(amp, callback_url=receiver.url)
        await gate.until_reached()
        stop = asyncio.create_task(server.stop())

        ready, alive = await amp.call("GET", "/readyz"), await amp.call("GET", "/livez")
        gate.opened.set()
        await stop

    assert (ready.status, alive.status) == (503, 200)
    assert ready.body["checks"]["serving"] == "the server is stopping"
    assert len(receiver.received) == 1


async def test_a_store_that_fails_for_a_moment_does_not_stop_the_clocks(receiver: Receiver) -> None:
    """D8: what was due then is owed still, and happens when the store answers again."""
    store, hand = MoodyStore(), hand_clock()
    server = Server(settings(clock="real"), clock=hand, store=store)
    async with serving(server), aiohttp.ClientSession() as session:
        await send_sms(Amp(server.url, session, DEFAULT_TOKEN, "default"), callback_url=receiver.url)
        await receiver.wait_for(1)
        store.fails = True
        hand.turn(after(0.2))
        await asyncio.wait_for(store.failed.wait(), 10)
        store.fails = False
        hand.turn(after(60))

        posts = await receiver.wait_for(3)

    assert [got.statuses for got in posts[1:]] == [[("SMS", "ACCEPTD")], [("SMS", "DELIVRD")]]


async def test_the_index_lists_every_call_with_both_its_paths(server: Amp) -> None:
    """D14: what exists can be found out; a call of an account has a path for the default account and one for any."""
    answer = await server.call("GET", "/__admin")

    listed = {(item["method"], path) for item in answer.body["items"] for path in item["paths"]}
    assert answer.status == 200
    assert set(CALLS) <= listed


async def test_every_call_that_the_index_lists_is_there(server: Amp) -> None:
    """D14: none of them is answered as a path or a method that does not exist."""
    index = await server.call("GET", "/__admin")
    items = [item for item in index.body["items"] if not item["streams"]]  # those do not end by themselves
    calls = [(item["method"], path) for item in items for path in item["paths"]]

    answers = {
        (method, path): await server.call(method, path.replace("{account}", "nobody").replace("{", "").replace("}", ""))
        for method, path in calls
    }

    assert len(calls) > 20
    missing = [call for call, answer in answers.items() if "there is no call" in str(answer.body)]
    refused = [call for call, answer in answers.items() if answer.status == 405]
    assert (missing, refused) == ([], [])


async def test_the_front_page_says_where_to_go(server: Amp) -> None:
    """H-3: `/` is ours, and for people."""
    answer = await server.call("GET", "/")

    assert answer.status == 200
    assert "/1/im" in answer.body
    assert "/__admin" in answer.body


async def test_two_servers_in_one_process_do_not_know_each_other() -> None:
    """Smell 7: no store, session or settings of a module."""
    async with running() as one, running() as other:
        await one.send(sms_content={"message": "Hello"})

        assert (len(await one.messages()), len(await other.messages())) == (1, 0)


def _name(task: "asyncio.Task[object]") -> str:
    return str(getattr(task.get_coro(), "__qualname__", ""))


async def test_a_store_that_has_gone_is_noticed_whatever_is_kept_at_hand() -> None:
    """D14: ready asks the store itself."""
    store = SqliteStore()
    server = Server(settings(), store=store)
    await server.start()
    async with aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        before = await amp.call("GET", "/readyz")
        store.close()
        after_it = await amp.call("GET", "/readyz")
    await server.stop()

    assert (before.status, after_it.status) == (200, 503)

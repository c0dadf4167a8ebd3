"""A store that cannot write, or not read: what can be answered is; afterwards nothing is lost and nothing is double."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import apsw
import orjson
import pytest

from mock_amp.bootstrap import Server, serving
from mock_amp.core.model import Product
from mock_amp.core.records import Arrival
from mock_amp.ports import Books, StoreFailed
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.holding import Gate, after, hand_clock, posts_arrive, posts_come_to, posts_in_the_air, send_sms
from tests.api.inside import inside
from tests.api.test_health import MoodyStore
from tests.api.test_metrics import scrape, value
from tests.contract.disks import Disk, failing_disk
from tests.harness import NUMBER, Amp, Received, Receiver, running, settings

T = TypeVar("T")
PROBLEM = "application/problem+json"
GOOD: dict[str, Any] = {"destinations": [{"number": NUMBER}], "sms_content": {"message": "Hello"}}


@pytest.fixture
def disk() -> Iterator[Disk]:
    with failing_disk() as disk:
        yield disk


@pytest.fixture
def store(disk: Disk, tmp_path: Path) -> str:  # noqa: ARG001 - the file lies on that disk
    return f"sqlite:///{tmp_path}/store.db"


@pytest.fixture
async def amp(store: str) -> AsyncIterator[Amp]:
    """The default account, frozen, of a server whose store is on a disk that can fail."""
    async with running(store=store) as amp:
        yield amp


def fill(disk: Disk) -> None:
    disk.fail(1, apsw.FullError)


async def test_a_send_that_cannot_be_stored_is_503_in_the_envelope(disk: Disk, amp: Amp) -> None:
    """H-8: says why, and when to try again; a code and its check alike, and a send too large for one transaction."""
    fill(disk)

    large = {**GOOD, "destinations": [{"number": f"3569{each:07d}"} for each in range(1_500)]}
    code = {"client_ref": "one", "phone_number": NUMBER}
    auth = {"Authorization": f"Token {amp.token}"}
    answers = [
        await amp.send(GOOD),
        await amp.send(large),
        await amp.call("POST", "/1/2fa", json=code, headers=auth),
        await amp.call("POST", "/1/2fa/one/123456", headers=auth),
    ]

    assert [(each.status, each.headers["X-Mock-Amp-Rule"]) for each in answers] == [(503, "H-8")] * 4
    assert {each.headers["Retry-After"] for each in answers} == {"1"}
    told = answers[0].body["result_info"]
    assert (told["status_code"], answers[0].body["results"]) == (503, {})
    assert "the disk is full" in told["description"]


async def test_what_needs_no_writing_is_answered_as_ever(disk: Disk, amp: Amp) -> None:
    """G-1, G-4, A-2, H-1, H-9: statuses and refusals, though the journal has no line of them."""
    sent = await send_sms(amp)
    message_id = sent["results"][NUMBER]["message_id"]

    async def ask() -> list[tuple[int, str | None, str | None]]:
        answers = [
            await amp.status(message_id),
            await amp.status("1"),
            await amp.send(GOOD, token="nobody"),
            await amp.call("PUT", "/1/im"),
            await amp.call("GET", "/nowhere"),
            await amp.send(b"{"),
            await amp.send({"destinations": [{"number": "x"}], "sms_content": {"message": "Hello"}}),
        ]
        return [(each.status, each.headers.get("X-Mock-Amp-Rule"), each.headers.get("Allow")) for each in answers]

    before = await ask()
    fill(disk)
    meanwhile = await ask()

    assert [status for status, *_ in before] == [200, 404, 401, 405, 404, 400, 403]
    assert meanwhile == before


async def test_lines_that_the_journal_missed_are_counted_and_told_once(
    disk: Disk, amp: Amp, caplog: pytest.LogCaptureFixture
) -> None:
    """D13: the numbers of those that it has still have no gap."""
    sent = await send_sms(amp)
    fill(disk)
    for _ in range(3):
        await amp.status(sent["results"][NUMBER]["message_id"])
    await amp.send(GOOD)
    missed = value(await scrape(amp), "journal_lines_lost_total")
    disk.be_good()
    await amp.send(GOOD)
    await amp.send(GOOD)

    assert missed == 4
    assert [line["id"] for line in await amp.requests()] == ["1", "2", "3"]
    said = [each.getMessage() for each in caplog.records if "the journal has no line" in each.getMessage()]
    assert said == ["4 requests were answered of which the journal has no line: it could not be written"]
    assert [each for each in caplog.records if each.exc_info] == []


async def test_the_control_plane_reads_and_does_not_write(disk: Disk, amp: Amp) -> None:
    """DESIGN: 503 as a problem that says what is wrong; what was asked is not half done."""
    other = await amp.open_account()
    await send_sms(amp)
    fill(disk)

    reads = [await amp.admin("GET", path) for path in ("", "/clock", "/messages", "/requests", "/agenda", "/callbacks")]
    writes = [
        await amp.call("POST", "/__admin/accounts", json={}),
        await other.admin("DELETE", ""),
        await amp.admin("POST", "/reset"),
        await amp.admin("PUT", "/clock", {"mode": "real"}),
        await amp.admin("POST", "/tokens", {}),
        await amp.admin("POST", "/clock/advance", {"until": "idle"}),
        await amp.play("name: other"),
    ]
    disk.be_good()

    assert [each.status for each in reads] == [200] * len(reads)
    assert [(each.status, each.headers["Content-Type"]) for each in writes] == [(503, PROBLEM)] * len(writes)
    assert {each.body["title"] for each in writes} == {"Store unavailable"}
    assert "the disk is full" in writes[0].body["detail"]
    assert len((await amp.call("GET", "/__admin/accounts")).body["items"]) == 2
    assert (await amp.admin("GET", "/clock")).body["mode"] == "frozen"


async def test_health_says_what_is_wrong_until_it_is_not(disk: Disk, amp: Amp) -> None:
    """D14: alive, not ready; what the store can still be read for is measured."""
    fill(disk)
    await amp.send(GOOD)

    alive, ready, samples = await amp.call("GET", "/livez"), await amp.call("GET", "/readyz"), await scrape(amp)
    disk.be_good()
    again, well = await amp.call("GET", "/readyz"), await scrape(amp)

    assert (alive.status, ready.status, again.status) == (200, 503, 200)
    assert "the disk is full" in ready.body["checks"]["store"]
    assert (value(samples, "store_up"), value(samples, "accounts")) == (0, 1)
    assert value(well, "store_up") == 1


async def test_an_attempt_that_cannot_be_written_down_is_kept_and_not_made_again(
    disk: Disk, amp: Amp, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """D8: nothing lost, nothing double; an advance that waits for it is 503 instead of hanging."""
    gate = receiver.on_post = Gate()
    await send_sms(amp, callback_url=receiver.url)
    await gate.until_reached()
    advance = asyncio.create_task(amp.admin("POST", "/clock/advance", {"until": "idle"}))
    await amp.admin("GET", "/clock")
    fill(disk)
    gate.opened.set()
    refused = await asyncio.wait_for(advance, 10)
    meanwhile, carried = await amp.callbacks(), posts_in_the_air()
    disk.be_good()

    await amp.advance(until="idle")

    assert (refused.status, refused.body["title"]) == (503, "Store unavailable")
    assert ([each["state"] for each in meanwhile], carried) == (["due"], 1)
    attempts = [[each["number"] for each in callback["attempts"]] for callback in await amp.callbacks()]
    assert attempts == [[1], [1], [1]]
    assert len(receiver.received) == 3
    assert [each for each in caplog.records if each.exc_info] == []


async def test_an_outcome_is_written_down_when_anything_else_can_be(disk: Disk, amp: Amp, receiver: Receiver) -> None:
    """D8: nobody has to ask for it, nor to wait for the second after which it is tried again."""
    gate = receiver.on_post = Gate()
    await send_sms(amp, callback_url=receiver.url)
    await gate.until_reached()
    fill(disk)
    gate.opened.set()
    while (await amp.call("GET", "/readyz")).status == 200:  # the attempt was what first found the disk full
        pass
    disk.be_good()

    await send_sms(amp)
    await posts_come_to(0, amp)

    assert [each["state"] for each in await amp.callbacks()] == ["delivered"]
    assert len(receiver.received) == 1


async def test_an_outcome_is_written_down_a_second_after_the_disk_is_good(
    disk: Disk, store: str, receiver: Receiver
) -> None:
    """D8: also when nothing else happens; retries keep their number and their time."""
    hand, gate = hand_clock(), Gate()
    receiver.on_post, receiver.answers = gate, (500,)
    async with running(store=store, clock=hand) as amp:
        await send_sms(amp, callback_url=receiver.url)
        await gate.until_reached()
        fill(disk)
        gate.opened.set()
        while (await amp.call("GET", "/readyz")).status == 200:
            pass
        disk.be_good()
        hand.turn(after(1))
        await posts_come_to(0, amp)
        (callback,) = await amp.callbacks()
        agenda = (await amp.admin("GET", "/agenda")).body["items"]

    assert (callback["state"], [each["number"] for each in callback["attempts"]]) == ("retrying", [1])
    assert [(each["kind"], each["attempt"]) for each in agenda if each["kind"] == "attempt"] == [("attempt", 2)]


async def test_while_outcomes_are_kept_the_account_begins_nothing_more(
    disk: Disk, store: str, receiver: Receiver
) -> None:
    """So at most as many are kept as may be out; when they are written down, the others go."""
    gate = receiver.on_post = Gate()
    async with running(store=store, max_callbacks_per_account=2) as amp:
        for _ in range(5):
            await send_sms(amp, callback_url=receiver.url)
        await posts_come_to(5, amp)
        await posts_arrive(2, receiver, amp)
        fill(disk)
        gate.opened.set()
        while (await amp.call("GET", "/readyz")).status == 200:
            pass
        kept = len(receiver.received)
        disk.be_good()
        await amp.advance(by=0)

        assert kept <= 4  # those that were out, and those that they made room for in the same turn
        assert [each["state"] for each in await amp.callbacks()] == ["delivered"] * 5
    assert len(receiver.received) == 5


async def test_a_stop_does_not_wait_for_a_store_that_cannot_write_and_the_attempt_is_made_again(
    disk: Disk, store: str, receiver: Receiver
) -> None:
    """D8: at least once, and under the same number, when the process ended before it could be written down."""
    gate = receiver.on_post = Gate()
    server = Server(settings(store=store))
    await server.start()
    async with aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        await send_sms(amp, callback_url=receiver.url)
        await gate.until_reached()
        fill(disk)
        gate.opened.set()
        while (await amp.call("GET", "/readyz")).status == 200:
            pass
        await asyncio.wait_for(server.stop(), 5)
    disk.be_good()

    async with running(store=store) as again:
        await receiver.wait_for(2)
        await again.advance(by=0)
        (callback,) = await again.callbacks()

    assert (callback["state"], [each["number"] for each in callback["attempts"]]) == ("delivered", [1])


async def test_a_clock_is_not_held_by_an_advance_that_failed(disk: Disk, amp: Amp, receiver: Receiver) -> None:
    """D10: as soon as the store writes again it runs on, and can be changed."""
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(by=0)

    async def fill_up(_got: Received) -> None:
        fill(disk)

    receiver.on_post = fill_up
    refused = await amp.admin("POST", "/clock/advance", {"until": "idle"})
    disk.be_good()
    receiver.on_post = None
    await send_sms(amp)
    while (changed := await amp.admin("PUT", "/clock", {"mode": "frozen"})).status == 409:
        pass

    assert (refused.status, changed.status) == (503, 200)
    await amp.advance(until="idle")
    assert [each["state"] for each in await amp.callbacks()] == ["delivered"] * 3
    assert len(receiver.received) == 3


async def test_what_fell_due_meanwhile_happens_afterwards_each_at_its_own_moment(
    disk: Disk, store: str, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    """D9: the walk goes on by itself, with no line in the log but that of the store."""
    hand = hand_clock()
    async with running(store=store, clock=hand) as default:
        amp = await default.open_account(clock="real")
        await send_sms(amp, callback_url=receiver.url)
        await receiver.wait_for(1)
        await posts_come_to(0, amp)
        fill(disk)
        for seconds in range(1, 5):
            hand.turn(after(seconds))
            assert (await amp.send(GOOD)).status == 503
        disk.be_good()
        hand.turn(after(6))
        posts = await receiver.wait_for(3)
        (message,) = await amp.messages()

    assert [line["at"][17:23] for line in message["timeline"]] == ["00.000", "00.200", "01.000"]
    assert [got.statuses for got in posts[1:]] == [[("SMS", "ACCEPTD")], [("SMS", "DELIVRD")]]
    assert [each for each in caplog.records if each.exc_info] == []
    about = [each for each in caplog.records if each.name.startswith("mock_amp") and each.levelno >= logging.WARNING]
    assert {each.name for each in about} <= {"mock_amp.adapters.trouble", "mock_amp.engine.journal"}


async def test_an_account_expires_once_the_store_writes_again(disk: Disk, store: str) -> None:
    """It is tried again soon, and not after as long again."""
    hand = hand_clock()
    async with running(store=store, clock=hand) as amp:
        await amp.open_account(expires_after="10s")
        fill(disk)
        hand.turn(after(20))
        while (await amp.call("GET", "/readyz")).status == 200:
            pass
        meanwhile = (await amp.call("GET", "/__admin/accounts")).body["items"]
        disk.be_good()
        hand.turn(after(22))
        async with asyncio.timeout(10):
            while len((await amp.call("GET", "/__admin/accounts")).body["items"]) > 1:
                pass

    assert len(meanwhile) == 2


async def test_what_is_too_much_is_evicted_once_the_store_writes_again(disk: Disk, store: str) -> None:
    """D13: also when nothing more comes about."""
    hand = hand_clock()
    async with inside(store=store, clock=hand, keep_messages=1) as server:
        amp = await server.amp.open_account(clock="real")
        for _ in range(4):
            await send_sms(amp)
        hand.turn(after(0.5))
        await server.tidied()
        server.server.services.world.store.listen(lambda _news: fill(disk))  # with the next transaction
        hand.turn(after(5))
        while (await amp.call("GET", "/readyz")).status == 200:
            pass
        meanwhile = await amp.messages()
        disk.be_good()
        hand.turn(after(7))
        async with asyncio.timeout(10):
            while len(await amp.messages()) > 1:
                disk.be_good()

    assert [each["status"] for each in meanwhile] == ["DELIVRD"] * 4


async def test_what_cannot_be_read_is_503() -> None:
    """H-8: a damaged page, say; the server goes on."""
    store = MoodyStore()
    async with serving(Server(settings(), store=store)) as server, aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        message_id = (await send_sms(amp))["results"][NUMBER]["message_id"]
        store.fails = True
        status, listed = await amp.status(message_id), await amp.admin("GET", "/messages")
        store.fails = False
        again = await amp.status(message_id)

    assert (status.status, status.headers["X-Mock-Amp-Rule"], again.status) == (503, "H-8", 200)
    assert (listed.status, listed.headers["Content-Type"]) == (503, PROBLEM)


class BlindStore(MoodyStore):
    """A store that can be written and not be read."""

    def __init__(self) -> None:
        super().__init__()
        self.blind = True

    def read(self, work: Callable[[Books], T]) -> T:
        if self.blind:
            raise StoreFailed("a page is damaged")
        return super().read(work)


async def test_a_server_whose_store_cannot_be_read_at_its_start_walks_once_it_can(receiver: Receiver) -> None:
    """D8: the loops begin when the store tells what there is to do."""
    store, hand = BlindStore(), hand_clock()
    server = Server(settings(clock="real"), store=store, clock=hand)
    async with serving(server), aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        unready = await amp.call("GET", "/readyz")
        store.blind = False
        hand.turn(after(2))
        await send_sms(amp, callback_url=receiver.url)
        await receiver.wait_for(1)
        ready = await amp.call("GET", "/readyz")

    assert (unready.status, ready.status) == (503, 200)
    assert unready.body["checks"] == {
        "store": "it does not answer: a page is damaged",
        "timeline": "ok",
        "serving": "ok",
    }


async def test_a_large_send_that_broke_off_leaves_nothing_behind(disk: Disk, store: str) -> None:
    """H-11: what was written of it before the disk was full goes as soon as the store writes again."""
    large = {**GOOD, "destinations": [{"number": f"3569{each:07d}"} for each in range(5_000)]}
    async with inside(store=store) as it:
        disk.fail(60, apsw.FullError)
        refused = await it.amp.send(large)
        written = it.rows(it.amp)["message"]
        disk.be_good()
        accepted = await it.amp.send(GOOD)
        async with asyncio.timeout(10):
            while it.rows(it.amp)["message"] > 1:
                await it.amp.admin("GET", "/clock")
        again = await it.amp.send(large)

        assert (refused.status, accepted.status, again.status) == (503, 200, 200)
        assert written >= 1_000
        assert it.rows(it.amp)["message"] == 5_001


async def test_a_scenario_that_was_rolled_back_is_not_taken_for_the_next(disk: Disk, store: str) -> None:
    """What was read in a transaction that failed stands for nothing: the next scenario is the one in force."""

    def scenario(name: str, outcome: str) -> dict[str, Any]:
        return {"name": name, "rules": [{"name": "all", "match": {"nth": {"after": 0}}, "outcome": outcome}]}

    async with inside(store=store) as it:
        services = it.server.services
        found = services.world.store.read(lambda books: books.accounts.of_token(DEFAULT_TOKEN))
        assert found is not None
        arrival = Arrival("POST", "/1/im", "127.0.0.1", DEFAULT_TOKEN, orjson.dumps(GOOD))
        send = services.sending[Product.IM].send
        await services.steering.set_scenario("default", scenario("before", "delivered"))
        await send(arrival, "default", found[1])
        fill(disk)
        refused = await asyncio.gather(
            services.steering.set_scenario("default", scenario("first", "rejected")),
            _of(lambda: send(arrival, "default", found[1])),
            return_exceptions=True,
        )
        disk.be_good()
        told = await services.steering.set_scenario("default", scenario("second", "delivered"))
        account = services.world.account("default")

        assert [type(each) for each in refused] == [StoreFailed, StoreFailed]
        assert (told["name"], services.world.scenario(account).name) == ("second", "second")


async def _of(begin: Callable[[], Awaitable[T]]) -> T:
    return await begin()

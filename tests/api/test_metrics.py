"""`/metrics`: what Prometheus reads of a server."""

from collections.abc import Mapping

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from mock_amp import __version__
from mock_amp.bootstrap import Server, serving
from mock_amp.settings import DEFAULT_TOKEN
from tests.api.holding import Gate, after, hand_clock, send_sms
from tests.api.test_health import MoodyStore
from tests.harness import NUMBER, Amp, Receiver, running, settings

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


async def scrape(amp: Amp) -> Samples:
    """Every sample by its name and labels."""
    answer = await amp.call("GET", "/metrics")
    assert answer.status == 200, answer.body
    families = text_string_to_metric_families(answer.raw.decode())
    return {
        (sample.name.removeprefix("mock_amp_"), frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((name, frozenset(labels.items())))


async def test_requests_are_counted_by_endpoint_and_status(server: Amp) -> None:
    """A path with a message id in it is the endpoint's pattern; what no endpoint takes has one name for all."""
    sent = await send_sms(server)
    await server.status(sent["results"][NUMBER]["message_id"])
    await server.status("1")
    await server.call("GET", "/wp-login.php")
    await server.call("POST", "/1/im")

    samples = await scrape(server)

    assert value(samples, "requests_total", path="/1/im", status="200") == 1
    assert value(samples, "requests_total", path="/1/im", status="401") == 1
    assert value(samples, "requests_total", path="/1/im/status/{message_id}", status="200") == 1
    assert value(samples, "requests_total", path="/1/im/status/{message_id}", status="404") == 1
    assert value(samples, "requests_total", path="other", status="404") == 1


async def test_refusals_are_counted_by_rule(server: Amp) -> None:
    for _ in range(2):
        await server.send({"destinations": [{"number": "avc"}], "sms_content": {"message": "Hello"}})

    samples = await scrape(server)

    assert value(samples, "refusals_total", rule="D-1") == 2


async def test_messages_are_counted_by_channel_and_status(amp: Amp) -> None:
    """Each destination is one, however they move together."""
    await send_sms(amp, *(f"3569900{each:04d}" for each in range(20)))
    await amp.advance(until="idle")

    samples = await scrape(amp)

    assert value(samples, "messages_total", channel="INTERNAL", status="ACCEPTD") == 20
    assert value(samples, "messages_total", channel="SMS", status="ACCEPTD") == 20
    assert value(samples, "messages_total", channel="SMS", status="DELIVRD") == 20


async def test_attempts_of_callbacks_are_counted_by_outcome(amp: Amp, receiver: Receiver) -> None:
    receiver.answers = (500, 200)
    await send_sms(amp, callback_url=receiver.url)
    await amp.advance(until="idle")

    samples = await scrape(amp)

    assert value(samples, "callback_attempts_total", outcome="failed") == 1
    assert value(samples, "callback_attempts_total", outcome="delivered") == 3


async def test_what_is_to_come_and_what_there_is_are_gauges(server: Amp) -> None:
    before = await scrape(server)
    await send_sms(server)
    await server.open_account()
    async with server.session.get(f"{server.url}/__admin/events"):
        samples = await scrape(server)

    assert value(before, "agenda_rows") == 0
    assert value(samples, "agenda_rows") == 1
    assert (value(before, "accounts"), value(samples, "accounts")) == (1, 2)
    assert (value(before, "event_streams"), value(samples, "event_streams")) == (0, 1)
    assert (value(samples, "waiters"), value(samples, "store_up")) == (0, 1)
    assert (value(samples, "store_size_bytes") or 0) > 4_096
    assert value(samples, "build_info", version=__version__) == 1


async def test_a_post_that_waits_for_its_receiver_is_in_flight(receiver: Receiver) -> None:
    gate = receiver.on_post = Gate()
    server = Server(settings(clock="real"))
    async with serving(server), aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        await send_sms(amp, callback_url=receiver.url)
        await gate.until_reached()

        samples = await scrape(amp)
        gate.opened.set()

    assert value(samples, "posts_in_flight") == 1


async def test_lag_is_how_late_the_oldest_row_of_a_running_clock_is() -> None:
    """What a frozen clock has not come to is not late."""
    store, hand = MoodyStore(), hand_clock()
    server = Server(settings(clock="real"), clock=hand, store=store)
    async with serving(server), aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        frozen = await amp.open_account()
        await send_sms(frozen)
        await send_sms(amp)
        store.fails_to_write = True
        hand.turn(after(10.2))
        await store.failed.wait()

        late = await scrape(amp)
        store.fails_to_write = False

    assert value(late, "agenda_lag_seconds") == 10


async def test_a_store_that_does_not_answer_leaves_the_counts() -> None:
    store = MoodyStore()
    server = Server(settings(), store=store)
    async with serving(server), aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        await send_sms(amp)
        store.fails = True
        samples = await scrape(amp)
        store.fails = False

    assert value(samples, "store_up") == 0
    assert value(samples, "accounts") is None
    assert value(samples, "requests_total", path="/1/im", status="200") == 1


async def test_two_servers_in_one_process_count_for_themselves() -> None:
    """Smell 7."""
    async with running() as one, running() as other:
        await send_sms(one)

        counted, nothing = await scrape(one), await scrape(other)

    assert value(counted, "requests_total", path="/1/im", status="200") == 1
    assert value(nothing, "requests_total", path="/1/im", status="200") is None


async def test_the_form_is_that_of_prometheus_and_of_openmetrics_for_who_asks(server: Amp) -> None:
    plain = await server.call("GET", "/metrics")
    opened = await server.call("GET", "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})

    assert plain.headers["Content-Type"].startswith("text/plain; version=")
    assert opened.headers["Content-Type"].startswith("application/openmetrics-text; version=1.0.0")
    assert opened.body.endswith("# EOF\n")


async def test_nothing_of_an_account_is_in_the_metrics(amp: Amp, receiver: Receiver) -> None:
    """No token, no account, no number of a handset, no address of a receiver."""
    sent = await send_sms(amp, "35699123456", callback_url=receiver.url)
    await amp.advance(until="idle")

    answer = await amp.call("GET", "/metrics")

    secrets = [amp.token, amp.account, "35699123456", receiver.url, sent["api_job_id"], DEFAULT_TOKEN]
    assert [secret for secret in secrets if secret in answer.body] == []

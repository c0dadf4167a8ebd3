"""`/metrics` as Prometheus reads it: our own counts, how things stand, and the process.

Nothing of an account is in a label: no token, no id, no number of a handset.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from aiohttp import web

from mock_amp.engine.metering import Gauges
from mock_amp.web.services import SERVICES, Services

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric

_GAUGES: Final[tuple[tuple[str, str, Callable[[Gauges], float | None]], ...]] = (
    ("store_up", "Whether the store can read and write.", lambda it: it.trouble is None),
    ("accounts", "Accounts.", lambda it: it.figures and it.figures.accounts),
    ("agenda_rows", "What is on the agendas of all accounts.", lambda it: it.figures and it.figures.agenda),
    ("agenda_lag_seconds", "How late the oldest row is that a running clock has come to.", lambda it: it.lag),
    ("store_size_bytes", "Size of the store.", lambda it: it.figures and it.figures.size),
    ("posts_in_flight", "Callbacks that wait for their receiver.", lambda it: it.posting),
    ("event_streams", "Open streams of live events.", lambda it: it.streams),
    ("waiters", "Calls that wait for items.", lambda it: it.waiting),
)
_LOAD: Final[tuple[tuple[str, str, Callable[[Services], float]], ...]] = (
    ("connections", "Open connections of clients.", lambda it: it.crowd.connections),
    ("requests_in_work", "Requests to the emulated service that have no answer yet.", lambda it: it.crowd.requests),
    ("body_bytes", "Memory that is kept for large bodies of requests.", lambda it: it.room.taken),
    ("tasks", "Tasks of the event loop.", lambda _: len(asyncio.all_tasks())),
)


class Metrics:
    """The metrics of one server: another one in the same process has its own."""

    def __init__(self) -> None:
        self._registry: CollectorRegistry | None = None

    async def answer(self, request: web.Request) -> web.Response:
        from prometheus_client.exposition import choose_encoder  # here: it takes as long to load as half of the rest

        if self._registry is None:
            self._registry = _registry(request.app[SERVICES])
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})


def _registry(services: Services) -> "CollectorRegistry":
    from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ours(services))
    for each in (ProcessCollector, PlatformCollector, GCCollector):
        each(registry=registry)
    return registry


class _Ours:
    """A collector in the sense of prometheus_client: it reads our numbers when it is asked."""

    def __init__(self, services: Services) -> None:
        self._services, self._meter, self._health = services, services.meter, services.health

    def describe(self) -> Iterator["Metric"]:
        """Nothing: names are given when the numbers are."""
        return iter(())

    def collect(self) -> Iterator["Metric"]:
        meter = self._meter
        yield _counter("requests", "Requests to the emulated service.", ("path", "status"), meter.requests)
        yield _counter("refusals", "Refused requests, by rule of the wire contract.", ("rule",), meter.refusals)
        yield _counter("messages", "Statuses that messages have got.", ("channel", "status"), meter.turns)
        yield _counter("callback_attempts", "Attempts of callbacks.", ("outcome",), meter.attempts)
        refused = {(): self._services.crowd.refused}
        yield _counter("connections_refused", "Connections that there was no room for.", (), refused)
        lost = {(): self._services.journal.lost}
        yield _counter("journal_lines_lost", "Requests that the journal could not keep a line of.", (), lost)
        for name, what, read in _LOAD:
            yield _gauge(name, what, read(self._services))
        yield from self._gauges()
        yield _gauge("build_info", "The version of mock-amp.", 1, {"version": meter.version})

    def _gauges(self) -> Iterator["Metric"]:
        gauges = self._health.gauges()
        for name, what, read in _GAUGES:
            value = read(gauges)
            if value is not None:  # what the store cannot tell is missing
                yield _gauge(name, what, value)


def _counter(name: str, what: str, labels: tuple[str, ...], counts: Mapping[Any, int]) -> "Metric":
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(f"mock_amp_{name}", what, labels=labels)
    for key, value in sorted(counts.items()):
        values = key if isinstance(key, tuple) else (key,)
        family.add_metric([str(each) for each in values], value)
    return family


def _gauge(name: str, what: str, value: float, labels: Mapping[str, str] | None = None) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(f"mock_amp_{name}", what, labels=tuple(labels or ()))
    family.add_metric(tuple((labels or {}).values()), value)
    return family

"""The one place that chooses which clock, store and transport, from which settings; and how a server lives."""

import asyncio
import contextlib
import gc
import logging
import os
from collections.abc import AsyncIterator, Callable, Container, Mapping
from typing import Any, Final

from mock_amp import __version__
from mock_amp.adapters.clocks import SystemClock
from mock_amp.adapters.descriptors import open_enough
from mock_amp.adapters.files import BadFile, read_schema, read_settings_file, schema_files
from mock_amp.adapters.ids import RandomIds
from mock_amp.adapters.ledger import LedgerRule, count_tests, read_ledger, told_ledger
from mock_amp.adapters.library import ScenarioLibrary
from mock_amp.adapters.people import People
from mock_amp.adapters.signals import heard
from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.adapters.sqlite_log import hear_sqlite
from mock_amp.adapters.watching import watch
from mock_amp.adapters.webhooks import WebhookTransport
from mock_amp.core.authority import read_mapping, read_target
from mock_amp.core.clock import ClockMode
from mock_amp.core.instants import SECOND
from mock_amp.core.model import Product
from mock_amp.core.scenario import Delays
from mock_amp.engine.acting import Acting
from mock_amp.engine.certifying import Certifying
from mock_amp.engine.events import Events
from mock_amp.engine.expiry import Expiry
from mock_amp.engine.faults import Faults
from mock_amp.engine.forcing import Forcing
from mock_amp.engine.jobs import Jobs
from mock_amp.engine.journal import Journal
from mock_amp.engine.listing import Listing
from mock_amp.engine.metering import Health, Meter
from mock_amp.engine.opening import Opening, Wish
from mock_amp.engine.reading import Reading
from mock_amp.engine.recalling import Recalling
from mock_amp.engine.repeating import Repeating
from mock_amp.engine.resending import Resending
from mock_amp.engine.retention import Retention
from mock_amp.engine.scripts import Scripts
from mock_amp.engine.sending import Sending
from mock_amp.engine.snapshots import Snapshots
from mock_amp.engine.steering import Lives, Steering
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.tokens import Tokens
from mock_amp.engine.twofactor import TwoFactor
from mock_amp.engine.waiting import Waiting
from mock_amp.engine.world import World
from mock_amp.listening import Listening, crowd_of, find_authority, wants_tls
from mock_amp.listening import StartFailed as StartFailed  # who starts a server from here needs it
from mock_amp.listening import ca_of as ca_of
from mock_amp.logs import TellLost, configure_logs
from mock_amp.ports import BadScript, Clock, Store, StoreFailed, Transport
from mock_amp.settings import DEFAULT_TOKEN, MEMORY, SQLITE, Settings, read_settings
from mock_amp.terms import code_rules_of, opening_terms_of, rules_of, terms_of
from mock_amp.variables import passed_over, unknown_variables, without_links
from mock_amp.web import admin
from mock_amp.web.room import Room
from mock_amp.web.services import Services

log = logging.getLogger(__name__)

POST_GRACE: Final = 1.5
"""Seconds that posts in flight get when the server stops."""


class Server:
    """A whole mock-amp in this process, on the running event loop. Two of them do not know each other."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        transport: Transport | None = None,
        store: Store | None = None,
    ) -> None:
        self.settings = settings
        authority = find_authority(settings) if wants_tls(settings) else None
        self._library = ScenarioLibrary(_delays(settings), settings.nesting_limit)
        self._script = self._library.path(settings.scenario)
        self.services = _services(
            settings,
            self._library,
            clock or SystemClock(),
            store or _store(settings),
            transport
            or WebhookTransport(
                settings.callback_timeout / SECOND,
                settings.callback_ca,
                settings.callback_source,
                map(read_mapping, settings.callback_map),
                allowed=map(read_target, settings.callback_allow),
                answer_limit=settings.callback_answer_limit,
            ),
            authority.pem if authority else None,
        )
        self._listening = Listening(settings, self.services, authority)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def port(self) -> int:
        return self._listening.port

    @property
    def url(self) -> str:
        """Of the emulated service."""
        return self._listening.url

    @property
    def admin_url(self) -> str:
        """Of the control plane: the same, unless it has a port of its own."""
        return self._listening.admin_url

    @property
    def tls_url(self) -> str | None:
        """Of the emulated service by HTTPS; None without."""
        return self._listening.tls_url

    @property
    def proxy_url(self) -> str | None:
        """Of the proxy that leads there; None without."""
        return self._listening.proxy_url

    @property
    def ca_pem(self) -> bytes | None:
        """The CA to trust for that."""
        return self.services.ca

    @property
    def ca_path(self) -> str | None:
        """Where that lies; None when it lies in no file."""
        return self._listening.ca_path

    async def start(self) -> None:
        """Begins to listen and to live. Raises StartFailed."""
        self._listening.forget_ports()
        wish = Wish(mode=ClockMode(self.settings.clock))
        try:
            await self.services.opening.open_default(wish, DEFAULT_TOKEN)
        except StoreFailed as error:
            self.services.world.store.close()
            raise StartFailed(f"the store does not take the default account: {error}") from error
        self._tasks = [
            asyncio.create_task(self.services.timeline.run()),
            asyncio.create_task(self.services.retention.run()),
            asyncio.create_task(self.services.expiry.run(self.services.steering.expire)),
            asyncio.create_task(watch(self.services.world.clock, self._script, self._read_again)),
        ]
        try:
            await self._listening.open()
        except StartFailed:
            await self._end()
            raise

    async def stop(self) -> None:
        """Stops listening, gives posts and requests their moment, and says what a store in memory takes along."""
        log.info("stopped; %s", await self._end())

    async def _read_again(self) -> None:
        """Puts the scenario file in force as it is now; one that cannot be played changes nothing."""
        try:
            document, scenario = self._library.read_file(self._script)
        except (BadFile, BadScript) as error:
            log.error("the scenario stays as it was: %s", error)
            return
        await self.services.world.insist(lambda: self.services.steering.renew_scenario(scenario, document))
        log.info("scenario %s is in force, read again from %s", scenario.name, self._script)

    async def _end(self) -> str:
        """Stops all there is, and says whether it is kept and what was not done yet."""
        self.services.health.stopping = True
        self._listening.stop_listening()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.services.timeline.stop(POST_GRACE)
        self.services.events.stop()
        await self._listening.close()
        store = self.services.world.store
        told = f"{_kept(store, self.settings.store)}: {_left(store)}"
        store.close()
        return told


async def opened(settings: Settings) -> Server:
    """A server that listens, on the running event loop, until it is stopped. Raises StartFailed."""
    server = _made(settings)
    await server.start()
    return server


@contextlib.asynccontextmanager
async def serving(server: Server) -> AsyncIterator[Server]:
    """A server that listens as long as the block lasts."""
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def load_settings(
    flags: Mapping[str, Any], variables: Mapping[str, str], file: str | None, *, concern: Container[str] | None = None
) -> Settings:
    """The settings that flags, variables and the settings file come to. Raises BadSetting and StartFailed.

    Where only some are of `concern`, by name, the others are as usual, whatever is said of them.
    """
    try:
        given = read_settings_file(file) if file else {}
        return read_settings(flags, without_links(variables), given, file or "", concern=concern)
    except BadFile as error:
        raise StartFailed(str(error)) from error


def ledger() -> list[tuple[LedgerRule, int | None]]:
    """Every rule of the wire contract with the number of tests that name it; None where there are no tests to count."""
    named = count_tests()
    return [(rule, None if named is None else named[rule.id]) for rule in read_ledger()]


def api_document(*, control_plane: bool = True) -> dict[str, Any]:
    """The OpenAPI document of a server with the usual settings, with the control plane or without."""
    return admin.api_document(schema_files(), read_settings({}, {}, {}).send_path, control_plane=control_plane)


def run(settings: Settings, announce: Callable[[Server], None]) -> None:
    """Serves until SIGTERM or SIGINT. Raises StartFailed."""
    configure_logs(settings.log_level, settings.log_format, [settings.admin_key] if settings.admin_key else [])
    hear_sqlite()
    for doubt in (*passed_over(os.environ), *unknown_variables(os.environ)):
        log.warning(doubt)
    open_enough(settings.max_connections, settings.max_callbacks)
    _collect_garbage_seldom()
    with asyncio.Runner(loop_factory=event_loops()) as runner:
        runner.run(_serve(settings, announce))


def _made(settings: Settings) -> Server:
    try:
        return Server(settings)
    except (BadFile, BadScript, StoreFailed) as error:
        raise StartFailed(str(error)) from error


async def _serve(settings: Settings, announce: Callable[[Server], None]) -> None:
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.set_exception_handler(TellLost())
    server = _made(settings)
    with heard(loop, stopped.set):
        async with serving(server):
            announce(server)
            await stopped.wait()


def _services(
    settings: Settings,
    library: ScenarioLibrary,
    clock: Clock,
    store: Store,
    transport: Transport,
    ca: bytes | None,
) -> Services:
    document, scenario = library.read_file(library.path(settings.scenario))
    scripts = Scripts(scenario, document, library.scenario)
    world = World(clock=clock, store=store, ids=RandomIds(), terms=terms_of(settings), scripts=scripts, words=People())
    events, meter = Events(world), Meter(__version__)
    store.listen(world.bulletin.hear)
    store.listen(world.comeback.hear)
    store.listen(meter.hear)
    timeline, journal = Timeline(world, transport), Journal(world)
    retention, expiry = Retention(world, timeline.courier.carrying), Expiry(world)
    store.listen(retention.hear)
    opening = Opening(world, expiry, opening_terms_of(settings))
    reading = Reading(world, journal)
    listing = Listing(world)
    waiting = Waiting(world, timeline, listing)
    return Services(
        world=world,
        journal=journal,
        timeline=timeline,
        events=events,
        meter=meter,
        health=Health(world, timeline, events, waiting),
        sending={
            product: Sending(world, product, rules_of(settings, schema), journal, timeline)
            for product, schema in ((Product.IM, "im-request"), (Product.SMS, "sms-request"))
        },
        two_factor=TwoFactor(world, code_rules_of(settings), journal, timeline),
        reading=reading,
        listing=listing,
        jobs=Jobs(world),
        waiting=waiting,
        recalling=Recalling(world),
        acting=Acting(world, timeline),
        forcing=Forcing(world, timeline, reading),
        repeating=Repeating(world),
        resending=Resending(world, timeline, reading),
        snapshots=Snapshots(world, timeline, library, read_schema("snapshot"), __version__, settings.nesting_limit),
        opening=opening,
        expiry=expiry,
        retention=retention,
        steering=Steering(world, timeline, library, Lives(opening=opening, expiry=expiry, retention=retention)),
        tokens=Tokens(world),
        certifying=Certifying(world, transport),
        faults=Faults(world),
        crowd=crowd_of(settings),
        room=Room(settings.body_memory, settings.client_timeout / SECOND),
        body_limit=settings.body_limit,
        header_limit=settings.header_limit,
        nesting_limit=settings.nesting_limit,
        send_paths=settings.send_path,
        schemas=schema_files(),
        rules=told_ledger,
        ca=ca,
    )


def _store(settings: Settings) -> Store:
    full = settings.durability == "full"
    if settings.store != MEMORY:
        return SqliteStore(settings.store.removeprefix(SQLITE), full=full)
    if full:
        log.warning("durability full means nothing to a store in memory: name a file with store, as %sFILE", SQLITE)
    return SqliteStore()


def _kept(store: Store, setting: str) -> str:
    if setting == MEMORY:
        return "gone with the store in memory"
    return f"kept in {setting.removeprefix(SQLITE)}" if store.keeps() else f"lost, since {store.trouble()}"


def _left(store: Store) -> str:
    try:
        left = store.read(lambda books: books.unfinished())
    except StoreFailed as error:
        return f"nobody can say what was not final, since {error}"
    return f"{left.messages} messages that were not final, {left.callbacks} callbacks that were owed"


def _delays(settings: Settings) -> Delays:
    delays = Delays(accepted=settings.accepted_after, delivered=settings.delivered_after, seen=settings.seen_after)
    if not delays.accepted <= delays.delivered <= delays.seen:
        raise StartFailed("accepted-after, delivered-after and seen-after have to be in this order")
    return delays


def _collect_garbage_seldom() -> None:
    """A request to 50,000 makes so many objects that the usual thresholds spend longer on them than parsing does."""
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def event_loops() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """What makes the event loops of a server; None for the standard ones."""
    try:
        import uvloop
    except ImportError:  # it is not made for every platform; the standard loop does the same, slower
        return None
    return uvloop.new_event_loop

"""Servers in this process without a network: what a connection hears it hears at once, and what it says is kept."""

import asyncio
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, Final, TypeVar, TypeVarTuple

from mock_amp.adapters.clocks import HandClock
from mock_amp.adapters.files import read_schema
from mock_amp.bootstrap import Server
from mock_amp.core.clock import ClockMode
from mock_amp.core.instants import parse_instant
from mock_amp.core.retry import Answered, Outcome
from mock_amp.engine.opening import Wish
from mock_amp.settings import DEFAULT_TOKEN
from mock_amp.web.app import build_app, build_service
from mock_amp.web.express import EXPRESS
from mock_amp.web.guard import Guard
from mock_amp.web.server import Runner
from tests.harness import START, settings

_PATIENCE: Final = 10.0
"""Seconds in which what a connection began has to end after it."""
_QUIET: Final = 12
"""Turns of the event loop without a word, after which nothing more is coming."""


Made = TypeVar("Made")
Given = TypeVarTuple("Given")


class Loop(asyncio.SelectorEventLoop):
    """An event loop that knows what is being done for it in threads, until it has itself heard of the end."""

    def __init__(self) -> None:
        super().__init__()
        self.going: set[asyncio.Future[Any]] = set()

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Given], Made], *args: *Given
    ) -> asyncio.Future[Made]:
        going = super().run_in_executor(executor, func, *args)
        self.going.add(going)
        going.add_done_callback(self.going.discard)
        return going


class Deaf:
    """A transport that goes nowhere: every receiver takes everything."""

    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:
        return Answered(200)

    async def close(self) -> None:
        pass


class Wire(asyncio.Transport):
    """A connection's other end, which keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written = bytearray()
        self.closed = False

    def write(self, data: Any) -> None:
        self.written += data

    def writelines(self, list_of_data: Any) -> None:
        for each in list_of_data:
            self.write(each)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def get_write_buffer_size(self) -> int:
        return 0


class Home:
    """A server with a frozen default account of which the seed is known, and connections to it."""

    def __init__(self, loop: Loop, *, service_alone: bool = False, express: bool = True) -> None:
        """Without `express` every request goes the long way."""
        self.loop = loop
        self.server = Server(
            settings(max_accounts=20, body_limit=65_536), clock=HandClock(parse_instant(START)), transport=Deaf()
        )
        services = self.server.services
        app = build_service(services) if service_alone else build_app(services, read_schema("control-plane"), Guard())
        if not express:
            del app[EXPRESS]
        self._runner = Runner(app, services.journal, shutdown_timeout=0.1)
        self._runner._kwargs["lingering_time"] = 0.01  # noqa: SLF001 - what nobody reads keeps a task of aiohttp so long
        loop.run_until_complete(self._open())

    async def _open(self) -> None:
        wish = Wish(mode=ClockMode.FROZEN, now=parse_instant(START), seed=7)
        await self.server.services.opening.open_default(wish, DEFAULT_TOKEN)
        await self._runner.setup()

    def say(self, data: bytes, cut: int = 0) -> bytes:
        """All that is answered on a new connection to these bytes, which then ends; without the dates.

        They come at once, or in two parts.
        """
        return self.loop.run_until_complete(self._say([data[:cut], data[cut:]] if cut else [data]))

    async def _say(self, parts: Sequence[bytes]) -> bytes:
        assert self._runner.server is not None
        before = asyncio.all_tasks()
        connection, wire = self._runner.server(), Wire()
        connection.connection_made(wire)
        for part in parts:
            connection.data_received(part)
        await self._heard(wire)
        connection.connection_lost(None)
        for _ in range(_QUIET):
            await asyncio.sleep(0)
        if left := asyncio.all_tasks() - before:
            _, left = await asyncio.wait(left, timeout=_PATIENCE)
        assert not left, f"the connection has ended, and there is still {[each.get_coro() for each in left]}"
        return re.sub(rb"Date: [^\r]+", b"Date: then", bytes(wire.written))

    async def _heard(self, wire: Wire) -> None:
        """Waits until nothing more is said, and no thread is at anything, however long that takes it."""
        await self._fall_quiet(wire)
        while going := tuple(self.loop.going):
            await asyncio.wait(going)
            await self._fall_quiet(wire)

    async def _fall_quiet(self, wire: Wire) -> None:
        quiet = heard = 0
        while not wire.closed and quiet < _QUIET:
            await asyncio.sleep(0)
            quiet, heard = (quiet + 1, heard) if len(wire.written) == heard else (0, len(wire.written))

    def close(self) -> None:
        self.loop.run_until_complete(self._close())

    async def _close(self) -> None:
        await self.server.services.timeline.stop(0)
        await self._runner.cleanup()
        self.server.services.world.store.close()


@contextmanager
def own_loop() -> Iterator[Loop]:
    """An event loop that nobody else uses, and a log in which what failed can be seen."""
    loop = Loop()
    try:
        yield loop
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class Failures(logging.Handler):
    """What was logged as an error: a bug of ours, whatever was answered."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(record)

    def check(self) -> None:
        """Raises what failed."""
        told, self.told = self.told, []
        for record in told:
            if record.exc_info and isinstance(record.exc_info[1], BaseException):
                raise record.exc_info[1]
            raise AssertionError(record.getMessage())


@contextmanager
def listening() -> Iterator[Failures]:
    """What our modules and the event loop log as errors as long as the block lasts."""
    failures, loggers = Failures(), [logging.getLogger(name) for name in ("mock_amp", "asyncio", "aiohttp")]
    kept = [(each, each.propagate) for each in loggers]
    for each in loggers:
        each.addHandler(failures)
        each.propagate = False
    try:
        yield failures
    finally:
        for each, propagate in kept:
            each.removeHandler(failures)
            each.propagate = propagate

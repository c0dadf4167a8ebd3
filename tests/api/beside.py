"""A server and a receiver that run beside a test, on an event loop in a thread of their own, for code that blocks."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from mock_amp.bootstrap import Server, serving
from tests.harness import Receiver, receiving, settings


@dataclass(frozen=True, slots=True)
class Beside:
    """What runs there."""

    url: str
    server: Server
    receiver: Receiver
    loop: asyncio.AbstractEventLoop
    ended: asyncio.Event

    def stop(self) -> None:
        """Stops the server, once; whoever began it joins the thread."""
        with suppress(RuntimeError):  # the loop has ended already
            self.loop.call_soon_threadsafe(self.ended.set)


@contextmanager
def beside(**changes: Any) -> Iterator[Beside]:
    """A server with these settings, as long as the block lasts or until it is stopped."""
    begun: Future[Beside] = Future()

    async def run() -> None:
        try:
            async with receiving() as receiver, serving(Server(settings(**changes))) as server:
                it = Beside(server.url, server, receiver, asyncio.get_running_loop(), asyncio.Event())
                begun.set_result(it)
                await it.ended.wait()
        except Exception as error:
            if begun.done():
                raise
            begun.set_exception(error)

    thread = threading.Thread(target=asyncio.run, args=[run()])
    thread.start()
    it = begun.result()
    try:
        yield it
    finally:
        it.stop()
        thread.join()

"""Noticing that a client has hung up, at once and by event, while its request is still being answered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

HUNG_UP: Final = "hung_up"
"""Of a connection of ours: whom to call when it is lost."""


@contextmanager
def on_hangup(request: web.Request, then: Callable[[], None]) -> Iterator[None]:
    """Calls `then` once the client has hung up, as long as the block lasts."""
    if request.transport is None or request.transport.is_closing():
        then()
    listeners: set[Callable[[], None]] = getattr(request.protocol, HUNG_UP, set())
    listeners.add(then)
    try:
        yield
    finally:
        listeners.discard(then)

"""Messages of a large request whose job the store did not take any more: nobody ever sees them, and they go (H-11).

Should the process end before that, the next start sweeps them.
"""

import asyncio
import logging
from functools import partial
from typing import Final

from mock_amp.engine.accepting import Ticket
from mock_amp.engine.errors import AccountGone, StoreFailed
from mock_amp.engine.world import World, same_life
from mock_amp.ports import Books

log = logging.getLogger(__name__)

_ROWS: Final = 1_000
"""Messages that go in one transaction."""


class Abandoned:
    def __init__(self, world: World) -> None:
        self._world = world

    def take(self, ticket: Ticket) -> None:
        """Makes away with what was written for a request, from the next transaction on that the store takes."""
        self._world.comeback.then(partial(self._sweep, ticket))

    def _sweep(self, ticket: Ticket) -> None:
        coming = asyncio.ensure_future(self._world.store.transact(lambda books: _forget_some(books, ticket)))
        coming.add_done_callback(partial(self._swept, ticket))

    def _swept(self, ticket: Ticket, coming: "asyncio.Future[bool]") -> None:
        error = None if coming.cancelled() else coming.exception()
        if isinstance(error, StoreFailed):
            log.debug("what is left of a request that was not stored stays for now: %s", error)
            self.take(ticket)
        elif error is None and not coming.cancelled() and not coming.result():
            self._sweep(ticket)


def _forget_some(books: Books, ticket: Ticket) -> bool:
    """Whether nothing is left. In another life of the account nothing is."""
    try:
        account = same_life(books, ticket.account)
    except AccountGone:
        return True
    return books.sending.forget_reserved(account.key, ticket.first, _ROWS)

"""Memory for the bodies that are coming in: who finds none left waits in line for it, and not for ever.

A body takes all that it may need before it is read, so that no two ever wait for each other: its length if that is
told, the limit of a body if it grows (in chunks, or packed); of the latter it gives back what it has not come to need.
Until then it has `FREE` bytes, which count nowhere.
"""

import asyncio
from collections import deque
from collections.abc import Hashable
from functools import partial
from typing import Final, NamedTuple

from aiohttp import web

from mock_amp.web.hangups import on_hangup

FREE: Final = 65_536
"""Bytes of a body for which nobody has to wait."""


class NoRoom(Exception):
    """There was no memory in time; the message is part of a line for a person."""


class _Place(NamedTuple):
    """In the line: for whom, how much, and what becomes of it."""

    holder: Hashable
    size: int
    turn: "asyncio.Future[None]"


class Room:
    """So many bytes for all bodies together. A body that is larger than that has it for itself."""

    def __init__(self, most: int, patience: float) -> None:
        """`patience` in seconds, 0 for ever."""
        self._most, self._patience = most, patience
        self.taken = 0
        self._held: dict[Hashable, int] = {}
        self._line: deque[_Place] = deque()
        self.waiting: set[Hashable] = set()
        """Connections in the line: what does not come of their bodies meanwhile is not their fault."""
        self.unpacking = asyncio.Lock()
        """Whoever unpacks a large body that has come: one after the other, or many would be done at the same time."""

    async def take(self, request: web.Request, size: int) -> None:
        """Waits until there is room, or the client has hung up. Raises NoRoom when it takes too long."""
        if not self._line and self._fits(size):
            self._hold(request.protocol, size)
            return
        place = _Place(request.protocol, size, asyncio.get_running_loop().create_future())
        self._line.append(place)
        self.waiting.add(place.holder)
        try:
            with on_hangup(request, partial(_settle, place.turn)):
                async with asyncio.timeout(self._patience or None):
                    await place.turn
        except TimeoutError as error:
            raise NoRoom(f"there was no memory for {size} bytes of a body within {self._patience:g} s") from error
        finally:
            self.waiting.discard(place.holder)
            if place in self._line:
                self._line.remove(place)
                self._let_in()

    def keep(self, request: web.Request, size: int) -> None:
        """Gives back what of the room has turned out not to be needed."""
        held = self._held.get(request.protocol, 0)
        if size < held:
            self._held[request.protocol] = size
            self.taken -= held - size
            self._let_in()

    def leave(self, holder: Hashable) -> None:
        """Gives everything back: the request is answered."""
        if held := self._held.pop(holder, 0):
            self.taken -= held
            self._let_in()

    def _fits(self, size: int) -> bool:
        return not self.taken or self.taken + size <= self._most

    def _hold(self, holder: Hashable, size: int) -> None:
        self._held[holder] = self._held.get(holder, 0) + size
        self.taken += size

    def _let_in(self) -> None:
        while self._line and (self._line[0].turn.done() or self._fits(self._line[0].size)):
            place = self._line.popleft()
            if not place.turn.done():
                self._hold(place.holder, place.size)
                place.turn.set_result(None)


def _settle(turn: "asyncio.Future[None]") -> None:
    if not turn.done():
        turn.set_result(None)

"""Server-sent events: out of bytes, and one after the other as both faces give them."""

from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Self

import msgspec

from mock_amp.client.errors import NotReached
from mock_amp.client.here import Here
from mock_amp.client.links import AsyncLink, Link
from mock_amp.client.plans import PATIENCE, Ask, ask
from mock_amp.client.shapes import Event


class EventReader:
    """Takes bytes as they come and gives whole events, as the HTML standard reads a stream of them."""

    def __init__(self) -> None:
        self._rest, self._kind, self._data = bytearray(), "", list[str]()
        self.place = ""
        """The last id that was told, with an event or without: where to go on after a break."""

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that these bytes complete. Raises NotReached for what is no stream of a mock-amp."""
        self._rest += data
        while (line := self._line()) is not None:
            if line:
                self._take(line)
                continue
            kind, told = self._kind, "\n".join(self._data)
            self._kind, self._data = "", []
            if kind and told:
                yield self._event(kind, told)

    def _line(self) -> str | None:
        """The next line, whatever ends it; None while there is no whole one."""
        end = min((at for at in (self._rest.find(b"\n"), self._rest.find(b"\r")) if at >= 0), default=-1)
        if end < 0 or (self._rest[end] == 0x0D and end + 1 == len(self._rest)):
            return None  # after a CR that is last so far, an LF may follow
        line = self._rest[:end].decode("utf-8", "replace")
        del self._rest[: end + (2 if self._rest[end : end + 2] == b"\r\n" else 1)]
        return line

    def _take(self, line: str) -> None:
        """A field, or a comment, which begins with the colon."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._kind = value
            case "data":
                self._data.append(value)
            case "id":
                self.place = value

    def _event(self, kind: str, told: str) -> Event:
        try:
            return Event(id=self.place, kind=kind, data=msgspec.json.decode(told, type=dict))
        except msgspec.DecodeError as error:
            raise NotReached(f"that is no event of a mock-amp ({error}): {told[:200]}") from error


def events_of(here: Here, kinds: Sequence[str], last_event_id: str | None) -> Ask:
    """The request for a stream; its answer goes on for as long as anybody listens. A server that lives says so every 15
    seconds, so one that is silent for as long as we are patient is gone.
    """
    query = [("kinds", ",".join([kinds] if isinstance(kinds, str) else kinds))] if kinds else []
    query += [("last_event_id", last_event_id)] if last_event_id is not None else []
    return ask("GET", here.path("events"), query=query, patience=PATIENCE)


class Events(Iterator[Event]):
    """Live events, from the moment that this was made. As a context manager it lets go at the end of the block; so does
    `close`.
    """

    def __init__(self, link: Link, wish: Ask) -> None:
        self._reader, self._read = EventReader(), deque[Event]()
        self._parts = link.stream(wish)
        next(self._parts)  # asks now: whatever comes about after this is told

    @property
    def last_event_id(self) -> str | None:
        """Where to go on after a break; None while the server has not said."""
        return self._reader.place or None

    def __next__(self) -> Event:
        while not self._read:
            self._read.extend(self._reader.feed(next(self._parts)))
        return self._read.popleft()

    def close(self) -> None:
        """Hears no more."""
        self._read.clear()
        self._parts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class AsyncEvents(AsyncIterator[Event]):
    """Live events, from the moment that an `async with` begins, or the first one is asked for. At the end of the block
    it lets go; so does `aclose`.
    """

    def __init__(self, link: AsyncLink, wish: Ask) -> None:
        self._reader, self._read = EventReader(), deque[Event]()
        self._parts = link.stream(wish)

    @property
    def last_event_id(self) -> str | None:
        """Where to go on after a break; None while the server has not said."""
        return self._reader.place or None

    async def __anext__(self) -> Event:
        while not self._read:
            self._read.extend(self._reader.feed(await anext(self._parts)))
        return self._read.popleft()

    async def aclose(self) -> None:
        """Hears no more."""
        self._read.clear()
        await self._parts.aclose()

    async def __aenter__(self) -> Self:
        await anext(self._parts)  # asks now: whatever comes about after this is told
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()

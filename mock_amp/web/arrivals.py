"""A connection before its TLS is there, and between that and what answers.

It counts among the connections from its first moment, and may take for its handshake as long as for a request.
Where a proxy is asked first (mock_amp/web/proxy.py), the same connection goes on by HTTPS: there is no second one.
"""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from typing import Final, cast

from mock_amp.web.crowd import Crowd, Phase
from mock_amp.web.turned import TurnedAway

log = logging.getLogger(__name__)

Make = Callable[[], asyncio.BaseProtocol]
"""Makes what speaks on a new connection."""

_GOODBYE: Final = 0.2
"""Seconds that clients get, when the server stops, to take leave as TLS has it."""

_PATIENT: Final = 3_600.0
"""Seconds for a handshake where clients have for ever."""

_PERHAPS: Final = "does it trust the CA? `mock-amp ca` prints it"
_WHY: Final = (
    ("UNKNOWN_CA", "it does not trust the CA; `mock-amp ca` prints it"),
    ("BAD_CERTIFICATE", f"it does not take the certificate; {_PERHAPS}"),
    ("CERTIFICATE_UNKNOWN", f"it does not take the certificate; {_PERHAPS}"),
    (
        "CERTIFICATE_EXPIRED",
        "to it the certificate has ended: its clock is wrong, or the CA has ended since the start",
    ),
    ("HTTP_REQUEST", "it speaks HTTP without TLS, to the port for HTTPS"),
)


class Entrance:
    """What all connections share that come to TLS."""

    def __init__(self, crowd: Crowd, context: ssl.SSLContext) -> None:
        self.crowd, self.context = crowd, context
        self.inside: set[Arrival] = set()
        self.turned: set[TurnedAway] = set()
        self._left: asyncio.Event | None = None

    def leave(self, arrival: "Arrival") -> None:
        self.inside.discard(arrival)
        if self._left and not self.inside:
            self._left.set()

    async def close(self) -> None:
        """Lets those who have been answered take leave, and cuts the others off."""
        for turned in list(self.turned):
            turned.cut_off()
        if not self.inside:
            return
        self._left = asyncio.Event()
        for each in list(self.inside):
            each.begin_nothing()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._left.wait(), _GOODBYE)
        for each in list(self.inside):
            each.cut_off()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._left.wait(), _GOODBYE)


class Arrival(asyncio.Protocol):
    """One connection: first its own protocol, then that of its TLS, from which what answers hears through it."""

    def __init__(self, entrance: Entrance, make: Make) -> None:
        self.entrance, self._make = entrance, make
        self._loop = asyncio.get_running_loop()
        self._line: asyncio.Transport | None = None
        self._shaking: asyncio.Task[None] | None = None
        """The handshake. It ends by itself: with the handshake, or with the connection."""
        self._within: asyncio.Protocol | None = None
        self._early = bytearray()
        """What has come before there was anybody to read it: first TLS, then what answers."""
        self._over = False
        self.since = 0.0

    @property
    def phase(self) -> Phase:
        return Phase.REQUEST

    @property
    def unsent(self) -> int:
        return self._line.get_write_buffer_size() if self._line else 0

    @property
    def peer(self) -> str:
        name = self._line.get_extra_info("peername") if self._line else None
        return str(name[0]) if isinstance(name, tuple) else "a client"

    def expire(self, phase: Phase) -> None:  # noqa: ARG002 - as the crowd calls it
        log.info("%s is cut off: its TLS is not there within client-timeout", self.peer)
        self.cut_off()

    def begin_nothing(self) -> None:
        """The server stops."""
        if self._within is None:
            self.cut_off()

    def cut_off(self) -> None:
        if self._line:
            self._line.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._line = cast("asyncio.Transport", transport)
        self.since = self._loop.time()
        if self.entrance.crowd.enter(self):
            self.entrance.inside.add(self)
            self.come_in()
        else:
            self.turn_away()

    def come_in(self) -> None:
        self.shake_hands()

    def turn_away(self) -> None:
        """There is no room, and without TLS no way to say so."""
        self.cut_off()

    def shake_hands(self, came: bytes = b"") -> None:
        """Begins with TLS; `came` is what the client has already said of it."""
        assert self._line is not None  # noqa: S101 - for the checker: nobody comes here before there is one
        self._early += came
        self._line.pause_reading()
        self._shaking = self._loop.create_task(self._shake_hands(self._line))
        # After the first step of start_tls, which has called for the start of TLS and then for bytes: this is next.
        self._loop.call_soon(self._loop.call_soon, self._say_again, self._line)

    async def _shake_hands(self, line: asyncio.Transport) -> None:
        patience = self.entrance.crowd.bounds.patience or _PATIENT
        try:
            secure = await self._loop.start_tls(
                line,
                self,
                self.entrance.context,
                server_side=True,
                ssl_handshake_timeout=patience,
                ssl_shutdown_timeout=patience,
            )
        except OSError as error:  # ssl.SSLError is one, and so is a timeout
            log.info("%s did not come to HTTPS: %s", self.peer, _why(error))
            secure = None
        finally:
            self.entrance.crowd.leave(self)  # the connection comes in its place
        if secure is None or self._over:
            self._leave()
            return
        self._within = within = cast("asyncio.Protocol", self._make())
        within.connection_made(secure)
        early, self._early = bytes(self._early), bytearray()
        if early:
            within.data_received(early)

    def _say_again(self, line: asyncio.Transport) -> None:
        """Lets TLS hear what came too early for it, as if it came now."""
        came, self._early = bytes(self._early), bytearray()
        protocol = cast("asyncio.BufferedProtocol", line.get_protocol())  # of all event loops, uvloop's too
        while came and not line.is_closing():
            room = memoryview(protocol.get_buffer(len(came)))
            size = min(len(room), len(came))
            room[:size] = came[:size]
            protocol.buffer_updated(size)
            came = came[size:]

    def data_received(self, data: bytes) -> None:
        if self._within:
            self._within.data_received(data)
        else:
            self._early += data

    def eof_received(self) -> None:
        """Over TLS, who says no more hears no more: whatever the answer to this would be."""
        if self._within:
            self._within.eof_received()

    def pause_writing(self) -> None:
        if self._within:
            self._within.pause_writing()

    def resume_writing(self) -> None:
        if self._within:
            self._within.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        if self._within:
            self._within.connection_lost(exc)
        self._leave()

    def _leave(self) -> None:
        self.entrance.crowd.leave(self)
        self.entrance.leave(self)


def _why(error: OSError) -> str:
    """What a person can do something about."""
    if isinstance(error, ConnectionError):
        return f"it hung up in the middle of the handshake; {_PERHAPS}"
    said = str(error)
    known = next((words for name, words in _WHY if name in said.upper()), None)
    return known or said or type(error).__name__

"""Where an application listens: one address, one port, with TLS or without, and the file that tells the port."""

import asyncio
import contextlib
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from aiohttp import web

from mock_amp.web.arrivals import Make

_BACKLOG: Final = 1_024
"""Connections that wait to be accepted; who comes while there are so many tries again only after a second."""


class NotOpened(Exception):
    """The door does not open; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Place:
    """An address and a port, 0 for a free one; `setting` is the one that chooses another port."""

    host: str
    port: int
    port_file: str | None
    setting: str


class Door:
    """An application that listens at a place. It is opened once and closed once. Several may lead to one runner.

    `meets` makes, of what makes the runner's connections, what meets a new one; `shown` is the URL without its port.
    """

    def __init__(
        self, runner: web.AppRunner, place: Place, *, shown: str = "", meets: Callable[[Make], Make] | None = None
    ) -> None:
        self._runner, self._place, self._meets = runner, place, meets
        self._shown = shown or f"http://{f'[{place.host}]' if ':' in place.host else place.host}"
        self._listening: asyncio.Server | None = None
        self.port = place.port

    @property
    def url(self) -> str:
        return f"{self._shown}:{self.port}"

    async def open(self) -> None:
        """Begins to listen. Raises NotOpened."""
        if self._runner.server is None:
            await self._runner.setup()
        make = cast("Make", self._runner.server)
        try:
            self._listening = await asyncio.get_running_loop().create_server(
                self._meets(make) if self._meets else make, self._place.host, self._place.port, backlog=_BACKLOG
            )
        except OSError as error:
            raise NotOpened(self._why_not(error)) from error
        self.port = self._listening.sockets[0].getsockname()[1]

    def write_port(self) -> None:
        """Whole or not at all, so that whoever waits for the file never reads half of it. Raises NotOpened."""
        if self._place.port_file is None:
            return
        path = Path(self._place.port_file)
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            part.write_text(f"{self.port}\n", encoding="ascii")
            part.replace(path)
        except OSError as error:
            raise NotOpened(f"cannot write the port file {path}: {error.strerror or error}") from error

    def forget_port(self) -> None:
        if self._place.port_file:
            with contextlib.suppress(OSError):  # whether it can be written is found out when it is
                Path(self._place.port_file).unlink()

    def stop_listening(self) -> None:
        if self._listening:
            self._listening.close()

    async def close(self) -> None:
        """Gives requests their moment, those at another door to the same too."""
        if self._runner.server is not None:
            await self._runner.cleanup()

    def _why_not(self, error: OSError) -> str:
        place, setting = self._place, self._place.setting
        if error.errno == errno.EADDRINUSE:
            return (
                f"port {place.port} of {place.host} is taken; "
                f"choose another with --{setting}, or --{setting} 0 for a free one"
            )
        return f"cannot listen on {place.host}:{place.port}: {error.strerror or error}"

"""Where an application listens: one address, one port, and the file that tells the port."""

import contextlib
import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

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
    """An application that listens at a place. It is opened once and closed once."""

    def __init__(self, runner: web.AppRunner, place: Place) -> None:
        self._runner, self._place = runner, place
        self.port = place.port

    @property
    def url(self) -> str:
        host = self._place.host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    async def open(self) -> None:
        """Begins to listen. Raises NotOpened."""
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._place.host, self._place.port, backlog=_BACKLOG).start()
        except OSError as error:
            raise NotOpened(self._why_not(error)) from error
        self.port = self._runner.addresses[0][1]

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

    async def stop_listening(self) -> None:
        for site in list(self._runner.sites):
            await site.stop()

    async def close(self) -> None:
        """Gives requests their moment."""
        await self._runner.cleanup()

    def _why_not(self, error: OSError) -> str:
        place, setting = self._place, self._place.setting
        if error.errno == errno.EADDRINUSE:
            return (
                f"port {place.port} of {place.host} is taken; "
                f"choose another with --{setting}, or --{setting} 0 for a free one"
            )
        return f"cannot listen on {place.host}:{place.port}: {error.strerror or error}"

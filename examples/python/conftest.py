"""The application as the tests run it: in a thread, on a port of its own, as mock-amp posts real callbacks to it."""

import asyncio
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from mock_amp.testing import Amp
from reminders import make_app
from sending import Sender


@dataclass
class Cafe:
    """`pauses` has how long the application has paused between its tries."""

    amp: Amp
    url: str
    file: Path
    amp_url: str
    pauses: list[float] = field(default_factory=list)

    def remind(self, phone: str) -> tuple[int, Any]:
        """As the booking system does it: the status and the document of the answer."""
        return self._ask("/reminders", {"phone": phone, "name": "Ana", "table": "4", "at": "19:30"})

    def show(self, reminder_id: str) -> Any:
        return self._ask(f"/reminders/{reminder_id}")[1]

    async def pause(self, seconds: float) -> None:
        """Moves the clock of the account: the outage passes, and nobody waits."""
        self.pauses.append(seconds)
        await self.amp.aio.advance(seconds)

    def _ask(self, path: str, body: Any = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(self.url + path, data) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.load(refusal)


@pytest.fixture
def amp_url(amp: Amp) -> str:
    """Where the application looks for the service; a test may say another place."""
    return amp.url


@pytest.fixture
def cafe(amp: Amp, amp_url: str, tmp_path: Path) -> Iterator[Cafe]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        cafe = Cafe(amp, f"http://127.0.0.1:{listening.getsockname()[1]}", tmp_path / "reminders.db", amp_url)
        sender = Sender(amp_url=amp_url, token=amp.token, public_url=cafe.url, pause=cafe.pause)
        with served(make_app(sender, str(cafe.file)), listening):
            yield cafe


@contextmanager
def served(app: web.Application, listening: socket.socket) -> Iterator[None]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    runner = web.AppRunner(app)

    async def start() -> None:
        await runner.setup()
        await web.SockSite(runner, listening).start()

    asyncio.run_coroutine_threadsafe(start(), loop).result()
    yield
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()

"""A server for tests, in a thread of this process or one that runs somewhere, and accounts of it."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self

from mock_amp.bootstrap import Server, opened
from mock_amp.client import Client, NotReached
from mock_amp.client.matches import Mode, Moment, Span
from mock_amp.settings import BadSetting, Settings, read_settings
from mock_amp.testing.amp import Amp
from mock_amp.testing.background import Background
from mock_amp.testing.inbox import PostOffice

START: Final = "2026-01-01T00:00:00Z"
"""What the frozen clock of an account for a test shows first."""

SEED: Final = 1
"""Of which its ids are made: the same in every run."""

Scripted = str | os.PathLike[str] | Mapping[str, Any]
"""A scenario: a shipped one by name, a file of YAML, YAML as text, or a document."""

_UNUSED: Final = "1h"
"""Real time after which an account on a server that goes on is forgotten, should a run of tests be killed."""

_NO_SETTINGS_HERE: Final = {
    "log-level": 'the log is that of your program: logging.getLogger("mock_amp").setLevel(...)',
    "log-format": "the log is that of your program, formatted as it says",
}


class AmpServer:
    """A server for many tests, each with an account of its own. A context manager; `start` and `stop` do the same.

    Without `url` it is a server in a thread of this process, on a free port, with its state in memory; `settings` are
    those of docs/operations.md, `callback_timeout="2s"` say, and no variable of the environment changes them. With
    `url` it is one that runs there. `inbox_host` is the name by which that one reaches this machine, if it is not
    127.0.0.1. Raises BadSetting for a setting that is unknown or impossible.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        admin_key: str | None = None,
        ca: str | os.PathLike[str] | None = None,
        inbox_host: str | None = None,
        **settings: Any,
    ) -> None:
        if url and settings:
            raise BadSetting(f"a server that runs already has its settings: {', '.join(settings)} cannot be said here")
        self._where, self._admin_key, self._ca, self._inbox_host = url, admin_key, ca, inbox_host
        self._settings = None if url else _read({"admin-key": admin_key, **_named(settings)})
        self._server: Server | None = None
        self._client: Client | None = None
        self._open, self._process = ExitStack(), 0

    @property
    def client(self) -> Client:
        """The whole server, by calls that block."""
        if self._client is None:
            raise RuntimeError("this AmpServer does not run: use it in a with block, or start it")
        return self._client

    @property
    def url(self) -> str:
        """The base URL of the service."""
        return self.client.url

    @property
    def tls_url(self) -> str | None:
        """The same by HTTPS, for a server of ours with the setting `tls` or `proxy_port`."""
        return self._server.tls_url if self._server else None

    @property
    def proxy_url(self) -> str | None:
        """The proxy that leads https://rest.fortytwo.com here, for a server of ours with the setting `proxy_port`."""
        return self._server.proxy_url if self._server else None

    @property
    def ca_file(self) -> str | None:
        """The CA for the application to trust, a PEM file: of a server of ours with HTTPS. It goes with the server."""
        return self._server.ca_path if self._server else None

    def start(self) -> Self:
        """Raises mock_amp.bootstrap.StartFailed, or NotReached when nobody is at `url`."""
        if self._client is not None:
            raise RuntimeError(f"this AmpServer runs already, at {self.url}; another one is another AmpServer")
        with ExitStack() as opening:
            self._post_office = PostOffice(self._inbox_host)
            opening.callback(self._post_office.stop)
            opening.callback(self._forget)
            urls = {"url": self._where} if self._where else self._in_a_thread(opening)
            self._client = opening.enter_context(Client(**urls, admin_key=self._admin_key, ca=self._ca))
            if not self._client.ready():
                raise NotReached(f"the server at {self.url} is there, and not ready; its /readyz says why")
            opening.callback(self._post_office.refuse)  # so that the server, which ends next, waits for no answer
            # A program that ends without stop would otherwise leave threads to be cut off in the middle of a word.
            atexit.register(self.stop)
            opening.callback(atexit.unregister, self.stop)
            self._open, self._process = opening.pop_all(), os.getpid()
        return self

    def stop(self) -> None:
        """Ends a server of ours, with all that it has; one that ran before goes on. Twice is once."""
        if self._is_ours():
            self._open.close()

    @contextmanager
    def account(
        self,
        *,
        clock: Mode = "frozen",
        now: Moment | None = None,
        rate: float | None = None,
        seed: int = SEED,
        scenario: Scripted | None = None,
        expires_after: Span | None = None,
        limits: Mapping[str, Any] | None = None,
        reject_first_promotional: bool | None = None,
    ) -> Iterator[Amp]:
        """An account of its own for as long as the block lasts. Its clock is frozen at START unless that is said.

        At the end it raises what a function of `inbox.always_answer` has raised.
        """
        found = self.client.open_account(
            clock=clock,
            now=START if now is None and clock == "frozen" else now,
            rate=rate,
            seed=seed,
            scenario=scenario,
            expires_after=_UNUSED if expires_after is None and self._where else expires_after,
            limits=limits,
            reject_first_promotional=reject_first_promotional,
        )
        inbox = self._post_office.open_inbox()
        try:
            yield Amp(found.link, found.here, inbox)
        finally:
            if self._is_ours():
                try:
                    if self._where or self._client:  # else it went with its server
                        found.delete()
                finally:
                    self._post_office.close_inbox(inbox)
        inbox.check()

    def _is_ours(self) -> bool:
        """False in a process that was forked from the one that started it, and which ends what it has inherited."""
        return self._process == os.getpid()

    def _forget(self) -> None:
        self._server = self._client = None

    def _in_a_thread(self, opening: ExitStack) -> dict[str, str]:
        """Where a server is that lives until the stack is closed. No generators: a process that was forked would end
        them as rubbish, with all that stands behind their yield.
        """
        settings = _with_a_folder(self._settings or _read({}), opening)
        background = Background("mock-amp server")
        opening.callback(background.stop)
        server = self._server = background.do(opened(settings))
        opening.callback(lambda: background.do(server.stop()))
        return {"url": server.url, "admin_url": server.admin_url}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<mock-amp at {self._client.url}>" if self._client else "<mock-amp that does not run>"


class MockAmp(AbstractContextManager[Amp]):
    """A server and an account of it, for unittest and anything else: `with MockAmp() as amp: ...`.

    Takes what `AmpServer` takes, and of the account `clock`, `now`, `rate`, `seed` and `scenario`. `start` and `stop`
    do the same for who has no block. In asynchronous code it is `async with MockAmp() as amp`, and `amp.aio` is
    awaited.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        clock: Mode = "frozen",
        now: Moment | None = None,
        rate: float | None = None,
        seed: int = SEED,
        scenario: Scripted | None = None,
        **server: Any,
    ) -> None:
        self.server = AmpServer(url, **server)
        """That of the account, with `tls_url` say."""
        self._wish: dict[str, Any] = {"clock": clock, "now": now, "rate": rate, "seed": seed, "scenario": scenario}
        self._open = ExitStack()

    def start(self) -> Amp:
        """Begins, and gives the account."""
        with ExitStack() as opening:
            server = opening.enter_context(self.server)
            amp = opening.enter_context(server.account(**self._wish))
            atexit.register(self.stop)
            opening.callback(atexit.unregister, self.stop)
            self._open = opening.pop_all()
        return amp

    def stop(self) -> None:
        """Forgets the account and ends the server. Twice is once."""
        self._open.close()

    def __enter__(self) -> Amp:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    async def __aenter__(self) -> Amp:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.__exit__, kind, error, trace)


def _with_a_folder(settings: Settings, opening: ExitStack) -> Settings:
    """For a CA that no test leaves with the user's data."""
    if not (settings.tls or settings.proxy_port is not None) or settings.tls_dir or settings.tls_ca:
        return settings
    folder = tempfile.mkdtemp(prefix="mock-amp-")
    opening.callback(shutil.rmtree, folder, ignore_errors=True)
    return replace(settings, tls_dir=folder)


def _read(settings: Mapping[str, Any]) -> Settings:
    """Raises BadSetting."""
    for name in settings:
        if name in _NO_SETTINGS_HERE:
            raise BadSetting(f"AmpServer: {name} cannot be set here: {_NO_SETTINGS_HERE[name]}")
    return read_settings({}, {}, {"port": 0, "tls-port": 0, **settings}, "AmpServer")


def _named(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings by their names in docs/operations.md, of which Python's have underscores."""
    return {
        name.replace("_", "-"): os.fspath(value) if isinstance(value, os.PathLike) else value
        for name, value in settings.items()
    }

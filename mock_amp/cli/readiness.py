"""Asking a server whether it is ready, with the standard library alone and past every proxy.

A container does it every few seconds, so nothing else is brought in.
"""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import TIMEOUT_MAX, Event, Thread
from typing import Any, Final
from urllib.parse import urlsplit

from mock_amp.core.veils import veiled

PATIENCE: Final = 2.0
"""Real seconds that a server has to answer one question."""

_PAUSE: Final = 0.1
"""Real seconds between two questions."""

_MOST: Final = 65_536
"""Bytes of an answer that are read; ours is a few hundred."""


class CannotAsk(ValueError):
    """What was given is no address, or no CA; the message is one line for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What was found at a URL: `wrong` is nothing when it is ready; `checks` are those that the server named."""

    url: str
    ready: bool
    wrong: str = ""
    status: int | None = None
    checks: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Where to ask; `context` is there for https."""

    base: str
    host: str
    port: int | None
    path: str
    context: ssl.SSLContext | None

    def ask(self) -> Health:
        """One answer, or why there is none."""
        connection = self._connection()
        try:
            connection.request("GET", self.path, headers={"Accept": "application/json", "Connection": "close"})
            answer = connection.getresponse()
            return self._read(answer.status, answer.read(_MOST))
        except (HTTPException, UnicodeError) as error:
            return self.unready(f"what answers there does not speak HTTP ({type(error).__name__})")
        except OSError as error:
            return self.unready(_plain(error))
        finally:
            connection.close()

    def unready(self, wrong: str, *, status: int | None = None, checks: Mapping[str, str] | None = None) -> Health:
        return Health(url=self.base, ready=False, wrong=wrong, status=status, checks=checks)

    def _connection(self) -> HTTPConnection:
        if self.context is None:
            return HTTPConnection(self.host, self.port, timeout=PATIENCE)
        return HTTPSConnection(self.host, self.port, timeout=PATIENCE, context=self.context)

    def _read(self, status: int, body: bytes) -> Health:
        checks = _checks(body)
        if checks is None:
            return self.unready(f"it answers {status}, but it is no mock-amp", status=status)
        if status == 200:
            return Health(url=self.base, ready=True, status=status, checks=checks)
        wrong = [f"{name}: {each}" for name, each in checks.items() if each != "ok"]
        return self.unready("; ".join(wrong) or f"it answers {status}", status=status, checks=checks)


class Asking:
    """Asks in a thread: what blocks for long, a name that is looked up say, does not make a time-out longer."""

    def __init__(self, question: Question, *, again: bool) -> None:
        self._question = question
        self._again = again
        self._last: Health | None = None
        self._done = Event()
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def result(self, limit: float) -> Health:
        """What was found when it was ready, or last, `limit` real seconds from now at the latest."""
        self._thread.start()
        self._done.wait(min(limit, TIMEOUT_MAX))
        self._over.set()
        return self._last or self._question.unready(f"it does not answer within {limit:g} s")

    def _run(self) -> None:
        while not self._over.is_set():
            self._last = self._question.ask()
            if self._last.ready or not self._again:
                break
            self._over.wait(_PAUSE)
        self._done.set()


def question(base: str, ca_file: str | None) -> Question:
    """The question to the server at `base`. Raises CannotAsk."""
    base = base.rstrip("/")
    scheme, host, port, path = _address(base)
    context = _context(ca_file) if scheme == "https" else None
    return Question(base=base, host=host, port=port, path=f"{path}/readyz", context=context)


def _address(base: str) -> tuple[str, str, int | None, str]:
    try:
        parts = urlsplit(base)
        host, port = parts.hostname, parts.port
        fits = parts.scheme in ("http", "https") and not (parts.query or parts.fragment or parts.username)
    except ValueError:
        fits, host = False, None
    if not fits or not host:
        raise CannotAsk(f"{veiled(base)!r} is not the address of a server, such as http://127.0.0.1:8042")
    return parts.scheme, host, port, parts.path


def _context(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise CannotAsk(f"{ca_file} holds no CA that can be read: {_plain(error)}") from error


def _checks(body: bytes) -> dict[str, str] | None:
    """The checks that an answer names; None when it is none of ours."""
    try:
        said: Any = json.loads(body)
    except ValueError:
        return None
    checks = said.get("checks") if isinstance(said, dict) else None
    if not isinstance(checks, dict) or not checks:
        return None
    return {str(name): str(found) for name, found in checks.items()}


def _plain(error: OSError) -> str:
    """An error in words for a person."""
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message}); name its CA by --ca"
    if isinstance(error, TimeoutError):
        return f"it does not answer within {PATIENCE:g} s"
    if isinstance(error, ssl.SSLError):
        return (error.reason or "TLS fails").replace("_", " ").lower()
    return error.strerror or str(error) or type(error).__name__

"""Servers and receivers as separate processes, spoken to over HTTP with nothing but the standard library."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "00000000-0000-4000-8000-000000000042"
SERVE = (sys.executable, "-m", "mock_amp", "serve")
PATIENCE = 15
"""Seconds for what takes two, on a machine that stands still meanwhile; half of what a callback may take."""


class Served:
    """A running server: its process, what it printed, and where it listens."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.banner = list(_until(process, "to stop"))
        self.url = re.findall(r"(http://\S+)/1/im", "".join(self.banner))[0]

    def call(self, method: str, path: str, body: Any = None, token: str | None = None) -> Any:
        return call(method, self.url + path, body, token)

    def send(self, **document: Any) -> Any:
        return self.call("POST", "/1/im", {"destinations": [{"number": "35699000001"}], **document}, TOKEN)

    def advance(self, **target: Any) -> Any:
        return self.call("POST", "/__admin/clock/advance", target)

    def items(self, path: str) -> list[Any]:
        return list(self.call("GET", f"/__admin/{path}?limit=1000")["items"])

    def stop(self, by: int = signal.SIGTERM) -> tuple[int, str]:
        """Its exit status and what it had logged; fails when it takes more than PATIENCE."""
        self.process.send_signal(by)
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors


def call(method: str, url: str, body: Any = None, token: str | None = None) -> Any:
    """The JSON of an answer; an answer that is not good raises urllib's HTTPError."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Token {token}"} if token else {})
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=30) as answer:
        return json.load(answer)


@contextmanager
def serving(*arguments: str, command: Sequence[str] = SERVE, env: Mapping[str, str] | None = None) -> Iterator[Served]:
    """A server on a free port unless the arguments say another; ended by id if the test did not end it."""
    process = subprocess.Popen(
        [*command, *(arguments or ("--port", "0"))],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        start_new_session=True,
    )
    try:
        yield Served(process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)  # a group of its own: make, and the server that it runs
        process.communicate(timeout=PATIENCE)


@contextmanager
def receiving(*answers: int) -> Iterator[str]:
    """The URL of a receiver that answers each body by these statuses in turn."""
    command = [sys.executable, "-m", "tests.acceptance.receiver", *map(str, answers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield next(_until(process, "http")).strip()
        finally:
            process.kill()


def refused(*arguments: str, env: Mapping[str, str] | None = None) -> tuple[int, list[str]]:
    """The exit status of a command that does not start, and the lines it says on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "mock_amp", *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        cwd=ROOT,
        env={**os.environ, **(env or {})},
        check=False,
    )
    return done.returncode, done.stderr.splitlines()


def free_port() -> str:
    """For a server that has to be told its port: one that the system gives to nobody who does not ask for it, so that
    it is still free when the server comes to it.
    """
    for port in range(20_000 + os.getpid() % 10_000, 32_768):  # from another on for each of the workers
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return str(port)
    raise AssertionError("there are no more ports")


def _until(process: "subprocess.Popen[str]", word: str) -> Iterator[str]:
    """The lines that a process prints up to the one with the word."""
    assert process.stdout is not None
    for line in process.stdout:
        yield line
        if word in line:
            return
    raise AssertionError(f"the process ended with {process.wait()} before it said {word!r}")

"""A peer as a process of its own on the servers' core, asked whether it answers right before anything is measured."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from benchmarks import bodies
from benchmarks.peers.catalogue import Peer
from benchmarks.peers.scratch import LeftOut
from benchmarks.peers.setups import Place
from benchmarks.servers import SERVER_CORE, Served

_PATIENCE: Final = 60.0
_CHECKOUT: Final = Path(__file__).parent.parent.parent
_HEADERS: Final = {"Authorization": f"Token {bodies.TOKEN}", "Content-Type": "application/json"}
_NO_DESTINATIONS: Final = b'{"sms_content": {"message": "Hello"}}'
_REFUSALS: Final = range(400, 500)


@contextmanager
def running(
    peer: Peer, installed: Path, work: Path, answer: Mapping[str, Any], openapi: Mapping[str, Any]
) -> Iterator[Served]:
    """The peer, answering right, as long as the block lasts. Raises LeftOut."""
    work.mkdir(parents=True, exist_ok=True)
    port, spare = _free_ports()
    place = Place(installed=installed, work=work, port=port, spare=spare, answer=answer, openapi=openapi)
    log = work / "output.txt"
    with log.open("wb") as said:
        process = subprocess.Popen(
            peer.set_up(place),
            cwd=work,
            env={**os.environ, "PYTHONPATH": str(_CHECKOUT)},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # its children end with it, and Ctrl-C comes to us alone
            preexec_fn=_pin,
        )
    try:
        _wait_for(process, port, log)
        check(port, echoes=peer.echoes)
        yield Served(port, process)
    finally:
        _end(process)


def check(port: int, *, echoes: bool) -> None:
    """Raises LeftOut unless a send is accepted as ours accepts it and one to nobody is refused."""
    _, _, body = bodies.one(at=7).partition(b"\r\n\r\n")
    status, answered = ask(port, body)
    if status != 200:
        raise LeftOut(f"it answered a good send with {status}: {answered[:120]!r}")
    try:
        document = json.loads(answered)
        [(number, result)] = document["results"].items()
        right = document["result_info"]["status_code"] == 200 and bool(document["api_job_id"] and result["message_id"])
        wanted = json.loads(body)["destinations"][0]
        if echoes:
            right = right and (number, result["custom_id"]) == (wanted["number"], wanted["custom_id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        right = False
    if not right:
        raise LeftOut(f"it answered a good send with {answered[:300].decode(errors='replace')}")
    status, _ = ask(port, _NO_DESTINATIONS)
    if status not in _REFUSALS:
        raise LeftOut(f"it answered a send to nobody with {status}")


def ask(port: int, body: bytes) -> tuple[int, bytes]:
    """Status and body of the answer to one send."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("POST", "/1/im", body, _HEADERS)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise LeftOut(f"it did not answer: {error}") from error
    finally:
        connection.close()


def _wait_for(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise LeftOut(f"it ended with {process.returncode} before it listened: {_last_line(log)}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise LeftOut(f"it did not listen within {_PATIENCE:g} s: {_last_line(log)}")


def _last_line(log: Path) -> str:
    said = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return said[-1][:200] if said else "it said nothing"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ends the process and what it has started: they are a group that bears its id."""
    for ending, seconds in ((signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        try:
            os.killpg(process.pid, ending)
        except ProcessLookupError:
            break
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
        break
    process.poll()


def _free_ports() -> tuple[int, int]:
    """Two ports that nobody listens on now."""
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def _pin() -> None:
    if SERVER_CORE:
        os.sched_setaffinity(0, SERVER_CORE)

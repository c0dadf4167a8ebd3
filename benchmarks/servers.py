"""Servers in processes of their own on a core of their own; the load keeps to the other one."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PATIENCE: Final = 30.0
_TICK: Final = 1 / os.sysconf("SC_CLK_TCK")

_TIGHT: Final = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
SERVER_CORE: Final = set(_TIGHT[:1])
LOAD_CORE: Final = set(_TIGHT[1:2]) or SERVER_CORE


@dataclass(frozen=True, slots=True)
class Served:
    """A server that listens."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def resident(self) -> int:
        """Bytes of memory that the process holds at this moment (RSS)."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def seconds_of_cpu(self) -> float:
        """What the process has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * _TICK


def pin_load() -> None:
    """Keeps this process, which makes the load, off the servers' core."""
    if LOAD_CORE:
        os.sched_setaffinity(0, LOAD_CORE)


def pin_server() -> None:
    """Keeps this process, which is measured, on the servers' core."""
    if SERVER_CORE:
        os.sched_setaffinity(0, SERVER_CORE)


def quiet(*servers: Served, still: float = 0.3, within: float = 20.0) -> bool:
    """Waits until none of the servers has used its core for `still` seconds; whether that came about `within` so many.

    They share a core: what one of them still does would be counted against the next.
    """
    until = time.monotonic() + within
    while time.monotonic() < until:
        before = [each.seconds_of_cpu() for each in servers]
        time.sleep(still)
        used = [each.seconds_of_cpu() - was for each, was in zip(servers, before, strict=True)]
        if max(used) <= _TICK * 1.5:
            return True
    return False


@contextmanager
def served(arguments: Sequence[str], log: Path | None = None) -> Iterator[Served]:
    """A server whose command takes `--port-file`, as long as the block lasts; what it logs can go into a file."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        port_file = Path(folder) / "port"
        process = subprocess.Popen(
            [sys.executable, *arguments, "--port-file", str(port_file)],
            stdout=subprocess.DEVNULL,
            stderr=stack.enter_context(log.open("wb")) if log else None,
            preexec_fn=pin_server,
            cwd=Path(__file__).parent.parent,
        )
        try:
            yield Served(_port(process, port_file), process)
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def floor(answers: Path) -> list[str]:
    return ["-m", "benchmarks.floor", "--answers", str(answers)]


def mock_amp(*flags: str) -> list[str]:
    """The normal server; its log says nothing below a warning, as the floor's says nothing."""
    return ["-m", "mock_amp", "serve", "--port", "0", "--log-level", "warning", *flags]


def _port(process: "subprocess.Popen[bytes]", port_file: Path) -> int:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        if port_file.exists() and (text := port_file.read_text().strip()):
            return int(text)
        if process.poll() is not None:
            raise RuntimeError(f"a server ended with {process.returncode} before it listened")
        time.sleep(0.002)
    raise RuntimeError(f"a server did not listen within {_PATIENCE:g} s")

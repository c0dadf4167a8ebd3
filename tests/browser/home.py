"""A server in a process of its own that a test may stop and start again, at the same address with the same data."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).resolve().parents[2]
_PATIENCE: Final = 10
"""Seconds in which a server ends."""


class Home:
    """`mock-amp serve` on a free port, which it keeps when it starts again; its log is in the folder.

    `arguments` are those of `serve`. Data outlive a stop only in a store that does: `--store sqlite:///…`.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder, self._arguments = folder, arguments
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    async def start(self) -> None:
        """Starts it; returns when it listens. In a thread, so that the browser is listened to meanwhile."""
        await asyncio.to_thread(self._start)

    async def stop(self) -> None:
        """Ends it as it should end."""
        if self._process is not None:
            self._process.terminate()
        await asyncio.to_thread(self._wait)

    async def kill(self) -> None:
        """Ends it as a crash would."""
        if self._process is not None:
            self._process.kill()
        await asyncio.to_thread(self._wait)

    def _start(self) -> None:
        told = self._folder / "port"
        command = [sys.executable, "-m", "mock_amp", "serve", "--port", str(self.port), "--port-file", str(told)]
        with (self._folder / "log").open("ab") as log:  # a pipe that nobody reads would have it wait
            self._process = subprocess.Popen(
                [*command, *self._arguments], stdout=subprocess.PIPE, stderr=log, cwd=ROOT, env=_surroundings()
            )
        assert self._process.stdout is not None
        if not _says(self._process.stdout, b"to stop"):
            raise AssertionError(f"the server ended with {self._wait()}: {self.log}")
        self.port = int(told.read_text(encoding="ascii"))

    def _wait(self) -> int:
        """Its exit status; a server that does not end is killed, and is a failure."""
        process, self._process = self._process, None
        if process is None:
            return 0
        try:
            return process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        finally:
            if process.stdout is not None:
                process.stdout.close()


def _says(output: IO[bytes], word: bytes) -> bool:
    return any(word in line for line in output)


def _surroundings() -> dict[str, str]:
    """Ours, without settings that are meant for another server."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MOCK_AMP_")}

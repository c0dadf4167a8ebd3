"""Cold start: from the start of a process to its first good answer, and what `mock-amp --help` takes.

Files are in the cache of the system, and modules are compiled as an installation compiles them: what is measured is the
process, not the disk.
"""

import compileall
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import bodies
from benchmarks.load import ask
from benchmarks.model import Row, against, alone
from benchmarks.sends import write_answers
from benchmarks.servers import floor, mock_amp, served

_CHECKOUT = Path(__file__).parent.parent


async def measure(rounds: int) -> list[Row]:
    """Both servers in turn, then the help; what the first of each took is not counted, since it warms the caches."""
    for package in ("mock_amp", "benchmarks"):  # not everybody's Python writes what it has compiled
        compileall.compile_dir(_CHECKOUT / package, quiet=2)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        await write_answers(folder, 1)
        mine, theirs = [], []
        for _ in range(rounds + 1):
            theirs.append(await _first_answer(floor(folder)))
            mine.append(await _first_answer(mock_amp()))
    note = "from the start of the process to the answer to GET /livez"
    return [
        against("cold start to first answer", "ms", mine[1:], theirs[1:], "at most", 2.0, 1.5, note),
        *(
            alone(f"{name} --help", "ms", [_help(command) for _ in range(rounds + 1)][1:], "at most", 250)
            for name, command in _commands()
        ),
    ]


async def _first_answer(arguments: Sequence[str]) -> float:
    """Milliseconds from the start of a server's process to its first good answer."""
    began = time.perf_counter()
    with served(arguments) as server:
        await ask(server.port, bodies.get("/livez"))
        return (time.perf_counter() - began) * 1_000


def _commands() -> list[tuple[str, list[str]]]:
    """The command line as a module, and as the script that the installation made where there is one."""
    script = shutil.which("mock-amp", path=Path(sys.executable).parent)
    return [("python -m mock_amp", [sys.executable, "-m", "mock_amp"]), *([("mock-amp", [script])] if script else [])]


def _help(command: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run([*command, "--help"], check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * 1_000

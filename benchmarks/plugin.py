"""What the pytest plugin costs a suite that uses nothing of it: the collection of one test with it, and without.

Each round takes both right after each other, in turns as to which is first. Other plugins are left out: what they take
differs by more than what is looked for.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.model import Row, alone

_TEST: Final = "def test_something_else():\n    assert True\n"
_COLLECT: Final = (sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")
_ALONE: Final = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


async def measure(rounds: int) -> list[Row]:
    """What the first of each took is not counted, since it warms the caches."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "test_it.py").write_text(_TEST, encoding="utf-8")
        added = [_added(folder, first=bool(at % 2)) for at in range(rounds + 1)]
    note = "pytest --collect-only of one test with the plugin, less the same without it"
    return [alone("pytest plugin when unused, collection", "ms", added[1:], "at most", 20, note=note)]


def _added(folder: Path, *, first: bool) -> float:
    """Milliseconds that the collection takes longer with the plugin, which is taken first or last."""
    took = {plugin: _collection(folder, plugin) for plugin in sorted(("mock_amp", "no:mock_amp"), reverse=not first)}
    return took["mock_amp"] - took["no:mock_amp"]


def _collection(folder: Path, plugin: str) -> float:
    began = time.perf_counter()
    done = subprocess.run([*_COLLECT, "-p", plugin], cwd=folder, env=_ALONE, capture_output=True, text=True, check=True)
    took = (time.perf_counter() - began) * 1_000
    if "1 test collected" not in done.stdout:
        raise AssertionError(f"pytest collected something else: {done.stdout}")
    return took

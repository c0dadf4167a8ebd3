"""The soaks work: each for some seconds. No figure is looked at, so no time and no machine fails this."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.report import ROOT
from benchmarks.soak.__main__ import DOCS, markdown
from benchmarks.soak.part import Part

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="memory, descriptors and sockets are read from /proc")
HUNG = 300
"""Seconds: nothing to do with speed, a harness that hangs is broken too."""
SOAK = (sys.executable, "-m", "benchmarks.soak")


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*SOAK, *arguments], capture_output=True, text=True, cwd=ROOT, timeout=HUNG, check=False)


@LINUX
def test_the_soaks_are_taken_and_told(tmp_path: Path) -> None:
    done = run("--smoke", "--json", str(tmp_path / "soak.json"))

    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "soak.json").read_text(encoding="utf-8"))
    parts = {name: Part.of(entry) for name, entry in found.items()}
    assert list(parts) == ["level", "accounts", "faults"]
    for part in parts.values():
        assert part.end.done > 0
        assert part.end.rss > 0
        assert part.title[1:] in done.stdout
        for verdict in part.verdicts:
            assert verdict.words in " ".join(markdown(found).split())
    assert parts["faults"].end.file > 0


@LINUX
def test_a_soak_that_is_interrupted_ends_its_server(tmp_path: Path) -> None:
    """SIGINT, as by Ctrl-C."""
    command = [*SOAK, "--minutes", "10", "--faults", "--json", str(tmp_path / "soak.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as soak:
        assert soak.stdout is not None
        rows = 0
        while rows < 2:  # the head, and the first sample: the server is there
            rows += len(next(soak.stdout).split()) > 5
        servers = [
            int(each)
            for task in Path(f"/proc/{soak.pid}/task").iterdir()
            for each in (task / "children").read_text(encoding="utf-8").split()
        ]
        soak.send_signal(signal.SIGINT)
        soak.communicate(timeout=60)

    assert len(servers) == 1
    assert not any(Path(f"/proc/{each}").exists() for each in servers)
    assert soak.returncode != 0
    assert not (tmp_path / "soak.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Say what to soak it in"),
        (("--faults",), "--faults goes with --minutes"),
        (("--smoke", "--messages", "1000"), "--smoke has sizes of its own"),
    ],
)
def test_a_soak_of_nothing_is_refused(arguments: tuple[str, ...], words: str) -> None:
    done = run(*arguments)

    assert done.returncode == 2
    assert words in done.stderr


def test_the_tables_of_the_page_are_those_of_the_file() -> None:
    file = DOCS / "soak.json"
    if file.exists():
        told = markdown(json.loads(file.read_text(encoding="utf-8")))
        assert told in (DOCS / "benchmarks.md").read_text(encoding="utf-8")

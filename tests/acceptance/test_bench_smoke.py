"""The harness of the benchmarks works: every measure at a tiny size. No figure is looked at, so no time fails this."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from benchmarks import tables
from benchmarks.measures import MEASURES
from benchmarks.report import loads
from tests.acceptance.processes import ROOT
from tests.acceptance.runtimes import needs

LINUX = pytest.mark.skipif(
    sys.platform != "linux",
    reason="servers and load are kept apart by sched_setaffinity, and memory is read from /proc",
)
HUNG = 540
"""Seconds: nothing to do with speed, a harness that hangs is broken too."""

BROKEN = """
from benchmarks import __main__ as harness, measures
from benchmarks.model import alone

async def good(): return [alone("a good one", "s", [1.0], "at most", 2)]
async def bad(): raise OSError("no such luck")
async def slow(): return [alone("a slow one", "s", [9.0], "at most", 2)]

measures.MEASURES = tuple(
    measures.Measure(name=each.__name__, run=each, full={}, smoke={}) for each in (CHOSEN)
)
harness.main()
"""


def run(*command: str, **env: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=HUNG, check=False, env={**os.environ, **env}
    )


def with_measures(chosen: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The harness with measures of the test's own."""
    return run(sys.executable, "-c", BROKEN.replace("CHOSEN", chosen), *arguments)


@LINUX
def test_make_bench_smoke_takes_every_measure_and_tells_it(tmp_path: Path) -> None:
    done = run("make", "--no-print-directory", "bench-smoke", f"ARGS=--out {tmp_path}")

    assert done.returncode == 0, done.stdout + done.stderr
    report = loads((tmp_path / "benchmarks.json").read_text(encoding="utf-8"))
    assert {line.measure for line in report.lines} == {measure.name for measure in MEASURES}
    for line in report.lines:
        assert line.row.name in done.stdout
    assert ElementTree.parse(tmp_path / "benchmarks.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 — our own


@LINUX
def test_a_broken_measure_fails_the_run_after_the_others(tmp_path: Path) -> None:
    done = with_measures("bad, good", "--out", str(tmp_path))

    assert done.returncode == 1
    assert "a good one" in done.stdout
    assert "The measure bad is broken: OSError: no such luck" in done.stdout
    written = json.loads((tmp_path / "benchmarks.json").read_text(encoding="utf-8"))
    assert written["failed"] == {"bad": "OSError: no such luck"}
    assert [row["name"] for row in written["rows"]] == ["a good one"]


@LINUX
def test_a_missed_target_is_told_and_fails_nothing(tmp_path: Path) -> None:
    done = with_measures("slow,", "--out", str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert "MISSED" in done.stdout
    assert "1 of 1 targets are missed." in done.stdout
    assert json.loads((tmp_path / "benchmarks.json").read_text(encoding="utf-8"))["rows"][0]["met"] is False


@LINUX
def test_what_is_broken_is_not_written_into_the_docs() -> None:
    before = (ROOT / "docs" / "benchmarks.json").read_bytes()

    done = with_measures("bad, good", "--write-docs")

    assert done.returncode == 1
    assert (ROOT / "docs" / "benchmarks.json").read_bytes() == before


def test_the_docs_tell_of_whole_runs_only() -> None:
    done = run(sys.executable, "-m", "benchmarks", "--write-docs", "--only", "sends")

    assert (done.returncode, "goes with no other option" in done.stderr) == (2, True)


def test_a_measure_that_does_not_exist_is_refused_with_those_that_do() -> None:
    done = run(sys.executable, "-m", "benchmarks", "--only", "sense")

    assert done.returncode == 2
    assert "There is no measure sense. There are: sends, " in done.stderr


def test_make_bench_and_make_bench_peers_run_their_programs() -> None:
    """Whole they take too long for a test; what they run is tried above."""
    for target, program in (
        ("bench", "benchmarks"),
        ("bench-peers", "benchmarks.peers"),
        ("bench-page", "benchmarks.page"),
    ):
        done = run("make", "--no-print-directory", target, "ARGS=--help")

        assert done.returncode == 0, done.stderr
        assert f"python -m {program} " in done.stdout


def test_the_page_is_watched_by_the_tracing_of_the_browser(tmp_path: Path) -> None:
    needs("chromium")
    out = tmp_path / "page.json"
    small = ("--messages", "20", "--rate", "50", "--seconds", "0.5", "--view", "messages, scrolled", "--json", str(out))
    done = run(sys.executable, "-m", "benchmarks.page", *small)

    assert done.returncode == 0, done.stderr
    (found,) = json.loads(out.read_text(encoding="utf-8"))
    assert found["view"] == "messages, scrolled"
    assert found["events_per_second"] > 0
    assert found["longest_task"] > 0
    assert found["frames"] > 0


def test_the_tables_of_the_pages_are_those_of_the_report() -> None:
    report = loads((ROOT / "docs" / "benchmarks.json").read_text(encoding="utf-8"))

    assert report.failed == {}
    for page, main_only in ((ROOT / "README.md", True), (ROOT / "docs" / "benchmarks.md", False)):
        assert tables.as_markdown(report, main_only=main_only) in page.read_text(encoding="utf-8")


def test_the_guide_names_every_measure() -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")

    for measure in MEASURES:
        assert f"| `{measure.name}` |" in page

"""Every code block of README and docs is run, or read where it is data; the tables say what the program says."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from mock_amp.rehearsal import check
from mock_amp.settings import TABLE
from mock_amp.web.admin import ROUTES
from tests.acceptance.processes import ROOT, Served, serving

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCKS = [(page, kind, text) for page in PAGES for kind, text in BLOCK.findall(page.read_text(encoding="utf-8"))]
COMMANDS = {"make serve", "make test", "mock-amp serve --port 8042"}
BENCHMARKS = {"make bench", "make bench-smoke", "make bench-peers", "make soak"}


def _blocks(*kinds: str) -> list[object]:
    found = [(page, kind, text) for page, kind, text in BLOCKS if kind in kinds]
    return [pytest.param(kind, text, id=f"{page.stem}-{at}") for at, (page, kind, text) in enumerate(found)]


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serving() as it:
        yield it


@pytest.mark.parametrize(("kind", "text"), _blocks("sh", "python"))
def test_a_code_block_runs_as_it_stands(server: Served, kind: str, text: str) -> None:
    """Against a server on another port than the one it names."""
    command = ["bash", "-euo", "pipefail", "-c"] if kind == "sh" else [sys.executable, "-c"]

    done = subprocess.run(
        [*command, text.replace("http://127.0.0.1:8042", server.url)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=30,
        check=False,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )

    assert done.returncode == 0, done.stderr
    assert '"title":"Bad request"' not in done.stdout


@pytest.mark.parametrize(("kind", "text"), _blocks("json", "yaml"))
def test_a_block_of_data_can_be_read(kind: str, text: str) -> None:
    read = json.loads(text) if kind == "json" else yaml.safe_load(text)

    assert isinstance(read, dict)


@pytest.mark.parametrize("text", [text for page, kind, text in BLOCKS if page.stem == "scenarios" and kind == "yaml"])
def test_every_scenario_of_the_guide_can_be_played(text: str, tmp_path: Path) -> None:
    file = tmp_path / "guide.yaml"
    file.write_text(text, encoding="utf-8")

    assert check(str(file)) == []


def test_the_guide_names_every_key_of_the_language() -> None:
    page = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
    schema = json.loads((ROOT / "schemas" / "scenario.json").read_text(encoding="utf-8"))

    assert [key for key in _keys(schema) if key not in page] == []


def _keys(schema: object) -> Iterator[str]:
    """Every property that a schema names, wherever it does."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            yield from schema["properties"]
        for value in schema.values():
            yield from _keys(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _keys(value)


def test_commands_that_run_for_ever_or_run_this_are_known() -> None:
    """`make serve` and `mock-amp serve` are tried by test_install, those of BENCHMARKS by test_bench_smoke, as far as
    a test has time for; `make test` is what runs this."""
    told = {line.removeprefix("$ ") for _, kind, text in BLOCKS if kind == "console" for line in text.splitlines()}

    assert told == COMMANDS | BENCHMARKS
    assert {kind for _, kind, _ in BLOCKS} <= {"sh", "python", "json", "yaml", "console", "text"}


def test_every_setting_is_documented_with_its_help() -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")

    for setting in TABLE:
        assert f"| `{setting.name}` |" in page
        if setting.kind != "choice":
            assert setting.help in page


def test_every_call_of_the_control_plane_is_documented() -> None:
    page = Path(ROOT / "docs" / "control-plane.md").read_text(encoding="utf-8")

    for route in ROUTES:
        assert f"| `{route.method} {route.paths[0]}` |" in page


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(((?!http)[^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), (page, target)

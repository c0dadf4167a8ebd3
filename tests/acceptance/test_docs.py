"""Every code block of README and docs is run, or read where it is data; the tables say what the program says."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeGuard
from xml.etree import ElementTree

import pytest
import yaml

from mock_amp.bootstrap import ledger
from mock_amp.rehearsal import check
from mock_amp.settings import TABLE
from mock_amp.web.admin import ROUTES
from tests.acceptance.pages import PAGES, blocks
from tests.acceptance.processes import ROOT, Served, serving

BLOCKS: Final = blocks()
TESTS: Final = {each.name: each for each in BLOCKS if each.is_tests}
COMMANDS: Final = {"make serve", "make test", "pip install /path/to/mock-amp"} | {
    "mock-amp serve",
    "mock-amp serve --port 8042",
}
EXAMPLE: Final = "python -m pytest examples/python"
WORKERS: Final = {"pytest -n auto", "pytest -n auto --mock-amp-url http://127.0.0.1:8042"}
BENCHMARKS: Final = {"make bench", "make bench-smoke", "make bench-peers", "make bench-page", "make soak"}
(SETTINGS_OF_PYTEST,) = (each.text for each in BLOCKS if each.kind == "ini")
"""With which the tests in blocks are run."""

RUN_ELSEWHERE: Final = {
    "java": "test_recipes.py",
    "javascript": "test_recipes.py and test_unmodified.py",
    "shell": "test_unmodified.py",
}
"""Kinds of blocks that have tests of their own."""


def _blocks(*kinds: str) -> list[object]:
    """Those that have to be run or read one by one."""
    return [
        pytest.param(each.kind, each.text, id=each.name) for each in BLOCKS if each.kind in kinds and not each.is_tests
    ]


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
        timeout=120,
        check=False,
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            **({"MOCK_AMP_URL": server.url} if kind == "sh" else {}),
        },
    )

    assert done.returncode == 0, done.stderr
    assert '"title":"Bad request"' not in done.stdout


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, str]]:
    """What became of the tests in blocks: block -> test -> what went wrong, or nothing.

    All are run at once by a pytest that has no plugins but ours and one for asynchronous tests, as files beside the
    example in Python, whose application some of them test.
    """
    folder = tmp_path_factory.mktemp("blocks") / "tests"
    shutil.copytree(ROOT / "examples" / "python", folder, ignore=shutil.ignore_patterns("test_*", "__pycache__", ".*"))
    for name, block in TESTS.items():
        (folder / f"test_{name}.py").write_text(block.text, encoding="utf-8")
    (folder / "pytest.ini").write_text(f"{SETTINGS_OF_PYTEST}\nfilterwarnings = error\n", encoding="utf-8")
    plugins = ["-p", "mock_amp.pytest_plugin", "-p", "pytest_asyncio.plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *plugins, "--junitxml", "report.xml"],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        check=False,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
    )
    assert (folder / "report.xml").exists(), done.stdout + done.stderr
    found: dict[str, dict[str, str]] = {}
    for case in ElementTree.parse(folder / "report.xml").iter("testcase"):  # noqa: S314 - it is our own
        file, wrong = case.get("classname", "").partition(".")[0] or case.get("name", ""), "".join(case.itertext())
        found.setdefault(file.removeprefix("test_"), {})[case.get("name", "")] = wrong
    return found


@pytest.mark.parametrize("name", TESTS)
def test_a_block_of_tests_passes(name: str, outcomes: Mapping[str, Mapping[str, str]]) -> None:
    tests = [each.name for each in ast.walk(ast.parse(TESTS[name].text)) if _is_test(each)]

    told = outcomes.get(name, {})

    assert {each: wrong for each, wrong in told.items() if wrong} == {}
    assert {each.partition("[")[0] for each in told} == {*tests}


def test_the_three_tests_of_the_readme_have_ten_lines_at_most() -> None:
    """Retries, fallback, replies: of the application in examples/python, without a wait."""
    (block,) = [each for name, each in TESTS.items() if name.startswith("readme_") and "cafe" in each.text]
    lengths = [len(each.splitlines()) for each in block.text.strip().split("\n\n\n") if each.startswith("def test_")]

    assert len(lengths) == 3
    assert max(lengths) <= 10


def test_the_example_is_tested_in_the_checkout_with_nothing_but_pytest_and_ours() -> None:
    """By the line of the README: the settings of the checkout's own tests, and the plugins that they ask for, are not
    those of the example.
    """
    done = subprocess.run(
        [sys.executable, *EXAMPLE.split()[1:], "-q", "-p", "mock_amp.pytest_plugin", "-p", "no:cacheprovider"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "", "PYTHONDONTWRITEBYTECODE": "1"},
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed in " in done.stdout


def _is_test(node: ast.AST) -> TypeGuard[ast.FunctionDef | ast.AsyncFunctionDef]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")


@pytest.mark.parametrize(("kind", "text"), _blocks("json", "yaml"))
def test_a_block_of_data_can_be_read(kind: str, text: str) -> None:
    read = json.loads(text) if kind == "json" else yaml.safe_load(text)

    assert isinstance(read, dict)


@pytest.mark.parametrize(
    "text", [each.text for each in BLOCKS if each.page.stem == "scenarios" and each.kind == "yaml"]
)
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
    """`make serve`, `mock-amp serve` and `pip install` are tried by test_install, those of BENCHMARKS by
    test_bench_smoke, as far as a test has time for, and those of WORKERS by test_pytest_plugin; `make test` is what
    runs this.
    """
    told = {line.removeprefix("$ ") for each in BLOCKS if each.kind == "console" for line in each.text.splitlines()}

    assert told == COMMANDS | BENCHMARKS | WORKERS | {EXAMPLE}


def test_no_block_escapes() -> None:
    """One that is indented, or of a kind that nobody runs or reads, would."""
    kinds = {"sh", "python", "json", "yaml", "console", "text", "ini", *RUN_ELSEWHERE}
    fences = [line for page in PAGES for line in page.read_text(encoding="utf-8").splitlines() if "```" in line]

    assert {each.kind for each in BLOCKS} <= kinds
    assert [line for line in fences if not line.startswith("```")] == []


def test_the_page_on_fidelity_counts_the_rules_as_they_are() -> None:
    page = (ROOT / "docs" / "fidelity.md").read_text(encoding="utf-8")
    rules = [rule for rule, _ in ledger()]
    how_many = Counter(rule.standing for rule in rules)

    told = [
        int(each) for each in re.findall(r"of (\d+) rules (\d+) are .* (\d+) are .*\s+and (\d+) are chosen", page)[0]
    ]

    assert told == [len(rules), how_many["known"], how_many["known, partly chosen"], how_many["chosen"]]
    assert {*re.findall(r"\b[A-Z]-\d+\b", page)} <= {rule.id for rule in rules}


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

"""The applications in examples/: their tests, as their pages say to run them, and their receivers on trial."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from tests.acceptance.processes import ROOT, Served, free_port, serving
from tests.acceptance.runtimes import needs, there

NEEDS = {"python": (), "node": ("node",), "php": ("php", "php-curl", "phpunit")}
PASSED = {"python": r"=+ (\d+) passed in", "node": r"^\S+ pass (\d+)$", "php": r"^OK \((\d+) tests,"}
TESTS = 15
Process: TypeAlias = "subprocess.Popen[str]"
BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serving() as it:
        yield it


@pytest.fixture
def folder(language: str, tmp_path: Path) -> Path:
    """A copy of the example, where its runtimes are there."""
    for runtime in NEEDS[language]:
        needs(runtime)
    return copied(language, tmp_path)


@pytest.mark.parametrize("language", NEEDS)
def test_the_tests_of_an_example_pass_against_a_server_that_runs(folder: Path, language: str, server: Served) -> None:
    """And leave no account behind."""
    printed, status = outcome_of(block(language, "Test it"), folder, MOCK_AMP_URL=server.url)

    assert status == 0, printed
    assert re.findall(PASSED[language], printed, re.MULTILINE) == [str(TESTS)], printed
    assert [each["id"] for each in server.call("GET", "/__admin/accounts")["items"]] == ["default"]


@pytest.mark.parametrize("language", NEEDS)
def test_without_one_they_start_a_server_by_themselves(folder: Path, language: str) -> None:
    printed, status = outcome_of(block(language, "Test it"), folder)

    assert status == 0, printed
    assert re.findall(PASSED[language], printed, re.MULTILINE) == [str(TESTS)], printed


@pytest.mark.parametrize("language", ["node", "php"])
def test_where_there_is_none_to_start_they_say_what_to_do(folder: Path, language: str, tmp_path: Path) -> None:
    only = tmp_path / "bin"
    only.mkdir()
    for command in {needs(each) for each in NEEDS[language]}:
        (only / Path(command).name).symlink_to(command)

    printed, status = outcome_of(block(language, "Test it"), folder, PATH=str(only))

    assert status != 0
    assert re.search(r"mock-amp .*: install it, or set MOCK_AMP_URL to one that runs", printed), printed


@dataclass(frozen=True)
class Trial:
    """What was said to a reminder that was posted, and of the receiver."""

    sent: str
    certified: str
    status: int


@pytest.fixture(scope="module")
def trials(server: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Trial]:
    """All that can be run here at the same time, as each of them is kept waiting by a slow body for two seconds."""
    with ExitStack() as running:
        able = [each for each in NEEDS if all(map(there, (*NEEDS[each], "curl")))]
        return {
            language: Trial(sent, *outcome(certifying))
            for language, sent, certifying in [
                (each, *running.enter_context(trial(each, tmp_path_factory.mktemp(each), server))) for each in able
            ]
        }


@pytest.mark.parametrize("language", NEEDS)
def test_the_receiver_of_an_example_is_certified(language: str, trials: dict[str, Trial]) -> None:
    """With the lines of its page: it runs, sends, and has every check passed."""
    for runtime in (*NEEDS[language], "curl"):
        needs(runtime)

    trial = trials[language]

    assert '"message_id"' in trial.sent
    assert (trial.status, re.findall(r"^http://\S+: (.*)$", trial.certified, re.M)) == (0, ["15 passed"]), (
        trial.certified
    )


@pytest.mark.parametrize("page", [*NEEDS, "."])
def test_what_a_page_names_is_there(page: str) -> None:
    here = ROOT / "examples" / page
    text = (here / "README.md").read_text(encoding="utf-8")
    named = [*re.findall(r"`([\w/.-]+\.(?:py|js|php))`", text), *re.findall(r"\]\((\w+)\)", text)]

    assert named
    assert [each for each in named if not list(here.glob(f"**/{each}"))] == []


def block(language: str, heading: str) -> str:
    (found,) = blocks(language, heading)
    return found


def blocks(language: str, *headings: str) -> list[str]:
    """The commands of a page under these headings, in their order."""
    page = (ROOT / "examples" / language / "README.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## ([^\n]*)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    return [each for heading in headings for each in re.findall(r"^```sh\n(.*?)^```$", sections[heading], re.M | re.S)]


@contextmanager
def trial(language: str, folder: Path, server: Served) -> Iterator[tuple[str, Process]]:
    """The application by the lines of its page, on another port: what it said to a send, and the trial under way."""
    start, send, certify = blocks(language, "Run it", "Certify it")
    copy = copied(language, folder)
    port = free_port()
    with begun(start.replace("8080", port).replace("http://127.0.0.1:8042", server.url), copy) as process:
        assert process.stdout is not None
        assert any(port in line for line in process.stdout), f"it ended with {process.wait()}"  # all of them say it
        sent, _ = outcome_of(send.replace("8080", port), copy)
        with begun(f"{certify.replace('8080', port).rstrip()} --timeout 30s", copy) as certifying:  # machines are busy
            yield sent, certifying


def copied(language: str, folder: Path) -> Path:
    """An example, so that nothing is written into the checkout."""
    rubbish = shutil.ignore_patterns(
        ".*", "__pycache__", "node_modules", "vendor", "data", "reminders.db", "*.json.new"
    )
    copy = Path(shutil.copytree(ROOT / "examples" / language, folder / language, ignore=rubbish))
    if language == "php" and there("phpunit"):  # what Composer would have brought
        (copy / "vendor" / "bin").mkdir(parents=True)
        (copy / "vendor" / "bin" / "phpunit").symlink_to(needs("phpunit"))
    return copy


def outcome_of(commands: str, folder: Path, **variables: str) -> tuple[str, int]:
    with begun(commands, folder, **variables) as process:
        return outcome(process)


def outcome(process: Process) -> tuple[str, int]:
    """What was printed, and the exit status."""
    printed, _ = process.communicate(timeout=60)
    return printed, process.returncode


@contextmanager
def begun(commands: str, folder: Path, **variables: str) -> Iterator[Process]:
    """Commands in a shell that has no more than a new terminal has; ended with the block if they have not by then."""
    usual = {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8"}
    ours_alone = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "mock_amp.pytest_plugin"}
    process = subprocess.Popen(
        [shutil.which("bash") or "/bin/sh", "-euc", commands],
        cwd=folder,
        env={**usual, **ours_alone, "PYTHONUNBUFFERED": "1", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)  # a group of its own: the shell, and what it runs
            process.communicate(timeout=10)

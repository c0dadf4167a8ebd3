"""As a newcomer installs it: `make serve` in the checkout, the wheel in a clean environment, the sdist unpacked."""

import os
import re
import subprocess
import sys
import tarfile
import urllib.request
import zipfile
from collections.abc import Mapping, Sequence
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance.conftest import hatchling
from tests.acceptance.processes import ROOT, refused, serving

LOCK: Final = str(ROOT / "requirements.lock")
USES: Final = """
from mock_amp.client import Client
from mock_amp.testing import MockAmp

def delivered(client: Client) -> bool:
    return client.account().message("1").status == 7
"""


@pytest.fixture(scope="module")
def clean(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheel, pytest, and nothing else."""
    venv = tmp_path_factory.mktemp("clean") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True, env=bare())
    pip = [sys.executable, "-m", "pip", "--python", str(venv / "bin" / "python"), "install", "--quiet"]
    subprocess.run([*pip, "-c", LOCK, str(wheel), "pytest"], check=True, timeout=300, env=bare())
    return venv / "bin"


def test_make_serve_runs_the_server() -> None:
    with serving("ARGS=--port 0", command=("make", "--no-print-directory", "serve")) as server:
        answer = server.send(sms_content={"message": "Hi"})

        assert answer["result_info"]["status_code"] == 200


def test_the_wheel_works_in_a_clean_environment(clean: Path) -> None:
    """D17: it carries schemas and scenarios inside."""
    command = (str(clean / "mock-amp"), "serve")
    with serving("--port", "0", "--clock", "frozen", command=command, env=bare()) as server:
        server.send(
            im_content=[{"channel": "VIBER", "content": "Hi"}],
            sms_content={"message": "Hi"},
            destinations=[{"number": "99900000003"}],
        )
        server.advance(until="idle")

        (message,) = server.items("messages")
        assert (message["type"], message["status"]) == ("SMS", "DELIVRD")


def test_the_page_is_served_from_the_wheel(clean: Path) -> None:
    """To the byte as it is in the checkout."""
    index = ROOT / "mock_amp" / "web" / "static" / "index.html"
    with (
        serving("--port", "0", command=(str(clean / "mock-amp"), "serve"), env=bare()) as server,
        urllib.request.urlopen(f"{server.url}/__admin/ui/", timeout=20) as answer,
    ):
        assert answer.read() == index.read_bytes()


def test_the_fixtures_are_there_with_the_package_and_no_other_plugin(clean: Path, tmp_path: Path) -> None:
    test = "def test_nothing_was_sent(amp):\n    assert amp.url.startswith('http')\n    assert list(amp.sent) == []\n"
    (tmp_path / "test_it.py").write_text(test, encoding="utf-8")

    done = run([str(clean / "python"), "-m", "pytest", "-q", "-W", "error"], tmp_path)

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout


def test_a_checker_of_types_sees_those_of_the_package(clean: Path, tmp_path: Path) -> None:
    (tmp_path / "uses.py").write_text(USES, encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(clean / "python"), "--cache-dir"]

    done = run([*mypy, str(tmp_path / "cache"), "uses.py"], tmp_path)

    (fault, count) = done.stdout.splitlines()
    assert re.search(r'uses.py:6: error: Non-overlapping .*"str".*\[7\]', fault)
    assert count.startswith("Found 1 error in 1 file")


def test_pipx_run_style_it_runs_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    """By uv, which `pipx run` is like."""
    tool = [str(Path(sys.executable).with_name("uv")), "tool", "run", "--python", sys.executable, "--constraints", LOCK]
    env = {**bare(), "UV_TOOL_DIR": str(tmp_path / "tools")}

    done = run([*tool, "--from", str(wheel), "mock-amp", "scenario", "list"], tmp_path, env)

    if done.returncode and re.search(
        r"Failed to fetch|Could not connect|error sending request|not found in the", done.stderr
    ):
        pytest.skip("uv reaches no index, and has not all packages in its cache")
    assert done.returncode == 0, done.stderr
    assert "magic-numbers" in done.stdout


def test_the_wheel_holds_what_it_needs_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    code = {f"mock_amp/{each.relative_to(ROOT / 'mock_amp').as_posix()}" for each in files(ROOT / "mock_amp")}
    data = {
        f"mock_amp/{each.relative_to(ROOT).as_posix()}"
        for name in ("schemas", "scenarios")
        for each in files(ROOT / name)
    }
    about = {name for name in names if name.partition("/")[0].endswith(".dist-info")}

    assert names - about == code | data | {"mock_amp/docs/wire-contract.md"}
    assert {"mock_amp/py.typed", "mock_amp/schemas/settings.json", "mock_amp/scenarios/magic-numbers.yaml"} <= names
    assert "mock_amp/web/static/index.html" in names
    assert {each.rpartition("/")[2] for each in about} == {"LICENSE", "METADATA", "RECORD", "WHEEL", "entry_points.txt"}


def test_the_sdist_holds_what_its_tests_need_and_nothing_else(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    folders = ("mock_amp", "schemas", "scenarios", "docs", "examples", "tests", "benchmarks", ".ci")
    wanted = {each.relative_to(ROOT).as_posix() for name in folders for each in files(ROOT / name)}
    beside = {name for name in names if "/" not in name}

    assert names - beside == wanted
    assert beside == {
        *(".dockerignore", ".gitattributes", ".gitignore", "CHANGELOG.md", "Dockerfile", "LICENSE", "Makefile"),
        *("PKG-INFO", "README.md", "compose.yaml", "pyproject.toml", "requirements.lock"),
    }


SAFELY: Any = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
"""Python 3.11 has it since 3.11.4."""


def test_the_sdist_makes_the_same_wheel_to_the_byte(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, **SAFELY)  # noqa: S202 - we have just made it
    (unpacked,) = tmp_path.iterdir()

    (again,) = hatchling(unpacked, tmp_path / "out", "wheel")

    assert again.name == wheel.name
    assert again.read_bytes() == wheel.read_bytes()


def test_an_index_takes_both_of_them(sdist: Path, wheel: Path) -> None:
    done = run([sys.executable, "-m", "twine", "--no-color", "check", "--strict", str(sdist), str(wheel)], ROOT)

    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


def test_the_package_says_what_it_is(wheel: Path) -> None:
    told = metadata(wheel)
    classifiers = told.get_all("Classifier", [])

    assert told["Requires-Python"] == ">=3.11"
    assert told["License-Expression"] == "MIT"
    assert told["Description-Content-Type"] == "text/markdown"
    assert set(told.get_all("Provides-Extra", [])) == {"audit", "bench", "dev", "docs"}
    assert {"Framework :: Pytest", "Typing :: Typed"} <= set(classifiers)
    assert not [each for each in told.get_all("Requires-Dist", []) if re.match(r"pytest\b(?!.*extra)", each)]


def test_the_package_names_its_command_and_its_plugin(wheel: Path) -> None:
    (name,) = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("entry_points.txt")]
    told = zipfile.ZipFile(wheel).read(name).decode().split("\n")

    assert told[told.index("[console_scripts]") + 1] == "mock-amp = mock_amp.cli.main:main"
    assert told[told.index("[pytest11]") + 1] == "mock_amp = mock_amp.pytest_plugin"


def test_the_rules_are_printed_with_their_tests() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mock_amp", "rules"], capture_output=True, text=True, check=True, timeout=20, cwd=ROOT
    )

    assert done.stdout.splitlines()[-1] == "101 rules, 101 of them named by tests"


def test_help_is_for_a_person() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mock_amp", "serve", "--help"], capture_output=True, text=True, check=True, timeout=20
    )

    assert "Every flag --x-y is also the variable MOCK_AMP_X_Y" in " ".join(done.stdout.split())
    assert refused("sreve")[0] == 2


def bare() -> dict[str, str]:
    """Our surroundings without an environment of Python that we run in."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("VIRTUAL_ENV", "PYTHON"))}


def run(
    command: Sequence[str], folder: Path, env: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=120, cwd=folder, env=env or bare()
    )


def files(folder: Path) -> list[Path]:
    """What belongs to a folder: not what Python, a package manager or an editor has left there."""
    left = {"__pycache__", "node_modules", "vendor", ".phpunit.result.cache", ".pytest_cache"}
    return [each for each in folder.rglob("*") if each.is_file() and not left & {*each.parts}]


def metadata(wheel: Path) -> Message:
    (name,) = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith(".dist-info/METADATA")]
    return message_from_bytes(zipfile.ZipFile(wheel).read(name))

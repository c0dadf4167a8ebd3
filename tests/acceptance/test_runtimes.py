"""What becomes of a test whose runtime is not there."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.processes import ROOT
from tests.acceptance.runtimes import RUNTIMES, VARIABLE, needs, there

CI = ROOT / ".ci"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The PATH of a machine that has none of them."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


@pytest.mark.usefixtures("bare")
def test_it_is_skipped_and_says_why() -> None:
    with pytest.raises(pytest.skip.Exception, match="ruby is not on the PATH of this machine"):
        needs("ruby")


@pytest.mark.usefixtures("bare")
def test_it_fails_where_somebody_asked_for_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "node, ruby")

    with pytest.raises(pytest.fail.Exception, match=f"ruby is not on the PATH .* {VARIABLE} asks for ruby"):
        needs("ruby")
    with pytest.raises(pytest.skip.Exception):
        needs("php")


@pytest.mark.usefixtures("bare")
def test_a_misspelt_runtime_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "rubi")

    with pytest.raises(pytest.fail.Exception, match="names rubi; there are chromium, curl, "):
        needs("ruby")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script is no command there")
def test_an_extension_is_looked_for_in_its_language(bare: Path) -> None:
    php = bare / "php"
    php.write_text("#!/bin/sh\necho Core\necho curl\n", encoding="ascii")
    php.chmod(0o755)

    assert (needs("php"), needs("php-curl")) == (str(php), str(php))
    php.write_text("#!/bin/sh\necho Core\n", encoding="ascii")
    assert not there("php-curl")


def test_ci_sees_to_every_runtime_that_debian_has() -> None:
    rows = [line.partition("#")[0].split() for line in (CI / "packages.txt").read_text(encoding="utf-8").splitlines()]

    assert {runtime for row in rows for runtime in row[1:]} == RUNTIMES - {"dotnet"}


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script is no command there")
def test_where_nothing_can_be_installed_ci_tells_what_is_not_tried(bare: Path) -> None:
    for command in ("bash", "dirname", "id", "sed"):
        (bare / command).symlink_to(shutil.which(command, path=os.defpath) or "")
    for command in ("ruby", "java"):
        (bare / command).touch(mode=0o755)

    done = subprocess.run([CI / "runtimes"], env={"PATH": str(bare)}, capture_output=True, text=True, check=True)

    assert done.stdout == "ruby\n"
    assert re.findall("^NOT TRIED: (.*) cannot be had", done.stderr, re.M) == [
        "chromium curl java javac go node php php-curl php-guzzle phpunit proxychains4"
    ]

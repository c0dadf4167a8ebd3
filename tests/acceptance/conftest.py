"""What several tests of the acceptance share since it takes seconds to make."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance import image
from tests.acceptance.processes import ROOT


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the Dockerfile's first stage builds: this checkout's wheel at the versions of the lock."""
    return image.build(tmp_path_factory.mktemp("image"))


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The sdist and the wheel of this checkout."""
    return hatchling(ROOT, tmp_path_factory.mktemp("dist"), "sdist", "wheel")


@pytest.fixture(scope="session")
def sdist(built: list[Path]) -> Path:
    return next(path for path in built if path.suffix == ".gz")


@pytest.fixture(scope="session")
def wheel(built: list[Path]) -> Path:
    return next(path for path in built if path.suffix == ".whl")


def hatchling(folder: Path, to: Path, *targets: str) -> list[Path]:
    """Builds what pyproject.toml describes, without a net: what builds it is among what the tests need."""
    wanted = [part for target in targets for part in ("-t", target)]
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(to), *wanted], cwd=folder, check=True, timeout=60
    )
    return sorted(to.iterdir())

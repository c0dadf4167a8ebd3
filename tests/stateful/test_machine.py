"""Lives of accounts over HTTP, against a model that knows nothing of the code."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.stateful.home import Home
from tests.stateful.machine import Machine

LIVES: Final = 10
"""Examples of the profile for each life that is lived."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A server of which all that is answered is on a file."""
    home = Home(tmp_path)
    yield home
    home.close()


def test_whatever_is_done_the_server_shows_what_the_model_says(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    """C-3, C-4, C-5, D-2, G-1, H-7, L-2, L-3, L-4, R-5, Y-2; in the nightly profile for at least 10,000 steps."""
    Machine.home, Machine.steps = home, 0
    lives = max(1, settings().max_examples // LIVES)

    run_state_machine_as_test(
        Machine, settings=settings(max_examples=lives, deadline=None, suppress_health_check=list(HealthCheck))
    )

    with capsys.disabled():
        print(f" {Machine.steps:,} steps of {lives:,} lives", end="")  # noqa: T201 - a long run tells how long it was
    assert Machine.steps >= lives

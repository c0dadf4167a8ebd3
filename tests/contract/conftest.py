"""The adapters of the ports: each contract runs over all of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_amp.adapters.clocks import HandClock, SystemClock
from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.ports import Clock, Store
from tests.contract.samples import T0


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Every adapter of the Store port, empty."""
    it = SqliteStore(None if request.param == "memory" else str(tmp_path / "store.db"))
    yield it
    it.close()


@pytest.fixture(params=["system", "hand"])
def clock(request: pytest.FixtureRequest) -> Clock:
    """Every adapter of the Clock port."""
    return SystemClock() if request.param == "system" else HandClock(T0)

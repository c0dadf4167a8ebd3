"""How many files this process may have open: raised as far as it goes, and what is said when that is too few."""

import logging
from collections.abc import Iterator

import pytest

from mock_amp.adapters import descriptors
from mock_amp.adapters.descriptors import open_enough

resource = pytest.importorskip("resource", reason="this system has no such limit")


@pytest.fixture
def hard() -> Iterator[int]:
    """The most that the system allows; what was set is set again."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    if before[1] == resource.RLIM_INFINITY:
        pytest.skip("this system has no such limit")
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_is_raised_as_far_as_the_system_lets_us(hard: int, caplog: pytest.LogCaptureFixture) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard - 1, hard))
    open_enough(1, 1)

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    assert caplog.records == []


def test_too_few_are_told_once_with_what_helps(hard: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    open_enough(hard, 7)
    [line] = caplog.records

    assert f"may open {hard} files" in line.getMessage()
    assert "max-callbacks 7" in line.getMessage()
    assert "ulimit -n" in line.getMessage()
    assert "--max-connections" in line.getMessage()


class Mac:
    """What `resource` is on a macOS whose processes may have no more than so many files open."""

    RLIMIT_NOFILE = 8
    RLIM_INFINITY = 2**63 - 1

    def __init__(self, most: int) -> None:
        self.soft, self.most = 256, most

    def getrlimit(self, _what: int) -> tuple[int, int]:
        return self.soft, self.RLIM_INFINITY

    def setrlimit(self, _what: int, limits: tuple[int, int]) -> None:
        if limits[0] > self.most:
            raise ValueError("Invalid argument")
        self.soft = limits[0]


@pytest.mark.parametrize(("most", "open_at_last"), [(61_440, 20_512), (20_511, 10_240), (10_240, 10_240), (300, 256)])
def test_where_the_limit_calls_itself_none_at_all_as_much_is_taken_as_it_gives(
    most: int, open_at_last: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mac = Mac(most)
    monkeypatch.setattr(descriptors, "resource", mac)
    open_enough(15_000, 5_000)

    assert mac.soft == open_at_last

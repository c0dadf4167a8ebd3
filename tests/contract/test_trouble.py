"""When a store's trouble begins, and when it is worth a trial whether it is over."""

import logging

import pytest

from mock_amp.adapters.trouble import Trouble


class Seconds:
    """Those that pass are those that it is told."""

    def __init__(self) -> None:
        self.passed = 1_000.0

    def __call__(self) -> float:
        return self.passed


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


def test_the_first_trouble_may_be_over_at_once(seconds: Seconds) -> None:
    """Whoever asks finds out."""
    trouble = Trouble(seconds)
    trouble.begin("the disk is full")

    assert (trouble.may_be_over(), trouble.may_be_over()) == (True, True)


def test_trouble_that_is_back_soon_lasts_longer_each_time(seconds: Seconds, caplog: pytest.LogCaptureFixture) -> None:
    """Of a disk that is good and bad by turns there are few lines; a minute without trouble, and all begins anew."""
    caplog.set_level(logging.WARNING)
    trouble, lasted = Trouble(seconds), []
    for _ in range(8):
        trouble.begin("the disk is full")
        began = seconds.passed
        while not trouble.may_be_over():
            seconds.passed += 0.25
        lasted.append(seconds.passed - began)
        trouble.end()
    seconds.passed += 60
    trouble.begin("the disk is full")

    assert lasted == [0, 1, 2, 4, 8, 16, 16, 16]
    assert trouble.may_be_over()
    assert len(caplog.records) == 2 * 8 + 1


def test_unasked_it_is_tried_once_a_second(seconds: Seconds) -> None:
    """Works that pass meanwhile do not each cost a trial."""
    trouble, tried = Trouble(seconds), 0
    trouble.begin("the disk is full")
    for _ in range(12):
        tried += trouble.may_be_over_unasked()
        seconds.passed += 0.25

    assert tried == 3


def test_what_no_waiting_mends_is_not_tried_and_stays_said(seconds: Seconds) -> None:
    """A disk that is full too is nothing beside it."""
    trouble = Trouble(seconds)
    trouble.begin("the file is damaged", lasts=True)
    trouble.begin("the disk is full")
    seconds.passed += 1_000

    assert (trouble.words, trouble.may_be_over(), trouble.may_be_over_unasked()) == (
        "the file is damaged",
        False,
        False,
    )

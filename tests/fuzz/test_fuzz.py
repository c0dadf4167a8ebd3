"""Each target holds what it held: the findings of old, and some inputs that hypothesis makes up."""

from collections.abc import Iterator
from contextlib import ExitStack
from random import Random
from typing import Final

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.fuzz.running import kept
from tests.fuzz.spoiling import spoilt
from tests.fuzz.target import Target, TooSlow, try_out
from tests.fuzz.targets import TARGETS

FEW: Final = settings(
    max_examples=40,
    deadline=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)
"""The long run is `make fuzz`; hypothesis is here for the small inputs that it finds."""


@pytest.fixture(scope="module", params=TARGETS)
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    with ExitStack() as stack:
        yield stack.enter_context(TARGETS[request.param]())


def test_its_seeds_and_what_was_found_before_break_nothing(target: Target) -> None:
    for name, data in {**{repr(each[:60]): each for each in target.seeds}, **kept(target)}.items():
        tried = try_out(target, data)

        assert tried.broken is None, f"{name}: {tried.place}: {tried.broken!r}"


@FEW
@given(data=st.data())
def test_what_hypothesis_makes_up_breaks_nothing(target: Target, data: st.DataObject) -> None:
    dice = data.draw(st.randoms(use_true_random=False))
    made = spoilt(dice, target, target.seeds) if dice.random() < 0.8 else data.draw(st.binary(max_size=200))

    tried = try_out(target, made)

    assert tried.broken is None, f"{made!r}: {tried.place}: {tried.broken!r}"


def test_an_input_that_takes_too_long_is_a_finding() -> None:
    """Or no blow-up of a regular expression would ever be one."""

    def attempt(data: bytes) -> None:
        while True:
            assert data is not None

    tried = try_out(Target(name="endless", seeds=(b"x",), words=(), attempt=attempt), b"x", limit=0.05)

    assert isinstance(tried.broken, TooSlow)


def test_a_finding_names_the_line_of_ours_that_broke() -> None:
    from mock_amp.core.instants import parse_duration

    tried = try_out(Target(name="strict", seeds=(b"x",), words=(), attempt=lambda _: parse_duration("x")), b"x")

    assert tried.place.startswith("ValueError in mock_amp/core/instants.py:")


def test_the_same_dice_spoil_alike() -> None:
    """A run can be made again from its seed."""
    with TARGETS["im"]() as target:
        runs = [[spoilt(dice, target, target.seeds) for _ in range(50)] for dice in (Random(7), Random(7))]

    assert runs[0] == runs[1]

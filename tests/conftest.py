"""Fixtures of the tests that talk HTTP to a server in this process, and how long hypothesis makes things up."""

import os
from collections.abc import AsyncIterator

import pytest
from hypothesis import settings

from tests.harness import Amp, Receiver, receiving, running

for _name in ("default", "ci"):
    settings.register_profile(_name, settings.get_profile(_name), stateful_step_count=25)
settings.register_profile("nightly", deadline=None, max_examples=2_500, stateful_step_count=50, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))


@pytest.fixture
async def server() -> AsyncIterator[Amp]:
    """A server with a frozen default account, and a client of that."""
    async with running() as amp:
        yield amp


@pytest.fixture
async def amp(server: Amp) -> Amp:
    """An account of its own, frozen at START, with seed 7."""
    return await server.open_account()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as it:
        yield it

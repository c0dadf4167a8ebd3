"""Fixtures of the tests that talk HTTP to a server in this process."""

from collections.abc import AsyncIterator

import pytest

from tests.harness import Amp, Receiver, receiving, running


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

"""H-8: what a client gets when it is our fault."""

from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import aiohttp
import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.bootstrap import Server, serving
from mock_amp.ports import Books, StoreFailed
from mock_amp.settings import DEFAULT_TOKEN
from tests.conformance.verdicts import SMS, refused, verdict
from tests.harness import Amp, settings

T = TypeVar("T")


class BrokenStore(SqliteStore):
    """A store that fails in what `broken` names."""

    def __init__(self) -> None:
        super().__init__()
        self.broken: str = ""

    def read(self, work: Callable[[Books], T]) -> T:
        if "read" in self.broken:
            _fail(self._books)
        return super().read(work)

    def transact(self, work: Callable[[Books], T]) -> Awaitable[T]:
        if "transact" in self.broken:
            return super().transact(_fail)
        return super().transact(work)


def _fail(_books: Books) -> NoReturn:
    raise StoreFailed("the disk is on fire")


@pytest.mark.parametrize("broken", ["read", "transact", "read and transact"])
async def test_a_failure_of_ours_is_500_in_the_envelope(broken: str) -> None:
    """H-8: even when nothing can be written down any more."""
    store = BrokenStore()
    async with serving(Server(settings(), store=store)) as server, aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        store.broken = broken
        answer = await amp.send(sms_content=SMS)
        store.broken = ""

        assert (answer.status, answer.headers.get("X-Mock-Amp-Rule")) == (500, "H-8")
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert (answer.body["result_info"]["status_code"], answer.body["results"]) == (500, {})


async def test_a_failure_of_ours_stands_in_the_journal() -> None:
    """H-8: if that can be written."""
    store = BrokenStore()
    async with serving(Server(settings(), store=store)) as server, aiohttp.ClientSession() as session:
        amp = Amp(server.url, session, DEFAULT_TOKEN, "default")
        store.broken = "read"
        answer = await amp.send(sms_content=SMS)
        store.broken = ""

        assert await verdict(amp, answer) == refused(500, "H-8")

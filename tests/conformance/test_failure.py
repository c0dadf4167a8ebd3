"""H-8: what a client gets when it is our fault."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NoReturn, TypeVar

import aiohttp
import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.bootstrap import Server, serving
from mock_amp.ports import Books, StoreFailed, StoreRefused
from mock_amp.settings import DEFAULT_TOKEN
from tests.conformance.verdicts import SMS, refused, verdict
from tests.harness import Amp, settings

T = TypeVar("T")


class BrokenStore(SqliteStore):
    """A store that fails in what `broken` names."""

    def __init__(self, kind: type[StoreFailed]) -> None:
        super().__init__()
        self.broken: str = ""
        self._fail = self._of(kind)

    def read(self, work: Callable[[Books], T]) -> T:
        if "read" in self.broken:
            self._fail(self._books)
        return super().read(work)

    def transact(self, work: Callable[[Books], T]) -> Awaitable[T]:
        if "transact" in self.broken:
            return super().transact(self._fail)
        return super().transact(work)

    def _of(self, kind: type[StoreFailed]) -> Callable[[Books], NoReturn]:
        def fail(_books: Books) -> NoReturn:
            raise kind("the disk is on fire")

        return fail


@pytest.mark.parametrize(("kind", "status"), [(StoreFailed, 503), (StoreRefused, 500)])
@pytest.mark.parametrize("broken", ["read", "transact", "read and transact"])
async def test_a_failure_of_ours_has_the_envelope(broken: str, kind: type[StoreFailed], status: int) -> None:
    """H-8: 503 when the store cannot, 500 for a bug; even when nothing can be written down any more."""
    async with _a_server_with(BrokenStore(kind)) as (store, amp):
        store.broken = broken
        answer = await amp.send(sms_content=SMS)
        store.broken = ""

        assert (answer.status, answer.headers.get("X-Mock-Amp-Rule")) == (status, "H-8")
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert (answer.body["result_info"]["status_code"], answer.body["results"]) == (status, {})
        assert ("the disk is on fire" in answer.raw.decode()) == (status == 503)


@pytest.mark.parametrize(("kind", "status"), [(StoreFailed, 503), (StoreRefused, 500)])
async def test_a_failure_of_ours_stands_in_the_journal(kind: type[StoreFailed], status: int) -> None:
    """H-8: if that can be written."""
    async with _a_server_with(BrokenStore(kind)) as (store, amp):
        store.broken = "read"
        answer = await amp.send(sms_content=SMS)
        store.broken = ""

        assert await verdict(amp, answer) == refused(status, "H-8")


@pytest.mark.parametrize(("kind", "tracebacks"), [(StoreFailed, 0), (StoreRefused, 1)])
async def test_a_bug_of_ours_has_a_traceback_and_a_broken_disk_has_none(
    kind: type[StoreFailed], tracebacks: int, caplog: pytest.LogCaptureFixture
) -> None:
    """DESIGN: of its own trouble the store tells the log, once."""
    async with _a_server_with(BrokenStore(kind)) as (store, amp):
        store.broken = "transact"
        await amp.send(sms_content=SMS)
        store.broken = ""

    told = [each for each in caplog.records if each.exc_info and each.name == "mock_amp.web.pipeline"]
    assert len(told) == tracebacks


@asynccontextmanager
async def _a_server_with(store: BrokenStore) -> AsyncIterator[tuple[BrokenStore, Amp]]:
    async with serving(Server(settings(), store=store)) as server, aiohttp.ClientSession() as session:
        yield store, Amp(server.url, session, DEFAULT_TOKEN, "default")

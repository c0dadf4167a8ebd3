"""The Store port: transactions that share a commit and nothing else (D8, D18)."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.core.account import Account
from mock_amp.core.records import ALL, News, Sought
from mock_amp.engine.world import Numbers
from mock_amp.ports import Books, Store, StoreFailed, StoreRefused
from tests.contract.samples import T0, job, keep_account, new_account, request, write_job


class Guilty(Exception):
    """What a failing work raises."""


def _names(store: Store) -> list[str]:
    return [account.id for account in store.read(lambda books: books.accounts.all())]


async def test_a_transaction_commits_and_answers_what_its_work_answers(store: Store) -> None:
    """Port: `transact` answers once it has committed."""
    answer = await store.transact(lambda books: books.accounts.add(new_account("one")))

    assert (answer.id, _names(store)) == ("one", ["one"])


async def test_a_read_sees_only_what_is_committed(store: Store) -> None:
    """Port: `read` runs on what has been committed; work that waits for its turn is not."""
    waiting = asyncio.ensure_future(store.transact(lambda books: books.accounts.add(new_account("one"))))

    before = _names(store)
    await waiting

    assert (before, _names(store)) == ([], ["one"])


async def test_works_of_one_turn_share_a_transaction(store: Store) -> None:
    """D18: they run one after the other in one transaction; when one fails, the others were in it and run again."""
    runs: list[str] = []

    def good(books: Books) -> None:
        runs.append("good")
        books.accounts.add(new_account("one"))

    def bad(books: Books) -> None:
        runs.append(f"bad sees {[account.id for account in books.accounts.all()]}")
        if len(runs) == 2:
            raise Guilty

    await asyncio.gather(store.transact(good), store.transact(bad))

    assert runs == ["good", "bad sees ['one']", "good", "bad sees ['one']"]


async def test_works_of_two_turns_do_not_share_a_transaction(store: Store) -> None:
    """D18: what was answered has been committed, and a later failure does not run it again."""
    runs: list[str] = []

    def good(_books: Books) -> None:
        runs.append("good")

    def bad(_books: Books) -> None:
        raise Guilty

    await store.transact(good)
    with pytest.raises(Guilty):
        await store.transact(bad)

    assert runs == ["good"]


async def test_a_failing_work_takes_none_of_its_neighbours_along(store: Store) -> None:
    """Port: its own exception comes back to the guilty one alone; the others are kept."""

    def bad(_books: Books) -> None:
        raise Guilty("mine")

    before, failed, after = await asyncio.gather(
        store.transact(lambda books: books.accounts.add(new_account("before"))),
        store.transact(bad),
        store.transact(lambda books: books.accounts.add(new_account("after"))),
        return_exceptions=True,
    )

    assert isinstance(before, Account)
    assert isinstance(after, Account)
    assert isinstance(failed, Guilty)
    assert _names(store) == ["before", "after"]


async def test_nothing_of_a_failed_work_is_kept(store: Store) -> None:
    """Port: neither new rows, nor accounts that it saved before it failed."""
    key = await keep_account(store)

    def bad(books: Books) -> None:
        account = books.accounts.by_key(key)
        assert account is not None
        books.accounts.save(replace(account, requests=5))
        books.accounts.add(new_account("two"))
        raise Guilty

    with pytest.raises(Guilty):
        await store.transact(bad)

    (left,) = store.read(lambda books: books.accounts.all())
    assert (left.id, left.requests) == ("one", 0)


async def test_whoever_stops_waiting_does_not_undo_the_work(store: Store) -> None:
    """Port: a transaction that was asked for is made, though nobody waits for its answer any more."""
    gone = asyncio.ensure_future(store.transact(lambda books: books.accounts.add(new_account("one"))))
    gone.cancel()

    await store.transact(lambda books: books.accounts.add(new_account("two")))

    assert gone.cancelled()
    assert _names(store) == ["one", "two"]


async def test_what_the_database_refuses_is_a_store_that_failed(store: Store) -> None:
    """Port: no exception of the library comes through, and nothing of the transaction was kept."""
    key = await keep_account(store)

    def twice(books: Books) -> None:
        books.accounts.add(new_account("two"))
        books.sending.add_job(key, job())
        books.sending.add_job(key, job())

    with pytest.raises(StoreFailed):
        await store.transact(twice)

    assert _names(store) == ["one"]


async def test_a_closed_store_fails_as_a_store(store: Store) -> None:
    """Port: reading and writing fail with StoreFailed, not with an exception of the library."""
    store.close()

    with pytest.raises(StoreFailed):
        store.read(lambda books: books.accounts.all())
    with pytest.raises(StoreFailed):
        await store.transact(lambda books: books.accounts.all())


async def test_a_work_whose_row_is_refused_at_the_end_takes_none_of_its_neighbours_along(store: Store) -> None:
    """D18: the rows of one turn are written together, and it may be only then that one of them cannot be."""
    key = await keep_account(store)
    await store.transact(lambda books: books.sending.add_job(key, job(key=1)))

    first, guilty, last = await asyncio.gather(
        store.transact(lambda books: books.sending.add_job(key, job(key=2))),
        store.transact(lambda books: books.sending.add_job(key, job(key=1))),
        store.transact(lambda books: books.sending.add_job(key, job(key=3))),
        return_exceptions=True,
    )

    assert (first, type(guilty), last) == (None, StoreRefused, None)
    assert [store.read(lambda books, at=at: books.sending.job(key, at)).key for at in (1, 2, 3)] == [1, 2, 3]  # type: ignore[misc]


async def test_rows_of_one_turn_are_there_for_whoever_reads_after_them(store: Store) -> None:
    """D18: within the transaction too, though they are written late."""
    key = await keep_account(store)

    def add_and_read(books: Books) -> int:
        books.sending.add_job(key, job(key=7))
        return books.sending.job(key, 7).key

    assert await store.transact(add_and_read) == 7


async def test_who_counts_on_in_one_turn_begins_where_the_one_before_has_stopped(store: Store) -> None:
    """D11, D18: numbers are given out once, and whoever asks for the account sees how far they have come."""
    await keep_account(store)

    def count(books: Books) -> tuple[int, int]:
        numbers = Numbers.of(books, "one")
        assert numbers is not None
        numbers.tell("request", T0, numbers.request())
        return numbers.since, numbers.serial()

    def look(books: Books) -> tuple[int, int]:
        account = books.accounts.get("one")
        assert account is not None
        return account.requests, account.serial

    told: list[int] = []
    store.listen(lambda news: told.extend(each.subject for each in news))
    found = await asyncio.gather(*(store.transact(work) for work in (count, count, look, count)))

    assert found == [(0, 1), (1, 2), (2, 2), (2, 3)]
    assert store.read(look) == (3, 3)
    assert told == [1, 2, 3]


async def test_an_index_for_searches_is_made_when_somebody_searches(store: Store) -> None:
    """Whoever never searches by number does not pay for it; a transaction that fails takes the index along."""
    key = await keep_account(store)
    wanted = Sought(fields={"to": ("35699000000",)})

    def search_and_fail(books: Books) -> None:
        books.sending.count(key, wanted)
        raise Guilty

    await store.transact(lambda books: write_job(books, key))
    before = _indexes(store)
    with pytest.raises(Guilty):
        await store.transact(search_and_fail)
    failed = _indexes(store)

    assert store.read(lambda books: books.sending.count(key, wanted)) == 1
    assert (before, failed, _indexes(store) - before) == (before, before, {"message_by_number"})


def _indexes(store: Store) -> set[str]:
    connection = cast("SqliteStore", store)._connection  # noqa: SLF001 - what nobody is to notice is seen from inside only
    return {str(name) for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")}


async def test_a_closed_store_is_in_trouble_once_it_was_asked_to_work(store: Store) -> None:
    """Port: asking what is wrong never raises."""
    store.close()
    with pytest.raises(StoreFailed):
        await store.transact(lambda books: books.accounts.all())

    assert "closed" in str(store.trouble())


async def test_what_is_committed_is_so_whatever_becomes_of_the_news(store: Store) -> None:
    """Port: a listener that fails makes no transaction run again, and keeps nothing from the next one."""
    heard: list[str] = []

    def fail(_told: Sequence[News]) -> None:
        raise ValueError("on purpose")

    account = await keep_account(store)
    store.listen(fail)
    store.listen(lambda told: heard.extend(each.kind for each in told))

    def work(books: Books) -> None:
        books.journal.add(account, request(1 + books.journal.count(account, ALL)))
        books.tell([News(account, "request", T0, 1, 0, None)])

    await asyncio.gather(store.transact(work), store.transact(work))

    assert store.read(lambda books: books.journal.count(account, ALL)) == 2
    assert heard == ["request", "request"]

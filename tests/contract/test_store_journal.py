"""The Store port: the request journal, and what would be lost if the store went now."""

from mock_amp.core.records import Arrival, CallbackState, Page, Unfinished
from mock_amp.ports import Books, Store
from tests.contract.samples import T0, callback, cohort, job, keep_account, request, write_job


async def test_a_request_comes_back_as_it_was_kept(store: Store) -> None:
    """Port: with its bytes, its rule and every violation and warning."""
    account = await keep_account(store)

    await store.transact(lambda books: books.journal.add(account, request(1)))

    assert store.read(lambda books: (books.journal.get(account, 1), books.journal.get(account, 2))) == (
        request(1),
        None,
    )


async def test_a_good_request_has_no_rule_and_no_violations(store: Store) -> None:
    """Port: what is absent comes back absent."""
    account = await keep_account(store)
    good = request(
        1,
        arrival=Arrival(method="GET", path="/1/im/status/1", remote="", token=None),
        status=200,
        rule=None,
        reason=None,
        violations=(),
        warnings=(),
        api_job_id=None,
    )

    await store.transact(lambda books: books.journal.add(account, good))

    assert store.read(lambda books: books.journal.get(account, 1)) == good


async def test_the_journal_is_paged_by_number(store: Store) -> None:
    """Port: the items after a cursor, at most `limit`, oldest first, of one account."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")

    def work(books: Books) -> None:
        for number in (3, 1, 2):
            books.journal.add(one, request(number))
        books.journal.add(two, request(4))

    await store.transact(work)

    def look(books: Books) -> list[list[int]]:
        pages = (Page(limit=2), Page(after=2, limit=2), Page(after=3))
        return [[each.number for each in books.journal.page(one, page)] for page in pages]

    assert store.read(look) == [[1, 2], [3], []]


async def test_an_empty_store_has_nothing_unfinished(store: Store) -> None:
    """Port: `unfinished`."""
    await keep_account(store)

    assert store.read(lambda books: books.unfinished()) == Unfinished(messages=0, callbacks=0)


async def test_messages_that_still_move_and_callbacks_still_owed_are_unfinished(store: Store) -> None:
    """Port: a cohort at rest is finished, a callback delivered or discarded is."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")

    def work(books: Books) -> None:
        write_job(books, one)
        write_job(books, one, job(key=5, first=2_000), cohort(key=6, job=5, leg=1, step=1))
        write_job(books, two, job(), cohort(leg=2, step=0, started_at=T0))
        for key, state in enumerate(CallbackState, 1):
            books.callbacks.add(one, callback(key, state=state))

    await store.transact(work)

    assert store.read(lambda books: books.unfinished()) == Unfinished(messages=3, callbacks=2)

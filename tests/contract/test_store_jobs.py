"""The Store port: jobs as they are listed, and the cohorts that say where their messages stand."""

import pytest

from mock_amp.core.model import Destination, Product
from mock_amp.core.records import ALL, Page, Sort, Sought, Standing
from mock_amp.ports import Books, Store
from tests.contract.samples import T0, cohort, job, keep_account, request, write_job

SECOND = job(key=2, api_job_id="b", client_job_id=None, first=2_000, line=5, product=Product.SMS)
THIRD = job(key=3, api_job_id="c", client_job_id="", first=3_000, line=6)


async def keep_jobs(store: Store, name: str = "one") -> int:
    """An account with three jobs of three messages: the first has three cohorts, the youngest of them last."""
    key = await keep_account(store, name)

    def work(books: Books) -> None:
        write_job(books, key)
        write_job(books, key, SECOND, cohort(key=3, job=2))
        write_job(books, key, THIRD, cohort(key=4, job=3))
        for each in (5, 6):
            books.sending.add_cohort(key, cohort(key=each, members=()))
        books.journal.add(key, request(1, api_job_id="gone"))

    await store.transact(work)
    return key


@pytest.mark.parametrize(
    ("sought", "page", "keys"),
    [
        (ALL, Page(), [1, 2, 3]),
        (ALL, Page(limit=2), [1, 2]),
        (ALL, Page(after=1), [2, 3]),
        (ALL, Page(descending=True), [3, 2, 1]),
        (ALL, Page(descending=True, after=3, limit=1), [2]),
        (Sought(since=5), Page(), [3]),
        (Sought(fields={"api_job_id": ("c", "b")}), Page(), [2, 3]),
        (Sought(fields={"client_job_id": ("mine",)}), Page(), [1]),
        (Sought(fields={"client_job_id": ("",)}), Page(), [2, 3]),
        (Sought(fields={"client_job_id": ("", "mine")}), Page(), [1, 2, 3]),
        (Sought(fields={"product": ("sms",)}), Page(), [2]),
        (Sought(fields={"product": ("sms", "im"), "api_job_id": ("b", "x")}), Page(), [2]),
    ],
)
async def test_jobs_are_found_page_by_page(store: Store, sought: Sought, page: Page, keys: list[int]) -> None:
    """Port: in their order, either way round, by any of the values of each field."""
    account = await keep_jobs(store)

    found = store.read(lambda books: books.jobs.page(account, page, sought))

    assert [each.key for each in found] == keys
    assert found == [store.read(lambda books, key=key: books.sending.job(account, key)) for key in keys]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("sought", "count"),
    [(ALL, 3), (Sought(since=5), 1), (Sought(fields={"client_job_id": ("",)}), 2), (Sought(fields={"product": ()}), 0)],
)
async def test_jobs_are_counted(store: Store, sought: Sought, count: int) -> None:
    account = await keep_jobs(store)

    assert store.read(lambda books: books.jobs.count(account, sought)) == count


@pytest.mark.parametrize(
    ("after", "limit", "keys"), [(-1, 9, [2, 5, 6]), (2, 9, [5, 6]), (2, 1, [5]), (6, 9, []), (0, 2, [2, 5])]
)
async def test_the_cohorts_of_a_job_are_read_on_from_one(store: Store, after: int, limit: int, keys: list[int]) -> None:
    """Port: those of that job alone, by their keys."""
    account = await keep_jobs(store)

    found = store.read(lambda books: list(books.jobs.cohorts(account, 1, after, limit)))

    assert [each.key for each in found] == keys
    assert {each.job for each in found} <= {1}


async def test_the_first_message_of_a_job_says_whom_it_is_to(store: Store) -> None:
    account = await keep_jobs(store)

    found = store.read(lambda books: books.jobs.first(account, SECOND))

    assert found == Destination("35699000000", None, None)
    assert store.read(lambda books: books.jobs.first(account, job(key=9))) is None


async def test_a_job_that_is_being_evicted_is_not_there_any_more(store: Store) -> None:
    """D13: while its rows still are."""
    account = await keep_jobs(store)
    await store.transact(lambda books: books.retention.hide(account, [Standing(2, 2_000, 3, T0, open=False)]))

    found = store.read(lambda books: [each.key for each in books.jobs.page(account, Page())])
    by_id = store.read(lambda books: books.jobs.page(account, Page(), Sought(fields={"api_job_id": ("b",)})))

    assert (found, by_id) == ([1, 3], [])
    assert store.read(lambda books: books.jobs.count(account, ALL)) == 2
    assert store.read(lambda books: books.jobs.first(account, SECOND)) is None
    assert store.read(lambda books: books.retention.lost(account, Sort.MESSAGE)).count == 3
    assert store.read(lambda books: books.jobs.was(account, "b"))


async def test_a_job_was_there_as_far_as_its_row_or_its_request_tells(store: Store) -> None:
    account, other = await keep_jobs(store), await keep_account(store, "two")

    told = store.read(lambda books: [books.jobs.was(account, each) for each in ("b", "gone", "nobody")])

    assert told == [True, True, False]
    assert not store.read(lambda books: books.jobs.was(other, "b"))


async def test_the_jobs_of_another_account_are_not_there(store: Store) -> None:
    await keep_jobs(store)
    other = await keep_account(store, "two")

    assert store.read(lambda books: books.jobs.page(other, Page())) == []
    assert store.read(lambda books: list(books.jobs.cohorts(other, 1, -1, 9))) == []

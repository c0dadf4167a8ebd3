"""The Store port: jobs, their messages, and the cohorts that these move in (D5, D19)."""

from mock_amp.core.model import Channel, Entry, Status
from mock_amp.core.records import Page, Sought
from mock_amp.ports import Store
from tests.contract.samples import BORN, cohort, destinations, job, keep_account, later, write_job

ALL = Sought()


def _ordinals(store: Store, account: int, wanted: Sought = ALL, page: Page | None = None) -> list[int]:
    found = store.read(lambda books: books.sending.messages(account, wanted, page or Page()))
    return [message.ordinal for message in found]


async def test_a_job_and_its_cohort_come_back_as_they_were_kept(store: Store) -> None:
    """D5: members, plan and timeline of a cohort; the request of a job."""
    account = await keep_account(store)
    await store.transact(lambda books: write_job(books, account))

    found = store.read(lambda books: (books.sending.job(account, 1), books.sending.cohort(account, 2)))

    assert found == (job(), cohort())


async def test_a_message_knows_its_destination_its_job_and_its_cohort(store: Store) -> None:
    """D19: its ordinal is the job's first one and its position."""
    account = await keep_account(store)
    await store.transact(lambda books: write_job(books, account))

    found = store.read(lambda books: books.sending.message(account, 1_001))

    assert found is not None
    assert (found.number, found.custom_id, found.params) == ("35699000001", "c1", {"NAME": "Ann"})
    assert (found.job, found.cohort) == (job(), cohort())


async def test_a_message_without_its_cohort_does_not_exist(store: Store) -> None:
    """Port: a large request is written in parts, and is there from its last part on."""
    account = await keep_account(store)
    await store.transact(lambda books: books.sending.add_messages(account, 1, 1_000, destinations()))
    before = store.read(lambda books: books.sending.message(account, 1_000)), _ordinals(store, account)

    await store.transact(lambda books: books.sending.add_job(account, job()))
    await store.transact(lambda books: books.sending.add_cohort(account, cohort()))

    assert before == (None, [])
    assert _ordinals(store, account) == [1_000, 1_001, 1_002]


async def test_another_accounts_message_is_not_there(store: Store) -> None:
    """G-4: keys are unique within the account only."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")
    await store.transact(lambda books: write_job(books, one))

    assert store.read(lambda books: books.sending.message(two, 1_000)) is None
    assert _ordinals(store, two) == []


async def test_a_saved_cohort_moves_all_its_messages(store: Store) -> None:
    """D5: one row changes, and every message of it shows the new status."""
    account = await keep_account(store)
    await store.transact(lambda books: write_job(books, account))
    failed = Entry(at=later(1), channel=Channel.VIBER, status=Status.UNDELIV, error_code=9, sender="Acme")
    moved = cohort()._replace(leg=1, step=0, started_at=later(1), timeline=(BORN, failed))

    await store.transact(lambda books: books.sending.save_cohort(account, moved))

    found = store.read(lambda books: books.sending.messages(account, ALL, Page()))
    assert [message.cohort for message in found] == [moved] * 3


async def test_cohorts_are_read_and_saved_many_at_once(store: Store) -> None:
    """Port: those that there are, of this account only."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")
    others = [job(key=5, api_job_id="other", first=2_000), cohort(key=6, job=5)]
    await store.transact(lambda books: write_job(books, one))
    await store.transact(lambda books: write_job(books, two))
    await store.transact(lambda books: write_job(books, one, *others))  # type: ignore[arg-type]
    taken = Entry(at=later(1), channel=Channel.VIBER, status=Status.ACCEPTD, error_code=0, sender="Acme")
    moved = [cohort(key=key, job=of)._replace(step=1, timeline=(BORN, taken)) for key, of in ((2, 1), (6, 5))]

    await store.transact(lambda books: books.sending.save_cohorts(one, moved))
    found = store.read(lambda books: books.sending.some_cohorts(one, (6, 7, 2)))

    assert sorted(found, key=lambda each: each.key) == moved
    assert [*store.read(lambda books: books.sending.some_cohorts(two, (2, 6)))] == [cohort()]


async def test_jobs_that_want_reports_are_found_among_others(store: Store) -> None:
    """C-1: those with a callback_url."""
    account = await keep_account(store)
    silent = job(key=5, api_job_id="other", first=2_000, callback_url=None)
    await store.transact(lambda books: write_job(books, account))
    await store.transact(lambda books: write_job(books, account, silent, cohort(key=6, job=5)))

    found = store.read(lambda books: books.sending.reported_jobs(account, (1, 5, 9)))

    assert [*found] == [job()]


async def test_filters_choose_messages(store: Store) -> None:
    """Port: by number, latest status, latest channel, and by either id of the job; together they narrow down."""
    account = await keep_account(store)
    seen = Entry(at=later(1), channel=Channel.VIBER, status=Status.SEEN, error_code=0, sender="Acme")
    other = job(key=5, first=2_000, size=1, api_job_id="other", client_job_id=None)
    moved = cohort(key=6, job=5, members=((0, 0),), timeline=(BORN, seen))
    await store.transact(lambda books: write_job(books, account))
    await store.transact(lambda books: write_job(books, account, other, moved))

    assert _ordinals(store, account, Sought(fields={"to": ("35699000000",)})) == [1_000, 2_000]
    assert _ordinals(store, account, Sought(fields={"status": ("SEEN",)})) == [2_000]
    assert _ordinals(store, account, Sought(fields={"channel": ("INTERNAL",)})) == [1_000, 1_001, 1_002]
    assert _ordinals(store, account, Sought(fields={"job_id": ("mine",)})) == [1_000, 1_001, 1_002]
    assert _ordinals(store, account, Sought(fields={"job_id": ("other",)})) == [2_000]
    assert _ordinals(store, account, Sought(fields={"to": ("35699000000",), "job_id": ("mine",)})) == [1_000]


async def test_a_page_goes_on_after_its_cursor(store: Store) -> None:
    """Port: the items after a cursor, at most `limit`, oldest first."""
    account = await keep_account(store)
    await store.transact(lambda books: write_job(books, account))

    pages = [_ordinals(store, account, page=Page(after=after, limit=2)) for after in (None, 1_001, 1_002)]

    assert pages == [[1_000, 1_001], [1_002], []]


async def test_recipients_are_those_at_the_positions_asked_for(store: Store) -> None:
    """D5: a bundle names positions of a job; its receiver gets numbers and custom ids."""
    account = await keep_account(store)
    await store.transact(lambda books: write_job(books, account, job(size=4)))

    found = store.read(lambda books: books.sending.recipients(account, job(), ((0, 1), (3, 3))))

    assert [*found] == [(1_000, "35699000000", None), (1_001, "35699000001", "c1"), (1_003, "35699000003", "c3")]

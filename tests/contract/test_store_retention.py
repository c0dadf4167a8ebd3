"""The Store port: what is evicted, and what is remembered of it (D13)."""

from dataclasses import replace

import pytest

from mock_amp.core.bundles import Item
from mock_amp.core.codes import Code
from mock_amp.core.model import Channel
from mock_amp.core.records import ALL, CallbackState, Click, HandsetReply, Kind, Lost, Page, Sort, Standing
from mock_amp.ports import Books, Store
from tests.contract.samples import (
    T0,
    attempt,
    callback,
    cohort,
    destinations,
    due,
    job,
    keep_account,
    later,
    new_account,
    request,
    token,
    write_job,
)

JOB = Standing(1, 1_000, 3, T0, open=False)


async def keep_job(store: Store) -> int:
    """An account with one job that has come to rest, with all that can belong to one."""
    key = await keep_account(store)

    def work(books: Books) -> None:
        write_job(books, key)
        books.callbacks.add(key, callback(4, state=CallbackState.DELIVERED))
        books.callbacks.add_attempt(key, attempt(callback=4))
        books.handsets.add_click(key, Click(message=1_001, number=1, at=T0, title="Go", target_url="https://a.example"))

    await store.transact(work)
    return key


def standing(store: Store, key: int) -> list[Standing]:
    return list(store.read(lambda books: books.retention.standing(key, 0, 10)))


async def test_a_job_at_rest_is_told_as_such(store: Store) -> None:
    """Port: oldest first, after a key, at most so many."""
    key = await keep_job(store)
    second = job(key=2, api_job_id="00000000-0000-4000-8000-000000000002", first=2_000, accepted_at=later(1))
    await store.transact(lambda books: write_job(books, key, second, cohort(key=3, job=2)))

    pages = [
        store.read(lambda books, after=after, limit=limit: books.retention.standing(key, after, limit))  # type: ignore[misc]
        for after, limit in ((0, 10), (0, 1), (1, 10), (2, 10))
    ]

    assert pages == [[JOB, Standing(2, 2_000, 3, later(1), open=False)], [JOB], pages[0][1:], []]


@pytest.mark.parametrize("kind", [Kind.MOVE, Kind.ACT])
async def test_a_job_with_a_cohort_on_the_agenda_is_open(store: Store, kind: Kind) -> None:
    """Port: a move or an act is still to come."""
    key = await keep_job(store)

    await store.transact(lambda books: books.agenda.add(key, due(kind=kind, subject=2)))

    assert standing(store, key) == [replace_open(JOB)]


@pytest.mark.parametrize("state", CallbackState)
async def test_a_job_is_open_as_long_as_a_callback_is_owed(store: Store, state: CallbackState) -> None:
    """Port: due and retrying are, on the agenda or in the air."""
    key = await keep_job(store)

    await store.transact(lambda books: books.callbacks.add(key, callback(5, state=state)))

    owed = state in (CallbackState.DUE, CallbackState.RETRYING)
    assert standing(store, key) == [replace_open(JOB) if owed else JOB]


async def test_a_job_is_open_when_a_callback_is_to_be_posted_again(store: Store) -> None:
    """Port: whatever its state; another cohort or callback of the same key is none of its business."""
    key = await keep_job(store)
    await store.transact(lambda books: books.agenda.add(key, due(kind=Kind.POST, subject=2)))
    before = standing(store, key)

    await store.transact(lambda books: books.agenda.add(key, due(seq=2, kind=Kind.POST, subject=4)))

    assert (before, standing(store, key)) == ([JOB], [replace_open(JOB)])


async def test_what_is_hidden_does_not_exist(store: Store) -> None:
    """Port: from that transaction on, in no list and by no key, though no row of it is deleted yet."""
    key = await keep_job(store)

    await store.transact(lambda books: books.retention.hide(key, [JOB]))

    def read(books: Books) -> list[object]:
        return [
            books.sending.message(key, 1_001),
            list(books.sending.messages(key, ALL, Page())),
            books.callbacks.get(key, 4),
            list(books.callbacks.page(key, Page())),
            list(books.retention.standing(key, 0, 10)),
            list(books.retention.still(key, [1])),
        ]

    assert store.read(read) == [None, [], None, [], [], []]
    assert store.read(lambda books: list(books.retention.sweeping())) == [key]


@pytest.mark.parametrize("limit", [1, 2, 3, 1_000])
async def test_what_is_hidden_is_swept_in_slices(store: Store, limit: int) -> None:
    """Port: until nothing is left of it; the other job is left alone."""
    key = await keep_job(store)
    other = job(key=2, api_job_id="00000000-0000-4000-8000-000000000002", first=1_003)
    await store.transact(lambda books: write_job(books, key, other, cohort(key=3, job=2)))
    await store.transact(lambda books: books.retention.hide(key, [JOB]))

    rounds = 1
    while not await store.transact(lambda books: books.retention.sweep(key, limit)):
        rounds += 1

    def left(books: Books) -> list[object]:
        kept = [each.ordinal for each in books.sending.messages(key, ALL, Page())]
        rest = [books.callbacks.attempts(key, 4), books.handsets.clicks(key, 1_001), books.retention.sweeping()]
        return [kept, [each.key for each in books.sending.cohorts(key)], *map(list, rest)]

    assert store.read(left) == [[1_003, 1_004, 1_005], [3], [], [], []]
    assert (rounds == 1) == (limit == 1_000)
    with pytest.raises(LookupError):
        store.read(lambda books: books.sending.job(key, 1))


@pytest.mark.parametrize(("limit", "at_once"), [(3, False), (4, True), (1_000, True)])
async def test_a_few_rows_are_deleted_at_once(store: Store, limit: int, *, at_once: bool) -> None:
    """Port: when there are no more than that of messages and callbacks; another job is left alone."""
    key = await keep_job(store)
    other = job(key=2, api_job_id="00000000-0000-4000-8000-000000000002", first=1_003)

    def work(books: Books) -> bool:
        write_job(books, key, other, cohort(key=3, job=2))
        books.callbacks.add(key, callback(5, job=2, state=CallbackState.DELIVERED))
        books.callbacks.add_attempt(key, attempt(callback=5))
        return books.retention.hide(key, [JOB], limit)

    swept = await store.transact(work)

    def left(books: Books) -> list[object]:
        kept = [each.ordinal for each in books.sending.messages(key, ALL, Page())]
        callbacks = [each.key for each in books.callbacks.page(key, Page())]
        rest = [books.callbacks.attempts(key, 4), books.handsets.clicks(key, 1_001), books.retention.sweeping()]
        attempts = len(books.callbacks.attempts(key, 5))
        return [kept, callbacks, attempts, [each.key for each in books.sending.cohorts(key)], *map(list, rest)]

    found, lost = store.read(left), store.read(lambda books: books.retention.lost(key, Sort.MESSAGE))
    assert (swept, lost.count) == (at_once, 3)
    assert found[:3] == [[1_003, 1_004, 1_005], [5], 1]
    assert (found[3:] == [[3], [], [], []]) == at_once
    assert found[-1] == ([] if at_once else [key])


@pytest.mark.parametrize("limit", [2, 4, 1_000])
async def test_jobs_one_after_the_other_are_swept_together(store: Store, limit: int) -> None:
    """Port: between their messages there may be numbers that no message has; one that is kept stays."""
    key = await keep_job(store)
    ids = (f"00000000-0000-4000-8000-00000000000{number}" for number in range(2, 5))
    hidden = [
        job(key=2, api_job_id=next(ids), first=5_000),
        job(key=3, api_job_id=next(ids), first=90_000),
    ]
    kept = job(key=5, api_job_id=next(ids), first=200_000)

    def work(books: Books) -> None:
        for it in (*hidden, kept):
            write_job(books, key, it, cohort(key=it.key + 10, job=it.key))
            books.callbacks.add(key, callback(it.key + 10, job=it.key, state=CallbackState.DELIVERED))
        standing = books.retention.standing(key, 0, 10)
        books.retention.hide(key, [each for each in standing if each.key != kept.key])

    await store.transact(work)
    lost = store.read(lambda books: books.retention.lost(key, Sort.MESSAGE))
    while not await store.transact(lambda books: books.retention.sweep(key, limit)):
        pass

    def left(books: Books) -> list[object]:
        kept_messages = [each.ordinal for each in books.sending.messages(key, ALL, Page())]
        for first in (1_000, 5_000, 90_000):  # their rows are gone: the same can come again
            books.sending.add_messages(key, 9, first, destinations())
        callbacks = [each.key for each in books.callbacks.page(key, Page())]
        return [kept_messages, [each.key for each in books.sending.cohorts(key)], callbacks]

    assert lost == Lost(9, 1_000, 90_002, 0)
    assert await store.transact(left) == [[200_000, 200_001, 200_002], [15], [15]]


async def test_replies_go_with_their_message(store: Store) -> None:
    """Port: by the message that they answer, not by the id of their own."""
    key = await keep_job(store)
    reply = HandsetReply(message=1_002, number=1, channel=Channel.SMS, text="Yes", at=T0, ordinal=7_000, key=1, since=1)
    await store.transact(lambda books: books.handsets.add_reply(key, reply))

    def work(books: Books) -> bool:
        books.retention.hide(key, [JOB])
        return books.retention.sweep(key, 1_000)

    assert await store.transact(work)
    assert store.read(lambda books: list(books.handsets.replies(key, 1_002))) == []


async def test_what_was_evicted_is_remembered(store: Store) -> None:
    """Port: how many, the first, the last and the line from which on a `since` leaves them out, by sort and account."""
    key, other = await keep_job(store), await keep_account(store, "two")
    nothing = [store.read(lambda books, sort=sort: books.retention.lost(key, sort)) for sort in Sort]  # type: ignore[misc]
    second = job(key=2, api_job_id="00000000-0000-4000-8000-000000000002", first=2_000, size=2, line=8)
    reply = HandsetReply(message=1_002, number=1, channel=Channel.SMS, text="Yes", at=T0, ordinal=7_000, key=3, since=9)
    bundle = (Item(3, 0, ((0, 1),)),)

    def work(books: Books) -> None:
        write_job(books, key, second, cohort(key=3, job=2, members=((0, 1),)))
        books.callbacks.add(key, callback(6, job=2, bundle=bundle, state=CallbackState.DISCARDED, since=8))
        books.handsets.add_reply(key, reply)
        books.retention.hide(key, [Standing(2, 2_000, 2, T0, open=False)])
        books.retention.hide(key, [JOB])

    await store.transact(work)
    lost = [store.read(lambda books, sort=sort: books.retention.lost(key, sort)) for sort in Sort]  # type: ignore[misc]

    assert nothing == [Lost()] * 4
    assert dict(zip(Sort, lost, strict=True)) == {
        Sort.MESSAGE: Lost(5, 1_000, 2_001, 8),
        Sort.CALLBACK: Lost(2, 4, 6, 9),
        Sort.REPLY: Lost(1, 3, 3, 10),
        Sort.REQUEST: Lost(),
    }
    assert store.read(lambda books: books.retention.lost(other, Sort.MESSAGE)) == Lost()


async def test_lines_of_the_journal_are_dropped_from_the_oldest_on(store: Store) -> None:
    """Port: up to a number; their times are known before."""
    key = await keep_account(store)

    def work(books: Books) -> None:
        for number in range(1, 6):
            books.journal.add(key, request(number, at=later(number)))

    await store.transact(work)
    oldest = store.read(lambda books: list(books.retention.oldest_requests(key, 2)))
    await store.transact(lambda books: books.retention.drop_requests(key, 1, 2))
    await store.transact(lambda books: books.retention.drop_requests(key, 3, 3))

    assert oldest == [(1, later(1)), (2, later(2))]
    assert [each.number for each in store.read(lambda books: books.journal.page(key, Page()))] == [4, 5]
    assert store.read(lambda books: books.retention.lost(key, Sort.REQUEST)) == Lost(3, 1, 3, 3)


@pytest.mark.parametrize(("first", "last", "until", "found"), [(1, 5, 3, 3), (1, 2, 3, 2), (4, 5, 3, 0), (1, 5, 0, 0)])
async def test_the_last_line_that_is_too_old(store: Store, first: int, last: int, until: int, found: int) -> None:
    """Port: of those between two; one from that very moment is."""
    key = await keep_account(store)

    def work(books: Books) -> int:
        for number in range(1, 6):
            books.journal.add(key, request(number, at=later(number)))
        return books.retention.last_request(key, first, last, later(until))

    assert await store.transact(work) == found


async def test_clearing_an_account_forgets_what_was_evicted(store: Store) -> None:
    """Port: and what was still to be swept."""
    key = await keep_job(store)
    await store.transact(lambda books: books.retention.hide(key, [JOB]))

    await store.transact(lambda books: books.accounts.clear(key))

    assert store.read(lambda books: (books.retention.lost(key, Sort.MESSAGE), list(books.retention.sweeping()))) == (
        Lost(),
        [],
    )


async def test_accounts_are_counted(store: Store) -> None:
    """Port: `count`."""
    before = store.read(lambda books: books.accounts.count())
    await keep_account(store, "one")
    key = await keep_account(store, "two")
    both = store.read(lambda books: books.accounts.count())
    await store.transact(lambda books: books.accounts.delete(key))

    assert (before, both, store.read(lambda books: books.accounts.count())) == (0, 2, 1)


async def test_an_account_can_go_without_its_tokens_being_spent_for_ever(store: Store) -> None:
    """A-4: what was deleted before it stays deleted."""
    key = await keep_account(store)

    def work(books: Books) -> list[bool]:
        for value in ("secret-1", "secret-2"):
            books.accounts.add_token(token(value))
        books.accounts.delete_token("one", "secret-1", T0)
        books.accounts.delete(key, bury=False)
        return [books.accounts.add_token(token(value, "two")) for value in ("secret-1", "secret-2")]

    assert await store.transact(work) == [False, True]


async def test_scenarios_that_nobody_has_can_be_dropped(store: Store) -> None:
    """Port: one that an account has, or goes back to, stays; so does the server's."""

    def work(books: Books) -> list[int]:
        keys = [books.scripts.add(text) for text in ('{"a":1}', '{"b":1}', '{"c":1}')]
        first = new_account("one")
        books.accounts.add(replace(first, script=keys[0], spec=replace(first.spec, script=keys[1])))
        return keys

    keys = await store.transact(work)
    dropped = await store.transact(lambda books: list(books.scripts.drop_unused([0, *keys, 99])))
    again, other = await store.transact(lambda books: [books.scripts.add(each) for each in ('{"c":1}', '{"d":1}')])

    assert dropped == [keys[2]]
    assert again == keys[2], "a key is made of its text, so that it says the same for ever"
    assert other not in keys


async def test_a_scenario_that_was_just_given_to_an_account_is_in_use(store: Store) -> None:
    """Port: within the same transaction too."""

    def work(books: Books) -> list[int]:
        account, key = books.accounts.add(new_account("one")), books.scripts.add('{"a":1}')
        books.accounts.save(replace(account, script=key))
        return list(books.scripts.drop_unused([key]))

    assert await store.transact(work) == []


def replace_open(it: Standing) -> Standing:
    return it._replace(open=True)


async def test_codes_go_after_their_messages_once_they_are_of_no_use(store: Store) -> None:
    """D13: F-3 holds for a code that is good still, and for one whose message is kept."""
    key = await keep_job(store)
    old = Code(token="t", client_ref="old", code="1", case_sensitive=False, made_at=T0, message=1_000)
    codes = [
        old,
        replace(old, client_ref="used", made_at=later(9), used_at=later(9), message=1_001),
        replace(old, client_ref="good still", made_at=later(9), message=1_002),
        replace(old, client_ref="of a message that is kept", message=2_000),
    ]

    def work(books: Books) -> None:
        for each in codes:
            books.codes.put(key, each)
        second = job(key=2, api_job_id="00000000-0000-4000-8000-000000000002", first=2_000)
        write_job(books, key, second, cohort(key=3, job=2))

    await store.transact(work)
    await store.transact(lambda books: books.retention.drop_codes(key, later(5)))
    before = [each for each in codes if store.read(lambda books, each=each: books.codes.get(key, "t", each.client_ref))]  # type: ignore[misc]
    await store.transact(lambda books: books.retention.hide(key, [JOB], 100))
    await store.transact(lambda books: books.retention.drop_codes(key, later(5)))
    after = [each for each in codes if store.read(lambda books, each=each: books.codes.get(key, "t", each.client_ref))]  # type: ignore[misc]

    assert (before, after) == (codes, codes[2:])

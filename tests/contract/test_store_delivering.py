"""The Store port: the agenda and the outbox (D8, D9)."""

from collections.abc import Sequence

import pytest

from mock_amp.core.bundles import Item
from mock_amp.core.instants import Instant
from mock_amp.core.records import CallbackState, Due, Injected, Kind, Page
from mock_amp.ports import Books, Store
from tests.contract.samples import T0, attempt, callback, due, keep_account, later


async def _agenda_of(store: Store, name: str, *seconds_and_seqs: tuple[float, int]) -> int:
    account = await keep_account(store, name)

    def work(books: Books) -> None:
        for seconds, seq in seconds_and_seqs:
            books.agenda.add(account, due(later(seconds), seq))

    await store.transact(work)
    return account


def _take(books: Books, account: int, until: Instant, limit: int) -> Sequence[Due]:
    found = books.agenda.due(account, until, limit)
    books.agenda.drop(account, found)
    return found


async def test_the_agenda_is_in_the_order_of_its_moments_then_of_its_making(store: Store) -> None:
    """D9: by `at`, and what falls on the same moment by `seq`."""
    account = await _agenda_of(store, "one", (2, 1), (1, 3), (1, 2), (0, 4))

    taken = await store.transact(lambda books: _take(books, account, later(5), 10))

    assert [(each.at, each.seq) for each in taken] == [(T0, 4), (later(1), 2), (later(1), 3), (later(2), 1)]


async def test_what_is_taken_off_the_agenda_is_due_by_then_and_gone(store: Store) -> None:
    """Port: rows due at `until` or before, in order, and each of them once."""
    account = await _agenda_of(store, "one", (0, 1), (1, 2), (1.000001, 3))

    first = await store.transact(lambda books: _take(books, account, later(1), 10))
    second = await store.transact(lambda books: _take(books, account, later(1), 10))

    assert ([each.seq for each in first], [*second]) == ([1, 2], [])
    assert store.read(lambda books: books.agenda.next_at(account)) == later(1.000001)


async def test_no_more_rows_are_taken_than_asked_for(store: Store) -> None:
    """Port: the first `limit` rows; the others stay."""
    account = await _agenda_of(store, "one", (2, 1), (1, 2), (0, 3))

    taken = await store.transact(lambda books: _take(books, account, later(5), 2))

    assert [each.seq for each in taken] == [3, 2]
    assert store.read(lambda books: [each.seq for each in books.agenda.peek(account, Page())]) == [1]


async def test_looking_at_the_agenda_changes_nothing(store: Store) -> None:
    """Port: `peek`, `due` and `next_at` leave it as it is."""
    account = await _agenda_of(store, "one", (1, 2), (0, 1))

    def look(books: Books) -> tuple[Instant | None, list[Due], list[Due]]:
        agenda = books.agenda
        return agenda.next_at(account), [*agenda.peek(account, Page(limit=1))], [*agenda.due(account, T0, 9)]

    looks = [store.read(look) for _ in range(2)]

    assert looks == [(T0, [due(T0, 1)], [due(T0, 1)])] * 2


async def test_what_is_due_for_one_subject_is_found_and_removed(store: Store) -> None:
    """Port: of its kind, in order, and nothing of another account."""
    one, two = await _agenda_of(store, "one", (2, 1), (1, 2)), await _agenda_of(store, "two", (2, 1))
    await store.transact(lambda books: books.agenda.add(one, due(T0, 3, Kind.ACT)))
    await store.transact(lambda books: books.agenda.add(one, due(T0, 4, subject=7)))

    found = store.read(lambda books: [*books.agenda.of(one, Kind.MOVE, 2)])
    await store.transact(lambda books: books.agenda.remove(one, found[1]))

    assert [each.seq for each in found] == [2, 1]
    assert store.read(lambda books: [each.seq for each in books.agenda.peek(one, Page())]) == [3, 4, 2]
    assert store.read(lambda books: [each.seq for each in books.agenda.of(two, Kind.MOVE, 2)]) == [1]


async def test_the_heads_are_the_next_moment_of_every_account(store: Store) -> None:
    """Port: an account with nothing due has none; one account takes nothing off another's agenda."""
    one = await _agenda_of(store, "one", (3, 1), (2, 2))
    two = await _agenda_of(store, "two", (1, 1))
    three = await _agenda_of(store, "three")

    await store.transact(lambda books: _take(books, three, later(5), 10))

    assert sorted(store.read(lambda books: books.agenda.heads())) == [(one, later(2)), (two, later(1))]
    assert store.read(lambda books: books.agenda.next_at(three)) is None


async def test_a_callback_comes_back_as_it_was_kept(store: Store) -> None:
    """D8: its bundle says which lines of which cohorts it reports, for whom."""
    account = await keep_account(store)
    kept = callback(bundle=(Item(2, 0, ((0, 9), (12, 12))), Item(3, 1, ((4, 4),))))

    await store.transact(lambda books: books.callbacks.add(account, kept))

    assert store.read(lambda books: (books.callbacks.get(account, 1), books.callbacks.get(account, 2))) == (kept, None)


async def test_a_saved_callback_keeps_its_state_and_bundle(store: Store) -> None:
    """D8: what came of an attempt, when the next is due, and reports that joined it."""
    account = await keep_account(store)
    changed = callback(
        state=CallbackState.RETRYING, due_at=later(300), tried=1, bundle=(*callback().bundle, Item(3, 0, ((5, 5),)))
    )
    await store.transact(lambda books: books.callbacks.add(account, callback()))

    await store.transact(lambda books: books.callbacks.save(account, changed))

    assert store.read(lambda books: books.callbacks.get(account, 1)) == changed


async def test_an_attempt_changes_how_its_callback_stands_and_nothing_else(store: Store) -> None:
    """D8: what it carries, and the faults that it has, are the same for the next; others stay as they are."""
    account = await keep_account(store)
    kept = callback(1, injected=Injected(rule="r", faults={"cut": 1}))

    def work(books: Books) -> object:
        for each in (kept, callback(2)):
            books.callbacks.add(account, each)
        books.callbacks.tried(account, 1, CallbackState.RETRYING, later(300), 1)
        return books.callbacks.get(account, 1)

    seen = await store.transact(work)

    assert seen == callback(1, injected=kept.injected, state=CallbackState.RETRYING, due_at=later(300), tried=1)
    assert store.read(lambda books: [books.callbacks.get(account, key) for key in (1, 2)]) == [seen, callback(2)]


async def test_the_open_bundle_is_the_newest_untried_report_not_due_before(store: Store) -> None:
    """C-3: replies, tried ones, other jobs' and those that have left are not open."""
    account = await keep_account(store)

    def work(books: Books) -> None:
        for each in (
            callback(1),
            callback(2, due_at=later(1)),
            callback(3, due_at=later(-1)),
            callback(4, kind="reply"),
            callback(5, tried=1),
            callback(6, job=9),
            callback(7, state=CallbackState.DISCARDED),
        ):
            books.callbacks.add(account, each)
            books.agenda.add(account, Due(at=each.due_at, seq=each.key, kind=Kind.POST, subject=each.key))
        books.callbacks.add(account, callback(8, due_at=later(1)))

    await store.transact(work)

    def look(books: Books) -> list[int | None]:
        found = [books.callbacks.open_bundle(account, 1, later(after)) for after in (0, 1, 2)]
        return [each.key if each else None for each in found]

    assert store.read(look) == [2, 2, None]


async def test_a_bundle_with_a_fault_is_not_open(store: Store) -> None:
    """Port: what a scenario decided about a callback is not for other reports."""
    account = await keep_account(store)
    late = callback(injected=Injected(rule="late", faults={"delay": "10s"}))

    def work(books: Books) -> None:
        books.callbacks.add(account, late)
        books.agenda.add(account, Due(at=T0, seq=1, kind=Kind.POST, subject=1))

    await store.transact(work)

    assert store.read(lambda books: books.callbacks.open_bundle(account, 1, T0)) is None
    assert store.read(lambda books: books.callbacks.get(account, 1)) == late


async def test_those_that_wait_are_of_the_kind_and_job_untried_and_on_the_agenda(store: Store) -> None:
    """Port: oldest first; those that have left or were due before are not among them."""
    account = await keep_account(store)

    def work(books: Books) -> None:
        for each in (
            callback(2, due_at=later(60), injected=Injected(rule="late", faults={"reorder": True})),
            callback(1),
            callback(3, due_at=later(-1)),
            callback(4, kind="reply"),
            callback(5, tried=1, state=CallbackState.RETRYING),
            callback(6, job=9),
            callback(7, state=CallbackState.DISCARDED),
        ):
            books.callbacks.add(account, each)
            books.agenda.add(account, Due(at=each.due_at, seq=each.key, kind=Kind.POST, subject=each.key))
        books.callbacks.add(account, callback(8))

    await store.transact(work)

    def look(books: Books) -> list[list[int]]:
        asked = ((1, "report", T0), (1, "report", later(1)), (1, "reply", T0), (2, "report", T0))
        return [[each.key for each in books.callbacks.waiting(account, *one)] for one in asked]

    assert store.read(look) == [[1, 2], [2], [4], []]


async def test_what_is_on_the_agenda_can_be_brought_forward(store: Store) -> None:
    """Port: that row of that kind and subject and no other; it keeps its place among those of its new moment."""
    account, other = await keep_account(store, "one"), await keep_account(store, "two")
    rows = [due(later(60), 3, Kind.POST, 7), due(later(60), 4, Kind.MOVE, 7), due(later(60), 5, Kind.POST, 8)]

    def work(books: Books) -> None:
        for each in (*rows, due(later(90), 6, Kind.POST, 7), due(later(1), 9, Kind.POST, 9)):
            books.agenda.add(account, each)
        books.agenda.add(other, rows[0])
        books.agenda.move(account, Kind.POST, 7, later(60), later(1))
        books.agenda.move(account, Kind.POST, 99, later(60), later(2))

    await store.transact(work)

    found = store.read(lambda books: books.agenda.peek(account, Page()))
    assert [(each.at, each.seq) for each in found] == [
        (later(1), 3),
        (later(1), 9),
        (later(60), 4),
        (later(60), 5),
        (later(90), 6),
    ]
    assert store.read(lambda books: books.agenda.next_at(other)) == later(60)


async def test_callbacks_are_listed_by_page_and_by_job(store: Store) -> None:
    """Port: after a cursor, at most `limit`, oldest first; those of one job."""
    account = await keep_account(store)

    def work(books: Books) -> None:
        for key in (3, 1, 2):
            books.callbacks.add(account, callback(key, job=key % 2))

    await store.transact(work)

    def look(books: Books) -> list[list[int]]:
        pages = (Page(limit=2), Page(after=2, limit=2), Page(after=3))
        return [[each.key for each in books.callbacks.page(account, page)] for page in pages]

    assert store.read(look) == [[1, 2], [3], []]
    assert store.read(lambda books: [each.key for each in books.callbacks.of_job(account, 1)]) == [1, 3]


async def test_attempts_are_kept_in_their_order(store: Store) -> None:
    """C-5: each with its times, and an answer or an error; nobody else's are among them."""
    account = await keep_account(store)
    lost = attempt(1, status=None, error="no connection", answer=None)

    def work(books: Books) -> None:
        for each in (attempt(2), lost, attempt(1, callback=8)):
            books.callbacks.add_attempt(account, each)

    await store.transact(work)

    assert [*store.read(lambda books: books.callbacks.attempts(account, 1))] == [lost, attempt(2)]


async def test_a_fault_is_kept_with_the_callback_and_with_its_attempts(store: Store) -> None:
    """Port: the rule and its faults in the words of the file, and which of them an attempt suffered."""
    account = await keep_account(store)
    injected = Injected(rule="Schräg", faults={"delay": "10s", "duplicate": 1, "reorder": True})
    suffering = attempt(1, injected="cut")

    def work(books: Books) -> None:
        books.callbacks.add(account, callback(1))
        books.callbacks.save(account, callback(1, injected=injected))
        books.callbacks.add_attempt(account, suffering)

    await store.transact(work)

    assert store.read(lambda books: books.callbacks.get(account, 1)) == callback(1, injected=injected)
    assert [*store.read(lambda books: books.callbacks.attempts(account, 1))] == [suffering]


async def test_kinds_come_back_as_what_they_were(store: Store) -> None:
    """Port: a move and a post on the same moment stay apart."""
    account = await keep_account(store)
    rows = [due(T0, 1, Kind.POST, 7), due(T0, 2, Kind.MOVE, 8)]

    def work(books: Books) -> None:
        for each in rows:
            books.agenda.add(account, each)

    await store.transact(work)

    assert [*store.read(lambda books: books.agenda.peek(account, Page()))] == rows


async def test_the_size_of_an_agenda_is_known_without_counting_its_rows(store: Store) -> None:
    """Port: whatever is added, taken off, taken off twice, rolled back, moved or cleared."""

    def sizes(books: Books) -> tuple[int, int]:
        return books.agenda.size(account), len(books.agenda.peek(account, Page()))

    def fail(books: Books) -> None:
        books.agenda.add(account, due(later(9), 9))
        raise LookupError("on purpose")

    account = await keep_account(store)
    seen = [store.read(sizes)]
    for seq in range(1, 5):
        await store.transact(lambda books, seq=seq: books.agenda.add(account, due(later(seq), seq)))  # type: ignore[misc]
    seen.append(store.read(sizes))
    await store.transact(lambda books: books.agenda.drop(account, [due(later(1), 1), due(later(7), 7)]))
    await store.transact(lambda books: books.agenda.remove(account, due(later(2), 2)))
    await store.transact(lambda books: books.agenda.remove(account, due(later(2), 2)))
    seen.append(store.read(sizes))
    with pytest.raises(LookupError):
        await store.transact(fail)
    seen.append(store.read(sizes))
    await store.transact(lambda books: books.accounts.clear(account))
    seen.append(store.read(sizes))
    await store.transact(lambda books: books.agenda.add(account, due(later(1), 1)))

    assert seen == [(0, 0), (4, 4), (2, 2), (2, 2), (0, 0)]
    assert store.read(sizes) == (1, 1)

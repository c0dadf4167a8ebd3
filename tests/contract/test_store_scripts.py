"""The Store port: scenarios, what has been counted for them, queues, and cohorts that part (D5)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mock_amp.core.instants import SECOND
from mock_amp.core.model import NEVER, Act, Channel, Leg, Status, Step
from mock_amp.core.records import Kind, Page, Sought
from mock_amp.core.windows import Span
from mock_amp.ports import Books, Store
from tests.contract.samples import PLAN, cohort, due, job, keep_account, later, new_account, write_job

RICH = (
    Leg(
        channel=Channel.VIBER,
        sender="Acme",
        steps=(Step(after=SECOND, status=Status.UNDELIV, error_code=9),),
        replaced_on_expiry=True,
        ttl=60 * SECOND,
        expired_code=28,
        off=(Span(1, 2), Span(3, 4, daily=True)),
        per_second=0.5,
        acts=(
            Act("reply", 5, ("Yes", "No")),
            Act("reply", 6, (), "sentence", "de_DE"),
            Act("click", 7),
        ),
        price=20_000,
        why="rule 'no viber'",
    ),
    *PLAN[1:],
)


async def test_a_scenario_comes_back_as_it_was_kept(store: Store) -> None:
    """Port: a text under a key; keys are more than 0, which is the server's own."""
    one = await store.transact(lambda books: books.scripts.add("{}"))
    other = await store.transact(lambda books: books.scripts.add('{"é":1}'))

    assert 0 < one < other
    assert store.read(lambda books: [books.scripts.get(key) for key in (one, other)]) == ["{}", '{"é":1}']


async def test_the_same_text_has_the_same_key(store: Store) -> None:
    """Port: however often it is put in force, and for however many accounts."""

    def work(books: Books) -> list[int]:
        return [books.scripts.add(text) for text in ("a", "b", "a", "b")]

    one, other, *again = await store.transact(work)

    assert again == [one, other]
    assert await store.transact(lambda books: books.scripts.add("a")) == one


async def test_a_scenario_that_is_not_there_is_an_error(store: Store) -> None:
    with pytest.raises(LookupError):
        store.read(lambda books: books.scripts.get(9))


async def test_counts_are_those_of_an_account_and_a_section(store: Store) -> None:
    """Port: by the place of the rule; written anew, not added up."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")

    def work(books: Books) -> None:
        books.scripts.count(one, "rules", {0: 3, 4: 1})
        books.scripts.count(one, "rules", {0: 5})
        books.scripts.count(one, "requests", {0: 7})
        books.scripts.count(one, "rules", {})

    await store.transact(work)

    found = store.read(
        lambda books: [dict(books.scripts.counts(*key)) for key in ((one, "rules"), (one, "requests"), (two, "rules"))]
    )
    assert found == [{0: 5, 4: 1}, {0: 7}, {}]


async def test_counts_are_forgotten_for_one_account(store: Store) -> None:
    """Port: another scenario counts from the beginning, in all its sections."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")

    def work(books: Books) -> None:
        for account in (one, two):
            books.scripts.count(account, "rules", {0: 3})
            books.scripts.count(account, "callbacks", {1: 3})
        books.scripts.forget_counts(one)

    await store.transact(work)

    found = store.read(
        lambda books: [dict(books.scripts.counts(each, name)) for each in (one, two) for name in ("rules", "callbacks")]
    )
    assert found == [{}, {}, {0: 3}, {1: 3}]


async def test_a_queue_is_that_of_an_account_and_a_channel(store: Store) -> None:
    """Port: a channel without one has been free for ever."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")

    def work(books: Books) -> None:
        books.scripts.occupy(one, Channel.SMS, later(1))
        books.scripts.occupy(one, Channel.SMS, later(2))

    await store.transact(work)

    keys = ((one, Channel.SMS), (one, Channel.RCS), (two, Channel.SMS))
    assert store.read(lambda books: [books.scripts.free_at(*key) for key in keys]) == [later(2), NEVER, NEVER]


@pytest.mark.parametrize("forget", ["clear", "delete"])
async def test_counts_and_queues_are_forgotten_with_the_rest(store: Store, forget: str) -> None:
    """Port: a reset account begins as it was created; the texts of scenarios stay, others have them too."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")

    def work(books: Books) -> int:
        for account in (one, two):
            books.scripts.count(account, "rules", {0: 3})
            books.scripts.occupy(account, Channel.SMS, later(2))
        forgets: Callable[[int], None] = getattr(books.accounts, forget)
        forgets(one)
        return books.scripts.add("{}")

    script = await store.transact(work)

    def look(books: Books) -> list[object]:
        return [(dict(books.scripts.counts(each, "rules")), books.scripts.free_at(each, Channel.SMS)) for each in keys]

    keys = (one, two)
    assert store.read(look) == [({}, NEVER), ({0: 3}, later(2))]
    assert store.read(lambda books: books.scripts.get(script)) == "{}"


async def test_an_account_keeps_its_scenario_and_since_when(store: Store) -> None:
    """Port: the one it was created with too, to which a reset goes back."""
    created = new_account("one")
    created = replace(created, spec=replace(created.spec, script=4), script=4, script_since=later(1))
    kept = await store.transact(lambda books: books.accounts.add(created))
    changed = replace(kept, script=5, script_since=later(2))

    before = store.read(lambda books: books.accounts.get("one"))
    await store.transact(lambda books: books.accounts.save(changed))

    assert before == kept == replace(created, key=kept.key)
    found = store.read(lambda books: books.accounts.get("one"))
    assert found == changed
    assert found.spec.script == 4


async def test_a_plan_comes_back_with_all_that_is_planned(store: Store) -> None:
    """D5: ttl, when the handset is off, pace, acts, price and reason of each channel."""
    account = await keep_account(store)
    await store.transact(lambda books: write_job(books, account, moving=cohort(plan=RICH)))

    assert store.read(lambda books: books.sending.cohort(account, 2)).plan == RICH


async def test_a_recast_cohort_has_other_members_and_another_plan(store: Store) -> None:
    """Port: where it stands is not touched."""
    account = await keep_account(store)
    await store.transact(lambda books: write_job(books, account))

    await store.transact(
        lambda books: books.sending.recast_cohort(account, cohort(members=((1, 1),), plan=RICH, leg=1, step=1))
    )

    assert store.read(lambda books: books.sending.cohort(account, 2)) == cohort(members=((1, 1),), plan=RICH)


async def test_messages_move_to_another_cohort_of_their_job(store: Store) -> None:
    """D5: those at the positions, and nobody else's."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")
    parted = cohort(key=7, members=((0, 0), (2, 2)), leg=1, started_at=later(5))

    def work(books: Books) -> None:
        write_job(books, one)
        write_job(books, two)
        books.sending.add_cohort(one, parted)
        books.sending.move_messages(one, job(), parted.members, parted.key)

    await store.transact(work)

    def cohorts(books: Books, account: int) -> list[int]:
        return [each.cohort.key for each in books.sending.messages(account, Sought(), Page())]

    assert store.read(lambda books: [cohorts(books, each) for each in (one, two)]) == [[7, 2, 7], [2, 2, 2]]
    moved = store.read(lambda books: books.sending.message(one, 1_002))
    assert moved is not None
    assert moved.cohort == parted


async def test_a_job_knows_which_channels_were_left_out(store: Store) -> None:
    """U-3, I-5: and why; most jobs leave out none."""
    account = await keep_account(store)
    left = ((Channel.SMS, "the text passes five pages (U-3)"), (Channel.RCS, "im_content has no item for it"))
    of = job(left_out=left)
    await store.transact(lambda books: write_job(books, account, of))

    assert store.read(lambda books: books.sending.job(account, 1)) == of
    message = store.read(lambda books: books.sending.message(account, 1_000))
    assert message is not None
    assert message.job.left_out == left


async def test_an_act_on_the_agenda_knows_its_part(store: Store) -> None:
    """Port: which act of the channel, and how far it has come."""
    account = await keep_account(store)
    act = due(kind=Kind.ACT)._replace(part=(1, 500))

    def work(books: Books) -> None:
        books.agenda.add(account, act)
        books.agenda.add(account, due(seq=2))

    await store.transact(work)

    peeked = store.read(lambda books: [*books.agenda.peek(account, Page())])
    found = store.read(lambda books: [*books.agenda.due(account, later(0), 10)])

    assert peeked == found == [act, due(seq=2)]

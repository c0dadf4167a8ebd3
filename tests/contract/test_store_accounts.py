"""The Store port: accounts and their tokens (A-4, D11)."""

from dataclasses import replace
from pathlib import Path

import apsw

from mock_amp.adapters.sqlite import SqliteStore
from mock_amp.core.records import Span
from mock_amp.ports import Books, Store
from tests.contract.samples import (
    SPEC,
    T0,
    attempt,
    callback,
    due,
    keep_account,
    later,
    new_account,
    request,
    token,
    write_job,
)


async def test_an_account_comes_back_as_it_was_kept(store: Store) -> None:
    """Port: `add` gives the key; everything else is as it was, how it was created too."""
    key = await keep_account(store)

    found = store.read(lambda books: books.accounts.get("one"))

    assert found == replace(new_account("one"), key=key)
    assert found.spec == SPEC


async def test_tokens_are_found_by_their_end_deleted_ones_too(store: Store) -> None:
    """Port: the journal keeps no more of them; those of others do not count."""
    await keep_account(store, "one")
    await keep_account(store, "two")
    held = [("first-7777", "one"), ("second-7777", "one"), ("third-7778", "one"), ("other-7777", "two")]
    await store.transact(lambda books: [books.accounts.add_token(token(*each)) for each in held])
    await store.transact(lambda books: books.accounts.delete_token("one", "second-7777", later(9)))

    found = store.read(lambda books: [*books.accounts.ending("one", "7777")])

    assert found == [Span("first-7777", T0, None), Span("second-7777", T0, later(9))]
    assert store.read(lambda books: books.accounts.ending("one", "777")) == []


async def test_an_account_is_found_by_its_key_too(store: Store) -> None:
    """Port: keys are what the other books are kept under."""
    key, other = await keep_account(store, "one"), await keep_account(store, "two")

    one, two = store.read(lambda books: (books.accounts.by_key(key), books.accounts.by_key(other)))

    assert (one and one.id, two and two.id) == ("one", "two")


async def test_an_unknown_account_is_none(store: Store) -> None:
    """Port: absence is an answer."""
    found = store.read(lambda books: (books.accounts.get("nobody"), books.accounts.by_key(99)))

    assert found == (None, None)


async def test_a_saved_account_keeps_its_clock_and_counters(store: Store) -> None:
    """D10, D11: what the clock shows, and which numbers have been given."""
    key = await keep_account(store)
    account = new_account("one")
    changed = replace(
        account.counted(3, 0, 2, 1, 0, 77),
        key=key,
        generation=4,
        clock=account.clock.pin(later(60), later(1)),
    )

    await store.transact(lambda books: books.accounts.save(changed))

    assert store.read(lambda books: books.accounts.get("one")) == changed


async def test_a_work_sees_the_account_that_it_saved(store: Store) -> None:
    """Port: one view inside one transaction, by name, by key and in the list."""
    key = await keep_account(store)

    def work(books: Books) -> list[int | None]:
        account = books.accounts.get("one")
        assert account is not None
        books.accounts.save(replace(account, requests=5))
        found = (books.accounts.get("one"), books.accounts.by_key(key), *books.accounts.all())
        return [each.requests if each else None for each in found]

    assert await store.transact(work) == [5, 5, 5]


async def test_a_token_names_its_account_and_brings_its_defaults(store: Store) -> None:
    """A-4: a token has a name, senders, a route and channels."""
    await keep_account(store)
    added = await store.transact(lambda books: books.accounts.add_token(token("secret-1")))

    found = store.read(lambda books: books.accounts.of_token("secret-1"))

    assert added
    assert found is not None
    assert (found[0].id, found[1]) == ("one", token("secret-1"))


async def test_a_deleted_token_never_comes_back(store: Store) -> None:
    """A-4: it names nobody, is in no list, and cannot be added again."""
    await keep_account(store)
    await store.transact(lambda books: books.accounts.add_token(token("secret-1")))

    deleted = await store.transact(lambda books: books.accounts.delete_token("one", "secret-1", T0))
    again = await store.transact(lambda books: books.accounts.add_token(token("secret-1")))

    assert (deleted, again) == (True, False)
    assert store.read(lambda books: (books.accounts.of_token("secret-1"), [*books.accounts.tokens("one")])) == (
        None,
        [],
    )


async def test_only_its_own_account_deletes_a_token_and_only_once(store: Store) -> None:
    """A-4: another account's token is none of this one's."""
    await keep_account(store, "one")
    await keep_account(store, "two")
    await store.transact(lambda books: books.accounts.add_token(token("secret-1")))

    def work(books: Books) -> list[bool]:
        return [books.accounts.delete_token(name, "secret-1", T0) for name in ("two", "one", "one")]

    assert await store.transact(work) == [False, True, False]


async def test_the_tokens_of_a_deleted_account_never_come_back(store: Store) -> None:
    """A-4: not even for an account that is made under the same name."""
    key = await keep_account(store)
    await store.transact(lambda books: books.accounts.add_token(token("secret-1")))

    await store.transact(lambda books: books.accounts.delete(key))
    await keep_account(store)

    assert store.read(lambda books: books.accounts.of_token("secret-1")) is None
    assert not await store.transact(lambda books: books.accounts.add_token(token("secret-1")))


async def test_a_token_at_hand_is_as_it_was_last_changed(store: Store) -> None:
    """Port: saved, spent and deleted after it was looked up."""
    await keep_account(store)
    await store.transact(lambda books: books.accounts.add_token(token("secret-1")))
    found = []

    for change in (
        lambda books: books.accounts.save_token(replace(token("secret-1"), name="weekly")),
        lambda books: books.accounts.spend("secret-1", later(9)),
        lambda books: books.accounts.delete_token("one", "secret-1", T0),
    ):
        before = store.read(lambda books: books.accounts.of_token("secret-1"))
        await store.transact(change)
        after = store.read(lambda books: books.accounts.of_token("secret-1"))
        found.append((before and (before[1].name, before[1].spent_until), after and after[1].name))

    assert [each[1] for each in found] == ["weekly", "weekly", None]
    assert found[2][0] == ("weekly", later(9))


async def test_what_no_token_can_be_is_nobodys(store: Store) -> None:
    """Port: bytes of a header that are no text come as halves of characters."""
    await keep_account(store)

    found = [store.read(lambda books, each=each: books.accounts.of_token(each)) for each in ("", "\udcff", "\0")]  # type: ignore[misc]

    assert found == [None, None, None]


async def test_a_token_is_the_whole_secret_and_not_what_it_is_looked_up_by(tmp_path: Path) -> None:
    """A look-up by digest finds a row; whether that is the token is asked in constant time."""
    store = SqliteStore(str(tmp_path / "store.db"))
    await keep_account(store)
    await store.transact(lambda books: books.accounts.add_token(token("secret-1")))
    store.close()
    connection = apsw.Connection(str(tmp_path / "store.db"))
    connection.execute("UPDATE token SET value = 'secret-2'")
    connection.close()

    store = SqliteStore(str(tmp_path / "store.db"))
    found = store.read(lambda books: [books.accounts.of_token(each) for each in ("secret-1", "secret-2")])

    assert found == [None, None]
    store.close()


async def test_clearing_forgets_what_one_account_lived_through(store: Store) -> None:
    """Port: the account and its tokens stay, and so does all of every other account."""
    keys = [await keep_account(store, name) for name in ("one", "two")]

    def live(books: Books) -> None:
        for key in keys:
            write_job(books, key)
            books.agenda.add(key, due())
            books.callbacks.add(key, callback())
            books.callbacks.add_attempt(key, attempt())
            books.journal.add(key, request(1))
        books.accounts.add_token(token("secret-1"))

    await store.transact(live)
    await store.transact(lambda books: books.accounts.clear(keys[0]))

    assert store.read(lambda books: [_all_of(books, key) for key in keys]) == [(0,) * 5, (1,) * 5]
    assert store.read(lambda books: books.accounts.of_token("secret-1")) is not None


def _all_of(books: Books, key: int) -> tuple[int, ...]:
    return (
        int(books.sending.message(key, 1_000) is not None),
        int(books.agenda.next_at(key) is not None),
        int(books.callbacks.get(key, 1) is not None),
        len(books.callbacks.attempts(key, 1)),
        int(books.journal.get(key, 1) is not None),
    )

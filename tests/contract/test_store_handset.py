"""The Store port: what was done on handsets (Y-1, I-9)."""

from dataclasses import replace
from typing import Any

import pytest

from mock_amp.core.model import Channel
from mock_amp.core.records import Click, HandsetReply
from mock_amp.ports import Books, Store
from tests.contract.samples import T0, job, keep_account, later, write_job


def _reply(number: int = 1, **changes: Any) -> HandsetReply:
    """The `number`th reply to a message, which the callback of the same number carries."""
    usual = HandsetReply(
        message=1_000, number=number, channel=Channel.VIBER, text="Yes", at=T0, ordinal=2_000, callback=number
    )
    return replace(usual, **changes)


def _click(number: int, message: int = 1_000) -> Click:
    return Click(message=message, number=number, at=later(number), title="Book", target_url="https://a.example/")


async def test_a_job_remembers_the_token_that_sent_it(store: Store) -> None:
    """Y-2: and one that was sent without keeps none."""
    account = await keep_account(store)
    await store.transact(lambda books: write_job(books, account, job(token="secret-of-a-test")))

    assert store.read(lambda books: books.sending.job(account, 1).token) == "secret-of-a-test"


@pytest.mark.parametrize("text", ["Yes", "", None], ids=repr)
async def test_a_reply_comes_back_as_it_was_kept(store: Store, text: str | None) -> None:
    """Y-1: by its callback; no text stays apart from an empty one."""
    account = await keep_account(store)

    def work(books: Books) -> None:
        books.handsets.add_reply(account, _reply(1, text=text))
        books.handsets.add_reply(account, _reply(2, text="Other"))

    await store.transact(work)

    assert store.read(lambda books: books.handsets.reply(account, 1)) == _reply(1, text=text)


async def test_replies_are_those_to_the_message_in_their_order(store: Store) -> None:
    """Y-2: silent ones are among them, and nobody else's."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")
    silent = [_reply(number, ordinal=0, callback=None, silent="two-way is off") for number in (2, 3)]

    def work(books: Books) -> None:
        for reply in (silent[1], _reply(4, message=1_001), silent[0], _reply(1)):
            books.handsets.add_reply(one, reply)

    await store.transact(work)

    assert [*store.read(lambda books: books.handsets.replies(one, 1_000))] == [_reply(1), *silent]
    assert [*store.read(lambda books: books.handsets.replies(two, 1_000))] == []


async def test_a_reply_that_is_not_there_is_an_error(store: Store) -> None:
    """Port: another account's is not there either."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")
    await store.transact(lambda books: books.handsets.add_reply(one, _reply()))

    with pytest.raises(LookupError):
        store.read(lambda books: books.handsets.reply(two, 1))


async def test_clicks_are_those_of_the_message_in_their_order(store: Store) -> None:
    """I-9: nobody else's are among them."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")

    def work(books: Books) -> None:
        for click in (_click(2), _click(1), _click(3, message=1_001)):
            books.handsets.add_click(one, click)

    await store.transact(work)

    assert [*store.read(lambda books: books.handsets.clicks(one, 1_000))] == [_click(1), _click(2)]
    assert [*store.read(lambda books: books.handsets.clicks(two, 1_000))] == []


@pytest.mark.parametrize("end", ["clear", "delete"])
async def test_what_was_done_on_handsets_is_forgotten_with_the_rest(store: Store, end: str) -> None:
    """Port: when the account is cleared, and when it is deleted."""
    account = await keep_account(store, "one")

    def work(books: Books) -> None:
        books.handsets.add_reply(account, _reply())
        books.handsets.add_click(account, _click(1))

    await store.transact(work)
    await store.transact(lambda books: getattr(books.accounts, end)(account))
    await store.transact(lambda books: books.handsets.add_reply(account, _reply()))  # its key is free again

    assert [*store.read(lambda books: books.handsets.clicks(account, 1_000))] == []
    assert [*store.read(lambda books: books.handsets.replies(account, 1_000))] == [_reply()]

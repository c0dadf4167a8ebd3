"""The Store port: lists chosen by what the store knows, from a place on, from their end, and counted."""

from typing import Any

import pytest

from mock_amp.core.bundles import Item
from mock_amp.core.codes import Code
from mock_amp.core.model import Channel
from mock_amp.core.records import HandsetReply, Page, Sought
from mock_amp.ports import Books, Store
from tests.contract.samples import T0, attempt, callback, cohort, job, keep_account, request, write_job

_SECOND = {"key": 2, "first": 2_000, "api_job_id": "b", "client_job_id": None, "line": 5}


def _write(books: Books, account: int) -> None:
    """Two jobs of three messages, callbacks with attempts, replies and requests."""
    write_job(books, account)
    write_job(books, account, job(**_SECOND), cohort(key=3, job=2))
    books.callbacks.add(account, callback(1, since=1))
    books.callbacks.add(
        account, callback(2, since=5, job=2, kind="reply", url="http://b/", bundle=(Item(3, 0, ((0, 0),)),))
    )
    for each in (attempt(1), attempt(2, outcome="delivered", status=200), attempt(1, callback=2)):
        books.callbacks.add_attempt(account, each)
    for key, message in ((7, 1_000), (9, 2_001)):
        reply = HandsetReply(
            message=message, number=1, channel=Channel.RCS, text=None, at=T0, ordinal=0, key=key, since=key
        )
        books.handsets.add_reply(account, reply)
    for number in (1, 2, 3):
        books.journal.add(account, request(number, status=200 if number == 2 else 403))


def _keys(books: Books, account: int, what: str, sought: Sought, page: Page) -> list[Any]:
    if what == "messages":
        return [each.ordinal for each in books.sending.messages(account, sought, page)]
    if what == "callbacks":
        return [each.key for each in books.callbacks.page(account, page, sought)]
    if what == "attempts":
        return [(each.callback, each.number) for each, _, _ in books.callbacks.attempts_page(account, page, sought)]
    if what == "replies":
        return [each.key for each in books.handsets.page(account, page, sought)]
    return [each.number for each in books.journal.page(account, page, sought)]


def _count(books: Books, account: int, what: str, sought: Sought) -> int:
    match what:
        case "messages":
            return books.sending.count(account, sought)
        case "callbacks":
            return books.callbacks.count(account, sought)
        case "attempts":
            return books.callbacks.attempts_count(account, sought)
        case "replies":
            return books.handsets.count(account, sought)
        case _:
            return books.journal.count(account, sought)


CASES = [
    ("messages", {}, None, [1_000, 1_001, 1_002, 2_000, 2_001, 2_002]),
    ("messages", {"to": ("35699000001", "35699000002"), "api_job_id": ("b",)}, None, [2_001, 2_002]),
    ("messages", {"client_job_id": ("mine",)}, None, [1_000, 1_001, 1_002]),
    ("messages", {"job_id": ("b", "mine"), "custom_id": ("c1",)}, None, [1_001, 2_001]),
    ("messages", {"cohort": (3,), "status": ("ACCEPTD",), "type": ("INTERNAL",)}, None, [2_000, 2_001, 2_002]),
    ("messages", {"ordinal": (1_002, 2_000, 5)}, None, [1_002, 2_000]),
    ("messages", {"to": ()}, None, []),
    ("messages", {}, 0, [2_000, 2_001, 2_002]),
    ("callbacks", {}, None, [1, 2]),
    ("callbacks", {"kind": ("reply",), "url": ("http://b/",), "state": ("due",)}, None, [2]),
    ("callbacks", {"api_job_id": ("b",)}, None, [2]),
    ("callbacks", {"to": ("35699000001",)}, None, [1, 2]),
    ("callbacks", {"ordinal": (2_000,), "id": (1, 2)}, None, [2]),
    ("callbacks", {}, 5, [2]),
    ("attempts", {}, None, [(1, 1), (1, 2), (2, 1)]),
    ("attempts", {"status": (200,), "outcome": ("delivered",)}, None, [(1, 2)]),
    ("attempts", {"kind": ("reply",), "number": (1,)}, None, [(2, 1)]),
    ("replies", {}, None, [7, 9]),
    ("replies", {"ordinal": (2_001,), "channel": ("RCS",)}, None, [9]),
    ("replies", {}, 8, [9]),
    ("requests", {"status": (403,), "method": ("POST",)}, None, [1, 3]),
    ("requests", {}, 2, [3]),
]


@pytest.mark.parametrize(("what", "fields", "since", "wanted"), CASES)
async def test_a_list_is_chosen_counted_and_read_from_either_end(
    store: Store, what: str, fields: dict[str, Any], since: int | None, wanted: list[Any]
) -> None:
    """Port: any of the values of each field; `since` a line of the journal; `descending` backwards."""
    one, two = await keep_account(store, "one"), await keep_account(store, "two")
    for account in (one, two):
        await store.transact(lambda books, account=account: _write(books, account))  # type: ignore[misc]
    sought = Sought(fields=fields, since=since)

    def read(books: Books) -> tuple[Any, ...]:
        whole = _keys(books, one, what, sought, Page())
        backwards = _keys(books, one, what, sought, Page(limit=2, descending=True))
        return whole, _count(books, one, what, sought), backwards

    assert store.read(read) == (wanted, len(wanted), wanted[::-1][:2])


@pytest.mark.parametrize(
    ("what", "after", "wanted"),
    [
        ("messages", 1_001, [1_002, 2_000]),
        ("callbacks", 1, [2]),
        ("attempts", 1_000_001, [(1, 2), (2, 1)]),
        ("replies", 7, [9]),
        ("requests", 1, [2, 3]),
    ],
)
async def test_a_page_begins_after_a_place(store: Store, what: str, after: int, wanted: list[Any]) -> None:
    """Port: a cursor; at most `limit` items."""
    account = await keep_account(store)
    await store.transact(lambda books: _write(books, account))

    assert store.read(lambda books: _keys(books, account, what, Sought(), Page(after=after, limit=2))) == wanted


@pytest.mark.parametrize(
    ("what", "before", "wanted"),
    [
        ("messages", 2_000, [1_002, 1_001]),
        ("messages", 1_000, []),
        ("messages", 10**15, [2_002, 2_001]),
        ("callbacks", 2, [1]),
        ("attempts", 2_000_001, [(1, 2), (1, 1)]),
        ("attempts", 1_000_002, [(1, 1)]),
        ("replies", 9, [7]),
        ("requests", 3, [2, 1]),
    ],
)
async def test_a_page_backwards_begins_before_a_place(store: Store, what: str, before: int, wanted: list[Any]) -> None:
    """Port: strictly before the cursor, the nearest first; at most `limit` items."""
    account = await keep_account(store)
    await store.transact(lambda books: _write(books, account))
    page = Page(after=before, limit=2, descending=True)

    assert store.read(lambda books: _keys(books, account, what, Sought(), page)) == wanted


async def test_the_latest_code_of_a_number_is_known(store: Store) -> None:
    """F-6: by the message that it was sent in."""
    account = await keep_account(store)
    codes = [
        Code(token="t", client_ref=ref, code="1", case_sensitive=False, made_at=T0, number=number, message=message)
        for ref, number, message in (("a", "1", 10), ("b", "1", 12), ("c", "1", 11), ("d", "2", 13))
    ]
    for each in codes:
        await store.transact(lambda books, each=each: books.codes.put(account, each))  # type: ignore[misc]

    found = store.read(lambda books: [books.codes.latest(account, number) for number in ("1", "2", "3")])

    assert found == [codes[1], codes[3], None]

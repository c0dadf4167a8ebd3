"""Why something is not there: it never was, or it was evicted (D13)."""

from mock_amp.core.account import Account
from mock_amp.core.records import Sort
from mock_amp.engine.errors import Evicted, NoSuch
from mock_amp.ports import Books


def missing(books: Books, account: Account, sort: Sort, key: int | None, what: str) -> NoSuch:
    """What to raise for something that an account has not; `what` names it in words."""
    lost = books.retention.lost(account.key, sort)
    if key is not None and lost.holds(key):
        return Evicted(f"{what} was evicted: account {account.id} keeps only so much, and says how much in its limits")
    return NoSuch(f"account {account.id} has no {what}")

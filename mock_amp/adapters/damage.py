"""Rows of the file that SQLite hands out and nobody can read: damage that only those who decode them see."""

from collections.abc import Callable
from functools import wraps
from typing import Final, TypeVar

from mock_amp.ports import StoreDamaged

A = TypeVar("A")
T = TypeVar("T")

UNREADABLE: Final = (ValueError, TypeError, LookupError, AttributeError, OverflowError)
"""What decoding ends with: no JSON, no UTF-8, a word that is none of ours, too few values, or others."""

_LONGEST: Final = 200


def damage(what: str, error: Exception) -> StoreDamaged:
    """What the store says of a row, `what` being its table, that cannot be read."""
    why = f"{error} is nothing that may stand there" if isinstance(error, KeyError) else str(error)
    return StoreDamaged(f"the file is damaged: a row of {what} cannot be read ({' '.join(why.split())[:_LONGEST]})")


def decoder(what: str) -> Callable[[Callable[[A], T]], Callable[[A], T]]:
    """Has a function that turns a row or a cell of a table into a value raise StoreDamaged when it cannot."""

    def guard(read: Callable[[A], T]) -> Callable[[A], T]:
        @wraps(read)
        def decode(stored: A) -> T:
            try:
                return read(stored)
            except UNREADABLE as error:
                raise damage(what, error) from error

        return decode

    return guard

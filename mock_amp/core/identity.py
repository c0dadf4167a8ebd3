"""Ids that come from the account's seed and clock, so that the same run gives the same bytes (D11).

Account ids and tokens never come from here: they are secrets of the process, drawn by the Ids port.
"""

from functools import lru_cache
from hashlib import blake2b
from typing import Final

from mock_amp.core.instants import Instant

_PER_MILLISECOND: Final = 999
LAST_ORDINAL: Final = 10**13 * _PER_MILLISECOND - 1
"""The last one of which there is a message id (R-5)."""
_ID_DIGITS: Final = 20
_VARIANT: Final = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
"""The digit of a UUID that says how it is laid out: its two upper bits are fixed."""


def uuid4_of(seed: int, purpose: str, number: int) -> str:
    """The `number`th UUID v4 that the seed gives for a purpose, in lower case (R-1)."""
    digest = blake2b(f"{seed}/{purpose}/{number}".encode(), digest_size=16).hexdigest()
    variant = _VARIANT[digest[16]]
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:]}"


def seed_of(seed: int, number: int) -> int:
    """The seed of the `number`th account of a server that was given a seed."""
    return int.from_bytes(blake2b(f"{seed}/account/{number}".encode(), digest_size=6).digest())


def seed_of_token(seed: int, token: str) -> int:
    """The seed of the account that a token opens on a server that was given a seed: the same, whoever comes first."""
    return int.from_bytes(blake2b(f"{seed}/token/{token}".encode(), digest_size=6).digest())


def first_ordinal(now: Instant, last: int) -> int:
    """The ordinal of the next message: the first of this millisecond, or the one after the last ever given (R-5).

    Ordinals count messages: 999 fit a millisecond, so past them the milliseconds move on by themselves.
    """
    return max(now // 1_000 * _PER_MILLISECOND, last + 1)


def message_id(ordinal: int, node: int) -> str:
    """Twenty digits: 13 of milliseconds, 3 of sequence from 001, 4 of node (R-5)."""
    milliseconds, sequence = divmod(ordinal, _PER_MILLISECOND)
    return f"{milliseconds:013d}{sequence + 1:03d}{node:04d}"


def message_ids(first: int, size: int, node: int) -> list[str]:
    """The message ids of so many ordinals from the first on: made a millisecond at a time."""
    if size == 1:
        return [message_id(first, node)]
    last, endings = first + size - 1, _endings(node)
    begun, ended = first % _PER_MILLISECOND, last % _PER_MILLISECOND
    found: list[str] = []
    for milliseconds in range(first // _PER_MILLISECOND, last // _PER_MILLISECOND + 1):
        found += map(f"{milliseconds:013d}".__add__, endings)
    return found[begun : len(found) - _PER_MILLISECOND + ended + 1]


@lru_cache(maxsize=4)
def _endings(node: int) -> tuple[str, ...]:
    """What the ids of one millisecond end in."""
    return tuple(f"{sequence + 1:03d}{node:04d}" for sequence in range(_PER_MILLISECOND))


def ordinal_of(text: str, node: int) -> int | None:
    """The ordinal behind a message id, or None when no message can have that id."""
    if len(text) != _ID_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    milliseconds, sequence, at_node = int(text[:13]), int(text[13:16]), int(text[16:])
    if at_node != node or sequence == 0:
        return None
    return milliseconds * _PER_MILLISECOND + sequence - 1

"""Ids that come from the account's seed and clock, so that the same run gives the same bytes (D11).

Account ids and tokens never come from here: they are secrets of the process, drawn by the Ids port.
"""

from hashlib import blake2b
from typing import Final
from uuid import UUID

from mock_amp.core.instants import Instant

_PER_MILLISECOND: Final = 999
LAST_ORDINAL: Final = 10**13 * _PER_MILLISECOND - 1
"""The last one of which there is a message id (R-5)."""
_ID_DIGITS: Final = 20


def uuid4_of(seed: int, purpose: str, number: int) -> str:
    """The `number`th UUID v4 that the seed gives for a purpose, in lower case (R-1)."""
    digest = blake2b(f"{seed}/{purpose}/{number}".encode(), digest_size=16).digest()
    return str(UUID(bytes=digest, version=4))


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


def ordinal_of(text: str, node: int) -> int | None:
    """The ordinal behind a message id, or None when no message can have that id."""
    if len(text) != _ID_DIGITS or not (text.isascii() and text.isdigit()):
        return None
    milliseconds, sequence, at_node = int(text[:13]), int(text[13:16]), int(text[16:])
    if at_node != node or sequence == 0:
        return None
    return milliseconds * _PER_MILLISECOND + sequence - 1

"""Dice that come from an account's seed: the same seed, request and scenario throw the same (D11)."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b, shake_128
from typing import Final

STEPS: Final = 32
"""Different delays that jitter gives within one job, so that a large one still moves in groups (D5)."""

_SIDES: Final = 2**32


def throws(seed: int, purpose: str, number: int, count: int) -> Sequence[int]:
    """`count` numbers below 2**32 for the `number`th event of a purpose."""
    return memoryview(shake_128(f"{seed}/{purpose}/{number}".encode()).digest(4 * count)).cast("I")


def fraction(seed: int, purpose: str, number: int | str) -> float:
    """A number from 0 up to 1, without 1."""
    digest = blake2b(f"{seed}/{purpose}/{number}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64


@lru_cache(maxsize=200_000)
def reaches(seed: int, channel: str, number: str, share: float) -> bool:
    """Whether a channel that reaches a fraction of all numbers reaches this one: always, or never."""
    return fraction(seed, f"reach/{channel}", number) < share


def chosen(share: float, positions: Sequence[int], seed: int, purpose: str, number: int) -> list[int]:
    """The share of some positions, in their order: as many as it comes to, the odd one by chance."""
    if share >= 1:
        return list(positions)
    thrown = throws(seed, purpose, number, len(positions) + 1)
    most = int(share * len(positions) + thrown[-1] / _SIDES)
    lucky = sorted(range(len(positions)), key=thrown.__getitem__)[:most]
    return [positions[at] for at in sorted(lucky)]

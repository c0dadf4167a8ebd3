"""What is fuzzed: one parser, what it begins from, and what may never come of it."""

import signal
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parents[2] / "mock_amp"
CORPUS: Final = Path(__file__).resolve().parent / "corpus"
LIMIT: Final = 2.0
"""Seconds of this process's own work that one input may take: hundreds of times what any of them needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`attempt` raises for what must never come of an input; what it answers tells inputs of one kind from others."""

    name: str
    seeds: Sequence[bytes]
    words: Sequence[bytes]
    """What is put in here and there: what means something to the parser."""
    attempt: Callable[[bytes], Hashable]
    largest: int = 16_384
    """Bytes of an input."""
    json: bool = False
    """Whether inputs are changed as documents too, not only as bytes."""

    @property
    def corpus(self) -> Path:
        """The folder of the inputs that were findings once."""
        return CORPUS / self.name


class TooSlow(Exception):
    """An input took longer than any may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What came of one input: its kind, or what it broke and where; and how long it took, in seconds of work."""

    kind: Hashable = None
    broken: BaseException | None = None
    place: str = ""
    took: float = 0.0


def try_out(target: Target, data: bytes, limit: float = LIMIT) -> Tried:
    """Holds one input against a target; for more than `limit` seconds of work it is broken off."""
    begun = time.process_time()
    try:
        with _limited(limit):
            kind = target.attempt(data)
    except Exception as broken:
        return Tried(broken=broken, place=_place(broken), took=time.process_time() - begun)
    return Tried(kind=kind, took=time.process_time() - begun)


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Raises TooSlow in the midst of what takes longer. Regular expressions listen to signals too."""
    if not hasattr(signal, "SIGVTALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TooSlow(f"it took more than {seconds:g} s")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _place(broken: BaseException) -> str:
    """What broke, and the innermost line of ours that it broke in: findings of one place are one finding."""
    found, trace = "", broken.__traceback__
    while trace is not None:
        found = _line(trace) or found
        trace = trace.tb_next
    return f"{type(broken).__name__} in {found or 'the fuzzer'}"


def _line(trace: TracebackType) -> str:
    path = Path(trace.tb_frame.f_code.co_filename)
    return f"{path.relative_to(PACKAGE.parent)}:{trace.tb_lineno}" if path.is_relative_to(PACKAGE) else ""


def must(holds: bool, words: str) -> None:  # noqa: FBT001 - an assertion, for where an exception is looked at
    """Raises AssertionError where something does not hold."""
    if not holds:
        raise AssertionError(words)

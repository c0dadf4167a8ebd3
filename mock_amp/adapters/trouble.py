"""What keeps a store from its work. One line of the log tells when it begins and one when it is over, and seldom both.

On a disk that is all but full a small work passes and the next larger one fails: neither of them says how things stand.
"""

import asyncio
import logging
import math
from collections.abc import Callable
from typing import Final

log = logging.getLogger(__name__)

_CALM: Final = 60.0
"""Seconds without trouble after which the next one is another one."""

_PAUSES: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds that trouble lasts at least: at first, and each time that it is back too soon."""

_UNASKED: Final = 1.0
"""Seconds between two trials that nobody asked for."""


def loop_time() -> float:
    """Of the event loop that runs."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:  # no server yet, or none any more
        return 0.0


class Trouble:
    """Whether there is any, and when it may be tried whether it is over; `now` is in seconds."""

    def __init__(self, now: Callable[[], float] = loop_time) -> None:
        self._now = now
        self.words: str | None = None
        self.lasts = False
        """Whether nothing but another start, with a good file, ends it."""
        self._refused, self._returned = 0, 0
        self._over_at, self._try_at, self._unasked_at = -math.inf, -math.inf, -math.inf

    def begin(self, words: str, *, lasts: bool = False, so: str = "Sends are answered 503 until it can") -> None:
        """Something could not be done; in trouble already, that is no news."""
        if self.words is None:
            now = self._now()
            self._returned = min(self._returned + 1, len(_PAUSES) - 1) if now - self._over_at < _CALM else 0
            self._try_at = now + _PAUSES[self._returned]
            log.error("the store cannot do its work: %s. %s", words, so)
        if lasts or not self.lasts:
            self.words, self.lasts = words, lasts

    def refused(self) -> None:
        """A transaction was refused for it."""
        self._refused += 1

    def may_be_over(self) -> bool:
        """Whether it is worth a trial."""
        return self.words is not None and not self.lasts and self._now() >= self._try_at

    def may_be_over_unasked(self) -> bool:
        """Whether it is worth a trial of which nobody waits for the outcome."""
        if not self.may_be_over() or self._now() < self._unasked_at:
            return False
        self._unasked_at = self._now() + _UNASKED
        return True

    def end(self) -> None:
        """A trial has passed."""
        log.warning("the store writes again, after %d transactions that it refused", self._refused)
        self.words, self._refused, self._over_at = None, 0, self._now()

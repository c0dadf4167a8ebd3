"""Where a store's file lies, and whether what lies there still is what was opened.

Whoever deletes or replaces the file of a running server leaves it a file without a name, which no start finds.
"""

import contextlib
import math
import os
from typing import Final, NamedTuple

_SECONDS: Final = 1.0
"""Of the event loop, between two looks while works pass."""

_HOW: Final = "deleted or replaced while the server ran; start again"


class Place:
    """A file that has been opened, and its log."""

    def __init__(self, path: str, log: str) -> None:
        self._file, self._log = _opened(os.path.abspath(path)), _opened(log)
        self._look_at = -math.inf
        self._gone: str | None = None

    def gone(self, now: float | None = None) -> str | None:
        """What is gone, for good, in words for a person. With a time of the loop it looks at most once a second."""
        if self._gone is None and (now is None or now >= self._look_at):
            if now is not None:
                self._look_at = now + _SECONDS
            if self.lost():
                self._gone = f"the file is gone: {self._file.path} was {_HOW}"
            elif self._log.is_away():
                self._gone = f"the file's log is gone: {self._log.path} was {_HOW}"
        return self._gone

    def lost(self) -> bool:
        """Whether no start will find what is in the file."""
        return self._file.is_away() or self._file.is_empty()

    def sweep(self) -> None:
        """Takes the log away from beside another file, which would take it for its own."""
        if self._file.is_away() and not self._log.is_away():
            with contextlib.suppress(OSError):
                os.unlink(self._log.path)


class _Opened(NamedTuple):
    path: str
    identity: tuple[int, int] | None
    """None where files have none, as on some disks of Windows."""

    def is_away(self) -> bool:
        if self.identity is None:
            return False
        try:
            found = os.stat(self.path)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:  # nobody can tell
            return False
        return (found.st_dev, found.st_ino) != self.identity

    def is_empty(self) -> bool:
        try:
            return not os.path.getsize(self.path)
        except OSError:
            return False


def _opened(path: str) -> _Opened:
    try:
        found = os.stat(path)
    except OSError:
        return _Opened(path, None)
    return _Opened(path, (found.st_dev, found.st_ino) if found.st_ino else None)

"""What SQLite says of itself, in the log of the process: damage, a disk that fails, what it put right at a start."""

import contextlib
import logging
import sys
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final

import apsw

log = logging.getLogger(__name__)

_NOTICE: Final = 27
_OF_NO_NOTE: Final = frozenset({apsw.SQLITE_CONSTRAINT, apsw.SQLITE_SCHEMA, apsw.SQLITE_WARNING})
"""Primary codes of what is usual: a row that is there already, a statement prepared again, an index made for once."""

_TOLD_BY_THE_STORE: Final = frozenset({apsw.SQLITE_FULL, apsw.SQLITE_IOERR, apsw.SQLITE_READONLY, apsw.SQLITE_CANTOPEN})
"""Of what keeps the store from writing one line tells when it begins; SQLite would say it for each statement."""


_PUT_RIGHT: Final[ContextVar[list[tuple[int, str]] | None]] = ContextVar("put_right", default=None)
"""What SQLite put right in the file that is being opened; told once the file is not refused."""


def hear_sqlite() -> None:
    """Takes what SQLite says into the log, for all its connections in this process."""
    apsw.config(apsw.SQLITE_CONFIG_LOG, _hear)


@contextlib.contextmanager
def while_opening() -> Iterator[None]:
    """For the time in which a file is opened: of what is wrong with it one line tells, and that is not SQLite's."""
    put_right: list[tuple[int, str]] = []
    hook, token = sys.unraisablehook, _PUT_RIGHT.set(put_right)
    sys.unraisablehook = _but_for_texts(hook)
    try:
        yield
    finally:
        sys.unraisablehook = hook
        _PUT_RIGHT.reset(token)
    for code, message in put_right:
        _hear(code, message)


def _but_for_texts(hook: Callable[[Any], object]) -> Callable[[Any], None]:
    """What SQLite says may cite what a damaged file has for a name; apsw has no text of that for the log."""

    def tell(unraisable: Any) -> None:
        if not isinstance(unraisable.exc_value, UnicodeDecodeError):
            hook(unraisable)

    return tell


def _hear(code: int, message: str) -> None:
    primary = code & 0xFF
    quiet = primary in _OF_NO_NOTE or primary in _TOLD_BY_THE_STORE
    put_right = _PUT_RIGHT.get()
    if put_right is not None and primary == _NOTICE:
        put_right.append((code, message))
        return
    quiet = quiet or put_right is not None
    level = logging.INFO if primary == _NOTICE else logging.DEBUG if quiet else logging.WARNING
    log.log(level, "SQLite (%d): %s", code, message)

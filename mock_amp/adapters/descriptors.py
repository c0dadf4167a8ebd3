"""How many files and sockets this process may have open, where the system has such a limit."""

import logging
from typing import Final

try:
    import resource
except ImportError:  # Windows has none that a process could change
    resource = None  # type: ignore[assignment]


log = logging.getLogger(__name__)

_OTHERS: Final = 512
"""Files and sockets beside those of clients and callbacks: the store, the log, connections about to end."""

_OF_OLD: Final = 10_240
"""What macOS has always taken (its OPEN_MAX), and begins far below."""


def open_enough(connections: int, callbacks: int) -> None:
    """Raises our own limit, and says so in the log when so many connections and callbacks do not fit in it."""
    wanted = connections + callbacks + _OTHERS
    most = _open_more(wanted)
    if most is not None and most < wanted:
        log.warning(
            "this process may open %d files and sockets, and max-connections %d with max-callbacks %d may need %d: "
            "raise the limit of the system (ulimit -n), or lower --max-connections",
            most,
            connections,
            callbacks,
            wanted,
        )


def _open_more(wanted: int) -> int | None:
    """Raises the limit as far as the system lets us, and says what it is; None where there is none."""
    if resource is None:
        return None
    now, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for soft in (hard, wanted, max(now, _OF_OLD)):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        except (ValueError, OSError):  # macOS calls its limit none at all, and yet takes no such number
            continue
        break
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft

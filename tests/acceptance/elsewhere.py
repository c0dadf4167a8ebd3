"""mock-amp on a Python that has nothing of Unix, as far as this machine can play one.

`python -m tests.acceptance.elsewhere serve` is `mock-amp serve` there. What is missing: the modules that Windows has
not, what `os`, `signal` and `socket` have on Unix alone, and event loops that hear of signals. What stays: the files,
the sockets and the loop of this machine.
"""

import asyncio
import importlib
import importlib.abc
import os
import signal
import socket
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

BREAK: Final = signal.SIGUSR1
"""Stands for Ctrl-Break."""

MISSING: Final = frozenset({"uvloop", "fcntl", "resource", "pwd", "grp", "syslog", "termios"})
"""Modules."""

OF_UNIX: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "os": frozenset(
            {
                "fork",
                "forkpty",
                "geteuid",
                "getuid",
                "getegid",
                "getgid",
                "setuid",
                "setgid",
                "getpgid",
                "killpg",
                "setsid",
            }
            | {
                "chown",
                "fchown",
                "lchown",
                "fchmod",
                "mkfifo",
                "mknod",
                "statvfs",
                "getloadavg",
                "nice",
                "uname",
                "wait3",
            }
            | {
                "sysconf",
                "sched_getaffinity",
                "sched_setaffinity",
                "O_NOFOLLOW",
                "O_CLOEXEC",
                "O_DIRECTORY",
                "O_NONBLOCK",
            }
        ),
        "signal": frozenset(
            {
                "SIGKILL",
                "SIGHUP",
                "SIGCHLD",
                "SIGUSR1",
                "SIGUSR2",
                "SIGPIPE",
                "SIGALRM",
                "SIGQUIT",
                "SIGSTOP",
                "SIGCONT",
            }
            | {"alarm", "pause", "setitimer", "sigwait", "siginterrupt", "pthread_sigmask", "pthread_kill"}
        ),
        "socket": frozenset({"SO_REUSEPORT", "send_fds", "recv_fds", "CMSG_LEN", "CMSG_SPACE", "SCM_RIGHTS"}),
    }
)
"""Module -> what it has on Unix alone. Not AF_UNIX, of which this machine's loop makes the pipe to itself."""


class _Absent(importlib.abc.MetaPathFinder):
    """Finds that there is none."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname.partition(".")[0] in MISSING:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def leave_unix() -> None:
    """Takes away what another system has not. Python itself has taken what it needs of it.

    So has what chooses a part for the system that it finds.
    """
    importlib.import_module("platformdirs")
    for name in MISSING:
        sys.modules.pop(name, None)
    sys.meta_path.insert(0, _Absent())
    signal.SIGBREAK = BREAK  # type: ignore[attr-defined,misc,unused-ignore]
    for module in (os, signal, socket):
        for name in OF_UNIX[module.__name__]:
            if hasattr(module, name):
                delattr(module, name)
    asyncio.SelectorEventLoop.add_signal_handler = _not_here  # type: ignore[method-assign,assignment]
    asyncio.SelectorEventLoop.remove_signal_handler = _not_here  # type: ignore[method-assign,assignment]


def _not_here(*_of: Any) -> Any:
    raise NotImplementedError


if __name__ == "__main__":
    leave_unix()
    from mock_amp.cli.main import main

    main()

"""What a server holds at a moment: memory, tasks, sockets and files, as the system and its own `/metrics` tell it."""

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from benchmarks import bodies
from benchmarks.load import ask
from benchmarks.servers import Served

METRICS: Final = bodies.get("/metrics")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Bytes and counts; `at` is in seconds since the load began. What the server does not tell is None."""

    at: float
    done: int
    """Messages, or accounts, that had come about."""
    kept: int | None
    """How many of them were there still."""
    rss: int
    peak: int
    """The most memory that it has ever held."""
    store: int | None
    file: int
    """The file of the store and its log."""
    tasks: int | None
    connections: int | None
    fds: int
    sockets: int
    threads: int
    agenda: int | None
    posts: int | None
    streams: int | None
    waiters: int | None
    accounts: int | None

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Sample":
        return cls(**{each.name: document[each.name] for each in fields(cls)})


async def take(
    served: Served, began: float, *, done: int = 0, kept: int | None = None, file: Path | None = None
) -> Sample:
    """A sample of this moment; `began` is a moment of `time.monotonic`."""
    told = _numbers(await ask(served.port, METRICS))
    status = _status(served)
    links = list(_links(served))

    def gauge(name: str) -> int | None:
        value = told.get(f"mock_amp_{name}")
        return None if value is None else int(value)

    return Sample(
        at=round(time.monotonic() - began, 1),
        done=done,
        kept=kept,
        rss=served.resident(),
        peak=status["VmHWM"] * 1024,
        store=gauge("store_size_bytes"),
        file=_size(file) if file else 0,
        tasks=gauge("tasks"),
        connections=gauge("connections"),
        fds=len(links),
        sockets=sum(each.startswith("socket:") for each in links),
        threads=status["Threads"],
        agenda=gauge("agenda_rows"),
        posts=gauge("posts_in_flight"),
        streams=gauge("event_streams"),
        waiters=gauge("waiters"),
        accounts=gauge("accounts"),
    )


def around(samples: Sequence[Sample], share: float, width: float = 0.03) -> int:
    """The middle RSS of those samples that were taken about where this share of all was done."""
    wanted = samples[-1].done * share
    near = [each for each in samples if abs(each.done - wanted) <= samples[-1].done * width]
    return int(statistics.median(each.rss for each in near or [min(samples, key=lambda it: abs(it.done - wanted))]))


def slope(samples: Sequence[Sample], by: Callable[[Sample], float] = lambda it: it.done) -> float:
    """Bytes of RSS for each more of what was done, by the straight line that fits best; 0 for a point."""
    xs, ys = [by(each) for each in samples], [each.rss for each in samples]
    if len(set(xs)) <= 1:
        return 0.0
    return statistics.linear_regression(xs, ys).slope


def _numbers(text: bytes) -> dict[str, float]:
    """The metrics without labels, by name."""
    lines = [line.split(" ") for line in text.decode().splitlines() if not line.startswith("#") and "{" not in line]
    return {name: float(value) for name, value, *_ in lines}


def _status(served: Served) -> dict[str, int]:
    lines = Path(f"/proc/{served.process.pid}/status").read_text(encoding="utf-8").splitlines()
    return {name: int(value.split()[0]) for name, _, value in (line.partition(":") for line in lines) if name in _TOLD}


_TOLD: Final = ("VmHWM", "Threads")


def _links(served: Served) -> list[str]:
    found = []
    for each in Path(f"/proc/{served.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since the folder was read
            found.append(os.readlink(each))
    return found


def _size(file: Path) -> int:
    return sum(each.stat().st_size for each in (file, file.with_name(f"{file.name}-wal")) if each.exists())

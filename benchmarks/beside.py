"""What small sends see while sends of 50,000 destinations come one after another."""

import select
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle
from pathlib import Path

from benchmarks import bodies
from benchmarks.bulk import at_rest
from benchmarks.load import Taken, WrongAnswer, bombard, open_to, take_answer
from benchmarks.model import Row, against, percentile
from benchmarks.sends import both, write_answers
from benchmarks.servers import Served

CONNECTIONS = 64
A_SECOND = 200
"""Small sends: much less than either server could take, so that what is seen is what the large ones do to them."""

_PATIENCE = 30.0
_GLANCE = 0.05


async def measure(rounds: int, seconds: float, size: int = 50_000) -> list[Row]:
    """The same load for both: for so many seconds one large send after another, and small ones at fixed moments.

    How many large ones that makes is up to the server; at every moment there is one. A small send is owed at its
    moment even if its connection still waits for an answer, and what it sees counts from that moment: a server that
    stands still is seen by all who would have come meanwhile.
    """
    large, small = bodies.send(size), bodies.ones(2_000)
    slow: dict[str, list[float]] = {"ours": [], "floor": []}
    many: dict[str, int] = {"ours": 0, "floor": 0}
    cores: list[float] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        await write_answers(folder, size)
        with both(folder) as (ours, bare):
            for _ in range(rounds):
                await at_rest(ours, bare)
                for name, server in (("floor", bare), ("ours", ours)):
                    used = server.seconds_of_cpu()
                    waits, taken = _side_by_side(server, large, small, seconds)
                    cores.append((server.seconds_of_cpu() - used) / taken.seconds)
                    slow[name].append(percentile(waits, 0.99) * 1_000)
                    many[name] += len(taken.waits)
    note = f"{A_SECOND} small ones a second on {CONNECTIONS} connections; large ones done: {many['ours']} of ours, "
    name = f"small sends beside sends of {size:,}, p99"
    note += f"{many['floor']} of the floor; a server had at least {min(cores):.0%} of its core"
    return [against(name, "ms", slow["ours"], slow["floor"], "at most", 1.5, 1.0, note)]


def _side_by_side(server: Served, large: bytes, small: Sequence[bytes], seconds: float) -> tuple[list[float], Taken]:
    """Seconds that each small send saw, and the large ones: their thread is nearly always inside a system call."""
    with ThreadPoolExecutor(1) as apart:
        running = apart.submit(bombard, server.port, [large], 1, seconds)
        waits = paced(server.port, small, CONNECTIONS, CONNECTIONS / A_SECOND, lambda: not running.done())
        taken = running.result()
    return waits, taken


def paced(
    port: int, requests: Sequence[bytes], connections: int, every: float, going_on: Callable[[], bool]
) -> list[float]:
    """Open load: each connection owes a request `every` so many seconds; seconds from that moment to each answer.

    The moments of the connections are spread evenly. There is one answer at least. Raises WrongAnswer.
    """
    sockets = {each.fileno(): each for each in (open_to(port) for _ in range(connections))}
    order, waits, now = cycle(requests), list[float](), time.perf_counter
    began = heard = now()
    owed = deque((began + every * at / connections, number) for at, number in enumerate(sockets))  # by moment
    asked: dict[int, float] = {}
    late: dict[int, deque[float]] = {number: deque() for number in sockets}
    with select.epoll() as poll:
        for number in sockets:
            poll.register(number, select.EPOLLIN)
        while (going := going_on() or not waits) or asked:
            while going and owed[0][0] <= now():
                moment, number = owed.popleft()
                owed.append((moment + every, number))
                if number in asked:
                    late[number].append(moment)
                else:
                    asked[number] = moment
                    sockets[number].sendall(next(order))
            if asked and now() - heard > _PATIENCE:
                raise WrongAnswer(f"no small send was answered for {_PATIENCE:g} s")
            for number, _ in poll.poll(max(0.0, min(owed[0][0] - now(), _GLANCE)) if going else _GLANCE):
                heard = now()
                take_answer(sockets[number])
                waits.append(now() - asked.pop(number))
                if late[number]:
                    asked[number] = late[number].popleft()
                    sockets[number].sendall(next(order))
    for each in sockets.values():
        each.close()
    return waits

"""All that is measured, in the order in which it is: what each takes for a real run, and for a look at the harness."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchmarks import beside, bulk, callbacks, clocks, cold, growth, life, memory, plugin, sends, waiting
from benchmarks.model import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """`full` and `smoke` are the parameters of `run`; the first `main` rows that come of it are in the README."""

    name: str
    run: Callable[..., Awaitable[list[Row]]]
    full: Mapping[str, Any]
    smoke: Mapping[str, Any]
    main: int = 1

    def parameters(self, *, smoke: bool, rounds: int | None) -> dict[str, Any]:
        chosen = dict(self.smoke if smoke else self.full)
        return chosen | {"rounds": rounds} if rounds is not None and "rounds" in chosen else chosen


MEASURES: Final = (
    Measure(
        name="sends",
        run=sends.measure,
        full={"rounds": 5, "seconds": 4.0},
        smoke={"rounds": 1, "seconds": 0.2},
        main=6,
    ),
    Measure(name="bulk", run=bulk.measure, full={"rounds": 9}, smoke={"rounds": 1, "size": 100}),
    Measure(
        name="beside",
        run=beside.measure,
        full={"rounds": 5, "seconds": 8.0},
        smoke={"rounds": 1, "seconds": 0.5, "size": 100},
    ),
    Measure(name="life", run=life.measure, full={"rounds": 5}, smoke={"rounds": 1, "size": 100}),
    Measure(name="callbacks", run=callbacks.measure, full={"rounds": 5}, smoke={"rounds": 1, "size": 50}),
    Measure(name="cold", run=cold.measure, full={"rounds": 9}, smoke={"rounds": 1}, main=2),
    Measure(name="plugin", run=plugin.measure, full={"rounds": 15}, smoke={"rounds": 1}),
    Measure(
        name="memory",
        run=memory.measure,
        full={"rounds": 5, "sends": 20, "size": 50_000},
        smoke={"rounds": 1, "sends": 2, "size": 50},
        main=2,
    ),
    Measure(
        name="growth",
        run=growth.measure,
        full={
            "rounds": 3,
            "sizes": (1_000, 10_000, 50_000),
            "accounts": (1, 10, 100, 1_000),
            "held": (10_000, 100_000, 1_000_000),
            "work": 200,
        },
        smoke={"rounds": 1, "sizes": (10, 20), "accounts": (1, 2), "held": (20, 40), "work": 4},
    ),
    Measure(
        name="clocks",
        run=clocks.measure,
        full={"rounds": 2, "accounts": 10_000, "after": 20.0, "within": 60.0},
        smoke={"rounds": 1, "accounts": 5, "after": 3.0, "within": 6.0},  # seconds for what takes milliseconds
        main=2,
    ),
    Measure(
        name="waiting",
        run=waiting.measure,
        full={"rounds": 10, "waiters": 200},
        smoke={"rounds": 1, "waiters": 5},
    ),
)

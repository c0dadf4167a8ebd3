"""The battery by itself, by a clock that is turned by hand: what time does to its verdicts."""

from typing import Any

from mock_amp.adapters.clocks import HandClock
from mock_amp.core.certifying import BOUND, Wish
from mock_amp.core.instants import SECOND, Instant
from mock_amp.core.probes import Making
from mock_amp.core.retry import Answered, Outcome, Unreachable
from mock_amp.engine.certifying import Battery

T0 = Instant(1_767_225_600 * SECOND)


class Taking:
    """Implements the Transport port: each post takes so long by a clock that is turned by hand."""

    def __init__(self, clock: HandClock, took: int, outcome: Outcome = Answered(200)) -> None:  # noqa: B008 - a value
        self._clock, self._took, self._outcome = clock, took, outcome

    async def post(self, url: str, body: bytes, *, cut: bool = False, drip: float = 0) -> Outcome:
        self._clock.turn(Instant(self._clock.now() + self._took + round(drip * SECOND)))
        return self._outcome

    async def close(self) -> None:
        return None


async def run(took: int, outcome: Outcome = Answered(200), **wish: Any) -> dict[str, str]:  # noqa: B008 - a value
    clock = HandClock(T0)
    made = Making(seed=7, now=T0, node=4003)
    wanted = Wish(callback_url="http://127.0.0.1:9/", **wish)
    results = await Battery(clock, Taking(clock, took, outcome)).run(wanted, made)
    assert clock.now() - T0 <= BOUND + took
    return {each.check.name: str(each.verdict) for each in results}


async def test_a_receiver_that_is_slow_and_in_time_is_warned() -> None:
    """C-4: by half of the time-out, or by five seconds."""
    assert set((await run(3 * SECOND)).values()) == {"warning"}
    assert set((await run(2 * SECOND)).values()) == {"passed"}


async def test_the_battery_ends_in_time_whatever_the_receiver_does() -> None:
    """Certify: what there was no time for is skipped, and is no fault of the receiver."""
    found = list((await run(9 * SECOND, timeout=10 * SECOND)).values())

    assert found == ["warning"] * 5 + ["skipped"] * 6


async def test_a_post_that_the_end_of_the_battery_cuts_short_is_skipped() -> None:
    found = await run(40 * SECOND, Unreachable("closed"), only=("retry",))

    assert found == {"retry": "skipped"}

"""Which fault a single event suffers: the first that takes it, by facts, window, number and dice."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pytest

from mock_amp.core.breaking import Struck, choose
from mock_amp.core.instants import MILLISECOND, SECOND, Instant
from mock_amp.core.matching import one_of, pattern
from mock_amp.core.records import Injected
from mock_amp.core.scenario import CallbackFault, Choice, Moment, Nth, RequestFault
from mock_amp.core.windows import read_window
from tests.unit.builders import T0, later

SEND: Final = {"method": "POST", "path": "/1/im", "product": "im"}
ASK: Final = {"method": "GET", "path": "/1/im/status/1", "product": "im"}


def a_fault(name: str = "outage", choice: Choice | None = None, **match: Any) -> RequestFault:
    criteria = tuple((key, one_of(value)) for key, value in match.items())
    return RequestFault(name=name, criteria=criteria, choice=choice or Choice(), status=503)


def struck(
    faults: Sequence[RequestFault], events: Sequence[Mapping[str, Any]], now: Instant = T0, seed: int = 7
) -> list[str | None]:
    """The names of the faults that events suffer, one after the other."""
    counts: dict[int, int] = {}
    names = []
    for facts in events:
        fault, changed = choose(faults, facts, Moment(seed=seed, now=now, since=T0, counts=counts), "request")
        counts.update(changed)
        names.append(fault.name if fault else None)
    return names


def test_without_faults_nothing_is_suffered() -> None:
    assert choose((), SEND, Moment(), "request") == (None, {})


def test_a_fault_that_asks_nothing_strikes_everything_and_counts_nothing() -> None:
    fault = a_fault()

    assert choose((fault,), SEND, Moment(), "request") == (fault, {})


def test_the_first_fault_that_takes_an_event_has_it() -> None:
    faults = (a_fault("asks", method="GET"), a_fault("first"), a_fault("second"))

    assert struck(faults, [SEND, ASK]) == ["first", "asks"]


def test_every_criterion_of_a_fault_has_to_fit() -> None:
    fault = RequestFault(name="both", criteria=(("method", one_of("GET")), ("path", pattern({"prefix": "/1/im/"}))))

    assert struck((fault,), [SEND, ASK, {**ASK, "method": "POST"}]) == [None, "both", None]


@pytest.mark.parametrize(
    ("nth", "taken"),
    [
        (Nth(these=frozenset({2})), [2]),
        (Nth(these=frozenset({1, 4})), [1, 4]),
        (Nth(first=2), [1, 2]),
        (Nth(every=3), [3, 6]),
        (Nth(after=4), [5, 6]),
    ],
)
def test_a_fault_takes_those_of_its_numbers(nth: Nth, taken: list[int]) -> None:
    names = struck((a_fault(choice=Choice(nth=nth)),), [SEND] * 6)

    assert [number for number, name in enumerate(names, 1) if name] == taken


def test_only_what_fits_the_rest_of_a_fault_counts() -> None:
    second_ask = a_fault(choice=Choice(nth=Nth(these=frozenset({2}))), method="GET")

    assert struck((second_ask,), [ASK, SEND, SEND, ASK, ASK]) == [None, None, None, "outage", None]


def test_what_an_earlier_fault_takes_does_not_count_for_a_later_one() -> None:
    faults = (a_fault("early", choice=Choice(nth=Nth(first=2))), a_fault("late", choice=Choice(nth=Nth(first=1))))

    assert struck(faults, [SEND] * 4) == ["early", "early", "late", None]


def test_what_is_outside_the_window_neither_suffers_nor_counts() -> None:
    """The window counts from when the scenario came into force, and its end is outside."""
    choice = Choice(nth=Nth(first=5), during=read_window({"from": "1m", "to": "2m"}))
    times = [later(seconds) for seconds in (0, 59.999999, 60, 119.999999, 120)]

    found = [choose((a_fault(choice=choice),), SEND, Moment(now=now, since=T0), "request") for now in times]

    assert [bool(fault) for fault, _ in found] == [False, False, True, True, False]
    assert [dict(counts) for _, counts in found] == [{}, {}, {0: 1}, {0: 1}, {}]


def test_counts_that_have_changed_come_back_by_place_and_no_others() -> None:
    counted = Choice(nth=Nth(these=frozenset({9})))
    faults = (a_fault("asks", counted, method="GET"), a_fault("plain", method="PUT"), a_fault("sends", counted))

    _, counts = choose(faults, SEND, Moment(counts={0: 3, 2: 7}), "request")

    assert counts == {2: 8}


def test_a_share_is_about_as_large_as_it_says() -> None:
    names = struck((a_fault(choice=Choice(share=0.3)),), [SEND] * 10_000)

    assert 2_850 < len(names) - names.count(None) < 3_150


def test_a_share_is_of_those_that_the_numbers_take() -> None:
    names = struck((a_fault(choice=Choice(nth=Nth(every=2), share=0.5)),), [SEND] * 1_000)

    assert set(names[::2]) == {None}
    assert 200 < len(names) - names.count(None) < 300


def test_the_dice_of_a_share_come_from_seed_place_and_purpose() -> None:
    half, moments = (a_fault(choice=Choice(share=0.5)),), [Moment(seed=7, counts={0: at}) for at in range(100)]

    def thrown(faults: Sequence[RequestFault], moments: Sequence[Moment], purpose: str = "request") -> list[bool]:
        return [bool(choose(faults, SEND, moment, purpose)[0]) for moment in moments]

    usual = thrown(half, moments)
    assert usual == thrown(half, moments)
    assert usual != thrown(half, [moment._replace(seed=8) for moment in moments])
    assert usual != thrown(half, moments, "callback")
    shifted = [moment._replace(counts={1: moment.counts[0]}) for moment in moments]
    assert usual != thrown((a_fault(method="PUT"), *half), shifted)


def test_faults_of_callbacks_are_chosen_alike() -> None:
    fault = CallbackFault(name="dropped", criteria=(("kind", one_of("reply")),), drop=True)

    assert choose((fault,), {"kind": "reply"}, Moment(), "callback") == (fault, {})
    assert choose((fault,), {"kind": "report"}, Moment(), "callback") == (None, {})


@pytest.mark.parametrize(
    ("status", "retry_after", "rule", "told"),
    [
        (429, None, "H-7", 1),
        (429, 30, "H-7", 30),
        (500, None, "H-8", None),
        (502, None, "H-8", None),
        (503, 0, "H-8", 0),
        (504, None, "H-8", None),
    ],
)
def test_a_status_is_refused_in_the_scenario_s_name(
    status: int, retry_after: int | None, rule: str, told: int | None
) -> None:
    """H-7, H-8: and says which fault it was."""
    refusal = Struck(fault=RequestFault(name="outage", status=status, retry_after=retry_after)).refusal

    assert refusal is not None
    assert (refusal.status, refusal.rule, refusal.retry_after) == (status, rule, told)
    assert refusal.reason.endswith(": The fault [outage] of the scenario was injected.")


def test_a_fault_without_a_status_refuses_nothing() -> None:
    assert Struck(fault=RequestFault(name="slow", latency=SECOND), latency=SECOND).refusal is None


def test_what_was_injected_is_told_in_the_words_of_the_file() -> None:
    fault = RequestFault(
        name="all at once", status=429, latency=SECOND, cut="middle", slow_body=2 * SECOND, malformed=True
    )

    assert Struck(fault=fault, latency=SECOND + 300 * MILLISECOND).injected == Injected(
        rule="all at once",
        faults={
            "status": 429,
            "retry_after": 1,
            "latency": "1s300ms",
            "cut": "middle",
            "slow_body": "2s",
            "malformed": True,
        },
    )


def test_what_was_not_injected_is_not_told() -> None:
    assert Struck(fault=RequestFault(name="outage", status=503)).injected.faults == {"status": 503}

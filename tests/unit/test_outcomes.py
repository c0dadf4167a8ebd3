"""What happens on one channel, as steps in time (L-2, L-4, L-7, L-8)."""

from typing import Any

import pytest

from mock_amp.core.chance import STEPS
from mock_amp.core.instants import LAST_INSTANT, SECOND
from mock_amp.core.model import IM_CHANNELS, Channel, Leg, Status, Step
from mock_amp.core.outcomes import steps_of, waking, within
from mock_amp.core.scenario import ERROR_CODES, Habits
from mock_amp.core.windows import Span
from tests.unit.builders import T0, a_scenario, an_offer, later

Told = list[tuple[float, str, int]]
FAILURES = {"unreachable": "UNDELIV", "undeliverable": "UNDELIV", "rejected": "REJECTD", "deleted": "DELETED"}


def told(steps: tuple[Step, ...]) -> Told:
    return [(step.after / SECOND, step.status.value, step.error_code) for step in steps]


def played(
    outcome: Any, channel: Channel = Channel.VIBER, *, luck: int = 0, ttl: int = 86_400, **defaults: Any
) -> Told:
    """What an outcome comes to on a channel."""
    scenario = a_scenario({"outcome": outcome}, defaults=defaults)
    offer = an_offer(channel, ttl=ttl)
    return told(steps_of(offer, scenario.rules[0].outcomes[channel], scenario.habits, scenario, luck))


@pytest.mark.parametrize("channel", IM_CHANNELS)
def test_a_good_instant_message_is_seen(channel: Channel) -> None:
    """L-2, L-7: ACCEPTD, DELIVRD, SEEN, all with code 0."""
    assert played("seen", channel) == [(0.2, "ACCEPTD", 0), (1, "DELIVRD", 0), (3, "SEEN", 0)]


@pytest.mark.parametrize("outcome", ["seen", "delivered", {"status": "SEEN"}, {"never_read": True}, {"jitter": 0}])
def test_an_sms_is_delivered_and_never_seen(outcome: Any) -> None:
    """L-2: whatever the outcome says."""
    assert played(outcome, Channel.SMS) == [(0.2, "ACCEPTD", 0), (1, "DELIVRD", 0)]


@pytest.mark.parametrize("outcome", ["delivered", {"status": "DELIVRD"}, {"never_read": True}])
def test_a_message_that_is_never_read_stays_delivered(outcome: Any) -> None:
    """L-2: SEEN only once it is read."""
    assert played(outcome) == [(0.2, "ACCEPTD", 0), (1, "DELIVRD", 0)]


@pytest.mark.parametrize("channel", [Channel.VIBER, Channel.SMS])
@pytest.mark.parametrize(("word", "status"), [*FAILURES.items(), ("unknown", "UNKNOWN")])
def test_a_word_says_how_a_channel_ends(word: str, status: str, channel: Channel) -> None:
    """L-4, L-7: after the channel took it, with a code that is not 0."""
    assert played(word, channel) == [(0.2, "ACCEPTD", 0), (1, status, ERROR_CODES[Status(status)])]


@pytest.mark.parametrize("channel", [Channel.VIBER, Channel.SMS])
def test_a_message_that_expires_does_so_at_its_ttl(channel: Channel) -> None:
    """L-4, I-7, M-12: EXPIRED at the channel's ttl."""
    assert played("expired", channel, ttl=15) == [(0.2, "ACCEPTD", 0), (15, "EXPIRED", 12)]


def test_an_outcome_may_say_when_it_comes() -> None:
    """L-8: from the start of the channel; what a reader does counts from there."""
    assert played({"after": "1m"}) == [(0.2, "ACCEPTD", 0), (60, "DELIVRD", 0), (62, "SEEN", 0)]
    assert played({"status": "REJECTD", "after": 0.1}) == [(0.1, "ACCEPTD", 0), (0.1, "REJECTD", 8)]
    assert played({"status": "EXPIRED", "after": "10s"}) == [(0.2, "ACCEPTD", 0), (10, "EXPIRED", 12)]


def test_an_outcome_may_choose_its_error_code() -> None:
    """L-7: our codes are made up; a scenario chooses."""
    assert played({"status": "UNDELIV", "error_code": 27})[-1] == (1, "UNDELIV", 27)


def test_a_scenario_may_choose_the_codes_of_all_failures() -> None:
    """L-7: also of one that comes by the ttl."""
    assert played("undeliverable", error_codes={"UNDELIV": 27})[-1][2] == 27
    assert played({"after": "1m"}, ttl=15, error_codes={"EXPIRED": 28})[-1] == (15, "EXPIRED", 28)
    assert played("rejected", error_codes={"UNDELIV": 27})[-1][2] == 8


def test_steps_come_as_they_are_written() -> None:
    """L-8: each counts from the start of the channel."""
    steps = [
        {"status": "ACCEPTD", "after": "1s"},
        {"status": "DELIVRD", "after": "5s"},
        {"status": "SEEN", "after": "2m"},
    ]

    assert played({"steps": steps}) == [(1, "ACCEPTD", 0), (5, "DELIVRD", 0), (120, "SEEN", 0)]
    assert played({"steps": steps}, Channel.SMS) == [(1, "ACCEPTD", 0), (5, "DELIVRD", 0)]


def test_a_step_has_its_own_code_or_the_scenarios() -> None:
    """L-7."""
    assert played({"steps": [{"status": "REJECTD", "after": 0, "error_code": 41}]}) == [(0, "REJECTD", 41)]
    assert played({"steps": [{"status": "REJECTD", "after": 0}]}, error_codes={"REJECTD": 42}) == [(0, "REJECTD", 42)]


def test_a_channel_whose_steps_come_to_no_end_expires() -> None:
    """L-4: at the ttl at the latest."""
    assert played({"steps": [{"status": "ACCEPTD", "after": 1}]}, ttl=15) == [(1, "ACCEPTD", 0), (15, "EXPIRED", 12)]


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        ({"after": "15s"}, [(0.2, "ACCEPTD", 0), (15, "DELIVRD", 0), (17, "SEEN", 0)]),
        ({"after": "15.1s"}, [(0.2, "ACCEPTD", 0), (15, "EXPIRED", 12)]),
        ({"status": "UNDELIV", "after": "20s"}, [(0.2, "ACCEPTD", 0), (15, "EXPIRED", 12)]),
        ({"status": "EXPIRED", "error_code": 7, "after": "1h"}, [(0.2, "ACCEPTD", 0), (15, "EXPIRED", 7)]),
        ({"steps": [{"status": "ACCEPTD", "after": "20s"}]}, [(15, "EXPIRED", 12)]),
    ],
    ids=str,
)
def test_what_would_come_after_the_ttl_expires_instead(outcome: Any, expected: Told) -> None:
    """L-4, M-12: what was delivered in time is read whenever."""
    assert played(outcome, ttl=15) == expected


@pytest.mark.parametrize("luck", range(STEPS))
def test_jitter_moves_all_steps_of_a_channel_alike(luck: int) -> None:
    """L-8: later by nothing up to the whole jitter, in their order."""
    plain, late = (played("seen", luck=luck, jitter=jitter) for jitter in (0, "10s"))
    moved = {round(after - before, 4) for (before, *_), (after, *_) in zip(plain, late, strict=True)}

    assert len(moved) == 1
    assert 0 <= moved.pop() <= 10


def test_jitter_goes_from_nothing_to_all_of_it() -> None:
    assert played("seen", luck=0, jitter="10s")[0][0] == 0.2
    assert played("seen", luck=STEPS - 1, jitter="10s")[0][0] == 10.2


def test_an_outcome_may_have_a_jitter_of_its_own() -> None:
    assert played({"jitter": "1s"}, luck=STEPS - 1, jitter="10s")[1] == (2, "DELIVRD", 0)
    assert played({"jitter": 0}, luck=STEPS - 1, jitter="10s")[1] == (1, "DELIVRD", 0)


def test_jitter_puts_nothing_past_the_ttl() -> None:
    """L-4: EXPIRED is at the ttl, jitter or not; a delivery that it makes late expires."""
    assert played("expired", luck=STEPS - 1, ttl=15, jitter="10s")[-1] == (15, "EXPIRED", 12)
    assert played({"after": "10s"}, luck=STEPS - 1, ttl=15, jitter="10s")[-1] == (15, "EXPIRED", 12)


def read(outcome: Any, habits: Habits, channel: Channel = Channel.VIBER) -> Told:
    scenario = a_scenario({"outcome": outcome})
    return told(steps_of(an_offer(channel), scenario.rules[0].outcomes[channel], habits, scenario))


def test_a_reader_reads_so_long_after_the_delivery() -> None:
    """L-2: SEEN is what the recipient does."""
    habits = Habits(read_after=10 * SECOND)

    assert read("seen", habits)[-1] == read({"jitter": 0}, habits)[-1] == (11, "SEEN", 0)
    assert read("seen", Habits(read_after=0))[-1] == (1, "SEEN", 0)
    assert read("seen", habits, Channel.SMS)[-1] == (1, "DELIVRD", 0)


def test_who_never_reads_sees_nothing_unless_the_outcome_says_seen() -> None:
    """L-2: a rule decides before the handset does."""
    habits = Habits(never_reads=True)

    assert read({"jitter": 0}, habits)[-1] == (1, "DELIVRD", 0)
    assert read("seen", habits)[-1] == (3, "SEEN", 0)


def test_steps_within_a_ttl_are_kept() -> None:
    steps = (Step(after=1, status=Status.ACCEPTD), Step(after=2, status=Status.DELIVRD))

    assert within(steps, 2, 12) == steps


GOOD = (
    Step(after=SECOND, status=Status.ACCEPTD),
    Step(after=2 * SECOND, status=Status.DELIVRD),
    Step(after=4 * SECOND, status=Status.SEEN),
)


def woken(*off: Span, steps: tuple[Step, ...] = GOOD, ttl: int = 60) -> Told:
    leg = Leg(channel=Channel.VIBER, sender="Harbour", steps=steps, ttl=ttl * SECOND, expired_code=12, off=off)
    found = waking(leg, T0)
    assert found.off == ()
    return told(found.steps)


def test_a_handset_that_is_on_gets_its_messages_at_once() -> None:
    assert woken(Span(later(10), later(20))) == [(1, "ACCEPTD", 0), (2, "DELIVRD", 0), (4, "SEEN", 0)]


def test_what_would_be_delivered_while_the_handset_is_off_waits() -> None:
    """L-8: the network takes it all the same; what is read, is read after the delivery."""
    assert woken(Span(T0, later(30))) == [(1, "ACCEPTD", 0), (30, "DELIVRD", 0), (32, "SEEN", 0)]


def test_a_handset_that_goes_off_after_the_delivery_reads_later() -> None:
    """L-2: SEEN is no more than the handset's."""
    assert woken(Span(later(3), later(30))) == [(1, "ACCEPTD", 0), (2, "DELIVRD", 0), (30, "SEEN", 0)]


def test_what_was_delivered_is_read_after_the_ttl_too() -> None:
    """I-7: the ttl is for the delivery."""
    assert woken(Span(later(3), later(600)))[-1] == (600, "SEEN", 0)


@pytest.mark.parametrize("until", [60.000_001, 600])
def test_a_message_expires_on_a_handset_that_is_off_past_the_ttl(until: float) -> None:
    """L-4: EXPIRED at the ttl."""
    assert woken(Span(T0, later(until))) == [(1, "ACCEPTD", 0), (60, "EXPIRED", 12)]


def test_a_message_is_delivered_at_the_last_moment_of_its_ttl() -> None:
    assert woken(Span(T0, later(60)))[1] == (60, "DELIVRD", 0)


def test_a_handset_that_is_off_for_ever_gets_nothing() -> None:
    """L-4: and one that goes off for ever after the delivery reads nothing."""
    assert woken(Span(T0, LAST_INSTANT))[-1] == (60, "EXPIRED", 12)
    assert woken(Span(later(3), LAST_INSTANT))[-1] == (2, "DELIVRD", 0)


def test_a_network_fails_whether_the_handset_is_on_or_off() -> None:
    """L-4: nobody asks the handset."""
    failing = (GOOD[0], Step(after=2 * SECOND, status=Status.REJECTD, error_code=8))

    assert woken(Span(T0, later(30)), steps=failing) == [(1, "ACCEPTD", 0), (2, "REJECTD", 8)]

"""L-1 to L-8: which status may follow which."""

import pytest

from mock_amp.core.instants import Instant
from mock_amp.core.lifecycle import NEXT, may_follow
from mock_amp.core.model import Channel, Status
from tests.unit.builders import T0, an_entry

FAILURES = (Status.UNDELIV, Status.REJECTD, Status.EXPIRED)
FINAL = tuple(status for status in Status if status not in (Status.ACCEPTD, Status.DELIVRD))
NETWORKS = tuple(channel for channel in Channel if channel is not Channel.INTERNAL)


def test_the_table_knows_every_status() -> None:
    """L-1: eight of them."""
    assert set(NEXT) == set(Status)


@pytest.mark.parametrize("status", FINAL)
def test_nothing_follows_a_final_status_on_its_channel(status: Status) -> None:
    """L-8: final states are final."""
    assert NEXT[status] == frozenset()


@pytest.mark.parametrize("after", [*FAILURES, Status.DELIVRD, Status.DELETED, Status.UNKNOWN])
def test_a_message_that_a_network_took_comes_to_an_outcome(after: Status) -> None:
    """L-2, L-4: ACCEPTD is followed by any outcome of the same channel."""
    assert may_follow(an_entry(Channel.VIBER, Status.ACCEPTD), an_entry(Channel.VIBER, after))


@pytest.mark.parametrize("after", [Status.ACCEPTD, Status.SEEN])
def test_a_message_that_a_network_took_is_not_taken_again_nor_seen_before_it_is_delivered(after: Status) -> None:
    """L-2: ACCEPTD, DELIVRD, SEEN, in this order."""
    assert not may_follow(an_entry(Channel.VIBER, Status.ACCEPTD), an_entry(Channel.VIBER, after))


@pytest.mark.parametrize("channel", [channel for channel in NETWORKS if channel is not Channel.SMS])
def test_an_instant_message_that_was_delivered_is_seen(channel: Channel) -> None:
    """L-2: and for IM SEEN."""
    assert may_follow(an_entry(channel, Status.DELIVRD), an_entry(channel, Status.SEEN))


def test_an_sms_is_never_seen() -> None:
    """L-2: SMS ends at DELIVRD."""
    assert not may_follow(an_entry(Channel.SMS, Status.DELIVRD), an_entry(Channel.SMS, Status.SEEN))


@pytest.mark.parametrize("channel", NETWORKS)
@pytest.mark.parametrize("status", [Status.ACCEPTD, *FAILURES])
def test_the_first_network_takes_over_from_the_platform(channel: Channel, status: Status) -> None:
    """L-2, L-4: it takes the message or fails at once."""
    assert may_follow(an_entry(Channel.INTERNAL, Status.ACCEPTD), an_entry(channel, status))


@pytest.mark.parametrize("status", [Status.DELIVRD, Status.SEEN])
def test_a_message_is_not_delivered_by_a_network_that_never_took_it(status: Status) -> None:
    """L-2: the second ACCEPTD comes first."""
    assert not may_follow(an_entry(Channel.INTERNAL, Status.ACCEPTD), an_entry(Channel.VIBER, status))


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failure_hands_over_to_another_channel(failure: Status) -> None:
    """L-4: then the next channel is tried."""
    assert may_follow(an_entry(Channel.VIBER, failure), an_entry(Channel.SMS, Status.ACCEPTD))


@pytest.mark.parametrize("status", [Status.DELIVRD, Status.SEEN, Status.DELETED, Status.UNKNOWN, Status.ACCEPTD])
def test_only_a_failure_hands_over(status: Status) -> None:
    """L-4: DELETED and UNKNOWN end the message without fallback."""
    assert not may_follow(an_entry(Channel.VIBER, status), an_entry(Channel.SMS, Status.ACCEPTD))


def test_the_platform_may_reject_what_it_accepted() -> None:
    """O-9: INTERNAL ACCEPTD, then INTERNAL REJECTD."""
    assert may_follow(an_entry(Channel.INTERNAL, Status.ACCEPTD), an_entry(Channel.INTERNAL, Status.REJECTD))


@pytest.mark.parametrize(
    ("channel", "status"), [(Channel.INTERNAL, Status.REJECTD), (Channel.SMS, Status.ACCEPTD)], ids=str
)
def test_nothing_follows_when_the_platform_rejected(channel: Channel, status: Status) -> None:
    """L-8, O-9: the rejection of the platform is final; no network gets the message."""
    assert not may_follow(an_entry(Channel.INTERNAL, Status.REJECTD), an_entry(channel, status))


@pytest.mark.parametrize("before", NETWORKS)
def test_a_message_never_goes_back_to_the_platform(before: Channel) -> None:
    """L-2: INTERNAL is before any network."""
    assert not may_follow(an_entry(before, Status.UNDELIV), an_entry(Channel.INTERNAL, Status.REJECTD))


def test_time_does_not_go_back() -> None:
    """L-8: time only moves forward."""
    before = an_entry(Channel.VIBER, Status.ACCEPTD)

    assert may_follow(before, an_entry(Channel.VIBER, Status.DELIVRD, at=T0))
    assert not may_follow(before, an_entry(Channel.VIBER, Status.DELIVRD, at=Instant(T0 - 1)))

"""C-4, C-5: when a callback is delivered, tried again, or given up."""

import pytest

from mock_amp.core.retry import Answered, Delivered, Discarded, Outcome, RetryAt, RetryPolicy, Unreachable
from tests.unit.builders import T0, later, minutes

POLICY = RetryPolicy(attempts=3, interval=minutes(5))
FAILURES = [
    *(Answered(status) for status in (201, 202, 204, 301, 302, 307, 400, 401, 404, 410, 429, 500, 503)),
    Unreachable("no answer within 30s"),
]


@pytest.mark.parametrize("attempt", [1, 2, 3])
def test_a_callback_answered_200_is_delivered(attempt: int) -> None:
    """C-4: at any attempt, the last one too."""
    assert POLICY.after(attempt, Answered(200), T0) == Delivered()


def test_the_body_of_the_answer_is_ignored() -> None:
    """C-4: only the status counts."""
    assert POLICY.after(1, Answered(200, body='{"error": "no"}'), T0) == Delivered()


@pytest.mark.parametrize("outcome", FAILURES, ids=str)
def test_anything_but_200_is_a_failed_attempt(outcome: Outcome) -> None:
    """C-4: only 200 counts."""
    assert isinstance(POLICY.after(1, outcome, T0), RetryAt)


def test_the_next_attempt_is_five_minutes_after_this_one_was_due() -> None:
    """C-5: the five minutes count from when the attempt was due."""
    assert POLICY.after(2, Unreachable("no connection"), later(300)) == RetryAt(later(600))


@pytest.mark.parametrize("outcome", FAILURES, ids=str)
def test_the_third_failure_is_the_last(outcome: Outcome) -> None:
    """C-5: three attempts; then discarded."""
    assert POLICY.after(3, outcome, T0) == Discarded()


def test_a_policy_of_one_attempt_never_retries() -> None:
    """C-5: how often is a setting."""
    policy = RetryPolicy(attempts=1, interval=minutes(5))

    assert policy.after(1, Answered(500), T0) == Discarded()

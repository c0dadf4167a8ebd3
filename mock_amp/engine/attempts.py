"""What came of an attempt of a callback, as it is written down and as the log says it (C-4, C-5)."""

import logging
from typing import Final, NamedTuple

from mock_amp.core.authority import without_password
from mock_amp.core.instants import Instant
from mock_amp.core.records import Attempt, Callback, CallbackState, Happening
from mock_amp.core.retry import Answered, Delivered, Discarded, Outcome, RetryAt, RetryPolicy, Unreachable, Verdict
from mock_amp.core.sabotage import suffered

_SAID: Final = 400
"""Characters of an error that the log says."""

log = logging.getLogger(__name__)


class Landing(NamedTuple):
    """An attempt, and how its callback stands after it: due at `due_at` last, or once more at `retry_at`."""

    attempt: Attempt
    state: CallbackState
    due_at: Instant
    retry_at: Instant | None


def landing(policy: RetryPolicy, callback: Callback, outcome: Outcome, began: Instant, ended: Instant) -> Landing:
    """What comes of a callback's next attempt; `began` and `ended` in real time."""
    verdict = policy.after(callback.tried + 1, outcome, callback.due_at)
    if is_over(callback):
        verdict, state = asked_again(callback, verdict)
    else:
        state = state_after(verdict)
    retry_at = verdict.at if isinstance(verdict, RetryAt) else None
    due_at = callback.due_at if retry_at is None else retry_at
    return Landing(attempt_of(callback, outcome, began, ended), state, due_at, retry_at)


def happening(attempt: Attempt) -> Happening:
    """An attempt as an advance tells of it."""
    return Happening(
        at=attempt.at, kind="attempt", callback=attempt.callback, attempt=attempt.number, outcome=attempt.outcome
    )


def injected(callback: Callback, fault: str, why: str) -> Unreachable:
    """The outcome of an attempt that suffered a fault of the scenario."""
    rule = callback.injected.rule if callback.injected else ""
    return Unreachable(f"injected by the rule {rule!r} ({fault}): {why}")


def attempt_of(callback: Callback, outcome: Outcome, began: Instant, ended: Instant) -> Attempt:
    """The record of a callback's next attempt; `began` and `ended` in real time."""
    number = callback.tried + 1
    status, error, answer = None, None, None
    match outcome:
        case Answered():
            status, answer = outcome.status, outcome.body
        case Unreachable():
            error = outcome.error
    return Attempt(
        callback=callback.key,
        number=number,
        at=callback.due_at,
        real_at=began,
        ended_at=ended,
        outcome="delivered" if status == 200 else "failed",
        status=status,
        error=error,
        answer=answer,
        injected=suffered(callback, number),
    )


def state_after(verdict: Verdict) -> CallbackState:
    match verdict:
        case Delivered():
            return CallbackState.DELIVERED
        case RetryAt():
            return CallbackState.RETRYING
        case Discarded():
            return CallbackState.DISCARDED


def is_over(callback: Callback) -> bool:
    """Whether nothing more is owed for a callback: another attempt was asked for, and is not followed by retries."""
    return callback.state in (CallbackState.DELIVERED, CallbackState.DISCARDED)


def asked_again(callback: Callback, verdict: Verdict) -> tuple[Verdict, CallbackState]:
    """What an attempt of a callback that was over comes to: a failed one leaves it as it was."""
    if isinstance(verdict, Delivered):
        return verdict, CallbackState.DELIVERED
    return Discarded(), callback.state


def say(callback: Callback, number: int, outcome: Outcome, state: CallbackState) -> None:
    if state is CallbackState.DELIVERED:
        log.debug("callback %s delivered to %s", callback.key, without_password(callback.url))
        return
    why = f"answered {outcome.status}" if isinstance(outcome, Answered) else outcome.error[:_SAID]
    url = without_password(callback.url)
    log.warning("callback %s to %s: attempt %d failed (%s); %s", callback.key, url, number, why, state)

"""What the answers of a receiver to a check mean, and how that is told on the control plane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import orjson

from mock_amp.core import wire
from mock_amp.core.certifying import Check, Right, Wish
from mock_amp.core.instants import MILLISECOND, SECOND, Duration, format_duration
from mock_amp.core.probes import Post
from mock_amp.core.retry import BAD_CERTIFICATE, FORBIDDEN, NO_CONNECTION, Answered, Outcome, Unreachable

SHOWN: Final = 2_048
"""Bytes of a body that are told whole; of a larger one the middle is left out."""

_SLOW: Final = 5 * SECOND
_RETRIED: Final = "the real service would try twice more, five minutes apart, and then discard it"
_NOBODY: Final = "Start the receiver, look at host and port, and at what stands between it and the machine that posts."
_C_6: Final = (
    "Serve the whole chain, for the host name in the URL, not expired; a CA of your own needs the setting callback-ca."
)


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    WARNING = "warning"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A post that was made, and what came of it after `took` of real time."""

    url: str
    post: Post
    outcome: Outcome
    took: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The verdict on one check; `advice` says what came to pass and what to do, or why the check was skipped."""

    check: Check
    verdict: Verdict
    rule: str
    advice: str = ""
    tried: tuple[Tried, ...] = ()

    @property
    def unreachable(self) -> bool:
        """Whether nothing that was posted got an answer."""
        return bool(self.tried) and all(isinstance(each.outcome, Unreachable) for each in self.tried)


def skipped(check: Check, why: str, tried: Sequence[Tried] = ()) -> Result:
    return Result(check=check, verdict=Verdict.SKIPPED, rule=check.rule, advice=why, tried=tuple(tried))


def judge(check: Check, tried: Sequence[Tried], timeout: Duration) -> Result:
    """The verdict on what came of a check's posts, of which there is at least one."""
    wrong = _wrong(check, tried)
    if wrong is not None:
        rule, advice = _blame(check, wrong.outcome)
        return Result(check=check, verdict=Verdict.FAILED, rule=rule, advice=advice, tried=tuple(tried))
    doubt = _doubt(tried, timeout) if check.right is not Right.ANY else ""
    verdict = Verdict.WARNING if doubt else Verdict.PASSED
    return Result(check=check, verdict=verdict, rule=check.rule, advice=doubt, tried=tuple(tried))


def certificate(wish: Wish, results: Sequence[Result]) -> dict[str, Any]:
    """The answer to a certify call: it has passed when nothing failed and something was tried."""
    passed = all(each.verdict is not Verdict.FAILED for each in results) and any(each.tried for each in results)
    return {
        "callback_url": wish.callback_url,
        **({"reply_url": wish.reply_url} if wish.reply_url else {}),
        "passed": passed,
        "checks": [_told(each) for each in results],
    }


def shortened(body: bytes) -> Any:
    """The JSON of a body; of one that is long, the first two reports, how many are left out, and the last."""
    document = orjson.loads(body)
    items = document.get("data", [])
    if len(body) <= SHOWN or len(items) <= 3:
        return document
    note = f"… {len(items) - 3:,} more reports; the body has {len(body):,} bytes …"
    return {**document, "data": [*items[:2], note, items[-1]]}


def _wrong(check: Check, tried: Sequence[Tried]) -> Tried | None:
    """The post whose answer decides that a check has failed."""
    match check.right:
        case Right.ANY:
            return next((each for each in tried if isinstance(each.outcome, Unreachable)), None)
        case Right.LAST:
            return None if _is_200(tried[-1]) else tried[-1]
        case Right.EACH:
            return next((each for each in tried if not _is_200(each)), None)


def _blame(check: Check, outcome: Outcome) -> tuple[str, str]:
    """The rule that was broken, and the words."""
    match outcome:
        case Unreachable(error=error) if error.startswith(BAD_CERTIFICATE):
            return "C-6", f"Nothing was posted: {error}. {_C_6}"
        case Unreachable(error=error) if error.startswith(FORBIDDEN):
            return check.rule, f"Nothing was posted: {error}."
        case Unreachable(error=error) if error.startswith(NO_CONNECTION):
            return check.rule, f"Nobody was there: {error}. {_NOBODY}"
        case Unreachable(error=error):
            return check.rule, f"It was not answered: {error}; {_RETRIED}. {check.advice}"
        case Answered(status=status) if 300 <= status < 400:
            return check.rule, f"It answered {status}: redirects are not followed; {_RETRIED}. {check.advice}"
        case Answered(status=status) if 200 <= status < 300:
            return check.rule, f"It answered {status}, and only 200 counts: {_RETRIED}. {check.advice}"
        case Answered(status=status):
            return check.rule, f"It answered {status}: {_RETRIED}. {check.advice}"


def _doubt(tried: Sequence[Tried], timeout: Duration) -> str:
    """What is not wrong and may become so; empty when nothing is."""
    if not _is_200(tried[0]):
        return f"The first attempt failed ({_came(tried[0].outcome)}) and the second was taken: look why."
    if any(each.took < each.post.drip for each in tried):
        return "It answered 200 before the whole body was there: what was lost on the way would never come again."
    slowest = max(each.took - each.post.drip for each in tried)
    if slowest > min(_SLOW, timeout // 2):
        took = format_duration(slowest // MILLISECOND * MILLISECOND)
        return f"An answer took {took}, and {format_duration(timeout)} is the most. Answer first and work later (C-4)."
    return ""


def _is_200(tried: Tried) -> bool:
    return isinstance(tried.outcome, Answered) and tried.outcome.status == 200


def _came(outcome: Outcome) -> str:
    return f"answered {outcome.status}" if isinstance(outcome, Answered) else outcome.error


def _told(it: Result) -> Mapping[str, Any]:
    return {
        "name": it.check.name,
        "title": it.check.title,
        "rule": it.rule,
        "verdict": it.verdict,
        "sent": [_sent(each) for each in it.tried],
        "got": [_got(each) for each in it.tried],
        "expected": it.check.expected,
        "advice": it.advice,
    }


def _sent(it: Tried) -> Mapping[str, Any]:
    headers = {**wire.CALLBACK_HEADERS, "Content-Length": str(len(it.post.body))}
    return {"url": it.url, "headers": headers, "body": shortened(it.post.body)}


def _got(it: Tried) -> Mapping[str, Any]:
    answered = it.outcome if isinstance(it.outcome, Answered) else None
    return {
        "status": answered.status if answered else None,
        "error": it.outcome.error if isinstance(it.outcome, Unreachable) else None,
        "ms": it.took // MILLISECOND,
        "answer": answered.body if answered else None,
    }

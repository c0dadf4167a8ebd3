"""What will happen to an account, item by item, and why: the public field names of the agenda."""

from mock_amp.core.bundles import count, size, split
from mock_amp.core.identity import message_id
from mock_amp.core.instants import Instant, format_duration, format_instant
from mock_amp.core.model import Channel, Cohort, Content, Job, Leg, Runs
from mock_amp.core.records import REPORT, Callback, CallbackState, Due
from mock_amp.core.route import place
from mock_amp.core.routing import by_price
from mock_amp.core.shapes import Shape, injected


def status(due: Due, cohort: Cohort, job: Job, content: Content, node: int) -> Shape:
    """A status that a cohort comes to, and in `then` what its channel reports after that, as far as it is scripted."""
    leg = cohort.plan[cohort.leg]
    step, *following = leg.steps[cohort.step :]
    return {
        "at": format_instant(due.at),
        "kind": "status",
        "type": leg.channel,
        "status": step.status,
        "error_code": step.error_code,
        **_whom(cohort, cohort.members, job, node),
        "why": _why(leg, cohort, content),
        "then": [
            {
                "at": format_instant(Instant(cohort.started_at + each.after)),
                "type": leg.channel,
                "status": each.status,
                "error_code": each.error_code,
            }
            for each in following
        ],
    }


def attempt(due: Due, callback: Callback, job: Job) -> Shape:
    """An attempt of a callback: with `reports` messages in it, or a reply."""
    return {
        "at": format_instant(due.at),
        "kind": "attempt",
        "callback_id": str(callback.key),
        "callback_kind": callback.kind,
        "attempt": callback.tried + 1,
        "url": callback.url,
        "reports": size(callback.bundle) if callback.kind == REPORT else 0,
        **_job(job),
        "injected": injected(callback.injected),
        "why": _why_posted(callback),
    }


def act(due: Due, cohort: Cohort, job: Job, node: int) -> Shape:
    """What the handsets of a cohort do by script, those that have not done it yet."""
    number, done = due.part
    leg = cohort.plan[cohort.leg]
    scripted = leg.acts[number]
    return {
        "at": format_instant(due.at),
        "kind": "act",
        "act": scripted.kind,
        "type": leg.channel,
        **_whom(cohort, split(cohort.members, done)[1], job, node),
        "why": f"by script, {format_duration(scripted.after)} after the delivery",
    }


def _whom(cohort: Cohort, runs: Runs, job: Job, node: int) -> Shape:
    """How many messages, and the first of them."""
    first = message_id(job.first + runs[0][0], node) if runs else None
    return {"count": count(runs), "message_id": first, "cohort": str(cohort.key), **_job(job)}


def _job(job: Job) -> Shape:
    return {"api_job_id": job.api_job_id, "client_job_id": job.client_job_id or ""}


def _why(leg: Leg, cohort: Cohort, content: Content) -> str:
    """Its place among the channels, and what in the scenario decided."""
    if leg.channel is Channel.INTERNAL:
        return leg.why
    legs = [each for each in cohort.plan if each.channel is not Channel.INTERNAL]
    stands = place(leg, legs.index(leg), len(legs), dear=by_price(content))
    return "; ".join(filter(None, (stands, leg.why)))


def _why_posted(callback: Callback) -> str:
    if callback.state in (CallbackState.DELIVERED, CallbackState.DISCARDED):
        return "a further attempt was asked for"
    if callback.tried:
        return f"attempt {callback.tried} failed"
    if callback.injected:
        return f"owed, with what the rule {callback.injected.rule!r} does to it"
    return "a status came about" if callback.kind == REPORT else "a handset replied"

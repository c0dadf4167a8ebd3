"""Callbacks as they come to be owed: a row of the outbox and one of the agenda, in one transaction (D8)."""

from mock_amp.core.bundles import Bundle
from mock_amp.core.instants import Instant
from mock_amp.core.model import Job
from mock_amp.core.records import Callback, CallbackState, Due, Kind
from mock_amp.engine.world import Numbers
from mock_amp.ports import Books


def fresh(numbers: Numbers, job: Job, kind: str, url: str, due_at: Instant, bundle: Bundle) -> Callback:
    """A callback of a job that is about to be owed."""
    return Callback(
        key=numbers.callback(),
        job=job.key,
        kind=kind,
        url=url,
        state=CallbackState.DUE,
        due_at=due_at,
        tried=0,
        bundle=bundle,
        since=numbers.since,
    )


def put(books: Books, numbers: Numbers, callback: Callback) -> None:
    """Writes a callback down, and when it is to be posted; one that is discarded already never is."""
    account = numbers.key
    books.callbacks.add(account, callback)
    numbers.tell("callback", callback.due_at, callback.key)
    if callback.state is CallbackState.DUE:
        due = Due(at=callback.due_at, seq=numbers.serial(), kind=Kind.POST, subject=callback.key)
        books.agenda.add(account, due)

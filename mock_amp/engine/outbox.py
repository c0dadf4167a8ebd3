"""Reports owed become rows in the transaction that changed the status; bodies are made from them when posted (D8)."""

from collections.abc import Sequence
from dataclasses import replace

from mock_amp.core import wire
from mock_amp.core.bundles import Item, pack
from mock_amp.core.identity import message_id
from mock_amp.core.instants import Instant
from mock_amp.core.model import Entry, Job
from mock_amp.core.records import Callback, CallbackState, Due, Kind
from mock_amp.engine.world import Numbers, Terms
from mock_amp.ports import Books

REPORT = "report"


def owe_reports(
    books: Books, numbers: Numbers, terms: Terms, job: Job, items: Sequence[Item], at: Instant
) -> Instant | None:
    """Writes the callbacks of a job's reports that came about at `at`; says when they are due (C-1, C-3)."""
    if not job.callback_url or not items:
        return None
    account = numbers.account.key
    due_at = Instant(at + terms.bundle_window)
    begun = books.callbacks.open_bundle(account, job.key, at) if terms.bundle_window else None
    packed = pack(items, terms.bundle_most, begun.bundle if begun else ())
    if begun:
        books.callbacks.save(account, replace(begun, bundle=packed[0]))
        packed = packed[1:]
    for bundle in packed:
        callback = Callback(
            key=numbers.callback(),
            job=job.key,
            kind=REPORT,
            url=job.callback_url,
            state=CallbackState.DUE,
            due_at=due_at,
            tried=0,
            bundle=bundle,
        )
        books.callbacks.add(account, callback)
        books.agenda.add(account, Due(at=due_at, seq=numbers.serial(), kind=Kind.POST, subject=callback.key))
    return due_at if packed else None


def body_of(books: Books, account: int, callback: Callback, node: int) -> bytes:
    """The body of a callback, from rows that never change: every attempt posts the same bytes (C-5)."""
    job = books.sending.job(account, callback.job)
    timelines: dict[int, tuple[Entry, ...]] = {}
    items: list[tuple[Entry, str, str, str | None]] = []
    for item in callback.bundle:
        if item.cohort not in timelines:
            timelines[item.cohort] = books.sending.timeline(account, item.cohort)
        entry = timelines[item.cohort][item.entry]
        items += [
            (entry, message_id(ordinal, node), number, custom_id)
            for ordinal, number, custom_id in books.sending.recipients(account, job, item.runs)
        ]
    return wire.reports(job, items)

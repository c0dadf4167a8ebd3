"""Reports owed become rows in the transaction that changed the status; bodies are made from them when posted (D8)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from mock_amp.core import wire
from mock_amp.core.bundles import Item, latest_report, pack, positions_of, runs_of
from mock_amp.core.identity import message_id, uuid4_of
from mock_amp.core.instants import Instant
from mock_amp.core.model import Channel, Cohort, Entry, Job, Message, Runs
from mock_amp.core.records import REPLY, REPORT, Callback
from mock_amp.core.sabotage import Owed, original
from mock_amp.engine.owing import fresh, put
from mock_amp.engine.tampering import FaultyLeg
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books

_Recipients = Callable[[Runs], Sequence[tuple[int, str, str | None]]]
"""Ordinal, number and custom_id of the destinations at these positions of a job."""


def latest(cohort: Cohort) -> Owed:
    """The reports that a cohort owes for the line its timeline has just got."""
    return Owed(latest_report(cohort), cohort.latest)


def owe_reports(
    world: World, books: Books, numbers: Numbers, job: Job, owed: Sequence[Owed], at: Instant
) -> Instant | None:
    """Writes the callbacks of a job's reports that came about at `at`; says when they are due (C-1, C-3)."""
    if not job.callback_url or not owed:
        return None
    account, terms = numbers.key, world.terms
    if faults := world.scripts.of(books, numbers.owner).callbacks:
        return FaultyLeg(books, numbers, terms, faults, job, REPORT, at).owe_reports(owed)
    due_at = Instant(at + terms.bundle_window)
    begun = books.callbacks.open_bundle(account, job.key, at) if terms.bundle_window else None
    packed = pack([each.item for each in owed], terms.bundle_most, begun.bundle if begun else ())
    if begun:
        books.callbacks.save(account, replace(begun, bundle=packed[0]))
        numbers.tell("bundle", at, begun.key)
        packed = packed[1:]
    for bundle in packed:
        put(books, numbers, fresh(numbers, job, REPORT, job.callback_url, due_at, bundle))
    return due_at if packed else None


def owe_reply(world: World, books: Books, numbers: Numbers, message: Message, channel: Channel, at: Instant) -> int:
    """Writes the callback of a reply to a message on a channel, due at once, and says its key (Y-1, Y-3)."""
    job, position = message.job, message.ordinal - message.job.first
    bundle = (Item(message.cohort.key, len(message.cohort.timeline) - 1, ((position, position),)),)
    if faults := world.scripts.of(books, numbers.owner).callbacks:
        return FaultyLeg(books, numbers, world.terms, faults, job, REPLY, at).owe_reply(channel, bundle)
    callback = fresh(numbers, job, REPLY, job.reply_url or "", at, bundle)
    put(books, numbers, callback)
    return callback.key


def req_uuid(books: Books, account: int, callback: Callback, attempt: int) -> str:
    """What an attempt of a reply calls itself: another for each, and the same whoever asks (Y-1)."""
    owner = books.accounts.by_key(account)
    if owner is None:
        raise LookupError(f"account {account}")
    return uuid4_of(owner.seed, f"reply/{callback.key}", attempt)


def body_of(books: Books, account: int, callback: Callback, node: int, attempt: int) -> bytes:
    """The body of a callback, from rows that never change: every attempt posts the same bytes (C-5).

    A reply differs from attempt to attempt in its `req_uuid` and in nothing else (Y-3); a duplicate has its own too.
    """
    if callback.kind == REPLY:
        reply = books.handsets.reply(account, original(callback))
        message = books.sending.message(account, reply.message)
        if message is None:
            raise LookupError(f"message {account}/{reply.message}")
        return wire.reply(message, reply, req_uuid(books, account, callback, attempt), node)
    job = books.sending.job(account, callback.job)
    return _reports(job, callback, _Shelf(books, account), partial(books.sending.recipients, account, job), node)


def bodies_of(books: Books, account: int, attempts: Sequence[tuple[Callback, int]], node: int) -> list[bytes]:
    """The bodies of these attempts of small callbacks, the same that each has alone: what they share is read once."""
    if len(attempts) == 1:
        return [body_of(books, account, attempts[0][0], node, attempts[0][1])]
    shelf = _Shelf(books, account)
    theirs: defaultdict[int, set[int]] = defaultdict(set)
    for callback, _ in attempts:
        if callback.kind != REPLY:
            theirs[callback.job].update(position for item in callback.bundle for position in positions_of(item.runs))
    jobs = {key: books.sending.job(account, key) for key in theirs}
    people = {
        key: {each[0] - jobs[key].first: each for each in recipients}
        for key, positions in theirs.items()
        for recipients in [books.sending.recipients(account, jobs[key], runs_of(sorted(positions)))]
    }

    def body(callback: Callback, attempt: int) -> bytes:
        if callback.kind == REPLY:
            return body_of(books, account, callback, node, attempt)
        known = people[callback.job]
        return _reports(
            jobs[callback.job],
            callback,
            shelf,
            lambda runs: [known[at] for at in positions_of(runs) if at in known],
            node,
        )

    return [body(callback, attempt) for callback, attempt in attempts]


class _Shelf(dict[int, tuple[Entry, ...]]):
    """Timelines by cohort, each read once."""

    def __init__(self, books: Books, account: int) -> None:
        self._books, self._account = books, account

    def __missing__(self, cohort: int) -> tuple[Entry, ...]:
        found = self[cohort] = self._books.sending.timeline(self._account, cohort)
        return found


def _reports(job: Job, callback: Callback, timelines: _Shelf, recipients: _Recipients, node: int) -> bytes:
    return wire.reports(
        job,
        [
            (timelines[item.cohort][item.entry], message_id(ordinal, node), number, custom_id)
            for item in callback.bundle
            for ordinal, number, custom_id in recipients(item.runs)
        ],
    )

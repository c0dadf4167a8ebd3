"""Reports owed become rows in the transaction that changed the status; bodies are made from them when posted (D8)."""

from collections.abc import Sequence
from dataclasses import replace

from mock_amp.core import wire
from mock_amp.core.bundles import Item, latest_report, pack
from mock_amp.core.identity import message_id, uuid4_of
from mock_amp.core.instants import Instant
from mock_amp.core.model import Channel, Cohort, Entry, Job, Message
from mock_amp.core.records import REPLY, REPORT, Callback
from mock_amp.core.sabotage import Owed, original
from mock_amp.engine.owing import fresh, put
from mock_amp.engine.tampering import FaultyLeg
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books


def latest(cohort: Cohort) -> Owed:
    """The reports that a cohort owes for the line its timeline has just got."""
    return Owed(latest_report(cohort), cohort.latest)


def owe_reports(
    world: World, books: Books, numbers: Numbers, job: Job, owed: Sequence[Owed], at: Instant
) -> Instant | None:
    """Writes the callbacks of a job's reports that came about at `at`; says when they are due (C-1, C-3)."""
    if not job.callback_url or not owed:
        return None
    account, terms = numbers.account.key, world.terms
    if faults := world.scripts.of(books, numbers.account).callbacks:
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
    if faults := world.scripts.of(books, numbers.account).callbacks:
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

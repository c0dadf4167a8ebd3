"""Posting a callback again because somebody asks: now, by the account's clock, whatever became of it before (C-5)."""

from dataclasses import replace

from mock_amp.core.instants import Instant
from mock_amp.core.records import Callback, Due, Kind, Sort
from mock_amp.core.shapes import Shape
from mock_amp.engine.absence import missing
from mock_amp.engine.attempts import is_over
from mock_amp.engine.errors import NoSuch
from mock_amp.engine.reading import Reading
from mock_amp.engine.timeline import Timeline
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books


class Resending:
    def __init__(self, world: World, timeline: Timeline, reading: Reading) -> None:
        self._world, self._timeline, self._reading = world, timeline, reading

    async def resend(self, account_id: str, key: int | None) -> Shape:
        """Makes an attempt of a callback due now, and answers without waiting for what comes of it. Raises NoSuch.

        One that is delivered or discarded gets a further attempt without retries; the next attempt of any other is
        brought forward, unless it is in the air already.
        """

        def work(books: Books) -> int:
            account = books.accounts.get(account_id)
            found = None if account is None or key is None else books.callbacks.get(account.key, key)
            if account is None:
                raise NoSuch(f"there is no account {account_id}")
            if found is None:
                raise missing(books, account, Sort.CALLBACK, key, f"callback {key}")
            numbers, now = Numbers(account), self._world.shown(account)
            if is_over(found):
                _again(books, numbers, found, now)
            else:
                _bring_forward(books, account.key, found, now)
            numbers.save(books)
            return account.key

        self._timeline.look_again(await self._world.store.transact(work))
        return self._reading.callback(account_id, key)


def _again(books: Books, numbers: Numbers, callback: Callback, now: Instant) -> None:
    books.callbacks.save(numbers.key, replace(callback, due_at=now))
    due = Due(at=now, seq=numbers.serial(), kind=Kind.POST, subject=callback.key)
    books.agenda.add(numbers.key, due)
    books.callbacks.ask(numbers.key, due)


def _bring_forward(books: Books, account: int, callback: Callback, now: Instant) -> None:
    for due in books.agenda.of(account, Kind.POST, callback.key):
        if due.at > now:
            books.agenda.move(account, Kind.POST, callback.key, due.at, now)
            books.callbacks.save(account, replace(callback, due_at=now))

"""What can be asked: the status of a message, single records, and the agenda. Changes nothing but the journal."""

from collections.abc import Awaitable, Sequence
from typing import Final

from mock_amp.core import bundles, forcing, handset, prospect, shapes, wire
from mock_amp.core.account import Account
from mock_amp.core.identity import ordinal_of
from mock_amp.core.model import Message
from mock_amp.core.records import Arrival, Callback, Due, Kind, Page, Sort
from mock_amp.core.refusals import Refused, refuse
from mock_amp.core.shapes import Shape
from mock_amp.engine.absence import missing
from mock_amp.engine.contents import content_of
from mock_amp.engine.gathering import Gathering
from mock_amp.engine.journal import Journal, Reply
from mock_amp.engine.world import Numbers, World
from mock_amp.ports import Books

_AHEAD: Final = 50
"""How much is told of what is still to come for one message, at most."""


class Reading:
    def __init__(self, world: World, journal: Journal) -> None:
        self._world, self._journal = world, journal

    def status(self, arrival: Arrival, account_id: str, message_id: str) -> Awaitable[Reply]:
        """The latest status of a message (G-1), or 404 (G-4)."""
        return self._world.store.transact(lambda books: self._status(books, arrival, account_id, message_id))

    def status_instead(self, account_id: str, message_id: str) -> Reply:
        """The same answer when the store cannot write, and the journal has no line of it. Raises StoreFailed."""
        ordinal = ordinal_of(message_id, self._world.terms.node)

        def read(books: Books) -> Reply:
            account = books.accounts.get(account_id)
            if account is None:
                return self._journal.unwritten(refuse("token_unknown"))
            found = None if ordinal is None else books.sending.where(account.key, ordinal)
            if found is None:
                return self._journal.unwritten(_no_message(books, account.key, ordinal, message_id))
            return Reply(200, wire.status(found, message_id), 0)

        return self._world.store.read(read)

    def message(self, account_id: str, message_id: str) -> Shape:
        """One message, with the callbacks about it, replies, clicks, and what is still to come. Raises NoSuch."""
        account, ordinal = self._world.account(account_id), ordinal_of(message_id, self._world.terms.node)

        def read(books: Books) -> Shape:
            found = None if ordinal is None else books.sending.message(account.key, ordinal)
            if found is None:
                raise missing(books, account, Sort.MESSAGE, ordinal, f"message {message_id}")
            position = found.ordinal - found.job.first
            callbacks = [
                each
                for each in books.callbacks.of_job(account.key, found.job.key)
                if any(bundles.holds(item.runs, position) for item in each.bundle)
            ]
            node, handsets = self._world.terms.node, books.handsets
            replies = [shapes.reply(each, node) for each in handsets.replies(account.key, found.ordinal)]
            clicks = [shapes.click(each) for each in handsets.clicks(account.key, found.ordinal)]
            content = content_of(found.job)
            parts = handset.parts(found, content)
            return {
                **shapes.message(found, node, content),
                "parts": None if parts is None else [part._asdict() for part in parts],
                "callbacks": [self._callback(books, account, each) for each in callbacks],
                "callback_headers": dict(wire.CALLBACK_HEADERS),
                "replies": replies,
                "clicks": clicks,
                "ahead": self._ahead(books, account, found, callbacks),
                "legal": [move._asdict() for move in forcing.legal_moves(found.cohort)],
            }

        return self._world.store.read(read)

    def callback(self, account_id: str, key: int | None) -> Shape:
        """One callback with every attempt. Raises NoSuch."""
        account = self._world.account(account_id)

        def read(books: Books) -> Shape:
            found = None if key is None else books.callbacks.get(account.key, key)
            if found is None:
                raise missing(books, account, Sort.CALLBACK, key, f"callback {key}")
            return self._callback(books, account, found)

        return self._world.store.read(read)

    def request(self, account_id: str, number: int | None) -> Shape:
        """One line of the request journal. Raises NoSuch."""
        account = self._world.account(account_id)

        def read(books: Books) -> Shape:
            found = None if number is None else books.journal.get(account.key, number)
            if found is None:
                raise missing(books, account, Sort.REQUEST, number, f"request {number}")
            return shapes.request(found)

        return self._world.store.read(read)

    def agenda(self, account_id: str, page: Page) -> Shape:
        """What will happen, in order, and why. The first `limit`; there is no cursor in what keeps changing."""
        account = self._world.account(account_id)

        def read(books: Books) -> list[Shape]:
            return self._dues(books, account, books.agenda.peek(account.key, page))

        return shapes.page(self._world.store.read(read), None)

    def _status(self, books: Books, arrival: Arrival, account_id: str, message_id: str) -> Reply:
        numbers, ordinal = Numbers.of(books, account_id), ordinal_of(message_id, self._world.terms.node)
        if numbers is None:
            return self._journal.unwritten(refuse("token_unknown"))
        found = None if ordinal is None else books.sending.where(numbers.key, ordinal)
        if found is None:
            refusal = _no_message(books, numbers.key, ordinal, message_id)
            return self._journal.write_refusal(books, arrival, account_id, refusal)
        number = self._journal.write(books, numbers, arrival, 200, api_job_id=found.api_job_id)
        return Reply(200, wire.status(found, message_id), number)

    def _ahead(self, books: Books, account: Account, it: Message, callbacks: Sequence[Callback]) -> list[Shape]:
        """What of the agenda is about a message, in its order: by itself, or with those that move as it does."""
        agenda, cohort, position = books.agenda, it.cohort, it.ordinal - it.job.first
        acts = [
            each
            for each in agenda.of(account.key, Kind.ACT, cohort.key)
            if bundles.holds(bundles.split(cohort.members, each.part[1])[1], position)
        ]
        posts = [due for each in callbacks for due in agenda.of(account.key, Kind.POST, each.key)]
        found = sorted([*agenda.of(account.key, Kind.MOVE, cohort.key), *acts, *posts])
        return self._dues(books, account, found[:_AHEAD])

    def _dues(self, books: Books, account: Account, dues: Sequence[Due]) -> list[Shape]:
        found = [self._due(books, account, each) for each in dues]
        return [each for each in found if each]

    def _due(self, books: Books, account: Account, due: Due) -> Shape | None:
        node = self._world.terms.node
        if due.kind is Kind.POST:
            callback = books.callbacks.get(account.key, due.subject)
            if callback is None:  # evicted since somebody asked for it again
                return None
            return prospect.attempt(due, callback, books.sending.job(account.key, callback.job))
        cohort = books.sending.cohort(account.key, due.subject)
        job = books.sending.job(account.key, cohort.job)
        if due.kind is Kind.ACT:
            return prospect.act(due, cohort, job, node)
        return prospect.status(due, cohort, job, content_of(job), node)

    def _callback(self, books: Books, account: Account, callback: Callback) -> Shape:
        return Gathering(books, account.key, self._world.terms.node).callback(callback)


def _no_message(books: Books, account: int, ordinal: int | None, message_id: str) -> Refused:
    gone = ordinal is not None and books.retention.lost(account, Sort.MESSAGE).holds(ordinal)
    return refuse("message_evicted" if gone else "message_unknown", message_id)
